/* Two kinds of QEMU: a Windows program with a process handle, and under Wine a Linux program known by its id only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include "engine/qemu/proc_stat.h"
#include "engine/qemu/qemu_process.h"
#include "engine/qemu/qemu_script.h"
#include "engine/qemu/win_command_line.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

/* The script has written its id after this time, or has never begun. */
enum {
    ID_MS = 10000
};

struct qemu_process {
    HANDLE handle;  /* of a Windows program; NULL for a Linux program */
    char *pid_path; /* where the script writes the id */
    int64_t pid;    /* 0: not known yet */
    uint64_t start;
    uint64_t started_ms;
    bool ended;
};

static FARPROC wine_function(const wchar_t *module, const char *name)
{
    HMODULE handle = GetModuleHandleW(module);

    return handle ? GetProcAddress(handle, name) : NULL;
}

bool qemu_process_is_wine(void)
{
    return wine_function(L"ntdll.dll", "wine_get_version") != NULL;
}

char *qemu_process_path(const char *path, struct vpc_error *err)
{
    char *(CDECL * unix_name)(LPCWSTR);
    FARPROC function = wine_function(L"kernel32.dll", "wine_get_unix_file_name");
    wchar_t *wide;
    char *name, *copy = NULL;

    if (!function) {
        if (!(copy = text_copy(path)))
            vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
        return copy;
    }
    /* analyse-allow analyzer-use-of-uninitialized-value: it was set above, or this is not reached */
    memcpy(&unix_name, &function, sizeof(unix_name)); /* a cast would not do: -Wcast-function-type */
    if (!(wide = text_to_wide(path))) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
        return NULL;
    }
    name = unix_name(wide);
    free(wide);
    if (!name) {
        vpc_fail(err, VPC_PATH_NOT_FOUND, "'%s' is in no folder that QEMU could find", path);
        return NULL;
    }
    if (!(copy = text_copy(name)))
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
    HeapFree(GetProcessHeap(), 0, name);
    return copy;
}

char *qemu_process_local_path(const char *path)
{
    char *local;

    if (path[0] != '/' || !qemu_process_is_wine())
        return text_copy(path);
    if (!(local = text_format("Z:%s", path)))
        return NULL;
    for (char *c = local; *c; c++) {
        if (*c == '/')
            *c = '\\';
    }
    return local;
}

/* A file that a child may inherit; INVALID_HANDLE_VALUE on failure. */
static HANDLE open_inheritable(const wchar_t *path, DWORD access, DWORD disposition)
{
    SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof(inheritable), .bInheritHandle = TRUE};

    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inheritable, disposition,
                       FILE_ATTRIBUTE_NORMAL, NULL);
}

/* Starts a program that inherits these two handles and nothing else: a socket of ours in QEMU's hands would outlive us.
 */
static bool create_process(wchar_t *line, const wchar_t *folder, HANDLE input, HANDLE output, PROCESS_INFORMATION *info)
{
    HANDLE inherited[2] = {input, output};
    STARTUPINFOEXW startup = {.StartupInfo = {.cb = sizeof(startup),
                                              .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdInput = input,
                                              .hStdOutput = output,
                                              .hStdError = output}};
    DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP, error;
    SIZE_T size = 0;
    BOOL ok;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    if (!(startup.lpAttributeList = malloc(size))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    ok = InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size);
    if (ok) {
        ok = UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited,
                                       sizeof(inherited), NULL, NULL);
        /* Out of a job that ends its processes with the supervisor, if the job lets go. */
        ok = ok && (CreateProcessW(NULL, line, NULL, NULL, TRUE, flags | CREATE_BREAKAWAY_FROM_JOB, NULL, folder,
                                   &startup.StartupInfo, info) ||
                    CreateProcessW(NULL, line, NULL, NULL, TRUE, flags, NULL, folder, &startup.StartupInfo, info));
        error = GetLastError();
        DeleteProcThreadAttributeList(startup.lpAttributeList);
        SetLastError(error);
    }
    free(startup.lpAttributeList);
    return ok;
}

static bool start_windows_program(struct qemu_process *process, char *const words[], const char *run_folder,
                                  struct vpc_error *err)
{
    char *line = win_command_line(words), *log = path_join(run_folder, QEMU_LOG_FILE);
    wchar_t *wide_line = line ? text_to_wide(line) : NULL, *wide_log = log ? text_to_wide(log) : NULL;
    wchar_t *folder = text_to_wide(run_folder);
    PROCESS_INFORMATION info;
    HANDLE input = INVALID_HANDLE_VALUE, output = INVALID_HANDLE_VALUE;
    FILETIME created, exited, kernel, user;
    bool ok = false;

    if (!wide_line || !wide_log || !folder) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for QEMU's command line");
        goto done;
    }
    input = open_inheritable(L"NUL", GENERIC_READ, OPEN_EXISTING);
    output = open_inheritable(wide_log, FILE_APPEND_DATA | SYNCHRONIZE, CREATE_ALWAYS);
    if (input == INVALID_HANDLE_VALUE || output == INVALID_HANDLE_VALUE) {
        vpc_fail_os(err, "cannot open '%s'", log);
        goto done;
    }
    if (!create_process(wide_line, folder, input, output, &info)) {
        vpc_fail_os(err, "cannot start '%s'", words[0]);
        goto done;
    }
    CloseHandle(info.hThread);
    process->handle = info.hProcess;
    process->pid = info.dwProcessId;
    if (GetProcessTimes(process->handle, &created, &exited, &kernel, &user))
        process->start = (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
    ok = true;
done:
    if (input != INVALID_HANDLE_VALUE)
        CloseHandle(input);
    if (output != INVALID_HANDLE_VALUE)
        CloseHandle(output);
    free(line);
    free(log);
    free(wide_line);
    free(wide_log);
    free(folder);
    return ok;
}

/* Runs /bin/sh. The words must be plain ASCII without quotes: they go through two systems' conversions. */
static bool run_shell(const char *words, const char *folder, struct vpc_error *err)
{
    wchar_t *wide_folder = text_to_wide(folder), *line = text_to_wide(words);
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION info;
    bool ok;

    if (!wide_folder || !line)
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a command line");
    else if (!CreateProcessW(L"Z:\\bin\\sh", line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, wide_folder, &startup,
                             &info))
        ok = vpc_fail_os(err, "cannot start Z:\\bin\\sh in '%s'", folder);
    else
        ok = true;
    /* Nothing of `info` means anything for a Linux program: Wine 8 (measured) fills handles and ids from its stack, and
     * a handle closed here would be somebody else's. */
    free(wide_folder);
    free(line);
    return ok;
}

static bool start_linux_program(struct qemu_process *process, char *const words[], const char *run_folder,
                                struct vpc_error *err)
{
    char *text = qemu_script_text(words), *script = path_join(run_folder, QEMU_SCRIPT_FILE);
    char *log = path_join(run_folder, QEMU_LOG_FILE);
    bool ok;

    process->pid_path = path_join(run_folder, QEMU_PID_FILE);
    process->started_ms = clock_monotonic_ms();
    if (!text || !script || !log || !process->pid_path)
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for QEMU's command line");
    else
        ok = file_remove(log, err) && file_remove(process->pid_path, err) &&
             file_replace(script, text, strlen(text), err) && run_shell("sh " QEMU_SCRIPT_FILE, run_folder, err);
    free(text);
    free(script);
    free(log);
    return ok;
}

bool qemu_process_start(struct qemu_process **out, char *const words[], const char *run_folder, struct vpc_error *err)
{
    struct qemu_process *process = calloc(1, sizeof(*process));
    bool ok;

    *out = NULL;
    if (!process)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a process");
    if (words[0][0] == '/')
        ok = start_linux_program(process, words, run_folder, err);
    else
        ok = start_windows_program(process, words, run_folder, err);
    if (!ok) {
        qemu_process_free(process);
        return false;
    }
    *out = process;
    return true;
}

bool qemu_process_adopt(struct qemu_process **out, int64_t pid, uint64_t start, struct vpc_error *err)
{
    struct qemu_process *process = calloc(1, sizeof(*process));
    FILETIME created, exited, kernel, user;

    *out = NULL;
    if (!process)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a process");
    process->pid = pid;
    process->start = start;
    if (!qemu_process_is_wine()) {
        process->handle = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_TERMINATE | SYNCHRONIZE, FALSE, (DWORD)pid);
        if (!process->handle || !GetProcessTimes(process->handle, &created, &exited, &kernel, &user) ||
            ((uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime) != start)
            process->ended = true;
    }
    if (!qemu_process_alive(process)) {
        qemu_process_free(process);
        return vpc_fail(err, VPC_ENGINE, "QEMU, process %lld, has ended", (long long)pid);
    }
    *out = process;
    return true;
}

/* Reads the id that the script has written, once it is there. */
static bool learn_id(struct qemu_process *process)
{
    struct proc_stat stat;
    struct vpc_error ignored;
    char *text;
    size_t size;

    if (process->pid || process->handle)
        return true;
    if (!file_read(process->pid_path, 64, &text, &size, &ignored))
        return false;
    process->pid = strtoll(text, NULL, 10);
    free(text);
    if (process->pid <= 0 || !proc_stat_read(process->pid, &stat))
        process->ended = true;
    else
        process->start = stat.start;
    return true;
}

bool qemu_process_alive(struct qemu_process *process)
{
    if (process->ended)
        return false;
    if (process->handle) {
        process->ended = WaitForSingleObject(process->handle, 0) != WAIT_TIMEOUT;
    } else if (!learn_id(process)) {
        process->ended = clock_monotonic_ms() - process->started_ms > ID_MS;
    } else if (!process->ended) {
        process->ended = proc_has_ended(process->pid, process->start);
    }
    return !process->ended;
}

bool qemu_process_id(struct qemu_process *process, int64_t *pid, uint64_t *start)
{
    if (!learn_id(process))
        return false;
    *pid = process->pid;
    *start = process->start;
    return true;
}

void *qemu_process_handle(const struct qemu_process *process)
{
    return process->handle;
}

bool qemu_process_cpu_time(struct qemu_process *process, uint64_t *us)
{
    FILETIME created, exited, kernel, user;
    struct proc_stat stat;

    if (process->handle) {
        if (!GetProcessTimes(process->handle, &created, &exited, &kernel, &user))
            return false;
        *us = (((uint64_t)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime) +
               ((uint64_t)user.dwHighDateTime << 32 | user.dwLowDateTime)) /
              10;
        return true;
    }
    if (process->ended || !learn_id(process) || !proc_stat_read(process->pid, &stat) || stat.start != process->start)
        return false;
    *us = stat.cpu_time_us;
    return true;
}

void qemu_process_kill(struct qemu_process *process)
{
    struct vpc_error ignored;
    char *words;

    if (!qemu_process_alive(process))
        return;
    if (process->handle) {
        TerminateProcess(process->handle, 1);
        return;
    }
    /* Without an id yet it dies of its own once nobody takes its connection. */
    words = process->pid ? text_format("sh -c \"kill -9 %lld\"", (long long)process->pid) : NULL;
    if (words)
        run_shell(words, "Z:\\", &ignored);
    free(words);
}

void qemu_process_free(struct qemu_process *process)
{
    if (!process)
        return;
    if (process->handle)
        CloseHandle(process->handle);
    free(process->pid_path);
    free(process);
}
