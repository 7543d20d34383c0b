/*
 * A test's own connection to QEMU, beside that of the project: what a test compares with, it has asked QEMU itself.
 *
 * QEMU connects, as a second monitor that extra arguments give it, and each QEMU once:
 *
 *     monitor_open(&monitor);
 *     monitor_arguments(&monitor)                     go into the extra arguments
 *     monitor_accept(&monitor);                       after each start
 *     json_decref(monitor_ask(&monitor, "stop", NULL));
 *     monitor_close(&monitor);
 */
#ifndef VPC_TESTS_HOST_MONITOR_H
#define VPC_TESTS_HOST_MONITOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct monitor {
    uint64_t listener, connection; /* sockets */
    bool listens, connected;
    uint16_t port;
    char *text; /* what was received and not yet read */
    size_t size;
};

void monitor_open(struct monitor *monitor);
void monitor_close(struct monitor *monitor);

/* Extra arguments of QEMU that make it connect. New memory. */
char *monitor_arguments(const struct monitor *monitor);

/* Waits for the QEMU that was started last. */
void monitor_accept(struct monitor *monitor);

/* A command that must succeed; `arguments` (NULL: none) is taken. Its answer, to be released. */
json_t *monitor_ask(struct monitor *monitor, const char *command, json_t *arguments);

/* Waits for an event that came after the last answer. */
void monitor_await_event(struct monitor *monitor, const char *name);

/* Reading and writing of all drives together, and how many drives there are. */
struct disk_sum {
    uint64_t bytes_read, bytes_written, reads, writes;
    size_t drives;
};
struct disk_sum monitor_disk_sum(struct monitor *monitor);
/* The same of one drive, by the id of its device; drives is 0 when it is not there. */
struct disk_sum monitor_drive(struct monitor *monitor, const char *id);

#endif
