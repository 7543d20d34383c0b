/* Adapters of the host with a real QEMU: a TAP device in a network namespace that the test makes for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/engine/qemu/captures.h"
#include "tests/engine/qemu/tap_device.h"
#include "util/host_adapter.h"
#include "util/text.h"

#define TAP "vpctap0"

enum {
    OLD_FRAMES = 7, /* that the device has counted before the VM */
    OLD_BYTES = OLD_FRAMES * 100
};

static const char *no_namespace; /* why there is none */
static const char talks_everywhere[] = "#!ipxe\n:again\n"
                                       "imgfetch tftp://10.0.2.2/big.bin ||\nimgfree\n"
                                       "dhcp net1 || goto next\n:next\n"
                                       "dhcp net2 || goto last\n:last\n"
                                       "dhcp net3 || goto again\n"
                                       "goto again\n";

static void accept_call(bool accepted, const struct vpc_error *err)
{
    if (!accepted)
        fail_msg("%s", err->text);
}

static int setup(void **state)
{
    struct session *session = malloc(sizeof(*session));

    session_setup(session);
    *state = session;
    return 0;
}

static int teardown(void **state)
{
    session_teardown(*state);
    free(*state);
    return 0;
}

static struct machine_adapter *add_adapter(struct session *session, enum network_kind kind, const char *name)
{
    struct machine_adapter *adapter = &session->config.adapters[session->config.adapter_count];

    adapter->id = (uint32_t)session->config.adapter_count++;
    adapter->network = kind;
    adapter->network_name = text_copy(name);
    captures_add(session, adapter->id);
    return adapter;
}

/* Starts, and makes the first epoch from the sample that came before the guest ran. */
static void start(struct session *session, struct accountant *accountant, uint64_t epoch)
{
    struct vpc_error err;

    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    session_wait(session, session_is_running);
    assert_int_equal(session->samples, session->samples_at_running);
    accountant_start(accountant, &session->sample);
    accountant_open_epoch(accountant, epoch, EPOCH_POWER_ON, 0, 0);
    session->sampling = true;
    engine_sample_now(session->vm);
}

static struct adapter_reading figures(struct accountant *accountant, const struct engine_sample *sample, unsigned slot)
{
    const struct adapter_counters *counters = &accountant->adapters[slot];

    accountant_take(accountant, sample);
    return (struct adapter_reading){.known = sample->adapters[slot].known,
                                    .bytes_sent = counter_total(&counters->bytes_sent),
                                    .bytes_received = counter_total(&counters->bytes_received),
                                    .packets_sent = counter_total(&counters->packets_sent),
                                    .packets_received = counter_total(&counters->packets_received)};
}

static void turn_off(struct session *session)
{
    struct vpc_error err;

    accept_call(engine_turn_off(session->vm, &err), &err);
    session_wait(session, session_is_over);
    session->sampling = false;
    if (session->bad_samples)
        fail_msg("%u samples are not known: %s", session->bad_samples, session->error.text);
}

static uint64_t sent_before, received_before; /* raw, of slot `watched` */
static unsigned watched;

static bool guest_has_sent(const struct session *session)
{
    return session->sample.adapters[watched].packets_sent >= sent_before + 2;
}

static bool guest_has_received(const struct session *session)
{
    return session->sample.adapters[watched].packets_received >= received_before + 20;
}

static bool was_reset(const struct session *session)
{
    return session->resets > 0;
}

/* The guest sends, and gets twenty frames from the host. */
static void let_talk(struct session *session, unsigned slot)
{
    watched = slot;
    sent_before = session->sample.adapters[slot].packets_sent;
    received_before = session->sample.adapters[slot].packets_received;
    session_wait(session, guest_has_sent);
    tap_send(TAP, 10, 60);
    tap_send(TAP, 10, 1514);
    session_wait(session, guest_has_received);
}

static void test_host_network__counts_to_the_byte_whatever_the_device_had_counted(void **state)
{
    struct session *session = *state;
    struct accountant accountant = {0};
    struct adapter_reading epoch, before = {0};
    struct host_adapter_traffic traffic;
    struct vpc_error err;

    tap_make(TAP, OLD_FRAMES);
    add_adapter(session, NETWORK_HOST, TAP);
    start(session, &accountant, 1);
    assert_int_equal(session->sample.adapters[0].bytes_sent, OLD_BYTES);
    assert_int_equal(session->sample.adapters[0].bytes_received, OLD_BYTES);
    epoch = figures(&accountant, &session->sample, 0);
    assert_int_equal(epoch.bytes_sent + epoch.bytes_received + epoch.packets_sent + epoch.packets_received, 0);
    let_talk(session, 0);

    accept_call(engine_reset(session->vm, &err), &err);
    session_wait(session, was_reset);
    before = figures(&accountant, &session->at_reset, 0);
    assert_true(before.packets_sent >= 2);
    assert_int_equal(before.packets_received, 20);
    assert_int_equal(before.bytes_received, 10 * 60 + 10 * 1514);
    accountant_open_epoch(&accountant, 2, EPOCH_RESET, 0, 0);
    let_talk(session, 0);
    turn_off(session);
    epoch = figures(&accountant, &session->sample, 0);
    assert_true(epoch.packets_sent >= 2);
    assert_int_equal(epoch.packets_received, 20);

    /* Both epochs are all that passed. */
    epoch.bytes_sent += before.bytes_sent;
    epoch.bytes_received += before.bytes_received;
    epoch.packets_sent += before.packets_sent;
    epoch.packets_received += before.packets_received;
    captures_compare(session, 0, &epoch);
    session_end(session);

    /* A power cycle: the device goes on from its numbers, ours start at zero. */
    accept_call(host_adapter_read(TAP, &traffic, &err), &err);
    assert_int_equal(traffic.bytes_received, OLD_BYTES + epoch.bytes_sent);
    assert_int_equal(traffic.bytes_sent, OLD_BYTES + epoch.bytes_received);
    start(session, &accountant, 3);
    assert_int_equal(session->sample.adapters[0].bytes_sent, traffic.bytes_received);
    let_talk(session, 0);
    turn_off(session);
    epoch = figures(&accountant, &session->sample, 0);
    captures_compare(session, 0, &epoch);
    assert_int_equal(epoch.packets_received, 20);
}

static void test_host_network__device_that_is_not_there(void **state)
{
    struct session *session = *state;
    struct vpc_error err;

    add_adapter(session, NETWORK_HOST, "vpcnone");
    session_open(session);
    assert_false(engine_start(session->vm, NULL, &err));
    assert_int_equal(err.cause, VPC_FILE_NOT_FOUND);
    assert_non_null(strstr(err.text, "vpcnone"));
    /* Not every adapter of the host is one to be plugged into. */
    assert_false(host_adapter_find("lo", &err));
}

static bool short_frames_have_arrived(const struct session *session)
{
    return session->sample.adapters[0].packets_received >= 3;
}

/* QEMU pads for the guest what a real wire would not carry. The figure is the device's. */
static void test_host_network__short_frames_count_as_on_the_device(void **state)
{
    struct session *session = *state;
    struct accountant accountant = {0};
    struct adapter_reading row;

    tap_make("vpctap3", 0);
    add_adapter(session, NETWORK_HOST, "vpctap3");
    start(session, &accountant, 1);
    watched = 0;
    sent_before = 0;
    session_wait(session, guest_has_sent);
    tap_send("vpctap3", 3, 42);
    session_wait(session, short_frames_have_arrived);
    turn_off(session);
    row = figures(&accountant, &session->sample, 0);
    assert_int_equal(row.bytes_received, 3 * 42);
    row.bytes_received += 3 * (60 - 42);
    captures_compare(session, 0, &row);
}

static bool sample_was_bad(const struct session *session)
{
    return session->bad_samples > 0;
}

static void test_host_network__device_that_goes_is_an_error_that_names_it(void **state)
{
    struct session *session = *state;
    struct accountant accountant = {0};

    tap_make("vpctap1", 0);
    add_adapter(session, NETWORK_HOST, "vpctap1");
    start(session, &accountant, 1);
    tap_rename("vpctap1", "vpcgone");
    session_wait(session, sample_was_bad);
    assert_non_null(strstr(session->error.text, "vpctap1"));
}

static bool all_have_sent(const struct session *session)
{
    for (unsigned slot = 0; slot < 4; slot++) {
        if (session->sample.adapters[slot].packets_sent < 2 + (slot == 3 ? OLD_FRAMES : 0))
            return false;
    }
    return true;
}

static void test_host_network__four_adapters_of_mixed_kinds(void **state)
{
    struct session *session = *state;
    struct accountant accountant = {0};

    tap_make("vpctap2", OLD_FRAMES);
    session_add_nat(session, talks_everywhere, 100000);
    captures_add(session, 0);
    add_adapter(session, NETWORK_NAT, "Shared Networking (NAT)");
    add_adapter(session, NETWORK_INTERNAL, "Internal Network");
    add_adapter(session, NETWORK_HOST, "vpctap2");
    start(session, &accountant, 1);
    session_wait(session, all_have_sent);
    turn_off(session);
    for (unsigned slot = 0; slot < 4; slot++) {
        struct adapter_reading row = figures(&accountant, &session->sample, slot);

        captures_compare(session, slot, &row);
        print_message("slot %u: %llu bytes sent, %llu received\n", slot, (unsigned long long)row.bytes_sent,
                      (unsigned long long)row.bytes_received);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_host_network__counts_to_the_byte_whatever_the_device_had_counted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_host_network__device_that_is_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_host_network__short_frames_count_as_on_the_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_host_network__device_that_goes_is_an_error_that_names_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_host_network__four_adapters_of_mixed_kinds, setup, teardown),
    };

    if ((no_namespace = tap_enter_namespace())) {
        printf("SKIPPED: test_host_network: %s\n", no_namespace);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
