/*
 * What a running VM costs, with real supervisors and a real QEMU whose guest boots from the network: how old figures
 * are, what an idle supervisor uses, how long a rotation holds frames, what counting costs the guest; then 200
 * supervisors on the fake engine. Loopback only.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#define ADAPTER "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/"

enum {
    FETCH_BYTES = 300000000,
    FETCH_SMOKE_BYTES = 3000000,
    MANY = 200,
    MANY_SMOKE = 3,
    FRESH_MS = 250
};

/* ---- what /proc says ---- */

/* Processor time of all threads of a process, ns. */
static double process_time_ns(uint64_t pid)
{
    char path[64];
    double sum = 0;

    snprintf(path, sizeof path, "/proc/%llu/task", (unsigned long long)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        bench_stop("process %llu is gone", (unsigned long long)pid);
    for (struct dirent *task; (task = readdir(tasks));) {
        char file[512];
        unsigned long long run = 0;
        snprintf(file, sizeof file, "%s/%s/schedstat", path, task->d_name);
        FILE *in = task->d_name[0] == '.' ? NULL : fopen(file, "r");
        if (in && fscanf(in, "%llu", &run) == 1)
            sum += (double)run;
        if (in)
            fclose(in);
    }
    closedir(tasks);
    return sum;
}

static double process_resident_mb(uint64_t pid)
{
    char path[64];
    unsigned long pages = 0, resident = 0;

    snprintf(path, sizeof path, "/proc/%llu/statm", (unsigned long long)pid);
    FILE *in = fopen(path, "r");
    if (!in || fscanf(in, "%lu %lu", &pages, &resident) != 2)
        bench_stop("process %llu is gone", (unsigned long long)pid);
    fclose(in);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* ---- the guest ---- */

struct guest {
    struct test_home home;
    struct test_machine machine;
    char *log;             /* of QEMU's trace */
    uint32_t rotate_bytes; /* 0: as it is by default */
};

static bool set_boot(struct settings *settings, void *context, struct vpc_error *err)
{
    return settings_set_text(settings, ADAPTER "nat/tftp_folder", context, err) &&
           settings_set_text(settings, ADAPTER "nat/boot_file", "boot.ipxe", err) &&
           settings_set_integer(settings, "hardware/memory/ram_size", 512, err);
}

static bool set_preferences(struct settings *options, void *context, struct vpc_error *err)
{
    const struct guest *guest = context;
    const char *id = strrchr(guest->machine.run_folder, PATH_SEPARATOR) + 1;
    char *key = text_format("hypervisors/qemu/vm_%s/extra_arguments", id);
    char *arguments = text_format("-trace handle_qmp_command -msg timestamp=on -D %s", guest->log);
    bool done = settings_set_text(options, "hypervisors/qemu/accelerator", "tcg", err) &&
                settings_set_text(options, key, arguments, err) &&
                (!guest->rotate_bytes ||
                 settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", guest->rotate_bytes, err));

    free(arguments);
    free(key);
    return done;
}

/* A VM whose guest runs this script. Figures of `log` come from QEMU's trace of monitor commands. */
static void guest_open(struct guest *guest, const char *script, uint32_t rotate_bytes)
{
    struct vpc_error err;

    *guest = (struct guest){.rotate_bytes = rotate_bytes};
    test_home_open(&guest->home);
    unsetenv("VPC_ENGINE");
    test_machine_create(&guest->machine, &guest->home, "Guest", 1);
    char *served = path_join(guest->home.folder, "served"), *boot = path_join(served, "boot.ipxe");
    char *big = path_join(served, "file.bin"), *zeros = calloc(1, 6000000);
    guest->log = path_join(guest->home.folder, "trace.log");
    assert_ok(folder_make(served, &err), err);
    assert_ok(file_replace(boot, script, strlen(script), &err), err);
    assert_ok(file_replace(big, zeros, 6000000, &err), err);
    assert_ok(catalog_change_vmc(guest->machine.vmc, set_boot, served, &err), err);
    assert_ok(catalog_change_options(&guest->home.catalog, set_preferences, guest, &err), err);
    free(zeros);
    free(big);
    free(boot);
    free(served);
    test_machine_start(&guest->machine);
}

static void guest_close(struct guest *guest)
{
    if (guest->machine.process)
        test_machine_turn_off(&guest->machine);
    test_machine_close(&guest->machine);
    test_home_close(&guest->home);
    free(guest->log);
}

static uint64_t guest_received(struct guest *guest)
{
    struct vm_page_totals totals;

    vm_page_read_total(guest->machine.page, VM_PAGE_BYTES_RECEIVED, &totals);
    return totals.total.low;
}

static void guest_await_received(struct guest *guest, uint64_t bytes)
{
    uint64_t start_ms = clock_monotonic_ms();

    while (guest_received(guest) < bytes) {
        if (clock_monotonic_ms() - start_ms > 120000)
            bench_stop("the guest has fetched nothing in two minutes");
        clock_sleep_ms(20);
    }
}

/* ---- figures ---- */

static uint64_t page_age_ms(struct vm_page *page)
{
    struct vm_page_instant instant;

    vm_page_read_instant(page, &instant);
    uint64_t now_ms = clock_monotonic_ms();
    return now_ms > instant.sample_monotonic_ms ? now_ms - instant.sample_monotonic_ms : 0;
}

static int compare_starts(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* From QEMU's trace: how long each filter-buffer was in. A line reads
 * "<pid>@<seconds>.<microseconds>:handle_qmp_command mon <address> req: <json>". */
static void bench_holds(struct bench *bench, const char *log)
{
    static double holds[100000];
    size_t count = 0;
    static char line[8192];
    double begun[2] = {0, 0};
    FILE *in = fopen(log, "r");

    while (in && fgets(line, sizeof line, in)) {
        const char *clock = strchr(line, '@');
        const char *kind = strstr(line, "handle_qmp_command");
        double now = clock ? strtod(clock + 1, NULL) : 0;
        if (!kind || now <= 0)
            continue;
        const char *id = strstr(kind, "-hold-");
        /* One of them for each direction. */
        size_t which = id && strstr(id, "received") ? 1 : 0;
        if (strstr(kind, "object-add") && strstr(kind, "filter-buffer")) {
            begun[which] = now;
        } else if (strstr(kind, "object-del") && id && begun[which] > 0) {
            if (count < sizeof holds / sizeof *holds)
                holds[count++] = (now - begun[which]) * 1000;
            begun[which] = 0;
        }
    }
    if (in)
        fclose(in);
    if (!count) {
        bench_missing(bench, "a rotation holds frames", "this QEMU's trace shows no rotation");
        return;
    }
    qsort(holds, count, sizeof *holds, compare_starts);
    double late = holds[count - 1 - count / 100];
    bench_value(bench, &(struct bench_value){.name = "a rotation holds frames", .unit = "ms", .at_most = 5}, holds,
                count);
    bench_value(bench, &(struct bench_value){.name = "a rotation holds frames, 99 of 100 less than", .unit = "ms"},
                &late, 1);
}

static const char fetching[] = "#!ipxe\n:again\nimgfetch tftp://10.0.2.2/file.bin\nimgfree\ngoto again\n";

/* With captures so short that they are exchanged at each look. */
static void bench_rotation(struct bench *bench)
{
    struct guest guest;

    guest_open(&guest, fetching, 256);
    guest_await_received(&guest, bench->smoke ? 2000000 : 10000000);
    test_machine_turn_off(&guest.machine);
    bench_holds(bench, guest.log);
    guest_close(&guest);
}

static void bench_busy(struct bench *bench)
{
    const size_t samples = bench->smoke ? 20 : 4000;
    double *ages = calloc(samples, sizeof *ages), share;
    struct guest guest;
    struct vm_page_body *body = calloc(1, sizeof *body);

    guest_open(&guest, fetching, 0);
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
    guest_close(&guest);
    free(body);
}

/* ---- 200 supervisors ---- */

static void bench_many(struct bench *bench)
{
    const int many = bench->smoke ? MANY_SMOKE : MANY, looks = bench->smoke ? 5 : 200;
    struct test_machine *machines = calloc((size_t)many, sizeof *machines);
    double *worst = calloc((size_t)many, sizeof *worst), *resident = calloc((size_t)many, sizeof *resident);
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
    for (int i = 0; i < many; i++) {
        test_machine_turn_off(&machines[i]);
        test_machine_close(&machines[i]);
    }
    test_home_close(&home);
    free(pids);
    free(resident);
    free(worst);
    free(machines);
}

/* ---- throughput ---- */

struct server {
    int listener;
    uint16_t port;
    size_t bytes;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    double taken_s; /* of the latest transfer */
    unsigned transfers;
};

/* One transfer: from the first byte that is sent to the acknowledged end of the connection. */
static void server_answer(struct server *server, int connection)
{
    static char block[65536];
    char request[4096];
    char header[128];

    if (read(connection, request, sizeof request) <= 0)
        return;
    int length = snprintf(header, sizeof header, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                          server->bytes);
    uint64_t start_ns = bench_now_ns();
    bool whole = write(connection, header, (size_t)length) == length;
    for (size_t left = server->bytes; whole && left > 0;) {
        ssize_t sent = write(connection, block, left < sizeof block ? left : sizeof block);
        whole = sent > 0;
        left -= whole ? (size_t)sent : 0;
    }
    shutdown(connection, SHUT_WR);
    while (whole && read(connection, request, sizeof request) > 0)
        ;
    pthread_mutex_lock(&server->lock);
    if (whole) {
        server->taken_s = (double)(bench_now_ns() - start_ns) / 1e9;
        server->transfers++;
        pthread_cond_broadcast(&server->changed);
    }
    pthread_mutex_unlock(&server->lock);
}

static void *server_run(void *context)
{
    struct server *server = context;
    int connection;

    while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
        server_answer(server, connection);
        close(connection);
    }
    return NULL;
}

static void server_open(struct server *server, size_t bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    *server = (struct server){.bytes = bytes};
    signal(SIGPIPE, SIG_IGN);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, size) || listen(server->listener, 4) ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) ||
        pthread_create(&server->thread, NULL, server_run, server))
        bench_stop("no server on the loopback");
    server->port = ntohs(address.sin_port);
}

static void server_close(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

/* Waits for `count` transfers from now on; their times. The first one counts: it began after the guest did. */
static void server_await(struct server *server, double *taken_s, size_t count)
{
    struct timespec until;

    pthread_mutex_lock(&server->lock);
    unsigned seen = server->transfers;
    for (size_t i = 0; i < count; i++) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 120;
        while (server->transfers <= seen)
            if (pthread_cond_timedwait(&server->changed, &server->lock, &until))
                bench_stop("the guest has fetched nothing in two minutes");
        seen = server->transfers;
        taken_s[i] = server->taken_s;
    }
    pthread_mutex_unlock(&server->lock);
}

/* The arguments of the QEMU that the page's engine has started. New memory; NULL-ended pointers into *text. */
static char **qemu_arguments(const struct guest *guest, char **text)
{
    char **arguments = calloc(256, sizeof *arguments);
    DIR *processes = opendir("/proc");
    size_t size = 0;

    *text = calloc(1, 65536);
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        int file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t got = file >= 0 ? read(file, *text, 65535) : 0;
        if (file >= 0)
            close(file);
        size = got > 0 ? (size_t)got : 0;
        if (size && strstr(*text, "qemu-system") && memmem(*text, size, guest->log, strlen(guest->log)))
            break;
        size = 0;
    }
    if (processes)
        closedir(processes);
    if (!size)
        bench_stop("the QEMU of the guest cannot be found");
    size_t count = 0;
    for (char *at = *text; at < *text + size && count < 255; at += strlen(at) + 1)
        if (strcmp(at, "-S") != 0)
            arguments[count++] = at;
    return arguments;
}

/* The same VM, started with the same arguments by nobody who adds filters to it. */
static pid_t start_without_counting(char **arguments)
{
    pid_t pid = fork();

    if (pid == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, STDERR_FILENO); /* it misses its supervisor */
        execvp(arguments[0], arguments);
        _exit(127);
    }
    return pid;
}

static void bench_throughput(struct bench *bench)
{
    const size_t pairs = bench->smoke ? 1 : 5, fetches = bench->smoke ? 1 : 3;
    const size_t bytes = bench->smoke ? FETCH_SMOKE_BYTES : FETCH_BYTES;
    double ratios[5], rates[5];
    struct server server;
    char script[200];

    server_open(&server, bytes);
    snprintf(script, sizeof script, "#!ipxe\ndhcp\n:again\nimgfetch http://10.0.2.2:%u/big\nimgfree\ngoto again\n",
             server.port);
    for (size_t i = 0; i < pairs; i++) {
        double with[3], without[3];
        struct guest guest;
        char *text;
        int status;

        guest_open(&guest, script, 0);
        server_await(&server, with, fetches);
        char **arguments = qemu_arguments(&guest, &text);
        test_machine_turn_off(&guest.machine);
        pid_t pid = start_without_counting(arguments);
        server_await(&server, without, fetches);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        free(arguments);
        free(text);
        guest_close(&guest);
        double with_s = bench_summarize(with, fetches).median, without_s = bench_summarize(without, fetches).median;
        ratios[i] = 100 * without_s / with_s;
        rates[i] = (double)bytes / with_s / 1e6;
    }
    server_close(&server);
    bench_value(bench,
                &(struct bench_value){
                    .name = "300 MB over NAT with counting, of the throughput without", .unit = "%", .at_least = 90},
                ratios, pairs);
    bench_value(bench, &(struct bench_value){.name = "300 MB over NAT with counting", .unit = "MB/s"}, rates, pairs);
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_open(&bench, "host", argc, argv);
    bench_idle(&bench);
    bench_busy(&bench);
    bench_rotation(&bench);
    bench_many(&bench);
    bench_throughput(&bench);
    return bench_close(&bench);
}
