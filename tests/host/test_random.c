/*
 * Random operations of four clients at once, on the fake engine, held against a model of the state machine.
 *
 * Each sequence is four threads with a connection of their own and some operations each, in an order that the seed
 * gives. Which of two calls comes first is not known, so a call is judged by what it can have met: the states that the
 * VM has had between the instant before the call and the one after its answer. These stand, numbered, in the page.
 *
 *   VPC_RANDOM_SEED=n    the seed of the first sequence, as the test prints it
 *   test_random n        n sequences instead of the usual number
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"
#if !defined(_WIN32)
#include <sys/wait.h>
#endif

enum {
    THREADS = 4,
    OPERATIONS = 8,
#if defined(_WIN32)
    SEQUENCES = 20, /* a process takes ten times as long to start */
#else
    SEQUENCES = 50,
#endif
    CALL_MS = 240000,
    PATIENCE_MS = 240000
};

enum operation {
    START,
    TURN_OFF,
    RESET,
    PAUSE,
    RESUME,
    SAVE,
    ENGINE, /* something happens to the guest, or the next operation of a kind shall fail */
    OPERATION_KINDS
};

static const char *const operation_names[] = {"start", "turn-off", "reset", "pause", "resume", "save", "engine"};

static const char *const engine_orders[] = {
    "{\"guest\":\"reboot\"}", "{\"guest\":\"power-off\"}", "{\"fail\":\"save\"}",
    "{\"fail\":\"pause\"}",   "{\"fail\":\"resume\"}",     "{\"fail\":\"reset\"}",
    "{\"refuse\":\"pause\"}", "{\"refuse\":\"reset\"}",    "{\"crash\":true}",
};

/* A call and what became of it. */
struct record {
    enum operation operation;
    int order;              /* of ENGINE: index */
    uint64_t before, after; /* number of the latest event before the call, and after its answer */
    bool unreached;         /* nobody was there to answer */
    enum vpc_cause cause;   /* 0: accepted */
    bool has_end;           /* of an accepted task: it was seen complete */
    enum vpc_cause end;     /* 0: well */
};

struct client {
    struct sequence *sequence;
    uint64_t random;
    uv_thread_t thread;
    struct record records[OPERATIONS];
    size_t count;
    struct control_client *connection;
    uint64_t supervisor; /* whose it is: the name of the pipe need not change */
    char trouble[256];   /* what must not happen in a thread */
};

struct sequence {
    struct test_machine *machine;
    const char *program;
    struct client clients[THREADS];
};

static size_t sequences = SEQUENCES;

/* xorshift64*, so that a seed means the same everywhere. */
static uint64_t next_random(uint64_t *random)
{
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return *random * 2685821657736338717u;
}

/* ---- one client ---- */

static bool client_connect(struct client *client)
{
    struct vm_page_body *body = malloc(sizeof *body);
    struct vpc_error err;
    vm_page_read(client->sequence->machine->page, body);
    if (client->connection != NULL && client->supervisor != body->supervisor_pid) {
        control_disconnect(client->connection);
        client->connection = NULL;
    }
    client->supervisor = body->supervisor_pid;
    bool connected = body->control[0] != '\0' &&
                     (client->connection != NULL || control_connect(&client->connection, body->control, &err));
    free(body);
    return connected;
}

/* Until its row is complete, or has been needed for others. */
static void client_await_task(struct client *client, struct record *record, uint32_t id)
{
    struct vm_page_body *body = malloc(sizeof *body);
    uint64_t begin_ms = clock_monotonic_ms();
    for (bool there = true; there && !record->has_end;) {
        vm_page_read(client->sequence->machine->page, body);
        there = false;
        for (int i = 0; i < VM_PAGE_TASKS; i++) {
            if (body->tasks[i].id != id)
                continue;
            there = true;
            record->has_end = body->tasks[i].complete;
            record->end = (enum vpc_cause)body->tasks[i].cause;
        }
        if (clock_monotonic_ms() - begin_ms > PATIENCE_MS) {
            snprintf(client->trouble, sizeof client->trouble, "task of %s never ends in state %u",
                     operation_names[record->operation], body->state);
            break;
        }
        uv_sleep(1);
    }
    free(body);
}

static void client_call(struct client *client, struct record *record, uint32_t *task)
{
    struct vpc_error err = {0};
    json_t *arguments = record->operation == ENGINE ? json_loads(engine_orders[record->order], 0, NULL) : NULL;
    if (!client_connect(client)) {
        record->unreached = true;
    } else if (!control_call(client->connection, operation_names[record->operation], arguments, CALL_MS, task, NULL,
                             &err)) {
        record->cause = err.cause;
        record->unreached = err.cause == VPC_IO || err.cause == VPC_VM_NOT_RUNNING;
    }
    if (err.cause == VPC_IO) {
        control_disconnect(client->connection);
        client->connection = NULL;
    }
    json_decref(arguments);
}

static void client_run(void *context)
{
    struct client *client = context;
    struct vm_page *page = client->sequence->machine->page;
    while (client->count < OPERATIONS && client->trouble[0] == '\0') {
        struct record *record = &client->records[client->count];
        struct vpc_error err = {0};
        uint32_t task = 0;
        uint64_t die = next_random(&client->random) % (OPERATION_KINDS + 2);
        record->operation =
            die < OPERATION_KINDS ? (enum operation)die : START; /* or it would be off most of the time */
        record->order = (int)(next_random(&client->random) % (sizeof engine_orders / sizeof engine_orders[0]));
        bool waits = next_random(&client->random) % 2 == 0;
        record->before = vm_page_read_event_count(page);
        if (record->operation != START)
            client_call(client, record, &task);
        else if (!test_launch(client->sequence->program, client->sequence->machine->entry.name, &task, &err))
            record->cause = err.cause;
        record->after = vm_page_read_event_count(page);
        client->count++;
        if (task != 0 && waits)
            client_await_task(client, record, task);
    }
    control_disconnect(client->connection);
}

/* ---- the model ---- */

struct model {
    const struct vm_page_body *body;
    const struct sequence *sequence;
    uint64_t first, last; /* numbers of the events of the sequence */
    enum vm_state begin;  /* state before `first` */
    uint64_t seed;
    unsigned entered[VM_DELETING + 1]; /* how often */
    unsigned started, paused, resumed, resets, guest_shutdowns, requested, unsaved;
};

static const struct vm_page_event *event_at(const struct model *model, uint64_t number)
{
    return &model->body->events[(number - 1) % VM_PAGE_EVENTS];
}

/* The state after event `number`. */
static enum vm_state state_at(const struct model *model, uint64_t number)
{
    for (; number >= model->first; number--)
        if (event_at(model, number)->kind == VM_EVENT_STATE)
            return (enum vm_state)event_at(model, number)->value;
    return model->begin;
}

/* All that the clients have done, for whoever has to find out. */
static void print_records(const struct sequence *sequence)
{
    for (size_t t = 0; t < THREADS; t++) {
        print_message("client %d:", (int)t);
        for (size_t i = 0; i < sequence->clients[t].count; i++) {
            const struct record *record = &sequence->clients[t].records[i];
            print_message(" %s", operation_names[record->operation]);
            if (record->operation == ENGINE)
                print_message(" %s", engine_orders[record->order]);
            print_message(" %llu-%llu", (unsigned long long)record->before, (unsigned long long)record->after);
            if (record->unreached)
                print_message(" unreached");
            if (record->cause != 0)
                print_message(" %s", vpc_cause_name(record->cause));
            if (record->has_end)
                print_message(" ended %s", record->end != 0 ? vpc_cause_name(record->end) : "well");
            print_message(i + 1 < sequence->clients[t].count ? "," : "\n");
        }
    }
}

static void wrong(const struct model *model, uint64_t number, const char *what)
{
    print_records(model->sequence);
    print_message("events:");
    for (uint64_t i = model->first; i <= model->last; i++)
        print_message(" %llu:%u/%u", (unsigned long long)i, event_at(model, i)->kind, event_at(model, i)->value);
    print_message("\n");
    fail_msg("VPC_RANDOM_SEED=%llu: at event %llu: %s", (unsigned long long)model->seed, (unsigned long long)number,
             what);
}

/* Whether the state machine has that step. A failed save leads back to `before_save`. */
static bool is_step(enum vm_state from, enum vm_state to, enum vm_state before_save)
{
    switch (from) {
    case VM_TURNED_OFF:
        return to == VM_TURNING_ON;
    case VM_SAVED:
        return to == VM_RESTORING;
    case VM_TURNING_ON:
    case VM_RESTORING:
        return to == VM_RUNNING || to == (from == VM_RESTORING ? VM_SAVED : VM_TURNED_OFF);
    case VM_RUNNING:
        return to == VM_PAUSED || to == VM_SAVING || to == VM_TURNING_OFF;
    case VM_PAUSED:
        return to == VM_RUNNING || to == VM_SAVING || to == VM_TURNING_OFF;
    case VM_SAVING:
        return to == VM_SAVED || to == before_save || to == VM_TURNED_OFF;
    case VM_TURNING_OFF:
        return to == VM_TURNED_OFF;
    default:
        return false;
    }
}

/* Walks over all events: each may come where it comes. */
static void model_walk(struct model *model)
{
    enum vm_state state = model->begin, before_save = VM_INVALID;
    for (uint64_t i = model->first; i <= model->last; i++) {
        const struct vm_page_event *event = event_at(model, i), *next = i < model->last ? event_at(model, i + 1) : NULL;
        /* Until it stands still to be saved, the guest can reset itself or power off. */
        bool active = vm_state_is_active(state) || state == VM_SAVING;
        enum vm_state down = state == VM_SAVING ? VM_TURNED_OFF : VM_TURNING_OFF;
        switch (event->kind) {
        case VM_EVENT_STATE:
            if (!is_step(state, (enum vm_state)event->value, before_save))
                wrong(model, i, "no such step");
            model->started += (state == VM_TURNING_ON || state == VM_RESTORING) && event->value == VM_RUNNING;
            model->paused += state == VM_RUNNING && event->value == VM_PAUSED;
            model->resumed += state == VM_PAUSED && event->value == VM_RUNNING;
            model->unsaved += state == VM_SAVING && event->value != VM_SAVED;
            if (event->value == VM_SAVING)
                before_save = state;
            state = (enum vm_state)event->value;
            model->entered[state]++;
            break;
        case VM_EVENT_RESET:
            if (!active)
                wrong(model, i, "a reset of a VM that is not active");
            if (state == VM_PAUSED && (next == NULL || next->kind != VM_EVENT_STATE || next->value == VM_SAVING))
                wrong(model, i, "a reset leaves the VM paused");
            model->resets++;
            break;
        case VM_EVENT_REQUEST_SHUTDOWN:
            if (!active || next == NULL || next->kind != VM_EVENT_STATE || next->value != (uint32_t)down)
                wrong(model, i, "a request without an end");
            model->requested++;
            break;
        case VM_EVENT_GUEST_SHUTDOWN:
            if (!active || next == NULL || next->kind != VM_EVENT_REQUEST_SHUTDOWN)
                wrong(model, i, "a guest shuts down, and nobody hears of it");
            model->guest_shutdowns++;
            break;
        default:
            wrong(model, i, "nobody has asked for such an event");
        }
    }
    if (!vm_state_is_off(state))
        wrong(model, model->last, "the VM is not off at the end");
}

/* True when the VM was in a state for which `is` says so, at some instant between both. */
static bool met(const struct model *model, const struct record *record, bool (*is)(enum vm_state state))
{
    for (uint64_t i = record->before; i <= record->after; i++)
        if (is(state_at(model, i)))
            return true;
    return false;
}

/* True when the VM has entered `state` between both. */
static bool has_entered(const struct model *model, const struct record *record, enum vm_state state)
{
    for (uint64_t i = record->before + 1; i <= record->after; i++)
        if (event_at(model, i)->kind == VM_EVENT_STATE && event_at(model, i)->value == (uint32_t)state)
            return true;
    return false;
}

static bool is_active(enum vm_state state)
{
    return vm_state_is_active(state);
}

static bool is_not_active(enum vm_state state)
{
    return !vm_state_is_active(state);
}

static bool is_not_off(enum vm_state state)
{
    return !vm_state_is_off(state);
}

static bool is_running(enum vm_state state)
{
    return state == VM_RUNNING;
}

static bool is_paused(enum vm_state state)
{
    return state == VM_PAUSED;
}

/* Whether what has become of a call agrees with the states that it can have met. */
static bool is_explained(const struct model *model, const struct record *record)
{
    if (record->unreached)
        /* A guest that stands still does nothing. */
        return met(model, record, is_not_active) || (record->operation == ENGINE && met(model, record, is_paused));
    switch (record->operation) {
    case START:
        if (record->cause == 0)
            return has_entered(model, record, VM_TURNING_ON) || has_entered(model, record, VM_RESTORING);
        return record->cause == VPC_VM_RUNNING && met(model, record, is_not_off);
    case TURN_OFF:
        return record->cause == 0 && has_entered(model, record, VM_TURNING_OFF);
    case SAVE:
        return record->cause == 0 && has_entered(model, record, VM_SAVING);
    case RESET:
        return (record->cause == 0 || record->cause == VPC_ENGINE) && met(model, record, is_active);
    case PAUSE:
        if (record->cause == 0)
            return has_entered(model, record, VM_PAUSED);
        return record->cause == VPC_ENGINE ? met(model, record, is_active)
                                           : record->cause == VPC_STATE_CONFLICT && met(model, record, is_paused);
    case RESUME:
        if (record->cause == 0)
            return has_entered(model, record, VM_RUNNING);
        return record->cause == VPC_ENGINE ? met(model, record, is_active)
                                           : record->cause == VPC_STATE_CONFLICT && met(model, record, is_running);
    case ENGINE:
        return record->cause == 0 || record->cause == VPC_ENGINE;
    case OPERATION_KINDS:
        break;
    }
    return false;
}

/* `more`: turn-offs that were accepted from others than the clients. */
static void model_compare(const struct model *model, unsigned more)
{
    const struct sequence *sequence = model->sequence;
    unsigned accepted[OPERATION_KINDS] = {[TURN_OFF] = more}, well[OPERATION_KINDS] = {0},
             unknown[OPERATION_KINDS] = {0}, reboots = 0;
    for (size_t t = 0; t < THREADS; t++) {
        for (size_t i = 0; i < sequence->clients[t].count; i++) {
            const struct record *record = &sequence->clients[t].records[i];
            if (!is_explained(model, record)) {
                char text[256];
                snprintf(text, sizeof text, "%s of client %zu (%zu) between %llu and %llu has met %s",
                         operation_names[record->operation], t, i, (unsigned long long)record->before,
                         (unsigned long long)record->after,
                         record->cause != 0 ? vpc_cause_name(record->cause) : "success");
                wrong(model, record->before, text);
            }
            if (record->cause != 0 || record->unreached)
                continue;
            accepted[record->operation]++;
            unknown[record->operation] += !record->has_end;
            well[record->operation] += record->has_end && record->end == 0;
            reboots += record->operation == ENGINE && record->order == 0;
        }
    }
    if (accepted[START] != model->entered[VM_TURNING_ON] + model->entered[VM_RESTORING])
        wrong(model, model->last, "another number of starts than were accepted");
    if (accepted[TURN_OFF] + model->guest_shutdowns != model->requested)
        wrong(model, model->last, "another number of turn-offs than were accepted");
    if (accepted[SAVE] != model->entered[VM_SAVING])
        wrong(model, model->last, "another number of saves than were accepted");
    if (accepted[PAUSE] != model->paused)
        wrong(model, model->last, "another number of pauses than were carried out");
    if (accepted[RESUME] > model->resumed || model->resumed > accepted[RESUME] + accepted[RESET])
        wrong(model, model->last, "another number of resumes than were carried out");
    if (well[SAVE] > accepted[SAVE] - model->unsaved || well[SAVE] + unknown[SAVE] < accepted[SAVE] - model->unsaved)
        wrong(model, model->last, "a save has ended otherwise than its task");
    if (well[RESET] > model->resets || model->resets > well[RESET] + unknown[RESET] + reboots)
        wrong(model, model->last, "another number of resets than were carried out");
    if (well[TURN_OFF] + unknown[TURN_OFF] + more != accepted[TURN_OFF])
        wrong(model, model->last, "a turn-off has failed");
}

/* ---- a sequence ---- */

/* All supervisors have ended in good order. */
static void await_ends(void)
{
#if !defined(_WIN32)
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, 0)) > 0)
        if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != EXIT_FAILURE))
            fail_msg("a supervisor has ended with status %#x", (unsigned)status);
#endif
}

/* Whatever state the VM is in: off it goes. Returns the number of turn-offs that were needed. */
static unsigned end_sequence(struct test_machine *machine)
{
    uint64_t begin_ms = clock_monotonic_ms();
    struct control_client *client = NULL;
    unsigned accepted = 0;
    struct vpc_error err;
    while (!vm_state_is_off(vm_page_read_state(machine->page)) || vm_page_last_beat(machine->page) != 0) {
        struct vm_page_body body;
        vm_page_read(machine->page, &body);
        if (client == NULL && body.control[0] != '\0' && !control_connect(&client, body.control, &err))
            client = NULL;
        if (client != NULL && vm_state_is_active(body.state))
            accepted += control_call(client, "turn-off", NULL, CALL_MS, NULL, NULL, &err);
        if (clock_monotonic_ms() - begin_ms > PATIENCE_MS)
            fail_msg("the VM stays in state %u", body.state);
        uv_sleep(1);
    }
    control_disconnect(client);
    await_ends();
    return accepted;
}

static void run_sequence(struct test_machine *machine, const char *program, uint64_t seed)
{
    static struct sequence sequence;
    static struct vm_page_body body;
    struct model model = {.body = &body, .sequence = &sequence, .seed = seed};
    sequence = (struct sequence){.machine = machine, .program = program};
    vm_page_read(machine->page, &body);
    model.first = body.event_count + 1;
    model.begin = (enum vm_state)body.state;
    uint64_t epoch = body.epoch;
    for (size_t i = 0; i < THREADS; i++) {
        struct client *client = &sequence.clients[i];
        client->sequence = &sequence;
        client->random = (seed + 1) * 0x9e3779b97f4a7c15u + i * 0xbf58476d1ce4e5b9u;
        client->random |= 1;
        assert_int_equal(uv_thread_create(&client->thread, client_run, client), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(uv_thread_join(&sequence.clients[i].thread), 0);
    for (size_t i = 0; i < THREADS; i++)
        if (sequence.clients[i].trouble[0] != '\0')
            fail_msg("VPC_RANDOM_SEED=%llu: %s", (unsigned long long)seed, sequence.clients[i].trouble);
    unsigned more = end_sequence(machine);
    vm_page_read(machine->page, &body);
    model.last = body.event_count;
    if (model.last + 1 - model.first > VM_PAGE_EVENTS)
        fail_msg("%llu events are too many for the page", (unsigned long long)(model.last + 1 - model.first));
    model_walk(&model);
    model_compare(&model, more);
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (body.tasks[i].id != 0 && !body.tasks[i].complete)
            wrong(&model, model.last, "a task has not ended with its VM");
    if (body.epoch != epoch + model.resets + model.started)
        wrong(&model, model.last, "other epochs than starts and resets");
}

static void test_random__no_difference_from_the_model(void **state)
{
    struct test_home home;
    struct test_machine machine;
    uint64_t seed = 0;
    const char *given = getenv("VPC_RANDOM_SEED");
    (void)state;
    if (given != NULL)
        seed = strtoull(given, NULL, 10);
    else
        assert_int_equal(uv_random(NULL, NULL, &seed, 4, 0, NULL), 0);
    print_message("VPC_RANDOM_SEED=%llu, %u sequences of %d clients with %d operations each\n",
                  (unsigned long long)seed, (unsigned)sequences, THREADS, OPERATIONS);
    test_home_open(&home);
    test_machine_create(&machine, &home, "Random", 1);
    test_machine_start(&machine);
    test_machine_turn_off(&machine);
    char *program = test_program("vpchost");
    for (size_t i = 0; i < sequences; i++)
        run_sequence(&machine, program, seed + i);
    free(program);
    test_machine_close(&machine);
    test_home_close(&home);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random__no_difference_from_the_model),
    };
    if (argc > 1)
        sequences = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
