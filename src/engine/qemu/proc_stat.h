/* /proc/<pid>/stat of Linux, read natively and, through Wine, from a Windows program. */
#ifndef VPC_ENGINE_QEMU_PROC_STAT_H
#define VPC_ENGINE_QEMU_PROC_STAT_H

#include <stdbool.h>
#include <stdint.h>

struct proc_stat {
    char state;     /* 'Z': ended, not collected */
    uint64_t start; /* in clock ticks since the host booted: with the process id it names one process for ever */
    uint64_t cpu_time_us;
};

/* Reads the text of a stat file (proc(5)). False when it is none. */
bool proc_stat_parse(const char *text, struct proc_stat *stat);

/* Reads the file of a process. False when there is no such process. */
bool proc_stat_read(int64_t pid, struct proc_stat *stat);

/* True when that process is surely no more. One that cannot be looked at now may still be. */
bool proc_has_ended(int64_t pid, uint64_t start);

/* True when the command line of a process could be read and does not hold `text`: a stranger's. */
bool proc_command_lacks(int64_t pid, const char *text);

#endif
