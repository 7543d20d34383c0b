/* The door and the client before strangers, liars and one right QEMU. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/qmp_door.h"
#include "tests/engine/qemu/fake_monitor.h"
#include "tests/util/scarce_memory.h"
#include "util/json_line.h"

struct event {
    char name[16];
    int64_t time_us;
    bool guest;
    json_int_t number;
    size_t length; /* of `text` */
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
    unsigned passed, denied; /* as scarce_begin has it: from an event SCARCE to the next one */
    size_t denied_size;
    unsigned denials;
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

    if (fixture->denied)
        fixture->denials = scarce_end();
    strncpy(event->name, name, sizeof(event->name) - 1);
    event->time_us = time_us;
    event->guest = json_is_true(json_object_get(data, "guest"));
    event->number = json_integer_value(json_object_get(data, "number"));
    event->length = json_string_length(json_object_get(data, "text"));
    if (!strcmp(name, "SCARCE"))
        scarce_begin(fixture->passed, fixture->denied, fixture->denied_size);
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
    qmp_client_send(fixture->client, "stop", json_null(), on_answer, fixture);
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
    qmp_client_send(fixture->client, "query-blockstats", json_null(), on_answer, fixture);
    while (!fixture->losses)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->answers, 3);
    assert_int_equal(fixture->refused.cause, VPC_IO);
    assert_int_equal(fixture->lost.cause, VPC_IO);

    /* Later ones are answered as well. */
    qmp_client_send(fixture->client, "stop", json_null(), on_answer, fixture);
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

/* ---- without memory ---- */

static void expect(struct fake_monitor *monitor, const char *command)
{
    json_array_append_new(monitor->steps, json_pack("{s:s,s:{}}", "expect", command, "return"));
}

/* What has lacked memory comes by a timer, after which the loop may wait for ever. */
static void await_answers(struct fixture *fixture, unsigned count)
{
    while (fixture->answers < count && !fixture->losses)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->losses, 0);
    assert_int_equal(fixture->answers, count);
}

static void assert_refused(const struct fixture *fixture, const char *text)
{
    assert_int_equal(fixture->refused.cause, VPC_OUT_OF_MEMORY);
    assert_true(qmp_is_unsent(&fixture->refused));
    assert_string_equal(fixture->refused.text, text);
}

static void send_object_del(struct fixture *fixture)
{
    qmp_client_send(fixture->client, "object-del", json_pack("{s:s,s:s}", "id", "x", "more", "y"), on_answer, fixture);
}

/* Each allocation in turn. What is sent is whole, as the script demands it. */
static void test_qmp_client__command_without_memory_is_not_sent_and_its_reply_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;
    unsigned answers = 0, denials = 1;

    enter(fixture, &monitor, "right.json");
    for (unsigned passed = 0; denials; passed++) {
        unsigned before = fixture->refusals;

        json_array_append_new(monitor.steps, json_pack("{s:s,s:{s:s,s:s},s:{}}", "expect", "object-del", "with", "id",
                                                       "x", "more", "y", "return"));
        scarce_begin(passed, 1, 0);
        send_object_del(fixture);
        denials = scarce_end();
        await_answers(fixture, ++answers);
        if (fixture->refusals == before)
            continue;
        assert_refused(fixture, "no memory to send QEMU object-del");
        send_object_del(fixture);
        await_answers(fixture, ++answers);
        assert_int_equal(fixture->refusals, before + 1);
    }
    assert_true(fixture->refusals > 10);
    assert_true(fake_monitor_is_done(&monitor));
    fake_monitor_close(&monitor);
}

static void test_qmp_client__nothing_is_sent_behind_a_corked_one_without_memory(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;

    enter(fixture, &monitor, "right.json");
    expect(&monitor, "query-version");
    expect(&monitor, "query-status");
    qmp_client_cork(fixture->client);
    qmp_client_send(fixture->client, "query-version", json_null(), on_answer, fixture);
    scarce_begin(0, UINT_MAX, 0);
    qmp_client_send(fixture->client, "stop", json_null(), on_answer, fixture);
    scarce_end();
    qmp_client_send(fixture->client, "system_reset", json_null(), on_answer, fixture);
    qmp_client_uncork(fixture->client);
    qmp_client_send(fixture->client, "query-status", json_null(), on_answer, fixture);
    await_answers(fixture, 1);
    assert_int_equal(fixture->refusals, 0);
    while (!fixture->refusals)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    await_answers(fixture, 4);
    assert_int_equal(fixture->refusals, 2);
    assert_refused(fixture, "no memory to send QEMU system_reset");
    assert_true(fake_monitor_is_done(&monitor));
    fake_monitor_close(&monitor);
}

static void test_qmp_client__without_any_memory_it_stands_for_a_while(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;

    enter(fixture, &monitor, "right.json");
    for (int round = 0; round < 3; round++) {
        scarce_begin(0, UINT_MAX, 0);
        for (int i = 0; i < 20; i++)
            qmp_client_send(fixture->client, "stop", json_null(), on_answer, fixture);
        scarce_end();
        await_answers(fixture, fixture->answers + 20);
        assert_refused(fixture, "no memory to send QEMU stop");
    }
    scarce_begin(0, UINT_MAX, 0);
    for (int i = 0; i < 100; i++)
        qmp_client_send(fixture->client, "stop", json_null(), on_answer, fixture);
    scarce_end();
    while (!fixture->losses)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->lost.cause, VPC_OUT_OF_MEMORY);
    assert_int_equal(fixture->losses, 1);
    fake_monitor_close(&monitor);
}

/* The script sends two events in one piece, and from the first to the second memory is scarce. */
static const struct event *hear_scarce(struct fixture *fixture, struct fake_monitor *monitor, const char *text)
{
    json_array_append_new(monitor->steps, json_pack("{s:s,s:[]}", "expect", "query-blockstats", "return"));
    json_array_append_new(monitor->steps, json_pack("{s:{s:s}}", "send", "event", "SCARCE"));
    json_array_append_new(monitor->steps,
                          json_pack("{s:{s:s,s:{s:I,s:s,s:b},s:{s:I,s:i}}}", "send", "event", "LONG", "data", "number",
                                    (json_int_t)1234567890123456789, "text", text, "guest", 1, "timestamp", "seconds",
                                    (json_int_t)1795361657, "microseconds", 162309));
    fixture->event_count = fixture->denials = 0;
    qmp_client_send(fixture->client, "query-blockstats", json_null(), on_answer, fixture);
    while (fixture->event_count < 2 && !fixture->losses)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->losses, 0);
    assert_string_equal(fixture->events[0].name, "SCARCE");
    assert_string_equal(fixture->events[1].name, "LONG");
    assert_int_equal(fixture->events[1].time_us, 1795361657162309);
    assert_int_equal(fixture->events[1].number, 1234567890123456789);
    assert_int_equal(fixture->events[1].length, strlen(text));
    assert_true(fixture->events[1].guest);
    return &fixture->events[1];
}

/* Each allocation in turn: of the buffers of Jansson's lexer too, where it would go on without a digit. */
static void test_qmp_client__line_without_memory_is_read_later(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;

    enter(fixture, &monitor, "right.json");
    fixture->denied = 1;
    do {
        hear_scarce(fixture, &monitor, "a text of more than sixteen bytes, and of thirty-two");
        fixture->passed++;
    } while (fixture->denials);
    assert_true(fixture->passed > 20);
    fake_monitor_close(&monitor);
}

static void test_qmp_client__bytes_without_memory_are_read_later(void **state)
{
    struct fixture *fixture = *state;
    struct fake_monitor monitor;
    char *text = calloc(1, 300001);

    memset(text, 'x', 300000);
    enter(fixture, &monitor, "right.json");
    fixture->denied = 5;
    fixture->denied_size = 100000;
    hear_scarce(fixture, &monitor, text);
    assert_int_equal(fixture->denials, 5);
    free(text);
    fake_monitor_close(&monitor);
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
        cmocka_unit_test_setup_teardown(test_qmp_client__command_without_memory_is_not_sent_and_its_reply_says_so,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__nothing_is_sent_behind_a_corked_one_without_memory, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__without_any_memory_it_stands_for_a_while, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__line_without_memory_is_read_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qmp_client__bytes_without_memory_are_read_later, setup, teardown),
    };

    scarce_install();
    if (!json_line_install())
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
