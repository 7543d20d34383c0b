/*
 * Saving: QEMU's migration stream goes over the loopback to us, and we write the file.
 *
 * The guest is stopped, QEMU migrates to a port of ours that takes one connection, what comes is written. The file gets
 * its name when QEMU says "completed", the stream has ended and all is on the disk; then QEMU is let go. Until that
 * moment every failure takes the way back: the stream is closed, QEMU gives its migration up, the guest goes on.
 *
 * Whoever else connects to the port makes the save fail, since of two connections nobody can say which is QEMU's. The
 * port stays ours until QEMU migrates no more: were it free before, a stranger could listen there for QEMU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/qemu_vm.h"
#include "engine/saved_state.h"
#include "util/text.h"

enum {
    POLL_MS = 50,
    CANCEL_MS = 20000, /* after which a QEMU that keeps a save that was called off is ended */
    PIECE_BYTES = 256 * 1024,
    TURN_BYTES = 1024 * 1024, /* then the loop has its turn, or nobody else would be heard until all is written */
    MOST_STREAMING = 99       /* percent, until the file has its name */
};

enum save_phase {
    SAVE_WAITING,  /* for a reset that is under way */
    SAVE_STOPPING, /* until the guest stands and QEMU has said what it is */
    SAVE_STREAMING,
    SAVE_COMMITTING, /* the file, on a thread of its own */
    SAVE_DONE,
    SAVE_GIVING_UP, /* until QEMU does not migrate any more */
    SAVE_GOING_BACK /* until the guest is as it was */
};

struct qemu_save {
    struct engine_vm *vm;
    enum save_phase phase;
    char *path;
    struct saved_state_about about;
    struct saved_state_writer *writer;
    struct vpc_error failure;
    bool was_running;
    bool called_off; /* by a client */
    unsigned ticks;  /* of the VM's timer since then */
    bool connected;  /* somebody has */
    bool ended;      /* the stream */
    bool completed;  /* QEMU's migration */
    uv_tcp_t listener, stream;
    uv_timer_t poll;
    uv_idle_t turn; /* from a rest until the next turn of the loop */
    size_t turn_bytes;
    uv_work_t work;
    bool opened;   /* the four handles above */
    bool written;  /* what the thread has found */
    unsigned busy; /* handles and the thread, while they hold on to this */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
    char piece[PIECE_BYTES];
};

static void give_up(struct qemu_save *save, const struct vpc_error *why);

/* The save that this VM is in the middle of, NULL when there is none any more. */
static struct qemu_save *save_of(struct engine_vm *vm, enum save_phase phase)
{
    return vm->state == STATE_LIVE && vm->save && vm->save->phase == phase ? vm->save : NULL;
}

static void save_free(struct qemu_save *save)
{
    saved_state_discard(save->writer);
    free(save->path);
    free(save);
}

/* One more that holds on to the save no longer. */
static void release(struct qemu_save *save)
{
    void (*closed)(void *context) = save->closed;
    void *context = save->closed_context;

    if (--save->busy)
        return;
    save_free(save);
    if (closed)
        closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

/* Lets go of all that waits on the loop; the memory goes with the last of it. */
static void save_close(struct qemu_save *save)
{
    save->closing = true;
    if (save->opened) {
        close_handle((uv_handle_t *)&save->listener);
        close_handle((uv_handle_t *)&save->stream);
        close_handle((uv_handle_t *)&save->poll);
        close_handle((uv_handle_t *)&save->turn);
    }
    release(save);
}

void qemu_vm_save_close(struct engine_vm *vm, void (*closed)(void *context), void *context)
{
    struct qemu_save *save = vm->save;

    vm->save = NULL;
    save->closed = closed;
    save->closed_context = context;
    save_close(save);
}

/* The way back */

static void report_failed(struct engine_vm *vm, bool runs)
{
    struct vpc_error failure = vm->save->failure;
    bool ran = vm->save->was_running;

    save_close(vm->save);
    vm->save = NULL;
    vm->guest_runs = runs;
    vm->events->failed(vm->context, &failure);
    if (ran && !runs && vm->state == STATE_LIVE)
        vm->events->paused(vm->context);
}

static void go_back(struct qemu_save *save);

static void on_went_back(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (!save_of(vm, SAVE_GOING_BACK))
        return;
    if (qmp_is_unsent(err)) {
        go_back(vm->save);
        return;
    }
    if (err)
        vpc_fail(&vm->save->failure, vm->save->failure.cause, "%.300s; and the guest stands: %.150s",
                 vm->save->failure.text, err->text);
    report_failed(vm, vm->save->was_running && !err);
}

/* A guest that stood goes on for an instant when QEMU has completed: there is no other way out of that state. It does
 * already when there was no memory to stop it again. */
static void on_run_state(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    const char *status = json_string_value(json_object_get(result, "status"));

    if (!save_of(vm, SAVE_GOING_BACK))
        return;
    if (qmp_is_unsent(err)) {
        go_back(vm->save);
        return;
    }
    if (!status || (strcmp(status, "postmigrate") && strcmp(status, "running"))) {
        report_failed(vm, false);
        return;
    }
    qmp_client_cork(vm->client);
    if (!strcmp(status, "postmigrate"))
        qmp_client_send(vm->client, "cont", json_null(), NULL, NULL);
    qmp_client_send(vm->client, "stop", json_null(), on_went_back, vm);
    qmp_client_uncork(vm->client);
}

static void go_back(struct qemu_save *save)
{
    struct engine_vm *vm = save->vm;

    save->phase = SAVE_GOING_BACK;
    uv_timer_stop(&save->poll);
    if (save->was_running)
        qmp_client_send(vm->client, "cont", json_null(), on_went_back, vm);
    else
        qmp_client_send(vm->client, "query-status", json_null(), on_run_state, vm);
}

bool qemu_migration_is_over(const char *status)
{
    return !status || !strcmp(status, "none") || !strcmp(status, "completed") || !strcmp(status, "failed") ||
           !strcmp(status, "cancelled");
}

/* QEMU and its migration */

static void check_done(struct qemu_save *save);

static void take_progress(struct qemu_save *save, const json_t *ram)
{
    json_int_t total = json_integer_value(json_object_get(ram, "total"));
    json_int_t remaining = json_integer_value(json_object_get(ram, "remaining"));
    unsigned percent;

    if (total <= 0 || remaining < 0 || remaining > total)
        return;
    percent = (unsigned)((double)(total - remaining) * 100 / (double)total);
    if (percent > 0)
        save->vm->events->progress(save->vm->context, percent < MOST_STREAMING ? percent : MOST_STREAMING);
}

static void on_status(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    const char *status = json_string_value(json_object_get(result, "status"));
    const char *reason = json_string_value(json_object_get(result, "error-desc"));
    struct qemu_save *save = vm->save;
    struct vpc_error failure;

    if (vm->state != STATE_LIVE || !save || qmp_is_unsent(err)) /* it is asked again */
        return;
    if (save->phase == SAVE_GIVING_UP) {
        if (err || qemu_migration_is_over(status))
            go_back(save);
        return;
    }
    if (save->phase != SAVE_STREAMING)
        return;
    if (err) {
        give_up(save, err);
    } else if (status && (!strcmp(status, "failed") || !strcmp(status, "cancelled"))) {
        vpc_fail(&failure, VPC_ENGINE, "QEMU has not given its state (%s): %s", status,
                 reason ? reason : "no reason given");
        give_up(save, &failure);
    } else if (status && !strcmp(status, "completed")) {
        save->completed = true;
        check_done(save);
    } else {
        take_progress(save, json_object_get(result, "ram"));
    }
}

static void on_poll(uv_timer_t *timer)
{
    struct qemu_save *save = timer->data;

    if (save->vm->state == STATE_LIVE)
        qmp_client_send(save->vm->client, "query-migrate", json_null(), on_status, save->vm);
    else
        uv_timer_stop(timer);
}

static void give_up(struct qemu_save *save, const struct vpc_error *why)
{
    if (save->phase >= SAVE_DONE)
        return;
    save->failure = *why;
    save->phase = SAVE_GIVING_UP;
    if (save->opened)
        close_handle((uv_handle_t *)&save->stream);
    saved_state_discard(save->writer);
    save->writer = NULL;
    qmp_client_send(save->vm->client, "migrate_cancel", json_null(), NULL, NULL);
    uv_timer_start(&save->poll, on_poll, 0, POLL_MS);
}

/* The file */

static void commit(uv_work_t *work)
{
    struct qemu_save *save = work->data;

    save->written = saved_state_commit(save->writer, &save->failure);
    save->writer = NULL;
}

static void on_committed(uv_work_t *work, int status)
{
    struct qemu_save *save = work->data;
    struct engine_vm *vm = save->vm;
    struct vpc_error failure = save->failure;
    bool closing = save->closing;

    if (status) {
        vpc_fail(&failure, VPC_UNEXPECTED, "the file was not written (%s)", uv_strerror(status));
        save->written = false;
    }
    if (!closing && vm->state == STATE_LIVE) {
        if (save->written) {
            save->phase = SAVE_DONE;
            qemu_vm_quit(vm, ENGINE_STOP_SAVED);
        } else {
            give_up(save, &failure);
        }
    }
    release(save);
}

static void check_done(struct qemu_save *save)
{
    struct vpc_error failure;
    int status;

    if (save->phase != SAVE_STREAMING || !save->ended || !save->completed)
        return;
    save->phase = SAVE_COMMITTING;
    uv_timer_stop(&save->poll);
    save->vm->events->progress(save->vm->context, MOST_STREAMING);
    save->work.data = save;
    save->busy++;
    if (!(status = uv_queue_work(save->vm->loop, &save->work, commit, on_committed)))
        return;
    save->busy--;
    vpc_fail(&failure, VPC_OUT_OF_MEMORY, "no thread to write the file (%s)", uv_strerror(status));
    give_up(save, &failure);
}

/* The stream */

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct qemu_save *save = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(save->piece, sizeof(save->piece));
}

static void on_turn(uv_idle_t *turn);

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct qemu_save *save = stream->data;
    struct vpc_error err;

    if (save->phase != SAVE_STREAMING || save->vm->state != STATE_LIVE)
        return;
    if (got > 0 && !saved_state_write(save->writer, buffer->base, (size_t)got, &err)) {
        give_up(save, &err);
        return;
    }
    if (got > 0 && (save->turn_bytes += (size_t)got) >= TURN_BYTES) {
        /* On Windows libuv 1.44 reads on as long as there is something to read. */
        uv_read_stop(stream);
        uv_idle_start(&save->turn, on_turn);
    }
    if (got >= 0)
        return;
    if (got == UV_EOF) {
        save->ended = true; /* whether that was all, QEMU will say */
        uv_read_stop(stream);
        check_done(save);
    } else {
        vpc_fail(&err, VPC_IO, "the stream of QEMU's state was cut (%s)", uv_strerror((int)got));
        give_up(save, &err);
    }
}

static void on_turn(uv_idle_t *turn)
{
    struct qemu_save *save = turn->data;
    struct vpc_error err;
    int status;

    uv_idle_stop(turn);
    save->turn_bytes = 0;
    if (save->phase != SAVE_STREAMING || save->vm->state != STATE_LIVE)
        return;
    if (!(status = uv_read_start((uv_stream_t *)&save->stream, on_buffer, on_read)))
        return;
    vpc_fail(&err, VPC_IO, "cannot read on in the stream of QEMU's state (%s)", uv_strerror(status));
    give_up(save, &err);
}

/* One connection. A second one is left as it is, and goes with the listener. */
static void on_connection(uv_stream_t *listener, int status)
{
    struct qemu_save *save = listener->data;
    struct vpc_error err;

    if (save->phase != SAVE_STREAMING)
        return;
    if (save->connected) {
        vpc_fail(&err, VPC_IO, "somebody else has connected to the port for QEMU's state");
        give_up(save, &err);
        return;
    }
    save->connected = true;
    if (!status && !(status = uv_accept(listener, (uv_stream_t *)&save->stream)))
        status = uv_read_start((uv_stream_t *)&save->stream, on_buffer, on_read);
    if (!status)
        return;
    vpc_fail(&err, VPC_IO, "cannot take the stream of QEMU's state (%s)", uv_strerror(status));
    give_up(save, &err);
}

static bool listen_once(struct qemu_save *save, uint16_t *port, struct vpc_error *err)
{
    struct sockaddr_in address;
    int length = sizeof(address), status;

    uv_ip4_addr("127.0.0.1", 0, &address);
    if ((status = uv_tcp_bind(&save->listener, (const struct sockaddr *)&address, 0)) ||
        (status = uv_listen((uv_stream_t *)&save->listener, 1, on_connection)) ||
        (status = uv_tcp_getsockname(&save->listener, (struct sockaddr *)&address, &length)))
        return vpc_fail(err, VPC_IO, "cannot listen on the loopback for QEMU's state (%s)", uv_strerror(status));
    *port = (uint16_t)((address.sin_port & 0xff) << 8 | address.sin_port >> 8);
    return true;
}

static void on_migrate(void *context, const json_t *result, const struct vpc_error *err)
{
    struct qemu_save *save = save_of(context, SAVE_STREAMING);

    (void)result;
    if (save && err)
        give_up(save, err);
}

static void begin_stream(struct qemu_save *save)
{
    struct engine_vm *vm = save->vm;
    char uri[40];
    uint16_t port = 0;
    struct vpc_error err;

    if (!saved_state_create(&save->writer, save->path, &save->about, &err) || !listen_once(save, &port, &err)) {
        give_up(save, &err);
        return;
    }
    save->phase = SAVE_STREAMING;
    snprintf(uri, sizeof(uri), "tcp:127.0.0.1:%u", port);
    qmp_client_send(vm->client, "migrate", json_pack("{s:s}", "uri", uri), on_migrate, vm);
    uv_timer_start(&save->poll, on_poll, POLL_MS, POLL_MS);
}

/* The beginning */

static void on_version(void *context, const json_t *result, const struct vpc_error *err)
{
    struct qemu_save *save = save_of(context, SAVE_STOPPING);
    const json_t *version = json_object_get(result, "qemu");

    if (save && !err)
        snprintf(save->about.version, sizeof(save->about.version), "%d.%d.%d",
                 (int)json_integer_value(json_object_get(version, "major")),
                 (int)json_integer_value(json_object_get(version, "minor")),
                 (int)json_integer_value(json_object_get(version, "micro")));
}

/* The type's name ends with a word that says only that it is one. */
static void on_hardware(void *context, const json_t *result, const struct vpc_error *err)
{
    struct qemu_save *save = save_of(context, SAVE_STOPPING);
    static const char ending[] = "-machine";
    const char *type = json_string_value(result);
    size_t length = type ? strlen(type) : 0;
    struct vpc_error failure;

    if (!save)
        return;
    if (length > strlen(ending) && !strcmp(type + length - strlen(ending), ending))
        length -= strlen(ending);
    if (!err && length && length < sizeof(save->about.hardware)) {
        memcpy(save->about.hardware, type, length);
        begin_stream(save);
        return;
    }
    if (!err)
        vpc_fail(&failure, VPC_ENGINE, "QEMU does not name the type of its machine");
    give_up(save, err ? err : &failure);
}

static void on_stopped(void *context, const json_t *result, const struct vpc_error *err)
{
    struct qemu_save *save = save_of(context, SAVE_STOPPING);

    (void)result;
    if (save && err)
        give_up(save, err);
}

static void open_handles(struct qemu_save *save)
{
    uv_tcp_init(save->vm->loop, &save->listener);
    uv_tcp_init(save->vm->loop, &save->stream);
    uv_timer_init(save->vm->loop, &save->poll);
    uv_idle_init(save->vm->loop, &save->turn);
    save->listener.data = save->stream.data = save->poll.data = save->turn.data = save;
    save->opened = true;
    save->busy += 4;
}

static void call_off(struct qemu_save *save)
{
    struct vpc_error why;

    vpc_fail(&why, VPC_CANCELLED, "the save was called off");
    give_up(save, &why);
}

void qemu_vm_save_go_on(struct engine_vm *vm)
{
    struct qemu_save *save = save_of(vm, SAVE_WAITING);

    if (!save)
        return;
    save->phase = SAVE_STOPPING;
    save->was_running = vm->guest_runs;
    open_handles(save);
    qmp_client_cork(vm->client);
    if (save->was_running)
        qmp_client_send(vm->client, "stop", json_null(), on_stopped, vm);
    /* The guest stands: there is nobody to be slowed down. */
    qmp_client_send(vm->client, "migrate-set-parameters", json_pack("{s:I}", "max-bandwidth", (json_int_t)1 << 40),
                    NULL, NULL);
    qmp_client_send(vm->client, "query-version", json_null(), on_version, vm);
    qmp_client_send(vm->client, "qom-get", json_pack("{s:s,s:s}", "path", "/machine", "property", "type"), on_hardware,
                    vm);
    qmp_client_uncork(vm->client);
    if (save->called_off)
        call_off(save);
}

bool qemu_vm_save_cancel(struct engine_vm *vm, struct vpc_error *err)
{
    struct qemu_save *save = vm->state == STATE_LIVE ? vm->save : NULL;

    if (!save || save->called_off || save->phase == SAVE_COMMITTING || save->phase == SAVE_DONE)
        return vpc_fail(err, VPC_STATE_CONFLICT, "there is no save that could be called off any more");
    save->called_off = true;
    /* One that still waits is called off when it begins; one that is on its way back for another reason keeps that. */
    if (save->phase == SAVE_STOPPING || save->phase == SAVE_STREAMING)
        call_off(save);
    return true;
}

void qemu_vm_save_watch(struct engine_vm *vm)
{
    struct qemu_save *save = vm->save;
    struct vpc_error why;

    /* Ticks, not the clock: QEMU is not to blame for the time in which this process stood still. */
    if (!save || !save->called_off || ++save->ticks < CANCEL_MS / QEMU_ROTATE_MS)
        return;
    vpc_fail(&why, VPC_TIMED_OUT, "it did not answer when the save was called off");
    qemu_vm_put_down(vm, &why);
}

bool qemu_vm_is_saving(const struct engine_vm *vm)
{
    return vm->save && vm->save->phase != SAVE_WAITING;
}

bool qemu_vm_save(struct engine_vm *vm, const char *path, struct vpc_error *err)
{
    struct qemu_save *save;

    if (vm->save)
        return vpc_fail(err, VPC_STATE_CONFLICT, "the VM is being saved already");
    if (!(save = calloc(1, sizeof(*save))) || !(save->path = text_copy(path))) {
        free(save);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to save a VM");
    }
    save->vm = vm;
    save->busy = 1; /* the VM's own hold */
    strcpy(save->about.engine, "qemu");
    strncpy(save->about.config_id, vm->config->config_id ? vm->config->config_id : "",
            sizeof(save->about.config_id) - 1);
    vm->save = save;
    if (!vm->resetting && !vm->resets_asked)
        qemu_vm_save_go_on(vm);
    return true;
}
