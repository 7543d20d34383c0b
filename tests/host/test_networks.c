/*
 * The internal network and an adapter of the host: a wire that works again, and figures that stay exact to the byte,
 * when the supervisor was lost and another has taken over, and when the VM was saved and restored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "host/guest.h"
#include "support/check.h"
#include "util/clock.h"
#if !defined(_WIN32)
#include "tests/engine/qemu/tap_device.h"
#endif

#define TAP "vpctap1"

enum {
    OLD_FRAMES = 5 /* that the device has counted before the VM */
};

/* The NAT network brings the scripts. The talker asks everybody on the other one for a file, for ever. */
static const char listens[] = "#!ipxe\nifopen net1\n:again\nsleep 60\ngoto again\n";
static const char talks[] = "#!ipxe\n"
                            "set net1/ip 10.9.9.2\n"
                            "set net1/netmask 255.255.255.0\n"
                            "ifopen net1\n"
                            ":again\n"
                            "imgfetch tftp://10.9.9.255/file || goto again\n";

struct pair {
    struct guest talker, listener;
};

static void call(struct guest *guest, const char *command)
{
    struct vpc_error err;
    assert_ok(test_machine_call(&guest->machine, command, NULL, &err), err);
}

static uint64_t page_bytes(struct guest *guest, bool sent)
{
    static struct vm_page_body body;
    vm_page_read(guest->machine.page, &body);
    assert_string_equal(body.fault, "");
    return sent ? body.adapters[1].bytes_sent : body.adapters[1].bytes_received;
}

/* Waits until the page shows more than so much. */
static void await_more(struct guest *guest, bool sent, uint64_t bytes, const char *what)
{
    uint64_t start_ms = clock_monotonic_ms();
    while (page_bytes(guest, sent) <= bytes) {
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("%s", what);
        uv_sleep(5);
    }
}

/* Waits until the page shows more than is on its way now. */
static void await_bytes(struct guest *guest, bool sent, const char *what)
{
    test_machine_await_sample(&guest->machine);
    await_more(guest, sent, page_bytes(guest, sent), what);
}

static void lose_supervisor(struct guest *guest)
{
    test_machine_kill(&guest->machine);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
}

static void restart_from_saved(struct guest *guest)
{
    static struct vm_page_body body;
    guest_pause_and_compare(guest);
    test_machine_save(&guest->machine);
    guest_start(guest);
    vm_page_read(guest->machine.page, &body);
    assert_int_equal(body.epoch_cause, EPOCH_RESTORE);
}

/* ---- the internal network ---- */

static int set_up_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    guest_set_up_with(&pair->talker, &(struct guest_options){.script = talks, .network = "Internal Network"});
    guest_set_up_with(&pair->listener, &(struct guest_options){
                                           .script = listens, .network = "Internal Network", .beside = &pair->talker});
    *state = pair;
    return 0;
}

static int tear_down_pair(void **state)
{
    struct pair *pair = *state;
    guest_tear_down(&pair->listener);
    guest_tear_down(&pair->talker);
    free(pair);
    return 0;
}

static void compare_pair(struct pair *pair)
{
    guest_pause_and_compare(&pair->talker);
    guest_pause_and_compare(&pair->listener);
    call(&pair->talker, "resume");
    call(&pair->listener, "resume");
}

static void test_networks__internal_wire_is_whole_after_takeover_and_restore(void **state)
{
    struct pair *pair = *state;
    guest_start(&pair->talker);
    guest_start(&pair->listener);
    await_bytes(&pair->listener, false, "the wire is cut");
    compare_pair(pair);

    lose_supervisor(&pair->talker);
    await_bytes(&pair->listener, false, "the wire of a talker with a new supervisor is cut");
    lose_supervisor(&pair->listener);
    await_bytes(&pair->listener, false, "the wire of a listener with a new supervisor is cut");
    compare_pair(pair);
    lose_supervisor(&pair->talker); /* the new one has told the next one */
    await_bytes(&pair->listener, false, "the wire of a talker with a third supervisor is cut");

    restart_from_saved(&pair->talker);
    await_bytes(&pair->listener, false, "the wire of a restored talker is cut");
    compare_pair(pair);
    test_machine_turn_off(&pair->talker.machine);
    test_machine_turn_off(&pair->listener.machine);
}

/* ---- an adapter of the host ---- */

#if !defined(_WIN32)
static const char *no_namespace; /* why there is none */

static int set_up_tap(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    if (no_namespace == NULL)
        tap_make(TAP, OLD_FRAMES);
    guest_set_up_with(guest, &(struct guest_options){.script = talks, .network = TAP});
    *state = guest;
    return 0;
}

static int tear_down_tap(void **state)
{
    guest_tear_down(*state);
    free(*state);
    return 0;
}

static void test_networks__tap_device_is_exact_through_takeover_and_restore(void **state)
{
    struct guest *guest = *state;
    if (no_namespace != NULL) {
        printf("SKIPPED: a TAP device through takeover and restore: %s\n", no_namespace);
        skip();
    }
    guest_start(guest);
    await_bytes(guest, true, "the guest says nothing");
    uint64_t heard = page_bytes(guest, false);
    tap_send(TAP, 20, 100);
    await_more(guest, false, heard, "the guest hears nothing");
    guest_pause_and_compare(guest);
    call(guest, "resume");

    test_machine_kill(&guest->machine);
    tap_send(TAP, 30, 200);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    await_bytes(guest, true, "the guest says nothing after the takeover");
    tap_send(TAP, 20, 100);
    restart_from_saved(guest);
    await_bytes(guest, true, "the guest says nothing after the restore");
    heard = page_bytes(guest, false);
    tap_send(TAP, 20, 100);
    await_more(guest, false, heard, "the guest hears nothing after the restore");
    guest_pause_and_compare(guest);
    test_machine_turn_off(&guest->machine);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_networks__internal_wire_is_whole_after_takeover_and_restore, set_up_pair,
                                        tear_down_pair),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_networks__tap_device_is_exact_through_takeover_and_restore, set_up_tap,
                                        tear_down_tap),
#endif
    };
#if !defined(_WIN32)
    no_namespace = tap_enter_namespace();
#endif
    return cmocka_run_group_tests_name("networks", tests, NULL, NULL);
}
