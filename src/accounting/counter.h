/*
 * One counter: what a source has counted since an epoch opened.
 *
 * A source (a capture file, a TAP device, a drive's statistics) shows a number that grows from some value; it may
 * restart at zero or vanish. A counter keeps baseline  the source's number that stands for zero in this epoch, last the
 * latest number that was read, carried   what was counted in this epoch by sources that are gone. total = carried +
 * (last - baseline). It never goes back inside an epoch and never jumps because a source restarted.
 */
#ifndef VPC_ACCOUNTING_COUNTER_H
#define VPC_ACCOUNTING_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct counter {
    uint64_t baseline;
    uint64_t last;
    uint64_t carried;
};

/* A source appeared whose number is `reading` now: counting starts there. */
void counter_attach(struct counter *counter, uint64_t reading);

/* The source shows `reading` now. A smaller number than before means that it restarted at zero: what it had counted is
 * carried. Only from right below 2^64 it is a wrap, and counting goes on over the end. */
void counter_read(struct counter *counter, uint64_t reading);

/* The source vanished: what it had counted is carried. The next counter_read is of another source, which began at zero:
 * all that it shows counts. Doing it again changes nothing. */
void counter_detach(struct counter *counter);

/* A new epoch: total is zero from the latest reading on. */
void counter_open_epoch(struct counter *counter);

/* What was counted in this epoch. Saturates at 2^64 - 1. */
uint64_t counter_total(const struct counter *counter);

/* An unsigned number of 96 bits, as a DECIMAL holds it. */
struct u96 {
    uint64_t low;
    uint32_t high;
};

/* In the header, as each read of a figure adds eight times and is made of little else. */
static inline struct u96 u96_add(struct u96 sum, uint64_t number)
{
    sum.low += number;
    sum.high += sum.low < number;
    return sum;
}

#endif
