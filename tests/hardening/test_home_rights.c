/* Who may read the preferences, the catalog and the usage ledger on Windows: the rights, read back. Natively
 * test_strangers.c has the same. */
#include <stdlib.h>
#include <uv.h>
#include "support/check.h"
#include "support/home.h"
#include "support/rights_win.h"
#include "config/catalog.h"
#include "ledger/ledger.h"
#include "util/file.h"
#include "util/path.h"

static bool set_nothing(struct settings *options, void *context, struct vpc_error *err)
{
    (void)context;
    return settings_set_text(options, "walk/answer", "one", err);
}

/* All that is made in the folder gets the same rights. */
static void assert_inherited(const char *folder)
{
    PACL acl;
    PSECURITY_DESCRIPTOR descriptor = rights_of(folder, &acl);
    for (WORD i = 0; i < acl->AceCount; i++) {
        ACE_HEADER *header;
        assert_true(GetAce(acl, i, (void **)&header));
        assert_int_equal(header->AceFlags & (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE),
                         OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
    }
    LocalFree(descriptor);
}

/* In Wine 8 a file that is replaced has the rights of its mode, whatever the folder's: there the folder keeps others
 * out. */
static bool inherits(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll"), "wine_get_version") == NULL;
}

static void test_home__is_the_users_alone(void **state)
{
    struct catalog catalog;
    struct ledger *ledger;
    struct vpc_error err;
    char *folder = test_folder_make(), *home = path_join(folder, "home"), *usage = path_join(home, LEDGER_FILE);
    (void)state;
    assert_int_equal(uv_os_setenv("VPC_HOME", home), 0);
    assert_ok(catalog_open(&catalog, &err), err);
    assert_ok(catalog_change_options(&catalog, set_nothing, NULL, &err), err);
    assert_ok(ledger_open(&ledger, usage, true, 0, &err), err);
    ledger_close(ledger);
    assert_true(file_exists(catalog.options));
    assert_true(file_exists(usage));
    assert_rights_for_owner_only(home);
    assert_inherited(home);
    if (inherits()) {
        assert_rights_for_owner_only(catalog.options);
        assert_rights_for_owner_only(usage);
    }
    catalog_close(&catalog);
    uv_os_unsetenv("VPC_HOME");
    free(usage);
    free(home);
    test_folder_remove(folder);
}

/* Its rights are the user's own choice. */
static void test_home__that_was_there_keeps_its_rights(void **state)
{
    struct catalog catalog;
    struct vpc_error err;
    char *folder = test_folder_make();
    PACL before, after;
    (void)state;
    PSECURITY_DESCRIPTOR held_before = rights_of(folder, &before);
    assert_int_equal(uv_os_setenv("VPC_HOME", folder), 0);
    assert_ok(catalog_open(&catalog, &err), err);
    assert_ok(catalog_change_options(&catalog, set_nothing, NULL, &err), err);
    PSECURITY_DESCRIPTOR held_after = rights_of(folder, &after);
    assert_int_equal(after->AclSize, before->AclSize);
    assert_memory_equal(after, before, before->AclSize);
    LocalFree(held_after);
    LocalFree(held_before);
    catalog_close(&catalog);
    uv_os_unsetenv("VPC_HOME");
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_home__is_the_users_alone),
        cmocka_unit_test(test_home__that_was_there_keeps_its_rights),
    };
    return cmocka_run_group_tests_name("home rights", tests, NULL, NULL);
}
