#include "objects/machine_part.h"

HRESULT machine_part_create(const struct com_class *class, const void *vtbl, struct machine *machine, void **part)
{
    struct machine_part *made = com_object_new(sizeof *made, class, vtbl);
    *part = made;
    if (!made)
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    made->machine = machine_share(machine);
    return S_OK;
}

void machine_part_destroy(struct com_object *object)
{
    machine_release(((struct machine_part *)object)->machine);
    com_object_free(object);
}
