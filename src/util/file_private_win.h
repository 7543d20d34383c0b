/* What file_win.c lends to file_map_win.c. */
#ifndef VPC_UTIL_FILE_PRIVATE_WIN_H
#define VPC_UTIL_FILE_PRIVATE_WIN_H

#include <windows.h>
#include "util/error.h"

enum {
    FILE_SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE
};

/* The path in UTF-16, new memory in *wide (out). */
bool file_to_wide(const char *path, wchar_t **wide, struct vpc_error *err);

/* CreateFileW that waits a while for a file that another program holds. INVALID_HANDLE_VALUE with *err filled when it
 * fails. */
HANDLE file_open(const char *path, DWORD access, DWORD share, DWORD disposition, struct vpc_error *err);

/*
 * Frees a file name: a file that is deleted while others have it open keeps its name until they close it, and one that
 * is mapped cannot be deleted before Windows 10, so it is moved out of the way first. `wide` and `path` are the same.
 * False with GetLastError() set when it cannot.
 */
bool file_clear_name(const wchar_t *wide, const char *path);

#endif
