/* What a supervisor refuses, by the state table, and what waits; operations that fail. */
#include <stdio.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"
#include "support/one_machine.h"

static const char *const operations[] = {"turn-off", "reset", "pause", "resume", "save"};

static void expect_all_refused(struct test_machine *m, enum vpc_cause cause)
{
    struct vpc_error err;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        print_message("%s\n", operations[i]);
        assert_fails(test_machine_call(m, operations[i], NULL, &err), cause, err);
        assert_string_equal(err.text, "virtual machine 'Green' is not running");
    }
}

static void test_supervisor__vm_that_turns_on_refuses_all(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_prepare(m, "[{'hold':'start'}]");
    assert_ok(test_machine_launch(m, &err), err);
    expect_all_refused(m, VPC_VM_NOT_RUNNING);
    assert_int_equal(test_machine_body(m).state, VM_TURNING_ON);
    test_machine_engine(m, "{'release':'start'}");
    test_machine_await_state(m, VM_RUNNING);
    test_machine_turn_off(m);
}

static void test_supervisor__vm_that_turns_off_refuses_all(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    uint32_t id;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'turn-off'}");
    assert_ok(test_machine_call(m, "turn-off", &id, &err), err);
    expect_all_refused(m, VPC_VM_NOT_RUNNING);
    assert_int_equal(test_machine_body(m).state, VM_TURNING_OFF);
    test_machine_engine(m, "{'release':'turn-off'}");
    test_machine_await_end(m);
}

static void test_supervisor__pause_and_resume_refuse_what_is_so_already(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_start(m);
    assert_fails(test_machine_call(m, "resume", NULL, &err), VPC_STATE_CONFLICT, err);
    assert_string_equal(err.text, "virtual machine 'Green' is running already");
    assert_ok(test_machine_call(m, "pause", NULL, &err), err);
    assert_fails(test_machine_call(m, "pause", NULL, &err), VPC_STATE_CONFLICT, err);
    assert_string_equal(err.text, "virtual machine 'Green' is paused already");
    test_machine_turn_off(m);
}

static void test_supervisor__what_is_not_known_is_refused(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_start(m);
    assert_fails(test_machine_call(m, "levitate", NULL, &err), VPC_INVALID_ARGUMENT, err);
    assert_string_equal(err.text, "unknown command 'levitate'");
    assert_fails(test_machine_call(m, "engine", NULL, &err), VPC_INVALID_ARGUMENT, err);
    assert_fails(test_machine_try_engine(m, "{'levitate':1}", &err), VPC_INVALID_ARGUMENT, err);
    assert_ok(test_machine_call(m, "ping", NULL, &err), err);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    test_machine_turn_off(m);
}

static void test_supervisor__refusal_of_the_engine_changes_nothing(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_start(m);
    static const char *const refusals[] = {"turn-off", "reset", "pause"};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        char order[64];
        snprintf(order, sizeof order, "{'refuse':'%s','text':'not now'}", refusals[i]);
        test_machine_engine(m, order);
        assert_fails(test_machine_call(m, refusals[i], NULL, &err), VPC_ENGINE, err);
        assert_string_equal(err.text, "not now");
    }
    struct vm_page_body body = test_machine_body(m);
    assert_int_equal(body.state, VM_RUNNING);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].id, m->startup_task);
    test_machine_turn_off(m);
}

static void test_supervisor__operation_that_fails_leaves_the_vm_as_it_was(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':12}}");
    test_machine_engine(m, "{'fail':'reset','text':'no reset today'}");
    assert_ok(test_machine_call(m, "reset", &id, &err), err);
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.kind, VM_TASK_RESET);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_int_equal(task.cause, VPC_ENGINE);
    assert_string_equal(task.text, "no reset today");
    assert_int_not_equal(task.percent, 100);
    test_machine_engine(m, "{'fail':'pause','text':'no pause today'}");
    assert_fails(test_machine_call(m, "pause", NULL, &err), VPC_ENGINE, err);
    assert_string_equal(err.text, "no pause today");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 12);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    assert_int_equal(test_machine_body(m).epoch, 1);
    assert_ok(test_machine_call(m, "pause", NULL, &err), err);
    test_machine_turn_off(m);
}

static void expect_failed_start(struct test_machine *m, enum vpc_cause cause, const char *text)
{
    struct vpc_error err;
    struct vm_page_task task;
    assert_ok(test_machine_launch(m, &err), err);
    test_machine_await_task(m, m->startup_task, &task);
    assert_int_equal(task.kind, VM_TASK_STARTUP);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_int_equal(task.cause, cause);
    if (strstr(task.text, text) == NULL)
        fail_msg("task says '%s', not '%s'", task.text, text);
    assert_int_equal(test_machine_body(m).state, VM_TURNED_OFF);
    assert_int_equal(test_machine_body(m).epoch, 0);
    test_machine_await_end(m);
}

static void test_supervisor__start_that_fails_ends_turned_off(void **state)
{
    struct one_machine *f = *state;
    test_machine_prepare(&f->machine, "[{'fail':'start','text':'could not open firmware'}]");
    expect_failed_start(&f->machine, VPC_ENGINE, "could not open firmware");
}

static void test_supervisor__start_that_the_engine_refuses_ends_turned_off(void **state)
{
    struct one_machine *f = *state;
    test_machine_prepare(&f->machine, "[{'refuse':'start','text':'no program'}]");
    expect_failed_start(&f->machine, VPC_ENGINE, "no program");
}

static void test_supervisor__engine_that_does_not_open_ends_turned_off(void **state)
{
    struct one_machine *f = *state;
    test_machine_prepare(&f->machine, "{}");
    expect_failed_start(&f->machine, VPC_CORRUPT, "fake.json");
    test_machine_prepare(&f->machine, "[]");
    test_machine_start(&f->machine); /* and the VM is none the worse for it */
    test_machine_turn_off(&f->machine);
}

/* ---- what waits ---- */

static struct control_client *connect_again(struct test_machine *m)
{
    struct vpc_error err;
    struct control_client *client;
    assert_ok(control_connect(&client, test_machine_body(m).control, &err), err);
    return client;
}

/* Disconnects a client, and lets the supervisor's loop come round until it has seen that. */
static void leave(struct test_machine *m, struct control_client *client)
{
    struct vpc_error err;
    control_disconnect(client);
    for (int i = 0; i < 3; i++)
        assert_ok(test_machine_call(m, "ping", NULL, &err), err);
}

static void test_supervisor__call_during_a_reset_waits_for_its_end(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t reset;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'reset'}");
    assert_ok(test_machine_call(m, "reset", &reset, &err), err);
    /* The reply cannot come before the reset is over, so this client leaves without it. */
    struct control_client *other = connect_again(m);
    assert_fails(control_call(other, "pause", NULL, 50, NULL, NULL, &err), VPC_TIMED_OUT, err);
    leave(m, other);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    assert_int_equal(test_machine_body(m).epoch, 1);
    test_machine_engine(m, "{'release':'reset'}");
    test_machine_await_task(m, reset, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    test_machine_await_state(m, VM_PAUSED); /* what it had asked for is done all the same */
    assert_int_equal(test_machine_body(m).epoch, 2);
    test_machine_turn_off(m);
}

static void test_supervisor__client_that_leaves_in_the_middle_harms_nothing(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t reset;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'pause'}");
    struct control_client *other = connect_again(m);
    assert_fails(control_call(other, "pause", NULL, 50, NULL, NULL, &err), VPC_TIMED_OUT, err);
    leave(m, other);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    test_machine_engine(m, "{'release':'pause'}");
    test_machine_await_state(m, VM_PAUSED);
    test_machine_engine(m, "{'hold':'reset'}");
    other = connect_again(m);
    assert_ok(control_call(other, "reset", NULL, 60000, &reset, NULL, &err), err);
    leave(m, other);
    test_machine_engine(m, "{'release':'reset'}");
    test_machine_await_task(m, reset, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    test_machine_turn_off(m);
}

static void test_supervisor__what_waits_when_the_vm_ends_is_refused(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t reset;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'reset'}");
    assert_ok(test_machine_call(m, "reset", &reset, &err), err);
    struct control_client *other = connect_again(m);
    assert_fails(control_call(other, "turn-off", NULL, 50, NULL, NULL, &err), VPC_TIMED_OUT, err);
    test_machine_engine(m, "{'crash':true,'text':'signal 9'}");
    test_machine_await_end(m);
    control_disconnect(other);
    test_machine_await_task(m, reset, &task);
    assert_string_equal(task.text, "signal 9");
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        assert_int_not_equal(test_machine_body(m).tasks[i].kind, VM_TASK_TURN_OFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_supervisor__vm_that_turns_on_refuses_all, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__vm_that_turns_off_refuses_all, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__pause_and_resume_refuse_what_is_so_already, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__what_is_not_known_is_refused, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__refusal_of_the_engine_changes_nothing, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__operation_that_fails_leaves_the_vm_as_it_was,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__start_that_fails_ends_turned_off, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__start_that_the_engine_refuses_ends_turned_off,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__engine_that_does_not_open_ends_turned_off, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__call_during_a_reset_waits_for_its_end, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__client_that_leaves_in_the_middle_harms_nothing,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__what_waits_when_the_vm_ends_is_refused, one_machine_set_up,
                                        one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("supervisor refusals", tests, NULL, NULL);
}
