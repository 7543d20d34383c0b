#include "samples.h"

#include <stdlib.h>
#include <wchar.h>
#include "com/collection.h"
#include "com/error.h"

struct port {
    struct com_object base;
    LONG id;
};

struct machine {
    struct com_object base;
    WCHAR name[32];
};

struct sample_configured sample_configured;
bool sample_adapter_removed;

static HRESULT WINAPI port_Configure(IVMSerialPort *iface, VMSerialPortType type, BSTR name, VARIANT_BOOL connect)
{
    (void)iface;
    sample_configured.type = type;
    wcsncpy(sample_configured.name, name ? name : L"NULL", ARRAYSIZE(sample_configured.name) - 1);
    sample_configured.connect = connect;
    return S_OK;
}

static HRESULT WINAPI port__ID(IVMSerialPort *iface, LONG *id)
{
    if (!id)
        return com_null_pointer(&sample_port_class, "portID");
    *id = ((struct port *)iface)->id;
    return S_OK;
}

static HRESULT WINAPI port_get_Type(IVMSerialPort *iface, VMSerialPortType *type)
{
    (void)iface;
    if (!type)
        return com_null_pointer(&sample_port_class, "portType");
    *type = vmSerialPort_TextFile;
    return S_OK;
}

static HRESULT WINAPI port_get_Name(IVMSerialPort *iface, BSTR *name)
{
    (void)iface;
    if (!name)
        return com_null_pointer(&sample_port_class, "portName");
    *name = NULL;
    return com_not_built(&sample_port_class, "get_Name");
}

static HRESULT WINAPI port_get_ConnectImmediately(IVMSerialPort *iface, VARIANT_BOOL *connect)
{
    (void)iface;
    if (!connect)
        return com_null_pointer(&sample_port_class, "vmConnectImmediately");
    *connect = VARIANT_FALSE;
    return com_fail(&sample_port_class, E_FAIL, "port %d is b\xc3\xb6se", 7);
}

static const IVMSerialPortVtbl port_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMSerialPort *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMSerialPort *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMSerialPort *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMSerialPort *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMSerialPort *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMSerialPort *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMSerialPort *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .Configure = port_Configure,
    ._ID = port__ID,
    .get_Type = port_get_Type,
    .get_Name = port_get_Name,
    .get_ConnectImmediately = port_get_ConnectImmediately,
};

const struct com_class sample_port_class = {
    .name = L"IVMSerialPort",
    .iid = &IID_IVMSerialPort,
    .clsid = &CLSID_VMSerialPort,
    .destroy = com_object_free,
};

HRESULT sample_port_create(LONG id, IVMSerialPort **out)
{
    struct port *port = com_object_new(sizeof *port, &sample_port_class, &port_vtbl);

    *out = NULL;
    if (!port)
        return E_OUTOFMEMORY;
    port->id = id;
    *out = (IVMSerialPort *)port;
    return S_OK;
}

static HRESULT WINAPI machine_get_Name(IVMVirtualMachine *iface, BSTR *name)
{
    if (!name)
        return com_null_pointer(&sample_machine_class, "name");
    *name = SysAllocString(((struct machine *)iface)->name);
    return *name ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI machine_put_Name(IVMVirtualMachine *iface, BSTR name)
{
    struct machine *machine = (struct machine *)iface;

    if (!name || !*name)
        return com_fail(&sample_machine_class, VM_E_CONFIG_NO_NAME, "the name is empty");
    wcsncpy(machine->name, name, ARRAYSIZE(machine->name) - 1);
    return S_OK;
}

static HRESULT WINAPI machine_RemoveNetworkAdapter(IVMVirtualMachine *iface, IVMNetworkAdapter *adapter)
{
    (void)iface;
    (void)adapter;
    sample_adapter_removed = true;
    return S_OK;
}

static const IVMVirtualMachineVtbl machine_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMVirtualMachine *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMVirtualMachine *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMVirtualMachine *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMVirtualMachine *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMVirtualMachine *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames =
        (HRESULT(WINAPI *)(IVMVirtualMachine *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMVirtualMachine *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_Name = machine_get_Name,
    .put_Name = machine_put_Name,
    .RemoveNetworkAdapter = machine_RemoveNetworkAdapter,
};

const struct com_class sample_machine_class = {
    .name = L"IVMVirtualMachine",
    .iid = &IID_IVMVirtualMachine,
    .clsid = &CLSID_VMVirtualMachine,
    .events = &DIID_IVMVirtualMachineEvents,
    .default_member = L"Name",
    .destroy = com_object_free,
};

HRESULT sample_machine_create(IVMVirtualMachine **out)
{
    struct machine *machine = com_object_new(sizeof *machine, &sample_machine_class, &machine_vtbl);

    *out = NULL;
    if (!machine)
        return E_OUTOFMEMORY;
    wcscpy(machine->name, L"first");
    *out = (IVMVirtualMachine *)machine;
    return S_OK;
}

static HRESULT ports_count(void *context, LONG *count)
{
    *count = **(const LONG **)context;
    return S_OK;
}

static HRESULT ports_item(void *context, LONG index, IDispatch **item)
{
    (void)context;
    return sample_port_create(index, (IVMSerialPort **)item);
}

static HRESULT ports_all(void *context, IDispatch ***items, LONG *count)
{
    ports_count(context, count);
    *items = *count ? CoTaskMemAlloc((size_t)*count * sizeof **items) : NULL;
    for (LONG i = 0; i < *count; i++)
        sample_port_create(i, (IVMSerialPort **)&(*items)[i]);
    return S_OK;
}

static const struct com_collection_source ports_source = {
    .count = ports_count,
    .item = ports_item,
    .all = ports_all,
    .release = free,
};

static const struct com_class ports_class = {
    .name = L"IVMSerialPortCollection",
    .iid = &IID_IVMSerialPortCollection,
    .destroy = com_collection_destroy,
};

HRESULT sample_ports_create(const LONG *count, IVMSerialPortCollection **ports)
{
    const LONG **context = malloc(sizeof *context);

    *ports = NULL;
    if (!context)
        return E_OUTOFMEMORY;
    *context = count;
    return com_collection_create(&ports_class, &ports_source, context, (IDispatch **)ports);
}
