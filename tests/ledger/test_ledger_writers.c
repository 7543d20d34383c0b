/* Many writers at once: none fails, nothing is lost. Threads here, each with a connection of its own, as SQLite's locks
 * are between connections; processes are in tests/host. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include "ledger_check.h"

enum {
    WRITERS = 64,
    WRITES = 20
};

struct writer {
    uv_thread_t thread;
    const char *path;
    int number;
    struct vpc_error err; /* cause 0: it went well */
};

static void writer_run(void *context)
{
    struct writer *writer = context;
    struct ledger *ledger;
    char config_id[64], name[32];
    snprintf(config_id, sizeof config_id, "{00000000-0000-0000-0000-%012d}", writer->number);
    snprintf(name, sizeof name, "VM %d", writer->number);
    if (!ledger_open(&ledger, writer->path, true, 120000, &writer->err))
        return;
    writer->err.cause = 0;
    for (uint64_t i = 1; i <= WRITES && writer->err.cause == 0; i++) {
        struct vpc_error err;
        struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + (int64_t)i, i * 1000 + (uint64_t)writer->number, i);
        epoch.config_id = config_id;
        epoch.name = name;
        epoch.end = i == WRITES ? LEDGER_TURNED_OFF : LEDGER_STILL_OPEN;
        if (!ledger_write(ledger, &epoch, &err))
            writer->err = err;
    }
    ledger_close(ledger);
}

static void test_write__many_at_once(void **state)
{
    struct ledger_check *check = *state;
    static struct writer writers[WRITERS];
    /* All of them also open it, and one finds no file. */
    ledger_close(check->ledger);
    check->ledger = NULL;
    assert_int_equal(remove(check->path), 0);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.path = check->path, .number = i};
        assert_int_equal(uv_thread_create(&writers[i].thread, writer_run, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        uv_thread_join(&writers[i].thread);
    for (int i = 0; i < WRITERS; i++)
        if (writers[i].err.cause != 0)
            fail_msg("writer %d: %s", i, writers[i].err.text);
    assert_int_equal(check_ask(check->path, "SELECT count(*) FROM epoch WHERE ended = 1"), WRITERS);
    assert_int_equal(check_ask(check->path, "SELECT sum(bytes_sent) FROM adapter_usage"),
                     WRITERS * WRITES * 1000 + WRITERS * (WRITERS - 1) / 2);
    assert_whole(check->path);
}

/* Somebody holds the database: a writer waits as long as it was told, fails with a cause of its own, and the next write
 * makes it good. */
static void test_write__gives_up_when_locked(void **state)
{
    struct ledger_check *check = *state;
    struct vpc_error err;
    struct ledger *other;
    sqlite3 *holder;
    struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + 1, 100, 10);
    assert_ok(ledger_open(&other, check->path, false, 50, &err), err);
    assert_int_equal(sqlite3_open_v2(check->path, &holder, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_fails(ledger_write(other, &epoch, &err), VPC_TIMED_OUT, err);
    /* Readers do not wait for it. */
    assert_blue_sent(other, NULL, "0");
    assert_int_equal(sqlite3_exec(holder, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    check_write(other, &epoch);
    assert_blue_sent(other, NULL, "100");
    sqlite3_close(holder);
    ledger_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write__many_at_once, ledger_check_open, ledger_check_close),
        cmocka_unit_test_setup_teardown(test_write__gives_up_when_locked, ledger_check_open, ledger_check_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
