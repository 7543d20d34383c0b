#include "host/listeners.h"
#include <stdlib.h>
#include <string.h>
#include "support/check.h"
#if defined(_WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#else
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>
#endif

#if defined(_WIN32)

bool listeners_at_port(uint16_t port)
{
    DWORD size = 0, code;
    MIB_TCPTABLE_OWNER_PID *table = NULL;
    bool found = false;
    while ((code = GetExtendedTcpTable(table, &size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_LISTENER, 0)) ==
           ERROR_INSUFFICIENT_BUFFER) {
        size += 1024; /* others go on listening meanwhile */
        free(table);
        table = malloc(size);
        assert_non_null(table);
    }
    assert_int_equal(code, NO_ERROR);
    for (DWORD i = 0; i < table->dwNumEntries; i++)
        found = found || ntohs((uint16_t)table->table[i].dwLocalPort) == port;
    free(table);
    return found;
}

#else

enum {
    LISTEN = 0x0a
};

/* Calls `see` for each socket that listens. */
static void each_listener(const char *table, void (*see)(void *context, unsigned port, unsigned long inode),
                          void *context)
{
    FILE *file = fopen(table, "r");
    char line[512];
    unsigned port, state;
    unsigned long inode;
    if (file == NULL)
        fail_msg("cannot read %s", table);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*u %*u %lu", &port, &state, &inode) == 3 &&
            state == LISTEN)
            see(context, port, inode);
    fclose(file);
}

struct port_search {
    unsigned port;
    bool found;
};

static void see_port(void *context, unsigned port, unsigned long inode)
{
    struct port_search *search = context;
    (void)inode;
    search->found = search->found || port == search->port;
}

bool listeners_at_port(uint16_t port)
{
    struct port_search search = {.port = port};
    each_listener("/proc/net/tcp", see_port, &search);
    return search.found;
}

struct socket_count {
    int64_t pid;
    int count;
};

static void count_socket(void *context, unsigned port, unsigned long inode)
{
    struct socket_count *count = context;
    char folder[64], wanted[64];
    (void)port;
    snprintf(folder, sizeof folder, "/proc/%lld/fd", (long long)count->pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *files = opendir(folder);
    if (files == NULL)
        fail_msg("cannot see the files of process %lld", (long long)count->pid);
    for (struct dirent *file; (file = readdir(files)) != NULL;) {
        char path[512], target[64] = "";
        snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        ssize_t size = readlink(path, target, sizeof target - 1);
        count->count += size > 0 && strcmp(target, wanted) == 0;
    }
    closedir(files);
}

int listeners_of_process(int64_t pid)
{
    struct socket_count count = {.pid = pid};
    each_listener("/proc/net/tcp", count_socket, &count);
    each_listener("/proc/net/tcp6", count_socket, &count);
    return count.count;
}

#endif
