/*
 * Connection points: how a client gives an object its event sinks. Write an object with events like this:
 *
 *     struct virtual_machine {
 *         struct com_object base;
 *         struct com_connection_point events;
 *     };
 *
 *     static const struct com_event_source source = {.begin = ..., .end = ...};
 *
 * The class names the dispinterface (`events`); its `query` ends in com_connection_point_query, its constructor calls
 * com_connection_point_init, its `destroy` com_connection_point_clear. An event is raised by com_connection_point_fire
 * from any thread, and delivered as event_sink.h says.
 *
 * The object has one connection point, an identity of its own that keeps the object alive.
 */
#ifndef VPC_COM_CONNECTION_POINT_H
#define VPC_COM_CONNECTION_POINT_H

#include "com/object.h"

struct com_connection_point;

/* Who needs to know that somebody listens. Called once for each connection, on the client's thread, without a lock. */
struct com_event_source {
    HRESULT (*begin)(struct com_connection_point *point);
    void (*end)(struct com_connection_point *point);
};

struct com_connection;

struct com_connection_point {
    IConnectionPointContainer IConnectionPointContainer_iface;
    IConnectionPoint IConnectionPoint_iface;
    struct com_object *owner;
    const struct com_event_source *source;
    IUnknown *marshaler;
    SRWLOCK lock; /* guards what follows */
    struct com_connection *connections;
    DWORD last_cookie;
};

void com_connection_point_init(struct com_connection_point *point, struct com_object *owner,
                               const struct com_event_source *source);

/* Ends all connections. */
void com_connection_point_clear(struct com_connection_point *point);

/* IConnectionPointContainer, as the last step of the owner's `query`. */
HRESULT com_connection_point_query(struct com_connection_point *point, REFIID iid, void **out);

/* Raises event `id`; `arguments` (copied) in the order of the IDL. Never waits for a client. */
void com_connection_point_fire(struct com_connection_point *point, DISPID id, const VARIANT *arguments, UINT count);

/* connection_enumerator.c: what EnumConnectionPoints and EnumConnections give. Both take the references of the items,
 * also on failure, and copy the array. */
HRESULT com_enum_connection_points_create(IConnectionPoint *point, IEnumConnectionPoints **out);
HRESULT com_enum_connections_create(const CONNECTDATA *items, ULONG count, IEnumConnections **out);

#endif
