/*
 * A place that has a pointer of its own in each thread: NULL at first. The compiler's thread-local variables are none
 * for a DLL here: MinGW's take memory at the first use of a thread, and end the process where there is none.
 */
#ifndef VPC_UTIL_THREAD_SLOT_H
#define VPC_UTIL_THREAD_SLOT_H

#include <stdbool.h>
#include <stdint.h>

struct thread_slot {
    uintptr_t number; /* of the system */
};

/* False when the system has no more. */
bool thread_slot_make(struct thread_slot *slot);
void thread_slot_drop(struct thread_slot *slot);

/* Changes neither errno nor GetLastError. */
void *thread_slot_get(const struct thread_slot *slot);

/* False without memory; to put NULL takes none. */
bool thread_slot_set(struct thread_slot *slot, void *pointer);

#endif
