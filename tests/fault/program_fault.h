/*
 * What preload_fault.c is to other programs, for a program of Windows: of the calls that it makes of the system, one
 * fails. The program is linked with this library and calls program_fault_begin before its main function. 64-bit only.
 */
#ifndef VPC_TESTS_FAULT_PROGRAM_FAULT_H
#define VPC_TESTS_FAULT_PROGRAM_FAULT_H

#include <stddef.h>

/* Calls of a function of the system that do not fail below a function of the program. */
struct program_fault_spared {
    const char *name;
    void (*caller)(void); /* NULL: in any thread but the first */
};

/* Changes the import table of the program and looks at the board, where there is one. `spared` has so many rows, for
 * good. `replace_allocator` is uv_replace_allocator: libuv's memory is always there, and is not counted. */
void program_fault_begin(const struct program_fault_spared *spared, size_t count,
                         int (*replace_allocator)(void *(*)(size_t), void *(*)(void *, size_t),
                                                  void *(*)(size_t, size_t), void (*)(void *)));

#endif
