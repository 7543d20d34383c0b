/*
 * Lines of the control pipe, one by one: as the supervisor takes them for requests and as a client takes them for
 * replies. What passes as a request is written again and read again as the same one.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "session/control_private.h"

static void check_error(const struct vpc_error *err)
{
    fuzz_check(vpc_cause_name(err->cause));
    fuzz_check(text_is_utf8(err->text, strlen(err->text)));
}

static void as_request(const char *line, size_t size)
{
    struct control_request request, again;
    struct vpc_error err;
    char *text;

    if (!control_parse_request(line, size, &request, &err)) {
        fuzz_check(err.cause == VPC_INVALID_ARGUMENT && !request.arguments);
        check_error(&err);
        text = control_error_line(0, &err);
        fuzz_check(text && strchr(text, '\n') == text + strlen(text) - 1);
        free(text);
        return;
    }
    fuzz_check(request.command[0] && memchr(request.command, 0, sizeof(request.command)));
    fuzz_check(request.id <= INT64_MAX);
    text = control_request_line(request.id, request.command, request.arguments);
    fuzz_check(text);
    if (strlen(text) - 1 <= CONTROL_MAX_LINE) {
        fuzz_check(control_parse_request(text, strlen(text) - 1, &again, &err));
        fuzz_check(again.id == request.id && !strcmp(again.command, request.command));
        fuzz_check(!again.arguments == !request.arguments &&
                   (!again.arguments || json_equal(again.arguments, request.arguments)));
        control_request_free(&again);
    }
    free(text);
    control_request_free(&request);
}

static void as_reply(const char *line, size_t size)
{
    struct vpc_error err;
    json_t *object;

    if (!control_parse_object(line, size, &object, &err)) {
        check_error(&err);
        return;
    }
    control_task_id(object);
    fuzz_check(!control_fail_as_told(json_object_get(object, "error"), &err));
    check_error(&err);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data, *end = line + size;

    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);

        as_request(line, length);
        as_reply(line, length);
        line += length + 1;
    }
    return 0;
}
