/* IVMAccountant and IVMAccountant2: what a VM has used since it was powered on, reset or restored. */
#ifndef VPC_OBJECTS_ACCOUNTANT_H
#define VPC_OBJECTS_ACCOUNTANT_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"

/* Shares `machine`. *accountant (out): one reference, NULL on failure. */
HRESULT accountant_create(struct machine *machine, IVMAccountant **accountant);

#endif
