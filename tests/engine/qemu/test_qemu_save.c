/* Saved states with a real QEMU: a guest in the middle of a transfer is saved, restored, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#if !defined(_WIN32)
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#endif
#include "tests/engine/qemu/session.h"
#include "util/file.h"
#include "util/text.h"

#if defined(_WIN32)
#define SEPARATOR "\\"
#else
#define SEPARATOR "/"
#endif

enum {
    BIG_BYTES = 6 * 1024 * 1024,
    PART_BYTES = 1024 * 1024,
    FILLED_BYTES = 32 * 1024 * 1024, /* of the guest's memory: far more than one turn of the loop moves */
    MOST_STATE = 512 * 1024 * 1024
};

/* One transfer after the other until the test serves `go`, however quick the guest is and however slow the save. The
 * network's side of a connection is no part of a saved state: the guest asks again, and its reset says that it has all.
 */
static const char fetch_script[] = "#!ipxe\ndhcp ||\n:again\nimgfetch tftp://10.0.2.2/big.bin || goto again\nimgfree\n"
                                   "imgfetch tftp://10.0.2.2/go || goto again\nreboot\n";

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

/* A path as a part of an option in QEMU's arguments. Takes `path`. */
static void append_path(struct buffer *line, char *path)
{
    for (const char *c = path; *c; c++) {
        buffer_append(line, c, 1);
        if (*c == ',')
            buffer_append(line, c, 1);
    }
    free(path);
}

/* An independent counter for each direction, in QEMU, which keeps whole frames. */
static void add_independent_captures(struct session *session)
{
    struct buffer line = {0};

    for (int direction = 0; direction < 2; direction++) {
        buffer_append_format(&line, " -object \"filter-dump,id=own%d,netdev=net0,queue=%s,file=", direction,
                             direction ? "tx" : "rx");
        append_path(&line, session_qemu_path(session, direction ? "received.pcap" : "sent.pcap"));
        buffer_append_text(&line, "\"");
    }
    session->config.extra_arguments = line.data;
}

/* Puts so much into the guest's memory that its state cannot be written, or read, at once. */
static void fill_memory(struct session *session)
{
    struct buffer line = {0};
    char *data = malloc(FILLED_BYTES);

    assert_non_null(data);
    memset(data, 'x', FILLED_BYTES);
    session_write(session, "filling", data, FILLED_BYTES);
    free(data);
    buffer_append_text(&line, "-device \"loader,addr=0x1000000,force-raw=on,file=");
    append_path(&line, session_qemu_path(session, "filling"));
    buffer_append_text(&line, "\"");
    session->config.extra_arguments = line.data;
}

static bool has_a_part(const struct session *session)
{
    return session->sample.adapters[0].bytes_received > PART_BYTES;
}

static bool was_reset(const struct session *session)
{
    return session->resets > 0;
}

static void save(struct session *session, const char *path)
{
    struct vpc_error err;

    session->failures = 0;
    session->progress = 0;
    accept_call(engine_save(session->vm, path, &err), &err);
    session_wait(session, session_is_over);
    if (session->stop_reason != ENGINE_STOP_SAVED)
        fail_msg("not saved: %s", session->error.text);
    assert_int_equal(session->failures, 0);
    assert_true(session->progress > 0);
    assert_true(file_exists(path));
}

static void assert_equal_to_captures(struct session *session)
{
    uint64_t bytes, packets;

    session_sum_capture(session, "sent.pcap", &bytes, &packets);
    assert_int_equal(session->sample.adapters[0].bytes_sent, bytes);
    assert_int_equal(session->sample.adapters[0].packets_sent, packets);
    session_sum_capture(session, "received.pcap", &bytes, &packets);
    assert_int_equal(session->sample.adapters[0].bytes_received, bytes);
    assert_int_equal(session->sample.adapters[0].packets_received, packets);
}

/* Whether the latest frame that the guest has received is a whole block of its file: the last block is a shorter one,
 * and so is every other frame. */
static bool is_in_a_transfer(const struct session *session)
{
    uint32_t largest, last;

    session_frame_sizes(session, "received.pcap", &largest, &last);
    return last == largest;
}

static void restore(struct session *session, const char *path)
{
    struct vpc_error err;

    session_reopen(session);
    accept_call(engine_start(session->vm, path, &err), &err);
    session_wait(session, session_is_running);
}

/* Lets the guest get a part of its file. */
static void transfer(struct session *session)
{
    session->sampling = true;
    engine_sample_now(session->vm);
    session_wait(session, has_a_part);
}

static void test_qemu__save_in_a_transfer_and_restore(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv"), *temporary = session_path(session, "saved.vsv.tmp");

    session_add_nat(session, fetch_script, BIG_BYTES);
    add_independent_captures(session);
    start(session);
    transfer(session);
    save(session, path);
    /* The guest runs on until all is saved: that may have been in the moment between two transfers. */
    while (!is_in_a_transfer(session)) {
        restore(session, path);
        transfer(session);
        save(session, path);
    }
    assert_false(file_exists(temporary));
    assert_equal_to_captures(session);

    restore(session, path);
    assert_true(session->progress > 0);
    assert_true(session->samples_at_running > 0);
    assert_int_equal(session->sample.adapters[0].bytes_sent, 0);
    assert_int_equal(session->sample.adapters[0].bytes_received, 0);
    assert_int_equal(session->resets, 0);
    assert_true(file_exists(path)); /* it is the supervisor's to remove */
    session_write(session, "tftp" SEPARATOR "go", "#", 1);
    session->sampling = true;
    engine_sample_now(session->vm);
    session_wait(session, was_reset);
    assert_int_equal(session->reset_by, ENGINE_RESET_BY_GUEST);
    assert_true(session->at_reset.adapters[0].bytes_received > BIG_BYTES);
    turn_off(session);
    assert_int_equal(session->bad_samples, 0);
    assert_equal_to_captures(session);
    free(path);
    free(temporary);
}

/* ---- what goes wrong ---- */

static bool has_failed(const struct session *session)
{
    return session->failures > 0;
}

static bool moves_on(const struct session *session)
{
    return session->sample.cpu_known &&
           session->sample.adapters[0].packets_sent > session->at_reset.adapters[0].packets_sent;
}

/* After a failed save: the guest sends again what it has not sent before. */
static void expect_guest_goes_on(struct session *session)
{
    session->at_reset = session->sample;
    session->sampling = true;
    engine_sample_now(session->vm);
    session_wait(session, moves_on);
    session->sampling = false;
}

static void expect_failed_save(struct session *session, const char *path, enum vpc_cause cause)
{
    char *temporary = text_format("%s.tmp", path);
    struct vpc_error err;

    session->failures = 0;
    session->progress = 0;
    accept_call(engine_save(session->vm, path, &err), &err);
    session_wait(session, has_failed);
    if (session->error.cause != cause)
        fail_msg("%s (%s)", session->error.text, vpc_cause_name(session->error.cause));
    assert_false(file_exists(path));
    assert_false(file_exists(temporary));
    free(temporary);
}

static const char busy_script[] = "#!ipxe\ndhcp ||\n:again\nimgfetch tftp://10.0.2.2/big.bin ||\nimgfree\ngoto again\n";

static void test_qemu__save_to_nowhere_fails_and_the_guest_goes_on(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "no such folder" SEPARATOR "saved.vsv");

    session_add_nat(session, busy_script, BIG_BYTES);
    start(session);
    transfer(session);
    expect_failed_save(session, path, VPC_FILE_NOT_FOUND);
    expect_guest_goes_on(session);
    assert_int_equal(session->paused, 0);
    assert_int_equal(session->running, 1);
    turn_off(session);
    free(path);
}

#if !defined(_WIN32)
/* The limit of this process stands in for a full disk: writing fails in the middle of the stream. */
static void test_qemu__disk_full_while_saving(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv");
    struct rlimit before, little;
    struct vpc_error err;

    session_add_nat(session, busy_script, BIG_BYTES);
    add_independent_captures(session);
    start(session);
    transfer(session);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = 2 * PART_BYTES;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    expect_failed_save(session, path, VPC_DISK_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    expect_guest_goes_on(session);

    /* A paused guest stays paused, and neither failure is in the way of the save that has room. */
    accept_call(engine_pause(session->vm, &err), &err);
    session_wait(session, session_is_paused);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    expect_failed_save(session, path, VPC_DISK_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(session->paused, 1);
    assert_int_equal(session->running, 1);
    save(session, path);
    assert_int_equal(session->bad_samples, 0);
    assert_equal_to_captures(session);
    free(path);
}
#endif

/* Restores from this file, which QEMU must not be given or must refuse. */
static void expect_not_restored(struct session *session, const char *path, const char *part)
{
    struct vpc_error err;

    session_reopen(session);
    accept_call(engine_start(session->vm, path, &err), &err);
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_FAILED);
    assert_int_equal(session->running, 0);
    if (session->error.cause != VPC_SAVED_STATE || !strstr(session->error.text, part))
        fail_msg("%s: %s, not about '%s'", vpc_cause_name(session->error.cause), session->error.text, part);
    assert_true(file_exists(path));
}

static void test_qemu__saved_state_that_does_not_fit_is_refused(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv"), *data, *log = session_path(session, "run" SEPARATOR "qemu.log");
    struct vpc_error err;
    size_t size;

    start(session);
    save(session, path);
    if (!file_read(path, MOST_STATE, &data, &size, &err))
        fail_msg("%s", err.text);
    assert_true(size > 256);

    /* One byte less: QEMU is not even started. */
    if (!file_remove(log, &err) || !file_replace(path, data, size - 1, &err))
        fail_msg("%s", err.text);
    expect_not_restored(session, path, "should hold");
    assert_false(file_exists(log));

    /* Whole, but of a machine with more memory: QEMU itself refuses, in its own words, unless its connection has ended
     * before they were heard. */
    if (!file_replace(path, data, size, &err))
        fail_msg("%s", err.text);
    session->config.memory_mb = 96;
    expect_not_restored(session, path, "QEMU");
    session->config.memory_mb = 64;
    session_reopen(session);
    accept_call(engine_start(session->vm, path, &err), &err);
    session_wait(session, session_is_running);
    turn_off(session);
    free(data);
    free(log);
    free(path);
}

/* ---- what is called off ---- */

static uint64_t bytes_of(const struct session *session, const char *name)
{
    char *path = session_path(session, name);
    uv_fs_t request;
    uint64_t bytes = uv_fs_stat(NULL, &request, path, NULL) == 0 ? request.statbuf.st_size : 0;

    uv_fs_req_cleanup(&request);
    free(path);
    return bytes;
}

static bool is_being_written(const struct session *session)
{
    return bytes_of(session, "saved.vsv.tmp") > PART_BYTES;
}

static bool is_being_read(const struct session *session)
{
    return session->progress > 0;
}

static bool is_over_or_runs(const struct session *session)
{
    return session->stops > 0 || session->running > 0;
}

/* Begins a save, and is back in the middle of it. */
static void save_a_part(struct session *session, const char *path)
{
    struct vpc_error err;

    session_add_nat(session, busy_script, BIG_BYTES);
    fill_memory(session);
    start(session);
    transfer(session);
    accept_call(engine_save(session->vm, path, &err), &err);
    session_wait(session, is_being_written);
}

static void test_qemu__save_called_off_in_mid_stream(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv");
    struct vpc_error err;

    save_a_part(session, path);
    assert_true(bytes_of(session, "saved.vsv.tmp") < FILLED_BYTES);
    accept_call(engine_cancel(session->vm, &err), &err);
    assert_false(engine_cancel(session->vm, &err)); /* once is enough */
    assert_int_equal(err.cause, VPC_STATE_CONFLICT);
    session_wait(session, has_failed);
    assert_int_equal(session->error.cause, VPC_CANCELLED);
    assert_false(file_exists(path));
    assert_int_equal(bytes_of(session, "saved.vsv.tmp"), 0);
    expect_guest_goes_on(session);
    assert_int_equal(session->paused, 0);
    assert_int_equal(session->running, 1);
    /* It can be saved after all. */
    save(session, path);
    assert_true(bytes_of(session, "saved.vsv") > FILLED_BYTES);
    free(path);
}

#if !defined(_WIN32)
/* The port at which this process listens on the loopback, 0 when there is none. */
static uint16_t own_port(void)
{
    for (int file = 3; file < 1024; file++) {
        struct sockaddr_in address;
        socklen_t size = sizeof(address), flag_size = sizeof(int);
        int listens = 0;

        if (!getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_size) && listens &&
            !getsockname(file, (struct sockaddr *)&address, &size) && address.sin_family == AF_INET)
            return ntohs(address.sin_port);
    }
    return 0;
}

static int loopback_socket(struct sockaddr_in *address, uint16_t port)
{
    int yes = 1, file = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(file >= 0);
    assert_int_equal(setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    return file;
}

/* Another user of the host, who wants to have QEMU's state, or to be taken for QEMU. */
static void test_qemu__save_with_a_stranger_at_the_port_fails(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv");
    struct sockaddr_in address;

    save_a_part(session, path);
    uint16_t port = own_port();
    assert_int_not_equal(port, 0); /* or anybody could listen there */
    int taker = loopback_socket(&address, port), comer = loopback_socket(&address, port);
    assert_int_not_equal(bind(taker, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(connect(comer, (struct sockaddr *)&address, sizeof(address)), 0);
    session_wait(session, has_failed);
    assert_int_equal(session->error.cause, VPC_IO);
    assert_non_null(strstr(session->error.text, "somebody else"));
    assert_false(file_exists(path));
    assert_int_equal(own_port(), 0);
    close(taker);
    close(comer);
    expect_guest_goes_on(session);
    save(session, path);
    free(path);
}
#endif

static void test_qemu__restore_called_off_in_mid_stream(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv"), *before, *after;
    struct vpc_error err;
    size_t size, size_after;

    session_add_nat(session, busy_script, BIG_BYTES);
    fill_memory(session);
    start(session);
    transfer(session);
    save(session, path);
    accept_call(file_read(path, MOST_STATE, &before, &size, &err), &err);
    session_reopen(session);
    accept_call(engine_start(session->vm, path, &err), &err);
    session_wait(session, is_being_read);
    assert_true(session->progress < 90);
    accept_call(engine_cancel(session->vm, &err), &err);
    assert_false(engine_cancel(session->vm, &err));
    assert_int_equal(err.cause, VPC_STATE_CONFLICT);
    session_wait(session, is_over_or_runs);
    assert_int_equal(session->running, 0);
    assert_int_equal(session->stop_reason, ENGINE_STOP_FAILED);
    assert_int_equal(session->error.cause, VPC_CANCELLED);
    assert_false(session_qemu_is_alive(session));
    accept_call(file_read(path, MOST_STATE, &after, &size_after, &err), &err);
    assert_int_equal(size_after, size);
    assert_memory_equal(after, before, size);
    /* It can be restored after all, and the guest goes on. */
    restore(session, path);
    expect_guest_goes_on(session);
    turn_off(session);
    free(before);
    free(after);
    free(path);
}

#if !defined(_WIN32)
static bool is_open(const char *path)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    bool found = false;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        char name[300], target[1000];
        ssize_t size;

        snprintf(name, sizeof(name), "/proc/self/fd/%s", entry->d_name);
        size = readlink(name, target, sizeof(target) - 1);
        if (size < 0)
            continue;
        target[size] = '\0';
        found |= !strncmp(target, path, strlen(path));
    }
    closedir(folder);
    return found;
}
#endif

/* A session that was restored knows nothing of it any more once its guest runs. */
static void test_qemu__restored_guest_is_saved_and_lost_like_any_other(void **state)
{
    struct session *session = *state;
    char *path = session_path(session, "saved.vsv"), *again = session_path(session, "again.vsv");
    struct vpc_error err;

    session_add_nat(session, busy_script, BIG_BYTES);
    fill_memory(session);
    start(session);
    transfer(session);
    save(session, path);
    restore(session, path);
    expect_guest_goes_on(session);
#if !defined(_WIN32)
    assert_false(is_open(path));
#endif
    assert_false(engine_cancel(session->vm, &err)); /* there is nothing to call off */
    accept_call(engine_save(session->vm, again, &err), &err);
    accept_call(engine_cancel(session->vm, &err), &err);
    session_wait(session, has_failed);
    assert_int_equal(session->error.cause, VPC_CANCELLED);
    expect_guest_goes_on(session);
    session_kill_qemu(session);
    session_wait(session, session_is_over);
    assert_int_equal(session->stop_reason, ENGINE_STOP_FAILED);
    assert_int_equal(session->error.cause, VPC_ENGINE);
    free(again);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_qemu__save_in_a_transfer_and_restore, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__save_to_nowhere_fails_and_the_guest_goes_on, setup, teardown),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_qemu__disk_full_while_saving, setup, teardown),
#endif
        cmocka_unit_test_setup_teardown(test_qemu__saved_state_that_does_not_fit_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__save_called_off_in_mid_stream, setup, teardown),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_qemu__save_with_a_stranger_at_the_port_fails, setup, teardown),
#endif
        cmocka_unit_test_setup_teardown(test_qemu__restore_called_off_in_mid_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu__restored_guest_is_saved_and_lost_like_any_other, setup, teardown),
    };
    return cmocka_run_group_tests_name("qemu_save", tests, NULL, NULL);
}
