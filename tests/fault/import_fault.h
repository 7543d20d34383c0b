/*
 * Makes calls that the DLL, or another module, makes of the system fail, one at a time: its import table is changed in
 * the running process, the DLL itself is the one that is shipped. This code must lie in another module.
 *
 *     fault_install(module);
 *     fault_watch();            count = fault_stop();              so many calls that can fail
 *     fault_arm(n);             hr = call(); fault_stop();         the n-th of them fails (1, 2, ...)
 *
 * Only calls of the thread that arms count. Memory, handles, mappings, keys and texts that the DLL holds are counted
 * all the time, in every thread. 64-bit programs only.
 */
#ifndef VPC_TESTS_FAULT_IMPORT_FAULT_H
#define VPC_TESTS_FAULT_IMPORT_FAULT_H

#include <stdbool.h>
#include <windows.h>

/* What the module holds. */
struct fault_held {
    LONG blocks, handles, mappings, searches, keys;
};

/* Returns how many functions of the import table can fail from now on. */
unsigned fault_install(HMODULE module);

void fault_watch(void);
void fault_arm(unsigned number);

/* The first call fails that comes from a place in the code from which none has failed yet: for what takes too long to
 * try once for each call. */
void fault_arm_next_site(void);
/* The same for the first call of a function that has not failed yet. */
void fault_arm_next_function(void);
/* Of both kinds. */
void fault_forget_sites(void);

/* Ends any. Returns how many calls were made that could have failed. */
unsigned fault_stop(void);

/* Name of the function that failed; NULL when the armed call was not reached. */
const char *fault_failed(void);

struct fault_held fault_held(void);

/* From now on that one is asked which call fails, of every thread and for each call that can fail; the functions above
 * arm no more. */
void fault_decide_by(bool (*decide)(const char *name));

#endif
