/* Methods of a VM that is off, and of the application. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "fault_methods.h"

/* The same VM, whatever a failed method has made of it. */
static bool delete_vm(struct stage *stage, BSTR name)
{
    IVMVirtualMachine *vm = NULL;
    HRESULT hr = IVMVirtualPC_FindVirtualMachine(stage->fixture->application, name, &vm);
    if (hr != S_OK) /* S_FALSE: there is none */
        return false;
    hr = IVMVirtualPC_DeleteVirtualMachine(stage->fixture->application, vm);
    IVMVirtualMachine_Release(vm);
    return SUCCEEDED(hr);
}

void release_made(struct stage *stage)
{
    if (stage->made)
        IUnknown_Release((IUnknown *)stage->made);
    stage->made = NULL;
}

bool undo_made(struct stage *stage, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    release_made(stage);
    return right;
}

static HRESULT call_instance(struct stage *stage)
{
    return CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, &stage->made);
}

static HRESULT call_find(struct stage *stage)
{
    return IVMVirtualPC_FindVirtualMachine(stage->fixture->application, stage->name,
                                           (IVMVirtualMachine **)&stage->made);
}

static HRESULT call_find_network(struct stage *stage)
{
    return IVMVirtualPC_FindVirtualNetwork(stage->fixture->application, stage->network,
                                           (IVMVirtualNetwork **)&stage->made);
}

static HRESULT call_create(struct stage *stage)
{
    return IVMVirtualPC_CreateVirtualMachine(stage->fixture->application, stage->other, stage->folder,
                                             (IVMVirtualMachine **)&stage->made);
}

/* A VM that could not be made must not lie in the way of the next one of that name. */
static bool undo_create(struct stage *stage, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    release_made(stage);
    return delete_vm(stage, stage->other) == SUCCEEDED(hr) && right;
}

static void prepare_other(struct stage *stage)
{
    IVMVirtualMachine *vm;
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(stage->fixture->application, stage->other, stage->folder, &vm),
                   S_OK);
    stage->made = vm;
}

static HRESULT call_delete(struct stage *stage)
{
    return IVMVirtualPC_DeleteVirtualMachine(stage->fixture->application, (IVMVirtualMachine *)stage->made);
}

static bool undo_delete(struct stage *stage, HRESULT hr)
{
    release_made(stage);
    /* One that has failed has done nothing. */
    bool right = delete_vm(stage, stage->other) == FAILED(hr);
    return !DeleteFileW(stage->other_vmc) && right;
}

static HRESULT call_unregister(struct stage *stage)
{
    return IVMVirtualPC_UnregisterVirtualMachine(stage->fixture->application, stage->vm);
}

static bool undo_unregister(struct stage *stage, HRESULT hr)
{
    IVMVirtualMachine *vm = NULL;
    HRESULT found = IVMVirtualPC_FindVirtualMachine(stage->fixture->application, stage->name, &vm);
    if (vm)
        IVMVirtualMachine_Release(vm);
    if (found == S_OK)
        return FAILED(hr);
    IVMVirtualMachine_Release(stage->vm);
    assert_hresult(
        IVMVirtualPC_RegisterVirtualMachine(stage->fixture->application, stage->name, stage->folder, &stage->vm), S_OK);
    return SUCCEEDED(hr);
}

static LONG count_adapters(struct stage *stage)
{
    IVMNetworkAdapterCollection *adapters;
    LONG count;
    assert_hresult(IVMVirtualMachine_get_NetworkAdapters(stage->vm, &adapters), S_OK);
    assert_hresult(IVMNetworkAdapterCollection_get_Count(adapters, &count), S_OK);
    IVMNetworkAdapterCollection_Release(adapters);
    return count;
}

static HRESULT call_add_adapter(struct stage *stage)
{
    return IVMVirtualMachine_AddNetworkAdapter(stage->vm, (IVMNetworkAdapter **)&stage->made);
}

static bool undo_add_adapter(struct stage *stage, HRESULT hr)
{
    IVMNetworkAdapterCollection *adapters;
    IVMNetworkAdapter *adapter;
    LONG count = count_adapters(stage);
    bool right = SUCCEEDED(hr) == (stage->made != NULL) && count == (SUCCEEDED(hr) ? 2 : 1);
    release_made(stage);
    if (count == 2) {
        assert_hresult(IVMVirtualMachine_get_NetworkAdapters(stage->vm, &adapters), S_OK);
        assert_hresult(IVMNetworkAdapterCollection_get_Item(adapters, 2, &adapter), S_OK);
        assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(stage->vm, adapter), S_OK);
        IVMNetworkAdapter_Release(adapter);
        IVMNetworkAdapterCollection_Release(adapters);
    }
    return right;
}

static HRESULT call_put_memory(struct stage *stage)
{
    return IVMVirtualMachine_put_Memory(stage->vm, 256);
}

static bool undo_put_memory(struct stage *stage, HRESULT hr)
{
    LONG memory;
    assert_hresult(IVMVirtualMachine_get_Memory(stage->vm, &memory), S_OK);
    assert_hresult(IVMVirtualMachine_put_Memory(stage->vm, 128), S_OK);
    return memory == (SUCCEEDED(hr) ? 256 : 128);
}

static HRESULT call_put_name(struct stage *stage)
{
    return IVMVirtualMachine_put_Name(stage->vm, stage->other);
}

static bool undo_put_name(struct stage *stage, HRESULT hr)
{
    BSTR name;
    bool renamed;
    assert_hresult(IVMVirtualMachine_get_Name(stage->vm, &name), S_OK);
    renamed = !wcscmp(name, stage->other);
    SysFreeString(name);
    if (renamed)
        assert_hresult(IVMVirtualMachine_put_Name(stage->vm, stage->name), S_OK);
    return renamed == SUCCEEDED(hr);
}

static HRESULT call_set_value(struct stage *stage)
{
    VARIANT value = {.vt = VT_BSTR, .bstrVal = stage->value};
    return IVMVirtualMachine_SetConfigurationValue(stage->vm, stage->key, value);
}

static bool undo_set_value(struct stage *stage, HRESULT hr)
{
    return SUCCEEDED(IVMVirtualMachine_RemoveConfigurationValue(stage->vm, stage->key)) == SUCCEEDED(hr);
}

static HRESULT call_set_preference(struct stage *stage)
{
    VARIANT value = {.vt = VT_BSTR, .bstrVal = stage->value};
    return IVMVirtualPC_SetConfigurationValue(stage->fixture->application, stage->key, value);
}

static bool undo_set_preference(struct stage *stage, HRESULT hr)
{
    return SUCCEEDED(IVMVirtualPC_RemoveConfigurationValue(stage->fixture->application, stage->key)) == SUCCEEDED(hr);
}

VMVMState stage_state(struct stage *stage)
{
    VMVMState state;
    assert_hresult(IVMVirtualMachine_get_State(stage->vm, &state), S_OK);
    return state;
}

/* A VM that is there and that nobody knows. */
static void prepare_unregistered(struct stage *stage)
{
    prepare_other(stage);
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(stage->fixture->application, stage->made), S_OK);
    release_made(stage);
}

static HRESULT call_register(struct stage *stage)
{
    return IVMVirtualPC_RegisterVirtualMachine(stage->fixture->application, stage->other, stage->folder,
                                               (IVMVirtualMachine **)&stage->made);
}

static bool undo_register(struct stage *stage, HRESULT hr)
{
    IVMVirtualMachine *vm = NULL;
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    release_made(stage);
    HRESULT found = IVMVirtualPC_FindVirtualMachine(stage->fixture->application, stage->other, &vm);
    right = right && (found == S_OK) == SUCCEEDED(hr);
    if (vm)
        IVMVirtualMachine_Release(vm);
    else /* its file has stayed */
        assert_hresult(
            IVMVirtualPC_RegisterVirtualMachine(stage->fixture->application, stage->other, stage->folder, &vm), S_OK);
    if (found != S_OK)
        IVMVirtualMachine_Release(vm);
    return delete_vm(stage, stage->other) && right;
}

static void prepare_adapter(struct stage *stage)
{
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(stage->vm, (IVMNetworkAdapter **)&stage->made), S_OK);
}

static HRESULT call_remove_adapter(struct stage *stage)
{
    return IVMVirtualMachine_RemoveNetworkAdapter(stage->vm, stage->made);
}

static bool undo_remove_adapter(struct stage *stage, HRESULT hr)
{
    LONG count = count_adapters(stage);
    if (count == 2)
        assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(stage->vm, stage->made), S_OK);
    release_made(stage);
    return count == (SUCCEEDED(hr) ? 1 : 2);
}

static IVMVirtualNetwork *nat(struct stage *stage)
{
    IVMVirtualNetwork *network;
    assert_hresult(IVMVirtualPC_FindVirtualNetwork(stage->fixture->application, stage->network, &network), S_OK);
    return network;
}

static IVMVirtualNetwork *attached_to; /* by the call that comes */

static void prepare_attach(struct stage *stage)
{
    prepare_adapter(stage);
    attached_to = nat(stage);
}

static HRESULT call_attach(struct stage *stage)
{
    return IVMNetworkAdapter_AttachToVirtualNetwork((IVMNetworkAdapter *)stage->made, attached_to);
}

static bool is_attached(struct stage *stage)
{
    IVMVirtualNetwork *network;
    HRESULT hr = IVMNetworkAdapter_get_VirtualNetwork((IVMNetworkAdapter *)stage->made, &network);
    if (hr == S_OK)
        IVMVirtualNetwork_Release(network);
    assert_true(SUCCEEDED(hr));
    return hr == S_OK;
}

static bool undo_attachment(struct stage *stage, bool right)
{
    IVMVirtualNetwork_Release(attached_to);
    attached_to = NULL;
    assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(stage->vm, stage->made), S_OK);
    release_made(stage);
    return right;
}

static bool undo_attach(struct stage *stage, HRESULT hr)
{
    return undo_attachment(stage, is_attached(stage) == SUCCEEDED(hr));
}

static void prepare_detach(struct stage *stage)
{
    prepare_attach(stage);
    assert_hresult(call_attach(stage), S_OK);
}

static HRESULT call_detach(struct stage *stage)
{
    return IVMNetworkAdapter_DetachFromVirtualNetwork((IVMNetworkAdapter *)stage->made);
}

static bool undo_detach(struct stage *stage, HRESULT hr)
{
    return undo_attachment(stage, is_attached(stage) == FAILED(hr));
}

static void prepare_value(struct stage *stage)
{
    assert_hresult(call_set_value(stage), S_OK);
}

static HRESULT call_remove_value(struct stage *stage)
{
    return IVMVirtualMachine_RemoveConfigurationValue(stage->vm, stage->key);
}

static bool undo_remove_value(struct stage *stage, HRESULT hr)
{
    return SUCCEEDED(call_remove_value(stage)) == FAILED(hr);
}

static void prepare_preference(struct stage *stage)
{
    assert_hresult(call_set_preference(stage), S_OK);
}

static HRESULT call_remove_preference(struct stage *stage)
{
    return IVMVirtualPC_RemoveConfigurationValue(stage->fixture->application, stage->key);
}

static bool undo_remove_preference(struct stage *stage, HRESULT hr)
{
    return SUCCEEDED(call_remove_preference(stage)) == FAILED(hr);
}

/* Values that are not those of a missing key: without memory to look for one there is no value. */
static VMShutdownAction action;
static VARIANT_BOOL flag;

static void prepare_action(struct stage *stage)
{
    assert_hresult(IVMVirtualMachine_put_ShutdownActionOnQuit(stage->vm, vmShutdownAction_TurnOff), S_OK);
}

static HRESULT call_action(struct stage *stage)
{
    return IVMVirtualMachine_get_ShutdownActionOnQuit(stage->vm, &action);
}

static bool undo_action(struct stage *stage, HRESULT hr)
{
    (void)stage;
    return FAILED(hr) || action == vmShutdownAction_TurnOff;
}

static void prepare_undoable(struct stage *stage)
{
    assert_hresult(IVMVirtualMachine_put_Undoable(stage->vm, VARIANT_TRUE), S_OK);
}

static HRESULT call_undoable(struct stage *stage)
{
    return IVMVirtualMachine_get_Undoable(stage->vm, &flag);
}

static bool undo_undoable(struct stage *stage, HRESULT hr)
{
    assert_hresult(IVMVirtualMachine_put_Undoable(stage->vm, VARIANT_FALSE), S_OK);
    return FAILED(hr) || flag == VARIANT_TRUE;
}

static void prepare_static(struct stage *stage)
{
    prepare_adapter(stage);
    assert_hresult(IVMNetworkAdapter_put_IsEthernetAddressDynamic((IVMNetworkAdapter *)stage->made, VARIANT_FALSE),
                   S_OK);
}

static HRESULT call_dynamic(struct stage *stage)
{
    return IVMNetworkAdapter_get_IsEthernetAddressDynamic((IVMNetworkAdapter *)stage->made, &flag);
}

static bool undo_static(struct stage *stage, HRESULT hr)
{
    assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(stage->vm, stage->made), S_OK);
    release_made(stage);
    return FAILED(hr) || flag == VARIANT_FALSE;
}

static const struct method table[] = {
    {"CoCreateInstance", NULL, call_instance, undo_made, false, false},
    {"FindVirtualMachine", NULL, call_find, undo_made, false, false},
    {"FindVirtualNetwork", NULL, call_find_network, undo_made, false, false},
    {"CreateVirtualMachine", NULL, call_create, undo_create, false, false},
    {"DeleteVirtualMachine", prepare_other, call_delete, undo_delete, false, false},
    {"RegisterVirtualMachine", prepare_unregistered, call_register, undo_register, false, false},
    {"UnregisterVirtualMachine", NULL, call_unregister, undo_unregister, false, false},
    {"AddNetworkAdapter", NULL, call_add_adapter, undo_add_adapter, false, false},
    {"RemoveNetworkAdapter", prepare_adapter, call_remove_adapter, undo_remove_adapter, false, false},
    {"AttachToVirtualNetwork", prepare_attach, call_attach, undo_attach, false, false},
    {"DetachFromVirtualNetwork", prepare_detach, call_detach, undo_detach, false, false},
    {"get_IsEthernetAddressDynamic", prepare_static, call_dynamic, undo_static, false, false},
    {"get_ShutdownActionOnQuit", prepare_action, call_action, undo_action, false, false},
    {"get_Undoable", prepare_undoable, call_undoable, undo_undoable, false, false},
    {"put_Memory", NULL, call_put_memory, undo_put_memory, false, false},
    {"put_Name", NULL, call_put_name, undo_put_name, false, false},
    {"SetConfigurationValue", NULL, call_set_value, undo_set_value, false, false},
    {"RemoveConfigurationValue", prepare_value, call_remove_value, undo_remove_value, false, false},
    {"SetConfigurationValue of the application", NULL, call_set_preference, undo_set_preference, false, false},
    {"RemoveConfigurationValue of the application", prepare_preference, call_remove_preference, undo_remove_preference,
     false, false},
};

const struct methods methods_off = {table, ARRAYSIZE(table)};
