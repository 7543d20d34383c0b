/*
 * The floor under a read of one total: the counters of four adapters copied under a sequence lock, their sum in 96
 * bits, and one VARIANT. Nothing that is correct can do less. In a file of its own, so that a call to it is a call.
 */
#ifndef VPC_BENCH_FLOOR_H
#define VPC_BENCH_FLOOR_H

#include <stdint.h>

/* As long as a VARIANT, with the fields of a DECIMAL. */
struct floor_variant {
    uint16_t type;
    uint8_t scale, sign;
    uint32_t high;
    uint64_t low;
    uint64_t rest;
};

/* Writes the counters once. */
void floor_publish(const uint64_t counters[4]);
void floor_read(struct floor_variant *value);

/* As the work of a bench_case; `context` is a struct floor_variant. */
void floor_work(void *context, uint32_t times);

#endif
