/* The QEMU engine with a real QEMU and a real guest: iPXE from the adapter's ROM, which takes a script and a file from
 * our folder over TFTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/engine/qemu/boot_sector.h"
#include "tests/engine/qemu/session.h"
#include "util/file.h"
#include "util/text.h"

enum {
    BIG_BYTES = 6 * 1024 * 1024
};

static int setup(void **state)
{
    struct session *session = malloc(sizeof(*session));

    session_setup(session);
    *state = session;
    return 0;
}

static int teardown(void **state)
{
    session_teardown(*state);
    free(*state);
    return 0;
}

static void accept_call(bool accepted, const struct vpc_error *err)
{
    if (!accepted)
        fail_msg("%s", err->text);
}

static void start(struct session *session)
{
    struct vpc_error err;

    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    session_wait(session, session_is_running);
}

static void turn_off(struct session *session)
{
    struct vpc_error err;

    accept_call(engine_turn_off(session->vm, &err), &err);
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_TURNED_OFF);
}

/* An independent counter for each direction, in QEMU, which keeps whole frames. */
static void add_independent_captures(struct session *session)
{
    char *sent = session_qemu_path(session, "sent.pcap"), *received = session_qemu_path(session, "received.pcap");
    struct buffer line = {0};

    for (int direction = 0; direction < 2; direction++) {
        buffer_append_format(&line, " -object \"filter-dump,id=own%d,netdev=net0,queue=%s,file=", direction,
                             direction ? "tx" : "rx");
        for (const char *c = direction ? received : sent; *c; c++) {
            buffer_append(&line, c, 1);
            if (*c == ',')
                buffer_append(&line, c, 1);
        }
        buffer_append_text(&line, "\"");
    }
    session->config.extra_arguments = line.data;
    free(sent);
    free(received);
}

static bool runs_again(const struct session *session)
{
    return session->running == 2;
}

static bool is_paused_again(const struct session *session)
{
    return session->paused == 2;
}

static bool runs_a_third_time(const struct session *session)
{
    return session->running == 3;
}

static uint64_t first_file(const struct session *session, unsigned direction)
{
    return session->sample.memory[1 + direction * 3 + 2];
}

static bool has_rotated(const struct session *session)
{
    return session->sample.adapters[0].bytes_received > BIG_BYTES && first_file(session, 0) > 20 &&
           first_file(session, 1) > 20;
}

static bool was_reset(const struct session *session)
{
    return session->resets > 0;
}

static bool acts_after_reset(const struct session *session)
{
    return session->resets > 0 && session->sample.adapters[0].packets_sent > session->at_reset.adapters[0].packets_sent;
}

static void test_qemu__netboot_counts_to_the_byte_over_rotations_and_reset(void **state)
{
    struct session *session = *state;
    uint64_t bytes, packets;
    struct vpc_error err;

    session_add_nat(session, "#!ipxe\ndhcp ||\n:again\nimgfetch tftp://10.0.2.2/big.bin ||\nimgfree\ngoto again\n",
                    BIG_BYTES);
    add_independent_captures(session);
    session->config.dump_rotate_bytes = 1500;
    start(session);
    assert_true(session->samples_at_running > 0);
    assert_int_equal(session->sample.adapters[0].bytes_sent, 0);
    assert_true(session->sample.adapters[0].known);

    session->sampling = true;
    engine_sample_now(session->vm);
    session_wait(session, has_rotated);

    accept_call(engine_reset(session->vm, &err), &err);
    session_wait(session, was_reset);
    assert_int_equal(session->reset_by, ENGINE_RESET_BY_HOST);
    session_wait(session, acts_after_reset);
    assert_int_equal(session->resets, 1);
    assert_int_equal(session->running, 1);
    assert_int_equal(session->paused, 0);

    turn_off(session);
    if (session->bad_samples)
        fail_msg("%u samples are not known: %s", session->bad_samples, session->error.text);
    session_sum_capture(session, "sent.pcap", &bytes, &packets);
    assert_int_equal(session->sample.adapters[0].bytes_sent, bytes);
    assert_int_equal(session->sample.adapters[0].packets_sent, packets);
    session_sum_capture(session, "received.pcap", &bytes, &packets);
    assert_int_equal(session->sample.adapters[0].bytes_received, bytes);
    assert_int_equal(session->sample.adapters[0].packets_received, packets);
    print_message("%u samples, %llu and %llu files, %llu bytes received\n", session->samples,
                  (unsigned long long)first_file(session, 0), (unsigned long long)first_file(session, 1),
                  (unsigned long long)bytes);
}

static void add_disk(struct session *session, const char *name, const void *start, size_t start_size)
{
    struct machine_drive *drive = &session->config.drives[session->config.drive_count++];
    char *image = calloc(1, 1024 * 1024);

    memcpy(image, start, start_size);
    session_write(session, name, image, 1024 * 1024);
    free(image);
    drive->kind = DRIVE_HARD_DISK;
    drive->path = session_path(session, name);
}

static void test_qemu__guest_reset_and_power_off_count_disks_and_report_once(void **state)
{
    struct session *session = *state;
    const struct drive_reading *drive = &session->at_reset.drives[0];

    add_disk(session, "a disk, with a comma.img", boot_sector, sizeof(boot_sector));
    start(session);
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_BY_GUEST);
    /* The firmware resets once more for itself, which is no reset of the guest's. */
    assert_int_equal(session->resets, 1);
    assert_int_equal(session->reset_by, ENGINE_RESET_BY_GUEST);
    assert_int_equal(session->paused, 0);
    assert_int_equal(session->running, 1);
    assert_int_equal(session->bad_samples, 0);

    /* The firmware reads the boot sector, the boot sector the rest. QEMU goes on while the engine asks for the figures:
     * what was read once more by then is in them (never written: the second time writes nothing). */
    assert_true(drive->known);
    assert_in_range(drive->bytes_read, BOOT_SECTOR + BOOT_READS, 2 * (BOOT_SECTOR + BOOT_READS));
    assert_int_equal(drive->bytes_written, BOOT_WRITES);
    drive = &session->sample.drives[0];
    assert_true(drive->known);
    assert_int_equal(drive->bytes_read, 2 * (BOOT_SECTOR + BOOT_READS));
    assert_int_equal(drive->bytes_written, BOOT_WRITES);
    assert_true(drive->reads >= 4);
    assert_true(drive->writes >= 1);
    assert_false(session->sample.drives[1].known);
}

static void test_qemu__pause_resume_and_reset_of_a_paused_vm(void **state)
{
    struct session *session = *state;
    struct vpc_error err;

    start(session);
    assert_false(engine_resume(session->vm, &err));
    assert_int_equal(err.cause, VPC_STATE_CONFLICT);
    accept_call(engine_pause(session->vm, &err), &err);
    session_wait(session, session_is_paused);
    assert_false(engine_pause(session->vm, &err));
    assert_int_equal(err.cause, VPC_STATE_CONFLICT);
    accept_call(engine_resume(session->vm, &err), &err);
    session_wait(session, runs_again);

    accept_call(engine_pause(session->vm, &err), &err);
    session_wait(session, is_paused_again);
    accept_call(engine_reset(session->vm, &err), &err);
    session_wait(session, runs_a_third_time);
    assert_int_equal(session->resets, 1);
    assert_int_equal(session->paused, 2);
    assert_true(session->sample.cpu_known);
    assert_true(session->sample.cpu_time_us > 0);
    turn_off(session);
}

static void test_qemu__two_resets_are_two_reports(void **state)
{
    struct session *session = *state;
    struct vpc_error err;

    start(session);
    accept_call(engine_reset(session->vm, &err), &err);
    accept_call(engine_reset(session->vm, &err), &err);
    accept_call(engine_pause(session->vm, &err), &err);
    session_wait(session, session_is_paused);
    assert_int_equal(session->resets, 2);
    assert_int_equal(session->running, 1);
    turn_off(session);
}

static void test_qemu__adapters_plugged_into_nothing_are_known_and_count_nothing(void **state)
{
    struct session *session = *state;

    session->config.adapter_count = 2;
    session->config.adapters[0].id = 1;
    session->config.adapters[1].id = 3;
    session->config.adapters[1].network = NETWORK_UNKNOWN;
    start(session);
    turn_off(session);
    assert_false(session->sample.adapters[0].known);
    assert_true(session->sample.adapters[1].known);
    assert_false(session->sample.adapters[2].known);
    assert_true(session->sample.adapters[3].known);
    assert_int_equal(session->sample.adapters[1].bytes_sent, 0);
}

static void refuse_start(struct session *session, enum vpc_cause cause, const char *text)
{
    struct vpc_error err;

    session_open(session);
    assert_false(engine_start(session->vm, NULL, &err));
    assert_int_equal(err.cause, cause);
    if (!strstr(err.text, text))
        fail_msg("'%s' is not in: %s", text, err.text);
    assert_int_equal(session->stops, 0);
}

static void test_qemu__missing_program_is_named(void **state)
{
    struct session *session = *state;

    session->config.qemu_program = text_copy("/nowhere/qemu-of-mine");
    refuse_start(session, VPC_ENGINE, "qemu-of-mine");
}

static void test_qemu__network_that_it_cannot_give_is_refused(void **state)
{
    struct session *session = *state;

    session->config.adapter_count = 1;
    session->config.adapters[0].network = NETWORK_HOST;
    session->config.adapters[0].network_name = text_copy("no-such-tap");
    refuse_start(session, VPC_FILE_NOT_FOUND, "no-such-tap");
}

static void wait_for_failure(struct session *session, const char *text)
{
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_FAILED);
    assert_int_equal(session->error.cause, VPC_ENGINE);
    if (!strstr(session->error.text, text))
        fail_msg("'%s' is not in: %s", text, session->error.text);
}

static void test_qemu__dying_at_start_says_its_last_line(void **state)
{
    struct session *session = *state;
    struct vpc_error err;

    session->config.extra_arguments = text_copy("-device no-such-device");
    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    wait_for_failure(session, "'no-such-device' is not a valid device model name");
    assert_int_equal(session->samples, 0);
    assert_int_equal(session->running, 0);
}

static void test_qemu__disk_that_is_missing_says_so(void **state)
{
    struct session *session = *state;
    struct vpc_error err;

    session->config.drive_count = 1;
    session->config.drives[0].kind = DRIVE_HARD_DISK;
    session->config.drives[0].path = session_path(session, "no disk.img");
    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    wait_for_failure(session, "no disk.img");
}

static void test_qemu__killed_from_outside_is_a_failure_with_the_last_figures(void **state)
{
    struct session *session = *state;
    unsigned samples;

    session_add_nat(session, "#!ipxe\ndhcp\n", 1);
    start(session);
    samples = session->samples;
    session_kill_qemu(session);
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_FAILED);
    assert_int_equal(session->error.cause, VPC_ENGINE);
    assert_true(session->samples > samples);
    assert_true(session->sample.adapters[0].known);
}

static void test_qemu__turn_off_while_starting(void **state)
{
    struct session *session = *state;
    struct vpc_error err;

    session_open(session);
    accept_call(engine_start(session->vm, NULL, &err), &err);
    turn_off(session);
    assert_int_equal(session->running, 0);
}

static void test_qemu__close_of_a_running_vm_ends_it(void **state)
{
    struct session *session = *state;

    start(session);
    session_close(session);
    assert_false(session_qemu_is_alive(session));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_qemu__netboot_counts_to_the_byte_over_rotations_and_reset, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qemu__guest_reset_and_power_off_count_disks_and_report_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qemu__pause_resume_and_reset_of_a_paused_vm, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__two_resets_are_two_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__adapters_plugged_into_nothing_are_known_and_count_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qemu__missing_program_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__network_that_it_cannot_give_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__dying_at_start_says_its_last_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__disk_that_is_missing_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__killed_from_outside_is_a_failure_with_the_last_figures, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qemu__turn_off_while_starting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__close_of_a_running_vm_ends_it, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
