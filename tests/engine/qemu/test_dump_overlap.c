/* Which frames two captures hold both. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include "engine/qemu/dump_overlap.h"
#include "tests/engine/qemu/capture_file.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    SECOND = 1000000
};

static char *folder;

static int make_folder(void **state)
{
    char temporary[1024], template[1100];
    size_t size = sizeof(temporary);
    uv_fs_t made;

    (void)state;
    assert_int_equal(uv_os_tmpdir(temporary, &size), 0);
    snprintf(template, sizeof(template), "%s%cvpc-overlap-XXXXXX", temporary, PATH_SEPARATOR);
    assert_int_equal(uv_fs_mkdtemp(NULL, &made, template, NULL), 0);
    folder = text_copy(made.path);
    uv_fs_req_cleanup(&made);
    return 0;
}

static int remove_folder(void **state)
{
    struct vpc_error err;

    (void)state;
    assert_ok(folder_remove(folder, &err), err);
    free(folder);
    return 0;
}

static void expect(const struct frame *earlier, size_t earlier_count, const struct frame *later, size_t later_count,
                   uint64_t packets, uint64_t bytes)
{
    char *one = capture_file_write(folder, "one.pcap", earlier, earlier_count);
    char *other = capture_file_write(folder, "other.pcap", later, later_count);
    struct dump_overlap overlap;
    struct vpc_error err;

    assert_ok(dump_overlap_find(one, other, &overlap, &err), err);
    assert_int_equal(overlap.packets, packets);
    assert_int_equal(overlap.bytes, bytes);
    free(one);
    free(other);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A busy guest, and three frames that were let go at once. */
static const struct frame busy[] = {{7 * SECOND + 100, 1514},
                                    {7 * SECOND + 900000, 60},
                                    {8 * SECOND + 999990, 46},
                                    {8 * SECOND + 999998, 46},
                                    {9 * SECOND + 30, 90}};

static void test_dump_overlap__frames_of_both_are_found(void **state)
{
    /* Made three seconds after the first; across the turn of a second; the second frame's writer was interrupted. */
    static const struct frame all[] = {
        {11 * SECOND + 999996, 46}, {12 * SECOND + 20000, 46}, {12 * SECOND + 20100, 90}};
    static const struct frame and_more[] = {{11 * SECOND + 999996, 46},
                                            {12 * SECOND + 20000, 46},
                                            {12 * SECOND + 20100, 90},
                                            {12 * SECOND + 50000, 90},
                                            {15 * SECOND, 1514}};
    static const struct frame same_second[] = {{9 * SECOND + 37, 90}};

    (void)state;
    expect(busy, 5, all, COUNT(all), 3, 46 + 46 + 90);
    expect(busy, 5, and_more, COUNT(and_more), 3, 46 + 46 + 90);
    expect(busy, 5, same_second, 1, 1, 90);
}

static void test_dump_overlap__first_may_have_one_frame_more(void **state)
{
    static const struct frame torn[] = {{8 * SECOND + 999996, 46}, {9 * SECOND + 4, 46}};

    (void)state;
    expect(busy, 5, torn, COUNT(torn), 2, 46 + 46);
}

static void test_dump_overlap__frames_of_the_second_alone_are_not(void **state)
{
    /* Held for three milliseconds, then let go. */
    static const struct frame held[] = {{9 * SECOND + 3030, 90}, {9 * SECOND + 3035, 46}};
    static const struct frame other_length[] = {{9 * SECOND + 37, 91}};
    static const struct frame steady[] = {{1 * SECOND, 46}, {1 * SECOND + 1000, 46}, {1 * SECOND + 2000, 46}};
    static const struct frame steady_on[] = {{1 * SECOND + 6000, 46}, {1 * SECOND + 7000, 46}, {1 * SECOND + 8000, 46}};

    (void)state;
    expect(busy, 5, held, COUNT(held), 0, 0);
    expect(busy, 5, other_length, 1, 0, 0);
    expect(steady, 3, steady_on, 3, 0, 0);
    expect(busy, 5, NULL, 0, 0, 0);
    expect(NULL, 0, busy, 5, 0, 0);
}

static void test_dump_overlap__what_is_no_capture_is_an_error(void **state)
{
    char *one = path_join(folder, "text.pcap"), *other = capture_file_write(folder, "other.pcap", busy, 5);
    struct dump_overlap overlap;
    struct vpc_error err;

    (void)state;
    assert_ok(file_replace(one, "This is no capture at all.", 26, &err), err);
    assert_fails(dump_overlap_find(one, other, &overlap, &err), VPC_CORRUPT, err);
    assert_ok(file_remove(one, &err), err);
    assert_fails(dump_overlap_find(one, other, &overlap, &err), VPC_FILE_NOT_FOUND, err);
    assert_fails(dump_overlap_find(other, one, &overlap, &err), VPC_FILE_NOT_FOUND, err);
    free(one);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump_overlap__frames_of_both_are_found),
        cmocka_unit_test(test_dump_overlap__first_may_have_one_frame_more),
        cmocka_unit_test(test_dump_overlap__frames_of_the_second_alone_are_not),
        cmocka_unit_test(test_dump_overlap__what_is_no_capture_is_an_error),
    };

    return cmocka_run_group_tests_name("dump_overlap", tests, make_folder, remove_folder);
}
