#include "objects/virtual_network.h"

#include "com/error.h"
#include "objects/network_adapter.h"
#include "objects/object_list.h"
#include "objects/out.h"
#include "objects/variant.h"
#include "util/text.h"

static const struct virtual_network_info networks[] = {
    {NETWORK_INTERNAL, "Internal Network", {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
    {NETWORK_NAT, "Shared Networking (NAT)", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
};

struct virtual_network {
    struct com_object base;
    struct home *home; /* shared */
    const struct virtual_network_info *info;
};

static void virtual_network_destroy(struct com_object *object)
{
    home_release(((struct virtual_network *)object)->home);
    com_object_free(object);
}

static const struct com_class virtual_network_class = {
    .name = L"IVMVirtualNetwork",
    .iid = &IID_IVMVirtualNetwork,
    .clsid = &CLSID_VMVirtualNetwork,
    .destroy = virtual_network_destroy,
};

static const struct com_class virtual_network_collection_class = {
    .name = L"IVMVirtualNetworkCollection",
    .iid = &IID_IVMVirtualNetworkCollection,
    .destroy = com_collection_destroy,
};

const struct virtual_network_info *virtual_network_info(enum network_kind kind)
{
    for (size_t i = 0; i < ARRAYSIZE(networks); i++)
        if (networks[i].kind == kind)
            return &networks[i];
    return NULL;
}

static const struct virtual_network *virtual_network_from_IVMVirtualNetwork(IVMVirtualNetwork *iface)
{
    return (const struct virtual_network *)iface;
}

static HRESULT WINAPI virtual_network__ID(IVMVirtualNetwork *iface, VARIANT *virtualNetworkID)
{
    const struct virtual_network_info *info = virtual_network_from_IVMVirtualNetwork(iface)->info;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_variant(&virtual_network_class, "virtualNetworkID", virtualNetworkID)))
        return hr;
    return variant_from_bytes(info->id, sizeof info->id, virtualNetworkID, &err)
               ? S_OK
               : com_fail_error(&virtual_network_class, &err);
}

static HRESULT WINAPI virtual_network_get_Name(IVMVirtualNetwork *iface, BSTR *virtualNetworkName)
{
    HRESULT hr = out_text(&virtual_network_class, "virtualNetworkName", virtualNetworkName);
    if (FAILED(hr))
        return hr;
    return give_text(&virtual_network_class, virtual_network_from_IVMVirtualNetwork(iface)->info->name,
                     virtualNetworkName);
}

static HRESULT WINAPI virtual_network_get_MediaType(IVMVirtualNetwork *iface, VARIANT_BOOL *isWireless)
{
    /* None of these has a host adapter that could be wireless. */
    (void)iface;
    return out_bool(&virtual_network_class, "isWireless", isWireless);
}

static HRESULT WINAPI virtual_network_get_HostAdapter(IVMVirtualNetwork *iface, BSTR *hostAdapter)
{
    (void)iface;
    HRESULT hr = out_text(&virtual_network_class, "hostAdapter", hostAdapter);
    return FAILED(hr) ? hr : give_text(&virtual_network_class, "", hostAdapter);
}

static HRESULT WINAPI virtual_network_get_NetworkAdapters(IVMVirtualNetwork *iface,
                                                          IVMNetworkAdapterCollection **networkInterfaceCollection)
{
    const struct virtual_network *network = virtual_network_from_IVMVirtualNetwork(iface);
    HRESULT hr = out_object(&virtual_network_class, "networkInterfaceCollection", (void **)networkInterfaceCollection);
    if (FAILED(hr))
        return hr;
    return network_adapter_collection_of_network(network->home, network->info->kind, networkInterfaceCollection);
}

static const IVMVirtualNetworkVtbl virtual_network_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMVirtualNetwork *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMVirtualNetwork *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMVirtualNetwork *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMVirtualNetwork *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMVirtualNetwork *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames =
        (HRESULT(WINAPI *)(IVMVirtualNetwork *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMVirtualNetwork *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    ._ID = virtual_network__ID,
    .get_Name = virtual_network_get_Name,
    .get_MediaType = virtual_network_get_MediaType,
    .get_HostAdapter = virtual_network_get_HostAdapter,
    .get_NetworkAdapters = virtual_network_get_NetworkAdapters,
};

HRESULT virtual_network_create(struct home *home, const struct virtual_network_info *info, IVMVirtualNetwork **network)
{
    struct virtual_network *made = com_object_new(sizeof *made, &virtual_network_class, &virtual_network_vtbl);
    *network = (IVMVirtualNetwork *)made;
    if (!made)
        return com_fail(&virtual_network_class, E_OUTOFMEMORY, "out of memory");
    made->home = home_share(home);
    made->info = info;
    return S_OK;
}

HRESULT virtual_network_find(struct home *home, const char *name, IVMVirtualNetwork **network)
{
    *network = NULL;
    for (size_t i = 0; i < ARRAYSIZE(networks); i++)
        if (!text_compare_nocase(networks[i].name, name))
            return virtual_network_create(home, &networks[i], network);
    return S_FALSE;
}

HRESULT virtual_network_collection_create(struct home *home, IVMVirtualNetworkCollection **collection)
{
    struct object_list list = {0};
    HRESULT hr = S_OK;
    *collection = NULL;
    for (size_t i = 0; i < ARRAYSIZE(networks) && SUCCEEDED(hr); i++) {
        IVMVirtualNetwork *network;
        if (SUCCEEDED(hr = virtual_network_create(home, &networks[i], &network)))
            hr = object_list_add(&virtual_network_collection_class, &list, (IDispatch *)network);
    }
    if (SUCCEEDED(hr))
        return object_list_snapshot(&virtual_network_collection_class, &list, (IDispatch **)collection);
    object_list_clear(&list);
    return hr;
}

const struct virtual_network_info *virtual_network_from_client(IVMVirtualNetwork *network)
{
    struct com_object *object = com_object_from((IUnknown *)network, &virtual_network_class);
    return object ? ((struct virtual_network *)object)->info : NULL;
}
