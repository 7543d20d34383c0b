/* What machine.c and machine_removal.c share. */
#ifndef VPC_OBJECTS_MACHINE_PRIVATE_H
#define VPC_OBJECTS_MACHINE_PRIVATE_H

#include <stdatomic.h>
#include <windows.h>
#include "objects/machine.h"
#include "objects/machine_map.h"

enum {
    MACHINE_CACHE_LINE = 64
};

struct machine {
    /* What every read of a figure looks at, and nobody writes: not in one cache line with what is written. */
    _Atomic(struct vm_page *) page; /* set once, on first use; closed with the record */
    atomic_bool gone;               /* deleted or unregistered through this process; stays so */
    atomic_bool deleting;           /* through this process */
    struct home *home;
    struct home_seen known; /* the registration was there */
    struct home_seen same;  /* and the .vmc had the id that this record is about */
    char apart[MACHINE_CACHE_LINE];

    atomic_long references;       /* the last one is given back, and one of zero is never taken, under machines_lock */
    struct machine_map_node node; /* guarded by machines_lock */
    SRWLOCK lock;                 /* guards what follows; `entry.vmcx` changes under machines_lock too */
    struct catalog_entry entry;   /* follows a rename */
    char *config_id;              /* set once, when the .vmc is first read */
    char *left_folder;            /* run folder of a VM deleted here; the page keeps it from going before the record */
};

/* A copy of the record's catalog entry, for use outside the lock. */
bool machine_entry(struct machine *machine, struct catalog_entry *entry, struct vpc_error *err);

/* Nobody finds the record any more. */
void machine_set_gone(struct machine *machine);

/* TurnedOff or Saved: what a VM is that no supervisor runs. */
bool machine_state_at_rest(struct machine *machine, enum vm_state *state, struct vpc_error *err);

/* The last reference is gone: closes the page, and removes what a deleted VM has left because of it. */
void machine_leave(struct machine *machine);

#endif
