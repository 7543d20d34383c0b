/*
 * Where a VM's saved state is, as its .vmc says. A VM that is off is Saved when the file named there exists, else
 * TurnedOff; so a Save is done in the moment in which its file gets its name, and a name without a file harms nobody.
 */
#ifndef VPC_CONFIG_SAVED_STATE_PLACE_H
#define VPC_CONFIG_SAVED_STATE_PLACE_H

#include <stdbool.h>
#include "config/settings.h"
#include "util/error.h"

/* The file that Save writes, beside the .vmc: its name with ".vsv". New memory, NULL when out of memory. */
char *saved_state_place_new(const char *vmc);

/* Where another VM's has that name: its name, and the ConfigID of this one. */
char *saved_state_place_other(const char *vmc, const char *config_id);

/* The saved state of the .vmc with these settings: *path (out) is new memory, NULL when there is none. Only a file
 * ".vsv" counts, because the .vmc may come from a stranger and the file will be used up. */
bool saved_state_place_find(const struct settings *settings, const char *vmc, char **path, struct vpc_error *err);

/* Removes the saved state that saved_state_place_find has found, if it lies beside the .vmc, where Save puts it and
 * where it goes with its VM. One elsewhere stays: it may be another VM's. */
bool saved_state_place_remove(const char *path, const char *vmc, struct vpc_error *err);

/* Writes the path into the .vmc; NULL empties it. */
bool saved_state_place_set(const char *vmc, const char *path, struct vpc_error *err);

/* *doomed (out): whether power off will delete the undo disks that a saved state would need: Undoable, and UndoAction
 * is Discard. */
bool saved_state_place_is_doomed(const struct settings *settings, bool *doomed, struct vpc_error *err);

#endif
