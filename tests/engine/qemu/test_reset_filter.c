/* Which RESET events are resets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "engine/qemu/reset_filter.h"

enum {
    H = 0,
    G = 1,
    MAX_EVENTS = 6
};

struct event {
    int by_guest;
    int64_t time_us;
    bool guest_acted;
    enum reset_verdict verdict;
};

/* Times are offsets from a time of day. */
static const int64_t BASE = 1795361660569514;

static const struct {
    const char *what;
    size_t count;
    struct event events[MAX_EVENTS];
} rows[] = {
    {"host's reset with two echoes, as measured",
     3,
     {{H, 0, true, RESET_BY_HOST}, {G, 74671, false, RESET_ECHO}, {G, 75000, false, RESET_ECHO}}},
    {"an echo that comes late, as the processors have more to do",
     3,
     {{H, 0, true, RESET_BY_HOST}, {G, 1750000, false, RESET_ECHO}, {G, 9000000, false, RESET_ECHO}}},
    {"guest's reboot with its echo", 2, {{G, 0, true, RESET_BY_GUEST}, {G, 90000, false, RESET_ECHO}}},
    {"first reset of a guest that did nothing", 1, {{G, 0, false, RESET_BY_GUEST}}},
    {"a guest that read its disk and rebooted within the second",
     2,
     {{G, 0, true, RESET_BY_GUEST}, {G, 900000, true, RESET_BY_GUEST}}},
    {"the last moment of an echo, and the first after it",
     3,
     {{H, 0, true, RESET_BY_HOST}, {G, 60000000, false, RESET_ECHO}, {G, 60000001, false, RESET_BY_GUEST}}},
    {"echoes do not prolong each other",
     4,
     {{H, 0, true, RESET_BY_HOST},
      {G, 40000000, false, RESET_ECHO},
      {G, 80000000, false, RESET_BY_GUEST},
      {G, 80100000, false, RESET_ECHO}}},
    {"each of the host's counts",
     3,
     {{H, 0, true, RESET_BY_HOST}, {H, 1000, false, RESET_BY_HOST}, {H, 2000, false, RESET_BY_HOST}}},
    {"a clock that was set back hides no reset", 2, {{H, 0, true, RESET_BY_HOST}, {G, -1, false, RESET_BY_GUEST}}},
};

static void test_reset_filter__judges_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reset_filter filter = {0};

        for (size_t j = 0; j < rows[i].count; j++) {
            const struct event *event = &rows[i].events[j];
            enum reset_verdict verdict =
                reset_filter_judge(&filter, event->by_guest, BASE + event->time_us, event->guest_acted);

            if (verdict != event->verdict)
                fail_msg("%s: event %zu is judged %d, not %d", rows[i].what, j, verdict, event->verdict);
        }
    }
}

static void test_reset_filter__echo_counts_from_when_the_guest_was_let_run(void **state)
{
    struct reset_filter filter = {0};

    (void)state;
    reset_filter_resumed(&filter, BASE - 5); /* before any reset it means nothing */
    assert_int_equal(reset_filter_judge(&filter, true, BASE, false), RESET_BY_GUEST);
    assert_int_equal(reset_filter_judge(&filter, false, BASE, true), RESET_BY_HOST);
    reset_filter_resumed(&filter, BASE + 5000000);
    assert_int_equal(reset_filter_judge(&filter, true, BASE + 64900000, false), RESET_ECHO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset_filter__judges_the_table),
        cmocka_unit_test(test_reset_filter__echo_counts_from_when_the_guest_was_let_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
