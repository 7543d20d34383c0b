/* Starting a supervisor; launch_child.c plays it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <windows.h>

#include "session/control.h"
#include "support/import_place.h"
#include "test_folder.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

static char *child_path(void)
{
    wchar_t own[MAX_PATH];
    assert_true(GetModuleFileNameW(NULL, own, MAX_PATH) > 0);
    char *path = text_from_wide(own, wcslen(own));
    char *folder = path_folder(path);
    char *child = path_join(folder, "session_launch_child.exe");
    free(folder);
    free(path);
    assert_non_null(child);
    return child;
}

static bool launch(const char *vm_name, uint32_t *task, struct vpc_error *err)
{
    char *child = child_path();
    *task = 99;
    const bool ok = control_launch(child, vm_name, task, err);
    free(child);
    if (!ok)
        assert_int_equal(*task, 0);
    return ok;
}

static void expect_task(const char *vm_name, uint32_t expected)
{
    struct vpc_error err;
    uint32_t task;
    if (!launch(vm_name, &task, &err))
        fail_msg("%s: %s", vm_name, err.text);
    assert_int_equal(task, expected);
}

static void expect_error(const char *vm_name, enum vpc_cause cause, const char *text)
{
    struct vpc_error err = {0};
    uint32_t task;
    if (launch(vm_name, &task, &err))
        fail_msg("'%s' was started", vm_name);
    if (err.cause != cause || !strstr(err.text, text))
        fail_msg("'%s': %s (%s), expected %s (%s)", vm_name, vpc_cause_name(err.cause), err.text, vpc_cause_name(cause),
                 text);
}

static void test_control_launch__task(void **state)
{
    (void)state;
    expect_task("task", 12);
    expect_task("pieces", 77);
}

static void test_control_launch__error_of_the_supervisor(void **state)
{
    (void)state;
    expect_error("busy", VPC_VM_RUNNING, "another supervisor has it");
}

static void test_control_launch__supervisor_without_a_line(void **state)
{
    (void)state;
    expect_error("die", VPC_ENGINE, "code 3");
    expect_error("half", VPC_ENGINE, "code 4");
    expect_error("garbage", VPC_ENGINE, "not JSON");
    expect_error("neither", VPC_ENGINE, "neither");
    expect_error("endless", VPC_ENGINE, "more than one line");
}

static void test_control_launch__no_program(void **state)
{
    struct vpc_error err = {0};
    uint32_t task = 1;
    assert_false(control_launch(test_folder_path(state, "vpchost.exe"), "task", &task, &err));
    assert_int_equal(err.cause, VPC_ENGINE);
    assert_non_null(strstr(err.text, "vpchost.exe"));
    assert_int_equal(task, 0);
}

/* The child says its VM's name back. */
static void test_control_launch__any_name(void **state)
{
    static const char *const names[] = {
        "Windows XP",
        " ",
        "\"",
        "\\",
        "a\\",
        "a\\\\",
        "\\\"",
        "a b\\",
        "\"a\" \"b\"",
        "--vm",
        "%PATH%",
        "^&|<>()!",
        "J\xc3\xbcrgen",
        "\xe2\x98\x83 \xf0\x9f\x98\x80",
        "'",
        "a\tb",
        "*.?",
        "-",
        "/?",
        "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct vpc_error err = {0};
        uint32_t task;
        assert_false(launch(names[i], &task, &err));
        assert_int_equal(err.cause, VPC_NAME_IN_USE);
        assert_string_equal(err.text, names[i]);
    }
}

static void test_control_launch__program_in_a_hard_folder(void **state)
{
    struct vpc_error err = {0};
    uint32_t task;
    char *child = child_path();
    char copy[1200];
    snprintf(copy, sizeof copy, "%s", test_folder_path(state, "a b & \xc3\xbc %TEMP% 'x'.exe"));
    wchar_t *from = text_to_wide(child), *to = text_to_wide(copy);
    assert_true(CopyFileW(from, to, TRUE));
    assert_false(control_launch(copy, "die", &task, &err));
    if (!strstr(err.text, "code 3"))
        fail_msg("%s", err.text);
    /* The folder is the child's current one, and with Wine also that of its console host, which ends a moment after it.
     */
    while (!folder_remove(*state, &err))
        Sleep(1);
    free(to);
    free(from);
    free(child);
}

/* What a client has open stays the client's, even when it would let it be inherited. */
static void test_control_launch__inherits_nothing(void **state)
{
    SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
    wchar_t *path = text_to_wide(test_folder_path(state, "file"));
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, &inheritable, CREATE_NEW, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    char name[64];
    snprintf(name, sizeof name, "handle:%llu", (unsigned long long)(uintptr_t)file);
    expect_error(name, VPC_UNEXPECTED, "inherited nothing");
    CloseHandle(file);
    free(path);
}

/* Calls control_launch with a name that ends with an event; the child (or its child) lives until the event is set. */
static HANDLE make_event(char *name, size_t size, const char *prefix)
{
    char guid[37];
    struct vpc_error err;
    assert_true(text_random_guid(guid, &err));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, guid);
    assert_non_null(event);
    snprintf(name, size, "%s:%s", prefix, guid);
    return event;
}

static void test_control_launch__supervisor_goes_on(void **state)
{
    char name[64];
    (void)state;
    HANDLE event = make_event(name, sizeof name, "stay");
    expect_task(name, 13); /* returns while the child still waits */
    SetEvent(event);
    CloseHandle(event);
}

/* Somebody else holds the other end of the pipe: the end of the process is noticed all the same. */
static void test_control_launch__pipe_stays_open(void **state)
{
    char name[64];
    (void)state;
    HANDLE event = make_event(name, sizeof name, "leave");
    expect_error(name, VPC_ENGINE, "code 5");
    SetEvent(event);
    CloseHandle(event);
}

/* ---- a process that dies before it begins ---- */

static int stillbirths; /* so many more */
static BOOL(WINAPI *create_process)(const WCHAR *, WCHAR *, SECURITY_ATTRIBUTES *, SECURITY_ATTRIBUTES *, BOOL, DWORD,
                                    void *, const WCHAR *, STARTUPINFOW *, PROCESS_INFORMATION *);

static BOOL WINAPI create_or_die(const WCHAR *program, WCHAR *line, SECURITY_ATTRIBUTES *process,
                                 SECURITY_ATTRIBUTES *thread, BOOL inherit, DWORD flags, void *environment,
                                 const WCHAR *folder, STARTUPINFOW *startup, PROCESS_INFORMATION *started)
{
    if (stillbirths == 0)
        return create_process(program, line, process, thread, inherit, flags, environment, folder, startup, started);
    stillbirths--;
    SetLastError(ERROR_INTERNAL_ERROR);
    return FALSE;
}

static void test_control_launch__process_that_dies_before_it_begins_is_started_again(void **state)
{
    (void)state;
    const struct import_place place = import_place_find("CreateProcessW");
    memcpy(&create_process, &place.function, sizeof create_process); /* a cast would not do: -Wcast-function-type */
    import_place_set(&place, (ULONG_PTR)create_or_die);
    stillbirths = 2;
    expect_task("task", 12);
    stillbirths = 3;
    expect_error("task", VPC_ENGINE, "cannot start the supervisor");
    assert_int_equal(stillbirths, 0);
    import_place_set(&place, place.function);
}

/* Last: nothing gets this process out of the job again. */
static void test_control_launch__inside_a_job(void **state)
{
    (void)state;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    assert_non_null(job);
    assert_true(AssignProcessToJobObject(job, GetCurrentProcess()));
    expect_task("task", 12);
    CloseHandle(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_launch__task),
        cmocka_unit_test(test_control_launch__error_of_the_supervisor),
        cmocka_unit_test(test_control_launch__supervisor_without_a_line),
        cmocka_unit_test_setup_teardown(test_control_launch__no_program, test_folder_setup, test_folder_teardown),
        cmocka_unit_test(test_control_launch__any_name),
        cmocka_unit_test_setup_teardown(test_control_launch__program_in_a_hard_folder, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_control_launch__inherits_nothing, test_folder_setup, test_folder_teardown),
        cmocka_unit_test(test_control_launch__supervisor_goes_on),
        cmocka_unit_test(test_control_launch__pipe_stays_open),
        cmocka_unit_test(test_control_launch__process_that_dies_before_it_begins_is_started_again),
        cmocka_unit_test(test_control_launch__inside_a_job),
    };
    return cmocka_run_group_tests_name("control_launch", tests, NULL, NULL);
}
