/* The folders of util/file.h on POSIX systems. */
#include "util/file.h"
#include "util/file_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/path.h"
#include "util/text.h"

bool folder_make(const char *path, struct vpc_error *err)
{
    char *above;
    int code;
    bool ok;

    if (folder_exists(path) || mkdir(path, 0777) == 0)
        return true;
    if (errno == ENOENT) {
        above = path_folder(path);
        if (!above)
            return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to make folder '%s'", path);
        ok = strcmp(above, path) != 0 && folder_make(above, err);
        free(above);
        if (!ok)
            return false;
        if (mkdir(path, 0777) == 0)
            return true;
    }
    code = errno;
    /* Another process may have been faster. */
    if (folder_exists(path))
        return true;
    errno = code;
    vpc_fail_os(err, "cannot make folder '%s'", path);
    if (err->cause == VPC_FILE_NOT_FOUND)
        err->cause = VPC_PATH_NOT_FOUND;
    return false;
}

/* Whoever cannot go through the folder does not come to its files, whatever their modes say. */
bool folder_make_private(const char *path, struct vpc_error *err)
{
    struct stat status;
    int code;

    if (stat(path, &status) != 0)
        return vpc_fail_os(err, "cannot look at folder '%s'", path);
    if (status.st_uid != geteuid())
        return vpc_fail(err, VPC_ACCESS_DENIED, "folder '%s' is another user's", path);
    if (chmod(path, 0700) == 0)
        return true;
    code = errno;
    vpc_fail_os(err, "cannot make folder '%s' private", path);
    /* What its owner may not do nobody can: vfat is so. */
    if (code == EPERM || code == ENOTSUP || code == ENOSYS)
        err->cause = VPC_NOT_SUPPORTED;
    return false;
}

bool folder_make_own(const char *path, struct vpc_error *err)
{
    char *above = path_folder(path);
    bool ok = above ? folder_make(above, err) : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to make folder '%s'", path);

    free(above);
    /* Another process may have been faster. */
    return ok && (mkdir(path, 0700) == 0 || folder_make(path, err));
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *open_in(int parent, const char *name)
{
    int handle = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = handle >= 0 ? fdopendir(handle) : NULL;

    if (!folder && handle >= 0)
        close(handle);
    return folder;
}

/* Empties and removes the folder `name` in `parent`. errno says why not. */
static bool remove_in(int parent, const char *name)
{
    DIR *folder = open_in(parent, name);
    struct dirent *entry;
    bool ok = true;

    if (!folder)
        return errno == ENOENT;
    while (ok && (entry = readdir(folder)) != NULL) {
        if (is_dots(entry->d_name) || unlinkat(dirfd(folder), entry->d_name, 0) == 0 || errno == ENOENT)
            continue;
        ok = (errno == EISDIR || errno == EPERM) && remove_in(dirfd(folder), entry->d_name);
    }
    closedir(folder);
    return ok && (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

bool folder_remove(const char *path, struct vpc_error *err)
{
    struct stat status;
    bool link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);

    if (link ? unlink(path) != 0 && errno != ENOENT : !remove_in(AT_FDCWD, path))
        return vpc_fail_os(err, "cannot remove folder '%s'", path);
    return true;
}

void folder_remove_empty(const char *path)
{
    rmdir(path);
}

bool folder_list(const char *path, const char *suffix, struct folder_entry **entries, size_t *count,
                 struct vpc_error *err)
{
    struct folder_found found = {0};
    struct dirent *entry;
    struct stat status;
    DIR *folder = opendir(path);
    bool ok = true, whole;

    *entries = NULL;
    *count = 0;
    if (!folder)
        return errno == ENOENT || vpc_fail_os(err, "cannot list folder '%s'", path);
    for (;;) {
        errno = 0; /* only so can an error be told from the end */
        if (!ok || !(entry = readdir(folder)))
            break;
        if (fstatat(dirfd(folder), entry->d_name, &status, 0) != 0 || S_ISDIR(status.st_mode))
            continue;
        ok = folder_found_add(&found, text_copy(entry->d_name), suffix,
                              (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000);
    }
    whole = !ok || errno == 0 || vpc_fail_os(err, "cannot list folder '%s'", path);
    closedir(folder);
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
