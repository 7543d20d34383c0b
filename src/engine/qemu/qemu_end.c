/* How a session ends: by our wish, the guest's, or of itself. */
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/last_line.h"
#include "engine/qemu/qemu_script.h"
#include "engine/qemu/qemu_vm.h"
#include "util/path.h"

enum {
    WATCH_END_MS = 20, /* how often the timer looks for a process that should be gone */
    QUIT_MS = 10000    /* which is killed after this time */
};

static void on_timer(uv_timer_t *timer);

void qemu_vm_watch(struct engine_vm *vm, uint64_t every_ms)
{
    uv_timer_start(&vm->timer, on_timer, every_ms, every_ms);
}

/* While it is connected the connection ends as well, and before that may come what QEMU had to say. */
static void on_process_ended(void *context)
{
    struct engine_vm *vm = context;

    vm->process_ended = true;
    if (vm->state == STATE_STARTING || vm->state == STATE_ENDING)
        uv_timer_start(&vm->timer, on_timer, 0, WATCH_END_MS);
}

void qemu_vm_watch_process(struct engine_vm *vm)
{
    if (!vm->watch)
        vm->watch = qemu_watch_open(vm->loop, vm->process, on_process_ended, vm);
}

void qemu_vm_wait_for_end(struct engine_vm *vm, enum engine_stop_reason reason)
{
    vm->state = STATE_ENDING;
    vm->reason = reason;
    vm->deadline_ms = uv_now(vm->loop) + QUIT_MS;
    uv_timer_start(&vm->timer, on_timer, vm->process_ended ? 0 : WATCH_END_MS, WATCH_END_MS);
}

void qemu_vm_fail(struct engine_vm *vm, const struct vpc_error *why)
{
    if (vm->state >= STATE_ENDING)
        return;
    vm->failure = *why;
    qemu_vm_wait_for_end(vm, ENGINE_STOP_FAILED);
}

static void let_go(struct engine_vm *vm);

static void on_quit(void *context, const json_t *result, const struct vpc_error *err)
{
    (void)result;
    if (qmp_is_unsent(err))
        let_go(context);
}

static void let_go(struct engine_vm *vm)
{
    qmp_client_send(vm->client, "quit", json_null(), on_quit, vm);
}

static void stop_for_good(struct engine_vm *vm);

/* Only now: QEMU leaves without a farewell, and what it had answered before may be lost with the connection. */
static void on_final_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (qmp_is_unsent(err)) {
        stop_for_good(vm);
        return;
    }
    qemu_vm_take_drives(vm, answer, err);
    let_go(vm);
}

static void stop_for_good(struct engine_vm *vm)
{
    qmp_client_cork(vm->client);
    qmp_client_send(vm->client, "stop", json_null(), NULL, NULL);
    qemu_vm_ask_drives(vm, on_final_drives);
    qmp_client_uncork(vm->client);
}

void qemu_vm_quit(struct engine_vm *vm, enum engine_stop_reason reason)
{
    /* Frames that are held back would be in two captures. */
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_go_on(vm->counters[i][direction]);
        }
    }
    stop_for_good(vm);
    qemu_vm_wait_for_end(vm, reason);
}

void qemu_vm_put_down(struct engine_vm *vm, const struct vpc_error *why)
{
    if (vm->state >= STATE_ENDING)
        return;
    qemu_vm_fail(vm, why);
    vm->put_down = true;
    vm->deadline_ms = 0;
}

/* Puts QEMU's own last line into the reason. */
static void add_last_words(struct engine_vm *vm)
{
    char *path = path_join(vm->run_folder, QEMU_LOG_FILE), line[384] = "";

    if (path)
        last_line_read(path, line, sizeof(line));
    free(path);
    if (qemu_vm_restore_is_called_off(vm)) {
        vm->failure.cause = VPC_CANCELLED;
        return;
    }
    if (vm->put_down)
        vpc_fail_in(&vm->failure, "QEMU was ended");
    else if (*line)
        vpc_fail(&vm->failure, VPC_ENGINE, "QEMU ended: %s", line);
    else
        vpc_fail_in(&vm->failure, "QEMU ended");
    if (!vm->put_down || vm->failure.cause != VPC_OUT_OF_MEMORY)
        vm->failure.cause = qemu_vm_restore_is_refused(vm, line) ? VPC_SAVED_STATE : VPC_ENGINE;
}

static void on_part_closed(void *context)
{
    struct engine_vm *vm = context;
    void (*closed)(void *context) = vm->closed;
    void *closed_context = vm->closed_context;

    if (--vm->closings)
        return;
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        dump_counter_free(vm->counters[i][DUMP_SENT], true);
        dump_counter_free(vm->counters[i][DUMP_RECEIVED], true);
    }
    qemu_process_free(vm->process);
    qemu_vm_forget_dumps(vm);
    free(vm->socket);
    free(vm->run_folder);
    free(vm);
    if (closed)
        closed(closed_context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

void qemu_vm_close_parts(struct engine_vm *vm)
{
    vm->closings = 1;
    if (vm->client) {
        vm->closings++;
        qmp_client_close(vm->client, on_part_closed, vm);
    }
    if (vm->door) {
        vm->closings++;
        qmp_door_close(vm->door, on_part_closed, vm);
    }
    if (vm->watch) {
        vm->closings++;
        qemu_watch_close(vm->watch, on_part_closed, vm);
    }
    if (vm->internal) {
        vm->closings++;
        internal_network_close(vm->internal, on_part_closed, vm);
    }
    if (vm->save) {
        vm->closings++;
        qemu_vm_save_close(vm, on_part_closed, vm);
    }
    if (vm->restore) {
        vm->closings++;
        qemu_vm_restore_close(vm, on_part_closed, vm);
    }
    uv_close((uv_handle_t *)&vm->timer, on_timer_closed);
}

/* The process is gone. */
static void end_session(struct engine_vm *vm)
{
    if (vm->closing) {
        qemu_vm_close_parts(vm);
        return;
    }
    vm->state = STATE_OVER;
    uv_timer_stop(&vm->timer);
    if (!vm->socket)
        monitor_key_remove(vm->run_folder);
    if (vm->reason == ENGINE_STOP_FAILED)
        add_last_words(vm);
    if (vm->reason == ENGINE_STOP_FAILED || !vm->drives_known) {
        /* What the drives did last went with QEMU. Their totals stay where they were. */
        memset(vm->drives, 0, sizeof(vm->drives));
        vm->drives_known = true;
    }
    qemu_vm_adopt_rest(vm);
    if (vm->counted)
        qemu_vm_deliver_sample(vm);
    vm->events->stopped(vm->context, vm->reason, vm->reason == ENGINE_STOP_FAILED ? &vm->failure : NULL);
}
static void on_timer(uv_timer_t *timer)
{
    struct engine_vm *vm = timer->data;
    bool late = uv_now(vm->loop) >= vm->deadline_ms;
    struct vpc_error err;

    /* A whole interval, in which the end of the connection is heard if it comes at all. */
    if (vm->state == STATE_LIVE && vm->process_ended && ++vm->ended_ticks > 1) {
        vpc_fail(&err, VPC_ENGINE, "its connection has outlived it");
        qemu_vm_fail(vm, &err);
        return;
    }
    if (vm->state == STATE_LIVE) {
        qemu_vm_drain(vm, &err); /* who wants to know gets the error with the sample */
        qemu_vm_rotate(vm);
        qemu_vm_save_watch(vm);
        return;
    }
    if (vm->state == STATE_ADOPTING)
        qemu_vm_adopt_watch(vm);
    if (!vm->process || !qemu_process_alive(vm->process)) {
        if (vm->state < STATE_ENDING) {
            vpc_fail(&err, VPC_ENGINE, "before it connected, without a word");
            qemu_vm_fail(vm, &err);
        }
        end_session(vm);
    } else if (late && vm->state < STATE_ENDING) {
        vpc_fail(&err, VPC_TIMED_OUT, "it did not answer its supervisor in time");
        qemu_vm_put_down(vm, &err);
    } else if (late) {
        qemu_process_kill(vm->process);
    }
}
