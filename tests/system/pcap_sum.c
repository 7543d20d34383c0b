#include "pcap_sum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t u32_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* The file is read whole into memory and summed there: it grows meanwhile, and whole records are what counts. */
static unsigned char *read_all(const wchar_t *path, size_t *size)
{
    FILE *file = _wfopen(path, L"rb");
    unsigned char *data = NULL;
    size_t capacity = 0, used = 0, got;

    if (!file)
        return NULL;
    do {
        if (used == capacity) {
            unsigned char *more = realloc(data, capacity = capacity ? 2 * capacity : 1 << 20);
            if (!more)
                break;
            data = more;
        }
        got = fread(data + used, 1, capacity - used, file);
        used += got;
    } while (got);
    fclose(file);
    *size = used;
    return data;
}

bool pcap_sum_file(const wchar_t *path, struct pcap_sum *sum)
{
    enum {
        FILE_HEADER = 24,
        RECORD_HEADER = 16
    };
    size_t size = 0, at = FILE_HEADER;
    unsigned char *data = read_all(path, &size);
    bool is_pcap = data && size >= FILE_HEADER && u32_at(data) == 0xa1b2c3d4;

    memset(sum, 0, sizeof(*sum));
    while (is_pcap && size - at >= RECORD_HEADER) {
        uint32_t captured = u32_at(data + at + 8), length = u32_at(data + at + 12);
        if (size - at - RECORD_HEADER < captured)
            break;
        sum->frames++;
        sum->bytes += length;
        at += RECORD_HEADER + captured;
    }
    free(data);
    return is_pcap;
}
