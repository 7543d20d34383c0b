/* Instants as texts. */
#ifndef VPC_CTL_MOMENT_H
#define VPC_CTL_MOMENT_H

#include <windows.h>

enum {
    MOMENT_TEXT = 32 /* bytes that hold every text of this header */
};

/* Milliseconds since 1970, UTC. */
LONGLONG moment_now(void);

/* "2024-05-17T09:30:00.000Z" */
void moment_utc(char text[MOMENT_TEXT], LONGLONG utc_ms);
/* "09:30:00.000", the time of day where the user is. */
void moment_local(char text[MOMENT_TEXT], LONGLONG utc_ms);
/* "2024-05-17", the day there. */
void moment_local_day(char text[MOMENT_TEXT], LONGLONG utc_ms);

#endif
