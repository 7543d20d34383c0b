#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/engine/qemu/fake_monitor.h"
#include "util/text.h"

struct sending {
    uv_write_t request;
    char *text;
};

static void on_sent(uv_write_t *request, int status)
{
    struct sending *sending = (struct sending *)request;

    (void)status; /* who is turned away while it speaks is no fault */
    free(sending->text);
    free(sending);
}

/* Takes `text`. */
static void send_text(struct fake_monitor *monitor, char *text, size_t size)
{
    struct sending *sending = malloc(sizeof(*sending));
    uv_buf_t piece = uv_buf_init(text, (unsigned)size);

    sending->text = text;
    if (uv_write(&sending->request, (uv_stream_t *)&monitor->tcp, &piece, 1, on_sent))
        on_sent(&sending->request, 0);
}

static void send_message(struct fake_monitor *monitor, const json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    size_t size = strlen(text);

    text[size] = '\n'; /* in place of the NUL */
    send_text(monitor, text, size + 1);
}

static void send_raw(struct fake_monitor *monitor, const char *raw, json_int_t times)
{
    struct buffer bytes = {0};

    for (json_int_t i = 0; i < times; i++)
        buffer_append_text(&bytes, raw);
    send_text(monitor, bytes.data, bytes.size);
}

static FILE *open_capture(const struct fake_monitor *monitor, const char *name, const char *mode)
{
    char *path = text_format("%s/%s", monitor->folder, name);
    FILE *file = fopen(path, mode);

    assert_non_null(file);
    free(path);
    return file;
}

static void append_frame(const struct fake_monitor *monitor, const char *name, uint32_t length)
{
    const uint32_t record[4] = {1, 2, 1, length};
    FILE *file = open_capture(monitor, name, "ab");

    assert_int_equal(fwrite(record, sizeof(record), 1, file), 1);
    assert_int_equal(fwrite("x", 1, 1, file), 1);
    fclose(file);
}

static void make_capture(const struct fake_monitor *monitor, const char *path)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 1, 1};
    FILE *file = open_capture(monitor, strrchr(path, '/') + 1, "wb");

    assert_int_equal(fwrite(header, sizeof(header), 1, file), 1);
    fclose(file);
}

static void on_monitor_closed(uv_handle_t *handle)
{
    ((struct fake_monitor *)handle->data)->open = false;
}

static void end(struct fake_monitor *monitor)
{
    monitor->ended = true;
    if (!uv_is_closing((uv_handle_t *)&monitor->tcp))
        uv_close((uv_handle_t *)&monitor->tcp, on_monitor_closed);
}

static void answer(struct fake_monitor *monitor, const json_t *step, const json_t *command)
{
    json_t *arguments = json_object_get(command, "arguments"), *reply, *with = json_object_get(step, "with"), *value;
    const char *name = json_string_value(json_object_get(command, "execute")), *key;
    const char *error = json_string_value(json_object_get(step, "error"));

    assert_string_equal(name, json_string_value(json_object_get(step, "expect")));
    json_object_foreach(with, key, value)
    {
        const json_t *given = json_object_get(arguments, key);

        if (json_is_null(value) ? given != NULL : !json_equal(value, given))
            fail_msg("%s has another '%s' than the script", name, key);
    }
    if (json_is_true(json_object_get(step, "close"))) {
        end(monitor);
        return;
    }
    if (!error && json_object_get(arguments, "file"))
        make_capture(monitor, json_string_value(json_object_get(arguments, "file")));
    if (error)
        reply = json_pack("{s:{s:s,s:s}}", "error", "class", "GenericError", "desc", error);
    else
        reply = json_pack("{s:O}", "return", json_object_get(step, "return"));
    json_object_set(reply, "id", json_object_get(command, "id"));
    send_message(monitor, reply);
    json_decref(reply);
}

/* Carries out steps up to the next one that waits for a command; with one, that too. */
static void go_on(struct fake_monitor *monitor, const json_t *command)
{
    for (; !fake_monitor_is_done(monitor) && !monitor->ended; monitor->step++) {
        const json_t *step = json_array_get(monitor->steps, monitor->step);
        const json_t *repeat = json_object_get(step, "repeat");

        if (json_object_get(step, "send")) {
            send_message(monitor, json_object_get(step, "send"));
        } else if (json_object_get(step, "raw")) {
            send_raw(monitor, json_string_value(json_object_get(step, "raw")), repeat ? json_integer_value(repeat) : 1);
        } else if (json_object_get(step, "stop_ms")) {
            uv_sleep((unsigned)json_integer_value(json_object_get(step, "stop_ms")));
        } else if (json_object_get(step, "frame")) {
            append_frame(monitor, json_string_value(json_object_get(step, "frame")),
                         (uint32_t)json_integer_value(json_object_get(step, "length")));
        } else if (command) {
            answer(monitor, step, command);
            command = NULL;
        } else {
            return;
        }
    }
    if (command)
        fail_msg("%s comes after the end of the script", json_string_value(json_object_get(command, "execute")));
}

static void on_monitor_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct fake_monitor *monitor = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(monitor->read_buffer, sizeof(monitor->read_buffer));
}

static void on_monitor_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct fake_monitor *monitor = stream->data;
    char *newline;

    if (got < 0) {
        end(monitor);
        return;
    }
    assert_true(monitor->in_size + (size_t)got < sizeof(monitor->in));
    memcpy(monitor->in + monitor->in_size, buffer->base, (size_t)got);
    monitor->in_size += (size_t)got;
    while (!monitor->ended && (newline = memchr(monitor->in, '\n', monitor->in_size))) {
        size_t size = (size_t)(newline - monitor->in) + 1;
        json_t *command = json_loadb(monitor->in, size, 0, NULL);

        assert_non_null(command);
        monitor->in_size -= size;
        memmove(monitor->in, newline + 1, monitor->in_size);
        go_on(monitor, command);
        json_decref(command);
    }
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct fake_monitor *monitor = connect->data;

    assert_int_equal(status, 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&monitor->tcp, on_monitor_buffer, on_monitor_read), 0);
    go_on(monitor, NULL);
}

void fake_monitor_connect(struct fake_monitor *monitor, uv_loop_t *loop, uint16_t port, const char *script,
                          const char *folder)
{
    char *path = text_format("%s/qmp/%s", VPC_TEST_DATA, script);
    struct sockaddr_in address;
    json_error_t error;

    memset(monitor, 0, sizeof(*monitor));
    if (!(monitor->steps = json_load_file(path, 0, &error)))
        fail_msg("%s: %s", path, error.text);
    free(path);
    monitor->folder = folder;
    monitor->open = true;
    uv_tcp_init(loop, &monitor->tcp);
    monitor->tcp.data = monitor->connect.data = monitor;
    uv_ip4_addr("127.0.0.1", port, &address);
    assert_int_equal(uv_tcp_connect(&monitor->connect, &monitor->tcp, (const struct sockaddr *)&address, on_connected),
                     0);
}

bool fake_monitor_is_done(const struct fake_monitor *monitor)
{
    return monitor->step == json_array_size(monitor->steps);
}

void fake_monitor_close(struct fake_monitor *monitor)
{
    uv_loop_t *loop = monitor->tcp.loop;

    end(monitor);
    while (monitor->open)
        uv_run(loop, UV_RUN_ONCE);
    json_decref(monitor->steps);
}
