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
    FETCH_BYTES = 100000000,
    FETCH_SMOKE_BYTES = 3000000,
    PAIRS = 24, /* of fetches */
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

/* Its share of the memory: what it has with others in common counts in part. */
static double process_share_mb(uint64_t pid)
{
    char path[64], line[256];
    unsigned long kilobytes = 0;

    snprintf(path, sizeof path, "/proc/%llu/smaps_rollup", (unsigned long long)pid);
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in))
        if (sscanf(line, "Pss: %lu kB", &kilobytes) == 1)
            break;
    if (in)
        fclose(in);
    if (!kilobytes)
        bench_stop("process %llu is gone", (unsigned long long)pid);
    return (double)kilobytes / 1000;
}

static double folder_entries(const char *path)
{
    DIR *folder = opendir(path);
    double count = 0;

    for (struct dirent *entry; folder && (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    if (folder)
        closedir(folder);
    return count;
}

static double process_files(uint64_t pid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%llu/fd", (unsigned long long)pid);
    return folder_entries(path);
}

/* ---- processes that must not be left ---- */

/* Supervisors and QEMUs of this program, killed when it ends before its time; 0: free. */
static volatile pid_t started[MANY + 8];

static void track(uint64_t pid)
{
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        if (started[i] == 0) {
            started[i] = (pid_t)pid;
            return;
        }
    }
}

static void forget(uint64_t pid)
{
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        if (started[i] == (pid_t)pid)
            started[i] = 0;
    }
}

static void kill_started(void)
{
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        if (started[i] > 0)
            kill(started[i], SIGKILL);
    }
}

static void end_by_signal(int number)
{
    kill_started();
    _exit(128 + number);
}

/* ---- the guest ---- */

struct guest {
    struct test_home home;
    struct test_machine machine;
    char *log;             /* of QEMU, with its trace or without */
    bool traced;           /* with its monitor commands */
    uint32_t rotate_bytes; /* 0: as it is by default */
    uint64_t supervisor, qemu;
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
    char *arguments = text_format("%s-msg timestamp=on -D %s",
                                  guest->traced ? "-trace handle_qmp_command -trace monitor_qmp_cmd_in_band "
                                                  "-trace monitor_qmp_respond "
                                                : "",
                                  guest->log);
    bool done = settings_set_text(options, "hypervisors/qemu/accelerator", "tcg", err) &&
                settings_set_text(options, key, arguments, err) &&
                (!guest->rotate_bytes ||
                 settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", guest->rotate_bytes, err));

    free(arguments);
    free(key);
    return done;
}

/* Process id of the QEMU whose command line names this file, 0 without. That line in `text` (out) of 65,536 bytes, its
 * words each with a zero behind; *size (out). */
static uint64_t find_qemu(const char *file_name, char *text, size_t *size)
{
    DIR *processes = opendir("/proc");
    uint64_t found = 0;

    for (struct dirent *entry; processes && !found && (entry = readdir(processes));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        int file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t got = file >= 0 ? read(file, text, 65535) : 0;
        if (file >= 0)
            close(file);
        *size = got > 0 ? (size_t)got : 0;
        text[*size] = '\0';
        if (*size && strstr(text, "qemu-system") && memmem(text, *size, file_name, strlen(file_name)))
            found = strtoull(entry->d_name, NULL, 10);
    }
    if (processes)
        closedir(processes);
    return found;
}

static uint64_t supervisor_of(const struct test_machine *machine)
{
    static struct vm_page_body body;

    vm_page_read(machine->page, &body);
    return body.supervisor_pid;
}

/* A VM whose guest runs this script. With `rotate_bytes` its captures are exchanged when they are so long, and QEMU
 * traces the commands that it is given. */
static void guest_open(struct guest *guest, const char *script, uint32_t rotate_bytes)
{
    static char line[65536];
    size_t size;
    struct vpc_error err;

    *guest = (struct guest){.rotate_bytes = rotate_bytes, .traced = rotate_bytes != 0};
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
    guest->supervisor = supervisor_of(&guest->machine);
    guest->qemu = find_qemu(guest->log, line, &size);
    track(guest->supervisor);
    track(guest->qemu);
}

static void guest_turn_off(struct guest *guest)
{
    test_machine_turn_off(&guest->machine);
    forget(guest->supervisor);
    forget(guest->qemu);
}

static void guest_close(struct guest *guest)
{
    if (guest->machine.process)
        guest_turn_off(guest);
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
static void bench_holds(struct bench *bench, const char *log)
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
    guest_turn_off(&guest);
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
        track(pids[i]);
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
        forget(pids[i]);
    }
    test_home_close(&home);
    free(pids);
    free(files);
    free(proportional);
    free(resident);
    free(worst);
    free(machines);
}

/* ---- throughput ---- */

/*
 * Two QEMUs of the same arguments at once, one of which has a supervisor that counts. Each fetches the same bytes again
 * and again by HTTP; they take turns, and whose turn it is not is stopped, so that the two fetches of a pair lie close
 * together and have the machine for themselves.
 */
enum side {
    COUNTED,
    PLAIN,
    SIDES
};

struct server {
    int listener;
    uint16_t port;
    size_t bytes;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int waiting[SIDES]; /* connections that have asked and are not answered; -1: none */
};

static const char *const requests[SIDES] = {"GET /counted ", "GET /plain "};

static void *server_run(void *context)
{
    struct server *server = context;
    char request[4096];
    int connection;

    while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
        ssize_t got = read(connection, request, sizeof request - 1);
        request[got > 0 ? got : 0] = '\0';
        pthread_mutex_lock(&server->lock);
        for (int side = 0; side < SIDES && connection >= 0; side++) {
            if (strncmp(request, requests[side], strlen(requests[side])) != 0)
                continue;
            /* A guest that asks again has given up its last question. */
            if (server->waiting[side] >= 0)
                close(server->waiting[side]);
            server->waiting[side] = connection;
            connection = -1;
        }
        pthread_cond_broadcast(&server->changed);
        pthread_mutex_unlock(&server->lock);
        if (connection >= 0)
            close(connection);
    }
    return NULL;
}

static void server_open(struct server *server, size_t bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    *server = (struct server){.bytes = bytes, .waiting = {-1, -1}};
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
    for (int side = 0; side < SIDES; side++) {
        if (server->waiting[side] >= 0)
            close(server->waiting[side]);
    }
}

static int server_await(struct server *server, enum side side)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 120;
    pthread_mutex_lock(&server->lock);
    while (server->waiting[side] < 0)
        if (pthread_cond_timedwait(&server->changed, &server->lock, &until))
            bench_stop("the guest has asked for nothing in two minutes");
    int connection = server->waiting[side];
    server->waiting[side] = -1;
    pthread_mutex_unlock(&server->lock);
    return connection;
}

/* Seconds of one transfer: from the first byte that is sent to the guest's end of the connection. */
static double server_answer(struct server *server, int connection)
{
    static char block[65536];
    char rest[4096], header[128];
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
    while (whole && read(connection, rest, sizeof rest) > 0)
        ;
    close(connection);
    if (!whole)
        bench_stop("the guest has ended a transfer in the middle");
    return (double)(bench_now_ns() - start_ns) / 1e9;
}

/* The same VM, started with the same arguments by nobody who adds filters to it, but for its script: that of the folder
 * "plain_" in place of "served". */
static pid_t start_without_counting(const struct guest *guest)
{
    static char text[65536];
    char *arguments[256];
    size_t size, count = 0;

    if (!find_qemu(guest->log, text, &size))
        bench_stop("the QEMU of the guest cannot be found");
    for (char *at; (at = memmem(text, size, "/served", strlen("/served")));)
        memcpy(at, "/plain_", strlen("/plain_"));
    bool skip = false;
    for (char *at = text; at < text + size && count < 255; at += strlen(at) + 1) {
        /* Its monitor's door is shut: an option and its value. */
        bool monitor = strcmp(at, "-chardev") == 0 || strcmp(at, "-mon") == 0;
        if (!skip && !monitor && strcmp(at, "-S") != 0)
            arguments[count++] = at;
        skip = monitor;
    }
    arguments[count] = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, STDERR_FILENO); /* it misses its supervisor */
        execvp(arguments[0], arguments);
        _exit(127);
    }
    track((uint64_t)pid);
    return pid;
}

/* One fetch of one side while the other one is stopped. */
static double take_turn(struct server *server, const pid_t pids[SIDES], enum side side)
{
    kill(pids[side], SIGCONT);
    double taken = server_answer(server, server_await(server, side));
    kill(pids[side], SIGSTOP);
    return taken;
}

static char *fetch_script(const struct server *server, const char *name)
{
    return text_format("#!ipxe\ndhcp\n:again\nimgfetch http://10.0.2.2:%u/%s\nimgfree\ngoto again\n", server->port,
                       name);
}

static void write_plain_script(const struct guest *guest, const struct server *server)
{
    char *folder = path_join(guest->home.folder, "plain_"), *boot = path_join(folder, "boot.ipxe");
    char *script = fetch_script(server, "plain");
    struct vpc_error err;

    assert_ok(folder_make(folder, &err), err);
    assert_ok(file_replace(boot, script, strlen(script), &err), err);
    free(script);
    free(boot);
    free(folder);
}

static void bench_throughput(struct bench *bench)
{
    const size_t pairs = bench->smoke ? 2 : PAIRS, bytes = bench->smoke ? FETCH_SMOKE_BYTES : FETCH_BYTES;
    double ratios[PAIRS], rates[PAIRS], taken[SIDES];
    struct server server;
    struct guest guest;
    pid_t pids[SIDES];
    int status;

    server_open(&server, bytes);
    char *script = fetch_script(&server, "counted");
    guest_open(&guest, script, 0);
    write_plain_script(&guest, &server);
    pids[COUNTED] = (pid_t)guest.qemu;
    pids[PLAIN] = start_without_counting(&guest);
    /* The first fetch of each comes soon after its start, and is not measured. */
    for (int side = 0; side < SIDES; side++) {
        server_answer(&server, server_await(&server, (enum side)side));
        kill(pids[side], SIGSTOP);
    }
    for (size_t i = 0; i < pairs; i++) {
        const enum side first = i % 2 ? PLAIN : COUNTED, second = i % 2 ? COUNTED : PLAIN;
        taken[first] = take_turn(&server, pids, first);
        taken[second] = take_turn(&server, pids, second);
        ratios[i] = 100 * taken[PLAIN] / taken[COUNTED];
        rates[i] = (double)bytes / taken[COUNTED] / 1e6;
    }
    kill(pids[PLAIN], SIGKILL);
    waitpid(pids[PLAIN], &status, 0);
    forget((uint64_t)pids[PLAIN]);
    kill(pids[COUNTED], SIGCONT);
    guest_close(&guest);
    server_close(&server);
    free(script);
    bench_value(bench,
                &(struct bench_value){
                    .name = "HTTP over NAT with counting, of the throughput without", .unit = "%", .at_least = 90},
                ratios, pairs);
    bench_value(bench, &(struct bench_value){.name = "HTTP over NAT with counting", .unit = "MB/s"}, rates, pairs);
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_open(&bench, "host", argc, argv);
    atexit(kill_started);
    signal(SIGINT, end_by_signal);
    signal(SIGTERM, end_by_signal);
    if (bench_wants(&bench, "idle"))
        bench_idle(&bench);
    if (bench_wants(&bench, "busy"))
        bench_busy(&bench);
    if (bench_wants(&bench, "rotation"))
        bench_rotation(&bench);
    if (bench_wants(&bench, "many"))
        bench_many(&bench);
    if (bench_wants(&bench, "throughput"))
        bench_throughput(&bench);
    return bench_close(&bench);
}
