/* IVMGuestOS: the system inside a VM, seen through its integration components. */
#ifndef VPC_OBJECTS_GUEST_OS_H
#define VPC_OBJECTS_GUEST_OS_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"

/* Shares `machine`. *guest_os (out): one reference, NULL on failure. */
HRESULT guest_os_create(struct machine *machine, IVMGuestOS **guest_os);

#endif
