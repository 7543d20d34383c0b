/* By a wait of the system's thread pool for the process handle. */
#include <winsock2.h>
#include <windows.h>
#include "engine/qemu/qemu_watch.h"
#include <stdlib.h>

struct qemu_watch {
    uv_async_t async;
    HANDLE process, wait;
    void (*ended)(void *context);
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

/* On a thread of the pool. */
static void CALLBACK on_signalled(void *context, BOOLEAN timed_out)
{
    struct qemu_watch *watch = context;

    (void)timed_out;
    uv_async_send(&watch->async);
}

static void on_async(uv_async_t *async)
{
    struct qemu_watch *watch = async->data;

    if (!uv_is_closing((uv_handle_t *)async))
        watch->ended(watch->context);
}

static void on_closed(uv_handle_t *handle)
{
    struct qemu_watch *watch = handle->data;

    if (watch->closed)
        watch->closed(watch->closed_context);
    free(watch);
}

struct qemu_watch *qemu_watch_open(uv_loop_t *loop, struct qemu_process *process, void (*ended)(void *context),
                                   void *context)
{
    struct qemu_watch *watch = calloc(1, sizeof(*watch));
    HANDLE handle = qemu_process_handle(process);

    if (!watch || !handle ||
        !DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &watch->process, SYNCHRONIZE, FALSE, 0)) {
        free(watch);
        return NULL;
    }
    watch->ended = ended;
    watch->context = context;
    if (uv_async_init(loop, &watch->async, on_async)) {
        CloseHandle(watch->process);
        free(watch);
        return NULL;
    }
    watch->async.data = watch;
    if (RegisterWaitForSingleObject(&watch->wait, watch->process, on_signalled, watch, INFINITE, WT_EXECUTEONLYONCE))
        return watch;
    CloseHandle(watch->process);
    uv_close((uv_handle_t *)&watch->async, on_closed);
    return NULL;
}

void qemu_watch_close(struct qemu_watch *watch, void (*closed)(void *context), void *context)
{
    UnregisterWaitEx(watch->wait, INVALID_HANDLE_VALUE); /* waits for on_signalled, should it be running */
    CloseHandle(watch->process);
    watch->closed = closed;
    watch->closed_context = context;
    uv_close((uv_handle_t *)&watch->async, on_closed);
}
