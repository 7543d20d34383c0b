/* Do the libraries that we link work on this target? Each is used once, with a result that only a working one gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <expat.h>
#include <jansson.h>
#include <uv.h>

static void XMLCALL count_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
    (void)name;
    (void)attributes;
    ++*(int *)data;
}

/* The real files are UTF-16, little endian, with a byte order mark. */
static void test_expat__parse_utf16(void **state)
{
    static const char text[] = "<a><b/><b/></a>";
    char wide[2 + 2 * (sizeof text - 1)] = {(char)0xff, (char)0xfe};
    for (size_t i = 0; i < sizeof text - 1; i++)
        wide[2 + 2 * i] = text[i];

    (void)state;
    XML_Parser parser = XML_ParserCreate(NULL);
    assert_non_null(parser);
    int elements = 0;
    XML_SetUserData(parser, &elements);
    XML_SetStartElementHandler(parser, count_element);
    assert_int_equal(XML_Parse(parser, wide, (int)sizeof wide, 1), XML_STATUS_OK);
    assert_int_equal(elements, 3);
    XML_ParserFree(parser);
}

static void test_jansson__loads_64bit_integer(void **state)
{
    (void)state;
    json_error_t error;
    json_t *value = json_loads("{\"rd_bytes\": 9007199254740993}", 0, &error);
    assert_non_null(value);
    assert_true(json_integer_value(json_object_get(value, "rd_bytes")) == INT64_C(9007199254740993));
    json_decref(value);
}

static void count_timer(uv_timer_t *timer)
{
    ++*(int *)timer->data;
    uv_close((uv_handle_t *)timer, NULL);
}

static void test_uv__run_timer(void **state)
{
    (void)state;
    uv_loop_t loop;
    uv_timer_t timer;
    int calls = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    timer.data = &calls;
    assert_int_equal(uv_timer_start(&timer, count_timer, 1, 0), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* MinGW prints these with the C runtime of Windows unless told otherwise. */
static void test_stdio__format_c17_sizes(void **state)
{
    (void)state;
    char text[64];
    snprintf(text, sizeof text, "%zu %lld", SIZE_MAX, -9007199254740993LL);
    assert_string_equal(text, sizeof(size_t) == 8 ? "18446744073709551615 -9007199254740993" : "4294967295 -9007199254740993");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expat__parse_utf16),
        cmocka_unit_test(test_jansson__loads_64bit_integer),
        cmocka_unit_test(test_uv__run_timer),
        cmocka_unit_test(test_stdio__format_c17_sizes),
    };
    return cmocka_run_group_tests_name("dependencies", tests, NULL, NULL);
}
