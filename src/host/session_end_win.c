#include "host/session_end.h"

#include <windows.h>
#include <stdlib.h>
#include "util/text.h"

enum {
    QUIT_PAUSE_MS = 10,
    FIRST_LEVEL = 0x3ff /* processes of higher levels are told earlier; QEMU has 0x280, the usual one */
};

struct session_end {
    uv_async_t told;
    void (*ends)(void *context);
    void *context;
    wchar_t *name;
    HANDLE thread;
    DWORD thread_id;
    HANDLE ready;  /* the window is there, or cannot be */
    HANDLE closed; /* all is done */
    HWND window;
};

static void session_end_told(uv_async_t *told)
{
    struct session_end *session = told->data;
    session->ends(session->context);
}

/* The system takes this process for done as soon as WM_ENDSESSION is answered, so the answer waits until it is. */
static LRESULT CALLBACK session_end_message(HWND window, UINT message, WPARAM wide, LPARAM along)
{
    struct session_end *session = (struct session_end *)GetWindowLongPtrW(window, GWLP_USERDATA);
    if (message == WM_QUERYENDSESSION)
        return TRUE;
    if (message == WM_ENDSESSION && wide && session) {
        ShutdownBlockReasonCreate(window, L"A virtual machine is being saved or turned off.");
        uv_async_send(&session->told);
        WaitForSingleObject(session->closed, INFINITE);
        ShutdownBlockReasonDestroy(window);
        return 0;
    }
    return DefWindowProcW(window, message, wide, along);
}

/* Wine without a display gives windows for messages only: nothing ends a session there, but a program can say so. */
static HWND session_end_window(const struct session_end *session)
{
    WNDCLASSW class = {
        .lpfnWndProc = session_end_message, .hInstance = GetModuleHandleW(NULL), .lpszClassName = SESSION_END_CLASS};
    RegisterClassW(&class);
    HWND window = CreateWindowExW(WS_EX_TOOLWINDOW, SESSION_END_CLASS, session->name, WS_POPUP, 0, 0, 0, 0, NULL, NULL,
                                  class.hInstance, NULL);
    return window ? window
                  : CreateWindowExW(0, SESSION_END_CLASS, session->name, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
                                    class.hInstance, NULL);
}

static DWORD WINAPI session_end_main(void *context)
{
    struct session_end *session = context;
    MSG message;
    session->window = session_end_window(session);
    if (session->window)
        SetWindowLongPtrW(session->window, GWLP_USERDATA, (LONG_PTR)session);
    PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE); /* makes the queue that session_end_close posts to */
    SetEvent(session->ready);
    while (session->window && GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    if (session->window)
        DestroyWindow(session->window);
    return 0;
}

static void session_end_free(struct session_end *session)
{
    if (session->thread)
        CloseHandle(session->thread);
    if (session->ready)
        CloseHandle(session->ready);
    if (session->closed)
        CloseHandle(session->closed);
    free(session->name);
    free(session);
}

bool session_end_watch(struct session_end **session, uv_loop_t *loop, const char *name, void (*ends)(void *context),
                       void *context, struct vpc_error *err)
{
    *session = NULL;
    struct session_end *made = calloc(1, sizeof *made);
    if (!made)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to watch the end of the session");
    made->ends = ends;
    made->context = context;
    made->name = text_to_wide(name);
    made->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    made->closed = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!made->name || !made->ready || !made->closed || uv_async_init(loop, &made->told, session_end_told) != 0) {
        session_end_free(made);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to watch the end of the session");
    }
    made->told.data = made;
    uv_unref((uv_handle_t *)&made->told);
    SetProcessShutdownParameters(FIRST_LEVEL, 0);
    made->thread = CreateThread(NULL, 0, session_end_main, made, 0, &made->thread_id);
    if (!made->thread)
        vpc_fail_os(err, "the end of the session cannot be watched");
    *session = made;
    if (made->thread)
        return true;
    session_end_close(made);
    *session = NULL;
    return false;
}

void session_end_close(struct session_end *session)
{
    if (!session)
        return;
    SetEvent(session->closed);
    if (session->thread) {
        WaitForSingleObject(session->ready, INFINITE);
        /* Refused while its queue is full, or when it has ended. */
        while (!PostThreadMessageW(session->thread_id, WM_QUIT, 0, 0) &&
               WaitForSingleObject(session->thread, QUIT_PAUSE_MS) == WAIT_TIMEOUT)
            ;
        WaitForSingleObject(session->thread, INFINITE);
    }
    uv_loop_t *loop = session->told.loop;
    uv_close((uv_handle_t *)&session->told, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    session_end_free(session);
}
