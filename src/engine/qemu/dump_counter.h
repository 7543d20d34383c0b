/*
 * Counts one direction of one network adapter, exactly, for as long as the VM runs.
 *
 * QEMU's filter-dump writes a record for each frame to a capture file, which is read here. Because the file grows, it
 * is rotated: a second dump is made, switched off, on a file of its own; then, with a filter-buffer in front that holds
 * the frames, the second is switched on and the first removed. What can fail (a new file) fails before anything has
 * changed. Measured on QEMU 7.2: no frame is lost or counted twice. Should we die in the middle, at every moment one of
 * the two counts everything, and dump_counter_choose says which. The other's file is void from then on, also for
 * whoever takes over next; it is switched off only after somebody else knows that.
 *
 * Files are "capture-<slot>-<sent|received>-<sequence>.pcap" in the run folder. One that is rotated out is settled: its
 * sums are final. It is removed only after the settled sums were handed out, so that a supervisor that takes over can
 * go on from the last sample and the files that are there.
 */
#ifndef VPC_ENGINE_QEMU_DUMP_COUNTER_H
#define VPC_ENGINE_QEMU_DUMP_COUNTER_H

#include "engine/qemu/qmp_client.h"
#include "util/error.h"

enum dump_direction {
    DUMP_SENT,
    DUMP_RECEIVED
};

enum {
    DUMP_MEMORY_WORDS = 4
};

struct dump_counter;

/* `folder` is the run folder as we see it, `qemu_folder` as QEMU does. */
bool dump_counter_create(struct dump_counter **counter, unsigned slot, enum dump_direction direction,
                         const char *folder, const char *qemu_folder, struct vpc_error *err);

/* Begins to count; `begun` comes on the loop, with an error or NULL. `client` is borrowed until dump_counter_free or
 * until it was lost. */
void dump_counter_begin(struct dump_counter *counter, struct qmp_client *client,
                        void (*begun)(void *context, const struct vpc_error *err), void *context);

/* A dump that stands in QEMU's list of objects: made by a supervisor that was lost. */
struct dump_found {
    uint64_t sequence;
    bool on; /* it counts */
};

/* Which of them goes on counting, 0 when none does: the oldest that is on, since the next one is switched on before it
 * goes, and only holds frames that it holds too until then. */
uint64_t dump_counter_choose(const struct dump_found *found, size_t count);

/* True when `name` is a dump of this counter in QEMU; *sequence (out) is its number. */
bool dump_counter_is_dump(const struct dump_counter *counter, const char *name, uint64_t *sequence);

/* Instead of dump_counter_begin: goes on from the words of dump_counter_memory and the dumps that QEMU has (`held`: it
 * also has the buffer, by dump_counter_is_hold). What a rotation that was cut short has left is cleared away by
 * dump_counter_handed_out. What cannot be known for certain is told by dump_counter_drain. */
void dump_counter_adopt(struct dump_counter *counter, struct qmp_client *client,
                        const uint64_t words[DUMP_MEMORY_WORDS], const struct dump_found *found, size_t count,
                        bool held);
bool dump_counter_is_hold(const struct dump_counter *counter, const char *name);

/* The same when QEMU is gone: takes what it has left in the files. Frames that the last two hold both count once. */
void dump_counter_adopt_rest(struct dump_counter *counter, const uint64_t words[DUMP_MEMORY_WORDS]);

/* Reads all that QEMU has written. False when the figures are not known: a file cannot be read, or frames may have
 * passed uncounted in this epoch. */
bool dump_counter_drain(struct dump_counter *counter, struct vpc_error *err);

/* Goes on with a rotation for which there was no memory. Until then QEMU may hold frames back, for a second. */
void dump_counter_go_on(struct dump_counter *counter);

/* Rotates, if the file is longer than `limit` bytes, goes on as above, and repairs what a failed rotation has left. */
void dump_counter_rotate(struct dump_counter *counter, uint64_t limit);

/* What was counted since dump_counter_begin, as of the last drain. */
void dump_counter_totals(const struct dump_counter *counter, uint64_t *bytes, uint64_t *packets);

/* What a supervisor that takes over must know: bytes and packets that are settled, sequence number of the first file
 * that is not, and up to which number those after it are void. */
void dump_counter_memory(const struct dump_counter *counter, uint64_t words[DUMP_MEMORY_WORDS]);

/* The words of dump_counter_memory are safe with somebody else: removes the files that are settled, and after
 * dump_counter_adopt the dumps and the buffer that a rotation has left in QEMU. */
void dump_counter_handed_out(struct dump_counter *counter);

/* A new epoch has opened: frames that were missed belong to the old one. */
void dump_counter_open_epoch(struct dump_counter *counter);

/* How often it has rotated. */
uint64_t dump_counter_rotations(const struct dump_counter *counter);

/* `discard`: removes its files as well. The client must be closed, lost, or without open commands of ours. NULL is
 * allowed. */
void dump_counter_free(struct dump_counter *counter, bool discard);

#endif
