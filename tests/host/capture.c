#include "host/capture.h"

#include <string.h>
#include "support/check.h"
#include "util/file.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    CHUNK = 64 * 1024,
    /* of a frame */
    ETHERNET_TYPE = 12,
    IP_PROTOCOL = 23,
    UDP_PORTS = 34,
    TFTP_OPERATION = 42,
    TFTP_NAME = 44,

    TYPE_IP = 0x0800,
    PROTOCOL_UDP = 17,
    PORT_DHCP_SERVER = 67,
    PORT_TFTP = 69
};

void capture_open(struct capture *capture, const char *path, const char *requested)
{
    *capture = (struct capture){.path = path, .requested = requested};
}

static unsigned number_at(const uint8_t *frame, size_t at)
{
    return (unsigned)frame[at] << 8 | frame[at + 1];
}

static bool is_udp(const uint8_t *frame, size_t kept, unsigned port)
{
    return kept >= TFTP_NAME && number_at(frame, ETHERNET_TYPE) == TYPE_IP && frame[IP_PROTOCOL] == PROTOCOL_UDP &&
           (number_at(frame, UDP_PORTS) == port || number_at(frame, UDP_PORTS + 2) == port);
}

static bool is_request(const struct capture *capture, const uint8_t *frame, size_t kept)
{
    if (capture->requested == NULL || number_at(frame, TFTP_OPERATION) != 1)
        return false;
    /* Some clients begin the name with a slash. */
    size_t at = TFTP_NAME + (kept > TFTP_NAME && frame[TFTP_NAME] == '/');
    size_t length = strlen(capture->requested) + 1;
    return at + length <= kept && memcmp(frame + at, capture->requested, length) == 0;
}

/* A boot is where frames that are no transfer of files come up to one that asks for an address. */
static void take_frame(struct capture *capture, const uint8_t *frame, size_t kept, uint32_t bytes)
{
    if (is_udp(frame, kept, PORT_TFTP)) {
        capture->after_tftp = true;
        capture->in_pause = false;
        capture->booted = false;
        capture->requests += is_request(capture, frame, kept);
    } else if (capture->after_tftp && !capture->in_pause) {
        capture->in_pause = true;
        capture->pause = capture->sum;
    }
    if (capture->in_pause && !capture->booted && is_udp(frame, kept, PORT_DHCP_SERVER)) {
        capture->booted = true;
        capture->boot = capture->pause;
        capture->boots++;
    }
    capture->sum.frames++;
    capture->sum.bytes += bytes;
    capture->last_bytes = bytes;
    if (bytes > capture->largest_bytes)
        capture->largest_bytes = bytes;
}

/* Takes the whole records of a chunk. How much of it they are. */
static size_t take_chunk(struct capture *capture, const uint8_t *data, size_t size)
{
    size_t at = 0;
    if (capture->offset == 0) {
        if (size < FILE_HEADER)
            return 0;
        at = FILE_HEADER;
    }
    while (size - at >= RECORD_HEADER) {
        uint32_t kept, length;
        memcpy(&kept, data + at + 8, sizeof kept);
        memcpy(&length, data + at + 12, sizeof length);
        if (kept > CAPTURE_KEPT)
            fail_msg("'%s' keeps %u bytes of a frame", capture->path, (unsigned)kept);
        if (size - at - RECORD_HEADER < kept)
            break; /* being written, or beyond the chunk */
        take_frame(capture, data + at + RECORD_HEADER, kept, length);
        at += RECORD_HEADER + kept;
    }
    return at;
}

void capture_read(struct capture *capture)
{
    struct vpc_error err;
    struct file_tail *tail;
    static uint8_t chunk[CHUNK];
    size_t size;
    if (!file_exists(capture->path))
        return;
    assert_ok(file_tail_open(&tail, capture->path, &err), err);
    uint8_t head[CAPTURE_HEAD] = {0};
    assert_ok(file_tail_read(tail, 0, head, sizeof head, &size, &err), err);
    if (size == sizeof head && memcmp(head, capture->head, sizeof head) != 0) {
        capture_open(capture, capture->path, capture->requested);
        memcpy(capture->head, head, sizeof head);
    }
    for (;;) {
        assert_ok(file_tail_read(tail, capture->offset, chunk, sizeof chunk, &size, &err), err);
        size_t taken = take_chunk(capture, chunk, size);
        if (taken == 0)
            break;
        capture->offset += taken;
    }
    file_tail_close(tail);
}
