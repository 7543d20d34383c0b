/* IVMHostInfo: facts about the physical computer. */
#ifndef VPC_OBJECTS_HOST_INFO_H
#define VPC_OBJECTS_HOST_INFO_H

#include "VPCCOMInterfaces.h"

/* *info (out): one reference, NULL on failure. */
HRESULT host_info_create(IVMHostInfo **info);

#endif
