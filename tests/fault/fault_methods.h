/*
 * Methods that change something, for test_fault_calls: how each is called, and how things are made as they were,
 * whether it failed or not, so that the next call meets the same.
 */
#ifndef VPC_TESTS_FAULT_FAULT_METHODS_H
#define VPC_TESTS_FAULT_FAULT_METHODS_H

#include "objects_check.h"

struct stage {
    struct fixture *fixture;
    IVMVirtualMachine *vm; /* with an adapter; "Walk" */
    BSTR name, other, folder, other_vmc, key, value, network;
    void *made; /* what the method gave, or what it is called of */
    struct stage_usage *usage;
    struct stage_events *events;
};

struct method {
    const char *name;
    void (*prepare)(struct stage *stage); /* NULL: nothing to prepare */
    HRESULT (*call)(struct stage *stage);
    /* False when what the method should have done is not there although it said so, or the other way round. */
    bool (*undo)(struct stage *stage, HRESULT hr);
    bool by_site; /* too slow for each call: each place in the code */
    bool starts;  /* each time a supervisor: what has failed before is enough for the short form */
};

struct methods {
    const struct method *table;
    size_t count;
};

extern const struct methods methods_off, /* of a VM that is off, and of the application */
    methods_power,                       /* the same, which start it */
    methods_on,                          /* of a VM that runs */
    methods_usage,                       /* of one that is off: its usage */
    methods_usage_on,                    /* and of one that runs */
    methods_events;                      /* of one that runs: connections for events */

/* What the rows of usage and of events need; close before the VM goes. */
void usage_open(struct stage *stage);
void usage_close(struct stage *stage);
void events_open(struct stage *stage);
void events_close(struct stage *stage);

/* Gives back what the method gave. undo_made is all that there is to undo. */
void release_made(struct stage *stage);
bool undo_made(struct stage *stage, HRESULT hr);

VMVMState stage_state(struct stage *stage);

#endif
