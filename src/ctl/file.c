#include "file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>
#include "exit_code.h"
#include "failure.h"
#include "report.h"
#include "utf8.h"

enum {
    FILE_PATIENCE_MS = 1000, /* with those that hold the file */
    FILE_LOOK_MS = 20
};

/* Writes a new file, or fails and leaves none. */
static bool file_write(const WCHAR *path, const struct buffer *content)
{
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    bool done = WriteFile(file, content->bytes, (DWORD)content->length, &written, NULL) && written == content->length &&
                FlushFileBuffers(file);
    DWORD error = GetLastError();
    CloseHandle(file);
    if (!done)
        DeleteFileW(path);
    SetLastError(error);
    return done;
}

/* What a reader, a virus scanner or a backup that holds the file makes of it; none does for long. */
static bool error_can_pass(DWORD error)
{
    return error == ERROR_SHARING_VIOLATION || error == ERROR_ACCESS_DENIED || error == ERROR_LOCK_VIOLATION ||
           error == ERROR_USER_MAPPED_FILE;
}

static bool file_move(const WCHAR *from, const WCHAR *to)
{
    ULONGLONG end = GetTickCount64() + FILE_PATIENCE_MS;
    while (!MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
        DWORD error = GetLastError();
        if (!error_can_pass(error) || GetTickCount64() >= end) {
            SetLastError(error);
            return false;
        }
        Sleep(FILE_LOOK_MS);
    }
    return true;
}

int file_replace(const char *doing, const char *path, const struct buffer *content)
{
    struct buffer temporary = {0};
    /* Beside it, and with an end that no collector takes for its own. */
    buffer_format(&temporary, "%s.%lu.tmp", path, GetCurrentProcessId());
    WCHAR *from = utf8_to_wide(temporary.bytes), *to = utf8_to_wide(path);
    bool written = file_write(from, content);
    bool done = written && file_move(from, to);
    if (!done) {
        struct failure failure;
        struct buffer why = {0};
        failure_make(&failure, HRESULT_FROM_WIN32(GetLastError()), "", NULL);
        failure_add(&why, &failure);
        if (written)
            DeleteFileW(from);
        report(doing, "cannot write '%s': %s", path, buffer_text(&why));
        buffer_clear(&why);
        failure_clear(&failure);
    }
    free(from);
    free(to);
    buffer_clear(&temporary);
    return done ? EXIT_CODE_OK : EXIT_CODE_OUTPUT;
}
