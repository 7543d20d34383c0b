#include "objects/virtual_machine.h"

#include <stdlib.h>
#include "objects/accountant.h"
#include "objects/display.h"
#include "objects/guest_os.h"
#include "objects/keyboard.h"
#include "objects/mouse.h"
#include "objects/out.h"
#include "objects/vm_events.h"
#include "util/path.h"

struct virtual_machine {
    struct machine_part part;
    struct vm_events events;
};

static void virtual_machine_destroy(struct com_object *object)
{
    vm_events_clear(&((struct virtual_machine *)object)->events);
    machine_part_destroy(object);
}

static HRESULT virtual_machine_query(struct com_object *object, REFIID iid, void **out)
{
    return vm_events_query(&((struct virtual_machine *)object)->events, iid, out);
}

const struct com_class virtual_machine_class = {
    .name = L"IVMVirtualMachine",
    .iid = &IID_IVMVirtualMachine,
    .clsid = &CLSID_VMVirtualMachine,
    .events = &DIID_IVMVirtualMachineEvents,
    .default_member = L"Name",
    .destroy = virtual_machine_destroy,
    .query = virtual_machine_query,
};

struct machine *virtual_machine_from_client(IVMVirtualMachine *vm)
{
    struct com_object *object = com_object_from((IUnknown *)vm, &virtual_machine_class);
    return object ? ((struct machine_part *)object)->machine : NULL;
}

HRESULT virtual_machine_fail(const struct vpc_error *err)
{
    HRESULT hr = com_hresult(err->cause);
    return com_fail(&virtual_machine_class, hr == VM_E_TIMED_OUT ? DISP_E_EXCEPTION : hr, "%s", err->text);
}

HRESULT virtual_machine_need_turned_off(IVMVirtualMachine *iface, HRESULT refusal)
{
    enum vm_state state;
    struct vpc_error err;
    char *name;
    if (!machine_state(machine_from_IVMVirtualMachine(iface), &state, &err))
        return virtual_machine_fail(&err);
    if (state == VM_TURNED_OFF)
        return S_OK;
    if (!machine_name(machine_from_IVMVirtualMachine(iface), &name, &err))
        return virtual_machine_fail(&err);
    HRESULT hr = com_fail(&virtual_machine_class, refusal, "VM '%s' is not turned off", name);
    free(name);
    return hr;
}

/* Hands out a text that a function of the record makes. */
static HRESULT virtual_machine_give(IVMVirtualMachine *iface, const char *parameter, BSTR *out,
                                    bool (*get)(struct machine *, char **, struct vpc_error *))
{
    struct vpc_error err;
    char *text;
    HRESULT hr;
    if (FAILED(hr = out_text(&virtual_machine_class, parameter, out)))
        return hr;
    if (!get(machine_from_IVMVirtualMachine(iface), &text, &err))
        return virtual_machine_fail(&err);
    return give_text_free(&virtual_machine_class, text, out);
}

static HRESULT WINAPI virtual_machine_get_Name(IVMVirtualMachine *iface, BSTR *virtualMachineName)
{
    return virtual_machine_give(iface, "virtualMachineName", virtualMachineName, machine_name);
}

static HRESULT WINAPI virtual_machine_put_Name(IVMVirtualMachine *iface, BSTR virtualMachineName)
{
    struct vpc_error err;
    char *name;
    HRESULT hr;
    if (!text_from_bstr(virtualMachineName, &name, &err)) {
        if (err.cause == VPC_INVALID_NAME)
            err.cause = VPC_NAME_INVALID;
        return virtual_machine_fail(&err);
    }
    if (!path_check_vm_name(name, &err)) {
        hr = virtual_machine_fail(&err);
    } else if (SUCCEEDED(hr = virtual_machine_need_turned_off(iface, VM_E_PREF_VM_ACTIVE)) &&
               !machine_rename(machine_from_IVMVirtualMachine(iface), name, &err)) {
        /* The whole path of the file would be too long: the name is. */
        if (err.cause == VPC_TOO_LONG)
            err.cause = VPC_NAME_TOO_LONG;
        hr = virtual_machine_fail(&err);
    }
    free(name);
    return hr;
}

static HRESULT WINAPI virtual_machine_get_ConfigID(IVMVirtualMachine *iface, BSTR *virtualMachineConfigID)
{
    return virtual_machine_give(iface, "virtualMachineConfigID", virtualMachineConfigID, machine_config_id);
}

static HRESULT WINAPI virtual_machine_get_File(IVMVirtualMachine *iface, BSTR *virtualMachineXMLFile)
{
    return virtual_machine_give(iface, "virtualMachineXMLFile", virtualMachineXMLFile, machine_vmc);
}

/* For the members that hand out an object of the VM: zeroes the out pointer, checks that the VM is known. */
static HRESULT virtual_machine_begin_object(IVMVirtualMachine *iface, const char *parameter, void **out)
{
    struct vpc_error err;
    HRESULT hr = out_object(&virtual_machine_class, parameter, out);
    if (SUCCEEDED(hr) && !machine_known(machine_from_IVMVirtualMachine(iface), &err))
        hr = virtual_machine_fail(&err);
    return hr;
}

static HRESULT WINAPI virtual_machine_get_Accountant(IVMVirtualMachine *iface, IVMAccountant **accountant)
{
    HRESULT hr = virtual_machine_begin_object(iface, "accountant", (void **)accountant);
    return FAILED(hr) ? hr : accountant_create(machine_from_IVMVirtualMachine(iface), accountant);
}

static HRESULT WINAPI virtual_machine_get_GuestOS(IVMVirtualMachine *iface, IVMGuestOS **guestOS)
{
    HRESULT hr = virtual_machine_begin_object(iface, "guestOS", (void **)guestOS);
    return FAILED(hr) ? hr : guest_os_create(machine_from_IVMVirtualMachine(iface), guestOS);
}

static HRESULT WINAPI virtual_machine_get_Display(IVMVirtualMachine *iface, IVMDisplay **display)
{
    HRESULT hr = virtual_machine_begin_object(iface, "display", (void **)display);
    return FAILED(hr) ? hr : display_create(machine_from_IVMVirtualMachine(iface), display);
}

static HRESULT WINAPI virtual_machine_get_Keyboard(IVMVirtualMachine *iface, IVMKeyboard **keyboard)
{
    HRESULT hr = virtual_machine_begin_object(iface, "keyboard", (void **)keyboard);
    return FAILED(hr) ? hr : keyboard_create(machine_from_IVMVirtualMachine(iface), keyboard);
}

static HRESULT WINAPI virtual_machine_get_Mouse(IVMVirtualMachine *iface, IVMMouse **mouse)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    enum vm_state state;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_machine_class, "mouse", (void **)mouse)))
        return hr;
    if (!machine_state(machine, &state, &err))
        return virtual_machine_fail(&err);
    if (!vm_state_is_active(state))
        return com_fail(&virtual_machine_class, VM_E_VM_NOT_RUNNING, "a VM that is not running has no mouse");
    return mouse_create(machine, mouse);
}

static HRESULT WINAPI virtual_machine_get_State(IVMVirtualMachine *iface, VMVMState *virtualMachineState)
{
    struct vpc_error err;
    enum vm_state state;
    HRESULT hr;
    if (FAILED(hr = out_long(&virtual_machine_class, "virtualMachineState", (LONG *)virtualMachineState)))
        return hr;
    if (!machine_state(machine_from_IVMVirtualMachine(iface), &state, &err))
        return virtual_machine_fail(&err);
    *virtualMachineState = (VMVMState)state;
    return S_OK;
}

static const IVMVirtualMachineVtbl virtual_machine_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMVirtualMachine *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMVirtualMachine *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMVirtualMachine *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMVirtualMachine *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMVirtualMachine *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames =
        (HRESULT(WINAPI *)(IVMVirtualMachine *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMVirtualMachine *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_Name = virtual_machine_get_Name,
    .put_Name = virtual_machine_put_Name,
    .get_ConfigID = virtual_machine_get_ConfigID,
    .get_File = virtual_machine_get_File,
    .get_Accountant = virtual_machine_get_Accountant,
    .get_GuestOS = virtual_machine_get_GuestOS,
    .get_Display = virtual_machine_get_Display,
    .get_Keyboard = virtual_machine_get_Keyboard,
    .get_Mouse = virtual_machine_get_Mouse,
    .Startup = virtual_machine_Startup,
    .Startup2 = virtual_machine_Startup2,
    .TurnOff = virtual_machine_TurnOff,
    .Save = virtual_machine_Save,
    .Reset = virtual_machine_Reset,
    .DiscardSavedState = virtual_machine_DiscardSavedState,
    .Pause = virtual_machine_Pause,
    .Resume = virtual_machine_Resume,
    .get_State = virtual_machine_get_State,
    .get_ShutdownActionOnQuit = virtual_machine_get_ShutdownActionOnQuit,
    .put_ShutdownActionOnQuit = virtual_machine_put_ShutdownActionOnQuit,
    .get_SavedStateFilePath = virtual_machine_get_SavedStateFilePath,
    .get_BIOSGUID = virtual_machine_get_BIOSGUID,
    .put_BIOSGUID = virtual_machine_put_BIOSGUID,
    .get_BIOSSerialNumber = virtual_machine_get_BIOSSerialNumber,
    .put_BIOSSerialNumber = virtual_machine_put_BIOSSerialNumber,
    .get_BaseBoardSerialNumber = virtual_machine_get_BaseBoardSerialNumber,
    .put_BaseBoardSerialNumber = virtual_machine_put_BaseBoardSerialNumber,
    .get_ChassisSerialNumber = virtual_machine_get_ChassisSerialNumber,
    .put_ChassisSerialNumber = virtual_machine_put_ChassisSerialNumber,
    .get_ChassisAssetTag = virtual_machine_get_ChassisAssetTag,
    .put_ChassisAssetTag = virtual_machine_put_ChassisAssetTag,
    .AddHardDiskConnection = virtual_machine_AddHardDiskConnection,
    .RemoveHardDiskConnection = virtual_machine_RemoveHardDiskConnection,
    .get_HardDiskConnections = virtual_machine_get_HardDiskConnections,
    .MergeUndoDisks = virtual_machine_MergeUndoDisks,
    .DiscardUndoDisks = virtual_machine_DiscardUndoDisks,
    .get_Undoable = virtual_machine_get_Undoable,
    .put_Undoable = virtual_machine_put_Undoable,
    .get_UndoAction = virtual_machine_get_UndoAction,
    .put_UndoAction = virtual_machine_put_UndoAction,
    .AddDVDROMDrive = virtual_machine_AddDVDROMDrive,
    .RemoveDVDROMDrive = virtual_machine_RemoveDVDROMDrive,
    .get_DVDROMDrives = virtual_machine_get_DVDROMDrives,
    .get_FloppyDrives = virtual_machine_get_FloppyDrives,
    .AddNetworkAdapter = virtual_machine_AddNetworkAdapter,
    .RemoveNetworkAdapter = virtual_machine_RemoveNetworkAdapter,
    .get_NetworkAdapters = virtual_machine_get_NetworkAdapters,
    .get_SerialPorts = virtual_machine_get_SerialPorts,
    .get_ParallelPorts = virtual_machine_get_ParallelPorts,
    .get_ProcessorSpeed = virtual_machine_get_ProcessorSpeed,
    .get_HasMMX = virtual_machine_get_HasMMX,
    .get_HasSSE = virtual_machine_get_HasSSE,
    .get_HasSSE2 = virtual_machine_get_HasSSE2,
    .get_Has3DNow = virtual_machine_get_Has3DNow,
    .get_RdpPipeName = virtual_machine_get_RdpPipeName,
    .AttachUSBDevice = virtual_machine_AttachUSBDevice,
    .DetachUSBDevice = virtual_machine_DetachUSBDevice,
    .get_Notes = virtual_machine_get_Notes,
    .put_Notes = virtual_machine_put_Notes,
    .get_Memory = virtual_machine_get_Memory,
    .put_Memory = virtual_machine_put_Memory,
    .get_AttachedDriveTypes = virtual_machine_get_AttachedDriveTypes,
    .GetConfigurationValue = virtual_machine_GetConfigurationValue,
    .SetConfigurationValue = virtual_machine_SetConfigurationValue,
    .RemoveConfigurationValue = virtual_machine_RemoveConfigurationValue,
    .GetActivationValue = virtual_machine_GetActivationValue,
    .SetActivationValue = virtual_machine_SetActivationValue,
    .RemoveActivationValue = virtual_machine_RemoveActivationValue,
    .StartCommunicationChannel = virtual_machine_StartCommunicationChannel,
};

HRESULT virtual_machine_create(struct machine *machine, IVMVirtualMachine **vm)
{
    struct virtual_machine *made = com_object_new(sizeof *made, &virtual_machine_class, &virtual_machine_vtbl);
    *vm = (IVMVirtualMachine *)made;
    if (!made)
        return com_fail(&virtual_machine_class, E_OUTOFMEMORY, "out of memory");
    made->part.machine = machine_share(machine);
    vm_events_init(&made->events, &made->part.base, machine_home(machine), machine);
    return S_OK;
}
