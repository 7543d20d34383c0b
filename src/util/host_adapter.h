/*
 * Adapters of the host that a VM can be plugged into: TAP devices. A frame that a VM sends arrives at the host through
 * such a device, and the operating system counts it.
 *
 * Names are those that the user sees: of the interface on Linux (also under Wine), of the connection on Windows. A name
 * is one token of the system's, compared as it is spelled.
 */
#ifndef VPC_UTIL_HOST_ADAPTER_H
#define VPC_UTIL_HOST_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* What the operating system has counted since the device was made, Ethernet frames without FCS. Directions are the
 * host's: what it has received, a VM has sent. */
struct host_adapter_traffic {
    uint64_t bytes_received, bytes_sent;
    uint64_t packets_received, packets_sent;
};

/* The TAP devices by name, in order. *names (out): array of *count, free with host_adapter_list_free. */
bool host_adapter_list(char ***names, size_t *count, struct vpc_error *err);
void host_adapter_list_free(char **names, size_t count);

/* VPC_FILE_NOT_FOUND when this host has no TAP device of that name. */
bool host_adapter_find(const char *name, struct vpc_error *err);

/* Counters as they stand now. VPC_FILE_NOT_FOUND when there is no such device. */
bool host_adapter_read(const char *name, struct host_adapter_traffic *traffic, struct vpc_error *err);

/* Id of the network behind the adapter: follows from the name alone, so it is the same after the device was made anew.
 * Formed as a UUID of version 8, so it is none of the fixed ids. */
void host_adapter_network_id(const char *name, uint8_t id[16]);

#endif
