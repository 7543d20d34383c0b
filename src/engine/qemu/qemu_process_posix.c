#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "engine/qemu/proc_stat.h"
#include "engine/qemu/qemu_process.h"
#include "engine/qemu/qemu_script.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

struct qemu_process {
    pid_t pid;
    uint64_t start;
    bool child; /* ours, to be waited for */
    bool ended;
};

extern char **environ;

static bool write_script(char *const words[], const char *run_folder, struct vpc_error *err)
{
    char *text = qemu_script_text(words), *path = path_join(run_folder, QEMU_SCRIPT_FILE);
    char *log = path_join(run_folder, QEMU_LOG_FILE);
    bool ok;

    if (!text || !path || !log)
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for QEMU's command line");
    else
        ok = file_remove(log, err) && file_replace(path, text, strlen(text), err);
    free(text);
    free(path);
    free(log);
    return ok;
}

bool qemu_process_start(struct qemu_process **out, char *const words[], const char *run_folder, struct vpc_error *err)
{
    char *const shell[] = {"sh", QEMU_SCRIPT_FILE, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct qemu_process *process;
    struct proc_stat stat = {0};
    int status;

    *out = NULL;
    if (!write_script(words, run_folder, err))
        return false;
    if (!(process = calloc(1, sizeof(*process))))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a process");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, run_folder);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID); /* no signal of the supervisor's terminal reaches it */
    status = posix_spawn(&process->pid, "/bin/sh", &actions, &attributes, shell, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (status) {
        free(process);
        errno = status;
        return vpc_fail_os(err, "cannot start /bin/sh in '%s'", run_folder);
    }
    process->child = true;
    if (proc_stat_read(process->pid, &stat))
        process->start = stat.start;
    *out = process;
    return true;
}

bool qemu_process_adopt(struct qemu_process **out, int64_t pid, uint64_t start, struct vpc_error *err)
{
    struct qemu_process *process = calloc(1, sizeof(*process));

    *out = NULL;
    if (!process)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a process");
    process->pid = (pid_t)pid;
    process->start = start;
    if (!qemu_process_alive(process)) {
        free(process);
        return vpc_fail(err, VPC_ENGINE, "QEMU, process %lld, has ended", (long long)pid);
    }
    *out = process;
    return true;
}

bool qemu_process_alive(struct qemu_process *process)
{
    if (process->ended)
        return false;
    if (process->child)
        process->ended = waitpid(process->pid, NULL, WNOHANG) == process->pid;
    else
        process->ended = proc_has_ended(process->pid, process->start);
    return !process->ended;
}

bool qemu_process_id(struct qemu_process *process, int64_t *pid, uint64_t *start)
{
    *pid = process->pid;
    *start = process->start;
    return true;
}

void *qemu_process_handle(const struct qemu_process *process)
{
    (void)process;
    return NULL;
}

bool qemu_process_cpu_time(struct qemu_process *process, uint64_t *us)
{
    struct proc_stat stat;

    if (process->ended || !proc_stat_read(process->pid, &stat) || stat.start != process->start)
        return false;
    *us = stat.cpu_time_us;
    return true;
}

void qemu_process_kill(struct qemu_process *process)
{
    if (qemu_process_alive(process))
        kill(process->pid, SIGKILL);
}

void qemu_process_free(struct qemu_process *process)
{
    free(process);
}

char *qemu_process_path(const char *path, struct vpc_error *err)
{
    char *copy = text_copy(path);

    if (!copy)
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
    return copy;
}

char *qemu_process_local_path(const char *path)
{
    return text_copy(path);
}

bool qemu_process_is_wine(void)
{
    return false;
}
