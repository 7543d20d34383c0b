/*
 * Counts one direction of one network adapter, exactly, for as long as the VM runs.
 *
 * QEMU's filter-dump writes a record for each frame to a capture file, which is read here. Because the file grows, it
 * is rotated: a second dump is made, switched off, on a file of its own; then, with a filter-buffer in front that holds
 * the frames, the first is removed and the second switched on. What can fail (a new file) fails before anything has
 * changed. Measured on QEMU 7.2: no frame is lost or counted twice.
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
    DUMP_MEMORY_WORDS = 3
};

struct dump_counter;

/* `folder` is the run folder as we see it, `qemu_folder` as QEMU does. */
bool dump_counter_create(struct dump_counter **counter, unsigned slot, enum dump_direction direction,
                         const char *folder, const char *qemu_folder, struct vpc_error *err);

/* Begins to count; `begun` comes on the loop, with an error or NULL. `client` is borrowed until dump_counter_free or
 * until it was lost. */
void dump_counter_begin(struct dump_counter *counter, struct qmp_client *client,
                        void (*begun)(void *context, const struct vpc_error *err), void *context);

/* Reads all that QEMU has written. False when the figures are not known: a file cannot be read, or frames may have
 * passed uncounted in this epoch. */
bool dump_counter_drain(struct dump_counter *counter, struct vpc_error *err);

/* Rotates, if the file is longer than `limit` bytes, and repairs what a failed rotation has left. */
void dump_counter_rotate(struct dump_counter *counter, uint64_t limit);

/* What was counted since dump_counter_begin, as of the last drain. */
void dump_counter_totals(const struct dump_counter *counter, uint64_t *bytes, uint64_t *packets);

/* What a supervisor that takes over must know: bytes and packets that are settled, sequence number of the first file
 * that is not. */
void dump_counter_memory(const struct dump_counter *counter, uint64_t words[DUMP_MEMORY_WORDS]);

/* The words of dump_counter_memory are safe with somebody else: removes the files that are settled. */
void dump_counter_handed_out(struct dump_counter *counter);

/* A new epoch has opened: frames that were missed belong to the old one. */
void dump_counter_open_epoch(struct dump_counter *counter);

/* How often it has rotated. */
uint64_t dump_counter_rotations(const struct dump_counter *counter);

/* `discard`: removes its files as well. The client must be closed, lost, or without open commands of ours. NULL is
 * allowed. */
void dump_counter_free(struct dump_counter *counter, bool discard);

#endif
