#include "com/connection_point.h"

#include <stdlib.h>
#include <olectl.h>
#include "com/error.h"
#include "com/event_sink.h"

struct com_connection {
    struct com_connection *next;
    DWORD cookie;
    struct com_sink *sink;
};

static void connection_free(struct com_connection *connection)
{
    com_sink_end(connection->sink);
    com_sink_release(connection->sink);
    free(connection);
}

/* ---- IConnectionPointContainer ---- */

static struct com_connection_point *point_from_container(IConnectionPointContainer *iface)
{
    return CONTAINING_RECORD(iface, struct com_connection_point, IConnectionPointContainer_iface);
}

static HRESULT WINAPI container_QueryInterface(IConnectionPointContainer *iface, REFIID iid, void **out)
{
    return com_QueryInterface((IDispatch *)point_from_container(iface)->owner, iid, out);
}

static ULONG WINAPI container_AddRef(IConnectionPointContainer *iface)
{
    return com_AddRef((IDispatch *)point_from_container(iface)->owner);
}

static ULONG WINAPI container_Release(IConnectionPointContainer *iface)
{
    return com_Release((IDispatch *)point_from_container(iface)->owner);
}

static HRESULT WINAPI container_EnumConnectionPoints(IConnectionPointContainer *iface, IEnumConnectionPoints **points)
{
    struct com_connection_point *point = point_from_container(iface);
    if (!points)
        return com_null_pointer(point->owner->class, "points");
    *points = NULL;
    IConnectionPoint_AddRef(&point->IConnectionPoint_iface);
    HRESULT hr = com_enum_connection_points_create(&point->IConnectionPoint_iface, points);
    return FAILED(hr) ? com_fail(point->owner->class, hr, "no memory for an enumerator") : hr;
}

static HRESULT WINAPI container_FindConnectionPoint(IConnectionPointContainer *iface, REFIID iid,
                                                    IConnectionPoint **found)
{
    struct com_connection_point *point = point_from_container(iface);
    if (!found)
        return com_null_pointer(point->owner->class, "found");
    *found = NULL;
    if (!iid)
        return com_null_pointer(point->owner->class, "iid");
    if (!IsEqualIID(iid, point->owner->class->events))
        return com_fail(point->owner->class, CONNECT_E_NOCONNECTION, "the object raises no events of that interface");
    *found = &point->IConnectionPoint_iface;
    IConnectionPoint_AddRef(*found);
    return S_OK;
}

static const IConnectionPointContainerVtbl container_vtbl = {
    .QueryInterface = container_QueryInterface,
    .AddRef = container_AddRef,
    .Release = container_Release,
    .EnumConnectionPoints = container_EnumConnectionPoints,
    .FindConnectionPoint = container_FindConnectionPoint,
};

/* ---- IConnectionPoint ---- */

static struct com_connection_point *point_from(IConnectionPoint *iface)
{
    return CONTAINING_RECORD(iface, struct com_connection_point, IConnectionPoint_iface);
}

static ULONG WINAPI point_AddRef(IConnectionPoint *iface)
{
    return com_AddRef((IDispatch *)point_from(iface)->owner);
}

static ULONG WINAPI point_Release(IConnectionPoint *iface)
{
    return com_Release((IDispatch *)point_from(iface)->owner);
}

static HRESULT WINAPI point_QueryInterface(IConnectionPoint *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (IsEqualIID(iid, &IID_IMarshal))
        return com_marshal_query((IUnknown *)iface, &point_from(iface)->marshaler, out);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IConnectionPoint))
        return E_NOINTERFACE;
    *out = iface;
    point_AddRef(iface);
    return S_OK;
}

static HRESULT WINAPI point_GetConnectionInterface(IConnectionPoint *iface, IID *iid)
{
    struct com_connection_point *point = point_from(iface);
    if (!iid)
        return com_null_pointer(point->owner->class, "iid");
    *iid = *point->owner->class->events;
    return S_OK;
}

static HRESULT WINAPI point_GetConnectionPointContainer(IConnectionPoint *iface, IConnectionPointContainer **container)
{
    struct com_connection_point *point = point_from(iface);
    if (!container)
        return com_null_pointer(point->owner->class, "container");
    *container = &point->IConnectionPointContainer_iface;
    point_AddRef(iface);
    return S_OK;
}

static HRESULT WINAPI point_Advise(IConnectionPoint *iface, IUnknown *client, DWORD *cookie)
{
    struct com_connection_point *point = point_from(iface);
    const struct com_class *class = point->owner->class;
    HRESULT hr;
    if (!cookie)
        return com_null_pointer(class, "cookie");
    *cookie = 0;
    if (!client)
        return com_null_pointer(class, "client");
    struct com_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return com_fail(class, E_OUTOFMEMORY, "no memory for a connection");
    if (FAILED(hr = com_sink_create(client, class->events, &connection->sink))) {
        free(connection);
        return com_fail(class, hr, "the sink cannot be connected: it has neither the events nor IDispatch");
    }
    /* Before the connection is there, so that it hears of nothing that happened earlier. */
    if (FAILED(hr = point->source->begin(point))) {
        connection_free(connection);
        return com_fail(class, hr, "the events of the object cannot be watched");
    }
    AcquireSRWLockExclusive(&point->lock);
    if (++point->last_cookie == 0)
        point->last_cookie = 1;
    *cookie = connection->cookie = point->last_cookie;
    struct com_connection **end = &point->connections;
    while (*end)
        end = &(*end)->next;
    *end = connection;
    ReleaseSRWLockExclusive(&point->lock);
    return S_OK;
}

static HRESULT WINAPI point_Unadvise(IConnectionPoint *iface, DWORD cookie)
{
    struct com_connection_point *point = point_from(iface);
    AcquireSRWLockExclusive(&point->lock);
    struct com_connection **link = &point->connections;
    while (*link && (*link)->cookie != cookie)
        link = &(*link)->next;
    struct com_connection *connection = *link;
    if (connection)
        *link = connection->next;
    ReleaseSRWLockExclusive(&point->lock);
    if (!connection)
        return com_fail(point->owner->class, CONNECT_E_NOCONNECTION, "there is no connection %lu", cookie);
    connection_free(connection);
    point->source->end(point);
    return S_OK;
}

static HRESULT WINAPI point_EnumConnections(IConnectionPoint *iface, IEnumConnections **connections)
{
    struct com_connection_point *point = point_from(iface);
    const struct com_class *class = point->owner->class;
    ULONG count = 0, used = 0;
    if (!connections)
        return com_null_pointer(class, "connections");
    *connections = NULL;
    AcquireSRWLockShared(&point->lock);
    for (struct com_connection *connection = point->connections; connection; connection = connection->next)
        count++;
    struct com_sink **sinks = calloc(count + 1, sizeof *sinks);
    CONNECTDATA *items = calloc(count + 1, sizeof *items);
    struct com_connection *connection = sinks && items ? point->connections : NULL;
    for (ULONG i = 0; connection; connection = connection->next, i++) {
        sinks[i] = com_sink_share(connection->sink);
        items[i].dwCookie = connection->cookie;
    }
    ReleaseSRWLockShared(&point->lock);
    HRESULT hr = E_OUTOFMEMORY;
    if (sinks && items) {
        /* A sink that is gone is passed over. Not under the lock: getting it may need its apartment. */
        for (ULONG i = 0; i < count; i++) {
            if (SUCCEEDED(com_sink_get(sinks[i], &items[used].pUnk)))
                items[used++].dwCookie = items[i].dwCookie;
            com_sink_release(sinks[i]);
        }
        hr = com_enum_connections_create(items, used, connections);
    }
    free(sinks);
    free(items);
    return FAILED(hr) ? com_fail(class, hr, "no memory for an enumerator") : hr;
}

static const IConnectionPointVtbl point_vtbl = {
    .QueryInterface = point_QueryInterface,
    .AddRef = point_AddRef,
    .Release = point_Release,
    .GetConnectionInterface = point_GetConnectionInterface,
    .GetConnectionPointContainer = point_GetConnectionPointContainer,
    .Advise = point_Advise,
    .Unadvise = point_Unadvise,
    .EnumConnections = point_EnumConnections,
};

/* ---- for the owner ---- */

void com_connection_point_init(struct com_connection_point *point, struct com_object *owner,
                               const struct com_event_source *source)
{
    point->IConnectionPointContainer_iface.lpVtbl = (IConnectionPointContainerVtbl *)&container_vtbl;
    point->IConnectionPoint_iface.lpVtbl = (IConnectionPointVtbl *)&point_vtbl;
    point->owner = owner;
    point->source = source;
    InitializeSRWLock(&point->lock);
}

void com_connection_point_clear(struct com_connection_point *point)
{
    /* Nobody else has the object any more, but who raises events may still look at it until `end`. */
    for (;;) {
        AcquireSRWLockExclusive(&point->lock);
        struct com_connection *connection = point->connections;
        if (connection)
            point->connections = connection->next;
        ReleaseSRWLockExclusive(&point->lock);
        if (!connection)
            break;
        connection_free(connection);
        point->source->end(point);
    }
    if (point->marshaler)
        IUnknown_Release(point->marshaler);
}

HRESULT com_connection_point_query(struct com_connection_point *point, REFIID iid, void **out)
{
    if (!IsEqualIID(iid, &IID_IConnectionPointContainer))
        return E_NOINTERFACE;
    *out = &point->IConnectionPointContainer_iface;
    com_AddRef((IDispatch *)point->owner);
    return S_OK;
}

void com_connection_point_fire(struct com_connection_point *point, DISPID id, const VARIANT *arguments, UINT count)
{
    AcquireSRWLockShared(&point->lock);
    for (struct com_connection *connection = point->connections; connection; connection = connection->next)
        com_sink_post(connection->sink, id, arguments, count);
    ReleaseSRWLockShared(&point->lock);
}
