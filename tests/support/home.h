/* A private home folder for a test: what VPC_HOME names, empty at first and removed at the end. */
#ifndef VPC_TESTS_SUPPORT_HOME_H
#define VPC_TESTS_SUPPORT_HOME_H

#include "config/catalog.h"

struct test_home {
    char *folder;
    struct catalog catalog;
};

/* Makes the folder and points VPC_HOME at it, for this process and those that it starts; VPC_ENGINE becomes "fake".
 * Fails the test on error. */
void test_home_open(struct test_home *home);
/* Removes the folder with all in it. */
void test_home_close(struct test_home *home);

/* A new folder below the system's folder for temporary files / away with it. The path is new memory; remove frees it.
 */
char *test_folder_make(void);
void test_folder_remove(char *folder);

#endif
