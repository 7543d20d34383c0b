/* The door and the client before strangers, liars and one right QEMU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/qmp_door.h"
#include "tests/engine/qemu/fake_monitor.h"

struct event {
    char name[16];
    int64_t time_us;
    bool guest;
};

struct fixture {
    uv_loop_t loop;
    struct qmp_door *door;
    struct qmp_client *client;
    unsigned entered, losses, answers;
    struct vpc_error lost, refused; /* why; the latest error of an answer */
    unsigned refusals;
    struct event events[8];
    size_t event_count;
    unsigned closings;
};

static void on_greeted(void *context)
{
    (void)context;
}

static void on_event(void *context, const char *name, int64_t time_us, const json_t *data)
{
    struct fixture *fixture = context;
    struct event *event = &fixture->events[fixture->event_count++];

    strncpy(event->name, name, sizeof(event->name) - 1);
    event->time_us = time_us;
    event->guest = json_is_true(json_object_get(data, "guest"));
}

static void on_lost(void *context, const struct vpc_error *err)
{
    struct fixture *fixture = context;

    fixture->losses++;
    fixture->lost = *err;
}

static const struct qmp_listener listener = {.greeted = on_greeted, .event = on_event, .lost = on_lost};

static void on_entered(void *context, struct qmp_client *client, const json_t *objects)
{
    struct fixture *fixture = context;

    assert_true(json_is_array(objects));
    fixture->entered++;
    fixture->client = client;
    qmp_client_set_listener(client, &listener, fixture);
}

static void on_answer(void *context, const json_t *result, const struct vpc_error *err)
{
    struct fixture *fixture = context;

    assert_true((result == NULL) != (err == NULL));
    fixture->answers++;
    if (!err)
        return;
    fixture->refusals++;
    fixture->refused = *err;
}

static int set_up_with(void **state, unsigned spares)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct vpc_error err;

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    if (!qmp_door_open(&fixture->door, &fixture->loop, NULL, 0, NULL, spares, "6376c067", on_entered, fixture, &err))
        fail_msg("%s", err.text);
    *state = fixture;
    return 0;
}

static int setup(void **state)
{
    return set_up_with(state, 0);
}

static int set_up_two_spares(void **state)
{
    return set_up_with(state, 2);
}

static void on_part_closed(void *context)
{
    ((struct fixture *)context)->closings++;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    unsigned parts = fixture->client ? 2 : 1;

    if (fixture->client)
        qmp_client_close(fixture->client, on_part_closed, fixture);
    qmp_door_close(fixture->door, on_part_closed, fixture);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->closings, parts);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

static void connect_monitor(struct fixture *fixture, struct fake_monitor *monitor, const char *script)
{
    fake_monitor_connect(monitor, &fixture->loop, qmp_door_port(fixture->door), script, NULL);
}

static void enter(struct fixture *fixture, struct fake_monitor *monitor, const char *script)
{
    connect_monitor(fixture, monitor, script);
    while (!fixture->entered)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void test_qmp_door__strangers_are_turned_away_and_the_right_one_enters(void **state)
{
    static const char *const strangers[] = {"stranger-other-object.json",    "stranger-refuses.json",
                                            "stranger-no-json.json",         "stranger-no-greeting.json",
                                            "stranger-list-is-no-list.json", "stranger-endless-line.json"};
    struct fixture *fixture = *state;
    struct fake_monitor monitor;

    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        connect_monitor(fixture, &monitor, strangers[i]);
        while (!monitor.ended)
            uv_run(&fixture->loop, UV_RUN_ONCE);
        assert_true(fake_monitor_is_done(&monitor));
        fake_monitor_close(&monitor);
        assert_int_equal(fixture->entered, 0);
    }
    enter(fixture, &monitor, "right.json");
    assert_int_equal(fixture->entered, 1);
    assert_int_equal(fixture->losses, 0);
    fake_monitor_close(&monitor);
}

static void test_qmp_door__a_crowd_of_silent_ones_does_not_block_it(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor crowd[QMP_DOOR_GUESTS + 3], right;

    for (size_t i = 0; i < QMP_DOOR_GUESTS + 3; i++)
        connect_monitor(fixture, &crowd[i], "silent.json");
    enter(fixture, &right, "right.json");
    fake_monitor_close(&right);
    for (size_t i = 0; i < QMP_DOOR_GUESTS + 3; i++)
        fake_monitor_close(&crowd[i]);
}

static void count_socket(uv_handle_t *handle, void *count)
{
    if (handle->type == UV_TCP && !uv_is_closing(handle))
        ++*(unsigned *)count;
}

/* Whether there is no listener beside so many connections, both ends of which are on this loop. */
static bool is_shut(struct fixture *fixture, unsigned connections)
{
    unsigned sockets = 0;

    uv_walk(&fixture->loop, count_socket, &sockets);
    return sockets == 2 * connections;
}

static void test_qmp_door__spares_are_kept_and_the_door_is_shut(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor right, stranger, spares[2];

    enter(fixture, &right, "right.json");
    assert_false(is_shut(fixture, 1));
    connect_monitor(fixture, &stranger, "stranger-other-object.json");
    while (!stranger.ended)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    fake_monitor_close(&stranger);
    connect_monitor(fixture, &spares[0], "right.json");
    connect_monitor(fixture, &spares[1], "right.json");
    while (!fake_monitor_is_done(&spares[0]) || !fake_monitor_is_done(&spares[1]) || !is_shut(fixture, 3))
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_false(spares[0].ended || spares[1].ended);
    assert_int_equal(fixture->entered, 1);

    /* One that is lost harms nobody; the other goes with the door. */
    fake_monitor_close(&spares[0]);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->losses, 0);
    fake_monitor_close(&right);
    fake_monitor_close(&spares[1]);
}

static void test_qmp_door__spares_that_do_not_come_are_not_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor right;

    enter(fixture, &right, "right.json");
    while (!is_shut(fixture, 1))
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->losses, 0);
    fake_monitor_close(&right);
}

static void test_qmp_client__a_peer_that_cannot_read_ahead_is_not_told_to(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;

    enter(fixture, &monitor, "right-reads-not-ahead.json");
    assert_int_equal(fixture->entered, 1);
    fake_monitor_close(&monitor);
}

static void test_qmp_client__events_answers_refusals_and_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;

    enter(fixture, &monitor, "events-and-answers.json");
    qmp_client_send(fixture->client, "stop", NULL, on_answer, fixture);
    assert_int_equal(fixture->answers, 0);
    while (fixture->event_count < 3)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->answers, 1);
    assert_int_equal(fixture->refusals, 0);
    assert_string_equal(fixture->events[0].name, "RESET");
    assert_false(fixture->events[0].guest);
    assert_int_equal(fixture->events[0].time_us, 1795361657162309);
    assert_true(fixture->events[1].guest);
    assert_int_equal(fixture->events[2].time_us, 0);

    qmp_client_send(fixture->client, "object-del", json_pack("{s:s}", "id", "x"), on_answer, fixture);
    while (fixture->answers < 2)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->refusals, 1);
    assert_int_equal(fixture->refused.cause, VPC_ENGINE);
    assert_string_equal(fixture->refused.text, "QEMU refuses object-del: object 'x' not found");
    qmp_client_send(fixture->client, "query-blockstats", NULL, on_answer, fixture);
    while (!fixture->losses)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->answers, 3);
    assert_int_equal(fixture->refused.cause, VPC_IO);
    assert_int_equal(fixture->lost.cause, VPC_IO);

    /* Later ones are answered as well. */
    qmp_client_send(fixture->client, "stop", NULL, on_answer, fixture);
    while (fixture->answers < 4)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->refusals, 3);
    assert_int_equal(fixture->losses, 1);
    fake_monitor_close(&monitor);
}

static void lose(struct fixture *fixture, const char *script)
{
    struct fake_monitor monitor;

    enter(fixture, &monitor, script);
    while (!fixture->losses)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->lost.cause, VPC_CORRUPT);
    assert_int_equal(fixture->losses, 1);
    fake_monitor_close(&monitor);
}

static void test_qmp_client__answer_to_nothing_is_a_loss(void **state)
{
    lose(*state, "answer-to-nothing.json");
}

static void test_qmp_client__neither_answer_nor_event_is_a_loss(void **state)
{
    lose(*state, "no-answer-no-event.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_qmp_door__strangers_are_turned_away_and_the_right_one_enters, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qmp_door__a_crowd_of_silent_ones_does_not_block_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_door__spares_are_kept_and_the_door_is_shut, set_up_two_spares,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qmp_door__spares_that_do_not_come_are_not_waited_for, set_up_two_spares,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__a_peer_that_cannot_read_ahead_is_not_told_to, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__events_answers_refusals_and_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__answer_to_nothing_is_a_loss, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__neither_answer_nor_event_is_a_loss, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
