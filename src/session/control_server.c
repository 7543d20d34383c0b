/*
 * The server side of the control pipe.
 *
 * A peer is any program of the same user, so it may be broken, but it must not be able to hurt others: what it sends is
 * held up to one line, what waits for it up to OUTPUT_LIMIT, and of MOST_PEERS the one that has been silent for longest
 * gives way to a new one. Subscribers are silent by their nature and give way to nobody; there are no more than
 * MOST_SUBSCRIBERS, so that others always find a place.
 *
 * A peer is freed only in its close callback, which is also where it is reported as gone. So nothing that a request
 * handler calls can free the peer under it.
 */
#include "session/control_server.h"

#include <stdlib.h>
#include <string.h>

#include "session/control_private.h"
#include "session/control_server_private.h"
#include "util/text.h"

enum {
    MOST_PEERS = 256,
    MOST_SUBSCRIBERS = 128,
    OUTPUT_LIMIT = 1 << 20, /* bytes */
    FIRST_INPUT = 1024,     /* bytes; grows to CONTROL_MAX_LINE */
    BACKLOG = 32,
    LINGER_MS = 2000 /* that long what is written may take to go out when the server closes */
};

struct control_peer {
    uv_pipe_t pipe;
    struct control_server *server;
    struct control_peer *newer, *older; /* by their last request */
    bool known;                         /* the events have seen it */
    bool subscribed;
    bool draining;        /* to be closed once all is written */
    size_t waiting_bytes; /* written but not yet taken by the system */
    char *input;
    size_t have, capacity;
};

struct control_server {
    uv_pipe_t pipe;
    uv_timer_t linger;
    const struct control_server_events *events;
    void *context;
    struct control_peer *newest, *oldest;
    size_t peer_count, subscriber_count;
    uv_pipe_t stranger; /* a connection for which there was no memory, on its way out */
    bool turning_away, another_waits;
    int handles; /* of pipe, linger, stranger and peers those whose close callback is still to come */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

struct pending_write {
    uv_write_t request;
    struct control_peer *peer;
    char *line;
    size_t size;
};

static void unlink_peer(struct control_peer *peer)
{
    struct control_server *server = peer->server;
    *(peer->newer ? &peer->newer->older : &server->newest) = peer->older;
    /* analyse-allow analyzer-malloc-leak: the other list still has it */
    *(peer->older ? &peer->older->newer : &server->oldest) = peer->newer;
    peer->newer = peer->older = NULL;
}

static void link_as_newest(struct control_peer *peer)
{
    struct control_server *server = peer->server;
    peer->older = server->newest;
    *(server->newest ? &server->newest->newer : &server->oldest) = peer;
    server->newest = peer;
}

/* Called when a handle has closed; the last one ends the server. */
static void handle_closed(struct control_server *server)
{
    if (--server->handles > 0)
        return;
    void (*closed)(void *context) = server->closed;
    void *context = server->closed_context;
    free(server);
    if (closed)
        closed(context);
}

static void on_server_handle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void close_linger_if_idle(struct control_server *server)
{
    if (server->closing && server->peer_count == 0 && !uv_is_closing((uv_handle_t *)&server->linger))
        uv_close((uv_handle_t *)&server->linger, on_server_handle_closed);
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct control_peer *peer = handle->data;
    struct control_server *server = peer->server;
    unlink_peer(peer);
    server->peer_count--;
    server->subscriber_count -= peer->subscribed;
    if (peer->known && server->events->gone)
        server->events->gone(server->context, peer);
    free(peer->input);
    free(peer);
    close_linger_if_idle(server);
    handle_closed(server);
}

static void close_peer(struct control_peer *peer)
{
    if (!uv_is_closing((uv_handle_t *)&peer->pipe))
        uv_close((uv_handle_t *)&peer->pipe, on_peer_closed);
}

/* Closes a peer once all that was written to it has gone out. */
static void drain_peer(struct control_peer *peer)
{
    if (uv_is_closing((uv_handle_t *)&peer->pipe))
        return;
    peer->draining = true;
    uv_read_stop((uv_stream_t *)&peer->pipe);
    if (peer->waiting_bytes == 0)
        close_peer(peer);
}

static void on_written(uv_write_t *request, int status)
{
    struct pending_write *write = (struct pending_write *)request;
    struct control_peer *peer = write->peer;
    peer->waiting_bytes -= write->size;
    free(write->line);
    free(write);
    if (status < 0 || (peer->draining && peer->waiting_bytes == 0))
        close_peer(peer);
}

/* Takes `line`; NULL means that there was no memory for it, and a peer that misses a message is better off without us.
 */
static void send_line(struct control_peer *peer, char *line)
{
    const size_t size = line ? strlen(line) : 0;
    struct pending_write *write = NULL;
    if (line && !uv_is_closing((uv_handle_t *)&peer->pipe) && peer->waiting_bytes + size <= OUTPUT_LIMIT)
        write = malloc(sizeof *write);
    if (!write) {
        free(line);
        close_peer(peer);
        return;
    }
    write->peer = peer;
    write->line = line;
    write->size = size;
    peer->waiting_bytes += size;
    const uv_buf_t buffer = uv_buf_init(line, (unsigned)size);
    if (uv_write(&write->request, (uv_stream_t *)&peer->pipe, &buffer, 1, on_written) != 0) {
        peer->waiting_bytes -= size;
        free(line);
        free(write);
        close_peer(peer);
    }
}

void control_server_fail(struct control_peer *peer, uint64_t id, const struct vpc_error *error)
{
    send_line(peer, control_error_line(id, error));
}

void control_server_reply(struct control_peer *peer, uint64_t id, uint32_t task, const json_t *result)
{
    char *line = control_reply_line(id, task, result);
    if (line && strlen(line) > CONTROL_MAX_LINE) {
        struct vpc_error err;
        vpc_fail(&err, VPC_UNEXPECTED, "the reply takes %zu bytes, more than %d", strlen(line), CONTROL_MAX_LINE);
        free(line);
        line = control_error_line(id, &err);
    }
    send_line(peer, line);
}

bool control_server_subscribe(struct control_peer *peer, struct vpc_error *err)
{
    struct control_server *server = peer->server;
    if (!peer->subscribed && server->subscriber_count == MOST_SUBSCRIBERS)
        return vpc_fail(err, VPC_STATE_CONFLICT, "%d others listen to the events of this VM already", MOST_SUBSCRIBERS);
    server->subscriber_count += !peer->subscribed;
    peer->subscribed = true;
    return true;
}

void control_server_broadcast(struct control_server *server, const json_t *event)
{
    /* Only counts a reference, which is no change of the event. */
    char *line = control_line(json_incref((json_t *)event));
    for (struct control_peer *peer = server->newest; peer; peer = peer->older)
        if (peer->subscribed && !peer->draining)
            send_line(peer, line ? text_copy(line) : NULL);
    free(line);
}

static void take_line(struct control_peer *peer, const char *line, size_t size)
{
    struct control_server *server = peer->server;
    struct control_request request;
    struct vpc_error err;
    unlink_peer(peer);
    link_as_newest(peer);
    if (control_parse_request(line, size, &request, &err)) {
        peer->known = true;
        server->events->request(server->context, peer, &request);
    } else {
        control_server_fail(peer, request.id, &err);
    }
    control_request_free(&request);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct control_peer *peer = handle->data;
    (void)suggested;
    if (peer->have == peer->capacity) {
        const size_t capacity = peer->capacity > 0 ? peer->capacity * 2 : FIRST_INPUT;
        char *input = capacity <= CONTROL_MAX_LINE ? realloc(peer->input, capacity) : NULL;
        if (!input) {
            *buffer = uv_buf_init(NULL, 0); /* comes back as an error of the read */
            return;
        }
        peer->input = input;
        peer->capacity = capacity;
    }
    *buffer = uv_buf_init(peer->input + peer->have, (unsigned)(peer->capacity - peer->have));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct control_peer *peer = stream->data;
    (void)buffer;
    if (size < 0) {
        close_peer(peer);
        return;
    }
    size_t begin = 0, searched = peer->have;
    peer->have += (size_t)size;
    for (;;) {
        if (peer->draining || uv_is_closing((uv_handle_t *)&peer->pipe))
            return;
        const char *end = memchr(peer->input + searched, '\n', peer->have - searched);
        if (!end)
            break;
        const size_t length = (size_t)(end - peer->input) - begin;
        take_line(peer, peer->input + begin, length);
        begin += length + 1;
        searched = begin;
    }
    peer->have -= begin;
    memmove(peer->input, peer->input + begin, peer->have);
    if (peer->have >= CONTROL_MAX_LINE) {
        struct vpc_error err;
        vpc_fail(&err, VPC_INVALID_ARGUMENT, "message is longer than %d bytes", CONTROL_MAX_LINE);
        control_server_fail(peer, 0, &err);
        drain_peer(peer);
    }
}

/* There is always one: fewer than half of the peers subscribe. Who is closing already makes no second place. */
static void close_most_silent(struct control_server *server)
{
    struct control_peer *peer = server->oldest;
    while (peer && (peer->subscribed || uv_is_closing((uv_handle_t *)&peer->pipe)))
        peer = peer->newer;
    if (peer && peer != server->newest)
        close_peer(peer);
}

static void on_connection(uv_stream_t *stream, int status);

static void on_turned_away(uv_handle_t *handle)
{
    struct control_server *server = handle->data;
    server->turning_away = false;
    if (server->another_waits && !server->closing) {
        server->another_waits = false;
        on_connection((uv_stream_t *)&server->pipe, 0);
    }
    handle_closed(server);
}

/* Without memory for a peer. A connection that is not taken would be in the way of all that follow. */
static void turn_away(struct control_server *server)
{
    if (server->turning_away) {
        server->another_waits = true;
        return;
    }
    if (uv_pipe_init(server->pipe.loop, &server->stranger, 0) != 0)
        return;
    server->turning_away = true;
    server->stranger.data = server;
    server->handles++;
    uv_accept((uv_stream_t *)&server->pipe, (uv_stream_t *)&server->stranger);
    uv_close((uv_handle_t *)&server->stranger, on_turned_away);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct control_server *server = stream->data;
    if (status < 0)
        return;
    struct control_peer *peer = calloc(1, sizeof *peer);
    if (!peer || uv_pipe_init(stream->loop, &peer->pipe, 0) != 0) {
        free(peer);
        turn_away(server);
        return;
    }
    peer->server = server;
    peer->pipe.data = peer;
    server->handles++;
    server->peer_count++;
    link_as_newest(peer);
    if (server->peer_count > MOST_PEERS)
        close_most_silent(server);
    if (uv_accept(stream, (uv_stream_t *)&peer->pipe) != 0 ||
        uv_read_start((uv_stream_t *)&peer->pipe, on_alloc, on_read) != 0)
        close_peer(peer);
}

static bool listen_on(struct control_server *server, const char *name, struct vpc_error *err)
{
    int status = uv_pipe_bind(&server->pipe, name);
    if (status != 0)
        return vpc_fail(err, VPC_IO, "cannot make control pipe '%s': %s", name, uv_strerror(status));
    if (!control_server_protect(&server->pipe, name, err))
        return false;
    status = uv_listen((uv_stream_t *)&server->pipe, BACKLOG, on_connection);
    return status == 0 || vpc_fail(err, VPC_IO, "cannot listen on control pipe '%s': %s", name, uv_strerror(status));
}

/* A server with its two handles on the loop. */
static struct control_server *make_server(uv_loop_t *loop, const struct control_server_events *events, void *context)
{
    struct control_server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    /* A timer cannot fail, so nothing is left on the loop when the pipe does. */
    if (uv_pipe_init(loop, &server->pipe, 0) != 0) {
        free(server);
        return NULL;
    }
    uv_timer_init(loop, &server->linger);
    server->pipe.data = server->linger.data = server;
    server->handles = 2;
    server->events = events;
    server->context = context;
    return server;
}

bool control_server_open(struct control_server **server, uv_loop_t *loop, const char *folder,
                         const struct control_server_events *events, void *context, char **name, struct vpc_error *err)
{
    *server = NULL;
    *name = NULL;
    char *own_name;
    if (!control_server_name(folder, &own_name, err))
        return false;
    struct control_server *made = make_server(loop, events, context);
    if (!made) {
        free(own_name);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the control server");
    }
    if (!listen_on(made, own_name, err)) {
        free(own_name);
        control_server_close(made, NULL, NULL);
        return false;
    }
    *server = made;
    *name = own_name;
    return true;
}

static void on_linger_over(uv_timer_t *timer)
{
    struct control_server *server = timer->data;
    for (struct control_peer *peer = server->newest; peer; peer = peer->older)
        close_peer(peer);
}

void control_server_close(struct control_server *server, void (*closed)(void *context), void *context)
{
    server->closing = true;
    server->closed = closed;
    server->closed_context = context;
    uv_close((uv_handle_t *)&server->pipe, on_server_handle_closed);
    for (struct control_peer *peer = server->newest; peer; peer = peer->older)
        drain_peer(peer);
    uv_timer_start(&server->linger, on_linger_over, LINGER_MS, 0);
    close_linger_if_idle(server);
}
