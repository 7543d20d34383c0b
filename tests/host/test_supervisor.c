/* One VM under its supervisor, a process of its own on the fake engine: states, epochs and exact figures, seen as
 * clients see them, in the page. */
#include <uv.h>
#include "support/check.h"
#include "support/one_machine.h"
#include "util/clock.h"

static uint64_t total(struct test_machine *m, enum vm_page_total which)
{
    struct vm_page_totals totals;
    vm_page_read_total(m->page, which, &totals);
    assert_int_equal(totals.total.high, 0);
    return totals.total.low;
}

static void do_task(struct test_machine *m, const char *command)
{
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    assert_ok(test_machine_call(m, command, &id, &err), err);
    test_machine_await_task(m, id, &task);
    assert_string_equal(task.text, "");
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(task.percent, 100);
}

static void do_call(struct test_machine *m, const char *command)
{
    struct vpc_error err;
    uint32_t id = 77;
    assert_ok(test_machine_call(m, command, &id, &err), err);
    assert_int_equal(id, 0);
}

/* ---- figures ---- */

static void test_supervisor__figures_are_those_of_the_guest(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1000,'received':500,'packets_sent':9,"
                           "'packets_received':4}}");
    test_machine_engine(m, "{'traffic':{'adapter':1,'sent':30,'received':7,'packets_sent':2,'packets_received':1}}");
    test_machine_engine(m, "{'disk':{'drive':2,'read':2048,'written':512,'reads':4,'writes':1}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 1030);
    test_machine_await_total(m, VM_PAGE_BYTES_RECEIVED, 507);
    test_machine_await_total(m, VM_PAGE_PACKETS_SENT, 11);
    test_machine_await_total(m, VM_PAGE_PACKETS_RECEIVED, 5);
    test_machine_await_total(m, VM_PAGE_BYTES_READ, 2048);
    test_machine_await_total(m, VM_PAGE_BYTES_WRITTEN, 512);
    struct vm_page_body body = test_machine_body(m);
    assert_int_equal(body.state, VM_RUNNING);
    assert_int_equal(body.sampled, 1);
    assert_string_equal(body.fault, "");
    assert_int_equal(body.epoch, 1);
    assert_int_equal(body.epoch_cause, EPOCH_POWER_ON);
    assert_int_equal(body.adapters[0].bytes_sent, 1000);
    assert_int_equal(body.adapters[1].packets_sent, 2);
    assert_int_equal(body.adapters[2].present, 0);
    assert_int_equal(body.drives[2].reads, 4);
    assert_int_equal(body.drives[2].writes, 1);
    assert_true(body.session_start_monotonic_ms > 0);
    assert_true(body.session_start_monotonic_ms <= body.epoch_start_monotonic_ms);
    test_machine_turn_off(m);
}

static void test_supervisor__what_a_source_shows_before_the_start_is_not_counted(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_prepare(m, "[{'traffic':{'adapter':0,'sent':4000,'received':5000}}]");
    test_machine_start(m);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 0);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1,'received':2}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 1);
    test_machine_await_total(m, VM_PAGE_BYTES_RECEIVED, 2);
    test_machine_turn_off(m);
}

static void test_supervisor__totals_pass_64_bits(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vm_page_totals totals;
    test_machine_start(m);
    for (int i = 0; i < 2; i++) {
        test_machine_engine(m, "{'traffic':{'adapter':0,'sent':9223372036854775807}}");
        test_machine_engine(m, "{'traffic':{'adapter':1,'sent':9223372036854775807}}");
    }
    test_machine_engine(m, "{'traffic':{'adapter':0,'received':1}}");
    test_machine_await_total(m, VM_PAGE_BYTES_RECEIVED, 1);
    vm_page_read_total(m->page, VM_PAGE_BYTES_SENT, &totals);
    assert_int_equal(totals.total.high, 1); /* 4 * (2^63 - 1) = 2^64 + (2^64 - 4) */
    assert_true(totals.total.low == UINT64_MAX - 3);
    test_machine_turn_off(m);
}

static void test_supervisor__sources_that_restart_or_vanish_take_nothing_away(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':100}}");
    test_machine_engine(m, "{'traffic':{'adapter':1,'sent':50}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 150);
    test_machine_engine(m, "{'restart_counter':{'adapter':0}}");
    test_machine_engine(m, "{'unplug':{'adapter':1}}");
    test_machine_await_sample(m);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 150);
    test_machine_engine(m, "{'plug':{'adapter':1}}");
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':7}}");
    test_machine_engine(m, "{'traffic':{'adapter':1,'sent':1}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 158);
    test_machine_turn_off(m);
}

static void test_supervisor__lost_source_is_told_and_nothing_is_lost(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':100}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 100);
    test_machine_engine(m, "{'source':'lost','text':'capture is gone'}");
    test_machine_await_sampled(m, false);
    assert_string_equal(test_machine_body(m).fault, "capture is gone");
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':11}}");
    test_machine_engine(m, "{'source':'back'}");
    test_machine_await_sampled(m, true);
    assert_string_equal(test_machine_body(m).fault, "");
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 111);
    test_machine_turn_off(m);
}

static void test_supervisor__epoch_that_began_unread_is_never_known(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'source':'lost','text':'capture is gone'}");
    do_task(m, "reset");
    test_machine_engine(m, "{'source':'back'}");
    test_machine_await_sample(m);
    struct vm_page_body body = test_machine_body(m);
    assert_int_equal(body.sampled, 0);
    assert_string_equal(body.fault, "counters could not be read when epoch 2 began: capture is gone");
    do_task(m, "reset");
    test_machine_await_sampled(m, true);
    assert_int_equal(test_machine_body(m).epoch, 3);
    test_machine_turn_off(m);
}

static bool await_cpu(struct test_machine *m, uint32_t percent)
{
    uint64_t start_ms = clock_monotonic_ms();
    while (test_machine_body(m).cpu_percent != percent) {
        if (clock_monotonic_ms() - start_ms > 60000)
            return false;
        uv_sleep(1);
    }
    return true;
}

static void test_supervisor__processor_use_is_measured_each_second(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_prepare(m, "[{'cpu':40}]");
    test_machine_start(m);
    assert_true(await_cpu(m, 40));
    assert_int_equal(test_machine_body(m).cpu_history[ACCOUNTING_HISTORY - 1], 40);
    assert_int_equal(test_machine_body(m).cpu_history[0], 0);
    test_machine_engine(m, "{'cpu':'lost'}");
    assert_true(await_cpu(m, VM_PAGE_CPU_UNKNOWN));
    assert_int_equal(test_machine_body(m).sampled, 1); /* all else is known */
    test_machine_engine(m, "{'cpu':40}");
    assert_true(await_cpu(m, 40));
    do_call(m, "pause");
    assert_true(await_cpu(m, 0));
    test_machine_turn_off(m);
}

/* ---- epochs ---- */

static void test_supervisor__reset_opens_an_epoch_at_zero(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    struct vm_page_body before = test_machine_body(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1000,'received':500}}");
    test_machine_engine(m, "{'disk':{'drive':2,'read':2048,'written':512}}");
    do_task(m, "reset"); /* the bytes of the last moment are the old epoch's */
    struct vm_page_body body = test_machine_body(m);
    assert_int_equal(body.state, VM_RUNNING);
    assert_int_equal(body.epoch, 2);
    assert_int_equal(body.epoch_cause, EPOCH_RESET);
    assert_true(body.epoch_start_monotonic_ms >= before.epoch_start_monotonic_ms);
    assert_int_equal(body.session_start_monotonic_ms, before.session_start_monotonic_ms);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 0);
    assert_int_equal(total(m, VM_PAGE_BYTES_RECEIVED), 0);
    assert_int_equal(total(m, VM_PAGE_BYTES_READ), 0);
    assert_int_equal(total(m, VM_PAGE_BYTES_WRITTEN), 0);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':5}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 5);
    test_machine_turn_off(m);
}

static bool epoch_is(struct test_machine *m, uint64_t epoch)
{
    uint64_t start_ms = clock_monotonic_ms();
    while (test_machine_body(m).epoch != epoch) {
        if (clock_monotonic_ms() - start_ms > 60000)
            return false;
        uv_sleep(1);
    }
    return true;
}

static void test_supervisor__guest_reboot_opens_an_epoch_at_zero(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1000}}");
    test_machine_engine(m, "{'guest':'reboot'}");
    assert_true(epoch_is(m, 2));
    assert_int_equal(test_machine_body(m).epoch_cause, EPOCH_GUEST_REBOOT);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 0);
    test_machine_turn_off(m);
}

static void test_supervisor__epochs_and_tasks_go_on_over_sessions(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vm_page_task task;
    test_machine_start(m);
    uint32_t first = m->startup_task;
    test_machine_send(m, 1000, 1000);
    test_machine_turn_off(m);
    test_machine_start(m);
    assert_int_not_equal(m->startup_task, first);
    assert_int_equal(test_machine_body(m).epoch, 2);
    assert_int_equal(test_machine_body(m).epoch_cause, EPOCH_POWER_ON);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 0);
    test_machine_await_task(m, first, &task);
    assert_int_equal(task.kind, VM_TASK_STARTUP);
    /* startup, turn-off, startup; the sixth from here pushes the first one out */
    for (int i = 0; i < 5; i++)
        do_task(m, "reset");
    test_machine_await_task(m, first, &task);
    do_task(m, "reset");
    struct vm_page_body body = test_machine_body(m);
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        assert_int_not_equal(body.tasks[i].id, first);
    assert_true(vm_page_find_task(&body, first, &task));
    assert_int_equal(task.complete, 1);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(task.percent, 100);
    test_machine_turn_off(m);
}

static bool page_knows(struct test_machine *m, uint32_t id, struct vm_page_task *task)
{
    struct vm_page_body body = test_machine_body(m);
    return vm_page_find_task(&body, id, task);
}

/* How a task has ended is known for so many later ones, over the end of a session, and then no more. */
static void test_supervisor__knows_how_256_tasks_ended(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t failed;
    test_machine_start(m);
    uint32_t first = m->startup_task;
    test_machine_engine(m, "{'fail':'save','text':'no room','cause':'disk-full'}");
    assert_ok(test_machine_call(m, "save", &failed, &err), err);
    test_machine_await_task(m, failed, &task);
    assert_string_equal(task.text, "no room");
    for (int later = 2; later < VM_PAGE_TASKS + VM_PAGE_OUTCOMES - 2; later++)
        do_task(m, "reset");
    test_machine_turn_off(m);
    test_machine_start(m);
    assert_true(page_knows(m, first, &task));
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    do_task(m, "reset");
    assert_false(page_knows(m, first, &task));
    assert_true(page_knows(m, failed, &task));
    assert_int_equal(task.complete, 1);
    assert_int_equal(task.result, VM_TASK_DISK_ERROR);
    assert_int_equal(task.cause, VPC_DISK_FULL);
    assert_int_not_equal(task.percent, 100);
    do_task(m, "reset");
    assert_false(page_knows(m, failed, &task));
    test_machine_turn_off(m);
}

/* ---- states ---- */

static void test_supervisor__transitional_states_are_shown(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    test_machine_prepare(m, "[{'hold':'start'}]");
    assert_ok(test_machine_launch(m, &err), err);
    struct vm_page_body body = test_machine_body(m);
    assert_int_equal(body.state, VM_TURNING_ON);
    assert_int_equal(body.sampled, 0);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].id, m->startup_task);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].complete, 0);
    test_machine_engine(m, "{'release':'start'}");
    test_machine_await_task(m, m->startup_task, &task);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    test_machine_engine(m, "{'hold':'turn-off'}");
    assert_ok(test_machine_call(m, "turn-off", &id, &err), err);
    body = test_machine_body(m);
    assert_int_equal(body.state, VM_TURNING_OFF);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].id, id);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].complete, 0);
    test_machine_engine(m, "{'release':'turn-off'}");
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(test_machine_body(m).state, VM_TURNED_OFF);
    test_machine_await_end(m);
}

static void test_supervisor__pause_keeps_the_figures(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1000}}");
    do_call(m, "pause");
    assert_int_equal(test_machine_body(m).state, VM_PAUSED);
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 1000);
    assert_int_equal(test_machine_body(m).sampled, 1);
    do_call(m, "resume");
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    assert_int_equal(test_machine_body(m).epoch, 1);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 1000);
    do_call(m, "pause");
    test_machine_turn_off(m);
}

static void test_supervisor__reset_of_a_paused_vm_leads_to_running(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1000}}");
    do_call(m, "pause");
    do_task(m, "reset");
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    assert_int_equal(test_machine_body(m).epoch, 2);
    assert_int_equal(total(m, VM_PAGE_BYTES_SENT), 0);
    test_machine_turn_off(m);
}

static void test_supervisor__guest_power_off_ends_the_session(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'guest':'power-off'}");
    test_machine_await_end(m);
    assert_string_equal(test_machine_body(m).fault, "");
    assert_string_equal(test_machine_body(m).control, "");
}

static void test_supervisor__crash_of_the_hypervisor_is_told(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'reset'}");
    assert_ok(test_machine_call(m, "reset", &id, &err), err);
    test_machine_engine(m, "{'crash':true,'text':'signal 11'}");
    test_machine_await_end(m);
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_int_equal(task.cause, VPC_ENGINE);
    assert_string_equal(task.text, "signal 11");
    assert_string_equal(test_machine_body(m).fault, "signal 11");
}

static void test_supervisor__heart_beats_while_the_vm_is_on(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_prepare(m, "[{'hold':'start'}]");
    struct vpc_error err;
    assert_ok(test_machine_launch(m, &err), err);
    uint64_t first = vm_page_last_beat(m->page);
    assert_int_not_equal(first, 0);
    for (int beats = 0; beats < 3;) {
        uint64_t beat = vm_page_last_beat(m->page);
        assert_true(clock_monotonic_ms() - beat < 60000);
        if (beat > first) {
            first = beat;
            beats++;
        }
        uv_sleep(1);
    }
    test_machine_engine(m, "{'crash':true}");
    test_machine_await_end(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_supervisor__figures_are_those_of_the_guest, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__what_a_source_shows_before_the_start_is_not_counted,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__totals_pass_64_bits, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__sources_that_restart_or_vanish_take_nothing_away,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__lost_source_is_told_and_nothing_is_lost, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__epoch_that_began_unread_is_never_known, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__processor_use_is_measured_each_second, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__reset_opens_an_epoch_at_zero, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__guest_reboot_opens_an_epoch_at_zero, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__epochs_and_tasks_go_on_over_sessions, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__knows_how_256_tasks_ended, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__transitional_states_are_shown, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__pause_keeps_the_figures, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__reset_of_a_paused_vm_leads_to_running, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__guest_power_off_ends_the_session, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__crash_of_the_hypervisor_is_told, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__heart_beats_while_the_vm_is_on, one_machine_set_up,
                                        one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
