/* The objects of the automation API, as the class factories see them: one function a class that clients may create. */
#ifndef VPC_OBJECTS_OBJECTS_H
#define VPC_OBJECTS_OBJECTS_H

#include <windows.h>
#include "VPCCOMInterfaces.h"

/* Makes the root object, class VMVirtualPC. *application (out): one reference, NULL on failure. E_POINTER for a NULL
 * pointer, E_OUTOFMEMORY, or DISP_E_EXCEPTION when the folder of this user's data cannot be told. Any thread. */
HRESULT virtual_pc_create(IVMVirtualPC **application);

#endif
