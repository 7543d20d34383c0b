/*
 * What clients ask for over the control pipe. Which call is allowed in which state:
 *
 *   turn-off, reset   active (Running, Paused), else VPC_VM_NOT_RUNNING; the reply names the task
 *   save              the same; VPC_STATE_CONFLICT when its undo disks are marked for deletion
 *   pause             Running; VPC_STATE_CONFLICT when Paused; the reply comes when it is done
 *   resume            Paused; VPC_STATE_CONFLICT when Running; the same
 *   cancel            a save or a restore that is under way, by the id of its task; VPC_STATE_CONFLICT when it cannot be
 *                     called off (any more); its task tells the end
 *   quit              whatever the .vmc says for the end of the user's session (supervisor_quit.c)
 *
 * Startup, save and turn-off have states of their own, so a second call is refused by the state. Reset, pause and
 * resume have none: a call during them waits, as it does while a guest is let run that a lost supervisor was saving or
 * restoring. A turn-off waits for a second only, then they are given up.
 */
#include <stdlib.h>
#include <string.h>
#include "host/supervisor_parts.h"
#include "util/log.h"

enum {
    TURN_OFF_WAITS_MS = 1000 /* less than a client waits for its answer */
};

struct supervisor_command {
    const char *name;
    /* Answers at once, or leaves `asker` to the operation that it begins. `arguments` may be NULL. */
    void (*serve)(struct supervisor *supervisor, struct asker asker, const json_t *arguments);
    bool is_operation;
};

static void asker_reply(struct asker asker, uint32_t task, const json_t *result)
{
    if (asker.peer != NULL)
        control_server_reply(asker.peer, asker.id, task, result);
}

static void asker_fail(struct asker asker, const struct vpc_error *err)
{
    if (asker.peer != NULL)
        control_server_fail(asker.peer, asker.id, err);
}

static bool supervisor_need_active(const struct supervisor *supervisor, struct vpc_error *err)
{
    if (supervisor->ending || !vm_state_is_active(supervisor->body.state))
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "virtual machine '%s' is not running", supervisor->config->name);
    return true;
}

static void command_ping(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)supervisor;
    (void)arguments;
    asker_reply(asker, 0, NULL);
}

static void command_subscribe(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)supervisor;
    (void)arguments;
    struct vpc_error err;
    if (control_server_subscribe(asker.peer, &err))
        asker_reply(asker, 0, NULL);
    else
        asker_fail(asker, &err);
}

bool supervisor_turn_off(struct supervisor *supervisor, uint32_t *task, struct vpc_error *err)
{
    if (!engine_turn_off(supervisor->engine, err))
        return false;
    supervisor->current = (struct operation){.kind = OPERATION_TURN_OFF};
    *task = supervisor->current.task = supervisor_task_begin(supervisor, VM_TASK_TURN_OFF);
    supervisor_event(supervisor, VM_EVENT_REQUEST_SHUTDOWN, 0);
    supervisor_enter(supervisor, VM_TURNING_OFF);
    return true;
}

static void command_turn_off(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)arguments;
    struct vpc_error err;
    uint32_t task;
    if (supervisor_need_active(supervisor, &err) && supervisor_turn_off(supervisor, &task, &err))
        asker_reply(asker, task, NULL);
    else
        asker_fail(asker, &err);
}

static void command_reset(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)arguments;
    struct vpc_error err;
    if (!supervisor_need_active(supervisor, &err) || !engine_reset(supervisor->engine, &err)) {
        asker_fail(asker, &err);
        return;
    }
    supervisor->current = (struct operation){.kind = OPERATION_RESET};
    supervisor->current.task = supervisor_task_begin(supervisor, VM_TASK_RESET);
    supervisor_publish(supervisor);
    asker_reply(asker, supervisor->current.task, NULL);
}

static void command_pause(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)arguments;
    struct vpc_error err;
    bool accepted = supervisor_need_active(supervisor, &err);
    if (accepted && supervisor->body.state == VM_PAUSED)
        accepted =
            vpc_fail(&err, VPC_STATE_CONFLICT, "virtual machine '%s' is paused already", supervisor->config->name);
    if (!accepted || !engine_pause(supervisor->engine, &err)) {
        asker_fail(asker, &err);
        return;
    }
    supervisor->current = (struct operation){.kind = OPERATION_PAUSE, .asker = asker};
}

static void command_resume(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)arguments;
    struct vpc_error err;
    bool accepted = supervisor_need_active(supervisor, &err);
    if (accepted && supervisor->body.state == VM_RUNNING)
        accepted =
            vpc_fail(&err, VPC_STATE_CONFLICT, "virtual machine '%s' is running already", supervisor->config->name);
    if (!accepted || !engine_resume(supervisor->engine, &err)) {
        asker_fail(asker, &err);
        return;
    }
    supervisor->current = (struct operation){.kind = OPERATION_RESUME, .asker = asker};
}

static void command_save(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)arguments;
    struct vpc_error err;
    uint32_t task;
    if (supervisor_need_active(supervisor, &err) && supervisor_save_begin(supervisor, &task, &err))
        asker_reply(asker, task, NULL);
    else
        asker_fail(asker, &err);
}

static void command_cancel(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    struct vpc_error err;
    json_int_t task = json_integer_value(json_object_get(arguments, "task"));
    bool is_ours = task > 0 && (uint32_t)task == supervisor->current.task;
    if (!is_ours || supervisor->ending || supervisor->engine == NULL ||
        (supervisor->body.state != VM_SAVING && supervisor->body.state != VM_RESTORING)) {
        vpc_fail(&err, VPC_STATE_CONFLICT, "task %lld cannot be called off", (long long)task);
        asker_fail(asker, &err);
    } else if (engine_cancel(supervisor->engine, &err)) {
        log_write(LOG_INFO, "command cancel");
        asker_reply(asker, 0, NULL);
    } else {
        asker_fail(asker, &err);
    }
}

static void command_quit(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    (void)arguments;
    supervisor_quit(supervisor);
    asker_reply(asker, 0, NULL);
}

static void command_engine(struct supervisor *supervisor, struct asker asker, const json_t *arguments)
{
    struct vpc_error err;
    json_t *result = NULL;
    bool done = false;
    if (supervisor->engine == NULL)
        vpc_fail(&err, VPC_VM_NOT_RUNNING, "the engine of virtual machine '%s' is closed", supervisor->config->name);
    else
        done = engine_command(supervisor->engine, arguments, &result, &err);
    if (done)
        asker_reply(asker, 0, result);
    else
        asker_fail(asker, &err);
    json_decref(result);
}

static const struct supervisor_command supervisor_commands[] = {
    {"ping", command_ping, false},  {"subscribe", command_subscribe, false}, {"turn-off", command_turn_off, true},
    {"reset", command_reset, true}, {"pause", command_pause, true},          {"resume", command_resume, true},
    {"save", command_save, true},   {"cancel", command_cancel, false},       {"quit", command_quit, false},
    {"engine", command_engine, false},
};

static const struct supervisor_command *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof supervisor_commands / sizeof supervisor_commands[0]; i++)
        if (strcmp(supervisor_commands[i].name, name) == 0)
            return &supervisor_commands[i];
    return NULL;
}

/* True while an operation is under way after which a call may be served that its state refuses. */
static bool supervisor_must_wait(const struct supervisor *supervisor)
{
    enum operation_kind kind = supervisor->current.kind;
    return kind == OPERATION_RESET || kind == OPERATION_PAUSE || kind == OPERATION_RESUME || kind == OPERATION_GO_ON;
}

static bool supervisor_wait(struct supervisor *supervisor, const struct supervisor_command *command, struct asker asker,
                            struct vpc_error *err)
{
    struct waiting_request *request = malloc(sizeof *request);
    if (request == NULL)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to let a command wait");
    *request = (struct waiting_request){.command = command, .asker = asker, .since_ms = uv_now(supervisor->loop)};
    struct waiting_request **end = &supervisor->waiting;
    while (*end != NULL)
        end = &(*end)->next;
    *end = request;
    return true;
}

static void supervisor_requested(void *context, struct control_peer *peer, const struct control_request *request)
{
    struct supervisor *supervisor = context;
    struct asker asker = {.peer = peer, .id = request->id};
    const struct supervisor_command *command = command_find(request->command);
    struct vpc_error err;
    if (command == NULL) {
        vpc_fail(&err, VPC_INVALID_ARGUMENT, "unknown command '%s'", request->command);
        asker_fail(asker, &err);
    } else if (command->is_operation && supervisor_must_wait(supervisor)) {
        /* analyse-allow analyzer-malloc-leak: the list of those that wait has it */
        if (!supervisor_wait(supervisor, command, asker, &err))
            asker_fail(asker, &err);
    } else {
        if (command->is_operation)
            log_write(LOG_INFO, "command %s", command->name);
        command->serve(supervisor, asker, request->arguments);
    }
}

/* What the client has asked for goes on; only the reply has nobody to go to. */
static void supervisor_peer_gone(void *context, struct control_peer *peer)
{
    struct supervisor *supervisor = context;
    if (supervisor->current.asker.peer == peer)
        supervisor->current.asker.peer = NULL;
    for (struct waiting_request *request = supervisor->waiting; request != NULL; request = request->next)
        if (request->asker.peer == peer)
            request->asker.peer = NULL;
}

const struct control_server_events supervisor_control_events = {
    .request = supervisor_requested,
    .gone = supervisor_peer_gone,
};

void supervisor_operation_end(struct supervisor *supervisor, const struct vpc_error *err)
{
    struct operation ended = supervisor->current;
    supervisor->current = (struct operation){.kind = OPERATION_NONE};
    supervisor_task_end(supervisor, ended.task, err);
    supervisor_publish(supervisor);
    if (err != NULL)
        asker_fail(ended.asker, err);
    else
        asker_reply(ended.asker, 0, NULL);
}

void supervisor_serve_waiting(struct supervisor *supervisor)
{
    while (supervisor->waiting != NULL && !supervisor_must_wait(supervisor)) {
        struct waiting_request *request = supervisor->waiting;
        supervisor->waiting = request->next;
        log_write(LOG_INFO, "command %s, which has waited", request->command->name);
        request->command->serve(supervisor, request->asker, NULL);
        free(request);
    }
    supervisor_quit_when_it_can(supervisor);
}

/* Takes the oldest turn-off that has waited too long out of those that wait; NULL without. */
static struct waiting_request *supervisor_overdue(struct supervisor *supervisor)
{
    uint64_t now_ms = uv_now(supervisor->loop);
    for (struct waiting_request **link = &supervisor->waiting; *link != NULL; link = &(*link)->next) {
        struct waiting_request *request = *link;
        if (request->command->serve == command_turn_off && now_ms - request->since_ms >= TURN_OFF_WAITS_MS) {
            *link = request->next;
            return request;
        }
    }
    return NULL;
}

void supervisor_cut_overdue(struct supervisor *supervisor)
{
    if (!supervisor_must_wait(supervisor))
        return;
    struct waiting_request *request = supervisor_overdue(supervisor);
    if (request == NULL)
        return;
    struct vpc_error err;
    vpc_fail(&err, VPC_TIMED_OUT, "the hypervisor has not answered, and virtual machine '%s' is turned off",
             supervisor->config->name);
    log_write(LOG_WARNING, "%s", err.text);
    if (supervisor->current.kind == OPERATION_GO_ON)
        supervisor_gone_on(supervisor, VM_PAUSED, &err);
    else
        supervisor_operation_end(supervisor, &err);
    request->command->serve(supervisor, request->asker, NULL);
    free(request);
    supervisor_serve_waiting(supervisor);
}
