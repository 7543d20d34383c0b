/*
 * What the files of the ledger share:
 *   ledger.c         opening, versions, transactions
 *   ledger_write.c   what supervisors write
 *   ledger_read.c    sums and rows
 *   ledger_number.c  numbers of up to 96 bits in the database
 *   ledger_day.c     days and months
 *   ledger_sql.c     every statement
 */
#ifndef VPC_LEDGER_PRIVATE_H
#define VPC_LEDGER_PRIVATE_H

#include <sqlite3.h>
#include "ledger/ledger.h"

enum ledger_statement {
    LEDGER_SQL_BEGIN,
    LEDGER_SQL_COMMIT,
    LEDGER_SQL_ROLLBACK,
    LEDGER_SQL_MACHINE_FIND,
    LEDGER_SQL_MACHINE_ADD,
    LEDGER_SQL_MACHINE_RENAME,
    LEDGER_SQL_EPOCH_FIND,
    LEDGER_SQL_EPOCH_ADD,
    LEDGER_SQL_EPOCH_UPDATE,
    LEDGER_SQL_EPOCHS_LOST,
    LEDGER_SQL_ADAPTER_OTHER_DAYS,
    LEDGER_SQL_ADAPTER_PUT,
    LEDGER_SQL_DRIVE_OTHER_DAYS,
    LEDGER_SQL_DRIVE_PUT,
    LEDGER_SQL_MINUTES_AHEAD_REMOVE,
    LEDGER_SQL_MINUTE_PUT,
    LEDGER_SQL_MINUTES_REMOVE,
    LEDGER_SQL_SUM_ADAPTERS,
    LEDGER_SQL_SUM_DRIVES,
    LEDGER_SQL_SUM_UP,
    LEDGER_SQL_FOLDED_FIND,
    LEDGER_SQL_FOLDED_PUT,
    LEDGER_SQL_OLD_MACHINES,
    LEDGER_SQL_OLD_ADAPTERS,
    LEDGER_SQL_OLD_DRIVES,
    LEDGER_SQL_OLD_UP,
    LEDGER_SQL_OLD_ADAPTERS_REMOVE,
    LEDGER_SQL_OLD_DRIVES_REMOVE,
    LEDGER_SQL_OLD_EPOCHS_REMOVE,
    LEDGER_SQL_FORGET_EPOCHS,
    LEDGER_SQL_FORGET,
    LEDGER_SQL_ROWS,
    LEDGER_SQL_MINUTES,
    LEDGER_STATEMENTS
};

extern const char *const ledger_sql[LEDGER_STATEMENTS];

/* What turns version n into version n + 1, for n from 0 to LEDGER_VERSION - 1. */
extern const char *const ledger_migrations[LEDGER_VERSION];

struct ledger {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[LEDGER_STATEMENTS]; /* NULL until used */
    uint32_t patience_ms;
    uint32_t longest_ms; /* a call may work so long, beside its waiting */
    uint64_t until_ms;   /* 0: each call has that time; else all end then (ledger_open_until) */
    uint64_t give_up_ms; /* monotonic; the present call waits for others until then */
    uint64_t stop_ms;    /* and ends then, done or not */
};

/* Begins a call: from now on it may wait for others. */
void ledger_call(struct ledger *ledger);

/* Fills *err from the connection's latest failure, with the path, and returns false. */
bool ledger_fail(struct ledger *ledger, const char *doing, struct vpc_error *err);
/* VPC_CORRUPT, and false. */
bool ledger_fail_content(struct ledger *ledger, const char *what, struct vpc_error *err);

/* The statement, reset, nothing bound; NULL with *err on failure. */
sqlite3_stmt *ledger_statement(struct ledger *ledger, enum ledger_statement which, struct vpc_error *err);

/* Runs it to its end (rows are not looked at) and resets it. */
bool ledger_run(struct ledger *ledger, sqlite3_stmt *statement, struct vpc_error *err);
/* Steps to its next row; *row (out) is false behind the last. */
bool ledger_step(struct ledger *ledger, sqlite3_stmt *statement, bool *row, struct vpc_error *err);

bool ledger_transaction_begin(struct ledger *ledger, struct vpc_error *err);
/* Ends it: commits when `good`, else rolls back and leaves *err. */
bool ledger_transaction_end(struct ledger *ledger, bool good, struct vpc_error *err);

/* Id of a VM, 0 when the ledger does not know it. */
bool ledger_machine(struct ledger *ledger, const char *config_id, int64_t *id, struct vpc_error *err);

/* ---- ledger_number.c ---- */

/* A number in the database: an INTEGER below 2^63, from there on a TEXT of its digits. */
int ledger_bind(sqlite3_stmt *statement, int index, struct u96 number);
/* False when the column holds no such number. */
bool ledger_column(sqlite3_stmt *statement, int column, struct u96 *number);
/* SQL functions: exact_sum(number), a TEXT of digits; same_name(a, b); month_of(day). */
int ledger_add_functions(sqlite3 *db);

/* ---- ledger_day.c ---- */

/* Months since year 0 of a day. */
int64_t ledger_month(int64_t day);
void ledger_day_text(int64_t day, char text[LEDGER_PERIOD_BYTES]);
void ledger_month_text(int64_t month, char text[LEDGER_PERIOD_BYTES]);
void ledger_minute_text(int64_t minute, char text[LEDGER_PERIOD_BYTES]);

#endif
