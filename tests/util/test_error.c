#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "util/error.h"
#include "util/text.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <errno.h>
#endif

static void test_error__cause_names_are_distinct_and_come_back(void **state)
{
    (void)state;
    for (int cause = VPC_UNEXPECTED; cause <= VPC_CANCELLED; cause++) {
        assert_int_equal(vpc_cause_from_name(vpc_cause_name(cause)), cause);
        for (int other = VPC_UNEXPECTED; other < cause; other++)
            assert_string_not_equal(vpc_cause_name(cause), vpc_cause_name(other));
    }
    assert_int_equal(vpc_cause_from_name("no such word"), VPC_UNEXPECTED);
    assert_string_equal(vpc_cause_name(VPC_PATH_NOT_FOUND), "path-not-found");
}

static void test_error__fail_fills_and_returns_false(void **state)
{
    struct vpc_error err;

    (void)state;
    assert_false(vpc_fail(&err, VPC_BAD_PATH, "path '%s' has %d parts", "x", 3));
    assert_int_equal(err.cause, VPC_BAD_PATH);
    assert_string_equal(err.text, "path 'x' has 3 parts");
    assert_false(vpc_fail_in(&err, "machine %s", "Lab"));
    assert_int_equal(err.cause, VPC_BAD_PATH);
    assert_string_equal(err.text, "machine Lab: path 'x' has 3 parts");
}

/* One text for each place at which the end of the buffer can cut a character. */
static void test_error__long_text_is_cut_between_characters(void **state)
{
    char text[800];

    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        struct vpc_error err;
        size_t size;

        memset(text, 'a', lead);
        for (size = lead; size < 700; size += 4)
            memcpy(text + size, "\xF0\x9F\x96\xA5", 4);
        text[size] = '\0';
        vpc_fail(&err, VPC_IO, "%s", text);
        assert_true(text_is_utf8(err.text, strlen(err.text)));
        assert_in_range(strlen(err.text), sizeof err.text - 4, sizeof err.text - 1);
        vpc_fail_in(&err, "%s", "context");
        assert_true(text_is_utf8(err.text, strlen(err.text)));
        assert_in_range(strlen(err.text), sizeof err.text - 4, sizeof err.text - 1);
        assert_memory_equal(err.text, "context: ", 9);
    }
}

/* What a library says about a broken message can hold a piece of it. */
static void test_error__bytes_that_are_no_text_are_marked(void **state)
{
    struct vpc_error err;

    (void)state;
    vpc_fail(&err, VPC_CORRUPT, "near '%s'", "\xC3(\xEF\xBF\xBD\xF0\x9F\x96 \xC3\xA4\xFF");
    assert_string_equal(err.text, "near '?(\xEF\xBF\xBD??? \xC3\xA4?'");
    vpc_fail_in(&err, "%s", "\x80");
    assert_string_equal(err.text, "?: near '?(\xEF\xBF\xBD??? \xC3\xA4?'");
}

static void set_code(int posix, unsigned windows)
{
#if defined(_WIN32)
    (void)posix;
    SetLastError(windows);
#else
    (void)windows;
    errno = posix;
#endif
}

#if defined(_WIN32)
#define BOTH(posix, windows) 0, windows
#else
#define BOTH(posix, windows) posix, 0
#endif

static void test_error__fail_os_maps_the_systems_reason(void **state)
{
    static const struct {
        int posix;
        unsigned windows;
        enum vpc_cause cause;
    } rows[] = {
        {BOTH(ENOENT, ERROR_FILE_NOT_FOUND), VPC_FILE_NOT_FOUND},
        {BOTH(ENOTDIR, ERROR_PATH_NOT_FOUND), VPC_PATH_NOT_FOUND},
        {BOTH(EEXIST, ERROR_ALREADY_EXISTS), VPC_ALREADY_EXISTS},
        {BOTH(EACCES, ERROR_ACCESS_DENIED), VPC_ACCESS_DENIED},
        {BOTH(EROFS, ERROR_WRITE_PROTECT), VPC_ACCESS_DENIED},
        {BOTH(ENOSPC, ERROR_DISK_FULL), VPC_DISK_FULL},
        {BOTH(ENOMEM, ERROR_NOT_ENOUGH_MEMORY), VPC_OUT_OF_MEMORY},
        {BOTH(ENAMETOOLONG, ERROR_FILENAME_EXCED_RANGE), VPC_TOO_LONG},
        {BOTH(EIO, ERROR_CRC), VPC_IO},
        {BOTH(99999, 0x2FFFFFFF), VPC_IO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vpc_error err;
        size_t size;

        set_code(rows[i].posix, rows[i].windows);
        assert_false(vpc_fail_os(&err, "cannot open '%s'", "f"));
        assert_int_equal(err.cause, rows[i].cause);
        size = strlen(err.text);
        assert_memory_equal(err.text, "cannot open 'f': ", 17);
        assert_true(size > 17);
        assert_true(err.text[size - 1] != '.' && err.text[size - 1] != ' ' && err.text[size - 1] != '\n');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__cause_names_are_distinct_and_come_back),
        cmocka_unit_test(test_error__fail_fills_and_returns_false),
        cmocka_unit_test(test_error__long_text_is_cut_between_characters),
        cmocka_unit_test(test_error__bytes_that_are_no_text_are_marked),
        cmocka_unit_test(test_error__fail_os_maps_the_systems_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
