/*
 * Startup, Reset, TurnOff, their tasks, and what a VM refuses while it is on.
 *
 *   test_objects_power          the tests
 *   test_objects_power start    a client that starts VM "Blue" and leaves
 */
#include "client_process.h"
#include "objects_check.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "session/vm_page.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

static VMVMState state_of(IVMVirtualMachine *vm)
{
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    return vm_state;
}

static void test_power__Startup_runs_and_TurnOff_ends(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task;
    BSTR description;
    LONG percent, id, other_id, error;
    VARIANT_BOOL flag;
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    assert_hresult(IVMTask_get_IsComplete(task, &flag), S_OK);
    assert_int_equal(flag, VARIANT_TRUE);
    assert_hresult(IVMTask_get_PercentCompleted(task, &percent), S_OK);
    assert_int_equal(percent, 100);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_int_equal(error, 0);
    assert_hresult(IVMTask_get_ID(task, &id), S_OK);
    assert_int_not_equal(id, 0);
    assert_hresult(IVMTask_get_Description(task, &description), S_OK);
    assert_text(description, L"Starting up virtual machine 'Blue'");
    assert_hresult(IVMTask_get_IsCancelable(task, &flag), S_OK);
    assert_int_equal(flag, VARIANT_FALSE);
    assert_refused(IVMTask_Cancel(task), E_FAIL, L"Blue");
    assert_last_release(task);
    assert_int_equal(state_of(vm), vmVMState_Running);

    assert_hresult(IVMVirtualMachine_TurnOff(vm, &task), S_OK);
    assert_hresult(IVMTask_get_ID(task, &other_id), S_OK);
    assert_int_not_equal(other_id, id);
    fixture_finish(task);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_last_release(vm);
}

static void test_power__Startup_again_at_once(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    for (int i = 0; i < 3; i++) {
        fixture_start(vm);
        fixture_turn_off(vm);
    }
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_last_release(vm);
}

static void test_power__Reset_completes(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task;
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_power__wrong_state(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMNetworkAdapter *adapter = (IVMNetworkAdapter *)1;
    IVMTask *task = (IVMTask *)1;
    IVMMouse *mouse = (IVMMouse *)1;
    assert_refused(IVMVirtualMachine_Startup(vm, NULL), E_POINTER, L"startupTask is NULL");
    assert_refused(IVMVirtualMachine_TurnOff(vm, NULL), E_POINTER, L"turnOffTask is NULL");
    assert_refused(IVMVirtualMachine_Reset(vm, NULL), E_POINTER, L"resetTask is NULL");
    assert_refused(IVMVirtualMachine_TurnOff(vm, &task), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_null(task);
    assert_refused(IVMVirtualMachine_Reset(vm, &task), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_refused(IVMVirtualMachine_get_Mouse(vm, &mouse), VM_E_VM_NOT_RUNNING, L"");
    assert_null(mouse);

    fixture_start(vm);
    assert_refused(IVMVirtualMachine_Startup(vm, &task), VM_E_VM_RUNNING, L"");
    assert_null(task);
    assert_refused(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), VM_E_VM_RUNNING, L"");
    assert_refused(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), VM_E_VM_RUNNING, L"");
    assert_refused(IVMVirtualMachine_put_Name(vm, text(L"Red")), VM_E_PREF_VM_ACTIVE, L"Blue");
    assert_refused(IVMVirtualMachine_put_Memory(vm, 64), VM_E_PREF_VM_ACTIVE, L"Blue");
    assert_refused(IVMVirtualMachine_put_Undoable(vm, VARIANT_TRUE), VM_E_PREF_VM_ACTIVE, L"Blue");
    assert_refused(IVMVirtualMachine_put_BIOSSerialNumber(vm, text(L"1")), VM_E_VM_RUNNING_OR_SAVED, L"Blue");
    assert_refused(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), VM_E_VM_RUNNING_OR_SAVED, L"Blue");
    assert_null(adapter);
    assert_hresult(IVMVirtualMachine_put_Notes(vm, text(L"allowed in any state")), S_OK);
    assert_hresult(IVMVirtualMachine_put_UndoAction(vm, vmUndoAction_Discard), S_OK);
    assert_hresult(IVMVirtualMachine_get_Mouse(vm, &mouse), S_OK);
    assert_last_release(mouse);
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_power__state_is_seen_by_another_object(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other;
    IVMVirtualPC *application;
    assert_hresult(
        CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application),
        S_OK);
    assert_hresult(IVMVirtualPC_FindVirtualMachine(application, text(L"Blue"), &other), S_OK);
    assert_int_equal(state_of(other), vmVMState_TurnedOff);
    fixture_start(vm);
    assert_int_equal(state_of(other), vmVMState_Running);
    fixture_turn_off(other);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_last_release(other);
    assert_last_release(application);
    assert_last_release(vm);
}

static void test_power__WaitForCompletion_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task;
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    assert_refused(IVMTask_WaitForCompletion(task, -2), E_INVALIDARG, L"-2");
    assert_refused(IVMTask_WaitForCompletion(task, 4000001), E_INVALIDARG, L"4000001");
    assert_hresult(IVMTask_WaitForCompletion(task, 4000000), S_OK);
    assert_refused(IVMTask_get_PercentCompleted(task, NULL), E_POINTER, L"percentCompleted is NULL");
    assert_refused(IVMTask_get_Description(task, NULL), E_POINTER, L"description is NULL");
    assert_refused(IVMTask_get_Result(task, NULL), E_POINTER, L"result is NULL");
    assert_refused(IVMTask_get_IsCancelable(task, NULL), E_POINTER, L"isCancelable is NULL");
    assert_refused(IVMTask_get_ID(task, NULL), E_POINTER, L"ID is NULL");
    assert_refused(IVMTask_get_IsComplete(task, NULL), E_POINTER, L"isComplete is NULL");
    assert_refused(IVMTask_get_Error(task, NULL), E_POINTER, L"outError is NULL");
    assert_refused(IVMTask_get_ErrorDescription(task, NULL), E_POINTER, L"outErrorDesc is NULL");
    assert_last_release(task);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

/* ---- a start that is held, seen in Tasks ---- */

static void hold_starts(const struct fixture *fixture)
{
    fixture_prepare(fixture, L"Blue", "[{'hold':'start'}]");
}

static LONG count_tasks(IVMTaskCollection *tasks)
{
    LONG count = -1;
    assert_hresult(IVMTaskCollection_get_Count(tasks, &count), S_OK);
    return count;
}

static void test_power__Tasks_shows_what_is_not_finished(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *idle = fixture_create(fixture, L"Idle");
    IVMTaskCollection *tasks;
    IVMTask *task, *shown;
    LONG id, shown_id;
    VARIANT_BOOL complete;
    VMTaskResult result;
    hold_starts(fixture);
    assert_hresult(IVMVirtualPC_get_Tasks(fixture->application, &tasks), S_OK);
    assert_int_equal(count_tasks(tasks), 0);
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    /* On a busy host a supervisor that has not spoken yet is followed by its task. */
    while (state_of(vm) == vmVMState_TurnedOff)
        Sleep(5);
    assert_int_equal(state_of(vm), vmVMState_TurningOn);
    assert_int_equal(count_tasks(tasks), 1);
    assert_hresult(IVMTaskCollection_get_Item(tasks, 1, &shown), S_OK);
    assert_hresult(IVMTask_get_ID(task, &id), S_OK);
    assert_hresult(IVMTask_get_ID(shown, &shown_id), S_OK);
    assert_int_equal(shown_id, id);
    assert_last_release(shown);
    assert_refused(IVMTaskCollection_get_Item(tasks, 2, &shown), DISP_E_BADINDEX, L"2");
    assert_hresult(IVMTaskCollection_get_Item(tasks, 1, &shown), S_OK);
    /* Waiting for nothing and for a moment: both end well, and the task goes on. */
    assert_hresult(IVMTask_WaitForCompletion(shown, 0), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(shown, 30), S_OK);
    assert_hresult(IVMTask_get_IsComplete(shown, &complete), S_OK);
    assert_int_equal(complete, VARIANT_FALSE);
    assert_hresult(IVMTask_get_Result(shown, &result), S_OK);
    assert_int_equal(result, vmTaskResult_Success);
    assert_int_equal(state_of(idle), vmVMState_TurnedOff);

    fixture_engine(fixture, L"Blue", "{'release':'start'}");
    assert_last_release(vm); /* a task outlives its VM's object */
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_IsComplete(shown, &complete), S_OK);
    assert_int_equal(complete, VARIANT_TRUE);
    assert_int_equal(count_tasks(tasks), 0);
    assert_last_release(shown);
    assert_last_release(task);
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &vm), S_OK);
    fixture_turn_off(vm);
    assert_last_release(tasks);
    assert_last_release(idle);
    assert_last_release(vm);
}

/* The call waits for both together, not for one after the other. */
static void test_power__Tasks_answers_in_time_whoever_does_not(void **state)
{
    static const WCHAR *const names[] = {L"Blue", L"Red"};
    struct fixture *fixture = *state;
    IVMVirtualMachine *vms[ARRAYSIZE(names)];
    DWORD supervisors[ARRAYSIZE(names)];
    IVMTaskCollection *tasks;
    VMVMState vm_state;
    LONG count = -1;
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        vms[i] = fixture_create(fixture, names[i]);
        fixture_start(vms[i]);
        supervisors[i] = fixture_supervisor(fixture, names[i]);
    }
    assert_hresult(IVMVirtualPC_get_Tasks(fixture->application, &tasks), S_OK);
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        fixture_halt(supervisors[i], true);
    /* Until nobody takes their last heartbeats for new ones. */
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        while (IVMVirtualMachine_get_State(vms[i], &vm_state) == S_OK)
            Sleep(1);
    answer_clock_start();
    HRESULT hr = in_time(IVMTaskCollection_get_Count(tasks, &count));
    answer_clock_stop();
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        fixture_halt(supervisors[i], false);
    assert_hresult(hr, S_OK);
    assert_int_equal(count, 0);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        fixture_turn_off(vms[i]);
        assert_last_release(vms[i]);
    }
    assert_last_release(tasks);
}

/* The client's whole life; its exit code. */
static int start_and_leave(void)
{
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    IVMTask *task;
    BSTR name = SysAllocString(L"Blue");
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application);
    if (FAILED(hr))
        return 1;
    if (IVMVirtualPC_FindVirtualMachine(application, name, &vm) != S_OK)
        return 2;
    if (IVMVirtualMachine_Startup(vm, &task) != S_OK)
        return 3;
    IVMTask_Release(task);
    IVMVirtualMachine_Release(vm);
    IVMVirtualPC_Release(application);
    CoUninitialize();
    SysFreeString(name);
    return 0;
}

static void test_power__task_goes_on_without_the_client_that_began_it(void **state)
{
    static struct client client;
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTaskCollection *tasks;
    IVMTask *task;
    VARIANT_BOOL complete;
    VMTaskResult result;
    hold_starts(fixture);
    char *program = test_program("test_objects_power");
    client_start(&client, 0, text_format("\"%s\" start", program));
    assert_int_equal(client_end(&client), 0);
    assert_int_equal(state_of(vm), vmVMState_TurningOn);
    assert_hresult(IVMVirtualPC_get_Tasks(fixture->application, &tasks), S_OK);
    assert_int_equal(count_tasks(tasks), 1);
    assert_hresult(IVMTaskCollection_get_Item(tasks, 1, &task), S_OK);
    assert_hresult(IVMTask_get_IsComplete(task, &complete), S_OK);
    assert_int_equal(complete, VARIANT_FALSE);
    fixture_engine(fixture, L"Blue", "{'release':'start'}");
    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, vmTaskResult_Success);
    fixture_finish(task);
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    free(program);
    assert_last_release(tasks);
    assert_last_release(vm);
}

/* The task fails with the engine's own text; the VM is off. */
static void check_start_fails(IVMVirtualMachine *vm, const WCHAR *part)
{
    VMTaskResult result;
    IVMTask *task;
    BSTR description;
    LONG error;
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, vmTaskResult_UnexpectedError);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_true(FAILED(error));
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    if (!wcsstr(description, part))
        fail_msg("'%ls' lacks '%ls'", description, part);
    SysFreeString(description);
    fixture_finish(task);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
}

static void test_power__Startup_without_QEMU(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    BSTR program = text_of(L"%ls\\no-such-program.exe", fixture->folder);
    SetEnvironmentVariableW(L"VPC_ENGINE", L"qemu");
    SetEnvironmentVariableW(L"VPC_QEMU", program);
    check_start_fails(vm, L"no-such-program");
    SetEnvironmentVariableW(L"VPC_QEMU", NULL);
    SetEnvironmentVariableW(L"VPC_ENGINE", L"fake");
    assert_last_release(vm);
}

static void test_power__Startup_with_QEMU_that_dies(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    WCHAR program[MAX_PATH];
    assert_in_range(GetEnvironmentVariableW(L"VPC_TEST_DYING_ENGINE", program, MAX_PATH), 1, MAX_PATH - 1);
    for (WCHAR *c = program; *c; c++)
        if (*c == L'/')
            *c = L'\\';
    SetEnvironmentVariableW(L"VPC_ENGINE", L"qemu");
    SetEnvironmentVariableW(L"VPC_QEMU", program);
    check_start_fails(vm, L"the last words of a dying engine");
    SetEnvironmentVariableW(L"VPC_QEMU", NULL);
    SetEnvironmentVariableW(L"VPC_ENGINE", L"fake");
    fixture_start(vm);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

/* ---- a supervisor that is lost ---- */

static void test_power__lost_supervisor_leaves_a_VM_that_is_off(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task;
    BSTR description;
    VMTaskResult result;
    hold_starts(fixture);
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    fixture_kill_supervisor(fixture, L"Blue");
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, vmTaskResult_UnexpectedError);
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    assert_non_null(wcsstr(description, L"supervisor"));
    SysFreeString(description);
    fixture_finish(task);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_last_release(vm);
}

/* A heart beats every 100 ms. One that has been silent for 250 is not believed: it is looked for whose it is. */
static void test_power__lost_supervisor_is_noticed_before_its_last_beat_is_stale(void **state)
{
    enum {
        SILENCE_MS = 260 /* where VM_PAGE_STALE_MS is 1000 */
    };
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *accountant;
    struct vm_page *page;
    struct vpc_error err;
    VARIANT sent;
    HRESULT hr;
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    char *path = fixture_run_file(fixture, vm, VM_PAGE_FILE);
    assert_ok(vm_page_open(&page, path, &err), err);
    fixture_kill_supervisor(fixture, L"Blue");
    while (clock_monotonic_ms() - vm_page_last_beat(page) < SILENCE_MS)
        Sleep(1);
    vm_page_close(page);
    /* The VM of the fake engine has gone with its supervisor. While another one looks after that, nothing is known. */
    while ((hr = IVMAccountant_get_NetworkBytesSent(accountant, &sent)) == DISP_E_EXCEPTION)
        Sleep(1);
    assert_hresult(hr, S_FALSE);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    free(path);
    assert_last_release(accountant);
    assert_last_release(vm);
}

/* The calling thread is a single-threaded apartment whose window gets messages while it waits. */
static LRESULT CALLBACK count_timer(HWND window, UINT message, WPARAM wide, LPARAM along)
{
    if (message == WM_TIMER)
        SetWindowLongPtrW(window, GWLP_USERDATA, GetWindowLongPtrW(window, GWLP_USERDATA) + 1);
    return DefWindowProcW(window, message, wide, along);
}

struct apartment {
    const struct fixture *fixture;
    LONG_PTR timers;
    HRESULT hr;
};

static DWORD WINAPI wait_in_apartment(void *context)
{
    struct apartment *apartment = context;
    WNDCLASSW class = {.lpfnWndProc = count_timer, .lpszClassName = L"vpc test"};
    IVMVirtualPC *application = NULL;
    IVMVirtualMachine *vm = NULL;
    IVMTask *task = NULL;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    RegisterClassW(&class);
    HWND window = CreateWindowW(class.lpszClassName, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    SetTimer(window, 1, 10, NULL);
    BSTR name = SysAllocString(L"Blue");
    apartment->hr =
        CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application);
    if (SUCCEEDED(apartment->hr))
        apartment->hr = IVMVirtualPC_FindVirtualMachine(application, name, &vm);
    if (SUCCEEDED(apartment->hr))
        apartment->hr = IVMVirtualMachine_Startup(vm, &task);
    if (SUCCEEDED(apartment->hr))
        apartment->hr = IVMTask_WaitForCompletion(task, 200);
    apartment->timers = GetWindowLongPtrW(window, GWLP_USERDATA);
    SysFreeString(name);
    if (task)
        IVMTask_Release(task);
    if (vm)
        IVMVirtualMachine_Release(vm);
    if (application)
        IVMVirtualPC_Release(application);
    DestroyWindow(window);
    CoUninitialize();
    return 0;
}

static void test_power__WaitForCompletion_in_an_apartment_pumps(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct apartment apartment = {.fixture = fixture, .hr = E_UNEXPECTED};
    hold_starts(fixture);
    HANDLE thread = CreateThread(NULL, 0, wait_in_apartment, &apartment, 0, NULL);
    assert_non_null(thread);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    assert_hresult(apartment.hr, S_OK);
    assert_true(apartment.timers > 0);
    fixture_kill_supervisor(fixture, L"Blue");
    assert_last_release(vm);
}

/* ---- a page that this version cannot read ---- */

static void test_power__page_of_another_version(void **state)
{
    enum {
        VERSION_OFFSET = 8
    };
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other = fixture_create(fixture, L"Red");
    struct file_lock *lock;
    struct vpc_error err;
    VMVMState vm_state;
    size_t size;
    char *page = fixture_run_file(fixture, vm, VM_PAGE_FILE), *lock_path = fixture_run_file(fixture, vm, VM_LOCK_FILE),
         *bytes;

    /* A page such as the version before has left: that of another VM, which no object here has open. */
    fixture_start(other);
    char *others = fixture_run_file(fixture, other, VM_PAGE_FILE);
    assert_ok(file_read(others, 1 << 20, &bytes, &size, &err), err);
    fixture_turn_off(other);
    bytes[VERSION_OFFSET]--;
    assert_ok(file_replace(page, bytes, size, &err), err);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_ok(file_lock_try(&lock, lock_path, &err), err);
    assert_non_null(lock);
    assert_refused(IVMVirtualMachine_get_State(vm, &vm_state), DISP_E_EXCEPTION, L"version");
    file_lock_release(lock);
    fixture_start(vm);
    fixture_turn_off(vm);
    free(bytes);
    free(others);
    free(lock_path);
    free(page);
    assert_last_release(other);
    assert_last_release(vm);
}

static void test_power__page_of_noise(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct vpc_error err;
    char *page = fixture_run_file(fixture, vm, VM_PAGE_FILE);
    assert_ok(file_replace(page, "noise", 5, &err), err);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    fixture_start(vm);
    fixture_turn_off(vm);
    free(page);
    assert_last_release(vm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_power__page_of_another_version, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__page_of_noise, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Startup_runs_and_TurnOff_ends, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Startup_again_at_once, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Reset_completes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__wrong_state, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__state_is_seen_by_another_object, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__WaitForCompletion_wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Tasks_shows_what_is_not_finished, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Tasks_answers_in_time_whoever_does_not, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_power__task_goes_on_without_the_client_that_began_it, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_power__lost_supervisor_is_noticed_before_its_last_beat_is_stale,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Startup_without_QEMU, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__Startup_with_QEMU_that_dies, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_power__lost_supervisor_leaves_a_VM_that_is_off, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_power__WaitForCompletion_in_an_apartment_pumps, fixture_open,
                                        fixture_close),
    };
    if (argc == 2 && !strcmp(argv[1], "start"))
        return start_and_leave();
    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
