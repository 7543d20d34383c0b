/*
 * Registering with each kind of call of the system failing: from each place in the code once, and spread evenly over
 * all calls. A registration that fails leaves the registry as it was; one that says it has succeeded has.
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
    SPREAD = 8 /* so many faults by number */
};

typedef HRESULT(WINAPI *entry)(void);

static HMODULE dll;
static entry register_server, unregister_server;
static unsigned long faults;

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
    else
        fault_arm_next_site();
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
    for (unsigned i = 0, by_number = 0; by_number <= SPREAD; i++) {
        if (!call_with_fault(register_server, by_number ? 1 + (by_number - 1) * calls / SPREAD : 0, &hr, failed)) {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault__registering_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, suite_setup, NULL);
}
