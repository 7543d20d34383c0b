#include "objects/virtual_network.h"

#include <stdlib.h>
#include <string.h>
#include "com/error.h"
#include "objects/network_adapter.h"
#include "objects/object_list.h"
#include "objects/out.h"
#include "objects/variant.h"
#include "util/host_adapter.h"
#include "util/text.h"

/* The networks that every host has. */
static const struct virtual_network_info networks[] = {
    {NETWORK_INTERNAL, "Internal Network", {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
    {NETWORK_NAT, "Shared Networking (NAT)", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
};

struct virtual_network {
    struct com_object base;
    struct home *home; /* shared */
    struct virtual_network_info info;
    char *name; /* what info.name points to */
};

static void virtual_network_destroy(struct com_object *object)
{
    free(((struct virtual_network *)object)->name);
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

bool virtual_network_exists(const struct virtual_network_info *info, struct vpc_error *err)
{
    return info->kind != NETWORK_HOST || host_adapter_find(info->name, err);
}

static const struct virtual_network *virtual_network_from_IVMVirtualNetwork(IVMVirtualNetwork *iface)
{
    return (const struct virtual_network *)iface;
}

static HRESULT WINAPI virtual_network__ID(IVMVirtualNetwork *iface, VARIANT *virtualNetworkID)
{
    const struct virtual_network_info *info = &virtual_network_from_IVMVirtualNetwork(iface)->info;
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
    return give_text(&virtual_network_class, virtual_network_from_IVMVirtualNetwork(iface)->info.name,
                     virtualNetworkName);
}

static HRESULT WINAPI virtual_network_get_MediaType(IVMVirtualNetwork *iface, VARIANT_BOOL *isWireless)
{
    /* A TAP device is none, and the others have no host adapter. */
    (void)iface;
    return out_bool(&virtual_network_class, "isWireless", isWireless);
}

static HRESULT WINAPI virtual_network_get_HostAdapter(IVMVirtualNetwork *iface, BSTR *hostAdapter)
{
    const struct virtual_network_info *info = &virtual_network_from_IVMVirtualNetwork(iface)->info;
    struct vpc_error err;
    HRESULT hr = out_text(&virtual_network_class, "hostAdapter", hostAdapter);
    if (FAILED(hr))
        return hr;
    if (!virtual_network_exists(info, &err))
        return err.cause == VPC_FILE_NOT_FOUND
                   ? com_fail(&virtual_network_class, VM_E_ADAPTER_NOT_FOUND, "%s", err.text)
                   : com_fail_error(&virtual_network_class, &err);
    return give_text(&virtual_network_class, info->kind == NETWORK_HOST ? info->name : "", hostAdapter);
}

static HRESULT WINAPI virtual_network_get_NetworkAdapters(IVMVirtualNetwork *iface,
                                                          IVMNetworkAdapterCollection **networkInterfaceCollection)
{
    const struct virtual_network *network = virtual_network_from_IVMVirtualNetwork(iface);
    HRESULT hr = out_object(&virtual_network_class, "networkInterfaceCollection", (void **)networkInterfaceCollection);
    if (FAILED(hr))
        return hr;
    return network_adapter_collection_of_network(network->home, &network->info, networkInterfaceCollection);
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

static HRESULT virtual_network_create(struct home *home, const struct virtual_network_info *info,
                                      IVMVirtualNetwork **network)
{
    char *name = text_copy(info->name);
    struct virtual_network *made =
        name ? com_object_new(sizeof *made, &virtual_network_class, &virtual_network_vtbl) : NULL;
    *network = (IVMVirtualNetwork *)made;
    if (!made) {
        free(name);
        return com_fail(&virtual_network_class, E_OUTOFMEMORY, "out of memory");
    }
    made->home = home_share(home);
    made->info = *info;
    made->info.name = made->name = name;
    return S_OK;
}

/* Hands each network of this host to `visit`, until one of them does not return S_OK. Returns what it returned last. */
static HRESULT virtual_network_each(HRESULT (*visit)(void *context, const struct virtual_network_info *info),
                                    void *context)
{
    struct vpc_error err;
    HRESULT hr = S_OK;
    char **names;
    size_t count;
    for (size_t i = 0; i < ARRAYSIZE(networks) && hr == S_OK; i++)
        hr = visit(context, &networks[i]);
    if (hr != S_OK)
        return hr;
    if (!host_adapter_list(&names, &count, &err))
        return com_fail_error(&virtual_network_class, &err);
    for (size_t i = 0; i < count && hr == S_OK; i++) {
        struct virtual_network_info info = {.kind = NETWORK_HOST, .name = names[i]};
        host_adapter_network_id(names[i], info.id);
        hr = visit(context, &info);
    }
    host_adapter_list_free(names, count);
    return hr;
}

/* What to look for: a name, or else a kind and an id. */
struct virtual_network_search {
    struct home *home;
    const char *name;
    enum network_kind kind;
    const uint8_t *id;
    IVMVirtualNetwork *found;
};

/* S_FALSE ends the search. */
static HRESULT virtual_network_match(void *context, const struct virtual_network_info *info)
{
    struct virtual_network_search *search = context;
    HRESULT hr;
    if (search->name ? text_compare_nocase(info->name, search->name) != 0
                     : info->kind != search->kind || memcmp(info->id, search->id, sizeof info->id) != 0)
        return S_OK;
    return FAILED(hr = virtual_network_create(search->home, info, &search->found)) ? hr : S_FALSE;
}

static HRESULT virtual_network_run_search(struct virtual_network_search *search, IVMVirtualNetwork **network)
{
    HRESULT hr = virtual_network_each(virtual_network_match, search);
    *network = search->found;
    return FAILED(hr) ? hr : search->found ? S_OK : S_FALSE;
}

HRESULT virtual_network_find(struct home *home, const char *name, IVMVirtualNetwork **network)
{
    struct virtual_network_search search = {.home = home, .name = name};
    return virtual_network_run_search(&search, network);
}

HRESULT virtual_network_with_id(struct home *home, enum network_kind kind, const uint8_t id[16],
                                IVMVirtualNetwork **network)
{
    struct virtual_network_search search = {.home = home, .kind = kind, .id = id};
    return virtual_network_run_search(&search, network);
}

struct virtual_network_listing {
    struct home *home;
    struct object_list list;
};

static HRESULT virtual_network_append(void *context, const struct virtual_network_info *info)
{
    struct virtual_network_listing *listing = context;
    IVMVirtualNetwork *network;
    HRESULT hr = virtual_network_create(listing->home, info, &network);
    return FAILED(hr) ? hr : object_list_add(&virtual_network_collection_class, &listing->list, (IDispatch *)network);
}

HRESULT virtual_network_collection_create(struct home *home, IVMVirtualNetworkCollection **collection)
{
    struct virtual_network_listing listing = {.home = home};
    HRESULT hr = virtual_network_each(virtual_network_append, &listing);
    *collection = NULL;
    if (SUCCEEDED(hr))
        return object_list_snapshot(&virtual_network_collection_class, &listing.list, (IDispatch **)collection);
    object_list_clear(&listing.list);
    return hr;
}

const struct virtual_network_info *virtual_network_from_client(IVMVirtualNetwork *network)
{
    struct com_object *object = com_object_from((IUnknown *)network, &virtual_network_class);
    return object ? &((struct virtual_network *)object)->info : NULL;
}
