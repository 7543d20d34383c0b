#include "objects/machine_private.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/vm_events.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

/* All records of this process. */
static SRWLOCK machines_lock = SRWLOCK_INIT;

static void machine_forget(struct machine *machine)
{
    AcquireSRWLockExclusive(&machines_lock);
    machine_map_remove(&machine->node);
    ReleaseSRWLockExclusive(&machines_lock);
}

void machine_set_gone(struct machine *machine)
{
    atomic_store(&machine->gone, true);
    machine_forget(machine);
}

/* The living record of a .vmcx, referenced, NULL if there is none. */
static struct machine *machine_lookup(const char *vmcx)
{
    struct machine_map_node *node = machine_map_find(vmcx);
    if (!node)
        return NULL;
    struct machine *found = (struct machine *)((char *)node - offsetof(struct machine, node));
    /* One that is gone is about to leave the map. */
    if (atomic_load(&found->gone)) {
        machine_map_remove(node);
        return NULL;
    }
    atomic_fetch_add_explicit(&found->references, 1, memory_order_relaxed);
    return found;
}

/* False when the record's name now belongs to another VM: deleted and made anew by another process. A .vmc that cannot
 * be read proves nothing. */
static bool machine_is_same(struct machine *machine)
{
    struct vpc_error err;
    struct settings *settings;
    if (home_still(machine->home, &machine->same) && !atomic_load(&machine->gone))
        return true;
    if (machine_settings(machine, &settings, &err)) {
        settings_free(settings);
        return true;
    }
    return !atomic_load(&machine->gone);
}

bool machine_open(struct machine **machine, struct home *home, struct catalog_entry *entry, struct vpc_error *err)
{
    return machine_open_seen(machine, home, entry, &(struct home_look){0}, err);
}

bool machine_open_seen(struct machine **machine, struct home *home, struct catalog_entry *entry,
                       const struct home_look *look, struct vpc_error *err)
{
    *machine = NULL;
    for (;;) {
        AcquireSRWLockExclusive(&machines_lock);
        struct machine *found = machine_lookup(entry->vmcx);
        if (!found) {
            struct machine *made = calloc(1, sizeof *made);
            if (made) {
                atomic_init(&made->references, 1);
                made->home = home_share(home);
                InitializeSRWLock(&made->lock);
                made->entry = *entry;
                home_note(&made->known, look);
                machine_map_add(&made->node, made->entry.vmcx);
            }
            ReleaseSRWLockExclusive(&machines_lock);
            if (!made)
                catalog_entry_clear(entry);
            *entry = (struct catalog_entry){0};
            *machine = made;
            return made ? true : fail_out_of_memory(err);
        }
        ReleaseSRWLockExclusive(&machines_lock);
        if (machine_is_same(found)) {
            catalog_entry_clear(entry);
            *entry = (struct catalog_entry){0};
            *machine = found;
            return true;
        }
        machine_release(found);
    }
}

bool machine_find(struct machine **machine, struct home *home, const char *name, struct vpc_error *err)
{
    struct catalog_entry entry;
    const struct home_look look = home_look(home);
    *machine = NULL;
    return catalog_find(&home->catalog, name, &entry, err) && machine_open_seen(machine, home, &entry, &look, err);
}

struct machine *machine_share(struct machine *machine)
{
    atomic_fetch_add_explicit(&machine->references, 1, memory_order_relaxed);
    return machine;
}

void machine_release(struct machine *machine)
{
    if (!machine)
        return;
    /* Only the last reference is given back under the lock, as somebody may find the record meanwhile. */
    long present = atomic_load_explicit(&machine->references, memory_order_relaxed);
    while (present > 1)
        if (atomic_compare_exchange_weak_explicit(&machine->references, &present, present - 1, memory_order_release,
                                                  memory_order_relaxed))
            return;
    AcquireSRWLockExclusive(&machines_lock);
    long before = atomic_fetch_sub_explicit(&machine->references, 1, memory_order_acq_rel);
    if (before == 1)
        machine_map_remove(&machine->node);
    ReleaseSRWLockExclusive(&machines_lock);
    if (before > 1)
        return;
    machine_leave(machine);
    catalog_entry_clear(&machine->entry);
    free(machine->config_id);
    home_release(machine->home);
    free(machine);
}

struct home *machine_home(struct machine *machine)
{
    return machine->home;
}

static bool fail_unknown(const char *name, struct vpc_error *err)
{
    return vpc_fail(err, VPC_VM_UNKNOWN, "VM '%s' is not registered any more", name);
}

bool machine_entry(struct machine *machine, struct catalog_entry *entry, struct vpc_error *err)
{
    bool gone = atomic_load(&machine->gone);
    AcquireSRWLockShared(&machine->lock);
    entry->name = text_copy(machine->entry.name);
    entry->vmcx = text_copy(machine->entry.vmcx);
    ReleaseSRWLockShared(&machine->lock);
    if (entry->name && entry->vmcx && !gone)
        return true;
    if (entry->name && entry->vmcx)
        fail_unknown(entry->name, err);
    else
        fail_out_of_memory(err);
    catalog_entry_clear(entry);
    return false;
}

/* Whether the .vmcx was there a moment ago and nobody has said since that it is not. */
static bool machine_still_known(struct machine *machine)
{
    return !atomic_load(&machine->gone) && home_still(machine->home, &machine->known);
}

/* Looks whether the .vmcx of the record's entry (borrowed) is there. */
static bool machine_look(struct machine *machine, const struct catalog_entry *entry, struct vpc_error *err)
{
    const struct home_look look = home_look(machine->home);
    bool there;
    if (!file_look(entry->vmcx, &there, err))
        return false;
    if (!there)
        return fail_unknown(entry->name, err);
    home_note(&machine->known, &look);
    return true;
}

bool machine_known(struct machine *machine, struct vpc_error *err)
{
    struct catalog_entry entry;
    if (machine_still_known(machine))
        return true;
    if (!machine_entry(machine, &entry, err))
        return false;
    bool known = machine_look(machine, &entry, err);
    catalog_entry_clear(&entry);
    return known;
}

bool machine_name(struct machine *machine, char **name, struct vpc_error *err)
{
    struct catalog_entry entry;
    *name = NULL;
    if (machine_still_known(machine)) {
        AcquireSRWLockShared(&machine->lock);
        *name = text_copy(machine->entry.name);
        ReleaseSRWLockShared(&machine->lock);
        return *name ? true : fail_out_of_memory(err);
    }
    if (!machine_entry(machine, &entry, err))
        return false;
    if (machine_look(machine, &entry, err)) {
        *name = entry.name;
        entry.name = NULL;
    }
    catalog_entry_clear(&entry);
    return *name;
}

/* Any failure to read a configuration makes its VM unknown, as the documentation has it; the reason is in the text. */
static bool fail_unreadable(const char *name, struct vpc_error *err)
{
    if (err->cause == VPC_OUT_OF_MEMORY)
        return false;
    err->cause = VPC_VM_UNKNOWN;
    return vpc_fail_in(err, "configuration of VM '%s' cannot be read", name);
}

bool machine_vmc(struct machine *machine, char **vmc, struct vpc_error *err)
{
    struct catalog_entry entry;
    *vmc = NULL;
    if (!machine_entry(machine, &entry, err))
        return false;
    bool read = catalog_vmc_path(&entry, vmc, err);
    if (!read && err->cause != VPC_VM_UNKNOWN)
        fail_unreadable(entry.name, err);
    catalog_entry_clear(&entry);
    return read;
}

static bool add_config_id(struct settings *settings, void *context, struct vpc_error *err)
{
    char guid[37], braced[40];
    (void)context;
    if (settings_has(settings, MACHINE_KEY_CONFIG_ID))
        return true;
    if (!text_random_guid(guid, err))
        return false;
    snprintf(braced, sizeof braced, "{%s}", guid);
    return settings_set_text(settings, MACHINE_KEY_CONFIG_ID, braced, err);
}

/* Keeps the id that the first reading of the .vmc has shown. A later one that shows another id is another VM. Takes
 * `id`. */
static bool machine_check_id(struct machine *machine, const char *name, char *id, struct vpc_error *err)
{
    AcquireSRWLockExclusive(&machine->lock);
    if (!machine->config_id) {
        machine->config_id = id;
        id = NULL;
    }
    bool same = !id || !text_compare_nocase(machine->config_id, id);
    ReleaseSRWLockExclusive(&machine->lock);
    free(id);
    if (same)
        return true;
    machine_set_gone(machine);
    return fail_unknown(name, err);
}

bool machine_settings(struct machine *machine, struct settings **settings, struct vpc_error *err)
{
    struct catalog_entry entry;
    char *vmc = NULL, *id = NULL;
    bool read = false;
    const struct home_look look = home_look(machine->home);
    *settings = NULL;
    if (!machine_entry(machine, &entry, err))
        return false;
    if (!catalog_vmc_path(&entry, &vmc, err)) {
        if (err->cause != VPC_VM_UNKNOWN)
            fail_unreadable(entry.name, err);
        goto done;
    }
    if (!settings_load(settings, "preferences", vmc, err)) {
        fail_unreadable(entry.name, err);
        goto done;
    }
    id = settings_text(*settings, MACHINE_KEY_CONFIG_ID, "");
    if (id && !*id) {
        /* Written by a product that knew no such id. */
        free(id);
        id = NULL;
        settings_free(*settings);
        *settings = NULL;
        if (!catalog_change_vmc(vmc, add_config_id, NULL, err) || !settings_load(settings, "preferences", vmc, err)) {
            fail_unreadable(entry.name, err);
            goto done;
        }
        id = settings_text(*settings, MACHINE_KEY_CONFIG_ID, "");
    }
    read = id ? machine_check_id(machine, entry.name, id, err) : fail_out_of_memory(err);

done:
    if (read) {
        home_note(&machine->known, &look);
        home_note(&machine->same, &look);
    } else {
        settings_free(*settings);
        *settings = NULL;
    }
    free(vmc);
    catalog_entry_clear(&entry);
    return read;
}

bool machine_config_id(struct machine *machine, char **config_id, struct vpc_error *err)
{
    struct settings *settings;
    *config_id = NULL;
    if (!machine_settings(machine, &settings, err))
        return false;
    settings_free(settings);
    AcquireSRWLockShared(&machine->lock);
    *config_id = text_copy(machine->config_id);
    ReleaseSRWLockShared(&machine->lock);
    return *config_id ? true : fail_out_of_memory(err);
}

bool machine_change(struct machine *machine, catalog_change change, void *context, struct vpc_error *err)
{
    return machine_change_key(machine, change, context, NULL, NULL, err);
}

/* A change that those who listen to the VM are told of. */
struct change_to_tell {
    struct machine *machine;
    catalog_change change;
    void *context;
    struct vm_events_change *begun;
};

/* Only now, as it may take long to get the lock of the .vmc. */
static bool change_and_tell(struct settings *settings, void *context, struct vpc_error *err)
{
    struct change_to_tell *told = context;
    told->begun = vm_events_change_begins(told->machine);
    return told->change(settings, told->context, err);
}

bool machine_change_key(struct machine *machine, catalog_change change, void *context, const char *key,
                        const struct setting *value, struct vpc_error *err)
{
    struct settings *settings;
    char *vmc;
    /* Reading first tells a VM that is gone or unreadable from a change that is refused. */
    if (!machine_settings(machine, &settings, err))
        return false;
    settings_free(settings);
    if (!machine_vmc(machine, &vmc, err))
        return false;
    struct change_to_tell told = {.machine = machine, .change = change, .context = context};
    bool changed = catalog_change_vmc(vmc, change_and_tell, &told, err);
    vm_events_change_ends(told.begun, changed ? key : NULL, value);
    free(vmc);
    return changed;
}

bool machine_rename(struct machine *machine, const char *name, struct vpc_error *err)
{
    struct catalog_entry entry;
    if (!machine_entry(machine, &entry, err))
        return false;
    bool renamed = catalog_rename(&machine->home->catalog, &entry, name, err);
    if (renamed) {
        AcquireSRWLockExclusive(&machines_lock);
        AcquireSRWLockExclusive(&machine->lock);
        struct catalog_entry old = machine->entry;
        machine->entry = entry;
        if (!atomic_load(&machine->gone)) {
            machine_map_remove(&machine->node);
            machine_map_add(&machine->node, machine->entry.vmcx);
        }
        ReleaseSRWLockExclusive(&machine->lock);
        ReleaseSRWLockExclusive(&machines_lock);
        entry = old;
    }
    catalog_entry_clear(&entry);
    return renamed;
}

bool machine_state_at_rest(struct machine *machine, enum vm_state *state, struct vpc_error *err)
{
    char *saved;
    if (!machine_saved_state(machine, &saved, err))
        return false;
    *state = saved ? VM_SAVED : VM_TURNED_OFF;
    free(saved);
    return true;
}

bool machine_run_folder(struct machine *machine, char **folder, struct vpc_error *err)
{
    char *id;
    *folder = NULL;
    AcquireSRWLockShared(&machine->lock);
    id = machine->config_id ? text_copy(machine->config_id) : NULL;
    ReleaseSRWLockShared(&machine->lock);
    if (!id && !machine_config_id(machine, &id, err))
        return false;
    bool told = catalog_run_folder(&machine->home->catalog, id, false, folder, err);
    free(id);
    return told;
}

/* For a page that cannot be opened: true when there is none, or when nobody runs the VM. One that another version has
 * left, or that is damaged, is replaced by the next supervisor and must not keep it from being started. */
static bool machine_needs_no_page(const char *run_folder, struct vpc_error *err)
{
    struct vpc_error ignored;
    bool lost;
    if (err->cause == VPC_FILE_NOT_FOUND || err->cause == VPC_PATH_NOT_FOUND)
        return true;
    if (err->cause != VPC_CORRUPT && err->cause != VPC_NOT_SUPPORTED)
        return false;
    if (supervisor_is_lost(run_folder, &lost, &ignored) && lost)
        return true;
    err->cause = VPC_UNEXPECTED;
    return vpc_fail_in(err, "the VM is on, but its figures cannot be read");
}

bool machine_page(struct machine *machine, struct vm_page **page, struct vpc_error *err)
{
    *page = atomic_load_explicit(&machine->page, memory_order_acquire);
    if (*page)
        return true;
    char *folder;
    if (!machine_run_folder(machine, &folder, err))
        return false;
    char *path = path_join(folder, VM_PAGE_FILE);
    struct vm_page *opened = NULL;
    bool done = path ? vm_page_open(&opened, path, err) : fail_out_of_memory(err);
    if (!done)
        done = machine_needs_no_page(folder, err);
    free(path);
    free(folder);
    if (!opened)
        return done;
    struct vm_page *other = NULL;
    if (!atomic_compare_exchange_strong(&machine->page, &other, opened)) {
        vm_page_close(opened);
        opened = other;
    }
    *page = opened;
    return true;
}

bool machine_presence(struct machine *machine, uint64_t deadline_ms, struct vm_page **page, bool *alive,
                      struct vpc_error *err)
{
    char *folder;
    *alive = false;
    if (!machine_page(machine, page, err))
        return false;
    if (!*page)
        return true;
    if (supervisor_is_punctual(*page)) {
        *alive = true;
        return true;
    }
    if (!machine_run_folder(machine, &folder, err))
        return false;
    char *name;
    bool told = machine_name(machine, &name, err);
    if (told) {
        told = supervisor_look_closer(*page, name, folder, deadline_ms, alive, err);
        free(name);
    }
    free(folder);
    return told;
}

bool machine_state(struct machine *machine, enum vm_state *state, struct vpc_error *err)
{
    return machine_state_by(machine, supervisor_deadline(), state, err);
}

bool machine_state_by(struct machine *machine, uint64_t deadline_ms, enum vm_state *state, struct vpc_error *err)
{
    struct vm_page *page;
    bool alive;
    *state = VM_INVALID;
    if (!machine_known(machine, err) || !machine_presence(machine, deadline_ms, &page, &alive, err))
        return false;
    if (atomic_load(&machine->deleting)) {
        *state = VM_DELETING;
        return true;
    }
    if (alive)
        *state = vm_page_read_state(page);
    return *state == VM_INVALID || vm_state_is_off(*state) ? machine_state_at_rest(machine, state, err) : true;
}

bool machine_peek(struct machine *machine, struct vm_page_body *body, bool *alive, struct vpc_error *err)
{
    return machine_peek_by(machine, supervisor_deadline(), body, alive, err);
}

bool machine_peek_by(struct machine *machine, uint64_t deadline_ms, struct vm_page_body *body, bool *alive,
                     struct vpc_error *err)
{
    struct vm_page *page;
    memset(body, 0, sizeof *body);
    if (!machine_presence(machine, deadline_ms, &page, alive, err))
        return false;
    if (page)
        vm_page_read(page, body);
    return true;
}

/* For a VM whose page cannot be had: no figures because there is no VM, or a failure? */
static bool machine_is_gone(struct machine *machine, const struct vpc_error *err)
{
    struct vpc_error ignored;
    return err->cause == VPC_VM_UNKNOWN && !machine_known(machine, &ignored);
}

bool machine_read(struct machine *machine, struct vm_page_body *body, bool *active, struct vpc_error *err)
{
    *active = false;
    if (atomic_load(&machine->gone))
        return true;
    if (!machine_peek(machine, body, active, err)) {
        *active = false;
        return machine_is_gone(machine, err);
    }
    *active = *active && vm_state_is_active(body->state);
    return true;
}

/* The page to read figures from when it is mapped already and its heartbeat is young, else NULL. A VM that was
 * forgotten may be registered again and run: that one is not ours. */
static struct vm_page *machine_page_at_hand(struct machine *machine)
{
    struct vm_page *page = atomic_load_explicit(&machine->page, memory_order_acquire);
    return page && !atomic_load_explicit(&machine->gone, memory_order_relaxed) && supervisor_is_punctual(page) ? page
                                                                                                               : NULL;
}

/* That page, or one that had to be opened or asked about. *active (out) is false when there are no figures. */
static bool machine_figures_page(struct machine *machine, struct vm_page **page, bool *active, struct vpc_error *err)
{
    *page = machine_page_at_hand(machine);
    *active = *page;
    if (*active || atomic_load_explicit(&machine->gone, memory_order_relaxed))
        return true;
    if (!machine_presence(machine, supervisor_deadline(), page, active, err)) {
        *active = false;
        return machine_is_gone(machine, err);
    }
    return true;
}

bool machine_glance_total(struct machine *machine, enum vm_page_total which, struct vm_page_totals *totals)
{
    const struct vm_page *page = machine_page_at_hand(machine);
    if (page)
        vm_page_read_total(page, which, totals);
    return page && totals->sampled && vm_state_is_active(totals->state);
}

bool machine_glance_instant(struct machine *machine, struct vm_page_instant *instant)
{
    const struct vm_page *page = machine_page_at_hand(machine);
    if (page)
        vm_page_read_instant(page, instant);
    return page && instant->sampled && vm_state_is_active(instant->state);
}

bool machine_read_total(struct machine *machine, enum vm_page_total which, struct vm_page_totals *totals, bool *active,
                        struct vpc_error *err)
{
    struct vm_page *page;
    if (!machine_figures_page(machine, &page, active, err))
        return false;
    if (*active) {
        vm_page_read_total(page, which, totals);
        *active = vm_state_is_active(totals->state);
    }
    return true;
}

bool machine_read_instant(struct machine *machine, struct vm_page_instant *instant, bool *active, struct vpc_error *err)
{
    struct vm_page *page;
    if (!machine_figures_page(machine, &page, active, err))
        return false;
    if (*active) {
        vm_page_read_instant(page, instant);
        *active = vm_state_is_active(instant->state);
    }
    return true;
}

const char *machine_fault(struct machine *machine, struct vpc_error *err)
{
    struct vm_page_body *body = malloc(sizeof *body);
    bool alive;
    if (!body) {
        fail_out_of_memory(err);
    } else if (machine_peek(machine, body, &alive, err)) {
        body->fault[sizeof body->fault - 1] = '\0';
        vpc_fail(err, VPC_UNEXPECTED, "%s", *body->fault ? body->fault : "the counters of this VM cannot be read");
    }
    free(body);
    return err->text;
}
