#include "wrap_fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static _Thread_local struct {
    bool on;
    unsigned count, fail_at;
    const char *failed;
} walk;

static atomic_long blocks;

static bool fails(const char *name, int code)
{
    if (!walk.on || ++walk.count != walk.fail_at)
        return false;
    walk.failed = name;
    errno = code;
    return true;
}

/* ---- memory ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    void *block = fails("malloc", ENOMEM) ? NULL : __real_malloc(size);
    blocks += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = fails("calloc", ENOMEM) ? NULL : __real_calloc(count, size);
    blocks += block != NULL;
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = fails("realloc", ENOMEM) ? NULL : __real_realloc(block, size);
    blocks += moved && !block;
    return moved;
}

void __wrap_free(void *block)
{
    blocks -= block != NULL;
    __real_free(block);
}

/* ---- files ---- */

int __real_open64(const char *path, int flags, ...);
int __real_openat64(int folder, const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_openat64(int folder, const char *path, int flags, ...);

int __wrap_open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails("open", EMFILE) ? -1 : __real_open64(path, flags, mode);
}

int __wrap_openat64(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails("openat", EMFILE) ? -1 : __real_openat64(folder, path, flags, mode);
}

ssize_t __real_read(int file, void *data, size_t size);
ssize_t __wrap_read(int file, void *data, size_t size);
ssize_t __wrap_read(int file, void *data, size_t size)
{
    return fails("read", EIO) ? -1 : __real_read(file, data, size);
}

ssize_t __real_write(int file, const void *data, size_t size);
ssize_t __wrap_write(int file, const void *data, size_t size);
ssize_t __wrap_write(int file, const void *data, size_t size)
{
    return fails("write", ENOSPC) ? -1 : __real_write(file, data, size);
}

int __real_fsync(int file);
int __wrap_fsync(int file);
int __wrap_fsync(int file)
{
    return fails("fsync", EIO) ? -1 : __real_fsync(file);
}

int __real_fstat64(int file, struct stat64 *status);
int __wrap_fstat64(int file, struct stat64 *status);
int __wrap_fstat64(int file, struct stat64 *status)
{
    return fails("fstat", EIO) ? -1 : __real_fstat64(file, status);
}

int __real_stat64(const char *path, struct stat64 *status);
int __wrap_stat64(const char *path, struct stat64 *status);
int __wrap_stat64(const char *path, struct stat64 *status)
{
    return fails("stat", EACCES) ? -1 : __real_stat64(path, status);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
    return fails("mkdir", ENOSPC) ? -1 : __real_mkdir(path, mode);
}

int __real_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode)
{
    return fails("chmod", EPERM) ? -1 : __real_chmod(path, mode);
}

int __real_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode)
{
    return fails("fchmod", EPERM) ? -1 : __real_fchmod(file, mode);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return fails("rename", EACCES) ? -1 : __real_rename(from, to);
}

int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return fails("renameat2", EACCES) ? -1 : __real_renameat2(from_folder, from, to_folder, to, flags);
}

int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to)
{
    return fails("link", EACCES) ? -1 : __real_link(from, to);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    return fails("unlink", EACCES) ? -1 : __real_unlink(path);
}

int __real_flock(int file, int how);
int __wrap_flock(int file, int how);
int __wrap_flock(int file, int how)
{
    return fails("flock", ENOLCK) ? -1 : __real_flock(file, how);
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
    return fails("opendir", EMFILE) ? NULL : __real_opendir(path);
}

DIR *__real_fdopendir(int file);
DIR *__wrap_fdopendir(int file);
DIR *__wrap_fdopendir(int file)
{
    return fails("fdopendir", ENOMEM) ? NULL : __real_fdopendir(file);
}

void *__real_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset)
{
    return fails("mmap", ENOMEM) ? MAP_FAILED : __real_mmap64(at, size, protection, flags, file, offset);
}

/* Its result is the code. */
int __real_posix_fallocate64(int file, off64_t offset, off64_t size);
int __wrap_posix_fallocate64(int file, off64_t offset, off64_t size);
int __wrap_posix_fallocate64(int file, off64_t offset, off64_t size)
{
    return fails("posix_fallocate", ENOSPC) ? ENOSPC : __real_posix_fallocate64(file, offset, size);
}

ssize_t __real_getrandom(void *data, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags)
{
    return fails("getrandom", ENOSYS) ? -1 : __real_getrandom(data, size, flags);
}

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
    return fails("socket", EMFILE) ? -1 : __real_socket(domain, type, protocol);
}

int __real_connect(int file, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int file, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int file, const struct sockaddr *address, socklen_t size)
{
    return fails("connect", ECONNREFUSED) ? -1 : __real_connect(file, address, size);
}

/* ---- SQLite ---- */

static void *sqlite_malloc(int size)
{
    return __wrap_malloc((size_t)size);
}

static void *sqlite_realloc(void *block, int size)
{
    return __wrap_realloc(block, (size_t)size);
}

static int sqlite_size(void *block)
{
    return (int)malloc_usable_size(block);
}

static int sqlite_round_up(int size)
{
    return (size + 7) & ~7;
}

static int sqlite_begin(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void sqlite_end(void *context)
{
    (void)context;
}

static int sqlite_open(const char *path, int flags, int mode)
{
    return fails("SQLite's open", EMFILE) ? -1 : __real_open64(path, flags, mode);
}

static int sqlite_ftruncate(int file, off64_t size)
{
    return fails("SQLite's ftruncate", ENOSPC) ? -1 : ftruncate64(file, size);
}

static ssize_t sqlite_pread(int file, void *data, size_t size, off64_t offset)
{
    return fails("SQLite's pread", EIO) ? -1 : pread64(file, data, size, offset);
}

static ssize_t sqlite_pwrite(int file, const void *data, size_t size, off64_t offset)
{
    return fails("SQLite's pwrite", ENOSPC) ? -1 : pwrite64(file, data, size, offset);
}

static void *sqlite_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
    return fails("SQLite's mmap", ENOMEM) ? MAP_FAILED : __real_mmap64(at, size, protection, flags, file, offset);
}

void wrap_install(void)
{
    static const sqlite3_mem_methods memory = {.xMalloc = sqlite_malloc,
                                               .xFree = __wrap_free,
                                               .xRealloc = sqlite_realloc,
                                               .xSize = sqlite_size,
                                               .xRoundup = sqlite_round_up,
                                               .xInit = sqlite_begin,
                                               .xShutdown = sqlite_end};
    static const struct {
        const char *name;
        sqlite3_syscall_ptr function;
    } calls[] = {
        {"open", (sqlite3_syscall_ptr)sqlite_open},     {"ftruncate", (sqlite3_syscall_ptr)sqlite_ftruncate},
        {"pread", (sqlite3_syscall_ptr)sqlite_pread},   {"pread64", (sqlite3_syscall_ptr)sqlite_pread},
        {"pwrite", (sqlite3_syscall_ptr)sqlite_pwrite}, {"pwrite64", (sqlite3_syscall_ptr)sqlite_pwrite},
        {"mmap", (sqlite3_syscall_ptr)sqlite_mmap},
    };
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    sqlite3_vfs *files = sqlite3_vfs_find(NULL);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        /* Of two names that one function has, a build of SQLite uses one. */
        if (files->xGetSystemCall(files, calls[i].name))
            files->xSetSystemCall(files, calls[i].name, calls[i].function);
    }
}

/* ---- the walk ---- */

void wrap_watch(void)
{
    wrap_arm(0);
}

void wrap_arm(unsigned number)
{
    walk.count = 0;
    walk.fail_at = number;
    walk.failed = NULL;
    walk.on = true;
}

unsigned wrap_stop(void)
{
    walk.on = false;
    return walk.count;
}

const char *wrap_failed(void)
{
    return walk.failed;
}

long wrap_blocks(void)
{
    return blocks;
}

long wrap_descriptors(void)
{
    DIR *folder = __real_opendir("/proc/self/fd");
    long count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}
