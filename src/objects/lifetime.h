/* IVMAccountant2.Lifetime: an accountant that never resets. */
#ifndef VPC_OBJECTS_LIFETIME_H
#define VPC_OBJECTS_LIFETIME_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"

/* Shares `machine`. *accountant (out): one reference, NULL on failure. */
HRESULT lifetime_create(struct machine *machine, IVMAccountant **accountant);

#endif
