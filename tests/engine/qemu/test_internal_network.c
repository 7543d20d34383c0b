/* The internal network with real QEMUs: two VMs of one user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/engine/qemu/captures.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

/* The NAT network brings the scripts. The talker asks for an address on the internal network for ever. */
static const char listens[] = "#!ipxe\nifopen net1\n:again\nsleep 60\ngoto again\n";
static const char talks[] = "#!ipxe\n:again\ndhcp net1 || goto again\ngoto again\n";

struct pair {
    struct session talker, listener;
};

static void add_internal(struct session *session)
{
    struct machine_adapter *adapter = &session->config.adapters[session->config.adapter_count];

    adapter->id = (uint32_t)session->config.adapter_count++;
    adapter->network = NETWORK_INTERNAL;
    adapter->network_name = text_copy("Internal Network");
}

/* Run folders of one user's VMs lie beside each other. */
static void set_beside(struct session *session, const struct session *other)
{
    struct vpc_error err;

    free(session->run_folder);
    session->run_folder = session_path(other, "run2");
    if (!folder_make(session->run_folder, &err))
        fail_msg("%s", err.text);
}

static void furnish(struct session *session, const char *script)
{
    session_add_nat(session, script, 0);
    add_internal(session);
    captures_add(session, 1);
}

static int setup(void **state)
{
    struct pair *pair = malloc(sizeof(*pair));

    session_setup(&pair->talker);
    furnish(&pair->talker, talks);
    session_setup(&pair->listener);
    set_beside(&pair->listener, &pair->talker);
    furnish(&pair->listener, listens);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;

    session_teardown(&pair->listener);
    session_teardown(&pair->talker);
    free(pair);
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

    session->running = 0;
    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    session_wait(session, session_is_running);
    session->sampling = true;
    engine_sample_now(session->vm);
}

/* Both supervisors go on. Neither blocks the other for long: each has a timer. */
static void wait_for_both(struct pair *pair, bool (*done)(const struct pair *pair))
{
    while (!done(pair)) {
        if (pair->talker.stops || pair->listener.stops)
            fail_msg("a VM has stopped: %s%s", pair->talker.error.text, pair->listener.error.text);
        uv_run(&pair->talker.loop, UV_RUN_ONCE);
        uv_run(&pair->listener.loop, UV_RUN_ONCE);
    }
}

static bool three_frames_have_arrived(const struct pair *pair)
{
    return pair->listener.sample.adapters[1].packets_received >= 3;
}

static bool both_are_paused(const struct pair *pair)
{
    return pair->talker.paused && pair->listener.paused;
}

static bool talker_is_paused(const struct pair *pair)
{
    return pair->talker.paused;
}

static bool all_has_arrived(const struct pair *pair)
{
    return pair->listener.sample.adapters[1].packets_received >= pair->talker.sample.adapters[1].packets_sent;
}

/* Lets nothing be on its way any more, with samples that know all. */
static void come_to_rest(struct pair *pair)
{
    struct vpc_error err;

    accept_call(engine_pause(pair->talker.vm, &err), &err);
    wait_for_both(pair, talker_is_paused);
    accept_call(engine_pause(pair->listener.vm, &err), &err);
    wait_for_both(pair, both_are_paused);
    for (int i = 0; i < 2; i++) {
        struct session *session = i ? &pair->listener : &pair->talker;
        unsigned samples = session->samples;

        while (session->samples < samples + 2)
            uv_run(&session->loop, UV_RUN_ONCE);
    }
}

static void turn_off(struct session *session)
{
    struct vpc_error err;

    session->sampling = false;
    accept_call(engine_turn_off(session->vm, &err), &err);
    session_wait(session, session_is_over);
}

static void test_internal_network__what_one_sends_the_other_receives(void **state)
{
    struct pair *pair = *state;
    const struct adapter_reading *sent = &pair->talker.sample.adapters[1];
    const struct adapter_reading *received = &pair->listener.sample.adapters[1];

    start(&pair->listener);
    start(&pair->talker);
    wait_for_both(pair, three_frames_have_arrived);
    wait_for_both(pair, all_has_arrived);
    come_to_rest(pair);
    assert_int_equal(received->bytes_received, sent->bytes_sent);
    assert_int_equal(received->packets_received, sent->packets_sent);
    /* Nobody hears himself, and nobody else is there. */
    assert_int_equal(received->packets_sent, 0);
    assert_int_equal(sent->packets_received, 0);
    captures_compare(&pair->talker, 1, sent);
    captures_compare(&pair->listener, 1, received);
    assert_int_equal(pair->talker.bad_samples + pair->listener.bad_samples, 0);
}

/* The talker is there before the listener, which leaves and comes again. */
static void test_internal_network__one_may_leave(void **state)
{
    struct pair *pair = *state;
    char *file, *folder;

    start(&pair->talker);
    start(&pair->listener);
    wait_for_both(pair, three_frames_have_arrived);
    turn_off(&pair->listener);
    session_end(&pair->listener);

    folder = session_path(&pair->talker, "Internal Network");
    file = path_join(folder, "run2.json");
    assert_false(file_exists(file));
    free(file);
    file = path_join(folder, "run.json");
    assert_true(file_exists(file));
    free(file);
    free(folder);

    start(&pair->listener);
    assert_int_equal(pair->listener.sample.adapters[1].packets_received, 0);
    wait_for_both(pair, three_frames_have_arrived);
    turn_off(&pair->talker);
    turn_off(&pair->listener);
    captures_compare(&pair->listener, 1, &pair->listener.sample.adapters[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_internal_network__what_one_sends_the_other_receives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_internal_network__one_may_leave, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
