/*
 * Memory that is refused: to the parts that are linked into a test (malloc, calloc and realloc, which the linker leads
 * here: CMakeLists.txt), and to Jansson.
 */
#ifndef VPC_TESTS_UTIL_SCARCE_MEMORY_H
#define VPC_TESTS_UTIL_SCARCE_MEMORY_H

#include <stddef.h>

/* Leads Jansson here. Before its first use. */
void scarce_install(void);

/* The next `passed` blocks of at least `size` bytes are given, then so many are refused. */
void scarce_begin(unsigned passed, unsigned refused, size_t size);

/* All are given again. Returns how many were refused. */
unsigned scarce_end(void);

#endif
