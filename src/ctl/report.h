/* Lines on standard error: one an error, "vpcctl: <what>: <why>". */
#ifndef VPC_CTL_REPORT_H
#define VPC_CTL_REPORT_H

#include <stdbool.h>

/* The command line is wrong. `command` may be NULL. Returns false. */
bool report_usage(const char *command, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

/* `what` may be NULL. */
void report(const char *what, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

#endif
