#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

void fixture_assert_ok(bool ok, const struct vpc_error *err, const char *what, const char *file, int line)
{
    if (ok)
        return;
    print_error("%s\n    failed with %s: %s\n", what, vpc_cause_name(err->cause), err->text);
    _fail(file, line);
}

void fixture_assert_fails(bool ok, const struct vpc_error *err, enum vpc_cause expected, const char *what,
                          const char *file, int line)
{
    if (!ok && err->cause == expected && err->text[0] != '\0')
        return;
    if (ok)
        print_error("%s\n    succeeded, expected %s\n", what, vpc_cause_name(expected));
    else
        print_error("%s\n    failed with %s (%s), expected %s\n", what, vpc_cause_name(err->cause), err->text,
                    vpc_cause_name(expected));
    _fail(file, line);
}

static char *temporary_root(void)
{
#if defined(_WIN32)
    wchar_t root[MAX_PATH + 1];
    DWORD length = GetTempPathW(MAX_PATH + 1, root);

    assert_true(length > 0 && length <= MAX_PATH);
    return text_from_wide(root, length);
#else
    const char *root = getenv("TMPDIR");

    return text_copy(root && root[0] == '/' ? root : "/tmp");
#endif
}

char *fixture_folder(void)
{
    struct vpc_error err;
    char guid[37];
    char name[64];
    char *root = temporary_root();
    char *folder;

    assert_ok(text_random_guid(guid, &err), &err);
    snprintf(name, sizeof name, "vpc-test-%s", guid);
    assert_non_null(root);
    folder = path_join(root, name);
    assert_non_null(folder);
    assert_ok(folder_make(folder, &err), &err);
    free(root);
    return folder;
}

void fixture_remove(char *folder)
{
    struct vpc_error err;

    assert_ok(folder_remove(folder, &err), &err);
    free(folder);
}

#if defined(_WIN32)

void fixture_environment(const char *name, const char *value)
{
    wchar_t *wide_name = text_to_wide(name);
    wchar_t *wide_value = value ? text_to_wide(value) : NULL;

    assert_true(SetEnvironmentVariableW(wide_name, wide_value) || !value);
    free(wide_name);
    free(wide_value);
}

struct fixture_process {
    HANDLE handle;
};

struct fixture_process *fixture_start(const char *first, const char *second, const char *third)
{
    struct fixture_process *process = calloc(1, sizeof *process);
    wchar_t program[MAX_PATH + 1];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION information;
    char *line = text_format("test \"%s\" \"%s\" \"%s\"", first, second, third);
    wchar_t *wide = text_to_wide(line);

    assert_non_null(process);
    assert_true(GetModuleFileNameW(NULL, program, MAX_PATH + 1) <= MAX_PATH);
    assert_true(CreateProcessW(program, wide, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information));
    CloseHandle(information.hThread);
    process->handle = information.hProcess;
    free(wide);
    free(line);
    return process;
}

bool fixture_running(struct fixture_process *process)
{
    return WaitForSingleObject(process->handle, 0) == WAIT_TIMEOUT;
}

int fixture_wait(struct fixture_process *process)
{
    DWORD status;

    assert_int_equal(WaitForSingleObject(process->handle, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process->handle, &status));
    CloseHandle(process->handle);
    free(process);
    return (int)status;
}

void fixture_kill(struct fixture_process *process)
{
    TerminateProcess(process->handle, 9);
    fixture_wait(process);
}

bool fixture_can_give_up_rights(void)
{
    return false;
}

bool fixture_give_up_rights(void)
{
    return false;
}

struct fixture_thread {
    HANDLE handle;
    void (*work)(void *context);
    void *context;
};

static DWORD WINAPI run(void *parameter)
{
    struct fixture_thread *thread = parameter;

    thread->work(thread->context);
    return 0;
}

struct fixture_thread *fixture_thread_start(void (*work)(void *context), void *context)
{
    struct fixture_thread *thread = calloc(1, sizeof *thread);

    assert_non_null(thread);
    thread->work = work;
    thread->context = context;
    thread->handle = CreateThread(NULL, 0, run, thread, 0, NULL);
    assert_non_null(thread->handle);
    return thread;
}

void fixture_thread_join(struct fixture_thread *thread)
{
    assert_int_equal(WaitForSingleObject(thread->handle, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread->handle);
    free(thread);
}

#else

void fixture_environment(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

struct fixture_process {
    pid_t id;
};

struct fixture_process *fixture_start(const char *first, const char *second, const char *third)
{
    struct fixture_process *process = calloc(1, sizeof *process);

    assert_non_null(process);
    process->id = fork();
    assert_true(process->id >= 0);
    if (process->id == 0) {
        execl("/proc/self/exe", "test", first, second, third, (char *)NULL);
        _exit(127);
    }
    return process;
}

bool fixture_running(struct fixture_process *process)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)process->id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

int fixture_wait(struct fixture_process *process)
{
    int status;

    assert_int_equal(waitpid(process->id, &status, 0), process->id);
    free(process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void fixture_kill(struct fixture_process *process)
{
    kill(process->id, SIGKILL);
    fixture_wait(process);
}

bool fixture_can_give_up_rights(void)
{
    return geteuid() == 0;
}

bool fixture_give_up_rights(void)
{
    return setgid(65534) == 0 && setuid(65534) == 0;
}

struct fixture_thread {
    pthread_t id;
    void (*work)(void *context);
    void *context;
};

static void *run(void *parameter)
{
    struct fixture_thread *thread = parameter;

    thread->work(thread->context);
    return NULL;
}

struct fixture_thread *fixture_thread_start(void (*work)(void *context), void *context)
{
    struct fixture_thread *thread = calloc(1, sizeof *thread);

    assert_non_null(thread);
    thread->work = work;
    thread->context = context;
    assert_int_equal(pthread_create(&thread->id, NULL, run, thread), 0);
    return thread;
}

void fixture_thread_join(struct fixture_thread *thread)
{
    assert_int_equal(pthread_join(thread->id, NULL), 0);
    free(thread);
}

#endif
