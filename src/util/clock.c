#include "util/clock.h"

#if defined(_WIN32)

#include <windows.h>

uint64_t clock_monotonic_ms(void)
{
    return GetTickCount64();
}

int64_t clock_utc_ms(void)
{
    const int64_t from_1601_to_1970_ms = 11644473600000;
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    return (int64_t)((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000 - from_1601_to_1970_ms;
}

void clock_sleep_ms(uint32_t ms)
{
    Sleep(ms);
}

#else

#include <errno.h>
#include <time.h>

uint64_t clock_monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t clock_utc_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_sleep_ms(uint32_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

#endif
