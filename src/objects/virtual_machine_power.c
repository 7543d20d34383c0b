#include "objects/virtual_machine.h"

#include <stdlib.h>
#include "objects/out.h"
#include "objects/task.h"

/* Startup alone documents VM_E_TIMED_OUT. */
HRESULT WINAPI virtual_machine_Startup(IVMVirtualMachine *iface, IVMTask **startupTask)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    enum vm_state state;
    uint32_t task;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_machine_class, "startupTask", (void **)startupTask)))
        return hr;
    if (!machine_state(machine, &state, &err))
        return com_fail_error(&virtual_machine_class, &err);
    if (!vm_state_is_off(state))
        return com_fail(&virtual_machine_class, VM_E_VM_RUNNING, "the VM is on already");
    if (!machine_start(machine, &task, &err))
        return com_fail_error(&virtual_machine_class, &err);
    return task_create(machine, task, state == VM_SAVED ? VM_TASK_RESTORE : VM_TASK_STARTUP, startupTask);
}

HRESULT WINAPI virtual_machine_Startup2(IVMVirtualMachine *iface, VMStartupOption startupOption, IVMTask **startupTask)
{
    (void)iface;
    (void)startupOption;
    HRESULT hr = out_object(&virtual_machine_class, "startupTask", (void **)startupTask);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "Startup2");
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
    (void)iface;
    HRESULT hr = out_object(&virtual_machine_class, "saveTask", (void **)saveTask);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "Save");
}

HRESULT WINAPI virtual_machine_Reset(IVMVirtualMachine *iface, IVMTask **resetTask)
{
    return virtual_machine_command(iface, "reset", VM_TASK_RESET, "resetTask", resetTask);
}

HRESULT WINAPI virtual_machine_DiscardSavedState(IVMVirtualMachine *iface)
{
    (void)iface;
    return com_not_built(&virtual_machine_class, "DiscardSavedState");
}

HRESULT WINAPI virtual_machine_Pause(IVMVirtualMachine *iface)
{
    (void)iface;
    return com_not_built(&virtual_machine_class, "Pause");
}

HRESULT WINAPI virtual_machine_Resume(IVMVirtualMachine *iface)
{
    (void)iface;
    return com_not_built(&virtual_machine_class, "Resume");
}

HRESULT WINAPI virtual_machine_get_SavedStateFilePath(IVMVirtualMachine *iface, BSTR *savedStateFilePath)
{
    (void)iface;
    HRESULT hr = out_text(&virtual_machine_class, "savedStateFilePath", savedStateFilePath);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "SavedStateFilePath");
}
