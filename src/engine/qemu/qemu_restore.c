/*
 * Restoring: the file is read through on a thread, QEMU is started for an incoming migration, counters are put in, and
 * then QEMU is given the stream over a port of the loopback that it opens for one connection.
 *
 * QEMU 7.2 takes a stream from a socket or, on POSIX systems only, from a descriptor or a command; so it is a socket
 * everywhere. Whoever connects before we do takes our place: our own connection is then reset, and QEMU is ended
 * without the guest having run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/qemu_vm.h"
#include "engine/saved_state.h"
#include "util/text.h"

enum {
    POLL_MS = 50,
    PIECE_BYTES = 256 * 1024,
    PATIENCE_MS = 60000, /* for QEMU to say something */
    MOST_STREAMING = 99  /* percent, until the guest runs */
};

struct qemu_restore {
    struct engine_vm *vm;
    char *path;
    struct saved_state_about about;
    struct saved_state_reader *reader;
    bool checked; /* what the thread has found */
    struct vpc_error failure;
    void (*ready)(struct engine_vm *vm, const struct vpc_error *err);
    uv_work_t work;
    uv_tcp_t stream;
    uv_timer_t poll;
    uv_connect_t connect;
    uv_write_t write;
    uv_shutdown_t shutdown;
    uint64_t sent;
    bool opened; /* stream and poll */
    bool begun;  /* QEMU has been told to take a stream */
    bool all_sent;
    bool let_run; /* QEMU has been told so */
    bool called_off;
    unsigned busy; /* handles and the thread, while they hold on to this */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
    char piece[PIECE_BYTES];
    char answer[64]; /* QEMU says nothing on this connection */
};

static struct qemu_restore *restore_of(struct engine_vm *vm)
{
    return vm->state == STATE_PREPARING ? vm->restore : NULL;
}

static void release(struct qemu_restore *restore)
{
    void (*closed)(void *context) = restore->closed;
    void *context = restore->closed_context;

    if (--restore->busy)
        return;
    saved_state_close(restore->reader);
    free(restore->path);
    free(restore);
    if (closed)
        closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void qemu_vm_restore_close(struct engine_vm *vm, void (*closed)(void *context), void *context)
{
    struct qemu_restore *restore = vm->restore;

    vm->restore = NULL;
    restore->closing = true;
    restore->closed = closed;
    restore->closed_context = context;
    if (restore->opened) {
        uv_close((uv_handle_t *)&restore->stream, on_handle_closed);
        uv_close((uv_handle_t *)&restore->poll, on_handle_closed);
    }
    release(restore);
}

bool qemu_vm_restore_cancel(struct engine_vm *vm, struct vpc_error *err)
{
    struct qemu_restore *restore = vm->restore;
    struct vpc_error why;

    if (!restore || vm->state == STATE_LIVE || vm->state == STATE_ENDING || restore->let_run || restore->called_off)
        return vpc_fail(err, VPC_STATE_CONFLICT, "there is no restore that could be called off any more");
    restore->called_off = true;
    vpc_fail(&why, VPC_CANCELLED, "the restore was called off");
    /* While the file is read through there is no QEMU yet. */
    if (vm->state != STATE_OVER)
        qemu_vm_put_down(vm, &why);
    return true;
}

bool qemu_vm_restore_is_called_off(const struct engine_vm *vm)
{
    return vm->restore && vm->restore->called_off;
}

bool qemu_vm_restore_is_refused(const struct engine_vm *vm, const char *last_words)
{
    if (!vm->restore)
        return false;
    return vm->restore->begun || strstr(last_words, "unsupported machine type");
}

const char *qemu_vm_restore_hardware(const struct engine_vm *vm)
{
    return vm->restore ? vm->restore->about.hardware : NULL;
}

/* The guest will not run. */
static void fail(struct qemu_restore *restore, const struct vpc_error *why)
{
    struct vpc_error err = *why;

    vpc_fail_in(&err, "QEMU does not take the state that QEMU %s has saved", restore->about.version);
    qemu_vm_put_down(restore->vm, &err);
}

/* The file */

static void check(uv_work_t *work)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    struct qemu_restore *restore = work->data;
    const char *config_id = restore->vm->config->config_id, *hardware = restore->about.hardware;

    restore->checked = saved_state_open(&restore->reader, restore->path, "qemu", config_id ? config_id : "",
                                        &restore->about, &restore->failure);
    /* It becomes a part of QEMU's command line. */
    if (restore->checked && (!*hardware || strspn(hardware, letters) != strlen(hardware)))
        restore->checked =
            vpc_fail(&restore->failure, VPC_SAVED_STATE, "saved state '%s' names no type of a machine", restore->path);
}

static void on_checked(uv_work_t *work, int status)
{
    struct qemu_restore *restore = work->data;

    if (status)
        restore->checked =
            vpc_fail(&restore->failure, VPC_UNEXPECTED, "the saved state was not read (%s)", uv_strerror(status));
    if (restore->called_off)
        restore->checked = vpc_fail(&restore->failure, VPC_CANCELLED, "the restore was called off");
    if (!restore->closing)
        restore->ready(restore->vm, restore->checked ? NULL : &restore->failure);
    release(restore);
}

bool qemu_vm_restore(struct engine_vm *vm, const char *path,
                     void (*ready)(struct engine_vm *vm, const struct vpc_error *err), struct vpc_error *err)
{
    struct qemu_restore *restore = calloc(1, sizeof(*restore));
    int status;

    if (!restore || !(restore->path = text_copy(path))) {
        free(restore);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to restore a VM");
    }
    restore->vm = vm;
    restore->ready = ready;
    restore->work.data = restore;
    if ((status = uv_queue_work(vm->loop, &restore->work, check, on_checked))) {
        free(restore->path);
        free(restore);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no thread to read a saved state (%s)", uv_strerror(status));
    }
    restore->busy = 2; /* the VM's own hold and the thread's */
    vm->restore = restore;
    return true;
}

/* QEMU */

static void on_let_run(void *context, const json_t *result, const struct vpc_error *err)
{
    (void)result;
    if (err)
        qemu_vm_put_down(context, err);
}

static void on_status(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    struct qemu_restore *restore = restore_of(vm);
    const char *status = json_string_value(json_object_get(result, "status"));
    struct vpc_error failure;

    if (!restore || !uv_is_active((uv_handle_t *)&restore->poll) || qmp_is_unsent(err)) /* it is asked again */
        return;
    if (err) {
        fail(restore, err);
    } else if (status && !strcmp(status, "failed")) {
        vpc_fail(&failure, VPC_SAVED_STATE, "it says no more than that it has failed");
        fail(restore, &failure);
    } else if (status && !strcmp(status, "completed")) {
        uv_timer_stop(&restore->poll);
        if (restore->all_sent) {
            restore->let_run = true;
            vm->events->letting_run(vm->context);
            qmp_client_send(vm->client, "cont", json_null(), on_let_run, vm);
            return;
        }
        vpc_fail(&failure, VPC_ENGINE, "it was given another stream than ours");
        fail(restore, &failure);
    } else {
        vm->deadline_ms = uv_now(vm->loop) + PATIENCE_MS;
    }
}

static void on_poll(uv_timer_t *timer)
{
    struct qemu_restore *restore = timer->data;

    if (restore_of(restore->vm))
        qmp_client_send(restore->vm->client, "query-migrate", json_null(), on_status, restore->vm);
    else
        uv_timer_stop(timer);
}

/* The stream */

static void cut(struct qemu_restore *restore, int status)
{
    struct vpc_error err;

    if (restore->closing || !restore_of(restore->vm))
        return;
    /* When QEMU refuses what it reads it ends, and says more than this. */
    vpc_fail(&err, VPC_SAVED_STATE, "its connection was cut (%s)", uv_strerror(status));
    if (!qemu_process_alive(restore->vm->process))
        qemu_vm_fail(restore->vm, &err);
    else if (status != UV_EOF && status != UV_ECONNRESET && status != UV_EPIPE)
        fail(restore, &err);
}

static void send_piece(struct qemu_restore *restore);

static void on_written(uv_write_t *write, int status)
{
    struct qemu_restore *restore = write->data;

    if (restore->closing)
        return;
    if (status)
        cut(restore, status);
    else
        send_piece(restore);
}

static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
    struct qemu_restore *restore = shutdown->data;

    if (restore->closing)
        return;
    if (status)
        cut(restore, status);
    else
        restore->all_sent = true;
}

static void send_piece(struct qemu_restore *restore)
{
    struct engine_vm *vm = restore->vm;
    uv_buf_t piece;
    size_t size;
    unsigned percent;
    struct vpc_error err;
    int status;

    if (!restore_of(vm))
        return;
    if (!saved_state_read(restore->reader, restore->piece, sizeof(restore->piece), &size, &err)) {
        fail(restore, &err);
        return;
    }
    if (size) {
        piece = uv_buf_init(restore->piece, (unsigned)size);
        restore->write.data = restore;
        status = uv_write(&restore->write, (uv_stream_t *)&restore->stream, &piece, 1, on_written);
    } else {
        restore->shutdown.data = restore;
        status = uv_shutdown(&restore->shutdown, (uv_stream_t *)&restore->stream, on_shut_down);
    }
    if (status) {
        cut(restore, status);
        return;
    }
    restore->sent += size;
    vm->deadline_ms = uv_now(vm->loop) + PATIENCE_MS;
    percent = restore->about.bytes ? (unsigned)((double)restore->sent * 100 / (double)restore->about.bytes) : 0;
    if (percent)
        vm->events->progress(vm->context, percent < MOST_STREAMING ? percent : MOST_STREAMING);
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct qemu_restore *restore = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(restore->answer, sizeof(restore->answer));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    (void)buffer;
    if (got >= 0)
        return;
    uv_read_stop(stream);
    cut(stream->data, (int)got);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct qemu_restore *restore = connect->data;
    struct vpc_error err;

    if (restore->closing || !restore_of(restore->vm))
        return;
    if (status) {
        vpc_fail(&err, VPC_ENGINE, "cannot connect to it (%s)", uv_strerror(status));
        fail(restore, &err);
        return;
    }
    uv_read_start((uv_stream_t *)&restore->stream, on_buffer, on_read);
    uv_timer_start(&restore->poll, on_poll, POLL_MS, POLL_MS);
    send_piece(restore);
}

static void on_address(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    struct qemu_restore *restore = restore_of(vm);
    const json_t *first = json_array_get(json_object_get(result, "socket-address"), 0);
    const char *port = json_string_value(json_object_get(first, "port"));
    unsigned number = port ? (unsigned)strtoul(port, NULL, 10) : 0;
    struct sockaddr_in address;
    struct vpc_error failure;
    int status;

    if (!restore)
        return;
    if (err || !number || number > 65535) {
        vpc_fail(&failure, VPC_ENGINE, "it does not say where it listens");
        fail(restore, err ? err : &failure);
        return;
    }
    uv_ip4_addr("127.0.0.1", (int)number, &address);
    restore->connect.data = restore;
    status = uv_tcp_connect(&restore->connect, &restore->stream, (const struct sockaddr *)&address, on_connected);
    if (status) {
        vpc_fail(&failure, VPC_ENGINE, "cannot connect to it (%s)", uv_strerror(status));
        fail(restore, &failure);
    }
}

static void on_incoming(void *context, const json_t *result, const struct vpc_error *err)
{
    struct qemu_restore *restore = restore_of(context);

    (void)result;
    if (restore && err)
        fail(restore, err);
}

void qemu_vm_restore_begin(struct engine_vm *vm)
{
    struct qemu_restore *restore = vm->restore;

    uv_tcp_init(vm->loop, &restore->stream);
    uv_timer_init(vm->loop, &restore->poll);
    restore->stream.data = restore->poll.data = restore;
    restore->opened = restore->begun = true;
    restore->busy += 2;
    qmp_client_cork(vm->client);
    /* QEMU would announce the adapters to the network, in frames that no guest has sent. */
    qmp_client_send(vm->client, "migrate-set-parameters", json_pack("{s:i}", "announce-rounds", 0), NULL, NULL);
    qmp_client_send(vm->client, "migrate-incoming", json_pack("{s:s}", "uri", "tcp:127.0.0.1:0"), on_incoming, vm);
    qmp_client_send(vm->client, "query-migrate", json_null(), on_address, vm);
    qmp_client_uncork(vm->client);
}
