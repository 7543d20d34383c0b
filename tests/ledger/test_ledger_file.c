/* Files of earlier and later versions, and files that are none of ours: never a wrong figure. */
#include "ledger_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger_private.h"
#include "util/clock.h"
#include "util/file.h"

static const struct ledger_query by_machine = {
    .grouping = LEDGER_BY_MACHINE, .first_day = -719528, .last_day = 2932896};

static void reopen(struct ledger_check *check)
{
    struct vpc_error err;
    ledger_close(check->ledger);
    assert_ok(ledger_open(&check->ledger, check->path, false, LEDGER_PATIENCE_MS, &err), err);
    assert_non_null(check->ledger);
}

/* In place of the new one. */
static void replace_file(struct ledger_check *check, const void *data, size_t size)
{
    struct vpc_error err;
    ledger_close(check->ledger);
    check->ledger = NULL;
    assert_ok(file_replace(check->path, data, size, &err), err);
}

static void assert_refused(struct ledger_check *check, enum vpc_cause cause, const char *word)
{
    struct vpc_error err;
    struct ledger *ledger;
    ledger_close(check->ledger);
    check->ledger = NULL;
    assert_fails(ledger_open(&ledger, check->path, true, LEDGER_PATIENCE_MS, &err), cause, err);
    assert_null(ledger);
    if (strstr(err.text, word) == NULL || strstr(err.text, LEDGER_FILE) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, word);
}

static void test_open__missing_is_nothing_used(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger *ledger;
    char path[1024];
    snprintf(path, sizeof path, "%s-other", check->path);
    assert_ok(ledger_open(&ledger, path, false, 0, &err), err);
    assert_null(ledger);
    assert_false(file_exists(path));
}

/* Readers and the writer work side by side, on every system. */
static void test_open__has_a_write_ahead_log(void **state)
{
    struct ledger_check *check = *state;
    assert_int_equal(check_ask(check->path, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
}

static void test_open__folder_missing(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger *ledger;
    char path[1024];
    snprintf(path, sizeof path, "%s-folder/%s", check->path, LEDGER_FILE);
    assert_fails(ledger_open(&ledger, path, true, 0, &err), VPC_IO, err);
}

static void test_open__no_database(void **state)
{
    char text[8192];
    memset(text, 'x', sizeof text);
    replace_file(*state, text, sizeof text);
    assert_refused(*state, VPC_CORRUPT, "not a database");
}

static void test_open__cut_short(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    char *data;
    size_t size;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    ledger_close(check->ledger); /* moves the log into the file */
    check->ledger = NULL;
    assert_ok(file_read(check->path, 1 << 20, &data, &size, &err), err);
    assert_true(size > 8192);
    replace_file(check, data, 5000);
    free(data);
    assert_refused(check, VPC_CORRUPT, "malformed");
}

static void test_open__another_programs_database(void **state)
{
    struct ledger_check *check = *state;
    replace_file(check, "", 0);
    check_run(check->path, "CREATE TABLE machine (id INTEGER PRIMARY KEY, config_id TEXT, name TEXT)");
    assert_refused(check, VPC_CORRUPT, "another program");
    replace_file(check, "", 0);
    check_run(check->path, "PRAGMA application_id = 7");
    assert_refused(check, VPC_CORRUPT, "another program");
}

static void test_open__later_version(void **state)
{
    struct ledger_check *check = *state;
    check_run(check->path, "PRAGMA user_version = 4");
    assert_refused(check, VPC_NOT_SUPPORTED, "version 4");
    check_run(check->path, "PRAGMA user_version = -1");
    assert_refused(check, VPC_CORRUPT, "another program");
}

/* What a schema says is done whenever a row is read or written, so it is ours to the letter or none at all. */
static void check_schema(struct ledger_check *check, const char *sql)
{
    check_run(check->path, sql);
    assert_refused(check, VPC_CORRUPT, "not those of a ledger");
}

static void test_open__trigger(void **state)
{
    check_schema(*state, "CREATE TRIGGER t AFTER INSERT ON epoch BEGIN DELETE FROM machine; END");
}

static void test_open__view(void **state)
{
    check_schema(*state, "DROP TABLE folded; CREATE VIEW folded AS SELECT 1");
}

static void test_open__computed_column(void **state)
{
    check_schema(*state, "ALTER TABLE machine ADD COLUMN more TEXT AS (printf('%.*c', 900000000, 'x'))");
}

static void test_open__index_on_an_expression(void **state)
{
    check_schema(*state, "CREATE INDEX more ON epoch (printf('%d', number))");
}

static void test_open__table_missing(void **state)
{
    check_schema(*state, "DROP TABLE folded");
}

/* Of the system's own making, by somebody who wants his queries quick. */
static void test_open__statistics(void **state)
{
    struct ledger_check *check = *state;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    check_run(check->path, "ANALYZE");
    reopen(check);
    assert_blue_sent(check->ledger, NULL, "100");
}

#define CONSTRAINT_SQL "'bytes_sent ANY NOT NULL CHECK (typeof(bytes_sent) = ''text'' OR bytes_sent >= 0)'"
#define LOOSE_SQL      "'bytes_sent ANY'"

/* One row, with this for what was sent, which its table would not take: its constraint is gone in the meantime. */
static void put_figure(struct ledger_check *check, const char *figure)
{
    char sql[512];
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    check_run(check->path, "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, " CONSTRAINT_SQL
                           ", " LOOSE_SQL ") WHERE name = 'adapter_usage'");
    snprintf(sql, sizeof sql, "UPDATE adapter_usage SET bytes_sent = %s", figure);
    check_run(check->path, sql);
    check_run(check->path, "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, " LOOSE_SQL
                           ", " CONSTRAINT_SQL ") WHERE name = 'adapter_usage'");
    reopen(check);
}

static bool take_nothing(void *context, const struct ledger_row *row, struct vpc_error *err)
{
    (void)context, (void)row, (void)err;
    return true;
}

static void check_figure(struct ledger_check *check, const char *figure)
{
    struct vpc_error err;
    struct ledger_totals totals;
    put_figure(check, figure);
    assert_fails(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), VPC_CORRUPT, err);
    assert_fails(ledger_query(check->ledger, &by_machine, take_nothing, NULL, &err), VPC_CORRUPT, err);
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + DAY_MS, 100, 10);
    assert_fails(ledger_write(check->ledger, &epoch, &err), VPC_CORRUPT, err);
    assert_fails(ledger_prune(check->ledger, MAY_4 / DAY_MS + 9, &err) &&
                     ledger_sum(check->ledger, BLUE, NULL, &totals, &err),
                 VPC_CORRUPT, err);
}

static void test_read__negative_figure(void **state)
{
    check_figure(*state, "-1");
}

static void test_read__real_figure(void **state)
{
    check_figure(*state, "1.5");
}

static void test_read__text_figure(void **state)
{
    check_figure(*state, "'12x'");
}

static void test_read__no_figure(void **state)
{
    check_figure(*state, "NULL");
}

static void test_read__blob_figure(void **state)
{
    check_figure(*state, "x'3132'");
}

static void test_read__sum_beyond_96_bits(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_totals totals;
    put_figure(check, "'79228162514264337593543950335'");
    struct ledger_epoch epoch = blue_epoch(2, MAY_4, MAY_4 + 1, 1, 1);
    check_write(check->ledger, &epoch);
    assert_fails(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), VPC_CORRUPT, err);
}

/* A file may hold more than anybody would wait for. */
static void test_read__ends_when_it_takes_too_long(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger_totals totals;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    check_run(check->path, "WITH RECURSIVE n (day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM n WHERE day < 20000)"
                           " INSERT OR IGNORE INTO adapter_usage SELECT 1, 0, day, 1, 1, 1, 1 FROM n");
    reopen(check);
    check->ledger->longest_ms = 0;
    check->ledger->patience_ms = 0;
    assert_fails(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), VPC_TIMED_OUT, err);
    assert_fails(ledger_query(check->ledger, &by_machine, take_nothing, NULL, &err), VPC_TIMED_OUT, err);
    check->ledger->longest_ms = UINT32_MAX;
    assert_ok(ledger_sum(check->ledger, BLUE, NULL, &totals, &err), err);
    assert_int_equal(totals.figures[LEDGER_BYTES_SENT].low, 20101);
}

/* Who has a deadline has it for all that he asks. */
static void test_read__ends_at_a_deadline(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger *hurried;
    struct ledger_totals totals;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    check_run(check->path, "WITH RECURSIVE n (day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM n WHERE day < 20000)"
                           " INSERT OR IGNORE INTO adapter_usage SELECT 1, 0, day, 1, 1, 1, 1 FROM n");
    assert_ok(ledger_open_until(&hurried, check->path, UINT64_MAX, &err), err);
    assert_ok(ledger_sum(hurried, BLUE, NULL, &totals, &err), err);
    ledger_close(hurried);
    assert_ok(ledger_open_until(&hurried, check->path, clock_monotonic_ms(), &err), err);
    assert_fails(ledger_sum(hurried, BLUE, NULL, &totals, &err), VPC_TIMED_OUT, err);
    assert_fails(ledger_query(hurried, &by_machine, take_nothing, NULL, &err), VPC_TIMED_OUT, err);
    assert_true(sqlite3_exec(check->ledger->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
    assert_fails(ledger_forget(hurried, BLUE, &err), VPC_TIMED_OUT, err);
    assert_true(sqlite3_exec(check->ledger->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    ledger_close(hurried);
}

static void check_name(struct ledger_check *check, const char *sql)
{
    struct ledger_query minutes = by_machine;
    struct vpc_error err;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    check_write(check->ledger, &epoch);
    check_run(check->path, sql);
    assert_fails(ledger_query(check->ledger, &by_machine, take_nothing, NULL, &err), VPC_CORRUPT, err);
    minutes.grouping = LEDGER_BY_MINUTE;
    assert_fails(ledger_query(check->ledger, &minutes, take_nothing, NULL, &err), VPC_CORRUPT, err);
}

static void test_read__longer_name_than_any(void **state)
{
    check_name(*state, "UPDATE machine SET name = printf('%.1025c', 'x')");
}

static void test_read__longer_id_than_any(void **state)
{
    check_name(*state, "UPDATE machine SET config_id = config_id || '}'");
}

static void test_read__name_of_a_megabyte(void **state)
{
    check_name(*state, "UPDATE machine SET name = printf('%.1000000c', 'x')");
}

static void test_migrate__version_1(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    char *sql;
    size_t size;
    replace_file(check, "", 0);
    assert_ok(file_read(VERSION_1, 1 << 20, &sql, &size, &err), err);
    check_run(check->path, sql);
    free(sql);
    assert_int_equal(check_ask(check->path, "PRAGMA user_version"), 1);
    reopen(check);
    assert_int_equal(check_ask(check->path, "PRAGMA user_version"), LEDGER_VERSION);
    assert_blue_sent(check->ledger, NULL, "9223372036854776807");
    struct ledger_epoch epoch = blue_epoch(2, MAY_4 + 5000, MAY_4 + 6000, 193, 0);
    check_write(check->ledger, &epoch);
    assert_blue_sent(check->ledger, NULL, "9223372036854777000");
    assert_whole(check->path);
}

static void test_migrate__version_2_keeps_its_minutes(void **state)
{
    struct ledger_check *check = *state;
    replace_file(check, "", 0);
    check_run(check->path, ledger_migrations[0]);
    check_run(check->path, ledger_migrations[1]);
    check_run(check->path, "INSERT INTO machine VALUES (1, '" BLUE "', 'Blue');"
                           "INSERT INTO epoch VALUES (1, 1, 1, 1, 0, 60000, 60000, 0);"
                           "INSERT INTO minute VALUES (1, 0, 42, 5, 6, 7, 8, 9, 10, 11, 12)");
    reopen(check);
    assert_int_equal(check_ask(check->path, "SELECT cpu_percent * 1000 + bytes_sent * 100 + writes FROM minute"),
                     42512);
    check_run(check->path, "UPDATE minute SET cpu_percent = NULL");
    assert_whole(check->path);
}

/* What a new file has is what an old one has after it was brought up to date. */
static void test_migrate__ends_at_the_same_tables(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    char *sql;
    size_t size;
    static const char shape[] = "SELECT sum(length(sql)) * 1000 + count(*) FROM sqlite_schema";
    int64_t fresh = check_ask(check->path, shape);
    replace_file(check, "", 0);
    assert_ok(file_read(VERSION_1, 1 << 20, &sql, &size, &err), err);
    check_run(check->path, sql);
    free(sql);
    reopen(check);
    assert_int_equal(check_ask(check->path, shape), fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define LEDGER_TEST(function) cmocka_unit_test_setup_teardown(function, ledger_check_open, ledger_check_close)
        LEDGER_TEST(test_open__missing_is_nothing_used),
        LEDGER_TEST(test_open__folder_missing),
        LEDGER_TEST(test_open__has_a_write_ahead_log),
        LEDGER_TEST(test_open__no_database),
        LEDGER_TEST(test_open__cut_short),
        LEDGER_TEST(test_open__another_programs_database),
        LEDGER_TEST(test_open__later_version),
        LEDGER_TEST(test_open__trigger),
        LEDGER_TEST(test_open__view),
        LEDGER_TEST(test_open__computed_column),
        LEDGER_TEST(test_open__index_on_an_expression),
        LEDGER_TEST(test_open__statistics),
        LEDGER_TEST(test_open__table_missing),
        LEDGER_TEST(test_read__negative_figure),
        LEDGER_TEST(test_read__real_figure),
        LEDGER_TEST(test_read__text_figure),
        LEDGER_TEST(test_read__no_figure),
        LEDGER_TEST(test_read__blob_figure),
        LEDGER_TEST(test_read__sum_beyond_96_bits),
        LEDGER_TEST(test_read__ends_when_it_takes_too_long),
        LEDGER_TEST(test_read__ends_at_a_deadline),
        LEDGER_TEST(test_read__longer_name_than_any),
        LEDGER_TEST(test_read__longer_id_than_any),
        LEDGER_TEST(test_read__name_of_a_megabyte),
        LEDGER_TEST(test_migrate__version_1),
        LEDGER_TEST(test_migrate__version_2_keeps_its_minutes),
        LEDGER_TEST(test_migrate__ends_at_the_same_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
