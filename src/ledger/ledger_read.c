/* Sums, rows, and retention, which turns rows into sums. */
#include <string.h>
#include "ledger/ledger_private.h"

enum {
    MS_OF_DAY = 86400000,
    MS_OF_MINUTE = 60000,
    MINUTES_OF_DAY = 1440
};

/* Adds `count` numbers of a row, from `column` on. */
static bool read_add(struct ledger *ledger, sqlite3_stmt *statement, int column, int count, struct u96 *sums,
                     struct vpc_error *err)
{
    for (int i = 0; i < count; i++) {
        struct u96 number;
        if (!ledger_column(statement, column + i, &number))
            return ledger_fail_content(ledger, "a figure in it is no number", err);
        sums[i] = u96_add(sums[i], number.low);
        sums[i].high += number.high;
    }
    return true;
}

/* Adds the one row of sums that a statement yields, which takes a VM and two more numbers. */
static bool read_sums(struct ledger *ledger, enum ledger_statement which, int64_t machine, int64_t second,
                      int64_t third, int count, struct u96 *sums, struct vpc_error *err)
{
    bool row;
    sqlite3_stmt *statement = ledger_statement(ledger, which, err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, machine);
    sqlite3_bind_int64(statement, 2, second);
    if (sqlite3_bind_parameter_count(statement) > 2)
        sqlite3_bind_int64(statement, 3, third);
    if (!ledger_step(ledger, statement, &row, err))
        return false;
    bool good = !row || read_add(ledger, statement, 0, count, sums, err);
    sqlite3_reset(statement);
    return good;
}

static bool read_folded(struct ledger *ledger, int64_t machine, struct u96 sums[LEDGER_FIGURES + 1],
                        struct vpc_error *err)
{
    bool row;
    sqlite3_stmt *statement = ledger_statement(ledger, LEDGER_SQL_FOLDED_FIND, err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, machine);
    if (!ledger_step(ledger, statement, &row, err))
        return false;
    bool good = !row || read_add(ledger, statement, 0, LEDGER_FIGURES + 1, sums, err);
    sqlite3_reset(statement);
    return good;
}

static bool read_machine_sum(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *without,
                             struct u96 sums[LEDGER_FIGURES + 1], struct vpc_error *err)
{
    int64_t machine;
    int64_t number = without != NULL ? (int64_t)without->number : 0;
    int64_t start = without != NULL ? without->start_utc_ms : 0;
    if (!ledger_machine(ledger, config_id, &machine, err))
        return false;
    if (machine == 0)
        return true;
    return read_sums(ledger, LEDGER_SQL_SUM_ADAPTERS, machine, number, start, LEDGER_KIND_FIGURES, sums, err) &&
           read_sums(ledger, LEDGER_SQL_SUM_DRIVES, machine, number, start, LEDGER_KIND_FIGURES,
                     sums + LEDGER_KIND_FIGURES, err) &&
           read_sums(ledger, LEDGER_SQL_SUM_UP, machine, number, start, 1, sums + LEDGER_FIGURES, err) &&
           read_folded(ledger, machine, sums, err);
}

bool ledger_sum(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *without,
                struct ledger_totals *totals, struct vpc_error *err)
{
    struct u96 sums[LEDGER_FIGURES + 1] = {{0, 0}};
    ledger_call(ledger);
    /* One transaction, so that retention does not move a row between two of the sums. */
    bool good = sqlite3_exec(ledger->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK ||
                ledger_fail(ledger, "it cannot be read", err);
    if (!good)
        return false;
    good = ledger_transaction_end(ledger, read_machine_sum(ledger, config_id, without, sums, err), err);
    if (!good)
        return false;
    memcpy(totals->figures, sums, sizeof totals->figures);
    totals->up_ms = sums[LEDGER_FIGURES].low;
    return true;
}

/* ---- rows ---- */

static const char *read_text(sqlite3_stmt *statement, int column, int most)
{
    bool good =
        sqlite3_column_type(statement, column) == SQLITE_TEXT && sqlite3_column_bytes(statement, column) <= most;
    return good ? (const char *)sqlite3_column_text(statement, column) : NULL;
}

/* Whose row it is. */
static bool read_machine(struct ledger *ledger, sqlite3_stmt *statement, struct ledger_row *row, struct vpc_error *err)
{
    row->config_id = read_text(statement, 0, LEDGER_ID_BYTES);
    row->name = read_text(statement, 1, LEDGER_NAME_BYTES);
    return (row->config_id != NULL && row->name != NULL) ||
           ledger_fail_content(ledger, "a name in it is no text, or too long", err);
}

static void read_period(enum ledger_grouping grouping, int64_t period, char text[LEDGER_PERIOD_BYTES])
{
    text[0] = '\0';
    if (grouping == LEDGER_BY_DAY)
        ledger_day_text(period, text);
    else if (grouping == LEDGER_BY_MONTH)
        ledger_month_text(period, text);
}

static bool read_row(struct ledger *ledger, sqlite3_stmt *statement, enum ledger_grouping grouping,
                     struct ledger_row *row, struct vpc_error *err)
{
    *row = (struct ledger_row){.adapter = sqlite3_column_int(statement, 2), .cpu_percent = -1};
    if (!read_machine(ledger, statement, row, err))
        return false;
    read_period(grouping, sqlite3_column_int64(statement, 3), row->period);
    return read_add(ledger, statement, 4, LEDGER_FIGURES, row->figures, err);
}

static void read_bind_machine(sqlite3_stmt *statement, int index, const struct ledger_query *query)
{
    if (query->config_id != NULL)
        sqlite3_bind_text(statement, index, query->config_id, -1, SQLITE_STATIC);
    if (query->name != NULL)
        sqlite3_bind_text(statement, index + 1, query->name, -1, SQLITE_STATIC);
}

static bool read_days(struct ledger *ledger, const struct ledger_query *query,
                      bool (*take)(void *context, const struct ledger_row *row, struct vpc_error *err), void *context,
                      struct vpc_error *err)
{
    bool more = true, good = true;
    sqlite3_stmt *statement = ledger_statement(ledger, LEDGER_SQL_ROWS, err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int(statement, 1, (int)query->grouping);
    sqlite3_bind_int64(statement, 2, query->first_day);
    sqlite3_bind_int64(statement, 3, query->last_day);
    read_bind_machine(statement, 4, query);
    while (good && more) {
        struct ledger_row row;
        good = ledger_step(ledger, statement, &more, err);
        if (good && more)
            good = read_row(ledger, statement, query->grouping, &row, err) && take(context, &row, err);
    }
    sqlite3_reset(statement);
    return good;
}

/* Where the reading of minutes stands: the latest total that was read. */
struct minutes {
    int64_t epoch, minute;
    struct u96 totals[LEDGER_FIGURES];
};

/* What a minute has is what its total has more than that of the minute before. *known (out) is false where that one is
 * missing: how much of the difference belongs to which minute, nobody knows. Nor does anybody where a total is less
 * than the one before, as a clock that was set back may have left it. */
static bool read_minute_row(struct ledger *ledger, sqlite3_stmt *statement, struct minutes *minutes,
                            struct ledger_row *row, bool *known, struct vpc_error *err)
{
    struct u96 totals[LEDGER_FIGURES] = {{0, 0}};
    int64_t epoch = sqlite3_column_int64(statement, 2), minute = sqlite3_column_int64(statement, 3);
    bool first = sqlite3_column_int64(statement, 5 + LEDGER_FIGURES) / MS_OF_MINUTE == minute;
    bool same = epoch == minutes->epoch;
    *known = same ? minute == minutes->minute + 1 : first;
    *row = (struct ledger_row){.adapter = -1, .cpu_percent = -1};
    if (sqlite3_column_type(statement, 4 + LEDGER_FIGURES) != SQLITE_NULL)
        row->cpu_percent = sqlite3_column_int(statement, 4 + LEDGER_FIGURES);
    if (!read_machine(ledger, statement, row, err))
        return false;
    ledger_minute_text(minute, row->period);
    if (!read_add(ledger, statement, 4, LEDGER_FIGURES, totals, err))
        return false;
    for (int i = 0; i < LEDGER_FIGURES; i++) {
        struct u96 less = same ? minutes->totals[i] : (struct u96){0, 0};
        if (totals[i].high < less.high || (totals[i].high == less.high && totals[i].low < less.low))
            *known = false;
        row->figures[i].low = totals[i].low - less.low;
        row->figures[i].high = totals[i].high - less.high - (totals[i].low < less.low);
    }
    *minutes = (struct minutes){.epoch = epoch, .minute = minute};
    memcpy(minutes->totals, totals, sizeof totals);
    return true;
}

static bool read_minutes(struct ledger *ledger, const struct ledger_query *query,
                         bool (*take)(void *context, const struct ledger_row *row, struct vpc_error *err),
                         void *context, struct vpc_error *err)
{
    struct minutes minutes = {0};
    bool more = true, good = true;
    sqlite3_stmt *statement = ledger_statement(ledger, LEDGER_SQL_MINUTES, err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, query->first_day * MINUTES_OF_DAY);
    sqlite3_bind_int64(statement, 2, (query->last_day + 1) * MINUTES_OF_DAY - 1);
    read_bind_machine(statement, 3, query);
    while (good && more) {
        struct ledger_row row;
        bool known = false;
        good = ledger_step(ledger, statement, &more, err);
        if (!good || !more)
            break;
        good = read_minute_row(ledger, statement, &minutes, &row, &known, err) && (!known || take(context, &row, err));
    }
    sqlite3_reset(statement);
    return good;
}

bool ledger_query(struct ledger *ledger, const struct ledger_query *query,
                  bool (*take)(void *context, const struct ledger_row *row, struct vpc_error *err), void *context,
                  struct vpc_error *err)
{
    ledger_call(ledger);
    return query->grouping == LEDGER_BY_MINUTE ? read_minutes(ledger, query, take, context, err)
                                               : read_days(ledger, query, take, context, err);
}

/* ---- retention ---- */

static bool prune_run(struct ledger *ledger, enum ledger_statement which, int64_t machine, int64_t limit,
                      struct vpc_error *err)
{
    sqlite3_stmt *statement = ledger_statement(ledger, which, err);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, machine);
    sqlite3_bind_int64(statement, 2, limit);
    return ledger_run(ledger, statement, err);
}

static bool prune_machine(struct ledger *ledger, int64_t machine, int64_t first_day, struct vpc_error *err)
{
    struct u96 sums[LEDGER_FIGURES + 1] = {{0, 0}};
    int64_t first_ms = first_day * MS_OF_DAY;
    if (!read_folded(ledger, machine, sums, err) ||
        !read_sums(ledger, LEDGER_SQL_OLD_ADAPTERS, machine, first_day, 0, LEDGER_KIND_FIGURES, sums, err) ||
        !read_sums(ledger, LEDGER_SQL_OLD_DRIVES, machine, first_day, 0, LEDGER_KIND_FIGURES,
                   sums + LEDGER_KIND_FIGURES, err) ||
        !prune_run(ledger, LEDGER_SQL_OLD_ADAPTERS_REMOVE, machine, first_day, err) ||
        !prune_run(ledger, LEDGER_SQL_OLD_DRIVES_REMOVE, machine, first_day, err) ||
        !read_sums(ledger, LEDGER_SQL_OLD_UP, machine, first_ms, 0, 1, sums + LEDGER_FIGURES, err) ||
        !prune_run(ledger, LEDGER_SQL_OLD_EPOCHS_REMOVE, machine, first_ms, err))
        return false;
    sqlite3_stmt *put = ledger_statement(ledger, LEDGER_SQL_FOLDED_PUT, err);
    if (put == NULL)
        return false;
    sqlite3_bind_int64(put, 1, machine);
    for (int i = 0; i <= LEDGER_FIGURES; i++)
        ledger_bind(put, 2 + i, sums[i]);
    return ledger_run(ledger, put, err);
}

bool ledger_prune(struct ledger *ledger, int64_t first_day, struct vpc_error *err)
{
    bool good = true, row = true;
    ledger_call(ledger);
    if (!ledger_transaction_begin(ledger, err))
        return false;
    while (good && row) {
        int64_t machine = 0;
        /* Asked anew each time: a VM that is done has no old rows left. */
        sqlite3_stmt *next = ledger_statement(ledger, LEDGER_SQL_OLD_MACHINES, err);
        good = next != NULL;
        if (good) {
            sqlite3_bind_int64(next, 1, first_day);
            sqlite3_bind_int64(next, 2, first_day * MS_OF_DAY);
            good = ledger_step(ledger, next, &row, err);
        }
        if (good && row) {
            machine = sqlite3_column_int64(next, 0);
            sqlite3_reset(next);
            good = prune_machine(ledger, machine, first_day, err);
        }
    }
    return ledger_transaction_end(ledger, good, err);
}
