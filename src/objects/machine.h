/*
 * What all objects of one VM share: where its files are, its mapped page, the way to its supervisor.
 *
 * There is one record a VM and process, found again by the path of its .vmcx, so that a rename or a deletion through
 * one object is seen by all others. Records are reference counted; every function may be called from any thread.
 *
 * No file is opened before a member needs it, so an object for a VM with a damaged .vmc can be had: its members say
 * what is wrong. Errors: VPC_VM_UNKNOWN when the registration is gone, the name now belongs to another VM, or the
 * configuration cannot be read.
 */
#ifndef VPC_OBJECTS_MACHINE_H
#define VPC_OBJECTS_MACHINE_H

#include "objects/home.h"
#include "session/vm_page.h"

#define MACHINE_KEY_CONFIG_ID "settings/globalconfigid"

struct control_launch;
struct machine;

/* The record of a registered VM; shares `home`, takes what `entry` owns and zeroes it (also on failure). */
bool machine_open(struct machine **machine, struct home *home, struct catalog_entry *entry, struct vpc_error *err);

/* The same for an entry that was found by a look at the files of this moment or later, which is then trusted as
 * home_still says. */
bool machine_open_seen(struct machine **machine, struct home *home, struct catalog_entry *entry,
                       const struct home_look *look, struct vpc_error *err);

/* The record of the VM with this name, case ignored. VPC_VM_UNKNOWN when none is registered. */
bool machine_find(struct machine **machine, struct home *home, const char *name, struct vpc_error *err);

struct machine *machine_share(struct machine *machine);
void machine_release(struct machine *machine); /* NULL is allowed */

/* The home that the VM is registered in (borrowed). */
struct home *machine_home(struct machine *machine);

/* False when the VM is not registered any more, as far as its .vmcx tells. Opens no file, and asks the file system only
 * when the last look does not hold any more (home_still); so does machine_name. */
bool machine_known(struct machine *machine, struct vpc_error *err);

/* New memory. */
bool machine_name(struct machine *machine, char **name, struct vpc_error *err);
bool machine_config_id(struct machine *machine, char **config_id, struct vpc_error *err); /* "{GUID}" */
bool machine_vmc(struct machine *machine, char **vmc, struct vpc_error *err);

/* Reads the .vmc / changes it under its lock, and raises OnConfigurationChanged for what has changed. */
bool machine_settings(struct machine *machine, struct settings **settings, struct vpc_error *err);
bool machine_change(struct machine *machine, catalog_change change, void *context, struct vpc_error *err);
/* The same for a member that sets one key, or removes it (value NULL): that is told even if it was so already. */
bool machine_change_key(struct machine *machine, catalog_change change, void *context, const char *key,
                        const struct setting *value, struct vpc_error *err);

/* Changes of the registration. The VM must be off: the caller has checked. machine_delete waits for nothing after
 * `deadline_ms` (supervisor_deadline); *found (out) as catalog_delete. */
bool machine_rename(struct machine *machine, const char *name, struct vpc_error *err);
bool machine_unregister(struct machine *machine, struct vpc_error *err);
bool machine_delete(struct machine *machine, uint64_t deadline_ms, bool *found, struct vpc_error *err);

/* The present state, never an old one: VPC_TIMED_OUT when a supervisor lives that does not answer. Checks that the VM
 * is known. */
bool machine_state(struct machine *machine, enum vm_state *state, struct vpc_error *err);
/* The same for a call that has more to do by `deadline_ms` (supervisor_deadline). */
bool machine_state_by(struct machine *machine, uint64_t deadline_ms, enum vm_state *state, struct vpc_error *err);

/* Folder of the run-time files; new memory. */
bool machine_run_folder(struct machine *machine, char **folder, struct vpc_error *err);

/* The saved state that the VM would start from: *path (out) is new memory, NULL when there is none. A VM that is being
 * saved or restored may have the file already or still: ask the state first. */
bool machine_saved_state(struct machine *machine, char **path, struct vpc_error *err);

/* Takes the lock that a supervisor holds, so that none starts meanwhile, for file_lock_release. One that has shown that
 * the VM is off is waited for until `deadline_ms`. VPC_VM_RUNNING: the VM is on. */
struct file_lock;
bool machine_lock(struct machine *machine, uint64_t deadline_ms, struct file_lock **lock, struct vpc_error *err);

/* Under that lock: puts the event of a new state into the page, for all who listen, and a state of rest into the page
 * itself. */
bool machine_tell_state(struct machine *machine, enum vm_state state, struct vpc_error *err);

/* Removes the saved state of a VM that is Saved. VPC_VM_RUNNING: it has been started meanwhile; VPC_FILE_NOT_FOUND: it
 * is TurnedOff. */
bool machine_discard_saved_state(struct machine *machine, uint64_t deadline_ms, struct vpc_error *err);

/* Figures of this moment. *active (out) is false when there are none because the VM is not Running or Paused, or is
 * gone; *body, *totals or *instant is then meaningless. machine_read_instant makes no system call and takes no lock
 * while the supervisor's heartbeat is fresh and the page is mapped. */
bool machine_read(struct machine *machine, struct vm_page_body *body, bool *active, struct vpc_error *err);
bool machine_read_total(struct machine *machine, enum vm_page_total which, struct vm_page_totals *totals, bool *active,
                        struct vpc_error *err);
bool machine_read_instant(struct machine *machine, struct vm_page_instant *instant, bool *active,
                          struct vpc_error *err);

/* A figure of this moment, or all of them, where a look at the page is all that it takes: false when machine_read_total
 * or machine_read_instant has to be asked. Makes no system call and takes no lock. */
bool machine_glance_total(struct machine *machine, enum vm_page_total which, struct vm_page_totals *totals);
bool machine_glance_instant(struct machine *machine, struct vm_page_instant *instant);

/* Why the page gives no figures although the VM is active; the text lies in *err. */
const char *machine_fault(struct machine *machine, struct vpc_error *err);

/* All that the page shows, whatever the state. *alive (out): a supervisor stands behind it now. A VM without a page is
 * all zero. The second for a call that has more to do by `deadline_ms`. */
bool machine_peek(struct machine *machine, struct vm_page_body *body, bool *alive, struct vpc_error *err);
bool machine_peek_by(struct machine *machine, uint64_t deadline_ms, struct vm_page_body *body, bool *alive,
                     struct vpc_error *err);

/* The page itself in *page (out), valid as long as the record; NULL when this VM was never started. */
bool machine_page(struct machine *machine, struct vm_page **page, struct vpc_error *err);
/* The same, and in *alive (out) whether a supervisor stands behind it now, as found out by `deadline_ms`. */
bool machine_presence(struct machine *machine, uint64_t deadline_ms, struct vm_page **page, bool *alive,
                      struct vpc_error *err);

/* Starts a supervisor; *task (out) is the id of the startup task. The VM must be off: the caller has checked. *launch
 * (out): as supervisor_start. */
bool machine_start(struct machine *machine, uint64_t deadline_ms, uint32_t *task, struct control_launch **launch,
                   struct vpc_error *err);

/* Sends a command to the supervisor; *task (out) is the id of the task that it began. VPC_VM_NOT_RUNNING unless the VM
 * is active, VPC_TIMED_OUT when it has not answered within SUPERVISOR_CALL_MS. */
bool machine_command(struct machine *machine, const char *command, uint32_t *task, struct vpc_error *err);

/* Calls off a save or a restore. VPC_STATE_CONFLICT when it cannot be called off (any more). */
bool machine_cancel(struct machine *machine, uint32_t task, struct vpc_error *err);

#endif
