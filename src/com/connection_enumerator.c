/* The enumerators of connection points and of connections: the same but for the size of an item. */
#include <stdlib.h>
#include <string.h>
#include "com/connection_point.h"

/* One vtable serves both: IEnumConnectionPoints and IEnumConnections differ in the type of the items only, and in both
 * an item begins with the pointer that it refers to. */
struct enumerator_vtbl {
    HRESULT(WINAPI *QueryInterface)(IUnknown *iface, REFIID iid, void **out);
    ULONG(WINAPI *AddRef)(IUnknown *iface);
    ULONG(WINAPI *Release)(IUnknown *iface);
    HRESULT(WINAPI *Next)(IUnknown *iface, ULONG wanted, void *items, ULONG *fetched);
    HRESULT(WINAPI *Skip)(IUnknown *iface, ULONG wanted);
    HRESULT(WINAPI *Reset)(IUnknown *iface);
    HRESULT(WINAPI *Clone)(IUnknown *iface, IUnknown **out);
};

struct connection_enumerator {
    const struct enumerator_vtbl *vtbl; /* first: the interface pointer is the object */
    LONG references;
    const IID *iid;
    size_t item_size;
    ULONG count;
    SRWLOCK lock; /* guards position */
    ULONG position;
    char *items;
};

static HRESULT enumerator_create(const IID *iid, const void *items, size_t item_size, ULONG count, ULONG position,
                                 IUnknown **out);

static struct connection_enumerator *enumerator_from(IUnknown *iface)
{
    return (struct connection_enumerator *)iface;
}

static void items_add_references(const char *items, size_t item_size, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        IUnknown_AddRef(*(IUnknown *const *)(const void *)(items + i * item_size));
}

static void items_release(const char *items, size_t item_size, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        IUnknown_Release(*(IUnknown *const *)(const void *)(items + i * item_size));
}

static ULONG WINAPI connection_enumerator_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&enumerator_from(iface)->references);
}

static ULONG WINAPI connection_enumerator_Release(IUnknown *iface)
{
    struct connection_enumerator *enumerator = enumerator_from(iface);
    ULONG references = InterlockedDecrement(&enumerator->references);
    if (!references) {
        items_release(enumerator->items, enumerator->item_size, enumerator->count);
        free(enumerator->items);
        free(enumerator);
        com_unlock();
    }
    return references;
}

static HRESULT WINAPI connection_enumerator_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, enumerator_from(iface)->iid))
        return E_NOINTERFACE;
    *out = iface;
    connection_enumerator_AddRef(iface);
    return S_OK;
}

static HRESULT WINAPI connection_enumerator_Next(IUnknown *iface, ULONG wanted, void *items, ULONG *fetched)
{
    struct connection_enumerator *enumerator = enumerator_from(iface);
    if (fetched)
        *fetched = 0;
    else if (wanted > 1)
        return E_INVALIDARG;
    if (wanted && !items)
        return E_POINTER;
    AcquireSRWLockExclusive(&enumerator->lock);
    const char *first = enumerator->items + enumerator->position * enumerator->item_size;
    ULONG given = min(wanted, enumerator->count - enumerator->position);
    enumerator->position += given;
    ReleaseSRWLockExclusive(&enumerator->lock);
    if (given)
        memcpy(items, first, given * enumerator->item_size);
    items_add_references(first, enumerator->item_size, given);
    if (fetched)
        *fetched = given;
    return given == wanted ? S_OK : S_FALSE;
}

static HRESULT WINAPI connection_enumerator_Skip(IUnknown *iface, ULONG wanted)
{
    struct connection_enumerator *enumerator = enumerator_from(iface);
    AcquireSRWLockExclusive(&enumerator->lock);
    ULONG skipped = min(wanted, enumerator->count - enumerator->position);
    enumerator->position += skipped;
    ReleaseSRWLockExclusive(&enumerator->lock);
    return skipped == wanted ? S_OK : S_FALSE;
}

static HRESULT WINAPI connection_enumerator_Reset(IUnknown *iface)
{
    struct connection_enumerator *enumerator = enumerator_from(iface);
    AcquireSRWLockExclusive(&enumerator->lock);
    enumerator->position = 0;
    ReleaseSRWLockExclusive(&enumerator->lock);
    return S_OK;
}

static HRESULT WINAPI connection_enumerator_Clone(IUnknown *iface, IUnknown **out)
{
    struct connection_enumerator *enumerator = enumerator_from(iface);
    if (!out)
        return E_POINTER;
    AcquireSRWLockShared(&enumerator->lock);
    ULONG position = enumerator->position;
    ReleaseSRWLockShared(&enumerator->lock);
    items_add_references(enumerator->items, enumerator->item_size, enumerator->count);
    return enumerator_create(enumerator->iid, enumerator->items, enumerator->item_size, enumerator->count, position,
                             out);
}

static const struct enumerator_vtbl connection_enumerator_vtbl = {
    .QueryInterface = connection_enumerator_QueryInterface,
    .AddRef = connection_enumerator_AddRef,
    .Release = connection_enumerator_Release,
    .Next = connection_enumerator_Next,
    .Skip = connection_enumerator_Skip,
    .Reset = connection_enumerator_Reset,
    .Clone = connection_enumerator_Clone,
};

static HRESULT enumerator_create(const IID *iid, const void *items, size_t item_size, ULONG count, ULONG position,
                                 IUnknown **out)
{
    struct connection_enumerator *made = calloc(1, sizeof *made);
    char *copy = malloc(count * item_size + 1);
    *out = NULL;
    if (!made || !copy) {
        items_release(items, item_size, count);
        free(copy);
        free(made);
        return E_OUTOFMEMORY;
    }
    memcpy(copy, items, count * item_size);
    *made = (struct connection_enumerator){
        .vtbl = &connection_enumerator_vtbl,
        .references = 1,
        .iid = iid,
        .item_size = item_size,
        .count = count,
        .position = position,
        .items = copy,
    };
    InitializeSRWLock(&made->lock);
    com_lock();
    *out = (IUnknown *)made;
    return S_OK;
}

HRESULT com_enum_connection_points_create(IConnectionPoint *point, IEnumConnectionPoints **out)
{
    return enumerator_create(&IID_IEnumConnectionPoints, &point, sizeof point, 1, 0, (IUnknown **)out);
}

HRESULT com_enum_connections_create(const CONNECTDATA *items, ULONG count, IEnumConnections **out)
{
    return enumerator_create(&IID_IEnumConnections, items, sizeof *items, count, 0, (IUnknown **)out);
}
