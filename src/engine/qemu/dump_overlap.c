#include "engine/qemu/dump_overlap.h"

#include <stdlib.h>
#include "engine/qemu/dump_reader.h"
#include "util/file.h"

enum {
    SECOND_US = 1000000,
    NEAR_US = 100,         /* between the two dumps, for the quickest frame of all; holding takes longer */
    FAR_US = 500000,       /* and for the slowest */
    MOST_FRAMES = 1 << 20, /* that are compared: 16 MiB of memory for each capture */
    FEW_FRAMES = 4096      /* of which every beginning is tried */
};

/* The last frames of a capture. */
struct ending {
    struct dump_record *records; /* ring */
    size_t room;
    uint64_t count; /* of all that came */
};

static void keep_record(void *context, const struct dump_record *record)
{
    struct ending *ending = context;

    ending->records[ending->count++ % ending->room] = *record;
}

static const struct dump_record *record_at(const struct ending *ending, uint64_t index)
{
    return &ending->records[index % ending->room];
}

/* Reads the last `room` frames. */
static bool read_ending(struct ending *ending, const char *path, size_t room, struct vpc_error *err)
{
    struct dump_reader reader = {.each = keep_record, .context = ending};
    struct file_tail *tail;
    bool ok;

    *ending = (struct ending){.room = room, .records = malloc(room * sizeof(*ending->records))};
    if (!ending->records)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to compare captures");
    if (!file_tail_open(&tail, path, err))
        return false;
    ok = dump_reader_drain(&reader, tail, err);
    file_tail_close(tail);
    return ok;
}

/* Whether the first `count` frames of `later` are those of `earlier` from `first` on. */
static bool are_same(const struct ending *earlier, uint64_t first, const struct ending *later, uint64_t count)
{
    int64_t quickest = SECOND_US, seconds = 0;

    for (uint64_t i = 0; i < count; i++) {
        const struct dump_record *one = record_at(earlier, first + i), *other = record_at(later, i);
        int64_t late = other->time_us - one->time_us;

        if (i == 0)
            seconds = (late - (late % SECOND_US + SECOND_US) % SECOND_US) / SECOND_US;
        late -= seconds * SECOND_US;
        if (one->length != other->length || late < 0 || late > FAR_US)
            return false;
        if (late < quickest)
            quickest = late;
    }
    return quickest < NEAR_US;
}

/* How many of the first frames of `later` are the last of `earlier`. */
static uint64_t count_same(const struct ending *earlier, const struct ending *later)
{
    uint64_t least = later->count > FEW_FRAMES ? later->count : 1;

    for (uint64_t count = later->count; count >= least && count > 0; count--) {
        for (uint64_t more = 0; more < 2; more++) {
            if (earlier->count >= count + more && are_same(earlier, earlier->count - count - more, later, count))
                return count;
        }
    }
    return 0;
}

bool dump_overlap_find(const char *earlier, const char *later, struct dump_overlap *overlap, struct vpc_error *err)
{
    struct ending one = {0}, other = {0};
    bool ok = read_ending(&other, later, MOST_FRAMES, err);

    *overlap = (struct dump_overlap){0};
    if (ok && other.count > MOST_FRAMES)
        ok = vpc_fail(err, VPC_UNEXPECTED, "captures of %llu frames cannot be compared",
                      (unsigned long long)other.count);
    ok = ok && (!other.count || read_ending(&one, earlier, (size_t)other.count + 1, err));
    if (ok && other.count) {
        overlap->packets = count_same(&one, &other);
        for (uint64_t i = 0; i < overlap->packets; i++)
            overlap->bytes += record_at(&other, i)->length;
    }
    free(one.records);
    free(other.records);
    return ok;
}
