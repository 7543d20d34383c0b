/* util/file.h on Windows. Every call is the Unicode one; readers share everything, so that they never stand in a
 * writer's way. */
#include "util/file.h"
#include "util/file_private.h"
#include "util/file_private_win.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"

/* How long a call is repeated that another program's hold on the file made fail, and the pause between. Holds are
 * short: a program that reads a file of ours whole, a virus scanner. Who meets two of them still answers in two
 * seconds. */
enum {
    HELD_MS = 800,
    HELD_PAUSE_MS = 1,
    VAIN_MS = 2000, /* for which a file is known to be held */
    VAIN_FILES = 4
};

/* The files that calls have last waited for in vain. Who meets one of them again within that time is not made to wait
 * again: what looks like one call to a client may open a file many times. */
static SRWLOCK vain_lock = SRWLOCK_INIT;
static struct vain {
    uint64_t file; /* a number made of its path */
    uint64_t end_ms;
} in_vain[VAIN_FILES];
static unsigned vain_next; /* is written over */

static uint64_t number_of(const wchar_t *path)
{
    uint64_t number = 14695981039346656037u;

    for (; *path; path++)
        number = (number ^ *path) * 1099511628211u;
    return number;
}

static bool is_in_vain(uint64_t file, uint64_t now)
{
    for (unsigned i = 0; i < VAIN_FILES; i++) {
        if (in_vain[i].file == file && now < in_vain[i].end_ms)
            return true;
    }
    return false;
}

/* For a file that is held: waits a little, or has waited long enough and gives false. *end_ms is 0 before the first
 * time. Keeps GetLastError() as it is. */
static bool wait_for_holder(const wchar_t *path, uint64_t *end_ms)
{
    DWORD code = GetLastError();
    uint64_t now = clock_monotonic_ms(), file = number_of(path);
    bool waits;

    AcquireSRWLockExclusive(&vain_lock);
    if (*end_ms == 0)
        *end_ms = is_in_vain(file, now) ? now : now + HELD_MS;
    waits = now < *end_ms;
    if (!waits && !is_in_vain(file, now))
        in_vain[vain_next++ % VAIN_FILES] = (struct vain){.file = file, .end_ms = now + VAIN_MS};
    ReleaseSRWLockExclusive(&vain_lock);
    if (waits)
        Sleep(HELD_PAUSE_MS);
    SetLastError(code);
    return waits;
}

bool file_to_wide(const char *path, wchar_t **wide, struct vpc_error *err)
{
    *wide = text_to_wide(path);
    return *wide ? true : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to open '%s'", path);
}

/* Like vpc_fail_os, but a file that is missing because its folder is says so; Windows does by itself. */
HANDLE file_open(const char *path, DWORD access, DWORD share, DWORD disposition, struct vpc_error *err)
{
    uint64_t end_ms = 0;
    HANDLE file;
    wchar_t *wide;

    if (!file_to_wide(path, &wide, err))
        return INVALID_HANDLE_VALUE;
    do {
        file = CreateFileW(wide, access, share, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    } while (file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_SHARING_VIOLATION &&
             wait_for_holder(wide, &end_ms));
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
    HANDLE file = file_open(path, GENERIC_READ, FILE_SHARE_ALL, OPEN_EXISTING, err);
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

/*
 * Windows refuses to replace a file that somebody has open: with a sharing violation or, when he shares deletion, with
 * "access denied", which is also what a name gives whose file is deleted but still open. Both pass; a file that may not
 * be written stays so.
 */
static bool move_file(const wchar_t *from, const wchar_t *to, DWORD flags)
{
    const wchar_t *held = flags & MOVEFILE_REPLACE_EXISTING ? to : from;
    uint64_t end_ms = 0;

    for (;;) {
        DWORD code, attributes;

        if (MoveFileExW(from, to, flags | MOVEFILE_WRITE_THROUGH))
            return true;
        code = GetLastError();
        attributes = GetFileAttributesW(to);
        SetLastError(code);
        if ((code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED) ||
            (attributes != INVALID_FILE_ATTRIBUTES &&
             (attributes & (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_DIRECTORY)) != 0) ||
            !wait_for_holder(held, &end_ms))
            return false;
    }
}

/* FILE_RENAME_INFO with the flags of Windows 10 1607, for SetFileInformationByHandle with class FileRenameInfoEx. */
struct rename_info {
    DWORD flags;
    HANDLE root;
    DWORD name_size;
    WCHAR name[1];
};

/* Replaces `to` by the open file even while others read it. Windows before 10 1607 and Wine 8 cannot. */
static bool rename_over(HANDLE file, const wchar_t *to)
{
    const DWORD replace_if_exists = 1, posix_semantics = 2;
    const FILE_INFO_BY_HANDLE_CLASS file_rename_info_ex = 22;
    size_t name_size = wcslen(to) * sizeof *to;
    size_t size = sizeof(struct rename_info) + name_size;
    struct rename_info *info = calloc(1, size);
    bool ok;

    if (!info)
        return false;
    info->flags = replace_if_exists | posix_semantics;
    info->name_size = (DWORD)name_size;
    memcpy(info->name, to, name_size); /* NOLINT(bugprone-not-null-terminated-result): its length goes with it */
    ok = SetFileInformationByHandle(file, file_rename_info_ex, info, (DWORD)size);
    free(info);
    return ok;
}

static bool is_read_only(const wchar_t *wide)
{
    DWORD attributes = GetFileAttributesW(wide);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0;
}

static bool write_beside(const char *path, const void *data, size_t size, bool replace, struct vpc_error *err)
{
    char *temporary = file_temporary_name(path, GetCurrentProcessId());
    wchar_t *from = NULL;
    wchar_t *to = NULL;
    bool moved = false;
    HANDLE file;
    bool ok;

    if (!temporary)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to write '%s'", path);
    ok = file_to_wide(temporary, &from, err) && file_to_wide(path, &to, err);
    /* Wine 8 would replace it. */
    if (ok && replace && is_read_only(to)) {
        SetLastError(ERROR_ACCESS_DENIED);
        ok = vpc_fail_os(err, "cannot write '%s'", path);
    }
    if (ok) {
        file =
            CreateFileW(from, GENERIC_WRITE | DELETE, FILE_SHARE_DELETE, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE) {
            ok = vpc_fail_os(err, "cannot write '%s'", path);
        } else {
            ok = write_all(file, path, data, size, err);
            moved = ok && replace && rename_over(file, to);
            CloseHandle(file);
            if (ok && !moved && !move_file(from, to, replace ? MOVEFILE_REPLACE_EXISTING : 0))
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
    return write_beside(path, data, size, true, err);
}

bool file_create(const char *path, const void *data, size_t size, struct vpc_error *err)
{
    return write_beside(path, data, size, false, err);
}

static DWORD attributes_of(const char *path)
{
    wchar_t *wide = text_to_wide(path);
    DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;

    free(wide);
    return attributes;
}

bool file_look(const char *path, bool *there, struct vpc_error *err)
{
    DWORD attributes;
    wchar_t *wide;

    *there = false;
    if (!file_to_wide(path, &wide, err))
        return false;
    attributes = GetFileAttributesW(wide);
    *there = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
    if (attributes == INVALID_FILE_ATTRIBUTES)
        vpc_fail_os(err, "cannot look at '%s'", path);
    free(wide);
    return attributes != INVALID_FILE_ATTRIBUTES || err->cause == VPC_FILE_NOT_FOUND ||
           err->cause == VPC_PATH_NOT_FOUND || err->cause == VPC_INVALID_NAME || err->cause == VPC_BAD_PATH ||
           err->cause == VPC_TOO_LONG;
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
    if (!file_to_wide(path, &wide, err))
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

/* Wine 8 leaves a file as it is when only the case of its name is to change. Goes by way of another name then. */
static bool change_case(const char *from, const char *to, const wchar_t *old, const wchar_t *new, struct vpc_error *err)
{
    char *wanted = path_name(to);
    char *name = NULL;
    char *way = NULL;
    wchar_t *wide_way = NULL;
    bool ok;

    if (!wanted) {
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to rename '%s'", from);
    } else if ((ok = file_spelling(to, &name, err)) && strcmp(name, wanted) != 0) {
        way = file_temporary_name(from, GetCurrentProcessId());
        wide_way = way ? text_to_wide(way) : NULL;
        if (!wide_way) {
            ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to rename '%s'", from);
        } else if (!move_file(old, wide_way, 0)) {
            ok = vpc_fail_os(err, "cannot rename '%s' to '%s'", from, to);
        } else if (!move_file(wide_way, new, 0)) {
            ok = vpc_fail_os(err, "cannot rename '%s' to '%s'", from, to);
            MoveFileExW(wide_way, old, 0);
        }
    }
    free(wide_way);
    free(way);
    free(name);
    free(wanted);
    return ok;
}

bool file_rename(const char *from, const char *to, struct vpc_error *err)
{
    wchar_t *old = NULL;
    wchar_t *new = NULL;
    bool ok = file_to_wide(from, &old, err) && file_to_wide(to, &new, err);

    if (ok && !move_file(old, new, 0))
        ok = vpc_fail_os(err, "cannot rename '%s' to '%s'", from, to);
    else if (ok && strcmp(from, to) != 0 && text_compare_nocase(from, to) == 0)
        ok = change_case(from, to, old, new, err);
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
    uint64_t end_ms = 0;

    for (;;) {
        if (DeleteFileW(wide) || is_missing(GetLastError()))
            return true;
        if (GetLastError() != ERROR_SHARING_VIOLATION || !wait_for_holder(wide, &end_ms))
            return false;
    }
}

bool file_clear_name(const wchar_t *wide, const char *path)
{
    /* What was moved out of the way once stays where it is. */
    char *aside =
        text_ends_nocase(path, FILE_TEMPORARY_SUFFIX) ? NULL : file_temporary_name(path, GetCurrentProcessId());
    wchar_t *wide_aside = aside ? text_to_wide(aside) : NULL;
    bool clear = false;

    if (wide_aside && MoveFileExW(wide, wide_aside, 0)) {
        clear = delete_file(wide_aside);
        if (!clear) {
            DWORD code = GetLastError();

            clear = code == ERROR_USER_MAPPED_FILE || !MoveFileExW(wide_aside, wide, 0);
            SetLastError(code);
        }
    } else {
        clear = delete_file(wide);
    }
    free(wide_aside);
    free(aside);
    return clear;
}

bool file_remove(const char *path, struct vpc_error *err)
{
    wchar_t *wide;
    bool ok = true;

    if (!file_to_wide(path, &wide, err))
        return false;
    if (!file_clear_name(wide, path))
        ok = vpc_fail_os(err, "cannot remove '%s'", path);
    free(wide);
    return ok;
}

bool file_set_modified(const char *path, int64_t utc_ms, struct vpc_error *err)
{
    HANDLE file = file_open(path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_ALL, OPEN_EXISTING, err);
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
    wchar_t *path;
};

bool file_lock_try(struct file_lock **lock, const char *path, struct vpc_error *err)
{
    HANDLE file;
    OVERLAPPED start = {0};

    /* Deletion is not shared: a lock that could be deleted under its holder would be no lock. */
    *lock = NULL;
    file = file_open(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_ALWAYS, err);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &start)) {
        bool held = GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING;

        if (!held)
            vpc_fail_os(err, "cannot lock '%s'", path);
        CloseHandle(file);
        return held;
    }
    *lock = calloc(1, sizeof **lock);
    if (*lock)
        (*lock)->path = text_to_wide(path);
    if (!*lock || !(*lock)->path) {
        free(*lock);
        *lock = NULL;
        CloseHandle(file);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to lock '%s'", path);
    }
    (*lock)->file = file;
    return true;
}

static void release(struct file_lock *lock, bool remove)
{
    if (!lock)
        return;
    CloseHandle(lock->file);
    /* Fails when the next holder has it open, as he does not share deletion. */
    if (remove)
        DeleteFileW(lock->path);
    free(lock->path);
    free(lock);
}

void file_lock_release(struct file_lock *lock)
{
    release(lock, false);
}

void file_lock_remove(struct file_lock *lock)
{
    release(lock, true);
}
