#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/engine/qemu/captures.h"
#include "util/text.h"

static char *capture_name(unsigned slot, int direction)
{
    return text_format("own-%u-%s.pcap", slot, direction ? "received" : "sent");
}

void captures_add(struct session *session, unsigned slot)
{
    struct buffer line = {0};

    if (session->config.extra_arguments)
        buffer_append_text(&line, session->config.extra_arguments);
    for (int direction = 0; direction < 2; direction++) {
        char *name = capture_name(slot, direction), *path = session_qemu_path(session, name);

        buffer_append_format(&line, " -object \"filter-dump,id=own%u%d,netdev=net%u,queue=%s,file=", slot, direction,
                             slot, direction ? "tx" : "rx");
        for (const char *c = path; *c; c++) {
            buffer_append(&line, c, 1);
            if (*c == ',')
                buffer_append(&line, c, 1);
        }
        buffer_append_text(&line, "\"");
        free(name);
        free(path);
    }
    free(session->config.extra_arguments);
    session->config.extra_arguments = line.data;
}

struct adapter_reading captures_read(const struct session *session, unsigned slot)
{
    char *sent = capture_name(slot, 0), *received = capture_name(slot, 1);
    struct adapter_reading reading = {.known = true};

    session_sum_capture(session, sent, &reading.bytes_sent, &reading.packets_sent);
    session_sum_capture(session, received, &reading.bytes_received, &reading.packets_received);
    free(sent);
    free(received);
    return reading;
}

void captures_compare(const struct session *session, unsigned slot, const struct adapter_reading *figures)
{
    struct adapter_reading own = captures_read(session, slot);

    assert_int_equal(figures->packets_sent, own.packets_sent);
    assert_int_equal(figures->packets_received, own.packets_received);
    assert_int_equal(figures->bytes_sent, own.bytes_sent);
    assert_int_equal(figures->bytes_received, own.bytes_received);
}
