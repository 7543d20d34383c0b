#include "com/object.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "com/type_info.h"

static LONG living; /* the spare one too */

/* The memory of an object that has ended, for the next of its class. */
static _Atomic(struct com_object *) spare;

LONG com_living(void)
{
    /* Looked for before and after: one that is taken for a new object meanwhile must count. */
    bool kept = atomic_load(&spare);
    LONG count = InterlockedCompareExchange(&living, 0, 0);

    return kept && atomic_load(&spare) ? count - 1 : count;
}

void com_lock(void)
{
    InterlockedIncrement(&living);
}

void com_unlock(void)
{
    InterlockedDecrement(&living);
}

static struct com_object *object_from_dispatch(IDispatch *iface)
{
    return (struct com_object *)iface;
}

static struct com_object *object_from_support_error_info(ISupportErrorInfo *iface)
{
    return CONTAINING_RECORD(iface, struct com_object, ISupportErrorInfo_iface);
}

static struct com_object *object_from_class_info(IProvideClassInfo2 *iface)
{
    return CONTAINING_RECORD(iface, struct com_object, IProvideClassInfo2_iface);
}

/* The marshaler is aggregated, so that its IMarshal leads back to this object's IUnknown. It is made when a client
 * first passes the object to another apartment; of two threads that come at once the later one throws its own away. */
HRESULT com_marshal_query(IUnknown *object, IUnknown **marshaler, void **out)
{
    IUnknown *present = InterlockedCompareExchangePointer((void **)marshaler, NULL, NULL);

    if (!present) {
        HRESULT hr = CoCreateFreeThreadedMarshaler(object, &present);
        if (FAILED(hr))
            return hr;
        IUnknown *first = InterlockedCompareExchangePointer((void **)marshaler, present, NULL);
        if (first) {
            IUnknown_Release(present);
            present = first;
        }
    }
    return IUnknown_QueryInterface(present, &IID_IMarshal, out);
}

/* The interfaces that the object's vtable begins with, IDispatch apart. */
static bool is_own_interface(const struct com_class *class, REFIID iid)
{
    return IsEqualIID(iid, class->iid) || (class->extended && IsEqualIID(iid, class->extended));
}

HRESULT WINAPI com_QueryInterface(IDispatch *iface, REFIID iid, void **out)
{
    struct com_object *object = object_from_dispatch(iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IDispatch) || is_own_interface(object->class, iid))
        *out = iface;
    else if (IsEqualIID(iid, &IID_ISupportErrorInfo))
        *out = &object->ISupportErrorInfo_iface;
    else if (object->class->clsid &&
             (IsEqualIID(iid, &IID_IProvideClassInfo) || IsEqualIID(iid, &IID_IProvideClassInfo2)))
        *out = &object->IProvideClassInfo2_iface;
    else if (IsEqualIID(iid, &IID_IMarshal))
        return com_marshal_query((IUnknown *)iface, &object->marshaler, out);
    else if (object->class->query)
        return object->class->query(object, iid, out);
    else
        return E_NOINTERFACE;
    com_AddRef(iface);
    return S_OK;
}

ULONG WINAPI com_AddRef(IDispatch *iface)
{
    return (ULONG)atomic_fetch_add(&object_from_dispatch(iface)->references, 1) + 1;
}

ULONG WINAPI com_Release(IDispatch *iface)
{
    struct com_object *object = object_from_dispatch(iface);
    /* Whoever holds the only reference is alone with the object: no need to keep others off the count. */
    ULONG references = atomic_load(&object->references) == 1 ? 0 : (ULONG)atomic_fetch_sub(&object->references, 1) - 1;

    if (!references) {
        /* Whoever destroy() calls may take and give back references to this object; none of them must destroy it again.
         */
        atomic_store_explicit(&object->references, 1, memory_order_relaxed);
        object->class->destroy(object);
    }
    return references;
}

static HRESULT WINAPI support_error_info_QueryInterface(ISupportErrorInfo *iface, REFIID iid, void **out)
{
    return com_QueryInterface((IDispatch *)object_from_support_error_info(iface), iid, out);
}

static ULONG WINAPI support_error_info_AddRef(ISupportErrorInfo *iface)
{
    return com_AddRef((IDispatch *)object_from_support_error_info(iface));
}

static ULONG WINAPI support_error_info_Release(ISupportErrorInfo *iface)
{
    return com_Release((IDispatch *)object_from_support_error_info(iface));
}

static HRESULT WINAPI support_error_info_InterfaceSupportsErrorInfo(ISupportErrorInfo *iface, REFIID iid)
{
    const struct com_class *class = object_from_support_error_info(iface)->class;

    return iid && (is_own_interface(class, iid) || IsEqualIID(iid, &IID_IDispatch)) ? S_OK : S_FALSE;
}

static const ISupportErrorInfoVtbl support_error_info_vtbl = {
    .QueryInterface = support_error_info_QueryInterface,
    .AddRef = support_error_info_AddRef,
    .Release = support_error_info_Release,
    .InterfaceSupportsErrorInfo = support_error_info_InterfaceSupportsErrorInfo,
};

static HRESULT WINAPI class_info_QueryInterface(IProvideClassInfo2 *iface, REFIID iid, void **out)
{
    return com_QueryInterface((IDispatch *)object_from_class_info(iface), iid, out);
}

static ULONG WINAPI class_info_AddRef(IProvideClassInfo2 *iface)
{
    return com_AddRef((IDispatch *)object_from_class_info(iface));
}

static ULONG WINAPI class_info_Release(IProvideClassInfo2 *iface)
{
    return com_Release((IDispatch *)object_from_class_info(iface));
}

static HRESULT WINAPI class_info_GetClassInfo(IProvideClassInfo2 *iface, ITypeInfo **info)
{
    if (!info)
        return E_POINTER;
    return type_info_get(object_from_class_info(iface)->class->clsid, info);
}

static HRESULT WINAPI class_info_GetGUID(IProvideClassInfo2 *iface, DWORD kind, GUID *guid)
{
    const struct com_class *class = object_from_class_info(iface)->class;

    if (!guid)
        return E_POINTER;
    *guid = GUID_NULL;
    if (kind != GUIDKIND_DEFAULT_SOURCE_DISP_IID)
        return E_INVALIDARG;
    if (!class->events)
        return E_FAIL;
    *guid = *class->events;
    return S_OK;
}

static const IProvideClassInfo2Vtbl class_info_vtbl = {
    .QueryInterface = class_info_QueryInterface,
    .AddRef = class_info_AddRef,
    .Release = class_info_Release,
    .GetClassInfo = class_info_GetClassInfo,
    .GetGUID = class_info_GetGUID,
};

static void com_object_begin(struct com_object *object, const struct com_class *class, const void *vtbl)
{
    memset(object, 0, sizeof *object);
    object->vtbl = vtbl;
    object->ISupportErrorInfo_iface.lpVtbl = (ISupportErrorInfoVtbl *)&support_error_info_vtbl;
    object->IProvideClassInfo2_iface.lpVtbl = (IProvideClassInfo2Vtbl *)&class_info_vtbl;
    object->class = class;
    atomic_init(&object->references, 1);
}

static void com_object_end(struct com_object *object)
{
    if (object->marshaler)
        IUnknown_Release(object->marshaler);
}

void *com_object_new(size_t size, const struct com_class *class, const void *vtbl)
{
    struct com_object *object = calloc(1, size);

    if (!object)
        return NULL;
    com_object_begin(object, class, vtbl);
    com_lock();
    return object;
}

void com_object_free(struct com_object *object)
{
    if (!object)
        return;
    com_object_end(object);
    free(object);
    com_unlock();
}

void *com_object_take_spare(size_t size, const struct com_class *class, const void *vtbl)
{
    struct com_object *object = atomic_exchange(&spare, NULL);

    if (!object)
        return com_object_new(size, class, vtbl);
    com_object_begin(object, class, vtbl);
    return object;
}

void com_object_keep_spare(struct com_object *object)
{
    com_object_end(object);
    object = atomic_exchange(&spare, object);
    if (!object)
        return;
    free(object);
    com_unlock();
}

void com_object_drop_spare(void)
{
    struct com_object *object = atomic_exchange(&spare, NULL);

    if (!object)
        return;
    free(object);
    com_unlock();
}

struct com_object *com_object_from(IUnknown *unknown, const struct com_class *class)
{
    IUnknown *identity;

    if (!unknown || FAILED(IUnknown_QueryInterface(unknown, &IID_IUnknown, (void **)&identity)))
        return NULL;
    /* Only our objects have our function in the first slot; a proxy or a client's own implementation of the interface
     * has not. */
    struct com_object *object = NULL;
    if (identity->lpVtbl->QueryInterface == (HRESULT(WINAPI *)(IUnknown *, REFIID, void **))com_QueryInterface)
        object = (struct com_object *)identity;
    IUnknown_Release(identity);
    return object && object->class == class ? object : NULL;
}
