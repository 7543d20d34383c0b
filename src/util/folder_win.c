/* The folders of util/file.h on Windows. */
#include "util/file.h"
#include "util/file_private.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "util/path.h"
#include "util/text.h"

bool folder_make(const char *path, struct vpc_error *err)
{
    char *above;
    wchar_t *wide;
    bool ok;

    if (folder_exists(path))
        return true;
    above = path_folder(path);
    wide = text_to_wide(path);
    if (!above || !wide) {
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to make folder '%s'", path);
    } else if (strcmp(above, path) == 0) {
        /* What Windows says of such a root depends on its kind: a drive, a share, a reader without a disk. */
        ok = vpc_fail(err, VPC_PATH_NOT_FOUND, "'%s' does not exist", path);
    } else {
        ok = CreateDirectoryW(wide, NULL) != 0;
        if (!ok && (GetLastError() == ERROR_PATH_NOT_FOUND || GetLastError() == ERROR_FILE_NOT_FOUND)) {
            if (!folder_make(above, err))
                goto done;
            ok = CreateDirectoryW(wide, NULL) != 0;
        }
        if (!ok) {
            DWORD code = GetLastError();
            /* Another process may have been faster. */
            ok = folder_exists(path);
            SetLastError(code);
            if (!ok)
                vpc_fail_os(err, "cannot make folder '%s'", path);
            if (!ok && err->cause == VPC_FILE_NOT_FOUND)
                err->cause = VPC_PATH_NOT_FOUND;
        }
    }
done:
    free(above);
    free(wide);
    return ok;
}

bool folder_make_own(const char *path, struct vpc_error *err)
{
    char *above = path_folder(path);
    wchar_t *wide = text_to_wide(path);
    bool ok, made = false;

    if (!above || !wide)
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to make folder '%s'", path);
    else if ((ok = folder_make(above, err)))
        made = CreateDirectoryW(wide, NULL) != 0;
    free(above);
    free(wide);
    if (!made)
        return ok && folder_make(path, err);
    /* A file system without rights has none to take away. */
    if (folder_make_private(path, err) || err->cause == VPC_NOT_SUPPORTED)
        return true;
    folder_remove_empty(path);
    return false;
}

/* Removes an empty folder, or a link to a folder and nothing behind it. One that is not there is success. */
static bool remove_itself(const char *path, struct vpc_error *err)
{
    wchar_t *wide = text_to_wide(path);
    bool ok;

    if (!wide)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to remove folder '%s'", path);
    ok = RemoveDirectoryW(wide) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND ||
         vpc_fail_os(err, "cannot remove folder '%s'", path);
    free(wide);
    return ok;
}

static bool remove_entry(const char *folder, const WIN32_FIND_DATAW *data, struct vpc_error *err)
{
    char *name = text_from_wide(data->cFileName, wcslen(data->cFileName));
    char *path = name ? path_join(folder, name) : NULL;
    bool ok;

    if (!path)
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to remove folder '%s'", folder);
    else if ((data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
        ok = file_remove(path, err);
    else
        ok = folder_remove(path, err);
    free(path);
    free(name);
    return ok;
}

/* Begins a walk over everything in a folder. INVALID_HANDLE_VALUE with *missing (out) set is a folder that is not
 * there. */
static HANDLE first_entry(const char *path, WIN32_FIND_DATAW *data, bool *missing, struct vpc_error *err)
{
    char *pattern = path_join(path, "*");
    wchar_t *wide = pattern ? text_to_wide(pattern) : NULL;
    HANDLE find = INVALID_HANDLE_VALUE;

    *missing = false;
    if (!wide) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to list folder '%s'", path);
    } else {
        find = FindFirstFileExW(wide, FindExInfoBasic, data, FindExSearchNameMatch, NULL, 0);
        if (find == INVALID_HANDLE_VALUE) {
            *missing = GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND;
            vpc_fail_os(err, "cannot list folder '%s'", path);
        }
    }
    free(wide);
    free(pattern);
    return find;
}

static bool is_dots(const wchar_t *name)
{
    return wcscmp(name, L".") == 0 || wcscmp(name, L"..") == 0;
}

/* *link (out): a junction or a symbolic link, as far as can be known. */
static bool look_for_link(const char *path, bool *link, struct vpc_error *err)
{
    wchar_t *wide = text_to_wide(path);
    DWORD attributes;

    *link = false;
    if (!wide)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to remove folder '%s'", path);
    attributes = GetFileAttributesW(wide);
    *link = attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_REPARSE_POINT;
    free(wide);
    return true;
}

bool folder_remove(const char *path, struct vpc_error *err)
{
    WIN32_FIND_DATAW data;
    bool link, missing, ok = true;
    HANDLE find;

    if (!look_for_link(path, &link, err))
        return false;
    if (link) /* "path\*" would be what it leads to */
        return remove_itself(path, err);
    find = first_entry(path, &data, &missing, err);
    if (find == INVALID_HANDLE_VALUE)
        return missing;
    do {
        if (!is_dots(data.cFileName))
            ok = remove_entry(path, &data, err);
    } while (ok && FindNextFileW(find, &data));
    FindClose(find);
    return ok && remove_itself(path, err);
}

void folder_remove_empty(const char *path)
{
    wchar_t *wide = text_to_wide(path);

    if (wide)
        RemoveDirectoryW(wide);
    free(wide);
}

bool folder_list(const char *path, const char *suffix, struct folder_entry **entries, size_t *count,
                 struct vpc_error *err)
{
    struct folder_found found = {0};
    WIN32_FIND_DATAW data;
    bool missing;
    HANDLE find = first_entry(path, &data, &missing, err);
    bool ok = true, whole;

    *entries = NULL;
    *count = 0;
    if (find == INVALID_HANDLE_VALUE)
        return missing;
    do {
        uint64_t ticks = (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;

        if ((data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
            ok = folder_found_add(&found, text_from_wide(data.cFileName, wcslen(data.cFileName)), suffix,
                                  (int64_t)(ticks / 10000) - FILE_TIME_1970_MS);
    } while (ok && FindNextFileW(find, &data));
    whole = !ok || GetLastError() == ERROR_NO_MORE_FILES || vpc_fail_os(err, "cannot list folder '%s'", path);
    FindClose(find);
    if (!ok)
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to list folder '%s'", path);
    if (!ok || !whole) {
        folder_list_free(found.entries, found.count);
        return false;
    }
    *entries = found.entries;
    *count = found.count;
    return true;
}
