#include "objects/network_adapter.h"

#include <stdlib.h>
#include <string.h>
#include "com/error.h"
#include "objects/adapter_config.h"
#include "objects/figures.h"
#include "objects/object_list.h"
#include "objects/out.h"
#include "objects/virtual_machine.h"
#include "objects/virtual_network.h"
#include "util/text.h"

struct network_adapter {
    struct com_object base;
    struct machine *machine; /* shared */
    uint32_t id;
};

static void network_adapter_destroy(struct com_object *object)
{
    machine_release(((struct network_adapter *)object)->machine);
    com_object_free(object);
}

static const struct com_class network_adapter_class = {
    .name = L"IVMNetworkAdapter",
    .iid = &IID_IVMNetworkAdapter,
    .extended = &IID_IVMNetworkAdapter2,
    .clsid = &CLSID_VMNetworkAdapter,
    .destroy = network_adapter_destroy,
};

static const struct com_class network_adapter_collection_class = {
    .name = L"IVMNetworkAdapterCollection",
    .iid = &IID_IVMNetworkAdapterCollection,
    .destroy = com_collection_destroy,
};

static struct network_adapter *network_adapter_from_IVMNetworkAdapter2(IVMNetworkAdapter2 *iface)
{
    return (struct network_adapter *)iface;
}

/* What the configuration says of the adapter now. */
static HRESULT network_adapter_read(IVMNetworkAdapter2 *iface, struct machine_adapter *adapter)
{
    struct network_adapter *object = network_adapter_from_IVMNetworkAdapter2(iface);
    struct vpc_error err;
    return adapter_config_read(object->machine, object->id, adapter, &err)
               ? S_OK
               : com_fail_error(&network_adapter_class, &err);
}

static HRESULT network_adapter_change(IVMNetworkAdapter2 *iface, const struct adapter_change *change)
{
    struct network_adapter *object = network_adapter_from_IVMNetworkAdapter2(iface);
    struct vpc_error err;
    return adapter_config_change(object->machine, object->id, change, &err)
               ? S_OK
               : com_fail_error(&network_adapter_class, &err);
}

static HRESULT WINAPI network_adapter__ID(IVMNetworkAdapter2 *iface, LONG *identifier)
{
    struct machine_adapter adapter;
    HRESULT hr;
    if (FAILED(hr = out_long(&network_adapter_class, "identifier", identifier)) ||
        FAILED(hr = network_adapter_read(iface, &adapter)))
        return hr;
    *identifier = (LONG)adapter.id;
    return S_OK;
}

static HRESULT WINAPI network_adapter_get_VirtualMachine(IVMNetworkAdapter2 *iface, IVMVirtualMachine **virtualMachine)
{
    struct machine *machine = network_adapter_from_IVMNetworkAdapter2(iface)->machine;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_object(&network_adapter_class, "virtualMachine", (void **)virtualMachine)))
        return hr;
    if (!machine_known(machine, &err))
        return com_fail_error(&network_adapter_class, &err);
    return virtual_machine_create(machine, virtualMachine);
}

static HRESULT WINAPI network_adapter_AttachToVirtualNetwork(IVMNetworkAdapter2 *iface,
                                                             IVMVirtualNetwork *virtualNetwork)
{
    struct adapter_change change = {.plug = true};
    struct vpc_error err;
    if (!virtualNetwork)
        return com_null_pointer(&network_adapter_class, "virtualNetwork");
    change.network = virtual_network_from_client(virtualNetwork);
    if (!change.network)
        return com_fail(&network_adapter_class, E_INVALIDARG, "virtualNetwork is no virtual network");
    if (!virtual_network_exists(change.network, &err))
        return err.cause == VPC_FILE_NOT_FOUND
                   ? com_fail(&network_adapter_class, VM_E_INVALID_VIRTUAL_NETWORK_ID, "%s", err.text)
                   : com_fail_error(&network_adapter_class, &err);
    return network_adapter_change(iface, &change);
}

static HRESULT WINAPI network_adapter_DetachFromVirtualNetwork(IVMNetworkAdapter2 *iface)
{
    const struct adapter_change change = {.plug = true};
    return network_adapter_change(iface, &change);
}

static HRESULT WINAPI network_adapter_get_VirtualNetwork(IVMNetworkAdapter2 *iface, IVMVirtualNetwork **virtualNetwork)
{
    struct machine_adapter adapter;
    HRESULT hr;
    if (FAILED(hr = out_object(&network_adapter_class, "virtualNetwork", (void **)virtualNetwork)) ||
        FAILED(hr = network_adapter_read(iface, &adapter)))
        return hr;
    if (adapter.network == NETWORK_NONE)
        return S_FALSE;
    hr = virtual_network_with_id(machine_home(network_adapter_from_IVMNetworkAdapter2(iface)->machine), adapter.network,
                                 adapter.network_id, virtualNetwork);
    return hr != S_FALSE ? hr
                         : com_fail(&network_adapter_class, VM_E_INVALID_VIRTUAL_NETWORK_ID,
                                    "network adapter %u is plugged into a network that this host does not have",
                                    (unsigned)adapter.id);
}

static HRESULT WINAPI network_adapter_get_EthernetAddress(IVMNetworkAdapter2 *iface, BSTR *ethernetAddress)
{
    struct machine_adapter adapter;
    HRESULT hr;
    if (FAILED(hr = out_text(&network_adapter_class, "ethernetAddress", ethernetAddress)) ||
        FAILED(hr = network_adapter_read(iface, &adapter)))
        return hr;
    const uint8_t *mac = adapter.mac;
    return give_text_free(&network_adapter_class,
                          text_format("%02X-%02X-%02X-%02X-%02X-%02X", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]),
                          ethernetAddress);
}

/* XX-XX-XX-XX-XX-XX, hexadecimal digits of either case. */
static bool mac_from_text(BSTR text, uint8_t mac[6])
{
    if (SysStringLen(text) != 17)
        return false;
    memset(mac, 0, 6);
    for (size_t i = 0; i < 17; i++) {
        WCHAR c = text[i];
        unsigned digit;
        if (i % 3 == 2) {
            if (c != L'-')
                return false;
            continue;
        }
        if (c >= L'0' && c <= L'9')
            digit = (unsigned)(c - L'0');
        else if (c >= L'A' && c <= L'F')
            digit = (unsigned)(c - L'A' + 10);
        else if (c >= L'a' && c <= L'f')
            digit = (unsigned)(c - L'a' + 10);
        else
            return false;
        mac[i / 3] = (uint8_t)(mac[i / 3] << 4 | digit);
    }
    return true;
}

static HRESULT WINAPI network_adapter_put_EthernetAddress(IVMNetworkAdapter2 *iface, BSTR ethernetAddress)
{
    struct adapter_change change = {.set_mac = true};
    struct machine_adapter adapter;
    HRESULT hr;
    if (!mac_from_text(ethernetAddress, change.mac))
        return refuse_text(&network_adapter_class, E_INVALIDARG, ethernetAddress,
                           "is not of the form XX-XX-XX-XX-XX-XX");
    if (FAILED(hr = network_adapter_read(iface, &adapter)))
        return hr;
    if (adapter.mac_dynamic)
        return com_fail(&network_adapter_class, VM_E_CANT_SET_DYNAMIC_MAC_ADDRESS,
                        "the address of network adapter %u is dynamic", (unsigned)adapter.id);
    return network_adapter_change(iface, &change);
}

static HRESULT WINAPI network_adapter_get_IsEthernetAddressDynamic(IVMNetworkAdapter2 *iface, VARIANT_BOOL *isDynamic)
{
    struct machine_adapter adapter;
    HRESULT hr;
    if (FAILED(hr = out_bool(&network_adapter_class, "isDynamic", isDynamic)) ||
        FAILED(hr = network_adapter_read(iface, &adapter)))
        return hr;
    *isDynamic = adapter.mac_dynamic ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT WINAPI network_adapter_put_IsEthernetAddressDynamic(IVMNetworkAdapter2 *iface, VARIANT_BOOL isDynamic)
{
    const struct adapter_change change = {.set_dynamic = true, .dynamic = isDynamic != VARIANT_FALSE};
    return network_adapter_change(iface, &change);
}

/* What the adapter has counted in this epoch. S_FALSE and zero while the VM is not active. */
static HRESULT network_adapter_count(IVMNetworkAdapter2 *iface, enum vm_page_total which, struct u96 *count)
{
    struct network_adapter *object = network_adapter_from_IVMNetworkAdapter2(iface);
    struct machine_adapter adapter;
    struct vm_page_body *body;
    HRESULT hr;
    *count = (struct u96){0, 0};
    /* A number is used again after its adapter was removed: the new one's figures are not this object's. */
    if (FAILED(hr = network_adapter_read(iface, &adapter)) ||
        (hr = figures_read_known(&network_adapter_class, object->machine, &body)) != S_OK)
        return hr;
    *count = figure_of_adapter(body, object->id, which);
    free(body);
    return S_OK;
}

static HRESULT network_adapter_give_count(IVMNetworkAdapter2 *iface, enum vm_page_total which, VARIANT *value)
{
    struct u96 count;
    HRESULT hr;
    if (FAILED(hr = out_variant(&network_adapter_class, "figure", value)) ||
        FAILED(hr = network_adapter_count(iface, which, &count)))
        return hr;
    figure_to_decimal(count, value);
    return hr;
}

static HRESULT network_adapter_give_digits(IVMNetworkAdapter2 *iface, enum vm_page_total which, BSTR *digits)
{
    struct u96 count;
    HRESULT hr;
    if (FAILED(hr = out_text(&network_adapter_class, "digits", digits)) ||
        FAILED(hr = network_adapter_count(iface, which, &count)))
        return hr;
    HRESULT given = figure_to_text(&network_adapter_class, count, digits);
    return FAILED(given) ? given : hr;
}

static HRESULT WINAPI network_adapter_get_BytesSent(IVMNetworkAdapter2 *iface, VARIANT *figure)
{
    return network_adapter_give_count(iface, VM_PAGE_BYTES_SENT, figure);
}

static HRESULT WINAPI network_adapter_get_BytesSentText(IVMNetworkAdapter2 *iface, BSTR *digits)
{
    return network_adapter_give_digits(iface, VM_PAGE_BYTES_SENT, digits);
}

static HRESULT WINAPI network_adapter_get_BytesReceived(IVMNetworkAdapter2 *iface, VARIANT *figure)
{
    return network_adapter_give_count(iface, VM_PAGE_BYTES_RECEIVED, figure);
}

static HRESULT WINAPI network_adapter_get_BytesReceivedText(IVMNetworkAdapter2 *iface, BSTR *digits)
{
    return network_adapter_give_digits(iface, VM_PAGE_BYTES_RECEIVED, digits);
}

static HRESULT WINAPI network_adapter_get_PacketsSent(IVMNetworkAdapter2 *iface, VARIANT *figure)
{
    return network_adapter_give_count(iface, VM_PAGE_PACKETS_SENT, figure);
}

static HRESULT WINAPI network_adapter_get_PacketsSentText(IVMNetworkAdapter2 *iface, BSTR *digits)
{
    return network_adapter_give_digits(iface, VM_PAGE_PACKETS_SENT, digits);
}

static HRESULT WINAPI network_adapter_get_PacketsReceived(IVMNetworkAdapter2 *iface, VARIANT *figure)
{
    return network_adapter_give_count(iface, VM_PAGE_PACKETS_RECEIVED, figure);
}

static HRESULT WINAPI network_adapter_get_PacketsReceivedText(IVMNetworkAdapter2 *iface, BSTR *digits)
{
    return network_adapter_give_digits(iface, VM_PAGE_PACKETS_RECEIVED, digits);
}

static const IVMNetworkAdapter2Vtbl network_adapter_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMNetworkAdapter2 *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMNetworkAdapter2 *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMNetworkAdapter2 *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMNetworkAdapter2 *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMNetworkAdapter2 *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames =
        (HRESULT(WINAPI *)(IVMNetworkAdapter2 *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMNetworkAdapter2 *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    ._ID = network_adapter__ID,
    .get_VirtualMachine = network_adapter_get_VirtualMachine,
    .AttachToVirtualNetwork = network_adapter_AttachToVirtualNetwork,
    .DetachFromVirtualNetwork = network_adapter_DetachFromVirtualNetwork,
    .get_VirtualNetwork = network_adapter_get_VirtualNetwork,
    .get_EthernetAddress = network_adapter_get_EthernetAddress,
    .put_EthernetAddress = network_adapter_put_EthernetAddress,
    .get_IsEthernetAddressDynamic = network_adapter_get_IsEthernetAddressDynamic,
    .put_IsEthernetAddressDynamic = network_adapter_put_IsEthernetAddressDynamic,
    .get_BytesSent = network_adapter_get_BytesSent,
    .get_BytesSentText = network_adapter_get_BytesSentText,
    .get_BytesReceived = network_adapter_get_BytesReceived,
    .get_BytesReceivedText = network_adapter_get_BytesReceivedText,
    .get_PacketsSent = network_adapter_get_PacketsSent,
    .get_PacketsSentText = network_adapter_get_PacketsSentText,
    .get_PacketsReceived = network_adapter_get_PacketsReceived,
    .get_PacketsReceivedText = network_adapter_get_PacketsReceivedText,
};

HRESULT network_adapter_create(struct machine *machine, uint32_t id, IVMNetworkAdapter **adapter)
{
    struct network_adapter *made = com_object_new(sizeof *made, &network_adapter_class, &network_adapter_vtbl);
    *adapter = (IVMNetworkAdapter *)made;
    if (!made)
        return com_fail(&network_adapter_class, E_OUTOFMEMORY, "out of memory");
    made->machine = machine_share(machine);
    made->id = id;
    return S_OK;
}

struct machine *network_adapter_from_client(IVMNetworkAdapter *adapter, uint32_t *id)
{
    struct com_object *object = com_object_from((IUnknown *)adapter, &network_adapter_class);
    if (!object)
        return NULL;
    *id = ((struct network_adapter *)object)->id;
    return ((struct network_adapter *)object)->machine;
}

/* What adapters to list: all, those plugged into one network, or into nothing. */
struct network_adapter_filter {
    bool all;
    const struct virtual_network_info *network;
};

static bool network_adapter_passes(const struct network_adapter_filter *filter, const struct machine_adapter *adapter)
{
    if (filter->all || !filter->network)
        return filter->all || adapter->network == NETWORK_NONE;
    return adapter->network == filter->network->kind &&
           !memcmp(adapter->network_id, filter->network->id, sizeof adapter->network_id);
}

/* Appends the adapters of one VM. */
static HRESULT network_adapter_list(struct machine *machine, const struct network_adapter_filter *filter,
                                    const struct machine_config *config, struct object_list *list)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; i < config->adapter_count && SUCCEEDED(hr); i++) {
        IVMNetworkAdapter *adapter;
        if (!network_adapter_passes(filter, &config->adapters[i]))
            continue;
        if (SUCCEEDED(hr = network_adapter_create(machine, config->adapters[i].id, &adapter)))
            hr = object_list_add(&network_adapter_collection_class, list, (IDispatch *)adapter);
    }
    return hr;
}

static HRESULT network_adapter_collection_finish(HRESULT hr, struct object_list *list,
                                                 IVMNetworkAdapterCollection **collection)
{
    *collection = NULL;
    if (SUCCEEDED(hr))
        return object_list_snapshot(&network_adapter_collection_class, list, (IDispatch **)collection);
    object_list_clear(list);
    return hr;
}

HRESULT network_adapter_collection_of_machine(struct machine *machine, IVMNetworkAdapterCollection **collection)
{
    const struct network_adapter_filter filter = {.all = true};
    struct object_list list = {0};
    struct machine_config config;
    struct vpc_error err;
    *collection = NULL;
    if (!adapter_config_all(machine, &config, &err))
        return com_fail_error(&network_adapter_collection_class, &err);
    HRESULT hr = network_adapter_list(machine, &filter, &config, &list);
    machine_config_clear(&config);
    return network_adapter_collection_finish(hr, &list, collection);
}

HRESULT network_adapter_collection_of_network(struct home *home, const struct virtual_network_info *network,
                                              IVMNetworkAdapterCollection **collection)
{
    const struct network_adapter_filter filter = {.network = network};
    struct object_list list = {0};
    struct catalog_entry *entries;
    struct vpc_error err;
    size_t count;
    HRESULT hr = S_OK;
    *collection = NULL;
    if (!catalog_list(&home->catalog, &entries, &count, &err))
        return com_fail_error(&network_adapter_collection_class, &err);
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        struct machine_config config;
        struct machine *machine;
        if (!machine_open(&machine, home, &entries[i], &err))
            continue;
        if (adapter_config_all(machine, &config, &err)) {
            hr = network_adapter_list(machine, &filter, &config, &list);
            machine_config_clear(&config);
        }
        machine_release(machine);
    }
    catalog_list_free(entries, count);
    return network_adapter_collection_finish(hr, &list, collection);
}
