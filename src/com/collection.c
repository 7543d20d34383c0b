#include "com/collection.h"

#include "com/error.h"

struct collection {
    struct com_object base;
    const struct com_collection_source *source;
    void *context;
};

/* What all collection interfaces look like; they differ in the type of the items only. */
struct collection_vtbl {
    HRESULT(WINAPI *QueryInterface)(IDispatch *iface, REFIID iid, void **out);
    ULONG(WINAPI *AddRef)(IDispatch *iface);
    ULONG(WINAPI *Release)(IDispatch *iface);
    HRESULT(WINAPI *GetTypeInfoCount)(IDispatch *iface, UINT *count);
    HRESULT(WINAPI *GetTypeInfo)(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info);
    HRESULT(WINAPI *GetIDsOfNames)(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count, LCID lcid, DISPID *ids);
    HRESULT(WINAPI *Invoke)
    (IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags, DISPPARAMS *parameters, VARIANT *result,
     EXCEPINFO *exception, UINT *bad_argument);
    HRESULT(WINAPI *get_Count)(IDispatch *iface, LONG *count);
    HRESULT(WINAPI *get_Item)(IDispatch *iface, LONG index, IDispatch **item);
    HRESULT(WINAPI *get__NewEnum)(IDispatch *iface, IUnknown **enumerator);
};

static struct collection *collection_from(IDispatch *iface)
{
    return (struct collection *)iface;
}

static HRESULT WINAPI collection_get_Count(IDispatch *iface, LONG *count)
{
    struct collection *collection = collection_from(iface);
    HRESULT hr;

    if (!count)
        return com_null_pointer(collection->base.class, "count");
    *count = 0;
    if (FAILED(hr = collection->source->count(collection->context, count)))
        *count = 0;
    return hr;
}

static HRESULT WINAPI collection_get_Item(IDispatch *iface, LONG index, IDispatch **item)
{
    struct collection *collection = collection_from(iface);
    LONG count = 0;
    HRESULT hr;

    if (!item)
        return com_null_pointer(collection->base.class, "item");
    *item = NULL;
    if (FAILED(hr = collection->source->count(collection->context, &count)))
        return hr;
    if (index < 1 || index > count)
        return com_fail(collection->base.class, DISP_E_BADINDEX,
                        count ? "index %ld is not between 1 and %ld" : "index %ld of an empty collection", index,
                        count);
    hr = collection->source->item(collection->context, index - 1, item);
    if (hr == DISP_E_BADINDEX)
        return com_fail(collection->base.class, hr, "the member at index %ld is gone", index);
    return hr;
}

static HRESULT WINAPI collection_get__NewEnum(IDispatch *iface, IUnknown **enumerator)
{
    struct collection *collection = collection_from(iface);
    IDispatch **items = NULL;
    LONG count = 0;
    HRESULT hr;

    if (!enumerator)
        return com_null_pointer(collection->base.class, "enumerator");
    *enumerator = NULL;
    if (FAILED(hr = collection->source->all(collection->context, &items, &count)))
        return hr;
    if (FAILED(hr = com_enumerator_create(items, count, enumerator)))
        return com_fail(collection->base.class, hr, "no memory for an enumerator");
    return S_OK;
}

static const struct collection_vtbl collection_vtbl = {
    .QueryInterface = com_QueryInterface,
    .AddRef = com_AddRef,
    .Release = com_Release,
    .GetTypeInfoCount = com_GetTypeInfoCount,
    .GetTypeInfo = com_GetTypeInfo,
    .GetIDsOfNames = com_GetIDsOfNames,
    .Invoke = com_Invoke,
    .get_Count = collection_get_Count,
    .get_Item = collection_get_Item,
    .get__NewEnum = collection_get__NewEnum,
};

void com_collection_destroy(struct com_object *object)
{
    struct collection *collection = (struct collection *)object;

    collection->source->release(collection->context);
    com_object_free(object);
}

HRESULT com_collection_create(const struct com_class *class, const struct com_collection_source *source, void *context,
                              IDispatch **out)
{
    struct collection *collection = com_object_new(sizeof *collection, class, &collection_vtbl);

    *out = NULL;
    if (!collection) {
        source->release(context);
        return com_fail(class, E_OUTOFMEMORY, "no memory for a collection");
    }
    collection->source = source;
    collection->context = context;
    *out = (IDispatch *)collection;
    return S_OK;
}
