/*
 * How long the exchange of a capture keeps frames from the guest, from QEMU's own trace.
 */
#ifndef VPC_BENCH_ROTATION_H
#define VPC_BENCH_ROTATION_H

#include "bench.h"

/* Two rows, of which the first is called `name`. With a guest of its own on a real QEMU. */
void bench_rotation(struct bench *bench, const char *name);

#endif
