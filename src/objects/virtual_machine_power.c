#include "objects/virtual_machine.h"

#include <stdlib.h>
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/task.h"

/* Startup, Pause and Resume alone document VM_E_TIMED_OUT: they hand on every code as it is. */
static HRESULT virtual_machine_start(IVMVirtualMachine *iface, IVMTask **startupTask)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct control_launch *launch;
    struct vpc_error err;
    enum vm_state state;
    uint32_t task;
    uint64_t deadline_ms = supervisor_deadline();
    if (!machine_state_by(machine, deadline_ms, &state, &err))
        return com_fail_error(&virtual_machine_class, &err);
    if (!vm_state_is_off(state))
        return com_fail(&virtual_machine_class, VM_E_VM_RUNNING, "the VM is on already");
    if (!machine_start(machine, deadline_ms, &task, &launch, &err))
        return com_fail_error(&virtual_machine_class, &err);
    return task_create_launched(machine, task, state == VM_SAVED ? VM_TASK_RESTORE : VM_TASK_STARTUP, launch,
                                startupTask);
}

HRESULT WINAPI virtual_machine_Startup(IVMVirtualMachine *iface, IVMTask **startupTask)
{
    HRESULT hr = out_object(&virtual_machine_class, "startupTask", (void **)startupTask);
    return FAILED(hr) ? hr : virtual_machine_start(iface, startupTask);
}

/* No differencing disk is checked against its parent's time yet, so there is no mismatch that the option could fix. */
HRESULT WINAPI virtual_machine_Startup2(IVMVirtualMachine *iface, VMStartupOption startupOption, IVMTask **startupTask)
{
    HRESULT hr = out_object(&virtual_machine_class, "startupTask", (void **)startupTask);
    if (FAILED(hr))
        return hr;
    if (startupOption != vmStartupOption_Normal && startupOption != vmStartupOption_FixParentTimestampMismatch)
        return com_fail(&virtual_machine_class, E_INVALIDARG, "startupOption %ld is no VMStartupOption",
                        (long)startupOption);
    return virtual_machine_start(iface, startupTask);
}

/* A command to the supervisor of an active VM that begins a task. */
static HRESULT virtual_machine_command(IVMVirtualMachine *iface, const char *command, enum vm_task_kind kind,
                                       const char *parameter, IVMTask **task)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    uint32_t id;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_machine_class, parameter, (void **)task)))
        return hr;
    if (!machine_command(machine, command, &id, &err))
        return virtual_machine_fail(&err);
    return task_create(machine, id, kind, task);
}

HRESULT WINAPI virtual_machine_TurnOff(IVMVirtualMachine *iface, IVMTask **turnOffTask)
{
    return virtual_machine_command(iface, "turn-off", VM_TASK_TURN_OFF, "turnOffTask", turnOffTask);
}

HRESULT WINAPI virtual_machine_Save(IVMVirtualMachine *iface, IVMTask **saveTask)
{
    return virtual_machine_command(iface, "save", VM_TASK_SAVE, "saveTask", saveTask);
}

HRESULT WINAPI virtual_machine_Reset(IVMVirtualMachine *iface, IVMTask **resetTask)
{
    return virtual_machine_command(iface, "reset", VM_TASK_RESET, "resetTask", resetTask);
}

HRESULT WINAPI virtual_machine_DiscardSavedState(IVMVirtualMachine *iface)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    enum vm_state state;
    uint64_t deadline_ms = supervisor_deadline();
    if (!machine_state_by(machine, deadline_ms, &state, &err))
        return virtual_machine_fail(&err);
    if (!vm_state_is_off(state))
        return com_fail(&virtual_machine_class, VM_E_VM_RUNNING, "the VM is on");
    if (machine_discard_saved_state(machine, deadline_ms, &err))
        return S_OK;
    if (err.cause == VPC_FILE_NOT_FOUND)
        return com_fail(&virtual_machine_class, VM_E_VM_NO_SAVED_STATE, "%s", err.text);
    return virtual_machine_fail(&err);
}

/* A command to the supervisor of an active VM whose reply comes when it is done. */
static HRESULT virtual_machine_carry_out(IVMVirtualMachine *iface, const char *command)
{
    struct vpc_error err;
    uint32_t task;
    if (machine_command(machine_from_IVMVirtualMachine(iface), command, &task, &err))
        return S_OK;
    return com_fail_error(&virtual_machine_class, &err);
}

HRESULT WINAPI virtual_machine_Pause(IVMVirtualMachine *iface)
{
    return virtual_machine_carry_out(iface, "pause");
}

HRESULT WINAPI virtual_machine_Resume(IVMVirtualMachine *iface)
{
    return virtual_machine_carry_out(iface, "resume");
}

HRESULT WINAPI virtual_machine_get_SavedStateFilePath(IVMVirtualMachine *iface, BSTR *savedStateFilePath)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    enum vm_state state;
    char *path = NULL;
    HRESULT hr = out_text(&virtual_machine_class, "savedStateFilePath", savedStateFilePath);
    if (FAILED(hr))
        return hr;
    /* While a VM is restored its saved state is still there; while it is saved there is none yet. */
    if (!machine_state(machine, &state, &err) ||
        ((state == VM_SAVED || state == VM_RESTORING) && !machine_saved_state(machine, &path, &err)))
        return virtual_machine_fail(&err);
    if (!path)
        return com_fail(&virtual_machine_class, VM_E_VM_NO_SAVED_STATE, "the VM has no saved state");
    return give_text_free(&virtual_machine_class, path, savedStateFilePath);
}
