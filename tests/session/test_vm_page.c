/* One page in one thread: life of the file, totals, a writer that died, and files that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/vm_page.h"
#include "session/vm_page_layout.h"
#include "test_folder.h"
#include "util/file.h"

static struct vm_page *create(const char *path)
{
    struct vpc_error err = {0};
    struct vm_page *page;
    if (!vm_page_create(&page, path, &err))
        fail_msg("vm_page_create: %s", err.text);
    return page;
}

static struct vm_page *open_reader(const char *path)
{
    struct vpc_error err = {0};
    struct vm_page *page;
    if (!vm_page_open(&page, path, &err))
        fail_msg("vm_page_open: %s", err.text);
    return page;
}

static void expect_open_fails(const char *path, enum vpc_cause cause)
{
    struct vpc_error err = {0};
    struct vm_page *page = (struct vm_page *)-1;
    assert_false(vm_page_open(&page, path, &err));
    assert_null(page);
    if (err.cause != cause)
        fail_msg("%s (%s), expected %s", vpc_cause_name(err.cause), err.text, vpc_cause_name(cause));
}

static void test_vm_state__classes(void **state)
{
    (void)state;
    for (int i = 0; i <= VM_DELETING + 1; i++) {
        assert_int_equal(vm_state_is_active((enum vm_state)i), i == 5 || i == 6);
        assert_int_equal(vm_state_is_off((enum vm_state)i), i == 1 || i == 2);
    }
}

static void test_vm_page__open_missing(void **state)
{
    expect_open_fails(test_folder_path(state, "vm.page"), VPC_FILE_NOT_FOUND);
    expect_open_fails(test_folder_path(state, "no such folder/vm.page"), VPC_FILE_NOT_FOUND);
}

static void test_vm_page__create_in_missing_folder(void **state)
{
    struct vpc_error err = {0};
    struct vm_page *page;
    assert_false(vm_page_create(&page, test_folder_path(state, "none/vm.page"), &err));
    assert_null(page);
    assert_int_equal(err.cause, VPC_PATH_NOT_FOUND);
}

static void test_vm_page__create_is_turned_off(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    struct vm_page *reader = open_reader(path);
    struct vm_page_body body;
    vm_page_read(reader, &body);
    assert_int_equal(body.state, VM_TURNED_OFF);
    assert_int_equal(vm_page_read_state(reader), VM_TURNED_OFF);
    assert_int_equal(body.epoch, 0);
    assert_int_equal(vm_page_last_beat(reader), 0);
    vm_page_close(reader);
    vm_page_close(page);
    vm_page_close(NULL);
}

/* Every byte of a body comes through. */
static void test_vm_page__publish_and_read(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    struct vm_page *reader = open_reader(path);
    for (unsigned n = 1; n <= 5; n++) {
        struct vm_page_body body, seen;
        for (size_t i = 0; i < sizeof body; i++)
            ((unsigned char *)&body)[i] = (unsigned char)(i * 7 + n);
        body.state = VM_RUNNING;
        body.goes_on_as = VM_PAUSED;
        body.cpu_percent = n;
        memset(body.cpu_history, (int)n, sizeof body.cpu_history);
        for (int i = 0; i < VM_PAGE_TASKS; i++) {
            body.tasks[i].percent = 100;
            body.tasks[i].complete = 1;
            body.tasks[i].result = n;
            body.tasks[i].text[sizeof body.tasks[i].text - 1] = '\0';
        }
        body.control[sizeof body.control - 1] = '\0';
        body.fault[sizeof body.fault - 1] = '\0';
        body.engine_state[sizeof body.engine_state - 1] = '\0';
        vm_page_publish(page, &body);
        memset(&seen, 0, sizeof seen);
        vm_page_read(reader, &seen);
        assert_memory_equal(&seen, &body, sizeof body);
    }
    vm_page_close(reader);
    vm_page_close(page);
}

static void test_vm_page__read_total(void **state)
{
    struct vm_page *page = create(test_folder_path(state, "vm.page"));
    struct vm_page_body body = {.state = VM_PAUSED, .sampled = 1};
    for (unsigned i = 0; i < 8; i++) {
        body.adapters[i].present = i != 5;
        body.adapters[i].bytes_sent = UINT64_MAX;
        body.adapters[i].bytes_received = 1000 + i;
        body.adapters[i].packets_sent = 10 + i;
        body.adapters[i].packets_received = 20 + i;
        body.drives[i].present = i < 2;
        body.drives[i].bytes_read = 500 + i;
        body.drives[i].bytes_written = 600 + i;
    }
    vm_page_publish(page, &body);
    const struct u96 expected[] = {
        [VM_PAGE_BYTES_SENT] = {UINT64_MAX - 6, 6}, [VM_PAGE_BYTES_RECEIVED] = {7000 + 28 - 5, 0},
        [VM_PAGE_PACKETS_SENT] = {70 + 28 - 5, 0},  [VM_PAGE_PACKETS_RECEIVED] = {140 + 28 - 5, 0},
        [VM_PAGE_BYTES_READ] = {1001, 0},           [VM_PAGE_BYTES_WRITTEN] = {1201, 0},
    };
    for (int which = VM_PAGE_BYTES_SENT; which <= VM_PAGE_BYTES_WRITTEN; which++) {
        struct vm_page_totals totals;
        vm_page_read_total(page, (enum vm_page_total)which, &totals);
        assert_int_equal(totals.state, VM_PAUSED);
        assert_int_equal(totals.sampled, 1);
        assert_int_equal(totals.total.high, expected[which].high);
        assert_int_equal(totals.total.low, expected[which].low);
    }
    assert_int_equal(vm_page_read_state(page), VM_PAUSED);
    vm_page_close(page);
}

/* The file stays the same one: a reader of the first session sees the second begin. */
static void test_vm_page__create_again_keeps_body_and_readers(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    struct vm_page *reader = open_reader(path);
    struct vm_page_body body = {.state = VM_TURNED_OFF, .epoch = 41};
    vm_page_publish(page, &body);
    vm_page_beat(page, 0);
    vm_page_close(page);

    page = create(path);
    vm_page_read(page, &body);
    assert_int_equal(body.epoch, 41);
    body.epoch = 42;
    body.state = VM_RUNNING;
    vm_page_publish(page, &body);
    vm_page_beat(page, 77);
    memset(&body, 0, sizeof body);
    vm_page_read(reader, &body);
    assert_int_equal(body.epoch, 42);
    assert_int_equal(vm_page_read_state(reader), VM_RUNNING);
    assert_int_equal(vm_page_last_beat(reader), 77);
    vm_page_close(reader);
    vm_page_close(page);
}

static void test_vm_page__beat_over_32_bits(void **state)
{
    struct vm_page *page = create(test_folder_path(state, "vm.page"));
    const uint64_t beats[] = {1, UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 5, UINT64_C(0x123456789abcdef),
                              0};
    for (size_t i = 0; i < sizeof beats / sizeof *beats; i++) {
        vm_page_beat(page, beats[i]);
        assert_int_equal(vm_page_last_beat(page), beats[i]);
    }
    vm_page_close(page);
}

static struct file_map map_raw(const char *path)
{
    struct vpc_error err;
    struct file_map map;
    if (!file_map_open(&map, path, true, &err))
        fail_msg("%s", err.text);
    return map;
}

/* Publishes as far as a writer came that was killed after `words` words of the slot. */
static void publish_partly(struct vm_page_file *file, size_t words)
{
    const uint32_t number = atomic_load(&file->current) + 1;
    atomic_store(&file->begun, number);
    for (size_t i = 0; i < words; i++)
        atomic_store(&file->slots[number % 2].words[i], (uintptr_t)0x5a5a5a5a);
}

static void test_vm_page__writer_killed_while_writing(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    for (size_t words = 0; words <= VM_PAGE_BODY_WORDS; words += VM_PAGE_BODY_WORDS / 4) {
        struct vm_page *page = create(path);
        struct vm_page_body body = {.state = VM_RUNNING, .sampled = 1, .epoch = 7 + words}, seen;
        body.adapters[0] = (struct vm_page_adapter){.present = 1, .bytes_sent = 123};
        vm_page_publish(page, &body);
        vm_page_beat(page, 1000);
        vm_page_close(page);
        struct file_map map = map_raw(path);
        publish_partly(map.data, words);
        file_map_close(&map);

        struct vm_page *reader = open_reader(path);
        vm_page_read(reader, &seen);
        assert_memory_equal(&seen, &body, sizeof body);
        struct vm_page_totals totals;
        vm_page_read_total(reader, VM_PAGE_BYTES_SENT, &totals);
        assert_int_equal(totals.state, VM_RUNNING);
        assert_int_equal(totals.total.low, 123);

        /* the supervisor that takes over */
        page = create(path);
        vm_page_read(page, &seen);
        assert_int_equal(seen.epoch, 7 + words);
        seen.epoch += 100;
        vm_page_publish(page, &seen);
        vm_page_read(reader, &seen);
        assert_int_equal(seen.epoch, 107 + words);
        vm_page_close(page);
        vm_page_close(reader);
    }
}

/* Died between the halves of a beat, at the moment when the upper one changed: an age, never a time to come. */
static void test_vm_page__writer_killed_while_beating(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    vm_page_beat(page, (UINT64_C(4) << 32) - 10);
    struct file_map map = map_raw(path);
    struct vm_page_file *file = map.data;
    atomic_store(&file->beat_high_first, 4);
    assert_int_equal(vm_page_last_beat(page), UINT64_C(4) << 32);
    file_map_close(&map);
    vm_page_close(page);
}

static void write_file(const char *path, const void *data, size_t size)
{
    struct vpc_error err;
    if (!file_replace(path, data, size, &err))
        fail_msg("%s", err.text);
}

static void test_vm_page__open_not_a_page(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    const size_t page_size = sizeof(struct vm_page_file);
    const size_t sizes[] = {0, 1, 7, 8, 15, 16, 63, 64, page_size - 1, page_size + 1, 1000000};
    const size_t count = sizeof sizes / sizeof *sizes;
    char *noise = malloc(1000000);
    assert_non_null(noise);
    memset(noise, 0x55, 1000000);
    for (size_t i = 0; i < count; i++) {
        write_file(path, noise, sizes[i]);
        expect_open_fails(path, VPC_CORRUPT);
    }
    write_file(path, noise, page_size);
    expect_open_fails(path, VPC_CORRUPT);
    /* the right beginning, the wrong size */
    const struct {
        uint64_t magic;
        uint32_t version, size;
    } header = {VM_PAGE_MAGIC, VM_PAGE_VERSION, (uint32_t)page_size};
    memcpy(noise, &header, sizeof header);
    for (size_t i = 1; i < count; i++) {
        write_file(path, noise, sizes[i]);
        expect_open_fails(path, VPC_CORRUPT);
    }
    free(noise);
    /* all of them give way to a page */
    struct vm_page *page = create(path);
    assert_int_equal(vm_page_read_state(page), VM_TURNED_OFF);
    vm_page_close(page);
}

static void test_vm_page__open_other_version(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    vm_page_publish(page, &(struct vm_page_body){.state = VM_SAVED});
    vm_page_close(page);
    struct file_map map = map_raw(path);
    ((struct vm_page_file *)map.data)->version++;
    file_map_close(&map);
    expect_open_fails(path, VPC_NOT_SUPPORTED);
    page = create(path);
    assert_int_equal(vm_page_read_state(page), VM_TURNED_OFF);
    struct vm_page *reader = open_reader(path);
    assert_int_equal(vm_page_read_state(reader), VM_TURNED_OFF);
    vm_page_close(reader);
    vm_page_close(page);
}

/* A current slot full of noise: states that exist, texts that end. */
static void test_vm_page__read_noise(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    struct file_map map = map_raw(path);
    struct vm_page_file *file = map.data;
    for (int slot = 0; slot < 2; slot++)
        memset(&file->slots[slot], 0xee, sizeof file->slots[slot]);
    struct vm_page_body body;
    vm_page_read(page, &body);
    assert_int_equal(body.state, VM_INVALID);
    assert_int_equal(vm_page_read_state(page), VM_INVALID);
    assert_true(body.goes_on_as <= VM_DELETING);
    assert_true(body.cpu_percent <= 100);
    assert_true(body.cpu_history[0] <= 100 && body.cpu_history[63] <= 100);
    assert_int_equal(strlen(body.control), sizeof body.control - 1);
    assert_int_equal(strlen(body.fault), sizeof body.fault - 1);
    assert_int_equal(strlen(body.engine_state), sizeof body.engine_state - 1);
    for (int i = 0; i < VM_PAGE_TASKS; i++) {
        assert_int_equal(strlen(body.tasks[i].text), sizeof body.tasks[i].text - 1);
        assert_true(body.tasks[i].percent <= 100 && body.tasks[i].complete <= 1);
        assert_int_equal(body.tasks[i].result, VM_TASK_UNEXPECTED_ERROR);
    }
    struct vm_page_task row;
    body.outcomes[5].id = 5;
    assert_true(vm_page_find_task(&body, 5, &row));
    assert_int_equal(row.percent, 100);
    assert_int_equal(row.result, VM_TASK_UNEXPECTED_ERROR);
    assert_non_null(strstr(row.text, "unexpected"));
    struct vm_page_totals totals;
    vm_page_read_total(page, VM_PAGE_BYTES_SENT, &totals);
    assert_int_equal(totals.state, VM_INVALID);
    struct vm_page_instant instant;
    vm_page_read_instant(page, &instant);
    assert_int_equal(instant.state, VM_INVALID);
    assert_true(instant.cpu_percent <= 100);
    assert_true(instant.cpu_history[0] <= 100 && instant.cpu_history[63] <= 100);
    file_map_close(&map);
    vm_page_close(page);
}

/* A number that is no result of a VM's task reads as an unexpected error, wherever it stands. */
static void test_vm_page__task_has_a_result_that_exists(void **state)
{
    struct vm_page *page = create(test_folder_path(state, "vm.page"));
    const uint32_t wrong[] = {8, 10, 255, 256, 65536, INT32_MAX, UINT32_MAX};
    for (uint32_t result = 0; result <= VM_TASK_SHUTDOWN_ABORTED; result++) {
        struct vm_page_body body = {.state = VM_RUNNING}, seen;
        struct vm_page_task row;
        body.tasks[3].result = result;
        body.outcomes[7] = (struct vm_page_outcome){.id = 1, .result = (uint8_t)result};
        vm_page_publish(page, &body);
        vm_page_read(page, &seen);
        const uint32_t expected = result == 8 ? VM_TASK_UNEXPECTED_ERROR : result;
        assert_int_equal(seen.tasks[3].result, expected);
        assert_true(vm_page_find_task(&seen, 1, &row));
        assert_int_equal(row.result, expected);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct vm_page_body body = {.state = VM_RUNNING}, seen;
        body.tasks[0].result = wrong[i];
        vm_page_publish(page, &body);
        vm_page_read(page, &seen);
        assert_int_equal(seen.tasks[0].result, VM_TASK_UNEXPECTED_ERROR);
    }
    vm_page_close(page);
}

static void test_vm_page__find_task(void **state)
{
    (void)state;
    struct vm_page_body body = {.state = VM_RUNNING};
    struct vm_page_task row = {.percent = 77};
    assert_false(vm_page_find_task(&body, 0, &row)); /* the rows that are unused */
    assert_false(vm_page_find_task(&body, 5, &row));
    assert_int_equal(row.percent, 77);
    body.tasks[VM_PAGE_TASKS - 1] = (struct vm_page_task){.id = 5, .kind = VM_TASK_SAVE, .percent = 40, .text = "so"};
    body.outcomes[0] = (struct vm_page_outcome){.id = 6, .percent = 100};
    body.outcomes[VM_PAGE_OUTCOMES - 1] =
        (struct vm_page_outcome){.id = 7, .percent = 30, .result = VM_TASK_DISK_ERROR, .cause = VPC_DISK_FULL};
    assert_true(vm_page_find_task(&body, 5, &row));
    assert_memory_equal(&row, &body.tasks[VM_PAGE_TASKS - 1], sizeof row);
    assert_true(vm_page_find_task(&body, 6, &row));
    const struct vm_page_task well = {.id = 6, .percent = 100, .complete = 1};
    assert_memory_equal(&row, &well, sizeof row);
    assert_true(vm_page_find_task(&body, 7, &row));
    assert_int_equal(row.complete, 1);
    assert_int_equal(row.percent, 30);
    assert_int_equal(row.result, VM_TASK_DISK_ERROR);
    assert_int_equal(row.cause, VPC_DISK_FULL);
    assert_non_null(strstr(row.text, "disk-full"));
}

/* Each value in each byte, alone among zeros. */
static void test_vm_page__history_is_of_percentages(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    struct vm_page_body body = {.state = VM_RUNNING, .sampled = 1}, read;
    struct vm_page_instant instant;
    for (size_t at = 0; at < sizeof body.cpu_history; at++) {
        for (int value = 0; value <= 255; value++) {
            const uint8_t expected = (uint8_t)(value < 100 ? value : 100);
            body.cpu_history[at] = (uint8_t)value;
            vm_page_publish(page, &body);
            vm_page_read(page, &read);
            vm_page_read_instant(page, &instant);
            assert_int_equal(read.cpu_history[at], expected);
            assert_int_equal(instant.cpu_history[at], expected);
        }
        body.cpu_history[at] = 0;
        vm_page_publish(page, &body);
        vm_page_read_instant(page, &instant);
        assert_memory_equal(instant.cpu_history, body.cpu_history, sizeof body.cpu_history);
    }
    vm_page_close(page);
}

/* What a snapshot reads in pieces is what the whole body says. */
static void test_vm_page__read_instant_is_of_the_body(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    struct vm_page_body body = {.state = VM_PAUSED,
                                .sampled = 1,
                                .epoch = 5,
                                .epoch_cause = 2,
                                .cpu_percent = 77,
                                .epoch_start_utc_ms = 1700000000000,
                                .epoch_start_monotonic_ms = 1234,
                                .sample_monotonic_ms = 5678,
                                .session_start_monotonic_ms = 99};
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
        body.adapters[i] = (struct vm_page_adapter){.present = i != 2,
                                                    .bytes_sent = UINT64_MAX,
                                                    .bytes_received = 10 + (uint64_t)i,
                                                    .packets_sent = 3,
                                                    .packets_received = 4};
    body.drives[1] = (struct vm_page_drive){.present = 1, .bytes_read = 512, .bytes_written = 1024};
    body.drives[3] = (struct vm_page_drive){.present = 0, .bytes_read = 7, .bytes_written = 7};
    for (size_t i = 0; i < sizeof body.cpu_history; i++)
        body.cpu_history[i] = (uint8_t)(i + 1);
    struct vm_page_instant instant;
    for (int slot = 0; slot < 2; slot++) {
        memset(&instant, 0xee, sizeof instant);
        vm_page_publish(page, &body);
        vm_page_read_instant(page, &instant);
        assert_int_equal(instant.state, VM_PAUSED);
        assert_int_equal(instant.sampled, 1);
        assert_int_equal(instant.epoch, 5);
        assert_int_equal(instant.epoch_cause, 2);
        assert_int_equal(instant.cpu_percent, 77);
        assert_int_equal(instant.epoch_start_utc_ms, 1700000000000);
        assert_int_equal(instant.epoch_start_monotonic_ms, 1234);
        assert_int_equal(instant.sample_monotonic_ms, 5678);
        assert_int_equal(instant.session_start_monotonic_ms, 99);
        assert_memory_equal(instant.cpu_history, body.cpu_history, sizeof body.cpu_history);
        for (int which = VM_PAGE_BYTES_SENT; which < VM_PAGE_TOTALS; which++) {
            struct vm_page_totals totals;
            vm_page_read_total(page, (enum vm_page_total)which, &totals);
            assert_int_equal(totals.state, VM_PAUSED);
            assert_int_equal(instant.totals[which].low, totals.total.low);
            assert_int_equal(instant.totals[which].high, totals.total.high);
        }
        const uint64_t count = ACCOUNTING_MAX_ADAPTERS - 1;
        assert_int_equal(instant.totals[VM_PAGE_BYTES_SENT].high, count - 1);
        assert_int_equal(instant.totals[VM_PAGE_BYTES_SENT].low, UINT64_MAX - (count - 1));
        assert_int_equal(instant.totals[VM_PAGE_PACKETS_SENT].low, 3 * count);
        assert_int_equal(instant.totals[VM_PAGE_PACKETS_RECEIVED].low, 4 * count);
        assert_int_equal(instant.totals[VM_PAGE_BYTES_READ].low, 512);
        assert_int_equal(instant.totals[VM_PAGE_BYTES_WRITTEN].low, 1024);
    }
    vm_page_close(page);
}

/* Numbers that no writer leaves: every read ends, and says that it has nothing. */
static void test_vm_page__read_impossible_numbers(void **state)
{
    const char *path = test_folder_path(state, "vm.page");
    struct vm_page *page = create(path);
    vm_page_publish(page, &(struct vm_page_body){.state = VM_RUNNING, .sampled = 1});
    struct file_map map = map_raw(path);
    struct vm_page_file *file = map.data;
    const uint32_t wrong[] = {0, 3, 4, UINT32_MAX, 0x80000000};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        atomic_store(&file->begun, wrong[i]);
        struct vm_page_body body;
        vm_page_read(page, &body);
        assert_int_equal(body.state, VM_INVALID);
        assert_int_equal(body.sampled, 0);
        assert_true(body.fault[0] != '\0');
        struct vm_page_totals totals = {.state = 99, .sampled = 99};
        vm_page_read_total(page, VM_PAGE_BYTES_SENT, &totals);
        assert_int_equal(totals.state, VM_INVALID);
        assert_int_equal(totals.sampled, 0);
        assert_int_equal(vm_page_read_state(page), VM_INVALID);
    }
    atomic_store(&file->beat_high_first, 9);
    atomic_store(&file->beat_high_last, 8);
    assert_int_equal(vm_page_last_beat(page), UINT64_C(9) << 32);
    /* the next writer heals it */
    vm_page_publish(page, &(struct vm_page_body){.state = VM_PAUSED});
    assert_int_equal(vm_page_read_state(page), VM_PAUSED);
    /* and goes on over the end of the numbers */
    atomic_store(&file->current, UINT32_MAX);
    vm_page_publish(page, &(struct vm_page_body){.state = VM_SAVING});
    assert_int_equal(vm_page_read_state(page), VM_SAVING);
    atomic_store(&file->begun, 1);
    assert_int_equal(vm_page_read_state(page), VM_SAVING);
    file_map_close(&map);
    vm_page_close(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vm_state__classes),
        cmocka_unit_test_setup_teardown(test_vm_page__open_missing, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__create_in_missing_folder, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__create_is_turned_off, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__publish_and_read, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__read_total, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__create_again_keeps_body_and_readers, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__beat_over_32_bits, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__writer_killed_while_writing, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__writer_killed_while_beating, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__open_not_a_page, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__open_other_version, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__read_noise, test_folder_setup, test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__task_has_a_result_that_exists, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test(test_vm_page__find_task),
        cmocka_unit_test_setup_teardown(test_vm_page__history_is_of_percentages, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__read_instant_is_of_the_body, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__read_impossible_numbers, test_folder_setup, test_folder_teardown),
    };
    return cmocka_run_group_tests_name("vm_page", tests, NULL, NULL);
}
