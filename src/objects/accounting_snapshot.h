/* IVMAccountingSnapshot: all figures of a VM at one instant. */
#ifndef VPC_OBJECTS_ACCOUNTING_SNAPSHOT_H
#define VPC_OBJECTS_ACCOUNTING_SNAPSHOT_H

#include "VPCCOMInterfaces.h"
#include "objects/figures.h"

/* Copies the figures of `instant`, which must be known; NULL stands for a VM without figures in the state `state`.
 * *snapshot (out): one reference, NULL on failure. Errors are reported as those of `class`, the member's. */
HRESULT accounting_snapshot_create(const struct com_class *class, const struct vm_page_instant *instant,
                                   enum vm_state state, IVMAccountingSnapshot **snapshot);

#endif
