/* A folder of a test's own, for cmocka_unit_test_setup_teardown: *state is its path. */
#ifndef VPC_TESTS_SESSION_TEST_FOLDER_H
#define VPC_TESTS_SESSION_TEST_FOLDER_H

int test_folder_setup(void **state);
int test_folder_teardown(void **state);

/* Path of a name in it; valid until the next call on this thread. */
const char *test_folder_path(void **state, const char *name);

#endif
