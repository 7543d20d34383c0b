/*
 * What counting costs a guest.
 *
 * Two QEMUs of the same arguments at once, one of which has a supervisor that counts. Each fetches the same bytes again
 * and again by HTTP; they take turns, and whose turn it is not is stopped, so that the two fetches of a pair lie close
 * together and have the machine for themselves.
 */
#ifndef VPC_BENCH_THROUGHPUT_H
#define VPC_BENCH_THROUGHPUT_H

#include "bench.h"

void bench_throughput(struct bench *bench);

#endif
