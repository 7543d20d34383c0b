/*
 * A hypervisor that hangs, talks without a pause or answers nonsense: the supervisor has an answer for its clients
 * within two seconds, shows no wrong figure, and the VM can be turned off and started again.
 *
 *   test_trust_hypervisor all    also what is only slow
 */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "trust/false_qemu.h"
#include "util/clock.h"

enum {
    CLIENT_MS = 1800, /* for which the API waits */
    SENT = FALSE_QEMU_FRAMES * FALSE_QEMU_FRAME_BYTES
};

static bool all;

struct fixture {
    struct test_home home;
    struct test_machine machine;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_home_open(&f->home);
    char *program = test_program("false_qemu");
    uv_os_setenv("VPC_ENGINE", "qemu");
    uv_os_setenv("VPC_QEMU", program);
    free(program);
    test_machine_create(&f->machine, &f->home, "Odd", 1);
    answer_clock_start();
    *state = f;
    return 0;
}

static pid_t hypervisor(struct fixture *f)
{
    struct vm_page_body body = test_machine_body(&f->machine);
    json_t *words = json_loads(body.engine_state, 0, NULL);
    json_int_t pid = json_integer_value(json_object_get(words, "pid"));
    json_decref(words);
    return (pid_t)pid;
}

/* It goes with the VM, whatever state it was in. */
static void await_gone(pid_t pid)
{
    for (uint64_t begin = clock_monotonic_ms(); kill(pid, 0) == 0; uv_sleep(2))
        if (clock_monotonic_ms() - begin > 60000)
            fail_msg("process %d has outlived its VM", (int)pid);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    answer_clock_stop();
    pid_t left = f->machine.process != NULL ? hypervisor(f) : 0;
    test_machine_close(&f->machine);
    if (left > 0)
        kill(left, SIGKILL);
    uv_os_unsetenv("VPC_QEMU");
    uv_os_unsetenv("VPC_TEST_FALSE_QEMU");
    test_home_close(&f->home);
    free(f);
    return 0;
}

static void start(struct fixture *f, const char *mode)
{
    uv_os_setenv("VPC_TEST_FALSE_QEMU", mode);
    test_machine_start(&f->machine);
}

/* After the fault the same VM works. */
static void check_recovery(struct fixture *f)
{
    start(f, "plain");
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, SENT);
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_RECEIVED, SENT);
    pid_t pid = hypervisor(f);
    test_machine_turn_off(&f->machine);
    await_gone(pid);
}

static bool call(struct fixture *f, const char *command, uint32_t *task, struct vpc_error *err)
{
    return in_time(control_call(f->machine.client, command, NULL, CLIENT_MS, task, NULL, err));
}

/* Figures are known and are these: what a client reads without asking anybody. */
static void check_figures(struct fixture *f, uint64_t sent)
{
    struct vm_page_totals totals;
    vm_page_read_total(f->machine.page, VM_PAGE_BYTES_SENT, &totals);
    assert_int_equal(totals.sampled, 1);
    assert_int_equal(totals.total.low, sent);
}

/* ---- it hangs ---- */

static void test_hypervisor__hangs_for_a_while(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f, "plain");
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, SENT);
    pid_t pid = hypervisor(f);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_fails(call(f, "pause", NULL, &err), VPC_TIMED_OUT, err);
    /* The supervisor is well, and what it shows is what was true when the guest stood still with its hypervisor. */
    assert_ok(call(f, "ping", NULL, &err), err);
    assert_int_equal(test_machine_body(&f->machine).state, VM_RUNNING);
    check_figures(f, SENT);
    assert_int_equal(kill(pid, SIGCONT), 0);
    test_machine_await_state(&f->machine, VM_PAUSED); /* it obeys late */
    check_figures(f, SENT);
    assert_ok(call(f, "resume", NULL, &err), err);
    assert_int_equal(test_machine_body(&f->machine).epoch, 1);
    test_machine_turn_off(&f->machine);
    await_gone(pid);
    check_recovery(f);
}

static void test_hypervisor__hangs_for_good(void **state)
{
    static const char *const commands[] = {"reset", "pause"};
    struct fixture *f = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t begun, turn_off;
    for (size_t i = 0; i < (all ? sizeof commands / sizeof commands[0] : 1); i++) {
        start(f, "plain");
        test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, SENT);
        pid_t pid = hypervisor(f);
        assert_int_equal(kill(pid, SIGSTOP), 0);
        bool accepted = call(f, commands[i], &begun, &err);
        assert_true(accepted || err.cause == VPC_TIMED_OUT);
        assert_ok(call(f, "turn-off", &turn_off, &err), err);
        test_machine_await_task(&f->machine, turn_off, &task);
        assert_int_equal(task.result, VM_TASK_SUCCESS);
        if (begun != 0) {
            test_machine_await_task(&f->machine, begun, &task);
            assert_int_equal(task.result, VM_TASK_TIMED_OUT);
        }
        test_machine_await_end(&f->machine);
        await_gone(pid);
    }
    check_recovery(f);
}

/* While QEMU hangs there is no way back from Saving: who does not call the save off ends its process. */
static void test_hypervisor__hangs_while_it_saves(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t save;
    start(f, "plain");
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, SENT);
    pid_t pid = hypervisor(f);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_ok(call(f, "save", &save, &err), err);
    assert_int_equal(test_machine_body(&f->machine).state, VM_SAVING);
    assert_ok(call(f, "ping", NULL, &err), err);
    check_figures(f, SENT);
    assert_fails(call(f, "save", NULL, &err), VPC_VM_NOT_RUNNING, err);
    assert_fails(call(f, "turn-off", NULL, &err), VPC_VM_NOT_RUNNING, err);
    assert_int_equal(test_machine_body(&f->machine).state, VM_SAVING);
    assert_int_equal(kill(pid, SIGKILL), 0);
    test_machine_await_task(&f->machine, save, &task);
    assert_int_not_equal(task.result, VM_TASK_SUCCESS);
    assert_string_not_equal(task.text, "");
    test_machine_await_end(&f->machine);
    await_gone(pid);
    check_recovery(f);
}

/* ---- it talks ---- */

static void test_hypervisor__says_a_million_things(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    unsigned answers = 0;
    start(f, "chatty");
    pid_t pid = hypervisor(f);
    while (test_machine_body(&f->machine).state == VM_RUNNING) {
        if (!call(f, "ping", NULL, &err)) {
            assert_int_equal(err.cause, VPC_VM_NOT_RUNNING);
            break;
        }
        answers++;
    }
    test_machine_await_end(&f->machine); /* the guest has powered off, which is the last that was said */
    await_gone(pid);
    assert_true(answers > 0);
    assert_string_equal(test_machine_body(&f->machine).fault, "");
    assert_int_equal(test_machine_body(&f->machine).adapters[0].bytes_sent, SENT);
    check_recovery(f);
}

/* ---- it says nonsense ---- */

static void test_hypervisor__says_nonsense(void **state)
{
    static const struct {
        const char *mode, *text;
    } cases[] = {
        {"no-json", "a line is no JSON object"},
        {"unasked", "it answers what was not asked"},
        {"endless", "a line is over 1 MiB"},
    };
    struct fixture *f = *state;
    struct vpc_error err;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uv_os_setenv("VPC_TEST_FALSE_QEMU", cases[i].mode);
        assert_ok(test_machine_launch(&f->machine, &err), err);
        test_machine_await_end(&f->machine);
        struct vm_page_body body = test_machine_body(&f->machine);
        if (strstr(body.fault, cases[i].text) == NULL)
            fail_msg("%s: '%s' lacks '%s'", cases[i].mode, body.fault, cases[i].text);
    }
    check_recovery(f);
}

static void test_hypervisor__is_none(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uv_os_setenv("VPC_TEST_FALSE_QEMU", "greets-wrongly");
    assert_ok(test_machine_launch(&f->machine, &err), err);
    test_machine_await_task(&f->machine, f->machine.startup_task, &task);
    assert_int_not_equal(task.result, VM_TASK_SUCCESS);
    test_machine_await_end(&f->machine);
    check_recovery(f);
}

static void test_hypervisor__has_figures_that_are_no_numbers(void **state)
{
    struct fixture *f = *state;
    start(f, "wrong-figures");
    test_machine_await_sampled(&f->machine, false);
    assert_non_null(strstr(test_machine_body(&f->machine).fault, "query-blockstats"));
    pid_t pid = hypervisor(f);
    test_machine_turn_off(&f->machine);
    await_gone(pid);
    check_recovery(f);
}

/* ---- it does not obey ---- */

static void test_hypervisor__does_not_let_run_after_a_reset(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t reset;
    start(f, "stands");
    uint64_t first = vm_page_read_event_count(f->machine.page);
    assert_ok(call(f, "reset", &reset, &err), err);
    test_machine_await_task(&f->machine, reset, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS); /* it was reset */
    test_machine_await_events(&f->machine, first, "3/0+7 1/6");
    assert_ok(call(f, "resume", NULL, &err), err);
    test_machine_await_events(&f->machine, first, "3/0+7 1/6 1/5");
    assert_ok(call(f, "pause", NULL, &err), err);
    /* From Paused the reset is done when the guest runs, and it does not. */
    assert_ok(call(f, "reset", &reset, &err), err);
    test_machine_await_task(&f->machine, reset, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_string_equal(task.text, "the guest stands after a reset: QEMU refuses cont: not now");
    assert_int_equal(test_machine_body(&f->machine).state, VM_PAUSED);
    assert_ok(call(f, "resume", NULL, &err), err);
    test_machine_turn_off(&f->machine);
    check_recovery(f);
}

/* The save began after the reset was reported, and before it was known that the guest stands. */
static void test_hypervisor__does_not_let_run_a_guest_that_is_saved(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    struct vm_page_task task;
    struct control_client *other;
    uint32_t reset;
    start(f, "stands");
    uint64_t first = vm_page_read_event_count(f->machine.page);
    pid_t pid = hypervisor(f);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_ok(call(f, "reset", &reset, &err), err);
    assert_ok(control_connect(&other, test_machine_body(&f->machine).control, &err), err);
    assert_fails(control_call(other, "save", NULL, 50, NULL, NULL, &err), VPC_TIMED_OUT, err);
    control_disconnect(other);
    assert_int_equal(kill(pid, SIGCONT), 0);
    test_machine_await_task(&f->machine, reset, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    test_machine_await_events(&f->machine, first, "3/0+7 1/7 1/2+4");
    struct vm_page_task last = test_machine_body(&f->machine).tasks[VM_PAGE_TASKS - 1];
    assert_int_equal(last.kind, VM_TASK_SAVE);
    test_machine_await_task(&f->machine, last.id, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    await_gone(pid);
}

int main(int argc, char **argv)
{
    all = argc > 1 && strcmp(argv[1], "all") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hypervisor__hangs_for_a_while, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__hangs_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__hangs_while_it_saves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__says_a_million_things, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__says_nonsense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__has_figures_that_are_no_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__does_not_let_run_after_a_reset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor__does_not_let_run_a_guest_that_is_saved, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("hypervisor", tests, NULL, NULL);
}
