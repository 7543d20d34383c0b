#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/qemu_process.h"
#include "tests/engine/qemu/session.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    PULSE_MS = 10
};

static void on_sampled(void *context, const struct engine_sample *sample, const struct vpc_error *err)
{
    struct session *session = context;

    session->samples++;
    session->sample = *sample;
    if (err) {
        session->bad_samples++;
        session->error = *err;
    }
    if (session->sampling && !session->stops)
        engine_sample_now(session->vm);
}

static void on_running(void *context)
{
    struct session *session = context;

    if (!session->running++)
        session->samples_at_running = session->samples;
}

static void on_paused(void *context)
{
    ((struct session *)context)->paused++;
}

static void on_reset(void *context, enum engine_reset_by by)
{
    struct session *session = context;

    session->resets++;
    session->reset_by = by;
    session->at_reset = session->sample;
}

static void on_progress(void *context, unsigned percent)
{
    struct session *session = context;

    if (percent < session->progress || percent > 100)
        fail_msg("progress goes from %u to %u", session->progress, percent);
    session->progress = percent;
}

static void on_failed(void *context, const struct vpc_error *err)
{
    struct session *session = context;

    session->failures++;
    session->error = *err;
}

static void on_stopped(void *context, enum engine_stop_reason reason, const struct vpc_error *err)
{
    struct session *session = context;

    session->stops++;
    session->stop_reason = reason;
    if (err)
        session->error = *err;
}

static const struct engine_events events = {
    .sampled = on_sampled,
    .running = on_running,
    .paused = on_paused,
    .reset = on_reset,
    .progress = on_progress,
    .failed = on_failed,
    .stopped = on_stopped,
};

char *session_path(const struct session *session, const char *name)
{
    return path_join(session->folder, name);
}

char *session_qemu_path(const struct session *session, const char *name)
{
    char *path = session_path(session, name), *translated;
    struct vpc_error err;

    translated = qemu_process_path(path, &err);
    if (!translated)
        fail_msg("%s", err.text);
    free(path);
    return translated;
}

void session_write(const struct session *session, const char *name, const void *data, size_t size)
{
    char *path = session_path(session, name);
    struct vpc_error err;

    if (!file_replace(path, data, size, &err))
        fail_msg("%s", err.text);
    free(path);
}

static void on_pulse(uv_timer_t *pulse)
{
    (void)pulse;
}

void session_setup(struct session *session)
{
    char temporary[1024], template[1100];
    size_t size = sizeof(temporary);
    struct vpc_error err;
    uv_fs_t made;

    memset(session, 0, sizeof(*session));
    assert_int_equal(uv_loop_init(&session->loop), 0);
    uv_timer_init(&session->loop, &session->pulse);
    uv_unref((uv_handle_t *)&session->pulse);
    uv_timer_start(&session->pulse, on_pulse, PULSE_MS, PULSE_MS);
    assert_int_equal(uv_os_tmpdir(temporary, &size), 0);
    /* A blank, a quote and a comma: what a user's folder may hold and what quoting goes wrong on. */
    snprintf(template, sizeof(template), "%s%cvpc it's, XXXXXX", temporary, PATH_SEPARATOR);
    assert_int_equal(uv_fs_mkdtemp(NULL, &made, template, NULL), 0);
    session->folder = text_copy(made.path);
    uv_fs_req_cleanup(&made);
    session->run_folder = session_path(session, "run");
    if (!folder_make(session->run_folder, &err))
        fail_msg("%s", err.text);
    session->config.name = text_copy("x\" -monitor stdio, y");
    session->config.config_id = text_copy("{6376C067-7F57-4D63-B754-06E2E4F51D73}");
    session->config.memory_mb = 64;
    session->config.qemu_accelerator = text_copy("tcg");
    session->config.dump_rotate_bytes = 1024 * 1024;
}

void session_add_nat(struct session *session, const char *ipxe_script, size_t big_bytes)
{
    struct machine_adapter *adapter = &session->config.adapters[session->config.adapter_count++];
    char *big = malloc(big_bytes + 1), *folder;
    struct vpc_error err;

    adapter->network = NETWORK_NAT;
    adapter->mac_dynamic = true;
    folder = session_path(session, "tftp");
    if (!folder_make(folder, &err))
        fail_msg("%s", err.text);
    adapter->tftp_folder = folder;
    adapter->boot_file = text_copy("boot.ipxe");
    for (size_t i = 0; i < big_bytes; i++)
        big[i] = (char)(i * 7 >> 3);
    folder = path_join("tftp", "boot.ipxe");
    session_write(session, folder, ipxe_script, strlen(ipxe_script));
    free(folder);
    folder = path_join("tftp", "big.bin");
    session_write(session, folder, big, big_bytes);
    free(folder);
    free(big);
}

void session_open(struct session *session)
{
    struct vpc_error err;

    if (!engine_open(&session->vm, "qemu", &session->loop, &session->config, session->run_folder, &events, session,
                     &err))
        fail_msg("%s", err.text);
}

void session_wait(struct session *session, bool (*done)(const struct session *session))
{
    while (!done(session)) {
        if (session->stops)
            fail_msg("the VM has stopped: %s", session->error.text);
        if (!uv_run(&session->loop, UV_RUN_ONCE) && !done(session))
            fail_msg("%s", "nothing is left to wait for");
    }
}

bool session_is_running(const struct session *session)
{
    return session->running > 0;
}

bool session_is_paused(const struct session *session)
{
    return session->paused > 0;
}

bool session_is_over(const struct session *session)
{
    return session->stops > 0;
}

bool session_has_failed(const struct session *session)
{
    return session->failures > 0;
}

static void on_closed(void *context)
{
    *(bool *)context = true;
}

static struct qemu_process *process_of(struct session *session)
{
    struct qemu_process *process;
    struct vpc_error err;

    if (session->vm) {
        json_t *words = json_loads(engine_state(session->vm), 0, NULL);

        session->pid = json_integer_value(json_object_get(words, "pid"));
        session->pid_start = (uint64_t)json_integer_value(json_object_get(words, "start"));
        json_decref(words);
        assert_true(session->pid > 0);
    }
    return qemu_process_adopt(&process, session->pid, session->pid_start, &err) ? process : NULL;
}

bool session_qemu_is_alive(struct session *session)
{
    struct qemu_process *process = process_of(session);
    bool alive = process != NULL;

    qemu_process_free(process);
    return alive;
}

void session_kill_qemu(struct session *session)
{
    struct qemu_process *process = process_of(session);

    assert_non_null(process);
    qemu_process_kill(process);
    qemu_process_free(process);
}

void session_end(struct session *session)
{
    bool closed = false;

    engine_close(session->vm, on_closed, &closed);
    session->vm = NULL;
    uv_run(&session->loop, UV_RUN_DEFAULT);
    assert_true(closed);
    session->stops = session->running = session->paused = 0;
    session->sample = (struct engine_sample){0};
}

void session_reopen(struct session *session)
{
    session_end(session);
    session->at_reset = (struct engine_sample){0};
    session->error = (struct vpc_error){0};
    session->samples = session->bad_samples = session->resets = 0;
    session->failures = session->samples_at_running = session->progress = 0;
    session->sampling = false;
    session_open(session);
}

void session_close(struct session *session)
{
    bool closed = false;

    assert_true(session_qemu_is_alive(session));
    engine_close(session->vm, on_closed, &closed);
    session->vm = NULL;
    uv_run(&session->loop, UV_RUN_DEFAULT);
    assert_true(closed);
}

void session_teardown(struct session *session)
{
    bool closed = session->vm == NULL;
    struct vpc_error err;

    session->sampling = false;
    if (session->vm)
        engine_close(session->vm, on_closed, &closed);
    uv_run(&session->loop, UV_RUN_DEFAULT);
    assert_true(closed);
    uv_close((uv_handle_t *)&session->pulse, NULL);
    uv_run(&session->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&session->loop), 0);
    if (session->folder && !folder_remove(session->folder, &err))
        fail_msg("%s", err.text);
    free(session->folder);
    free(session->run_folder);
    machine_config_clear(&session->config);
}

static uint32_t word_at(const char *data, size_t offset)
{
    uint32_t word;

    memcpy(&word, data + offset, sizeof(word));
    return word;
}

struct capture_sum {
    uint64_t bytes, packets;
    uint32_t largest, last; /* bytes of a frame */
};

static struct capture_sum sum_capture(const struct session *session, const char *name)
{
    char *path = session_path(session, name), *data;
    struct capture_sum sum = {0};
    struct vpc_error err;
    size_t size, offset;

    if (!file_read(path, 256 * 1024 * 1024, &data, &size, &err))
        fail_msg("%s", err.text);
    for (offset = 24; offset < size; offset += 16 + word_at(data, offset + 8)) {
        sum.last = word_at(data, offset + 12);
        sum.largest = sum.last > sum.largest ? sum.last : sum.largest;
        sum.bytes += sum.last;
        sum.packets++;
    }
    assert_int_equal(offset, size);
    free(data);
    free(path);
    return sum;
}

void session_sum_capture(const struct session *session, const char *name, uint64_t *bytes, uint64_t *packets)
{
    struct capture_sum sum = sum_capture(session, name);

    *bytes = sum.bytes;
    *packets = sum.packets;
}

void session_frame_sizes(const struct session *session, const char *name, uint32_t *largest, uint32_t *last)
{
    struct capture_sum sum = sum_capture(session, name);

    *largest = sum.largest;
    *last = sum.last;
}
