#include "objects/home.h"

#include <stdlib.h>
#include "objects/out.h"
#include "util/clock.h"

bool home_open(struct home **home, struct vpc_error *err)
{
    struct home *made = calloc(1, sizeof *made);
    *home = NULL;
    if (!made)
        return fail_out_of_memory(err);
    if (!catalog_open(&made->catalog, err)) {
        free(made);
        return false;
    }
    made->references = 1;
    *home = made;
    return true;
}

struct home *home_share(struct home *home)
{
    InterlockedIncrement(&home->references);
    return home;
}

void home_release(struct home *home)
{
    if (!home || InterlockedDecrement(&home->references))
        return;
    catalog_generation_close(atomic_load(&home->changes));
    catalog_close(&home->catalog);
    free(home);
}

static uint32_t now_ms(void)
{
    return (uint32_t)clock_monotonic_ms();
}

struct home_look home_look(struct home *home)
{
    struct catalog_generation *changes = atomic_load(&home->changes);

    if (!changes && (changes = catalog_generation_open(&home->catalog))) {
        struct catalog_generation *first = NULL;
        if (!atomic_compare_exchange_strong(&home->changes, &first, changes)) {
            catalog_generation_close(changes);
            changes = first;
        }
    }
    if (!changes)
        return (struct home_look){0};
    /* 0 stands for never. */
    const uint32_t at_ms = now_ms();
    return (struct home_look){.changes = catalog_generation_read(changes), .at_ms = at_ms ? at_ms : 1};
}

void home_note(struct home_seen *seen, const struct home_look *look)
{
    /* The number first: an old one with a new time is found out by the number, a new one with an old time only has less
     * time left. */
    atomic_store(&seen->changes, look->changes);
    atomic_store(&seen->at_ms, look->at_ms);
}

bool home_still(const struct home *home, const struct home_seen *seen)
{
    const struct catalog_generation *changes = atomic_load_explicit(&home->changes, memory_order_acquire);
    const uint32_t at_ms = atomic_load_explicit(&seen->at_ms, memory_order_acquire);

    return at_ms && changes && now_ms() - at_ms <= CATALOG_TRUST_MS &&
           atomic_load_explicit(&seen->changes, memory_order_relaxed) == catalog_generation_read(changes);
}
