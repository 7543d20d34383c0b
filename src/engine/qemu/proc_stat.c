#include "engine/qemu/proc_stat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define PROC_FOLDER "\\\\?\\unix\\proc\\"
#define PROC_SLASH  "\\"
#else
#define PROC_FOLDER "/proc/"
#define PROC_SLASH  "/"
#endif

/* USER_HZ is 100 on every architecture that runs QEMU and Wine; sysconf is out of reach from Wine. */
enum {
    TICK_US = 10000
};

/* Fields count from 1 as in proc(5); the second is the name in parentheses, which may hold blanks and parentheses
 * itself. */
enum {
    FIELD_STATE = 3,
    FIELD_UTIME = 14,
    FIELD_STIME = 15,
    FIELD_STARTTIME = 22
};

bool proc_stat_parse(const char *text, struct proc_stat *stat)
{
    const char *p = strrchr(text, ')');
    uint64_t utime = 0, stime = 0;

    if (!p || p[1] != ' ' || !p[2])
        return false;
    p += 2;
    stat->state = *p;
    for (int field = FIELD_STATE; field < FIELD_STARTTIME; field++) {
        uint64_t number;

        if (!(p = strchr(p, ' ')))
            return false;
        number = strtoull(++p, NULL, 10);
        if (field + 1 == FIELD_UTIME)
            utime = number;
        else if (field + 1 == FIELD_STIME)
            stime = number;
        else if (field + 1 == FIELD_STARTTIME)
            stat->start = number;
    }
    stat->cpu_time_us = (utime + stime) * TICK_US;
    return true;
}

bool proc_stat_read(int64_t pid, struct proc_stat *stat)
{
    char path[64], text[1024];
    FILE *file;
    size_t got;

    snprintf(path, sizeof(path), PROC_FOLDER "%" PRId64 PROC_SLASH "stat", pid);
    if (!(file = fopen(path, "rb")))
        return false;
    got = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[got] = 0;
    return proc_stat_parse(text, stat);
}

bool proc_has_ended(int64_t pid, uint64_t start)
{
    struct proc_stat stat;

    errno = 0;
    if (proc_stat_read(pid, &stat))
        return stat.start != start || stat.state == 'Z';
    return errno == ENOENT || errno == ESRCH;
}

bool proc_command_lacks(int64_t pid, const char *text)
{
    enum {
        COMMAND_BYTES = 256 * 1024
    };
    size_t length = strlen(text), got = 0;
    char path[64], *line;
    bool lacks = false;
    FILE *file;

    snprintf(path, sizeof(path), PROC_FOLDER "%" PRId64 PROC_SLASH "cmdline", pid);
    if (!(file = fopen(path, "rb")))
        return false;
    if ((line = malloc(COMMAND_BYTES))) {
        got = fread(line, 1, COMMAND_BYTES, file);
        lacks = got > 0; /* nothing: the process is just ending */
        for (size_t i = 0; lacks && i + length <= got; i++)
            lacks = memcmp(line + i, text, length) != 0;
    }
    free(line);
    fclose(file);
    return lacks;
}
