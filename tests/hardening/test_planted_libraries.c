/*
 * Libraries that somebody has planted in the current folder, under the names of those that our programs use, are not
 * loaded. That they would leave a sign is seen first; Wine takes its own in place of any file of such a name if not
 * told otherwise (WINEDLLOVERRIDES in CMakeLists.txt).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <windows.h>
#include <wchar.h>

/* What libuv loads by name, and what our programs import that is not one of the system's KnownDLLs. */
static const WCHAR *const names[] = {L"powrprof.dll", L"userenv.dll", L"iphlpapi.dll", L"bcrypt.dll",
                                     L"dbghelp.dll",  L"mswsock.dll", L"cryptsp.dll",  L"dnsapi.dll"};

struct place {
    WCHAR folder[MAX_PATH], sign[MAX_PATH], programs[MAX_PATH], before[MAX_PATH];
};

static void path_in(WCHAR *path, const WCHAR *folder, const WCHAR *name)
{
    assert_true(wcslen(folder) + wcslen(name) + 2 <= MAX_PATH);
    wcscpy(path, folder);
    wcscat(path, L"\\");
    wcscat(path, name);
}

static int plant(void **state)
{
    static struct place place;
    WCHAR from[MAX_PATH], to[MAX_PATH], *slash, name[40];
    assert_true(GetModuleFileNameW(NULL, place.programs, MAX_PATH));
    slash = wcsrchr(place.programs, L'\\');
    assert_non_null(slash);
    *slash = 0;
    assert_true(GetTempPathW(MAX_PATH - 40, place.folder));
    swprintf(name, 40, L"vpc-planted-%lu", GetCurrentProcessId());
    wcscat(place.folder, name);
    assert_true(CreateDirectoryW(place.folder, NULL));
    path_in(place.sign, place.folder, L"loaded");
    path_in(from, place.programs, L"hardening_stranger.dll");
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        path_in(to, place.folder, names[i]);
        assert_true(CopyFileW(from, to, TRUE));
    }
    assert_true(GetCurrentDirectoryW(MAX_PATH, place.before));
    assert_true(SetCurrentDirectoryW(place.folder));
    assert_true(SetEnvironmentVariableW(L"VPC_TEST_SIGN", place.sign));
    *state = &place;
    return 0;
}

static int clear(void **state)
{
    struct place *place = *state;
    WCHAR path[MAX_PATH];
    SetCurrentDirectoryW(place->before);
    DeleteFileW(place->sign);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        path_in(path, place->folder, names[i]);
        DeleteFileW(path);
    }
    assert_true(RemoveDirectoryW(place->folder));
    return 0;
}

static bool is_signed(const struct place *place)
{
    return GetFileAttributesW(place->sign) != INVALID_FILE_ATTRIBUTES;
}

static void assert_not_signed(const struct place *place, const char *who)
{
    if (is_signed(place))
        fail_msg("%s has loaded a planted library", who);
}

static void test_planted__a_library_leaves_its_sign(void **state)
{
    struct place *place = *state;
    WCHAR path[MAX_PATH];
    HMODULE library;
    path_in(path, place->folder, names[0]);
    assert_false(is_signed(place));
    library = LoadLibraryW(path);
    assert_non_null(library);
    assert_true(is_signed(place));
    FreeLibrary(library);
    assert_true(DeleteFileW(place->sign));
}

static void run_in(const struct place *place, const WCHAR *folder, const WCHAR *program, const WCHAR *arguments,
                   DWORD expected)
{
    WCHAR path[MAX_PATH], line[2 * MAX_PATH];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code;
    path_in(path, folder, program);
    swprintf(line, ARRAYSIZE(line), L"\"%ls\" %ls", path, arguments);
    assert_true(CreateProcessW(path, line, NULL, NULL, FALSE, 0, NULL, place->folder, &startup, &process));
    assert_int_equal(WaitForSingleObject(process.hProcess, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    assert_int_equal(code, expected);
}

static void run(const struct place *place, const WCHAR *program, const WCHAR *arguments, DWORD expected)
{
    run_in(place, place->programs, program, arguments, expected);
}

/* A machine that does not exist: the event loop and all that it loads is there before that is found. */
static void test_planted__the_supervisor_loads_none(void **state)
{
    struct place *place = *state;
    run(place, L"vpchost.exe", L"--version", 0);
    run(place, L"vpchost.exe", L"--vm \"no such machine\"", 1);
    assert_not_signed(place, "vpchost");
}

/* The folder of the program comes first in the usual order. libuv loads powrprof.dll by its bare name. */
static void test_planted__what_the_supervisor_loads_later_is_the_systems(void **state)
{
    struct place *place = *state;
    WCHAR folder[MAX_PATH], from[MAX_PATH], program[MAX_PATH], library[MAX_PATH];
    path_in(folder, place->folder, L"program");
    path_in(program, folder, L"vpchost.exe");
    path_in(library, folder, L"powrprof.dll");
    assert_true(CreateDirectoryW(folder, NULL));
    path_in(from, place->programs, L"vpchost.exe");
    assert_true(CopyFileW(from, program, TRUE));
    path_in(from, place->programs, L"hardening_stranger.dll");
    assert_true(CopyFileW(from, library, TRUE));
    run_in(place, folder, L"vpchost.exe", L"--vm \"no such machine\"", 1);
    assert_true(DeleteFileW(program));
    assert_true(DeleteFileW(library));
    assert_true(RemoveDirectoryW(folder));
    assert_not_signed(place, "vpchost");
}

static void test_planted__the_command_line_program_loads_none(void **state)
{
    struct place *place = *state;
    run(place, L"vpcctl.exe", L"help", 0);
    assert_not_signed(place, "vpcctl");
}

static void test_planted__the_dll_loads_none(void **state)
{
    struct place *place = *state;
    WCHAR path[MAX_PATH];
    HMODULE library;
    path_in(path, place->programs, L"VPCCOMInterfaces.dll");
    library = LoadLibraryW(path);
    assert_non_null(library);
    assert_not_signed(place, "VPCCOMInterfaces.dll");
    FreeLibrary(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted__a_library_leaves_its_sign),
        cmocka_unit_test(test_planted__the_supervisor_loads_none),
        cmocka_unit_test(test_planted__what_the_supervisor_loads_later_is_the_systems),
        cmocka_unit_test(test_planted__the_command_line_program_loads_none),
        cmocka_unit_test(test_planted__the_dll_loads_none),
    };
    return cmocka_run_group_tests(tests, plant, clear);
}
