/* The client side of the control pipe: framing and calls; the pipe itself is control_stream_*.c. */
#include "session/control.h"

#include <stdlib.h>
#include <string.h>

#include "session/control_private.h"
#include "util/clock.h"

enum {
    CONNECT_MS = 5000 /* for a pipe whose instances are all taken */
};

struct control_client {
    struct control_stream *stream;
    uint64_t last_id;
    bool broken;  /* half a message was written or nonsense was read: nothing on this connection can be trusted now */
    size_t have;  /* bytes in `input` */
    size_t taken; /* of these, the line that was handed out last */
    char input[CONTROL_MAX_LINE];
};

bool control_connect(struct control_client **client, const char *name, struct vpc_error *err)
{
    return control_connect_within(client, name, CONNECT_MS, err);
}

bool control_connect_within(struct control_client **client, const char *name, uint32_t timeout_ms,
                            struct vpc_error *err)
{
    *client = NULL;
    struct control_client *made = malloc(sizeof *made);
    if (!made)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a control connection");
    made->last_id = 0;
    made->broken = false;
    made->have = made->taken = 0;
    if (!control_stream_connect(&made->stream, name, clock_monotonic_ms() + timeout_ms, err)) {
        free(made);
        return false;
    }
    *client = made;
    return true;
}

void control_disconnect(struct control_client *client)
{
    if (!client)
        return;
    control_stream_close(client->stream);
    free(client);
}

bool control_is_broken(const struct control_client *client)
{
    return client->broken;
}

/* The next line, without its "\n"; valid until the next call. */
static bool read_line(struct control_client *client, uint64_t deadline_ms, const char **line, size_t *size,
                      struct vpc_error *err)
{
    client->have -= client->taken;
    memmove(client->input, client->input + client->taken, client->have);
    client->taken = 0;
    for (size_t searched = 0;;) {
        const char *end = memchr(client->input + searched, '\n', client->have - searched);
        if (end) {
            *line = client->input;
            *size = (size_t)(end - client->input);
            client->taken = *size + 1;
            return true;
        }
        searched = client->have;
        if (client->have == sizeof client->input) {
            client->broken = true;
            return vpc_fail(err, VPC_CORRUPT, "supervisor sent a line of more than %d bytes", CONTROL_MAX_LINE);
        }
        size_t got;
        if (!control_stream_read(client->stream, client->input + client->have, sizeof client->input - client->have,
                                 deadline_ms, &got, err)) {
            client->broken = client->broken || err->cause != VPC_TIMED_OUT;
            return false;
        }
        client->have += got;
    }
}

/* Waits for the reply of that id; events and the late replies of calls that timed out are passed over. */
static bool read_reply(struct control_client *client, uint64_t id, uint64_t deadline_ms, json_t **reply,
                       struct vpc_error *err)
{
    for (;;) {
        const char *line = NULL;
        size_t size = 0;
        if (!read_line(client, deadline_ms, &line, &size, err))
            return false;
        if (!control_parse_object(line, size, reply, err)) {
            client->broken = true;
            err->cause = VPC_CORRUPT;
            return vpc_fail_in(err, "reply of the supervisor");
        }
        const json_t *of = json_object_get(*reply, "id");
        if (json_is_integer(of) && (uint64_t)json_integer_value(of) == id)
            return true;
        if (json_is_integer(of) && json_integer_value(of) == 0 && json_object_get(*reply, "error")) {
            /* One of our requests could not be read, for want of memory, and this may be it or an earlier one. */
            client->broken = true;
            return true;
        }
        json_decref(*reply);
        *reply = NULL;
        /* A flood of events must not keep the caller beyond its time. */
        if (clock_monotonic_ms() > deadline_ms)
            return vpc_fail(err, VPC_TIMED_OUT, "no reply from the supervisor in time");
    }
}

static bool write_request(struct control_client *client, const char *command, const json_t *arguments,
                          uint64_t deadline_ms, struct vpc_error *err)
{
    char *line = control_request_line(++client->last_id, command, arguments);
    if (!line)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for command '%s'", command);
    const size_t size = strlen(line);
    bool ok;
    if (size > CONTROL_MAX_LINE) {
        ok = vpc_fail(err, VPC_INVALID_ARGUMENT, "command '%s' takes %zu bytes, more than %d", command, size,
                      CONTROL_MAX_LINE);
    } else {
        ok = control_stream_write(client->stream, line, size, deadline_ms, err);
        client->broken = !ok;
    }
    free(line);
    return ok;
}

bool control_call(struct control_client *client, const char *command, const json_t *arguments, uint32_t timeout_ms,
                  uint32_t *task, json_t **result, struct vpc_error *err)
{
    const uint64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    json_t *reply;
    if (task)
        *task = 0;
    if (result)
        *result = NULL;
    if (client->broken)
        return vpc_fail(err, VPC_IO, "the connection to the supervisor is broken, command '%s' was not sent", command);
    if (!write_request(client, command, arguments, deadline_ms, err) ||
        !read_reply(client, client->last_id, deadline_ms, &reply, err))
        return vpc_fail_in(err, "command '%s'", command);
    const json_t *error = json_object_get(reply, "error");
    if (error) {
        control_fail_as_told(error, err);
    } else {
        if (task)
            *task = control_task_id(reply);
        if (result)
            *result = json_incref(json_object_get(reply, "result"));
    }
    json_decref(reply);
    return !error;
}
