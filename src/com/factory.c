#include "com/factory.h"

#include <stdlib.h>
#include "com/object.h"

struct factory {
    IClassFactory IClassFactory_iface;
    LONG references;
    HRESULT (*create)(IUnknown **object);
};

static struct factory *factory_from(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct factory, IClassFactory_iface);
}

static ULONG WINAPI factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&factory_from(iface)->references);
}

static ULONG WINAPI factory_Release(IClassFactory *iface)
{
    struct factory *factory = factory_from(iface);
    ULONG references = InterlockedDecrement(&factory->references);

    if (!references) {
        free(factory);
        com_unlock();
    }
    return references;
}

static HRESULT WINAPI factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    factory_AddRef(iface);
    return S_OK;
}

static HRESULT WINAPI factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **out)
{
    IUnknown *object;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (FAILED(hr = factory_from(iface)->create(&object)))
        return hr;
    /* The creator's reference goes either way, so a refused interface leaves no object behind. */
    hr = IUnknown_QueryInterface(object, iid, out);
    IUnknown_Release(object);
    return hr;
}

static HRESULT WINAPI factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    if (lock)
        com_lock();
    else
        com_unlock();
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
    .QueryInterface = factory_QueryInterface,
    .AddRef = factory_AddRef,
    .Release = factory_Release,
    .CreateInstance = factory_CreateInstance,
    .LockServer = factory_LockServer,
};

HRESULT com_factory_create(HRESULT (*create)(IUnknown **object), REFIID iid, void **out)
{
    struct factory *factory = calloc(1, sizeof *factory);

    *out = NULL;
    if (!factory)
        return E_OUTOFMEMORY;
    factory->IClassFactory_iface.lpVtbl = (IClassFactoryVtbl *)&factory_vtbl;
    factory->references = 1;
    factory->create = create;
    com_lock();
    HRESULT hr = factory_QueryInterface(&factory->IClassFactory_iface, iid, out);
    factory_Release(&factory->IClassFactory_iface);
    return hr;
}
