/* util/file.h on Windows. Every call is the Unicode one; readers share everything, so that they never stand in a
 * writer's way. */
#include "util/file.h"
#include "util/file_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "util/text.h"

enum {
    SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE
};

/* How often a call is repeated that another program's short hold on the file made fail, and the pause between. */
enum {
    HELD_TRIES = 50,
    HELD_PAUSE_MS = 10
};

static bool to_wide(const char *path, wchar_t **wide, struct vpc_error *err)
{
    *wide = text_to_wide(path);
    return *wide ? true : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to open '%s'", path);
}

/* Like vpc_fail_os, but a file that is missing because its folder is says so; Windows does by itself. */
static HANDLE open_file(const char *path, DWORD access, DWORD share, DWORD disposition, struct vpc_error *err)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    wchar_t *wide;

    if (!to_wide(path, &wide, err))
        return INVALID_HANDLE_VALUE;
    for (int i = 0; i < HELD_TRIES; i++) {
        file = CreateFileW(wide, access, share, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file != INVALID_HANDLE_VALUE || GetLastError() != ERROR_SHARING_VIOLATION)
            break;
        Sleep(HELD_PAUSE_MS);
    }
    if (file == INVALID_HANDLE_VALUE)
        vpc_fail_os(err, "cannot open '%s'", path);
    free(wide);
    return file;
}

static bool read_all(HANDLE file, const char *path, size_t limit, char **data, size_t *size, struct vpc_error *err)
{
    LARGE_INTEGER length;
    char *bytes;
    size_t have = 0;
    DWORD got;

    if (!GetFileSizeEx(file, &length))
        return vpc_fail_os(err, "cannot read '%s'", path);
    if ((uint64_t)length.QuadPart > limit)
        return vpc_fail(err, VPC_CORRUPT, "file '%s' is %lld bytes long, more than %zu", path,
                        (long long)length.QuadPart, limit);
    bytes = malloc((size_t)length.QuadPart + 1);
    if (!bytes)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read '%s'", path);
    while (have < (size_t)length.QuadPart) {
        size_t left = (size_t)length.QuadPart - have;

        if (!ReadFile(file, bytes + have, left > 1 << 30 ? 1 << 30 : (DWORD)left, &got, NULL)) {
            vpc_fail_os(err, "cannot read '%s'", path);
            free(bytes);
            return false;
        }
        if (got == 0)
            break; /* it was cut short meanwhile */
        have += got;
    }
    bytes[have] = '\0';
    *data = bytes;
    *size = have;
    return true;
}

bool file_read(const char *path, size_t limit, char **data, size_t *size, struct vpc_error *err)
{
    HANDLE file = open_file(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, err);
    bool ok;

    *data = NULL;
    *size = 0;
    if (file == INVALID_HANDLE_VALUE)
        return false;
    ok = read_all(file, path, limit, data, size, err);
    CloseHandle(file);
    return ok;
}

static bool write_all(HANDLE file, const char *path, const char *data, size_t size, struct vpc_error *err)
{
    while (size > 0) {
        DWORD put;

        if (!WriteFile(file, data, size > 1 << 30 ? 1 << 30 : (DWORD)size, &put, NULL))
            return vpc_fail_os(err, "cannot write '%s'", path);
        data += put;
        size -= put;
    }
    if (!FlushFileBuffers(file))
        return vpc_fail_os(err, "cannot write '%s'", path);
    return true;
}

/* Windows refuses to replace a file that somebody has open with a sharing violation or, when he shares deletion, with
 * "access denied". Both pass; a file that may not be written stays so. */
static bool move_file(const wchar_t *from, const wchar_t *to, DWORD flags)
{
    for (int i = 0;; i++) {
        DWORD code, attributes;

        if (MoveFileExW(from, to, flags | MOVEFILE_WRITE_THROUGH))
            return true;
        code = GetLastError();
        attributes = GetFileAttributesW(to);
        if (i == HELD_TRIES || (code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED) ||
            (code == ERROR_ACCESS_DENIED &&
             (attributes == INVALID_FILE_ATTRIBUTES ||
              (attributes & (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_DIRECTORY)) != 0))) {
            SetLastError(code);
            return false;
        }
        Sleep(HELD_PAUSE_MS);
    }
}

static bool write_beside(const char *path, const void *data, size_t size, DWORD flags, struct vpc_error *err)
{
    char *temporary = file_temporary_name(path, GetCurrentProcessId());
    wchar_t *from = NULL;
    wchar_t *to = NULL;
    HANDLE file;
    bool ok;

    if (!temporary)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to write '%s'", path);
    ok = to_wide(temporary, &from, err) && to_wide(path, &to, err);
    if (ok) {
        file = CreateFileW(from, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE) {
            ok = vpc_fail_os(err, "cannot write '%s'", path);
        } else {
            ok = write_all(file, path, data, size, err);
            CloseHandle(file);
            if (ok && !move_file(from, to, flags))
                ok = vpc_fail_os(err, "cannot write '%s'", path);
            if (!ok)
                DeleteFileW(from);
        }
    }
    free(from);
    free(to);
    free(temporary);
    return ok;
}

bool file_replace(const char *path, const void *data, size_t size, struct vpc_error *err)
{
    return write_beside(path, data, size, MOVEFILE_REPLACE_EXISTING, err);
}

bool file_create(const char *path, const void *data, size_t size, struct vpc_error *err)
{
    return write_beside(path, data, size, 0, err);
}

static DWORD attributes_of(const char *path)
{
    wchar_t *wide = text_to_wide(path);
    DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;

    free(wide);
    return attributes;
}

bool file_exists(const char *path)
{
    DWORD attributes = attributes_of(path);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

bool folder_exists(const char *path)
{
    DWORD attributes = attributes_of(path);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

bool file_spelling(const char *path, char **name, struct vpc_error *err)
{
    WIN32_FIND_DATAW data;
    HANDLE find;
    wchar_t *wide;

    *name = NULL;
    if (!to_wide(path, &wide, err))
        return false;
    find = FindFirstFileExW(wide, FindExInfoBasic, &data, FindExSearchNameMatch, NULL, 0);
    if (find == INVALID_HANDLE_VALUE) {
        vpc_fail_os(err, "cannot find '%s'", path);
    } else {
        FindClose(find);
        if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            vpc_fail(err, VPC_FILE_NOT_FOUND, "'%s' is a folder", path);
        else if (!(*name = text_from_wide(data.cFileName, wcslen(data.cFileName))))
            vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to find '%s'", path);
    }
    free(wide);
    return *name != NULL;
}

bool file_rename(const char *from, const char *to, struct vpc_error *err)
{
    wchar_t *old = NULL;
    wchar_t *new = NULL;
    bool ok = to_wide(from, &old, err) && to_wide(to, &new, err);

    if (ok && !move_file(old, new, 0))
        ok = vpc_fail_os(err, "cannot rename '%s' to '%s'", from, to);
    free(old);
    free(new);
    return ok;
}

static bool is_missing(DWORD code)
{
    return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
}

static bool delete_file(const wchar_t *wide)
{
    for (int i = 0;; i++) {
        if (DeleteFileW(wide) || is_missing(GetLastError()))
            return true;
        if (i == HELD_TRIES || GetLastError() != ERROR_SHARING_VIOLATION)
            return false;
        Sleep(HELD_PAUSE_MS);
    }
}

bool file_remove(const char *path, struct vpc_error *err)
{
    wchar_t *wide;
    bool ok = true;

    if (!to_wide(path, &wide, err))
        return false;
    if (!delete_file(wide))
        ok = vpc_fail_os(err, "cannot remove '%s'", path);
    free(wide);
    return ok;
}

bool file_set_modified(const char *path, int64_t utc_ms, struct vpc_error *err)
{
    HANDLE file = open_file(path, FILE_WRITE_ATTRIBUTES, SHARE_ALL, OPEN_EXISTING, err);
    uint64_t ticks = (uint64_t)(utc_ms + FILE_TIME_1970_MS) * 10000;
    FILETIME time = {.dwLowDateTime = (DWORD)ticks, .dwHighDateTime = (DWORD)(ticks >> 32)};
    bool ok = true;

    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!SetFileTime(file, NULL, NULL, &time))
        ok = vpc_fail_os(err, "cannot set the time of '%s'", path);
    CloseHandle(file);
    return ok;
}

struct file_lock {
    HANDLE file;
};

bool file_lock_try(struct file_lock **lock, const char *path, struct vpc_error *err)
{
    HANDLE file;
    OVERLAPPED start = {0};

    /* Deletion is not shared: a lock that could be deleted under its holder would be no lock. */
    *lock = NULL;
    file = open_file(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_ALWAYS, err);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &start)) {
        bool held = GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING;

        if (!held)
            vpc_fail_os(err, "cannot lock '%s'", path);
        CloseHandle(file);
        return held;
    }
    *lock = malloc(sizeof **lock);
    if (!*lock) {
        CloseHandle(file);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to lock '%s'", path);
    }
    (*lock)->file = file;
    return true;
}

void file_lock_release(struct file_lock *lock)
{
    if (!lock)
        return;
    CloseHandle(lock->file);
    free(lock);
}

struct file_tail {
    HANDLE file;
    char *path;
};

bool file_tail_open(struct file_tail **tail, const char *path, struct vpc_error *err)
{
    HANDLE file = open_file(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, err);

    *tail = NULL;
    if (file == INVALID_HANDLE_VALUE)
        return false;
    *tail = calloc(1, sizeof **tail);
    if (*tail) {
        (*tail)->file = file;
        (*tail)->path = text_copy(path);
        if ((*tail)->path)
            return true;
        free(*tail);
        *tail = NULL;
    }
    CloseHandle(file);
    return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read '%s'", path);
}

bool file_tail_read(struct file_tail *tail, uint64_t offset, void *data, size_t size, size_t *got,
                    struct vpc_error *err)
{
    OVERLAPPED at = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
    DWORD count = 0;

    *got = 0;
    if (!ReadFile(tail->file, data, size > 1 << 30 ? 1 << 30 : (DWORD)size, &count, &at) &&
        GetLastError() != ERROR_HANDLE_EOF)
        return vpc_fail_os(err, "cannot read '%s'", tail->path);
    *got = count;
    return true;
}

void file_tail_close(struct file_tail *tail)
{
    if (!tail)
        return;
    CloseHandle(tail->file);
    free(tail->path);
    free(tail);
}

/* Maps `size` bytes. The view alone keeps the file's content alive, so both handles are closed. */
static bool map_view(struct file_map *map, HANDLE file, uint64_t size, bool writable)
{
    HANDLE section = CreateFileMappingW(file, NULL, writable ? PAGE_READWRITE : PAGE_READONLY, (DWORD)(size >> 32),
                                        (DWORD)size, NULL);
    DWORD code;

    *map = (struct file_map){0};
    if (!section)
        return false;
    map->data = MapViewOfFile(section, writable ? FILE_MAP_WRITE : FILE_MAP_READ, 0, 0, (SIZE_T)size);
    code = GetLastError();
    CloseHandle(section);
    SetLastError(code);
    map->size = map->data ? (size_t)size : 0;
    return map->data != NULL;
}

/* A file that others have mapped can neither be cut nor, on older Windows, deleted, but it can be moved out of the way.
 */
static bool clear_way(const wchar_t *wide, const char *path)
{
    char *aside;
    wchar_t *wide_aside = NULL;
    bool moved = false;

    if (delete_file(wide))
        return true;
    aside = file_temporary_name(path, GetCurrentProcessId());
    if (aside)
        wide_aside = text_to_wide(aside);
    if (wide_aside && MoveFileExW(wide, wide_aside, 0)) {
        DeleteFileW(wide_aside);
        moved = true;
    }
    free(wide_aside);
    free(aside);
    return moved;
}

bool file_map_create(struct file_map *map, const char *path, size_t size, struct vpc_error *err)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    wchar_t *wide;
    bool ok;

    *map = (struct file_map){0};
    if (!to_wide(path, &wide, err))
        return false;
    if (clear_way(wide, path))
        file =
            CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        ok = vpc_fail_os(err, "cannot create '%s'", path);
    } else {
        ok = map_view(map, file, size, true);
        if (!ok)
            vpc_fail_os(err, "cannot map '%s'", path);
        CloseHandle(file);
        if (!ok)
            DeleteFileW(wide);
    }
    free(wide);
    return ok;
}

bool file_map_open(struct file_map *map, const char *path, bool writable, struct vpc_error *err)
{
    LARGE_INTEGER size;
    HANDLE file;
    bool ok;

    *map = (struct file_map){0};
    file = open_file(path, writable ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, SHARE_ALL, OPEN_EXISTING, err);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!GetFileSizeEx(file, &size))
        ok = vpc_fail_os(err, "cannot map '%s'", path);
    else if (size.QuadPart == 0)
        ok = vpc_fail(err, VPC_CORRUPT, "file '%s' is empty", path);
    else if ((uint64_t)size.QuadPart > SIZE_MAX / 2)
        ok = vpc_fail(err, VPC_CORRUPT, "file '%s' is too large to map", path);
    else if (!(ok = map_view(map, file, (uint64_t)size.QuadPart, writable)))
        vpc_fail_os(err, "cannot map '%s'", path);
    CloseHandle(file);
    return ok;
}

void file_map_close(struct file_map *map)
{
    if (map->data)
        UnmapViewOfFile(map->data);
    *map = (struct file_map){0};
}
