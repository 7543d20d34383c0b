/* IVMVirtualMachineCollection: the registered VMs in the order of their registration. */
#ifndef VPC_OBJECTS_VIRTUAL_MACHINE_LIST_H
#define VPC_OBJECTS_VIRTUAL_MACHINE_LIST_H

#include "VPCCOMInterfaces.h"
#include "objects/home.h"

/* Count and Item are live, an enumerator is a snapshot. Shares `home`. *collection (out): one reference, NULL on
 * failure. */
HRESULT virtual_machine_collection_create(struct home *home, IVMVirtualMachineCollection **collection);

#endif
