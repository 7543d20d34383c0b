/* The functions of the system that import_fault.c stands before. */
#ifndef VPC_TESTS_FAULT_IMPORT_TABLE_H
#define VPC_TESTS_FAULT_IMPORT_TABLE_H

#include <stdint.h>

typedef void (*function)(void);

struct import {
    const char *name;
    uintptr_t (*fail)(void); /* NULL: never fails */
    function counted;        /* NULL: nothing is held by it */
};

extern const struct import imports[];
extern const unsigned import_count;

#endif
