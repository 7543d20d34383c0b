/*
 * Events of a VM object or of the application object: who listens, and the thread that listens for them.
 *
 * While any object of this process has a sink, one thread watches the pages of the VMs that are asked for. An event
 * stands in the page with its number (vm_page.h), so none is missed or seen twice, whether its supervisor is new, lost
 * or gone, and a VM that another process starts later is no special case. Each event goes to the sinks of the VM's
 * objects first, then to those of the application.
 *
 * It looks at the .vmc of VMs whose objects have sinks too, for OnConfigurationChanged: changes by other processes are
 * seen there, those by this one are told at once.
 *
 * The thread is started with the first connection and leaves after the last one has ended; it holds a reference to the
 * module and none to any object. It waits for no supervisor: one that is silent is asked for in another thread.
 */
#ifndef VPC_OBJECTS_VM_EVENTS_H
#define VPC_OBJECTS_VM_EVENTS_H

#include "com/connection_point.h"
#include "objects/machine.h"

/* Embedded in an object; all private. */
struct vm_events {
    struct com_connection_point point;
    struct machine *machine; /* borrowed of the object; NULL: all VMs of the home */
    struct home *home;       /* borrowed of the object */
    struct vm_events *next;
    size_t connections;
    uint64_t scanned_ms; /* when VMs were last searched for: the session of one that was not there then is new */
};

/* Both are borrowed until vm_events_clear. `machine` NULL: the application's events. `owner` is the object, whose class
 * has a `query` that calls vm_events_query. */
void vm_events_init(struct vm_events *events, struct com_object *owner, struct home *home, struct machine *machine);

/* In the object's `destroy`, before it gives anything back. */
void vm_events_clear(struct vm_events *events);

HRESULT vm_events_query(struct vm_events *events, REFIID iid, void **out);

/* Raises what stands in the VM's page now, rather than with the next look. */
void vm_events_look(struct machine *machine);

/* Around a change of the VM's .vmc by this process, so that OnConfigurationChanged is raised for each such change and
 * once. `begins`, under the lock of the .vmc: NULL when nobody in this process listens to that VM; otherwise no event
 * is raised anywhere until `ends`, which takes NULL too, so nothing may be waited for in between. `key`: what a client
 * has set to `value` (NULL: removed), told even when it was so already; NULL: only what differs is told. */
struct vm_events_change *vm_events_change_begins(struct machine *machine);
void vm_events_change_ends(struct vm_events_change *change, const char *key, const struct setting *value);

#endif
