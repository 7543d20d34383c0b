/* The number that counts the changes of a catalog, as a process sees it that has it open while another one changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "catalog_fixture.h"
#include "config/catalog_generation.h"
#include "util/file.h"
#include "util/path.h"

static struct catalog_entry entry_of(struct home *home, const char *name)
{
    struct catalog_entry entry;
    struct vpc_error err;

    assert_ok(catalog_find(&home->catalog, name, &entry, &err), &err);
    return entry;
}

static void test_catalog_generation__changes_are_counted_where_it_is_open(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    uint32_t last;
    bool found;

    create(home, "Blue", home->machines, "Blue");
    create(home, "Red", home->machines, "Red");
    struct catalog_generation *generation = catalog_generation_open(&home->catalog);
    struct catalog_entry blue = entry_of(home, "Blue"), red = entry_of(home, "Red");
    assert_non_null(generation);

    last = catalog_generation_read(generation);
    assert_int_equal(catalog_generation_read(generation), last);
    assert_ok(catalog_rename(&home->catalog, &blue, "Green", &err), &err);
    assert_int_not_equal(catalog_generation_read(generation), last);

    last = catalog_generation_read(generation);
    assert_ok(catalog_unregister(&home->catalog, &blue, &err), &err);
    assert_int_not_equal(catalog_generation_read(generation), last);

    last = catalog_generation_read(generation);
    assert_ok(catalog_delete(&home->catalog, &red, &found, &err), &err);
    assert_int_not_equal(catalog_generation_read(generation), last);

    struct catalog_generation *second = catalog_generation_open(&home->catalog);
    assert_non_null(second);
    assert_int_equal(catalog_generation_read(second), catalog_generation_read(generation));
    catalog_generation_close(second);
    catalog_generation_close(generation);
    catalog_entry_clear(&blue);
    catalog_entry_clear(&red);
}

static void test_catalog_generation__without_a_folder_there_is_none(void **state)
{
    struct home *home = *state;

    assert_null(catalog_generation_open(&home->catalog));
    assert_false(folder_exists(home->catalog.home));
}

static void test_catalog_generation__a_strange_file_stays_as_it_is(void **state)
{
    struct home *home = *state;
    const char strange[] =
        "this is no number of changes, and longer than one would be, but for its first word: so it goes";
    struct vpc_error err;

    create(home, "Blue", home->machines, "Blue");
    char *path = path_join(home->catalog.home, "catalog.generation");
    assert_ok(file_replace(path, strange, sizeof strange - 1, &err), &err);
    assert_null(catalog_generation_open(&home->catalog));
    struct catalog_entry blue = entry_of(home, "Blue");
    assert_ok(catalog_unregister(&home->catalog, &blue, &err), &err);
    assert_content(path, strange);
    catalog_entry_clear(&blue);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catalog_generation__changes_are_counted_where_it_is_open, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog_generation__without_a_folder_there_is_none, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog_generation__a_strange_file_stays_as_it_is, home_setup,
                                        home_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
