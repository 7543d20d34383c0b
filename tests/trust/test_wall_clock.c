/* The host's clock is set back by a day, and on again, while a VM runs: no figure changes by that, nothing looks old,
 * and the usage ledger has every byte once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "ledger/ledger.h"
#include "ledger/ledger_check.h"
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    HOUR_MS = 3600000,
    PATIENCE_MS = 60000,
    DAY_S = 86400
};

struct fixture {
    struct test_home home;
    struct test_machine machine;
    char *ledger, *clock;
};

static void set_clock(struct fixture *f, int seconds)
{
    struct vpc_error err;
    char text[32];
    int size = snprintf(text, sizeof text, "%d\n", seconds);
    assert_ok(file_replace(f->clock, text, (size_t)size, &err), err);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_home_open(&f->home);
    test_machine_create(&f->machine, &f->home, "Late", 1);
    f->ledger = path_join(f->home.folder, LEDGER_FILE);
    f->clock = path_join(f->home.folder, "clock");
    set_clock(f, 0);
    /* For the supervisors that are started from here on. */
    uv_os_setenv("VPC_TEST_CLOCK", f->clock);
    uv_os_setenv("LD_PRELOAD", VPC_TEST_WALL_CLOCK);
    answer_clock_start();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    answer_clock_stop();
    uv_os_unsetenv("LD_PRELOAD");
    uv_os_unsetenv("VPC_TEST_CLOCK");
    test_machine_close(&f->machine);
    test_home_close(&f->home);
    free(f->ledger);
    free(f->clock);
    free(f);
    return 0;
}

/* What the ledger has of this VM, over all epochs. */
static int64_t in_ledger(struct fixture *f)
{
    return check_ask(f->ledger, "SELECT sum(bytes_sent) FROM adapter_usage");
}

static void check_alive(struct fixture *f)
{
    struct vpc_error err;
    test_machine_await_sample(&f->machine);
    assert_ok(in_time(test_machine_call(&f->machine, "ping", NULL, &err)), err);
    struct vm_page_body body = test_machine_body(&f->machine);
    assert_int_equal(body.sampled, 1);
    assert_int_equal(body.state, VM_RUNNING);
    assert_true(vm_page_last_beat(f->machine.page) <= clock_monotonic_ms());
}

static void test_wall_clock__set_back_by_a_day(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint32_t ignored;
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 1000, 1000);
    struct vm_page_body before = test_machine_body(&f->machine);

    set_clock(f, -DAY_S);
    check_alive(f);
    test_machine_send(&f->machine, 500, 1500);
    struct vm_page_body after = test_machine_body(&f->machine);
    assert_int_equal(after.epoch, 1);
    assert_int_equal(after.epoch_start_utc_ms, before.epoch_start_utc_ms);
    assert_int_equal(after.epoch_start_monotonic_ms, before.epoch_start_monotonic_ms); /* what UpTime counts from */
    assert_ok(test_machine_call(&f->machine, "reset", &ignored, &err), err);
    test_machine_await_epoch(&f->machine, 2);
    after = test_machine_body(&f->machine);
    assert_true(after.epoch_start_utc_ms < before.epoch_start_utc_ms - 23 * (int64_t)HOUR_MS);
    assert_true(after.epoch_start_monotonic_ms >= before.epoch_start_monotonic_ms);
    test_machine_send(&f->machine, 30, 30);

    set_clock(f, 0);
    check_alive(f);
    test_machine_engine(&f->machine, "{'guest':'reboot'}");
    test_machine_await_epoch(&f->machine, 3);
    test_machine_send(&f->machine, 7, 7);
    test_machine_turn_off(&f->machine);
    assert_int_equal(in_ledger(f), 1537);
    assert_int_equal(check_ask(f->ledger, "SELECT count(*) FROM epoch WHERE ended <> 0"), 3);
    assert_whole(f->ledger);
}

/* The figures by minute, for which the clock decides. */
static char *by_minute(struct fixture *f)
{
    const struct ledger_query query = {.grouping = LEDGER_BY_MINUTE, .first_day = 0, .last_day = 2932896};
    struct vpc_error err;
    struct ledger *ledger;
    assert_ok(ledger_open(&ledger, f->ledger, false, PATIENCE_MS, &err), err);
    char *rows = check_rows(ledger, &query);
    ledger_close(ledger);
    return rows;
}

static void await_minute(struct fixture *f, const char *sql)
{
    while (!file_exists(f->ledger) ||
           check_ask(f->ledger, "SELECT count(*) FROM sqlite_schema WHERE name = 'minute'") != 1 ||
           check_ask(f->ledger, sql) != 1)
        test_machine_await_sample(&f->machine);
}

static void test_wall_clock__minutes_come_twice(void **state)
{
    struct fixture *f = *state;
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 1000, 1000);
    await_minute(f, "SELECT count(*) FROM adapter_usage WHERE bytes_sent = 1000");
    set_clock(f, -600);
    test_machine_send(&f->machine, 500, 1500);
    await_minute(f, "SELECT count(*) FROM minute WHERE bytes_sent = 1500");
    /* Those of before the change, or of a time that is not there yet, would say another thing. */
    assert_int_equal(check_ask(f->ledger, "SELECT count(*) FROM minute"), 1);
    char *rows = by_minute(f);
    assert_string_equal(rows, "");
    free(rows);
    set_clock(f, 0);
    test_machine_send(&f->machine, 30, 1530);
    await_minute(f, "SELECT max(bytes_sent) = 1530 FROM minute");
    free(by_minute(f));
    check_alive(f);
    test_machine_turn_off(&f->machine);
    assert_int_equal(in_ledger(f), 1530);
    assert_whole(f->ledger);
}

static sqlite3 *hold_ledger(struct fixture *f)
{
    sqlite3 *holder;
    assert_int_equal(sqlite3_open(f->ledger, &holder), SQLITE_OK);
    sqlite3_busy_timeout(holder, PATIENCE_MS);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return holder;
}

/* The supervisor has said that it cannot write. */
static bool ledger_is_missed(struct fixture *f)
{
    struct vpc_error err;
    char *path = path_join(f->machine.run_folder, VM_LOG_FILE), *log;
    size_t size;
    assert_ok(file_read(path, 1 << 20, &log, &size, &err), err);
    bool missed = strstr(log, "database is locked") != NULL;
    free(log);
    free(path);
    return missed;
}

/* At midnight everybody writes: what found no time then still belongs to the day before. */
static void test_wall_clock__midnight_when_the_ledger_is_locked(void **state)
{
    struct fixture *f = *state;
    const int64_t now_s = clock_utc_ms() / 1000;
    const int to_midnight_s = (int)(DAY_S - now_s % DAY_S);
    char sql[160];
    set_clock(f, to_midnight_s - 1800);
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 100, 100);
    await_minute(f, "SELECT count(*) FROM adapter_usage WHERE bytes_sent = 100");
    sqlite3 *holder = hold_ledger(f);
    test_machine_send(&f->machine, 50, 150);
    set_clock(f, to_midnight_s + 1800);
    while (!ledger_is_missed(f))
        test_machine_await_sample(&f->machine);
    sqlite3_close(holder);
    test_machine_send(&f->machine, 7, 157);
    test_machine_turn_off(&f->machine);
    snprintf(sql, sizeof sql, "SELECT sum(bytes_sent) FROM adapter_usage WHERE day = %lld", (long long)now_s / DAY_S);
    assert_int_equal(check_ask(f->ledger, sql), 150);
    assert_int_equal(in_ledger(f), 157);
    assert_whole(f->ledger);
}

static void keep_for_30_days(struct fixture *f)
{
    struct vpc_error err;
    struct settings *options;
    assert_ok(settings_new(&options, "preferences", NULL, &err), err);
    assert_ok(settings_set_integer(options, "usage/retention_days", 30, &err), err);
    assert_ok(settings_save(options, f->home.catalog.options, &err), err);
    settings_free(options);
}

static void await_lifetime(struct fixture *f, uint64_t sent)
{
    struct vm_page_body body = test_machine_body(&f->machine);
    while (body.lifetime.known == 0) {
        test_machine_await_sample(&f->machine);
        body = test_machine_body(&f->machine);
    }
    assert_int_equal(body.lifetime.figures[LEDGER_BYTES_SENT].low, sent);
}

/* A VM has sent something 60 days ago, and something more until it ended; its supervisor was killed after that was
 * written, and before it knew. The next start comes when others have taken away what is older than 30 days. */
static void check_kept_too_long(struct fixture *f, int ended_days_ago)
{
    struct vpc_error err;
    struct ledger *ledger;
    char *path = path_join(f->machine.run_folder, VM_PENDING_FILE), *kept;
    size_t size;
    set_clock(f, -60 * DAY_S);
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 1000, 1000);
    await_minute(f, "SELECT count(*) FROM adapter_usage WHERE bytes_sent = 1000");
    set_clock(f, -ended_days_ago * DAY_S);
    test_machine_send(&f->machine, 500, 1500);
    sqlite3 *holder = hold_ledger(f);
    test_machine_engine(&f->machine, "{'guest':'power-off'}");
    test_machine_await_state(&f->machine, VM_TURNED_OFF);
    test_machine_kill(&f->machine);
    sqlite3_close(holder);
    assert_ok(file_read(path, 1 << 20, &kept, &size, &err), err);
    test_machine_start(&f->machine);
    await_lifetime(f, 1500);
    test_machine_turn_off(&f->machine);
    set_clock(f, 0);
    assert_ok(ledger_open(&ledger, f->ledger, false, PATIENCE_MS, &err), err);
    assert_ok(ledger_prune(ledger, ledger_day(clock_utc_ms()) - 30, &err), err);
    ledger_close(ledger);
    assert_int_equal(check_ask(f->ledger, "SELECT sum(bytes_sent) FROM folded"), ended_days_ago > 30 ? 1500 : 1000);
    assert_ok(file_replace(path, kept, size, &err), err);
    keep_for_30_days(f);
    test_machine_start(&f->machine);
    await_lifetime(f, 1500);
    free(kept);
    free(path);
}

static void test_wall_clock__end_that_was_kept_for_two_months(void **state)
{
    check_kept_too_long(*state, 59);
}

static void test_wall_clock__end_of_a_long_epoch_that_was_kept(void **state)
{
    check_kept_too_long(*state, 1);
}

/* A supervisor that is lost on one day and replaced on the day before. */
static void test_wall_clock__takeover_on_the_day_before(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint32_t shown;
    char *program = test_program("vpchost");
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 400, 400);
    test_machine_kill(&f->machine);
    set_clock(f, -DAY_S);
    assert_ok(test_adopt(program, f->machine.entry.name, &shown, &err), err);
    assert_int_equal(shown, VM_TURNED_OFF);
    assert_int_equal(in_ledger(f), 400);
    test_machine_start(&f->machine);
    assert_int_equal(test_machine_body(&f->machine).epoch, 2);
    test_machine_send(&f->machine, 5, 5);
    check_alive(f);
    test_machine_turn_off(&f->machine);
    assert_int_equal(in_ledger(f), 405);
    assert_whole(f->ledger);
    free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wall_clock__set_back_by_a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wall_clock__minutes_come_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wall_clock__midnight_when_the_ledger_is_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wall_clock__end_that_was_kept_for_two_months, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wall_clock__end_of_a_long_epoch_that_was_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wall_clock__takeover_on_the_day_before, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("wall clock", tests, NULL, NULL);
}
