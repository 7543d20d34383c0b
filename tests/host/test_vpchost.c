/* vpchost as a process: its arguments, two of them for one VM, one that is killed, one right after the other. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"
#include "support/one_machine.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"

/* ---- arguments ---- */

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    *(int64_t *)process->data = signal != 0 ? -signal : status;
    uv_close((uv_handle_t *)process, NULL);
}

/* Exit status of vpchost with up to two arguments. */
static int64_t run_vpchost(const char *first, const char *second)
{
    uv_loop_t loop;
    uv_process_t process;
    int64_t status = -1000;
    char *program = test_program("vpchost");
    char *arguments[] = {program, (char *)first, (char *)second, NULL};
    uv_process_options_t options = {.file = program, .args = arguments, .exit_cb = on_exit_status};
    assert_int_equal(uv_loop_init(&loop), 0);
    process.data = &status;
    assert_int_equal(uv_spawn(&loop, &process, &options), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(program);
    return status;
}

static void test_vpchost__arguments(void **state)
{
    (void)state;
    assert_int_equal(run_vpchost("--version", NULL), 0);
    assert_int_equal(run_vpchost("--help", NULL), 0);
    assert_int_equal(run_vpchost(NULL, NULL), 2);
    assert_int_equal(run_vpchost("--vm", NULL), 2);
    assert_int_equal(run_vpchost("--levitate", NULL), 2);
    assert_int_equal(run_vpchost("--vm", "no such machine"), 1);
}

static void test_vpchost__unknown_vm_is_refused(void **state)
{
    struct one_machine *f = *state;
    struct vpc_error err;
    uint32_t task;
    (void)f;
    char *program = test_program("vpchost");
    assert_fails(test_launch(program, "no such machine", &task, &err), VPC_VM_UNKNOWN, err);
    assert_non_null(strstr(err.text, "no such machine"));
    free(program);
}

static void test_vpchost__vmc_that_is_noise_is_refused(void **state)
{
    struct one_machine *f = *state;
    struct vpc_error err;
    assert_ok(file_replace(f->machine.vmc, "noise", 5, &err), err);
    assert_fails(test_machine_launch(&f->machine, &err), VPC_CORRUPT, err);
}

/* ---- two of them ---- */

static void test_vpchost__second_one_is_refused_and_harms_nothing(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    uint32_t task;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':99}}");
    struct vm_page_body before = test_machine_body(m);
    char *program = test_program("vpchost");
    answer_clock_start();
    assert_fails(in_time(test_launch(program, "Green", &task, &err)), VPC_VM_RUNNING, err);
    answer_clock_stop();
    assert_string_equal(err.text, "virtual machine 'Green' is running already");
    free(program);
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 99);
    struct vm_page_body after = test_machine_body(m);
    assert_int_equal(after.supervisor_pid, before.supervisor_pid);
    assert_int_equal(after.epoch, before.epoch);
    assert_memory_equal(after.tasks, before.tasks, sizeof after.tasks);
    test_machine_turn_off(m);
}

struct launch {
    uv_thread_t thread;
    struct test_machine *machine;
    uint32_t task;
    bool done;
    uint64_t took_ms; /* by the answer clock, where it runs */
    struct vpc_error err;
};

static void launch_in_thread(void *context)
{
    struct launch *launch = context;
    char *program = test_program("vpchost");
    uint64_t begin_ms = answer_clock_ms();
    launch->done = test_launch(program, launch->machine->entry.name, &launch->task, &launch->err);
    launch->took_ms = answer_clock_ms() - begin_ms;
    free(program);
}

static void test_vpchost__of_two_at_once_one_wins(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct launch launches[2] = {{.machine = m}, {.machine = m}};
    answer_clock_start();
    for (int i = 0; i < 2; i++)
        assert_int_equal(uv_thread_create(&launches[i].thread, launch_in_thread, &launches[i]), 0);
    for (int i = 0; i < 2; i++)
        uv_thread_join(&launches[i].thread);
    answer_clock_stop();
    for (int i = 0; i < 2; i++)
        assert_in_range(launches[i].took_ms, 0, ANSWER_MS);
    assert_int_not_equal(launches[0].done, launches[1].done);
    const struct launch *winner = launches[0].done ? &launches[0] : &launches[1];
    const struct launch *loser = launches[0].done ? &launches[1] : &launches[0];
    assert_int_equal(loser->err.cause, VPC_VM_RUNNING);
    struct vpc_error err;
    struct vm_page_task task;
    char *path = path_join(m->run_folder, VM_PAGE_FILE);
    assert_ok(vm_page_open(&m->page, path, &err), err);
    free(path);
    test_machine_await_task(m, winner->task, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    m->process = test_process_open(test_machine_body(m).supervisor_pid);
    assert_ok(control_connect(&m->client, test_machine_body(m).control, &err), err);
    test_machine_turn_off(m);
}

static void await_good_end(struct test_process *process)
{
    int status = 0;
    if (process != NULL)
        test_process_await_end(process, &status);
    assert_int_equal(status, 0);
}

static void test_vpchost__next_one_may_come_at_once(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct test_process *previous = NULL;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    for (int i = 1; i <= 8; i++) {
        assert_ok(test_machine_launch(m, &err), err); /* the process before it may not have ended yet */
        await_good_end(previous);
        test_machine_await_task(m, m->startup_task, &task);
        assert_int_equal(task.result, VM_TASK_SUCCESS);
        assert_int_equal(test_machine_body(m).epoch, i);
        assert_ok(test_machine_call(m, "turn-off", &id, &err), err);
        test_machine_await_task(m, id, &task);
        assert_int_equal(test_machine_body(m).state, VM_TURNED_OFF);
        previous = m->process;
        m->process = NULL;
    }
    await_good_end(previous);
}

static void test_vpchost__next_one_waits_for_the_lock_of_a_vm_that_is_off(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct launch launch = {.machine = m};
    struct file_lock *lock;
    struct vpc_error err;
    struct vm_page_task task;
    char *lock_path = path_join(m->run_folder, VM_LOCK_FILE);
    char *page_path = path_join(m->run_folder, VM_PAGE_FILE);
    assert_ok(vm_page_create(&m->page, page_path, &err), err);
    assert_ok(file_lock_try(&lock, lock_path, &err), err);
    assert_non_null(lock);
    assert_int_equal(uv_thread_create(&launch.thread, launch_in_thread, &launch), 0);
    uv_sleep(500); /* so that it meets the lock; were it slower, the test would only see less */
    file_lock_release(lock);
    uv_thread_join(&launch.thread);
    assert_ok(launch.done, launch.err);
    test_machine_await_task(m, launch.task, &task);
    m->process = test_process_open(test_machine_body(m).supervisor_pid);
    assert_ok(control_connect(&m->client, test_machine_body(m).control, &err), err);
    test_machine_turn_off(m);
    free(lock_path);
    free(page_path);
}

/* ---- killed ---- */

static void test_vpchost__killed_one_shows_by_its_heartbeat(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t reset;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'reset'}");
    assert_ok(test_machine_call(m, "reset", &reset, &err), err);
    test_machine_kill(m);
    assert_int_equal(test_machine_body(m).state, VM_RUNNING);
    uint64_t last = vm_page_last_beat(m->page);
    assert_int_not_equal(last, 0);
    while (clock_monotonic_ms() - last <= VM_PAGE_STALE_MS)
        uv_sleep(1);
    assert_true(vm_page_last_beat(m->page) == last);
    /* The next one starts anew, and what was under way is over. */
    test_machine_start(m);
    assert_int_equal(test_machine_body(m).epoch, 2);
    test_machine_await_task(m, reset, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_non_null(strstr(task.text, "lost"));
    test_machine_turn_off(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vpchost__arguments, one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__unknown_vm_is_refused, one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__vmc_that_is_noise_is_refused, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__second_one_is_refused_and_harms_nothing, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__of_two_at_once_one_wins, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__next_one_may_come_at_once, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__next_one_waits_for_the_lock_of_a_vm_that_is_off,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_vpchost__killed_one_shows_by_its_heartbeat, one_machine_set_up,
                                        one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("vpchost", tests, NULL, NULL);
}
