/*
 * What a client is told when the other side is not there, does not answer or is of another time: a documented code
 * within two seconds, no wrong figure, and all is well when the fault is gone. The table in docs/faults.md names these
 * tests.
 *
 *   test_trust_answers all    every call in every case, and what takes long
 */
#include "objects_check.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "session/vm_page.h"
#include "trust/answer_clock.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    PATIENCE_MS = 60000,
    SENT = 1234567
};

static bool all;

/* A VM that has sent SENT bytes, and its accountant. */
struct busy_vm {
    const struct fixture *fixture;
    IVMVirtualMachine *vm;
    IVMAccountant *accountant;
};

/* S_OK with this figure, or a code without one. */
static HRESULT read_sent(const struct busy_vm *busy, ULONGLONG expected)
{
    VARIANT sent;
    VariantInit(&sent);
    HRESULT hr = in_time(IVMAccountant_get_NetworkBytesSent(busy->accountant, &sent));
    if (hr == S_OK) {
        assert_int_equal(V_VT(&sent), VT_DECIMAL);
        if (sent.decVal.Lo64 != expected || sent.decVal.Hi32 != 0)
            fail_msg("NetworkBytesSent is %llu, not %llu", sent.decVal.Lo64, expected);
    } else if (hr == S_FALSE) {
        assert_true(sent.decVal.Lo64 == 0);
    } else {
        assert_hresult(hr, DISP_E_EXCEPTION);
        assert_int_equal(V_VT(&sent), VT_EMPTY);
    }
    return hr;
}

static void await_page_total(const struct busy_vm *busy, ULONGLONG expected)
{
    uint64_t start = clock_monotonic_ms();
    VARIANT sent;
    do {
        VariantInit(&sent);
        if (IVMAccountant_get_NetworkBytesSent(busy->accountant, &sent) == S_OK && sent.decVal.Lo64 == expected)
            return;
        Sleep(5);
    } while (clock_monotonic_ms() - start < PATIENCE_MS);
    fail_msg("NetworkBytesSent does not become %llu", expected);
}

static void busy_set_up(struct busy_vm *busy, const struct fixture *fixture)
{
    busy->fixture = fixture;
    busy->vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, busy->vm);
    assert_hresult(IVMVirtualMachine_get_Accountant(busy->vm, &busy->accountant), S_OK);
    fixture_start(busy->vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':1234567}}");
    await_page_total(busy, SENT);
    answer_clock_start();
}

static void busy_tear_down(struct busy_vm *busy)
{
    answer_clock_stop();
    assert_last_release(busy->accountant);
    assert_last_release(busy->vm);
}

/* The state once it can be told, which takes as many calls as it takes; each has its answer in time. */
static VMVMState await_state(const struct busy_vm *busy)
{
    uint64_t start = clock_monotonic_ms();
    VMVMState vm_state;
    HRESULT hr;
    while ((hr = in_time(IVMVirtualMachine_get_State(busy->vm, &vm_state))) != S_OK) {
        assert_hresult(hr, DISP_E_EXCEPTION);
        assert_int_equal(vm_state, vmVMState_Invalid);
        if (clock_monotonic_ms() - start >= PATIENCE_MS)
            fail_msg("the state is not known after a minute");
    }
    return vm_state;
}

/* The VM is what it was before the fault: it can be stopped, started, counted. */
static void check_recovery(const struct busy_vm *busy)
{
    VMVMState vm_state = await_state(busy);
    if (vm_state == vmVMState_Running || vm_state == vmVMState_Paused)
        fixture_turn_off(busy->vm);
    fixture_start(busy->vm);
    fixture_engine(busy->fixture, L"Blue", "{'traffic':{'adapter':0,'sent':55}}");
    await_page_total(busy, 55);
    fixture_turn_off(busy->vm);
    assert_hresult(read_sent(busy, 0), S_FALSE);
}

/* ---- a supervisor that is stopped ---- */

typedef LONG(WINAPI *change_process)(HANDLE process);

static void change(DWORD id, const char *function)
{
    HMODULE module = GetModuleHandleW(L"ntdll.dll");
    change_process call = (change_process)(void (*)(void))GetProcAddress(module, function);
    HANDLE process = OpenProcess(PROCESS_SUSPEND_RESUME, FALSE, id);
    assert_non_null(call);
    assert_non_null(process);
    assert_int_equal(call(process), 0);
    CloseHandle(process);
}

/* Each call once; those that can change something come last, when nothing is sent any more. */
static void ask_a_stopped_one(const struct busy_vm *busy)
{
    IVMVirtualMachine *vm = busy->vm;
    IVMTask *task = (IVMTask *)1;
    VMVMState vm_state;
    LONG seconds;
    while (read_sent(busy, SENT) == S_OK) /* the last figure is true until its age is noticed */
        Sleep(1);
    assert_hresult(in_time(IVMVirtualMachine_get_State(vm, &vm_state)), DISP_E_EXCEPTION);
    assert_int_equal(vm_state, vmVMState_Invalid);
    assert_hresult(in_time(IVMVirtualMachine_Startup(vm, &task)), VM_E_TIMED_OUT);
    assert_null(task);
    assert_hresult(in_time(IVMVirtualMachine_Pause(vm)), VM_E_TIMED_OUT);
    assert_hresult(in_time(IVMVirtualMachine_Reset(vm, &task)), DISP_E_EXCEPTION);
    assert_null(task);
    /* By now no instance of its pipe is free any more. */
    assert_hresult(in_time(IVMVirtualMachine_TurnOff(vm, &task)), DISP_E_EXCEPTION);
    if (!all)
        return;
    assert_hresult(in_time(IVMAccountant_get_UpTime(busy->accountant, &seconds)), DISP_E_EXCEPTION);
    assert_hresult(in_time(IVMVirtualMachine_Resume(vm)), VM_E_TIMED_OUT);
    assert_hresult(in_time(IVMVirtualMachine_Save(vm, &task)), DISP_E_EXCEPTION);
    assert_hresult(in_time(IVMVirtualMachine_DiscardSavedState(vm)), DISP_E_EXCEPTION);
    assert_hresult(in_time(IVMVirtualPC_DeleteVirtualMachine(busy->fixture->application, vm)), DISP_E_EXCEPTION);
    for (int i = 0; i < 20; i++) /* most of a minute */
        assert_hresult(in_time(IVMVirtualMachine_Pause(vm)), VM_E_TIMED_OUT);
}

static void test_answers__supervisor_that_is_stopped(void **state)
{
    struct busy_vm busy;
    busy_set_up(&busy, *state);
    DWORD id = fixture_supervisor(busy.fixture, L"Blue");
    change(id, "NtSuspendProcess");
    ask_a_stopped_one(&busy);
    change(id, "NtResumeProcess");
    assert_int_equal(await_state(&busy), vmVMState_Running);
    await_page_total(&busy, SENT);
    check_recovery(&busy);
    busy_tear_down(&busy);
}

/* While its last heartbeat is fresh a command reaches its pipe, and may be obeyed later. */
static void test_answers__supervisor_that_stops_before_a_command(void **state)
{
    struct busy_vm busy;
    busy_set_up(&busy, *state);
    DWORD id = fixture_supervisor(busy.fixture, L"Blue");
    change(id, "NtSuspendProcess");
    HRESULT hr = in_time(IVMVirtualMachine_Pause(busy.vm));
    change(id, "NtResumeProcess");
    assert_hresult(hr, VM_E_TIMED_OUT);
    VMVMState vm_state = await_state(&busy);
    assert_true(vm_state == vmVMState_Running || vm_state == vmVMState_Paused);
    await_page_total(&busy, SENT);
    check_recovery(&busy);
    busy_tear_down(&busy);
}

/* ---- a hypervisor that does not answer ---- */

static void test_answers__hypervisor_that_hangs(void **state)
{
    struct busy_vm busy;
    IVMTask *reset, *turn_off, *task = (IVMTask *)1;
    VMTaskResult result;
    LONG error;
    busy_set_up(&busy, *state);
    fixture_engine(busy.fixture, L"Blue", "{'hold':'reset'}");
    assert_hresult(in_time(IVMVirtualMachine_Reset(busy.vm, &reset)), S_OK);
    assert_hresult(in_time(IVMVirtualMachine_Pause(busy.vm)), VM_E_TIMED_OUT);
    assert_hresult(in_time(IVMVirtualMachine_Save(busy.vm, &task)), DISP_E_EXCEPTION);
    assert_null(task);
    if (all)
        assert_hresult(in_time(IVMVirtualMachine_Resume(busy.vm)), VM_E_TIMED_OUT);
    assert_hresult(read_sent(&busy, SENT), S_OK);
    assert_hresult(in_time(IVMVirtualMachine_TurnOff(busy.vm, &turn_off)), S_OK);
    fixture_finish(turn_off);
    assert_hresult(IVMTask_WaitForCompletion(reset, -1), S_OK);
    assert_hresult(IVMTask_get_Result(reset, &result), S_OK);
    assert_int_equal(result, vmTaskResult_TimeOutError);
    assert_hresult(IVMTask_get_Error(reset, &error), S_OK);
    assert_hresult(error, VM_E_TIMED_OUT);
    fixture_finish(reset);
    check_recovery(&busy);
    busy_tear_down(&busy);
}

/* ---- a supervisor that is killed ---- */

/* A call that is made in another thread, so that its supervisor can be killed in the middle. */
struct call {
    const struct busy_vm *busy;
    int which;
    HRESULT hr;
};

static DWORD WINAPI call_in_thread(void *context)
{
    struct call *call = context;
    IVMVirtualMachine *vm = call->busy->vm;
    IVMTask *task = NULL;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (call->which == 0)
        call->hr = IVMVirtualMachine_Pause(vm);
    else if (call->which == 1)
        call->hr = IVMVirtualMachine_Reset(vm, &task);
    else if (call->which == 2)
        call->hr = IVMVirtualMachine_Save(vm, &task);
    else
        call->hr = IVMVirtualMachine_TurnOff(vm, &task);
    if (task)
        IVMTask_Release(task);
    CoUninitialize();
    return 0;
}

static void test_answers__supervisor_killed_in_a_call(void **state)
{
    for (int which = 0; which < (all ? 4 : 1); which++) {
        struct busy_vm busy;
        IVMTask *reset;
        busy_set_up(&busy, *state);
        /* All that comes now waits for this reset, in the supervisor. */
        fixture_engine(busy.fixture, L"Blue", "{'hold':'reset'}");
        assert_hresult(in_time(IVMVirtualMachine_Reset(busy.vm, &reset)), S_OK);
        struct call call = {.busy = &busy, .which = which, .hr = E_UNEXPECTED};
        HANDLE thread = CreateThread(NULL, 0, call_in_thread, &call, 0, NULL);
        assert_non_null(thread);
        Sleep(50); /* so that it waits already; were it slower, another instant is tried */
        fixture_kill_supervisor(busy.fixture, L"Blue");
        assert_int_equal(in_time((long)WaitForSingleObject(thread, INFINITE)), WAIT_OBJECT_0);
        CloseHandle(thread);
        /* The VM of the fake engine has gone with its supervisor: a call that comes late finds it off. */
        if (call.hr != DISP_E_EXCEPTION && call.hr != VM_E_VM_NOT_RUNNING && (call.hr != VM_E_TIMED_OUT || which != 0))
            fail_msg("call %d gives %s", which, hresult_name(call.hr));
        HRESULT hr;
        while ((hr = read_sent(&busy, SENT)) == S_OK)
            Sleep(1);
        while (hr == DISP_E_EXCEPTION) /* while another one takes over */
            hr = read_sent(&busy, SENT);
        assert_hresult(hr, S_FALSE);
        assert_int_equal(await_state(&busy), vmVMState_TurnedOff);
        fixture_finish(reset);
        check_recovery(&busy);
        assert_hresult(IVMVirtualPC_DeleteVirtualMachine(busy.fixture->application, busy.vm), S_OK);
        busy_tear_down(&busy);
    }
}

/* ---- a start whose supervisor says nothing ---- */

/* The lock of the last supervisor is not free yet. */
static void test_answers__Startup_that_has_to_wait_is_a_task(void **state)
{
    struct fixture *fixture = *state;
    struct busy_vm busy;
    struct file_lock *lock;
    struct vpc_error err;
    VARIANT_BOOL complete;
    VMTaskResult result;
    LONG id, later;
    IVMTask *task;
    busy_set_up(&busy, fixture);
    fixture_turn_off(busy.vm);
    char *path = fixture_run_file(fixture, busy.vm, VM_LOCK_FILE);
    do {
        assert_ok(file_lock_try(&lock, path, &err), err);
    } while (!lock);
    assert_hresult(in_time(IVMVirtualMachine_Startup(busy.vm, &task)), S_OK);
    assert_hresult(IVMTask_get_ID(task, &id), S_OK);
    assert_int_not_equal(id, 0);
    assert_hresult(in_time(IVMTask_get_IsComplete(task, &complete)), S_OK);
    assert_int_equal(complete, VARIANT_FALSE);
    file_lock_release(lock);
    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, vmTaskResult_Success);
    assert_hresult(IVMTask_get_ID(task, &later), S_OK);
    assert_int_equal(later, id);
    fixture_finish(task);
    assert_int_equal(await_state(&busy), vmVMState_Running);
    assert_hresult(read_sent(&busy, 0), S_OK);
    check_recovery(&busy);
    free(path);
    busy_tear_down(&busy);
}

/* What goes wrong after Startup has returned is told by the task. */
static void test_answers__Startup_that_fails_late_says_so_in_its_task(void **state)
{
    struct fixture *fixture = *state;
    struct busy_vm busy;
    struct file_lock *lock;
    struct vpc_error err;
    VMTaskResult result;
    BSTR description;
    IVMTask *task;
    LONG error;
    if (!all)
        return; /* the supervisor gives up after ten seconds */
    busy_set_up(&busy, fixture);
    fixture_turn_off(busy.vm);
    char *path = fixture_run_file(fixture, busy.vm, VM_LOCK_FILE);
    do {
        assert_ok(file_lock_try(&lock, path, &err), err);
    } while (!lock);
    assert_hresult(in_time(IVMVirtualMachine_Startup(busy.vm, &task)), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, vmTaskResult_UnexpectedError);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult(error, VM_E_VM_RUNNING);
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    assert_non_null(wcsstr(description, L"Blue"));
    SysFreeString(description);
    fixture_finish(task);
    file_lock_release(lock);
    check_recovery(&busy);
    free(path);
    busy_tear_down(&busy);
}

/* ---- a VM page of a newer version ---- */

static void test_answers__page_of_a_newer_version(void **state)
{
    enum {
        VERSION_OFFSET = 8
    };
    struct fixture *fixture = *state;
    struct busy_vm busy, other = {.fixture = fixture};
    struct file_lock *lock;
    struct vpc_error err;
    size_t size;
    char *bytes;
    IVMTask *task = (IVMTask *)1;
    VMVMState vm_state;
    busy_set_up(&busy, fixture);
    char *page = fixture_run_file(fixture, busy.vm, VM_PAGE_FILE);
    assert_ok(file_read(page, 1 << 20, &bytes, &size, &err), err);
    free(page);
    bytes[VERSION_OFFSET]++;
    /* Of a VM that no object here has open: as another version's supervisor would have left it, running. */
    other.vm = fixture_create(fixture, L"Red");
    assert_hresult(IVMVirtualMachine_get_Accountant(other.vm, &other.accountant), S_OK);
    page = fixture_run_file(fixture, other.vm, VM_PAGE_FILE);
    char *lock_path = fixture_run_file(fixture, other.vm, VM_LOCK_FILE);
    assert_ok(file_replace(page, bytes, size, &err), err);
    assert_ok(file_lock_try(&lock, lock_path, &err), err);
    assert_non_null(lock);
    assert_hresult(in_time(IVMVirtualMachine_get_State(other.vm, &vm_state)), DISP_E_EXCEPTION);
    assert_int_equal(vm_state, vmVMState_Invalid);
    assert_hresult(read_sent(&other, 0), DISP_E_EXCEPTION);
    assert_hresult(in_time(IVMVirtualMachine_Startup(other.vm, &task)), DISP_E_EXCEPTION);
    assert_null(task);
    assert_hresult(in_time(IVMVirtualMachine_Pause(other.vm)), DISP_E_EXCEPTION);
    assert_hresult(in_time(IVMVirtualMachine_TurnOff(other.vm, &task)), DISP_E_EXCEPTION);
    file_lock_release(lock);
    /* That supervisor is gone: the VM is off, and a start makes a page of this version. */
    assert_hresult(read_sent(&other, 0), S_FALSE);
    fixture_start(other.vm);
    assert_hresult(read_sent(&other, 0), S_OK);
    fixture_turn_off(other.vm);
    check_recovery(&busy);
    free(bytes);
    free(page);
    free(lock_path);
    assert_last_release(other.accountant);
    assert_last_release(other.vm);
    busy_tear_down(&busy);
}

/* ---- a data folder that is removed ---- */

static void test_answers__data_folder_that_is_removed(void **state)
{
    struct fixture *fixture = *state;
    struct busy_vm busy = {.fixture = fixture, .vm = fixture_create(fixture, L"Blue")};
    struct vpc_error err;
    IVMTask *task = (IVMTask *)1;
    IVMVirtualMachine *found = (IVMVirtualMachine *)1;
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_get_Accountant(busy.vm, &busy.accountant), S_OK);
    answer_clock_start();
    assert_hresult(read_sent(&busy, 0), S_FALSE);
    /* All but the mapped count of changes, which Windows lets nobody remove while a client is there. */
    char *machines = path_join(fixture->home.folder, "Machines");
    assert_ok(folder_remove(fixture->home.catalog.machines, &err), err);
    assert_ok(folder_remove(machines, &err), err);
    free(machines);
    assert_hresult(read_sent(&busy, 0), S_FALSE);
    HRESULT hr; /* a look at the catalog is trusted for a second */
    while ((hr = in_time(IVMVirtualMachine_get_State(busy.vm, &vm_state))) == S_OK)
        assert_int_equal(vm_state, vmVMState_TurnedOff);
    assert_hresult(hr, VM_E_VM_UNKNOWN);
    assert_int_equal(vm_state, vmVMState_Invalid);
    assert_hresult(in_time(IVMVirtualMachine_Startup(busy.vm, &task)), VM_E_VM_UNKNOWN);
    assert_null(task);
    assert_hresult(in_time(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &found)), S_FALSE);
    assert_null(found);
    /* The next VM makes it anew. */
    IVMVirtualMachine *next = fixture_create(fixture, L"Green");
    fixture_start(next);
    fixture_turn_off(next);
    assert_last_release(next);
    busy_tear_down(&busy);
}

int main(int argc, char **argv)
{
    all = argc > 1 && strcmp(argv[1], "all") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers__supervisor_that_is_stopped, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__supervisor_that_stops_before_a_command, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__hypervisor_that_hangs, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__supervisor_killed_in_a_call, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__Startup_that_has_to_wait_is_a_task, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__Startup_that_fails_late_says_so_in_its_task, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__page_of_a_newer_version, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_answers__data_folder_that_is_removed, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
