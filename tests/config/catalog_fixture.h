/* A catalog of its own for each test. */
#ifndef VPC_TESTS_CONFIG_CATALOG_FIXTURE_H
#define VPC_TESTS_CONFIG_CATALOG_FIXTURE_H

#include "config/catalog.h"
#include "fixture.h"

struct home {
    char *home;             /* a folder of the test's own */
    char *machines;         /* <home>/machines, not made yet: for .vmc files */
    struct catalog catalog; /* its home is <home>/catalog, not made yet */
};

int home_setup(void **state);
int home_teardown(void **state);

/* Makes a VM and expects it to have this name. */
void create(struct home *home, const char *name, const char *path, const char *expected);

/* Expects these VMs in this order. */
void assert_vms(struct home *home, const char *const *names, size_t count);

/* Expects the path to be that of a file that exists, of this name in this folder. */
void assert_in_folder(const char *path, const char *folder, const char *name);

void assert_content(const char *path, const char *expected);

/* Files in a folder, whatever their names. */
size_t files_in(const char *folder);

#endif
