/* vpcctl usage of days that the test has written into the ledger. */
#include <stdlib.h>
#include "ctl_check.h"
#include "ledger/ledger.h"
#include "objects_check.h"
#include "util/path.h"

#define HEADINGS                                                                                                       \
    "name,adapter,period,network_bytes_sent,network_bytes_received,disk_bytes_read,disk_bytes_written,"                \
    "network_packets_sent,network_packets_received,id\n"
#define BLUE_ID "{00000000-0000-0000-0000-00000000000B}"
#define RED_ID  "{00000000-0000-0000-0000-00000000000C}"

/* 2026-04-30, 12:00 UTC */
static const int64_t APRIL_30_MS = 1777550400000;
static const int64_t DAY_MS = 86400000;

static struct ledger *open_ledger(const struct fixture *fixture)
{
    struct vpc_error err;
    struct ledger *ledger;
    char *path = path_join(fixture->home.folder, LEDGER_FILE);
    assert_ok(ledger_open(&ledger, path, true, LEDGER_PATIENCE_MS, &err), err);
    free(path);
    return ledger;
}

/* Totals of an epoch on three days, the last of April and the first two of May: the first adapter sends so much a day,
 * the second one 1 byte, the drive reads 10 bytes. */
static void write_days(struct ledger *ledger, const char *id, const char *name, uint64_t sent_a_day)
{
    struct vpc_error err;
    struct ledger_epoch epoch = {
        .config_id = id,
        .name = name,
        .id = {.number = 1, .start_utc_ms = APRIL_30_MS},
        .cause = 1,
        .adapters = {{.present = true}, {.present = true}},
        .drives = {{.present = true}},
    };
    for (uint64_t day = 1; day <= 3; day++) {
        epoch.now_utc_ms = APRIL_30_MS + (int64_t)(day - 1) * DAY_MS;
        epoch.up_ms = (uint64_t)(epoch.now_utc_ms - APRIL_30_MS);
        epoch.adapters[0].figures[0] = day * sent_a_day;
        epoch.adapters[0].figures[2] = day;
        epoch.adapters[1].figures[0] = day;
        epoch.drives[0].figures[0] = 10 * day;
        epoch.end = day == 3 ? LEDGER_TURNED_OFF : LEDGER_STILL_OPEN;
        assert_ok(ledger_write(ledger, &epoch, &err), err);
    }
}

static void assert_usage(const char *by, const char *since, const char *until, const char *vm, const char *expected)
{
    struct ctl_result result =
        ctl_run_code(0, "usage", "--csv", "--by", by, "--since", since, "--until", until, vm, NULL);
    ctl_assert_out(&result, expected);
    ctl_clear(&result);
}

/* The machines are no more, or have never been on this host: the ledger has what they used. */
static void test_usage__by_all_that_it_can_be_asked(void **state)
{
    const struct fixture *fixture = *state;
    struct ledger *ledger = open_ledger(fixture);
    /* More than a double can tell from its neighbour. */
    write_days(ledger, BLUE_ID, "Blue", 9007199254740993);
    write_days(ledger, RED_ID, "Red", 5);
    ledger_close(ledger);

    assert_usage("vm", "2026-04-30", "2026-05-02", NULL,
                 HEADINGS "Blue,,,27021597764222982,0,30,0,3,0," BLUE_ID "\n"
                          "Red,,,18,0,30,0,3,0," RED_ID "\n");
    assert_usage("vm", "2026-05-01", "2026-05-01", NULL,
                 HEADINGS "Blue,,,9007199254740994,0,10,0,1,0," BLUE_ID "\n"
                          "Red,,,6,0,10,0,1,0," RED_ID "\n");
    assert_usage("adapter", "2026-05", "2026-05", "red",
                 HEADINGS "Red,1,,10,0,,,2,0," RED_ID "\n"
                          "Red,2,,2,0,,,0,0," RED_ID "\n");
    assert_usage("day", "2026-04-30", "2026-05-01", "Red",
                 HEADINGS "Red,,2026-04-30,6,0,10,0,1,0," RED_ID "\n"
                          "Red,,2026-05-01,6,0,10,0,1,0," RED_ID "\n");
    assert_usage("month", "2026-04", "2026-05", "Red",
                 HEADINGS "Red,,2026-04,6,0,10,0,1,0," RED_ID "\n"
                          "Red,,2026-05,12,0,20,0,2,0," RED_ID "\n");
    assert_usage("month", "2026-06", "2026-12", NULL, HEADINGS);
}

/* Whatever the screen is like. */
static void test_usage__periods_are_whole(void **state)
{
    const struct fixture *fixture = *state;
    struct ledger *ledger = open_ledger(fixture);
    write_days(ledger, BLUE_ID, "A blue machine", 9007199254740993);
    ledger_close(ledger);
    SetEnvironmentVariableW(L"COLUMNS", L"40");
    struct ctl_result result = ctl_run_code(0, "usage", "--bytes", "--by", "day", "--until", "2026-05-01", NULL);
    SetEnvironmentVariableW(L"COLUMNS", NULL);
    ctl_assert_out(&result, "NAME      PERIOD                  SENT  RECEIVED  READ  WRITTEN\n"
                            "A blue \xe2\x80\xa6  2026-04-30  9007199254740994         0    10        0\n"
                            "A blue \xe2\x80\xa6  2026-05-01  9007199254740994         0    10        0\n");
    ctl_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_usage__periods_are_whole, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_usage__by_all_that_it_can_be_asked, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("vpcctl usage", tests, NULL, NULL);
}
