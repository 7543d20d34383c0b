#include "rotation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "util/text.h"

static int compare_starts(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The number of the command that a line of the trace is about, its last; -1 without. */
static long number_at_end(const char *line)
{
    const char *at = line + strcspn(line, "\r\n");

    while (at > line && strchr("} ", at[-1]))
        at--;
    while (at > line && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return *at >= '0' && *at <= '9' ? strtol(at, NULL, 10) : -1;
}

/* From QEMU's trace: how long each filter-buffer was in, from the moment that the command which makes it is begun to
 * the moment that the one which removes it is answered. A line reads "<pid>@<seconds>.<microseconds>:<event> ...";
 * what a command is stands where it is read, under the same id. */
static void bench_holds(struct bench *bench, const char *name, const char *log)
{
    static double holds[100000];
    size_t count = 0;
    static char line[8192];
    /* One hold for each direction. */
    struct {
        long begins, ends; /* ids of its two commands */
        double begun;
    } open[2] = {{-1, -1, 0}, {-1, -1, 0}};
    FILE *in = fopen(log, "r");

    while (in && fgets(line, sizeof line, in)) {
        const char *clock = strchr(line, '@');
        double now = clock ? strtod(clock + 1, NULL) : 0;
        const char *hold = strstr(line, "-hold-");
        size_t which = hold && strncmp(hold, "-hold-received", strlen("-hold-received")) == 0 ? 1 : 0;
        if (strstr(line, "handle_qmp_command") && hold) {
            if (strstr(line, "object-add"))
                open[which].begins = number_at_end(line);
            else if (strstr(line, "object-del"))
                open[which].ends = number_at_end(line);
            continue;
        }
        bool begins = strstr(line, "monitor_qmp_cmd_in_band"), ends = strstr(line, "monitor_qmp_respond");
        for (size_t i = 0; i < 2 && (begins || ends); i++) {
            if (begins && open[i].begins >= 0 && number_at_end(line) == open[i].begins)
                open[i].begun = now;
            if (!ends || open[i].begun <= 0 || number_at_end(line) != open[i].ends)
                continue;
            if (count < sizeof holds / sizeof *holds)
                holds[count++] = (now - open[i].begun) * 1000;
            open[i].begun = 0;
        }
    }
    if (in)
        fclose(in);
    if (!count) {
        bench_missing(bench, name, "this QEMU's trace shows no rotation");
        return;
    }
    qsort(holds, count, sizeof *holds, compare_starts);
    double late = holds[count - 1 - count / 100];
    char *late_name = text_format("%s, 99 of 100 less than", name);
    bench_value(bench, &(struct bench_value){.name = name, .unit = "ms", .at_most = 5}, holds, count);
    bench_value(bench, &(struct bench_value){.name = late_name, .unit = "ms"}, &late, 1);
    free(late_name);
}

/* With captures so short that they are exchanged at each look. */
void bench_rotation(struct bench *bench, const char *name)
{
    struct guest guest;

    guest_open(&guest, guest_fetching, 256);
    guest_await_received(&guest, bench->smoke ? 2000000 : 10000000);
    guest_turn_off(&guest);
    bench_holds(bench, name, guest.log);
    guest_close(&guest);
}
