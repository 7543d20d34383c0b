/* IVMAccountingSnapshot: all figures of a VM at one instant. */
#ifndef VPC_OBJECTS_ACCOUNTING_SNAPSHOT_H
#define VPC_OBJECTS_ACCOUNTING_SNAPSHOT_H

#include "VPCCOMInterfaces.h"
#include "objects/figures.h"

/* All figures of the VM now, or its state alone when it has none. *snapshot (out): one reference, NULL on failure. Errors
 * are reported as those of `class`, the member's: DISP_E_EXCEPTION when the VM is active and its counters cannot be
 * read, DISP_E_OVERFLOW when the epoch is no long, E_OUTOFMEMORY. Any thread. */
HRESULT accounting_snapshot_create(const struct com_class *class, struct machine *machine,
                                   IVMAccountingSnapshot **snapshot);

#endif
