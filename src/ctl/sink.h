/* A connection to the events of an object: an IDispatch that hands each event to a function. */
#ifndef VPC_CTL_SINK_H
#define VPC_CTL_SINK_H

#include <windows.h>
#include <ocidl.h>

/* An event: its DISPID and arguments, which lie last one first. Called in the apartment that made the connection. */
typedef void sink_event(void *context, DISPID id, const DISPPARAMS *arguments);

struct sink;

struct connection {
    IConnectionPoint *point; /* NULL: not connected */
    DWORD cookie;
    struct sink *sink;
};

/* Connects to the source's events of the dispinterface `events`. In a single-threaded apartment, and ended there.
 * `context` is borrowed until connection_end; what is under way then is dropped. */
HRESULT connection_make(struct connection *connection, IUnknown *source, REFIID events, sink_event *event,
                        void *context);
void connection_end(struct connection *connection);

#endif
