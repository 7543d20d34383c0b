#include "accounting/counter.h"

/* A source can only have wrapped at 2^64 when it stood close below; no sample interval brings more than this (1 TiB). A
 * smaller reading from anywhere else is a restart. */
static const uint64_t most_between_readings = UINT64_C(1) << 40;

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* Moves all that was counted into `carried`; the source goes on from `from`. */
static void carry(struct counter *counter, uint64_t from)
{
    counter->carried = counter_total(counter);
    counter->baseline = from;
    counter->last = from;
}

void counter_attach(struct counter *counter, uint64_t reading)
{
    carry(counter, reading);
}

void counter_read(struct counter *counter, uint64_t reading)
{
    if (reading < counter->last) {
        const uint64_t over_the_end = reading - counter->last; /* modulo 2^64 */
        if (over_the_end < most_between_readings) {
            carry(counter, reading);
            counter->carried = add_saturated(counter->carried, over_the_end);
            return;
        }
        carry(counter, 0);
    }
    counter->last = reading;
}

void counter_detach(struct counter *counter)
{
    carry(counter, 0);
}

void counter_open_epoch(struct counter *counter)
{
    counter->baseline = counter->last;
    counter->carried = 0;
}

uint64_t counter_total(const struct counter *counter)
{
    return add_saturated(counter->carried, counter->last - counter->baseline);
}
