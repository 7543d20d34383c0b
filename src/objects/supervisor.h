/*
 * The supervisor of a VM as a client sees it: is it alive, start it, tell it something.
 */
#ifndef VPC_OBJECTS_SUPERVISOR_H
#define VPC_OBJECTS_SUPERVISOR_H

#include "session/control.h"
#include "session/vm_page.h"

enum {
    SUPERVISOR_PUNCTUAL_MS = 250, /* a heartbeat this young needs no other sign of life; the next is due after 100 ms */
    /* How long one call of the API waits for supervisors in all: for one whose heartbeat is old, for one that takes
     * over, for the answer to a command. Whoever calls has an answer within two seconds. */
    SUPERVISOR_CALL_MS = 1800
};

/* When a call of the API that begins now has to have its answer, on clock_monotonic_ms. */
uint64_t supervisor_deadline(void);

/* True while the heartbeat is fresh. Makes no system call. */
bool supervisor_is_fresh(const struct vm_page *page);
/* True while it is so young that nothing else need be asked. One that is lost is known as such when it is not. Makes no
 * system call. */
bool supervisor_is_punctual(const struct vm_page *page);

/* *lost (out): the supervisor's lock file is free, or its folder is gone, so nobody runs this VM. */
bool supervisor_is_lost(const char *run_folder, bool *lost, struct vpc_error *err);

/* For a heartbeat that is not punctual: *alive (out) is false when the supervisor has ended and the VM is off, true
 * when it has answered and its heartbeat is fresh again. One that was lost (its lock file is free) is replaced: the new
 * one takes over what still runs, or finds that nothing does. Several clients may do so at once: one new supervisor
 * gets the lock, the others wait for its heartbeat. VPC_TIMED_OUT when one holds the lock and does not answer, or has
 * not taken over, by `deadline_ms` (of clock_monotonic_ms): a takeover then goes on, and a later call meets its end. */
bool supervisor_look_closer(const struct vm_page *page, const char *vm_name, const char *run_folder,
                            uint64_t deadline_ms, bool *alive, struct vpc_error *err);

/* Starts vpchost.exe, which lies beside this DLL or in the folder above, for a VM. *task (out): id of its startup task.
 * *launch (out) is NULL, or, when it has not said by `deadline_ms` how it stands, what is to be asked for that
 * (control_launch_wait) and ended; the caller's. */
bool supervisor_start(const char *vm_name, uint64_t deadline_ms, uint32_t *task, struct control_launch **launch,
                      struct vpc_error *err);

/* Sends a command; *task (out) is the id of the task that it began, 0 if none. VPC_TIMED_OUT without an answer by
 * `deadline_ms`: the VM may still obey later. */
bool supervisor_call(const struct vm_page *page, const char *command, uint64_t deadline_ms, uint32_t *task,
                     struct vpc_error *err);

/* Calls off a task that saves or restores. VPC_STATE_CONFLICT when it cannot be called off (any more). */
bool supervisor_cancel(const struct vm_page *page, uint32_t task, uint64_t deadline_ms, struct vpc_error *err);

#endif
