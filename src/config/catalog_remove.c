/* Renaming, forgetting and deleting VMs. */
#include "config/catalog.h"
#include "config/catalog_generation.h"
#include "config/catalog_private.h"

#include <stdlib.h>
#include <string.h>

#include "util/path.h"
#include "util/text.h"

static bool check_registered(const struct catalog_entry *entry, struct vpc_error *err)
{
    bool there;

    if (!file_look(entry->vmcx, &there, err))
        return false;
    return there || vpc_fail(err, VPC_VM_UNKNOWN, "virtual machine '%s' is not registered any more", entry->name);
}

bool catalog_unregister(const struct catalog *catalog, const struct catalog_entry *entry, struct vpc_error *err)
{
    struct file_lock *lock;
    bool ok;

    if (!catalog_lock(catalog, &lock, err))
        return false;
    ok = check_registered(entry, err) && file_remove(entry->vmcx, err);
    catalog_generation_count(catalog);
    file_lock_remove(lock);
    return ok;
}

bool catalog_remove_beside(const char *path, const char *vmc, struct vpc_error *err)
{
    char *folder = path_folder(vmc);
    char *name = path_name(path);
    char *beside = folder && name ? path_join(folder, name) : NULL;
    bool ok = beside ? file_remove(beside, err) : catalog_no_memory(err);

    free(folder);
    free(name);
    free(beside);
    return ok;
}

/* Removes the file that a key of a deleted .vmc names, but only one of the kind and in the folder that the VM's own
 * would have: the .vmc may come from a stranger. */
static void remove_named(const struct settings *settings, const char *key, const char *vmc, const char *suffix)
{
    struct vpc_error ignored;
    char *path;

    if (!catalog_stored_path(settings, key, vmc, &path, &ignored))
        return;
    if (path && text_ends_nocase(path, suffix))
        catalog_remove_beside(path, vmc, &ignored);
    free(path);
}

/* Removes what goes with a .vmc that is gone. What cannot be removed harms nobody, and the VM is deleted already: no
 * error. */
static void remove_belongings(const struct catalog *catalog, const struct settings *settings, const char *vmc)
{
    struct vpc_error ignored;
    char *id = settings_text(settings, catalog_id_key, "");
    char *folder;

    remove_named(settings, "settings/configuration/saved_state/path", vmc, ".vsv");
    for (unsigned slot = 0; slot < 4; slot++) {
        char *key = text_format("hardware/pci_bus/ide_adapter/ide_controller[@id=%u]/location[@id=%u]/undo_pathname",
                                slot / 2, slot % 2);

        if (key)
            remove_named(settings, key, vmc, ".vud");
        free(key);
    }
    if (id && catalog_run_folder(catalog, id, false, &folder, &ignored)) {
        folder_remove(folder, &ignored);
        free(folder);
    }
    free(id);
}

/* Removes the registration, then the file; when the file cannot be removed, the registration comes back. */
static bool remove_both(const struct catalog_entry *entry, const char *vmc, struct vpc_error *err)
{
    struct vpc_error ignored;
    char *bytes;
    size_t size;
    int64_t time_ms;
    bool ok;

    if (!catalog_file_time(entry->vmcx, &time_ms, err) ||
        !file_read(entry->vmcx, SETTINGS_MAX_FILE, &bytes, &size, err))
        return false;
    ok = file_remove(entry->vmcx, err);
    if (ok && vmc && !file_remove(vmc, err)) {
        if (file_create(entry->vmcx, bytes, size, &ignored))
            file_set_modified(entry->vmcx, time_ms, &ignored);
        ok = false;
    }
    free(bytes);
    return ok;
}

/* What is left of a VM that is being deleted. */
struct deletion {
    char *vmc;
    struct file_lock *vmc_lock;
    struct settings *settings;
};

static bool delete_locked(struct deletion *deletion, const struct catalog_entry *entry, bool *found,
                          struct vpc_error *err)
{
    struct vpc_error ignored;
    bool ok;

    /* A registration that names nothing is removed as one whose file is missing. */
    ok = check_registered(entry, err) && (catalog_vmc_path(entry, &deletion->vmc, err) || err->cause == VPC_CORRUPT);
    ok = ok && (!deletion->vmc || file_look(deletion->vmc, found, err));
    ok = ok && (!*found || catalog_lock_vmc(&deletion->vmc_lock, deletion->vmc, err));
    if (ok && *found) /* a damaged one has no belongings that we know */
        settings_load(&deletion->settings, catalog_vmc_root, deletion->vmc, &ignored);
    return ok && remove_both(entry, *found ? deletion->vmc : NULL, err);
}

bool catalog_delete(const struct catalog *catalog, const struct catalog_entry *entry, bool *found,
                    struct vpc_error *err)
{
    struct deletion deletion = {0};
    struct file_lock *lock;
    bool ok;

    *found = false;
    if (!catalog_lock(catalog, &lock, err))
        return false;
    ok = delete_locked(&deletion, entry, found, err);
    catalog_generation_count(catalog);
    file_lock_remove(lock);
    /* Files that others have open are waited for, which is no matter of other VMs. */
    if (ok && deletion.settings)
        remove_belongings(catalog, deletion.settings, deletion.vmc);
    file_lock_remove(deletion.vmc_lock);
    settings_free(deletion.settings);
    free(deletion.vmc);
    return ok;
}

/* The names before and after. */
struct move {
    char *old_vmc, *new_vmc, *new_vmcx;
};

static bool move_fill(struct move *move, const struct catalog *catalog, const struct catalog_entry *entry,
                      const char *name, struct vpc_error *err)
{
    char *file = text_format("%s.vmc", name);
    char *folder = NULL;
    bool ok = file ? true : catalog_no_memory(err);

    if (ok && catalog_vmc_path(entry, &move->old_vmc, err)) {
        folder = path_folder(move->old_vmc);
        move->new_vmc = folder ? path_join(folder, file) : NULL;
        move->new_vmcx = catalog_vmcx_path(catalog, name);
        ok = move->new_vmc && move->new_vmcx ? path_check_host(move->new_vmc, err) : catalog_no_memory(err);
        if (!ok && err->cause == VPC_TOO_LONG)
            err->cause = VPC_NAME_TOO_LONG;
    } else {
        ok = false;
    }
    free(folder);
    free(file);
    return ok;
}

static void move_clear(struct move *move)
{
    free(move->old_vmc);
    free(move->new_vmc);
    free(move->new_vmcx);
}

/* Lets a .vmcx name another .vmc and keep its time, which is its place in the list. */
static bool point_to(const char *vmcx, const char *vmc, struct vpc_error *err)
{
    struct settings *settings = NULL;
    int64_t time_ms;
    bool ok = catalog_file_time(vmcx, &time_ms, err) && settings_load(&settings, catalog_vmcx_root, vmcx, err) &&
              settings_set_text(settings, "vmc_path", vmc, err) && settings_save(settings, vmcx, err) &&
              file_set_modified(vmcx, time_ms, err);

    settings_free(settings);
    return ok;
}

/* Three steps, each of which is taken back when a later one fails. */
static bool carry_out(const struct move *move, const struct catalog_entry *entry, struct vpc_error *err)
{
    struct vpc_error ignored;

    if (!file_rename(move->old_vmc, move->new_vmc, err))
        return false;
    if (point_to(entry->vmcx, move->new_vmc, err)) {
        if (file_rename(entry->vmcx, move->new_vmcx, err))
            return true;
    }
    point_to(entry->vmcx, move->old_vmc, &ignored);
    file_rename(move->new_vmc, move->old_vmc, &ignored);
    return false;
}

/* Fails with VPC_NAME_IN_USE when another VM than this one has the name. */
static bool check_name(const struct catalog *catalog, const struct catalog_entry *entry, const char *name,
                       struct vpc_error *err)
{
    struct catalog_entry other;
    bool ok;

    if (!catalog_find(catalog, name, &other, err))
        return err->cause == VPC_VM_UNKNOWN;
    ok = text_compare_nocase(other.name, entry->name) == 0 ||
         vpc_fail(err, VPC_NAME_IN_USE, "a virtual machine '%s' exists", other.name);
    catalog_entry_clear(&other);
    return ok;
}

static bool rename_locked(const struct catalog *catalog, struct catalog_entry *entry, const char *name,
                          struct vpc_error *err)
{
    struct file_lock *vmc_lock = NULL;
    struct catalog_entry renamed;
    struct move move = {0};
    bool ok = check_registered(entry, err) && check_name(catalog, entry, name, err) &&
              move_fill(&move, catalog, entry, name, err) && catalog_lock_vmc(&vmc_lock, move.old_vmc, err);

    if (ok) {
        ok = catalog_entry_fill(&renamed, name, text_copy(move.new_vmcx), err);
        if (ok && carry_out(&move, entry, err)) {
            catalog_entry_clear(entry);
            *entry = renamed;
        } else if (ok) {
            catalog_entry_clear(&renamed);
            ok = false;
        }
    }
    file_lock_remove(vmc_lock);
    move_clear(&move);
    return ok;
}

bool catalog_rename(const struct catalog *catalog, struct catalog_entry *entry, const char *name, struct vpc_error *err)
{
    struct file_lock *lock;
    bool ok;

    if (!path_check_vm_name(name, err) || !catalog_lock(catalog, &lock, err))
        return false;
    ok = rename_locked(catalog, entry, name, err);
    catalog_generation_count(catalog); /* of a failed one too: it may have done a part */
    file_lock_remove(lock);
    return ok;
}
