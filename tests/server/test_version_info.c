/* Version resources: what the Explorer shows of each of our files, and what an installer compares. */
#include "com_check.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static const WCHAR *const files[] = {L"VPCCOMInterfaces.dll", L"vpchost.exe", L"vpcctl.exe"};

/* The resource of a file beside this program; for free. */
static void *resource_of(const WCHAR *file)
{
    WCHAR path[MAX_PATH + 64];
    DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH), handle;
    assert_in_range(length, 1, MAX_PATH - 1);
    wcscpy(wcsrchr(path, L'\\') + 1, file);
    DWORD size = GetFileVersionInfoSizeW(path, &handle);
    if (!size)
        print_error("no version resource in %ls\n", path);
    assert_true(size > 0);
    void *resource = malloc(size);
    assert_non_null(resource);
    assert_true(GetFileVersionInfoW(path, 0, size, resource));
    return resource;
}

static const WCHAR *text_of(void *resource, const WCHAR *name)
{
    WCHAR query[64];
    void *value;
    UINT length;
    _snwprintf(query, ARRAYSIZE(query), L"\\StringFileInfo\\040904B0\\%ls", name);
    assert_true(VerQueryValueW(resource, query, &value, &length));
    return value;
}

static void assert_wide(const WCHAR *actual, const WCHAR *expected)
{
    if (wcscmp(actual, expected))
        fail_msg("'%ls' is not '%ls'", actual, expected);
}

static void test_version_info__is_that_of_the_project(void **state)
{
    (void)state;
    int major, minor, patch;
    assert_int_equal(sscanf(VPC_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
    for (size_t i = 0; i < ARRAYSIZE(files); i++) {
        void *resource = resource_of(files[i]), *value;
        UINT length;
        assert_true(VerQueryValueW(resource, L"\\", &value, &length));
        const VS_FIXEDFILEINFO *fixed = value;
        assert_int_equal(fixed->dwFileVersionMS, MAKELONG(minor, major));
        assert_int_equal(fixed->dwFileVersionLS, MAKELONG(0, patch));
        assert_int_equal(fixed->dwProductVersionMS, MAKELONG(minor, major));
        assert_int_equal(fixed->dwProductVersionLS, MAKELONG(0, patch));
        assert_int_equal(fixed->dwFileType, i ? VFT_APP : VFT_DLL);
        assert_wide(text_of(resource, L"FileVersion"), L"" VPC_VERSION);
        assert_wide(text_of(resource, L"ProductVersion"), L"" VPC_VERSION);
        free(resource);
    }
}

static void test_version_info__says_what_and_whose(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(files); i++) {
        void *resource = resource_of(files[i]);
        assert_wide(text_of(resource, L"ProductName"), L"VPCCOMInterfaces");
        assert_wide(text_of(resource, L"OriginalFilename"), files[i]);
        assert_non_null(wcsstr(text_of(resource, L"LegalCopyright"), L"VPCCOMInterfaces authors, MIT"));
        assert_true(wcslen(text_of(resource, L"FileDescription")) > 10);
        free(resource);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_info__is_that_of_the_project),
        cmocka_unit_test(test_version_info__says_what_and_whose),
    };
    return cmocka_run_group_tests_name("version_info", tests, NULL, NULL);
}
