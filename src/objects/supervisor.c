#include "objects/supervisor.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>
#include "objects/out.h"
#include "session/control.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#define SUPERVISOR_PROGRAM "vpchost.exe"

bool supervisor_is_fresh(const struct vm_page *page)
{
    uint64_t beat = vm_page_last_beat(page);
    return beat && clock_monotonic_ms() <= beat + VM_PAGE_STALE_MS;
}

/* One command on a connection of its own: connections are cheap, and none is left behind when a supervisor ends. */
static bool supervisor_send(const struct vm_page *page, const char *command, uint32_t timeout_ms, uint32_t *task,
                            struct vpc_error *err)
{
    struct vm_page_body *body = malloc(sizeof *body);
    struct control_client *client;
    if (!body)
        return fail_out_of_memory(err);
    vm_page_read(page, body);
    body->control[sizeof body->control - 1] = '\0';
    bool done = control_connect(&client, body->control, err);
    free(body);
    if (!done)
        return false;
    done = control_call(client, command, NULL, timeout_ms, task, NULL, err);
    control_disconnect(client);
    return done;
}

bool supervisor_call(const struct vm_page *page, const char *command, uint32_t *task, struct vpc_error *err)
{
    return supervisor_send(page, command, SUPERVISOR_CALL_MS, task, err);
}

bool supervisor_is_lost(const char *run_folder, bool *lost, struct vpc_error *err)
{
    struct file_lock *lock;
    char *path = path_join(run_folder, VM_LOCK_FILE);
    *lost = false;
    if (!path)
        return fail_out_of_memory(err);
    bool told = true;
    if (!folder_exists(run_folder)) {
        *lost = true;
    } else if (file_lock_try(&lock, path, err)) {
        *lost = lock;
        file_lock_release(lock);
    } else {
        told = false;
    }
    free(path);
    return told;
}

bool supervisor_look_closer(const struct vm_page *page, const char *run_folder, bool *alive, struct vpc_error *err)
{
    uint64_t deadline = clock_monotonic_ms() + SUPERVISOR_ANSWER_MS;
    for (;;) {
        bool lost;
        uint64_t now = clock_monotonic_ms();
        *alive = supervisor_is_fresh(page);
        if (*alive || !vm_page_last_beat(page))
            return true;
        if (!supervisor_is_lost(run_folder, &lost, err))
            return false;
        if (lost)
            return true;
        if (now >= deadline)
            return vpc_fail(err, VPC_TIMED_OUT, "the supervisor of this VM does not answer (no heartbeat for %llu ms)",
                            (unsigned long long)(now - vm_page_last_beat(page)));
        struct vpc_error ignored;
        supervisor_send(page, "ping", (uint32_t)(deadline - now), NULL, &ignored);
        if (!supervisor_is_fresh(page))
            Sleep(20);
    }
}

/* Something whose address tells the module that this code is in. */
static const WCHAR here[] = L"here";

/* Path of vpchost.exe, beside that module. */
static bool supervisor_program(char **program, struct vpc_error *err)
{
    WCHAR path[MAX_PATH];
    HMODULE module;
    *program = NULL;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, here,
                            &module))
        return vpc_fail_os(err, "the folder of this library cannot be told");
    DWORD length = GetModuleFileNameW(module, path, MAX_PATH);
    if (!length || length == MAX_PATH)
        return vpc_fail(err, VPC_UNEXPECTED, "the path of this library cannot be told");
    char *self = text_from_wide(path, length);
    char *folder = self ? path_folder(self) : NULL;
    *program = folder ? path_join(folder, SUPERVISOR_PROGRAM) : NULL;
    free(folder);
    free(self);
    return *program ? true : fail_out_of_memory(err);
}

bool supervisor_start(const char *vm_name, uint32_t *task, struct vpc_error *err)
{
    char *program;
    if (!supervisor_program(&program, err))
        return false;
    bool started = control_launch(program, vm_name, task, err);
    free(program);
    return started;
}
