/* The life of a supervisor: TurningOn or Restoring, Running, Paused, Saving or TurningOff, Saved or TurnedOff, as the
 * engine reports them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/supervisor_parts.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/path.h"

enum {
    LOCK_RETRY_MS = 10,
    LOCK_PATIENCE_MS = 10000
};

static const char *state_name(enum vm_state state)
{
    static const char *const names[] = {
        [VM_INVALID] = "Invalid",        [VM_TURNED_OFF] = "TurnedOff", [VM_SAVED] = "Saved",
        [VM_TURNING_ON] = "TurningOn",   [VM_RESTORING] = "Restoring",  [VM_RUNNING] = "Running",
        [VM_PAUSED] = "Paused",          [VM_SAVING] = "Saving",        [VM_TURNING_OFF] = "TurningOff",
        [VM_MERGING_DRIVES] = "Merging", [VM_DELETING] = "Deleting",
    };
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : "an unknown state";
}

void supervisor_publish(struct supervisor *supervisor)
{
    vm_page_publish(supervisor->page, &supervisor->body);
}

void supervisor_goes_on_as(struct supervisor *supervisor, enum vm_state state)
{
    supervisor->body.goes_on_as = state;
    supervisor_publish(supervisor);
}

void supervisor_enter(struct supervisor *supervisor, enum vm_state state)
{
    log_write(LOG_INFO, "%s", state_name(state));
    supervisor->body.state = state;
    supervisor_event(supervisor, VM_EVENT_STATE, state);
}

/* ---- the end ---- */

static void supervisor_tick_closed(uv_handle_t *tick)
{
    struct supervisor *supervisor = tick->data;
    supervisor->ticking = false;
}

static void supervisor_server_closed(void *context)
{
    struct supervisor *supervisor = context;
    supervisor->server = NULL;
    uv_close((uv_handle_t *)&supervisor->tick, supervisor_tick_closed);
}

/* The engine is gone with all that it held: only now does the VM count as off, so that a client may start or delete it
 * at once. */
void supervisor_turned_off(struct supervisor *supervisor)
{
    supervisor->body.control[0] = '\0';
    enum vm_state rest = supervisor_save_rest(supervisor);
    supervisor_ledger_session_ends(supervisor, rest);
    supervisor_enter(supervisor, rest);
    /* Turning off has reached what it was to reach, however the engine came to its end. Whatever else was under way is
     * cut short. */
    struct vpc_error cut = supervisor->death;
    if (cut.cause == 0)
        vpc_fail(&cut, VPC_VM_NOT_RUNNING, "virtual machine '%s' has turned off", supervisor->config->name);
    bool reached = supervisor->current.kind == OPERATION_TURN_OFF ||
                   (supervisor->current.kind == OPERATION_SAVE &&
                    (supervisor->end_reason == ENGINE_STOP_SAVED || supervisor_save_is_whole(supervisor)));
    supervisor_operation_end(supervisor, reached ? NULL : &cut);
    supervisor_serve_waiting(supervisor);
    control_server_close(supervisor->server, supervisor_server_closed, supervisor);
}

static void supervisor_engine_closed(void *context)
{
    struct supervisor *supervisor = context;
    supervisor->engine = NULL;
    supervisor_turned_off(supervisor);
}

/* ---- reports of the engine ---- */

static void supervisor_show_engine(struct supervisor *supervisor)
{
    snprintf(supervisor->body.engine_state, sizeof supervisor->body.engine_state, "%s",
             engine_state(supervisor->engine));
}

static void supervisor_sampled(void *context, const struct engine_sample *sample, const struct vpc_error *err)
{
    struct supervisor *supervisor = context;
    bool was_readable = supervisor->unreadable.cause == 0;
    supervisor_figures_sampled(supervisor, sample, err);
    if (err != NULL && was_readable)
        log_write(LOG_WARNING, "counters cannot be read: %s", err->text);
    else if (err == NULL && !was_readable)
        log_write(LOG_INFO, "counters can be read");
    supervisor_show_engine(supervisor);
    supervisor_publish(supervisor);
    supervisor_ledger_sampled(supervisor);
}

/* The epoch of a restored guest is in the page with that: whoever takes over counts on in it. */
static void supervisor_letting_run(void *context)
{
    struct supervisor *supervisor = context;
    supervisor_figures_open_epoch(supervisor, EPOCH_RESTORE);
    supervisor_goes_on_as(supervisor, VM_RUNNING);
}

static void supervisor_running(void *context)
{
    struct supervisor *supervisor = context;
    supervisor->space.stopped = false;
    if (supervisor->taking_over) {
        supervisor_taken_over(supervisor, VM_RUNNING);
        return;
    }
    if (supervisor->current.kind == OPERATION_GO_ON) {
        supervisor_gone_on(supervisor, VM_RUNNING, NULL);
    } else if (supervisor->body.state == VM_TURNING_ON || supervisor->body.state == VM_RESTORING) {
        if (supervisor->body.state == VM_TURNING_ON)
            supervisor_figures_open_epoch(supervisor, EPOCH_POWER_ON);
        supervisor_save_use_up(supervisor);
        supervisor_enter(supervisor, VM_RUNNING);
        supervisor_operation_end(supervisor, NULL);
    } else if (supervisor->body.state == VM_PAUSED) {
        supervisor_enter(supervisor, VM_RUNNING);
        if (supervisor->current.kind == OPERATION_RESUME || supervisor->current.kind == OPERATION_RESET)
            supervisor_operation_end(supervisor, NULL);
    } else if (supervisor->body.state == VM_SAVING) {
        supervisor_goes_on_as(supervisor, VM_RUNNING);
    }
    supervisor_serve_waiting(supervisor);
}

static void supervisor_paused(void *context)
{
    struct supervisor *supervisor = context;
    if (supervisor->taking_over) {
        supervisor_taken_over(supervisor, VM_PAUSED);
        return;
    }
    if (supervisor->body.state == VM_RUNNING)
        supervisor_enter(supervisor, VM_PAUSED);
    else if (supervisor->body.state == VM_SAVING)
        supervisor_goes_on_as(supervisor, VM_PAUSED);
    if (supervisor->current.kind == OPERATION_PAUSE)
        supervisor_operation_end(supervisor, NULL);
    supervisor_serve_waiting(supervisor);
}

static void supervisor_reset(void *context, enum engine_reset_by by)
{
    struct supervisor *supervisor = context;
    log_write(LOG_INFO, "reset by %s",
              by == ENGINE_RESET_BY_HOST    ? "the host"
              : by == ENGINE_RESET_BY_GUEST ? "the guest"
                                            : "a triple fault");
    if (by == ENGINE_RESET_BY_TRIPLE_FAULT)
        supervisor_event(supervisor, VM_EVENT_TRIPLE_FAULT, 0);
    supervisor_figures_open_epoch(supervisor, by == ENGINE_RESET_BY_HOST ? EPOCH_RESET : EPOCH_GUEST_REBOOT);
    supervisor_event(supervisor, VM_EVENT_RESET, 0);
    /* From Paused a reset leads to Running, and its task ends with the report of that. */
    if (by == ENGINE_RESET_BY_HOST && supervisor->current.kind == OPERATION_RESET &&
        supervisor->body.state != VM_PAUSED) {
        supervisor_operation_end(supervisor, NULL);
        supervisor_serve_waiting(supervisor);
    }
}

static void supervisor_progress(void *context, unsigned percent)
{
    struct supervisor *supervisor = context;
    supervisor_task_progress(supervisor, supervisor->current.task, percent);
    supervisor_publish(supervisor);
}

static void supervisor_failed(void *context, const struct vpc_error *err)
{
    struct supervisor *supervisor = context;
    log_write(LOG_ERROR, "%s", err->text);
    if (supervisor->current.kind == OPERATION_NONE)
        return;
    if (supervisor->current.kind == OPERATION_SAVE)
        supervisor_save_failed(supervisor, err);
    else if (supervisor->current.kind == OPERATION_GO_ON)
        supervisor_gone_on(supervisor, VM_PAUSED, err);
    else
        supervisor_operation_end(supervisor, err);
    supervisor_serve_waiting(supervisor);
}

static void supervisor_engine_no_space(void *context)
{
    supervisor_no_space(context);
}

static void supervisor_warned(void *context, const struct vpc_error *err)
{
    (void)context;
    log_write(LOG_WARNING, "%s", err->text);
}

static void supervisor_stopped(void *context, enum engine_stop_reason reason, const struct vpc_error *err)
{
    struct supervisor *supervisor = context;
    supervisor->ending = true;
    supervisor->end_reason = reason;
    if (reason == ENGINE_STOP_BY_GUEST) {
        log_write(LOG_INFO, "the guest has powered off");
        supervisor_event(supervisor, VM_EVENT_GUEST_SHUTDOWN, 0);
        supervisor_event(supervisor, VM_EVENT_REQUEST_SHUTDOWN, 0);
    }
    if (err != NULL) {
        log_write(LOG_ERROR, "%s", err->text);
        supervisor->death = *err;
        snprintf(supervisor->body.fault, sizeof supervisor->body.fault, "%.*s", (int)sizeof supervisor->body.fault - 1,
                 err->text);
    }
    if (vm_state_is_active(supervisor->body.state))
        supervisor_enter(supervisor, VM_TURNING_OFF);
    engine_close(supervisor->engine, supervisor_engine_closed, supervisor);
}

const struct engine_events supervisor_engine_events = {
    .sampled = supervisor_sampled,
    .letting_run = supervisor_letting_run,
    .running = supervisor_running,
    .paused = supervisor_paused,
    .reset = supervisor_reset,
    .progress = supervisor_progress,
    .failed = supervisor_failed,
    .no_space = supervisor_engine_no_space,
    .warned = supervisor_warned,
    .stopped = supervisor_stopped,
};

/* ---- the loop ---- */

static void supervisor_ticked(uv_timer_t *tick)
{
    struct supervisor *supervisor = tick->data;
    if (supervisor->taking_over)
        return; /* who reads would take old figures for new ones */
    vm_page_beat(supervisor->page, clock_monotonic_ms());
    supervisor_quit_when_it_can(supervisor);
    if (supervisor->ending)
        return;
    if (vm_state_is_active(supervisor->body.state)) {
        engine_sample_now(supervisor->engine);
        supervisor_watch_space(supervisor);
    }
    supervisor_cut_overdue(supervisor);
}

void supervisor_start(struct supervisor *supervisor)
{
    struct vpc_error err;
    if (engine_open(&supervisor->engine, supervisor->config->engine, supervisor->loop, supervisor->config,
                    supervisor->run_folder, &supervisor_engine_events, supervisor, &err)) {
        /* Before anything runs: should this process be lost in the middle, the next one knows what to look for. */
        supervisor_show_engine(supervisor);
        supervisor_publish(supervisor);
        if (engine_start(supervisor->engine, supervisor->saved_state, &err))
            return;
        supervisor_stopped(supervisor, ENGINE_STOP_FAILED, &err);
        return;
    }
    log_write(LOG_ERROR, "%s", err.text);
    supervisor->ending = true;
    supervisor->end_reason = ENGINE_STOP_FAILED;
    supervisor->engine = NULL;
    supervisor->death = err;
    supervisor_turned_off(supervisor);
}

/* ---- opening ---- */

/* The supervisor of a VM that has just turned off holds its lock for a moment longer than the page says Running: that
 * one is waited for. */
static bool supervisor_lock(struct supervisor *supervisor, const char *lock_path, const char *page_path,
                            struct vpc_error *err)
{
    for (int waited_ms = 0;; waited_ms += LOCK_RETRY_MS) {
        if (!file_lock_try(&supervisor->lock, lock_path, err))
            return false;
        if (supervisor->lock != NULL)
            return true;
        struct vm_page *page;
        bool off = false;
        if (vm_page_open(&page, page_path, err)) {
            off = vm_state_is_off(vm_page_read_state(page));
            vm_page_close(page);
        }
        if (!off || waited_ms >= LOCK_PATIENCE_MS)
            return vpc_fail(err, VPC_VM_RUNNING, "virtual machine '%s' is running already", supervisor->config->name);
        uv_sleep(LOCK_RETRY_MS);
    }
}

bool supervisor_listen(struct supervisor *supervisor, struct vpc_error *err)
{
    char *name;
    if (!control_server_open(&supervisor->server, supervisor->loop, supervisor->run_folder, &supervisor_control_events,
                             supervisor, &name, err))
        return false;
    size_t size = strlen(name) + 1;
    bool fits = size <= sizeof supervisor->body.control;
    if (fits)
        memcpy(supervisor->body.control, name, size);
    else
        vpc_fail(err, VPC_TOO_LONG, "name of the control pipe '%s' is too long", name);
    free(name);
    return fits;
}

bool supervisor_prepare(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                        const char *run_folder, struct vpc_error *err)
{
    *supervisor = NULL;
    char *lock_path = path_join(run_folder, VM_LOCK_FILE);
    char *page_path = path_join(run_folder, VM_PAGE_FILE);
    char *log_path = path_join(run_folder, VM_LOG_FILE);
    struct supervisor *made = calloc(1, sizeof *made);
    bool done = false;
    if (made == NULL || lock_path == NULL || page_path == NULL || log_path == NULL) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a supervisor");
        goto done;
    }
    made->loop = loop;
    made->config = config;
    made->run_folder = run_folder;
    /* Two that start at once must not both change the rights, nor both move the log aside. */
    if (!supervisor_lock(made, lock_path, page_path, err))
        goto done;
    /* Before anything else lies in it. Files of a file system without rights are everybody's, and the user has chosen
     * it. */
    struct vpc_error open;
    bool private = folder_make_private(run_folder, &open);
    if (!private && open.cause != VPC_NOT_SUPPORTED) {
        *err = open;
        goto done;
    }
    if (!log_open(log_path, LOG_INFO, err) || !supervisor_save_find(made, err) ||
        !vm_page_create(&made->page, page_path, err))
        goto done;
    log_write(LOG_INFO, "supervisor of '%s', process %d", config->name, (int)uv_os_getpid());
    if (!private)
        log_write(LOG_WARNING, "others may read the figures of this VM: %s", open.text);
    /* What an earlier session has left: the epoch's number and the tasks go on. */
    vm_page_read(made->page, &made->body);
    made->told = (enum vm_state)made->body.state;
    *supervisor = made;
    made = NULL;
    done = true;
done:
    free(lock_path);
    free(page_path);
    free(log_path);
    supervisor_close(made);
    return done;
}

void supervisor_begin_ticks(struct supervisor *supervisor)
{
    uv_timer_init(supervisor->loop, &supervisor->tick);
    supervisor->tick.data = supervisor;
    uv_timer_start(&supervisor->tick, supervisor_ticked, 0, SUPERVISOR_TICK_MS);
    supervisor->ticking = true;
}

bool supervisor_open(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                     const char *run_folder, uint32_t *task, struct vpc_error *err)
{
    *supervisor = NULL;
    struct supervisor *made;
    if (!supervisor_prepare(&made, loop, config, run_folder, err))
        return false;
    if (vm_state_needs_supervisor(made->body.state)) {
        supervisor_abandon(made); /* nothing was begun */
        return vpc_fail(err, VPC_VM_RUNNING, "virtual machine '%s' is running, but has lost its supervisor",
                        config->name);
    }
    supervisor_tasks_abandon(made);
    if (!supervisor_listen(made, err)) {
        supervisor_close(made);
        return false;
    }
    bool restores = made->saved_state != NULL;
    made->body.state = restores ? VM_RESTORING : VM_TURNING_ON;
    made->body.goes_on_as = 0;
    supervisor_figures_clear(made);
    made->body.session_start_monotonic_ms = clock_monotonic_ms();
    made->body.session_first_event = made->body.event_count + 1;
    made->body.supervisor_pid = (uint64_t)uv_os_getpid();
    *task = supervisor_task_begin_as(made, restores ? VM_TASK_RESTORE : VM_TASK_STARTUP, *task);
    made->current = (struct operation){.kind = OPERATION_STARTUP, .task = *task};
    supervisor_begin_ticks(made);
    supervisor_ledger_open(made);
    vm_page_beat(made->page, clock_monotonic_ms());
    supervisor_enter(made, made->body.state);
    *supervisor = made;
    return true;
}

void supervisor_abandon(struct supervisor *supervisor)
{
    vm_page_close(supervisor->page);
    supervisor->page = NULL;
    supervisor_close(supervisor);
}

void supervisor_close(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    if (supervisor->server != NULL) { /* opening has failed halfway */
        control_server_close(supervisor->server, NULL, NULL);
        uv_run(supervisor->loop, UV_RUN_DEFAULT);
    }
    supervisor_ledger_close(supervisor);
    if (supervisor->page != NULL) {
        vm_page_beat(supervisor->page, 0);
        vm_page_close(supervisor->page);
    }
    file_lock_release(supervisor->lock);
    free(supervisor->saved_state);
    free(supervisor);
}
