/*
 * What counting costs a guest.
 *
 * Two QEMUs of the same arguments, one of which has a supervisor that counts. Both fetch the same bytes by HTTP at the
 * same time, but only one of them runs: they take turns of a twentieth of a second, and whose turn it is not is stopped
 * and not served. So a machine whose pace changes is slower for both. The supervisor runs in the turns of its QEMU
 * only, so that what it takes from the processors is a part of the cost, and of nobody else's.
 */
#ifndef VPC_BENCH_THROUGHPUT_H
#define VPC_BENCH_THROUGHPUT_H

#include "bench.h"

void bench_throughput(struct bench *bench);

#endif
