/* IVMKeyboard: the keyboard of a VM. */
#ifndef VPC_OBJECTS_KEYBOARD_H
#define VPC_OBJECTS_KEYBOARD_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"

/* Shares `machine`. *keyboard (out): one reference, NULL on failure. */
HRESULT keyboard_create(struct machine *machine, IVMKeyboard **keyboard);

#endif
