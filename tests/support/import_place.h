/* A function of the system that a test program replaces in its own import table. */
#ifndef VPC_TESTS_SUPPORT_IMPORT_PLACE_H
#define VPC_TESTS_SUPPORT_IMPORT_PLACE_H

#include <windows.h>

struct import_place {
    ULONG_PTR *place;
    ULONG_PTR function; /* the system's */
};

/* Where the program holds this function of kernel32; fails the test when it does not. */
struct import_place import_place_find(const char *name);
void import_place_set(const struct import_place *place, ULONG_PTR function);

#endif
