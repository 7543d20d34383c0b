/*
 * The catalog: which VMs are registered, and where their files are.
 *
 *   <home>\Options.xml                     preferences of the user
 *   <home>\Virtual Machines\<name>.vmcx    one a registered VM; its value vmc_path names the .vmc
 *   <home>\Run\<config id>\                run-time files of a VM: page, supervisor.log, qemu.log, captures; the id without braces, lower case
 *
 * The name of a VM is the name of its .vmcx, so finding one VM opens one file. All functions may be called from any thread and process at once; two that
 * change the catalog are serialised by a lock file.
 */
#ifndef VPC_CONFIG_CATALOG_H
#define VPC_CONFIG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include "config/settings.h"
#include "util/error.h"

struct catalog {
    char *home;            /* root folder, from path_home() */
    char *options;         /* path of Options.xml */
    char *machines;        /* default folder of configurations and .vmcx files */
};

/* The catalog of this user (VPC_HOME honoured). Reads nothing yet. */
bool catalog_open(struct catalog *catalog, struct vpc_error *err);
void catalog_close(struct catalog *catalog);

/* One registered VM. */
struct catalog_entry {
    char *name;  /* as the .vmcx is spelled */
    char *vmcx;  /* path */
};
void catalog_entry_clear(struct catalog_entry *entry);

/* All registered VMs in the order of their registration. Opens no .vmcx. */
bool catalog_list(const struct catalog *catalog, struct catalog_entry **entries, size_t *count, struct vpc_error *err);
void catalog_list_free(struct catalog_entry *entries, size_t count);

/* The VM of that name, case ignored. VPC_VM_UNKNOWN when there is none. Lists no folder. */
bool catalog_find(const struct catalog *catalog, const char *name, struct catalog_entry *entry, struct vpc_error *err);

/* Path of the .vmc that a .vmcx names. VPC_VM_UNKNOWN when the .vmcx is gone. */
bool catalog_vmc_path(const struct catalog_entry *entry, char **vmc, struct vpc_error *err);

/* Makes a .vmc with the documented defaults and registers it. Name and path follow the documented rules: with a name, `path` is the folder (made if missing) and the
 * file is <name>.vmc in it; without one (NULL or empty), `path` is the full path of the new .vmc and names the VM. */
bool catalog_create(const struct catalog *catalog, const char *name, const char *path, struct catalog_entry *entry, struct vpc_error *err);

/* Registers an existing .vmc; nothing is created. VPC_ALREADY_EXISTS: this file is registered already. VPC_NAME_IN_USE: another VM has the name. A .vmc without a ConfigID,
 * or with that of another registered VM (a copy), gets a new one. */
bool catalog_register(const struct catalog *catalog, const char *name, const char *path, struct catalog_entry *entry, struct vpc_error *err);

/* Forgets the VM; its files stay. */
bool catalog_unregister(const struct catalog *catalog, const struct catalog_entry *entry, struct vpc_error *err);

/* Forgets the VM and removes its .vmc, its run folder, and beside the .vmc its saved state and undo disks. *found
 * (out) is false when the .vmc was not there. */
bool catalog_delete(const struct catalog *catalog, const struct catalog_entry *entry, bool *found, struct vpc_error *err);

/* Renames the VM: .vmcx and .vmc both get the new name. *entry (in, out) follows. */
bool catalog_rename(const struct catalog *catalog, struct catalog_entry *entry, const char *name, struct vpc_error *err);

/* Folder of a VM's run-time files, made if missing when `make` is set. `config_id` with or without braces. New memory. */
bool catalog_run_folder(const struct catalog *catalog, const char *config_id, bool make, char **folder, struct vpc_error *err);

/* The preferences. A missing Options.xml is an empty document. catalog_set_options reads, changes and writes under the catalog's lock. */
bool catalog_options(const struct catalog *catalog, struct settings **options, struct vpc_error *err);
typedef bool (*catalog_change)(struct settings *options, void *context, struct vpc_error *err);
bool catalog_change_options(const struct catalog *catalog, catalog_change change, void *context, struct vpc_error *err);

/* Reads, changes and writes a .vmc under a lock of its own, so that two clients never lose each other's change. Nothing is written when `change` fails. */
bool catalog_change_vmc(const char *vmc, catalog_change change, void *context, struct vpc_error *err);

#endif
