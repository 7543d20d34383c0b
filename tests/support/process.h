/* Processes that a test looks after: supervisors that it has started. */
#ifndef VPC_TESTS_SUPPORT_PROCESS_H
#define VPC_TESTS_SUPPORT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include "util/error.h"

/* Path of a program of this build, which lies beside the running test; ".exe" is put behind where programs have it. New
 * memory. */
char *test_program(const char *name);

/* control_launch, also where that is not for Windows only: starts vpchost for a VM and reads its line. */
bool test_launch(const char *program, const char *vm_name, uint32_t *task, struct vpc_error *err);

/* control_adopt, likewise. */
bool test_adopt(const char *program, const char *vm_name, uint32_t *state, struct vpc_error *err);

/* A process by its id, so that its end can be awaited even after the id was given to another. NULL when it has ended
 * already and left nothing to wait for. */
struct test_process;
struct test_process *test_process_open(uint64_t id);
/* Ends it without any chance to clean up. */
void test_process_kill(struct test_process *process);
/* Waits for its end; *status (out) is its exit status, -1 when it was killed. Frees. */
void test_process_await_end(struct test_process *process, int *status);

#endif
