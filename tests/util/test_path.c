#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"
#include "util/path.h"
#include "util/text.h"

static void check(const char *path, enum vpc_cause expected)
{
    struct vpc_error err;

    if (expected == 0)
        assert_ok(path_check(path, &err), &err);
    else
        assert_fails(path_check(path, &err), &err, expected);
}

static void test_path__check_follows_the_documented_order(void **state)
{
    (void)state;
    check("C:\\a.vmc", 0);
    check("c:\\Machines\\Lab 1\\a.vmc", 0);
    check("C:\\", 0);
    check("\\\\server\\share\\a.vmc", 0);
    check("C:\\M\xC3\xBChle\\\xF0\x9F\x96\xA5.vmc", 0);
    check("", VPC_BAD_PATH);
    check("a.vmc", VPC_BAD_PATH);
    check(".\\a.vmc", VPC_BAD_PATH);
    check("\\a.vmc", VPC_BAD_PATH);
    check("\\\\", VPC_BAD_PATH);
    check("C:", VPC_BAD_PATH);
    check("C:a.vmc", VPC_BAD_PATH);
    check("1:\\a.vmc", VPC_BAD_PATH);
    check("/home/a.vmc", VPC_BAD_PATH);
    check("a*b", VPC_BAD_PATH);
    check("C:/a.vmc", VPC_INVALID_NAME);
    check("C:\\a:b", VPC_INVALID_NAME);
    check("\\\\server:1\\share\\a", VPC_INVALID_NAME);
    check("\\\\?\\C:\\a.vmc", VPC_INVALID_NAME);
    check("C:\\a\nb", VPC_INVALID_NAME);
    for (const char *c = "*?<>/|\""; *c; c++) {
        char path[] = "C:\\a b.vmc";

        path[4] = *c;
        check(path, VPC_INVALID_NAME);
    }
}

static void test_path__check_counts_utf16_units(void **state)
{
    char path[600] = "C:\\";

    (void)state;
    memset(path + 3, 'a', 256);
    check(path, 0); /* 259 */
    path[259] = 'a';
    check(path, VPC_TOO_LONG);
    path[5] = '*';
    check(path, VPC_TOO_LONG); /* length comes before characters */
    memset(path, 0, sizeof path);
    strcpy(path, "C:\\");
    for (int i = 0; i < 128; i++)
        memcpy(path + 3 + i * 4, "\xF0\x9F\x96\xA5", 4);
    check(path, 0); /* 3 + 128 pairs */
    strcat(path, "a");
    check(path, VPC_TOO_LONG);
}

static void test_path__check_host_takes_this_hosts_paths(void **state)
{
    struct vpc_error err;
    char *folder = fixture_folder();

    (void)state;
    assert_ok(path_check_host(folder, &err), &err);
    assert_fails(path_check_host("", &err), &err, VPC_BAD_PATH);
    assert_fails(path_check_host("a", &err), &err, VPC_BAD_PATH);
    fixture_remove(folder);
}

static void check_name(const char *name, enum vpc_cause expected)
{
    struct vpc_error err;

    if (expected == 0)
        assert_ok(path_check_vm_name(name, &err), &err);
    else
        assert_fails(path_check_vm_name(name, &err), &err, expected);
}

static void test_path__check_vm_name_rules(void **state)
{
    char name[400];

    (void)state;
    check_name("Lab", 0);
    check_name("Windows XP (2). copy", 0);
    check_name("CONSOLE", 0);
    check_name("COM0", 0);
    check_name("LPT10", 0);
    check_name("", VPC_NAME_EMPTY);
    for (const char *c = "*?:<>/|\\\"\t\x01"; *c; c++) {
        strcpy(name, "a b");
        name[1] = *c;
        check_name(name, VPC_NAME_INVALID);
    }
    check_name("Lab.", VPC_NAME_INVALID);
    check_name("Lab ", VPC_NAME_INVALID);
    check_name("..", VPC_NAME_INVALID);
    check_name("con", VPC_NAME_INVALID);
    check_name("NUL.old", VPC_NAME_INVALID);
    check_name("Com1", VPC_NAME_INVALID);
    check_name("lpt9 .x", VPC_NAME_INVALID);
    check_name("conin$", VPC_NAME_INVALID);
}

static void test_path__check_vm_name_limit_is_80_units(void **state)
{
    char name[400] = "";

    (void)state;
    memset(name, 'n', 80);
    check_name(name, 0);
    name[80] = 'n';
    check_name(name, VPC_NAME_TOO_LONG);
    name[3] = '*';
    check_name(name, VPC_NAME_TOO_LONG);
    memset(name, 0, sizeof name);
    for (int i = 0; i < 40; i++)
        strcat(name, "\xF0\x9F\x96\xA5");
    check_name(name, 0);
    strcat(name, "n");
    check_name(name, VPC_NAME_TOO_LONG);
}

/* Takes the text, with the separators of this host for '|'. */
static void assert_text(char *got, const char *expected)
{
    char *host = text_copy(expected);

    for (char *at = host; *at; at++) {
        if (*at == '|')
            *at = PATH_SEPARATOR;
    }
    assert_string_equal(got, host);
    free(host);
    free(got);
}

static char *with_separators(char text[64], const char *from)
{
    size_t i;

    for (i = 0; from[i]; i++)
        text[i] = from[i] == '|' ? PATH_SEPARATOR : from[i];
    text[i] = '\0';
    return text;
}

static void test_path__parts(void **state)
{
    char text[64];

    (void)state;
    assert_text(path_join(with_separators(text, "|a"), "b"), "|a|b");
    assert_text(path_join(with_separators(text, "|a|"), "b"), "|a|b");
    assert_text(path_folder(with_separators(text, "|a|b.vmc")), "|a");
    assert_text(path_folder(with_separators(text, "|a|b|")), "|a");
    assert_text(path_folder(with_separators(text, "|a||b")), "|a");
    assert_text(path_folder(with_separators(text, "|a")), "|");
    assert_text(path_folder(with_separators(text, "|")), "|");
    assert_text(path_folder("a"), "");
    assert_text(path_name(with_separators(text, "|a|b.vmc")), "b.vmc");
    assert_text(path_name(with_separators(text, "|a|b|")), "b");
    assert_text(path_name(with_separators(text, "|")), "");
    assert_text(path_stem(with_separators(text, "|a|b.VMC"), ".vmc"), "b");
    assert_text(path_stem(with_separators(text, "|a|b.vmcx"), ".vmc"), "b.vmcx");
    assert_text(path_stem(with_separators(text, "|a|.vmc"), ".vmc"), ".vmc");
#if defined(_WIN32)
    assert_text(path_folder("C:\\a"), "C:\\");
    assert_text(path_folder("C:\\"), "C:\\");
    assert_text(path_join("C:\\", "a"), "C:\\a");
    assert_text(path_folder("\\\\server\\share\\a"), "\\\\server\\share");
    assert_text(path_folder("\\\\server\\share"), "\\\\server\\share");
    assert_text(path_folder("\\\\server"), "\\\\server");
    assert_text(path_name("C:\\a/b"), "b");
#endif
}

static void test_path__home_obeys_the_environment(void **state)
{
    struct vpc_error err;
    char *folder = fixture_folder();
    char *home;
    char *slashed = text_format("%s%c", folder, PATH_SEPARATOR);

    (void)state;
    fixture_environment("VPC_HOME", folder);
    assert_ok(path_home(&home, &err), &err);
    assert_string_equal(home, folder);
    free(home);
    fixture_environment("VPC_HOME", slashed);
    assert_ok(path_home(&home, &err), &err);
    assert_string_equal(home, folder);
    free(home);
    fixture_environment("VPC_HOME", "relative");
    assert_fails(path_home(&home, &err), &err, VPC_BAD_PATH);
    assert_null(home);
    fixture_environment("VPC_HOME", NULL);
#if defined(_WIN32)
    fixture_environment("LOCALAPPDATA", folder);
    assert_ok(path_home(&home, &err), &err);
    assert_true(text_ends_nocase(home, "\\Microsoft\\Windows Virtual PC"));
#else
    fixture_environment("XDG_DATA_HOME", folder);
    assert_ok(path_home(&home, &err), &err);
    assert_true(text_ends_nocase(home, "/windows-virtual-pc"));
#endif
    assert_memory_equal(home, folder, strlen(folder));
    free(home);
    free(slashed);
    fixture_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path__check_follows_the_documented_order),
        cmocka_unit_test(test_path__check_counts_utf16_units),
        cmocka_unit_test(test_path__check_host_takes_this_hosts_paths),
        cmocka_unit_test(test_path__check_vm_name_rules),
        cmocka_unit_test(test_path__check_vm_name_limit_is_80_units),
        cmocka_unit_test(test_path__parts),
        cmocka_unit_test(test_path__home_obeys_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
