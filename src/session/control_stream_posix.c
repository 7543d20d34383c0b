/* Where pipes are Unix sockets. */
#include "session/control_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"

struct control_stream {
    int socket;
};

static int remaining_ms(uint64_t deadline_ms)
{
    const uint64_t now = clock_monotonic_ms();
    if (now >= deadline_ms)
        return 0;
    return deadline_ms - now > 1000000 ? 1000000 : (int)(deadline_ms - now);
}

static bool fail_connect(struct vpc_error *err, const char *name)
{
    const int code = errno;
    vpc_fail_os(err, "cannot connect to '%s'", name);
    if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR)
        err->cause = VPC_VM_NOT_RUNNING;
    else if (code == EAGAIN)
        err->cause = VPC_TIMED_OUT;
    return false;
}

bool control_stream_connect(struct control_stream **stream, const char *name, uint64_t deadline_ms,
                            struct vpc_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *stream = NULL;
    if (name[0] == '\0')
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "no supervisor serves this VM");
    if (strlen(name) >= sizeof address.sun_path)
        return vpc_fail(err, VPC_TOO_LONG, "socket path '%s' is too long", name);
    /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): its length was checked above */
    strcpy(address.sun_path, name);
    struct control_stream *made = malloc(sizeof *made);
    if (!made)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a connection");
    made->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made->socket < 0) {
        fail_connect(err, name);
        free(made);
        return false;
    }
    /* EAGAIN: the server's queue of connections is full; there is nothing to poll for. */
    while (connect(made->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno == EINTR || (errno == EAGAIN && remaining_ms(deadline_ms) > 0)) {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
            continue;
        }
        fail_connect(err, name);
        control_stream_close(made);
        return false;
    }
    *stream = made;
    return true;
}

void control_stream_close(struct control_stream *stream)
{
    if (!stream)
        return;
    close(stream->socket);
    free(stream);
}

static bool wait_for(struct control_stream *stream, short events, uint64_t deadline_ms, struct vpc_error *err)
{
    for (;;) {
        struct pollfd poll_for = {.fd = stream->socket, .events = events};
        const int ready = poll(&poll_for, 1, remaining_ms(deadline_ms));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return vpc_fail_os(err, "cannot wait for the supervisor");
        if (remaining_ms(deadline_ms) == 0)
            return vpc_fail(err, VPC_TIMED_OUT, "no reply from the supervisor in time");
    }
}

static bool fail_transfer(struct vpc_error *err, const char *what)
{
    const int code = errno;
    vpc_fail_os(err, "cannot %s the supervisor", what);
    if (code == EPIPE || code == ECONNRESET)
        err->cause = VPC_VM_NOT_RUNNING;
    return false;
}

bool control_stream_write(struct control_stream *stream, const char *data, size_t size, uint64_t deadline_ms,
                          struct vpc_error *err)
{
    while (size > 0) {
        const ssize_t sent = send(stream->socket, data, size, MSG_NOSIGNAL);
        if (sent >= 0) {
            data += sent;
            size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            if (!wait_for(stream, POLLOUT, deadline_ms, err))
                return false;
        } else if (errno != EINTR) {
            return fail_transfer(err, "write to");
        }
    }
    return true;
}

bool control_stream_read(struct control_stream *stream, char *data, size_t size, uint64_t deadline_ms, size_t *got,
                         struct vpc_error *err)
{
    for (;;) {
        const ssize_t received = recv(stream->socket, data, size, 0);
        if (received > 0) {
            *got = (size_t)received;
            return true;
        }
        if (received == 0)
            return vpc_fail(err, VPC_VM_NOT_RUNNING, "the supervisor has closed the connection");
        if (errno == EAGAIN) {
            if (!wait_for(stream, POLLIN, deadline_ms, err))
                return false;
        } else if (errno != EINTR) {
            return fail_transfer(err, "read from");
        }
    }
}
