/* IVMUsage and IVMUsageCollection: rows of the usage ledger. */
#ifndef VPC_OBJECTS_USAGE_H
#define VPC_OBJECTS_USAGE_H

#include "VPCCOMInterfaces.h"
#include "com/error.h"
#include "ledger/ledger.h"
#include "objects/home.h"

/* Opens the ledger of the home for a call that has to have its answer by `deadline_ms` (supervisor_deadline); NULL in
 * *ledger (out), and true, when there is none. */
bool usage_ledger_open(struct home *home, uint64_t deadline_ms, struct ledger **ledger, struct vpc_error *err);

/* The rows that `query` yields now, as far as they can be had by `deadline_ms`: all of them, or a failure. *rows (out):
 * one reference, NULL on failure. Errors are reported as those of `class`, the member's. */
HRESULT usage_collection_create(const struct com_class *class, struct home *home, uint64_t deadline_ms,
                                const struct ledger_query *query, IVMUsageCollection **rows);

#endif
