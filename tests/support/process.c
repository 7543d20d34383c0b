#include "support/process.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "session/control.h"
#include "support/check.h"
#include "util/path.h"
#include "util/text.h"

#if defined(_WIN32)
#include <windows.h>
#define PROGRAM_SUFFIX ".exe"
#else
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#define PROGRAM_SUFFIX ""
#endif

struct test_process {
#if defined(_WIN32)
    HANDLE handle;
#else
    pid_t id;
#endif
};

char *test_program(const char *name)
{
    char self[2048];
    size_t size = sizeof self;
    assert_int_equal(uv_exepath(self, &size), 0);
    char *folder = path_folder(self);
    char *file = text_format("%s%s", name, PROGRAM_SUFFIX);
    char *path = path_join(folder, file);
    free(folder);
    free(file);
    return path;
}

#if defined(_WIN32)

bool test_launch(const char *program, const char *vm_name, uint32_t *task, struct vpc_error *err)
{
    return control_launch(program, vm_name, task, err);
}

bool test_adopt(const char *program, const char *vm_name, uint32_t *state, struct vpc_error *err)
{
    return control_adopt(program, vm_name, 60000, state, err);
}

struct test_process *test_process_open(uint64_t id)
{
    HANDLE handle = OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION | SYNCHRONIZE, FALSE, (DWORD)id);
    if (handle == NULL)
        return NULL;
    struct test_process *process = calloc(1, sizeof *process);
    assert_non_null(process);
    process->handle = handle;
    return process;
}

void test_process_kill(struct test_process *process)
{
    assert_true(TerminateProcess(process->handle, (UINT)-1));
}

void test_process_await_end(struct test_process *process, int *status)
{
    DWORD code;
    assert_int_equal(WaitForSingleObject(process->handle, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process->handle, &code));
    *status = (int)code;
    CloseHandle(process->handle);
    free(process);
}

#else

/* The first line of a program's output. */
static bool launch_read_line(int output, char *line, size_t size)
{
    size_t length = 0;
    while (length + 1 < size) {
        ssize_t got = read(output, line + length, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || line[length] == '\n')
            break;
        length++;
    }
    line[length] = '\0';
    return length > 0;
}

static bool launch(const char *program, const char *vm_name, const char *option, const char *key, uint32_t *number,
                   struct vpc_error *err)
{
    int output[2];
    char line[4096];
    assert_int_equal(pipe(output), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(output[1], STDOUT_FILENO);
        execl(program, program, "--vm", vm_name, option, (char *)NULL);
        _exit(127);
    }
    close(output[1]);
    bool spoke = launch_read_line(output[0], line, sizeof line);
    close(output[0]);
    if (!spoke) {
        int status;
        waitpid(child, &status, 0);
        return vpc_fail(err, VPC_UNEXPECTED, "'%s' has said nothing, status %#x", program, (unsigned)status);
    }
    json_t *answer = json_loads(line, 0, NULL);
    json_int_t id = 0;
    const char *cause = NULL, *text = NULL;
    bool done = json_unpack(answer, "{s:I!}", key, &id) == 0;
    *number = (uint32_t)id;
    if (!done) {
        if (json_unpack(answer, "{s:{s:s,s:s!}!}", "error", "cause", &cause, "text", &text) == 0)
            vpc_fail(err, vpc_cause_from_name(cause), "%s", text);
        else
            vpc_fail(err, VPC_UNEXPECTED, "'%s' has said '%s'", program, line);
        /* It may have taken the VM over instead of starting it, and go on. */
        int status;
        if (waitpid(child, &status, err->cause == VPC_VM_RUNNING ? WNOHANG : 0) == 0) {
            json_decref(answer);
            return false;
        }
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
    }
    json_decref(answer);
    return done;
}

bool test_launch(const char *program, const char *vm_name, uint32_t *task, struct vpc_error *err)
{
    return launch(program, vm_name, NULL, "task", task, err);
}

bool test_adopt(const char *program, const char *vm_name, uint32_t *state, struct vpc_error *err)
{
    return launch(program, vm_name, "--adopt", "state", state, err);
}

struct test_process *test_process_open(uint64_t id)
{
    struct test_process *process = calloc(1, sizeof *process);
    assert_non_null(process);
    process->id = (pid_t)id;
    return process;
}

void test_process_kill(struct test_process *process)
{
    assert_int_equal(kill(process->id, SIGKILL), 0);
}

void test_process_await_end(struct test_process *process, int *status)
{
    int code;
    pid_t ended;
    while ((ended = waitpid(process->id, &code, 0)) < 0 && errno == EINTR)
        ;
    assert_int_equal(ended, process->id);
    *status = WIFEXITED(code) ? WEXITSTATUS(code) : -1;
    free(process);
}

#endif
