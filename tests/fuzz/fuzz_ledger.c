/*
 * A usage ledger that somebody else has written. The first byte says how:
 *   0  the file holds these bytes and no others
 *   1  a good ledger, with these changes: three bytes where, one byte how many, the bytes
 *   2  a good ledger, after SQLite has run this text on it, its schema open to be changed
 * A reader comes upon it, then a supervisor that writes. Each call gives figures or an error that has a text; what one
 * call says of all that was used, by month and by day, is the same sum.
 */
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "ledger/ledger.h"
#include "util/text.h"

#define MACHINE "{00000000-0000-0000-0000-00000000000B}"

enum {
    /* 2026-05-04 */
    DAY = 20577,
    DAY_MS = 86400000,
    MOST_FILE = 1 << 17,
    MOST_SQL = 4096
};

static char folder[64], path[96];
static uint8_t good[MOST_FILE], file[MOST_FILE];
static size_t good_size;

struct seen {
    struct u96 sums[LEDGER_FIGURES];
    unsigned long rows;
};

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[112];

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        unlink(name);
    }
}

static void remove_folder(void)
{
    remove_files();
    rmdir(folder);
}

static void write_file(const uint8_t *data, size_t size)
{
    FILE *to;

    remove_files();
    to = fopen(path, "wb");
    fuzz_check(to && (!size || fwrite(data, 1, size, to) == size));
    fuzz_check(fclose(to) == 0);
}

static struct ledger_epoch some_epoch(uint64_t number, int64_t day)
{
    struct ledger_epoch epoch = {
        .config_id = MACHINE,
        .name = "Blue",
        .id = {.number = number, .start_utc_ms = day * DAY_MS},
        .cause = 1,
        .now_utc_ms = day * DAY_MS + 60000,
        .up_ms = 60000,
        .cpu_percent = 7,
    };

    epoch.adapters[0] = (struct ledger_source){.present = true, .figures = {1000 * number, 200, 10, 2}};
    epoch.drives[0] = (struct ledger_source){.present = true, .figures = {4096, UINT64_MAX, 1, 1}};
    return epoch;
}

/* The tests' folder is in memory where there is such a one: an input a millisecond, not one a turn of a disk. */
static void prepare(void)
{
    struct ledger *ledger;
    struct vpc_error err;
    FILE *from;

    if (good_size)
        return;
    snprintf(folder, sizeof(folder), "%s/vpc-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    fuzz_check(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/usage.db", folder);
    atexit(remove_folder);
    fuzz_check(ledger_open(&ledger, path, true, 0, &err));
    for (uint64_t number = 1; number <= 3; number++) {
        struct ledger_epoch epoch = some_epoch(number, DAY + 20 * (int64_t)number);

        epoch.end = number < 3 ? LEDGER_TURNED_OFF : LEDGER_STILL_OPEN;
        fuzz_check(ledger_write(ledger, &epoch, &err));
    }
    ledger_close(ledger);
    from = fopen(path, "rb");
    fuzz_check(from);
    good_size = fread(good, 1, sizeof(good), from);
    fuzz_check(good_size > 4096 && good_size < sizeof(good));
    fclose(from);
}

static void change(const uint8_t *data, size_t size)
{
    memcpy(file, good, good_size);
    for (size_t at = 0; at + 4 <= size;) {
        size_t where = (data[at] | (size_t)data[at + 1] << 8 | (size_t)data[at + 2] << 16) % good_size;
        size_t count = data[at + 3];

        at += 4;
        for (; count && at < size && where < good_size; count--)
            file[where++] = data[at++];
    }
    write_file(file, good_size);
}

/* No other file, and no statement without an end. */
static int allow(void *context, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)context, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_ATTACH || action == SQLITE_DETACH ? SQLITE_DENY : SQLITE_OK;
}

static int enough(void *context)
{
    (void)context;
    return 1;
}

static void run_sql(const uint8_t *data, size_t size)
{
    char sql[MOST_SQL + 1];
    sqlite3 *db;

    write_file(good, good_size);
    size = size > MOST_SQL ? MOST_SQL : size;
    memcpy(sql, data, size);
    sql[size] = '\0';
    fuzz_check(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 16);
    sqlite3_exec(db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA writable_schema = 1", NULL, NULL,
                 NULL);
    sqlite3_set_authorizer(db, allow, NULL);
    sqlite3_progress_handler(db, 100000, enough, NULL);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
}

static void check_error(const struct vpc_error *err)
{
    fuzz_check(vpc_cause_name(err->cause) && err->text[0] && text_is_utf8(err->text, strlen(err->text)));
}

static bool take_row(void *context, const struct ledger_row *row, struct vpc_error *err)
{
    struct seen *seen = context;

    (void)err;
    fuzz_check(row->config_id && row->name && memchr(row->period, 0, sizeof(row->period)));
    fuzz_check(row->cpu_percent >= -1);
    for (int i = 0; i < LEDGER_FIGURES; i++) {
        char text[32];
        struct u96 again;

        ledger_number_text(row->figures[i], text);
        fuzz_check(ledger_number_read(text, &again) && again.low == row->figures[i].low &&
                   again.high == row->figures[i].high);
        seen->sums[i] = u96_add(seen->sums[i], row->figures[i].low);
        seen->sums[i].high += row->figures[i].high;
    }
    seen->rows++;
    return true;
}

static bool ask(struct ledger *ledger, enum ledger_grouping grouping, struct seen *seen)
{
    struct ledger_query query = {.grouping = grouping, .first_day = -719528, .last_day = 2932896};
    struct vpc_error err;

    *seen = (struct seen){0};
    if (ledger_query(ledger, &query, take_row, seen, &err))
        return true;
    check_error(&err);
    return false;
}

static void read_all(struct ledger *ledger)
{
    struct ledger_totals totals;
    struct seen by_day, by_month, other;
    struct vpc_error err;

    if (!ledger_sum(ledger, MACHINE, NULL, &totals, &err))
        check_error(&err);
    if (ask(ledger, LEDGER_BY_DAY, &by_day) && ask(ledger, LEDGER_BY_MONTH, &by_month))
        fuzz_check(!memcmp(by_day.sums, by_month.sums, sizeof(by_day.sums)));
    ask(ledger, LEDGER_BY_MACHINE, &other);
    ask(ledger, LEDGER_BY_ADAPTER, &other);
    ask(ledger, LEDGER_BY_MINUTE, &other);
}

static void write_some(struct ledger *ledger)
{
    struct ledger_epoch epoch = some_epoch(9, DAY + 90);
    struct vpc_error err;

    if (!ledger_begin(ledger, MACHINE, NULL, &err))
        check_error(&err);
    if (!ledger_write(ledger, &epoch, &err))
        check_error(&err);
    if (!ledger_prune(ledger, DAY + 30, &err))
        check_error(&err);
    if (!ledger_forget(ledger, MACHINE, &err))
        check_error(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ledger *ledger;
    struct vpc_error err;

    if (!size)
        return 0;
    prepare();
    if (data[0] % 3 == 0)
        write_file(data + 1, size - 1);
    else if (data[0] % 3 == 1)
        change(data + 1, size - 1);
    else
        run_sql(data + 1, size - 1);
    if (!ledger_open(&ledger, path, false, 0, &err)) {
        check_error(&err);
        return 0;
    }
    fuzz_check(ledger);
    read_all(ledger);
    write_some(ledger);
    read_all(ledger);
    ledger_close(ledger);
    return 0;
}
