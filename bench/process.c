#include "process.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum {
    MOST = 256
};

double process_time_ns(uint64_t pid)
{
    clockid_t clock;
    struct timespec time;

    if (clock_getcpuclockid((pid_t)pid, &clock) || clock_gettime(clock, &time))
        bench_stop("process %llu is gone", (unsigned long long)pid);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

double process_resident_mb(uint64_t pid)
{
    char path[64];
    unsigned long pages = 0, resident = 0;

    snprintf(path, sizeof path, "/proc/%llu/statm", (unsigned long long)pid);
    FILE *in = fopen(path, "r");
    if (!in || fscanf(in, "%lu %lu", &pages, &resident) != 2)
        bench_stop("process %llu is gone", (unsigned long long)pid);
    fclose(in);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

double process_share_mb(uint64_t pid)
{
    char path[64], line[256];
    unsigned long kilobytes = 0;

    snprintf(path, sizeof path, "/proc/%llu/smaps_rollup", (unsigned long long)pid);
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in))
        if (sscanf(line, "Pss: %lu kB", &kilobytes) == 1)
            break;
    if (in)
        fclose(in);
    if (!kilobytes)
        bench_stop("process %llu is gone", (unsigned long long)pid);
    return (double)kilobytes / 1000;
}

double folder_entries(const char *path)
{
    DIR *folder = opendir(path);
    double count = 0;

    for (struct dirent *entry; folder && (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    if (folder)
        closedir(folder);
    return count;
}

double process_files(uint64_t pid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%llu/fd", (unsigned long long)pid);
    return folder_entries(path);
}

/* 0: free. */
static volatile pid_t started[MOST];

void process_track(uint64_t pid)
{
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        if (started[i] == 0) {
            started[i] = (pid_t)pid;
            return;
        }
    }
}

void process_forget(uint64_t pid)
{
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        if (started[i] == (pid_t)pid)
            started[i] = 0;
    }
}

static void kill_started(void)
{
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        if (started[i] > 0)
            kill(started[i], SIGKILL);
    }
}

static void end_by_signal(int number)
{
    kill_started();
    _exit(128 + number);
}

void process_guard(void)
{
    atexit(kill_started);
    signal(SIGHUP, end_by_signal);
    signal(SIGINT, end_by_signal);
    signal(SIGTERM, end_by_signal);
}
