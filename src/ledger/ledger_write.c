/* What supervisors write. A day has what the epoch's total leaves over when the other days' shares are taken off: so
 * whoever writes, and however often, the days of an epoch always add up to its total. */
#include <string.h>
#include "ledger/ledger_private.h"

enum {
    MS_OF_MINUTE = 60000,
    CLOCKS_DIFFER_MS = 1000 /* that of up time and that of the day */
};

bool ledger_machine(struct ledger *ledger, const char *config_id, int64_t *id, struct vpc_error *err)
{
    bool row;
    sqlite3_stmt *find = ledger_statement(ledger, LEDGER_SQL_MACHINE_FIND, err);
    *id = 0;
    if (find == NULL)
        return false;
    sqlite3_bind_text(find, 1, config_id, -1, SQLITE_STATIC);
    if (!ledger_step(ledger, find, &row, err))
        return false;
    if (row)
        *id = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    return true;
}

/* The id of the epoch's VM, which is entered, or called by its present name. */
static bool write_machine(struct ledger *ledger, const struct ledger_epoch *epoch, int64_t *id, struct vpc_error *err)
{
    bool row, renamed = false;
    sqlite3_stmt *find = ledger_statement(ledger, LEDGER_SQL_MACHINE_FIND, err);
    if (find == NULL)
        return false;
    sqlite3_bind_text(find, 1, epoch->config_id, -1, SQLITE_STATIC);
    if (!ledger_step(ledger, find, &row, err))
        return false;
    if (row) {
        const char *name = (const char *)sqlite3_column_text(find, 1);
        *id = sqlite3_column_int64(find, 0);
        renamed = name == NULL || strcmp(name, epoch->name) != 0;
        sqlite3_reset(find);
        if (!renamed)
            return true;
    }
    sqlite3_stmt *put = ledger_statement(ledger, row ? LEDGER_SQL_MACHINE_RENAME : LEDGER_SQL_MACHINE_ADD, err);
    if (put == NULL)
        return false;
    if (row)
        sqlite3_bind_int64(put, 1, *id);
    else
        sqlite3_bind_text(put, 1, epoch->config_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, epoch->name, -1, SQLITE_STATIC);
    if (!ledger_run(ledger, put, err))
        return false;
    if (!row)
        *id = sqlite3_last_insert_rowid(ledger->db);
    return true;
}

/* Id of an epoch, 0 when the ledger does not know it. */
static bool write_find_epoch(struct ledger *ledger, int64_t machine, const struct ledger_epoch_id *epoch, int64_t *id,
                             uint64_t *up_ms, struct vpc_error *err)
{
    bool row;
    sqlite3_stmt *find = ledger_statement(ledger, LEDGER_SQL_EPOCH_FIND, err);
    *id = 0;
    *up_ms = 0;
    if (find == NULL)
        return false;
    sqlite3_bind_int64(find, 1, machine);
    sqlite3_bind_int64(find, 2, (sqlite3_int64)epoch->number);
    sqlite3_bind_int64(find, 3, epoch->start_utc_ms);
    if (!ledger_step(ledger, find, &row, err))
        return false;
    if (row) {
        *id = sqlite3_column_int64(find, 0);
        *up_ms = (uint64_t)sqlite3_column_int64(find, 1);
    }
    sqlite3_reset(find);
    return true;
}

bool ledger_knows(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *epoch, bool *known,
                  uint64_t *up_ms, struct vpc_error *err)
{
    int64_t machine, id;
    ledger_call(ledger);
    if (!ledger_machine(ledger, config_id, &machine, err) || !write_find_epoch(ledger, machine, epoch, &id, up_ms, err))
        return false;
    *known = id != 0;
    return true;
}

static bool write_epoch(struct ledger *ledger, const struct ledger_epoch *epoch, int64_t machine, int64_t *id,
                        struct vpc_error *err)
{
    uint64_t ignored;
    if (!write_find_epoch(ledger, machine, &epoch->id, id, &ignored, err))
        return false;
    const bool row = *id != 0;
    sqlite3_stmt *put = ledger_statement(ledger, row ? LEDGER_SQL_EPOCH_UPDATE : LEDGER_SQL_EPOCH_ADD, err);
    if (put == NULL)
        return false;
    int at = 1;
    sqlite3_bind_int64(put, at++, row ? *id : machine);
    if (!row) {
        sqlite3_bind_int64(put, at++, (sqlite3_int64)epoch->id.number);
        sqlite3_bind_int64(put, at++, epoch->id.start_utc_ms);
        sqlite3_bind_int64(put, at++, epoch->cause);
    }
    sqlite3_bind_int64(put, at++, epoch->now_utc_ms);
    sqlite3_bind_int64(put, at++, (sqlite3_int64)epoch->up_ms);
    sqlite3_bind_int64(put, at++, epoch->end);
    if (!ledger_run(ledger, put, err))
        return false;
    if (!row)
        *id = sqlite3_last_insert_rowid(ledger->db);
    return true;
}

/* What is left for this day of the source's totals. */
static bool write_rest(struct ledger *ledger, enum ledger_statement others, int64_t epoch, int slot, int64_t day,
                       const uint64_t *totals, uint64_t *rest, struct vpc_error *err)
{
    bool row, good = true;
    sqlite3_stmt *sums = ledger_statement(ledger, others, err);
    if (sums == NULL)
        return false;
    sqlite3_bind_int64(sums, 1, epoch);
    sqlite3_bind_int(sums, 2, slot);
    sqlite3_bind_int64(sums, 3, day);
    if (!ledger_step(ledger, sums, &row, err))
        return false;
    for (int i = 0; i < LEDGER_KIND_FIGURES && good; i++) {
        struct u96 other;
        good = row && ledger_column(sums, i, &other) && other.high == 0 && other.low <= totals[i];
        rest[i] = good ? totals[i] - other.low : 0;
    }
    sqlite3_reset(sums);
    return good || ledger_fail_content(ledger, "it has more for an epoch than was counted in it", err);
}

static bool write_sources(struct ledger *ledger, const struct ledger_source *sources, enum ledger_statement others,
                          enum ledger_statement put, int64_t epoch, int64_t day, struct vpc_error *err)
{
    for (int slot = 0; slot < LEDGER_SLOTS; slot++) {
        uint64_t rest[LEDGER_KIND_FIGURES] = {0};
        if (!sources[slot].present)
            continue;
        if (!write_rest(ledger, others, epoch, slot, day, sources[slot].figures, rest, err))
            return false;
        sqlite3_stmt *statement = ledger_statement(ledger, put, err);
        if (statement == NULL)
            return false;
        sqlite3_bind_int64(statement, 1, epoch);
        sqlite3_bind_int(statement, 2, slot);
        sqlite3_bind_int64(statement, 3, day);
        for (int i = 0; i < LEDGER_KIND_FIGURES; i++)
            ledger_bind(statement, 4 + i, (struct u96){.low = rest[i]});
        if (!ledger_run(ledger, statement, err))
            return false;
    }
    return true;
}

static struct u96 write_total(const struct ledger_source *sources, int figure)
{
    struct u96 total = {0, 0};
    for (int slot = 0; slot < LEDGER_SLOTS; slot++)
        if (sources[slot].present)
            total = u96_add(total, sources[slot].figures[figure]);
    return total;
}

static bool write_minute(struct ledger *ledger, const struct ledger_epoch *epoch, int64_t id, struct vpc_error *err)
{
    int64_t minute = epoch->now_utc_ms / MS_OF_MINUTE;
    /* The clock was set back to the minute in which the epoch began: what moved in it comes twice, too. */
    bool again = minute == epoch->id.start_utc_ms / MS_OF_MINUTE &&
                 (int64_t)epoch->up_ms > (minute + 1) * MS_OF_MINUTE - epoch->id.start_utc_ms + CLOCKS_DIFFER_MS;
    sqlite3_stmt *ahead = ledger_statement(ledger, LEDGER_SQL_MINUTES_AHEAD_REMOVE, err);
    if (ahead == NULL)
        return false;
    sqlite3_bind_int64(ahead, 1, id);
    sqlite3_bind_int64(ahead, 2, again ? minute - 1 : minute);
    if (!ledger_run(ledger, ahead, err))
        return false;
    if (again)
        return true;
    sqlite3_stmt *put = ledger_statement(ledger, LEDGER_SQL_MINUTE_PUT, err);
    if (put == NULL)
        return false;
    sqlite3_bind_int64(put, 1, id);
    sqlite3_bind_int64(put, 2, minute);
    for (int i = 0; i < LEDGER_KIND_FIGURES; i++) {
        ledger_bind(put, 3 + i, write_total(epoch->adapters, i));
        ledger_bind(put, 3 + LEDGER_KIND_FIGURES + i, write_total(epoch->drives, i));
    }
    /* A parameter that nothing is bound to is NULL. */
    if (epoch->cpu_percent >= 0)
        sqlite3_bind_int(put, 3 + LEDGER_FIGURES, epoch->cpu_percent);
    if (!ledger_run(ledger, put, err))
        return false;
    sqlite3_stmt *remove = ledger_statement(ledger, LEDGER_SQL_MINUTES_REMOVE, err);
    if (remove == NULL)
        return false;
    sqlite3_bind_int64(remove, 1, minute - LEDGER_MINUTES);
    return ledger_run(ledger, remove, err);
}

bool ledger_write(struct ledger *ledger, const struct ledger_epoch *epoch, struct vpc_error *err)
{
    int64_t machine = 0, id = 0, day = ledger_day(epoch->now_utc_ms);
    ledger_call(ledger);
    if (!ledger_transaction_begin(ledger, err))
        return false;
    bool good =
        write_machine(ledger, epoch, &machine, err) && write_epoch(ledger, epoch, machine, &id, err) &&
        write_sources(ledger, epoch->adapters, LEDGER_SQL_ADAPTER_OTHER_DAYS, LEDGER_SQL_ADAPTER_PUT, id, day, err) &&
        write_sources(ledger, epoch->drives, LEDGER_SQL_DRIVE_OTHER_DAYS, LEDGER_SQL_DRIVE_PUT, id, day, err) &&
        write_minute(ledger, epoch, id, err);
    return ledger_transaction_end(ledger, good, err);
}

bool ledger_begin(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *goes_on,
                  struct vpc_error *err)
{
    ledger_call(ledger);
    sqlite3_stmt *lost = ledger_statement(ledger, LEDGER_SQL_EPOCHS_LOST, err);
    if (lost == NULL)
        return false;
    sqlite3_bind_text(lost, 1, config_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(lost, 2, goes_on != NULL ? (sqlite3_int64)goes_on->number : 0);
    sqlite3_bind_int64(lost, 3, goes_on != NULL ? goes_on->start_utc_ms : 0);
    return ledger_run(ledger, lost, err);
}

bool ledger_forget(struct ledger *ledger, const char *config_id, struct vpc_error *err)
{
    /* A portion at a time, so that a call which has to give up has come nearer to the end. */
    static const enum ledger_statement steps[] = {LEDGER_SQL_FORGET_EPOCHS, LEDGER_SQL_FORGET};
    ledger_call(ledger);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        do {
            sqlite3_stmt *forget = ledger_statement(ledger, steps[i], err);
            if (forget == NULL)
                return false;
            sqlite3_bind_text(forget, 1, config_id, -1, SQLITE_STATIC);
            if (!ledger_run(ledger, forget, err))
                return false;
        } while (sqlite3_changes(ledger->db) > 0);
    }
    return true;
}
