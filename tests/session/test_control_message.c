/* The messages of the control pipe as text, and the quoting of command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(_WIN32)
#include <windows.h>
#include <shellapi.h>
#endif

#include "session/control.h"
#include "session/control_private.h"
#include "tests/util/scarce_memory.h"
#include "util/json_line.h"

static void expect_line(char *line, const char *expected)
{
    assert_non_null(line);
    assert_string_equal(line, expected);
    free(line);
}

static void test_control__request_line(void **state)
{
    (void)state;
    json_t *arguments = json_pack("{s:s}", "do", "line\nbreak");
    expect_line(control_request_line(7, "reset", NULL), "{\"id\":7,\"command\":\"reset\"}\n");
    expect_line(control_request_line(8, "engine", arguments),
                "{\"id\":8,\"command\":\"engine\",\"arguments\":{\"do\":\"line\\nbreak\"}}\n");
    assert_int_equal(arguments->refcount, 1);
    json_decref(arguments);
}

static void test_control__reply_line(void **state)
{
    (void)state;
    json_t *result = json_pack("[i]", 5);
    expect_line(control_reply_line(7, 0, NULL), "{\"id\":7}\n");
    expect_line(control_reply_line(7, UINT32_MAX, NULL), "{\"id\":7,\"task\":4294967295}\n");
    expect_line(control_reply_line(7, 1, result), "{\"id\":7,\"task\":1,\"result\":[5]}\n");
    json_decref(result);
}

static void test_control__error_line(void **state)
{
    (void)state;
    struct vpc_error err;
    vpc_fail(&err, VPC_VM_NOT_RUNNING, "it is \"off\"");
    expect_line(control_error_line(7, &err),
                "{\"id\":7,\"error\":{\"cause\":\"vm-not-running\",\"text\":\"it is \\\"off\\\"\"}}\n");
    /* what a hypervisor said in another encoding must not cost the reply */
    strcpy(err.text, "caf\xe9");
    char *line = control_error_line(7, &err);
    assert_non_null(line);
    assert_non_null(strstr(line, "vm-not-running"));
    free(line);
}

static void test_control__error_line_every_cause(void **state)
{
    (void)state;
    for (int cause = VPC_UNEXPECTED; cause <= VPC_SAVED_STATE; cause++) {
        struct vpc_error err, back;
        json_t *message;
        vpc_fail(&err, (enum vpc_cause)cause, "text %d", cause);
        char *line = control_error_line(1, &err);
        assert_non_null(line);
        assert_true(control_parse_object(line, strlen(line) - 1, &message, &back));
        assert_false(control_fail_as_told(json_object_get(message, "error"), &back));
        assert_int_equal(back.cause, cause);
        assert_string_equal(back.text, err.text);
        json_decref(message);
        free(line);
    }
}

static void test_control__parse_request(void **state)
{
    (void)state;
    static const char line[] =
        " {\"command\":\"engine\",\"id\":9007199254740993,\"more\":1,\"arguments\":{\"a\":[1]}} ";
    struct control_request request;
    struct vpc_error err;
    assert_true(control_parse_request(line, sizeof line - 1, &request, &err));
    assert_int_equal(request.id, INT64_C(9007199254740993));
    assert_string_equal(request.command, "engine");
    assert_int_equal(json_array_size(json_object_get(request.arguments, "a")), 1);
    control_request_free(&request);
    control_request_free(&request);

    assert_true(control_parse_request("{\"id\":0,\"command\":\"p\"}", 22, &request, &err));
    assert_null(request.arguments);
    control_request_free(&request);
}

static void test_control__parse_request_hostile(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " ",
        "\r",
        "null",
        "7",
        "\"x\"",
        "[]",
        "{}",
        "{",
        "}",
        "{\"id\":7}",
        "{\"command\":\"ping\"}",
        "{\"id\":-1,\"command\":\"ping\"}",
        "{\"id\":1.5,\"command\":\"ping\"}",
        "{\"id\":\"7\",\"command\":\"ping\"}",
        "{\"id\":99999999999999999999,\"command\":\"ping\"}",
        "{\"id\":7,\"command\":\"\"}",
        "{\"id\":7,\"command\":7}",
        "{\"id\":7,\"command\":null}",
        "{\"id\":7,\"command\":\"12345678901234567890123456789012\"}",
        "{\"id\":7,\"command\":\"pi\\u0000ng\"}",
        "{\"id\":7,\"command\":\"ping\",\"arguments\":[]}",
        "{\"id\":7,\"command\":\"ping\",\"arguments\":null}",
        "{\"id\":7,\"command\":\"ping\"} {}",
        "{\"id\":7,\"id\":8,\"command\":\"ping\"}",
        "{\"id\":7,\"command\":\"\xff\"}",
        "GET / HTTP/1.1",
        "{'id':7,'command':'ping'}",
        "{\"id\":7,\"command\":\"ping\",}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct control_request request;
        struct vpc_error err = {0};
        if (control_parse_request(lines[i], strlen(lines[i]), &request, &err))
            fail_msg("accepted: %s", lines[i]);
        assert_int_equal(err.cause, VPC_INVALID_ARGUMENT);
        assert_null(request.arguments);
        control_request_free(&request);
    }
}

static void test_control__parse_request_large(void **state)
{
    (void)state;
    struct control_request request;
    struct vpc_error err = {0};
    char *line = malloc(CONTROL_MAX_LINE + 1);
    assert_non_null(line);
    memset(line, '[', CONTROL_MAX_LINE + 1); /* deep, too */
    assert_false(control_parse_request(line, CONTROL_MAX_LINE, &request, &err));
    assert_int_equal(err.cause, VPC_INVALID_ARGUMENT);
    memset(line, ' ', CONTROL_MAX_LINE + 1);
    memcpy(line, "{\"id\":1,\"command\":\"p\"}", 22);
    assert_true(control_parse_request(line, CONTROL_MAX_LINE, &request, &err));
    control_request_free(&request);
    assert_false(control_parse_request(line, CONTROL_MAX_LINE + 1, &request, &err));
    free(line);
}

static void test_control__task_id(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t id;
    } rows[] = {{"{}", 0},
                {"{\"task\":1}", 1},
                {"{\"task\":4294967295}", UINT32_MAX},
                {"{\"task\":4294967296}", 0},
                {"{\"task\":-1}", 0},
                {"{\"task\":\"1\"}", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *object = json_loads(rows[i].text, 0, NULL);
        assert_int_equal(control_task_id(object), rows[i].id);
        json_decref(object);
    }
}

static const char *const hard_arguments[] = {
    "",
    "plain",
    "two words",
    "\"",
    "\\",
    "\\\\",
    "a\\b",
    "a\\\"b",
    "trailing\\",
    "\\\\\\\"",
    "tab\there",
    "%PATH%",
    "^&|<>()",
    "'single'",
    "\"quoted\" twice",
    "C:\\a b\\",
    "J\xc3\xbcrgen \xe2\x98\x83",
    "--vm",
    "a\"\"b",
    " ",
};

static void test_control__quote_argument(void **state)
{
    (void)state;
    static const char *const quoted[] = {
        "\"\"",         "\"plain\"", "\"two words\"",  "\"\\\"\"",         "\"\\\\\"",
        "\"\\\\\\\\\"", "\"a\\b\"",  "\"a\\\\\\\"b\"", "\"trailing\\\\\"",
    };
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
        struct buffer line = {0};
        control_quote_argument(&line, hard_arguments[i]);
        assert_string_equal(line.data, quoted[i]);
        control_quote_argument(&line, "x");
        assert_string_equal(line.data + strlen(quoted[i]), " \"x\"");
        buffer_free(&line);
    }
}

#if defined(_WIN32)
static void test_control__quote_argument_as_windows_reads_it(void **state)
{
    (void)state;
    const int count = sizeof hard_arguments / sizeof *hard_arguments;
    struct buffer line = {0};
    int argc;
    control_quote_argument(&line, "C:\\Program Files\\vpchost.exe");
    for (int i = 0; i < count; i++)
        control_quote_argument(&line, hard_arguments[i]);
    wchar_t *wide = text_to_wide(line.data);
    wchar_t **argv = CommandLineToArgvW(wide, &argc);
    assert_non_null(argv);
    assert_int_equal(argc, count + 1);
    for (int i = 0; i < count; i++) {
        char *back = text_from_wide(argv[i + 1], wcslen(argv[i + 1]));
        assert_string_equal(back, hard_arguments[i]);
        free(back);
    }
    LocalFree(argv);
    free(wide);
    buffer_free(&line);
}
#endif

/* What a request says is what was sent, or there is none: a digit or a letter may not be lost with a block. */
static void test_control__parse_request_without_memory(void **state)
{
    static const char line[] = "{\"id\":9007199254740993,\"command\":\"turn-off-after-a-long-while\"}";
    unsigned refused = 1;

    (void)state;
    for (unsigned passed = 0; refused != 0; passed++) {
        struct control_request request;
        struct vpc_error err = {0};

        scarce_begin(passed, 1, 0);
        const bool read = control_parse_request(line, strlen(line), &request, &err);
        refused = scarce_end();
        assert_true(read == (refused == 0));
        if (read) {
            assert_int_equal(request.id, INT64_C(9007199254740993));
            assert_string_equal(request.command, "turn-off-after-a-long-while");
        } else {
            assert_int_equal(err.cause, VPC_OUT_OF_MEMORY);
        }
        control_request_free(&request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control__request_line),
        cmocka_unit_test(test_control__reply_line),
        cmocka_unit_test(test_control__error_line),
        cmocka_unit_test(test_control__error_line_every_cause),
        cmocka_unit_test(test_control__parse_request),
        cmocka_unit_test(test_control__parse_request_hostile),
        cmocka_unit_test(test_control__parse_request_large),
        cmocka_unit_test(test_control__parse_request_without_memory),
        cmocka_unit_test(test_control__task_id),
        cmocka_unit_test(test_control__quote_argument),
#if defined(_WIN32)
        cmocka_unit_test(test_control__quote_argument_as_windows_reads_it),
#endif
    };
    scarce_install();
    if (!json_line_install())
        return EXIT_FAILURE;
    return cmocka_run_group_tests_name("control messages", tests, NULL, NULL);
}
