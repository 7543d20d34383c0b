#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"
#include "util/text.h"

static void test_text__is_utf8_refuses_what_the_standard_does(void **state)
{
    static const char *const good[] = {
        "", "a", "\xC2\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",
                                      "\xC1\xBF",
                                      "\xC3",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "a\xE2\x82"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
    assert_false(text_is_utf8("a\0b", 3));
}

static void test_text__utf16_length_counts_units(void **state)
{
    (void)state;
    assert_int_equal(text_utf16_length(""), 0);
    assert_int_equal(text_utf16_length("abc"), 3);
    assert_int_equal(text_utf16_length("\xC3\xA4\xE2\x82\xAC"), 2);
    assert_int_equal(text_utf16_length("\xF0\x9F\x96\xA5"), 2);
}

static void test_text__compare_nocase_ignores_case_beyond_ascii(void **state)
{
    (void)state;
    assert_int_equal(text_compare_nocase("Lab", "lAB"), 0);
    assert_int_equal(text_compare_nocase("M\xC3\xBCHLE", "m\xC3\x9Chle"), 0); /* u umlaut */
    assert_int_equal(text_compare_nocase("\xD0\x96", "\xD0\xB6"), 0);         /* Cyrillic zhe */
    assert_int_not_equal(text_compare_nocase("a", "b"), 0);
    assert_true(text_compare_nocase("A", "b") < 0 && text_compare_nocase("b", "A") > 0);
    assert_true(text_compare_nocase("ab", "abc") < 0 && text_compare_nocase("abc", "ab") > 0);
    assert_true(text_compare_nocase("a", "\xC3\xA4") < 0 && text_compare_nocase("", "\xC3\xA4") < 0);
    assert_int_not_equal(text_compare_nocase("stra\xC3\x9F"
                                             "e",
                                             "strasse"),
                         0); /* file names do not expand it */
}

static void test_text__ends_nocase_looks_at_the_end(void **state)
{
    (void)state;
    assert_true(text_ends_nocase("a.VMC", ".vmc"));
    assert_true(text_ends_nocase("a.vmc", ""));
    assert_false(text_ends_nocase("a.vmcx", ".vmc"));
    assert_false(text_ends_nocase("vmc", ".vmc"));
}

static void test_text__next_replaces_what_is_no_character(void **state)
{
    const char *text = "\xE2\x82\xAC\xFF";
    const char *cut = "\xE2\x82";

    (void)state;
    assert_int_equal(text_next(&text), 0x20AC);
    assert_int_equal(text_next(&text), 0xFFFD);
    assert_int_equal(text_next(&text), 0);
    assert_int_equal(text_next(&text), 0);
    assert_int_equal(text_next(&cut), 0xFFFD);
    assert_int_equal(text_next(&cut), 0xFFFD);
    assert_int_equal(text_next(&cut), 0);
}

static void test_text__format_takes_any_length(void **state)
{
    char *text = text_format("%0*d|%zu", 5000, 1, (size_t)7);

    (void)state;
    assert_non_null(text);
    assert_int_equal(strlen(text), 5002);
    assert_string_equal(text + 4999, "1|7");
    free(text);
}

static void test_buffer__append_grows_and_terminates(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        buffer_append(&buffer, "\0x", 2);
        buffer_append_format(&buffer, "%d", i % 10);
        buffer_append_text(&buffer, ";");
    }
    assert_false(buffer.failed);
    assert_int_equal(buffer.size, 4000);
    assert_memory_equal(buffer.data + 3996, "\0x9;", 5);
    buffer_free(&buffer);
    assert_null(buffer.data);
}

static void test_buffer__append_of_impossible_size_fails_for_good(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_append_text(&buffer, "a");
    buffer_append(&buffer, "", SIZE_MAX / 2);
    assert_true(buffer.failed);
    buffer_append_text(&buffer, "b");
    assert_string_equal(buffer.data, "a");
    buffer_free(&buffer);
}

static void test_text__random_guid_has_its_form(void **state)
{
    struct vpc_error err;
    char first[37], second[37];

    (void)state;
    assert_ok(text_random_guid(first, &err), &err);
    assert_ok(text_random_guid(second, &err), &err);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), 36);
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23)
            assert_int_equal(first[i], '-');
        else
            assert_non_null(strchr("0123456789abcdef", first[i]));
    }
    assert_int_equal(first[14], '4');
    assert_non_null(strchr("89ab", first[19]));
}

#if defined(_WIN32)
static void test_text__wide_and_back(void **state)
{
    static const wchar_t lone[] = {0xD83D, 'a', 0xDDA5, 0xDDA5, 0xD83D};
    const char *text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x96\xA5";
    wchar_t *wide = text_to_wide(text);
    char *back = text_from_wide(wide, wcslen(wide));

    (void)state;
    assert_int_equal(wcslen(wide), text_utf16_length(text));
    assert_string_equal(back, text);
    free(back);
    free(wide);
    back = text_from_wide(lone, 5);
    assert_string_equal(back, "\xEF\xBF\xBD"
                              "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    free(back);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__is_utf8_refuses_what_the_standard_does),
        cmocka_unit_test(test_text__utf16_length_counts_units),
        cmocka_unit_test(test_text__compare_nocase_ignores_case_beyond_ascii),
        cmocka_unit_test(test_text__ends_nocase_looks_at_the_end),
        cmocka_unit_test(test_text__next_replaces_what_is_no_character),
        cmocka_unit_test(test_text__format_takes_any_length),
        cmocka_unit_test(test_buffer__append_grows_and_terminates),
        cmocka_unit_test(test_buffer__append_of_impossible_size_fails_for_good),
        cmocka_unit_test(test_text__random_guid_has_its_form),
#if defined(_WIN32)
        cmocka_unit_test(test_text__wide_and_back),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
