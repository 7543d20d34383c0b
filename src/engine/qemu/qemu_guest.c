/* What QEMU says of the guest: that it was reset, goes, stands, or has powered off. */
#include <string.h>
#include "engine/qemu/qemu_vm.h"

/* The clock by which QEMU stamps its events. */
static int64_t host_time_us(void)
{
    uv_timeval64_t now = {0};

    uv_gettimeofday(&now);
    return now.tv_sec * 1000000 + now.tv_usec;
}

void qemu_vm_see_figures(struct engine_vm *vm)
{
    reset_filter_see_figures(&vm->reset_filter, host_time_us(), qemu_vm_packets_sent(vm), qemu_vm_disk_bytes(vm));
}

/* Without an address a device has -1 there. Source: query-pci in the QMP reference of QEMU 7.2, and measured. */
static bool has_address(const json_t *device)
{
    const json_t *region;
    size_t i;

    json_array_foreach(json_object_get(device, "regions"), i, region)
    {
        if (json_integer_value(json_object_get(region, "address")) > 0)
            return true;
    }
    return false;
}

static void on_devices(void *context, const json_t *answer, const struct vpc_error *err)
{
    const json_t *devices = json_object_get(json_array_get(answer, 0), "devices"), *device;
    struct engine_vm *vm = context;
    bool found = false;
    size_t i;

    if (err)
        return;
    json_array_foreach(devices, i, device) found = found || has_address(device);
    reset_filter_see_devices(&vm->reset_filter, found);
}

void qemu_vm_ask_devices(struct engine_vm *vm)
{
    if (vm->guest_runs && reset_filter_wants_devices(&vm->reset_filter, host_time_us()))
        qmp_client_send(vm->client, "query-pci", json_null(), on_devices, vm);
}

static void report_reset(struct engine_vm *vm, enum engine_reset_by by)
{
    qemu_vm_deliver_sample(vm);
    reset_filter_open_epoch(&vm->reset_filter, qemu_vm_packets_sent(vm), qemu_vm_disk_bytes(vm));
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_open_epoch(vm->counters[i][direction]);
        }
    }
    vm->events->reset(vm->context, by);
}

static void judge_reset(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    struct reset_event *event = &vm->resets[vm->reset_first];
    enum reset_verdict verdict;

    if (qmp_is_unsent(err)) {
        qemu_vm_ask_drives(vm, judge_reset);
        return;
    }
    vm->reset_first = (vm->reset_first + 1) % QEMU_RESETS;
    vm->reset_count--;
    /* A guest that has powered off since was reset all the same. */
    if (vm->state != STATE_LIVE && (err || vm->state != STATE_ENDING || vm->reason != ENGINE_STOP_BY_GUEST))
        return;
    qemu_vm_take_drives(vm, answer, err);
    qemu_vm_see_figures(vm);
    verdict = reset_filter_judge(&vm->reset_filter, event->by_guest, event->time_us);
    if (verdict != RESET_ECHO)
        report_reset(vm, verdict == RESET_BY_HOST ? ENGINE_RESET_BY_HOST : ENGINE_RESET_BY_GUEST);
}

/* The guest was stopped for the reset, and stands. */
static void on_reset_let_run(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    struct vpc_error stands;

    (void)result;
    if (!err || vm->state != STATE_LIVE)
        return;
    if (qmp_is_unsent(err)) {
        qmp_client_send(vm->client, "cont", json_null(), on_reset_let_run, vm);
        return;
    }
    stands = *err;
    vpc_fail_in(&stands, "the guest stands after a reset");
    vm->resetting = false;
    vm->pause_after = false;
    if (vm->resets_asked) {
        qemu_vm_begin_reset(vm); /* which lets it run, too */
        return;
    }
    if (vm->guest_runs) {
        /* The reset was reported, and whoever asked for it may have asked for more since. */
        vm->guest_runs = false;
        vm->events->warned(vm->context, &stands);
        vm->events->paused(vm->context);
    } else {
        vm->events->failed(vm->context, &stands);
    }
    if (vm->state == STATE_LIVE)
        qemu_vm_save_go_on(vm);
}

static void on_system_reset(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (!err || vm->state != STATE_LIVE)
        return;
    vm->events->failed(vm->context, err);
    vm->resetting = false;
    if (vm->reset_was_running) {
        vm->resetting = vm->reset_seen = true;
        qmp_client_send(vm->client, "cont", json_null(), on_reset_let_run, vm);
    } else {
        qemu_vm_save_go_on(vm);
    }
}

void qemu_vm_on_reset_event(struct engine_vm *vm, bool by_guest, int64_t time_us)
{
    struct reset_event *event;
    struct vpc_error err;

    reset_filter_see_reset(&vm->reset_filter);
    if (vm->resetting && !vm->reset_seen && !by_guest) {
        /* Ours. The guest stood still from before the drives were asked until now. */
        vm->reset_seen = true;
        reset_filter_judge(&vm->reset_filter, false, time_us);
        report_reset(vm, ENGINE_RESET_BY_HOST);
        if (vm->state == STATE_LIVE)
            qmp_client_send(vm->client, "cont", json_null(), on_reset_let_run, vm);
        return;
    }
    if (vm->reset_count == QEMU_RESETS)
        return;
    qemu_vm_drain(vm, &err);
    qemu_vm_read_host_adapters(vm, &err);
    event = &vm->resets[(vm->reset_first + vm->reset_count++) % QEMU_RESETS];
    *event = (struct reset_event){.by_guest = by_guest, .time_us = time_us};
    qemu_vm_see_figures(vm);
    qemu_vm_ask_drives(vm, judge_reset);
}

static void on_reset_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    qemu_vm_take_drives(context, answer, err);
}

static void on_reset_stopped(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (qmp_is_unsent(err))
        vm->reset_was_running = false; /* nothing else was sent, and the guest goes on as it does */
}

/* The guest is stopped before, so that what it has done so far is known exactly when the new epoch opens. */
void qemu_vm_begin_reset(struct engine_vm *vm)
{
    vm->resets_asked--;
    vm->resetting = true;
    vm->reset_seen = false;
    vm->reset_was_running = vm->guest_runs;
    qmp_client_cork(vm->client);
    if (vm->guest_runs)
        qmp_client_send(vm->client, "stop", json_null(), on_reset_stopped, vm);
    qemu_vm_ask_drives(vm, on_reset_drives);
    qmp_client_send(vm->client, "system_reset", json_null(), on_system_reset, vm);
    qmp_client_uncork(vm->client);
}

void qemu_vm_on_reply(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (err && vm->state == STATE_LIVE)
        vm->events->failed(vm->context, err);
}

void qemu_vm_on_resume_event(struct engine_vm *vm, int64_t time_us)
{
    bool ran = vm->guest_runs;

    if ((vm->resetting && !vm->reset_seen) || qemu_vm_is_saving(vm))
        return;
    vm->guest_runs = true;
    vm->resetting = false;
    reset_filter_resumed(&vm->reset_filter, time_us);
    if (vm->state == STATE_PREPARING) {
        if (vm->restore) {
            reset_filter_restored(&vm->reset_filter, time_us);
            qemu_vm_restore_close(vm, NULL, NULL);
        }
        vm->state = STATE_LIVE;
        qemu_vm_watch(vm, QEMU_ROTATE_MS);
    }
    if (!ran && !vm->pausing)
        vm->events->running(vm->context);
    if (vm->state != STATE_LIVE)
        return;
    if (vm->resets_asked) {
        qemu_vm_begin_reset(vm);
    } else if (vm->pause_after) {
        vm->pause_after = false;
        qmp_client_send(vm->client, "stop", json_null(), qemu_vm_on_reply, vm);
    } else {
        qemu_vm_save_go_on(vm);
    }
}

/* What the guest did up to the stop is in the figures before anybody hears of it. */
static void on_pause_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    vm->pausing = false;
    if (vm->state != STATE_LIVE)
        return;
    qemu_vm_take_drives(vm, answer, err);
    qemu_vm_deliver_sample(vm);
    vm->events->paused(vm->context);
    if (vm->guest_runs) /* let run meanwhile, by a stranger */
        vm->events->running(vm->context);
}

void qemu_vm_on_stop_event(struct engine_vm *vm)
{
    if (vm->resetting || !vm->guest_runs || qemu_vm_is_saving(vm))
        return;
    vm->guest_runs = false;
    if (vm->pausing)
        return;
    vm->pausing = true;
    qemu_vm_ask_drives(vm, on_pause_drives);
}

/* A write that has found no room: QEMU stops the guest next, and makes the write again when it is let run. Other errors
 * of a disk are told to the guest. Source: BLOCK_IO_ERROR in the QMP reference of QEMU 7.2; there `nospace` stands only
 * where the guest is stopped for it. */
void qemu_vm_on_block_error(struct engine_vm *vm, const json_t *data)
{
    const char *action = json_string_value(json_object_get(data, "action"));

    if (vm->state == STATE_LIVE && action && !strcmp(action, "stop") && json_is_true(json_object_get(data, "nospace")))
        vm->events->no_space(vm->context);
}

void qemu_vm_on_shutdown_event(struct engine_vm *vm, const json_t *data)
{
    const char *reason = json_string_value(json_object_get(data, "reason"));
    struct vpc_error err;

    if (json_is_true(json_object_get(data, "guest"))) {
        qemu_vm_quit(vm, ENGINE_STOP_BY_GUEST);
        return;
    }
    vpc_fail(&err, VPC_ENGINE, "from outside (%s)", reason ? reason : "no reason given");
    qemu_vm_fail(vm, &err);
}
