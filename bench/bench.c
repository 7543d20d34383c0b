#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#include <windows.h>
#else
#include <time.h>
#endif

enum {
    ROUNDS = 41,
    ROUNDS_SMOKE = 3,
    BATCH_NS = 2000000, /* what one case does in one round */
    RUNS = 5,           /* that a round consists of */
    BATCH_SMOKE_NS = 100000,
    TIMES_MOST = 1 << 24
};

uint64_t bench_now_ns(void)
{
#if defined(_WIN32)
    LARGE_INTEGER now, frequency;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    uint64_t whole = (uint64_t)now.QuadPart / (uint64_t)frequency.QuadPart;
    uint64_t rest = (uint64_t)now.QuadPart % (uint64_t)frequency.QuadPart;
    return whole * 1000000000 + rest * 1000000000 / (uint64_t)frequency.QuadPart;
#else
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

void bench_stop(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static void *bench_memory(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory)
        bench_stop("out of memory");
    return memory;
}

void bench_open(struct bench *bench, const char *name, int argc, char **argv)
{
    *bench = (struct bench){.name = name, .rounds = ROUNDS};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--smoke") == 0) {
            bench->smoke = true;
            bench->rounds = ROUNDS_SMOKE;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            bench->json = argv[++i];
        } else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0) {
            bench->rounds = (uint32_t)atoi(argv[++i]);
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc &&
                   bench->only_count < sizeof bench->only / sizeof *bench->only) {
            bench->only[bench->only_count++] = argv[++i];
        } else {
            bench_stop("unknown option '%s'", argv[i]);
        }
    }
    printf("%-58s %24s %-6s %8s  %-24s %-16s\n", bench->name, "median [quartiles]", "unit", "floor",
           "ratio [quartiles]", "budget");
}

bool bench_wants(const struct bench *bench, const char *part)
{
    for (size_t i = 0; i < bench->only_count; i++) {
        if (strcmp(bench->only[i], part) == 0)
            return true;
    }
    return bench->only_count == 0;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value below which `part` of the samples lie, between two samples by proportion. */
static double quantile(const double *sorted, size_t count, double part)
{
    double at = part * (double)(count - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < count ? below + 1 : below;

    return sorted[below] + (sorted[above] - sorted[below]) * (at - (double)below);
}

struct bench_summary bench_summarize(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, compare_doubles);
    return (struct bench_summary){
        .least = samples[0],
        .lower = quantile(samples, count, 0.25),
        .median = quantile(samples, count, 0.5),
        .upper = quantile(samples, count, 0.75),
        .most = samples[count - 1],
    };
}

static struct bench_row *bench_add(struct bench *bench, const char *name, const char *unit)
{
    bench->rows = realloc(bench->rows, (bench->count + 1) * sizeof *bench->rows);
    if (!bench->rows)
        bench_stop("out of memory");
    struct bench_row *row = &bench->rows[bench->count++];
    size_t size = strlen(name) + 1;
    *row = (struct bench_row){.name = memcpy(bench_memory(size, 1), name, size), .unit = unit, .holds = true};
    return row;
}

/* Without an exponent, which nobody can read in a table. */
static const char *number(double value, char text[32])
{
    snprintf(text, 32, value >= 1000 ? "%.0f" : value < 0.01 ? "%.4f" : "%.3g", value);
    return text;
}

static void print_summary(char *text, size_t size, const struct bench_summary *summary)
{
    char median[32], lower[32], upper[32];

    snprintf(text, size, "%s [%s %s]", number(summary->median, median), number(summary->lower, lower),
             number(summary->upper, upper));
}

static void print_row(const struct bench_row *row)
{
    char ratio[104] = "";

    if (!row->unit) {
        printf("%-58s not measured: %s\n", row->name, row->budget);
        fflush(stdout);
        return;
    }
    if (row->has_floor)
        print_summary(ratio, sizeof ratio, &row->ratio);
    char value[104];
    print_summary(value, sizeof value, &row->value);
    char floor[32] = "";
    if (row->has_floor)
        number(row->floor.median, floor);
    printf("%-58s %24s %-6s %8s  %-24s %-16s %s\n", row->name, value, row->unit, floor, ratio, row->budget,
           row->has_budget ? row->holds ? "holds" : "DOES NOT HOLD" : "");
    fflush(stdout); /* a run lasts minutes */
}

/* The least of some short runs: what else the machine does can only make one longer. */
static double case_time_ns(const struct bench_case *what, uint32_t times)
{
    const uint32_t each = times / RUNS ? times / RUNS : 1;
    double least = 0;

    for (int run = 0; run < RUNS; run++) {
        uint64_t start = bench_now_ns();
        what->work(what->context, each);
        double taken = (double)(bench_now_ns() - start) / each;
        least = run && least < taken ? least : taken;
    }
    return least;
}

/* How often a case is done in one round so that the clock's own steps do not show. */
static uint32_t case_times(const struct bench_case *what, uint64_t batch_ns)
{
    what->work(what->context, 1); /* what is kept from the first time on */
    for (uint32_t times = 1;; times *= 2) {
        uint64_t start = bench_now_ns();
        what->work(what->context, times);
        if (bench_now_ns() - start >= batch_ns || times >= TIMES_MOST)
            return times;
    }
}

void bench_group(struct bench *bench, const struct bench_case *floor, const struct bench_case *cases, size_t count)
{
    const uint64_t batch_ns = bench->smoke ? BATCH_SMOKE_NS : BATCH_NS;
    const size_t all = count + 1;
    uint32_t *times = bench_memory(all, sizeof *times);
    double *taken = bench_memory(all * bench->rounds, sizeof *taken);
    double *ratios = bench_memory(bench->rounds, sizeof *ratios);

    for (size_t i = 0; i < all; i++)
        times[i] = case_times(i < count ? &cases[i] : floor, batch_ns);
    for (uint32_t round = 0; round < bench->rounds; round++) {
        for (size_t turn = 0; turn < all; turn++) {
            size_t i = (turn + round) % all;
            taken[i * bench->rounds + round] = case_time_ns(i < count ? &cases[i] : floor, times[i]);
        }
    }
    double *floor_taken = &taken[count * bench->rounds];
    for (size_t i = 0; i < count; i++) {
        struct bench_row *row = bench_add(bench, cases[i].name, "ns");
        for (uint32_t round = 0; round < bench->rounds; round++)
            ratios[round] = taken[i * bench->rounds + round] / floor_taken[round];
        row->ratio = bench_summarize(ratios, bench->rounds);
        row->value = bench_summarize(&taken[i * bench->rounds], bench->rounds);
        row->has_floor = true;
        if (cases[i].budget > 0) {
            row->has_budget = true;
            row->holds = row->ratio.median <= cases[i].budget;
            snprintf(row->budget, sizeof row->budget, "at most %.4gx", cases[i].budget);
        }
    }
    struct bench_summary summary = bench_summarize(floor_taken, bench->rounds);
    for (size_t i = bench->count - count; i < bench->count; i++)
        bench->rows[i].floor = summary;
    for (size_t i = bench->count - count; i < bench->count; i++)
        print_row(&bench->rows[i]);
    free(ratios);
    free(taken);
    free(times);
}

void bench_value(struct bench *bench, const struct bench_value *value, double *samples, size_t count)
{
    struct bench_row *row = bench_add(bench, value->name, value->unit);

    row->value = bench_summarize(samples, count);
    if (value->at_most > 0) {
        row->holds = (value->all ? row->value.most : row->value.median) <= value->at_most;
        snprintf(row->budget, sizeof row->budget, "at most %.4g%s", value->at_most, value->all ? ", each" : "");
    } else if (value->at_least > 0) {
        row->holds = (value->all ? row->value.least : row->value.median) >= value->at_least;
        snprintf(row->budget, sizeof row->budget, "at least %.4g%s", value->at_least, value->all ? ", each" : "");
    }
    row->has_budget = value->at_most > 0 || value->at_least > 0;
    print_row(row);
}

void bench_missing(struct bench *bench, const char *name, const char *why)
{
    struct bench_row *row = bench_add(bench, name, NULL);

    snprintf(row->budget, sizeof row->budget, "%s", why);
    print_row(row);
}

static void write_summary(FILE *file, const char *name, const struct bench_summary *summary)
{
    fprintf(file, "\"%s\": {\"least\": %.6g, \"lower\": %.6g, \"median\": %.6g, \"upper\": %.6g, \"most\": %.6g}", name,
            summary->least, summary->lower, summary->median, summary->upper, summary->most);
}

static void write_json(const struct bench *bench)
{
    FILE *file = fopen(bench->json, "w");

    if (!file)
        bench_stop("'%s' cannot be written", bench->json);
    fprintf(file, "{\n  \"program\": \"%s\", \"rounds\": %u, \"smoke\": %s,\n  \"rows\": [\n", bench->name,
            (unsigned)bench->rounds, bench->smoke ? "true" : "false");
    for (size_t i = 0; i < bench->count; i++) {
        const struct bench_row *row = &bench->rows[i];
        fprintf(file, "    {\"name\": \"%s\"", row->name);
        if (!row->unit) {
            fprintf(file, ", \"missing\": \"%s\"", row->budget);
        } else {
            fprintf(file, ", \"unit\": \"%s\", ", row->unit);
            write_summary(file, "value", &row->value);
        }
        if (row->has_floor) {
            fprintf(file, ",\n     ");
            write_summary(file, "floor", &row->floor);
            fprintf(file, ",\n     ");
            write_summary(file, "ratio", &row->ratio);
        }
        if (row->has_budget)
            fprintf(file, ",\n     \"budget\": \"%s\", \"holds\": %s", row->budget, row->holds ? "true" : "false");
        fprintf(file, "}%s\n", i + 1 < bench->count ? "," : "");
    }
    fprintf(file, "  ]\n}\n");
    if (fclose(file) != 0)
        bench_stop("'%s' cannot be written", bench->json);
}

int bench_close(struct bench *bench)
{
    int status = 0;

    for (size_t i = 0; i < bench->count; i++) {
        if (!bench->rows[i].holds && !bench->smoke)
            status = 1;
    }
    if (bench->json)
        write_json(bench);
    for (size_t i = 0; i < bench->count; i++)
        free(bench->rows[i].name);
    free(bench->rows);
    return status;
}
