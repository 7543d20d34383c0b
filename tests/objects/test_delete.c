/*
 * DeleteVirtualMachine when something is in its way: a file that somebody has open.
 *
 * Another client is this program with the word "client".
 */
#include "client_process.h"
#include "event_check.h"
#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "session/vm_page.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

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

/* ---- another client has the VM's page mapped ---- */

static int client_main(void)
{
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    VMVMState state;
    BSTR name = SysAllocString(L"Blue");
    setvbuf(stdout, NULL, _IONBF, 0);
    HANDLE go = OpenEventW(SYNCHRONIZE, FALSE, _wgetenv(L"VPC_TEST_GO"));
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        FAILED(CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC,
                                (void **)&application)) ||
        IVMVirtualPC_FindVirtualMachine(application, name, &vm) != S_OK ||
        FAILED(IVMVirtualMachine_get_State(vm, &state)) || !go)
        return 1;
    printf("listening\n");
    WaitForSingleObject(go, INFINITE);
    printf(IVMVirtualMachine_get_State(vm, &state) == VM_E_VM_UNKNOWN ? "gone\n" : "still there\n");
    IVMVirtualMachine_Release(vm);
    IVMVirtualPC_Release(application);
    CloseHandle(go);
    SysFreeString(name);
    CoUninitialize();
    return 0;
}

/* The one that deletes cannot take the folder away then: the other does when it lets go. */
static void test_delete__with_another_client_takes_the_folder_when_that_lets_go(void **state)
{
    static struct client client;
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    BSTR signal = text_of(L"vpc-delete-%lu", (unsigned long)GetCurrentProcessId());
    HANDLE go = CreateEventW(NULL, TRUE, FALSE, signal);
    int status;
    fixture_start(vm);
    struct test_process *supervisor = test_process_open(fixture_supervisor(fixture, L"Blue"));
    fixture_turn_off(vm);
    test_process_await_end(supervisor, &status);
    assert_true(go && SetEnvironmentVariableW(L"VPC_TEST_GO", signal));
    char *program = test_program("test_objects_delete");
    client_start(&client, 0, text_format("\"%s\" client", program));
    assert_true(client_listens(&client));
    char *path = fixture_run_file(fixture, vm, "x"), *folder = path_folder(path);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_last_release(vm);
    print_message("while the other has it the folder is %s\n", folder_exists(folder) ? "there" : "gone");
    SetEvent(go);
    assert_int_equal(client_end(&client), 0);
    assert_string_equal(client.printed, "listening\ngone\n");
    assert_false(folder_exists(folder));
    CloseHandle(go);
    free(program);
    free(folder);
    free(path);
}

/* ---- how long it takes ---- */

/* So that it cannot be removed, and cannot be read either unless this process itself has it mapped. */
static HANDLE hold_fast(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail_msg("'%ls': error %lu", path, GetLastError());
    return file;
}

/* A saved VM, anew unless the last attempt to delete it has failed. */
static void need_saved(struct fixture *fixture, IVMVirtualMachine **vm)
{
    IVMVirtualMachine *found = NULL;
    IVMTask *task;
    HRESULT hr = IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &found);
    if (*vm)
        IVMVirtualMachine_Release(*vm);
    *vm = hr == S_OK ? found : fixture_create(fixture, L"Blue");
    if (state_of(*vm) == vmVMState_Saved)
        return;
    fixture_start(*vm);
    assert_hresult(IVMVirtualMachine_Save(*vm, &task), S_OK);
    fixture_finish(task);
}

/* The path of the file of that ending or name. */
static BSTR path_of(const struct fixture *fixture, IVMVirtualMachine *vm, const char *what)
{
    BSTR path, copy;
    if (!strcmp(what, ".vmcx"))
        return text_of(L"%hs\\Blue.vmcx", fixture->home.catalog.machines);
    if (*what != '.') {
        char *name = fixture_run_file(fixture, vm, what);
        copy = text_of(L"%hs", name);
        free(name);
        return copy;
    }
    if (!strcmp(what, ".vsv"))
        assert_hresult(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), S_OK);
    else
        assert_hresult(IVMVirtualMachine_get_File(vm, &path), S_OK);
    copy = text(path);
    SysFreeString(path);
    return copy;
}

static void test_delete__answers_in_time_whatever_is_held(void **state)
{
    static const char *const held[][2] = {
        {".vmc", NULL},
        {".vmcx", NULL},
        {".vsv", NULL},
        {VM_PAGE_FILE, NULL},
        {VM_LOG_FILE, NULL},
        {".vsv", ".vmc"},
        {VM_PAGE_FILE, VM_LOG_FILE},
        {VM_PAGE_FILE, ".vmc"},
    };
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = NULL;
    answer_clock_start();
    for (size_t i = 0; i < ARRAYSIZE(held); i++) {
        HANDLE first, second = NULL;
        need_saved(fixture, &vm);
        first = hold_fast(path_of(fixture, vm, held[i][0]));
        if (held[i][1])
            second = hold_fast(path_of(fixture, vm, held[i][1]));
        uint64_t begun = answer_clock_ms();
        HRESULT hr = in_time(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm));
        print_message("%s %s: 0x%08lx after %u ms\n", held[i][0], held[i][1] ? held[i][1] : "", (unsigned long)hr,
                      (unsigned)(answer_clock_ms() - begun));
        CloseHandle(first);
        if (second)
            CloseHandle(second);
    }
    answer_clock_stop();
    IVMVirtualMachine_Release(vm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delete__that_fails_leaves_the_VM_as_it_was, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__waits_for_files_that_are_being_closed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__of_a_VM_that_has_run_takes_its_folder_with_the_last_object,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__with_another_client_takes_the_folder_when_that_lets_go,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__answers_in_time_whatever_is_held, fixture_open, fixture_close),
    };
    if (argc == 2 && !strcmp(argv[1], "client"))
        return client_main();
    return cmocka_run_group_tests_name("delete", tests, NULL, NULL);
}
