/* By a pidfd, which becomes readable when the process ends. */
#include "engine/qemu/qemu_watch.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct qemu_watch {
    uv_poll_t poll;
    int descriptor;
    void (*ended)(void *context);
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct qemu_watch *watch = poll->data;

    (void)status;
    (void)events;
    uv_poll_stop(poll);
    watch->ended(watch->context);
}

struct qemu_watch *qemu_watch_open(uv_loop_t *loop, struct qemu_process *process, void (*ended)(void *context),
                                   void *context)
{
#if defined(SYS_pidfd_open)
    struct qemu_watch *watch = calloc(1, sizeof(*watch));
    uint64_t start;
    int64_t pid;

    if (!watch || !qemu_process_id(process, &pid, &start)) {
        free(watch);
        return NULL;
    }
    watch->descriptor = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    /* The id may have been given to another since it was looked up. */
    if (watch->descriptor < 0 || !qemu_process_alive(process) || uv_poll_init(loop, &watch->poll, watch->descriptor)) {
        if (watch->descriptor >= 0)
            close(watch->descriptor);
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->ended = ended;
    watch->context = context;
    uv_poll_start(&watch->poll, UV_READABLE, on_readable);
    return watch;
#else
    (void)loop;
    (void)process;
    (void)ended;
    (void)context;
    return NULL;
#endif
}

static void on_closed(uv_handle_t *handle)
{
    struct qemu_watch *watch = handle->data;

    close(watch->descriptor);
    watch->closed(watch->closed_context);
    free(watch);
}

void qemu_watch_close(struct qemu_watch *watch, void (*closed)(void *context), void *context)
{
    watch->closed = closed;
    watch->closed_context = context;
    uv_close((uv_handle_t *)&watch->poll, on_closed);
}
