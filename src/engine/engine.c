/* The front door: finds engines, and checks for all of them what need not be written in each. */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#if defined(VPC_ENGINE_FAKE)
#include "engine/fake/fake.h"
#endif
#if defined(VPC_ENGINE_QEMU)
#include "engine/qemu/qemu_engine.h"
#endif

/* What the reports so far say about a VM. */
enum phase {
    PHASE_OFF,
    PHASE_STARTING,
    PHASE_RUNNING,
    PHASE_PAUSED,
    PHASE_STOPPING,
    PHASE_OVER
};

/* Stands between an engine and its user: passes the reports on and follows them. */
struct engine_front {
    enum phase phase;
    const struct engine_events *events;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

static const char *const phase_names[] = {
    [PHASE_OFF] = "off",       [PHASE_STARTING] = "starting", [PHASE_RUNNING] = "running",
    [PHASE_PAUSED] = "paused", [PHASE_STOPPING] = "stopping", [PHASE_OVER] = "over",
};

static const struct engine *const engines[] = {
#if defined(VPC_ENGINE_QEMU)
    &engine_qemu,
#endif
#if defined(VPC_ENGINE_FAKE)
    &engine_fake,
#endif
    NULL,
};

const struct engine *engine_find(const char *name)
{
    for (size_t i = 0; engines[i]; i++) {
        if (!strcmp(engines[i]->name, name))
            return engines[i];
    }
    return NULL;
}

static void front_sampled(void *context, const struct engine_sample *sample, const struct vpc_error *err)
{
    struct engine_front *front = context;

    front->events->sampled(front->context, sample, err);
}

static void front_letting_run(void *context)
{
    struct engine_front *front = context;

    if (front->events->letting_run)
        front->events->letting_run(front->context);
}

static void front_running(void *context)
{
    struct engine_front *front = context;

    if (front->phase != PHASE_STOPPING)
        front->phase = PHASE_RUNNING;
    front->events->running(front->context);
}

static void front_paused(void *context)
{
    struct engine_front *front = context;

    if (front->phase != PHASE_STOPPING)
        front->phase = PHASE_PAUSED;
    front->events->paused(front->context);
}

static void front_reset(void *context, enum engine_reset_by by)
{
    struct engine_front *front = context;

    front->events->reset(front->context, by);
}

static void front_progress(void *context, unsigned percent)
{
    struct engine_front *front = context;

    front->events->progress(front->context, percent);
}

static void front_failed(void *context, const struct vpc_error *err)
{
    struct engine_front *front = context;

    front->events->failed(front->context, err);
}

static void front_no_space(void *context)
{
    struct engine_front *front = context;

    if (front->events->no_space)
        front->events->no_space(front->context);
}

static void front_warned(void *context, const struct vpc_error *err)
{
    struct engine_front *front = context;

    if (front->events->warned)
        front->events->warned(front->context, err);
}

static void front_stopped(void *context, enum engine_stop_reason reason, const struct vpc_error *err)
{
    struct engine_front *front = context;

    front->phase = PHASE_OVER;
    front->events->stopped(front->context, reason, err);
}

static const struct engine_events front_events = {
    .sampled = front_sampled,
    .letting_run = front_letting_run,
    .running = front_running,
    .paused = front_paused,
    .reset = front_reset,
    .progress = front_progress,
    .failed = front_failed,
    .no_space = front_no_space,
    .warned = front_warned,
    .stopped = front_stopped,
};

static struct engine_base *base_of(struct engine_vm *vm)
{
    return (struct engine_base *)vm;
}

bool engine_open(struct engine_vm **vm, const char *name, uv_loop_t *loop, const struct machine_config *config,
                 const char *run_folder, const struct engine_events *events, void *context, struct vpc_error *err)
{
    const struct engine *engine = engine_find(name);
    struct engine_front *front;

    *vm = NULL;
    if (!engine)
        return vpc_fail(err, VPC_NOT_SUPPORTED, "there is no engine '%s'", name);
    if (!(front = calloc(1, sizeof(*front))))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a VM");
    front->events = events;
    front->context = context;
    if (!engine->open(vm, loop, config, run_folder, &front_events, front, err)) {
        free(front);
        return false;
    }
    base_of(*vm)->engine = engine;
    base_of(*vm)->front = front;
    return true;
}

static bool no_such_thing(const struct engine *engine, const char *what, struct vpc_error *err)
{
    return vpc_fail(err, VPC_NOT_SUPPORTED, "engine '%s' cannot %s", engine->name, what);
}

/* True when the VM runs or is paused. */
static bool is_active(const struct engine_front *front, const char *what, struct vpc_error *err)
{
    if (front->phase == PHASE_RUNNING || front->phase == PHASE_PAUSED)
        return true;
    return vpc_fail(err, VPC_VM_NOT_RUNNING, "cannot %s a VM that is %s", what, phase_names[front->phase]);
}

bool engine_start(struct engine_vm *vm, const char *saved_state, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;
    struct engine_front *front = base_of(vm)->front;

    if (front->phase != PHASE_OFF)
        return vpc_fail(err, VPC_VM_RUNNING, "cannot start a VM that is %s", phase_names[front->phase]);
    if (saved_state && !engine->save)
        return no_such_thing(engine, "restore a saved state", err);
    if (!engine->start(vm, saved_state, err))
        return false;
    front->phase = PHASE_STARTING;
    return true;
}

bool engine_adopt(struct engine_vm *vm, const char *state, const uint64_t memory[ENGINE_MEMORY_WORDS],
                  struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;
    struct engine_front *front = base_of(vm)->front;

    if (!engine->adopt)
        return no_such_thing(engine, "take over a running VM", err);
    if (front->phase != PHASE_OFF)
        return vpc_fail(err, VPC_VM_RUNNING, "cannot take over a VM that is %s", phase_names[front->phase]);
    if (!engine->adopt(vm, state, memory, err))
        return false;
    front->phase = PHASE_STARTING;
    return true;
}

bool engine_reset(struct engine_vm *vm, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;

    if (!engine->reset)
        return no_such_thing(engine, "reset a VM", err);
    return is_active(base_of(vm)->front, "reset", err) && engine->reset(vm, err);
}

bool engine_turn_off(struct engine_vm *vm, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;
    struct engine_front *front = base_of(vm)->front;

    if (!engine->turn_off)
        return no_such_thing(engine, "turn off a VM", err);
    if (front->phase == PHASE_OFF || front->phase == PHASE_OVER)
        return is_active(front, "turn off", err);
    if (front->phase == PHASE_STOPPING)
        return vpc_fail(err, VPC_STATE_CONFLICT, "the VM is being turned off");
    if (!engine->turn_off(vm, err))
        return false;
    front->phase = PHASE_STOPPING;
    return true;
}

bool engine_pause(struct engine_vm *vm, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;
    struct engine_front *front = base_of(vm)->front;

    if (!engine->pause)
        return no_such_thing(engine, "pause a VM", err);
    if (!is_active(front, "pause", err))
        return false;
    if (front->phase == PHASE_PAUSED)
        return vpc_fail(err, VPC_STATE_CONFLICT, "the VM is paused already");
    return engine->pause(vm, err);
}

bool engine_resume(struct engine_vm *vm, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;
    struct engine_front *front = base_of(vm)->front;

    if (!engine->resume)
        return no_such_thing(engine, "resume a VM", err);
    if (!is_active(front, "resume", err))
        return false;
    if (front->phase == PHASE_RUNNING)
        return vpc_fail(err, VPC_STATE_CONFLICT, "the VM is not paused");
    return engine->resume(vm, err);
}

bool engine_save(struct engine_vm *vm, const char *path, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;

    if (!engine->save)
        return no_such_thing(engine, "save the state of a VM", err);
    if (!path || !*path)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "no path to save to");
    return is_active(base_of(vm)->front, "save", err) && engine->save(vm, path, err);
}

bool engine_cancel(struct engine_vm *vm, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;

    if (!engine->cancel)
        return no_such_thing(engine, "call off a save or a restore", err);
    return engine->cancel(vm, err);
}

void engine_sample_now(struct engine_vm *vm)
{
    base_of(vm)->engine->sample(vm);
}

const char *engine_state(struct engine_vm *vm)
{
    const struct engine *engine = base_of(vm)->engine;

    return engine->state ? engine->state(vm) : "";
}

bool engine_command(struct engine_vm *vm, const json_t *arguments, json_t **result, struct vpc_error *err)
{
    const struct engine *engine = base_of(vm)->engine;

    if (result)
        *result = NULL;
    if (!engine->command)
        return no_such_thing(engine, "take commands of its own", err);
    return engine->command(vm, arguments, result, err);
}

static void front_closed(void *context)
{
    struct engine_front front = *(struct engine_front *)context;

    free(context);
    if (front.closed)
        front.closed(front.closed_context);
}

void engine_close(struct engine_vm *vm, void (*closed)(void *context), void *context)
{
    struct engine_front *front = base_of(vm)->front;

    front->closed = closed;
    front->closed_context = context;
    base_of(vm)->engine->close(vm, front_closed, front);
}
