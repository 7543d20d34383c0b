/* Save and restore called off: the VM is as it was, and the task says so. On the fake engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"
#include "support/one_machine.h"
#include "support/process.h"
#include "util/file.h"
#include "util/text.h"

enum {
    CALL_MS = 60000,
    MOST_FILE = 1024 * 1024
};

static bool cancel(struct one_machine *f, uint32_t task, struct vpc_error *err)
{
    json_t *arguments = json_pack("{s:I}", "task", (json_int_t)task);
    bool done = control_call(f->machine.client, "cancel", arguments, CALL_MS, NULL, NULL, err);
    json_decref(arguments);
    return done;
}

static void expect_cancelled(struct one_machine *f, uint32_t id)
{
    struct vm_page_task task = {0};
    test_machine_await_task(&f->machine, id, &task);
    assert_int_equal(task.result, VM_TASK_CANCELLED);
    assert_int_equal(task.cause, VPC_CANCELLED);
    assert_string_not_equal(task.text, "");
}

static void check_save(struct one_machine *f, bool paused)
{
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    uint32_t id;
    enum vm_state before = paused ? VM_PAUSED : VM_RUNNING;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':500}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 500);
    if (paused)
        assert_ok(test_machine_call(m, "pause", NULL, &err), err);
    test_machine_engine(m, "{'hold':'save'}");
    uint64_t first = vm_page_read_event_count(m->page);
    assert_ok(test_machine_call(m, "save", &id, &err), err);
    test_machine_engine(m, "{'progress':40}");
    assert_ok(cancel(f, id, &err), err);
    expect_cancelled(f, id);
    assert_int_equal(vm_page_read_state(m->page), before);
    char *events = test_machine_events(m, first);
    assert_string_equal(events, paused ? "1/7 1/6" : "1/7 1/5");
    free(events);
    assert_false(file_exists(f->saved));
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 500);
    /* It can be saved after all. */
    test_machine_save(m);
    assert_true(file_exists(f->saved));
}

static void test_cancel__save_of_a_running_VM(void **state)
{
    check_save(*state, false);
}

static void test_cancel__save_of_a_paused_VM(void **state)
{
    check_save(*state, true);
}

static void test_cancel__restore_keeps_the_saved_state(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    char *before, *after;
    size_t size, size_after;
    int status;
    test_machine_start(m);
    test_machine_save(m);
    assert_ok(file_read(f->saved, MOST_FILE, &before, &size, &err), err);
    test_machine_prepare(m, "[{'hold':'start'}]");
    uint64_t first = vm_page_read_event_count(m->page);
    assert_ok(test_machine_launch(m, &err), err);
    assert_ok(cancel(f, m->startup_task, &err), err);
    expect_cancelled(f, m->startup_task);
    assert_int_equal(vm_page_read_state(m->page), VM_SAVED);
    struct test_process *process = m->process;
    m->process = NULL;
    test_process_await_end(process, &status);
    assert_int_equal(status, 0);
    char *events = test_machine_events(m, first);
    assert_string_equal(events, "1/4 1/2");
    free(events);
    assert_ok(file_read(f->saved, MOST_FILE, &after, &size_after, &err), err);
    assert_int_equal(size_after, size);
    assert_memory_equal(after, before, size);
    free(before);
    free(after);
    test_machine_prepare(m, "[]");
    test_machine_start(m);
    test_machine_turn_off(m);
}

static void test_cancel__what_cannot_be_called_off(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    uint32_t id, turn_off;
    test_machine_prepare(m, "[{'hold':'start'}]");
    assert_ok(test_machine_launch(m, &err), err);
    assert_fails(cancel(f, m->startup_task, &err), VPC_STATE_CONFLICT, err); /* a start without a saved state */
    test_machine_engine(m, "{'release':'start'}");
    test_machine_await_state(m, VM_RUNNING);
    assert_fails(cancel(f, m->startup_task, &err), VPC_STATE_CONFLICT, err); /* done */
    assert_fails(cancel(f, 0, &err), VPC_STATE_CONFLICT, err);
    test_machine_engine(m, "{'hold':'reset'}");
    assert_ok(test_machine_call(m, "reset", &id, &err), err);
    assert_fails(cancel(f, id, &err), VPC_STATE_CONFLICT, err);
    test_machine_engine(m, "{'release':'reset'}");
    struct vm_page_task task = {0};
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    test_machine_engine(m, "{'hold':'save'}");
    assert_ok(test_machine_call(m, "save", &id, &err), err);
    assert_fails(cancel(f, id + 1, &err), VPC_STATE_CONFLICT, err); /* another task */
    assert_ok(cancel(f, id, &err), err);
    expect_cancelled(f, id);
    test_machine_engine(m, "{'hold':'turn-off'}");
    assert_ok(test_machine_call(m, "turn-off", &turn_off, &err), err);
    assert_fails(cancel(f, turn_off, &err), VPC_STATE_CONFLICT, err);
    test_machine_engine(m, "{'release':'turn-off'}");
    test_machine_await_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cancel__save_of_a_running_VM, one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_cancel__save_of_a_paused_VM, one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_cancel__restore_keeps_the_saved_state, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_cancel__what_cannot_be_called_off, one_machine_set_up,
                                        one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
