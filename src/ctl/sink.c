#include "sink.h"

#include <stdlib.h>
#include "buffer.h"

struct sink {
    IDispatch IDispatch_iface;
    LONG references;
    IID events;
    sink_event *event; /* NULL: nobody wants them any more */
    void *context;
};

static struct sink *impl_from_IDispatch(IDispatch *iface)
{
    return CONTAINING_RECORD(iface, struct sink, IDispatch_iface);
}

static HRESULT WINAPI sink_QueryInterface(IDispatch *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
        !IsEqualIID(iid, &impl_from_IDispatch(iface)->events))
        return E_NOINTERFACE;
    *out = iface;
    IDispatch_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI sink_AddRef(IDispatch *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IDispatch(iface)->references);
}

static ULONG WINAPI sink_Release(IDispatch *iface)
{
    struct sink *sink = impl_from_IDispatch(iface);
    ULONG references = (ULONG)InterlockedDecrement(&sink->references);
    if (references == 0)
        free(sink);
    return references;
}

static HRESULT WINAPI sink_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT WINAPI sink_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)iface;
    (void)index;
    (void)lcid;
    *info = NULL;
    return DISP_E_BADINDEX;
}

static HRESULT WINAPI sink_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count, LCID lcid,
                                         DISPID *ids)
{
    (void)iface;
    (void)iid;
    (void)names;
    (void)count;
    (void)lcid;
    (void)ids;
    return DISP_E_UNKNOWNNAME;
}

static HRESULT WINAPI sink_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags, DISPPARAMS *arguments,
                                  VARIANT *result, EXCEPINFO *exception, UINT *bad_argument)
{
    struct sink *sink = impl_from_IDispatch(iface);
    (void)iid;
    (void)lcid;
    (void)flags;
    (void)result;
    (void)exception;
    (void)bad_argument;
    if (sink->event)
        sink->event(sink->context, id, arguments);
    return S_OK;
}

static const IDispatchVtbl sink_vtbl = {
    .QueryInterface = sink_QueryInterface,
    .AddRef = sink_AddRef,
    .Release = sink_Release,
    .GetTypeInfoCount = sink_GetTypeInfoCount,
    .GetTypeInfo = sink_GetTypeInfo,
    .GetIDsOfNames = sink_GetIDsOfNames,
    .Invoke = sink_Invoke,
};

HRESULT connection_make(struct connection *connection, IUnknown *source, REFIID events, sink_event *event,
                        void *context)
{
    IConnectionPointContainer *container;
    *connection = (struct connection){0};
    HRESULT hr = IUnknown_QueryInterface(source, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr))
        return hr;
    hr = IConnectionPointContainer_FindConnectionPoint(container, events, &connection->point);
    IConnectionPointContainer_Release(container);
    if (FAILED(hr))
        return hr;
    struct sink *sink = need(calloc(1, sizeof *sink));
    *sink = (struct sink){
        .IDispatch_iface = {(IDispatchVtbl *)&sink_vtbl},
        .references = 1,
        .events = *events,
        .event = event,
        .context = context,
    };
    hr = IConnectionPoint_Advise(connection->point, (IUnknown *)&sink->IDispatch_iface, &connection->cookie);
    if (SUCCEEDED(hr)) {
        connection->sink = sink;
        return S_OK;
    }
    IDispatch_Release(&sink->IDispatch_iface);
    IConnectionPoint_Release(connection->point);
    connection->point = NULL;
    return hr;
}

void connection_end(struct connection *connection)
{
    if (!connection->point)
        return;
    IConnectionPoint_Unadvise(connection->point, connection->cookie);
    IConnectionPoint_Release(connection->point);
    /* A call may wait in this thread's queue of messages. */
    connection->sink->event = NULL;
    IDispatch_Release(&connection->sink->IDispatch_iface);
    *connection = (struct connection){0};
}
