#include "objects/virtual_pc.h"

#include <assert.h>
#include <stdlib.h>
#include "objects/host_info.h"
#include "objects/network_adapter.h"
#include "objects/object_list.h"
#include "objects/objects.h"
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/task.h"
#include "objects/virtual_machine.h"
#include "objects/virtual_machine_list.h"
#include "objects/virtual_network.h"
#include "util/path.h"
#include "util/text.h"

#define APPLICATION_NAME "Virtual PC"

static void virtual_pc_destroy(struct com_object *object)
{
    vm_events_clear(&((struct virtual_pc *)object)->events);
    home_release(((struct virtual_pc *)object)->home);
    com_object_free(object);
}

static HRESULT virtual_pc_query(struct com_object *object, REFIID iid, void **out)
{
    return vm_events_query(&((struct virtual_pc *)object)->events, iid, out);
}

const struct com_class virtual_pc_class = {
    .name = L"IVMVirtualPC",
    .iid = &IID_IVMVirtualPC,
    .extended = &IID_IVMVirtualPC2,
    .clsid = &CLSID_VMVirtualPC,
    .events = &DIID_IVMVirtualPCEvents,
    .destroy = virtual_pc_destroy,
    .query = virtual_pc_query,
};

/* When this process first made an application object; 0 before. */
static LONG64 application_start_ms;

static HRESULT WINAPI virtual_pc_get_HostInfo(IVMVirtualPC *iface, IVMHostInfo **hostInfo)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_pc_class, "hostInfo", (void **)hostInfo);
    return FAILED(hr) ? hr : host_info_create(hostInfo);
}

/* The object of a record that was opened; takes the record. */
static HRESULT virtual_pc_give_machine(struct machine *machine, IVMVirtualMachine **virtualMachine)
{
    HRESULT hr = virtual_machine_create(machine, virtualMachine);
    machine_release(machine);
    return hr;
}

static HRESULT WINAPI virtual_pc_FindVirtualMachine(IVMVirtualPC *iface, BSTR configurationName,
                                                    IVMVirtualMachine **virtualMachine)
{
    struct machine *machine;
    struct vpc_error err;
    char *name;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_pc_class, "virtualMachine", (void **)virtualMachine)))
        return hr;
    if (!configurationName)
        return com_null_pointer(&virtual_pc_class, "configurationName");
    if (!text_from_bstr(configurationName, &name, &err)) {
        if (err.cause == VPC_OUT_OF_MEMORY)
            return com_fail_error(&virtual_pc_class, &err);
        return com_fail(&virtual_pc_class, E_POINTER, "%s", err.text);
    }
    /* E_POINTER is what the documentation has for a name that no VM can have. */
    if (!path_check_vm_name(name, &err))
        hr = com_fail(&virtual_pc_class, E_POINTER, "%s", err.text);
    else if (machine_find(&machine, home_from_IVMVirtualPC(iface), name, &err))
        hr = virtual_pc_give_machine(machine, virtualMachine);
    else
        hr = err.cause == VPC_VM_UNKNOWN ? S_FALSE : com_fail_error(&virtual_pc_class, &err);
    free(name);
    return hr;
}

/* An object for what the catalog has just taken in. Without one it is taken back, so that a call that fails has done
 * nothing. */
static HRESULT virtual_pc_give_entry(struct home *home, struct catalog_entry *entry, bool created,
                                     IVMVirtualMachine **virtualMachine)
{
    struct catalog_entry kept = {.name = text_copy(entry->name), .vmcx = text_copy(entry->vmcx)};
    struct machine *machine;
    struct vpc_error err, ignored;
    HRESULT hr;
    bool found;
    if (!kept.name || !kept.vmcx) {
        catalog_entry_clear(&kept);
        kept = *entry;
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "no memory for virtual machine '%s'", kept.name);
        hr = com_fail_error(&virtual_pc_class, &err);
    } else if (!machine_open(&machine, home, entry, &err)) {
        hr = com_fail_error(&virtual_pc_class, &err);
    } else {
        hr = virtual_pc_give_machine(machine, virtualMachine);
    }
    if (FAILED(hr) && created)
        catalog_delete(&home->catalog, &kept, &found, &ignored);
    else if (FAILED(hr))
        catalog_unregister(&home->catalog, &kept, &ignored);
    catalog_entry_clear(&kept);
    return hr;
}

/* CreateVirtualMachine and RegisterVirtualMachine differ in what the catalog does. */
static HRESULT virtual_pc_enter(IVMVirtualPC *iface, BSTR configurationName, BSTR configurationPath,
                                IVMVirtualMachine **virtualMachine,
                                bool (*enter)(const struct catalog *, const char *, const char *,
                                              struct catalog_entry *, struct vpc_error *))
{
    struct home *home = home_from_IVMVirtualPC(iface);
    struct catalog_entry entry = {0};
    struct vpc_error err;
    char *name = NULL, *path = NULL;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_pc_class, "virtualMachine", (void **)virtualMachine)))
        return hr;
    if (!configurationPath)
        return com_null_pointer(&virtual_pc_class, "configurationPath");
    if (!text_from_bstr(configurationName, &name, &err)) {
        if (err.cause == VPC_INVALID_NAME)
            err.cause = VPC_NAME_INVALID;
        hr = com_fail_error(&virtual_pc_class, &err);
    } else if (!text_from_bstr(configurationPath, &path, &err) || !enter(&home->catalog, name, path, &entry, &err)) {
        hr = com_fail_error(&virtual_pc_class, &err);
    } else {
        hr = virtual_pc_give_entry(home, &entry, enter == catalog_create, virtualMachine);
    }
    free(path);
    free(name);
    return hr;
}

static HRESULT WINAPI virtual_pc_CreateVirtualMachine(IVMVirtualPC *iface, BSTR configurationName,
                                                      BSTR configurationPath, IVMVirtualMachine **virtualMachine)
{
    return virtual_pc_enter(iface, configurationName, configurationPath, virtualMachine, catalog_create);
}

/* For the members that remove a VM: it is ours, known and off. *machine (out) is borrowed. */
static HRESULT virtual_pc_begin_removal(IVMVirtualMachine *virtualMachine, uint64_t deadline_ms,
                                        struct machine **machine)
{
    struct vpc_error err;
    enum vm_state state;
    if (!virtualMachine)
        return com_null_pointer(&virtual_pc_class, "virtualMachine");
    *machine = virtual_machine_from_client(virtualMachine);
    if (!*machine)
        return com_fail(&virtual_pc_class, E_INVALIDARG, "virtualMachine is no virtual machine of this application");
    if (!machine_known(*machine, &err))
        return com_fail_error(&virtual_pc_class, &err);
    /* A VM whose configuration cannot be read cannot run either, and must not stay for ever. */
    if (!machine_state_by(*machine, deadline_ms, &state, &err)) {
        if (err.cause == VPC_VM_UNKNOWN)
            return S_OK;
        return com_fail(&virtual_pc_class, DISP_E_EXCEPTION, "%s", err.text);
    }
    if (!vm_state_is_off(state))
        return com_fail(&virtual_pc_class, VM_E_VM_RUNNING, "the VM is on: turn it off first");
    return S_OK;
}

static HRESULT WINAPI virtual_pc_DeleteVirtualMachine(IVMVirtualPC *iface, IVMVirtualMachine *virtualMachine)
{
    struct machine *machine;
    struct vpc_error err;
    bool found;
    uint64_t deadline_ms = supervisor_deadline();
    (void)iface;
    HRESULT hr = virtual_pc_begin_removal(virtualMachine, deadline_ms, &machine);
    /* Nothing is left to delete: documented as success of a kind. */
    if (hr == VM_E_VM_UNKNOWN) {
        SetErrorInfo(0, NULL);
        return S_FALSE;
    }
    if (FAILED(hr))
        return hr;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): S_OK comes with one */
    if (!machine_delete(machine, deadline_ms, &found, &err))
        return err.cause == VPC_VM_UNKNOWN ? S_FALSE : com_fail_error(&virtual_pc_class, &err);
    return found ? S_OK : S_FALSE;
}

static HRESULT WINAPI virtual_pc_RegisterVirtualMachine(IVMVirtualPC *iface, BSTR configurationName,
                                                        BSTR configurationPath, IVMVirtualMachine **virtualMachine)
{
    return virtual_pc_enter(iface, configurationName, configurationPath, virtualMachine, catalog_register);
}

static HRESULT WINAPI virtual_pc_UnregisterVirtualMachine(IVMVirtualPC *iface, IVMVirtualMachine *virtualMachine)
{
    struct machine *machine;
    struct vpc_error err;
    (void)iface;
    HRESULT hr = virtual_pc_begin_removal(virtualMachine, supervisor_deadline(), &machine);
    if (FAILED(hr))
        return hr;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): S_OK comes with one */
    return machine_unregister(machine, &err) ? S_OK : com_fail_error(&virtual_pc_class, &err);
}

static HRESULT WINAPI virtual_pc_get_VirtualMachines(IVMVirtualPC *iface,
                                                     IVMVirtualMachineCollection **virtualMachineCollection)
{
    HRESULT hr = out_object(&virtual_pc_class, "virtualMachineCollection", (void **)virtualMachineCollection);
    return FAILED(hr) ? hr : virtual_machine_collection_create(home_from_IVMVirtualPC(iface), virtualMachineCollection);
}

static HRESULT WINAPI virtual_pc_FindVirtualNetwork(IVMVirtualPC *iface, BSTR virtualNetworkName,
                                                    IVMVirtualNetwork **virtualNetwork)
{
    struct vpc_error err;
    char *name;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_pc_class, "virtualNetwork", (void **)virtualNetwork)))
        return hr;
    if (!SysStringLen(virtualNetworkName))
        return com_fail(&virtual_pc_class, E_INVALIDARG, "virtualNetworkName is empty");
    if (!text_from_bstr(virtualNetworkName, &name, &err))
        return err.cause == VPC_OUT_OF_MEMORY ? com_fail_error(&virtual_pc_class, &err) : S_FALSE;
    hr = virtual_network_find(home_from_IVMVirtualPC(iface), name, virtualNetwork);
    free(name);
    return hr;
}

static HRESULT WINAPI virtual_pc_get_VirtualNetworks(IVMVirtualPC *iface,
                                                     IVMVirtualNetworkCollection **virtualNetworkCollection)
{
    HRESULT hr = out_object(&virtual_pc_class, "virtualNetworkCollection", (void **)virtualNetworkCollection);
    return FAILED(hr) ? hr : virtual_network_collection_create(home_from_IVMVirtualPC(iface), virtualNetworkCollection);
}

static HRESULT WINAPI virtual_pc_get_UnconnectedNetworkAdapters(
    IVMVirtualPC *iface, IVMNetworkAdapterCollection **unconnectedNetworkAdapterCollection)
{
    HRESULT hr = out_object(&virtual_pc_class, "unconnectedNetworkAdapterCollection",
                            (void **)unconnectedNetworkAdapterCollection);
    return FAILED(hr) ? hr
                      : network_adapter_collection_of_network(home_from_IVMVirtualPC(iface), NULL,
                                                              unconnectedNetworkAdapterCollection);
}

static const struct com_class support_driver_collection_class = {
    .name = L"IVMSupportDriverCollection",
    .iid = &IID_IVMSupportDriverCollection,
    .destroy = com_collection_destroy,
};

static HRESULT WINAPI virtual_pc_get_SupportDrivers(IVMVirtualPC *iface,
                                                    IVMSupportDriverCollection **supportDriverCollection)
{
    struct object_list none = {0};
    (void)iface;
    HRESULT hr = out_object(&virtual_pc_class, "supportDriverCollection", (void **)supportDriverCollection);
    return FAILED(hr)
               ? hr
               : object_list_snapshot(&support_driver_collection_class, &none, (IDispatch **)supportDriverCollection);
}

static HRESULT WINAPI virtual_pc_get_Tasks(IVMVirtualPC *iface, IVMTaskCollection **taskCollection)
{
    HRESULT hr = out_object(&virtual_pc_class, "taskCollection", (void **)taskCollection);
    return FAILED(hr) ? hr : task_collection_create(home_from_IVMVirtualPC(iface), taskCollection);
}

static HRESULT WINAPI virtual_pc_get_Name(IVMVirtualPC *iface, BSTR *virtualPCName)
{
    (void)iface;
    HRESULT hr = out_text(&virtual_pc_class, "virtualPCName", virtualPCName);
    return FAILED(hr) ? hr : give_text(&virtual_pc_class, APPLICATION_NAME, virtualPCName);
}

static HRESULT WINAPI virtual_pc_get_Version(IVMVirtualPC *iface, BSTR *version)
{
    (void)iface;
    HRESULT hr = out_text(&virtual_pc_class, "version", version);
    /* Major, minor, build; then 0 for a release and two letters. */
    return FAILED(hr) ? hr : give_text(&virtual_pc_class, "1.0." VPC_BUILD_NUMBER ".0vp", version);
}

static HRESULT WINAPI virtual_pc_get_UpTime(IVMVirtualPC *iface, LONG *secondsAlive)
{
    (void)iface;
    HRESULT hr = out_long(&virtual_pc_class, "secondsAlive", secondsAlive);
    if (SUCCEEDED(hr))
        *secondsAlive = (LONG)(((LONG64)GetTickCount64() - application_start_ms) / 1000);
    return hr;
}

/* IVMVirtualPC2Vtbl, in two parts so that each keeps its own type of `this`. */
static const struct {
    IVMVirtualPCVtbl documented;
    HRESULT(WINAPI *Usage)(IVMVirtualPC2 *, BSTR, VMUsageGrouping, BSTR, BSTR, IVMUsageCollection **);
    HRESULT(WINAPI *DeleteUsage)(IVMVirtualPC2 *, BSTR);
} virtual_pc_vtbl = {
    .documented =
        {
            .QueryInterface = (HRESULT(WINAPI *)(IVMVirtualPC *, REFIID, void **))com_QueryInterface,
            .AddRef = (ULONG(WINAPI *)(IVMVirtualPC *))com_AddRef,
            .Release = (ULONG(WINAPI *)(IVMVirtualPC *))com_Release,
            .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMVirtualPC *, UINT *))com_GetTypeInfoCount,
            .GetTypeInfo = (HRESULT(WINAPI *)(IVMVirtualPC *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
            .GetIDsOfNames =
                (HRESULT(WINAPI *)(IVMVirtualPC *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
            .Invoke = (HRESULT(WINAPI *)(IVMVirtualPC *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *,
                                         EXCEPINFO *, UINT *))com_Invoke,
            .get_HostInfo = virtual_pc_get_HostInfo,
            .FindVirtualMachine = virtual_pc_FindVirtualMachine,
            .CreateVirtualMachine = virtual_pc_CreateVirtualMachine,
            .DeleteVirtualMachine = virtual_pc_DeleteVirtualMachine,
            .RegisterVirtualMachine = virtual_pc_RegisterVirtualMachine,
            .UnregisterVirtualMachine = virtual_pc_UnregisterVirtualMachine,
            .get_VirtualMachines = virtual_pc_get_VirtualMachines,
            .FindVirtualNetwork = virtual_pc_FindVirtualNetwork,
            .get_VirtualNetworks = virtual_pc_get_VirtualNetworks,
            .get_UnconnectedNetworkAdapters = virtual_pc_get_UnconnectedNetworkAdapters,
            .get_SupportDrivers = virtual_pc_get_SupportDrivers,
            .get_Tasks = virtual_pc_get_Tasks,
            .CreateDynamicVirtualHardDisk = virtual_pc_CreateDynamicVirtualHardDisk,
            .CreateFixedVirtualHardDisk = virtual_pc_CreateFixedVirtualHardDisk,
            .CreateDifferencingVirtualHardDisk = virtual_pc_CreateDifferencingVirtualHardDisk,
            .GetHardDisk = virtual_pc_GetHardDisk,
            .CreateFloppyDiskImage = virtual_pc_CreateFloppyDiskImage,
            .GetFloppyDiskImageType = virtual_pc_GetFloppyDiskImageType,
            .GetConfigurationValue = virtual_pc_GetConfigurationValue,
            .SetConfigurationValue = virtual_pc_SetConfigurationValue,
            .RemoveConfigurationValue = virtual_pc_RemoveConfigurationValue,
            .get_MinimumMemoryPerVM = virtual_pc_get_MinimumMemoryPerVM,
            .get_MaximumMemoryPerVM = virtual_pc_get_MaximumMemoryPerVM,
            .get_SuggestedMaximumMemoryPerVM = virtual_pc_get_SuggestedMaximumMemoryPerVM,
            .get_MaximumFloppyDrivesPerVM = virtual_pc_get_MaximumFloppyDrivesPerVM,
            .get_MaximumSerialPortsPerVM = virtual_pc_get_MaximumSerialPortsPerVM,
            .get_MaximumParallelPortsPerVM = virtual_pc_get_MaximumParallelPortsPerVM,
            .get_MaximumNetworkAdaptersPerVM = virtual_pc_get_MaximumNetworkAdaptersPerVM,
            .get_MaximumNumberOfIDEBuses = virtual_pc_get_MaximumNumberOfIDEBuses,
            .get_DefaultVMConfigurationPath = virtual_pc_get_DefaultVMConfigurationPath,
            .put_DefaultVMConfigurationPath = virtual_pc_put_DefaultVMConfigurationPath,
            .get_SearchPaths = virtual_pc_get_SearchPaths,
            .put_SearchPaths = virtual_pc_put_SearchPaths,
            .GetHardDiskFiles = virtual_pc_GetHardDiskFiles,
            .GetVirtualMachineFiles = virtual_pc_GetVirtualMachineFiles,
            .GetFloppyDiskFiles = virtual_pc_GetFloppyDiskFiles,
            .GetDVDFiles = virtual_pc_GetDVDFiles,
            .get_USBDeviceCollection = virtual_pc_get_USBDeviceCollection,
            .get_Name = virtual_pc_get_Name,
            .get_Version = virtual_pc_get_Version,
            .get_UpTime = virtual_pc_get_UpTime,
        },
    .Usage = virtual_pc_Usage,
    .DeleteUsage = virtual_pc_DeleteUsage,
};
static_assert(sizeof virtual_pc_vtbl == sizeof(IVMVirtualPC2Vtbl), "the same slots");

HRESULT virtual_pc_create(IVMVirtualPC **application)
{
    struct vpc_error err;
    struct home *home;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_pc_class, "application", (void **)application)))
        return hr;
    if (!home_open(&home, &err))
        return com_fail_error(&virtual_pc_class, &err);
    struct virtual_pc *made = com_object_new(sizeof *made, &virtual_pc_class, &virtual_pc_vtbl);
    if (!made) {
        home_release(home);
        return com_fail(&virtual_pc_class, E_OUTOFMEMORY, "out of memory");
    }
    made->home = home;
    vm_events_init(&made->events, &made->base, home, NULL);
    InterlockedCompareExchange64(&application_start_ms, (LONG64)GetTickCount64(), 0);
    *application = (IVMVirtualPC *)made;
    return S_OK;
}
