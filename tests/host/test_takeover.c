/*
 * Supervisors that are killed, suspended, or fewer than they should be, with a busy guest; every frame is counted all
 * the same. A test that leaves its guest busy, and all figures equal, leaves it to the next: booting one takes longest.
 *
 *     test_takeover            kills some supervisors at any moment
 *     test_takeover KILLS      kills so many
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "config/saved_state_place.h"
#include "host/guest.h"
#include "support/check.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#if !defined(_WIN32)
#include <signal.h>
#endif

enum {
    SOME_TRAFFIC = 100000,
    LITTLE_TRAFFIC = 3000, /* a rotation that was cut short delays each frame by a second until it is repaired */
    FEW_KILLS = 3
};

static int kills = FEW_KILLS;

/* The guest, and whether the last test has left it busy. */
static struct guest *shared;
static bool is_left_busy;

static int let_go(void **state)
{
    (void)state;
    if (shared != NULL)
        guest_tear_down(shared);
    free(shared);
    shared = NULL;
    is_left_busy = false;
    return 0;
}

static int set_up(void **state)
{
    if (!is_left_busy) {
        let_go(NULL);
        shared = calloc(1, sizeof *shared);
        guest_set_up(shared);
    }
    *state = shared;
    return 0;
}

/* Makes the guest busy, or finds it so. */
static void begin_busy(struct guest *guest)
{
    if (!is_left_busy)
        guest_start(guest);
    is_left_busy = false; /* until this test has come to its end */
    guest_await_traffic(guest, SOME_TRAFFIC);
    test_machine_await_sample(&guest->machine);
    guest_note_qemu(guest);
    assert_true(guest_qemu_is_alive(guest));
}

/* The figures were equal, and the guest, which stands, goes on. */
static void leave_busy(struct guest *guest)
{
    struct vpc_error err;
    assert_true(guest_qemu_is_alive(guest));
    assert_ok(test_machine_call(&guest->machine, "resume", NULL, &err), err);
    is_left_busy = true;
}

static void test_takeover__killed_again_and_again_counts_to_the_byte(void **state)
{
    struct guest *guest = *state;
    begin_busy(guest);
    for (int i = 0; i < kills; i++) {
        unsigned delay_ms;
        assert_int_equal(uv_random(NULL, NULL, &delay_ms, sizeof delay_ms, 0, NULL), 0);
        uv_sleep(delay_ms % 150); /* any moment: in the middle of a rotation, often */
        test_machine_kill(&guest->machine);
        guest_await_traffic(guest, LITTLE_TRAFFIC);
        assert_int_equal(guest_adopt(guest), VM_RUNNING);
        struct vm_page_body body = test_machine_body(&guest->machine);
        assert_int_equal(body.state, VM_RUNNING);
        assert_int_equal(body.epoch, 1);
        assert_string_equal(body.fault, "");
        guest_await_traffic(guest, SOME_TRAFFIC);
    }
    guest_pause_and_compare(guest);
    leave_busy(guest);
}

static void test_takeover__of_two_one_wins(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    uint32_t number;
    char *program = test_program("vpchost");
    begin_busy(guest);
    test_machine_kill(&guest->machine);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    answer_clock_start();
    assert_fails(in_time(test_adopt(program, "Guest", &number, &err)), VPC_VM_RUNNING, err);
    answer_clock_stop();
    guest_pause_and_compare(guest);
    leave_busy(guest);
    free(program);
}

static void test_takeover__start_of_a_vm_that_runs_unsupervised_takes_it_over(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    uint32_t number;
    char *program = test_program("vpchost");
    begin_busy(guest);
    test_machine_kill(&guest->machine);
    assert_fails(test_launch(program, "Guest", &number, &err), VPC_VM_RUNNING, err);
    guest_follow(guest);
    assert_true(guest_qemu_is_alive(guest));
    assert_int_equal(test_machine_body(&guest->machine).epoch, 1);
    guest_pause_and_compare(guest);
    leave_busy(guest);
    free(program);
}

static void test_takeover__paused_vm_stays_paused(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    begin_busy(guest);
    assert_ok(test_machine_call(&guest->machine, "pause", NULL, &err), err);
    test_machine_kill(&guest->machine);
    assert_int_equal(guest_adopt(guest), VM_PAUSED);
    guest_assert_equal(guest);
    leave_busy(guest);
}

static void test_takeover__reset_that_was_accepted_is_carried_out(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t reset;
    begin_busy(guest);
    assert_ok(test_machine_call(&guest->machine, "reset", &reset, &err), err);
    test_machine_kill(&guest->machine);
    assert_int_not_equal(guest_adopt(guest), VM_TURNED_OFF);
    test_machine_await_task(&guest->machine, reset, &task);
    assert_string_equal(task.text, "");
    assert_int_equal(test_machine_body(&guest->machine).epoch, 2);
    assert_int_equal(test_machine_body(&guest->machine).epoch_cause, EPOCH_RESET);
    test_machine_await_state(&guest->machine, VM_RUNNING);
    test_machine_turn_off(&guest->machine);
}

static void test_takeover__turn_off_that_was_accepted_is_carried_out(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t turn_off;
    begin_busy(guest);
    assert_ok(test_machine_call(&guest->machine, "turn-off", &turn_off, &err), err);
    test_machine_kill(&guest->machine);
    char *program = test_program("vpchost");
    uint32_t found;
    /* On a busy host the VM may be late; then it is waited for all the same. */
    if (!test_adopt(program, "Guest", &found, &err))
        assert_int_equal(err.cause, VPC_TIMED_OUT);
    free(program);
    test_machine_await_task(&guest->machine, turn_off, &task);
    assert_string_equal(task.text, "");
    test_machine_await_state(&guest->machine, VM_TURNED_OFF);
    assert_false(guest_qemu_is_alive(guest));
    guest_assert_equal(guest);
}

static void test_takeover__start_that_was_cut_short_is_undone(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    struct vm_page_task task;
    assert_ok(test_machine_launch(&guest->machine, &err), err);
    test_machine_kill(&guest->machine);
    assert_int_equal(test_machine_body(&guest->machine).state, VM_TURNING_ON);
    assert_int_equal(guest_adopt(guest), VM_TURNED_OFF);
    assert_int_equal(test_machine_body(&guest->machine).state, VM_TURNED_OFF);
    test_machine_await_task(&guest->machine, guest->machine.startup_task, &task);
    assert_non_null(strstr(task.text, "lost"));
    begin_busy(guest);
    guest_pause_and_compare(guest);
    leave_busy(guest);
}

/* Makes the page and the saved state what they are in the moment in which a restored guest is let run; nobody can be
 * killed just then. */
static void return_to_restoring(struct guest *guest, const char *saved)
{
    static struct vm_page_body body;
    struct vpc_error err;
    struct vm_page *page;
    char *path = path_join(guest->machine.run_folder, VM_PAGE_FILE);
    assert_ok(vm_page_create(&page, path, &err), err);
    vm_page_read(page, &body);
    body.state = VM_RESTORING;
    body.goes_on_as = VM_RUNNING;
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (body.tasks[i].id == guest->machine.startup_task)
            body.tasks[i].complete = 0;
    vm_page_publish(page, &body);
    vm_page_close(page);
    free(path);
    assert_ok(file_replace(saved, "memory", 6, &err), err);
    assert_ok(saved_state_place_set(guest->machine.vmc, saved, &err), err);
}

static void expect_restored(struct guest *guest, const char *saved)
{
    struct vm_page_task task;
    return_to_restoring(guest, saved);
    uint64_t first = vm_page_read_event_count(guest->machine.page);
    uint64_t epoch = test_machine_body(&guest->machine).epoch;
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    test_machine_await_events(&guest->machine, first, "1/5+3");
    assert_false(file_exists(saved));
    test_machine_await_task(&guest->machine, guest->machine.startup_task, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(test_machine_body(&guest->machine).epoch, epoch);
    guest_await_traffic(guest, LITTLE_TRAFFIC);
}

static void test_takeover__restored_guest_that_was_let_run_goes_on(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    begin_busy(guest);
    char *saved = saved_state_place_new(guest->machine.vmc);
    test_machine_save(&guest->machine);
    guest_start(guest);
    guest_note_qemu(guest);
    guest_await_traffic(guest, SOME_TRAFFIC);
    test_machine_kill(&guest->machine);
    expect_restored(guest, saved);
    /* The order to run may have been lost with the supervisor. */
    assert_ok(test_machine_call(&guest->machine, "pause", NULL, &err), err);
    test_machine_kill(&guest->machine);
    expect_restored(guest, saved);
    guest_pause_and_compare(guest);
    test_machine_turn_off(&guest->machine);
    free(saved);
}

static void test_takeover__hypervisor_killed_leaves_its_last_epoch(void **state)
{
    struct guest *guest = *state;
    begin_busy(guest);
    uint64_t start_ms = clock_monotonic_ms();
    guest_kill_qemu(guest);
    test_machine_await_state(&guest->machine, VM_TURNED_OFF);
    print_message("TurnedOff %llu ms after the kill\n", (unsigned long long)(clock_monotonic_ms() - start_ms));
    test_machine_await_end(&guest->machine);
    assert_int_equal(test_machine_body(&guest->machine).epoch, 1);
    guest_assert_equal_when_killed(guest);
}

/* Files of the project's own captures. */
static size_t captures_left(struct guest *guest)
{
    struct folder_entry *entries;
    struct vpc_error err;
    size_t count;
    assert_ok(folder_list(guest->machine.run_folder, ".pcap", &entries, &count, &err), err);
    folder_list_free(entries, count);
    return count;
}

static void test_takeover__both_killed_claims_nothing_and_counts_the_rest(void **state)
{
    struct guest *guest = *state;
    begin_busy(guest);
    test_machine_kill(&guest->machine);
    guest_await_traffic(guest, LITTLE_TRAFFIC);
    guest_kill_qemu(guest);
    assert_int_equal(test_machine_body(&guest->machine).state, VM_RUNNING);
    assert_int_equal(guest_adopt(guest), VM_TURNED_OFF);
    struct vm_page_body body = test_machine_body(&guest->machine);
    assert_int_equal(body.state, VM_TURNED_OFF);
    assert_int_equal(vm_page_last_beat(guest->machine.page), 0);
    assert_int_equal(body.epoch, 1);
    guest_assert_equal_when_killed(guest);
    assert_int_equal(captures_left(guest), 0);
}

#if !defined(_WIN32)
static void test_takeover__suspended_supervisor_stalls_nobody(void **state)
{
    struct guest *guest = *state;
    begin_busy(guest);
    uint64_t pid = test_machine_body(&guest->machine).supervisor_pid;
    assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
    guest_await_traffic(guest, 10 * SOME_TRAFFIC);
    assert_int_equal(kill((pid_t)pid, SIGCONT), 0);
    guest_pause_and_compare(guest);
    leave_busy(guest);
}
#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_takeover__start_that_was_cut_short_is_undone, set_up),
        cmocka_unit_test_setup(test_takeover__killed_again_and_again_counts_to_the_byte, set_up),
        cmocka_unit_test_setup(test_takeover__of_two_one_wins, set_up),
        cmocka_unit_test_setup(test_takeover__start_of_a_vm_that_runs_unsupervised_takes_it_over, set_up),
        cmocka_unit_test_setup(test_takeover__paused_vm_stays_paused, set_up),
#if !defined(_WIN32)
        cmocka_unit_test_setup(test_takeover__suspended_supervisor_stalls_nobody, set_up),
#endif
        cmocka_unit_test_setup(test_takeover__turn_off_that_was_accepted_is_carried_out, set_up),
        cmocka_unit_test_setup(test_takeover__reset_that_was_accepted_is_carried_out, set_up),
        cmocka_unit_test_setup(test_takeover__restored_guest_that_was_let_run_goes_on, set_up),
        cmocka_unit_test_setup(test_takeover__hypervisor_killed_leaves_its_last_epoch, set_up),
        cmocka_unit_test_setup(test_takeover__both_killed_claims_nothing_and_counts_the_rest, set_up),
    };
    if (argc > 1)
        kills = atoi(argv[1]);
    return cmocka_run_group_tests_name("takeover", tests, NULL, let_go);
}
