/*
 * IVMTask: follows one operation of a VM's supervisor in the VM page. Keeps the record of its VM, so it outlives the
 * VM's object.
 */
#ifndef VPC_OBJECTS_TASK_H
#define VPC_OBJECTS_TASK_H

#include "VPCCOMInterfaces.h"
#include "objects/machine.h"
#include "session/control.h"

/* The task with this id, begun just now by a call on the VM. Shares `machine`. *task (out): one reference, NULL on
 * failure. */
HRESULT task_create(struct machine *machine, uint32_t id, enum vm_task_kind kind, IVMTask **task);

/* The startup task with this id. `launch` (taken, also on failure) may be NULL; else its supervisor has not yet said
 * how it stands. */
HRESULT task_create_launched(struct machine *machine, uint32_t id, enum vm_task_kind kind,
                             struct control_launch *launch, IVMTask **task);

/* IVMTaskCollection of the unfinished tasks of all VMs registered in `home` (shared). Count and Item are live. */
HRESULT task_collection_create(struct home *home, IVMTaskCollection **collection);

#endif
