/* Numbers of up to 96 bits, and days. */
#include "ledger_check.h"

static void assert_text(struct u96 number, const char *expected)
{
    struct u96 back = {1, 1};
    char text[32];
    ledger_number_text(number, text);
    assert_string_equal(text, expected);
    assert_true(ledger_number_read(expected, &back));
    assert_int_equal(back.low, number.low);
    assert_int_equal(back.high, number.high);
}

static void test_number__text_and_back(void **state)
{
    (void)state;
    assert_text((struct u96){0, 0}, "0");
    assert_text((struct u96){10, 0}, "10");
    assert_text((struct u96){INT64_MAX, 0}, "9223372036854775807");
    assert_text((struct u96){UINT64_MAX, 0}, "18446744073709551615");
    assert_text((struct u96){0, 1}, "18446744073709551616");
    assert_text((struct u96){UINT64_MAX, UINT32_MAX}, "79228162514264337593543950335");
}

static void test_number_read__refuses(void **state)
{
    static const char *const wrong[] = {
        "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "79228162514264337593543950336", "100000000000000000000000000000"};
    struct u96 number;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (ledger_number_read(wrong[i], &number))
            fail_msg("'%s' is a number", wrong[i]);
}

static void test_day__of_a_time(void **state)
{
    (void)state;
    assert_int_equal(ledger_day(0), 0);
    assert_int_equal(ledger_day(DAY_MS - 1), 0);
    assert_int_equal(ledger_day(DAY_MS), 1);
    assert_int_equal(ledger_day(-1), -1);
    assert_int_equal(ledger_day(MAY_4), MAY_4 / DAY_MS);
}

static void assert_day(const char *text, bool last, int64_t expected)
{
    int64_t day = -1;
    if (!ledger_day_read(text, last, &day))
        fail_msg("'%s' is no date", text);
    assert_int_equal(day, expected);
}

static void test_day_read__days_and_months(void **state)
{
    (void)state;
    assert_day("1970-01-01", false, 0);
    assert_day("2026-05-04", false, MAY_4 / DAY_MS);
    assert_day("2000-02-29", false, 11016);
    assert_day("2024-02", false, 19754);
    assert_day("2024-02", true, 19754 + 28);
    assert_day("2023-12", true, 19722);
    assert_day("0000-01", false, -719528);
    assert_day("9999-12", true, 2932896);
}

static void test_day_read__refuses(void **state)
{
    static const char *const wrong[] = {"",           "2026",       "2026-13",    "2026-00",     "2026-02-29",
                                        "2100-02-29", "2026-04-31", "2026-05-00", "2026-05-04 ", "2026-5-4",
                                        "26-05-04",   "2026/05/04", "2026-05-",   "2026-",       "-026-05-04",
                                        "2026-05-04T"};
    int64_t day;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (ledger_day_read(wrong[i], false, &day))
            fail_msg("'%s' is a date", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__text_and_back), cmocka_unit_test(test_number_read__refuses),
        cmocka_unit_test(test_day__of_a_time),        cmocka_unit_test(test_day_read__days_and_months),
        cmocka_unit_test(test_day_read__refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
