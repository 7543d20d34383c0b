/*
 * The log of a process. Only edges write it: the supervisor's loop, COM methods at trace level, a command line's main. What lies below returns its error.
 *
 * Lines are "2026-05-04T09:15:00.123Z level text". Off until opened; thread safe.
 */
#ifndef VPC_UTIL_LOG_H
#define VPC_UTIL_LOG_H

#include "util/error.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_TRACE };

/* Appends to this file from now on. A file over 1 MiB is moved to "<path>.old" first; where that fails it grows on. */
bool log_open(const char *path, enum log_level most, struct vpc_error *err);
void log_write(enum log_level level, const char *format, ...) VPC_PRINTF(2, 3);
void log_close(void);

#endif
