/* The messages of the control pipe as text. */
#include "session/control.h"

#include <stdlib.h>
#include <string.h>

#include "session/control_private.h"
#include "util/json_line.h"
#include "util/text.h"

char *control_line(json_t *message)
{
    if (!message)
        return NULL;
    struct buffer line = {0};
    char *text = json_line_write(message);
    if (text) {
        buffer_append_text(&line, text);
        buffer_append(&line, "\n", 1);
    }
    free(text);
    json_decref(message);
    if (!line.failed && line.data)
        return line.data;
    buffer_free(&line);
    return NULL;
}

/* Borrows `value`, which may be NULL. json_pack and json_object_set count references of const objects alike, but take
 * no const. */
static bool set_shared(json_t *object, const char *key, const json_t *value)
{
    return !value || json_object_set(object, key, (json_t *)value) == 0;
}

static json_t *message_with_id(uint64_t id)
{
    json_t *message = json_object();
    if (message && json_object_set_new(message, "id", json_integer((json_int_t)(id & INT64_MAX))) == 0)
        return message;
    json_decref(message);
    return NULL;
}

char *control_request_line(uint64_t id, const char *command, const json_t *arguments)
{
    json_t *message = message_with_id(id);
    if (message && json_object_set_new(message, "command", json_string(command)) == 0 &&
        set_shared(message, "arguments", arguments))
        return control_line(message);
    json_decref(message);
    return NULL;
}

char *control_reply_line(uint64_t id, uint32_t task, const json_t *result)
{
    json_t *message = message_with_id(id);
    if (message && (task == 0 || json_object_set_new(message, "task", json_integer(task)) == 0) &&
        set_shared(message, "result", result))
        return control_line(message);
    json_decref(message);
    return NULL;
}

char *control_error_line(uint64_t id, const struct vpc_error *error)
{
    /* The text may hold what a hypervisor printed. */
    const char *text =
        text_is_utf8(error->text, strlen(error->text)) ? error->text : "the text of this error is not UTF-8";
    json_t *message = message_with_id(id);
    json_t *told = json_pack("{s:s, s:s}", "cause", vpc_cause_name(error->cause), "text", text);
    if (message && told && json_object_set(message, "error", told) == 0) {
        json_decref(told);
        return control_line(message);
    }
    json_decref(told);
    json_decref(message);
    return NULL;
}

bool control_parse_object(const char *line, size_t size, json_t **object, struct vpc_error *err)
{
    *object = json_line_read(line, size, err);
    if (!*object) {
        if (err->cause == VPC_CORRUPT)
            err->cause = VPC_INVALID_ARGUMENT;
        return false;
    }
    if (json_is_object(*object))
        return true;
    json_decref(*object);
    *object = NULL;
    return vpc_fail(err, VPC_INVALID_ARGUMENT, "message is not a JSON object");
}

/* Takes `command` and `arguments` out of a request whose id is in *request already. */
static bool take_request(const json_t *object, struct control_request *request, struct vpc_error *err)
{
    const json_t *command = json_object_get(object, "command");
    json_t *arguments = json_object_get(object, "arguments");
    const size_t length = json_string_length(command);
    if (length == 0)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "request without a command");
    if (length >= sizeof request->command || strlen(json_string_value(command)) != length)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "request with an impossible command of %zu bytes", length);
    if (arguments && !json_is_object(arguments))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "arguments of command '%s' are no object",
                        json_string_value(command));
    memcpy(request->command, json_string_value(command), length + 1);
    request->arguments = json_incref(arguments);
    return true;
}

bool control_parse_request(const char *line, size_t size, struct control_request *request, struct vpc_error *err)
{
    json_t *object;
    memset(request, 0, sizeof *request);
    if (size > CONTROL_MAX_LINE)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "message is longer than %d bytes", CONTROL_MAX_LINE);
    if (!control_parse_object(line, size, &object, err))
        return false;
    const json_t *id = json_object_get(object, "id");
    bool ok;
    if (!json_is_integer(id) || json_integer_value(id) < 0) {
        ok = vpc_fail(err, VPC_INVALID_ARGUMENT, "request without an id");
    } else {
        request->id = (uint64_t)json_integer_value(id);
        ok = take_request(object, request, err);
    }
    json_decref(object);
    return ok;
}

void control_request_free(struct control_request *request)
{
    json_decref(request->arguments);
    request->arguments = NULL;
}

bool control_fail_as_told(const json_t *error, struct vpc_error *err)
{
    const char *cause = json_string_value(json_object_get(error, "cause"));
    const char *text = json_string_value(json_object_get(error, "text"));
    return vpc_fail(err, cause ? vpc_cause_from_name(cause) : VPC_UNEXPECTED, "%s",
                    text ? text : "the supervisor tells an error without a text");
}

uint32_t control_task_id(const json_t *object)
{
    const json_int_t id = json_integer_value(json_object_get(object, "task"));
    return id > 0 && id <= UINT32_MAX ? (uint32_t)id : 0;
}
