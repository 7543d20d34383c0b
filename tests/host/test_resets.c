/*
 * Which resets open an epoch, where figures say nothing of it: with a guest that does nothing, one that is saved
 * between a reset and the firmware's second, and a supervisor that comes late. What the firmware has come to, it has
 * told the test by its debugging port.
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "host/guest.h"
#include "support/check.h"
#include "util/clock.h"
#include "util/text.h"
#if !defined(_WIN32)
#include <signal.h>
#endif

enum {
    SOME_READING = 200000,
    RING_BYTES = 65536
};

/* SeaBIOS writes what it does to port 0x402. The adapter's ROM is taken away, so that nothing boots from the network.
 */
static const char arguments[] = "-global e1000.romfile= -chardev ringbuf,id=firmware,size=65536 "
                                "-device isa-debugcon,iobase=0x402,chardev=firmware";
static const char nothing_boots[] = "No bootable device";

/* What the firmware has said and nobody has waited for yet. */
static struct buffer said;

static int set_up_with(void **state, const struct boot_disk *disk)
{
    struct guest *guest = calloc(1, sizeof *guest);
    guest_set_up_with(guest, &(struct guest_options){.disk = disk, .monitor = true, .arguments = arguments});
    *state = guest;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, NULL);
}

static int tear_down(void **state)
{
    guest_tear_down(*state);
    free(*state);
    buffer_free(&said);
    return 0;
}

/* Waits until the firmware says so; what it has said up to then is forgotten. */
static void await_firmware(struct guest *guest, const char *words)
{
    uint64_t start_ms = clock_monotonic_ms();
    for (;;) {
        json_t *answer = monitor_ask(&guest->monitor, "ringbuf-read",
                                     json_pack("{s:s,s:i}", "device", "firmware", "size", RING_BYTES));
        buffer_append_text(&said, json_string_value(answer));
        json_decref(answer);
        char *found = said.data != NULL ? strstr(said.data, words) : NULL;
        if (found != NULL) {
            char *rest = text_copy(found + strlen(words));
            buffer_free(&said);
            buffer_append_text(&said, rest);
            free(rest);
            return;
        }
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the firmware does not say '%s' but '%s'", words, said.data != NULL ? said.data : "");
        uv_sleep(5);
    }
}

/* Waits for an epoch after this one. */
static void await_epoch_after(struct guest *guest, uint64_t number)
{
    uint64_t start_ms = clock_monotonic_ms();
    while (test_machine_body(&guest->machine).epoch == number) {
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("no epoch comes after %llu", (unsigned long long)number);
        uv_sleep(5);
    }
}

/* Nothing that has happened so far is left to be judged, the epoch is this one, and so often clients were told of a
 * reset. */
static void assert_epoch(struct guest *guest, uint64_t number, enum epoch_cause cause, unsigned resets)
{
    unsigned told = 0;
    for (int i = 0; i < 3; i++)
        test_machine_await_sample(&guest->machine);
    struct vm_page_body body = test_machine_body(&guest->machine);
    assert_int_equal(body.epoch, number);
    assert_int_equal(body.epoch_cause, cause);
    assert_string_equal(body.fault, "");
    assert_true(body.event_count <= VM_PAGE_EVENTS);
    for (uint64_t i = 0; i < body.event_count; i++)
        told += body.events[i].kind == VM_EVENT_RESET;
    assert_int_equal(told, resets);
}

static void press_ctrl_alt_del(struct guest *guest)
{
    json_decref(monitor_ask(&guest->monitor, "send-key",
                            json_pack("{s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}]}", "keys", "type", "qcode", "data", "ctrl",
                                      "type", "qcode", "data", "alt", "type", "qcode", "data", "delete")));
}

static void test_resets__of_a_guest_that_has_done_nothing_are_its_own(void **state)
{
    struct guest *guest = *state;
    struct vm_page_task task;
    struct vpc_error err;
    uint32_t id;
    guest_start(guest);
    await_firmware(guest, nothing_boots);
    assert_ok(test_machine_call(&guest->machine, "reset", &id, &err), err);
    test_machine_await_task(&guest->machine, id, &task);
    await_firmware(guest, nothing_boots);
    assert_epoch(guest, 2, EPOCH_RESET, 1);
    for (unsigned epoch = 3; epoch < 6; epoch++) {
        press_ctrl_alt_del(guest);
        await_epoch_after(guest, epoch - 1);
        await_firmware(guest, nothing_boots);
        assert_epoch(guest, epoch, EPOCH_GUEST_REBOOT, epoch - 1);
    }
    struct vm_page_body body = test_machine_body(&guest->machine);
    assert_int_equal(body.adapters[0].packets_sent, 0);
    test_machine_turn_off(&guest->machine);
}

static void test_resets__echo_that_comes_after_a_restore_is_none(void **state)
{
    struct guest *guest = *state;
    guest_start(guest);
    await_firmware(guest, nothing_boots);
    json_decref(monitor_ask(&guest->monitor, "stop", NULL));
    test_machine_await_state(&guest->machine, VM_PAUSED);
    json_decref(monitor_ask(&guest->monitor, "system_reset", NULL));
    await_epoch_after(guest, 1);
    assert_int_equal(test_machine_body(&guest->machine).state, VM_PAUSED);
    test_machine_save(&guest->machine);
    guest_start(guest);
    await_firmware(guest, "hard reboot");
    await_firmware(guest, nothing_boots);
    assert_epoch(guest, 3, EPOCH_RESTORE, 1);
    test_machine_turn_off(&guest->machine);
}

#if !defined(_WIN32)
static const struct boot_disk disk = {.rounds = 1, .sectors = 16, .drives = 1, .forever = true};

static int set_up_busy(void **state)
{
    return set_up_with(state, &disk);
}

static void test_resets__echo_that_is_heard_late_is_none(void **state)
{
    struct guest *guest = *state;
    guest_start(guest);
    guest_await_reading(guest, SOME_READING);
    await_firmware(guest, "Booting from");
    pid_t supervisor = (pid_t)test_machine_body(&guest->machine).supervisor_pid;
    json_decref(monitor_ask(&guest->monitor, "stop", NULL));
    test_machine_await_state(&guest->machine, VM_PAUSED);
    json_decref(monitor_ask(&guest->monitor, "system_reset", NULL));
    await_epoch_after(guest, 1);
    assert_int_equal(kill(supervisor, SIGSTOP), 0);
    json_decref(monitor_ask(&guest->monitor, "cont", NULL));
    await_firmware(guest, "hard reboot");
    await_firmware(guest, "Booting from");
    guest_await_reading(guest, SOME_READING);
    assert_int_equal(kill(supervisor, SIGCONT), 0);
    test_machine_await_state(&guest->machine, VM_RUNNING);
    assert_epoch(guest, 2, EPOCH_RESET, 1);
    test_machine_turn_off(&guest->machine);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resets__of_a_guest_that_has_done_nothing_are_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resets__echo_that_comes_after_a_restore_is_none, set_up, tear_down),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_resets__echo_that_is_heard_late_is_none, set_up_busy, tear_down),
#endif
    };
    return cmocka_run_group_tests_name("resets", tests, NULL, NULL);
}
