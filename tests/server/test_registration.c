/*
 * regsvr32 with our DLL: what it writes, that twice is like once, that nothing stays behind, that a failure is taken
 * back.
 *
 * The DLL is copied into a folder whose name has blanks. Nothing of ours may be registered beforehand, so these tests
 * have a Wine prefix of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "VPCCOMInterfaces.h"
#include "com_check.h"
#include "picture.h"
#include <cmocka.h>

#define CLSID_KEY     L"Software\\Classes\\CLSID\\{9A1774B7-8251-4468-A214-61DCAED9AC2F}"
#define PROG_ID_KEY   L"Software\\Classes\\VirtualPC.Application"
#define APP_ID        L"{6200f441-68df-4caf-ad5e-371a7162dd35}"
#define LIBRARY_KEY   L"Software\\Classes\\TypeLib\\{CEF63746-AD34-42D0-9138-39D83ECB77CB}"
#define INTERFACE_KEY L"Software\\Classes\\Interface\\"
#define ACCOUNTANT    L"{6376C067-7F57-4D63-B754-06E2E4F51D73}"
#define MACHINE_EVENT L"{9D84F560-BB67-4961-BD12-A4DA780C67E4}"

#if defined(_WIN64)
#define OTHER_VIEW KEY_WOW64_32KEY
#define SYSTEM_KEY L"win64"
#else
#define OTHER_VIEW KEY_WOW64_64KEY
#define SYSTEM_KEY L"win32"
#endif

static WCHAR folder[MAX_PATH];
static WCHAR dll[MAX_PATH];
static WCHAR *before;

/* Exit status of regsvr32 with these words and our DLL. */
static DWORD regsvr32(const WCHAR *words)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    WCHAR command[2 * MAX_PATH];
    DWORD status = 999;

    swprintf(command, ARRAYSIZE(command), L"regsvr32.exe /s %ls \"%ls\"", words, dll);
    assert_true(CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    assert_int_equal(WaitForSingleObject(process.hProcess, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process.hProcess, &status));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return status;
}

static void assert_picture(const WCHAR *expected)
{
    WCHAR *now = picture_take();

    assert_non_null(now);
    BOOL same = picture_same(expected, now);
    free(now);
    assert_true(same);
}

static void assert_value(HKEY root, REGSAM view, const WCHAR *path, const WCHAR *name, const WCHAR *expected)
{
    WCHAR value[MAX_PATH] = L"(none)";
    DWORD size = sizeof value, type = REG_NONE;
    HKEY key;

    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE | view, &key) == ERROR_SUCCESS) {
        RegQueryValueExW(key, name, NULL, &type, (BYTE *)value, &size);
        RegCloseKey(key);
    }
    if (type != REG_SZ || wcscmp(value, expected) != 0)
        fail_msg("%ls [%ls] is '%ls' of type %lu, not '%ls'", path, name ? name : L"", value, type, expected);
}

static bool key_exists(HKEY root, REGSAM view, const WCHAR *path)
{
    HKEY key;

    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE | view, &key) != ERROR_SUCCESS)
        return false;
    RegCloseKey(key);
    return true;
}

static void assert_application_can_be_created(void)
{
    IDispatch *application;
    CLSID clsid;

    assert_hresult(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
    assert_hresult(CLSIDFromProgID(L"VirtualPC.Application", &clsid), S_OK);
    assert_true(IsEqualCLSID(&clsid, &CLSID_VMVirtualPC));
    assert_hresult(CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IDispatch, (void **)&application), S_OK);
    assert_last_release(application);
    CoFreeUnusedLibrariesEx(0, 0);
    CoUninitialize();
}

static int suite_setup(void **state)
{
    WCHAR temporary[MAX_PATH];

    (void)state;
    GetTempPathW(ARRAYSIZE(temporary), temporary);
    swprintf(folder, ARRAYSIZE(folder), L"%lsvpc registration %lu", temporary, GetCurrentProcessId());
    swprintf(dll, ARRAYSIZE(dll), L"%ls\\VPCCOMInterfaces.dll", folder);
    if (!CreateDirectoryW(folder, NULL) || !CopyFileW(_wgetenv(L"VPC_TEST_DLL"), dll, TRUE)) {
        fprintf(stderr, "cannot copy the DLL: error %lu\n", GetLastError());
        return -1;
    }
    if (key_exists(HKEY_LOCAL_MACHINE, 0, CLSID_KEY) || key_exists(HKEY_CURRENT_USER, 0, CLSID_KEY)) {
        fprintf(stderr, "the DLL is registered; unregister it before these tests\n");
        return -1;
    }
    return 0;
}

static int suite_teardown(void **state)
{
    (void)state;
    DeleteFileW(dll);
    RemoveDirectoryW(folder);
    return 0;
}

static int registration_setup(void **state)
{
    (void)state;
    before = picture_take();
    return before ? 0 : -1;
}

/* Every test ends with a registry as it was at first. */
static int registration_teardown(void **state)
{
    (void)state;
    assert_int_equal(regsvr32(L"/u"), 0);
    assert_int_equal(regsvr32(L"/u /n /i:user"), 0);
    assert_picture(before);
    free(before);
    before = NULL;
    return 0;
}

static void test_registration__register_writes(void **state)
{
    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    assert_value(HKEY_LOCAL_MACHINE, 0, PROG_ID_KEY L"\\CLSID", NULL, L"{9A1774B7-8251-4468-A214-61DCAED9AC2F}");
    assert_value(HKEY_LOCAL_MACHINE, 0, PROG_ID_KEY L"\\CurVer", NULL, L"VirtualPC.Application.1");
    assert_value(HKEY_LOCAL_MACHINE, 0, PROG_ID_KEY L".1\\CLSID", NULL, L"{9A1774B7-8251-4468-A214-61DCAED9AC2F}");
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\InprocServer32", NULL, dll);
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\InprocServer32", L"ThreadingModel", L"Both");
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\ProgID", NULL, L"VirtualPC.Application.1");
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\VersionIndependentProgID", NULL, L"VirtualPC.Application");
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\TypeLib", NULL, L"{CEF63746-AD34-42D0-9138-39D83ECB77CB}");
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\Version", NULL, L"1.0");
    assert_true(key_exists(HKEY_LOCAL_MACHINE, 0, CLSID_KEY L"\\Programmable"));
    assert_value(HKEY_LOCAL_MACHINE, 0, CLSID_KEY, L"AppID", APP_ID);
    assert_value(HKEY_LOCAL_MACHINE, 0, L"Software\\Classes\\AppID\\" APP_ID, L"DllSurrogate", L"");
    assert_value(HKEY_LOCAL_MACHINE, 0, LIBRARY_KEY L"\\1.0\\0\\" SYSTEM_KEY, NULL, dll);
    assert_value(HKEY_LOCAL_MACHINE, 0, LIBRARY_KEY L"\\1.0\\FLAGS", NULL, L"0");
    assert_application_can_be_created();
}

static void test_registration__register_writes_marshalers_in_both_views(void **state)
{
    static const REGSAM views[] = {KEY_WOW64_32KEY, KEY_WOW64_64KEY};

    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    for (size_t i = 0; i < ARRAYSIZE(views); i++) {
        assert_value(HKEY_LOCAL_MACHINE, views[i], INTERFACE_KEY ACCOUNTANT, NULL, L"IVMAccountant");
        assert_value(HKEY_LOCAL_MACHINE, views[i], INTERFACE_KEY ACCOUNTANT L"\\ProxyStubClsid32", NULL,
                     L"{00020424-0000-0000-C000-000000000046}");
        assert_value(HKEY_LOCAL_MACHINE, views[i], INTERFACE_KEY ACCOUNTANT L"\\TypeLib", NULL,
                     L"{CEF63746-AD34-42D0-9138-39D83ECB77CB}");
        assert_value(HKEY_LOCAL_MACHINE, views[i], INTERFACE_KEY ACCOUNTANT L"\\TypeLib", L"Version", L"1.0");
        assert_value(HKEY_LOCAL_MACHINE, views[i], INTERFACE_KEY MACHINE_EVENT L"\\ProxyStubClsid32", NULL,
                     L"{00020420-0000-0000-C000-000000000046}");
    }
}

static void test_registration__registered_type_library_loads(void **state)
{
    ITypeLib *library;
    TLIBATTR *attributes;

    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    assert_hresult(LoadRegTypeLib(&LIBID_VirtualPC, 1, 0, LOCALE_USER_DEFAULT, &library), S_OK);
    assert_hresult(ITypeLib_GetLibAttr(library, &attributes), S_OK);
    assert_true(IsEqualGUID(&attributes->guid, &LIBID_VirtualPC));
    ITypeLib_ReleaseTLibAttr(library, attributes);
    ITypeLib_Release(library);
}

static void test_registration__register_twice_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    WCHAR *once = picture_take();
    assert_int_equal(regsvr32(L""), 0);
    assert_picture(once);
    free(once);
}

static void test_registration__unregister_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    assert_true(key_exists(HKEY_LOCAL_MACHINE, 0, CLSID_KEY));
    assert_int_equal(regsvr32(L"/u"), 0);
    assert_picture(before);
}

static void test_registration__unregister_without_register(void **state)
{
    (void)state;
    assert_int_equal(regsvr32(L"/u"), 0);
    assert_picture(before);
}

static void test_registration__user_only(void **state)
{
    (void)state;
    assert_int_equal(regsvr32(L"/n /i:user"), 0);
    assert_false(key_exists(HKEY_LOCAL_MACHINE, 0, CLSID_KEY));
    assert_false(key_exists(HKEY_LOCAL_MACHINE, 0, LIBRARY_KEY));
    assert_false(key_exists(HKEY_LOCAL_MACHINE, 0, INTERFACE_KEY ACCOUNTANT));
    assert_value(HKEY_CURRENT_USER, 0, CLSID_KEY L"\\InprocServer32", NULL, dll);
    assert_value(HKEY_CURRENT_USER, 0, INTERFACE_KEY ACCOUNTANT, NULL, L"IVMAccountant");
    assert_value(HKEY_CURRENT_USER, 0, LIBRARY_KEY L"\\1.0\\0\\" SYSTEM_KEY, NULL, dll);
    CLSID clsid;
    if (!known_gap("wine 8", FAILED(CLSIDFromProgID(L"VirtualPC.Application", &clsid)),
                   "HKEY_CLASSES_ROOT does not show the classes of the user"))
        assert_application_can_be_created();
    assert_int_equal(regsvr32(L"/u /n /i:user"), 0);
    assert_picture(before);
}

static void test_registration__unknown_install_word(void **state)
{
    (void)state;
    assert_int_not_equal(regsvr32(L"/n /i:everybody"), 0);
    assert_picture(before);
}

/* A volatile key takes values but no lasting subkeys: whatever goes below it fails. */
static void make_obstacle(const WCHAR *path)
{
    HKEY key;

    assert_int_equal(
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, REG_OPTION_VOLATILE, KEY_WRITE, NULL, &key, NULL), 0);
    RegCloseKey(key);
}

static void test_registration__failure_is_taken_back(void **state)
{
    /* First, middle and last of what is written. */
    static const WCHAR *const obstacles[] = {
        CLSID_KEY, PROG_ID_KEY, PROG_ID_KEY L".1", LIBRARY_KEY, INTERFACE_KEY ACCOUNTANT, INTERFACE_KEY MACHINE_EVENT,
    };

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(obstacles); i++) {
        make_obstacle(obstacles[i]);
        WCHAR *with_obstacle = picture_take();
        assert_int_not_equal(regsvr32(L""), 0);
        assert_picture(with_obstacle);
        free(with_obstacle);
        assert_int_equal(RegDeleteKeyW(HKEY_LOCAL_MACHINE, obstacles[i]), 0);
    }
}

/* An earlier registration of another copy is what a failed one goes back to. */
static void test_registration__failure_keeps_earlier_registration(void **state)
{
    WCHAR first[MAX_PATH], second[MAX_PATH];

    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    assert_int_equal(RegDeleteTreeW(HKEY_LOCAL_MACHINE, INTERFACE_KEY MACHINE_EVENT), 0);
    make_obstacle(INTERFACE_KEY MACHINE_EVENT);
    WCHAR *earlier = picture_take();

    wcscpy(first, dll);
    swprintf(second, ARRAYSIZE(second), L"%ls\\second copy.dll", folder);
    assert_true(CopyFileW(first, second, TRUE));
    wcscpy(dll, second);
    DWORD status = regsvr32(L"");
    wcscpy(dll, first);
    DeleteFileW(second);
    assert_int_not_equal(status, 0);
    assert_picture(earlier);
    free(earlier);
}

/* The build of the other width needs names, interfaces and type library as well. */
static void test_registration__unregister_keeps_what_the_other_build_needs(void **state)
{
    static const WCHAR other[] = L"C:\\other.dll";
    HKEY key;

    (void)state;
    assert_int_equal(regsvr32(L""), 0);
    assert_int_equal(RegCreateKeyExW(HKEY_LOCAL_MACHINE, CLSID_KEY L"\\InprocServer32", 0, NULL, 0,
                                     KEY_WRITE | OTHER_VIEW, NULL, &key, NULL),
                     0);
    RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)other, sizeof other);
    RegCloseKey(key);

    assert_int_equal(regsvr32(L"/u"), 0);
    assert_false(key_exists(HKEY_LOCAL_MACHINE, 0, CLSID_KEY));
    assert_value(HKEY_LOCAL_MACHINE, OTHER_VIEW, CLSID_KEY L"\\InprocServer32", NULL, other);
    assert_true(key_exists(HKEY_LOCAL_MACHINE, 0, PROG_ID_KEY));
    assert_true(key_exists(HKEY_LOCAL_MACHINE, OTHER_VIEW, INTERFACE_KEY ACCOUNTANT));
    assert_true(key_exists(HKEY_LOCAL_MACHINE, 0, LIBRARY_KEY L"\\1.0\\FLAGS"));
    assert_false(key_exists(HKEY_LOCAL_MACHINE, 0, LIBRARY_KEY L"\\1.0\\0\\" SYSTEM_KEY));

    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, CLSID_KEY L"\\InprocServer32", OTHER_VIEW, 0);
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, CLSID_KEY, OTHER_VIEW, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_registration__register_writes, registration_setup, registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__register_writes_marshalers_in_both_views, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__registered_type_library_loads, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__register_twice_changes_nothing, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__unregister_leaves_nothing, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__unregister_without_register, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__user_only, registration_setup, registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__unknown_install_word, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__failure_is_taken_back, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__failure_keeps_earlier_registration, registration_setup,
                                        registration_teardown),
        cmocka_unit_test_setup_teardown(test_registration__unregister_keeps_what_the_other_build_needs,
                                        registration_setup, registration_teardown),
    };
    return cmocka_run_group_tests_name("registration", tests, suite_setup, suite_teardown);
}
