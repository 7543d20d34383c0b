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

uint64_t supervisor_deadline(void)
{
    return clock_monotonic_ms() + SUPERVISOR_CALL_MS;
}

/* A beat of the future is of before the host was started anew, when its clock began at zero. */
static bool has_beaten_within(const struct vm_page *page, uint64_t most_ms)
{
    uint64_t beat = vm_page_last_beat(page);
    return beat && clock_monotonic_ms() - beat <= most_ms;
}

bool supervisor_is_fresh(const struct vm_page *page)
{
    return has_beaten_within(page, VM_PAGE_STALE_MS);
}

bool supervisor_is_punctual(const struct vm_page *page)
{
    return has_beaten_within(page, SUPERVISOR_PUNCTUAL_MS);
}

static uint32_t remaining_ms(uint64_t deadline_ms)
{
    uint64_t now = clock_monotonic_ms();
    return now < deadline_ms ? (uint32_t)(deadline_ms - now) : 0;
}

/* On a connection of its own: connections are cheap, and none is left behind when a supervisor ends. */
static bool supervisor_send(const struct vm_page *page, const char *command, const json_t *arguments,
                            uint64_t deadline_ms, uint32_t *task, struct vpc_error *err)
{
    struct vm_page_body *body = malloc(sizeof *body);
    struct control_client *client;
    if (!body)
        return fail_out_of_memory(err);
    vm_page_read(page, body);
    body->control[sizeof body->control - 1] = '\0';
    bool done = control_connect_within(&client, body->control, remaining_ms(deadline_ms), err);
    bool broken = !done;
    free(body);
    if (done) {
        done = control_call(client, command, arguments, remaining_ms(deadline_ms), task, NULL, err);
        broken = control_is_broken(client);
        control_disconnect(client);
    }
    /* The end of a supervisor is that of its VM only when it has shown so: a lost one may have left the VM running. */
    if (!done && broken && err->cause == VPC_VM_NOT_RUNNING && vm_state_is_active(vm_page_read_state(page))) {
        err->cause = VPC_UNEXPECTED;
        vpc_fail_in(err, "the supervisor of this VM was lost");
    }
    return done;
}

bool supervisor_call(const struct vm_page *page, const char *command, uint64_t deadline_ms, uint32_t *task,
                     struct vpc_error *err)
{
    return supervisor_send(page, command, NULL, deadline_ms, task, err);
}

bool supervisor_cancel(const struct vm_page *page, uint32_t task, uint64_t deadline_ms, struct vpc_error *err)
{
    json_t *arguments = json_pack("{s:I}", "task", (json_int_t)task);
    bool done =
        arguments ? supervisor_send(page, "cancel", arguments, deadline_ms, NULL, err) : fail_out_of_memory(err);
    json_decref(arguments);
    return done;
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

/* Something whose address tells the module that this code is in. */
static const WCHAR here[] = L"here";

/* Path of vpchost.exe, beside that module or in the folder above. */
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
    if (*program && !file_exists(*program)) {
        /* An installed 32-bit DLL lies in a folder of its own, below that of the 64-bit programs. */
        char *above = path_folder(folder), *other = above ? path_join(above, SUPERVISOR_PROGRAM) : NULL;
        if (other && file_exists(other)) {
            free(*program);
            *program = other;
            other = NULL;
        }
        free(other);
        free(above);
    }
    free(folder);
    free(self);
    return *program ? true : fail_out_of_memory(err);
}

/* The id of a task that is followed before its supervisor has spoken. */
static uint32_t supervisor_new_task(void)
{
    uint32_t id;
    struct vpc_error ignored;
    char guid[37];
    if (!text_random_guid(guid, &ignored))
        return 0;
    id = (uint32_t)strtoul(guid, NULL, 16) & 0x7fffffff; /* its first eight digits */
    return id;
}

bool supervisor_start(const char *vm_name, uint64_t deadline_ms, uint32_t *task, struct control_launch **launch,
                      struct vpc_error *err)
{
    char *program;
    uint32_t wished = supervisor_new_task();
    *launch = NULL;
    if (!supervisor_program(&program, err))
        return false;
    bool begun = control_launch_begin(launch, program, vm_name, wished, err);
    free(program);
    if (!begun)
        return false;
    bool started = control_launch_wait(*launch, remaining_ms(deadline_ms), task, err);
    if (!started && err->cause == VPC_TIMED_OUT && wished) {
        *task = wished;
        return true;
    }
    control_launch_end(*launch);
    *launch = NULL;
    return started;
}

/* True while the process that the page names as supervisor lives, as far as that can be told. */
static bool supervisor_process_lives(const struct vm_page_body *body)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)body->supervisor_pid);
    if (!process)
        return GetLastError() == ERROR_ACCESS_DENIED;
    bool lives = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return lives;
}

static bool supervisor_fail_silent(const struct vm_page *page, const struct vm_page_body *body, struct vpc_error *err)
{
    return vpc_fail(
        err, VPC_TIMED_OUT, "the supervisor of this VM (process %llu) does not answer (no heartbeat for %llu ms)",
        (unsigned long long)body->supervisor_pid, (unsigned long long)(clock_monotonic_ms() - vm_page_last_beat(page)));
}

/* Starts a new supervisor in the place of a lost one. One that finds another at it is no failure: that one is waited
 * for. Nor is one that needs longer: it goes on. */
static bool supervisor_replace(const char *vm_name, uint64_t deadline_ms, struct vpc_error *err)
{
    char *program;
    uint32_t state;
    if (!supervisor_program(&program, err))
        return false;
    bool done = control_adopt(program, vm_name, remaining_ms(deadline_ms), &state, err) || err->cause == VPC_VM_RUNNING;
    free(program);
    return done ? true : vpc_fail_in(err, "the supervisor of VM '%s' was lost", vm_name);
}

static bool supervisor_look(const struct vm_page *page, struct vm_page_body *body, const char *vm_name,
                            const char *run_folder, uint64_t deadline_ms, bool *alive, struct vpc_error *err)
{
    for (;;) {
        bool lost;
        *alive = supervisor_is_punctual(page);
        if (*alive || !vm_page_last_beat(page))
            return true;
        if (!supervisor_is_lost(run_folder, &lost, err))
            return false;
        /* On a busy host it may be late. */
        *alive = !lost && supervisor_is_fresh(page);
        if (*alive)
            return true;
        vm_page_read(page, body);
        if (lost && (!vm_state_needs_supervisor((enum vm_state)body->state) || !folder_exists(run_folder)))
            return true;
        if (!remaining_ms(deadline_ms))
            return supervisor_fail_silent(page, body, err);
        if (lost) {
            if (!supervisor_replace(vm_name, deadline_ms, err))
                return false;
            continue;
        }
        /* The page names the lost one until the new one has taken over. */
        struct vpc_error ignored;
        if (supervisor_process_lives(body))
            supervisor_call(page, "ping", deadline_ms, NULL, &ignored);
        if (!supervisor_is_fresh(page))
            Sleep(20);
    }
}

bool supervisor_look_closer(const struct vm_page *page, const char *vm_name, const char *run_folder,
                            uint64_t deadline_ms, bool *alive, struct vpc_error *err)
{
    struct vm_page_body *body = malloc(sizeof *body);
    *alive = false;
    if (!body)
        return fail_out_of_memory(err);
    bool told = supervisor_look(page, body, vm_name, run_folder, deadline_ms, alive, err);
    free(body);
    return told;
}
