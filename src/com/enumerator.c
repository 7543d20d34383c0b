#include "com/collection.h"

#include <stdlib.h>

/* The members of one instant, shared by an enumerator and its clones. */
struct snapshot {
    LONG references;
    LONG count;
    IDispatch **items;
};

struct enumerator {
    IEnumVARIANT IEnumVARIANT_iface;
    LONG references;
    IUnknown *marshaler;
    struct snapshot *snapshot; /* shared */
    SRWLOCK lock;              /* guards position */
    LONG position;
};

static HRESULT enumerator_create(struct snapshot *snapshot, LONG position, IEnumVARIANT **out);

static void snapshot_release(struct snapshot *snapshot)
{
    if (InterlockedDecrement(&snapshot->references))
        return;
    for (LONG i = 0; i < snapshot->count; i++)
        IDispatch_Release(snapshot->items[i]);
    CoTaskMemFree(snapshot->items);
    free(snapshot);
}

static struct enumerator *enumerator_from(IEnumVARIANT *iface)
{
    return CONTAINING_RECORD(iface, struct enumerator, IEnumVARIANT_iface);
}

static ULONG WINAPI enumerator_AddRef(IEnumVARIANT *iface)
{
    return InterlockedIncrement(&enumerator_from(iface)->references);
}

static ULONG WINAPI enumerator_Release(IEnumVARIANT *iface)
{
    struct enumerator *enumerator = enumerator_from(iface);
    ULONG references = InterlockedDecrement(&enumerator->references);

    if (!references) {
        enumerator->references = 1;
        if (enumerator->marshaler)
            IUnknown_Release(enumerator->marshaler);
        snapshot_release(enumerator->snapshot);
        free(enumerator);
        com_unlock();
    }
    return references;
}

static HRESULT WINAPI enumerator_QueryInterface(IEnumVARIANT *iface, REFIID iid, void **out)
{
    struct enumerator *enumerator = enumerator_from(iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (IsEqualIID(iid, &IID_IMarshal))
        return com_marshal_query((IUnknown *)iface, &enumerator->marshaler, out);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IEnumVARIANT))
        return E_NOINTERFACE;
    *out = iface;
    enumerator_AddRef(iface);
    return S_OK;
}

static HRESULT WINAPI enumerator_Next(IEnumVARIANT *iface, ULONG wanted, VARIANT *items, ULONG *fetched)
{
    struct enumerator *enumerator = enumerator_from(iface);
    struct snapshot *snapshot = enumerator->snapshot;

    if (fetched)
        *fetched = 0;
    else if (wanted > 1)
        return E_INVALIDARG;
    if (wanted && !items)
        return E_POINTER;

    AcquireSRWLockExclusive(&enumerator->lock);
    LONG first = enumerator->position;
    ULONG given = min(wanted, (ULONG)(snapshot->count - first));
    enumerator->position += (LONG)given;
    ReleaseSRWLockExclusive(&enumerator->lock);

    for (ULONG i = 0; i < given; i++) {
        VariantInit(&items[i]);
        V_VT(&items[i]) = VT_DISPATCH;
        V_DISPATCH(&items[i]) = snapshot->items[first + (LONG)i];
        IDispatch_AddRef(V_DISPATCH(&items[i]));
    }
    /* A client that clears all that it asked for must not clear rubbish. */
    for (ULONG i = given; i < wanted; i++)
        VariantInit(&items[i]);
    if (fetched)
        *fetched = given;
    return given == wanted ? S_OK : S_FALSE;
}

static HRESULT WINAPI enumerator_Skip(IEnumVARIANT *iface, ULONG wanted)
{
    struct enumerator *enumerator = enumerator_from(iface);

    AcquireSRWLockExclusive(&enumerator->lock);
    ULONG skipped = min(wanted, (ULONG)(enumerator->snapshot->count - enumerator->position));
    enumerator->position += (LONG)skipped;
    ReleaseSRWLockExclusive(&enumerator->lock);
    return skipped == wanted ? S_OK : S_FALSE;
}

static HRESULT WINAPI enumerator_Reset(IEnumVARIANT *iface)
{
    struct enumerator *enumerator = enumerator_from(iface);

    AcquireSRWLockExclusive(&enumerator->lock);
    enumerator->position = 0;
    ReleaseSRWLockExclusive(&enumerator->lock);
    return S_OK;
}

static HRESULT WINAPI enumerator_Clone(IEnumVARIANT *iface, IEnumVARIANT **out)
{
    struct enumerator *enumerator = enumerator_from(iface);

    if (!out)
        return E_POINTER;
    AcquireSRWLockShared(&enumerator->lock);
    LONG position = enumerator->position;
    ReleaseSRWLockShared(&enumerator->lock);
    return enumerator_create(enumerator->snapshot, position, out);
}

static const IEnumVARIANTVtbl enumerator_vtbl = {
    .QueryInterface = enumerator_QueryInterface,
    .AddRef = enumerator_AddRef,
    .Release = enumerator_Release,
    .Next = enumerator_Next,
    .Skip = enumerator_Skip,
    .Reset = enumerator_Reset,
    .Clone = enumerator_Clone,
};

/* Shares the snapshot. */
static HRESULT enumerator_create(struct snapshot *snapshot, LONG position, IEnumVARIANT **out)
{
    struct enumerator *enumerator = calloc(1, sizeof *enumerator);

    *out = NULL;
    if (!enumerator)
        return E_OUTOFMEMORY;
    enumerator->IEnumVARIANT_iface.lpVtbl = (IEnumVARIANTVtbl *)&enumerator_vtbl;
    enumerator->references = 1;
    InterlockedIncrement(&snapshot->references);
    enumerator->snapshot = snapshot;
    InitializeSRWLock(&enumerator->lock);
    enumerator->position = position;
    com_lock();
    *out = &enumerator->IEnumVARIANT_iface;
    return S_OK;
}

HRESULT com_enumerator_create(IDispatch **items, LONG count, IUnknown **out)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    IEnumVARIANT *enumerator;

    *out = NULL;
    if (!snapshot) {
        for (LONG i = 0; i < count; i++)
            IDispatch_Release(items[i]);
        CoTaskMemFree(items);
        return E_OUTOFMEMORY;
    }
    *snapshot = (struct snapshot){.references = 1, .count = count, .items = items};
    HRESULT hr = enumerator_create(snapshot, 0, &enumerator);
    snapshot_release(snapshot);
    if (SUCCEEDED(hr))
        *out = (IUnknown *)enumerator;
    return hr;
}
