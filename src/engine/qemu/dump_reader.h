/*
 * Reads a capture file (pcap) while QEMU writes it, for two numbers: frames, and their bytes. Every record's header
 * holds the true length of the frame, however few bytes of it were kept.
 *
 * A frame counts as soon as its record header is there whole. What is torn at the present end is read the next time.
 */
#ifndef VPC_ENGINE_QEMU_DUMP_READER_H
#define VPC_ENGINE_QEMU_DUMP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"
#include "util/file.h"

/* No frame is longer: segmentation offload makes frames of 64 KiB and some headers. */
enum {
    DUMP_MAX_FRAME = 256 * 1024
};

/* One frame. */
struct dump_record {
    int64_t time_us;
    uint32_t length;
};

/* Starts as {0}, or with the last two members set. */
struct dump_reader {
    uint64_t offset; /* of the next header in the file */
    uint64_t bytes;  /* of all frames so far */
    uint64_t packets;
    bool started; /* the file header was read */
    bool swapped; /* the file has the other byte order */
    /* Called for each frame, unless NULL. */
    void (*each)(void *context, const struct dump_record *record);
    void *context;
};

/* Takes bytes of the file that begin at reader->offset and moves the offset behind the last whole header (and the
 * frame's bytes that follow it, which may not be in the file yet). VPC_CORRUPT for what is no capture file and for
 * lengths that no frame has; the figures then stay as they were before that record. */
bool dump_reader_take(struct dump_reader *reader, const uint8_t *data, size_t size, struct vpc_error *err);

/* Reads the file to its present end. */
bool dump_reader_drain(struct dump_reader *reader, struct file_tail *tail, struct vpc_error *err);

#endif
