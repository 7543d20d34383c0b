/* Methods that change whether a VM runs, and those of the tasks that do so. */
#include "fault_methods.h"

enum {
    PATIENCE_MS = 60000,
    WAIT_MS = 40
};

static bool has_waited;

/* The task that a method gave is over, and it gave one if it says so. */
static bool undo_task(struct stage *stage, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    if (stage->made)
        fixture_finish(stage->made);
    stage->made = NULL;
    return right;
}

/* Calls until the VM is in that state, whatever was heard of the calls before. False when it does not come to it. */
static bool bring_to(struct stage *stage, VMVMState goal, HRESULT (*call)(struct stage *stage))
{
    ULONGLONG start = GetTickCount64();
    while (stage_state(stage) != goal) {
        if (SUCCEEDED(call(stage)))
            undo_task(stage, S_OK);
        else if (GetTickCount64() - start > PATIENCE_MS)
            return false;
        else
            Sleep(10);
    }
    return true;
}

/* Turns the VM off, whatever came of its start: also when it did start and only the client has not heard of it. */
static bool undo_startup(struct stage *stage, HRESULT hr)
{
    IVMTask *task = stage->made;
    bool right = SUCCEEDED(hr) == (task != NULL);
    ULONGLONG start = GetTickCount64();
    if (task)
        fixture_finish(task);
    stage->made = NULL;
    for (;;) {
        VMVMState state = stage_state(stage);
        if (IVMVirtualMachine_TurnOff(stage->vm, &task) == S_OK) {
            fixture_finish(task);
            return right;
        }
        if (state == vmVMState_TurnedOff && FAILED(hr))
            return right;
        if (GetTickCount64() - start > PATIENCE_MS)
            return false;
        Sleep(10);
    }
}

static HRESULT call_startup(struct stage *stage)
{
    return IVMVirtualMachine_Startup(stage->vm, (IVMTask **)&stage->made);
}

static HRESULT call_reset(struct stage *stage)
{
    return IVMVirtualMachine_Reset(stage->vm, (IVMTask **)&stage->made);
}

static HRESULT call_pause(struct stage *stage)
{
    return IVMVirtualMachine_Pause(stage->vm);
}

/* Whether the supervisor has heard it or not: it runs again. */
static bool undo_pause(struct stage *stage, HRESULT hr)
{
    VMVMState state = stage_state(stage);
    /* One that was sent, but whose answer was not heard, may still be on its way. This one is not before it. */
    if (FAILED(hr))
        IVMVirtualMachine_Pause(stage->vm);
    assert_hresult(IVMVirtualMachine_Resume(stage->vm), S_OK);
    return FAILED(hr) || state == vmVMState_Paused;
}

static void prepare_paused(struct stage *stage)
{
    assert_hresult(call_pause(stage), S_OK);
}

static HRESULT call_resume(struct stage *stage)
{
    return IVMVirtualMachine_Resume(stage->vm);
}

static bool undo_resume(struct stage *stage, HRESULT hr)
{
    if (FAILED(hr))
        call_resume(stage);
    return stage_state(stage) == vmVMState_Running;
}

static HRESULT call_turn_off(struct stage *stage)
{
    return IVMVirtualMachine_TurnOff(stage->vm, (IVMTask **)&stage->made);
}

/* The VM runs again, from where the method has brought it, heard or not. */
static bool undo_leaving(struct stage *stage, HRESULT hr, VMVMState left, HRESULT (*call)(struct stage *stage))
{
    bool right = undo_task(stage, hr) && (FAILED(hr) || stage_state(stage) == left);
    right = bring_to(stage, left, call) && right;
    fixture_start(stage->vm);
    return right;
}

static bool undo_turn_off(struct stage *stage, HRESULT hr)
{
    return undo_leaving(stage, hr, vmVMState_TurnedOff, call_turn_off);
}

static HRESULT call_save(struct stage *stage)
{
    return IVMVirtualMachine_Save(stage->vm, (IVMTask **)&stage->made);
}

static bool undo_save(struct stage *stage, HRESULT hr)
{
    return undo_leaving(stage, hr, vmVMState_Saved, call_save);
}

static void prepare_saved(struct stage *stage)
{
    fixture_start(stage->vm);
    assert_true(bring_to(stage, vmVMState_Saved, call_save));
}

static HRESULT call_discard(struct stage *stage)
{
    return IVMVirtualMachine_DiscardSavedState(stage->vm);
}

static bool undo_discard(struct stage *stage, HRESULT hr)
{
    VMVMState state = stage_state(stage);
    if (state == vmVMState_Saved)
        assert_hresult(call_discard(stage), S_OK);
    assert_hresult(call_discard(stage), VM_E_VM_NO_SAVED_STATE);
    return state == (SUCCEEDED(hr) ? vmVMState_TurnedOff : vmVMState_Saved);
}

/* A save that goes on until it is called off. */
static void prepare_held(struct stage *stage)
{
    fixture_engine(stage->fixture, stage->name, "{'hold':'save'}");
    assert_hresult(call_save(stage), S_OK);
}

static HRESULT call_cancel(struct stage *stage)
{
    return IVMTask_Cancel((IVMTask *)stage->made);
}

/* Called off, heard or not, and the VM runs on. */
static bool undo_cancel(struct stage *stage, HRESULT hr)
{
    IVMTask *task = stage->made;
    VARIANT_BOOL complete;
    VMTaskResult result;
    if (FAILED(hr))
        IVMTask_Cancel(task); /* which fails when it was heard */
    assert_hresult(IVMTask_WaitForCompletion(task, PATIENCE_MS), S_OK);
    assert_hresult(IVMTask_get_IsComplete(task, &complete), S_OK);
    if (!complete)
        assert_hresult(IVMTask_Cancel(task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, PATIENCE_MS), S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    fixture_finish(task);
    stage->made = NULL;
    return complete && result == vmTaskResult_Cancelled && stage_state(stage) == vmVMState_Running;
}

/* Of a task that goes on: as long as is asked for. */
static HRESULT call_wait(struct stage *stage)
{
    ULONGLONG start = GetTickCount64();
    HRESULT hr = IVMTask_WaitForCompletion((IVMTask *)stage->made, WAIT_MS);
    has_waited = GetTickCount64() - start >= WAIT_MS;
    return hr;
}

static bool undo_wait(struct stage *stage, HRESULT hr)
{
    return undo_cancel(stage, call_cancel(stage)) && (FAILED(hr) || has_waited);
}

static const struct method off_table[] = {
    {"Startup", NULL, call_startup, undo_startup, true, true},
    {"DiscardSavedState", prepare_saved, call_discard, undo_discard, true, true},
};

static const struct method on_table[] = {
    {"Reset", NULL, call_reset, undo_task, true, false},
    {"Pause", NULL, call_pause, undo_pause, true, false},
    {"Resume", prepare_paused, call_resume, undo_resume, true, false},
    {"Save", NULL, call_save, undo_save, true, true},
    {"TurnOff", NULL, call_turn_off, undo_turn_off, true, true},
    {"Cancel of a task", prepare_held, call_cancel, undo_cancel, true, false},
    {"WaitForCompletion of a task", prepare_held, call_wait, undo_wait, true, false},
};

const struct methods methods_power = {off_table, ARRAYSIZE(off_table)};
const struct methods methods_on = {on_table, ARRAYSIZE(on_table)};
