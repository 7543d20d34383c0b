/* The documented bounds of a VM, and those that depend on the host. */
#ifndef VPC_OBJECTS_LIMITS_H
#define VPC_OBJECTS_LIMITS_H

#include <windows.h>

enum {
    LIMIT_FLOPPY_DRIVES = 1,
    LIMIT_SERIAL_PORTS = 2,
    LIMIT_PARALLEL_PORTS = 1,
    LIMIT_IDE_BUSES = 2
};

/* The most memory that a VM may have, in megabytes: what this host has, at most MACHINE_MAX_MEMORY_MB. */
LONG limit_memory_most_mb(void);

/* The most that does not starve the host now; advice only. 0 when the system does not say. */
LONG limit_memory_suggested_mb(void);

#endif
