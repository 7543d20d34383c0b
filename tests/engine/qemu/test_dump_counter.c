/* Rotation, step by step, against a scripted QEMU: what it must say in which order, and what is left when QEMU says no.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/dump_counter.h"
#include "engine/qemu/qmp_door.h"
#include "tests/engine/qemu/capture_file.h"
#include "tests/engine/qemu/fake_monitor.h"
#include "tests/util/scarce_memory.h"
#include "util/file.h"
#include "util/json_line.h"
#include "util/path.h"
#include "util/text.h"

/* Of the three frames that every script begins with. */
enum {
    BEGIN_BYTES = 60 + 1514 + 90
};

struct fixture {
    uv_loop_t loop;
    struct qmp_door *door;
    struct qmp_client *client;
    struct dump_counter *counter;
    struct fake_monitor monitor;
    char *folder;
    bool takes_over; /* a rotation from 1 to 2 that was cut short: both are on */
    bool begun;
    bool lost;
};

/* The command with this number, counted from here, finds no memory; 0: none. */
static unsigned without_memory;

void __real_qmp_client_send(struct qmp_client *client, const char *command, json_t *arguments, qmp_reply *reply,
                            void *context);
void __wrap_qmp_client_send(struct qmp_client *client, const char *command, json_t *arguments, qmp_reply *reply,
                            void *context);

void __wrap_qmp_client_send(struct qmp_client *client, const char *command, json_t *arguments, qmp_reply *reply,
                            void *context)
{
    if (without_memory && !--without_memory)
        scarce_begin(0, UINT_MAX, 0);
    __real_qmp_client_send(client, command, arguments, reply, context);
    scarce_end();
}

static void on_event(void *context, const char *name, int64_t time_us, const json_t *data)
{
    (void)context;
    (void)name;
    (void)time_us;
    (void)data;
}

static void on_greeted(void *context)
{
    (void)context;
}

static void on_lost(void *context, const struct vpc_error *err)
{
    (void)err;
    ((struct fixture *)context)->lost = true;
}

static const struct qmp_listener listener = {.greeted = on_greeted, .event = on_event, .lost = on_lost};

static void on_begun(void *context, const struct vpc_error *err)
{
    struct fixture *fixture = context;

    if (err)
        fail_msg("%s", err->text);
    fixture->begun = true;
}

static void on_entered(void *context, struct qmp_client *client, const json_t *objects)
{
    struct fixture *fixture = context;

    (void)objects;
    fixture->client = client;
    qmp_client_set_listener(client, &listener, fixture);
    if (!fixture->takes_over) {
        dump_counter_begin(fixture->counter, client, on_begun, fixture);
        return;
    }
    dump_counter_adopt(fixture->counter, client, (const uint64_t[DUMP_MEMORY_WORDS]){1000, 10, 1, 0},
                       (const struct dump_found[]){{.sequence = 2, .on = true}, {.sequence = 1, .on = true}}, 2, true);
    fixture->begun = true;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char temporary[1024], template[1100];
    size_t size = sizeof(temporary);
    struct vpc_error err;
    uv_fs_t made;

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(uv_os_tmpdir(temporary, &size), 0);
    snprintf(template, sizeof(template), "%s%cvpc-counter-XXXXXX", temporary, PATH_SEPARATOR);
    assert_int_equal(uv_fs_mkdtemp(NULL, &made, template, NULL), 0);
    fixture->folder = text_copy(made.path);
    uv_fs_req_cleanup(&made);
    if (!dump_counter_create(&fixture->counter, 0, DUMP_SENT, fixture->folder, fixture->folder, &err) ||
        !qmp_door_open(&fixture->door, &fixture->loop, NULL, 0, NULL, 0, "6376c067", on_entered, fixture, &err))
        fail_msg("%s", err.text);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    struct folder_entry *left;
    struct vpc_error err;
    size_t count;

    if (fixture->client)
        qmp_client_close(fixture->client, NULL, NULL);
    qmp_door_close(fixture->door, NULL, NULL);
    if (fixture->begun)
        fake_monitor_close(&fixture->monitor);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    dump_counter_free(fixture->counter, true);
    assert_true(folder_list(fixture->folder, ".pcap", &left, &count, &err));
    assert_int_equal(count, 0);
    folder_list_free(left, count);
    assert_true(folder_remove(fixture->folder, &err));
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture->folder);
    free(fixture);
    return 0;
}

static void begin(struct fixture *fixture, const char *script)
{
    fake_monitor_connect(&fixture->monitor, &fixture->loop, qmp_door_port(fixture->door), script, fixture->folder);
    while (!fixture->begun)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void assert_totals(struct fixture *fixture, uint64_t bytes, uint64_t packets)
{
    uint64_t found_bytes, found_packets;
    struct vpc_error err;

    if (!dump_counter_drain(fixture->counter, &err))
        fail_msg("%s", err.text);
    dump_counter_totals(fixture->counter, &found_bytes, &found_packets);
    assert_int_equal(found_bytes, bytes);
    assert_int_equal(found_packets, packets);
}

static uint64_t first_unsettled(const struct fixture *fixture)
{
    uint64_t words[DUMP_MEMORY_WORDS];

    dump_counter_memory(fixture->counter, words);
    return words[2];
}

static bool has_capture(const struct fixture *fixture, const char *name)
{
    char *path = path_join(fixture->folder, name);
    bool found = file_exists(path);

    free(path);
    return found;
}

/* The last command's answer has been taken once everything has been said and the loop is idle for a turn. */
static void play(struct fixture *fixture, bool (*done)(const struct fixture *fixture))
{
    while (!fake_monitor_is_done(&fixture->monitor) || !done(fixture))
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static bool is_second(const struct fixture *fixture)
{
    return first_unsettled(fixture) == 2;
}

static bool is_third(const struct fixture *fixture)
{
    return first_unsettled(fixture) == 3;
}

static bool is_lost(const struct fixture *fixture)
{
    return fixture->lost;
}

static void test_dump_counter__rotation_loses_nothing_and_keeps_the_file_until_handed_out(void **state)
{
    struct fixture *fixture = *state;
    uint64_t words[DUMP_MEMORY_WORDS];

    begin(fixture, "rotation.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    dump_counter_rotate(fixture->counter, 1000); /* not that long */
    dump_counter_rotate(fixture->counter, 50);
    dump_counter_rotate(fixture->counter, 50); /* at it already */
    play(fixture, is_second);
    assert_totals(fixture, BEGIN_BYTES + 100 + 200 + 300 + 400, 7);
    assert_int_equal(dump_counter_rotations(fixture->counter), 1);
    dump_counter_memory(fixture->counter, words);
    assert_int_equal(words[0], BEGIN_BYTES + 100 + 200);
    assert_int_equal(words[1], 5);
    assert_true(has_capture(fixture, "capture-0-sent-1.pcap"));
    dump_counter_handed_out(fixture->counter);
    assert_false(has_capture(fixture, "capture-0-sent-1.pcap"));
    assert_true(has_capture(fixture, "capture-0-sent-2.pcap"));
}

/* QEMU lets held frames go after a second by itself; the script does it in the middle, after a long stop. */
static void test_dump_counter__frames_let_go_in_a_swap_count_once(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "rotation-stopped.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    dump_counter_rotate(fixture->counter, 50);
    play(fixture, is_second);
    assert_totals(fixture, BEGIN_BYTES + 300 + 400, 5);
}

/* From the making of the next capture to the end of the hold. */
static void rotate_without_memory(void **state, unsigned command)
{
    struct fixture *fixture = *state;

    begin(fixture, "rotation.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    without_memory = command;
    dump_counter_rotate(fixture->counter, 50);
    while (!fake_monitor_is_done(&fixture->monitor) || !is_second(fixture)) {
        assert_false(fixture->lost);
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        dump_counter_rotate(fixture->counter, UINT64_MAX);
    }
    assert_int_equal(without_memory, 0);
    assert_totals(fixture, BEGIN_BYTES + 100 + 200 + 300 + 400, 7);
}

static void test_dump_counter__rotation_without_memory_for_the_hold_goes_on(void **state)
{
    rotate_without_memory(state, 2);
}

static void test_dump_counter__rotation_without_memory_for_the_next_dump_goes_on(void **state)
{
    rotate_without_memory(state, 3);
}

static void test_dump_counter__rotation_without_memory_for_the_old_dump_goes_on(void **state)
{
    rotate_without_memory(state, 4);
}

static void test_dump_counter__rotation_without_memory_for_the_release_goes_on(void **state)
{
    rotate_without_memory(state, 5);
}

static void test_dump_counter__rotation_that_has_no_memory_to_begin_changes_nothing(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "rotation.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    without_memory = 1;
    dump_counter_rotate(fixture->counter, 50);
    uv_sleep(50); /* until the refusal comes */
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    dump_counter_rotate(fixture->counter, 50); /* it has not grown since */
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(first_unsettled(fixture), 1);
    assert_false(fixture->lost);
    assert_int_equal(fixture->monitor.step, 7); /* nothing was said */
    assert_totals(fixture, BEGIN_BYTES, 3);
}

static bool has_refused(const struct fixture *fixture)
{
    uint64_t bytes, packets;
    struct vpc_error err;

    /* The frame that the script adds after its refusal. */
    assert_true(dump_counter_drain(fixture->counter, &err));
    dump_counter_totals(fixture->counter, &bytes, &packets);
    return packets == 4;
}

static void test_dump_counter__refused_rotation_changes_nothing(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "rotation-refused.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    dump_counter_rotate(fixture->counter, 50);
    play(fixture, has_refused);
    assert_totals(fixture, BEGIN_BYTES + 100, 4);
    assert_int_equal(first_unsettled(fixture), 1);
    /* The script is at its end: a command now would fail the test. */
    dump_counter_rotate(fixture->counter, 50);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void test_dump_counter__broken_swap_is_repaired_and_the_epoch_is_not_known(void **state)
{
    struct fixture *fixture = *state;
    struct vpc_error err;

    begin(fixture, "rotation-broken.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    dump_counter_rotate(fixture->counter, 50);
    play(fixture, is_third);
    assert_false(dump_counter_drain(fixture->counter, &err));
    assert_non_null(strstr(err.text, "frames sent by network adapter 0 may be counted wrongly"));
    assert_non_null(strstr(err.text, "qom-set: no"));
    dump_counter_open_epoch(fixture->counter);
    assert_totals(fixture, BEGIN_BYTES + 500, 4);
}

static void test_dump_counter__connection_lost_in_a_swap_loses_no_frame(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "rotation-lost.json");
    assert_totals(fixture, BEGIN_BYTES, 3);
    dump_counter_rotate(fixture->counter, 50);
    play(fixture, is_lost);
    assert_totals(fixture, BEGIN_BYTES + 300, 4);
}

/* A capture of three frames, the last `seconds` and some microseconds after 7 s. */
static void write_capture(const struct fixture *fixture, unsigned number, int seconds, int after_us)
{
    struct frame frames[3] = {{.length = 100}, {.length = 46}, {.length = 46}};
    char *name = text_format("capture-0-sent-%u.pcap", number);

    for (int i = 0; i < 3; i++)
        frames[i].time_us = (7 + seconds) * INT64_C(1000000) + i * 50000 + after_us;
    free(capture_file_write(fixture->folder, name, frames, 3));
    free(name);
}

enum {
    CAPTURE_BYTES = 100 + 46 + 46
};

static void test_dump_counter__file_of_a_rotation_cut_short_is_void_for_all_who_come(void **state)
{
    struct fixture *fixture = *state;
    uint64_t words[DUMP_MEMORY_WORDS], bytes, packets;
    struct dump_counter *next;
    struct vpc_error err;

    write_capture(fixture, 1, 0, 0);
    write_capture(fixture, 2, 3, 8);
    fixture->takes_over = true;
    begin(fixture, "takeover.json");
    assert_totals(fixture, 1000 + CAPTURE_BYTES, 13);
    dump_counter_rotate(fixture->counter, 0); /* not before it is cleared away */
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->monitor.step, 3); /* nothing was said: nobody else knows yet that the second is void */
    dump_counter_memory(fixture->counter, words);
    dump_counter_handed_out(fixture->counter);
    while (!fixture->lost) {
        dump_counter_rotate(fixture->counter, 0); /* once it is cleared away */
        uv_run(&fixture->loop, UV_RUN_ONCE);
    }

    /* Lost in the next rotation. Who takes over then finds the third alone, and who comes after QEMU finds all. */
    write_capture(fixture, 3, 4, 500);
    assert_true(dump_counter_create(&next, 0, DUMP_SENT, fixture->folder, fixture->folder, &err));
    dump_counter_adopt_rest(next, words);
    assert_true(dump_counter_drain(next, &err));
    dump_counter_totals(next, &bytes, &packets);
    assert_int_equal(bytes, 1000 + 2 * CAPTURE_BYTES);
    assert_int_equal(packets, 10 + 6);
    dump_counter_free(next, false);
}

static void test_dump_counter__what_has_no_memory_to_be_cleared_away_is_cleared_later(void **state)
{
    struct fixture *fixture = *state;

    write_capture(fixture, 1, 0, 0);
    write_capture(fixture, 2, 3, 8);
    fixture->takes_over = true;
    begin(fixture, "takeover.json");
    assert_totals(fixture, 1000 + CAPTURE_BYTES, 13);
    without_memory = 1;
    while (fixture->monitor.step < 5) {
        assert_false(fixture->lost);
        dump_counter_handed_out(fixture->counter);
        dump_counter_rotate(fixture->counter, 0);
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
    assert_totals(fixture, 1000 + CAPTURE_BYTES, 13);
}

static void test_dump_counter__what_both_captures_hold_counts_once_when_all_are_gone(void **state)
{
    struct fixture *fixture = *state;
    uint64_t bytes, packets;
    struct vpc_error err;

    /* The first was settled, and its supervisor lost before it could remove it; teardown finds no file. */
    write_capture(fixture, 1, 0, 0);
    write_capture(fixture, 2, 1, 0);
    write_capture(fixture, 3, 4, 8);
    dump_counter_adopt_rest(fixture->counter, (const uint64_t[DUMP_MEMORY_WORDS]){1000, 10, 2, 0});
    assert_true(dump_counter_drain(fixture->counter, &err));
    dump_counter_totals(fixture->counter, &bytes, &packets);
    assert_int_equal(bytes, 1000 + CAPTURE_BYTES);
    assert_int_equal(packets, 13);
}

/* Each allocation in turn. What cannot be opened in that moment is opened in the next one. */
static void test_dump_counter__capture_that_goes_on_without_memory_is_read_later(void **state)
{
    static const struct dump_found found[] = {{.sequence = 1, .on = true}};
    struct fixture *fixture = *state;
    unsigned passed, refused = 1;
    struct vpc_error err;

    write_capture(fixture, 1, 0, 0);
    for (passed = 0; refused; passed++) {
        struct dump_counter *next;
        uint64_t bytes, packets;

        assert_true(dump_counter_create(&next, 0, DUMP_SENT, fixture->folder, fixture->folder, &err));
        scarce_begin(passed, 1, 0);
        dump_counter_adopt(next, NULL, (const uint64_t[DUMP_MEMORY_WORDS]){1000, 10, 1, 0}, found, 1, false);
        refused = scarce_end();
        assert_true(dump_counter_drain(next, &err));
        dump_counter_totals(next, &bytes, &packets);
        assert_int_equal(bytes, 1000 + CAPTURE_BYTES);
        assert_int_equal(packets, 13);
        dump_counter_free(next, !refused);
    }
    assert_true(passed > 3);
}

/* Each allocation in turn, the list of files among them. */
static void test_dump_counter__taking_files_without_memory_counts_right_or_says_so(void **state)
{
    struct fixture *fixture = *state;
    unsigned refused = 1, unknown = 0;

    write_capture(fixture, 1, 0, 0);
    write_capture(fixture, 2, 1, 0);
    write_capture(fixture, 3, 4, 8);
    for (unsigned passed = 0; refused; passed++) {
        uint64_t bytes, packets;
        struct dump_counter *next;
        struct vpc_error err;

        assert_true(dump_counter_create(&next, 0, DUMP_SENT, fixture->folder, fixture->folder, &err));
        scarce_begin(passed, 1, 0);
        dump_counter_adopt_rest(next, (const uint64_t[DUMP_MEMORY_WORDS]){1000, 10, 1, 0});
        refused = scarce_end();
        if (dump_counter_drain(next, &err)) {
            dump_counter_totals(next, &bytes, &packets);
            assert_int_equal(bytes, 1000 + 2 * CAPTURE_BYTES);
            assert_int_equal(packets, 10 + 6);
        } else {
            assert_int_equal(err.cause, VPC_OUT_OF_MEMORY);
            unknown++;
        }
        dump_counter_free(next, !refused);
    }
    assert_true(unknown > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dump_counter__rotation_loses_nothing_and_keeps_the_file_until_handed_out,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__rotation_that_has_no_memory_to_begin_changes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__rotation_without_memory_for_the_hold_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__rotation_without_memory_for_the_next_dump_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__rotation_without_memory_for_the_old_dump_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__rotation_without_memory_for_the_release_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__what_has_no_memory_to_be_cleared_away_is_cleared_later,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__frames_let_go_in_a_swap_count_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__refused_rotation_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__broken_swap_is_repaired_and_the_epoch_is_not_known, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__connection_lost_in_a_swap_loses_no_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__file_of_a_rotation_cut_short_is_void_for_all_who_come, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__capture_that_goes_on_without_memory_is_read_later, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__taking_files_without_memory_counts_right_or_says_so, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump_counter__what_both_captures_hold_counts_once_when_all_are_gone, setup,
                                        teardown),
    };

    scarce_install();
    if (!json_line_install())
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
