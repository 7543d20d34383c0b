/*
 * A client's event sink: an IDispatch of whatever apartment, called from there, in order, without anybody waiting for
 * it.
 *
 * Calls are queued and made by threads of the system's pool. Sinks of one single-threaded apartment share a queue, so
 * what is posted to them arrives in the order of the posts; every other sink has its own, so that one that hangs stops
 * itself only. A sink whose apartment or process is gone is left alone from then on.
 */
#ifndef VPC_COM_EVENT_SINK_H
#define VPC_COM_EVENT_SINK_H

#include <windows.h>
#include <oaidl.h>
#include <stdbool.h>

struct com_sink;

enum {
    COM_SINK_ARGUMENTS = 2, /* the most that an event has */
    COM_SINK_WAITING =
        65536 /* calls that may wait for one apartment or sink; one that is further behind hears no more */
};

/* On the thread that gave the sink: takes a reference to it in its own apartment. `events` is the dispinterface, asked
 * for first; a sink that only knows IDispatch will do. CONNECT_E_CANNOTCONNECT when it is neither, E_OUTOFMEMORY.
 * *sink (out): one reference. */
HRESULT com_sink_create(IUnknown *client, REFIID events, struct com_sink **sink);

struct com_sink *com_sink_share(struct com_sink *sink);
void com_sink_release(struct com_sink *sink); /* NULL is allowed */

/* No call begins any more; the reference to the client's object is given back. Does not wait for a call that is under
 * way, so a sink may be ended from inside of one. Any thread. */
void com_sink_end(struct com_sink *sink);

/* Lets the sink be called with method `id`; `arguments` (copied) are in the order of the IDL. Never waits. An event for
 * which there is no memory ends the sink: it hears all or nothing more. */
void com_sink_post(struct com_sink *sink, DISPID id, const VARIANT *arguments, UINT count);

/* The client's object for the calling thread's apartment in *client (out), one reference. */
HRESULT com_sink_get(struct com_sink *sink, IUnknown **client);

#endif
