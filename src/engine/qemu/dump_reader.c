#include "engine/qemu/dump_reader.h"

#include <inttypes.h>
#include <string.h>

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    CHUNK = 64 * 1024
};

/* Microseconds and nanoseconds. */
static const uint32_t MAGIC_MICRO = 0xa1b2c3d4u, MAGIC_NANO = 0xa1b23c4du;

static uint32_t swap32(uint32_t word)
{
    return word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
}

static uint32_t word_at(const struct dump_reader *reader, const uint8_t *data)
{
    uint32_t word;

    memcpy(&word, data, sizeof(word));
    return reader->swapped ? swap32(word) : word;
}

static bool take_file_header(struct dump_reader *reader, const uint8_t *data, struct vpc_error *err)
{
    uint32_t magic = word_at(reader, data);

    if (magic == swap32(MAGIC_MICRO) || magic == swap32(MAGIC_NANO))
        reader->swapped = true;
    else if (magic != MAGIC_MICRO && magic != MAGIC_NANO)
        return vpc_fail(err, VPC_CORRUPT, "not a capture file: it begins with %08" PRIx32, magic);
    reader->started = true;
    return true;
}

bool dump_reader_take(struct dump_reader *reader, const uint8_t *data, size_t size, struct vpc_error *err)
{
    uint64_t begin = reader->offset;

    if (!reader->started) {
        if (size < FILE_HEADER)
            return true;
        if (!take_file_header(reader, data, err))
            return false;
        reader->offset += FILE_HEADER;
    }
    while (reader->offset - begin <= size && size - (reader->offset - begin) >= RECORD_HEADER) {
        const uint8_t *record = data + (reader->offset - begin);
        uint32_t kept = word_at(reader, record + 8), length = word_at(reader, record + 12);

        if (kept > length || length > DUMP_MAX_FRAME)
            return vpc_fail(err, VPC_CORRUPT,
                            "record at byte %" PRIu64 " keeps %" PRIu32 " bytes of a frame of %" PRIu32, reader->offset,
                            kept, length);
        if (reader->each)
            reader->each(reader->context, &(struct dump_record){.time_us = (int64_t)word_at(reader, record) * 1000000 +
                                                                           word_at(reader, record + 4),
                                                                .length = length});
        reader->offset += RECORD_HEADER + (uint64_t)kept;
        reader->bytes += length;
        reader->packets++;
    }
    return true;
}

bool dump_reader_drain(struct dump_reader *reader, struct file_tail *tail, struct vpc_error *err)
{
    uint8_t chunk[CHUNK];

    for (;;) {
        uint64_t before = reader->offset;
        size_t got;

        if (!file_tail_read(tail, reader->offset, chunk, sizeof(chunk), &got, err) ||
            !dump_reader_take(reader, chunk, got, err))
            return false;
        if (reader->offset == before)
            return true;
    }
}
