#include "ledger_check.h"

#include <stdlib.h>
#include <string.h>
#include "util/path.h"
#include "util/text.h"

int ledger_check_open(void **state)
{
    struct vpc_error err;
    struct ledger_check *check = calloc(1, sizeof *check);
    if (check == NULL)
        return -1;
    check->folder = test_folder_make();
    check->path = path_join(check->folder, LEDGER_FILE);
    assert_ok(ledger_open(&check->ledger, check->path, true, LEDGER_PATIENCE_MS, &err), err);
    *state = check;
    return 0;
}

int ledger_check_close(void **state)
{
    struct ledger_check *check = *state;
    ledger_close(check->ledger);
    free(check->path);
    test_folder_remove(check->folder);
    free(check);
    return 0;
}

struct ledger_epoch blue_epoch(uint64_t number, int64_t start_ms, int64_t now_ms, uint64_t sent, uint64_t received)
{
    return (struct ledger_epoch){
        .config_id = BLUE,
        .name = "Blue",
        .id = {.number = number, .start_utc_ms = start_ms},
        .cause = 1,
        .now_utc_ms = now_ms,
        .up_ms = (uint64_t)(now_ms - start_ms),
        .adapters = {{.present = true, .figures = {sent, received, sent / 100, received / 100}}},
    };
}

void check_write(struct ledger *ledger, const struct ledger_epoch *epoch)
{
    struct vpc_error err;
    assert_ok(ledger_write(ledger, epoch, &err), err);
}

void assert_blue_sent(struct ledger *ledger, const struct ledger_epoch_id *without, const char *digits)
{
    struct ledger_totals totals;
    struct vpc_error err;
    char text[32];
    assert_ok(ledger_sum(ledger, BLUE, without, &totals, &err), err);
    ledger_number_text(totals.figures[LEDGER_BYTES_SENT], text);
    assert_string_equal(text, digits);
}

static bool take_row(void *context, const struct ledger_row *row, struct vpc_error *err)
{
    static const enum ledger_figure shown[] = {LEDGER_BYTES_SENT, LEDGER_BYTES_RECEIVED, LEDGER_BYTES_READ,
                                               LEDGER_BYTES_WRITTEN};
    struct buffer *rows = context;
    (void)err;
    buffer_append_format(rows, "%s %d %s", row->name, (int)row->adapter, *row->period ? row->period : "-");
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        char text[32];
        ledger_number_text(row->figures[shown[i]], text);
        buffer_append_format(rows, " %s", text);
    }
    buffer_append_text(rows, "; ");
    return true;
}

char *check_rows(struct ledger *ledger, const struct ledger_query *query)
{
    struct buffer rows = {0};
    struct vpc_error err;
    buffer_append_text(&rows, "");
    assert_ok(ledger_query(ledger, query, take_row, &rows, &err), err);
    assert_false(rows.failed);
    return rows.data;
}

void assert_rows(struct ledger *ledger, const struct ledger_query *query, const char *expected)
{
    char *rows = check_rows(ledger, query);
    assert_string_equal(rows, expected);
    free(rows);
}

int64_t check_ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 60000);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

void check_run(const char *path, const char *sql)
{
    sqlite3 *db;
    char *text = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s", text);
    sqlite3_close(db);
}

void assert_whole(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 60000);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}
