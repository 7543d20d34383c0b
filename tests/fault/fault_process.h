/* A supervisor that a test has started: its first line and its end, on every system. */
#ifndef VPC_TESTS_FAULT_FAULT_PROCESS_H
#define VPC_TESTS_FAULT_FAULT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* Starts words[0] with the words up to NULL and waits for its first line (line, out, without its end), or for the end
 * of its output. */
struct fault_process;
struct fault_process *fault_process_start(const char *const *words, char *line, size_t size);

bool fault_process_has_ended(struct fault_process *process);
void fault_process_kill(struct fault_process *process);
/* Of one that has ended: true when it has ended by itself, with that status. Otherwise how it went (text, out). */
bool fault_process_status(const struct fault_process *process, int *status, char *text, size_t size);
/* Waits for its end. NULL is allowed. */
void fault_process_free(struct fault_process *process);

#endif
