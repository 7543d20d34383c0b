/* DeleteVirtualMachine when something is in its way: a file that somebody has open. */
#include "event_check.h"
#include "objects_check.h"

#include <stdlib.h>
#include "support/process.h"
#include "util/file.h"
#include "util/path.h"

enum {
    DEADLINE_MS = 1800 /* for which a call waits in all: SUPERVISOR_CALL_MS */
};

static VMVMState state_of(IVMVirtualMachine *vm)
{
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    return vm_state;
}

/* Opens a file so that it can be read, and not removed. */
static HANDLE hold(const WCHAR *path, DWORD disposition)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, disposition, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail_msg("'%ls': error %lu", path, GetLastError());
    return file;
}

/* The VM is again what it was, and those who listen are told so. */
static void check_failed_delete(const struct fixture *fixture, IVMVirtualMachine *vm, VMVMState before,
                                const char *events)
{
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    IVMVirtualMachine *found;
    BSTR file;
    assert_hresult(IVMVirtualMachine_get_File(vm, &file), S_OK);
    HANDLE held = hold(file, OPEN_EXISTING);
    assert_true(FAILED(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm)));
    test_sink_await(sink, events);
    assert_int_equal(state_of(vm), before);
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &found), S_OK);
    IVMVirtualMachine_Release(found);
    CloseHandle(held);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    SysFreeString(file);
}

static void test_delete__that_fails_leaves_the_VM_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task;
    check_failed_delete(fixture, vm, vmVMState_TurnedOff, "state 10; state 1");
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    fixture_finish(task);
    check_failed_delete(fixture, vm, vmVMState_Saved, "state 10; state 2");
    fixture_start(vm);
    fixture_turn_off(vm);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_last_release(vm);
}

struct deletion {
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    HRESULT hr;
    ULONGLONG took_ms;
};

static DWORD WINAPI delete_in_thread(void *context)
{
    struct deletion *deletion = context;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    ULONGLONG start = GetTickCount64();
    deletion->hr = IVMVirtualPC_DeleteVirtualMachine(deletion->application, deletion->vm);
    deletion->took_ms = GetTickCount64() - start;
    CoUninitialize();
    return 0;
}

static HANDLE make(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_DELETE, NULL, CREATE_ALWAYS, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

/* Waits until a file is gone, or the thread has ended. */
static void await_removal(const WCHAR *path, HANDLE thread)
{
    while (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES && WaitForSingleObject(thread, 1) == WAIT_TIMEOUT)
        ;
}

/* A file that is open, as the log of a supervisor that ends, keeps its folder until it is closed. Files go in the order
 * of their names, so that one in front of it shows when removal is tried, and that it is tried again. False when the
 * call had given up before the file was closed, which a busy host can bring about. */
static bool folder_goes_when_it_can(const struct fixture *fixture)
{
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct deletion deletion = {.application = fixture->application, .vm = vm, .hr = E_UNEXPECTED};
    char *path = fixture_run_file(fixture, vm, "x"), *folder = path_folder(path);
    BSTR first = text_of(L"%hs\\a", folder), open = text_of(L"%hs\\z", folder);
    HANDLE file = make(open), thread = NULL;
    for (int tries = 0; tries < 3; tries++) {
        CloseHandle(make(first));
        if (!thread)
            thread = CreateThread(NULL, 0, delete_in_thread, &deletion, 0, NULL);
        assert_non_null(thread);
        await_removal(first, thread);
    }
    CloseHandle(file);
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_hresult(deletion.hr, S_OK);
    bool gone = !folder_exists(folder);
    if (!gone && deletion.took_ms < DEADLINE_MS)
        fail_msg("'%s' is left after %llu ms", folder, deletion.took_ms);
    free(folder);
    free(path);
    assert_last_release(vm);
    return gone;
}

static void test_delete__waits_for_files_that_are_being_closed(void **state)
{
    while (!folder_goes_when_it_can(*state))
        print_message("once more\n");
}

/* The page of a VM that has run is mapped as long as there are objects of it. */
static void test_delete__of_a_VM_that_has_run_takes_its_folder_with_the_last_object(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    VMVMState vm_state;
    int status;
    fixture_start(vm);
    struct test_process *supervisor = test_process_open(fixture_supervisor(fixture, L"Blue"));
    fixture_turn_off(vm);
    test_process_await_end(supervisor, &status);
    char *path = fixture_run_file(fixture, vm, "x"), *folder = path_folder(path);
    ULONGLONG start = GetTickCount64();
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    print_message("deleted within %llu ms\n", GetTickCount64() - start);
    assert_refused(IVMVirtualMachine_get_State(vm, &vm_state), VM_E_VM_UNKNOWN, L"");
    assert_last_release(vm);
    assert_false(folder_exists(folder));
    free(folder);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delete__that_fails_leaves_the_VM_as_it_was, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__waits_for_files_that_are_being_closed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__of_a_VM_that_has_run_takes_its_folder_with_the_last_object,
                                        fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("delete", tests, NULL, NULL);
}
