/* The drives' counters in an answer to query-blockstats. */
#ifndef VPC_ENGINE_QEMU_BLOCK_STATS_H
#define VPC_ENGINE_QEMU_BLOCK_STATS_H

#include <jansson.h>
#include "accounting/accountant.h"
#include "util/error.h"

/* The slot of a drive of ours, by id or path of its device. False for any other device. */
bool block_stats_slot(const char *device, size_t *slot);

/* Fills *drives (out) by slot from the rows whose device is one of ours (qemu_command.h names them); the others are not
 * known. VPC_CORRUPT when the answer is not what QEMU documents. */
bool block_stats_read(const json_t *answer, struct drive_reading drives[ACCOUNTING_MAX_DRIVES], struct vpc_error *err);

#endif
