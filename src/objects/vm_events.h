/*
 * Events of a VM object or of the application object: who listens, and the thread that listens for them.
 *
 * While any object of this process has a sink, one thread watches the pages of the VMs that are asked for. An event
 * stands in the page with its number (vm_page.h), so none is missed or seen twice, whether its supervisor is new, lost
 * or gone, and a VM that another process starts later is no special case. Each event goes to the sinks of the VM's
 * objects first, then to those of the application.
 *
 * The thread is started with the first connection and leaves after the last one has ended; it holds a reference to the
 * module and none to any object.
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

/* Raises OnConfigurationChanged on all objects of this VM in this process. `value` NULL: the key was removed. */
void vm_events_configuration_changed(struct machine *machine, const char *key, const struct setting *value);

#endif
