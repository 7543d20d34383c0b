/*
 * Frames that two captures hold both.
 *
 * While captures are exchanged, the second is switched on before the first goes, with the frames held in between. If
 * that stops halfway, the held frames pass both. Nothing in a capture says so: of a frame, one byte is kept. But both
 * dumps see it in the same pass, the first before the second: its time stamp in the second is that in the first, some
 * microseconds later, and whole seconds, since each capture has seconds of its own (measured on QEMU 7.2). A frame that
 * passed the second alone has waited behind the buffer, for longer than that.
 */
#ifndef VPC_ENGINE_QEMU_DUMP_OVERLAP_H
#define VPC_ENGINE_QEMU_DUMP_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>
#include "util/error.h"

/* Sums of frames. */
struct dump_overlap {
    uint64_t bytes;
    uint64_t packets;
};

/* Finds with how many frames the capture `later` begins that the capture `earlier` ends with; *overlap (out) is zero
 * without any. The first may have one frame more at its end, when QEMU was killed in between. VPC_UNEXPECTED when they
 * are too long to be compared. */
bool dump_overlap_find(const char *earlier, const char *later, struct dump_overlap *overlap, struct vpc_error *err);

#endif
