/*
 * Measuring: each figure beside its floor, in the same process and the same run.
 *
 *     struct bench bench;
 *     bench_open(&bench, "com", argc, argv);
 *     bench_group(&bench, &floor, cases, count);             what a call costs, as a ratio to the floor
 *     bench_value(&bench, &value, samples, count);           anything else, with a limit of its own
 *     return bench_close(&bench);                            the table, the JSON, 1 when a budget does not hold
 *
 * The cases of a group and their floor take turns, so that whatever else the machine does meanwhile falls on all of
 * them alike; the ratio is taken in each round and the median of the rounds counts. Absolute times are shown, and
 * decide nothing unless they have a limit.
 *
 * Options of every program: --rounds N, --json FILE, --smoke (three short rounds, no budget decides), --only PART (may
 * be given again; the parts are what the program asks bench_wants for). One thread.
 */
#ifndef VPC_BENCH_BENCH_H
#define VPC_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thing to measure: `work` does it `times` times. */
struct bench_case {
    const char *name;
    void (*work)(void *context, uint32_t times);
    void *context;
    double budget; /* at most so many times the floor; 0: none */
};

/* A figure that is no ratio of two cases. */
struct bench_value {
    const char *name;
    const char *unit;
    double at_most;  /* 0: no such limit */
    double at_least; /* 0: no such limit */
    bool all;        /* the limit is for the worst sample; otherwise for the median */
};

struct bench_summary {
    double lower, median, upper; /* quartiles */
    double least, most;
};

struct bench_row {
    char *name;
    const char *unit;
    struct bench_summary value, floor, ratio; /* floor and ratio only with `has_floor` */
    bool has_floor, has_budget, holds;
    char budget[48]; /* as text */
};

struct bench {
    const char *name;
    const char *json;
    uint32_t rounds;
    bool smoke;
    const char *only[8]; /* parts to be measured; none: all */
    size_t only_count;
    struct bench_row *rows;
    size_t count;
};

/* Reads the options; ends the program with status 2 and a line when one is wrong. */
void bench_open(struct bench *bench, const char *name, int argc, char **argv);

/* Whether this part is to be measured. */
bool bench_wants(const struct bench *bench, const char *part);

/* Measures the cases against `floor`; one row each. */
void bench_group(struct bench *bench, const struct bench_case *floor, const struct bench_case *cases, size_t count);

/* One row; `samples` (at least one) are put in order. */
void bench_value(struct bench *bench, const struct bench_value *value, double *samples, size_t count);

/* A row for what cannot be measured here, with the reason. Holds no budget and breaks none. */
void bench_missing(struct bench *bench, const char *name, const char *why);

/* Nanoseconds of a clock that never goes back. */
uint64_t bench_now_ns(void);

struct bench_summary bench_summarize(double *samples, size_t count);

/* Prints the table, writes the JSON, frees. 0, or 1 when a budget does not hold and --smoke is not given. */
int bench_close(struct bench *bench);

/* Ends the program with status 2 and this line: what is to be measured cannot be set up. */
_Noreturn void bench_stop(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

#endif
