#include "floor.h"

#include <stdatomic.h>

static struct {
    _Alignas(64) _Atomic uint32_t sequence; /* odd while it is written */
    _Atomic uint64_t counters[4];
} page;

void floor_publish(const uint64_t counters[4])
{
    uint32_t sequence = atomic_load_explicit(&page.sequence, memory_order_relaxed);

    atomic_store_explicit(&page.sequence, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (int i = 0; i < 4; i++)
        atomic_store_explicit(&page.counters[i], counters[i], memory_order_relaxed);
    atomic_store_explicit(&page.sequence, sequence + 2, memory_order_release);
}

void floor_read(struct floor_variant *value)
{
    uint64_t counters[4];
    uint32_t before, after;

    do {
        before = atomic_load_explicit(&page.sequence, memory_order_acquire);
        for (int i = 0; i < 4; i++)
            counters[i] = atomic_load_explicit(&page.counters[i], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&page.sequence, memory_order_relaxed);
    } while (before != after || before % 2);
    value->low = 0;
    value->high = 0;
    for (int i = 0; i < 4; i++) {
        value->low += counters[i];
        value->high += value->low < counters[i];
    }
    value->scale = 0;
    value->sign = 0;
    value->type = 14; /* VT_DECIMAL */
}

void floor_work(void *context, uint32_t times)
{
    /* Through a pointer that the compiler does not see through, as a client's call is. */
    void (*volatile read)(struct floor_variant * value) = floor_read;

    while (times--)
        read(context);
}
