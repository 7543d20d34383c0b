/* The host's clock is set back by a day, and on again, while a VM runs: no figure changes by that, nothing looks old,
 * and the usage ledger has every byte once. */
#include <stdio.h>
#include <stdlib.h>
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
        cmocka_unit_test_setup_teardown(test_wall_clock__takeover_on_the_day_before, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("wall clock", tests, NULL, NULL);
}
