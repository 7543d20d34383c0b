/*
 * The log of the host, where administrators look: the application log of Windows, syslog elsewhere.
 */
#ifndef VPC_UTIL_HOST_LOG_H
#define VPC_UTIL_HOST_LOG_H

#include <stdbool.h>

enum host_log_level { HOST_LOG_ERROR, HOST_LOG_WARNING, HOST_LOG_INFORMATION };

/* Writes one message; `id` is its number there (0 to 65535), `text` one line of UTF-8. False when the system has not taken it; elsewhere than on Windows that
 * cannot be told. Any thread; waits for the system's log. */
bool host_log_write(enum host_log_level level, unsigned id, const char *text);

#endif
