#include "support/home.h"
#include <stdlib.h>
#include <uv.h>
#include "support/check.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

char *test_folder_make(void)
{
    struct vpc_error err;
    char temporary[1024];
    size_t size = sizeof temporary;
    char guid[37];
    assert_int_equal(uv_os_tmpdir(temporary, &size), 0);
    assert_ok(text_random_guid(guid, &err), err);
    guid[8] = '\0'; /* short: a socket's path has little room */
    char *name = text_format("vpc-%s", guid);
    char *folder = path_join(temporary, name);
    free(name);
    assert_ok(folder_make(folder, &err), err);
    return folder;
}

void test_folder_remove(char *folder)
{
    struct vpc_error err;
    assert_ok(folder_remove(folder, &err), err);
    free(folder);
}

void test_home_open(struct test_home *home)
{
    struct vpc_error err;
    home->folder = test_folder_make();
    assert_int_equal(uv_os_setenv("VPC_HOME", home->folder), 0);
    assert_int_equal(uv_os_setenv("VPC_ENGINE", "fake"), 0);
    assert_ok(catalog_open(&home->catalog, &err), err);
}

void test_home_close(struct test_home *home)
{
    catalog_close(&home->catalog);
    uv_os_unsetenv("VPC_HOME");
    uv_os_unsetenv("VPC_ENGINE");
    test_folder_remove(home->folder);
    home->folder = NULL;
}
