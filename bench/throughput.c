#include "throughput.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "process.h"
#include "support/check.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    FETCH_BYTES = 300000000,
    FETCH_SMOKE_BYTES = 3000000,
    PAIRS = 24 /* of fetches */
};

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
    static char text[GUEST_COMMAND_LINE];
    char *arguments[256];
    size_t size, count = 0;

    if (!guest_command_line(guest, text, &size))
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
    process_track((uint64_t)pid);
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
    /* Stopped for seconds, a guest may take its question for lost. */
    return text_format("#!ipxe\ndhcp\n:again\nimgfetch http://10.0.2.2:%u/%s || goto again\nimgfree\ngoto again\n",
                       server->port, name);
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

void bench_throughput(struct bench *bench)
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
    process_forget((uint64_t)pids[PLAIN]);
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
