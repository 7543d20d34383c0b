/* A connection to the ledger: opening, versions, waiting for others, transactions. */
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger_private.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

enum {
    APPLICATION_ID = 0x56504355, /* "VPCU" */
    WAIT_MOST_MS = 40,
    /* What no ledger needs, though a file from a stranger may. */
    LONGEST_CALL_MS = 30000,
    LONGEST_VALUE_BYTES = 1 << 16,
    STEPS_BETWEEN_LOOKS = 1 << 12 /* at the clock; about a millisecond */
};

void ledger_call(struct ledger *ledger)
{
    ledger->give_up_ms = clock_monotonic_ms() + ledger->patience_ms;
    ledger->stop_ms = ledger->give_up_ms + ledger->longest_ms;
    if (ledger->until_ms != 0)
        ledger->give_up_ms = ledger->stop_ms = ledger->until_ms;
}

static int ledger_is_too_long(void *context)
{
    const struct ledger *ledger = context;
    return clock_monotonic_ms() >= ledger->stop_ms;
}

/* Rests a little longer each time; what differs from connection to connection keeps many of them out of step. */
static void ledger_rest(struct ledger *ledger, int tries)
{
    uint32_t most = tries < 10 ? (uint32_t)(tries + 1) * 2 : WAIT_MOST_MS;
    uint32_t ms;
    sqlite3_randomness(sizeof ms, &ms);
    (void)ledger;
    clock_sleep_ms(1 + ms % most);
}

static int ledger_busy(void *context, int tries)
{
    struct ledger *ledger = context;
    if (clock_monotonic_ms() >= ledger->give_up_ms)
        return 0;
    ledger_rest(ledger, tries);
    return 1;
}

static enum vpc_cause ledger_cause(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
        return VPC_TIMED_OUT;
    case SQLITE_NOMEM:
        return VPC_OUT_OF_MEMORY;
    case SQLITE_FULL:
        return VPC_DISK_FULL;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
        return VPC_ACCESS_DENIED;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return VPC_IO;
    default:
        return VPC_CORRUPT; /* the statements are right, so the content is not */
    }
}

bool ledger_fail(struct ledger *ledger, const char *doing, struct vpc_error *err)
{
    int code = sqlite3_extended_errcode(ledger->db);
    return vpc_fail(err, ledger_cause(code), "usage ledger '%s': %s: %s (%d)", ledger->path, doing,
                    sqlite3_errmsg(ledger->db), code);
}

bool ledger_fail_content(struct ledger *ledger, const char *what, struct vpc_error *err)
{
    return vpc_fail(err, VPC_CORRUPT, "usage ledger '%s': %s", ledger->path, what);
}

sqlite3_stmt *ledger_statement(struct ledger *ledger, enum ledger_statement which, struct vpc_error *err)
{
    sqlite3_stmt **kept = &ledger->statements[which];
    if (*kept == NULL &&
        sqlite3_prepare_v3(ledger->db, ledger_sql[which], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL) != SQLITE_OK) {
        ledger_fail(ledger, "its tables are not those of a ledger", err);
        return NULL;
    }
    sqlite3_reset(*kept);
    sqlite3_clear_bindings(*kept);
    return *kept;
}

bool ledger_step(struct ledger *ledger, sqlite3_stmt *statement, bool *row, struct vpc_error *err)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return true;
    bool done = code == SQLITE_DONE || ledger_fail(ledger, "a statement failed", err);
    sqlite3_reset(statement);
    return done;
}

bool ledger_run(struct ledger *ledger, sqlite3_stmt *statement, struct vpc_error *err)
{
    bool row = true;
    while (row)
        if (!ledger_step(ledger, statement, &row, err))
            return false;
    return true;
}

bool ledger_transaction_begin(struct ledger *ledger, struct vpc_error *err)
{
    sqlite3_stmt *begin = ledger_statement(ledger, LEDGER_SQL_BEGIN, err);
    return begin != NULL && ledger_run(ledger, begin, err);
}

bool ledger_transaction_end(struct ledger *ledger, bool good, struct vpc_error *err)
{
    struct vpc_error ignored;
    sqlite3_stmt *commit = good ? ledger_statement(ledger, LEDGER_SQL_COMMIT, err) : NULL;
    good = commit != NULL && ledger_run(ledger, commit, err);
    if (!good && !sqlite3_get_autocommit(ledger->db)) {
        sqlite3_stmt *rollback = ledger_statement(ledger, LEDGER_SQL_ROLLBACK, &ignored);
        if (rollback != NULL)
            ledger_run(ledger, rollback, &ignored);
    }
    return good;
}

/* ---- opening ---- */

/* The first number that a statement yields. */
static bool ledger_ask(struct ledger *ledger, const char *sql, int64_t *answer, struct vpc_error *err)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return ledger_fail(ledger, "it cannot be read", err);
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    if (row)
        *answer = sqlite3_column_int64(statement, 0);
    else
        ledger_fail(ledger, "it cannot be read", err);
    sqlite3_finalize(statement);
    return row;
}

static bool ledger_execute(struct ledger *ledger, const char *sql, struct vpc_error *err)
{
    return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           ledger_fail(ledger, "it cannot be set up", err);
}

/* All tables and indexes as one text: "" for an empty database. Statistics, which SQLite makes when asked, are no
 * matter. New memory; NULL with *err. */
static char *ledger_schema(struct ledger *ledger, sqlite3 *db, struct vpc_error *err)
{
    static const char sql[] =
        "SELECT coalesce(group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), x'0a'), '') FROM"
        " (SELECT * FROM sqlite_schema WHERE name NOT GLOB 'sqlite_stat*' ORDER BY type, name)";
    sqlite3_stmt *statement;
    char *text = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        const char *found = (const char *)sqlite3_column_text(statement, 0);
        if (found == NULL || (text = text_copy(found)) == NULL)
            vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a usage ledger");
    } else {
        ledger_fail(ledger, "it cannot be read", err);
    }
    sqlite3_finalize(statement);
    return text;
}

/* Whether the tables are, to the letter, those that this program makes: a column of a stranger's may be computed from
 * anything, for any time, and a trigger may do anything. */
static bool ledger_check_schema(struct ledger *ledger, int64_t version, struct vpc_error *err)
{
    sqlite3 *model;
    bool good = sqlite3_open_v2(":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    for (int64_t made = 0; good && made < version; made++)
        good = sqlite3_exec(model, ledger_migrations[made], NULL, NULL, NULL) == SQLITE_OK;
    if (!good)
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a usage ledger");
    char *ours = good ? ledger_schema(ledger, model, err) : NULL;
    char *its = ours != NULL ? ledger_schema(ledger, ledger->db, err) : NULL;
    good = its != NULL &&
           (strcmp(ours, its) == 0 || ledger_fail_content(ledger, "its tables are not those of a ledger", err));
    free(its);
    free(ours);
    sqlite3_close(model);
    return good;
}

/* The version of its tables; 0: it is empty. Anybody else's database is refused. In a transaction, so that all answers
 * are of one moment: somebody else may be making the tables. */
static bool ledger_version(struct ledger *ledger, int64_t *version, struct vpc_error *err)
{
    int64_t application, tables;
    if (!ledger_ask(ledger, "PRAGMA user_version", version, err) ||
        !ledger_ask(ledger, "PRAGMA application_id", &application, err) ||
        !ledger_ask(ledger, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return false;
    if ((application != APPLICATION_ID && (application != 0 || *version != 0 || tables != 0)) || *version < 0 ||
        (application == APPLICATION_ID && *version == 0))
        return ledger_fail_content(ledger, "this is another program's database", err);
    if (*version > LEDGER_VERSION)
        return vpc_fail(err, VPC_NOT_SUPPORTED, "usage ledger '%s' is of version %lld; this program knows %d",
                        ledger->path, (long long)*version, LEDGER_VERSION);
    return ledger_check_schema(ledger, *version, err);
}

static bool ledger_version_now(struct ledger *ledger, int64_t *version, struct vpc_error *err)
{
    return ledger_execute(ledger, "BEGIN", err) &&
           ledger_transaction_end(ledger, ledger_version(ledger, version, err), err);
}

/* Brings the tables to the present version. Several processes may come to do so; all but one then find it done. */
static bool ledger_migrate(struct ledger *ledger, struct vpc_error *err)
{
    int64_t version;
    if (!ledger_version_now(ledger, &version, err))
        return false;
    if (version == LEDGER_VERSION)
        return true;
    if (!ledger_transaction_begin(ledger, err))
        return false;
    bool good = ledger_version(ledger, &version, err);
    for (; good && version < LEDGER_VERSION; version++)
        good = ledger_execute(ledger, ledger_migrations[version], err);
    return ledger_transaction_end(ledger, good, err);
}

/* A write-ahead log lets readers and the writer work side by side. Changing to it needs the database alone, and SQLite
 * does not wait for that by itself. */
static bool ledger_use_wal(struct ledger *ledger, struct vpc_error *err)
{
    for (int tries = 0;; tries++) {
        if (sqlite3_exec(ledger->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK)
            return true;
        int code = sqlite3_errcode(ledger->db);
        if ((code != SQLITE_BUSY && code != SQLITE_LOCKED) || clock_monotonic_ms() >= ledger->give_up_ms)
            return ledger_fail(ledger, "it cannot be opened", err);
        ledger_rest(ledger, tries);
    }
}

static bool ledger_set_up(struct ledger *ledger, struct vpc_error *err)
{
    sqlite3_extended_result_codes(ledger->db, 1);
    sqlite3_busy_handler(ledger->db, ledger_busy, ledger);
    /* The file may come from anywhere: nothing in it may run code or write the schema. */
    sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* Nor may a value in it take a gigabyte, or pages that lead to each other make a scan without end. */
    sqlite3_limit(ledger->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES);
    sqlite3_progress_handler(ledger->db, STEPS_BETWEEN_LOOKS, ledger_is_too_long, ledger);
    if (ledger_add_functions(ledger->db) != SQLITE_OK)
        return ledger_fail(ledger, "it cannot be set up", err);
    int64_t version;
    /* Before anything is written to it, it has to be a ledger. FULL: what was committed survives the loss of power. */
    return ledger_version_now(ledger, &version, err) && ledger_use_wal(ledger, err) &&
           ledger_execute(ledger,
                          "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
                          "PRAGMA journal_size_limit = 4194304",
                          err) &&
           ledger_migrate(ledger, err);
}

/* `times`: what a connection has of them before it is one. */
static bool ledger_connect(struct ledger **ledger, const char *path, bool create, const struct ledger *times,
                           struct vpc_error *err)
{
    *ledger = NULL;
    bool there = create;
    if (!create && !file_look(path, &there, err))
        return false;
    if (!there)
        return true;
    struct ledger *made = calloc(1, sizeof *made);
    if (made == NULL || (made->path = text_copy(path)) == NULL) {
        free(made);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a usage ledger");
    }
    made->patience_ms = times->patience_ms;
    made->longest_ms = LONGEST_CALL_MS;
    made->until_ms = times->until_ms;
    ledger_call(made);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(path, &made->db, flags, NULL) != SQLITE_OK) {
        if (made->db != NULL)
            ledger_fail(made, "it cannot be opened", err);
        else
            vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a usage ledger");
        ledger_close(made);
        return false;
    }
    if (!ledger_set_up(made, err)) {
        ledger_close(made);
        return false;
    }
    *ledger = made;
    return true;
}

bool ledger_open(struct ledger **ledger, const char *path, bool create, uint32_t patience_ms, struct vpc_error *err)
{
    return ledger_connect(ledger, path, create, &(struct ledger){.patience_ms = patience_ms}, err);
}

bool ledger_open_until(struct ledger **ledger, const char *path, uint64_t until_ms, struct vpc_error *err)
{
    return ledger_connect(ledger, path, false, &(struct ledger){.until_ms = until_ms}, err);
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (int i = 0; i < LEDGER_STATEMENTS; i++)
        sqlite3_finalize(ledger->statements[i]);
    sqlite3_close(ledger->db);
    free(ledger->path);
    free(ledger);
}
