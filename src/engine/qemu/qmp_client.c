#include "engine/qemu/qmp_client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/tls_channel.h"
#include "util/json_line.h"

enum {
    READ_BYTES = 64 * 1024,
    LATER_MS = 10, /* until what has lacked memory is tried again */
    WRITES = 100,  /* that may fail in a row */
    RESERVE = 32   /* commands that can be refused at once when there is no memory at all */
};

struct pending {
    struct pending *next;
    json_int_t id;
    char command[32];
    qmp_reply *reply;
    void *context;
    bool unsent;     /* for want of memory */
    bool of_reserve; /* free there without an id */
};

struct qmp_client {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    uv_timer_t later;        /* reports what was found inside a call, and tries again what has lacked memory */
    unsigned handles;        /* that are not closed yet */
    struct tls_channel *tls; /* NULL: what is said goes as it is */
    const struct qmp_listener *listener;
    void *context;
    struct buffer in, out;  /* as QMP has it */
    size_t scanned;         /* bytes of `in` that hold no line end */
    size_t unread;          /* bytes of `read_buffer` that are in no buffer yet */
    bool resting;           /* nothing is read before these, and the lines of `in`, are taken */
    unsigned failed_writes; /* in a row */
    struct buffer leaving;  /* what the socket had no room for */
    uv_write_t write;       /* of that */
    bool writing;
    struct pending *first, **end;
    struct pending reserve[RESERVE];
    json_int_t next_id;
    unsigned corked;
    bool cut; /* a command between the corks was not sent */
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

static struct pending *add_pending(struct qmp_client *client, const char *command, qmp_reply *reply, void *context)
{
    struct pending *pending = calloc(1, sizeof(*pending)), *spare = client->reserve;

    while (!pending && spare < client->reserve + RESERVE && spare->id)
        spare++;
    if (!pending && spare == client->reserve + RESERVE)
        return NULL;
    if (!pending) {
        pending = spare;
        pending->of_reserve = true;
    }
    pending->id = ++client->next_id;
    strncpy(pending->command, command, sizeof(pending->command) - 1);
    pending->reply = reply;
    pending->context = context;
    *client->end = pending;
    client->end = &pending->next;
    return pending;
}

static void free_pending(struct pending *pending)
{
    if (pending->of_reserve)
        *pending = (struct pending){0};
    else
        free(pending);
}

/* Takes a command off the list and answers it. */
static void answer(struct qmp_client *client, struct pending **link, const json_t *result, const struct vpc_error *err)
{
    struct pending own = **link;

    free_pending(*link);
    if (!(*link = own.next))
        client->end = link;
    if (own.reply)
        own.reply(own.context, result, err);
}

/* Answers all open commands and says that the connection is lost. */
static void report_lost(struct qmp_client *client)
{
    struct vpc_error err;

    while (client->first && !client->closing) {
        vpc_fail(&err, VPC_IO, "%s: %s", client->first->command, client->failure.text);
        answer(client, &client->first, NULL, &err);
    }
    if (client->closing || client->reported)
        return;
    client->reported = true;
    client->listener->lost(client->context, &client->failure);
}

static void on_later(uv_timer_t *timer);

static void come_back(struct qmp_client *client)
{
    if (!client->lost && !uv_is_active((uv_handle_t *)&client->later))
        uv_timer_start(&client->later, on_later, LATER_MS, 0);
}

/* Only the first reason counts. */
static void lose(struct qmp_client *client)
{
    if (client->lost)
        return;
    client->lost = true;
    uv_read_stop(&client->socket.stream);
    uv_timer_start(&client->later, on_later, 0, 0);
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
    struct pending **link = &client->first;
    struct vpc_error err;

    while (*link && (!json_is_integer(id) || (*link)->id != json_integer_value(id) || (*link)->unsent))
        link = &(*link)->next;
    if (!*link) {
        lose_for(client, "it answers what was not asked");
        return;
    }
    if (error) {
        const char *reason = json_string_value(json_object_get(error, "desc"));

        vpc_fail(&err, VPC_ENGINE, "QEMU refuses %s: %s", (*link)->command, reason ? reason : "no reason given");
    }
    answer(client, link, error ? NULL : json_object_get(message, "return"), error ? &err : NULL);
    if (client->first && client->first->unsent)
        come_back(client);
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

/* There is no memory for what has come: no more is read before that is taken. */
static void rest(struct qmp_client *client)
{
    client->resting = true;
    uv_read_stop(&client->socket.stream);
    come_back(client);
}

/* False without memory. */
static bool take_line(struct qmp_client *client, const char *line, size_t size)
{
    struct vpc_error err;
    json_t *message;

    if (size && line[size - 1] == '\r')
        size--;
    if (!size)
        return true;
    message = json_line_read(line, size, &err);
    if (!message && err.cause == VPC_OUT_OF_MEMORY)
        return false;
    if (json_is_object(message))
        take_message(client, message);
    else
        lose_for(client, "a line is no JSON object");
    json_decref(message);
    return true;
}

/* `in` has grown, or a line of it was not taken. */
static void take_lines(struct qmp_client *client)
{
    size_t begin = 0;

    while (!client->lost && !client->closing && !client->resting) {
        const char *line = client->in.data + begin;
        const char *end = memchr(client->in.data + client->scanned, '\n', client->in.size - client->scanned);

        if (!end) {
            client->scanned = client->in.size;
            break;
        }
        if (end - line > QMP_MAX_LINE) {
            lose_for(client, "a line is over 1 MiB");
        } else if (!take_line(client, line, (size_t)(end - line))) {
            client->scanned = begin;
            rest(client);
            break;
        }
        client->scanned = begin = (size_t)(end - client->in.data) + 1;
    }
    if (client->closing)
        return;
    memmove(client->in.data, client->in.data + begin, client->in.size - begin);
    client->in.size -= begin;
    client->scanned -= begin;
    if (client->in.size > QMP_MAX_LINE && !client->resting)
        lose_for(client, "a line is over 1 MiB");
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct qmp_client *client = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(client->read_buffer, sizeof(client->read_buffer));
}

static void flush(struct qmp_client *client);

static void on_written(uv_write_t *request, int status)
{
    struct qmp_client *client = request->data;

    client->writing = false;
    client->leaving.size = 0;
    if (client->closing || client->lost)
        return;
    if (status < 0) {
        vpc_fail(&client->failure, VPC_IO, "cannot write to QEMU (%s)", uv_strerror(status));
        lose(client);
    } else {
        flush(client);
    }
}

/* Waits until there is room for the bytes, which it takes out of the buffer. */
static int send_later(struct qmp_client *client, struct buffer *bytes)
{
    struct buffer room = client->leaving;
    uv_buf_t piece = uv_buf_init(bytes->data, (unsigned)bytes->size);
    int status;

    client->write.data = client;
    if ((status = uv_write(&client->write, &client->socket.stream, &piece, 1, on_written)))
        return status;
    client->writing = true;
    client->leaving = *bytes;
    *bytes = room;
    return 0;
}

/* Sends what is in the buffer, when all that was sent before has left. A call that fails has sent nothing: it is made
 * again, unless the peer is gone. */
static void send_bytes(struct qmp_client *client, struct buffer *bytes)
{
    uv_buf_t piece;
    int status;

    if (!bytes->size || client->lost || client->writing)
        return;
    piece = uv_buf_init(bytes->data, (unsigned)bytes->size);
    status = uv_try_write(&client->socket.stream, &piece, 1);
    if (status > 0) {
        bytes->size -= (size_t)status;
        memmove(bytes->data, bytes->data + status, bytes->size);
        status = bytes->size ? UV_EAGAIN : 0;
    }
    if (status == UV_EAGAIN)
        status = send_later(client, bytes);
    if (!status) {
        client->failed_writes = 0;
    } else if (status != UV_EPIPE && status != UV_ECONNRESET && ++client->failed_writes < WRITES) {
        come_back(client);
    } else {
        vpc_fail(&client->failure, VPC_IO, "cannot write to QEMU (%s)", uv_strerror(status));
        lose(client);
    }
}

static void flush(struct qmp_client *client)
{
    struct vpc_error err;

    if (!client->tls) {
        send_bytes(client, &client->out);
        return;
    }
    if (client->out.size && tls_channel_is_open(client->tls)) {
        if (tls_channel_give(client->tls, client->out.data, client->out.size, &err)) {
            client->out.size = 0;
        } else if (err.cause == VPC_OUT_OF_MEMORY) {
            come_back(client);
        } else if (!client->lost) {
            client->failure = err;
            lose(client);
        }
    }
    send_bytes(client, tls_channel_out(client->tls));
}

/* Takes the bytes that were read, and the lines that were not taken before. */
static void take_bytes(struct qmp_client *client)
{
    struct vpc_error err;
    bool done = true;

    client->resting = false;
    if (client->tls ? !tls_channel_reserve(client->tls, client->unread, &client->in)
                    : !buffer_reserve(&client->in, client->unread)) {
        rest(client);
        return;
    }
    if (!client->tls)
        buffer_append(&client->in, client->read_buffer, client->unread);
    else
        done = tls_channel_take(client->tls, client->read_buffer, client->unread, &client->in, &err);
    client->unread = 0;
    if (client->tls)
        flush(client);
    if (client->in.size > client->scanned)
        take_lines(client);
    if (done || client->lost || client->closing)
        return;
    client->failure = err;
    lose(client);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct qmp_client *client = stream->data;

    (void)buffer;
    if (got > 0) {
        client->unread = (size_t)got;
        take_bytes(client);
    }
    if (got >= 0)
        return;
    if (!client->lost)
        vpc_fail(&client->failure, VPC_IO, "the connection to QEMU has ended (%s)", uv_strerror((int)got));
    lose(client);
}

static void read_on(struct qmp_client *client)
{
    int status;

    take_bytes(client);
    if (client->resting || client->lost || client->closing)
        return;
    if (!(status = uv_read_start(&client->socket.stream, on_buffer, on_read)))
        return;
    vpc_fail(&client->failure, VPC_IO, "cannot read on from QEMU (%s)", uv_strerror(status));
    lose(client);
}

static void answer_unsent(struct qmp_client *client)
{
    json_int_t last = client->next_id; /* what an answer sends has its turn later */
    struct vpc_error err;

    while (client->first && client->first->unsent && client->first->id <= last && !client->lost && !client->closing) {
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "no memory to send QEMU %s", client->first->command);
        answer(client, &client->first, NULL, &err);
    }
}

static void on_later(uv_timer_t *timer)
{
    struct qmp_client *client = timer->data;

    answer_unsent(client);
    if (client->resting && !client->lost && !client->closing)
        read_on(client);
    if (client->closing)
        return;
    if (client->lost)
        report_lost(client);
    else
        flush(client);
}

/* Writes a command into `out`, which stays as it was without memory. */
static bool put_command(struct qmp_client *client, const char *command, json_t *arguments, json_int_t id)
{
    json_t *message = json_is_null(arguments)
                          ? json_pack("{s:s,s:I}", "execute", command, "id", id)
                          : json_pack("{s:s,s:O,s:I}", "execute", command, "arguments", arguments, "id", id);
    char *text = message ? json_line_write(message) : NULL;
    bool done = text && buffer_reserve(&client->out, strlen(text) + 1);

    if (done) {
        buffer_append_text(&client->out, text);
        buffer_append_text(&client->out, "\n");
    }
    free(text);
    json_decref(message);
    return done;
}

void qmp_client_send(struct qmp_client *client, const char *command, json_t *arguments, qmp_reply *reply, void *context)
{
    struct pending *pending = add_pending(client, command, reply, context);

    if (!pending || client->lost) {
        if (!client->lost)
            vpc_fail(&client->failure, VPC_OUT_OF_MEMORY, "no memory for %s, a command to QEMU", command);
        lose(client);
        uv_timer_start(&client->later, on_later, 0, 0);
    } else {
        pending->unsent = client->cut || !put_command(client, command, arguments, pending->id);
        client->cut = client->corked && pending->unsent;
        if (pending->unsent)
            come_back(client);
        else if (!client->corked)
            flush(client);
    }
    json_decref(arguments);
}

bool qmp_is_unsent(const struct vpc_error *err)
{
    return err && err->cause == VPC_OUT_OF_MEMORY;
}

bool qmp_client_is_lost(const struct qmp_client *client)
{
    return client->lost;
}

void qmp_client_begin(struct qmp_client *client, qmp_reply *reply, void *context)
{
    qmp_client_send(client, "qmp_capabilities",
                    client->reads_ahead ? json_pack("{s:[s]}", "enable", "oob") : json_null(), reply, context);
}

void qmp_client_cork(struct qmp_client *client)
{
    client->corked++;
}

void qmp_client_uncork(struct qmp_client *client)
{
    if (--client->corked)
        return;
    client->cut = false;
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
        free_pending(pending);
    }
    buffer_free(&client->in);
    buffer_free(&client->out);
    buffer_free(&client->leaving);
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
