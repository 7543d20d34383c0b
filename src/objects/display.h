/* IVMDisplay: the screen of a VM. */
#ifndef VPC_OBJECTS_DISPLAY_H
#define VPC_OBJECTS_DISPLAY_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"

/* Shares `machine`. *display (out): one reference, NULL on failure. */
HRESULT display_create(struct machine *machine, IVMDisplay **display);

#endif
