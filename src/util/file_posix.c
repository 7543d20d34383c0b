/* util/file.h on POSIX systems. */
#include "util/file.h"
#include "util/file_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/path.h"
#include "util/text.h"

/* Like vpc_fail_os, but tells a missing folder from a missing file, which POSIX does not. */
static bool fail_at(struct vpc_error *err, const char *path, const char *what)
{
    int code = errno;

    vpc_fail_os(err, "cannot %s '%s'", what, path);
    if (code == ENOENT) {
        char *folder = path_folder(path);

        if (folder && !folder_exists(folder))
            err->cause = VPC_PATH_NOT_FOUND;
        free(folder);
    }
    return false;
}

static int open_file(const char *path, int flags, struct vpc_error *err)
{
    int file;

    do
        file = open(path, flags | O_CLOEXEC, 0666);
    while (file < 0 && errno == EINTR);
    if (file < 0)
        fail_at(err, path, "open");
    return file;
}

/* Somebody may have put a pipe or a device under the name; opened without waiting, it is known here. */
static bool check_regular(const struct stat *status, const char *path, struct vpc_error *err)
{
    return S_ISREG(status->st_mode) || vpc_fail(err, VPC_ACCESS_DENIED, "'%s' is not a file", path);
}

static bool read_all(int file, const char *path, size_t limit, char **data, size_t *size, struct vpc_error *err)
{
    struct stat status;
    char *bytes;
    size_t have = 0;

    if (fstat(file, &status) != 0)
        return fail_at(err, path, "read");
    if (!check_regular(&status, path, err))
        return false;
    if ((uint64_t)status.st_size > limit)
        return vpc_fail(err, VPC_CORRUPT, "file '%s' is %lld bytes long, more than %zu", path,
                        (long long)status.st_size, limit);
    bytes = malloc((size_t)status.st_size + 1);
    if (!bytes)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read '%s'", path);
    while (have < (size_t)status.st_size) {
        ssize_t got = read(file, bytes + have, (size_t)status.st_size - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            fail_at(err, path, "read");
            free(bytes);
            return false;
        }
        if (got == 0)
            break; /* it was cut short meanwhile */
        have += (size_t)got;
    }
    bytes[have] = '\0';
    *data = bytes;
    *size = have;
    return true;
}

bool file_read(const char *path, size_t limit, char **data, size_t *size, struct vpc_error *err)
{
    int file = open_file(path, O_RDONLY | O_NONBLOCK, err);
    bool ok;

    *data = NULL;
    *size = 0;
    if (file < 0)
        return false;
    ok = read_all(file, path, limit, data, size, err);
    close(file);
    return ok;
}

static bool write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(file, data, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        size -= (size_t)put;
    }
    return fsync(file) == 0;
}

/* A rename is lasting only when the folder is on the disk too. Not every file system can; the content is safe either
 * way. */
static void flush_folder(const char *path)
{
    char *folder = path_folder(path);
    int handle = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (handle >= 0) {
        fsync(handle);
        close(handle);
    }
    free(folder);
}

static bool write_beside(const char *path, const void *data, size_t size, bool replace, struct vpc_error *err)
{
    char *temporary = file_temporary_name(path, (unsigned long)getpid());
    struct stat status;
    int file;
    bool ok;

    if (!temporary)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to write '%s'", path);
    /* rename asks for rights on the folder only; a file that may not be written shall stay. */
    if (replace && access(path, W_OK) != 0 && errno != ENOENT && errno != ENOTDIR) {
        fail_at(err, path, "write");
        free(temporary);
        return false;
    }
    file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) {
        fail_at(err, path, "write");
        free(temporary);
        return false;
    }
    if (replace && stat(path, &status) == 0)
        fchmod(file, status.st_mode & 07777);
    ok = write_all(file, data, size);
    if (ok)
        ok = replace ? rename(temporary, path) == 0 : link(temporary, path) == 0;
    if (!ok)
        fail_at(err, path, "write");
    close(file);
    if (!ok || !replace)
        unlink(temporary);
    if (ok)
        flush_folder(path);
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

bool file_look(const char *path, bool *there, struct vpc_error *err)
{
    struct stat status;
    bool known = stat(path, &status) == 0;

    *there = known && !S_ISDIR(status.st_mode);
    if (!known && errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
        return vpc_fail_os(err, "cannot look at '%s'", path);
    return true;
}

bool file_exists(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

bool folder_exists(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Names have one spelling here, unless a file of the same name in another case is the only one. */
bool file_spelling(const char *path, char **name, struct vpc_error *err)
{
    struct folder_entry *entries;
    size_t count;
    char *folder;

    *name = path_name(path);
    if (!*name)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to find '%s'", path);
    if (file_exists(path))
        return true;
    folder = path_folder(path);
    if (folder && folder_list(folder, *name, &entries, &count, err)) {
        for (size_t i = 0; i < count; i++) {
            if (text_compare_nocase(entries[i].name, *name) == 0) {
                free(*name);
                *name = entries[i].name;
                entries[i].name = NULL;
                folder_list_free(entries, count);
                free(folder);
                return true;
            }
        }
        folder_list_free(entries, count);
        vpc_fail(err, folder_exists(folder) ? VPC_FILE_NOT_FOUND : VPC_PATH_NOT_FOUND, "no file '%s'", path);
    } else if (!folder) {
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to find '%s'", path);
    }
    free(folder);
    free(*name);
    *name = NULL;
    return false;
}

bool file_rename(const char *from, const char *to, struct vpc_error *err)
{
    struct stat old, new;

    /* Where case is ignored, both names may be of one file. */
    if (stat(from, &old) == 0 && stat(to, &new) == 0 && old.st_dev == new.st_dev && old.st_ino == new.st_ino) {
        if (rename(from, to) != 0)
            return fail_at(err, from, "rename");
        return true;
    }
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EINVAL || errno == ENOSYS) {
        /* This file system cannot rename without replacing. */
        if (link(from, to) == 0) {
            unlink(from);
            return true;
        }
    }
    if (errno == EEXIST)
        return vpc_fail(err, VPC_ALREADY_EXISTS, "cannot rename '%s': '%s' exists", from, to);
    return fail_at(err, file_exists(from) ? to : from, "rename");
}

bool file_remove(const char *path, struct vpc_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
        return fail_at(err, path, "remove");
    return true;
}

bool file_set_modified(const char *path, int64_t utc_ms, struct vpc_error *err)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                {.tv_sec = utc_ms / 1000, .tv_nsec = (long)(utc_ms % 1000) * 1000000}};

    if (utimensat(AT_FDCWD, path, times, 0) != 0)
        return fail_at(err, path, "set the time of");
    return true;
}

struct file_lock {
    int file;
    char *path;
};

bool file_lock_try(struct file_lock **lock, const char *path, struct vpc_error *err)
{
    struct stat locked, named;
    int file;

    *lock = NULL;
    for (;;) {
        file = open_file(path, O_RDWR | O_CREAT, err);
        if (file < 0)
            return false;
        if (flock(file, LOCK_EX | LOCK_NB) != 0) {
            bool held = errno == EWOULDBLOCK;

            if (!held)
                fail_at(err, path, "lock");
            close(file);
            return held;
        }
        /* The file that we locked may have been removed between open and lock: then it keeps nobody out. */
        if (fstat(file, &locked) == 0 && stat(path, &named) == 0 && locked.st_ino == named.st_ino &&
            locked.st_dev == named.st_dev)
            break;
        close(file);
    }
    *lock = calloc(1, sizeof **lock);
    if (*lock)
        (*lock)->path = text_copy(path);
    if (!*lock || !(*lock)->path) {
        free(*lock);
        *lock = NULL;
        close(file);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to lock '%s'", path);
    }
    (*lock)->file = file;
    return true;
}

static void release(struct file_lock *lock, bool remove)
{
    if (!lock)
        return;
    /* Who opened it meanwhile sees, once he has the lock, that it is no longer the file of that name. */
    if (remove)
        unlink(lock->path);
    close(lock->file);
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

struct file_tail {
    int file;
    char *path;
};

bool file_tail_open(struct file_tail **tail, const char *path, struct vpc_error *err)
{
    int file = open_file(path, O_RDONLY | O_NONBLOCK, err);

    *tail = NULL;
    if (file < 0)
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
    close(file);
    return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read '%s'", path);
}

bool file_tail_size(struct file_tail *tail, uint64_t *bytes, struct vpc_error *err)
{
    struct stat status;

    if (fstat(tail->file, &status) != 0)
        return fail_at(err, tail->path, "read");
    *bytes = (uint64_t)status.st_size;
    return true;
}

bool file_tail_read(struct file_tail *tail, uint64_t offset, void *data, size_t size, size_t *got,
                    struct vpc_error *err)
{
    ssize_t count;

    *got = 0;
    do
        count = pread(tail->file, data, size, (off_t)offset);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail_at(err, tail->path, "read");
    *got = (size_t)count;
    return true;
}

void file_tail_close(struct file_tail *tail)
{
    if (!tail)
        return;
    close(tail->file);
    free(tail->path);
    free(tail);
}

static bool map_file(struct file_map *map, int file, size_t size, bool writable)
{
    void *data = mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);

    if (data == MAP_FAILED)
        return false;
    map->data = data;
    map->size = size;
    return true;
}

bool file_map_create(struct file_map *map, const char *path, size_t size, struct vpc_error *err)
{
    int file;
    bool ok;

    *map = (struct file_map){0};
    /* Not truncated in place: a reader who has the old file mapped would fault. */
    if (!file_remove(path, err))
        return false;
    file = open_file(path, O_RDWR | O_CREAT | O_EXCL, err);
    if (file < 0)
        return false;
    errno = posix_fallocate(file, 0, (off_t)size); /* a full disk must show here, not as a fault at the first write */
    ok = errno == 0 && map_file(map, file, size, true);
    if (!ok) {
        fail_at(err, path, "map");
        unlink(path);
    }
    close(file);
    return ok;
}

bool file_map_open(struct file_map *map, const char *path, bool writable, struct vpc_error *err)
{
    struct stat status;
    int file;
    bool ok;

    *map = (struct file_map){0};
    file = open_file(path, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK, err);
    if (file < 0)
        return false;
    if (fstat(file, &status) != 0)
        ok = fail_at(err, path, "map");
    else if (!check_regular(&status, path, err))
        ok = false;
    else if (status.st_size == 0)
        ok = vpc_fail(err, VPC_CORRUPT, "file '%s' is empty", path);
    else if (!(ok = map_file(map, file, (size_t)status.st_size, writable)))
        fail_at(err, path, "map");
    close(file);
    return ok;
}

void file_map_close(struct file_map *map)
{
    if (map->data)
        munmap(map->data, map->size);
    *map = (struct file_map){0};
}
