/* Which RESET events are resets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "engine/qemu/reset_filter.h"

enum {
    MAX_STEPS = 8
};

enum kind {
    END,
    HOST,    /* RESET by the host, ... */
    GUEST,   /* ... by the guest */
    FIGURES, /* `number` frames sent and bytes moved in all */
    DEVICES, /* `number` of them have addresses */
    RESUMED,
    RESTORED
};

struct step {
    enum kind kind;
    int64_t time_us;
    int number; /* of a RESET: the verdict */
};

/* Times are offsets from a time of day. */
static const int64_t BASE = 1795361660569514;

static const struct {
    const char *what;
    struct step steps[MAX_STEPS];
} rows[] = {
    {"host's reset with two echoes, as measured",
     {{HOST, 0, RESET_BY_HOST}, {GUEST, 74671, RESET_ECHO}, {GUEST, 75000, RESET_ECHO}}},
    {"an echo that comes late, as the processors have more to do",
     {{HOST, 0, RESET_BY_HOST}, {GUEST, 1750000, RESET_ECHO}, {GUEST, 9000000, RESET_ECHO}}},
    {"guest's reboot with its echo", {{GUEST, 0, RESET_BY_GUEST}, {GUEST, 90000, RESET_ECHO}}},
    {"a guest that read its disk and rebooted within the second",
     {{GUEST, 0, RESET_BY_GUEST}, {FIGURES, 900000, 1}, {GUEST, 900000, RESET_BY_GUEST}}},
    {"the same, seen at the last moment",
     {{GUEST, 0, RESET_BY_GUEST}, {FIGURES, 930000, 1}, {GUEST, 900000, RESET_BY_GUEST}}},
    {"seen too late: it may have been done after the echo",
     {{GUEST, 0, RESET_BY_GUEST}, {FIGURES, 930001, 1}, {GUEST, 900000, RESET_ECHO}, {GUEST, 1000000, RESET_BY_GUEST}}},
    {"what was done before the reset shows nothing",
     {{FIGURES, -5, 7}, {GUEST, 0, RESET_BY_GUEST}, {FIGURES, 80000, 7}, {GUEST, 90000, RESET_ECHO}}},
    {"a machine that was set up",
     {{HOST, 0, RESET_BY_HOST},
      {GUEST, 80000, RESET_ECHO},
      {DEVICES, 200000, 1},
      {DEVICES, 300000, 1},
      {FIGURES, 300000, 0},
      {GUEST, 400000, RESET_BY_GUEST},
      {GUEST, 480000, RESET_ECHO}}},
    {"one answer is not enough",
     {{HOST, 0, RESET_BY_HOST}, {DEVICES, 200000, 1}, {FIGURES, 200000, 0}, {GUEST, 200001, RESET_ECHO}}},
    {"nor are two with a RESET between them",
     {{HOST, 0, RESET_BY_HOST},
      {DEVICES, 70000, 1},
      {GUEST, 80000, RESET_ECHO},
      {DEVICES, 90000, 1},
      {FIGURES, 90000, 0},
      {GUEST, 90001, RESET_ECHO}}},
    {"nor two with another between them",
     {{HOST, 0, RESET_BY_HOST},
      {DEVICES, 70000, 1},
      {DEVICES, 80000, 0},
      {DEVICES, 90000, 1},
      {FIGURES, 90000, 0},
      {GUEST, 90001, RESET_ECHO}}},
    {"the last moment of an echo", {{HOST, 0, RESET_BY_HOST}, {GUEST, 60000000, RESET_ECHO}}},
    {"and the first after it", {{HOST, 0, RESET_BY_HOST}, {GUEST, 60000001, RESET_BY_GUEST}}},
    {"echoes do not prolong each other",
     {{HOST, 0, RESET_BY_HOST},
      {GUEST, 40000000, RESET_ECHO},
      {GUEST, 80000000, RESET_BY_GUEST},
      {GUEST, 80100000, RESET_ECHO}}},
    {"each of the host's counts", {{HOST, 0, RESET_BY_HOST}, {HOST, 1000, RESET_BY_HOST}, {HOST, 2000, RESET_BY_HOST}}},
    {"a clock that was set back hides no reset", {{HOST, 0, RESET_BY_HOST}, {GUEST, -1, RESET_BY_GUEST}}},
    {"a guest that stands before its echo",
     {{HOST, 0, RESET_BY_HOST}, {RESUMED, 90000000, 0}, {GUEST, 150000000, RESET_ECHO}}},
    {"a guest that stands after it has done something",
     {{HOST, 0, RESET_BY_HOST}, {FIGURES, 10, 1}, {RESUMED, 90000000, 0}, {GUEST, 90000001, RESET_BY_GUEST}}},
    {"a guest that stands before any reset", {{RESUMED, 0, 0}, {GUEST, 70000, RESET_BY_GUEST}}},
    {"a guest that was saved between its reset and the echo", {{RESTORED, 0, 0}, {GUEST, 70000, RESET_ECHO}}},
    {"first reset of a guest that did nothing", {{GUEST, 0, RESET_BY_GUEST}}},
};

/* `figures` (in, out): frames and bytes, the same number of both. */
static void take(struct reset_filter *filter, uint64_t *figures, const char *what, size_t number,
                 const struct step *step)
{
    int64_t time_us = BASE + step->time_us;
    enum reset_verdict verdict;

    switch (step->kind) {
    case END:
        break;
    case HOST:
    case GUEST:
        reset_filter_see_reset(filter);
        verdict = reset_filter_judge(filter, step->kind == GUEST, time_us);
        if ((int)verdict != step->number)
            fail_msg("%s: step %zu is judged %d, not %d", what, number, verdict, step->number);
        if (verdict != RESET_ECHO)
            reset_filter_open_epoch(filter, *figures, *figures);
        break;
    case FIGURES:
        *figures = (uint64_t)step->number;
        reset_filter_see_figures(filter, time_us, *figures, *figures);
        break;
    case DEVICES:
        reset_filter_see_devices(filter, step->number != 0);
        break;
    case RESUMED:
        reset_filter_resumed(filter, time_us);
        break;
    case RESTORED:
        reset_filter_restored(filter, time_us);
        break;
    }
}

static void test_reset_filter__judges_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reset_filter filter = {0};
        uint64_t figures = 0;

        for (size_t j = 0; j < MAX_STEPS; j++)
            take(&filter, &figures, rows[i].what, j, &rows[i].steps[j]);
    }
}

static void test_reset_filter__frames_or_bytes_are_enough(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct reset_filter filter = {0};

        reset_filter_judge(&filter, false, BASE);
        reset_filter_open_epoch(&filter, 10, 20);
        reset_filter_see_figures(&filter, BASE + 1, 10, 20);
        assert_int_equal(reset_filter_judge(&filter, true, BASE + 2), RESET_ECHO);
        reset_filter_see_figures(&filter, BASE + 3, 10 + !i, 20 + !!i);
        assert_int_equal(reset_filter_judge(&filter, true, BASE + 4), RESET_BY_GUEST);
    }
}

static void test_reset_filter__asks_for_devices_only_while_it_matters(void **state)
{
    struct reset_filter filter = {0};

    (void)state;
    assert_false(reset_filter_wants_devices(&filter, BASE));
    reset_filter_judge(&filter, false, BASE);
    reset_filter_open_epoch(&filter, 0, 0);
    assert_true(reset_filter_wants_devices(&filter, BASE + 1));
    assert_false(reset_filter_wants_devices(&filter, BASE + RESET_ECHO_US + 1));
    reset_filter_see_figures(&filter, BASE + 2, 1, 0);
    assert_false(reset_filter_wants_devices(&filter, BASE + 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset_filter__judges_the_table),
        cmocka_unit_test(test_reset_filter__frames_or_bytes_are_enough),
        cmocka_unit_test(test_reset_filter__asks_for_devices_only_while_it_matters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
