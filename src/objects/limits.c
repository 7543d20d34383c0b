#include "objects/limits.h"

#include "config/machine_config.h"

static LONG within_limits(ULONGLONG bytes)
{
    ULONGLONG megabytes = bytes >> 20;
    if (megabytes < MACHINE_MIN_MEMORY_MB)
        return MACHINE_MIN_MEMORY_MB;
    return megabytes < MACHINE_MAX_MEMORY_MB ? (LONG)megabytes : MACHINE_MAX_MEMORY_MB;
}

LONG limit_memory_most_mb(void)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    return GlobalMemoryStatusEx(&memory) ? within_limits(memory.ullTotalPhys) : MACHINE_MAX_MEMORY_MB;
}

LONG limit_memory_suggested_mb(void)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    return GlobalMemoryStatusEx(&memory) ? within_limits(memory.ullAvailPhys) : 0;
}
