#include "catalog_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "util/file.h"
#include "util/path.h"

int home_setup(void **state)
{
    struct vpc_error err;
    struct home *home = calloc(1, sizeof *home);
    char *root;

    home->home = fixture_folder();
    home->machines = path_join(home->home, "machines");
    root = path_join(home->home, "catalog");
    fixture_environment("VPC_HOME", root);
    assert_ok(catalog_open(&home->catalog, &err), &err);
    assert_string_equal(home->catalog.home, root);
    free(root);
    *state = home;
    return 0;
}

int home_teardown(void **state)
{
    struct home *home = *state;

    catalog_close(&home->catalog);
    fixture_remove(home->home);
    free(home->machines);
    free(home);
    return 0;
}

void create(struct home *home, const char *name, const char *path, const char *expected)
{
    struct vpc_error err;
    struct catalog_entry entry;

    assert_ok(catalog_create(&home->catalog, name, path, &entry, &err), &err);
    assert_string_equal(entry.name, expected);
    catalog_entry_clear(&entry);
}

void assert_vms(struct home *home, const char *const *names, size_t count)
{
    struct vpc_error err;
    struct catalog_entry *entries;
    size_t found;

    assert_ok(catalog_list(&home->catalog, &entries, &found, &err), &err);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        char *folder = path_folder(entries[i].vmcx);

        assert_string_equal(entries[i].name, names[i]);
        assert_string_equal(folder, home->catalog.machines);
        free(folder);
    }
    catalog_list_free(entries, found);
}

void assert_in_folder(const char *path, const char *folder, const char *name)
{
    char *expected = path_join(folder, name);

    assert_string_equal(path, expected);
    assert_true(file_exists(path));
    free(expected);
}

void assert_content(const char *path, const char *expected)
{
    struct vpc_error err;
    char *data;
    size_t size;

    assert_ok(file_read(path, 1000, &data, &size, &err), &err);
    assert_string_equal(data, expected);
    free(data);
}

size_t files_in(const char *folder)
{
    struct vpc_error err;
    struct folder_entry *entries;
    size_t count;

    assert_ok(folder_list(folder, "", &entries, &count, &err), &err);
    folder_list_free(entries, count);
    return count;
}
