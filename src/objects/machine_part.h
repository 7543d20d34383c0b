/*
 * The shape of every object that is a view of one VM and has no state of its own: accountant, guest, display, keyboard,
 * mouse, the VM itself.
 */
#ifndef VPC_OBJECTS_MACHINE_PART_H
#define VPC_OBJECTS_MACHINE_PART_H

#include "com/error.h"
#include "objects/machine.h"

struct machine_part {
    struct com_object base;
    struct machine *machine; /* shared */
};

/* Makes such an object; shares `machine`. *part (out): the object's interface, one reference, NULL on failure. */
HRESULT machine_part_create(const struct com_class *class, const void *vtbl, struct machine *machine, void **part);

/* `destroy` of their classes. */
void machine_part_destroy(struct com_object *object);

#endif
