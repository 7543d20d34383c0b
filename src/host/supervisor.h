/*
 * The supervisor of one VM: the only writer of its page. It joins the engine, the accountant, the page and the control
 * pipe on one libuv loop; every function is called on that loop's thread.
 *
 * Its life: open, start, uv_run until nothing is left on the loop (the VM is off then), close. Or, when the last
 * supervisor was lost: take over, uv_run, close.
 */
#ifndef VPC_HOST_SUPERVISOR_H
#define VPC_HOST_SUPERVISOR_H

#include <uv.h>
#include "config/machine_config.h"
#include "session/vm_page.h"
#include "util/error.h"

struct supervisor;

/* Takes the lock of the run folder, opens the page, listens on the control pipe and shows TurningOn with a startup
 * task, whose id is *task (in: the id that is wished for, 0 for any; out). From here on clients see the VM.
 * VPC_VM_RUNNING: another supervisor has this VM. `config` and `run_folder` are borrowed until close. */
bool supervisor_open(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                     const char *run_folder, uint32_t *task, struct vpc_error *err);

/* Takes over what a lost supervisor has left running, and runs the loop until it is known what that is. *supervisor
 * (out) is NULL when the VM is off, as the page then says. VPC_VM_RUNNING: the VM has a supervisor. VPC_TIMED_OUT, with
 * a supervisor in *supervisor: the VM exists but does not answer yet; let the loop run on. Other errors: the VM may
 * run, nobody knows; nothing was changed. */
bool supervisor_take_over(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                          const char *run_folder, struct vpc_error *err);

/* True when the page in that folder says that a VM is on. */
bool supervisor_page_is_on(const char *run_folder);

/* The state that the page shows. */
enum vm_state supervisor_state(const struct supervisor *supervisor);

/* Starts the engine. What goes wrong from here on is told by the startup task. */
void supervisor_start(struct supervisor *supervisor);

/* The session of the user ends: saves the VM or turns it off, as its configuration says at this moment, at once or as
 * soon as what is under way is done. The loop ends with it. */
void supervisor_quit(struct supervisor *supervisor);

/* After the loop has ended (or instead of it): says "ended in good order" in the page and gives up the lock. */
void supervisor_close(struct supervisor *supervisor);

#endif
