/* Making a folder private on POSIX systems; tests/hardening/test_home_rights.c reads the rights on Windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "util/file.h"

enum {
    NOBODY = 65534
};

static int refusal; /* what chmod says; 0 when it shall do its work */

int __real_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode);

int __wrap_chmod(const char *path, mode_t mode)
{
    if (refusal == 0)
        return __real_chmod(path, mode);
    errno = refusal;
    return -1;
}

static int setup(void **state)
{
    *state = fixture_folder();
    refusal = 0;
    return __real_chmod(*state, 0777);
}

static int teardown(void **state)
{
    fixture_remove(*state);
    return 0;
}

static void assert_mode(const char *folder, mode_t expected)
{
    struct stat status;

    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 07777, expected);
}

static void test_folder__make_private_takes_the_rights_of_others(void **state)
{
    struct vpc_error err;

    assert_ok(folder_make_private(*state, &err), &err);
    assert_mode(*state, 0700);
}

/* vfat, for one. */
static void test_folder__make_private_knows_a_file_system_without_rights(void **state)
{
    struct vpc_error err;

    refusal = EPERM;
    assert_fails(folder_make_private(*state, &err), &err, VPC_NOT_SUPPORTED);
    refusal = ENOTSUP;
    assert_fails(folder_make_private(*state, &err), &err, VPC_NOT_SUPPORTED);
    refusal = EIO;
    assert_fails(folder_make_private(*state, &err), &err, VPC_IO);
    refusal = EROFS;
    assert_fails(folder_make_private(*state, &err), &err, VPC_ACCESS_DENIED);
}

/* Also root, who could take the rights away: their owner gives them back. */
static void test_folder__make_private_refuses_that_of_another_user(void **state)
{
    struct vpc_error err;

    if (geteuid() != 0) {
        print_message("SKIPPED: only root can give a folder away\n");
        return;
    }
    assert_int_equal(chown(*state, NOBODY, NOBODY), 0);
    assert_fails(folder_make_private(*state, &err), &err, VPC_ACCESS_DENIED);
    assert_mode(*state, 0777);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_folder__make_private_takes_the_rights_of_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder__make_private_knows_a_file_system_without_rights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder__make_private_refuses_that_of_another_user, setup, teardown),
    };

    return cmocka_run_group_tests_name("folder rights", tests, NULL, NULL);
}
