/* Counters against tables of what a source shows, and the 96-bit sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "accounting/counter.h"

enum step_kind {
    ATTACH,
    READ,
    DETACH,
    EPOCH
};

struct step {
    enum step_kind kind;
    uint64_t reading;
    uint64_t total; /* that must be shown after the step */
};

static void walk(const struct step *steps, size_t count)
{
    struct counter counter = {0};
    for (size_t i = 0; i < count; i++) {
        switch (steps[i].kind) {
        case ATTACH:
            counter_attach(&counter, steps[i].reading);
            break;
        case READ:
            counter_read(&counter, steps[i].reading);
            break;
        case DETACH:
            counter_detach(&counter);
            break;
        case EPOCH:
            counter_open_epoch(&counter);
            break;
        }
        if (counter_total(&counter) != steps[i].total)
            fail_msg("step %zu: total %llu, expected %llu", i, (unsigned long long)counter_total(&counter),
                     (unsigned long long)steps[i].total);
    }
}

static void test_counter__read_growing(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {ATTACH, 1000, 0}, {READ, 1000, 0}, {READ, 1060, 60}, {READ, 1060, 60}, {READ, 5000, 4000},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

static void test_counter__read_restart(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {ATTACH, 1000, 0}, {READ, 1500, 500}, {READ, 20, 520},  {READ, 30, 530},
        {READ, 0, 530},    {READ, 0, 530},    {READ, 100, 630}, {READ, 99, 729},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

static void test_counter__read_wrap(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {ATTACH, UINT64_MAX - 99, 0},
        {READ, UINT64_MAX - 9, 90},
        {READ, 5, 105},
        {READ, 15, 115},
        {EPOCH, 0, 0},
        {READ, 16, 1},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

/* A restart of a source that has counted much is no wrap. */
static void test_counter__read_restart_of_large(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {ATTACH, 0, 0},
        {READ, UINT64_C(1) << 63, UINT64_C(1) << 63},
        {READ, 7, (UINT64_C(1) << 63) + 7},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

static void test_counter__detach_and_reappear(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {ATTACH, 10, 0},  {READ, 110, 100}, {DETACH, 0, 100}, {DETACH, 0, 100},    {READ, 40, 140},   {READ, 90, 190},
        {DETACH, 0, 190}, {READ, 200, 390}, {DETACH, 0, 390}, {ATTACH, 5000, 390}, {READ, 5001, 391},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

static void test_counter__open_epoch(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {READ, 70, 70},
        {EPOCH, 0, 0},
        {READ, 70, 0},
        {READ, 80, 10},
        /* with bytes of a source that is gone */
        {READ, 30, 40},
        {DETACH, 0, 40},
        {EPOCH, 0, 0},
        {READ, 6, 6},
        {EPOCH, 0, 0},
        /* twice, as a firmware does it */
        {EPOCH, 0, 0},
        {READ, 7, 1},
        /* restart right after it: what the old epoch had stays there */
        {EPOCH, 0, 0},
        {READ, 3, 3},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

static void test_counter__total_saturates(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {READ, UINT64_MAX - (UINT64_C(1) << 50), UINT64_MAX - (UINT64_C(1) << 50)},
        {READ, UINT64_C(1) << 49, UINT64_MAX - (UINT64_C(1) << 49)},
        {READ, UINT64_C(1) << 51, UINT64_MAX},
        {READ, UINT64_C(1) << 52, UINT64_MAX},
        {READ, 1, UINT64_MAX},
        {DETACH, 0, UINT64_MAX},
    };
    walk(steps, sizeof steps / sizeof *steps);
}

static void check_sum(const uint64_t *numbers, size_t count, uint32_t high, uint64_t low)
{
    struct u96 sum = {0, 0};
    for (size_t i = 0; i < count; i++)
        sum = u96_add(sum, numbers[i]);
    if (sum.high != high || sum.low != low)
        fail_msg("sum %lu:%llu, expected %lu:%llu", (unsigned long)sum.high, (unsigned long long)sum.low,
                 (unsigned long)high, (unsigned long long)low);
}

static void test_u96__add(void **state)
{
    (void)state;
    const uint64_t max = UINT64_MAX;
    check_sum(NULL, 0, 0, 0);
    check_sum((const uint64_t[]){1, 2, 3}, 3, 0, 6);
    check_sum((const uint64_t[]){max, 0}, 2, 0, max);
    check_sum((const uint64_t[]){max, 1}, 2, 1, 0);
    check_sum((const uint64_t[]){max, max}, 2, 1, max - 1);
    check_sum((const uint64_t[]){max, max, max, max, max, max, max, max}, 8, 7, max - 7);
    check_sum((const uint64_t[]){max, 0, 0, 2}, 4, 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter__read_growing),        cmocka_unit_test(test_counter__read_restart),
        cmocka_unit_test(test_counter__read_wrap),           cmocka_unit_test(test_counter__read_restart_of_large),
        cmocka_unit_test(test_counter__detach_and_reappear), cmocka_unit_test(test_counter__open_epoch),
        cmocka_unit_test(test_counter__total_saturates),     cmocka_unit_test(test_u96__add),
    };
    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
