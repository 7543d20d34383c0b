/* The tails and maps of util/file.h on Windows. */
#include "util/file.h"
#include "util/file_private_win.h"

#include <stdlib.h>

#include "util/text.h"

struct file_tail {
    HANDLE file;
    char *path;
};

bool file_tail_open(struct file_tail **tail, const char *path, struct vpc_error *err)
{
    HANDLE file = file_open(path, GENERIC_READ, FILE_SHARE_ALL, OPEN_EXISTING, err);

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

bool file_tail_size(struct file_tail *tail, uint64_t *bytes, struct vpc_error *err)
{
    LARGE_INTEGER size;

    if (!GetFileSizeEx(tail->file, &size))
        return vpc_fail_os(err, "cannot read '%s'", tail->path);
    *bytes = (uint64_t)size.QuadPart;
    return true;
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

bool file_map_create(struct file_map *map, const char *path, size_t size, struct vpc_error *err)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    wchar_t *wide;
    bool ok;

    *map = (struct file_map){0};
    if (!file_to_wide(path, &wide, err))
        return false;
    if (file_clear_name(wide, path))
        file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_ALL, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL,
                           NULL);
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
    file = file_open(path, writable ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, FILE_SHARE_ALL, OPEN_EXISTING, err);
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
