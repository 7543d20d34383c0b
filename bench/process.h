/*
 * Processes of a benchmark: what /proc says of them, and that none is left. One thread.
 */
#ifndef VPC_BENCH_PROCESS_H
#define VPC_BENCH_PROCESS_H

#include <stdint.h>

/* Each ends the program (bench_stop) when there is no such process. */
double process_time_ns(uint64_t pid);     /* processor time of all threads, those that have ended too */
double process_resident_mb(uint64_t pid); /* memory */
double process_share_mb(uint64_t pid);    /* its share: what it has with others in common counts in part */
double process_files(uint64_t pid);       /* that are open */

/* Files in a folder, without hidden ones. */
double folder_entries(const char *path);

/* From process_guard on, all tracked processes are killed when the program ends before its time. */
void process_guard(void);
void process_track(uint64_t pid); /* 256 at most */
void process_forget(uint64_t pid);

#endif
