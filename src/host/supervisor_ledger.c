/*
 * The supervisor's hand in the usage ledger: an epoch is entered when it opens, brought up to date every few seconds
 * and closed with its cause.
 *
 * The database is used in a worker thread only, one job at a time, so that the loop and its samples never wait for it.
 * A job that found no time is left out if a later one says the same and more, and repeated if it closes an epoch or a
 * day. A ledger that cannot be used costs the history, never the VM: the log says why.
 *
 * The page gets the sum of all earlier epochs; with the present one's figures that is what the VM has used in all its
 * life, for readers who do not want to open a database for it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "host/pending.h"
#include "host/supervisor_parts.h"
#include "ledger/ledger.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/path.h"

enum {
    WRITE_MS = 4000, /* with the time for the write itself, no figure in a ledger that is free is older than 5 s */
    CLOSE_TRIES = 3,
    MS_OF_DAY = 86400000
};

static_assert((int)LEDGER_SLOTS == (int)ACCOUNTING_MAX_ADAPTERS && (int)LEDGER_SLOTS == (int)ACCOUNTING_MAX_DRIVES,
              "the ledger has a slot for each");
static_assert((int)LEDGER_FIGURES == (int)VM_PAGE_LIFETIME_FIGURES, "the page has a place for each");

enum ledger_job_kind {
    LEDGER_JOB_BEGIN, /* a new supervisor: closes what is open, sums up */
    LEDGER_JOB_WRITE,
    LEDGER_JOB_PRUNE
};

struct ledger_job {
    struct ledger_job *next;
    enum ledger_job_kind kind;
    struct ledger_epoch_id id;   /* begin: the epoch that goes on; number 0: none */
    struct ledger_epoch epoch;   /* write: its texts are the configuration's */
    int place;                   /* write: where it is kept until it is done; 0: nowhere */
    bool closes_day;             /* write: a later one would give the next day what belongs to this one */
    bool late;                   /* write: kept by an earlier supervisor, which may have written it */
    bool may_be_folded;          /* write: so old that retention has taken it away if it was written */
    struct ledger_totals totals; /* begin (out): all epochs but that one */
    int tries;
    struct vpc_error err; /* cause 0: it went well */
};

struct supervisor_ledger {
    struct supervisor *supervisor;
    char *path;
    struct pending *pending; /* NULL: nothing can be kept */
    struct ledger *ledger;   /* used by the worker while there is one */
    uv_work_t work;
    struct ledger_job *running; /* NULL: no worker */
    struct ledger_job *first, *last;
    uint64_t next_write_ms;
    int64_t day;    /* to which the latest write belonged */
    bool failing;   /* the log knows already */
    bool abandoned; /* results are of no use any more */
};

/* ---- in the worker ---- */

static bool ledger_job_begin(struct ledger_job *job, struct supervisor_ledger *own)
{
    const char *config_id = own->supervisor->config->config_id;
    const struct ledger_epoch_id *goes_on = job->id.number != 0 ? &job->id : NULL;
    return ledger_begin(own->ledger, config_id, goes_on, &job->err) &&
           ledger_sum(own->ledger, config_id, goes_on, &job->totals, &job->err);
}

/* What was written before is not written again: retention may have moved some of it, or all, to the sums, where it
 * would not be found. */
static bool ledger_job_write(struct ledger_job *job, struct ledger *ledger)
{
    const struct ledger_epoch *epoch = &job->epoch;
    uint64_t up_ms;
    bool known;
    if (job->late) {
        if (!ledger_knows(ledger, epoch->config_id, &epoch->id, &known, &up_ms, &job->err))
            return false;
        if (known ? up_ms >= epoch->up_ms : job->may_be_folded)
            return true;
    }
    return ledger_write(ledger, epoch, &job->err);
}

static void ledger_job_work(uv_work_t *work)
{
    struct supervisor_ledger *own = work->data;
    struct ledger_job *job = own->running;
    const uint32_t days = own->supervisor->config->usage_retention_days;
    bool done = own->ledger != NULL || ledger_open(&own->ledger, own->path, true, LEDGER_PATIENCE_MS, &job->err);
    if (done && job->kind == LEDGER_JOB_BEGIN)
        done = ledger_job_begin(job, own);
    else if (done && job->kind == LEDGER_JOB_WRITE)
        done = ledger_job_write(job, own->ledger);
    else if (done)
        done = ledger_prune(own->ledger, ledger_day(clock_utc_ms()) - (int64_t)days, &job->err);
    if (done)
        job->err.cause = 0;
}

/* ---- the queue ---- */

static void ledger_start_next(struct supervisor_ledger *own);

/* How long the present epoch has lasted. */
static uint64_t ledger_up_ms(const struct supervisor *supervisor)
{
    uint64_t now_ms = clock_monotonic_ms(), start_ms = supervisor->body.epoch_start_monotonic_ms;
    return now_ms > start_ms ? now_ms - start_ms : 0;
}

/* Adds to what earlier epochs have used. An epoch may end before it is known what was used before it. */
static void ledger_add_lifetime(struct supervisor *supervisor, const struct ledger_totals *totals)
{
    struct vm_page_lifetime *shown = &supervisor->body.lifetime;
    for (int i = 0; i < LEDGER_FIGURES; i++) {
        struct u96 sum = u96_add(totals->figures[i], shown->figures[i].low);
        shown->figures[i] = (struct vm_page_wide){.low = sum.low, .high = sum.high + shown->figures[i].high};
    }
    shown->up_ms += totals->up_ms;
}

/* What is in the ledger need not be kept any more. */
static void ledger_drop(struct supervisor_ledger *own, const struct ledger_job *job)
{
    if (job->place != 0)
        pending_drop(own->pending, job->place, &job->epoch.id);
}

/* Whether the job is to be done again. */
static bool ledger_judge(struct supervisor_ledger *own, struct ledger_job *job)
{
    if (job->err.cause == 0) {
        if (own->failing)
            log_write(LOG_INFO, "the usage ledger can be written again");
        own->failing = false;
        ledger_drop(own, job);
        if (job->kind == LEDGER_JOB_BEGIN && own->supervisor->body.lifetime.known == 0) {
            ledger_add_lifetime(own->supervisor, &job->totals);
            own->supervisor->body.lifetime.known = 1;
            supervisor_publish(own->supervisor);
        }
        return false;
    }
    if (!own->failing)
        log_write(LOG_WARNING, "%s", job->err.text);
    own->failing = true;
    bool can_wait = job->kind == LEDGER_JOB_WRITE && job->epoch.end == LEDGER_STILL_OPEN && !job->closes_day;
    return !can_wait && job->err.cause == VPC_TIMED_OUT && ++job->tries < CLOSE_TRIES;
}

static void ledger_job_done(uv_work_t *work, int status)
{
    struct supervisor_ledger *own = work->data;
    struct ledger_job *job = own->running;
    (void)status;
    own->running = NULL;
    if (!own->abandoned && ledger_judge(own, job)) {
        job->next = own->first;
        own->first = job;
        if (own->last == NULL)
            own->last = job;
    } else {
        free(job);
    }
    if (!own->abandoned)
        ledger_start_next(own);
}

static void ledger_start_next(struct supervisor_ledger *own)
{
    if (own->running != NULL || own->first == NULL)
        return;
    own->running = own->first;
    own->first = own->running->next;
    own->running->next = NULL;
    if (own->first == NULL)
        own->last = NULL;
    uv_queue_work(own->supervisor->loop, &own->work, ledger_job_work, ledger_job_done);
}

/* Takes the job. */
static void ledger_queue(struct supervisor_ledger *own, struct ledger_job *job)
{
    struct ledger_job *last = own->last;
    /* Of an epoch only the latest totals count; a day's last ones are a row of their own. */
    if (last != NULL && last->kind == LEDGER_JOB_WRITE && job->kind == LEDGER_JOB_WRITE &&
        last->epoch.end == LEDGER_STILL_OPEN && !last->closes_day && last->epoch.id.number == job->epoch.id.number &&
        ledger_day(last->epoch.now_utc_ms) == ledger_day(job->epoch.now_utc_ms)) {
        last->epoch = job->epoch;
        last->place = job->place;
        last->closes_day = job->closes_day;
        free(job);
    } else if (last != NULL) {
        last->next = job;
        own->last = job;
    } else {
        own->first = own->last = job;
    }
    ledger_start_next(own);
    /* analyse-allow analyzer-malloc-leak: the list has it */
}

/* ---- what is written ---- */

/* The mean of the epoch's seconds, of a minute at most; -1: not known. */
static int32_t ledger_cpu_of_minute(const struct supervisor *supervisor)
{
    const struct vm_page_body *body = &supervisor->body;
    const uint64_t up_s = ledger_up_ms(supervisor) / 1000;
    int32_t seconds = supervisor->accountant.cpu_seconds, sum = 0;
    if (up_s < (uint64_t)seconds)
        seconds = (int32_t)up_s;
    if (body->cpu_percent == VM_PAGE_CPU_UNKNOWN || seconds == 0)
        return -1;
    for (int i = ACCOUNTING_HISTORY - seconds; i < ACCOUNTING_HISTORY; i++)
        sum += body->cpu_history[i] <= 100 ? body->cpu_history[i] : 100;
    return (sum + seconds / 2) / seconds;
}

static void ledger_fill_sources(const struct vm_page_body *body, struct ledger_epoch *epoch)
{
    for (int i = 0; i < LEDGER_SLOTS; i++) {
        const struct vm_page_adapter *adapter = &body->adapters[i];
        const struct vm_page_drive *drive = &body->drives[i];
        epoch->adapters[i] = (struct ledger_source){
            .present = adapter->present != 0,
            .figures = {adapter->bytes_sent, adapter->bytes_received, adapter->packets_sent, adapter->packets_received},
        };
        epoch->drives[i] = (struct ledger_source){
            .present = drive->present != 0,
            .figures = {drive->bytes_read, drive->bytes_written, drive->reads, drive->writes},
        };
    }
}

static void ledger_queue_epoch(struct supervisor_ledger *own, int64_t now_utc_ms, enum ledger_end end, bool closes_day)
{
    const struct supervisor *supervisor = own->supervisor;
    const struct vm_page_body *body = &supervisor->body;
    struct ledger_job write = {.kind = LEDGER_JOB_WRITE, .closes_day = closes_day};
    write.epoch = (struct ledger_epoch){
        .config_id = supervisor->config->config_id,
        .name = supervisor->config->name,
        .id = {.number = body->epoch, .start_utc_ms = body->epoch_start_utc_ms},
        .cause = body->epoch_cause,
        .now_utc_ms = now_utc_ms,
        .up_ms = ledger_up_ms(supervisor),
        .cpu_percent = ledger_cpu_of_minute(supervisor),
        .end = end,
    };
    /* Where nobody knows the epoch's zero, there is nothing to be written down. */
    if (supervisor->unknown.cause == 0)
        ledger_fill_sources(body, &write.epoch);
    /* From the page an epoch that has ended disappears at once. */
    if (end != LEDGER_STILL_OPEN && own->pending != NULL)
        write.place = pending_keep(own->pending, &write.epoch);
    own->day = ledger_day(now_utc_ms);
    own->next_write_ms = uv_now(supervisor->loop) + WRITE_MS;
    struct ledger_job *job = malloc(sizeof *job);
    if (job == NULL)
        return; /* the next write has it; what has ended is kept for the next supervisor */
    *job = write;
    ledger_queue(own, job);
}

static void ledger_queue_prune(struct supervisor_ledger *own)
{
    struct ledger_job *job = own->supervisor->config->usage_retention_days != 0 ? calloc(1, sizeof *job) : NULL;
    if (job == NULL)
        return;
    job->kind = LEDGER_JOB_PRUNE;
    ledger_queue(own, job);
}

/* Writes first what the last supervisor was killed over. */
static void ledger_queue_pending(struct supervisor_ledger *own)
{
    const struct machine_config *config = own->supervisor->config;
    const int64_t first_day = ledger_day(clock_utc_ms()) - (int64_t)config->usage_retention_days;
    struct vpc_error err;
    if (!pending_open(&own->pending, own->supervisor->run_folder, &err)) {
        log_write(LOG_WARNING, "%s", err.text);
        own->pending = NULL;
        return;
    }
    for (int place = 1; place <= PENDING_PLACES; place++) {
        struct ledger_epoch epoch;
        struct ledger_job *job = pending_look(own->pending, place, &epoch) ? calloc(1, sizeof *job) : NULL;
        if (job == NULL)
            continue;
        epoch.config_id = config->config_id;
        epoch.name = config->name;
        *job = (struct ledger_job){.kind = LEDGER_JOB_WRITE, .epoch = epoch, .place = place, .late = true};
        job->may_be_folded = config->usage_retention_days != 0 && ledger_day(epoch.now_utc_ms) < first_day;
        ledger_queue(own, job);
    }
}

/* ---- for the others ---- */

void supervisor_ledger_open(struct supervisor *supervisor)
{
    struct vpc_error err;
    char *home = NULL;
    struct supervisor_ledger *own = calloc(1, sizeof *own);
    struct ledger_job *job = calloc(1, sizeof *job);
    bool done = own != NULL && job != NULL;
    if (!done)
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "no memory for the usage ledger");
    done = done && path_home(&home, &err);
    if (done && (own->path = path_join(home, LEDGER_FILE)) == NULL)
        done = vpc_fail(&err, VPC_OUT_OF_MEMORY, "no memory for the usage ledger");
    free(home);
    if (!done) {
        log_write(LOG_WARNING, "nothing is written to the usage ledger: %s", err.text);
        free(job);
        free(own);
        return;
    }
    own->supervisor = supervisor;
    own->work.data = own;
    supervisor->ledger = own;
    /* Nobody knows what was used before: the ledger will say it, with what has ended since. */
    if (supervisor->body.lifetime.known == 0)
        supervisor->body.lifetime = (struct vm_page_lifetime){.known = 0};
    ledger_queue_pending(own);
    job->kind = LEDGER_JOB_BEGIN;
    if (supervisor->body.epoch_cause != EPOCH_NONE)
        job->id = (struct ledger_epoch_id){supervisor->body.epoch, supervisor->body.epoch_start_utc_ms};
    ledger_queue(own, job);
    ledger_queue_prune(own);
}

void supervisor_ledger_sampled(struct supervisor *supervisor)
{
    struct supervisor_ledger *own = supervisor->ledger;
    if (own == NULL || supervisor->body.epoch_cause == EPOCH_NONE || supervisor->taking_over)
        return;
    int64_t now_utc_ms = clock_utc_ms();
    int64_t today = ledger_day(now_utc_ms);
    /* What was counted up to midnight belongs to the day before. */
    if (own->day != 0 && today == own->day + 1) {
        ledger_queue_epoch(own, today * MS_OF_DAY - 1, LEDGER_STILL_OPEN, true);
        ledger_queue_prune(own);
    } else if (uv_now(supervisor->loop) >= own->next_write_ms) {
        ledger_queue_epoch(own, now_utc_ms, LEDGER_STILL_OPEN, false);
    }
    own->day = today;
}

void supervisor_ledger_epoch_ends(struct supervisor *supervisor, enum epoch_cause next)
{
    struct supervisor_ledger *own = supervisor->ledger;
    const struct vm_page_body *body = &supervisor->body;
    struct ledger_totals totals = {.up_ms = 0};
    struct ledger_epoch epoch = {.up_ms = 0};
    if (own == NULL || body->epoch_cause == EPOCH_NONE)
        return;
    ledger_queue_epoch(own, clock_utc_ms(), next == EPOCH_GUEST_REBOOT ? LEDGER_GUEST_REBOOT : LEDGER_RESET, false);
    if (supervisor->unknown.cause == 0)
        ledger_fill_sources(body, &epoch);
    for (int slot = 0; slot < LEDGER_SLOTS; slot++) {
        for (int i = 0; i < LEDGER_KIND_FIGURES; i++) {
            struct u96 *drives = &totals.figures[LEDGER_KIND_FIGURES + i];
            totals.figures[i] = u96_add(totals.figures[i], epoch.adapters[slot].figures[i]);
            *drives = u96_add(*drives, epoch.drives[slot].figures[i]);
        }
    }
    totals.up_ms = ledger_up_ms(supervisor);
    ledger_add_lifetime(supervisor, &totals);
}

void supervisor_ledger_epoch_begun(struct supervisor *supervisor)
{
    if (supervisor->ledger != NULL)
        ledger_queue_epoch(supervisor->ledger, clock_utc_ms(), LEDGER_STILL_OPEN, false);
}

void supervisor_ledger_session_ends(struct supervisor *supervisor, enum vm_state rest)
{
    enum ledger_end end = supervisor->death.cause != 0 ? LEDGER_LOST : LEDGER_TURNED_OFF;
    if (supervisor->body.epoch_cause == EPOCH_NONE)
        return;
    supervisor->body.lifetime.ended_up_ms = ledger_up_ms(supervisor);
    if (supervisor->ledger == NULL)
        return;
    if (rest == VM_SAVED)
        end = LEDGER_SAVED;
    ledger_queue_epoch(supervisor->ledger, clock_utc_ms(), end, false);
}

void supervisor_ledger_close(struct supervisor *supervisor)
{
    struct supervisor_ledger *own = supervisor->ledger;
    if (own == NULL)
        return;
    own->abandoned = true;
    while (own->running != NULL)
        uv_run(supervisor->loop, UV_RUN_ONCE);
    while (own->first != NULL) {
        struct ledger_job *job = own->first;
        own->first = job->next;
        free(job);
    }
    ledger_close(own->ledger);
    pending_close(own->pending);
    free(own->path);
    free(own);
    supervisor->ledger = NULL;
}
