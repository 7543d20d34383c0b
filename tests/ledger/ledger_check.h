/* A ledger in a folder of its own, and epochs to write into it. */
#ifndef VPC_TESTS_LEDGER_CHECK_H
#define VPC_TESTS_LEDGER_CHECK_H

#include <sqlite3.h>
#include "support/check.h"
#include "ledger/ledger.h"
#include "support/home.h"

#define BLUE  "{00000000-0000-0000-0000-00000000000B}"
#define GREEN "{00000000-0000-0000-0000-00000000000C}"

/* 2026-05-04 00:00 UTC */
#define MAY_4 INT64_C(1777852800000)

enum {
    MINUTE_MS = 60000,
    DAY_MS = 86400000
};

struct ledger_check {
    char *folder;
    char *path;
    struct ledger *ledger;
};

/* Setup and teardown of a test: a new, open ledger in *state. */
int ledger_check_open(void **state);
int ledger_check_close(void **state);

/* An open epoch of Blue that began at `start_ms` and has adapter 0, which has sent and received so much. */
struct ledger_epoch blue_epoch(uint64_t number, int64_t start_ms, int64_t now_ms, uint64_t sent, uint64_t received);

void check_write(struct ledger *ledger, const struct ledger_epoch *epoch);
/* The sum of all that Blue has sent. */
void assert_blue_sent(struct ledger *ledger, const struct ledger_epoch_id *without, const char *digits);

/* All rows of a query as text: "name adapter period sent received read written;" each. New memory. */
char *check_rows(struct ledger *ledger, const struct ledger_query *query);
void assert_rows(struct ledger *ledger, const struct ledger_query *query, const char *expected);

/* The one number that a statement yields when it is run by SQLite itself. */
int64_t check_ask(const char *path, const char *sql);
/* Runs statements by SQLite itself: how a file is made wrong. */
void check_run(const char *path, const char *sql);
void assert_whole(const char *path);

#endif
