#include "throughput.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    FETCH_SMOKE_BYTES = 30000000,
    PAIRS = 12,        /* of fetches */
    TURN_NS = 50000000 /* shorter than this machine's pace lasts, longer than what a turn's beginning costs */
};

enum side {
    COUNTED,
    PLAIN,
    SIDES
};

static int listener_open(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 16) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        bench_stop("no server on the loopback");
    *port = ntohs(address.sin_port);
    return listener;
}

/* The newest connection on which something is asked: a guest that asks again has given up its last question, and a
 * connection that it has given up before may stay open in silence. */
static int listener_await(int listener)
{
    struct pollfd waiting[16] = {{.fd = listener, .events = POLLIN}};
    nfds_t count = 1;
    char request[4096];
    int asked = -1;

    while (asked < 0) {
        if (poll(waiting, count, 120000) <= 0 || count == 16)
            bench_stop("the guest has asked for nothing in two minutes");
        if (waiting[0].revents) {
            int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            waiting[count++] = (struct pollfd){.fd = connection, .events = POLLIN};
            continue;
        }
        for (nfds_t i = count - 1; i > 0 && asked < 0; i--) {
            if (!waiting[i].revents)
                continue;
            if (read(waiting[i].fd, request, sizeof request) > 0)
                asked = waiting[i].fd;
            else
                close(waiting[i].fd);
            waiting[i] = waiting[--count];
        }
    }
    while (--count > 0)
        close(waiting[count].fd);
    return asked;
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

/* The processes of one side, and its fetch. */
struct fetcher {
    uint64_t processes[2]; /* its QEMU, and the supervisor that counts; 0: none */
    int listener;          /* a server of its own: no side waits for the other's questions */
    int connection;
    size_t left; /* bytes that are not sent yet */
};

/* What one side has had and done in the turns of a fetch. */
struct share {
    double bytes, running_ns, processor_ns;
};

static void fetcher_signal(const struct fetcher *fetcher, int number)
{
    for (int i = 0; i < 2; i++)
        if (fetcher->processes[i])
            kill((pid_t)fetcher->processes[i], number);
}

static double fetcher_processor_ns(const struct fetcher *fetcher)
{
    double sum = 0;

    for (int i = 0; i < 2; i++)
        sum += fetcher->processes[i] ? process_time_ns(fetcher->processes[i]) : 0;
    return sum;
}

/* Lets it run until it has asked for its next fetch, the answer to which begins. */
static void fetcher_begin(struct fetcher *fetcher, size_t bytes)
{
    char header[128];
    int length =
        snprintf(header, sizeof header, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", bytes);

    fetcher_signal(fetcher, SIGCONT);
    fetcher->connection = listener_await(fetcher->listener);
    fetcher_signal(fetcher, SIGSTOP);
    fetcher->left = bytes;
    if (write(fetcher->connection, header, (size_t)length) != length)
        bench_stop("the guest has given up its question");
}

/* As much as there is room for; waits for room until `end_ns`. */
static void fetcher_send(struct fetcher *fetcher, uint64_t end_ns)
{
    static const char block[65536];
    struct pollfd room = {.fd = fetcher->connection, .events = POLLOUT};

    for (uint64_t now_ns; fetcher->left > 0 && (now_ns = bench_now_ns()) < end_ns;) {
        if (poll(&room, 1, (int)((end_ns - now_ns) / 1000000) + 1) <= 0)
            continue;
        ssize_t sent =
            send(fetcher->connection, block, fetcher->left < sizeof block ? fetcher->left : sizeof block, MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            bench_stop("the guest has ended a transfer in the middle");
        fetcher->left -= sent > 0 ? (size_t)sent : 0;
    }
}

/* One turn: only this side runs, and only it is served. */
static void fetcher_take_turn(struct fetcher *fetcher, struct share *share)
{
    const uint64_t start_ns = bench_now_ns();
    const double processor_ns = fetcher_processor_ns(fetcher);
    const size_t left = fetcher->left;

    fetcher_signal(fetcher, SIGCONT);
    fetcher_send(fetcher, start_ns + TURN_NS);
    fetcher_signal(fetcher, SIGSTOP);
    share->running_ns += (double)(bench_now_ns() - start_ns);
    share->processor_ns += fetcher_processor_ns(fetcher) - processor_ns;
    share->bytes += (double)(left - fetcher->left);
}

/* The rest of the fetch, up to the guest's end of the connection. */
static void fetcher_finish(struct fetcher *fetcher)
{
    char rest[4096];

    fetcher_signal(fetcher, SIGCONT);
    while (fetcher->left > 0)
        fetcher_send(fetcher, bench_now_ns() + TURN_NS);
    shutdown(fetcher->connection, SHUT_WR);
    while (read(fetcher->connection, rest, sizeof rest) > 0)
        ;
    close(fetcher->connection);
    fetcher_signal(fetcher, SIGSTOP);
}

/* One fetch of each side in turns AB BA AB BA. What counts are the turns in which both had something to send from the
 * beginning to the end, the same number on each side: after that one side would run on alone, at another pace, and
 * what lies in the sockets' buffers would be a part of the one's time and not of the other's. */
static void fetch_in_turns(size_t bytes, struct fetcher fetchers[SIDES], struct share shares[SIDES])
{
    struct share sums[SIDES] = {0};

    for (int side = 0; side < SIDES; side++)
        fetcher_begin(&fetchers[side], bytes);
    for (unsigned turn = 0; fetchers[COUNTED].left > 0 && fetchers[PLAIN].left > 0; turn++) {
        const enum side first = turn % 2 ? PLAIN : COUNTED, second = turn % 2 ? COUNTED : PLAIN;
        memcpy(shares, sums, sizeof sums);
        fetcher_take_turn(&fetchers[first], &sums[first]);
        fetcher_take_turn(&fetchers[second], &sums[second]);
    }
    for (int side = 0; side < SIDES; side++)
        fetcher_finish(&fetchers[side]);
    if (shares[COUNTED].bytes <= 0 || shares[PLAIN].bytes <= 0)
        bench_stop("a fetch is shorter than a turn");
}

static char *fetch_script(uint16_t port)
{
    /* Stopped for seconds, a guest may take its question for lost. */
    return text_format(
        "#!ipxe\ndhcp\n:again\nimgfetch http://10.0.2.2:%u/file.bin || goto again\nimgfree\ngoto again\n", port);
}

static void write_plain_script(const struct guest *guest, uint16_t port)
{
    char *folder = path_join(guest->home.folder, "plain_"), *boot = path_join(folder, "boot.ipxe");
    char *script = fetch_script(port);
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
    double ratios[PAIRS], costs[PAIRS], rates[PAIRS];
    struct share shares[SIDES];
    struct guest guest;
    uint16_t ports[SIDES];
    int status, listeners[SIDES];

    signal(SIGPIPE, SIG_IGN);
    for (int side = 0; side < SIDES; side++)
        listeners[side] = listener_open(&ports[side]);
    char *script = fetch_script(ports[COUNTED]);
    guest_open(&guest, script, 0);
    write_plain_script(&guest, ports[PLAIN]);
    pid_t plain = start_without_counting(&guest);
    struct fetcher fetchers[SIDES] = {
        [COUNTED] = {.processes = {guest.qemu, guest.supervisor}, .listener = listeners[COUNTED]},
        [PLAIN] = {.processes = {(uint64_t)plain}, .listener = listeners[PLAIN]}};
    /* The first fetch of each comes soon after its start, and is not measured. */
    fetch_in_turns(bytes, fetchers, shares);
    for (size_t i = 0; i < pairs; i++) {
        fetch_in_turns(bytes, fetchers, shares);
        const struct share *counted = &shares[COUNTED], *without = &shares[PLAIN];
        rates[i] = counted->bytes / counted->running_ns * 1e3;
        ratios[i] = 100 * rates[i] / (without->bytes / without->running_ns * 1e3);
        costs[i] = counted->processor_ns / counted->bytes / (without->processor_ns / without->bytes);
    }
    kill(plain, SIGKILL);
    waitpid(plain, &status, 0);
    process_forget((uint64_t)plain);
    fetcher_signal(&fetchers[COUNTED], SIGCONT);
    guest_close(&guest);
    for (int side = 0; side < SIDES; side++)
        close(listeners[side]);
    free(script);
    bench_value(bench,
                &(struct bench_value){
                    .name = "HTTP over NAT with counting, of the throughput without", .unit = "%", .at_least = 90},
                ratios, pairs);
    bench_value(
        bench,
        &(struct bench_value){.name = "HTTP over NAT with counting, processor time against without", .unit = "x"},
        costs, pairs);
    bench_value(bench, &(struct bench_value){.name = "HTTP over NAT with counting", .unit = "MB/s"}, rates, pairs);
}
