/*
 * Registering and unregistering with each kind of call of the system failing: each function once; with the argument
 * "every" from each place in the code once, and spread evenly over all calls. A registration that fails leaves the
 * registry as it was; one that says it has succeeded has. What an unregistration could not take, the next one does;
 * what a build of the other width needs stays, whatever fails.
 *
 * Nothing of ours may be registered beforehand, so this has a Wine prefix of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com_check.h"
#include "import_fault.h"
#include "server/picture.h"
#include <cmocka.h>

enum {
    SPREAD_EVERY = 8 /* so many faults by number */
};

typedef HRESULT(WINAPI *entry)(void);

static HMODULE dll;
static entry register_server, unregister_server;
static unsigned long faults;
static bool every;
static unsigned spread;

static entry find_entry(const char *name)
{
    FARPROC found = GetProcAddress(dll, name);
    entry function;
    assert_non_null(found);
    memcpy(&function, &found, sizeof function); /* a cast would not do: -Wcast-function-type */
    return function;
}

static int suite_setup(void **state)
{
    (void)state;
    dll = LoadLibraryW(_wgetenv(L"VPC_TEST_DLL"));
    assert_non_null(dll);
    register_server = find_entry("DllRegisterServer");
    unregister_server = find_entry("DllUnregisterServer");
    assert_true(fault_install(dll) > 50);
    /* What is made on first use and kept is made. */
    assert_hresult(register_server(), S_OK);
    assert_hresult(unregister_server(), S_OK);
    return 0;
}

static void assert_picture(const WCHAR *expected, const char *when)
{
    WCHAR *now = picture_take();
    assert_non_null(now);
    if (!picture_same(expected, now))
        fail_msg("the registry is not as it should be after %s", when);
    free(now);
}

/* Returns false when there is nothing left to fail. */
static bool call_with_fault(entry call, unsigned number, HRESULT *hr, char failed[64])
{
    struct fault_held before = fault_held(), after;
    if (number)
        fault_arm(number);
    else if (every)
        fault_arm_next_site();
    else
        fault_arm_next_function();
    *hr = call();
    fault_stop();
    if (!fault_failed())
        return false;
    faults++;
    snprintf(failed, 64, "%s failing: 0x%08lX", fault_failed(), (unsigned long)*hr);
    after = fault_held();
    if (memcmp(&before, &after, sizeof before))
        fail_msg("%s: it holds more or less afterwards", failed);
    /* The registry's own codes are as good as those that have a name. */
    if (FAILED(*hr) && HRESULT_FACILITY(*hr) != FACILITY_WIN32 && !strcmp(hresult_name(*hr), "?"))
        fail_msg("%s: a code without a name", failed);
    return true;
}

static unsigned count_calls(entry call)
{
    fault_watch();
    assert_hresult(call(), S_OK);
    return fault_stop();
}

/* Registering with a fault, by place and by number, when the registry looks like `before`. */
static void walk_registering(const WCHAR *before)
{
    WCHAR *registered;
    char failed[64];
    HRESULT hr;
    unsigned calls = count_calls(register_server);
    registered = picture_take();
    assert_non_null(registered);
    assert_hresult(unregister_server(), S_OK);
    fault_forget_sites();
    for (unsigned i = 0, by_number = 0; by_number <= spread; i++) {
        if (!call_with_fault(register_server, by_number ? 1 + (by_number - 1) * calls / spread : 0, &hr, failed)) {
            assert_true(i > 5);
            assert_hresult(hr, S_OK);
            by_number++;
        } else if (FAILED(hr)) {
            assert_picture(before, failed);
        } else {
            assert_picture(registered, failed);
        }
        by_number += by_number != 0 && fault_failed();
        assert_hresult(unregister_server(), S_OK);
    }
    free(registered);
}

static void test_fault__registering_is_all_or_nothing(void **state)
{
    WCHAR *before = picture_take();
    (void)state;
    assert_non_null(before);
    walk_registering(before);
    assert_picture(before, "all of it");
    free(before);
    print_message("%lu faults under registering\n", faults);
}

/* Unregistering with a fault, by place and by number; `check` says what has to be so afterwards. */
static void walk_unregistering(void (*check)(const char *failed))
{
    char failed[64];
    HRESULT hr;
    assert_hresult(register_server(), S_OK);
    unsigned calls = count_calls(unregister_server);
    fault_forget_sites();
    for (unsigned i = 0, by_number = 0; by_number <= spread; i++) {
        assert_hresult(register_server(), S_OK);
        if (!call_with_fault(unregister_server, by_number ? 1 + (by_number - 1) * calls / spread : 0, &hr, failed)) {
            assert_true(i > 5);
            assert_hresult(hr, S_OK);
            by_number++;
        } else {
            check(failed);
        }
        by_number += by_number != 0 && fault_failed();
        assert_hresult(unregister_server(), S_OK);
        check("unregistering again");
    }
}

static WCHAR *untouched;

static void check_nothing_is_left(const char *failed)
{
    if (!strcmp(failed, "unregistering again"))
        assert_picture(untouched, failed);
}

static void test_fault__unregistering_again_leaves_nothing(void **state)
{
    (void)state;
    untouched = picture_take();
    assert_non_null(untouched);
    walk_unregistering(check_nothing_is_left);
    assert_picture(untouched, "all of it");
    free(untouched);
    print_message("%lu faults under registering and unregistering\n", faults);
}

/* What a 32-bit build has, and what it needs of all that both write. */
static const WCHAR other_class[] = L"Software\\Classes\\CLSID\\{9A1774B7-8251-4468-A214-61DCAED9AC2F}";
static const WCHAR other_server[] = L"Software\\Classes\\CLSID\\{9A1774B7-8251-4468-A214-61DCAED9AC2F}\\InprocServer32";
static const WCHAR *const needed[] = {
    L"Software\\Classes\\VirtualPC.Application\\CLSID",
    L"Software\\Classes\\Interface\\{6376C067-7F57-4D63-B754-06E2E4F51D73}\\ProxyStubClsid32",
    L"Software\\Classes\\TypeLib\\{CEF63746-AD34-42D0-9138-39D83ECB77CB}\\1.0\\FLAGS",
};

static bool is_there(const WCHAR *path)
{
    HKEY key;
    LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_32KEY, &key);
    if (status == ERROR_SUCCESS)
        RegCloseKey(key);
    return status == ERROR_SUCCESS;
}

static void check_other_build(const char *failed)
{
    assert_true(is_there(other_server));
    for (size_t i = 0; i < ARRAYSIZE(needed); i++)
        if (!is_there(needed[i]))
            fail_msg("%ls is gone after %s", needed[i], failed);
}

static void test_fault__unregistering_keeps_what_the_other_build_needs(void **state)
{
    WCHAR *before = picture_take();
    HKEY key;
    (void)state;
    assert_non_null(before);
    assert_int_equal(
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, other_server, 0, NULL, 0, KEY_WRITE | KEY_WOW64_32KEY, NULL, &key, NULL),
        ERROR_SUCCESS);
    RegCloseKey(key);
    walk_unregistering(check_other_build);
    assert_int_equal(RegDeleteKeyExW(HKEY_LOCAL_MACHINE, other_server, KEY_WOW64_32KEY, 0), ERROR_SUCCESS);
    assert_int_equal(RegDeleteKeyExW(HKEY_LOCAL_MACHINE, other_class, KEY_WOW64_32KEY, 0), ERROR_SUCCESS);
    assert_hresult(unregister_server(), S_OK); /* alone now, it takes all */
    assert_picture(before, "all of it");
    free(before);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault__registering_is_all_or_nothing),
        cmocka_unit_test(test_fault__unregistering_again_leaves_nothing),
        cmocka_unit_test(test_fault__unregistering_keeps_what_the_other_build_needs),
    };
    every = count > 1 && !strcmp(arguments[1], "every");
    spread = every ? SPREAD_EVERY : 0;
    return cmocka_run_group_tests(tests, suite_setup, NULL);
}
