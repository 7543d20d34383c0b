/*
 * Drives that come and go while the guest uses them, media that are changed, and more than 4 GiB of traffic. What the
 * page shows of each drive equals what QEMU has said to the test.
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "host/guest.h"
#include "support/check.h"
#include "util/clock.h"
#include "util/text.h"
#if !defined(_WIN32)
#include <signal.h>
#endif

enum {
    SOME_READING = 200000,
    MANY = 17,
    MIB = 1024 * 1024
};

/* The guest reads all its drives for ever. */
static const struct boot_disk disk = {.rounds = 1, .sectors = 16, .drives = 2, .forever = true};

/* A SCSI drive, which can be unplugged without asking the guest, and a drive without an end. Drive 2 is the empty DVD
 * drive that a VM has. */
#define HOT "\"scsi-hd,id=drive4,bus=scsi.0,scsi-id=0,drive=hot\""
static const char arguments[] =
    "-device virtio-scsi-pci,id=scsi "
    "-blockdev \"driver=null-co,node-name=hot,size=67108864,read-zeroes=on\" -device " HOT " "
    "-blockdev \"driver=null-co,node-name=vast,size=8589934592\" "
    "-device \"scsi-hd,id=drive5,bus=scsi.0,scsi-id=1,drive=vast\"";

static int set_up(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    guest_set_up_with(guest, &(struct guest_options){.disk = &disk, .monitor = true, .arguments = arguments});
    *state = guest;
    return 0;
}

static int tear_down(void **state)
{
    guest_tear_down(*state);
    free(*state);
    return 0;
}

static void call(struct guest *guest, const char *command)
{
    struct vpc_error err;
    assert_ok(test_machine_call(&guest->machine, command, NULL, &err), err);
}

static struct vm_page_drive shown(struct guest *guest, unsigned slot)
{
    static struct vm_page_body body;
    vm_page_read(guest->machine.page, &body);
    assert_string_equal(body.fault, "");
    return body.drives[slot];
}

/* Waits until the page shows what a drive has counted, and `before` of those that were in its place before it. */
static void await_equal(struct guest *guest, unsigned slot, const struct disk_sum *before)
{
    uint64_t start_ms = clock_monotonic_ms();
    char *id = text_format("drive%u", slot);
    for (;;) {
        struct vm_page_drive drive = shown(guest, slot);
        struct disk_sum now = monitor_drive(&guest->monitor, id);
        now.bytes_read += before->bytes_read;
        now.bytes_written += before->bytes_written;
        now.reads += before->reads;
        now.writes += before->writes;
        if (drive.bytes_read == now.bytes_read && drive.bytes_written == now.bytes_written &&
            drive.reads == now.reads && drive.writes == now.writes) {
            print_message("%s: read %llu, written %llu bytes: equal\n", id, (unsigned long long)drive.bytes_read,
                          (unsigned long long)drive.bytes_written);
            break;
        }
        if (drive.bytes_read > now.bytes_read || drive.bytes_written > now.bytes_written ||
            clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("%s: shown read %llu written %llu, QEMU says %llu and %llu", id,
                     (unsigned long long)drive.bytes_read, (unsigned long long)drive.bytes_written,
                     (unsigned long long)now.bytes_read, (unsigned long long)now.bytes_written);
        uv_sleep(5);
    }
    free(id);
}

/* Waits until the guest has read so much more from a drive. */
static void await_reading(struct guest *guest, const char *id)
{
    uint64_t start_ms = clock_monotonic_ms(), start = monitor_drive(&guest->monitor, id).bytes_read;
    while (monitor_drive(&guest->monitor, id).bytes_read < start + SOME_READING) {
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the guest does not read from %s", id);
        uv_sleep(5);
    }
}

static void add(struct disk_sum *sum, const struct disk_sum *more)
{
    sum->bytes_read += more->bytes_read;
    sum->bytes_written += more->bytes_written;
    sum->reads += more->reads;
    sum->writes += more->writes;
}

static void unplug(struct guest *guest)
{
    uint64_t start_ms = clock_monotonic_ms();
    json_decref(monitor_ask(&guest->monitor, "device_del", json_pack("{s:s}", "id", "drive4")));
    while (monitor_drive(&guest->monitor, "drive4").drives != 0)
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("QEMU does not let go of drive4");
}

static void plug(struct guest *guest)
{
    json_decref(monitor_ask(&guest->monitor, "device_add",
                            json_pack("{s:s,s:s,s:s,s:i,s:s}", "driver", "scsi-hd", "id", "drive4", "bus", "scsi.0",
                                      "scsi-id", 0, "drive", "hot")));
}

static void test_drives__one_that_vanishes_and_returns_counts_once(void **state)
{
    struct guest *guest = *state;
    struct disk_sum before = {0}, none = {0}, last;
    guest_start(guest);
    await_reading(guest, "drive4");
    call(guest, "pause");
    last = monitor_drive(&guest->monitor, "drive4");
    await_equal(guest, 4, &before);

    unplug(guest);
    add(&before, &last);
    call(guest, "resume");
    await_reading(guest, "drive0");
    call(guest, "pause");
    await_equal(guest, 0, &none);
    await_equal(guest, 4, &before);

    plug(guest);
    call(guest, "resume");
    await_reading(guest, "drive4");
    call(guest, "pause");
    last = monitor_drive(&guest->monitor, "drive4");
    await_equal(guest, 4, &before);

    add(&before, &last);
    unplug(guest);
    plug(guest);
    call(guest, "resume");
    await_reading(guest, "drive4");
    call(guest, "pause");
    await_equal(guest, 4, &before);
    await_equal(guest, 0, &none);
    test_machine_turn_off(&guest->machine);
}

#if !defined(_WIN32)
/* No sample sees the place empty, nor the new drive before it has come further than the old one. */
static void test_drives__one_that_is_exchanged_between_two_samples_counts_from_zero(void **state)
{
    struct guest *guest = *state;
    struct disk_sum before;
    guest_start(guest);
    await_reading(guest, "drive4");
    call(guest, "pause");
    before = monitor_drive(&guest->monitor, "drive4");
    await_equal(guest, 4, &(struct disk_sum){0});

    static struct vm_page_body body;
    vm_page_read(guest->machine.page, &body);
    assert_int_equal(kill((pid_t)body.supervisor_pid, SIGSTOP), 0);
    unplug(guest);
    plug(guest);
    json_decref(monitor_ask(&guest->monitor, "cont", NULL));
    while (monitor_drive(&guest->monitor, "drive4").bytes_read <= before.bytes_read)
        await_reading(guest, "drive4");
    json_decref(monitor_ask(&guest->monitor, "stop", NULL));
    assert_int_equal(kill((pid_t)body.supervisor_pid, SIGCONT), 0);
    await_equal(guest, 4, &before);
    test_machine_await_state(&guest->machine, VM_PAUSED);
    test_machine_turn_off(&guest->machine);
}
#endif

/* Makes QEMU move data through the front end of a drive, as its guest would. */
static void move(struct guest *guest, const char *id, const char *command)
{
    char *line = text_format("qemu-io -d %s \"%s\"", id, command);
    json_t *answer = monitor_ask(&guest->monitor, "human-monitor-command", json_pack("{s:s}", "command-line", line));
    if (strstr(json_string_value(answer), "rror") != NULL)
        fail_msg("%s: %s", line, json_string_value(answer));
    json_decref(answer);
    free(line);
}

static void move_and_wait(struct guest *guest, const char *id, const char *command)
{
    move(guest, id, command);
    move(guest, id, "aio_flush");
}

static void insert(struct guest *guest)
{
    json_decref(monitor_ask(
        &guest->monitor, "blockdev-add",
        json_pack("{s:s,s:s,s:i,s:b}", "driver", "null-co", "node-name", "medium", "size", 2 * MIB, "read-only", 1)));
    json_decref(monitor_ask(&guest->monitor, "blockdev-insert-medium",
                            json_pack("{s:s,s:s}", "id", "drive2", "node-name", "medium")));
    json_decref(monitor_ask(&guest->monitor, "blockdev-close-tray", json_pack("{s:s}", "id", "drive2")));
}

static void eject(struct guest *guest)
{
    json_decref(monitor_ask(&guest->monitor, "blockdev-open-tray", json_pack("{s:s,s:b}", "id", "drive2", "force", 1)));
    json_decref(monitor_ask(&guest->monitor, "blockdev-remove-medium", json_pack("{s:s}", "id", "drive2")));
    json_decref(monitor_ask(&guest->monitor, "blockdev-del", json_pack("{s:s}", "node-name", "medium")));
}

static void test_drives__media_that_are_changed_count_on(void **state)
{
    struct guest *guest = *state;
    struct disk_sum none = {0};
    uint64_t last = 0;
    guest_start(guest);
    await_reading(guest, "drive0"); /* the firmware has looked for disks, and resets no drive any more */
    await_equal(guest, 2, &none);
    for (int i = 0; i < 3; i++) {
        json_decref(monitor_ask(&guest->monitor, "blockdev-open-tray", json_pack("{s:s}", "id", "drive2")));
        insert(guest);
        move_and_wait(guest, "drive2", "aio_read 0 64k");
        await_equal(guest, 2, &none);
        assert_true(shown(guest, 2).bytes_read >= last + 65536);
        eject(guest);
        last = monitor_drive(&guest->monitor, "drive2").bytes_read; /* the guest may have looked at it, too */
        await_equal(guest, 2, &none);
    }
    test_machine_turn_off(&guest->machine);
    assert_int_equal(shown(guest, 2).bytes_read, last);
}

static void test_drives__more_than_32_bits_are_exact(void **state)
{
    struct guest *guest = *state;
    struct disk_sum none = {0};
    struct vm_page_totals totals;
    guest_start(guest);
    for (int i = 0; i < MANY; i++)
        move_and_wait(guest, "drive5", "aio_read 512 256M");
    move_and_wait(guest, "drive5", "aio_write 512 256M");
    move_and_wait(guest, "drive5", "aio_write 0 512");
    await_equal(guest, 5, &none);
    assert_true(shown(guest, 5).bytes_read >= (uint64_t)MANY * 256 * MIB);
    assert_true(shown(guest, 5).bytes_written == 256 * MIB + 512);
    assert_true(shown(guest, 5).bytes_read > UINT32_MAX);
    vm_page_read_total(guest->machine.page, VM_PAGE_BYTES_READ, &totals);
    assert_true(totals.total.low >= (uint64_t)MANY * 256 * MIB);
    test_machine_turn_off(&guest->machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_drives__one_that_vanishes_and_returns_counts_once, set_up, tear_down),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_drives__one_that_is_exchanged_between_two_samples_counts_from_zero, set_up,
                                        tear_down),
#endif
        cmocka_unit_test_setup_teardown(test_drives__media_that_are_changed_count_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drives__more_than_32_bits_are_exact, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("drives", tests, NULL, NULL);
}
