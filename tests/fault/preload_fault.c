/*
 * Loaded before the C library (LD_PRELOAD): of the calls that a program and its libraries make of the system, one
 * fails, from each place in the code once: fault_board.h. The program is the one that is shipped; its children are left
 * alone.
 *
 * A few calls never fail here, since libuv or the loader answers their failure with the end of the process, by its
 * design: the pipe for signals, the start of threads, the loop's table of descriptors, its own wake-ups.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <unwind.h>
#include "fault_board.h"

enum {
    MOST_DEPTH = 48
};

static struct fault_board *board;
static uintptr_t program_begin, program_end, own_begin, own_end;
static _Thread_local bool inside;

/* ---- places ---- */

struct place {
    struct fault_place in_program;
    bool by_uv;     /* the caller is libuv */
    bool by_loader; /* it is the loader, for a new thread or a library */
};

static bool is_within(void *address, uintptr_t begin, uintptr_t end)
{
    return (uintptr_t)address >= begin && (uintptr_t)address < end;
}

static bool is_of(void *address, const char *library)
{
    Dl_info info;
    return dladdr(address, &info) != 0 && info.dli_fname != NULL && strstr(info.dli_fname, library) != NULL;
}

struct frames {
    void *addresses[MOST_DEPTH];
    int count;
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *at, void *context)
{
    struct frames *frames = context;
    if (frames->count == MOST_DEPTH)
        return _URC_END_OF_STACK;
    frames->addresses[frames->count++] = (void *)_Unwind_GetIP(at);
    return _URC_NO_REASON;
}

/* False for a call that the loader, or what it loads, makes before the program has begun. */
static bool find_place(const char *name, struct place *place)
{
    static atomic_bool begun;
    struct frames all = {.count = 0};
    void **frames = all.addresses;
    int first = 0;
    _Unwind_Backtrace(add_frame, &all);
    int count = all.count;
    while (first < count && is_within(frames[first], own_begin, own_end))
        first++;
    /* What Jansson asks for goes through json_line.c. */
    if (first + 1 < count && is_within(frames[first], program_begin, program_end) &&
        is_of(frames[first + 1], "libjansson"))
        first++;
    *place = (struct place){0};
    struct fault_place *known = &place->in_program;
    for (int i = first; i < count && known->frame_count < FAULT_MOST_FRAMES; i++)
        if (is_within(frames[i], program_begin, program_end))
            known->frames[known->frame_count++] = (uintptr_t)frames[i] - program_begin;
    if (known->frame_count > 0)
        begun = true;
    Dl_info caller;
    uintptr_t in_library = 0;
    if (first < count && dladdr(frames[first], &caller) != 0) {
        place->by_uv = is_of(frames[first], "libuv");
        place->by_loader = is_of(frames[first], "ld-linux");
        in_library = (uintptr_t)frames[first] - (uintptr_t)caller.dli_fbase;
    }
    fault_place_name(known, name, board->depth);
    /* A thread of a library's: nothing of the program has called it. */
    if (known->frame_count == 0 && board->depth > 0)
        known->key = fault_mix(known->key, in_library);
    return begun;
}

/* A wake-up of libuv's: by an eventfd or a pipe. */
static bool wakes_loop(int file)
{
    struct stat status;
    return fstatat(file, "", &status, AT_EMPTY_PATH) != 0 || (!S_ISREG(status.st_mode) && !S_ISSOCK(status.st_mode));
}

/* Whether libuv would end the process. `file`: what is read or written, -1 otherwise. */
static bool is_fatal(const char *name, int file)
{
    static atomic_bool piped;
    if (strcmp(name, "pipe2") == 0)
        return !atomic_exchange(&piped, true);
    return strcmp(name, "realloc") == 0 || (file >= 0 && wakes_loop(file));
}

static bool fails_on(const char *name, int file, int code)
{
    struct place place;
    bool turn = false;
    if (board == NULL || inside || !atomic_load_explicit(&board->armed, memory_order_relaxed))
        return false;
    int before = errno;
    inside = true;
    if (find_place(name, &place) && !place.by_loader && !(place.by_uv && is_fatal(name, file)))
        turn = fault_strike(board, name, &place.in_program);
    inside = false;
    errno = turn ? code : before;
    return turn;
}

static bool fails(const char *name, int code)
{
    return fails_on(name, -1, code);
}

/* ---- the beginning ---- */

static int find_segments(struct dl_phdr_info *info, size_t size, void *context)
{
    uintptr_t here = (uintptr_t)find_segments;
    int *index = context;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uintptr_t end = begin + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        if (*index == 0) { /* the program comes first */
            program_begin = info->dlpi_addr;
            program_end = end;
        }
        if (here >= begin && here < end) {
            own_begin = info->dlpi_addr;
            own_end = end;
        }
    }
    ++*index;
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("VPC_TEST_FAULT_BOARD");
    int index = 0;
    unsetenv("LD_PRELOAD");
    dl_iterate_phdr(find_segments, &index);
    int file = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (file < 0)
        return;
    void *data = (void *)syscall(SYS_mmap, NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (data != MAP_FAILED)
        board = data;
}

/* The function that ours stands before. */
static void *next(void **known, const char *name)
{
    if (*known == NULL)
        *known = dlsym(RTLD_NEXT, name);
    return *known;
}

/* ---- memory ---- */

void *malloc(size_t size)
{
    static void *real;
    return fails("malloc", ENOMEM) ? NULL : ((void *(*)(size_t))next(&real, "malloc"))(size);
}

void *calloc(size_t count, size_t size)
{
    static void *real;
    return fails("calloc", ENOMEM) ? NULL : ((void *(*)(size_t, size_t))next(&real, "calloc"))(count, size);
}

void *realloc(void *block, size_t size)
{
    static void *real;
    return fails("realloc", ENOMEM) ? NULL : ((void *(*)(void *, size_t))next(&real, "realloc"))(block, size);
}

char *strdup(const char *text)
{
    static void *real;
    return fails("strdup", ENOMEM) ? NULL : ((char *(*)(const char *))next(&real, "strdup"))(text);
}

void *mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset)
{
    static void *real;
    if (fails("mmap", ENOMEM))
        return MAP_FAILED;
    return ((void *(*)(void *, size_t, int, int, int, off64_t))next(&real, "mmap64"))(at, size, protection, flags, file,
                                                                                      offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context)
{
    static void *real;
    bool before = inside;
    inside = true;
    int code = ((int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))next(&real, "pthread_create"))(
        thread, attributes, start, context);
    inside = before;
    return code;
}

/* The sanitizer asks it of each new thread and takes no error. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    static void *real;
    bool before = inside;
    inside = true;
    int code = ((int (*)(pthread_t, pthread_attr_t *))next(&real, "pthread_getattr_np"))(thread, attributes);
    inside = before;
    return code;
}

/* ---- files ---- */

int open64(const char *path, int flags, ...)
{
    static void *real;
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails("open", EMFILE) ? -1 : ((int (*)(const char *, int, ...))next(&real, "open64"))(path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    static void *real;
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (fails("openat", EMFILE))
        return -1;
    return ((int (*)(int, const char *, int, ...))next(&real, "openat64"))(folder, path, flags, mode);
}

FILE *fopen64(const char *path, const char *how)
{
    static void *real;
    return fails("fopen", EMFILE) ? NULL : ((FILE * (*)(const char *, const char *)) next(&real, "fopen64"))(path, how);
}

FILE *freopen64(const char *path, const char *how, FILE *file)
{
    static void *real;
    if (fails("freopen", EMFILE))
        return NULL;
    return ((FILE * (*)(const char *, const char *, FILE *)) next(&real, "freopen64"))(path, how, file);
}

ssize_t read(int file, void *data, size_t size)
{
    static void *real;
    return fails_on("read", file, EIO) ? -1 : ((ssize_t(*)(int, void *, size_t))next(&real, "read"))(file, data, size);
}

ssize_t write(int file, const void *data, size_t size)
{
    static void *real;
    if (fails_on("write", file, ENOSPC))
        return -1;
    return ((ssize_t(*)(int, const void *, size_t))next(&real, "write"))(file, data, size);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    static void *real;
    if (fails_on("writev", file, ENOSPC))
        return -1;
    return ((ssize_t(*)(int, const struct iovec *, int))next(&real, "writev"))(file, parts, count);
}

ssize_t pread64(int file, void *data, size_t size, off64_t offset)
{
    static void *real;
    if (fails("pread", EIO))
        return -1;
    return ((ssize_t(*)(int, void *, size_t, off64_t))next(&real, "pread64"))(file, data, size, offset);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset)
{
    static void *real;
    if (fails("pwrite", ENOSPC))
        return -1;
    return ((ssize_t(*)(int, const void *, size_t, off64_t))next(&real, "pwrite64"))(file, data, size, offset);
}

int fsync(int file)
{
    static void *real;
    return fails("fsync", EIO) ? -1 : ((int (*)(int))next(&real, "fsync"))(file);
}

int fdatasync(int file)
{
    static void *real;
    return fails("fdatasync", EIO) ? -1 : ((int (*)(int))next(&real, "fdatasync"))(file);
}

int ftruncate64(int file, off64_t size)
{
    static void *real;
    return fails("ftruncate", ENOSPC) ? -1 : ((int (*)(int, off64_t))next(&real, "ftruncate64"))(file, size);
}

int posix_fallocate64(int file, off64_t offset, off64_t size)
{
    static void *real;
    if (fails("posix_fallocate", ENOSPC))
        return ENOSPC;
    return ((int (*)(int, off64_t, off64_t))next(&real, "posix_fallocate64"))(file, offset, size);
}

int flock(int file, int how)
{
    static void *real;
    return fails("flock", ENOLCK) ? -1 : ((int (*)(int, int))next(&real, "flock"))(file, how);
}

int fstat64(int file, struct stat64 *status)
{
    static void *real;
    return fails("fstat", EIO) ? -1 : ((int (*)(int, struct stat64 *))next(&real, "fstat64"))(file, status);
}

int stat64(const char *path, struct stat64 *status)
{
    static void *real;
    return fails("stat", EACCES) ? -1 : ((int (*)(const char *, struct stat64 *))next(&real, "stat64"))(path, status);
}

int statfs64(const char *path, struct statfs64 *status)
{
    static void *real;
    if (fails("statfs", EIO))
        return -1;
    return ((int (*)(const char *, struct statfs64 *))next(&real, "statfs64"))(path, status);
}

int mkdir(const char *path, mode_t mode)
{
    static void *real;
    return fails("mkdir", ENOSPC) ? -1 : ((int (*)(const char *, mode_t))next(&real, "mkdir"))(path, mode);
}

int chmod(const char *path, mode_t mode)
{
    static void *real;
    return fails("chmod", EPERM) ? -1 : ((int (*)(const char *, mode_t))next(&real, "chmod"))(path, mode);
}

int fchmod(int file, mode_t mode)
{
    static void *real;
    return fails("fchmod", EPERM) ? -1 : ((int (*)(int, mode_t))next(&real, "fchmod"))(file, mode);
}

int rename(const char *from, const char *to)
{
    static void *real;
    return fails("rename", EACCES) ? -1 : ((int (*)(const char *, const char *))next(&real, "rename"))(from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    static void *real;
    if (fails("renameat2", EACCES))
        return -1;
    return ((int (*)(int, const char *, int, const char *, unsigned))next(&real, "renameat2"))(from_folder, from,
                                                                                               to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    static void *real;
    return fails("link", EACCES) ? -1 : ((int (*)(const char *, const char *))next(&real, "link"))(from, to);
}

int unlink(const char *path)
{
    static void *real;
    return fails("unlink", EACCES) ? -1 : ((int (*)(const char *))next(&real, "unlink"))(path);
}

DIR *opendir(const char *path)
{
    static void *real;
    return fails("opendir", EMFILE) ? NULL : ((DIR * (*)(const char *)) next(&real, "opendir"))(path);
}

struct dirent64 *readdir64(DIR *folder)
{
    static void *real;
    return fails("readdir", EIO) ? NULL : ((struct dirent64 * (*)(DIR *)) next(&real, "readdir64"))(folder);
}

ssize_t getrandom(void *data, size_t size, unsigned flags)
{
    static void *real;
    if (fails("getrandom", ENOSYS))
        return -1;
    return ((ssize_t(*)(void *, size_t, unsigned))next(&real, "getrandom"))(data, size, flags);
}

/* ---- sockets and pipes ---- */

int socket(int domain, int type, int protocol)
{
    static void *real;
    return fails("socket", EMFILE) ? -1 : ((int (*)(int, int, int))next(&real, "socket"))(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
    static void *real;
    if (fails("socketpair", EMFILE))
        return -1;
    return ((int (*)(int, int, int, int *))next(&real, "socketpair"))(domain, type, protocol, pair);
}

int bind(int file, const struct sockaddr *address, socklen_t size)
{
    static void *real;
    if (fails("bind", EACCES))
        return -1;
    return ((int (*)(int, const struct sockaddr *, socklen_t))next(&real, "bind"))(file, address, size);
}

int listen(int file, int backlog)
{
    static void *real;
    return fails("listen", EADDRINUSE) ? -1 : ((int (*)(int, int))next(&real, "listen"))(file, backlog);
}

int accept4(int file, struct sockaddr *address, socklen_t *size, int flags)
{
    static void *real;
    if (fails("accept", ENOBUFS))
        return -1;
    return ((int (*)(int, struct sockaddr *, socklen_t *, int))next(&real, "accept4"))(file, address, size, flags);
}

int connect(int file, const struct sockaddr *address, socklen_t size)
{
    static void *real;
    if (fails("connect", ECONNREFUSED))
        return -1;
    return ((int (*)(int, const struct sockaddr *, socklen_t))next(&real, "connect"))(file, address, size);
}

int getsockname(int file, struct sockaddr *address, socklen_t *size)
{
    static void *real;
    if (fails("getsockname", ENOBUFS))
        return -1;
    return ((int (*)(int, struct sockaddr *, socklen_t *))next(&real, "getsockname"))(file, address, size);
}

int setsockopt(int file, int level, int option, const void *value, socklen_t size)
{
    static void *real;
    if (fails("setsockopt", ENOBUFS))
        return -1;
    return ((int (*)(int, int, int, const void *, socklen_t))next(&real, "setsockopt"))(file, level, option, value,
                                                                                        size);
}

int shutdown(int file, int how)
{
    static void *real;
    return fails("shutdown", ENOTCONN) ? -1 : ((int (*)(int, int))next(&real, "shutdown"))(file, how);
}

int pipe2(int pair[2], int flags)
{
    static void *real;
    return fails("pipe2", EMFILE) ? -1 : ((int (*)(int *, int))next(&real, "pipe2"))(pair, flags);
}

int eventfd(unsigned start, int flags)
{
    static void *real;
    return fails("eventfd", EMFILE) ? -1 : ((int (*)(unsigned, int))next(&real, "eventfd"))(start, flags);
}

int epoll_create1(int flags);
int epoll_create1(int flags)
{
    static void *real;
    return fails("epoll_create1", EMFILE) ? -1 : ((int (*)(int))next(&real, "epoll_create1"))(flags);
}

/* ---- processes ---- */

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const words[], char *const environment[])
{
    static void *real;
    if (fails("posix_spawn", EAGAIN))
        return EAGAIN;
    return ((int (*)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                     char *const *, char *const *))next(&real, "posix_spawn"))(pid, path, actions, attributes, words,
                                                                               environment);
}

/* Of those that have no function of their own only this one is told apart; none has more than six words. */
long syscall(long number, ...)
{
    static void *real;
    long words[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        words[i] = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_pidfd_open && fails("pidfd_open", EMFILE))
        return -1;
    return ((long (*)(long, ...))next(&real, "syscall"))(number, words[0], words[1], words[2], words[3], words[4],
                                                         words[5]);
}
