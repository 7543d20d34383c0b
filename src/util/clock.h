/* Clocks. */
#ifndef VPC_UTIL_CLOCK_H
#define VPC_UTIL_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never goes back and is the same for all processes of this machine. Makes no system call on Windows (GetTickCount64). */
uint64_t clock_monotonic_ms(void);

/* Milliseconds since 1970-01-01 00:00 UTC. May jump. */
int64_t clock_utc_ms(void);

/* Lets the thread rest for at least so long. */
void clock_sleep_ms(uint32_t ms);

#endif
