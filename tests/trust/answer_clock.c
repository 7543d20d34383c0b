#include "trust/answer_clock.h"

#include <stdatomic.h>
#include <uv.h>
#include "support/check.h"
#include "util/clock.h"

enum {
    STEP_MS = 5,
    LONGEST_STEP_MS = 20 /* a longer one is time in which this program did not run */
};

static uv_thread_t thread;
static atomic_bool stopping;
static _Atomic uint64_t counted;
static uint64_t begun, longest;

static void count(void *context)
{
    uint64_t last = clock_monotonic_ms();
    (void)context;
    while (!stopping) {
        uv_sleep(STEP_MS);
        uint64_t now = clock_monotonic_ms();
        counted += now - last < LONGEST_STEP_MS ? now - last : LONGEST_STEP_MS;
        last = now;
    }
}

void answer_clock_start(void)
{
    stopping = false;
    assert_int_equal(uv_thread_create(&thread, count, NULL), 0);
}

void answer_clock_stop(void)
{
    stopping = true;
    uv_thread_join(&thread);
}

uint64_t answer_clock_ms(void)
{
    return counted;
}

void answer_clock_begin(void)
{
    begun = counted;
}

long answer_clock_end(long result, const char *call, const char *file, int line)
{
    uint64_t took = counted - begun;
    if (took > ANSWER_MS) {
        print_error("%s has its answer after %u ms\n", call, (unsigned)took);
        _fail(file, line);
    }
    if (took > longest) {
        longest = took;
        print_message("             longest answer so far: %u ms, %s\n", (unsigned)took, call);
    }
    return result;
}
