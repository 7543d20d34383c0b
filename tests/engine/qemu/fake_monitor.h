/*
 * A scripted QEMU: connects to a door and follows a file of tests/data/qmp, an array of steps:
 *
 *   {"send":{...}}                           sends a message
 *   {"raw":"text","repeat":n}                sends bytes, n times
 *   {"stop_ms":n}                            stands still for a time, and with it all on this loop, as a host does
 *   {"frame":"file","length":n}              appends a frame to a capture file in its folder
 *   {"expect":"command","with":{...},        takes the next command, which must be this one, with at least these
 *    "return":...} or "error":"text"         arguments, and answers; a filter-dump that is added makes its file
 *    or "close":true                         or ends the connection instead; null stands for an argument that is
 *                                            not there
 */
#ifndef VPC_TESTS_ENGINE_QEMU_FAKE_MONITOR_H
#define VPC_TESTS_ENGINE_QEMU_FAKE_MONITOR_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

struct fake_monitor {
    uv_tcp_t tcp;
    uv_connect_t connect;
    json_t *steps;
    size_t step;
    const char *folder; /* of captures */
    char in[16384], read_buffer[4096];
    size_t in_size;
    bool open;
    bool ended; /* by the other side or by its script */
};

void fake_monitor_connect(struct fake_monitor *monitor, uv_loop_t *loop, uint16_t port, const char *script,
                          const char *folder);
bool fake_monitor_is_done(const struct fake_monitor *monitor);
void fake_monitor_close(struct fake_monitor *monitor);

#endif
