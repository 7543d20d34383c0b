#include "support/machine.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "config/machine_config.h"
#include "support/check.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    TEST_PATIENCE_MS = 240000,
    TEST_CALL_MS = 240000
};

#define CONTROLLERS "hardware/pci_bus/ethernet_adapter"

/* ---- making one ---- */

static bool machine_add_adapters(struct settings *settings, void *context, struct vpc_error *err)
{
    static const uint8_t nat[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    int adapters = *(int *)context;
    if (!settings_set_integer(settings, CONTROLLERS "/controller_count", (uint32_t)adapters, err))
        return false;
    for (int i = 0; i < adapters; i++) {
        const uint8_t mac[6] = {0x00, 0x03, 0xff, 0x10, 0x20, (uint8_t)i};
        char *id = text_format(CONTROLLERS "/ethernet_controller[@id=%d]/virtual_network/id", i);
        char *name = text_format(CONTROLLERS "/ethernet_controller[@id=%d]/virtual_network/name", i);
        char *address = text_format(CONTROLLERS "/ethernet_controller[@id=%d]/ethernet_card_address", i);
        bool done = settings_set_bytes(settings, id, nat, sizeof nat, err) &&
                    settings_set_text(settings, name, "Shared Networking (NAT)", err) &&
                    settings_set_bytes(settings, address, mac, sizeof mac, err);
        free(id);
        free(name);
        free(address);
        if (!done)
            return false;
    }
    return true;
}

void test_machine_create(struct test_machine *machine, struct test_home *home, const char *name, int adapters)
{
    struct vpc_error err;
    struct settings *settings = NULL;
    *machine = (struct test_machine){0};
    char *folder = path_join(home->folder, "Machines");
    assert_ok(catalog_create(&home->catalog, name, folder, &machine->entry, &err), err);
    free(folder);
    assert_ok(catalog_vmc_path(&machine->entry, &machine->vmc, &err), err);
    assert_ok(catalog_change_vmc(machine->vmc, machine_add_adapters, &adapters, &err), err);
    struct machine_config config;
    assert_ok(settings_load(&settings, "preferences", machine->vmc, &err), err);
    assert_ok(machine_config_read(&config, name, machine->vmc, settings, NULL, &err), err);
    assert_ok(catalog_run_folder(&home->catalog, config.config_id, true, &machine->run_folder, &err), err);
    machine_config_clear(&config);
    settings_free(settings);
}

static void machine_let_go(struct test_machine *machine)
{
    control_disconnect(machine->client);
    machine->client = NULL;
}

void test_machine_close(struct test_machine *machine)
{
    machine_let_go(machine);
    if (machine->process != NULL)
        test_machine_kill(machine);
    vm_page_close(machine->page);
    free(machine->vmc);
    free(machine->run_folder);
    catalog_entry_clear(&machine->entry);
    *machine = (struct test_machine){0};
}

/* JSON written with ' for ". New memory. */
static char *machine_json(const char *text)
{
    char *json = text_copy(text);
    assert_non_null(json);
    for (char *c = json; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    return json;
}

void test_machine_prepare(struct test_machine *machine, const char *orders)
{
    struct vpc_error err;
    char *path = path_join(machine->run_folder, "fake.json");
    char *json = machine_json(orders);
    assert_ok(file_replace(path, json, strlen(json), &err), err);
    free(json);
    free(path);
}

/* ---- looking at the page ---- */

struct vm_page_body test_machine_body(struct test_machine *machine)
{
    struct vm_page_body body;
    vm_page_read(machine->page, &body);
    return body;
}

char *test_machine_events(struct test_machine *machine, uint64_t first)
{
    static struct vm_page_body body;
    struct buffer text = {0};
    vm_page_read(machine->page, &body);
    buffer_append_text(&text, "");
    for (uint64_t i = first; i < body.event_count; i++) {
        const struct vm_page_event *event = &body.events[i % VM_PAGE_EVENTS];
        buffer_append_format(&text, "%s%u/%u", i > first ? " " : "", event->kind, event->value);
        if (event->logged)
            buffer_append_format(&text, "+%u", event->logged - 1u);
    }
    assert_false(text.failed);
    return text.data;
}

void test_machine_await_events(struct test_machine *machine, uint64_t first, const char *expected)
{
    uint64_t start_ms = clock_monotonic_ms();
    for (;;) {
        char *events = test_machine_events(machine, first);
        if (strcmp(events, expected) == 0) {
            free(events);
            return;
        }
        if (strncmp(events, expected, strlen(events)) != 0 || clock_monotonic_ms() - start_ms > TEST_PATIENCE_MS)
            fail_msg("VM '%s': events are %s, not %s", machine->entry.name, events, expected);
        free(events);
        uv_sleep(1);
    }
}

/* What is awaited: true when it is there. `what` is for the text of a failure. */
static void machine_await(struct test_machine *machine, bool (*there)(const struct vm_page_body *body, void *context),
                          void *context, const char *what)
{
    static struct vm_page_body body;
    uint64_t start_ms = clock_monotonic_ms();
    for (;;) {
        vm_page_read(machine->page, &body);
        if (there(&body, context))
            return;
        if (clock_monotonic_ms() - start_ms > TEST_PATIENCE_MS)
            fail_msg("VM '%s' has no %s: state %u, epoch %llu, sampled %u '%s', adapter 0 sent %llu received %llu, "
                     "last beat %llu ms ago",
                     machine->entry.name, what, body.state, (unsigned long long)body.epoch, body.sampled, body.fault,
                     (unsigned long long)body.adapters[0].bytes_sent,
                     (unsigned long long)body.adapters[0].bytes_received,
                     (unsigned long long)(clock_monotonic_ms() - vm_page_last_beat(machine->page)));
        uv_sleep(1);
    }
}

static bool machine_has_state(const struct vm_page_body *body, void *context)
{
    return body->state == *(enum vm_state *)context;
}

void test_machine_await_state(struct test_machine *machine, enum vm_state state)
{
    machine_await(machine, machine_has_state, &state, "such state");
}

static bool machine_is_in_epoch(const struct vm_page_body *body, void *context)
{
    return body->epoch == *(uint64_t *)context;
}

void test_machine_await_epoch(struct test_machine *machine, uint64_t epoch)
{
    machine_await(machine, machine_is_in_epoch, &epoch, "such epoch");
}

static bool machine_task_is_complete(const struct vm_page_body *body, void *context)
{
    struct vm_page_task *task = context;
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (body->tasks[i].id == task->id && body->tasks[i].complete) {
            *task = body->tasks[i];
            return true;
        }
    return false;
}

void test_machine_await_task(struct test_machine *machine, uint32_t id, struct vm_page_task *task)
{
    assert_int_not_equal(id, 0);
    task->id = id;
    machine_await(machine, machine_task_is_complete, task, "such complete task");
}

static bool machine_is_sampled(const struct vm_page_body *body, void *context)
{
    return (body->sampled != 0) == *(bool *)context;
}

void test_machine_await_sampled(struct test_machine *machine, bool sampled)
{
    machine_await(machine, machine_is_sampled, &sampled, sampled ? "figures" : "fault");
}

void test_machine_await_total(struct test_machine *machine, enum vm_page_total which, uint64_t total)
{
    struct vm_page_totals shown;
    uint64_t start_ms = clock_monotonic_ms();
    do {
        vm_page_read_total(machine->page, which, &shown);
        if (shown.total.high == 0 && shown.total.low == total)
            return;
        uv_sleep(1);
    } while (clock_monotonic_ms() - start_ms <= TEST_PATIENCE_MS);
    fail_msg("VM '%s': total %d is %llu, not %llu", machine->entry.name, (int)which,
             (unsigned long long)shown.total.low, (unsigned long long)total);
}

static bool machine_is_sampled_after(const struct vm_page_body *body, void *context)
{
    return body->sample_monotonic_ms > *(uint64_t *)context;
}

void test_machine_await_sample(struct test_machine *machine)
{
    uint64_t now_ms = clock_monotonic_ms();
    machine_await(machine, machine_is_sampled_after, &now_ms, "new sample");
}

/* ---- starting and ending ---- */

bool test_machine_launch(struct test_machine *machine, struct vpc_error *err)
{
    char *program = test_program("vpchost");
    bool started = test_launch(program, machine->entry.name, &machine->startup_task, err);
    free(program);
    if (!started)
        return false;
    if (machine->page == NULL) {
        char *path = path_join(machine->run_folder, VM_PAGE_FILE);
        assert_ok(vm_page_open(&machine->page, path, err), *err);
        free(path);
    }
    struct vm_page_body body;
    vm_page_read(machine->page, &body);
    machine->process = test_process_open(body.supervisor_pid);
    machine_let_go(machine);
    if (body.control[0] != '\0' && !control_connect(&machine->client, body.control, err))
        assert_int_equal(err->cause, VPC_VM_NOT_RUNNING);
    return true;
}

void test_machine_start(struct test_machine *machine)
{
    struct vpc_error err;
    struct vm_page_task task;
    assert_ok(test_machine_launch(machine, &err), err);
    test_machine_await_task(machine, machine->startup_task, &task);
    assert_string_equal(task.text, "");
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(vm_page_read_state(machine->page), VM_RUNNING);
}

static void machine_await_rest(struct test_machine *machine, enum vm_state state)
{
    int status = 0;
    test_machine_await_state(machine, state);
    machine_let_go(machine);
    if (machine->process != NULL)
        test_process_await_end(machine->process, &status);
    machine->process = NULL;
    assert_int_equal(status, 0);
    assert_int_equal(vm_page_last_beat(machine->page), 0);
}

void test_machine_await_end(struct test_machine *machine)
{
    machine_await_rest(machine, VM_TURNED_OFF);
}

static void machine_end_by(struct test_machine *machine, const char *command, enum vm_state state)
{
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    assert_ok(test_machine_call(machine, command, &id, &err), err);
    test_machine_await_task(machine, id, &task);
    assert_string_equal(task.text, "");
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(vm_page_read_state(machine->page), state);
    machine_await_rest(machine, state);
}

void test_machine_save(struct test_machine *machine)
{
    machine_end_by(machine, "save", VM_SAVED);
}

void test_machine_turn_off(struct test_machine *machine)
{
    machine_end_by(machine, "turn-off", VM_TURNED_OFF);
}

void test_machine_kill(struct test_machine *machine)
{
    int status;
    machine_let_go(machine);
    test_process_kill(machine->process);
    test_process_await_end(machine->process, &status);
    machine->process = NULL;
}

/* ---- talking ---- */

bool test_machine_call(struct test_machine *machine, const char *command, uint32_t *task, struct vpc_error *err)
{
    assert_non_null(machine->client);
    return control_call(machine->client, command, NULL, TEST_CALL_MS, task, NULL, err);
}

bool test_machine_try_engine(struct test_machine *machine, const char *command, struct vpc_error *err)
{
    char *text = machine_json(command);
    json_t *arguments = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(arguments);
    assert_non_null(machine->client);
    bool done = control_call(machine->client, "engine", arguments, TEST_CALL_MS, NULL, NULL, err);
    json_decref(arguments);
    return done;
}

void test_machine_engine(struct test_machine *machine, const char *command)
{
    struct vpc_error err;
    assert_ok(test_machine_try_engine(machine, command, &err), err);
}

void test_machine_send(struct test_machine *machine, unsigned bytes, uint64_t total)
{
    char *order = text_format("{'traffic':{'adapter':0,'sent':%u}}", bytes);
    test_machine_engine(machine, order);
    free(order);
    test_machine_await_total(machine, VM_PAGE_BYTES_SENT, total);
}
