/* A folder of its own for each test that works with files, and other threads and processes beside it. */
#ifndef VPC_TESTS_UTIL_FIXTURE_H
#define VPC_TESTS_UTIL_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include "util/error.h"

/* Makes a new empty folder below the system's folder for temporary files. fixture_remove removes it and all in it and
 * frees the name. */
char *fixture_folder(void);
void fixture_remove(char *folder);

/* Sets an environment variable of this process; NULL unsets it. */
void fixture_environment(const char *name, const char *value);

/* Fails the test, with the error's text, unless `ok`. */
#define assert_ok(ok, err) fixture_assert_ok((ok), (err), #ok, __FILE__, __LINE__)
void fixture_assert_ok(bool ok, const struct vpc_error *err, const char *what, const char *file, int line);

/* Fails the test unless the call failed with this cause and with a text. */
#define assert_fails(ok, err, expected) fixture_assert_fails((ok), (err), (expected), #ok, __FILE__, __LINE__)
void fixture_assert_fails(bool ok, const struct vpc_error *err, enum vpc_cause expected, const char *what,
                          const char *file, int line);

/* Starts this program again with three arguments (ASCII: what others become depends on the system's code page). */
struct fixture_process;
struct fixture_process *fixture_start(const char *first, const char *second, const char *third);
bool fixture_running(struct fixture_process *process);
/* Waits for its end and gives its exit status. */
int fixture_wait(struct fixture_process *process);
/* Ends it without letting it clean up. */
void fixture_kill(struct fixture_process *process);

/* Makes this process one that may write none of the files made before: for a process of fixture_start. Only where it
 * can. */
bool fixture_can_give_up_rights(void);
bool fixture_give_up_rights(void);

/* Runs `work` on a thread of its own. */
struct fixture_thread;
struct fixture_thread *fixture_thread_start(void (*work)(void *context), void *context);
void fixture_thread_join(struct fixture_thread *thread);

#endif
