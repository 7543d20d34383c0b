/* vpcctl events, in a process of its own beside what makes the events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client_process.h"
#include "ctl_check.h"
#include "objects_check.h"
#include "support/process.h"
#include "util/text.h"

static struct client client;

/* Starts vpcctl events with these words. */
static void follow(const char *words)
{
    char *program = test_program("vpcctl");
    client_start(&client, 0, text_format("\"%s\" events %s", program, words));
    free(program);
}

/* Waits until it has printed `part`, which comes after it has connected; fails when it ends without. */
static void await_printed(const char *part)
{
    bool ended = false;
    while (!strstr(client.printed, part)) {
        if (ended)
            fail_msg("vpcctl events has ended without '%s':\n%s", part, client.printed);
        ended = WaitForSingleObject(client.process, 5) == WAIT_OBJECT_0;
        client_read(&client);
    }
}

/* What it has printed as CSV, each line without the time. */
static void assert_lines(const char *expected)
{
    static char lines[OUTPUT_MOST];
    char *copy = text_copy(client.printed);
    lines[0] = '\0';
    for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
        char *comma = strchr(line, ',');
        strcat(lines, comma ? comma + 1 : line);
        strcat(lines, "\n");
    }
    free(copy);
    assert_string_equal(lines, expected);
}

static void test_events__of_one_machine(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other = fixture_create(fixture, L"Red");
    IVMTask *task;
    follow("--csv --count 8 blue");
    await_printed("listening");
    fixture_start(other);
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    fixture_turn_off(vm);
    assert_int_equal(client_end(&client), 0);
    assert_lines("vm,event,state,detail\n"
                 "Blue,listening,turned-off,\n"
                 "Blue,state-changed,turning-on,\n"
                 "Blue,state-changed,running,\n"
                 "Blue,reset,,\n"
                 "Blue,state-changed,paused,\n"
                 "Blue,state-changed,running,\n"
                 "Blue,shutdown-requested,,\n"
                 "Blue,state-changed,turning-off,\n"
                 "Blue,state-changed,turned-off,\n");
    fixture_turn_off(other);
    assert_last_release(other);
    assert_last_release(vm);
}

/* The guest does it all by itself, and the machine is registered after the command has begun. */
static void test_events__of_all_and_of_a_new_machine(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *old = fixture_create(fixture, L"Old");
    /* All that come: of the new one ten, three of these from the host's log, and three of the old one's start. */
    follow("--csv --count 13");
    await_printed("listening");
    IVMVirtualMachine *vm = fixture_create(fixture, L"New");
    fixture_start(vm);
    /* From its first change of state on its own events are heard of. */
    await_printed("New,state-changed,running");
    fixture_engine(fixture, L"New", "{'guest':'reboot'}");
    fixture_engine(fixture, L"New", "{'guest':'power-off'}");
    fixture_start(old);
    assert_int_equal(client_end(&client), 0);
    char *printed = text_copy(client.printed);
    const char *const in_order[] = {
        "Old,listening,turned-off,",      "New,state-changed,turning-on,",
        "New,state-changed,running,",     "New,reset,,",
        "New,guest-shutdown,,",           "New,shutdown-requested,,",
        "New,state-changed,turning-off,", "New,state-changed,turned-off,",
    };
    const char *rest = printed;
    for (size_t i = 0; i < ARRAYSIZE(in_order); i++) {
        rest = strstr(rest, in_order[i]);
        if (!rest)
            fail_msg("'%s' is not in its place:\n%s", in_order[i], printed);
    }
    free(printed);
    fixture_turn_off(old);
    assert_last_release(vm);
    assert_last_release(old);
}

static void test_events__JSON_ends_by_a_state(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    char path[1024];
    follow("--json --for-state running Blue");
    await_printed("listening");
    fixture_start(vm);
    assert_int_equal(client_end(&client), 0);

    /* Left for the validators, an empty line between every two. */
    snprintf(path, sizeof path, "%s/events.json", getenv("VPC_TEST_DOCUMENTS"));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    static const char *const states[] = {"turned-off", "turning-on", "running"};
    size_t count = 0;
    for (char *line = strtok(client.printed, "\n"); line; line = strtok(NULL, "\n"), count++) {
        json_error_t error;
        json_t *row = json_loads(line, 0, &error);
        assert_non_null(row);
        assert_true(count < ARRAYSIZE(states));
        ctl_assert_member(row, "vm", "Blue");
        ctl_assert_member(row, "event", count ? "state-changed" : "listening");
        ctl_assert_member(row, "state", states[count]);
        json_decref(row);
        fprintf(file, "%s%s\n", count ? "\n" : "", line);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(count, ARRAYSIZE(states));

    /* It is there already. */
    struct ctl_result result = ctl_run_code(0, "events", "--csv", "--for-state", "running", NULL);
    ctl_assert_out_has(&result, ",Blue,listening,running,\n");
    ctl_clear(&result);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

/* Each line stands below the headings. */
static void test_events__table(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"A machine of quite a long name, which is cut");
    SetEnvironmentVariableW(L"COLUMNS", L"80");
    struct ctl_result result = ctl_run_code(0, "events", "--for-state", "turned-off", NULL);
    SetEnvironmentVariableW(L"COLUMNS", NULL);
    const char *line = strchr(result.out, '\n') + 1;
    assert_memory_equal(result.out, "TIME          NAME                            EVENT                  STATE\n",
                        line - result.out);
    /* "09:30:00.000", which is not the same each time. */
    assert_string_equal(line + 12, "  A machine of quite a long nam\xe2\x80\xa6  listening              turned-off\n");
    ctl_clear(&result);
    assert_last_release(vm);
}

static void test_events__refused(void **state)
{
    (void)state;
    struct ctl_result result = ctl_run_code(3, "events", "Nobody", NULL);
    ctl_assert_err(&result, "vpcctl: events 'Nobody': no virtual machine has this name\n");
    ctl_assert_out(&result, "");
    ctl_clear(&result);
    result = ctl_run_code(2, "events", "--for-state", "asleep", NULL);
    ctl_assert_err(&result, "vpcctl: events: --for-state takes a state as 'vpcctl list' shows it, not 'asleep'; "
                            "see 'vpcctl help events'\n");
    ctl_clear(&result);
    result = ctl_run_code(2, "events", "--count", "0", NULL);
    ctl_assert_err(&result, "vpcctl: events: --count takes a whole number from 1 to 1000000000, not '0'; "
                            "see 'vpcctl help events'\n");
    ctl_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events__of_one_machine, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__of_all_and_of_a_new_machine, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__JSON_ends_by_a_state, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__table, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__refused, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("vpcctl events", tests, NULL, NULL);
}
