/* Linux: /proc/net/dev shows the counters of the network namespace that the process is in, without privileges. */
#include <errno.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "util/host_adapter.h"
#include "util/text.h"

/* The driver of TUN and TAP devices says which of them it is. */
static bool is_tap(int any_socket, const char *name)
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq request = {.ifr_data = (char *)&info};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    return !ioctl(any_socket, SIOCETHTOOL, &request) && !strcmp(info.driver, "tun") && !strcmp(info.bus_info, "tap");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool host_adapter_list(char ***names, size_t *count, struct vpc_error *err)
{
    int any_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct if_nameindex *all = if_nameindex();
    size_t most = 0;
    bool ok = true;

    *names = NULL;
    *count = 0;
    if (any_socket < 0 || !all)
        ok = vpc_fail_os(err, "cannot list the network adapters of the host");
    while (ok && all[most].if_index)
        most++;
    if (ok && !(*names = calloc(most + 1, sizeof(**names))))
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the network adapters of the host");
    for (size_t i = 0; ok && i < most; i++) {
        if (!is_tap(any_socket, all[i].if_name))
            continue;
        if (!((*names)[*count] = text_copy(all[i].if_name)))
            ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the network adapters of the host");
        else
            ++*count;
    }
    if (all)
        if_freenameindex(all);
    if (any_socket >= 0)
        close(any_socket);
    if (!ok) {
        host_adapter_list_free(*names, *count);
        *names = NULL;
        *count = 0;
        return false;
    }
    qsort(*names, *count, sizeof(**names), compare_names);
    return true;
}

/* The counters of a line "  name: bytes packets errs drop fifo frame compressed multicast bytes packets ...". */
static bool read_line(const char *line, const char *name, struct host_adapter_traffic *traffic, bool *bad)
{
    size_t length = strlen(name);

    line += strspn(line, " ");
    if (strncmp(line, name, length) || line[length] != ':')
        return false;
    *bad =
        /* NOLINTNEXTLINE(cert-err34-c): the kernel counts in 64 bits itself */
        sscanf(line + length + 1, "%" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
               &traffic->bytes_received, &traffic->packets_received, &traffic->bytes_sent, &traffic->packets_sent) != 4;
    return true;
}

bool host_adapter_read(const char *name, struct host_adapter_traffic *traffic, struct vpc_error *err)
{
    FILE *table = fopen("/proc/self/net/dev", "re");
    char line[512];
    bool found = false, bad = false;

    if (!table)
        return vpc_fail_os(err, "cannot read the counters of host adapter '%s'", name);
    while (!found && fgets(line, sizeof(line), table))
        found = read_line(line, name, traffic, &bad);
    fclose(table);
    if (!found)
        return vpc_fail(err, VPC_FILE_NOT_FOUND, "cannot read the counters of host adapter '%s': it is gone", name);
    return !bad || vpc_fail(err, VPC_CORRUPT, "the counters of host adapter '%s' are not as expected: %s", name, line);
}
