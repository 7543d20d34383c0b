/* What a virtual machine has used in each of the past 60 full minutes, from the usage ledger. */
#ifndef VPC_CTL_HOUR_H
#define VPC_CTL_HOUR_H

#include <jansson.h>
#include <stdbool.h>
#include "vpc.h"

enum {
    HOUR_MINUTES = 60,
    MINUTE_MS = 60000
};

enum hour_figure {
    HOUR_CPU, /* percent of the minute */
    HOUR_SENT,
    HOUR_RECEIVED,
    HOUR_READ,
    HOUR_WRITTEN,
    HOUR_FIGURES
};

/* Bytes as floating point: for pictures and texts of three digits. The rows have them exactly. */
struct hour {
    LONGLONG start_ms;            /* of the first minute, since 1970, UTC */
    bool known[HOUR_MINUTES];     /* false: the machine was off, or nobody can tell */
    bool cpu_known[HOUR_MINUTES]; /* the same of its processor time, which may be unknown alone */
    double values[HOUR_FIGURES][HOUR_MINUTES];
};

/* The start of the hour that ends with the last full minute before `now_ms`. */
LONGLONG hour_start(LONGLONG now_ms);

/* Reads the hour of one machine that begins at hour->start_ms (in). Appends a row for each part of a minute to `rows`,
 * in the order of time: "name", "time" (of the minute), "cpu_percent" and the exact bytes as digits. */
HRESULT hour_read(struct hour *hour, struct vpc *vpc, IVMVirtualMachine *vm, const char *name, json_t *rows);

/* Whether there is a figure for this minute. */
bool hour_knows(const struct hour *hour, enum hour_figure figure, int minute);

/* Sum over the known minutes; for HOUR_CPU their mean. False when no minute is known. */
bool hour_total(const struct hour *hour, enum hour_figure figure, double *total);

#endif
