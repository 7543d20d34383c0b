/*
 * What files from strangers may say, and what strangers may read: claims of docs/threat-model.md that no other test
 * shows. Natively; the code is the same on Windows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/machine_config.h"
#include "engine/saved_state.h"
#include "ledger/ledger.h"
#include "support/check.h"
#include "support/home.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    NOBODY = 65534
};

static const char memory[] = "memory";

static void save(const char *path)
{
    struct saved_state_about about = {.engine = "qemu", .version = "1", .hardware = "pc", .config_id = "{id}"};
    struct saved_state_writer *writer;
    struct vpc_error err;
    assert_ok(saved_state_create(&writer, path, &about, &err), err);
    assert_ok(saved_state_write(writer, memory, sizeof memory, &err), err);
    assert_ok(saved_state_commit(writer, &err), err);
}

/* A file of its own, whole, which only the user can read. */
static void assert_saved(const char *path)
{
    struct saved_state_about about;
    struct saved_state_reader *reader;
    struct vpc_error err;
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_nlink, 1);
    assert_ok(saved_state_open(&reader, path, "qemu", "{id}", &about, &err), err);
    assert_int_equal(about.bytes, sizeof memory);
    saved_state_close(reader);
}

/* Whatever the user lets others do with his files. */
static void test_saved_state__is_the_users_alone(void **state)
{
    char *folder = test_folder_make(), *path = path_join(folder, "machine.vsv");
    mode_t before = umask(0);
    (void)state;
    save(path);
    umask(before);
    assert_saved(path);
    free(path);
    test_folder_remove(folder);
}

/* Under the name that Save writes to until it is whole lies what a stranger has put there. */
static void test_saved_state__is_written_to_no_file_of_a_stranger(void **state)
{
    char *folder = test_folder_make(), *path = path_join(folder, "machine.vsv"), *temporary;
    char *mine = path_join(folder, "mine"), *content;
    struct vpc_error err;
    struct stat status;
    size_t size;
    (void)state;
    temporary = text_format("%s.tmp", path);

    /* Open for all, and he has it open: what is written to it is his. */
    int his = open(temporary, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(his >= 0);
    assert_int_equal(fchmod(his, 0666), 0);
    save(path);
    assert_saved(path);
    assert_int_equal(fstat(his, &status), 0);
    assert_int_equal(status.st_size, 0);
    close(his);

    /* Links to a file of the user's. */
    for (int hard = 0; hard < 2; hard++) {
        assert_ok(file_replace(mine, "precious", 8, &err), err);
        assert_int_equal(hard ? link(mine, temporary) : symlink(mine, temporary), 0);
        save(path);
        assert_saved(path);
        assert_ok(file_read(mine, 100, &content, &size, &err), err);
        assert_string_equal(content, "precious");
        free(content);
    }

    /* And to one that is not there yet. */
    assert_int_equal(unlink(mine), 0);
    assert_int_equal(symlink(mine, temporary), 0);
    save(path);
    assert_saved(path);
    assert_false(file_exists(mine));
    free(mine);
    free(temporary);
    free(path);
    test_folder_remove(folder);
}

/* A pipe under its name is not waited for. */
static void test_saved_state__is_no_pipe(void **state)
{
    struct saved_state_about about;
    struct saved_state_reader *reader;
    struct vpc_error err;
    char *folder = test_folder_make(), *path = path_join(folder, "machine.vsv");
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(saved_state_open(&reader, path, "qemu", "{id}", &about, &err));
    assert_int_equal(err.cause, VPC_IO);
    free(path);
    test_folder_remove(folder);
}

static bool set_nothing(struct settings *options, void *context, struct vpc_error *err)
{
    (void)context;
    return settings_set_text(options, "walk/answer", "one", err);
}

/* The error number that another user gets who wants to read that file. */
static int as_stranger(const char *path)
{
    int status;
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0)
        _exit(setgid(NOBODY) != 0 || setuid(NOBODY) != 0 ? 255 : open(path, O_RDONLY) >= 0 ? 0 : errno);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Preferences, catalog and usage ledger, whatever the user lets others do with his files. */
static void test_home__is_the_users_alone(void **state)
{
    struct catalog catalog;
    struct ledger *ledger;
    struct vpc_error err;
    struct stat status;
    char *folder = test_folder_make(), *home = path_join(folder, "home"), *usage = path_join(home, LEDGER_FILE);
    mode_t before = umask(0);
    (void)state;
    assert_int_equal(chmod(folder, 0755), 0);
    setenv("VPC_HOME", home, 1);
    assert_ok(catalog_open(&catalog, &err), err);
    assert_ok(catalog_change_options(&catalog, set_nothing, NULL, &err), err);
    assert_ok(ledger_open(&ledger, usage, true, 0, &err), err);
    ledger_close(ledger);
    umask(before);
    assert_int_equal(stat(home, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    if (geteuid() == 0) {
        assert_int_equal(as_stranger(catalog.options), EACCES);
        assert_int_equal(as_stranger(usage), EACCES);
        /* It is the folder that keeps them out. */
        assert_int_equal(chmod(home, 0755), 0);
        assert_int_equal(as_stranger(catalog.options), 0);
        assert_int_equal(as_stranger(usage), 0);
    } else {
        print_message("SKIPPED: only root can try with another user's rights\n");
    }
    catalog_close(&catalog);
    /* Of a folder that was there the rights are the user's own choice. */
    assert_int_equal(chmod(home, 0755), 0);
    assert_ok(catalog_open(&catalog, &err), err);
    assert_int_equal(stat(home, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0755);
    unsetenv("VPC_HOME");
    catalog_close(&catalog);
    free(usage);
    free(home);
    test_folder_remove(folder);
}

/* All that chooses what is run, put where the preferences have it. */
static void test_vmc__chooses_no_program(void **state)
{
    static const char *const keys[] = {"hypervisors/engine", "hypervisors/qemu/program", "hypervisors/qemu/accelerator",
                                       "hypervisors/qemu/vm_3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13/extra_arguments"};
    struct settings *vmc, *options;
    struct machine_config plain, hostile;
    struct vpc_error err;
    (void)state;
    unsetenv("VPC_ENGINE");
    assert_ok(settings_new(&vmc, "preferences", NULL, &err), err);
    assert_ok(settings_new(&options, "preferences", NULL, &err), err);
    assert_ok(settings_set_text(vmc, "settings/globalconfigid", "{3C1B7E52-90AD-4F6E-8B21-5D7F0A9C4E13}", &err), err);
    assert_ok(settings_set_integer(vmc, "hardware/memory/ram_size", 128, &err), err);
    assert_ok(machine_config_read(&plain, "Name", "/folder/Name.vmc", vmc, options, &err), err);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_ok(settings_set_text(vmc, keys[i], "/tmp/mine", &err), err);
    assert_ok(machine_config_read(&hostile, "Name", "/folder/Name.vmc", vmc, options, &err), err);
    assert_string_equal(hostile.engine, plain.engine);
    assert_string_equal(hostile.qemu_accelerator, plain.qemu_accelerator);
    assert_null(hostile.qemu_program);
    assert_null(hostile.extra_arguments);
    machine_config_clear(&plain);
    machine_config_clear(&hostile);
    /* In the preferences they count: the keys are those. */
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_ok(settings_set_text(options, keys[i], "/tmp/mine", &err), err);
    assert_ok(machine_config_read(&hostile, "Name", "/folder/Name.vmc", vmc, options, &err), err);
    assert_string_equal(hostile.engine, "/tmp/mine");
    assert_string_equal(hostile.qemu_accelerator, "/tmp/mine");
    assert_string_equal(hostile.qemu_program, "/tmp/mine");
    assert_non_null(hostile.extra_arguments);
    machine_config_clear(&hostile);
    settings_free(options);
    settings_free(vmc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_state__is_the_users_alone),
        cmocka_unit_test(test_saved_state__is_written_to_no_file_of_a_stranger),
        cmocka_unit_test(test_saved_state__is_no_pipe),
        cmocka_unit_test(test_home__is_the_users_alone),
        cmocka_unit_test(test_vmc__chooses_no_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
