/*
 * The QEMU engine: one session of one VM, from the start of the process to its end.
 *
 * QEMU is started stopped and connects to us (qmp_door.h). The counters are put in, the first sample is taken, the
 * guest is let run. From then on QEMU's events and the answers to our commands drive everything; a timer rotates
 * captures and watches a process that should end.
 */
#include "engine/qemu/qemu_engine.h"

#include <stdlib.h>
#include <string.h>
#include "engine/qemu/qemu_command.h"
#include "engine/qemu/qemu_find.h"
#include "engine/qemu/qemu_vm.h"
#include "util/file.h"
#include "util/json_line.h"
#include "util/path.h"
#include "util/text.h"

enum {
    WATCH_START_MS = 50, /* how often the timer looks for a process that dies at start */
    CONNECT_MS = 60000   /* QEMU must have connected after this time */
};

/* QEMU's connection */

static void on_greeted(void *context)
{
    (void)context;
}

static void on_event(void *context, const char *name, int64_t time_us, const json_t *data)
{
    struct engine_vm *vm = context;

    if (!strcmp(name, "DEVICE_DELETED"))
        qemu_vm_on_device_deleted(vm, data);
    if (vm->state != STATE_LIVE && vm->state != STATE_PREPARING)
        return;
    if (!strcmp(name, "RESET"))
        qemu_vm_on_reset_event(vm, json_is_true(json_object_get(data, "guest")), time_us);
    else if (!strcmp(name, "RESUME"))
        qemu_vm_on_resume_event(vm, time_us);
    else if (!strcmp(name, "STOP"))
        qemu_vm_on_stop_event(vm);
    else if (!strcmp(name, "BLOCK_IO_ERROR"))
        qemu_vm_on_block_error(vm, data);
    else if (!strcmp(name, "SHUTDOWN"))
        qemu_vm_on_shutdown_event(vm, data);
}

static void on_lost(void *context, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state >= STATE_ENDING)
        return;
    if (err->cause == VPC_CORRUPT)
        qemu_vm_put_down(vm, err);
    else
        qemu_vm_fail(vm, err);
}

static const struct qmp_listener listener = {
    .greeted = on_greeted,
    .event = on_event,
    .lost = on_lost,
};

void qemu_vm_take_client(struct engine_vm *vm, struct qmp_client *client)
{
    vm->client = client;
    qmp_client_set_listener(client, &listener, vm);
}

/* The start */

static void on_let_run(void *context, const json_t *result, const struct vpc_error *err)
{
    (void)result;
    if (err)
        qemu_vm_put_down(context, err);
}

static void on_first_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state != STATE_PREPARING)
        return;
    if (qmp_is_unsent(err)) {
        qemu_vm_ask_drives(vm, on_first_drives);
        return;
    }
    qemu_vm_take_drives(vm, answer, err);
    vm->counted = true;
    qemu_vm_deliver_sample(vm);
    if (vm->restore)
        qemu_vm_restore_begin(vm);
    else
        qmp_client_send(vm->client, "cont", json_null(), on_let_run, vm);
}

static void on_counter_begun(void *context, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state != STATE_PREPARING)
        return;
    if (err)
        qemu_vm_put_down(vm, err);
    else if (!--vm->beginning)
        qemu_vm_ask_drives(vm, on_first_drives);
}

static void on_entered(void *context, struct qmp_client *client, const json_t *objects)
{
    struct engine_vm *vm = context;
    struct vpc_error err;

    (void)objects;
    qemu_vm_take_client(vm, client);
    if (vm->state != STATE_STARTING)
        return;
    vm->state = STATE_PREPARING;
    if (!qemu_vm_join_networks(vm, &err)) {
        qemu_vm_put_down(vm, &err);
        return;
    }
    vm->deadline_ms = uv_now(vm->loop) + CONNECT_MS;
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (!vm->counters[i][direction])
                continue;
            vm->beginning++;
            dump_counter_begin(vm->counters[i][direction], client, on_counter_begun, vm);
        }
    }
    if (!vm->beginning)
        qemu_vm_ask_drives(vm, on_first_drives);
}

bool qemu_vm_make_counters(struct engine_vm *vm, struct vpc_error *err)
{
    char *folder = qemu_process_path(vm->run_folder, err);
    bool ok = folder != NULL;

    for (size_t i = 0; ok && i < vm->config->adapter_count; i++) {
        const struct machine_adapter *adapter = &vm->config->adapters[i];

        if (adapter->network != NETWORK_NAT && adapter->network != NETWORK_INTERNAL)
            continue;
        for (int direction = 0; ok && direction < 2; direction++)
            ok = dump_counter_create(&vm->counters[i][direction], adapter->id, (enum dump_direction)direction,
                                     vm->run_folder, folder, err);
    }
    free(folder);
    return ok;
}

bool qemu_vm_open_door(struct engine_vm *vm, uint16_t port,
                       void (*entered)(void *context, struct qmp_client *client, const json_t *objects),
                       struct vpc_error *err)
{
    if (!qmp_door_open(&vm->door, vm->loop, vm->socket, port, vm->socket ? NULL : &vm->key, qmp_door_spares(),
                       vm->nonce, entered, vm, err))
        return false;
    vm->port = qmp_door_port(vm->door);
    return true;
}

static bool remove_old_captures(struct engine_vm *vm, struct vpc_error *err)
{
    struct folder_entry *entries;
    size_t count;
    bool ok = folder_list(vm->run_folder, ".pcap", &entries, &count, err);

    if (!ok)
        return false;
    for (size_t i = 0; ok && i < count; i++) {
        char *path;

        if (strncmp(entries[i].name, "capture-", strlen("capture-")))
            continue;
        path = path_join(vm->run_folder, entries[i].name);
        ok = path ? file_remove(path, err) : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
        free(path);
    }
    folder_list_free(entries, count);
    return ok;
}

static bool start_process(struct engine_vm *vm, struct vpc_error *err)
{
    struct qemu_launch launch = {.socket = vm->socket,
                                 .port = vm->port,
                                 .key_folder = vm->run_folder,
                                 .spares = qmp_door_spares(),
                                 .nonce = vm->nonce,
                                 .path = qemu_process_path};
    char *program = NULL, *qemu_program = NULL, **words = NULL;
    bool ok = qemu_find(vm->config->qemu_program, &program, err) && (qemu_program = qemu_process_path(program, err));

    launch.program = qemu_program;
    memcpy(launch.internal, vm->internal_ports, sizeof(launch.internal));
    if (ok && vm->internal)
        internal_network_let_go(vm->internal);
    launch.restored_hardware = qemu_vm_restore_hardware(vm);
    ok = ok && qemu_command_build(&words, vm->config, &launch, err) &&
         qemu_process_start(&vm->process, words, vm->run_folder, err);
    machine_config_free_words(words);
    free(qemu_program);
    free(program);
    return ok;
}

static bool launch(struct engine_vm *vm, struct vpc_error *err)
{
    if (!start_process(vm, err))
        return false;
    vm->state = STATE_STARTING;
    vm->deadline_ms = uv_now(vm->loop) + CONNECT_MS;
    qemu_vm_watch_process(vm);
    qemu_vm_watch(vm, WATCH_START_MS);
    return true;
}

/* The saved state was read through. */
static void on_restore_ready(struct engine_vm *vm, const struct vpc_error *err)
{
    struct vpc_error failure;

    if (!err && launch(vm, &failure))
        return;
    vm->state = STATE_OVER;
    vm->events->stopped(vm->context, ENGINE_STOP_FAILED, err ? err : &failure);
}

static bool qemu_start(struct engine_vm *vm, const char *saved_state, struct vpc_error *err)
{
    if (vm->state != STATE_NEW)
        return vpc_fail(err, VPC_UNEXPECTED, "a VM of the QEMU engine starts once");
    if (vm->config->adapter_count > MACHINE_MAX_ADAPTERS)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "%zu network adapters are too many", vm->config->adapter_count);
    vm->state = STATE_OVER;
    if (!folder_make(vm->run_folder, err) || !remove_old_captures(vm, err) || !qemu_vm_make_counters(vm, err) ||
        !qemu_vm_open_networks(vm, err) || (!vm->socket && !monitor_key_make(&vm->key, vm->run_folder, err)) ||
        !qemu_vm_open_door(vm, 0, on_entered, err))
        return false;
    return saved_state ? qemu_vm_restore(vm, saved_state, on_restore_ready, err) : launch(vm, err);
}

static bool qemu_open(struct engine_vm **out, uv_loop_t *loop, const struct machine_config *config,
                      const char *run_folder, const struct engine_events *events, void *context, struct vpc_error *err)
{
    struct engine_vm *vm = calloc(1, sizeof(*vm));

    if (!vm || !(vm->run_folder = text_copy(run_folder))) {
        free(vm);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a VM");
    }
    /* Known before QEMU is started, so that the next supervisor can find a QEMU whose start was cut short. */
    if (!text_random_guid(vm->nonce, err) || !qmp_door_socket(run_folder, &vm->socket, err)) {
        free(vm->run_folder);
        free(vm);
        return false;
    }
    vm->loop = loop;
    vm->config = config;
    vm->events = events;
    vm->context = context;
    uv_timer_init(loop, &vm->timer);
    vm->timer.data = vm;
    *out = vm;
    return true;
}

static bool is_live(const struct engine_vm *vm, struct vpc_error *err)
{
    return vm->state == STATE_LIVE || vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM does not run");
}

static bool qemu_reset(struct engine_vm *vm, struct vpc_error *err)
{
    if (!is_live(vm, err))
        return false;
    vm->resets_asked++;
    vm->pause_after = false; /* a reset ends in running */
    if (!vm->resetting)
        qemu_vm_begin_reset(vm);
    return true;
}

static bool qemu_turn_off(struct engine_vm *vm, struct vpc_error *err)
{
    if (vm->state == STATE_NEW || vm->state >= STATE_ENDING)
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM does not run");
    if (vm->client) {
        qemu_vm_quit(vm, ENGINE_STOP_TURNED_OFF);
    } else {
        qemu_vm_wait_for_end(vm, ENGINE_STOP_TURNED_OFF);
        vm->deadline_ms = 0; /* there is nothing to wait for; and its id, which killing needs, may come late */
    }
    return true;
}

static bool qemu_pause(struct engine_vm *vm, struct vpc_error *err)
{
    if (!is_live(vm, err))
        return false;
    if (vm->resetting)
        vm->pause_after = true;
    else
        qmp_client_send(vm->client, "stop", json_null(), qemu_vm_on_reply, vm);
    return true;
}

static bool qemu_resume(struct engine_vm *vm, struct vpc_error *err)
{
    if (!is_live(vm, err))
        return false;
    vm->pause_after = false;
    if (!vm->resetting)
        qmp_client_send(vm->client, "cont", json_null(), qemu_vm_on_reply, vm);
    return true;
}

static bool qemu_save(struct engine_vm *vm, const char *path, struct vpc_error *err)
{
    return is_live(vm, err) && qemu_vm_save(vm, path, err);
}

static void on_sample_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    /* Another report may have answered meanwhile, and an ending session has its last sample still before it. */
    if (vm->state != STATE_LIVE)
        return;
    qemu_vm_take_drives(vm, answer, err);
    if (vm->sampling)
        qemu_vm_deliver_sample(vm);
    if (vm->state == STATE_LIVE)
        qemu_vm_rotate(vm);
}

static bool qemu_cancel(struct engine_vm *vm, struct vpc_error *err)
{
    return vm->restore ? qemu_vm_restore_cancel(vm, err) : qemu_vm_save_cancel(vm, err);
}

static void qemu_sample(struct engine_vm *vm)
{
    if (vm->state != STATE_LIVE || vm->sampling)
        return;
    vm->sampling = true;
    qemu_vm_ask_devices(vm);
    qemu_vm_ask_drives(vm, on_sample_drives);
}

static const char *qemu_state(struct engine_vm *vm)
{
    int64_t pid = 0;
    uint64_t start = 0;
    json_t *words;
    char *text;

    if (vm->process)
        qemu_process_id(vm->process, &pid, &start);
    words = json_pack("{s:s,s:i,s:s,s:I,s:I,s:o}", "engine", "qemu", "port", vm->port, "nonce", vm->nonce, "pid",
                      (json_int_t)pid, "start", (json_int_t)start, "internal", qemu_vm_network_words(vm));
    text = words ? json_line_write(words) : NULL;
    if (text) /* without memory for it, what was true before is better than nothing */
        snprintf(vm->state_text, sizeof(vm->state_text), "%s", text);
    free(text);
    json_decref(words);
    return vm->state_text;
}

static void qemu_close(struct engine_vm *vm, void (*closed)(void *context), void *context)
{
    vm->closing = true;
    vm->closed = closed;
    vm->closed_context = context;
    if (!vm->process || !qemu_process_alive(vm->process)) {
        qemu_vm_close_parts(vm);
        return;
    }
    qemu_vm_wait_for_end(vm, ENGINE_STOP_TURNED_OFF);
    vm->deadline_ms = 0;
}

const struct engine engine_qemu = {
    .name = "qemu",
    .open = qemu_open,
    .start = qemu_start,
    .adopt = qemu_vm_adopt,
    .reset = qemu_reset,
    .turn_off = qemu_turn_off,
    .pause = qemu_pause,
    .resume = qemu_resume,
    .save = qemu_save,
    .cancel = qemu_cancel,
    .sample = qemu_sample,
    .state = qemu_state,
    .close = qemu_close,
};
