/* The bar of a long task: on a terminal, here a console of the test's own, and nowhere else. */
#include <stdlib.h>
#include <wchar.h>
#include "client_process.h"
#include "ctl_check.h"
#include "objects_check.h"
#include "support/process.h"
#include "util/text.h"

enum {
    SCREEN_MOST = 80 * 300
};

/* The screen of the console that this program was started in, for a child to inherit. */
static HANDLE console_open(void)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    HANDLE screen = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                &inherited, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(screen, INVALID_HANDLE_VALUE);
    return screen;
}

static HANDLE vpcctl_start(HANDLE screen, const char *words)
{
    PROCESS_INFORMATION process;
    STARTUPINFOW startup = {
        .cb = sizeof startup,
        .dwFlags = STARTF_USESTDHANDLES,
        .hStdOutput = screen,
        .hStdError = screen,
    };
    char *program = test_program("vpcctl"), *command = text_format("\"%s\" %s", program, words);
    wchar_t *wide = text_to_wide(command);
    assert_true(CreateProcessW(NULL, wide, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    free(wide);
    free(command);
    free(program);
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* What the screen shows, without ends of lines. */
static const WCHAR *screen_read(HANDLE screen)
{
    static WCHAR text[SCREEN_MOST + 1];
    CONSOLE_SCREEN_BUFFER_INFO info;
    DWORD got = 0;
    assert_true(GetConsoleScreenBufferInfo(screen, &info));
    DWORD size = (DWORD)info.dwSize.X * (DWORD)(info.dwCursorPosition.Y + 1);
    assert_true(
        ReadConsoleOutputCharacterW(screen, text, size < SCREEN_MOST ? size : SCREEN_MOST, (COORD){0, 0}, &got));
    text[got] = 0;
    return text;
}

static void await_shown(HANDLE screen, HANDLE process, const WCHAR *part)
{
    while (!wcsstr(screen_read(screen), part))
        if (WaitForSingleObject(process, 5) == WAIT_OBJECT_0 && !wcsstr(screen_read(screen), part))
            fail_msg("vpcctl has ended without '%ls': '%.400ls'", part, screen_read(screen));
}

static void test_progress__is_shown_while_a_task_takes_its_time(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Web");
    HANDLE screen = console_open();
    DWORD code = 0;
    fixture_start(vm);
    fixture_engine(fixture, L"Web", "{'hold':'save'}");
    HANDLE process = vpcctl_start(screen, "save Web");
    await_shown(screen, process, L"save 'Web' [");
    fixture_engine(fixture, L"Web", "{'progress':40}");
    await_shown(screen, process, L"save 'Web' [############..................]  40 %");
    fixture_engine(fixture, L"Web", "{'release':'save'}");
    assert_int_equal(WaitForSingleObject(process, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process, &code));
    assert_int_equal(code, 0);
    /* Nothing of the bar is left, and what stays is below nothing. */
    const WCHAR *shown = screen_read(screen);
    if (!wcsstr(shown, L"'Web' is saved") || wcsstr(shown, L"[#"))
        fail_msg("in the end the screen shows '%.400ls'", shown);
    CloseHandle(process);
    CloseHandle(screen);
    assert_last_release(vm);
}

/* Beside one that has begun later and shows its bar already. */
static void test_progress__is_not_for_files(void **state)
{
    static struct client client;
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Web"), *other = fixture_create(fixture, L"Other");
    HANDLE screen = console_open();
    char *program = test_program("vpcctl");
    fixture_start(vm);
    fixture_start(other);
    fixture_engine(fixture, L"Web", "{'hold':'save'}");
    fixture_engine(fixture, L"Other", "{'hold':'save'}");
    client_start(&client, 0, text_format("\"%s\" save Web", program));
    free(program);
    HANDLE process = vpcctl_start(screen, "save Other");
    await_shown(screen, process, L"save 'Other' [");
    fixture_engine(fixture, L"Web", "{'release':'save'}");
    fixture_engine(fixture, L"Other", "{'release':'save'}");
    assert_int_equal(client_end(&client), 0);
    assert_string_equal(client.printed, "'Web' is saved\n");
    assert_int_equal(WaitForSingleObject(process, INFINITE), WAIT_OBJECT_0);
    CloseHandle(process);
    CloseHandle(screen);
    assert_last_release(vm);
    assert_last_release(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_progress__is_shown_while_a_task_takes_its_time, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_progress__is_not_for_files, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("progress of vpcctl", tests, NULL, NULL);
}
