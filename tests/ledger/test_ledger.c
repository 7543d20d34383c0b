/* What supervisors write is what readers get. */
#include "ledger_check.h"

#include <stdlib.h>

static const struct ledger_query by_machine = {
    .grouping = LEDGER_BY_MACHINE, .first_day = -719528, .last_day = 2932896};

static struct ledger_query everything(enum ledger_grouping grouping)
{
    struct ledger_query query = by_machine;
    query.grouping = grouping;
    return query;
}

static void test_write__totals_replace_each_other(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1000, 100, 200);
    check_write(check->ledger, &epoch);
    assert_blue_sent(check->ledger, NULL, "100");
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(1, MAY_4, MAY_4 + 5000, 150, 260);
    check_write(check->ledger, &epoch);
    assert_blue_sent(check->ledger, NULL, "150");
    assert_rows(check->ledger, &by_machine, "Blue -1 - 150 260 0 0; ");
}

static void test_write__epochs_add_up(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch first = blue_epoch(1, MAY_4, MAY_4 + 1000, 100, 1),
                        second = blue_epoch(2, MAY_4 + 1000, MAY_4 + 2000, 30, 1);
    first.end = LEDGER_RESET;
    second.drives[1] = (struct ledger_source){.present = true, .figures = {512, 1024, 1, 2}};
    check_write(check->ledger, &first);
    check_write(check->ledger, &second);
    assert_blue_sent(check->ledger, NULL, "130");
    assert_blue_sent(check->ledger, &second.id, "100");
    assert_rows(check->ledger, &by_machine, "Blue -1 - 130 2 512 1024; ");
    struct ledger_totals totals;
    struct vpc_error err;
    assert_ok(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), err);
    assert_int_equal(totals.up_ms, 2000);
}

/* The same number again, since the page that knew it was lost. */
static void test_write__epochs_of_one_number_are_told_apart(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch first = blue_epoch(1, MAY_4, MAY_4 + 1000, 100, 0),
                        again = blue_epoch(1, MAY_4 + 2000, MAY_4 + 3000, 7, 0);
    check_write(check->ledger, &first);
    check_write(check->ledger, &again);
    assert_blue_sent(check->ledger, NULL, "107");
}

static void test_write__day_has_what_the_other_days_leave(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + DAY_MS - 1, 100, 10);
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(1, MAY_4, MAY_4 + DAY_MS, 100, 10);
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(1, MAY_4, MAY_4 + DAY_MS + 5, 160, 11);
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(1, MAY_4, MAY_4 + 2 * (int64_t)DAY_MS, 161, 11);
    check_write(check->ledger, &epoch);
    struct ledger_query query = everything(LEDGER_BY_DAY);
    assert_rows(check->ledger, &query,
                "Blue -1 2026-05-04 100 10 0 0; Blue -1 2026-05-05 60 1 0 0; Blue -1 2026-05-06 1 0 0 0; ");
    query.first_day = query.last_day = MAY_4 / DAY_MS + 1;
    assert_rows(check->ledger, &query, "Blue -1 2026-05-05 60 1 0 0; ");
}

static void test_write__clock_set_back_counts_nothing_twice(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + DAY_MS, 100, 10);
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(1, MAY_4, MAY_4 + 10, 130, 10);
    check_write(check->ledger, &epoch);
    struct ledger_query query = everything(LEDGER_BY_DAY);
    assert_rows(check->ledger, &query, "Blue -1 2026-05-04 30 0 0 0; Blue -1 2026-05-05 100 10 0 0; ");
}

static void test_write__figures_beyond_2_to_63(void **state)
{
    struct ledger_check *check = *state;
    for (uint64_t number = 1; number <= 3; number++) {
        struct ledger_epoch epoch = blue_epoch(number, MAY_4, MAY_4 + 1000, UINT64_MAX, (uint64_t)INT64_MAX + 1);
        check_write(check->ledger, &epoch);
    }
    assert_blue_sent(check->ledger, NULL, "55340232221128654845");
    assert_rows(check->ledger, &by_machine, "Blue -1 - 55340232221128654845 27670116110564327424 0 0; ");
    assert_int_equal(check_ask(check->path, "SELECT count(*) FROM adapter_usage WHERE typeof(bytes_sent) = 'text' AND"
                                            " bytes_sent = '18446744073709551615'"),
                     3);
}

static void test_write__refuses_a_total_below_its_days(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(1, MAY_4, MAY_4 + DAY_MS, 99, 10);
    assert_fails(ledger_write(check->ledger, &epoch, &err), VPC_CORRUPT, err);
    assert_blue_sent(check->ledger, NULL, "100");
}

static void test_query__by_adapter_and_month(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    epoch.adapters[3] = (struct ledger_source){.present = true, .figures = {5, 6, 1, 1}};
    epoch.drives[0] = (struct ledger_source){.present = true, .figures = {512, 0, 1, 0}};
    epoch.end = LEDGER_TURNED_OFF;
    check_write(check->ledger, &epoch);
    epoch = blue_epoch(2, MAY_4 + 40 * (int64_t)DAY_MS, MAY_4 + 40 * (int64_t)DAY_MS + 1, 1, 2);
    check_write(check->ledger, &epoch);
    struct ledger_query query = everything(LEDGER_BY_ADAPTER);
    assert_rows(check->ledger, &query, "Blue 0 - 101 12 0 0; Blue 3 - 5 6 0 0; ");
    query.grouping = LEDGER_BY_MONTH;
    assert_rows(check->ledger, &query, "Blue -1 2026-05 105 16 512 0; Blue -1 2026-06 1 2 0 0; ");
}

static void test_query__of_one_machine(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch blue = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10), green = blue;
    green.config_id = GREEN;
    green.name = "Grün' OR 1=1 --";
    green.adapters[0].figures[0] = 5;
    check_write(check->ledger, &blue);
    check_write(check->ledger, &green);
    struct ledger_query query = by_machine;
    query.name = "GRÜN' or 1=1 --";
    assert_rows(check->ledger, &query, "Grün' OR 1=1 -- -1 - 5 10 0 0; ");
    query.name = "nobody";
    assert_rows(check->ledger, &query, "");
    query.config_id = "{00000000-0000-0000-0000-00000000000b}";
    assert_rows(check->ledger, &query, "Blue -1 - 100 10 0 0; ");
    green.name = "Green";
    check_write(check->ledger, &green);
    assert_rows(check->ledger, &by_machine, "Blue -1 - 100 10 0 0; Green -1 - 5 10 0 0; ");
}

static void test_query__by_minute(void **state)
{
    struct ledger_check *check = *state;
    const int64_t noon = MAY_4 + DAY_MS / 2;
    static const struct {
        int64_t minute;
        uint64_t sent;
    } steps[] = {{0, 10}, {0, 15}, {1, 20}, {2, 120}, {5, 200}, {6, 201}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct ledger_epoch epoch = blue_epoch(1, noon, noon + steps[i].minute * MINUTE_MS + 999, steps[i].sent, 0);
        check_write(check->ledger, &epoch);
    }
    /* Minute 5 has no minute before it, so what it has is not known. */
    struct ledger_query query = everything(LEDGER_BY_MINUTE);
    assert_rows(check->ledger, &query,
                "Blue -1 2026-05-04T12:00Z 15 0 0 0; Blue -1 2026-05-04T12:01Z 5 0 0 0; "
                "Blue -1 2026-05-04T12:02Z 100 0 0 0; Blue -1 2026-05-04T12:06Z 1 0 0 0; ");
    /* The oldest that is kept has lost its predecessor. */
    struct ledger_epoch epoch = blue_epoch(1, noon, noon + (LEDGER_MINUTES + 1) * (int64_t)MINUTE_MS, 300, 0);
    check_write(check->ledger, &epoch);
    assert_rows(check->ledger, &query, "Blue -1 2026-05-04T12:02Z 100 0 0 0; Blue -1 2026-05-04T12:06Z 1 0 0 0; ");
}

static void test_query__by_minute_after_the_clock_was_set_back(void **state)
{
    struct ledger_check *check = *state;
    const int64_t noon = MAY_4 + DAY_MS / 2;
    static const int minutes[] = {0, 1, 2, 3, 4, 5, 6, 2, 3};
    struct ledger_epoch green = blue_epoch(1, noon, noon + 999, 5, 0);
    green.config_id = GREEN;
    green.name = "Green";
    check_write(check->ledger, &green);
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        struct ledger_epoch epoch = blue_epoch(1, noon, noon + minutes[i] * MINUTE_MS + 999, (i + 1) * 10, 0);
        check_write(check->ledger, &epoch);
    }
    /* Minute 2 has what was counted until minute 6: whose it is, nobody knows. */
    struct ledger_query query = everything(LEDGER_BY_MINUTE);
    assert_rows(check->ledger, &query,
                "Blue -1 2026-05-04T12:00Z 10 0 0 0; Blue -1 2026-05-04T12:03Z 10 0 0 0; "
                "Green -1 2026-05-04T12:00Z 5 0 0 0; ");
    /* A ledger that is like that already spoils no more than the minute. */
    check_run(check->path, "INSERT INTO minute SELECT epoch, minute + 1, cpu_percent, 70, 0, 0, 0, 0, 0, 0, 0"
                           " FROM minute WHERE bytes_sent = 90");
    assert_rows(check->ledger, &query,
                "Blue -1 2026-05-04T12:00Z 10 0 0 0; Blue -1 2026-05-04T12:03Z 10 0 0 0; "
                "Green -1 2026-05-04T12:00Z 5 0 0 0; ");
}

/* Minute 0 comes twice: it is no full minute of the epoch, but what it has is not of that minute alone. */
static void test_query__by_minute_after_the_clock_was_set_back_to_the_first(void **state)
{
    struct ledger_check *check = *state;
    const int64_t noon = MAY_4 + DAY_MS / 2;
    static const int minutes[] = {0, 1, 2, 0, 1, 2};
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        struct ledger_epoch epoch = blue_epoch(1, noon + 500, noon + minutes[i] * MINUTE_MS + 999, (i + 1) * 10, 0);
        epoch.up_ms = i * MINUTE_MS + 499;
        check_write(check->ledger, &epoch);
    }
    struct ledger_query query = everything(LEDGER_BY_MINUTE);
    assert_rows(check->ledger, &query, "Blue -1 2026-05-04T12:02Z 10 0 0 0; ");
}

static bool take_cpu(void *context, const struct ledger_row *row, struct vpc_error *err)
{
    int32_t **at = context;
    (void)err;
    *(*at)++ = row->cpu_percent;
    return true;
}

static void test_query__cpu_of_a_minute_may_be_unknown(void **state)
{
    struct ledger_check *check = *state;
    static const int32_t percent[] = {42, -1, 0};
    int32_t told[3] = {7, 7, 7}, *at = told;
    struct vpc_error err;
    for (int i = 0; i < 3; i++) {
        struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + i * MINUTE_MS + 999, 10, 0);
        epoch.cpu_percent = percent[i];
        check_write(check->ledger, &epoch);
    }
    struct ledger_query query = everything(LEDGER_BY_MINUTE);
    assert_ok(ledger_query(check->ledger, &query, take_cpu, &at, &err), err);
    assert_ptr_equal(at, told + 3);
    assert_memory_equal(told, percent, sizeof told);
}

static void test_begin__open_epochs_were_lost(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_epoch first = blue_epoch(1, MAY_4, MAY_4 + 1, 1, 0),
                        second = blue_epoch(2, MAY_4 + 1, MAY_4 + 2, 1, 0);
    struct ledger_epoch green = first;
    green.config_id = GREEN;
    check_write(check->ledger, &first);
    check_write(check->ledger, &second);
    check_write(check->ledger, &green);
    assert_ok(ledger_begin(check->ledger, BLUE, &second.id, &err), err);
    assert_int_equal(check_ask(check->path, "SELECT ended FROM epoch WHERE number = 1 AND machine = 1"), LEDGER_LOST);
    assert_int_equal(check_ask(check->path, "SELECT ended FROM epoch WHERE number = 2"), LEDGER_STILL_OPEN);
    assert_ok(ledger_begin(check->ledger, BLUE, NULL, &err), err);
    assert_int_equal(check_ask(check->path, "SELECT ended FROM epoch WHERE number = 2"), LEDGER_LOST);
    assert_int_equal(check_ask(check->path, "SELECT ended FROM epoch WHERE machine = 2"), LEDGER_STILL_OPEN);
    /* What is closed keeps its end. */
    second.end = LEDGER_SAVED;
    check_write(check->ledger, &second);
    assert_ok(ledger_begin(check->ledger, BLUE, NULL, &err), err);
    assert_int_equal(check_ask(check->path, "SELECT ended FROM epoch WHERE number = 2"), LEDGER_SAVED);
}

static void test_prune__keeps_the_sum(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_totals totals;
    for (int i = 0; i < 4; i++) {
        int64_t start = MAY_4 + i * (int64_t)DAY_MS;
        struct ledger_epoch epoch = blue_epoch((uint64_t)i + 1, start, start + 1000, UINT64_MAX - 1, 10);
        epoch.drives[0] = (struct ledger_source){.present = true, .figures = {1, 2, 3, 4}};
        epoch.end = i < 3 ? LEDGER_TURNED_OFF : LEDGER_STILL_OPEN;
        check_write(check->ledger, &epoch);
    }
    for (int64_t day = MAY_4 / DAY_MS; day < MAY_4 / DAY_MS + 10; day++) {
        assert_ok(ledger_prune(check->ledger, day, &err), err);
        assert_blue_sent(check->ledger, NULL, "73786976294838206456");
        assert_ok(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), err);
        assert_int_equal(totals.up_ms, 4000);
        assert_int_equal(totals.figures[LEDGER_WRITES].low, 16);
    }
    /* The open epoch stays, however old. */
    assert_rows(check->ledger, &by_machine, "Blue -1 - 18446744073709551614 10 1 2; ");
    assert_int_equal(check_ask(check->path, "SELECT count(*) FROM epoch"), 1);
    assert_whole(check->path);
}

/* A VM without adapters and drives was on all the same. */
static void test_prune__epochs_without_figures(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_totals totals;
    for (int i = 0; i < 3; i++) {
        int64_t start = MAY_4 + i * (int64_t)DAY_MS;
        struct ledger_epoch epoch = blue_epoch((uint64_t)i + 1, start, start + 1000, 0, 0);
        epoch.adapters[0].present = false;
        epoch.end = LEDGER_TURNED_OFF;
        check_write(check->ledger, &epoch);
    }
    for (int day = 0; day < 4; day++) {
        assert_ok(ledger_prune(check->ledger, MAY_4 / DAY_MS + day, &err), err);
        assert_int_equal(check_ask(check->path, "SELECT count(*) FROM epoch"), 3 - day);
        assert_ok(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), err);
        assert_int_equal(totals.up_ms, 3000);
    }
    assert_whole(check->path);
}

static void test_forget__takes_all_of_one_machine(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_epoch blue = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10), green = blue;
    green.config_id = GREEN;
    green.name = "Green";
    check_write(check->ledger, &blue);
    /* More than goes at once. */
    check_run(check->path, "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                           " INSERT INTO epoch (machine, number, cause, start_ms, last_ms, up_ms, ended)"
                           " SELECT machine, i, cause, start_ms, last_ms, up_ms, ended FROM epoch, n");
    check_write(check->ledger, &green);
    assert_ok(ledger_forget(check->ledger, BLUE, &err), err);
    assert_rows(check->ledger, &by_machine, "Green -1 - 100 10 0 0; ");
    assert_blue_sent(check->ledger, NULL, "0");
    assert_int_equal(check_ask(check->path, "SELECT count(*) FROM adapter_usage"), 1);
    assert_int_equal(check_ask(check->path, "SELECT count(*) FROM epoch"), 1);
    assert_whole(check->path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write__totals_replace_each_other, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__epochs_add_up, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__epochs_of_one_number_are_told_apart, ledger_check_open,
                                        ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__day_has_what_the_other_days_leave, ledger_check_open,
                                        ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__clock_set_back_counts_nothing_twice, ledger_check_open,
                                        ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__figures_beyond_2_to_63, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__refuses_a_total_below_its_days, ledger_check_open,
                                        ledger_check_close),
        cmocka_unit_test_setup_teardown(test_query__by_adapter_and_month, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_query__of_one_machine, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_query__by_minute, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_query__by_minute_after_the_clock_was_set_back_to_the_first,
                                        ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_query__by_minute_after_the_clock_was_set_back, ledger_check_open,
                                        ledger_check_close),
        cmocka_unit_test_setup_teardown(test_query__cpu_of_a_minute_may_be_unknown, ledger_check_open,
                                        ledger_check_close),
        cmocka_unit_test_setup_teardown(test_begin__open_epochs_were_lost, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_prune__keeps_the_sum, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_prune__epochs_without_figures, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_forget__takes_all_of_one_machine, ledger_check_open, ledger_check_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
