#include "test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <uv.h>

#include "util/error.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

int test_folder_setup(void **state)
{
    struct vpc_error err = {0};
    char temporary[1024], guid[37];
    size_t size = sizeof temporary;
    if (uv_os_tmpdir(temporary, &size) != 0 || !text_random_guid(guid, &err))
        return -1;
    char *folder = path_join(temporary, guid);
    if (!folder || !folder_make(folder, &err)) {
        print_error("no test folder: %s\n", err.text);
        free(folder);
        return -1;
    }
    *state = folder;
    return 0;
}

int test_folder_teardown(void **state)
{
    struct vpc_error err;
    const bool removed = folder_remove(*state, &err);
    if (!removed)
        print_error("test folder stays: %s\n", err.text);
    free(*state);
    return removed ? 0 : -1;
}

const char *test_folder_path(void **state, const char *name)
{
    static _Thread_local char path[1200];
    snprintf(path, sizeof path, "%s%c%s", (const char *)*state, PATH_SEPARATOR, name);
    return path;
}
