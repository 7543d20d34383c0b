#include "engine/qemu/qmp_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/qemu_process.h"
#include "util/file.h"
#include "util/path.h"
#if !defined(_WIN32)
#include <sys/stat.h>
#include <sys/un.h>
#endif

enum {
    SPARE_MS = 3000 /* QEMU tries once a second */
};

struct guest {
    struct qmp_door *door;
    struct qmp_client *client; /* NULL: free place */
    uint64_t number;           /* in order of arrival */
};

union door_socket {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

struct qmp_door {
    union door_socket socket;
    union door_socket unseen; /* a connection that is closed at once */
    bool closes_unseen;
    bool another_waits; /* to be taken, until that is closed */
    uint16_t port;
    struct monitor_key key;
    bool has_key;
    char object[64]; /* that our QEMU has */
    void (*entered)(void *context, struct qmp_client *client, const json_t *objects);
    void *context;
    struct guest guests[QMP_DOOR_GUESTS];
    uint64_t arrivals;
    struct qmp_client *spares[QMP_DOOR_MOST_SPARES]; /* NULL: not there yet, or lost again */
    unsigned spares_wanted, spares_found;
    uv_timer_t patience; /* with the spares; open with spares_wanted only */
    unsigned open;       /* clients that are not closed yet, `unseen`, the listener, the timer, the owner */
    bool has_entered;
    bool listening;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

static void release(struct qmp_door *door)
{
    if (--door->open || !door->closing)
        return;
    if (door->closed)
        door->closed(door->closed_context);
    free(door);
}

static void on_guest_closed(void *context)
{
    release(context);
}

static void turn_away(struct guest *guest)
{
    struct qmp_client *client = guest->client;

    guest->client = NULL;
    qmp_client_close(client, on_guest_closed, guest->door);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void stop_listening(struct qmp_door *door)
{
    if (!door->listening)
        return;
    door->listening = false;
    uv_close(&door->socket.handle, on_handle_closed);
    if (door->spares_wanted)
        uv_close((uv_handle_t *)&door->patience, on_handle_closed);
    for (size_t i = 0; i < QMP_DOOR_GUESTS; i++) {
        if (door->guests[i].client)
            turn_away(&door->guests[i]);
    }
}

static bool has_object(const json_t *objects, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(objects, i, row)
    {
        const char *found = json_string_value(json_object_get(row, "name"));

        if (found && !strcmp(found, name))
            return true;
    }
    return false;
}

static void guest_event(void *context, const char *name, int64_t time_us, const json_t *data)
{
    (void)context;
    (void)name;
    (void)time_us;
    (void)data;
}

/* Nobody is told what a spare says; one that is lost is of no use any more. */
static void spare_greeted(void *context)
{
    (void)context;
}

static void close_spare(struct qmp_client **spare, struct qmp_door *door)
{
    struct qmp_client *client = *spare;

    *spare = NULL;
    if (client)
        qmp_client_close(client, on_guest_closed, door);
}

static void spare_lost(void *context, const struct vpc_error *err)
{
    struct qmp_door *door = context;

    (void)err;
    for (unsigned i = 0; i < QMP_DOOR_MOST_SPARES; i++) {
        if (door->spares[i] && qmp_client_is_lost(door->spares[i]))
            close_spare(&door->spares[i], door);
    }
}

static const struct qmp_listener spare_listener = {
    .greeted = spare_greeted,
    .event = guest_event,
    .lost = spare_lost,
};

static void keep_spare(struct qmp_door *door, struct qmp_client *client)
{
    qmp_client_set_listener(client, &spare_listener, door);
    door->spares[door->spares_found++] = client;
    if (door->spares_found == door->spares_wanted)
        stop_listening(door);
}

static void on_patience(uv_timer_t *timer)
{
    stop_listening(timer->data);
}

static void on_objects(void *context, const json_t *objects, const struct vpc_error *err)
{
    struct guest *guest = context;
    struct qmp_door *door = guest->door;
    struct qmp_client *client = guest->client;

    if (err || !has_object(objects, door->object)) {
        turn_away(guest);
        return;
    }
    guest->client = NULL;
    if (door->has_entered) {
        keep_spare(door, client);
        return;
    }
    door->has_entered = true;
    door->open--;
    if (door->spares_wanted)
        uv_timer_start(&door->patience, on_patience, SPARE_MS, 0);
    else
        stop_listening(door);
    door->entered(door->context, client, objects);
}

static void on_capabilities(void *context, const json_t *result, const struct vpc_error *err)
{
    struct guest *guest = context;

    (void)result;
    if (err)
        turn_away(guest);
    else
        qmp_client_send(guest->client, "qom-list", json_pack("{s:s}", "path", "/objects"), on_objects, guest);
}

static void guest_greeted(void *context)
{
    struct guest *guest = context;

    qmp_client_begin(guest->client, on_capabilities, guest);
}

static void guest_lost(void *context, const struct vpc_error *err)
{
    struct guest *guest = context;

    (void)err;
    /* An answer with an error has turned it away already. */
    if (guest->client)
        turn_away(guest);
}

static const struct qmp_listener guest_listener = {
    .greeted = guest_greeted,
    .event = guest_event,
    .lost = guest_lost,
};

static void on_connection(uv_stream_t *server, int status);

static void on_unseen_closed(uv_handle_t *handle)
{
    struct qmp_door *door = handle->data;

    door->closes_unseen = false;
    if (door->another_waits && door->listening) {
        door->another_waits = false;
        on_connection(&door->socket.stream, 0);
    }
    release(door);
}

/* Without memory for a client. A connection that is not taken would be in the way of all that follow, and our QEMU
 * comes again only when it has lost this one. */
static void close_unseen(struct qmp_door *door)
{
    uv_loop_t *loop = door->socket.handle.loop;

    if (door->closes_unseen) {
        door->another_waits = true;
        return;
    }
    if (door->socket.handle.type == UV_NAMED_PIPE)
        uv_pipe_init(loop, &door->unseen.pipe, 0);
    else
        uv_tcp_init(loop, &door->unseen.tcp);
    door->unseen.handle.data = door;
    door->closes_unseen = true;
    door->open++;
    uv_accept(&door->socket.stream, &door->unseen.stream);
    uv_close(&door->unseen.handle, on_unseen_closed);
}

static void on_connection(uv_stream_t *server, int status)
{
    struct qmp_door *door = server->data;
    struct guest *place = &door->guests[0];
    struct vpc_error err;

    if (status < 0 || !door->listening)
        return;
    for (size_t i = 0; i < QMP_DOOR_GUESTS && place->client; i++) {
        struct guest *other = &door->guests[i];

        if (!other->client || other->number < place->number)
            place = other;
    }
    if (place->client)
        turn_away(place);
    place->door = door;
    place->number = door->arrivals++;
    if (qmp_client_accept(&place->client, server, door->has_key ? &door->key : NULL, &guest_listener, place, &err))
        door->open++;
    else if (err.cause == VPC_OUT_OF_MEMORY)
        close_unseen(door);
}

uint16_t qmp_door_port(const struct qmp_door *door)
{
    return door->port;
}

void qmp_door_close(struct qmp_door *door, void (*closed)(void *context), void *context)
{
    door->closed = closed;
    door->closed_context = context;
    stop_listening(door);
    for (unsigned i = 0; i < QMP_DOOR_MOST_SPARES; i++)
        close_spare(&door->spares[i], door);
    door->closing = true;
    release(door);
}

#if defined(_WIN32)
bool qmp_door_socket(const char *run_folder, char **socket, struct vpc_error *err)
{
    (void)run_folder;
    (void)err;
    *socket = NULL;
    return true;
}

static bool listen_at_path(struct qmp_door *door, uv_loop_t *loop, const char *path, struct vpc_error *err)
{
    uv_pipe_init(loop, &door->socket.pipe, 0);
    return vpc_fail(err, VPC_NOT_SUPPORTED, "there are no sockets with names like '%s'", path);
}
#else
bool qmp_door_socket(const char *run_folder, char **socket, struct vpc_error *err)
{
    *socket = path_join(run_folder, "monitor.sock");
    if (!*socket)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the path of the monitor's socket");
    if (strlen(*socket) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return true;
    vpc_fail(err, VPC_TOO_LONG, "path of the monitor's socket '%s' is too long", *socket);
    free(*socket);
    *socket = NULL;
    return false;
}

/* Nobody can connect before it listens, so there is no moment in which others could. */
static bool listen_at_path(struct qmp_door *door, uv_loop_t *loop, const char *path, struct vpc_error *err)
{
    int status;

    uv_pipe_init(loop, &door->socket.pipe, 0);
    if (!file_remove(path, err))
        return false;
    if ((status = uv_pipe_bind(&door->socket.pipe, path)))
        return vpc_fail(err, VPC_IO, "cannot make socket '%s' (%s)", path, uv_strerror(status));
    if (chmod(path, 0600))
        return vpc_fail_os(err, "cannot protect socket '%s'", path);
    if ((status = uv_listen(&door->socket.stream, QMP_DOOR_GUESTS, on_connection)))
        return vpc_fail(err, VPC_IO, "cannot listen at socket '%s' (%s)", path, uv_strerror(status));
    return true;
}
#endif

static bool listen_at_port(struct qmp_door *door, uv_loop_t *loop, uint16_t port, struct vpc_error *err)
{
    struct sockaddr_in address;
    int length = sizeof(address), status;

    uv_tcp_init(loop, &door->socket.tcp);
    uv_ip4_addr("127.0.0.1", port, &address);
    if ((status = uv_tcp_bind(&door->socket.tcp, (const struct sockaddr *)&address, 0)) ||
        (status = uv_listen(&door->socket.stream, QMP_DOOR_GUESTS, on_connection)) ||
        (status = uv_tcp_getsockname(&door->socket.tcp, (struct sockaddr *)&address, &length)))
        return vpc_fail(err, VPC_IO, "cannot listen on the loopback at port %u (%s)", port, uv_strerror(status));
    door->port = (uint16_t)((address.sin_port & 0xff) << 8 | address.sin_port >> 8);
    return true;
}

unsigned qmp_door_spares(void)
{
    return qemu_process_is_wine() ? QMP_DOOR_MOST_SPARES : 0;
}

bool qmp_door_open(struct qmp_door **out, uv_loop_t *loop, const char *socket, uint16_t port,
                   const struct monitor_key *key, unsigned spares, const char *nonce,
                   void (*entered)(void *context, struct qmp_client *client, const json_t *objects), void *context,
                   struct vpc_error *err)
{
    struct qmp_door *door = calloc(1, sizeof(*door));
    bool listens;

    *out = NULL;
    if (!door)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a listener");
    if (key) {
        door->key = *key;
        door->has_key = true;
    }
    snprintf(door->object, sizeof(door->object), "vpc-%s", nonce);
    door->entered = entered;
    door->context = context;
    door->open = 2; /* the listener, and the owner until qmp_door_close */
    door->listening = true;
    door->spares_wanted = spares;
    if (spares) {
        uv_timer_init(loop, &door->patience);
        door->patience.data = door;
        door->open++;
    }
    listens = socket ? listen_at_path(door, loop, socket, err) : listen_at_port(door, loop, port, err);
    door->socket.handle.data = door;
    if (!listens) {
        qmp_door_close(door, NULL, NULL);
        return false;
    }
    *out = door;
    return true;
}
