/*
 * QEMU as a process: started so that it outlives the supervisor, watched by its id.
 *
 * On Windows a QEMU for Windows is a child with a handle. On POSIX, and under Wine where QEMU is a Linux program
 * without a usable handle, it is started by a script (qemu_script.h) and watched through /proc.
 */
#ifndef VPC_ENGINE_QEMU_QEMU_PROCESS_H
#define VPC_ENGINE_QEMU_QEMU_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include "util/error.h"

struct qemu_process;

/* Starts words[0] with these words (NULL-terminated), output to QEMU_LOG_FILE in `run_folder`, where the files of an
 * earlier start are replaced. That the program cannot be run may show only by qemu_process_alive. */
bool qemu_process_start(struct qemu_process **process, char *const words[], const char *run_folder,
                        struct vpc_error *err);

/* Follows a process that another supervisor has started: id and start time as qemu_process_id gave them. VPC_ENGINE
 * when it is gone. */
bool qemu_process_adopt(struct qemu_process **process, int64_t pid, uint64_t start, struct vpc_error *err);

/* False once the process has ended. */
bool qemu_process_alive(struct qemu_process *process);

/* The process id, and the start time that tells it from a later process of the same id. False while they are not known
 * yet. */
bool qemu_process_id(struct qemu_process *process, int64_t *pid, uint64_t *start);

/* Windows: the process handle, borrowed; NULL for a Linux program under Wine, and on other systems. */
void *qemu_process_handle(const struct qemu_process *process);

/* Processor time that it has used. False when unknown. */
bool qemu_process_cpu_time(struct qemu_process *process, uint64_t *us);

/* Ends it at once. Does nothing when it has ended. */
void qemu_process_kill(struct qemu_process *process);

/* Lets go of it; the process goes on. NULL is allowed. */
void qemu_process_free(struct qemu_process *process);

/* A path of ours as QEMU wants it (under Wine: the Linux path, without a check that the last part exists). New memory.
 */
char *qemu_process_path(const char *path, struct vpc_error *err);

/* A path that a user may have given in QEMU's form, as we want it (under Wine: "/usr" becomes "Z:\usr"). New memory. */
char *qemu_process_local_path(const char *path);

/* True in a Windows program under Wine. */
bool qemu_process_is_wine(void);

#endif
