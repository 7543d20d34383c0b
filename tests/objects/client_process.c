#include "client_process.h"

#include <stdlib.h>
#include <string.h>
#include "objects_check.h"
#include "util/text.h"

void client_start(struct client *client, int number, char *command)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    PROCESS_INFORMATION process;
    *client = (struct client){0};
    /* Another test may have clients at the same time. */
    BSTR path = text_of(L"event-client%lu-%d.txt", (unsigned long)GetCurrentProcessId(), number);
    HANDLE write = CreateFileW(path, GENERIC_WRITE, sharing, &inherited, CREATE_ALWAYS, 0, NULL);
    client->output =
        CreateFileW(path, GENERIC_READ | DELETE, sharing, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    assert_true(write != INVALID_HANDLE_VALUE && client->output != INVALID_HANDLE_VALUE);
    STARTUPINFOW startup = {
        .cb = sizeof startup,
        .dwFlags = STARTF_USESTDHANDLES,
        .hStdOutput = write,
        .hStdError = write,
    };
    wchar_t *wide = text_to_wide(command);
    /* Wine's loader may die before the program begins; see src/session/control_launch.c. */
    BOOL started = FALSE;
    for (int tries = 0; tries < 3 && !started && (tries == 0 || GetLastError() == ERROR_INTERNAL_ERROR); tries++)
        started = CreateProcessW(NULL, wide, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    if (!started)
        fail_msg("'%s' cannot be started: %lu", command, GetLastError());
    free(wide);
    free(command);
    CloseHandle(write);
    CloseHandle(process.hThread);
    client->process = process.hProcess;
}

void client_read(struct client *client)
{
    static char text[OUTPUT_MOST];
    DWORD got = 0;
    size_t length = 0;
    SetFilePointer(client->output, 0, NULL, FILE_BEGIN);
    assert_true(ReadFile(client->output, text, sizeof text - 1, &got, NULL));
    for (DWORD i = 0; i < got; i++)
        if (text[i] != '\r')
            client->printed[length++] = text[i];
    client->printed[length] = '\0';
}

bool client_listens(struct client *client)
{
    bool ended = false;
    while (!strchr(client->printed, '\n') && !ended) {
        ended = WaitForSingleObject(client->process, 5) == WAIT_OBJECT_0;
        client_read(client);
    }
    return strncmp(client->printed, "listening\n", 10) == 0;
}

DWORD client_end(struct client *client)
{
    DWORD code;
    WaitForSingleObject(client->process, INFINITE);
    client_read(client);
    assert_true(GetExitCodeProcess(client->process, &code));
    CloseHandle(client->process);
    CloseHandle(client->output);
    client->process = NULL;
    return code;
}

void client_kill(struct client *client)
{
    /* Refused for one that has ended. */
    assert_true(TerminateProcess(client->process, 1) || WaitForSingleObject(client->process, 0) == WAIT_OBJECT_0);
    client_end(client);
}
