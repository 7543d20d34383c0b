/*
 * What a running VM costs, with real supervisors and a real QEMU whose guest boots from the network: how old figures
 * are, what an idle supervisor uses, how long a rotation holds frames, what counting costs the guest; then 200
 * supervisors on the fake engine. Loopback only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "guest.h"
#include "process.h"
#include "rotation.h"
#include "support/process.h"
#include "throughput.h"
#include "util/clock.h"
#include "util/text.h"

enum {
    MANY = 200,
    MANY_SMOKE = 3,
    FRESH_MS = 250
};

static uint64_t page_age_ms(struct vm_page *page)
{
    struct vm_page_instant instant;

    vm_page_read_instant(page, &instant);
    uint64_t now_ms = clock_monotonic_ms();
    return now_ms > instant.sample_monotonic_ms ? now_ms - instant.sample_monotonic_ms : 0;
}

static void bench_busy(struct bench *bench)
{
    const size_t samples = bench->smoke ? 20 : 4000;
    double *ages = calloc(samples, sizeof *ages), share;
    struct guest guest;
    struct vm_page_body *body = calloc(1, sizeof *body);

    guest_open(&guest, guest_fetching, 0);
    guest_await_received(&guest, 100000);
    vm_page_read(guest.machine.page, body);
    double time_ns = process_time_ns(body->supervisor_pid);
    uint64_t start_ns = bench_now_ns();
    for (size_t i = 0; i < samples; i++) {
        ages[i] = (double)page_age_ms(guest.machine.page);
        clock_sleep_ms(5);
    }
    share = 100 * (process_time_ns(body->supervisor_pid) - time_ns) / (double)(bench_now_ns() - start_ns);
    bench_value(
        bench,
        &(struct bench_value){.name = "age of a figure, busy guest", .unit = "ms", .at_most = FRESH_MS, .all = true},
        ages, samples);
    double late = ages[samples - 1 - samples / 100], worst = ages[samples - 1];
    bench_value(bench, &(struct bench_value){.name = "age of a figure, busy guest, 99 of 100 less than", .unit = "ms"},
                &late, 1);
    bench_value(bench, &(struct bench_value){.name = "age of a figure, busy guest, worst", .unit = "ms"}, &worst, 1);
    bench_value(bench, &(struct bench_value){.name = "supervisor of a busy guest, of a core", .unit = "%"}, &share, 1);
    double resident = process_resident_mb(body->supervisor_pid);
    bench_value(bench,
                &(struct bench_value){.name = "supervisor of a busy guest, resident", .unit = "MB", .at_most = 12},
                &resident, 1);
    guest_close(&guest);
    free(body);
    free(ages);
}

static void bench_idle(struct bench *bench)
{
    const size_t samples = bench->smoke ? 1 : 6;
    double shares[6], resident;
    struct guest guest;
    struct vm_page_body *body = calloc(1, sizeof *body);

    guest_open(&guest, "#!ipxe\n:again\nsleep 1000\ngoto again\n", 0);
    guest_await_received(&guest, 1000);
    clock_sleep_ms(bench->smoke ? 100 : 5000); /* the guest has come to its sleep */
    vm_page_read(guest.machine.page, body);
    for (size_t i = 0; i < samples; i++) {
        double time_ns = process_time_ns(body->supervisor_pid);
        uint64_t start_ns = bench_now_ns();
        clock_sleep_ms(bench->smoke ? 200 : 3000);
        shares[i] = 100 * (process_time_ns(body->supervisor_pid) - time_ns) / (double)(bench_now_ns() - start_ns);
    }
    resident = process_resident_mb(body->supervisor_pid);
    bench_value(bench,
                &(struct bench_value){.name = "supervisor of an idle guest, of a core", .unit = "%", .at_most = 0.5},
                shares, samples);
    bench_value(bench,
                &(struct bench_value){.name = "supervisor of an idle guest, resident", .unit = "MB", .at_most = 12},
                &resident, 1);
    double supervisor_files = process_files(guest.supervisor), qemu_files = process_files(guest.qemu);
    double run_files = folder_entries(guest.machine.run_folder);
    bench_value(bench, &(struct bench_value){.name = "open files of a supervisor with QEMU", .unit = "files"},
                &supervisor_files, 1);
    bench_value(bench, &(struct bench_value){.name = "open files of that QEMU", .unit = "files"}, &qemu_files, 1);
    bench_value(bench, &(struct bench_value){.name = "files in the run folder of that VM", .unit = "files"}, &run_files,
                1);
    guest_close(&guest);
    free(body);
}

/* ---- 200 supervisors ---- */

static void bench_many(struct bench *bench)
{
    const int many = bench->smoke ? MANY_SMOKE : MANY, looks = bench->smoke ? 5 : 200;
    struct test_machine *machines = calloc((size_t)many, sizeof *machines);
    double *worst = calloc((size_t)many, sizeof *worst), *resident = calloc((size_t)many, sizeof *resident);
    double *proportional = calloc((size_t)many, sizeof *proportional), *files = calloc((size_t)many, sizeof *files);
    double before_ns = 0, after_ns = 0, share;
    static struct vm_page_body body;
    uint64_t *pids = calloc((size_t)many, sizeof *pids);
    struct test_home home;

    test_home_open(&home);
    for (int i = 0; i < many; i++) {
        char *name = text_format("Machine %03d", i);
        test_machine_create(&machines[i], &home, name, 4);
        test_machine_start(&machines[i]);
        vm_page_read(machines[i].page, &body);
        pids[i] = body.supervisor_pid;
        process_track(pids[i]);
        free(name);
    }
    for (int i = 0; i < many; i++)
        before_ns += process_time_ns(pids[i]);
    uint64_t start_ns = bench_now_ns();
    for (int look = 0; look < looks; look++) {
        for (int i = 0; i < many; i++) {
            double age = (double)page_age_ms(machines[i].page);
            worst[i] = age > worst[i] ? age : worst[i];
        }
        clock_sleep_ms(20);
    }
    uint64_t taken_ns = bench_now_ns() - start_ns;
    for (int i = 0; i < many; i++) {
        after_ns += process_time_ns(pids[i]);
        resident[i] = process_resident_mb(pids[i]);
        proportional[i] = process_share_mb(pids[i]);
        files[i] = process_files(pids[i]);
    }
    share = 100 * (after_ns - before_ns) / (double)taken_ns / many;
    bench_value(
        bench,
        &(struct bench_value){
            .name = "200 supervisors, worst age of each one's figures", .unit = "ms", .at_most = FRESH_MS, .all = true},
        worst, (size_t)many);
    bench_value(bench, &(struct bench_value){.name = "200 supervisors, each of a core", .unit = "%", .at_most = 0.5},
                &share, 1);
    bench_value(
        bench,
        &(struct bench_value){.name = "200 supervisors, each resident", .unit = "MB", .at_most = 12, .all = true},
        resident, (size_t)many);
    bench_value(bench,
                &(struct bench_value){.name = "200 supervisors, each with its part of what they share", .unit = "MB"},
                proportional, (size_t)many);
    bench_value(bench, &(struct bench_value){.name = "200 supervisors, open files of each", .unit = "files"}, files,
                (size_t)many);
    for (int i = 0; i < many; i++) {
        test_machine_turn_off(&machines[i]);
        test_machine_close(&machines[i]);
        process_forget(pids[i]);
    }
    test_home_close(&home);
    free(pids);
    free(files);
    free(proportional);
    free(resident);
    free(worst);
    free(machines);
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_open(&bench, "host", argc, argv);
    process_guard();
    if (bench_wants(&bench, "idle"))
        bench_idle(&bench);
    if (bench_wants(&bench, "busy"))
        bench_busy(&bench);
    if (bench_wants(&bench, "rotation"))
        bench_rotation(&bench, "a rotation holds frames");
    if (bench_wants(&bench, "many"))
        bench_many(&bench);
    if (bench_wants(&bench, "throughput"))
        bench_throughput(&bench);
    return bench_close(&bench);
}
