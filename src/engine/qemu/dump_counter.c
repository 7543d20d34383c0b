#include "engine/qemu/dump_counter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/dump_overlap.h"
#include "engine/qemu/dump_reader.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    HOLD_US = 1000000, /* QEMU lets the held frames go after this time by itself, should we die in between */
    ID_SIZE = 64       /* of an object in QEMU */
};

enum phase {
    PHASE_NEW,
    PHASE_BEGINNING,
    PHASE_COUNTING,
    PHASE_ADDING,   /* the next dump is being made, switched off */
    PHASE_SWAPPING, /* from the current dump to the next */
    PHASE_CUT,      /* in the middle of that, for want of memory: it goes on */
    PHASE_ADOPTED,  /* counts; what the one before has left in QEMU is to be cleared away, */
    PHASE_CLEARING, /* and is */
    PHASE_BROKEN,   /* nobody counts: to be repaired */
    PHASE_REPAIRING
};

/* One capture file. */
struct dump {
    uint64_t sequence;
    struct file_tail *tail;
    bool unopened; /* it is there, and could not be opened yet */
    struct dump_reader reader;
};

struct dump_counter {
    unsigned slot;
    enum dump_direction direction;
    char *folder, *qemu_folder;
    struct qmp_client *client;
    enum phase phase;
    struct dump current, next;
    uint64_t settled_bytes, settled_packets;
    uint64_t oldest;     /* file that may still be there */
    uint64_t sequence;   /* last that was given to a file */
    uint64_t last_void;  /* files after the current one, up to this, hold nothing that counts */
    uint64_t not_before; /* no rotation while the file is shorter: the last attempt has failed */
    uint64_t rotations;
    bool missed; /* frames may have passed uncounted, or twice, in this epoch */
    struct vpc_error reason;
    struct vpc_error swap_error;
    uint64_t swap_ms;   /* when it began */
    unsigned swap_step; /* so many are done */
    bool swap_failed;
    bool held; /* the buffer of the one before is in QEMU */
    void (*begun)(void *context, const struct vpc_error *err);
    void *context;
};

static const char *word_of(enum dump_direction direction)
{
    return direction == DUMP_SENT ? "sent" : "received";
}

static char *file_name(const struct dump_counter *counter, uint64_t sequence)
{
    return text_format("capture-%u-%s-%" PRIu64 ".pcap", counter->slot, word_of(counter->direction), sequence);
}

static char *local_path(const struct dump_counter *counter, uint64_t sequence)
{
    char *name = file_name(counter, sequence), *path = name ? path_join(counter->folder, name) : NULL;

    free(name);
    return path;
}

static void remove_file(const struct dump_counter *counter, uint64_t sequence)
{
    char *path = local_path(counter, sequence);
    struct vpc_error ignored;

    if (path)
        file_remove(path, &ignored);
    free(path);
}

static void close_dump(struct dump *dump)
{
    file_tail_close(dump->tail);
    *dump = (struct dump){0};
}

static bool open_dump(const struct dump_counter *counter, struct dump *dump, struct vpc_error *err)
{
    char *path = local_path(counter, dump->sequence);
    bool ok = path ? file_tail_open(&dump->tail, path, err) : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");

    free(path);
    return ok;
}

static bool drain_dump(const struct dump_counter *counter, struct dump *dump, struct vpc_error *err)
{
    if (dump->unopened && !open_dump(counter, dump, err))
        return vpc_fail_in(err, "capture %" PRIu64, dump->sequence);
    dump->unopened = false;
    if (!dump->tail || dump_reader_drain(&dump->reader, dump->tail, err))
        return true;
    return vpc_fail_in(err, "capture %" PRIu64, dump->sequence);
}

struct id {
    char text[ID_SIZE];
};

static struct id dump_id(const struct dump_counter *counter, uint64_t sequence)
{
    struct id id;

    snprintf(id.text, sizeof(id.text), "vpc-dump-%u-%s-%" PRIu64, counter->slot, word_of(counter->direction), sequence);
    return id;
}

static struct id hold_id(const struct dump_counter *counter)
{
    struct id id;

    snprintf(id.text, sizeof(id.text), "vpc-hold-%u-%s", counter->slot, word_of(counter->direction));
    return id;
}

/* Members that both filters have, NULL without memory. What the guest sends passes the queue "rx" from tail to head,
 * what it receives "tx" from head to tail; the dump stands behind the hold. */
static json_t *filter(const struct dump_counter *counter, const char *type, struct id id, bool first)
{
    bool sent = counter->direction == DUMP_SENT;
    char netdev[16];

    snprintf(netdev, sizeof(netdev), "net%u", counter->slot);
    return json_pack("{s:s,s:s,s:s,s:s,s:s}", "qom-type", type, "id", id.text, "netdev", netdev, "queue",
                     sent ? "rx" : "tx", "position", sent == first ? "tail" : "head");
}

/* Adds a member, which it takes. Without memory for all of them there are no arguments. */
static json_t *with_member(json_t *arguments, const char *key, json_t *value)
{
    if (!json_object_set_new(arguments, key, value))
        return arguments;
    json_decref(arguments);
    return NULL;
}

static json_t *dump_arguments(const struct dump_counter *counter, uint64_t sequence, bool on)
{
    char *name = file_name(counter, sequence);
    char *path = name ? text_format("%s/%s", counter->qemu_folder, name) : NULL;
    json_t *arguments = filter(counter, "filter-dump", dump_id(counter, sequence), false);

    arguments = with_member(arguments, "file", path ? json_string(path) : NULL);
    arguments = with_member(arguments, "maxlen", json_integer(1));
    arguments = with_member(arguments, "status", json_string(on ? "on" : "off"));
    free(name);
    free(path);
    return arguments;
}

static json_t *hold_arguments(const struct dump_counter *counter)
{
    return with_member(filter(counter, "filter-buffer", hold_id(counter), true), "interval", json_integer(HOLD_US));
}

static void remove_object(struct dump_counter *counter, struct id id, qmp_reply *reply)
{
    qmp_client_send(counter->client, "object-del", json_pack("{s:s}", "id", id.text), reply, counter);
}

static void switch_on(struct dump_counter *counter, uint64_t sequence, qmp_reply *reply)
{
    char path[ID_SIZE + 16];

    snprintf(path, sizeof(path), "/objects/%s", dump_id(counter, sequence).text);
    qmp_client_send(counter->client, "qom-set",
                    json_pack("{s:s,s:s,s:s}", "path", path, "property", "status", "value", "on"), reply, counter);
}

static void miss(struct dump_counter *counter, const struct vpc_error *why)
{
    if (counter->missed)
        return;
    counter->missed = true;
    counter->reason = *why;
    vpc_fail_in(&counter->reason, "frames %s by network adapter %u may be counted wrongly", word_of(counter->direction),
                counter->slot);
}

/* The file of `dump` is final. */
static void settle(struct dump_counter *counter, struct dump *dump)
{
    struct vpc_error err;

    if (!drain_dump(counter, dump, &err))
        miss(counter, &err);
    counter->settled_bytes += dump->reader.bytes;
    counter->settled_packets += dump->reader.packets;
    close_dump(dump);
}

/* Counts once what two captures, which are settled or being counted, hold both. */
static void count_once(struct dump_counter *counter, uint64_t earlier, uint64_t later)
{
    char *one = local_path(counter, earlier), *other = local_path(counter, later);
    struct dump_overlap overlap;
    struct vpc_error err;

    if (!one || !other)
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "no memory for a path");
    if (!one || !other || !dump_overlap_find(one, other, &overlap, &err)) {
        miss(counter, &err);
    } else {
        counter->settled_bytes -= overlap.bytes;
        counter->settled_packets -= overlap.packets;
    }
    free(one);
    free(other);
}

static void on_begun(void *context, const json_t *result, const struct vpc_error *err)
{
    struct dump_counter *counter = context;
    struct vpc_error open_error;

    (void)result;
    if (!err && !open_dump(counter, &counter->current, &open_error))
        err = &open_error;
    if (!err)
        counter->phase = PHASE_COUNTING;
    counter->begun(counter->context, err);
}

void dump_counter_begin(struct dump_counter *counter, struct qmp_client *client,
                        void (*begun)(void *context, const struct vpc_error *err), void *context)
{
    counter->client = client;
    counter->begun = begun;
    counter->context = context;
    counter->phase = PHASE_BEGINNING;
    counter->oldest = counter->current.sequence = counter->sequence = 1;
    qmp_client_send(client, "object-add", dump_arguments(counter, 1, true), on_begun, counter);
}

static void on_repaired(void *context, const json_t *result, const struct vpc_error *err)
{
    struct dump_counter *counter = context;
    struct dump fresh = {.sequence = counter->sequence};
    struct vpc_error open_error;

    (void)result;
    if (qmp_is_unsent(err))
        counter->sequence--;
    if (err || !open_dump(counter, &fresh, &open_error)) {
        counter->phase = PHASE_BROKEN;
        return;
    }
    settle(counter, &counter->current);
    settle(counter, &counter->next);
    counter->current = fresh;
    counter->phase = PHASE_COUNTING;
}

/* Removes whatever a failed swap has left, known or not, and begins on a new file. */
static void repair(struct dump_counter *counter)
{
    counter->phase = PHASE_REPAIRING;
    qmp_client_cork(counter->client);
    remove_object(counter, hold_id(counter), NULL);
    for (uint64_t sequence = counter->current.sequence; sequence <= counter->sequence; sequence++)
        remove_object(counter, dump_id(counter, sequence), NULL);
    qmp_client_send(counter->client, "object-add", dump_arguments(counter, ++counter->sequence, true), on_repaired,
                    counter);
    qmp_client_uncork(counter->client);
}

static void take_step(struct dump_counter *counter, const struct vpc_error *err)
{
    if (!err)
        counter->swap_step++;
    else if (!qmp_is_unsent(err) && !counter->swap_failed) {
        counter->swap_failed = true;
        counter->swap_error = *err;
    }
}

static void on_step(void *context, const json_t *result, const struct vpc_error *err)
{
    (void)result;
    take_step(context, err);
}

static void on_released(void *context, const json_t *result, const struct vpc_error *err)
{
    struct dump_counter *counter = context;

    (void)result;
    take_step(counter, err);
    if (!counter->swap_failed && err) {
        counter->phase = PHASE_CUT;
        return;
    }
    if (!counter->swap_failed) {
        /* QEMU was stopped meanwhile, or we were: the frames may have been let go in the middle. */
        if (clock_monotonic_ms() - counter->swap_ms > HOLD_US / 1000 / 2)
            count_once(counter, counter->current.sequence, counter->next.sequence);
        settle(counter, &counter->current);
        counter->current = counter->next;
        counter->next = (struct dump){0};
        counter->rotations++;
        counter->phase = PHASE_COUNTING;
        return;
    }
    if (counter->swap_error.cause ==
        VPC_IO) /* the connection has ended; both files are read to their end all the same */
        return;
    miss(counter, &counter->swap_error);
    repair(counter);
}

/* Tells QEMU the steps that are not done yet. Where there is no memory for one, none behind it is sent. */
static void swap(struct dump_counter *counter)
{
    counter->phase = PHASE_SWAPPING;
    qmp_client_cork(counter->client);
    if (counter->swap_step < 1)
        qmp_client_send(counter->client, "object-add", hold_arguments(counter), on_step, counter);
    /* In this order: cut here, the first still has all that the second has. */
    if (counter->swap_step < 2)
        switch_on(counter, counter->next.sequence, on_step);
    if (counter->swap_step < 3)
        remove_object(counter, dump_id(counter, counter->current.sequence), on_step);
    remove_object(counter, hold_id(counter), on_released);
    qmp_client_uncork(counter->client);
}

static void on_added(void *context, const json_t *result, const struct vpc_error *err)
{
    struct dump_counter *counter = context;
    struct vpc_error open_error;

    (void)result;
    if (!err && !open_dump(counter, &counter->next, &open_error)) {
        remove_object(counter, dump_id(counter, counter->next.sequence), NULL);
        remove_file(counter, counter->next.sequence);
        err = &open_error;
    }
    if (err) {
        /* The current dump has not been touched. Try again when it has grown as much again. */
        counter->next = (struct dump){0};
        counter->sequence--;
        counter->not_before = 2 * counter->current.reader.offset;
        counter->phase = PHASE_COUNTING;
        return;
    }
    counter->swap_failed = false;
    counter->swap_step = 0;
    counter->swap_ms = clock_monotonic_ms();
    swap(counter);
}

void dump_counter_go_on(struct dump_counter *counter)
{
    if (counter->phase == PHASE_CUT)
        swap(counter);
}

void dump_counter_rotate(struct dump_counter *counter, uint64_t limit)
{
    dump_counter_go_on(counter);
    if (counter->phase == PHASE_BROKEN) {
        repair(counter);
        return;
    }
    if (counter->phase != PHASE_COUNTING || counter->current.reader.offset <= limit ||
        counter->current.reader.offset < counter->not_before)
        return;
    counter->not_before = 0;
    counter->phase = PHASE_ADDING;
    counter->next.sequence = ++counter->sequence;
    qmp_client_send(counter->client, "object-add", dump_arguments(counter, counter->sequence, false), on_added,
                    counter);
}

uint64_t dump_counter_choose(const struct dump_found *found, size_t count)
{
    uint64_t chosen = 0;

    for (size_t i = 0; i < count; i++) {
        if (found[i].on && (!chosen || found[i].sequence < chosen))
            chosen = found[i].sequence;
    }
    return chosen;
}

bool dump_counter_is_dump(const struct dump_counter *counter, const char *name, uint64_t *sequence)
{
    char prefix[ID_SIZE];
    size_t length;

    snprintf(prefix, sizeof(prefix), "vpc-dump-%u-%s-", counter->slot, word_of(counter->direction));
    length = strlen(prefix);
    if (strncmp(name, prefix, length) || name[length] < '0' || name[length] > '9')
        return false;
    *sequence = strtoull(name + length, NULL, 10);
    return true;
}

bool dump_counter_is_hold(const struct dump_counter *counter, const char *name)
{
    return !strcmp(hold_id(counter).text, name);
}

/* Whether a file holds nothing that the one of words[2] does not. */
static bool is_void(const uint64_t words[DUMP_MEMORY_WORDS], uint64_t sequence)
{
    return sequence > words[2] && sequence <= words[3];
}

/* Numbers of the first and the last capture that are there, 0 without. */
static bool find_files(const struct dump_counter *counter, uint64_t *first, uint64_t *last, struct vpc_error *err)
{
    struct folder_entry *entries;
    char prefix[ID_SIZE];
    size_t count;

    *first = *last = 0;
    if (!folder_list(counter->folder, ".pcap", &entries, &count, err))
        return false;
    snprintf(prefix, sizeof(prefix), "capture-%u-%s-", counter->slot, word_of(counter->direction));
    for (size_t i = 0; i < count; i++) {
        uint64_t sequence;

        if (strncmp(entries[i].name, prefix, strlen(prefix)))
            continue;
        sequence = strtoull(entries[i].name + strlen(prefix), NULL, 10);
        if (sequence > *last)
            *last = sequence;
        if (!*first || sequence < *first)
            *first = sequence;
    }
    folder_list_free(entries, count);
    return true;
}

/* Takes the words, then the files up to `end` (not included), which are final. */
static void adopt_files(struct dump_counter *counter, const uint64_t words[DUMP_MEMORY_WORDS], uint64_t end)
{
    struct vpc_error err;
    uint64_t first, last;

    find_files(counter, &first, &last, &err); /* without it, one is left */
    counter->settled_bytes = words[0];
    counter->settled_packets = words[1];
    /* One that was settled may not have been removed any more. */
    counter->oldest = first && first < words[2] ? first : words[2];
    for (uint64_t sequence = words[2]; sequence < end; sequence++) {
        struct dump dump = {.sequence = sequence};

        if (is_void(words, sequence))
            continue;
        if (open_dump(counter, &dump, &err))
            settle(counter, &dump);
        else
            miss(counter, &err);
    }
}

void dump_counter_adopt(struct dump_counter *counter, struct qmp_client *client,
                        const uint64_t words[DUMP_MEMORY_WORDS], const struct dump_found *found, size_t count,
                        bool held)
{
    uint64_t chosen = dump_counter_choose(found, count);
    struct vpc_error err;

    counter->client = client;
    counter->sequence = words[3] > words[2] ? words[3] : words[2];
    for (size_t i = 0; i < count; i++) {
        if (found[i].sequence > counter->sequence)
            counter->sequence = found[i].sequence;
    }
    adopt_files(counter, words, chosen ? chosen : counter->sequence + 1);
    counter->current.sequence = chosen ? chosen : counter->sequence;
    counter->last_void = counter->sequence;
    counter->held = held;
    if (!chosen)
        vpc_fail(&err, VPC_ENGINE, "nothing counted them while the supervisor was lost");
    else if (chosen < words[2] || is_void(words, chosen))
        vpc_fail(&err, VPC_ENGINE, "capture %" PRIu64 " goes on, which was final", chosen);
    else if (open_dump(counter, &counter->current, &err) || err.cause == VPC_OUT_OF_MEMORY || err.cause == VPC_IO) {
        counter->current.unopened = !counter->current.tail;
        counter->phase = PHASE_ADOPTED;
        return;
    }
    miss(counter, &err);
    counter->phase = PHASE_BROKEN;
}

static void on_cleared(void *context, const json_t *result, const struct vpc_error *err)
{
    struct dump_counter *counter = context;

    (void)result;
    counter->phase = qmp_is_unsent(err) ? PHASE_ADOPTED : PHASE_COUNTING;
}

/* Takes out of QEMU what a rotation that was cut short has left. Some of it may never have been there. */
static void clear_away(struct dump_counter *counter)
{
    counter->phase = counter->held || counter->sequence > counter->current.sequence ? PHASE_CLEARING : PHASE_COUNTING;
    qmp_client_cork(counter->client);
    for (uint64_t sequence = counter->current.sequence + 1; sequence <= counter->sequence; sequence++)
        remove_object(counter, dump_id(counter, sequence),
                      counter->held || sequence < counter->sequence ? NULL : on_cleared);
    if (counter->held)
        remove_object(counter, hold_id(counter), on_cleared);
    qmp_client_uncork(counter->client);
}

void dump_counter_adopt_rest(struct dump_counter *counter, const uint64_t words[DUMP_MEMORY_WORDS])
{
    uint64_t first, last;
    struct vpc_error err;

    if (!find_files(counter, &first, &last, &err))
        miss(counter, &err);
    counter->sequence = last > words[2] ? last : words[2];
    adopt_files(counter, words, counter->sequence + 1);
    if (last > words[2] && !is_void(words, last))
        count_once(counter, is_void(words, last - 1) ? words[2] : last - 1, last);
}

bool dump_counter_drain(struct dump_counter *counter, struct vpc_error *err)
{
    /* In the order in which QEMU writes them. */
    if (!drain_dump(counter, &counter->current, err) || !drain_dump(counter, &counter->next, err))
        return vpc_fail_in(err, "frames %s by network adapter %u", word_of(counter->direction), counter->slot);
    if (!counter->missed)
        return true;
    *err = counter->reason;
    return false;
}

void dump_counter_totals(const struct dump_counter *counter, uint64_t *bytes, uint64_t *packets)
{
    *bytes = counter->settled_bytes + counter->current.reader.bytes + counter->next.reader.bytes;
    *packets = counter->settled_packets + counter->current.reader.packets + counter->next.reader.packets;
}

void dump_counter_memory(const struct dump_counter *counter, uint64_t words[DUMP_MEMORY_WORDS])
{
    words[0] = counter->settled_bytes;
    words[1] = counter->settled_packets;
    words[2] = counter->current.sequence;
    words[3] = counter->last_void;
}

void dump_counter_handed_out(struct dump_counter *counter)
{
    if (counter->phase == PHASE_ADOPTED)
        clear_away(counter);
    for (; counter->oldest < counter->current.sequence; counter->oldest++)
        remove_file(counter, counter->oldest);
}

void dump_counter_open_epoch(struct dump_counter *counter)
{
    /* While it is being repaired frames still pass uncounted. */
    if (counter->phase != PHASE_BROKEN && counter->phase != PHASE_REPAIRING)
        counter->missed = false;
}

uint64_t dump_counter_rotations(const struct dump_counter *counter)
{
    return counter->rotations;
}

bool dump_counter_create(struct dump_counter **out, unsigned slot, enum dump_direction direction, const char *folder,
                         const char *qemu_folder, struct vpc_error *err)
{
    struct dump_counter *counter = calloc(1, sizeof(*counter));

    *out = NULL;
    if (counter) {
        counter->slot = slot;
        counter->direction = direction;
        counter->folder = text_copy(folder);
        counter->qemu_folder = text_copy(qemu_folder);
    }
    if (!counter || !counter->folder || !counter->qemu_folder) {
        dump_counter_free(counter, false);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a counter");
    }
    *out = counter;
    return true;
}

void dump_counter_free(struct dump_counter *counter, bool discard)
{
    if (!counter)
        return;
    close_dump(&counter->current);
    close_dump(&counter->next);
    for (uint64_t sequence = counter->oldest; discard && sequence && sequence <= counter->sequence; sequence++)
        remove_file(counter, sequence);
    free(counter->folder);
    free(counter->qemu_folder);
    free(counter);
}
