/* The fake engine through the front door: which report follows which call, with which figures. Its loop has nothing to
 * do once all reports are out, so running the loop to its end is "wait for all". */
#include <stdlib.h>
#include <string.h>
#include "engine/engine.h"
#include "support/check.h"
#include "support/home.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

struct fixture {
    uv_loop_t loop;
    char *folder;
    struct machine_config config;
    struct engine_vm *vm;
    struct buffer reports; /* one line of text for all reports so far */
    bool closed;
    uint64_t cpu_time_us;
};

/* ---- what is reported ---- */

static void on_sampled(void *context, const struct engine_sample *sample, const struct vpc_error *err)
{
    struct fixture *f = context;
    if (err != NULL) {
        buffer_append_format(&f->reports, "[unreadable: %s]", err->text);
        return;
    }
    buffer_append_text(&f->reports, "[");
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
        if (sample->adapters[i].known)
            buffer_append_format(&f->reports, " a%d %llu/%llu %llu/%llu", i,
                                 (unsigned long long)sample->adapters[i].bytes_sent,
                                 (unsigned long long)sample->adapters[i].bytes_received,
                                 (unsigned long long)sample->adapters[i].packets_sent,
                                 (unsigned long long)sample->adapters[i].packets_received);
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        if (sample->drives[i].known)
            buffer_append_format(
                &f->reports, " d%d %llu/%llu %llu/%llu", i, (unsigned long long)sample->drives[i].bytes_read,
                (unsigned long long)sample->drives[i].bytes_written, (unsigned long long)sample->drives[i].reads,
                (unsigned long long)sample->drives[i].writes);
    buffer_append_text(&f->reports, " ]");
    f->cpu_time_us = sample->cpu_time_us;
}

static void on_running(void *context)
{
    buffer_append_text(&((struct fixture *)context)->reports, " running");
}

static void on_paused(void *context)
{
    buffer_append_text(&((struct fixture *)context)->reports, " paused");
}

static void on_reset(void *context, enum engine_reset_by by)
{
    buffer_append_format(&((struct fixture *)context)->reports, " reset-by-%s",
                         by == ENGINE_RESET_BY_HOST ? "host" : "guest");
}

static void on_progress(void *context, unsigned percent)
{
    buffer_append_format(&((struct fixture *)context)->reports, " %u%%", percent);
}

static void on_failed(void *context, const struct vpc_error *err)
{
    buffer_append_format(&((struct fixture *)context)->reports, " failed(%s)", err->text);
}

static void on_stopped(void *context, enum engine_stop_reason reason, const struct vpc_error *err)
{
    static const char *const names[] = {"turned-off", "by-guest", "saved", "failed"};
    buffer_append_format(&((struct fixture *)context)->reports, " stopped-%s(%s)", names[reason],
                         err != NULL ? err->text : "");
}

static const struct engine_events events = {
    .sampled = on_sampled,
    .running = on_running,
    .paused = on_paused,
    .reset = on_reset,
    .progress = on_progress,
    .failed = on_failed,
    .stopped = on_stopped,
};

static void on_closed(void *context)
{
    ((struct fixture *)context)->closed = true;
}

/* ---- fixture ---- */

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->folder = test_folder_make();
    f->config.adapter_count = 2;
    f->config.adapters[1].id = 1;
    f->config.drive_count = 1;
    f->config.drives[0] = (struct machine_drive){.bus = 1, .device = 0, .kind = DRIVE_HARD_DISK};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->vm != NULL)
        engine_close(f->vm, on_closed, f);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->closed, f->vm != NULL);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    test_folder_remove(f->folder);
    buffer_free(&f->reports);
    free(f);
    return 0;
}

static void open_vm(struct fixture *f)
{
    struct vpc_error err;
    assert_ok(engine_open(&f->vm, "fake", &f->loop, &f->config, f->folder, &events, f, &err), err);
}

/* Compares all reports since the last call. */
static void expect(struct fixture *f, const char *reports)
{
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_string_equal(f->reports.size > 0 ? f->reports.data : "", reports);
    buffer_free(&f->reports);
    f->reports = (struct buffer){0};
}

static bool try_order(struct fixture *f, const char *command, struct vpc_error *err)
{
    char *text = text_copy(command);
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json_t *arguments = json_loads(text, 0, NULL);
    json_t *result = NULL;
    assert_non_null(arguments);
    free(text);
    bool done = engine_command(f->vm, arguments, &result, err);
    json_decref(arguments);
    json_decref(result);
    return done;
}

static void order(struct fixture *f, const char *command)
{
    struct vpc_error err;
    assert_ok(try_order(f, command, &err), err);
}

#define IDLE "[ a0 0/0 0/0 a1 0/0 0/0 d2 0/0 0/0 ]"

static void start(struct fixture *f)
{
    struct vpc_error err;
    if (f->vm == NULL)
        open_vm(f);
    assert_ok(engine_start(f->vm, NULL, &err), err);
    expect(f, IDLE " running");
}

/* ---- tests ---- */

static void test_fake__start_samples_before_the_guest_runs(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    open_vm(f);
    order(f, "{'traffic':{'adapter':1,'sent':7,'received':9,'packets_sent':1,'packets_received':2}}");
    expect(f, "");
    assert_ok(engine_start(f->vm, NULL, &err), err);
    assert_string_equal(f->reports.size > 0 ? f->reports.data : "", ""); /* not from inside the call */
    expect(f, "[ a0 0/0 0/0 a1 7/9 1/2 d2 0/0 0/0 ] running");
    assert_fails(engine_start(f->vm, NULL, &err), VPC_VM_RUNNING, err);
}

static void test_fake__traffic_is_in_the_next_sample(void **state)
{
    struct fixture *f = *state;
    start(f);
    order(f, "{'traffic':{'adapter':0,'sent':1000,'received':500,'packets_sent':3,'packets_received':2}}");
    order(f, "{'traffic':{'adapter':0,'sent':1}}");
    order(f, "{'disk':{'drive':2,'read':512,'written':1024,'reads':1,'writes':2}}");
    expect(f, "");
    engine_sample_now(f->vm);
    engine_sample_now(f->vm);
    expect(f, "[ a0 1001/500 3/2 a1 0/0 0/0 d2 512/1024 1/2 ]");
}

static void test_fake__reset_comes_after_the_last_sample_of_the_old_time(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    order(f, "{'traffic':{'adapter':0,'sent':10}}");
    assert_ok(engine_reset(f->vm, &err), err);
    expect(f, "[ a0 10/0 0/0 a1 0/0 0/0 d2 0/0 0/0 ] reset-by-host");
    order(f, "{'guest':'reboot'}");
    expect(f, "[ a0 10/0 0/0 a1 0/0 0/0 d2 0/0 0/0 ] reset-by-guest");
}

static void test_fake__pause_stops_the_guest(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    assert_fails(engine_resume(f->vm, &err), VPC_STATE_CONFLICT, err);
    assert_ok(engine_pause(f->vm, &err), err);
    expect(f, " paused");
    assert_fails(engine_pause(f->vm, &err), VPC_STATE_CONFLICT, err);
    assert_fails(try_order(f, "{'traffic':{'adapter':0,'sent':10}}", &err), VPC_STATE_CONFLICT, err);
    assert_fails(try_order(f, "{'guest':'reboot'}", &err), VPC_VM_NOT_RUNNING, err);
    assert_ok(engine_resume(f->vm, &err), err);
    expect(f, " running");
}

static void test_fake__reset_of_a_paused_vm_lets_it_run(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    assert_ok(engine_pause(f->vm, &err), err);
    assert_ok(engine_reset(f->vm, &err), err);
    expect(f, " paused" IDLE " reset-by-host running");
    assert_fails(engine_resume(f->vm, &err), VPC_STATE_CONFLICT, err);
}

static void test_fake__guest_that_is_paused_first_does_nothing(void **state)
{
    static const char *const acts[] = {"{'guest':'reboot'}", "{'guest':'power-off'}", "{'guest':'triple-fault'}",
                                       "{'guest':'disk-full'}"};
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        order(f, "{'hold':'pause'}");
        assert_ok(engine_pause(f->vm, &err), err);
        order(f, acts[i]);
        order(f, "{'release':'pause'}");
        expect(f, " paused");
        assert_ok(engine_resume(f->vm, &err), err);
        expect(f, " running");
    }
}

static void test_fake__turn_off_ends_with_a_sample(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    order(f, "{'disk':{'drive':2,'written':5}}");
    assert_ok(engine_turn_off(f->vm, &err), err);
    expect(f, "[ a0 0/0 0/0 a1 0/0 0/0 d2 0/5 0/0 ] stopped-turned-off()");
    assert_fails(engine_reset(f->vm, &err), VPC_VM_NOT_RUNNING, err);
    assert_fails(try_order(f, "{'traffic':{'adapter':0,'sent':10}}", &err), VPC_VM_NOT_RUNNING, err);
    engine_sample_now(f->vm);
    expect(f, "");
}

static void test_fake__guest_power_off_ends_with_a_sample(void **state)
{
    struct fixture *f = *state;
    start(f);
    order(f, "{'guest':'power-off'}");
    expect(f, IDLE " stopped-by-guest()");
}

static void test_fake__hold_keeps_an_operation_until_release(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    open_vm(f);
    order(f, "{'hold':'start'}");
    assert_ok(engine_start(f->vm, NULL, &err), err);
    expect(f, "");
    order(f, "{'release':'start'}");
    expect(f, IDLE " running");
    order(f, "{'hold':'reset'}");
    assert_ok(engine_reset(f->vm, &err), err);
    assert_ok(engine_pause(f->vm, &err), err);
    expect(f, "");
    order(f, "{'release':'reset'}");
    expect(f, IDLE " reset-by-host paused");
}

static void test_fake__turn_off_overtakes_what_waits(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    open_vm(f);
    order(f, "{'hold':'start'}");
    assert_ok(engine_start(f->vm, NULL, &err), err);
    assert_ok(engine_turn_off(f->vm, &err), err);
    expect(f, IDLE " stopped-turned-off()");
}

static void test_fake__failure_is_of_the_next_operation_only(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    order(f, "{'fail':'reset','text':'no reset today'}");
    assert_ok(engine_reset(f->vm, &err), err);
    expect(f, " failed(no reset today)");
    assert_ok(engine_reset(f->vm, &err), err);
    expect(f, IDLE " reset-by-host");
    order(f, "{'refuse':'pause'}");
    assert_fails(engine_pause(f->vm, &err), VPC_ENGINE, err);
    assert_string_equal(err.text, "refused as ordered");
    assert_ok(engine_pause(f->vm, &err), err);
    expect(f, " paused");
}

static void test_fake__failed_start_is_the_end(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    open_vm(f);
    order(f, "{'fail':'start','text':'no such firmware'}");
    assert_ok(engine_start(f->vm, NULL, &err), err);
    expect(f, " stopped-failed(no such firmware)");
}

static void test_fake__lost_source_is_an_error_not_a_zero(void **state)
{
    struct fixture *f = *state;
    start(f);
    order(f, "{'traffic':{'adapter':0,'sent':10}}");
    order(f, "{'source':'lost','text':'capture of adapter 0 is gone'}");
    engine_sample_now(f->vm);
    expect(f, "[unreadable: capture of adapter 0 is gone]");
    order(f, "{'source':'back'}");
    engine_sample_now(f->vm);
    expect(f, "[ a0 10/0 0/0 a1 0/0 0/0 d2 0/0 0/0 ]");
}

static void test_fake__sources_restart_vanish_and_return(void **state)
{
    struct fixture *f = *state;
    start(f);
    order(f, "{'traffic':{'adapter':0,'sent':10}}");
    order(f, "{'traffic':{'adapter':1,'sent':20}}");
    order(f, "{'restart_counter':{'adapter':0}}");
    order(f, "{'unplug':{'adapter':1}}");
    order(f, "{'unplug':{'drive':2}}");
    engine_sample_now(f->vm);
    expect(f, "[ a0 0/0 0/0 ]");
    order(f, "{'plug':{'adapter':1}}");
    engine_sample_now(f->vm);
    expect(f, "[ a0 0/0 0/0 a1 0/0 0/0 ]");
}

static void test_fake__crash_overtakes_what_waits(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    order(f, "{'hold':'reset'}");
    assert_ok(engine_reset(f->vm, &err), err);
    order(f, "{'crash':true,'text':'SIGSEGV'}");
    expect(f, IDLE " stopped-failed(SIGSEGV)");
}

static void on_timer(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, NULL);
}

static void test_fake__cpu_time_grows_with_the_loops_clock(void **state)
{
    struct fixture *f = *state;
    start(f);
    assert_int_equal(f->cpu_time_us, 0);
    order(f, "{'cpu':40}");
    uint64_t start_ms = uv_now(&f->loop);
    uv_timer_t timer;
    uv_timer_init(&f->loop, &timer);
    uv_timer_start(&timer, on_timer, 20, 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    uint64_t passed_ms = uv_now(&f->loop) - start_ms;
    order(f, "{'cpu':0}");
    engine_sample_now(f->vm);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(passed_ms >= 20);
    assert_int_equal(f->cpu_time_us, passed_ms * 400);
}

static void test_fake__commands_that_make_no_sense_are_refused(void **state)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{'nonsense':1}",
        "{'traffic':1}",
        "{'traffic':{}}",
        "{'traffic':{'adapter':2,'sent':1}}",
        "{'traffic':{'adapter':-1,'sent':1}}",
        "{'traffic':{'adapter':8,'sent':1}}",
        "{'traffic':{'adapter':0,'sent':-1}}",
        "{'traffic':{'adapter':0,'sent':'many'}}",
        "{'traffic':{'adapter':0,'lost':1}}",
        "{'traffic':{'adapter':0},'text':'x'}",
        "{'disk':{'drive':0,'read':1}}",
        "{'cpu':101}",
        "{'cpu':-1}",
        "{'guest':'reset'}",
        "{'guest':1}",
        "{'fail':'reboot'}",
        "{'fail':'turn-off'}",
        "{'fail':'levitate'}",
        "{'progress':0}",
        "{'progress':100}",
        "{'refuse':'power-off'}",
        "{'hold':'crash'}",
        "{'release':'everything'}",
        "{'source':'found'}",
        "{'restart_counter':{'adapter':5}}",
        "{'unplug':{'adapter':0,'drive':2}}",
        "{'crash':false}",
        "{'crash':true,'guest':'reboot'}",
    };
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        print_message("%s\n", bad[i]);
        assert_fails(try_order(f, bad[i], &err), VPC_INVALID_ARGUMENT, err);
    }
    engine_sample_now(f->vm);
    expect(f, IDLE);
}

static void test_fake__numbers_of_a_source_do_not_wrap(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    order(f, "{'traffic':{'adapter':0,'sent':9223372036854775807}}");
    order(f, "{'traffic':{'adapter':0,'sent':9223372036854775807}}");
    assert_fails(try_order(f, "{'traffic':{'adapter':0,'received':5,'sent':2}}", &err), VPC_INVALID_ARGUMENT, err);
    order(f, "{'traffic':{'adapter':0,'sent':1}}");
    engine_sample_now(f->vm);
    expect(f, "[ a0 18446744073709551615/0 0/0 a1 0/0 0/0 d2 0/0 0/0 ]");
}

static void write_orders(struct fixture *f, const char *text)
{
    struct vpc_error err;
    char *path = path_join(f->folder, "fake.json");
    assert_ok(file_replace(path, text, strlen(text), &err), err);
    free(path);
}

static void test_fake__file_of_orders_is_obeyed_before_the_start(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    write_orders(f, "[{\"traffic\":{\"adapter\":0,\"received\":3}},{\"fail\":\"start\",\"text\":\"as written\"}]");
    open_vm(f);
    assert_ok(engine_start(f->vm, NULL, &err), err);
    expect(f, " stopped-failed(as written)");
}

static void test_fake__file_of_orders_that_is_bad_stops_the_opening(void **state)
{
    static const char *const bad[] = {"", "{", "{}", "[1]", "[{\"nonsense\":1}]", "[{\"hold\":\"start\"},{}]"};
    struct fixture *f = *state;
    struct vpc_error err;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_orders(f, bad[i]);
        assert_false(engine_open(&f->vm, "fake", &f->loop, &f->config, f->folder, &events, f, &err));
        assert_int_equal(err.cause, bad[i][0] == '[' ? VPC_INVALID_ARGUMENT : VPC_CORRUPT);
        assert_non_null(strstr(err.text, "fake.json"));
        assert_null(f->vm);
    }
}

static void test_fake__close_drops_what_waits(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    start(f);
    assert_ok(engine_reset(f->vm, &err), err);
    engine_sample_now(f->vm);
    engine_close(f->vm, on_closed, f);
    expect(f, "");
    assert_true(f->closed);
    f->vm = NULL;
    f->closed = false;
}

static void test_fake__save_and_restore_carry_the_guest(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    char *path = path_join(f->folder, "saved.vsv");
    start(f);
    order(f, "{'cpu':40}");
    order(f, "{'traffic':{'adapter':0,'sent':1000}}");
    assert_ok(engine_save(f->vm, path, &err), err);
    expect(f, " 25% 50% 75%[ a0 1000/0 0/0 a1 0/0 0/0 d2 0/0 0/0 ] stopped-saved()");
    assert_true(file_exists(path));
    engine_close(f->vm, on_closed, f);
    expect(f, "");
    f->closed = false;
    open_vm(f);
    assert_ok(engine_start(f->vm, path, &err), err);
    expect(f, " 25% 50% 75%" IDLE " running");
    uint64_t before_us = f->cpu_time_us;
    uv_sleep(5);
    uv_update_time(&f->loop);
    engine_sample_now(f->vm);
    expect(f, IDLE);
    assert_true(f->cpu_time_us > before_us);
    free(path);
}

static void test_fake__save_that_fails_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    char *path = path_join(f->folder, "saved.vsv"), *nowhere = path_join(path, "saved.vsv");
    start(f);
    order(f, "{'fail':'save','text':'no room','cause':'disk-full'}");
    assert_ok(engine_save(f->vm, path, &err), err);
    expect(f, " failed(no room)");
    assert_false(file_exists(path));
    order(f, "{'hold':'save'}");
    assert_ok(engine_save(f->vm, nowhere, &err), err);
    order(f, "{'progress':40}");
    expect(f, " 40%");
    order(f, "{'release':'save'}");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_non_null(strstr(f->reports.data, "failed(cannot make saved state"));
    buffer_free(&f->reports);
    f->reports = (struct buffer){0};
    assert_fails(try_order(f, "{'progress':40}", &err), VPC_STATE_CONFLICT, err);
    assert_ok(engine_pause(f->vm, &err), err);
    expect(f, " paused");
    free(path);
    free(nowhere);
}

static void test_fake__adoption_is_not_supported(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint64_t memory[ENGINE_MEMORY_WORDS] = {0};
    open_vm(f);
    assert_fails(engine_adopt(f->vm, "", memory, &err), VPC_NOT_SUPPORTED, err);
    assert_string_equal(engine_state(f->vm), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fake__start_samples_before_the_guest_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__traffic_is_in_the_next_sample, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__reset_comes_after_the_last_sample_of_the_old_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_fake__pause_stops_the_guest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__reset_of_a_paused_vm_lets_it_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__guest_that_is_paused_first_does_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__turn_off_ends_with_a_sample, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__guest_power_off_ends_with_a_sample, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__hold_keeps_an_operation_until_release, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__turn_off_overtakes_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__failure_is_of_the_next_operation_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__failed_start_is_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__lost_source_is_an_error_not_a_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__sources_restart_vanish_and_return, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__crash_overtakes_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__cpu_time_grows_with_the_loops_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__commands_that_make_no_sense_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__numbers_of_a_source_do_not_wrap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__file_of_orders_is_obeyed_before_the_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__file_of_orders_that_is_bad_stops_the_opening, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__close_drops_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__save_and_restore_carry_the_guest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__save_that_fails_leaves_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fake__adoption_is_not_supported, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("fake engine", tests, NULL, NULL);
}
