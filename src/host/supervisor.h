/*
 * The supervisor of one VM: the only writer of its page. It joins the engine, the accountant, the page and the control
 * pipe on one libuv loop; every function is called on that loop's thread.
 *
 * Its life: open, start, uv_run until nothing is left on the loop (the VM is off then), close.
 */
#ifndef VPC_HOST_SUPERVISOR_H
#define VPC_HOST_SUPERVISOR_H

#include <uv.h>
#include "config/machine_config.h"
#include "util/error.h"

struct supervisor;

/* Takes the lock of the run folder, opens the page, listens on the control pipe and shows TurningOn with a startup
 * task, whose id is *task (out). From here on clients see the VM. VPC_VM_RUNNING: another supervisor has this VM.
 * `config` and `run_folder` are borrowed until close. */
bool supervisor_open(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                     const char *run_folder, uint32_t *task, struct vpc_error *err);

/* Starts the engine. What goes wrong from here on is told by the startup task. */
void supervisor_start(struct supervisor *supervisor);

/* After the loop has ended (or instead of it): says "ended in good order" in the page and gives up the lock. */
void supervisor_close(struct supervisor *supervisor);

#endif
