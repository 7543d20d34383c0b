/* The state table through the public header, on the fake engine: what each call answers in each state, and saved
 * states as a client sees them. */
#include "client_process.h"
#include "event_check.h"
#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "config/saved_state_place.h"
#include "session/vm_page.h"
#include "support/process.h"
#include "util/file.h"
#include "util/text.h"

#define NAME L"Green"

static VMVMState state_of(IVMVirtualMachine *vm)
{
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    return vm_state;
}

static void test_virtual_machine__Pause_and_Resume_are_done_on_return(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    assert_refused(IVMVirtualMachine_Resume(vm), E_FAIL, L"Blue");
    assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_Paused);
    assert_refused(IVMVirtualMachine_Pause(vm), E_FAIL, L"Blue");
    assert_int_equal(state_of(vm), vmVMState_Paused);
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_Running);
    assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_virtual_machine__Pause_of_a_VM_that_is_off(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    assert_refused(IVMVirtualMachine_Pause(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_refused(IVMVirtualMachine_Resume(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    fixture_start(vm);
    fixture_turn_off(vm);
    assert_refused(IVMVirtualMachine_Pause(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_refused(IVMVirtualMachine_Resume(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_last_release(vm);
}

static void test_virtual_machine__Pause_that_fails_says_why(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'fail':'pause','text':'the guest will not stand still'}");
    assert_refused(IVMVirtualMachine_Pause(vm), DISP_E_EXCEPTION, L"the guest will not stand still");
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_virtual_machine__Pause_without_an_answer_is_a_time_out(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'hold':'pause'}");
    assert_refused(IVMVirtualMachine_Pause(vm), VM_E_TIMED_OUT, L"");
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_engine(fixture, L"Blue", "{'release':'pause'}");
    /* What was asked for is done all the same, and the next call waits for it. */
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_virtual_machine__Startup2_starts_with_either_option(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task = (IVMTask *)1;
    assert_refused(IVMVirtualMachine_Startup2(vm, vmStartupOption_Normal, NULL), E_POINTER, L"startupTask is NULL");
    assert_refused(IVMVirtualMachine_Startup2(vm, (VMStartupOption)2, &task), E_INVALIDARG, L"2");
    assert_null(task);
    for (int option = vmStartupOption_Normal; option <= vmStartupOption_FixParentTimestampMismatch; option++) {
        assert_hresult(IVMVirtualMachine_Startup2(vm, (VMStartupOption)option, &task), S_OK);
        fixture_finish(task);
        assert_int_equal(state_of(vm), vmVMState_Running);
        task = (IVMTask *)1;
        assert_refused(IVMVirtualMachine_Startup2(vm, (VMStartupOption)option, &task), VM_E_VM_RUNNING, L"");
        assert_null(task);
        fixture_turn_off(vm);
    }
    assert_last_release(vm);
}

/* ---- every call in every state ---- */

static void finish(IVMTask *task, VMTaskResult expected)
{
    VMTaskResult result;
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, expected);
    fixture_finish(task);
}

static void save(IVMVirtualMachine *vm)
{
    IVMTask *task;
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    finish(task, vmTaskResult_Success);
    assert_int_equal(state_of(vm), vmVMState_Saved);
}

/* Brings a new VM into a state; what ends the state is held by the engine. */
static IVMVirtualMachine *reach(const struct fixture *fixture, VMVMState wanted)
{
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *task = NULL;
    if (wanted != vmVMState_TurnedOff && wanted != vmVMState_TurningOn)
        fixture_start(vm);
    if (wanted == vmVMState_Saved || wanted == vmVMState_Restoring)
        save(vm);
    if (wanted == vmVMState_TurningOn || wanted == vmVMState_Restoring) {
        fixture_prepare(fixture, NAME, "[{'hold':'start'}]");
        assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    } else if (wanted == vmVMState_Paused) {
        assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    } else if (wanted == vmVMState_Saving) {
        fixture_engine(fixture, NAME, "{'hold':'save'}");
        assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    } else if (wanted == vmVMState_TurningOff) {
        fixture_engine(fixture, NAME, "{'hold':'turn-off'}");
        assert_hresult(IVMVirtualMachine_TurnOff(vm, &task), S_OK);
    }
    if (task)
        assert_last_release(task);
    /* A start that takes long goes on as its task: the VM may not have left its state yet. */
    ULONGLONG start = GetTickCount64();
    while (state_of(vm) != wanted && GetTickCount64() - start < 240000)
        Sleep(5);
    assert_int_equal(state_of(vm), wanted);
    return vm;
}

/* What is held goes on, and the VM off and away; `what` follows is in the row. */
static void put_away(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    VMVMState from = state_of(vm), vm_state = from;
    if (from == vmVMState_TurningOn || from == vmVMState_Restoring)
        fixture_engine(fixture, NAME, "{'release':'start'}");
    else if (from == vmVMState_Saving)
        fixture_engine(fixture, NAME, "{'release':'save'}");
    else if (from == vmVMState_TurningOff)
        fixture_engine(fixture, NAME, "{'release':'turn-off'}");
    while (vm_state == from && from != vmVMState_Running && from != vmVMState_Paused && from != vmVMState_TurnedOff &&
           from != vmVMState_Saved) {
        Sleep(1);
        vm_state = state_of(vm);
    }
    if (vm_state == vmVMState_Running || vm_state == vmVMState_Paused)
        fixture_turn_off(vm);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
}

enum call {
    STARTUP,
    STARTUP2,
    TURN_OFF,
    RESET,
    PAUSE,
    RESUME,
    SAVE,
    DISCARD,
    SAVED_PATH,
    MERGE_UNDO,
    DISCARD_UNDO,
    DELETE_VM,
    UNREGISTER,
    CALLS
};

static const char *const call_names[CALLS] = {"Startup",
                                              "Startup2",
                                              "TurnOff",
                                              "Reset",
                                              "Pause",
                                              "Resume",
                                              "Save",
                                              "DiscardSavedState",
                                              "SavedStateFilePath",
                                              "MergeUndoDisks",
                                              "DiscardUndoDisks",
                                              "DeleteVirtualMachine",
                                              "UnregisterVirtualMachine"};

/* A task comes back for the calls that have one. */
static HRESULT make_call(const struct fixture *fixture, IVMVirtualMachine *vm, enum call call, IVMTask **task)
{
    BSTR path = NULL;
    HRESULT hr = E_UNEXPECTED;
    switch (call) {
    case STARTUP:
        return IVMVirtualMachine_Startup(vm, task);
    case STARTUP2:
        return IVMVirtualMachine_Startup2(vm, vmStartupOption_Normal, task);
    case TURN_OFF:
        return IVMVirtualMachine_TurnOff(vm, task);
    case RESET:
        return IVMVirtualMachine_Reset(vm, task);
    case SAVE:
        return IVMVirtualMachine_Save(vm, task);
    case PAUSE:
        return IVMVirtualMachine_Pause(vm);
    case RESUME:
        return IVMVirtualMachine_Resume(vm);
    case DISCARD:
        return IVMVirtualMachine_DiscardSavedState(vm);
    case SAVED_PATH:
        hr = IVMVirtualMachine_get_SavedStateFilePath(vm, &path);
        SysFreeString(path);
        return hr;
    case MERGE_UNDO:
        return IVMVirtualMachine_MergeUndoDisks(vm, task);
    case DISCARD_UNDO:
        return IVMVirtualMachine_DiscardUndoDisks(vm);
    case DELETE_VM:
        return IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm);
    case UNREGISTER:
        return IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm);
    case CALLS:
        break;
    }
    return hr;
}

#define ON       VM_E_VM_RUNNING
#define NOT_ON   VM_E_VM_NOT_RUNNING
#define NO_SAVED VM_E_VM_NO_SAVED_STATE
#define GONE     vmVMState_DeleteMachine

/* What a VM answers to the calls that it does not accept, while it is off and while it is not. */
static const HRESULT off_refuses[CALLS] = {
    [TURN_OFF] = NOT_ON,     [RESET] = NOT_ON,         [PAUSE] = NOT_ON,
    [RESUME] = NOT_ON,       [SAVE] = NOT_ON,          [DISCARD] = NO_SAVED,
    [SAVED_PATH] = NO_SAVED, [MERGE_UNDO] = E_NOTIMPL, [DISCARD_UNDO] = E_NOTIMPL,
};
static const HRESULT on_refuses[CALLS] = {
    [STARTUP] = ON,
    [STARTUP2] = ON,
    [TURN_OFF] = NOT_ON,
    [RESET] = NOT_ON,
    [PAUSE] = NOT_ON,
    [RESUME] = NOT_ON,
    [SAVE] = NOT_ON,
    [DISCARD] = ON,
    [SAVED_PATH] = NO_SAVED,
    [MERGE_UNDO] = E_NOTIMPL,
    [DISCARD_UNDO] = E_NOTIMPL,
    [DELETE_VM] = ON,
    [UNREGISTER] = ON,
};

#define AWAY "state 10"
#define OFF  "request-shutdown; state 8; state 1"

enum {
    MOST_ACCEPTED = 6
};

/* What an accepted call leads to: the state when it, or its task, is done, and the events until then. */
struct accepted {
    enum call call;
    VMVMState ends;
    const char *events; /* NULL behind the last */
};

static const struct table_row {
    VMVMState from;
    const HRESULT *refuses;
    enum call already; /* refused with E_FAIL, since it is so already; CALLS: none */
    struct accepted accepts[MOST_ACCEPTED + 1];
    const char *put_away; /* the events of that: nothing came before */
} table[] = {
    {vmVMState_TurnedOff,
     off_refuses,
     CALLS,
     {{STARTUP, vmVMState_Running, "state 3; state 5"},
      {STARTUP2, vmVMState_Running, "state 3; state 5"},
      {DELETE_VM, GONE, AWAY},
      {UNREGISTER, GONE, ""}},
     AWAY},
    {vmVMState_Saved,
     off_refuses,
     CALLS,
     {{STARTUP, vmVMState_Running, "state 4; state 5"},
      {STARTUP2, vmVMState_Running, "state 4; state 5"},
      {DISCARD, vmVMState_TurnedOff, "state 1"},
      {SAVED_PATH, vmVMState_Saved, ""},
      {DELETE_VM, GONE, AWAY},
      {UNREGISTER, GONE, ""}},
     AWAY},
    {vmVMState_TurningOn, on_refuses, CALLS, {{0}}, "state 5; " OFF "; " AWAY},
    {vmVMState_Restoring, on_refuses, CALLS, {{SAVED_PATH, vmVMState_Restoring, ""}}, "state 5; " OFF "; " AWAY},
    {vmVMState_Running,
     on_refuses,
     RESUME,
     {{TURN_OFF, vmVMState_TurnedOff, OFF},
      {RESET, vmVMState_Running, "reset"},
      {PAUSE, vmVMState_Paused, "state 6"},
      {SAVE, vmVMState_Saved, "state 7; state 2"}},
     OFF "; " AWAY},
    {vmVMState_Paused,
     on_refuses,
     PAUSE,
     {{TURN_OFF, vmVMState_TurnedOff, OFF},
      {RESET, vmVMState_Running, "reset; state 5"},
      {RESUME, vmVMState_Running, "state 5"},
      {SAVE, vmVMState_Saved, "state 7; state 2"}},
     OFF "; " AWAY},
    {vmVMState_Saving, on_refuses, CALLS, {{0}}, "state 2; " AWAY},
    {vmVMState_TurningOff, on_refuses, CALLS, {{0}}, "state 1; " AWAY},
};

static bool is_accepted(const struct table_row *row, enum call call)
{
    for (const struct accepted *accepted = row->accepts; accepted->events; accepted++)
        if (accepted->call == call)
            return true;
    return false;
}

static void check_refusals(const struct fixture *fixture, const struct table_row *row)
{
    IVMVirtualMachine *vm = reach(fixture, row->from);
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    for (int call = 0; call < CALLS; call++) {
        IVMTask *task = (IVMTask *)1;
        if (is_accepted(row, (enum call)call))
            continue;
        print_message("state %d, %s is refused\n", row->from, call_names[call]);
        assert_refused(make_call(fixture, vm, (enum call)call, &task),
                       (enum call)call == row->already ? E_FAIL : row->refuses[call], L"");
        if (task != (IVMTask *)1)
            assert_null(task);
        assert_int_equal(state_of(vm), row->from);
    }
    put_away(fixture, vm);
    test_sink_await(sink, row->put_away);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

/* A VM that was only forgotten has its files still. */
static void register_again(const struct fixture *fixture, IVMVirtualMachine **vm)
{
    assert_last_release(*vm);
    assert_hresult(IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(NAME), fixture_machines(fixture), vm),
                   S_OK);
}

static void check_acceptance(const struct fixture *fixture, const struct table_row *row,
                             const struct accepted *accepted)
{
    enum call call = accepted->call;
    IVMVirtualMachine *vm = reach(fixture, row->from);
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    IVMTask *task = NULL;
    VMVMState vm_state;
    print_message("state %d, %s leads to %d\n", row->from, call_names[call], accepted->ends);
    assert_hresult(make_call(fixture, vm, call, &task), S_OK);
    if (task)
        finish(task, vmTaskResult_Success);
    if (accepted->ends == GONE)
        assert_refused(IVMVirtualMachine_get_State(vm, &vm_state), VM_E_VM_UNKNOWN, L"");
    else
        assert_int_equal(state_of(vm), accepted->ends);
    test_sink_await(sink, accepted->events);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    if (call == UNREGISTER)
        register_again(fixture, &vm);
    if (call != DELETE_VM)
        put_away(fixture, vm);
    assert_last_release(vm);
}

static void test_virtual_machine__every_call_in_every_state(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAYSIZE(table); i++) {
        check_refusals(fixture, &table[i]);
        for (const struct accepted *accepted = table[i].accepts; accepted->events; accepted++)
            check_acceptance(fixture, &table[i], accepted);
    }
}

/* ---- tasks that are called off ---- */

static void expect_cancelled(IVMTask *task)
{
    VARIANT_BOOL flag;
    BSTR description;
    LONG error;
    assert_hresult(IVMTask_get_IsCancelable(task, &flag), S_OK);
    assert_int_equal(flag, VARIANT_TRUE);
    assert_hresult(IVMTask_Cancel(task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_IsCancelable(task, &flag), S_OK);
    assert_int_equal(flag, VARIANT_FALSE);
    assert_refused(IVMTask_Cancel(task), E_FAIL, L"complete");
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult(error, HRESULT_FROM_WIN32(ERROR_CANCELLED));
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    assert_text(description, L"it was called off");
    finish(task, vmTaskResult_Cancelled);
}

static void test_task__Cancel_of_a_save_and_of_a_restore(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    IVMTask *task;
    BSTR path;
    fixture_start(vm);
    fixture_engine(fixture, NAME, "{'hold':'save'}");
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    expect_cancelled(task);
    assert_int_equal(state_of(vm), vmVMState_Running);
    assert_refused(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), VM_E_VM_NO_SAVED_STATE, L"");
    save(vm);
    fixture_prepare(fixture, NAME, "[{'hold':'start'}]");
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    expect_cancelled(task);
    assert_int_equal(state_of(vm), vmVMState_Saved);
    test_sink_await(sink, "state 7; state 5; state 7; state 2; state 4; state 2");
    fixture_prepare(fixture, NAME, "[]");
    fixture_start(vm);
    fixture_turn_off(vm);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

/* ---- tasks that are read late ---- */

static void await_state(IVMVirtualMachine *vm, VMVMState wanted)
{
    while (state_of(vm) != wanted)
        Sleep(5);
}

/* A start whose supervisor has not spoken when Startup returns, and whose task nobody reads. */
static IVMTask *start_late(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    char *path = fixture_run_file(fixture, vm, VM_LOCK_FILE);
    struct file_lock *lock;
    struct vpc_error err;
    IVMTask *task;
    /* A supervisor waits for the lock of a VM that shows that it is off. */
    fixture_start(vm);
    fixture_turn_off(vm);
    do {
        assert_ok(file_lock_try(&lock, path, &err), err);
    } while (!lock);
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    file_lock_release(lock);
    await_state(vm, vmVMState_Running);
    free(path);
    return task;
}

/* A reset that is done, whose task was read only before that. */
static IVMTask *reset_unread(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    IVMTask *task;
    fixture_engine(fixture, NAME, "{'hold':'reset'}");
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_engine(fixture, NAME, "{'release':'reset'}");
    return task;
}

static void await_complete(IVMTask *task)
{
    VARIANT_BOOL complete;
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_IsComplete(task, &complete), S_OK);
    assert_int_equal(complete, VARIANT_TRUE);
}

static void do_others(IVMVirtualMachine *vm, int count)
{
    IVMTask *task;
    for (int i = 0; i < count; i++) {
        assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
        finish(task, vmTaskResult_Success);
    }
}

static void expect_error(IVMTask *task, HRESULT expected, const WCHAR *part)
{
    BSTR description;
    LONG error;
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult(error, expected);
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    if (*part ? !wcsstr(description, part) : *description)
        fail_msg("the task says '%ls'", description);
    SysFreeString(description);
}

static void test_task__Result_is_known_after_eight_others(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *started = start_late(fixture, vm), *reset = reset_unread(fixture, vm), *failed;
    do_others(vm, 1);
    fixture_engine(fixture, NAME, "{'fail':'save','text':'no room','cause':'disk-full'}");
    fixture_engine(fixture, NAME, "{'hold':'save'}");
    assert_hresult(IVMVirtualMachine_Save(vm, &failed), S_OK);
    fixture_engine(fixture, NAME, "{'release':'save'}");
    await_state(vm, vmVMState_Running);
    do_others(vm, VM_PAGE_TASKS + 1);
    expect_error(reset, S_OK, L"");
    finish(reset, vmTaskResult_Success);
    await_complete(started);
    expect_error(started, S_OK, L"");
    finish(started, vmTaskResult_Success);
    expect_error(failed, HRESULT_FROM_WIN32(ERROR_DISK_FULL), L"disk-full");
    finish(failed, vmTaskResult_DiskRelatedError);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

/* It has ended, but whether well is an error with a text: neither a success nor a failure, and no wait without an end.
 */
static void expect_forgotten(IVMTask *task)
{
    VMTaskResult result;
    VARIANT_BOOL flag;
    LONG number;
    BSTR description;
    await_complete(task);
    assert_hresult(IVMTask_get_IsCancelable(task, &flag), S_OK);
    assert_int_equal(flag, VARIANT_FALSE);
    assert_refused(IVMTask_get_Result(task, &result), DISP_E_EXCEPTION, L"not known any more");
    assert_refused(IVMTask_get_Error(task, &number), DISP_E_EXCEPTION, L"not known any more");
    assert_refused(IVMTask_get_ErrorDescription(task, &description), DISP_E_EXCEPTION, L"not known any more");
    assert_null(description);
    assert_refused(IVMTask_get_PercentCompleted(task, &number), DISP_E_EXCEPTION, L"not known any more");
    fixture_finish(task);
}

static void test_task__Result_after_256_others_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *started = start_late(fixture, vm), *reset = reset_unread(fixture, vm), *read;
    assert_hresult(IVMVirtualMachine_Reset(vm, &read), S_OK);
    await_complete(read);
    do_others(vm, VM_PAGE_TASKS + VM_PAGE_OUTCOMES);
    expect_forgotten(started);
    expect_forgotten(reset);
    expect_error(read, S_OK, L"");
    finish(read, vmTaskResult_Success);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

/* A VM that is off, and the task of that, which nobody has read since. */
static IVMTask *turn_off_unread(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    IVMTask *task;
    int status;
    fixture_start(vm);
    struct test_process *supervisor = test_process_open(fixture_supervisor(fixture, NAME));
    fixture_engine(fixture, NAME, "{'hold':'turn-off'}");
    assert_hresult(IVMVirtualMachine_TurnOff(vm, &task), S_OK);
    fixture_engine(fixture, NAME, "{'release':'turn-off'}");
    await_state(vm, vmVMState_TurnedOff);
    test_process_await_end(supervisor, &status);
    return task;
}

/* A client that deletes the VM; its exit code. */
static int delete_main(void)
{
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    BSTR name = SysAllocString(NAME);
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        FAILED(
            CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application)))
        return 1;
    if (IVMVirtualPC_FindVirtualMachine(application, name, &vm) != S_OK)
        return 2;
    if (IVMVirtualPC_DeleteVirtualMachine(application, vm) != S_OK)
        return 3;
    IVMVirtualMachine_Release(vm);
    IVMVirtualPC_Release(application);
    SysFreeString(name);
    CoUninitialize();
    return 0;
}

static void test_task__Result_outlives_the_VM(void **state)
{
    static struct client client;
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    VMVMState vm_state;
    LONG percent;
    /* Deleted by another client, then by this one. */
    IVMTask *task = turn_off_unread(fixture, vm);
    char *program = test_program("test_objects_lifecycle");
    client_start(&client, 0, text_format("\"%s\" delete", program));
    assert_int_equal(client_end(&client), 0);
    assert_refused(IVMVirtualMachine_get_State(vm, &vm_state), VM_E_VM_UNKNOWN, L"");
    assert_hresult(IVMTask_get_PercentCompleted(task, &percent), S_OK);
    assert_int_equal(percent, 100);
    expect_error(task, S_OK, L"");
    finish(task, vmTaskResult_Success);
    assert_last_release(vm);
    vm = fixture_create(fixture, NAME);
    task = turn_off_unread(fixture, vm);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    finish(task, vmTaskResult_Success);
    assert_last_release(vm);
    free(program);
}

static void test_task__Result_of_a_damaged_page_is_one_that_exists(void **state)
{
    static struct vm_page_body body;
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *task = turn_off_unread(fixture, vm);
    char *path = fixture_run_file(fixture, vm, VM_PAGE_FILE);
    struct vm_page *page;
    struct vpc_error err;
    assert_ok(vm_page_create(&page, path, &err), err);
    vm_page_read(page, &body);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].kind, VM_TASK_TURN_OFF);
    body.tasks[VM_PAGE_TASKS - 1].result = 4711;
    vm_page_publish(page, &body);
    vm_page_close(page);
    finish(task, vmTaskResult_UnexpectedError);
    free(path);
    assert_last_release(vm);
}

/* ---- saved states ---- */

static bool exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static uint64_t sent(IVMVirtualMachine *vm)
{
    IVMAccountant *accountant;
    VARIANT figure;
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    HRESULT hr = IVMAccountant_get_NetworkBytesSent(accountant, &figure);
    assert_last_release(accountant);
    assert_hresult(hr, S_OK);
    return V_DECIMAL(&figure).Lo64;
}

static void test_virtual_machine__Save_and_restore_by_another_object(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME), *other;
    IVMTask *task;
    BSTR path, file, description;
    LONG percent;
    fixture_add_nat(fixture, vm);
    fixture_start(vm);
    fixture_engine(fixture, NAME, "{'traffic':{'adapter':0,'sent':1000}}");
    while (sent(vm) != 1000)
        Sleep(1);
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    assert_hresult(IVMTask_get_Description(task, &description), S_OK);
    assert_text(description, L"Saving virtual machine 'Green'");
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_PercentCompleted(task, &percent), S_OK);
    assert_int_equal(percent, 100);
    finish(task, vmTaskResult_Success);
    assert_int_equal(state_of(vm), vmVMState_Saved);
    assert_hresult(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), S_OK);
    assert_hresult(IVMVirtualMachine_get_File(vm, &file), S_OK);
    assert_true(exists(path));
    assert_int_equal(wcslen(path), wcslen(file));
    assert_int_equal(wcsncmp(path, file, wcslen(file) - wcslen(L".vmc")), 0);
    assert_int_equal(wcscmp(path + wcslen(path) - wcslen(L".vsv"), L".vsv"), 0);
    assert_refused(IVMVirtualMachine_put_Memory(vm, 64), VM_E_PREF_VM_ACTIVE, L"");
    assert_last_release(vm);

    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(NAME), &other), S_OK);
    assert_int_equal(state_of(other), vmVMState_Saved);
    assert_hresult(IVMVirtualMachine_Startup(other, &task), S_OK);
    assert_hresult(IVMTask_get_Description(task, &description), S_OK);
    assert_text(description, L"Restoring virtual machine 'Green'");
    finish(task, vmTaskResult_Success);
    assert_int_equal(state_of(other), vmVMState_Running);
    assert_int_equal(sent(other), 0);
    assert_false(exists(path));
    fixture_turn_off(other);
    assert_last_release(other);
    SysFreeString(path);
    SysFreeString(file);
}

static void test_virtual_machine__failed_Save_leaves_the_VM_running(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *task;
    BSTR description, path;
    LONG error;
    fixture_start(vm);
    fixture_engine(fixture, NAME, "{'fail':'save','text':'no room','cause':'disk-full'}");
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult(error, HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    assert_text(description, L"no room");
    finish(task, vmTaskResult_DiskRelatedError);
    assert_int_equal(state_of(vm), vmVMState_Running);
    assert_refused(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), VM_E_VM_NO_SAVED_STATE, L"");
    assert_null(path);
    fixture_turn_off(vm);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_last_release(vm);
}

static void test_virtual_machine__Save_is_refused_when_undo_disks_will_be_deleted(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *task = (IVMTask *)1;
    assert_hresult(IVMVirtualMachine_put_Undoable(vm, VARIANT_TRUE), S_OK);
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_put_UndoAction(vm, vmUndoAction_Discard), S_OK);
    assert_refused(IVMVirtualMachine_Save(vm, &task), E_FAIL, L"undo disks");
    assert_null(task);
    assert_int_equal(state_of(vm), vmVMState_Running);
    assert_hresult(IVMVirtualMachine_put_UndoAction(vm, vmUndoAction_Keep), S_OK);
    save(vm);
    assert_last_release(vm);
}

/* Cuts the last byte off. */
static void cut(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(SetFilePointer(file, -1, NULL, FILE_END) != INVALID_SET_FILE_POINTER);
    assert_true(SetEndOfFile(file));
    CloseHandle(file);
}

static void test_virtual_machine__Startup_refuses_a_cut_saved_state(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME);
    IVMTask *task;
    BSTR path;
    LONG error;
    fixture_start(vm);
    save(vm);
    assert_hresult(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), S_OK);
    cut(path);
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, 60000), S_OK);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult(error, VM_E_PREF_SAVED_STATE_BAD_VERSION);
    finish(task, vmTaskResult_IncompatibleSavedStateError);
    assert_int_equal(state_of(vm), vmVMState_Saved);
    assert_true(exists(path));
    assert_hresult(IVMVirtualMachine_DiscardSavedState(vm), S_OK);
    assert_false(exists(path));
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_refused(IVMVirtualMachine_DiscardSavedState(vm), VM_E_VM_NO_SAVED_STATE, L"");
    fixture_start(vm);
    fixture_turn_off(vm);
    assert_last_release(vm);
    SysFreeString(path);
}

/* The configuration of a VM that comes from a stranger names another one's saved state. */
static void test_virtual_machine__DiscardSavedState_takes_no_file_of_another_VM(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME), *other;
    struct vpc_error err;
    BSTR file, path, folder = text_of(L"%ls\\Others", fixture_machines(fixture));
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"Other"), folder, &other), S_OK);
    fixture_start(other);
    save(other);
    assert_hresult(IVMVirtualMachine_get_SavedStateFilePath(other, &path), S_OK);
    assert_hresult(IVMVirtualMachine_get_File(vm, &file), S_OK);
    char *vmc = text_from_wide(file, wcslen(file)), *saved = text_from_wide(path, wcslen(path));
    assert_true(saved_state_place_set(vmc, saved, &err));
    assert_int_equal(state_of(vm), vmVMState_Saved);
    assert_hresult(IVMVirtualMachine_DiscardSavedState(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_TurnedOff);
    assert_int_equal(state_of(other), vmVMState_Saved);
    assert_true(exists(path));
    assert_hresult(IVMVirtualMachine_DiscardSavedState(other), S_OK);
    assert_false(exists(path));
    assert_last_release(other);
    assert_last_release(vm);
    free(saved);
    free(vmc);
    SysFreeString(file);
    SysFreeString(path);
}

static void test_virtual_machine__saved_state_outlives_Unregister_not_Delete(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, NAME), *again;
    BSTR path, path_again;
    fixture_start(vm);
    save(vm);
    assert_hresult(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), S_OK);
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), S_OK);
    assert_last_release(vm);
    assert_true(exists(path));
    assert_hresult(
        IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(NAME), fixture_machines(fixture), &again), S_OK);
    assert_int_equal(state_of(again), vmVMState_Saved);
    assert_hresult(IVMVirtualMachine_get_SavedStateFilePath(again, &path_again), S_OK);
    assert_text(path_again, path);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, again), S_OK);
    assert_false(exists(path));
    assert_refused(IVMVirtualMachine_get_SavedStateFilePath(again, &path_again), VM_E_VM_UNKNOWN, L"");
    assert_refused(IVMVirtualMachine_DiscardSavedState(again), VM_E_VM_UNKNOWN, L"");
    assert_last_release(again);
    SysFreeString(path);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "delete"))
        return delete_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_and_Resume_are_done_on_return, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_of_a_VM_that_is_off, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_that_fails_says_why, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_without_an_answer_is_a_time_out, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Startup2_starts_with_either_option, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__every_call_in_every_state, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_task__Cancel_of_a_save_and_of_a_restore, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_task__Result_is_known_after_eight_others, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_task__Result_after_256_others_is_an_error, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_task__Result_outlives_the_VM, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_task__Result_of_a_damaged_page_is_one_that_exists, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Save_and_restore_by_another_object, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__failed_Save_leaves_the_VM_running, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Save_is_refused_when_undo_disks_will_be_deleted,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Startup_refuses_a_cut_saved_state, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__DiscardSavedState_takes_no_file_of_another_VM,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__saved_state_outlives_Unregister_not_Delete, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
