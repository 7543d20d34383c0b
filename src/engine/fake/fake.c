/* The fake engine's machine: operations go through a queue, one each time the loop comes round, and end in a report.
 * See fake.h for its commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/fake/fake_vm.h"
#include "util/path.h"
#include "util/text.h"

void fake_count_cpu(struct engine_vm *vm)
{
    uint64_t now_ms = uv_now(vm->loop);
    if (vm->state == FAKE_RUNNING)
        vm->cpu_time_us += (now_ms - vm->cpu_counted_ms) * 10 * vm->cpu_percent; /* 1 ms at 1 % is 10 us */
    vm->cpu_counted_ms = now_ms;
}

static void fake_set_state(struct engine_vm *vm, enum fake_state state)
{
    fake_count_cpu(vm);
    vm->state = state;
}

static void fake_report_sample(struct engine_vm *vm)
{
    vm->sample_wanted = false;
    struct engine_sample sample = {0};
    if (vm->source_lost) {
        struct vpc_error err;
        vpc_fail(&err, VPC_IO, "%s", vm->source_text);
        vm->events->sampled(vm->context, &sample, &err);
        return;
    }
    memcpy(sample.adapters, vm->adapters, sizeof sample.adapters);
    memcpy(sample.drives, vm->drives, sizeof sample.drives);
    fake_count_cpu(vm);
    sample.cpu_time_us = vm->cpu_time_us;
    sample.cpu_known = !vm->cpu_lost;
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        vm->drives[i].renewed = false;
    vm->events->sampled(vm->context, &sample, NULL);
}

static void fake_end(struct engine_vm *vm, enum engine_stop_reason reason, const struct vpc_error *err)
{
    fake_report_sample(vm);
    fake_set_state(vm, FAKE_ENDED);
    vm->queued = 0;
    vm->events->stopped(vm->context, reason, err);
}

static void fake_carry_out(struct engine_vm *vm, enum fake_operation operation)
{
    struct fake_order *order = &vm->orders[operation];
    struct vpc_error failure;
    bool fails = order->fails;
    /* A guest that was paused before it came to that does nothing. */
    if (operation >= FAKE_REBOOT && operation < FAKE_LET_RUN && vm->state != FAKE_RUNNING)
        return;
    if (fails)
        vpc_fail(&failure, order->cause, "%s", order->text);
    order->fails = false;
    if (fails && operation != FAKE_START && operation != FAKE_CRASH) {
        vm->events->failed(vm->context, &failure);
        return;
    }
    switch (operation) {
    case FAKE_START:
        if (!fails && vm->path != NULL)
            fails = !fake_read_state(vm, &failure);
        if (fails) {
            fake_set_state(vm, FAKE_ENDED);
            vm->events->stopped(vm->context, ENGINE_STOP_FAILED, &failure);
            return;
        }
        fake_report_sample(vm);
        if (vm->path != NULL)
            vm->events->letting_run(vm->context);
        if (vm->path != NULL && vm->orders[FAKE_LET_RUN].held && fake_enqueue(vm, FAKE_LET_RUN, &failure))
            return;
        fake_set_state(vm, FAKE_RUNNING);
        vm->events->running(vm->context);
        return;
    case FAKE_RESET:
    case FAKE_REBOOT:
    case FAKE_TRIPLE_FAULT:
        fake_report_sample(vm);
        vm->events->reset(vm->context, operation == FAKE_RESET    ? ENGINE_RESET_BY_HOST
                                       : operation == FAKE_REBOOT ? ENGINE_RESET_BY_GUEST
                                                                  : ENGINE_RESET_BY_TRIPLE_FAULT);
        if (vm->state != FAKE_PAUSED || vm->closing)
            return;
        fake_set_state(vm, FAKE_RUNNING);
        vm->events->running(vm->context);
        return;
    case FAKE_PAUSE:
        fake_set_state(vm, FAKE_PAUSED);
        vm->events->paused(vm->context);
        return;
    case FAKE_DISK_FULL:
        vm->events->no_space(vm->context);
        if (vm->orders[FAKE_STAND].held && fake_enqueue(vm, FAKE_STAND, &failure))
            return;
        fake_set_state(vm, FAKE_PAUSED);
        vm->events->paused(vm->context);
        return;
    case FAKE_STAND:
        fake_set_state(vm, FAKE_PAUSED);
        vm->events->paused(vm->context);
        return;
    case FAKE_LET_RUN:
    case FAKE_RESUME:
        fake_set_state(vm, FAKE_RUNNING);
        vm->events->running(vm->context);
        return;
    case FAKE_SAVE:
        if (fake_write_state(vm, &failure))
            fake_end(vm, ENGINE_STOP_SAVED, NULL);
        else
            vm->events->failed(vm->context, &failure);
        return;
    case FAKE_TURN_OFF:
        fake_end(vm, ENGINE_STOP_TURNED_OFF, NULL);
        return;
    case FAKE_POWER_OFF:
        fake_end(vm, ENGINE_STOP_BY_GUEST, NULL);
        return;
    case FAKE_CRASH:
        fake_end(vm, ENGINE_STOP_FAILED, &failure);
        return;
    case FAKE_OPERATIONS:
        return;
    }
}

static void fake_ticked(uv_timer_t *tick)
{
    struct engine_vm *vm = tick->data;
    if (vm->sample_wanted && vm->state != FAKE_ENDED)
        fake_report_sample(vm);
    if (vm->progress_wanted > 0 && !vm->closing && vm->state != FAKE_ENDED)
        vm->events->progress(vm->context, vm->progress_wanted);
    vm->progress_wanted = 0;
    if (vm->closing || vm->queued == 0 || vm->orders[vm->queue[0]].held)
        return;
    enum fake_operation operation = vm->queue[0];
    memmove(vm->queue, vm->queue + 1, --vm->queued * sizeof vm->queue[0]);
    fake_carry_out(vm, operation);
    if (!vm->closing && vm->queued > 0)
        fake_wake(vm);
}

void fake_wake(struct engine_vm *vm)
{
    uv_timer_start(&vm->tick, fake_ticked, 0, 0);
}

bool fake_enqueue(struct engine_vm *vm, enum fake_operation operation, struct vpc_error *err)
{
    if (operation == FAKE_CRASH || operation == FAKE_TURN_OFF)
        vm->queued = 0; /* they overtake whatever waits */
    if (vm->queued == FAKE_MAX_QUEUED)
        return vpc_fail(err, VPC_ENGINE, "%d operations wait already", FAKE_MAX_QUEUED);
    vm->queue[vm->queued++] = operation;
    fake_wake(vm);
    return true;
}

/* Whatever a client may ask for: refused when a test has said so. */
static bool fake_accept(struct engine_vm *vm, enum fake_operation operation, struct vpc_error *err)
{
    struct fake_order *order = &vm->orders[operation];
    if (order->refused) {
        order->refused = false;
        return vpc_fail(err, VPC_ENGINE, "%s", order->text);
    }
    return fake_enqueue(vm, operation, err);
}

static bool fake_take_configuration(struct engine_vm *vm, const struct machine_config *config, struct vpc_error *err)
{
    for (size_t i = 0; i < config->adapter_count; i++) {
        uint32_t slot = config->adapters[i].id;
        if (slot >= ACCOUNTING_MAX_ADAPTERS)
            return vpc_fail(err, VPC_NOT_SUPPORTED, "network adapter %u is over %d", slot, ACCOUNTING_MAX_ADAPTERS - 1);
        vm->has_adapter[slot] = true;
        vm->adapters[slot].known = true;
    }
    for (size_t i = 0; i < config->drive_count; i++) {
        uint32_t slot = config->drives[i].bus * 2 + config->drives[i].device;
        if (config->drives[i].kind == DRIVE_NONE)
            continue;
        if (slot >= ACCOUNTING_MAX_DRIVES)
            return vpc_fail(err, VPC_NOT_SUPPORTED, "drive %u is over %d", slot, ACCOUNTING_MAX_DRIVES - 1);
        vm->has_drive[slot] = true;
        vm->drives[slot].known = true;
    }
    return true;
}

static void fake_free(struct engine_vm *vm)
{
    if (vm == NULL)
        return;
    free(vm->config_id);
    free(vm->path);
    free(vm);
}

static bool fake_open(struct engine_vm **vm, uv_loop_t *loop, const struct machine_config *config,
                      const char *run_folder, const struct engine_events *events, void *context, struct vpc_error *err)
{
    *vm = NULL;
    struct engine_vm *made = calloc(1, sizeof *made);
    char *orders = path_join(run_folder, "fake.json");
    bool done = false;
    if (made == NULL || orders == NULL) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a VM of the fake engine");
        goto done;
    }
    made->base.engine = &engine_fake;
    made->loop = loop;
    made->events = events;
    made->context = context;
    made->cpu_counted_ms = uv_now(loop);
    made->tick.data = made;
    if (config->config_id != NULL && (made->config_id = text_copy(config->config_id)) == NULL) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a VM of the fake engine");
        goto done;
    }
    if (!fake_take_configuration(made, config, err) || !fake_obey_file(made, orders, err))
        goto done;
    uv_timer_init(loop, &made->tick);
    *vm = made;
    done = true;
done:
    free(orders);
    if (!done)
        fake_free(made);
    return done;
}

static bool fake_take_path(struct engine_vm *vm, const char *path, struct vpc_error *err)
{
    free(vm->path);
    vm->path = text_copy(path);
    return vm->path != NULL || vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
}

static bool fake_start(struct engine_vm *vm, const char *saved_state, struct vpc_error *err)
{
    if (vm->state != FAKE_NEW)
        return vpc_fail(err, VPC_VM_RUNNING, "the VM was started already");
    if (saved_state != NULL && !fake_take_path(vm, saved_state, err))
        return false;
    if (!fake_accept(vm, FAKE_START, err))
        return false;
    fake_set_state(vm, FAKE_STARTING);
    return true;
}

static bool fake_need_active(const struct engine_vm *vm, struct vpc_error *err)
{
    if (vm->state != FAKE_RUNNING && vm->state != FAKE_PAUSED)
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM is not running");
    return true;
}

static bool fake_reset(struct engine_vm *vm, struct vpc_error *err)
{
    return fake_need_active(vm, err) && fake_accept(vm, FAKE_RESET, err);
}

static bool fake_turn_off(struct engine_vm *vm, struct vpc_error *err)
{
    return (vm->state == FAKE_STARTING || fake_need_active(vm, err)) && fake_accept(vm, FAKE_TURN_OFF, err);
}

static bool fake_pause(struct engine_vm *vm, struct vpc_error *err)
{
    return fake_need_active(vm, err) && fake_accept(vm, FAKE_PAUSE, err);
}

static bool fake_resume(struct engine_vm *vm, struct vpc_error *err)
{
    return fake_need_active(vm, err) && fake_accept(vm, FAKE_RESUME, err);
}

static bool fake_save(struct engine_vm *vm, const char *path, struct vpc_error *err)
{
    return fake_need_active(vm, err) && fake_take_path(vm, path, err) && fake_accept(vm, FAKE_SAVE, err);
}

/* What waits can be called off; what is carried out is done in one step. */
static bool fake_cancel(struct engine_vm *vm, struct vpc_error *err)
{
    enum fake_operation operation = vm->state == FAKE_STARTING ? FAKE_START : FAKE_SAVE;
    if (vm->queued == 0 || vm->queue[0] != operation || (operation == FAKE_START && vm->path == NULL))
        return vpc_fail(err, VPC_STATE_CONFLICT, "there is nothing that could be called off");
    struct fake_order *order = &vm->orders[operation];
    order->held = false;
    order->fails = true;
    order->cause = VPC_CANCELLED;
    snprintf(order->text, sizeof order->text, "it was called off");
    fake_wake(vm);
    return true;
}

static void fake_sample(struct engine_vm *vm)
{
    if (vm->state == FAKE_ENDED)
        return;
    vm->sample_wanted = true;
    fake_wake(vm);
}

/* A VM in memory is gone with its supervisor: there is nothing that another one could take over. */
static const char *fake_state_text(struct engine_vm *vm)
{
    (void)vm;
    return "";
}

static void fake_tick_closed(uv_handle_t *tick)
{
    struct engine_vm *vm = tick->data;
    void (*closed)(void *context) = vm->closed;
    void *context = vm->closed_context;
    fake_free(vm);
    if (closed != NULL)
        closed(context);
}

static void fake_close(struct engine_vm *vm, void (*closed)(void *context), void *context)
{
    vm->closing = true;
    vm->closed = closed;
    vm->closed_context = context;
    uv_close((uv_handle_t *)&vm->tick, fake_tick_closed);
}

const struct engine engine_fake = {
    .name = "fake",
    .open = fake_open,
    .start = fake_start,
    .reset = fake_reset,
    .turn_off = fake_turn_off,
    .pause = fake_pause,
    .resume = fake_resume,
    .save = fake_save,
    .cancel = fake_cancel,
    .sample = fake_sample,
    .state = fake_state_text,
    .command = fake_command,
    .close = fake_close,
};
