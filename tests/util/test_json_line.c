/* JSON texts, read and written while memory is refused. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/util/scarce_memory.h"
#include "util/json_line.h"

/* Words of more than sixteen and thirty-two bytes: for these a reader needs more room while it is within them. */
static const char text[] = "{\"a key of more than sixteen bytes\":[9007199254740993,-1234567890123456789,0.5],"
                           "\"said\":\"a text of more than sixteen bytes, and of thirty-two\\n\",\"none\":null}";

static void assert_is_text(const json_t *message)
{
    char *back = json_line_write(message);

    assert_non_null(back);
    assert_string_equal(back, text);
    free(back);
}

static void test_json_line__reads_what_it_writes(void **state)
{
    struct vpc_error err;
    json_t *message = json_line_read(text, strlen(text), &err);

    (void)state;
    assert_non_null(message);
    assert_is_text(message);
    json_decref(message);
}

static void test_json_line__says_what_is_no_json(void **state)
{
    static const char *const bad[] = {"", "{", "{\"a\":1,\"a\":2}", "{} {}", "\"\xff\"", "{\"a\":truth}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vpc_error err = {0};

        assert_null(json_line_read(bad[i], strlen(bad[i]), &err));
        assert_int_equal(err.cause, VPC_CORRUPT);
        assert_non_null(strstr(err.text, "message is not JSON: "));
        assert_true(strlen(err.text) > strlen("message is not JSON: "));
    }
}

/* Each block, and each block and all after it, is refused once. */
static void walk(bool (*use)(void *), void *context)
{
    static const unsigned many[] = {1, UINT_MAX};

    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        unsigned refused = 1, walked = 0;

        for (unsigned passed = 0; refused != 0; passed++) {
            scarce_begin(passed, many[i], 0);
            const bool done = use(context);
            refused = scarce_end();
            assert_true(done == (refused == 0));
            walked += refused != 0;
        }
        assert_true(walked > 2);
    }
}

static bool read_text(void *context)
{
    struct vpc_error err = {0};
    json_t *message = json_line_read(text, strlen(text), &err);

    (void)context;
    if (!message) {
        assert_int_equal(err.cause, VPC_OUT_OF_MEMORY);
        return false;
    }
    json_decref(message);
    return true;
}

static void test_json_line__is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    walk(read_text, NULL);
}

static bool write_text(void *context)
{
    char *back = json_line_write(context);
    const bool done = back != NULL;

    if (done)
        assert_string_equal(back, text);
    free(back);
    return done;
}

static void test_json_line__is_written_whole_or_not_at_all(void **state)
{
    struct vpc_error err;
    json_t *message = json_line_read(text, strlen(text), &err);

    (void)state;
    walk(write_text, message);
    assert_is_text(message);
    json_decref(message);
}

static void test_json_line__gives_jansson_back(void **state)
{
    json_malloc_t before, with, after;
    json_free_t ignored;

    (void)state;
    json_get_alloc_funcs(&with, &ignored);
    json_line_uninstall();
    json_get_alloc_funcs(&before, &ignored);
    assert_true(before != with);
    test_json_line__reads_what_it_writes(state);
    assert_true(json_line_install());
    json_get_alloc_funcs(&after, &ignored);
    assert_true(after == with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_line__reads_what_it_writes),
        cmocka_unit_test(test_json_line__says_what_is_no_json),
        cmocka_unit_test(test_json_line__is_read_whole_or_not_at_all),
        cmocka_unit_test(test_json_line__is_written_whole_or_not_at_all),
        cmocka_unit_test(test_json_line__gives_jansson_back),
    };

    scarce_install();
    if (!json_line_install())
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
