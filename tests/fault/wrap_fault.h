/*
 * Makes calls that the parts below COM make of the system fail, one at a time, natively: the linker leads them here
 * (--wrap, the list is in CMakeLists.txt), and so do the libraries that let themselves be led: Jansson and SQLite.
 *
 *     wrap_watch();             count = wrap_stop();              so many calls that can fail
 *     wrap_arm(n);              ok = call(); wrap_stop();         the n-th of them fails (1, 2, ...)
 *
 * Only calls of the thread that arms count.
 */
#ifndef VPC_TESTS_FAULT_WRAP_FAULT_H
#define VPC_TESTS_FAULT_WRAP_FAULT_H

/* Leads the libraries here. Before the first use of any. */
void wrap_install(void);

void wrap_watch(void);
void wrap_arm(unsigned number);
/* Ends either. Returns how many calls were made that could have failed. */
unsigned wrap_stop(void);

/* Name of the function that failed; NULL when the armed call was not reached. */
const char *wrap_failed(void);

/* Blocks of memory, and file descriptors of the process, that are held. */
long wrap_blocks(void);
long wrap_descriptors(void);

#endif
