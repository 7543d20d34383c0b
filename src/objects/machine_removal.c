/* How a VM leaves: unregistered, or deleted with what it has left behind. */
#include "objects/machine_private.h"

#include <stdlib.h>
#include <string.h>
#include "objects/out.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"

enum {
    CLOSING_MS = 300 /* for which the last reference waits for others to close files of a deleted VM */
};

bool machine_unregister(struct machine *machine, struct vpc_error *err)
{
    struct catalog_entry entry;
    if (!machine_entry(machine, &entry, err))
        return false;
    bool done = catalog_unregister(&machine->home->catalog, &entry, err);
    if (done)
        machine_set_gone(machine);
    catalog_entry_clear(&entry);
    return done;
}

/* A supervisor that has given up its lock still closes its log: where that keeps the folder from being removed, it goes
 * a moment later. */
static void machine_remove_folder(const char *folder, uint64_t deadline_ms)
{
    struct vpc_error ignored;
    while (folder && folder_exists(folder) && clock_monotonic_ms() < deadline_ms)
        if (!folder_remove(folder, &ignored) || folder_exists(folder))
            Sleep(5);
}

/* A VM that could not be deleted is again what it was. */
static void machine_tell_rest(struct machine *machine, uint64_t deadline_ms)
{
    struct file_lock *lock;
    struct vpc_error ignored;
    enum vm_state state;
    if (!machine_state_at_rest(machine, &state, &ignored) || !machine_lock(machine, deadline_ms, &lock, &ignored))
        return;
    machine_tell_state(machine, state, &ignored);
    file_lock_release(lock);
}

bool machine_delete(struct machine *machine, uint64_t deadline_ms, bool *found, struct vpc_error *err)
{
    struct catalog_entry entry;
    struct vpc_error ignored;
    char *folder;
    *found = false;
    if (!machine_entry(machine, &entry, err))
        return false;
    /* The folder of a damaged VM is not known. */
    if (!machine_run_folder(machine, &folder, &ignored))
        folder = NULL;
    /* No supervisor may start in the folder that is about to go. Where nobody can be told, or the folder is not known,
     * the VM is deleted all the same. */
    struct file_lock *lock = NULL;
    enum vm_state state;
    if (!machine_lock(machine, deadline_ms, &lock, err) && err->cause == VPC_VM_RUNNING &&
        machine_state_by(machine, deadline_ms, &state, &ignored) && !vm_state_is_off(state)) {
        free(folder);
        catalog_entry_clear(&entry);
        return false;
    }
    atomic_store(&machine->deleting, true);
    const bool told = lock && machine_tell_state(machine, VM_DELETING, &ignored);
    file_lock_release(lock);
    bool done = catalog_delete(&machine->home->catalog, &entry, found, err);
    if (done) {
        machine_set_gone(machine);
        /* A file that is mapped cannot be removed, and readers may be in the page. */
        if (atomic_load(&machine->page)) {
            machine->left_folder = folder;
            folder = NULL;
        }
        machine_remove_folder(folder, deadline_ms);
    }
    atomic_store(&machine->deleting, false);
    if (!done && told)
        machine_tell_rest(machine, deadline_ms);
    free(folder);
    catalog_entry_clear(&entry);
    return done;
}

/* True when the last that happened to the VM is that somebody deletes it. */
static bool page_ends_with_deletion(const struct vm_page *page)
{
    struct vm_page_body *body = malloc(sizeof *body);
    bool ends = false;
    if (body) {
        vm_page_read(page, body);
        const struct vm_page_event *last = &body->events[(body->event_count - 1) % VM_PAGE_EVENTS];
        ends = body->event_count && last->kind == VM_EVENT_STATE && last->value == VM_DELETING;
    }
    free(body);
    return ends;
}

/* Removes the page that another process could not when it deleted the VM, since this one had it mapped. Nothing else:
 * the VM may have been registered again. */
static void machine_clear_up(const char *folder)
{
    struct folder_entry *entries;
    struct vpc_error ignored;
    size_t count;
    if (!folder_list(folder, FILE_TEMPORARY_SUFFIX, &entries, &count, &ignored))
        return;
    for (size_t i = 0; i < count; i++) {
        bool is_page = strncmp(entries[i].name, VM_PAGE_FILE, strlen(VM_PAGE_FILE)) == 0;
        char *path = is_page ? path_join(folder, entries[i].name) : NULL;
        if (path)
            file_remove(path, &ignored);
        free(path);
    }
    folder_list_free(entries, count);
    folder_remove_empty(folder);
}

void machine_leave(struct machine *machine)
{
    struct vm_page *page = atomic_load(&machine->page);
    struct vpc_error ignored;
    char *folder = NULL;
    if (page && !machine->left_folder && machine->config_id && page_ends_with_deletion(page))
        catalog_run_folder(&machine->home->catalog, machine->config_id, false, &folder, &ignored);
    vm_page_close(page);
    machine_remove_folder(machine->left_folder, clock_monotonic_ms() + CLOSING_MS);
    if (folder)
        machine_clear_up(folder);
    free(folder);
    free(machine->left_folder);
}
