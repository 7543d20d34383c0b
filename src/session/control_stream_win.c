/* Named pipes of Windows. */
#include "session/control_private.h"

#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <aclapi.h>

#include "util/clock.h"
#include "util/sid_win.h"
#include "util/text.h"

struct control_stream {
    HANDLE pipe;
    HANDLE event; /* of the one operation that is under way */
};

static DWORD remaining_ms(uint64_t deadline_ms)
{
    const uint64_t now = clock_monotonic_ms();
    if (now >= deadline_ms)
        return 0;
    return deadline_ms - now > 1000000 ? 1000000 : (DWORD)(deadline_ms - now);
}

static bool fail_transfer(struct vpc_error *err, DWORD code, const char *what)
{
    SetLastError(code);
    vpc_fail_os(err, "cannot %s the supervisor", what);
    if (code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA || code == ERROR_PIPE_NOT_CONNECTED ||
        code == ERROR_HANDLE_EOF)
        err->cause = VPC_VM_NOT_RUNNING;
    return false;
}

/* SECURITY_IDENTIFICATION: whoever serves the pipe may learn who calls, but not act as the caller. */
static HANDLE open_pipe(const wchar_t *wide)
{
    return CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
}

static bool wait_and_open(HANDLE *pipe, const char *name, uint64_t deadline_ms, struct vpc_error *err)
{
    wchar_t *wide = text_to_wide(name);
    if (!wide)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a connection");
    DWORD code = 0;
    *pipe = open_pipe(wide);
    while (*pipe == INVALID_HANDLE_VALUE) {
        code = GetLastError();
        const DWORD wait = remaining_ms(deadline_ms);
        if (code != ERROR_PIPE_BUSY || wait == 0)
            break;
        /* Another client may be quicker again, and a wait that fails says less than the next try to open. */
        WaitNamedPipeW(wide, wait);
        *pipe = open_pipe(wide);
    }
    free(wide);
    if (*pipe != INVALID_HANDLE_VALUE)
        return true;
    SetLastError(code);
    vpc_fail_os(err, "cannot connect to '%s'", name);
    if (code == ERROR_PIPE_BUSY)
        err->cause = VPC_TIMED_OUT;
    else if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
        err->cause = VPC_VM_NOT_RUNNING;
    return false;
}

/* The name stands in a file, and any user may have made a pipe of that name: who would be told commands, and give the
 * answers. */
static bool check_server(HANDLE pipe, const char *name, struct vpc_error *err)
{
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner;
    bool trusted;
    DWORD code =
        GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);
    if (code == ERROR_SUCCESS) {
        trusted = owner == NULL; /* Wine 8: a pipe to which nobody has given rights; on Windows each has an owner */
        if (!trusted && !sid_look_at_owner(owner, &trusted))
            code = GetLastError();
        LocalFree(descriptor);
    }
    if (code == ERROR_SUCCESS)
        return trusted || vpc_fail(err, VPC_ACCESS_DENIED, "'%s' is another user's", name);
    SetLastError(code);
    return vpc_fail_os(err, "cannot see who serves '%s'", name);
}

bool control_stream_connect(struct control_stream **stream, const char *name, uint64_t deadline_ms,
                            struct vpc_error *err)
{
    static const char prefix[] = "\\\\.\\pipe\\";
    *stream = NULL;
    if (name[0] == '\0')
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "no supervisor serves this VM");
    /* The name stands in a file: it must not lead to another machine, nor to a file. */
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return vpc_fail(err, VPC_CORRUPT, "'%s' is not the name of a pipe of this machine", name);
    struct control_stream *made = calloc(1, sizeof *made);
    if (!made)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a connection");
    made->pipe = INVALID_HANDLE_VALUE;
    made->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!made->event)
        vpc_fail_os(err, "cannot connect to '%s'", name);
    else if (wait_and_open(&made->pipe, name, deadline_ms, err) && check_server(made->pipe, name, err))
        *stream = made;
    if (!*stream)
        control_stream_close(made);
    /* analyse-allow analyzer-malloc-leak: control_stream_close has freed it */
    return *stream != NULL;
}

void control_stream_close(struct control_stream *stream)
{
    if (!stream)
        return;
    if (stream->pipe != INVALID_HANDLE_VALUE)
        CloseHandle(stream->pipe);
    if (stream->event)
        CloseHandle(stream->event);
    free(stream);
}

/* Ends the operation that `overlapped` stands for, at the latest at the deadline. The buffer is free when this returns.
 */
static bool finish(struct control_stream *stream, OVERLAPPED *overlapped, bool started, const char *what,
                   uint64_t deadline_ms, DWORD *moved, struct vpc_error *err)
{
    DWORD code = started ? ERROR_SUCCESS : GetLastError();
    bool late = false;
    *moved = 0;
    if (!started && code != ERROR_IO_PENDING)
        return fail_transfer(err, code, what);
    while (WaitForSingleObject(stream->event, remaining_ms(deadline_ms)) == WAIT_TIMEOUT) {
        if (remaining_ms(deadline_ms) > 0)
            continue;
        late = true;
        CancelIoEx(stream->pipe, overlapped);
        break;
    }
    /* Cancelling comes too late for an operation that has just completed: then what it moved counts. */
    if (GetOverlappedResult(stream->pipe, overlapped, moved, TRUE) && *moved > 0)
        return true;
    code = GetLastError();
    if (late)
        return vpc_fail(err, VPC_TIMED_OUT, "no reply from the supervisor in time");
    return fail_transfer(err, code == ERROR_SUCCESS ? ERROR_BROKEN_PIPE : code, what);
}

bool control_stream_write(struct control_stream *stream, const char *data, size_t size, uint64_t deadline_ms,
                          struct vpc_error *err)
{
    while (size > 0) {
        OVERLAPPED overlapped = {.hEvent = stream->event};
        DWORD moved;
        const BOOL started = WriteFile(stream->pipe, data, (DWORD)size, NULL, &overlapped);
        if (!finish(stream, &overlapped, started, "write to", deadline_ms, &moved, err))
            return false;
        data += moved;
        size -= moved;
    }
    return true;
}

bool control_stream_read(struct control_stream *stream, char *data, size_t size, uint64_t deadline_ms, size_t *got,
                         struct vpc_error *err)
{
    OVERLAPPED overlapped = {.hEvent = stream->event};
    DWORD moved;
    const BOOL started = ReadFile(stream->pipe, data, (DWORD)size, NULL, &overlapped);
    if (!finish(stream, &overlapped, started, "read from", deadline_ms, &moved, err))
        return false;
    *got = moved;
    return true;
}
