/*
 * What a capture of the tests' own holds: each frame of one direction, which QEMU's filter-dump has written. Nothing of
 * the project's own reader is used.
 *
 * Captures keep the first CAPTURE_KEPT bytes of each frame, so that it is seen what the guest is at: it asks for files
 * by TFTP, and after each boot for an address by DHCP.
 */
#ifndef VPC_TESTS_HOST_CAPTURE_H
#define VPC_TESTS_HOST_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CAPTURE_KEPT = 64,
    CAPTURE_HEAD = 32
};

struct frame_sum {
    uint64_t frames, bytes;
};

struct capture {
    const char *path; /* borrowed */
    uint64_t offset;
    uint8_t head[CAPTURE_HEAD]; /* begin of the file: another one when another QEMU has begun to write */
    struct frame_sum sum;
    uint64_t last_bytes;    /* of the last frame */
    uint64_t largest_bytes; /* of the largest frame */

    uint64_t requests; /* for the file that capture_open was told */
    const char *requested;
    bool after_tftp;        /* the frame before was of a transfer of files */
    bool in_pause;          /* no such frame since `pause` */
    struct frame_sum pause; /* before the first frame that was none */
    bool booted;            /* the pause has turned out to be a boot */
    struct frame_sum boot;  /* before the first frame of the latest boot but the first */
    uint64_t boots;         /* likewise, how many */
};

/* `requested`: file name whose requests are counted, at most 19 bytes, NULL for none. Both are borrowed. */
void capture_open(struct capture *capture, const char *path, const char *requested);

/* Reads on to the present end. A file that is not there yet is empty. */
void capture_read(struct capture *capture);

#endif
