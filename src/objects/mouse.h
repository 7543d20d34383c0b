/* IVMMouse: the mouse of a VM. */
#ifndef VPC_OBJECTS_MOUSE_H
#define VPC_OBJECTS_MOUSE_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"

/* Shares `machine`. *mouse (out): one reference, NULL on failure. */
HRESULT mouse_create(struct machine *machine, IVMMouse **mouse);

#endif
