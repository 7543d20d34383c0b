#include "fault_process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"

struct fault_process {
    uv_process_t handle;
    uv_pipe_t output;
    bool output_closed, ended, handle_closed;
    int64_t status;
    int signal;
    char *line; /* borrowed, until its end was read */
    size_t length, size;
};

static void handle_closes(uv_handle_t *handle)
{
    struct fault_process *process = handle->data;
    process->handle_closed = true;
}

static void ends(uv_process_t *handle, int64_t status, int signal)
{
    struct fault_process *process = handle->data;
    process->ended = true;
    process->status = status;
    process->signal = signal;
    uv_close((uv_handle_t *)handle, handle_closes);
}

static void output_closes(uv_handle_t *output)
{
    struct fault_process *process = output->data;
    process->output_closed = true;
}

/* Straight into the line. */
static void give_room(uv_handle_t *output, size_t wished, uv_buf_t *room)
{
    struct fault_process *process = output->data;
    (void)wished;
    *room = uv_buf_init(process->line + process->length, (unsigned)(process->size - 1 - process->length));
}

static void hears(uv_stream_t *output, ssize_t got, const uv_buf_t *room)
{
    struct fault_process *process = output->data;
    (void)room;
    if (got > 0)
        process->length += (size_t)got;
    process->line[process->length] = '\0';
    char *end = strchr(process->line, '\n');
    if (end != NULL)
        *end = '\0';
    if (end != NULL || got < 0)
        uv_close((uv_handle_t *)output, output_closes);
}

struct fault_process *fault_process_start(const char *const *words, char *line, size_t size)
{
    uv_loop_t *loop = uv_default_loop();
    struct fault_process *process = calloc(1, sizeof *process);
    assert_non_null(process);
    line[0] = '\0';
    process->line = line;
    process->size = size;
    process->handle.data = process;
    assert_int_equal(uv_pipe_init(loop, &process->output, 0), 0);
    process->output.data = process;
    uv_stdio_container_t streams[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&process->output},
        {.flags = UV_INHERIT_FD, .data.fd = 2}};
    uv_process_options_t options = {.exit_cb = ends,
                                    .file = words[0],
                                    .args = (char **)(uintptr_t)words,
                                    .flags = UV_PROCESS_WINDOWS_HIDE,
                                    .stdio_count = 3,
                                    .stdio = streams};
    assert_int_equal(uv_spawn(loop, &process->handle, &options), 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&process->output, give_room, hears), 0);
    while (!process->output_closed)
        uv_run(loop, UV_RUN_ONCE);
    return process;
}

bool fault_process_has_ended(struct fault_process *process)
{
    if (!process->ended)
        uv_run(uv_default_loop(), UV_RUN_NOWAIT);
    return process->ended;
}

void fault_process_kill(struct fault_process *process)
{
    uv_process_kill(&process->handle, SIGKILL);
}

bool fault_process_status(const struct fault_process *process, int *status, char *text, size_t size)
{
    *status = (int)process->status;
    snprintf(text, size, "it is ended with status %#llx, signal %d", (unsigned long long)process->status,
             process->signal);
    /* On Windows a code of the system's says what it has died of. */
    return process->signal == 0 && process->status >= 0 && process->status <= 255;
}

void fault_process_free(struct fault_process *process)
{
    while (process != NULL && !process->handle_closed)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    free(process);
}
