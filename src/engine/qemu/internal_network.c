#include "engine/qemu/internal_network.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/qemu_process.h"
#include "util/file.h"
#include "util/json_line.h"
#include "util/path.h"
#include "util/text.h"

#define FOLDER "Internal Network"
#define SUFFIX ".json"

enum {
    LOOK_MS = 250,                   /* how often it looks who else is there */
    FRAME_BYTES = 65536,             /* more than any frame and any datagram */
    RECEIVE_BYTES = 4 * 1024 * 1024, /* what may wait for us in the system */
    LARGEST_FILE = 4096
};

/* One adapter. */
struct end {
    uv_udp_t relay;  /* first, so that it is found from its handle */
    uv_udp_t keeper; /* holds QEMU's port until QEMU takes it */
    bool relay_open, keeper_open;
    struct qemu_ports ports;
};

struct internal_network {
    uv_loop_t *loop;
    char *folder;
    char *name; /* of our file */
    struct end ends[MACHINE_MAX_ADAPTERS];
    size_t count;
    uint16_t *others; /* QEMU ports of other VMs */
    size_t other_count;
    bool joined;
    uv_timer_t timer;
    char frame[FRAME_BYTES];
    unsigned open; /* handles */
    void (*closed)(void *context);
    void *context;
};

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address;

    uv_ip4_addr("127.0.0.1", port, &address);
    return address;
}

/* The relay */

static void give_space(uv_handle_t *handle, size_t suggested, uv_buf_t *space)
{
    struct internal_network *network = handle->data;

    (void)suggested;
    *space = uv_buf_init(network->frame, FRAME_BYTES);
}

/* Does not wait: what the system does not take at once is lost. */
static void pass_on(struct end *from, const uv_buf_t *frame, uint16_t port)
{
    struct sockaddr_in address = loopback(port);

    uv_udp_try_send(&from->relay, frame, 1, (const struct sockaddr *)&address);
}

static void on_frame(uv_udp_t *handle, ssize_t size, const uv_buf_t *space, const struct sockaddr *from, unsigned flags)
{
    struct end *end = (struct end *)handle;
    struct internal_network *network = handle->data;
    struct sockaddr_in guest = loopback(end->ports.guest);
    uv_buf_t frame;

    /* An empty datagram would end QEMU's reading for good. */
    if (size <= 0 || !from || flags & UV_UDP_PARTIAL)
        return;
    /* Only our QEMU has that port. */
    if (from->sa_family != AF_INET || ((const struct sockaddr_in *)from)->sin_port != guest.sin_port ||
        ((const struct sockaddr_in *)from)->sin_addr.s_addr != guest.sin_addr.s_addr)
        return;
    frame = uv_buf_init(space->base, (unsigned)size);
    for (size_t i = 0; i < network->count; i++) {
        if (&network->ends[i] != end)
            pass_on(end, &frame, network->ends[i].ports.guest);
    }
    for (size_t i = 0; i < network->other_count; i++)
        pass_on(end, &frame, network->others[i]);
}

/* Who else is there */

static bool is_alive(const json_t *file)
{
    struct qemu_process *process;
    struct vpc_error ignored;

    if (!qemu_process_adopt(&process, json_integer_value(json_object_get(file, "pid")),
                            (uint64_t)json_integer_value(json_object_get(file, "start")), &ignored))
        return false;
    qemu_process_free(process);
    return true;
}

static void take_ports(struct internal_network *network, const json_t *ports)
{
    uint16_t *more = realloc(network->others, (network->other_count + json_array_size(ports)) * sizeof(*more));
    size_t index;
    json_t *port;

    if (!more)
        return;
    network->others = more;
    json_array_foreach(ports, index, port)
    {
        if (json_integer_value(port) > 0 && json_integer_value(port) <= UINT16_MAX)
            network->others[network->other_count++] = (uint16_t)json_integer_value(port);
    }
}

static void read_other(struct internal_network *network, const char *name)
{
    char *path = path_join(network->folder, name), *text;
    struct vpc_error ignored;
    json_t *file = NULL;
    size_t size;

    if (path && file_read(path, LARGEST_FILE, &text, &size, &ignored)) {
        file = json_line_read(text, size, &ignored);
        free(text);
    }
    if (file && json_array_size(json_object_get(file, "ports")) && is_alive(file))
        take_ports(network, json_object_get(file, "ports"));
    json_decref(file);
    free(path);
}

static void look_around(uv_timer_t *timer)
{
    struct internal_network *network = timer->data;
    struct folder_entry *entries;
    struct vpc_error ignored;
    size_t count;

    /* A folder that cannot be read now can be next time; until then it stays as it was. */
    if (!folder_list(network->folder, SUFFIX, &entries, &count, &ignored))
        return;
    network->other_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (text_compare_nocase(entries[i].name, network->name))
            read_other(network, entries[i].name);
    }
    folder_list_free(entries, count);
}

bool internal_network_join(struct internal_network *network, int64_t pid, uint64_t start, struct vpc_error *err)
{
    char *path = path_join(network->folder, network->name), *text = NULL;
    json_t *ports = json_array(), *file;
    bool ok;

    for (size_t i = 0; i < network->count; i++)
        json_array_append_new(ports, json_integer(network->ends[i].ports.guest));
    file = json_pack("{s:I,s:I,s:o}", "pid", (json_int_t)pid, "start", (json_int_t)start, "ports", ports);
    if (file)
        text = json_line_write(file);
    if (path && text)
        ok = folder_make(network->folder, err) && file_replace(path, text, strlen(text), err);
    else
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the internal network");
    network->joined = ok;
    if (ok) {
        look_around(&network->timer);
        uv_timer_start(&network->timer, look_around, LOOK_MS, LOOK_MS);
    }
    json_decref(file);
    free(text);
    free(path);
    return ok;
}

/* The ports */

static bool bind_port(struct internal_network *network, uv_udp_t *handle, bool *open, uint16_t *port,
                      struct vpc_error *err)
{
    struct sockaddr_in address = loopback(*port);
    int size = sizeof(address), status = uv_udp_init(network->loop, handle);

    if (status)
        return vpc_fail(err, VPC_IO, "internal network: no socket: %s", uv_strerror(status));
    handle->data = network;
    *open = true;
    network->open++;
    if (!(status = uv_udp_bind(handle, (const struct sockaddr *)&address, 0)))
        status = uv_udp_getsockname(handle, (struct sockaddr *)&address, &size);
    if (status)
        return vpc_fail(err, VPC_IO, "internal network: no port %u on loopback: %s", *port, uv_strerror(status));
    *port = ntohs(address.sin_port);
    return true;
}

bool internal_network_add(struct internal_network *network, struct qemu_ports *ports, struct vpc_error *err)
{
    struct end *end = &network->ends[network->count];
    int receive_bytes = RECEIVE_BYTES, status;

    if (network->count == MACHINE_MAX_ADAPTERS)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "internal network: too many adapters");
    network->count++;
    if (!ports->guest && !bind_port(network, &end->keeper, &end->keeper_open, &ports->guest, err))
        return false;
    if (!bind_port(network, &end->relay, &end->relay_open, &ports->relay, err))
        return false;
    uv_recv_buffer_size((uv_handle_t *)&end->relay, &receive_bytes); /* as much of it as the system grants */
    end->ports = *ports;
    if ((status = uv_udp_recv_start(&end->relay, give_space, on_frame)))
        return vpc_fail(err, VPC_IO, "internal network: cannot receive: %s", uv_strerror(status));
    return true;
}

bool internal_network_open(struct internal_network **out, uv_loop_t *loop, const char *run_folder,
                           struct vpc_error *err)
{
    struct internal_network *network = calloc(1, sizeof(*network));
    char *all = path_folder(run_folder), *own = path_name(run_folder);

    *out = NULL;
    if (network && all && own) {
        network->folder = path_join(all, FOLDER);
        network->name = text_format("%s" SUFFIX, own);
    }
    free(all);
    free(own);
    if (!network || !network->folder || !network->name) {
        if (network) {
            free(network->folder);
            free(network->name);
        }
        free(network);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the internal network");
    }
    network->loop = loop;
    uv_timer_init(loop, &network->timer);
    network->timer.data = network;
    network->open = 1;
    *out = network;
    return true;
}

/* The end */

static void on_handle_closed(uv_handle_t *handle)
{
    struct internal_network *network = handle->data;
    void (*closed)(void *context) = network->closed;
    void *context = network->context;

    if (--network->open)
        return;
    free(network->folder);
    free(network->name);
    free(network->others);
    free(network);
    closed(context);
}

static void close_port(uv_udp_t *handle, bool *open)
{
    if (*open)
        uv_close((uv_handle_t *)handle, on_handle_closed);
    *open = false;
}

void internal_network_let_go(struct internal_network *network)
{
    for (size_t i = 0; i < network->count; i++)
        close_port(&network->ends[i].keeper, &network->ends[i].keeper_open);
}

void internal_network_close(struct internal_network *network, void (*closed)(void *context), void *context)
{
    char *path = network->joined ? path_join(network->folder, network->name) : NULL;
    struct vpc_error ignored;

    if (path)
        file_remove(path, &ignored);
    free(path);
    network->closed = closed;
    network->context = context;
    internal_network_let_go(network);
    for (size_t i = 0; i < network->count; i++)
        close_port(&network->ends[i].relay, &network->ends[i].relay_open);
    uv_close((uv_handle_t *)&network->timer, on_handle_closed);
}
