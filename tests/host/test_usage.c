/* The usage ledger as supervisors write it, on the fake engine: what stands in it after each kind of end. */
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger.h"
#include "ledger/ledger_check.h"
#include "support/machine.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

struct fixture {
    struct test_home home;
    struct test_machine machine;
    char *path;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_home_open(&f->home);
    test_machine_create(&f->machine, &f->home, "Green", 2);
    f->path = path_join(f->home.folder, LEDGER_FILE);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    test_machine_close(&f->machine);
    test_home_close(&f->home);
    free(f->path);
    free(f);
    return 0;
}

static void send_bytes(struct fixture *f, const char *command, uint64_t total)
{
    test_machine_engine(&f->machine, command);
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, total);
}

/* "number cause ended bytes_sent;" for each epoch. */
static void assert_epochs(struct fixture *f, const char *expected)
{
    struct buffer text = {0};
    sqlite3 *db;
    sqlite3_stmt *rows;
    assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT number, cause, ended, (SELECT sum(bytes_sent) FROM adapter_usage WHERE"
                                        " epoch = epoch.id) FROM epoch ORDER BY id",
                                        -1, &rows, NULL),
                     SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        buffer_append_format(&text, "%d %d %d %d; ", sqlite3_column_int(rows, 0), sqlite3_column_int(rows, 1),
                             sqlite3_column_int(rows, 2), sqlite3_column_int(rows, 3));
    sqlite3_finalize(rows);
    sqlite3_close(db);
    buffer_append_text(&text, "");
    assert_string_equal(text.data, expected);
    buffer_free(&text);
}

/* Of a VM that runs; one that is turned off has it or never will. */
static void await_lifetime(struct fixture *f)
{
    while (test_machine_body(&f->machine).lifetime.known == 0)
        test_machine_await_sample(&f->machine);
}

static uint64_t sent_in_all_its_life(struct fixture *f)
{
    struct vm_page_body body = test_machine_body(&f->machine);
    uint64_t sent = body.lifetime.figures[LEDGER_BYTES_SENT].low;
    assert_int_equal(body.lifetime.known, 1);
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
        sent += body.adapters[i].bytes_sent;
    return sent;
}

static void test_usage__each_epoch_ends_with_its_cause(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint32_t ignored;
    test_machine_start(&f->machine);
    send_bytes(f, "{'traffic':{'adapter':0,'sent':1000,'received':1,'packets_sent':1}}", 1000);
    test_machine_engine(&f->machine, "{'traffic':{'adapter':1,'sent':24}}");
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, 1024);
    assert_ok(test_machine_call(&f->machine, "reset", &ignored, &err), err);
    test_machine_await_epoch(&f->machine, 2);
    test_machine_send(&f->machine, 30, 30);
    test_machine_engine(&f->machine, "{'guest':'reboot'}");
    test_machine_await_epoch(&f->machine, 3);
    test_machine_send(&f->machine, 7, 7);
    await_lifetime(f); /* read from the ledger beside the VM's work */
    assert_int_equal(sent_in_all_its_life(f), 1061);
    test_machine_save(&f->machine);
    assert_epochs(f, "1 1 2 1024; 2 2 3 30; 3 3 4 7; ");
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 100, 100);
    test_machine_turn_off(&f->machine);
    assert_epochs(f, "1 1 2 1024; 2 2 3 30; 3 3 4 7; 4 4 1 100; ");
    assert_int_equal(sent_in_all_its_life(f), 1161);
    assert_whole(f->path);
}

static void test_usage__guest_powers_off_and_engine_dies(void **state)
{
    struct fixture *f = *state;
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 5, 5);
    test_machine_engine(&f->machine, "{'guest':'power-off'}");
    test_machine_await_end(&f->machine);
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 6, 6);
    test_machine_engine(&f->machine, "{'crash':true,'text':'dead'}");
    test_machine_await_end(&f->machine);
    assert_epochs(f, "1 1 1 5; 2 1 5 6; ");
}

static int64_t epochs_in(struct fixture *f)
{
    return file_exists(f->path) ? check_ask(f->path, "SELECT count(*) FROM sqlite_schema WHERE name = 'epoch'") : 0;
}

/* The row is there while the VM runs, not only at its end. */
static void test_usage__open_epoch_is_written(void **state)
{
    struct fixture *f = *state;
    test_machine_start(&f->machine);
    while (epochs_in(f) == 0 || check_ask(f->path, "SELECT count(*) FROM epoch WHERE ended = 0") != 1)
        test_machine_await_sample(&f->machine);
    test_machine_engine(&f->machine, "{'traffic':{'adapter':0,'sent':77}}");
    while (check_ask(f->path, "SELECT sum(bytes_sent) FROM adapter_usage") != 77)
        test_machine_await_sample(&f->machine);
    assert_epochs(f, "1 1 0 77; ");
}

/* A VM that is on for some seconds has no idle minute behind it; nor has one that was turned on again. */
static void test_usage__processor_of_less_than_a_minute(void **state)
{
    struct fixture *f = *state;
    test_machine_prepare(&f->machine, "[{'cpu':100}]");
    for (int session = 1; session <= 2; session++) {
        test_machine_start(&f->machine);
        while (epochs_in(f) == 0 || check_ask(f->path, "SELECT count(cpu_percent) FROM minute") < session)
            test_machine_await_sample(&f->machine);
        test_machine_turn_off(&f->machine);
    }
    int64_t least = check_ask(f->path, "SELECT min(cpu_percent) FROM minute");
    if (least < 90)
        fail_msg("%d %%", (int)least);
}

/* The fake engine is lost with its supervisor; what the page knew is written down by the next one. */
static void test_usage__lost_supervisor(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint32_t shown;
    char *program = test_program("vpchost");
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 500, 500);
    test_machine_kill(&f->machine);
    assert_ok(test_adopt(program, f->machine.entry.name, &shown, &err), err);
    assert_int_equal(shown, VM_TURNED_OFF);
    assert_epochs(f, "1 1 5 500; ");
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 1, 1);
    await_lifetime(f);
    assert_int_equal(sent_in_all_its_life(f), 501);
    free(program);
}

/* Nothing is written for an epoch whose zero nobody knows; the VM runs all the same. */
static void test_usage__unknown_epoch_has_no_figures(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint32_t ignored;
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 10, 10);
    test_machine_engine(&f->machine, "{'source':'lost','text':'gone'}");
    test_machine_await_sampled(&f->machine, false);
    assert_ok(test_machine_call(&f->machine, "reset", &ignored, &err), err);
    test_machine_await_epoch(&f->machine, 2);
    test_machine_engine(&f->machine, "{'source':'back'}");
    test_machine_turn_off(&f->machine);
    assert_epochs(f, "1 1 2 10; 2 2 1 0; ");
}

static void test_usage__ledger_that_cannot_be_used(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    static const char text[] = "This is no database, and nobody may write into it as if it were one.";
    assert_ok(file_replace(f->path, text, sizeof text, &err), err);
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 10, 10);
    test_machine_turn_off(&f->machine);
    char *data;
    size_t size;
    assert_ok(file_read(f->path, 4096, &data, &size, &err), err);
    assert_int_equal(size, sizeof text);
    assert_memory_equal(data, text, size);
    free(data);
    assert_int_equal(test_machine_body(&f->machine).lifetime.known, 0);
}

/* Somebody has locked the ledger: samples go on, the page beats, and the end waits for its row. */
static void test_usage__locked_ledger_holds_nothing_up(void **state)
{
    struct fixture *f = *state;
    sqlite3 *holder;
    test_machine_start(&f->machine);
    while (epochs_in(f) == 0)
        test_machine_await_sample(&f->machine);
    assert_int_equal(sqlite3_open_v2(f->path, &holder, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(holder, 60000);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (uint64_t i = 1; i <= 20; i++)
        test_machine_send(&f->machine, 10, i * 10);
    test_machine_engine(&f->machine, "{'guest':'power-off'}");
    test_machine_await_state(&f->machine, VM_TURNED_OFF);
    assert_int_equal(sqlite3_exec(holder, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(holder);
    test_machine_await_end(&f->machine);
    assert_epochs(f, "1 1 1 200; ");
}

/* The database is somebody else's from before a reset, or before the end, until after the supervisor is killed, so that
 * the epoch that has ended is nowhere but in what the supervisor has kept for the next one. */
static sqlite3 *lock_ledger(struct fixture *f)
{
    sqlite3 *holder;
    while (epochs_in(f) == 0 || check_ask(f->path, "SELECT count(*) FROM epoch WHERE ended = 0") != 1 ||
           test_machine_body(&f->machine).lifetime.known == 0)
        test_machine_await_sample(&f->machine);
    assert_int_equal(sqlite3_open_v2(f->path, &holder, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(holder, 60000);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return holder;
}

static void unlock_ledger(sqlite3 *holder)
{
    assert_int_equal(sqlite3_exec(holder, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(holder);
}

static void test_usage__lost_after_resets_that_the_ledger_lacks(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    uint32_t shown;
    char *program = test_program("vpchost");
    test_machine_start(&f->machine);
    sqlite3 *holder = lock_ledger(f);
    test_machine_send(&f->machine, 1000, 1000);
    assert_ok(test_machine_call(&f->machine, "reset", &shown, &err), err);
    test_machine_await_epoch(&f->machine, 2);
    send_bytes(f, "{'traffic':{'adapter':1,'sent':24}}", 24);
    test_machine_engine(&f->machine, "{'guest':'reboot'}");
    test_machine_await_epoch(&f->machine, 3);
    test_machine_send(&f->machine, 7, 7);
    await_lifetime(f); /* read from the ledger beside the VM's work */
    assert_int_equal(sent_in_all_its_life(f), 1031);
    test_machine_kill(&f->machine);
    unlock_ledger(holder);
    assert_ok(test_adopt(program, f->machine.entry.name, &shown, &err), err);
    assert_int_equal(shown, VM_TURNED_OFF);
    assert_epochs(f, "1 1 2 1000; 2 2 3 24; 3 3 5 7; ");
    test_machine_start(&f->machine);
    await_lifetime(f);
    assert_int_equal(sent_in_all_its_life(f), 1031);
    free(program);
}

/* Nobody takes over a VM that is off; its next start finds what is missing. */
static void test_usage__lost_after_an_end_that_the_ledger_lacks(void **state)
{
    struct fixture *f = *state;
    test_machine_start(&f->machine);
    sqlite3 *holder = lock_ledger(f);
    test_machine_send(&f->machine, 1000, 1000);
    test_machine_engine(&f->machine, "{'guest':'power-off'}");
    test_machine_await_state(&f->machine, VM_TURNED_OFF);
    test_machine_kill(&f->machine);
    unlock_ledger(holder);
    test_machine_start(&f->machine);
    await_lifetime(f);
    assert_int_equal(sent_in_all_its_life(f), 1000);
    test_machine_turn_off(&f->machine);
    assert_epochs(f, "1 1 1 1000; 2 1 1 0; ");
}

static void test_usage__retention(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    struct ledger *ledger;
    struct ledger_epoch old = blue_epoch(1, MAY_4, MAY_4 + 1000, 4000, 10);
    struct settings *options;
    old.end = LEDGER_TURNED_OFF;
    assert_ok(ledger_open(&ledger, f->path, true, LEDGER_PATIENCE_MS, &err), err);
    check_write(ledger, &old);
    test_machine_start(&f->machine);
    test_machine_turn_off(&f->machine);
    assert_int_equal(check_ask(f->path, "SELECT count(*) FROM adapter_usage WHERE day = 20577"), 1);
    assert_ok(settings_new(&options, "preferences", NULL, &err), err);
    assert_ok(settings_set_integer(options, "usage/retention_days", 30, &err), err);
    assert_ok(settings_save(options, f->home.catalog.options, &err), err);
    settings_free(options);
    test_machine_start(&f->machine);
    test_machine_turn_off(&f->machine);
    assert_int_equal(check_ask(f->path, "SELECT count(*) FROM adapter_usage WHERE day = 20577"), 0);
    assert_blue_sent(ledger, NULL, "4000");
    ledger_close(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_usage__each_epoch_ends_with_its_cause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__guest_powers_off_and_engine_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__open_epoch_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__processor_of_less_than_a_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__lost_supervisor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__unknown_epoch_has_no_figures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__ledger_that_cannot_be_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__locked_ledger_holds_nothing_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__lost_after_resets_that_the_ledger_lacks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__lost_after_an_end_that_the_ledger_lacks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_usage__retention, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
