/*
 * The supervisor of a VM as a client sees it: is it alive, start it, tell it something.
 */
#ifndef VPC_OBJECTS_SUPERVISOR_H
#define VPC_OBJECTS_SUPERVISOR_H

#include "session/vm_page.h"

enum {
    SUPERVISOR_ANSWER_MS = 2000,    /* how long one whose heartbeat is old may take to prove that it lives */
    SUPERVISOR_TAKEOVER_MS = 12000, /* how long a new one may take to take over from one that was lost */
    SUPERVISOR_CALL_MS = 10000,     /* how long a command may take to be accepted */
    SUPERVISOR_LEAVE_MS = 5000      /* how long one that has shown TurnedOff may take to end */
};

/* True while the heartbeat is fresh. Makes no system call. */
bool supervisor_is_fresh(const struct vm_page *page);

/* *lost (out): the supervisor's lock file is free, or its folder is gone, so nobody runs this VM. */
bool supervisor_is_lost(const char *run_folder, bool *lost, struct vpc_error *err);

/* For a heartbeat that is not fresh: *alive (out) is false when the supervisor has ended and the VM is off, true when
 * it has answered and its heartbeat is fresh again. One that was lost (its lock file is free) is replaced: the new one
 * takes over what still runs, or finds that nothing does. Several clients may do so at once: one new supervisor gets
 * the lock, the others wait for its heartbeat. VPC_TIMED_OUT when one holds the lock and does not answer within
 * SUPERVISOR_ANSWER_MS, or has not taken over within SUPERVISOR_TAKEOVER_MS. */
bool supervisor_look_closer(const struct vm_page *page, const char *vm_name, const char *run_folder, bool *alive,
                            struct vpc_error *err);

/* Starts vpchost.exe, which lies beside this DLL or in the folder above, for a VM. *task (out): id of its startup task.
 */
bool supervisor_start(const char *vm_name, uint32_t *task, struct vpc_error *err);

/* Sends a command; *task (out) is the id of the task that it began, 0 if none. */
bool supervisor_call(const struct vm_page *page, const char *command, uint32_t *task, struct vpc_error *err);

#endif
