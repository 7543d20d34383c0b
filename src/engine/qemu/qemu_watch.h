/* Waits on the loop for the end of QEMU's process: the system tells, nobody looks. */
#ifndef VPC_ENGINE_QEMU_QEMU_WATCH_H
#define VPC_ENGINE_QEMU_QEMU_WATCH_H

#include <uv.h>
#include "engine/qemu/qemu_process.h"

struct qemu_watch;

/* `ended` comes once, on the loop, when the process has ended or had ended before. NULL where the system has no such
 * wait: for a Linux program under Wine, and on systems without pidfd. The process is only needed during the call. */
struct qemu_watch *qemu_watch_open(uv_loop_t *loop, struct qemu_process *process, void (*ended)(void *context),
                                   void *context);

/* `closed` comes when nothing is left of it on the loop; `ended` does not come any more. */
void qemu_watch_close(struct qemu_watch *watch, void (*closed)(void *context), void *context);

#endif
