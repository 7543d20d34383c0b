/* Capture files as they are found while QEMU writes them, and as nobody should write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/dump_reader.h"

struct capture {
    uint8_t bytes[4096];
    size_t size;
};

static void put32(struct capture *capture, uint32_t word, bool swapped)
{
    for (int i = 0; i < 4; i++)
        capture->bytes[capture->size++] = (uint8_t)(word >> 8 * (swapped ? 3 - i : i));
}

/* This host's byte order is the little one, as on all that Windows and Wine run on. */
static void begin(struct capture *capture, uint32_t magic, bool swapped)
{
    static const uint32_t rest[] = {2 | 4 << 16, 0, 0, 1, 1};

    capture->size = 0;
    put32(capture, magic, swapped);
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        put32(capture, rest[i], swapped);
}

static void add_frame(struct capture *capture, uint32_t kept, uint32_t length, bool swapped)
{
    put32(capture, 1, swapped);
    put32(capture, 2, swapped);
    put32(capture, kept, swapped);
    put32(capture, length, swapped);
    memset(capture->bytes + capture->size, 0xa5, kept);
    capture->size += kept;
}

static void take(struct dump_reader *reader, const struct capture *capture, size_t end)
{
    struct vpc_error err;

    if (reader->offset <= end && !dump_reader_take(reader, capture->bytes + reader->offset, end - reader->offset, &err))
        fail_msg("%s", err.text);
}

static void assert_sums(const struct dump_reader *reader, uint64_t bytes, uint64_t packets)
{
    assert_int_equal(reader->bytes, bytes);
    assert_int_equal(reader->packets, packets);
}

static void test_dump_reader__sums_true_lengths_in_every_form(void **state)
{
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d};
    struct capture capture;

    (void)state;
    for (int form = 0; form < 4; form++) {
        struct dump_reader reader = {0};
        bool swapped = form & 1;

        begin(&capture, magics[form / 2], swapped);
        add_frame(&capture, 1, 1514, swapped);
        add_frame(&capture, 60, 60, swapped);
        add_frame(&capture, 0, 65590, swapped);
        take(&reader, &capture, capture.size);
        assert_sums(&reader, 1514 + 60 + 65590, 3);
        assert_int_equal(reader.offset, capture.size);
    }
}

static void test_dump_reader__torn_at_every_byte_gives_the_same_sums(void **state)
{
    struct dump_reader whole = {0};
    struct capture capture;

    (void)state;
    begin(&capture, 0xa1b2c3d4, false);
    for (uint32_t i = 0; i < 10; i++)
        add_frame(&capture, i % 3, 100 + i, false);
    take(&whole, &capture, capture.size);
    assert_sums(&whole, 1045, 10);
    for (size_t step = 1; step < capture.size; step++) {
        struct dump_reader reader = {0};
        uint64_t last = 0;

        for (size_t end = 0; end < capture.size; end += step) {
            take(&reader, &capture, end);
            assert_true(reader.bytes >= last);
            last = reader.bytes;
        }
        take(&reader, &capture, capture.size);
        assert_memory_equal(&reader, &whole, sizeof(whole));
    }
}

static void test_dump_reader__empty_and_short_files_count_nothing(void **state)
{
    struct capture capture;

    (void)state;
    begin(&capture, 0xa1b2c3d4, false);
    for (size_t end = 0; end <= capture.size; end++) {
        struct dump_reader reader = {0};

        take(&reader, &capture, end);
        assert_sums(&reader, 0, 0);
    }
}

static void refuse(const struct capture *capture, uint64_t bytes, uint64_t packets)
{
    struct dump_reader reader = {0};
    struct vpc_error err;

    assert_false(dump_reader_take(&reader, capture->bytes, capture->size, &err));
    assert_int_equal(err.cause, VPC_CORRUPT);
    assert_sums(&reader, bytes, packets);
}

static void test_dump_reader__lies_are_refused(void **state)
{
    struct capture capture;

    (void)state;
    begin(&capture, 0x0a0d0d0a, false); /* pcapng */
    refuse(&capture, 0, 0);

    begin(&capture, 0xa1b2c3d4, false);
    add_frame(&capture, 1, 77, false);
    add_frame(&capture, 2, 1, false); /* keeps more than there was */
    refuse(&capture, 77, 1);

    begin(&capture, 0xa1b2c3d4, false);
    add_frame(&capture, 1, DUMP_MAX_FRAME, false);
    add_frame(&capture, 1, DUMP_MAX_FRAME + 1, false);
    refuse(&capture, DUMP_MAX_FRAME, 1);

    begin(&capture, 0xa1b2c3d4, false);
    put32(&capture, 0, false);
    put32(&capture, 0, false);
    put32(&capture, UINT32_MAX, false);
    put32(&capture, UINT32_MAX, false);
    refuse(&capture, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump_reader__sums_true_lengths_in_every_form),
        cmocka_unit_test(test_dump_reader__torn_at_every_byte_gives_the_same_sums),
        cmocka_unit_test(test_dump_reader__empty_and_short_files_count_nothing),
        cmocka_unit_test(test_dump_reader__lies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
