#include "engine/qemu/qmp_client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/tls_channel.h"

enum {
    READ_BYTES = 64 * 1024
};

struct pending {
    struct pending *next;
    json_int_t id;
    char command[32];
    qmp_reply *reply;
    void *context;
};

struct write {
    uv_write_t request;
    char *data;
};

struct qmp_client {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    uv_timer_t later;        /* reports what was found inside a call */
    unsigned handles;        /* that are not closed yet */
    struct tls_channel *tls; /* NULL: what is said goes as it is */
    const struct qmp_listener *listener;
    void *context;
    struct buffer in, out; /* as QMP has it */
    size_t scanned;        /* bytes of `in` that hold no line end */
    struct pending *first, **end;
    json_int_t next_id;
    unsigned corked;
    bool greeted;
    bool reads_ahead; /* the peer can take commands while it still does the last one */
    bool lost;
    bool reported; /* that it is lost */
    bool closing;
    struct vpc_error failure; /* why it was lost */
    void (*closed)(void *context);
    void *closed_context;
    char read_buffer[READ_BYTES];
};

/* Answers all open commands and says that the connection is lost. */
static void report_lost(uv_timer_t *timer)
{
    struct qmp_client *client = timer->data;

    while (client->first && !client->closing) {
        struct pending *pending = client->first;
        struct vpc_error err;

        if (!(client->first = pending->next))
            client->end = &client->first;
        vpc_fail(&err, VPC_IO, "%s: %s", pending->command, client->failure.text);
        if (pending->reply)
            pending->reply(pending->context, NULL, &err);
        free(pending);
    }
    if (client->closing || client->reported)
        return;
    client->reported = true;
    client->listener->lost(client->context, &client->failure);
}

/* Only the first reason counts. */
static void lose(struct qmp_client *client)
{
    if (client->lost)
        return;
    client->lost = true;
    uv_read_stop(&client->socket.stream);
    uv_timer_start(&client->later, report_lost, 0, 0);
}

static void lose_for(struct qmp_client *client, const char *what)
{
    if (!client->lost)
        vpc_fail(&client->failure, VPC_CORRUPT, "the peer is no QEMU monitor: %s", what);
    lose(client);
}

static int64_t time_of(const json_t *message)
{
    const json_t *stamp = json_object_get(message, "timestamp");
    json_int_t seconds = json_integer_value(json_object_get(stamp, "seconds"));
    json_int_t us = json_integer_value(json_object_get(stamp, "microseconds"));

    /* QEMU says -1 when it does not know, and a stranger anything. */
    if (seconds < 0 || seconds > INT64_MAX / 2000000 || us < 0 || us >= 1000000)
        return 0;
    return seconds * 1000000 + us;
}

static void take_reply(struct qmp_client *client, const json_t *message)
{
    const json_t *id = json_object_get(message, "id"), *error = json_object_get(message, "error");
    struct pending **link = &client->first, *pending;
    struct vpc_error err;

    while (*link && (!json_is_integer(id) || (*link)->id != json_integer_value(id)))
        link = &(*link)->next;
    if (!(pending = *link)) {
        lose_for(client, "it answers what was not asked");
        return;
    }
    if (!(*link = pending->next))
        client->end = link;
    if (error) {
        const char *reason = json_string_value(json_object_get(error, "desc"));

        vpc_fail(&err, VPC_ENGINE, "QEMU refuses %s: %s", pending->command, reason ? reason : "no reason given");
    }
    if (pending->reply)
        pending->reply(pending->context, error ? NULL : json_object_get(message, "return"), error ? &err : NULL);
    free(pending);
}

static bool offers(const json_t *greeting, const char *capability)
{
    const json_t *offered = json_object_get(json_object_get(greeting, "QMP"), "capabilities");

    for (size_t i = 0; i < json_array_size(offered); i++) {
        const char *name = json_string_value(json_array_get(offered, i));

        if (name && !strcmp(name, capability))
            return true;
    }
    return false;
}

static void take_message(struct qmp_client *client, const json_t *message)
{
    const char *event = json_string_value(json_object_get(message, "event"));

    if (!client->greeted) {
        if (!json_is_object(json_object_get(message, "QMP"))) {
            lose_for(client, "it does not greet");
            return;
        }
        client->greeted = true;
        client->reads_ahead = offers(message, "oob");
        client->listener->greeted(client->context);
    } else if (event) {
        client->listener->event(client->context, event, time_of(message), json_object_get(message, "data"));
    } else if (json_object_get(message, "return") || json_object_get(message, "error")) {
        take_reply(client, message);
    } else {
        lose_for(client, "it says what is neither answer nor event");
    }
}

static void take_line(struct qmp_client *client, const char *line, size_t size)
{
    json_t *message;

    if (size && line[size - 1] == '\r')
        size--;
    if (!size)
        return;
    message = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(message))
        take_message(client, message);
    else
        lose_for(client, "a line is no JSON object");
    json_decref(message);
}

/* `in` has grown. */
static void take_lines(struct qmp_client *client)
{
    size_t begin = 0;

    if (client->in.failed) {
        if (!client->lost)
            vpc_fail(&client->failure, VPC_OUT_OF_MEMORY, "no memory for QEMU's answer");
        lose(client);
        return;
    }
    while (!client->lost && !client->closing) {
        const char *line = client->in.data + begin;
        const char *end = memchr(client->in.data + client->scanned, '\n', client->in.size - client->scanned);

        if (!end) {
            client->scanned = client->in.size;
            break;
        }
        client->scanned = begin = (size_t)(end - client->in.data) + 1;
        if (end - line > QMP_MAX_LINE)
            lose_for(client, "a line is over 1 MiB");
        else
            take_line(client, line, (size_t)(end - line));
    }
    if (client->closing)
        return;
    memmove(client->in.data, client->in.data + begin, client->in.size - begin);
    client->in.size -= begin;
    client->scanned -= begin;
    if (client->in.size > QMP_MAX_LINE)
        lose_for(client, "a line is over 1 MiB");
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct qmp_client *client = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(client->read_buffer, sizeof(client->read_buffer));
}

static void on_written(uv_write_t *request, int status)
{
    struct write *write = (struct write *)request;
    struct qmp_client *client = request->data;

    if (status < 0 && status != UV_ECANCELED && !client->closing) {
        if (!client->lost)
            vpc_fail(&client->failure, VPC_IO, "cannot write to QEMU (%s)", uv_strerror(status));
        lose(client);
    }
    free(write->data);
    free(write);
}

/* Sends the bytes, which it takes out of the buffer. */
static void send_bytes(struct qmp_client *client, struct buffer *bytes)
{
    struct write *write;
    uv_buf_t piece;
    int status = UV_ENOMEM;

    if (!bytes->size || client->lost)
        return;
    if ((write = malloc(sizeof(*write))) && !bytes->failed) {
        write->data = bytes->data;
        write->request.data = client;
        piece = uv_buf_init(bytes->data, (unsigned)bytes->size);
        *bytes = (struct buffer){0};
        status = uv_write(&write->request, &client->socket.stream, &piece, 1, on_written);
        if (!status)
            return;
        free(write->data);
    }
    free(write);
    vpc_fail(&client->failure, VPC_IO, "cannot write to QEMU (%s)", uv_strerror(status));
    lose(client);
}

static void flush(struct qmp_client *client)
{
    struct vpc_error err;

    if (!client->tls) {
        send_bytes(client, &client->out);
        return;
    }
    if (client->out.size && !client->out.failed && tls_channel_is_open(client->tls)) {
        if (!tls_channel_give(client->tls, client->out.data, client->out.size, &err) && !client->lost) {
            client->failure = err;
            lose(client);
        }
        client->out.size = 0;
    }
    send_bytes(client, client->out.failed ? &client->out : tls_channel_out(client->tls));
}

static void take_bytes(struct qmp_client *client, const char *bytes, size_t size)
{
    struct vpc_error err;
    bool done = true;

    if (!client->tls)
        buffer_append(&client->in, bytes, size);
    else
        done = tls_channel_take(client->tls, bytes, size, &client->in, &err);
    if (client->tls)
        flush(client);
    if (client->in.size > client->scanned || client->in.failed)
        take_lines(client);
    if (done || client->lost || client->closing)
        return;
    client->failure = err;
    lose(client);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct qmp_client *client = stream->data;

    if (got > 0)
        take_bytes(client, buffer->base, (size_t)got);
    if (got >= 0)
        return;
    if (!client->lost)
        vpc_fail(&client->failure, VPC_IO, "the connection to QEMU has ended (%s)", uv_strerror((int)got));
    lose(client);
}

void qmp_client_send(struct qmp_client *client, const char *command, json_t *arguments, qmp_reply *reply, void *context)
{
    struct pending *pending = calloc(1, sizeof(*pending));
    json_t *message =
        arguments ? json_pack("{s:s,s:o,s:I}", "execute", command, "arguments", arguments, "id", ++client->next_id)
                  : json_pack("{s:s,s:I}", "execute", command, "id", ++client->next_id);
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

    if (pending) {
        pending->id = client->next_id;
        strncpy(pending->command, command, sizeof(pending->command) - 1);
        pending->reply = reply;
        pending->context = context;
        *client->end = pending;
        client->end = &pending->next;
    }
    if (text && pending) {
        buffer_append_text(&client->out, text);
        buffer_append_text(&client->out, "\n");
    } else {
        if (!client->lost)
            vpc_fail(&client->failure, VPC_OUT_OF_MEMORY, "no memory for a command to QEMU");
        lose(client);
    }
    free(text);
    json_decref(message);
    if (client->lost)
        uv_timer_start(&client->later, report_lost, 0, 0);
    else if (!client->corked)
        flush(client);
}

bool qmp_client_is_lost(const struct qmp_client *client)
{
    return client->lost;
}

void qmp_client_begin(struct qmp_client *client, qmp_reply *reply, void *context)
{
    qmp_client_send(client, "qmp_capabilities", client->reads_ahead ? json_pack("{s:[s]}", "enable", "oob") : NULL,
                    reply, context);
}

void qmp_client_cork(struct qmp_client *client)
{
    client->corked++;
}

void qmp_client_uncork(struct qmp_client *client)
{
    if (!--client->corked)
        flush(client);
}

void qmp_client_set_listener(struct qmp_client *client, const struct qmp_listener *listener, void *context)
{
    client->listener = listener;
    client->context = context;
}

static void on_closed(uv_handle_t *handle)
{
    struct qmp_client *client = handle->data;

    if (--client->handles)
        return;
    while (client->first) {
        struct pending *pending = client->first;

        client->first = pending->next;
        free(pending);
    }
    buffer_free(&client->in);
    buffer_free(&client->out);
    tls_channel_free(client->tls);
    if (client->closed)
        client->closed(client->closed_context);
    free(client);
}

void qmp_client_close(struct qmp_client *client, void (*closed)(void *context), void *context)
{
    client->closing = true;
    client->closed = closed;
    client->closed_context = context;
    uv_close(&client->socket.handle, on_closed);
    uv_close((uv_handle_t *)&client->later, on_closed);
}

bool qmp_client_accept(struct qmp_client **out, uv_stream_t *server, const struct monitor_key *key,
                       const struct qmp_listener *listener, void *context, struct vpc_error *err)
{
    struct qmp_client *client = calloc(1, sizeof(*client));
    int status;

    *out = NULL;
    if (!client)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a connection");
    if (key && !tls_channel_create(&client->tls, key, err)) {
        free(client);
        return false;
    }
    client->listener = listener;
    client->context = context;
    client->end = &client->first;
    client->handles = 2;
    if (server->type == UV_NAMED_PIPE)
        uv_pipe_init(server->loop, &client->socket.pipe, 0);
    else
        uv_tcp_init(server->loop, &client->socket.tcp);
    uv_timer_init(server->loop, &client->later);
    client->socket.handle.data = client->later.data = client;
    if ((status = uv_accept(server, &client->socket.stream)) ||
        (status = uv_read_start(&client->socket.stream, on_buffer, on_read))) {
        qmp_client_close(client, NULL, NULL);
        return vpc_fail(err, VPC_IO, "cannot take a connection (%s)", uv_strerror(status));
    }
    if (server->type == UV_TCP)
        uv_tcp_nodelay(&client->socket.tcp, 1);
    *out = client;
    return true;
}
