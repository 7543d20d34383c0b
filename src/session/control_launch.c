/* Starting a supervisor, from inside a process that may be anything: nothing of that process may be inherited but one
 * end of one pipe. */
#include "session/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "session/control_private.h"
#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"

enum {
    LAUNCH_MS = 60000,
    EXIT_MS = 5000,  /* at most: a process that has closed its output ends soon */
    START_TRIES = 3, /* of CreateProcess, where it says that the new process died before anything of it ran */
    ID_DIGITS = 12,
    ANSWER_SIZE = 4096
};

/* A supervisor that is being started. */
struct control_launch {
    HANDLE read_end, write_end; /* of the pipe that is its standard output */
    HANDLE event;               /* of the read that is under way */
    HANDLE process;
    bool adopt;
    char answer[ANSWER_SIZE];
    size_t have;
};

static void close_handle(HANDLE *handle)
{
    if (*handle && *handle != INVALID_HANDLE_VALUE)
        CloseHandle(*handle);
    *handle = NULL;
}

/* An anonymous pipe knows no overlapped reads, and only these can be waited for together with the process. So it is a
 * pipe with a name that nobody can guess, for one client, which is opened here at once. */
static bool make_pipe(struct control_launch *launch, struct vpc_error *err)
{
    char guid[37];
    wchar_t name[64];
    SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
    if (!text_random_guid(guid, err))
        return false;
    wcscpy(name, L"\\\\.\\pipe\\vpc-start-");
    for (size_t i = 0, end = wcslen(name); i < sizeof guid; i++)
        name[end + i] = (wchar_t)guid[i];
    launch->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (launch->event)
        launch->read_end =
            CreateNamedPipeW(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                             PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, ANSWER_SIZE, 0, NULL);
    if (launch->read_end && launch->read_end != INVALID_HANDLE_VALUE)
        launch->write_end = CreateFileW(name, GENERIC_WRITE, 0, &inheritable, OPEN_EXISTING,
                                        SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (launch->write_end && launch->write_end != INVALID_HANDLE_VALUE)
        return true;
    return vpc_fail_os(err, "cannot make a pipe for the supervisor");
}

/* `task` 0: none is wished for. */
static wchar_t *command_line_for(const char *program, const char *vm_name, bool adopt, uint32_t task)
{
    char id[ID_DIGITS];
    struct buffer line = {0};
    control_quote_argument(&line, program);
    buffer_append_text(&line, " --vm");
    control_quote_argument(&line, vm_name);
    if (adopt)
        buffer_append_text(&line, " --adopt");
    if (task) {
        snprintf(id, sizeof id, "%lu", (unsigned long)task);
        buffer_append_text(&line, " --task");
        control_quote_argument(&line, id);
    }
    wchar_t *wide = line.failed ? NULL : text_to_wide(line.data);
    buffer_free(&line);
    return wide;
}

/* Strings that CreateProcess takes. */
struct start_strings {
    wchar_t *program, *command_line, *folder;
};

static bool make_strings(struct start_strings *strings, const char *program, const char *vm_name, bool adopt,
                         uint32_t task)
{
    /* The supervisor outlives its parent: it must not keep the parent's folder from being removed. */
    char *folder = path_folder(program);
    strings->program = text_to_wide(program);
    strings->command_line = command_line_for(program, vm_name, adopt, task);
    strings->folder = folder ? text_to_wide(folder) : NULL;
    free(folder);
    return strings->program && strings->command_line && strings->folder;
}

static BOOL create_process_once(const struct start_strings *strings, STARTUPINFOEXW *startup, DWORD flags,
                                PROCESS_INFORMATION *process)
{
    /* CreateProcessW writes into the command line, so each attempt has its own. */
    wchar_t *command_line = _wcsdup(strings->command_line);
    if (!command_line) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    const BOOL ok = CreateProcessW(strings->program, command_line, NULL, NULL, TRUE, flags, NULL, strings->folder,
                                   &startup->StartupInfo, process);
    const DWORD code = GetLastError();
    free(command_line);
    SetLastError(code);
    return ok;
}

/* On a busy host the loader of Wine 8 (seen once in some thousands of starts) dies before the program begins:
 * ERROR_INTERNAL_ERROR. Nothing has run then, so it may be started again. */
static BOOL create_process(const struct start_strings *strings, STARTUPINFOEXW *startup, DWORD flags,
                           PROCESS_INFORMATION *process)
{
    for (int tries = 1;; tries++) {
        if (create_process_once(strings, startup, flags, process))
            return TRUE;
        if (GetLastError() != ERROR_INTERNAL_ERROR || tries == START_TRIES)
            return FALSE;
    }
}

/* With the one handle that may be inherited. */
static bool start_with_handle(struct control_launch *launch, const struct start_strings *strings)
{
    STARTUPINFOEXW startup = {.StartupInfo = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES}};
    PROCESS_INFORMATION process;
    SIZE_T size = 0;
    BOOL ok = FALSE;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    if (!list) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    if (!InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        free(list);
        return false;
    }
    startup.StartupInfo.hStdOutput = launch->write_end;
    startup.lpAttributeList = list;
    if (UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &launch->write_end,
                                  sizeof launch->write_end, NULL, NULL)) {
        const DWORD flags = CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT;
        /* A client that runs in a job which ends with it would take the VM along. Where the job forbids to leave it, so
         * be it. */
        ok = create_process(strings, &startup, flags | CREATE_BREAKAWAY_FROM_JOB, &process);
        if (!ok && GetLastError() == ERROR_ACCESS_DENIED)
            ok = create_process(strings, &startup, flags, &process);
    }
    const DWORD code = GetLastError();
    DeleteProcThreadAttributeList(list);
    free(list);
    if (ok) {
        CloseHandle(process.hThread);
        launch->process = process.hProcess;
        close_handle(&launch->write_end);
    }
    SetLastError(code);
    return ok;
}

static bool start(struct control_launch *launch, const char *program, const char *vm_name, uint32_t task,
                  struct vpc_error *err)
{
    struct start_strings strings;
    bool ok = make_strings(&strings, program, vm_name, launch->adopt, task);
    if (!ok) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to start '%s'", program);
    } else if (!start_with_handle(launch, &strings)) {
        ok = vpc_fail_os(err, "cannot start the supervisor '%s'", program);
        err->cause = VPC_ENGINE;
    }
    free(strings.program);
    free(strings.command_line);
    free(strings.folder);
    return ok;
}

enum read_end {
    READ_SOME,
    READ_NOTHING, /* closed, or the process has ended and left nothing to read */
    READ_LATE
};

/* Waits for bytes, for the end of the process or for the deadline. The process is watched too, as a program that the
 * client starts at the same time in another thread may have inherited the other end and keep it open. */
static enum read_end read_some(struct control_launch *launch, uint64_t deadline_ms)
{
    OVERLAPPED overlapped = {.hEvent = launch->event};
    const HANDLE handles[] = {launch->event, launch->process};
    DWORD moved = 0, wait = WAIT_OBJECT_0;
    if (!ReadFile(launch->read_end, launch->answer + launch->have, (DWORD)(sizeof launch->answer - launch->have), NULL,
                  &overlapped)) {
        if (GetLastError() != ERROR_IO_PENDING)
            return READ_NOTHING;
        const uint64_t now = clock_monotonic_ms();
        wait = WaitForMultipleObjects(2, handles, FALSE, now < deadline_ms ? (DWORD)(deadline_ms - now) : 0);
    }
    /* What a process wrote before it ended has completed the read already. */
    if (wait != WAIT_OBJECT_0)
        CancelIoEx(launch->read_end, &overlapped);
    if (!GetOverlappedResult(launch->read_end, &overlapped, &moved, TRUE))
        moved = 0;
    launch->have += moved;
    if (moved > 0)
        return READ_SOME;
    return wait == WAIT_TIMEOUT ? READ_LATE : READ_NOTHING;
}

static DWORD remaining_ms(uint64_t deadline_ms)
{
    const uint64_t now = clock_monotonic_ms();
    return now < deadline_ms ? (DWORD)(deadline_ms - now) : 0;
}

static bool fail_without_line(struct control_launch *launch, uint64_t deadline_ms, struct vpc_error *err)
{
    DWORD code, wait = remaining_ms(deadline_ms);
    if (WaitForSingleObject(launch->process, wait < EXIT_MS ? wait : EXIT_MS) == WAIT_OBJECT_0 &&
        GetExitCodeProcess(launch->process, &code))
        return vpc_fail(err, VPC_ENGINE, "the supervisor ended with code %lu before it said how it stands", code);
    return vpc_fail(err, VPC_ENGINE, "the supervisor does not say how it stands");
}

static bool read_answer(struct control_launch *launch, uint64_t deadline_ms, const char **end, struct vpc_error *err)
{
    while (!(*end = memchr(launch->answer, '\n', launch->have))) {
        if (launch->have == sizeof launch->answer)
            return vpc_fail(err, VPC_ENGINE, "the supervisor says more than one line of %d bytes", ANSWER_SIZE);
        const enum read_end got = read_some(launch, deadline_ms);
        if (got == READ_NOTHING)
            return fail_without_line(launch, deadline_ms, err);
        if (got == READ_LATE)
            return vpc_fail(err, VPC_TIMED_OUT, "the supervisor has not said in time how it stands");
    }
    return true;
}

bool control_launch_wait(struct control_launch *launch, uint32_t most_ms, uint32_t *number, struct vpc_error *err)
{
    const char *end;
    json_t *answer;
    *number = 0;
    if (!read_answer(launch, clock_monotonic_ms() + most_ms, &end, err))
        return false;
    if (!control_parse_object(launch->answer, (size_t)(end - launch->answer), &answer, err)) {
        err->cause = VPC_ENGINE;
        return vpc_fail_in(err, "first line of the supervisor");
    }
    const json_t *error = json_object_get(answer, "error");
    bool ok;
    if (error)
        ok = control_fail_as_told(error, err);
    else if ((*number = launch->adopt ? (uint32_t)json_integer_value(json_object_get(answer, "state"))
                                      : control_task_id(answer)) != 0)
        ok = true;
    else
        ok = vpc_fail(err, VPC_ENGINE, "the supervisor names neither a %s nor an error",
                      launch->adopt ? "state" : "task");
    json_decref(answer);
    return ok;
}

void control_launch_end(struct control_launch *launch)
{
    if (!launch)
        return;
    close_handle(&launch->write_end);
    close_handle(&launch->read_end);
    close_handle(&launch->event);
    close_handle(&launch->process);
    free(launch);
}

static bool begin(struct control_launch **launch, const char *program, const char *vm_name, bool adopt, uint32_t task,
                  struct vpc_error *err)
{
    *launch = NULL;
    struct control_launch *made = calloc(1, sizeof *made);
    if (!made)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to start '%s'", program);
    made->adopt = adopt;
    if (!make_pipe(made, err) || !start(made, program, vm_name, task, err)) {
        control_launch_end(made);
        return false;
    }
    *launch = made;
    return true;
}

bool control_launch_begin(struct control_launch **launch, const char *program, const char *vm_name, uint32_t task,
                          struct vpc_error *err)
{
    return begin(launch, program, vm_name, false, task, err);
}

static bool launch_supervisor(const char *program, const char *vm_name, bool adopt, uint32_t most_ms, uint32_t *number,
                              struct vpc_error *err)
{
    struct control_launch *launch;
    *number = 0;
    if (!begin(&launch, program, vm_name, adopt, 0, err))
        return false;
    const bool ok = control_launch_wait(launch, most_ms, number, err);
    control_launch_end(launch);
    return ok;
}

bool control_launch(const char *program, const char *vm_name, uint32_t *task, struct vpc_error *err)
{
    return launch_supervisor(program, vm_name, false, LAUNCH_MS, task, err);
}

bool control_adopt(const char *program, const char *vm_name, uint32_t timeout_ms, uint32_t *state,
                   struct vpc_error *err)
{
    return launch_supervisor(program, vm_name, true, timeout_ms, state, err);
}
