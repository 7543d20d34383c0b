/* Finding, making and registering VMs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "catalog_fixture.h"
#include "config/machine_config.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

static void test_catalog__a_new_home_is_empty(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry *entries, entry;
    struct settings *options;
    size_t count;

    assert_ok(catalog_list(&home->catalog, &entries, &count, &err), &err);
    assert_int_equal(count, 0);
    catalog_list_free(entries, count);
    assert_fails(catalog_find(&home->catalog, "Lab", &entry, &err), &err, VPC_VM_UNKNOWN);
    assert_ok(catalog_options(&home->catalog, &options, &err), &err);
    assert_false(settings_has(options, "idle_timeout"));
    settings_free(options);
    assert_false(folder_exists(home->catalog.home)); /* reading makes nothing */
}

static void test_catalog__create_makes_a_machine(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry, found;
    struct machine_config config;
    struct settings *settings;
    char *vmc;

    assert_ok(catalog_create(&home->catalog, "Lab 1", home->machines, &entry, &err), &err);
    assert_string_equal(entry.name, "Lab 1");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_in_folder(vmc, home->machines, "Lab 1.vmc");
    assert_in_folder(entry.vmcx, home->catalog.machines, "Lab 1.vmcx");
    assert_ok(catalog_find(&home->catalog, "lAB 1", &found, &err), &err);
    assert_string_equal(found.name, "Lab 1"); /* as it is spelled */
    assert_string_equal(found.vmcx, entry.vmcx);
    assert_ok(settings_load(&settings, "preferences", vmc, &err), &err);
    assert_ok(machine_config_read(&config, "Lab 1", vmc, settings, NULL, &err), &err);
    assert_int_equal(config.memory_mb, 128);
    assert_int_equal(config.adapter_count, 0);
    assert_int_equal(settings_integer(settings, "settings/shutdown/quit/action", 9), 0);
    machine_config_clear(&config);
    settings_free(settings);
    free(vmc);
    catalog_entry_clear(&found);
    catalog_entry_clear(&entry);
}

static void test_catalog__create_takes_names_as_documented(void **state)
{
    struct home *home = *state;
    char *full = path_join(home->machines, "By path.vmc");
    char *bare = path_join(home->machines, "Bare");
    char *unicode = path_join(home->machines, "M\xC3\xBChle \xF0\x9F\x96\xA5.vmc");

    create(home, "With end.VMC", home->machines, "With end");
    create(home, NULL, full, "By path");
    create(home, "", bare, "Bare");
    create(home, NULL, unicode, "M\xC3\xBChle \xF0\x9F\x96\xA5");
    assert_true(file_exists(full));
    assert_true(file_exists(unicode));
    assert_vms(home, (const char *[]){"With end", "By path", "Bare", "M\xC3\xBChle \xF0\x9F\x96\xA5"}, 4);
    free(unicode);
    free(bare);
    free(full);
}

static void assert_create_fails(struct home *home, const char *name, const char *path, enum vpc_cause cause)
{
    struct vpc_error err;
    struct catalog_entry entry;

    assert_fails(catalog_create(&home->catalog, name, path, &entry, &err), &err, cause);
    assert_null(entry.name);
    assert_null(entry.vmcx);
}

static void test_catalog__create_gives_the_documented_causes(void **state)
{
    struct home *home = *state;
    char *taken = path_join(home->machines, "Taken.vmc");
    char *ends = text_format("%s%c", home->machines, PATH_SEPARATOR);
    char *star = path_join(home->machines, "a*b.vmc");
    char *bare = path_join(home->machines, ".vmc");
    char *deep, *below;
    char long_name[82];
    struct vpc_error err;

    assert_ok(folder_make(home->machines, &err), &err);
    assert_ok(file_replace(taken, "x", 1, &err), &err);
    create(home, "Used", home->machines, "Used");
    memset(long_name, 'n', 81);
    long_name[81] = '\0';
    assert_create_fails(home, long_name, home->machines, VPC_NAME_TOO_LONG);
    deep = text_format("%s%c%0*d", home->machines, PATH_SEPARATOR, 258 - 5 - (int)strlen(home->machines), 0);
    assert_create_fails(home, "Lab", deep, VPC_TOO_LONG); /* only with the name */
    below = path_join(taken, "folder");
    assert_create_fails(home, "a?", home->machines, VPC_NAME_INVALID);
    assert_create_fails(home, ".vmc", home->machines, VPC_NAME_EMPTY);
    assert_create_fails(home, NULL, bare, VPC_NAME_EMPTY);
    assert_create_fails(home, NULL, ends, VPC_NAME_EMPTY);
    assert_create_fails(home, "", "", VPC_BAD_PATH);
    assert_create_fails(home, "Lab", "", VPC_BAD_PATH);
    assert_create_fails(home, "Lab", "relative", VPC_BAD_PATH);
    assert_create_fails(home, NULL, star, VPC_INVALID_NAME);
    assert_create_fails(home, "Taken", home->machines, VPC_ALREADY_EXISTS);
    assert_create_fails(home, "USED", home->machines, VPC_NAME_IN_USE);
    assert_create_fails(home, "used.vmc", home->home, VPC_NAME_IN_USE);
    assert_content(taken, "x");
    assert_vms(home, (const char *[]){"Used"}, 1);
    free(below);
    free(deep);
    free(bare);
    free(star);
    free(ends);
    free(taken);
}

static void test_catalog__name_of_80_units_is_the_limit(void **state)
{
    struct home *home = *state;
    char name[400] = "";

    for (int i = 0; i < 40; i++)
        strcat(name, "\xF0\x9F\x96\xA5");
    create(home, name, home->machines, name);
    strcat(name, "n");
    assert_create_fails(home, name, home->machines, VPC_NAME_TOO_LONG);
}

static void test_catalog__failed_create_leaves_nothing(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    char *deep = path_join(home->machines, "new");
    char *vmcx = path_join(home->catalog.machines, "Lab.vmcx");
    char *vmc = path_join(home->machines, "Kept.vmc");

    /* A folder of that name keeps the .vmcx from being written. */
    assert_ok(folder_make(vmcx, &err), &err);
    assert_ok(folder_make(home->machines, &err), &err);
    assert_ok(file_replace(vmc, "x", 1, &err), &err);
    {
        struct catalog_entry entry;

        assert_false(catalog_create(&home->catalog, "Lab", deep, &entry, &err));
    }
    assert_false(folder_exists(deep));
    assert_true(file_exists(vmc));
    free(vmc);
    free(vmcx);
    free(deep);
}

static void test_catalog__data_folder_that_is_none_is_said(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;

    assert_ok(file_replace(home->catalog.home, "a file", 6, &err), &err);
    assert_false(catalog_create(&home->catalog, "Lab", home->machines, &entry, &err));
    assert_non_null(strstr(err.text, home->catalog.home));
    assert_false(folder_exists(home->machines));
}

/* What the child process does that may not write: "denied FOLDER". Its exit status is the cause it got, 0 for success.
 */
static int run_denied(const char *machines, const char *vmc)
{
    struct vpc_error err;
    struct catalog catalog;
    struct catalog_entry entry;
    char *folder;
    bool ok;

    if (!fixture_give_up_rights() || !catalog_open(&catalog, &err))
        return 100;
    ok = catalog_create(&catalog, "Denied", machines, &entry, &err);
    if (!ok && !strstr(err.text, catalog.home))
        err.cause = 101; /* the text must name the place */
    if (ok || err.cause != VPC_ACCESS_DENIED) {
        catalog_close(&catalog);
        return ok ? 0 : (int)err.cause;
    }
    ok = catalog_change_vmc(vmc, NULL, NULL, &err);
    if (!ok && err.cause == VPC_ACCESS_DENIED) {
        ok = catalog_run_folder(&catalog, "{01234567-89ab-cdef-0123-456789abcdef}", true, &folder, &err);
        free(folder);
    }
    catalog_close(&catalog);
    return ok ? 0 : (int)err.cause;
}

static void test_catalog__data_folder_without_write_permission_is_access_denied(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    assert_ok(catalog_find(&home->catalog, "Lab", &entry, &err), &err);
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    if (fixture_can_give_up_rights()) {
        struct fixture_process *process = fixture_start("denied", home->machines, vmc);

        assert_int_equal(fixture_wait(process), VPC_ACCESS_DENIED);
    } else {
        print_message("rights are those of the whole Windows session here: only the native build tests this\n");
    }
    assert_vms(home, (const char *[]){"Lab"}, 1);
    assert_int_equal(files_in(home->machines), 1);
    free(vmc);
    catalog_entry_clear(&entry);
}

static void test_catalog__list_keeps_the_order_of_registration(void **state)
{
    struct home *home = *state;
    static const char *const names[] = {"z", "a", "M", "b", "Y", "c"};
    struct catalog_entry entry;
    struct vpc_error err;

    for (size_t i = 0; i < 6; i++)
        create(home, names[i], home->machines, names[i]);
    assert_vms(home, names, 6);
    assert_ok(catalog_find(&home->catalog, "a", &entry, &err), &err);
    assert_ok(catalog_rename(&home->catalog, &entry, "renamed", &err), &err);
    assert_vms(home, (const char *[]){"z", "renamed", "M", "b", "Y", "c"}, 6);
    catalog_entry_clear(&entry);
}

/* Times of one tick, or of a clock that was put back since, do not change the order. */
static void test_catalog__list_is_in_order_even_when_the_clock_is_not(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;

    create(home, "z", home->machines, "z");
    assert_ok(catalog_find(&home->catalog, "z", &entry, &err), &err);
    assert_ok(file_set_modified(entry.vmcx, 4102444800000, &err), &err); /* 2100 */
    create(home, "y", home->machines, "y");
    create(home, "x", home->machines, "x");
    assert_vms(home, (const char *[]){"z", "y", "x"}, 3);
    catalog_entry_clear(&entry);
}

static void write_vmc(const char *path, const char *id)
{
    struct vpc_error err;
    struct settings *settings;

    assert_ok(settings_new(&settings, "preferences", NULL, &err), &err);
    assert_ok(settings_set_integer(settings, "hardware/memory/ram_size", 64, &err), &err);
    if (id)
        assert_ok(settings_set_text(settings, "settings/globalconfigid", id, &err), &err);
    assert_ok(settings_save(settings, path, &err), &err);
    settings_free(settings);
}

static char *id_of(const char *path)
{
    struct vpc_error err;
    struct settings *settings;
    char *id;

    assert_ok(settings_load(&settings, "preferences", path, &err), &err);
    id = settings_text(settings, "settings/globalconfigid", NULL);
    assert_non_null(id);
    settings_free(settings);
    return id;
}

static void test_catalog__register_keeps_or_gives_ids(void **state)
{
    struct home *home = *state;
    static const char id[] = "{3C1B7E52-90AD-4F6E-8B21-5D7F0A9C4E13}";
    struct vpc_error err;
    struct catalog_entry entry;
    char *first = path_join(home->home, "First.vmc");
    char *copy = path_join(home->home, "Copy.vmc");
    char *none = path_join(home->home, "None.vmc");
    char *evil = path_join(home->home, "Evil.vmc");
    char *got;

    write_vmc(first, id);
    write_vmc(copy, "{3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13}");
    write_vmc(none, NULL);
    write_vmc(evil, "..\\..\\..\\x");
    for (int i = 0; i < 4; i++) {
        const char *path = (const char *[]){first, copy, none, evil}[i];

        assert_ok(catalog_register(&home->catalog, NULL, path, &entry, &err), &err);
        catalog_entry_clear(&entry);
        got = id_of(path);
        if (i == 0)
            assert_string_equal(got, id);
        else
            assert_int_not_equal(text_compare_nocase(got, id), 0);
        assert_int_equal(strlen(got), 38);
        free(got);
    }
    assert_vms(home, (const char *[]){"First", "Copy", "None", "Evil"}, 4);
    free(evil);
    free(none);
    free(copy);
    free(first);
}

static void assert_register_fails(struct home *home, const char *name, const char *path, enum vpc_cause cause)
{
    struct vpc_error err;
    struct catalog_entry entry;

    assert_fails(catalog_register(&home->catalog, name, path, &entry, &err), &err, cause);
    assert_null(entry.name);
}

static void test_catalog__register_gives_the_documented_causes(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *lab = path_join(home->home, "Lab.vmc");
    char *other = path_join(home->machines, "LAB.vmc");
    char *noise = path_join(home->home, "Noise.vmc");
    char *missing = path_join(home->home, "Missing");
    char *deep = path_join(missing, "Lab.vmc");
    char *roundabout =
        text_format("%s%c..%c.%cLab.vmc", home->machines, PATH_SEPARATOR, PATH_SEPARATOR, PATH_SEPARATOR);
    char *before, *after;
    size_t size;

    assert_ok(folder_make(home->machines, &err), &err);
    write_vmc(lab, NULL);
    write_vmc(other, NULL);
    assert_ok(file_replace(noise, "MZ\0", 3, &err), &err);
    assert_ok(catalog_register(&home->catalog, "Lab.vmc", home->home, &entry, &err), &err);
    assert_string_equal(entry.name, "Lab");
    catalog_entry_clear(&entry);
    assert_ok(file_read(other, 10000, &before, &size, &err), &err);
    assert_register_fails(home, "Lab", home->home, VPC_ALREADY_EXISTS);
    assert_register_fails(home, NULL, lab, VPC_ALREADY_EXISTS);
    assert_register_fails(home, NULL, roundabout, VPC_ALREADY_EXISTS);
    assert_register_fails(home, "LAB", home->machines, VPC_NAME_IN_USE);
    assert_register_fails(home, "Lab", missing, VPC_PATH_NOT_FOUND);
    assert_register_fails(home, NULL, deep, VPC_PATH_NOT_FOUND);
    assert_register_fails(home, "None", home->home, VPC_FILE_NOT_FOUND);
    assert_register_fails(home, NULL, missing, VPC_FILE_NOT_FOUND);
    assert_register_fails(home, NULL, noise, VPC_CORRUPT);
    assert_register_fails(home, NULL, "Lab.vmc", VPC_BAD_PATH);
    assert_register_fails(home, "a:b", home->home, VPC_NAME_INVALID);
    /* Refused files stay as they were, without a new id. */
    assert_ok(file_read(other, 10000, &after, &size, &err), &err);
    assert_memory_equal(before, after, size);
    assert_vms(home, (const char *[]){"Lab"}, 1);
    free(roundabout);
    free(after);
    free(before);
    free(deep);
    free(missing);
    free(noise);
    free(other);
    free(lab);
}

static void test_catalog__damaged_registrations_are_said(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    assert_ok(catalog_find(&home->catalog, "Lab", &entry, &err), &err);
    assert_ok(file_replace(entry.vmcx, "<vm_description/>", 17, &err), &err);
    assert_fails(catalog_vmc_path(&entry, &vmc, &err), &err, VPC_CORRUPT);
    assert_ok(file_replace(entry.vmcx, "<vm_", 4, &err), &err);
    assert_fails(catalog_vmc_path(&entry, &vmc, &err), &err, VPC_CORRUPT);
    assert_ok(file_remove(entry.vmcx, &err), &err);
    assert_fails(catalog_vmc_path(&entry, &vmc, &err), &err, VPC_VM_UNKNOWN);
    catalog_entry_clear(&entry);
}

static void test_catalog__find_takes_no_way_out_of_its_folder(void **state)
{
    struct home *home = *state;
    static const char *const names[] = {
        "..\\Virtual Machines\\Lab", "../Virtual Machines/Lab", "La*", "L?b", "", ".", "Lab."};
    struct vpc_error err;
    struct catalog_entry entry;

    create(home, "Lab", home->machines, "Lab");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_fails(catalog_find(&home->catalog, names[i], &entry, &err), &err, VPC_VM_UNKNOWN);
        assert_null(entry.name);
    }
}

static void test_catalog__run_folder_takes_only_guids(void **state)
{
    struct home *home = *state;
    static const char *const bad[] = {"", "x", "{..\\..\\..\\..\\..\\..\\..\\..\\..\\..\\..\\..\\}",
                                      "3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e1", "3c1b7e52-90ad-4f6e-8b21/5d7f0a9c4e13"};
    struct vpc_error err;
    char *folder, *made;

    assert_ok(catalog_run_folder(&home->catalog, "{3C1B7E52-90AD-4F6E-8B21-5D7F0A9C4E13}", false, &folder, &err), &err);
    assert_false(folder_exists(folder));
    assert_ok(catalog_run_folder(&home->catalog, "3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13", true, &made, &err), &err);
    assert_string_equal(folder, made);
    assert_true(folder_exists(made));
    assert_true(text_ends_nocase(made, "3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13"));
    free(made);
    free(folder);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_fails(catalog_run_folder(&home->catalog, bad[i], true, &folder, &err), &err, VPC_INVALID_ARGUMENT);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catalog__a_new_home_is_empty, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__create_makes_a_machine, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__create_takes_names_as_documented, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__create_gives_the_documented_causes, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__name_of_80_units_is_the_limit, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__failed_create_leaves_nothing, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__data_folder_that_is_none_is_said, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__data_folder_without_write_permission_is_access_denied, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__list_keeps_the_order_of_registration, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__list_is_in_order_even_when_the_clock_is_not, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__register_keeps_or_gives_ids, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__register_gives_the_documented_causes, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__damaged_registrations_are_said, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__find_takes_no_way_out_of_its_folder, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__run_folder_takes_only_guids, home_setup, home_teardown),
    };

    if (argc == 4 && strcmp(argv[1], "denied") == 0)
        return run_denied(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
