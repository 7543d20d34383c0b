#include "objects/virtual_machine.h"

#include "objects/adapter_config.h"
#include "objects/network_adapter.h"
#include "objects/out.h"

HRESULT WINAPI virtual_machine_AddNetworkAdapter(IVMVirtualMachine *iface, IVMNetworkAdapter **networkAdapter)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    uint32_t id;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_machine_class, "networkAdapter", (void **)networkAdapter)) ||
        FAILED(hr = virtual_machine_need_turned_off(iface, VM_E_VM_RUNNING_OR_SAVED)))
        return hr;
    if (adapter_config_add(machine, &id, &err)) {
        struct vpc_error ignored;
        hr = network_adapter_create(machine, id, networkAdapter);
        if (FAILED(hr))
            adapter_config_remove(machine, id, &ignored); /* a call that fails has done nothing */
        return hr;
    }
    /* The documented code of a fifth adapter. */
    if (err.cause == VPC_STATE_CONFLICT)
        return com_fail(&virtual_machine_class, VM_E_PREF_ILLEGAL_VALUE, "%s", err.text);
    return virtual_machine_fail(&err);
}

HRESULT WINAPI virtual_machine_RemoveNetworkAdapter(IVMVirtualMachine *iface, IVMNetworkAdapter *networkAdapter)
{
    struct machine *machine = machine_from_IVMVirtualMachine(iface);
    struct vpc_error err;
    uint32_t id;
    HRESULT hr;
    if (!networkAdapter)
        return com_null_pointer(&virtual_machine_class, "networkAdapter");
    if (network_adapter_from_client(networkAdapter, &id) != machine)
        return com_fail(&virtual_machine_class, E_INVALIDARG, "networkAdapter is no network adapter of this VM");
    if (FAILED(hr = virtual_machine_need_turned_off(iface, VM_E_VM_RUNNING_OR_SAVED)))
        return hr;
    return adapter_config_remove(machine, id, &err) ? S_OK : virtual_machine_fail(&err);
}

HRESULT WINAPI virtual_machine_get_NetworkAdapters(IVMVirtualMachine *iface,
                                                   IVMNetworkAdapterCollection **networkAdapterCollection)
{
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_machine_class, "networkAdapterCollection", (void **)networkAdapterCollection)))
        return hr;
    if (!machine_known(machine_from_IVMVirtualMachine(iface), &err))
        return virtual_machine_fail(&err);
    return network_adapter_collection_of_machine(machine_from_IVMVirtualMachine(iface), networkAdapterCollection);
}

HRESULT WINAPI virtual_machine_get_SerialPorts(IVMVirtualMachine *iface, IVMSerialPortCollection **serialPortCollection)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_machine_class, "serialPortCollection", (void **)serialPortCollection);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "SerialPorts");
}

HRESULT WINAPI virtual_machine_get_ParallelPorts(IVMVirtualMachine *iface,
                                                 IVMParallelPortCollection **parallelPortCollection)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_machine_class, "parallelPortCollection", (void **)parallelPortCollection);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "ParallelPorts");
}

HRESULT WINAPI virtual_machine_get_ProcessorSpeed(IVMVirtualMachine *iface, LONG *processorSpeed)
{
    (void)iface;
    HRESULT hr = out_long(&virtual_machine_class, "processorSpeed", processorSpeed);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "ProcessorSpeed");
}

HRESULT WINAPI virtual_machine_get_HasMMX(IVMVirtualMachine *iface, VARIANT_BOOL *mmxEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&virtual_machine_class, "mmxEnabled", mmxEnabled);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "HasMMX");
}

HRESULT WINAPI virtual_machine_get_HasSSE(IVMVirtualMachine *iface, VARIANT_BOOL *sseEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&virtual_machine_class, "sseEnabled", sseEnabled);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "HasSSE");
}

HRESULT WINAPI virtual_machine_get_HasSSE2(IVMVirtualMachine *iface, VARIANT_BOOL *sse2Enabled)
{
    (void)iface;
    HRESULT hr = out_bool(&virtual_machine_class, "sse2Enabled", sse2Enabled);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "HasSSE2");
}

HRESULT WINAPI virtual_machine_get_Has3DNow(IVMVirtualMachine *iface, VARIANT_BOOL *threeDNowEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&virtual_machine_class, "threeDNowEnabled", threeDNowEnabled);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "Has3DNow");
}

HRESULT WINAPI virtual_machine_get_RdpPipeName(IVMVirtualMachine *iface, BSTR *RdpPipeName)
{
    (void)iface;
    HRESULT hr = out_text(&virtual_machine_class, "RdpPipeName", RdpPipeName);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "RdpPipeName");
}

HRESULT WINAPI virtual_machine_AttachUSBDevice(IVMVirtualMachine *iface, IVMUSBDevice *inUSBDevice)
{
    (void)iface;
    (void)inUSBDevice;
    return com_not_built(&virtual_machine_class, "AttachUSBDevice");
}

HRESULT WINAPI virtual_machine_DetachUSBDevice(IVMVirtualMachine *iface, IVMUSBDevice *inUSBDevice)
{
    (void)iface;
    (void)inUSBDevice;
    return com_not_built(&virtual_machine_class, "DetachUSBDevice");
}

HRESULT WINAPI virtual_machine_StartCommunicationChannel(IVMVirtualMachine *iface, VMEndpointType inHostEndpointType,
                                                         BSTR inHostEndPointName, VMEndpointType inGuestEndpointType,
                                                         BSTR inGuestEndpointName)
{
    (void)iface;
    (void)inHostEndpointType;
    (void)inHostEndPointName;
    (void)inGuestEndpointType;
    (void)inGuestEndpointName;
    return com_not_built(&virtual_machine_class, "StartCommunicationChannel");
}
