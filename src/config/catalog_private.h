/* What catalog.c, catalog_change.c and catalog_lock.c share. */
#ifndef VPC_CONFIG_CATALOG_PRIVATE_H
#define VPC_CONFIG_CATALOG_PRIVATE_H

#include "config/catalog.h"
#include "util/file.h"

/* Takes the lock file of that name, waiting for its holder. VPC_TIMED_OUT when one holder has it for more than ten
 * seconds; a queue of many that each hold it shortly is waited for. Give every lock back with file_lock_remove. */
bool catalog_lock_wait(struct file_lock **lock, const char *path, struct vpc_error *err);

/* Takes the lock of a .vmc: a file beside it. */
bool catalog_lock_vmc(struct file_lock **lock, const char *vmc, struct vpc_error *err);

/* Takes the lock of the catalog, making its folder when it is missing. */
bool catalog_lock(const struct catalog *catalog, struct file_lock **lock, struct vpc_error *err);

/* Time of a file as folder_list shows it. VPC_VM_UNKNOWN when there is no such file. */
bool catalog_file_time(const char *path, int64_t *time_ms, struct vpc_error *err);

/* VPC_PATH_NOT_FOUND, VPC_FILE_NOT_FOUND: there is no such file. */
bool catalog_check_file(const char *path, struct vpc_error *err);

/* Fails with VPC_OUT_OF_MEMORY. */
bool catalog_no_memory(struct vpc_error *err);

/* Fills *entry (out) for the .vmcx of that path. Takes `vmcx`, copies `name`. */
bool catalog_entry_fill(struct catalog_entry *entry, const char *name, char *vmcx, struct vpc_error *err);

/* Path of the .vmcx of a name: new memory. */
char *catalog_vmcx_path(const struct catalog *catalog, const char *name);

/* Content of a new .vmcx for a .vmc with these settings. */
bool catalog_new_vmcx(struct settings **vmcx, const char *vmc, const struct settings *settings, struct vpc_error *err);

/* Content of a new .vmc: a machine with the documented defaults and an id of its own. */
bool catalog_new_vmc(struct settings **settings, struct vpc_error *err);

/* A new "{GUID}" in upper case, as the settings hold it. */
bool catalog_new_id(char id[39], struct vpc_error *err);

/* True for a GUID with braces or without; then *plain (out) is the one without, in lower case. */
bool catalog_plain_id(const char *id, char plain[37]);

/* The settings key of the ConfigID, and the roots of the files. */
extern const char catalog_id_key[];
extern const char catalog_vmc_root[];
extern const char catalog_vmcx_root[];

/* The file that <key>/absolute or, when that one is missing or empty, <key>/relative names, seen from the folder of the
 * .vmc. *path (out) is new memory, NULL when both are empty. */
bool catalog_stored_path(const struct settings *settings, const char *key, const char *vmc, char **path,
                         struct vpc_error *err);

/* Removes the file of that name in the folder of the .vmc, whatever folder the path has: a VM's own saved state and
 * undo disks lie there, and a .vmc of a stranger may name those of others. One that is not there is success. */
bool catalog_remove_beside(const char *path, const char *vmc, struct vpc_error *err);

#endif
