/*
 * The usage ledger: what each VM has used, by epoch, adapter or drive, and day (UTC), in one SQLite database for all
 * VMs of a user. See docs/ledger.md.
 *
 * Supervisors write it, each for its own VM; everybody reads it. What is written are totals of an epoch, never
 * differences, so writing twice or leaving one out harms nothing: the next write makes it good.
 *
 * A `struct ledger` is a connection; one thread at a time may use it. A call that finds the database locked tries again
 * for as long as ledger_open was told and fails with VPC_TIMED_OUT then, and so does one that works for half a minute:
 * call it where waiting is allowed, and elsewhere what ledger_open_until has opened. VPC_CORRUPT: the file is no
 * ledger, or holds what no ledger can hold; VPC_NOT_SUPPORTED: a later version has written it.
 */
#ifndef VPC_LEDGER_LEDGER_H
#define VPC_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include "accounting/counter.h"
#include "util/error.h"

/* Name of the database in the home folder. */
#define LEDGER_FILE "usage.db"

enum {
    LEDGER_VERSION = 3, /* of the tables, PRAGMA user_version */
    LEDGER_SLOTS = 8,   /* adapters, and drives, of a VM */
    LEDGER_PERIOD_BYTES = 64,
    LEDGER_ID_BYTES = 38,     /* "{GUID}" */
    LEDGER_NAME_BYTES = 1024, /* more than a file system has for the name of a VM */
    LEDGER_PATIENCE_MS = 4000,
    LEDGER_MINUTES = 180 /* for so many there are figures by minute */
};

/* What is counted. Direction is the guest's. The first four are of adapters, the others of drives. */
enum ledger_figure {
    LEDGER_BYTES_SENT,
    LEDGER_BYTES_RECEIVED,
    LEDGER_PACKETS_SENT,
    LEDGER_PACKETS_RECEIVED,
    LEDGER_BYTES_READ,
    LEDGER_BYTES_WRITTEN,
    LEDGER_READS,
    LEDGER_WRITES,
    LEDGER_FIGURES
};

enum {
    LEDGER_KIND_FIGURES = 4 /* of an adapter, or of a drive */
};

/* How an epoch ended. The numbers stand in the database: never renumber. */
enum ledger_end {
    LEDGER_STILL_OPEN = 0,
    LEDGER_TURNED_OFF = 1,
    LEDGER_RESET = 2,
    LEDGER_GUEST_REBOOT = 3,
    LEDGER_SAVED = 4,
    LEDGER_LOST = 5 /* nobody saw the end: what was counted since the last write is not in the ledger */
};

/* An epoch of a VM. The start tells apart two epochs of one number, should a VM's page have been lost in between. */
struct ledger_epoch_id {
    uint64_t number;
    int64_t start_utc_ms;
};

struct ledger_source {
    bool present;
    uint64_t figures[LEDGER_KIND_FIGURES]; /* totals of the epoch, in the order of enum ledger_figure */
};

/* What a supervisor writes: an epoch as it stands. */
struct ledger_epoch {
    const char *config_id; /* "{GUID}" */
    const char *name;      /* of the VM, as it is called now */
    struct ledger_epoch_id id;
    uint32_t cause;      /* enum epoch_cause */
    int64_t now_utc_ms;  /* decides to which day belongs what was not yet written */
    uint64_t up_ms;      /* how long the epoch has lasted */
    int32_t cpu_percent; /* mean of the past minute, as far as the epoch reaches back; -1: not known */
    enum ledger_end end;
    struct ledger_source adapters[LEDGER_SLOTS];
    struct ledger_source drives[LEDGER_SLOTS];
};

struct ledger_totals {
    struct u96 figures[LEDGER_FIGURES];
    uint64_t up_ms;
};

struct ledger;

/* Opens the database at `path`, makes it when it is missing (`create`) and brings an older one to the present version.
 * Without `create` a missing file is success with *ledger (out) NULL: nothing was ever used. `patience_ms`: how long a
 * call may wait for other writers. */
bool ledger_open(struct ledger **ledger, const char *path, bool create, uint32_t patience_ms, struct vpc_error *err);
/* The same, of a file that is there, for somebody who has to have an answer by `until_ms` of clock_monotonic_ms:
 * opening and all calls together wait and work until then, no longer. */
bool ledger_open_until(struct ledger **ledger, const char *path, uint64_t until_ms, struct vpc_error *err);
void ledger_close(struct ledger *ledger); /* NULL is allowed */

/* ---- for supervisors ---- */

/* A supervisor begins to look after a VM: epochs of it that are still open and are not `goes_on` (NULL: none goes on)
 * were lost. */
bool ledger_begin(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *goes_on,
                  struct vpc_error *err);

/* Whether there is a row of the epoch, and how long it had lasted when that was written. */
bool ledger_knows(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *epoch, bool *known,
                  uint64_t *up_ms, struct vpc_error *err);

/* Writes an epoch, in one transaction. */
bool ledger_write(struct ledger *ledger, const struct ledger_epoch *epoch, struct vpc_error *err);

/* Removes what was used before that day (of all VMs); its sums still count in ledger_sum. */
bool ledger_prune(struct ledger *ledger, int64_t first_day, struct vpc_error *err);

/* ---- for readers ---- */

/* All that a VM has ever used, but for the epoch `without` (NULL: nothing is left out). A VM that the ledger does not
 * know has used nothing. */
bool ledger_sum(struct ledger *ledger, const char *config_id, const struct ledger_epoch_id *without,
                struct ledger_totals *totals, struct vpc_error *err);

enum ledger_grouping {
    LEDGER_BY_MACHINE = 1,
    LEDGER_BY_ADAPTER = 2,
    LEDGER_BY_DAY = 3,
    LEDGER_BY_MONTH = 4,
    LEDGER_BY_MINUTE = 5 /* of the past hours only */
};

struct ledger_query {
    enum ledger_grouping grouping;
    const char *config_id; /* of one VM; NULL: all. With both, a VM that has either is meant. */
    const char *name;      /* case is ignored */
    int64_t first_day, last_day;
};

/* What one VM (adapter, day, month, minute) has used. */
struct ledger_row {
    const char *config_id;
    const char *name;                 /* by which the VM was last known */
    int32_t adapter;                  /* -1: all adapters and drives */
    int32_t cpu_percent;              /* of a minute; -1: not known */
    char period[LEDGER_PERIOD_BYTES]; /* "2026-05-04", "2026-05", "2026-05-04T09:15Z" or empty */
    struct u96 figures[LEDGER_FIGURES];
};

/* Calls `take` for each row, in the order of names, adapters and periods; false from it (with *err) ends the query.
 * What `row` points to is valid during that call only. */
bool ledger_query(struct ledger *ledger, const struct ledger_query *query,
                  bool (*take)(void *context, const struct ledger_row *row, struct vpc_error *err), void *context,
                  struct vpc_error *err);

/* Removes all that a VM has used. After a failure a part of it may be gone; the next call goes on. */
bool ledger_forget(struct ledger *ledger, const char *config_id, struct vpc_error *err);

/* ---- numbers and days ---- */

/* "79228162514264337593543950335", and back. False for anything but digits, and for more than 96 bits. */
void ledger_number_text(struct u96 number, char text[32]);
bool ledger_number_read(const char *text, struct u96 *number);

/* The day, counted from 1970-01-01, of a time in UTC. */
int64_t ledger_day(int64_t utc_ms);
/* Reads "2026-05-04", or "2026-05", of which the first or (`last`) last day is meant. False when it is no such date. */
bool ledger_day_read(const char *text, bool last, int64_t *day);

#endif
