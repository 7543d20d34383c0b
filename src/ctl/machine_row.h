/* Rows (rows.h) about virtual machines, filled from the API. */
#ifndef VPC_CTL_MACHINE_ROW_H
#define VPC_CTL_MACHINE_ROW_H

#include <jansson.h>
#include "vpc.h"

/* New references. A row always has all its members; where a call fails it has null for the figures it could not get,
 * "error" for the state and the failure as "error", which is reported as well. `*failed` (out) says so. */
json_t *machine_row_list(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, bool *failed);
json_t *machine_row_stats(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, bool *failed);

/* Adds a row for each network adapter of the VM to the array; a row without an adapter when they cannot be had. */
void machine_rows_adapters(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, json_t *rows, bool *failed);

#endif
