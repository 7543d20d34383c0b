/*
 * One guest through all that can happen to it: pause, reset from outside, its own reboot, save and restore, power
 * cycle, loss of the supervisor; with captures that are rotated all along. After each step all figures equal, to the
 * byte, what the test has captured and asked QEMU itself.
 *
 *     test_restarts            each of them once
 *     test_restarts ROUNDS     so many times, each time in another order
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "host/guest.h"
#include "support/check.h"
#include "util/clock.h"
#include "util/file.h"

enum {
    SOME_TRAFFIC = 100000,
    SOME_READING = 100000,
    FILE_BYTES = 50000, /* short, so that the disk has its turn often */
    STEP_ROTATIONS = 3
};

/* Network and disk in turn, also after a transfer that was cut by a restore. When it is told to stand, it does nothing
 * but ask whether to reboot. */
static const char script[] = "#!ipxe\n"
                             ":again\n"
                             "imgfetch tftp://10.0.2.2/file.bin ||\n"
                             "imgfree\n"
                             "sanboot --no-describe --keep --drive 0x80 ||\n"
                             "imgfetch tftp://10.0.2.2/stand && goto stand ||\n"
                             "goto again\n"
                             ":stand\n"
                             "imgfree\n"
                             "imgfetch tftp://10.0.2.2/reboot && reboot ||\n"
                             "goto stand\n";

static int rounds = 1;

static const struct boot_disk disk = {.rounds = 8, .sectors = 16, .writes = true, .drives = 1};

static int set_up(void **state)
{
    static char file[FILE_BYTES];
    struct guest *guest = calloc(1, sizeof *guest);
    guest_set_up_with(guest,
                      &(struct guest_options){.script = script, .requested = "reboot", .disk = &disk, .monitor = true});
    guest_serve(guest, "file.bin", file, sizeof file);
    *state = guest;
    return 0;
}

static int tear_down(void **state)
{
    guest_tear_down(*state);
    free(*state);
    return 0;
}

static void call(struct guest *guest, const char *command)
{
    struct vpc_error err;
    assert_ok(test_machine_call(&guest->machine, command, NULL, &err), err);
}

static void be_busy(struct guest *guest)
{
    guest_await_traffic(guest, SOME_TRAFFIC);
    guest_await_reading(guest, SOME_READING);
}

/* Highest number of the project's own captures: how often they have been rotated in this session. */
static unsigned long rotations(struct guest *guest)
{
    struct folder_entry *entries;
    struct vpc_error err;
    unsigned long highest = 0;
    size_t count;
    assert_ok(folder_list(guest->machine.run_folder, ".pcap", &entries, &count, &err), err);
    for (size_t i = 0; i < count; i++) {
        const char *number = strrchr(entries[i].name, '-');
        if (number != NULL && strtoul(number + 1, NULL, 10) > highest)
            highest = strtoul(number + 1, NULL, 10);
    }
    folder_list_free(entries, count);
    return highest;
}

/* Waits until the captures have been rotated while the guest is busy. */
static void be_rotated(struct guest *guest)
{
    uint64_t start_ms = clock_monotonic_ms();
    unsigned long start = rotations(guest);
    while (rotations(guest) < start + STEP_ROTATIONS) {
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the captures are not rotated: %lu after %lu", rotations(guest), start);
        uv_sleep(5);
    }
}

static void assert_epoch(struct guest *guest, uint64_t number, enum epoch_cause cause)
{
    struct vm_page_body body = test_machine_body(&guest->machine);
    assert_int_equal(body.epoch, number);
    assert_int_equal(body.epoch_cause, cause);
    assert_string_equal(body.fault, "");
}

/* ---- the steps: each finds a busy guest, and leaves one ---- */

static void pause_and_resume(struct guest *guest)
{
    uint64_t epoch = test_machine_body(&guest->machine).epoch;
    guest_pause_and_compare(guest);
    call(guest, "resume");
    be_busy(guest);
    assert_int_equal(test_machine_body(&guest->machine).epoch, epoch);
}

static void reset_from_outside(struct guest *guest)
{
    uint64_t epoch = test_machine_body(&guest->machine).epoch;
    struct vm_page_task task;
    struct vpc_error err;
    uint32_t id;
    guest_pause_and_compare(guest);
    guest_mark_epoch(guest);
    assert_ok(test_machine_call(&guest->machine, "reset", &id, &err), err);
    test_machine_await_task(&guest->machine, id, &task);
    assert_string_equal(task.text, "");
    be_busy(guest);
    assert_epoch(guest, epoch + 1, EPOCH_RESET);
}

/* Waits until the captures have seen another boot than these; there the epoch begins. */
static void await_boot(struct guest *guest, uint64_t sent, uint64_t received)
{
    uint64_t start_ms = clock_monotonic_ms();
    while (guest->sent.boots == sent || guest->received.boots == received) {
        capture_read(&guest->sent);
        capture_read(&guest->received);
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the guest does not boot again");
        uv_sleep(5);
    }
    guest->sent_before = guest->sent.boot;
    guest->received_before = guest->received.boot;
}

/* Lets the guest reboot, and holds it until the supervisor has opened the epoch, as what it does until then would be in
 * the old one. False when the hold came so late that the guest had begun to boot. */
static bool reboot_and_hold(struct guest *guest)
{
    uint64_t epoch = test_machine_body(&guest->machine).epoch, start_ms = clock_monotonic_ms();
    capture_read(&guest->sent);
    capture_read(&guest->received);
    uint64_t requests = guest->sent.requests, sent = guest->sent.boots, received = guest->received.boots;
    guest_serve(guest, "stand", "#", 1);
    while (guest->sent.requests == requests) {
        capture_read(&guest->sent);
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the guest does not ask whether to reboot");
        uv_sleep(5);
    }
    /* From here to the reboot it leaves its disk alone. */
    guest->disk_before = monitor_disk_sum(&guest->monitor);
    guest_withdraw(guest, "stand");
    guest_serve(guest, "reboot", "#", 1);
    monitor_await_event(&guest->monitor, "RESET");
    json_decref(monitor_ask(&guest->monitor, "stop", NULL));
    capture_read(&guest->sent);
    capture_read(&guest->received);
    bool in_time = guest->sent.boots == sent && !guest->sent.in_pause && !guest->received.in_pause;
    test_machine_await_state(&guest->machine, VM_PAUSED);
    assert_epoch(guest, epoch + 1, EPOCH_GUEST_REBOOT);
    json_decref(monitor_ask(&guest->monitor, "cont", NULL));
    test_machine_await_state(&guest->machine, VM_RUNNING);
    await_boot(guest, sent, received);
    guest_withdraw(guest, "reboot");
    return in_time;
}

static void guest_reboots(struct guest *guest)
{
    while (!reboot_and_hold(guest))
        print_message("held too late, once more\n");
    be_busy(guest);
}

static void save_and_restore(struct guest *guest)
{
    uint64_t epoch = test_machine_body(&guest->machine).epoch;
    guest_pause_and_compare(guest);
    test_machine_save(&guest->machine);
    guest_assert_equal(guest);
    guest_start(guest);
    be_busy(guest);
    assert_epoch(guest, epoch + 1, EPOCH_RESTORE);
}

static void power_cycle(struct guest *guest)
{
    uint64_t epoch = test_machine_body(&guest->machine).epoch;
    test_machine_turn_off(&guest->machine);
    guest_assert_equal(guest);
    guest_start(guest);
    be_busy(guest);
    assert_epoch(guest, epoch + 1, EPOCH_POWER_ON);
}

static void lose_supervisor(struct guest *guest)
{
    uint64_t epoch = test_machine_body(&guest->machine).epoch;
    test_machine_kill(&guest->machine);
    be_busy(guest);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    be_busy(guest);
    assert_int_equal(test_machine_body(&guest->machine).epoch, epoch);
}

static const struct {
    const char *name;
    void (*take)(struct guest *guest);
} steps[] = {
    {"pause and resume", pause_and_resume}, {"supervisor lost", lose_supervisor},   {"reset", reset_from_outside},
    {"reboot by the guest", guest_reboots}, {"save and restore", save_and_restore}, {"power cycle", power_cycle},
};

enum {
    STEPS = sizeof steps / sizeof steps[0]
};

/* Each step once, in any order but for the first round. */
static void order_steps(size_t order[STEPS], int round)
{
    for (size_t i = 0; i < STEPS; i++)
        order[i] = i;
    for (size_t i = STEPS - 1; round > 0 && i > 0; i--) {
        unsigned number;
        assert_int_equal(uv_random(NULL, NULL, &number, sizeof number, 0, NULL), 0);
        size_t other = number % (i + 1), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

static void test_supervisor__figures_are_exact_through_every_kind_of_restart(void **state)
{
    struct guest *guest = *state;
    struct vpc_error err;
    guest_start(guest);
    be_busy(guest);
    assert_epoch(guest, 1, EPOCH_POWER_ON);
    for (int round = 0; round < rounds; round++) {
        size_t order[STEPS];
        order_steps(order, round);
        for (size_t i = 0; i < STEPS; i++) {
            uint64_t start_ms = clock_monotonic_ms();
            steps[order[i]].take(guest);
            be_rotated(guest);
            guest_pause_and_compare(guest);
            assert_ok(test_machine_call(&guest->machine, "resume", NULL, &err), err);
            print_message("round %d, %s: %llu ms, %lu rotations in this session\n", round, steps[order[i]].name,
                          (unsigned long long)(clock_monotonic_ms() - start_ms), rotations(guest));
        }
    }
    guest_pause_and_compare(guest);
    test_machine_turn_off(&guest->machine);
    guest_assert_equal(guest);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_supervisor__figures_are_exact_through_every_kind_of_restart, set_up,
                                        tear_down),
    };
    if (argc > 1)
        rounds = atoi(argv[1]);
    return cmocka_run_group_tests_name("restarts", tests, NULL, NULL);
}
