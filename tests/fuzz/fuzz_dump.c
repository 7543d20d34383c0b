/*
 * A capture file that grows while it is read. The first byte says in what steps it grows, the second in pieces of what
 * size it is read. The sums never go back, and are in the end those of one look at the whole file, as a plain loop that
 * knows the format makes it.
 */
#include <string.h>

#include "engine/qemu/dump_reader.h"
#include "fuzz/fuzz.h"

struct sums {
    uint64_t bytes, packets;
    bool broken;
};

static uint32_t word(const uint8_t *data, bool swapped)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++)
        value |= (uint32_t)data[i] << 8 * (swapped ? 3 - i : i);
    return value;
}

static struct sums sums_of(const uint8_t *data, size_t size)
{
    struct sums sums = {0};
    bool swapped;
    uint32_t magic;

    if (size < 24)
        return sums;
    magic = word(data, false);
    swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    if (!swapped && magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)
        sums.broken = true;
    for (uint64_t at = 24; !sums.broken && at + 16 <= size;) {
        uint32_t kept = word(data + at + 8, swapped), length = word(data + at + 12, swapped);

        if (kept > length || length > DUMP_MAX_FRAME) {
            sums.broken = true;
        } else {
            sums.bytes += length;
            sums.packets++;
            at += 16 + (uint64_t)kept;
        }
    }
    return sums;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dump_reader reader = {0};
    struct vpc_error err;
    struct sums expected;
    size_t growth, piece;
    bool broken = false;

    if (size < 2)
        return 0;
    growth = 1 + data[0];
    piece = 24 + data[1];
    data += 2;
    size -= 2;
    for (size_t end = 0;; end = size - end < growth ? size : end + growth) {
        uint64_t before;

        do {
            uint64_t bytes = reader.bytes, packets = reader.packets;
            size_t there = reader.offset < end ? end - (size_t)reader.offset : 0;
            uint8_t *copy = malloc(there ? there : 1);

            fuzz_check(copy);
            if (there > piece)
                there = piece;
            if (there)
                memcpy(copy, data + reader.offset, there);
            before = reader.offset;
            broken = !dump_reader_take(&reader, copy, there, &err);
            free(copy);
            fuzz_check(reader.bytes >= bytes && reader.packets >= packets && reader.offset >= before);
        } while (!broken && reader.offset != before);
        if (broken || end == size)
            break;
    }
    expected = sums_of(data, size);
    fuzz_check(broken == expected.broken);
    fuzz_check(reader.bytes == expected.bytes && reader.packets == expected.packets);
    return 0;
}
