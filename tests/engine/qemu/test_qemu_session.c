/* The QEMU engine with a real QEMU and a real guest: iPXE from the adapter's ROM, which takes a script and a file from
 * our folder over TFTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/engine/qemu/session.h"
#include "util/file.h"
#include "util/text.h"

enum {
    BIG_BYTES = 6 * 1024 * 1024
};

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

static void accept_call(bool accepted, const struct vpc_error *err)
{
    if (!accepted)
        fail_msg("%s", err->text);
}

static void start(struct session *session)
{
    struct vpc_error err;

    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    session_wait(session, session_is_running);
}

static void turn_off(struct session *session)
{
    struct vpc_error err;

    accept_call(engine_turn_off(session->vm, &err), &err);
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_TURNED_OFF);
}

/* An independent counter for each direction, in QEMU, which keeps whole frames. */
static void add_independent_captures(struct session *session)
{
    char *sent = session_qemu_path(session, "sent.pcap"), *received = session_qemu_path(session, "received.pcap");
    struct buffer line = {0};

    for (int direction = 0; direction < 2; direction++) {
        buffer_append_format(&line, " -object \"filter-dump,id=own%d,netdev=net0,queue=%s,file=", direction,
                             direction ? "tx" : "rx");
        for (const char *c = direction ? received : sent; *c; c++) {
            buffer_append(&line, c, 1);
            if (*c == ',')
                buffer_append(&line, c, 1);
        }
        buffer_append_text(&line, "\"");
    }
    session->config.extra_arguments = line.data;
    free(sent);
    free(received);
}

static uint64_t first_file(const struct session *session, unsigned direction)
{
    return session->sample.memory[1 + direction * 3 + 2];
}

static bool has_rotated(const struct session *session)
{
    return session->sample.adapters[0].bytes_received > BIG_BYTES && first_file(session, 0) > 20 &&
           first_file(session, 1) > 20;
}

static bool was_reset(const struct session *session)
{
    return session->resets > 0;
}

static bool acts_after_reset(const struct session *session)
{
    return session->resets > 0 && session->sample.adapters[0].packets_sent > session->at_reset.adapters[0].packets_sent;
}

static void test_qemu__netboot_counts_to_the_byte_over_rotations_and_reset(void **state)
{
    struct session *session = *state;
    uint64_t bytes, packets;
    struct vpc_error err;

    session_add_nat(session, "#!ipxe\ndhcp\n:again\nimgfetch tftp://10.0.2.2/big.bin\nimgfree\ngoto again\n",
                    BIG_BYTES);
    add_independent_captures(session);
    session->config.dump_rotate_bytes = 1500;
    start(session);
    assert_true(session->samples_at_running > 0);
    assert_int_equal(session->sample.adapters[0].bytes_sent, 0);
    assert_true(session->sample.adapters[0].known);

    session->sampling = true;
    engine_sample_now(session->vm);
    session_wait(session, has_rotated);

    accept_call(engine_reset(session->vm, &err), &err);
    session_wait(session, was_reset);
    assert_int_equal(session->reset_by, ENGINE_RESET_BY_HOST);
    session_wait(session, acts_after_reset);
    assert_int_equal(session->resets, 1);
    assert_int_equal(session->running, 1);
    assert_int_equal(session->paused, 0);

    turn_off(session);
    if (session->bad_samples)
        fail_msg("%u samples are not known: %s", session->bad_samples, session->error.text);
    session_sum_capture(session, "sent.pcap", &bytes, &packets);
    assert_int_equal(session->sample.adapters[0].bytes_sent, bytes);
    assert_int_equal(session->sample.adapters[0].packets_sent, packets);
    session_sum_capture(session, "received.pcap", &bytes, &packets);
    assert_int_equal(session->sample.adapters[0].bytes_received, bytes);
    assert_int_equal(session->sample.adapters[0].packets_received, packets);
    print_message("%u samples, %llu and %llu files, %llu bytes received\n", session->samples,
                  (unsigned long long)first_file(session, 0), (unsigned long long)first_file(session, 1),
                  (unsigned long long)bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_qemu__netboot_counts_to_the_byte_over_rotations_and_reset, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
