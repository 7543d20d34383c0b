#if defined(_WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
#endif
#include "host/monitor.h"
#include <stdlib.h>
#include <string.h>
#include "support/check.h"
#include "util/text.h"

enum {
    PATIENCE_S = 60,
    CHUNK = 16384
};

#if !defined(_WIN32)
typedef int SOCKET;
#define closesocket close
#endif

static void await_input(uint64_t socket)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    fd_set set;
    FD_ZERO(&set);
    FD_SET((SOCKET)socket, &set);
    if (select((int)socket + 1, &set, NULL, NULL, &patience) != 1)
        fail_msg("QEMU says nothing to the test's own monitor");
}

void monitor_open(struct monitor *monitor)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
#if defined(_WIN32)
    WSADATA data;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
#endif
    *monitor = (struct monitor){0};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    monitor->listener = (uint64_t)listener;
    monitor->listens = true;
    monitor->port = ntohs(address.sin_port);
}

static void let_go(struct monitor *monitor)
{
    if (monitor->connected)
        closesocket((SOCKET)monitor->connection);
    monitor->connected = false;
    free(monitor->text);
    monitor->text = NULL;
    monitor->size = 0;
}

void monitor_close(struct monitor *monitor)
{
    let_go(monitor);
    if (monitor->listens)
        closesocket((SOCKET)monitor->listener);
    monitor->listens = false;
}

char *monitor_arguments(const struct monitor *monitor)
{
    return text_format("-chardev socket,id=own,host=127.0.0.1,port=%u,server=off,reconnect=1 "
                       "-mon chardev=own,mode=control",
                       monitor->port);
}

/* The next message. */
static json_t *next_message(struct monitor *monitor)
{
    for (;;) {
        char *end = monitor->size > 0 ? memchr(monitor->text, '\n', monitor->size) : NULL;
        if (end != NULL) {
            size_t length = (size_t)(end - monitor->text) + 1;
            json_t *message = json_loadb(monitor->text, length, JSON_DISABLE_EOF_CHECK, NULL);
            assert_non_null(message);
            monitor->size -= length;
            memmove(monitor->text, monitor->text + length, monitor->size);
            return message;
        }
        monitor->text = realloc(monitor->text, monitor->size + CHUNK);
        assert_non_null(monitor->text);
        await_input(monitor->connection);
        int got = (int)recv((SOCKET)monitor->connection, monitor->text + monitor->size, CHUNK, 0);
        if (got <= 0)
            fail_msg("QEMU has left the test's own monitor");
        monitor->size += (size_t)got;
    }
}

void monitor_accept(struct monitor *monitor)
{
    let_go(monitor);
    await_input(monitor->listener);
    SOCKET connection = accept((SOCKET)monitor->listener, NULL, NULL);
    monitor->connection = (uint64_t)connection;
    monitor->connected = true;
    json_t *greeting = next_message(monitor);
    assert_non_null(json_object_get(greeting, "QMP"));
    json_decref(greeting);
    json_decref(monitor_ask(monitor, "qmp_capabilities", NULL));
}

json_t *monitor_ask(struct monitor *monitor, const char *command, json_t *arguments)
{
    json_t *order = json_pack("{s:s,s:o*}", "execute", command, "arguments", arguments);
    char *line = json_dumps(order, JSON_COMPACT), *text = text_format("%s\n", line);
    assert_int_equal(send((SOCKET)monitor->connection, text, (int)strlen(text), 0), (int)strlen(text));
    json_decref(order);
    free(line);
    for (;;) {
        json_t *message = next_message(monitor), *answer = json_object_get(message, "return");
        const char *refusal = json_string_value(json_object_get(json_object_get(message, "error"), "desc"));
        if (refusal != NULL)
            fail_msg("QEMU refuses %s: %s", text, refusal);
        json_incref(answer);
        json_decref(message);
        if (answer != NULL) {
            free(text);
            return answer;
        }
    }
}

void monitor_await_event(struct monitor *monitor, const char *name)
{
    for (bool found = false; !found;) {
        json_t *message = next_message(monitor);
        const char *event = json_string_value(json_object_get(message, "event"));
        found = event != NULL && strcmp(event, name) == 0;
        json_decref(message);
    }
}

static uint64_t number_of(const json_t *row, const char *key)
{
    const json_t *number = json_object_get(json_object_get(row, "stats"), key);
    assert_true(json_is_integer(number));
    return (uint64_t)json_integer_value(number);
}

static struct disk_sum sum_drives(struct monitor *monitor, const char *id)
{
    struct disk_sum sum = {0};
    json_t *rows = monitor_ask(monitor, "query-blockstats", NULL), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        const char *device = json_string_value(json_object_get(row, "qdev"));
        if (id != NULL && (device == NULL || strcmp(device, id) != 0))
            continue;
        sum.bytes_read += number_of(row, "rd_bytes");
        sum.bytes_written += number_of(row, "wr_bytes");
        sum.reads += number_of(row, "rd_operations");
        sum.writes += number_of(row, "wr_operations");
        sum.drives++;
    }
    json_decref(rows);
    return sum;
}

struct disk_sum monitor_disk_sum(struct monitor *monitor)
{
    return sum_drives(monitor, NULL);
}

struct disk_sum monitor_drive(struct monitor *monitor, const char *id)
{
    return sum_drives(monitor, id);
}
