/* Renaming, removing, and changes from several threads and processes at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "catalog_fixture.h"
#include "config/saved_state_place.h"
#include "trust/answer_clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

static struct catalog_entry find(struct home *home, const char *name)
{
    struct vpc_error err;
    struct catalog_entry entry;

    assert_ok(catalog_find(&home->catalog, name, &entry, &err), &err);
    return entry;
}

static void test_catalog__rename_moves_both_files(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_rename(&home->catalog, &entry, "M\xC3\xBChle", &err), &err);
    assert_string_equal(entry.name, "M\xC3\xBChle");
    assert_in_folder(entry.vmcx, home->catalog.machines, "M\xC3\xBChle.vmcx");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_in_folder(vmc, home->machines, "M\xC3\xBChle.vmc");
    free(vmc);
    assert_vms(home, (const char *[]){"M\xC3\xBChle"}, 1);
    assert_int_equal(files_in(home->machines), 1);
    assert_int_equal(files_in(home->catalog.machines), 1);

    /* A change of case alone is allowed, and the same name again is nothing. */
    assert_ok(catalog_rename(&home->catalog, &entry, "m\xC3\x9CHLE", &err), &err);
    assert_vms(home, (const char *[]){"m\xC3\x9CHLE"}, 1);
    assert_ok(catalog_rename(&home->catalog, &entry, "m\xC3\x9CHLE", &err), &err);
    assert_vms(home, (const char *[]){"m\xC3\x9CHLE"}, 1);
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_in_folder(vmc, home->machines, "m\xC3\x9CHLE.vmc");
    free(vmc);
    assert_int_equal(files_in(home->machines), 1);
    catalog_entry_clear(&entry);
}

static void assert_rename_fails(struct home *home, struct catalog_entry *entry, const char *name, enum vpc_cause cause)
{
    struct vpc_error err;

    assert_fails(catalog_rename(&home->catalog, entry, name, &err), &err, cause);
    assert_string_equal(entry->name, "Lab");
}

static void test_catalog__rename_gives_the_documented_causes(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *other = path_join(home->machines, "File.vmc");
    char *deep = text_format("%s%c%0*d", home->machines, PATH_SEPARATOR, 240 - (int)strlen(home->machines), 0);
    char name[82];

    create(home, "Lab", home->machines, "Lab");
    create(home, "Used", home->machines, "Used");
    assert_ok(file_replace(other, "x", 1, &err), &err);
    entry = find(home, "Lab");
    memset(name, 'n', 81);
    name[81] = '\0';
    assert_rename_fails(home, &entry, name, VPC_NAME_TOO_LONG);
    assert_rename_fails(home, &entry, "", VPC_NAME_EMPTY);
    assert_rename_fails(home, &entry, "a/b", VPC_NAME_INVALID);
    assert_rename_fails(home, &entry, "uSED", VPC_NAME_IN_USE);
    assert_rename_fails(home, &entry, "File", VPC_ALREADY_EXISTS);
    assert_content(other, "x");
    assert_vms(home, (const char *[]){"Lab", "Used"}, 2);
    assert_ok(catalog_unregister(&home->catalog, &entry, &err), &err);
    assert_rename_fails(home, &entry, "New", VPC_VM_UNKNOWN);
    catalog_entry_clear(&entry);

    create(home, "Lab", deep, "Lab");
    entry = find(home, "Lab");
    assert_rename_fails(home, &entry, "A name that is too long here", VPC_NAME_TOO_LONG);
    catalog_entry_clear(&entry);
    free(deep);
    free(other);
}

static void test_catalog__rename_without_the_vmc_changes_nothing(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_ok(file_remove(vmc, &err), &err);
    assert_rename_fails(home, &entry, "New", VPC_FILE_NOT_FOUND);
    assert_vms(home, (const char *[]){"Lab"}, 1);
    free(vmc);
    catalog_entry_clear(&entry);
}

/* The last of the three steps fails: the first two are taken back. */
static void test_catalog__failed_rename_leaves_all_as_it_was(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *block = path_join(home->catalog.machines, "New.vmcx");
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(folder_make(block, &err), &err);
    assert_false(catalog_rename(&home->catalog, &entry, "New", &err));
    assert_string_equal(entry.name, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_in_folder(vmc, home->machines, "Lab.vmc");
    assert_int_equal(files_in(home->machines), 1);
    free(vmc);
    free(block);
    catalog_entry_clear(&entry);
}

static void test_catalog__unregister_keeps_the_files(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry, again;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_ok(catalog_unregister(&home->catalog, &entry, &err), &err);
    assert_vms(home, NULL, 0);
    assert_true(file_exists(vmc));
    assert_fails(catalog_unregister(&home->catalog, &entry, &err), &err, VPC_VM_UNKNOWN);
    assert_ok(catalog_register(&home->catalog, NULL, vmc, &again, &err), &err);
    assert_vms(home, (const char *[]){"Lab"}, 1);
    catalog_entry_clear(&again);
    catalog_entry_clear(&entry);
    free(vmc);
}

struct value {
    const char *key, *text;
};

static bool set_value(struct settings *settings, void *context, struct vpc_error *err)
{
    struct value *value = context;

    return settings_set_text(settings, value->key, value->text, err);
}

#define SAVED_STATE_KEY "settings/configuration/saved_state/path"
#define UNDO_KEY(location)                                                                                             \
    "hardware/pci_bus/ide_adapter/ide_controller[@id=0]/location[@id=" #location "]/undo_pathname"

static void name_file(const char *vmc, const char *key, const char *path)
{
    struct vpc_error err;

    assert_ok(catalog_change_vmc(vmc, set_value, &(struct value){key, path}, &err), &err);
}

static void test_catalog__delete_takes_what_belongs_to_the_vm_only(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    struct settings *settings;
    char *saved = path_join(home->machines, "Lab.vsv");
    char *undo = path_join(home->machines, "undo.vud");
    char *disk = path_join(home->machines, "disk.vhd"); /* no undo disk by its name */
    char *vmc, *id, *run, *page;
    bool found;

    create(home, "Lab", home->machines, "Lab");
    create(home, "Other", home->machines, "Other");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    name_file(vmc, SAVED_STATE_KEY "/absolute", saved);
    name_file(vmc, UNDO_KEY(0) "/absolute", undo);
    name_file(vmc, UNDO_KEY(1) "/absolute", disk);
    assert_ok(settings_load(&settings, "preferences", vmc, &err), &err);
    id = settings_text(settings, "settings/globalconfigid", NULL);
    settings_free(settings);
    assert_ok(catalog_run_folder(&home->catalog, id, true, &run, &err), &err);
    page = path_join(run, "page");
    assert_ok(file_replace(page, "x", 1, &err), &err);
    assert_ok(file_replace(saved, "x", 1, &err), &err);
    assert_ok(file_replace(undo, "x", 1, &err), &err);
    assert_ok(file_replace(disk, "x", 1, &err), &err);
    assert_ok(catalog_delete(&home->catalog, &entry, &found, &err), &err);
    assert_true(found);
    assert_false(file_exists(vmc));
    assert_false(file_exists(saved));
    assert_false(file_exists(undo));
    assert_false(folder_exists(run));
    assert_true(file_exists(disk));
    assert_vms(home, (const char *[]){"Other"}, 1);
    assert_int_equal(files_in(home->machines), 2);
    assert_fails(catalog_delete(&home->catalog, &entry, &found, &err), &err, VPC_VM_UNKNOWN);
    free(page);
    free(run);
    free(id);
    free(vmc);
    free(disk);
    free(undo);
    free(saved);
    catalog_entry_clear(&entry);
}

/* The .vmc comes from a stranger who knows where another VM's files lie. */
static void test_catalog__delete_takes_no_file_of_another_VM(void **state)
{
    static const char *const endings[] = {"absolute", "relative"};
    struct home *home = *state;
    struct vpc_error err;
    char *others = path_join(home->home, "others");
    char *saved = path_join(others, "Other.vsv"), *undo = path_join(others, "Other.vud");
    bool found;

    assert_ok(folder_make(others, &err), &err);
    assert_ok(file_replace(saved, "x", 1, &err), &err);
    assert_ok(file_replace(undo, "x", 1, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        char *vmc, *saved_key = text_format("%s/%s", SAVED_STATE_KEY, endings[i]);
        char *undo_key = text_format("%s/%s", UNDO_KEY(1), endings[i]);
        struct catalog_entry entry;

        create(home, "Lab", home->machines, "Lab");
        entry = find(home, "Lab");
        assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
        name_file(vmc, saved_key, i ? "..\\others\\Other.vsv" : saved);
        name_file(vmc, undo_key, i ? "..\\others\\Other.vud" : undo);
        assert_ok(catalog_delete(&home->catalog, &entry, &found, &err), &err);
        assert_true(found);
        assert_int_equal(files_in(home->machines), 0);
        assert_int_equal(files_in(others), 2);
        catalog_entry_clear(&entry);
        free(undo_key);
        free(saved_key);
        free(vmc);
    }
    free(undo);
    free(saved);
    free(others);
}

/* What DiscardSavedState removes: see above. */
static void test_saved_state_place__remove_takes_only_what_lies_beside(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct settings *settings;
    char *vmc = path_join(home->machines, "Lab.vmc"), *own = saved_state_place_new(vmc);
    char *others = path_join(home->home, "others"), *other = path_join(others, "Other.vsv"), *path;

    create(home, "Lab", home->machines, "Lab");
    assert_ok(folder_make(others, &err), &err);
    assert_ok(file_replace(other, "x", 1, &err), &err);
    assert_ok(file_replace(own, "x", 1, &err), &err);
    for (int i = 0; i < 2; i++) {
        assert_ok(saved_state_place_set(vmc, i ? own : other, &err), &err);
        assert_ok(settings_load(&settings, "preferences", vmc, &err), &err);
        assert_ok(saved_state_place_find(settings, vmc, &path, &err), &err);
        settings_free(settings);
        assert_string_equal(path, i ? own : other);
        assert_ok(saved_state_place_remove(path, vmc, &err), &err);
        free(path);
        assert_true(file_exists(other));
        assert_int_equal(file_exists(own), i == 0);
    }
    free(other);
    free(others);
    free(own);
    free(vmc);
}

static void test_catalog__delete_without_a_vmc_says_so(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    char *vmc;
    bool found;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_ok(file_remove(vmc, &err), &err);
    assert_ok(catalog_delete(&home->catalog, &entry, &found, &err), &err);
    assert_false(found);
    assert_vms(home, NULL, 0);
    free(vmc);
    catalog_entry_clear(&entry);
}

static bool refuse(struct settings *settings, void *context, struct vpc_error *err)
{
    (void)context;
    return settings_set_text(settings, "a", "b", err) && vpc_fail(err, VPC_NOT_SUPPORTED, "refused");
}

static void test_catalog__failed_change_writes_nothing(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    struct settings *settings;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    assert_fails(catalog_change_vmc(vmc, refuse, NULL, &err), &err, VPC_NOT_SUPPORTED);
    assert_ok(settings_load(&settings, "preferences", vmc, &err), &err);
    assert_false(settings_has(settings, "a"));
    settings_free(settings);
    assert_fails(catalog_change_options(&home->catalog, refuse, NULL, &err), &err, VPC_NOT_SUPPORTED);
    assert_false(file_exists(home->catalog.options));
    assert_int_equal(files_in(home->machines), 1); /* no lock stays */
    assert_ok(file_remove(vmc, &err), &err);
    assert_fails(catalog_change_vmc(vmc, refuse, NULL, &err), &err, VPC_FILE_NOT_FOUND);
    assert_int_equal(files_in(home->machines), 0);
    free(vmc);
    catalog_entry_clear(&entry);
}

enum {
    CHANGES = 200,
    CHANGES_OF_A_THREAD = 50
};

/* Adds its keys one by one, each in a change of its own. `first` tells the writers apart. */
static bool add_keys(const struct catalog *catalog, const char *vmc, const char *first, int count)
{
    for (int i = 0; i < count; i++) {
        struct vpc_error err;
        char key[64];
        bool ok;

        snprintf(key, sizeof key, "%s/key_%d", first, i);
        ok = vmc ? catalog_change_vmc(vmc, set_value, &(struct value){key, "x"}, &err)
                 : catalog_change_options(catalog, set_value, &(struct value){key, "x"}, &err);
        if (!ok) {
            print_error("%s: %s\n", key, err.text);
            return false;
        }
    }
    return true;
}

/* What the second process does: "add WRITER VMC|options". VPC_HOME is inherited. */
static int run_writer(const char *first, const char *vmc)
{
    struct vpc_error err;
    struct catalog catalog;
    bool ok;

    if (!catalog_open(&catalog, &err))
        return 2;
    ok = add_keys(&catalog, strcmp(vmc, "options") == 0 ? NULL : vmc, first, CHANGES);
    catalog_close(&catalog);
    return ok ? 0 : 1;
}

static void assert_all_keys(const char *path, const char *const *writers, size_t count, int each)
{
    struct vpc_error err;
    struct settings *settings;

    assert_ok(settings_load(&settings, "preferences", path, &err), &err);
    for (size_t writer = 0; writer < count; writer++) {
        for (int i = 0; i < each; i++) {
            char key[64];

            snprintf(key, sizeof key, "%s/key_%d", writers[writer], i);
            if (!settings_has(settings, key))
                fail_msg("%s is lost", key);
        }
    }
    settings_free(settings);
}

static void test_catalog__two_processes_lose_no_change(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    struct fixture_process *process;
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    process = fixture_start("add", "other", vmc);
    assert_true(add_keys(&home->catalog, vmc, "mine", CHANGES));
    assert_int_equal(fixture_wait(process), 0);
    assert_all_keys(vmc, (const char *[]){"mine", "other"}, 2, CHANGES);
    process = fixture_start("add", "other", "options");
    assert_true(add_keys(&home->catalog, NULL, "mine", CHANGES));
    assert_int_equal(fixture_wait(process), 0);
    assert_all_keys(home->catalog.options, (const char *[]){"mine", "other"}, 2, CHANGES);
    free(vmc);
    catalog_entry_clear(&entry);
}

static void test_catalog__a_lock_that_is_never_given_back_is_named(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    struct file_lock *lock;
    char *path = path_join(home->catalog.home, "catalog.lock");

    create(home, "Lab", home->machines, "Lab");
    assert_false(file_exists(path));
    assert_ok(file_lock_try(&lock, path, &err), &err);
    answer_clock_start();
    assert_fails(in_time(catalog_create(&home->catalog, "New", home->machines, &entry, &err)), &err, VPC_TIMED_OUT);
    answer_clock_stop();
    assert_non_null(strstr(err.text, path));
    file_lock_remove(lock);
    create(home, "New", home->machines, "New");
    free(path);
}

struct writer {
    struct home *home;
    const char *name;
    const char *vmc;
    bool ok;
};

static void write_in_thread(void *context)
{
    struct writer *writer = context;

    writer->ok = add_keys(&writer->home->catalog, writer->vmc, writer->name, CHANGES_OF_A_THREAD);
}

static void test_catalog__threads_lose_no_change(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct catalog_entry entry;
    struct writer writers[3] = {{.name = "one"}, {.name = "two"}, {.name = "three"}};
    struct fixture_thread *threads[3];
    char *vmc;

    create(home, "Lab", home->machines, "Lab");
    entry = find(home, "Lab");
    assert_ok(catalog_vmc_path(&entry, &vmc, &err), &err);
    for (int i = 0; i < 3; i++) {
        writers[i].home = home;
        writers[i].vmc = vmc;
        threads[i] = fixture_thread_start(write_in_thread, &writers[i]);
    }
    for (int i = 0; i < 3; i++)
        fixture_thread_join(threads[i]);
    for (int i = 0; i < 3; i++)
        assert_true(writers[i].ok);
    assert_all_keys(vmc, (const char *[]){"one", "two", "three"}, 3, CHANGES_OF_A_THREAD);
    assert_int_equal(files_in(home->machines), 1);
    free(vmc);
    catalog_entry_clear(&entry);
}

struct creator {
    struct home *home;
    int made;
    bool ok;
};

static void create_in_thread(void *context)
{
    struct creator *creator = context;

    creator->ok = true;
    for (int i = 0; i < 20; i++) {
        struct vpc_error err;
        struct catalog_entry entry;
        char name[16];

        snprintf(name, sizeof name, "vm %d", i);
        if (catalog_create(&creator->home->catalog, name, creator->home->machines, &entry, &err)) {
            creator->made++;
            catalog_entry_clear(&entry);
        } else if (err.cause != VPC_NAME_IN_USE) {
            print_error("%s: %s\n", name, err.text);
            creator->ok = false;
        }
    }
}

static void test_catalog__a_name_is_given_once(void **state)
{
    struct home *home = *state;
    struct vpc_error err;
    struct creator creators[3] = {{.home = home}, {.home = home}, {.home = home}};
    struct fixture_thread *threads[3];
    struct catalog_entry *entries;
    size_t count;

    for (int i = 0; i < 3; i++)
        threads[i] = fixture_thread_start(create_in_thread, &creators[i]);
    for (int i = 0; i < 3; i++)
        fixture_thread_join(threads[i]);
    for (int i = 0; i < 3; i++)
        assert_true(creators[i].ok);
    assert_int_equal(creators[0].made + creators[1].made + creators[2].made, 20);
    assert_ok(catalog_list(&home->catalog, &entries, &count, &err), &err);
    assert_int_equal(count, 20);
    catalog_list_free(entries, count);
    assert_int_equal(files_in(home->machines), 20);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catalog__rename_moves_both_files, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__rename_gives_the_documented_causes, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__rename_without_the_vmc_changes_nothing, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__failed_rename_leaves_all_as_it_was, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__unregister_keeps_the_files, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__delete_takes_what_belongs_to_the_vm_only, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__delete_takes_no_file_of_another_VM, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_saved_state_place__remove_takes_only_what_lies_beside, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__delete_without_a_vmc_says_so, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__failed_change_writes_nothing, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__two_processes_lose_no_change, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__a_lock_that_is_never_given_back_is_named, home_setup,
                                        home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__threads_lose_no_change, home_setup, home_teardown),
        cmocka_unit_test_setup_teardown(test_catalog__a_name_is_given_once, home_setup, home_teardown),
    };

    if (argc == 4 && strcmp(argv[1], "add") == 0)
        return run_writer(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
