/*
 * Taking over from a supervisor that was lost.
 *
 * The page says what it knew last: state, figures, tasks, and two things for the engine. What was accepted is carried
 * out: a turn-off goes on, a reset is done again (the guest stands still from before a reset until after it, so one
 * that was done already does no more by being repeated). A start that was cut short is undone, and a restore until the
 * guest is let run: from then on it is done, and its file used up. A save is done when its file is whole; else it has
 * failed, and the guest goes on as it was before. Everything is shown, and the heart beats, only when the first sample
 * is in the page.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/supervisor_parts.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/path.h"

enum {
    TAKEOVER_MS = 8000 /* QEMU asks for its supervisor once a second */
};

#define TAKEOVER_LOST "the supervisor of the VM was lost before the task was done"

/* True when the session has come to the point where a restored guest runs, and its disks with it. */
static bool takeover_is_restored(const struct supervisor *supervisor)
{
    return supervisor->body.state == VM_RESTORING && supervisor->body.goes_on_as == VM_RUNNING;
}

/* What was under way, as far as it is to be carried out. */
static struct operation takeover_operation(const struct supervisor *supervisor)
{
    uint32_t turn_off = supervisor_task_unfinished(supervisor, VM_TASK_TURN_OFF);
    uint32_t reset = supervisor_task_unfinished(supervisor, VM_TASK_RESET);
    if (supervisor->body.state == VM_TURNING_OFF)
        return (struct operation){.kind = OPERATION_TURN_OFF, .task = turn_off};
    if (supervisor->body.state == VM_SAVING)
        return (struct operation){.kind = OPERATION_SAVE, .task = supervisor_task_unfinished(supervisor, VM_TASK_SAVE)};
    if (takeover_is_restored(supervisor))
        return (struct operation){.kind = OPERATION_STARTUP,
                                  .task = supervisor_task_unfinished(supervisor, VM_TASK_RESTORE)};
    if (reset != 0 && vm_state_is_active(supervisor->body.state))
        return (struct operation){.kind = OPERATION_RESET, .task = reset};
    return (struct operation){.kind = OPERATION_NONE};
}

/* True when the session never came to the point where the guest runs, or has ended with a saved state that is whole. */
static bool takeover_must_end(const struct supervisor *supervisor)
{
    enum vm_state state = (enum vm_state)supervisor->body.state;
    return state == VM_TURNING_ON || (state == VM_RESTORING && !takeover_is_restored(supervisor)) ||
           (state == VM_SAVING && supervisor_save_is_whole(supervisor));
}

/* The engine that the VM was started with; the preference may name another one by now. New memory. */
static char *takeover_engine(const struct supervisor *supervisor)
{
    json_t *words = json_loads(supervisor->body.engine_state, 0, NULL);
    const char *name = json_string_value(json_object_get(words, "engine"));
    if (name == NULL)
        name = supervisor->config->engine;
    char *copy = malloc(strlen(name) + 1);
    if (copy != NULL)
        /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): it was made that long */
        strcpy(copy, name);
    json_decref(words);
    return copy;
}

/* A save that was cut short has failed; a restore has done what it was to do. */
void supervisor_gone_on(struct supervisor *supervisor, enum vm_state state, const struct vpc_error *err)
{
    struct vpc_error lost;
    if (supervisor->body.state == VM_RESTORING) {
        supervisor_enter(supervisor, state);
        supervisor_operation_end(supervisor, err);
        return;
    }
    vpc_fail(&lost, VPC_UNEXPECTED, TAKEOVER_LOST);
    if (err != NULL)
        vpc_fail(&lost, err->cause, TAKEOVER_LOST "; and the guest stands: %.300s", err->text);
    supervisor->body.goes_on_as = state;
    supervisor_save_failed(supervisor, &lost);
}

/* The engine has given up what was cut short. A guest that is to run is let run. */
static void takeover_go_on(struct supervisor *supervisor, enum vm_state found)
{
    struct vpc_error err;
    if (found == VM_RUNNING || supervisor->body.goes_on_as != VM_RUNNING) {
        supervisor_gone_on(supervisor, found, NULL);
        return;
    }
    log_write(LOG_INFO, "the guest stands, and is let run");
    supervisor->current.kind = OPERATION_GO_ON;
    if (!engine_resume(supervisor->engine, &err)) {
        log_write(LOG_ERROR, "%s", err.text);
        supervisor_gone_on(supervisor, VM_PAUSED, &err);
    }
}

static void takeover_carry_on(struct supervisor *supervisor)
{
    struct vpc_error err;
    bool accepted = true;
    if (supervisor->current.kind == OPERATION_TURN_OFF) {
        accepted = engine_turn_off(supervisor->engine, &err);
    } else if (supervisor->current.kind == OPERATION_RESET) {
        log_write(LOG_INFO, "a reset that was cut short is done again");
        accepted = engine_reset(supervisor->engine, &err);
    }
    if (accepted)
        return;
    log_write(LOG_ERROR, "%s", err.text);
    supervisor_operation_end(supervisor, &err);
}

void supervisor_taken_over(struct supervisor *supervisor, enum vm_state state)
{
    log_write(LOG_INFO, "taken over; a reset of the guest's while nobody listened is not known, and its epoch goes on");
    supervisor->taking_over = false;
    supervisor->body.supervisor_pid = (uint64_t)uv_os_getpid();
    enum operation_kind kind = supervisor->current.kind;
    bool goes_on = kind == OPERATION_SAVE || kind == OPERATION_STARTUP;
    if (kind != OPERATION_TURN_OFF && !goes_on && supervisor->body.state != state)
        supervisor_enter(supervisor, state);
    else
        supervisor_publish(supervisor);
    vm_page_beat(supervisor->page, clock_monotonic_ms());
    if (goes_on)
        takeover_go_on(supervisor, state);
    else
        takeover_carry_on(supervisor);
}

/* Nothing of the VM can have outlived its supervisor. */
static void takeover_find_nothing(struct supervisor *supervisor)
{
    vpc_fail(&supervisor->death, VPC_ENGINE, "the supervisor of the VM was lost, and the VM with it");
    snprintf(supervisor->body.fault, sizeof supervisor->body.fault, "%.*s", (int)sizeof supervisor->body.fault - 1,
             supervisor->death.text);
    supervisor->ending = true;
    supervisor_turned_off(supervisor);
}

/* Lets the engine look for the VM. On failure nothing has happened to it. */
static bool takeover_begin(struct supervisor *supervisor, struct vpc_error *err)
{
    char *engine = takeover_engine(supervisor);
    if (engine == NULL)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to take over a VM");
    bool done = engine_open(&supervisor->engine, engine, supervisor->loop, supervisor->config, supervisor->run_folder,
                            &supervisor_engine_events, supervisor, err);
    free(engine);
    if (!done) {
        supervisor->engine = NULL;
        return false;
    }
    if (!engine_adopt(supervisor->engine, supervisor->body.engine_state, supervisor->body.engine_memory, err)) {
        engine_close(supervisor->engine, NULL, NULL);
        supervisor->engine = NULL;
        return false;
    }
    struct vpc_error gone;
    if (takeover_must_end(supervisor)) {
        log_write(LOG_INFO, "what was cut short in state %u is ended", supervisor->body.state);
        engine_turn_off(supervisor->engine, &gone); /* refused when there is nothing left */
    }
    return true;
}

static void takeover_gave_up(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Runs the loop until the engine has found out how the VM stands, and it goes on so, or is late. */
static bool takeover_await(struct supervisor *supervisor, struct vpc_error *err)
{
    uv_timer_t timer;
    bool late = false;
    uv_timer_init(supervisor->loop, &timer);
    timer.data = &late;
    uv_timer_start(&timer, takeover_gave_up, TAKEOVER_MS, 0);
    while ((supervisor->taking_over || supervisor->current.kind == OPERATION_GO_ON) && !supervisor->ending && !late)
        uv_run(supervisor->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(supervisor->loop, UV_RUN_NOWAIT);
    if (!late || !supervisor->taking_over)
        return true;
    log_write(LOG_WARNING, "the VM does not answer; it is waited for");
    return vpc_fail(err, VPC_TIMED_OUT, "virtual machine '%s' has lost its supervisor and does not answer a new one",
                    supervisor->config->name);
}

bool supervisor_take_over(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                          const char *run_folder, struct vpc_error *err)
{
    *supervisor = NULL;
    struct supervisor *made;
    if (!supervisor_prepare(&made, loop, config, run_folder, err))
        return false;
    if (!vm_state_needs_supervisor(made->body.state)) {
        supervisor_close(made);
        return true;
    }
    log_write(LOG_WARNING, "the last supervisor of this VM was lost (process %llu)",
              (unsigned long long)made->body.supervisor_pid);
    if (made->body.state == VM_SAVING && !supervisor_save_find_again(made, err)) {
        supervisor_abandon(made);
        return false;
    }
    made->taking_over = true;
    made->current = takeover_operation(made);
    supervisor_figures_restore(made);
    bool exists = made->body.engine_state[0] != '\0';
    if (!supervisor_listen(made, err) || (exists && !takeover_begin(made, err))) {
        log_write(LOG_ERROR, "%s", err->text);
        supervisor_abandon(made);
        return false;
    }
    supervisor_tasks_abandon(made);
    supervisor_begin_ticks(made);
    supervisor_ledger_open(made);
    if (takeover_is_restored(made))
        supervisor_save_use_up(made); /* also when the VM is gone: who can tell how far its disks have come */
    if (!exists)
        takeover_find_nothing(made);
    *supervisor = made;
    if (!takeover_await(made, err))
        return false;
    if (!made->ending)
        return true;
    uv_run(loop, UV_RUN_DEFAULT);
    supervisor_close(made);
    *supervisor = NULL;
    return true;
}

bool supervisor_page_is_on(const char *run_folder)
{
    char *path = path_join(run_folder, VM_PAGE_FILE);
    struct vm_page *page;
    struct vpc_error ignored;
    bool on = false;
    if (path != NULL && vm_page_open(&page, path, &ignored)) {
        on = vm_state_needs_supervisor(vm_page_read_state(page));
        vm_page_close(page);
    }
    free(path);
    return on;
}

enum vm_state supervisor_state(const struct supervisor *supervisor)
{
    return (enum vm_state)supervisor->body.state;
}
