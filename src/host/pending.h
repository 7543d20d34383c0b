/*
 * Epochs that have ended and are not in the usage ledger yet. They lie in a mapped file of the VM's run folder, so that
 * keeping one costs a reset no call of the system, and a supervisor that is killed before the database took it leaves
 * it to the next one. Nothing is promised over a loss of power: then the ledger alone counts.
 *
 * Two supervisors of a VM may have it open, while the first of them is ending: what both write is the same.
 */
#ifndef VPC_HOST_PENDING_H
#define VPC_HOST_PENDING_H

#include <stdbool.h>
#include "ledger/ledger.h"

enum {
    PENDING_PLACES = 32 /* more resets than can wait for one write of the ledger, which is given up after 12 s */
};

struct pending;

/* Opens the file, or makes it when it is missing or no such file. */
bool pending_open(struct pending **pending, const char *run_folder, struct vpc_error *err);
void pending_close(struct pending *pending); /* NULL is allowed */

/* Keeps an epoch (its texts excepted); the place, from 1 up, or 0 when there is none left. */
int pending_keep(struct pending *pending, const struct ledger_epoch *epoch);
/* What lies at a place, with NULL for its texts. False when there is nothing, or nothing whole. */
bool pending_look(const struct pending *pending, int place, struct ledger_epoch *epoch);
/* Empties a place, if it still has that epoch. */
void pending_drop(struct pending *pending, int place, const struct ledger_epoch_id *id);

#endif
