#include "host/pending.h"

#include <stdlib.h>
#include <string.h>
#include "session/vm_page.h"
#include "util/file.h"
#include "util/path.h"

#define PENDING_MAGIC UINT64_C(0x3130444e45504356) /* "VCPEND01": another layout takes another number */

struct pending_source {
    uint64_t present;
    uint64_t figures[LEDGER_KIND_FIGURES];
};

/* Of one process or of two builds: fixed-width members only. */
struct pending_record {
    uint64_t check; /* of all that follows; written last, 0: nothing is here */
    uint64_t number;
    int64_t start_utc_ms;
    int64_t now_utc_ms;
    uint64_t up_ms;
    uint32_t cause;
    uint32_t end;
    int64_t cpu_percent;
    struct pending_source sources[2][LEDGER_SLOTS]; /* adapters, drives */
};

struct pending_body {
    uint64_t magic;
    uint64_t reserved[7];
    struct pending_record records[PENDING_PLACES];
};

struct pending {
    struct file_map map;
    struct pending_body *body;
};

/* FNV-1a (the page of its authors gives both numbers): tells half a record from a whole one. Never 0. */
static uint64_t pending_check(const struct pending_record *record)
{
    uint64_t check = UINT64_C(14695981039346656037);
    const unsigned char *bytes = (const unsigned char *)&record->number;
    for (size_t i = 0; i < sizeof *record - sizeof record->check; i++)
        check = (check ^ bytes[i]) * UINT64_C(1099511628211);
    return check != 0 ? check : 1;
}

bool pending_open(struct pending **pending, const char *run_folder, struct vpc_error *err)
{
    struct pending *made = calloc(1, sizeof *made);
    char *path = path_join(run_folder, VM_PENDING_FILE);
    bool done = made != NULL && path != NULL;
    if (!done)
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for what the usage ledger lacks");
    if (done && file_map_open(&made->map, path, true, err) && made->map.size != sizeof *made->body)
        file_map_close(&made->map);
    if (done && made->map.data == NULL)
        done = file_map_create(&made->map, path, sizeof *made->body, err);
    free(path);
    if (!done) {
        free(made);
        return false;
    }
    made->body = made->map.data;
    if (made->body->magic != PENDING_MAGIC) {
        memset(made->body, 0, sizeof *made->body);
        made->body->magic = PENDING_MAGIC;
    }
    /* A supervisor was killed while it put something there. */
    for (int i = 0; i < PENDING_PLACES; i++)
        if (made->body->records[i].check != pending_check(&made->body->records[i]))
            made->body->records[i].check = 0;
    *pending = made;
    return true;
}

void pending_close(struct pending *pending)
{
    if (pending == NULL)
        return;
    file_map_close(&pending->map);
    free(pending);
}

static void pending_put_sources(struct pending_source *to, const struct ledger_source *from)
{
    for (int slot = 0; slot < LEDGER_SLOTS; slot++) {
        to[slot].present = from[slot].present;
        memcpy(to[slot].figures, from[slot].figures, sizeof to[slot].figures);
    }
}

int pending_keep(struct pending *pending, const struct ledger_epoch *epoch)
{
    int place = 1;
    while (place <= PENDING_PLACES && pending->body->records[place - 1].check != 0)
        place++;
    if (place > PENDING_PLACES)
        return 0;
    struct pending_record *record = &pending->body->records[place - 1];
    record->number = epoch->id.number;
    record->start_utc_ms = epoch->id.start_utc_ms;
    record->now_utc_ms = epoch->now_utc_ms;
    record->up_ms = epoch->up_ms;
    record->cause = epoch->cause;
    record->end = (uint32_t)epoch->end;
    record->cpu_percent = epoch->cpu_percent;
    pending_put_sources(record->sources[0], epoch->adapters);
    pending_put_sources(record->sources[1], epoch->drives);
    record->check = pending_check(record);
    return place;
}

static void pending_get_sources(struct ledger_source *to, const struct pending_source *from)
{
    for (int slot = 0; slot < LEDGER_SLOTS; slot++) {
        to[slot].present = from[slot].present != 0;
        memcpy(to[slot].figures, from[slot].figures, sizeof to[slot].figures);
    }
}

bool pending_look(const struct pending *pending, int place, struct ledger_epoch *epoch)
{
    const struct pending_record *record = &pending->body->records[place - 1];
    if (record->check == 0 || record->check != pending_check(record) || record->end > LEDGER_LOST)
        return false;
    *epoch = (struct ledger_epoch){
        .id = {.number = record->number, .start_utc_ms = record->start_utc_ms},
        .cause = record->cause,
        .now_utc_ms = record->now_utc_ms,
        .up_ms = record->up_ms,
        .cpu_percent = record->cpu_percent >= 0 && record->cpu_percent <= 100 ? (int32_t)record->cpu_percent : -1,
        .end = (enum ledger_end)record->end,
    };
    pending_get_sources(epoch->adapters, record->sources[0]);
    pending_get_sources(epoch->drives, record->sources[1]);
    return true;
}

void pending_drop(struct pending *pending, int place, const struct ledger_epoch_id *id)
{
    struct pending_record *record = &pending->body->records[place - 1];
    if (record->number == id->number && record->start_utc_ms == id->start_utc_ms)
        record->check = 0;
}
