#include "moment.h"

#include <stdio.h>

/* Windows counts 100 ns since 1601, which is so many ms before 1970. */
#define MS_1601_TO_1970 11644473600000

LONGLONG moment_now(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return (LONGLONG)(((ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000) - MS_1601_TO_1970;
}

static SYSTEMTIME moment_parts(LONGLONG utc_ms)
{
    SYSTEMTIME parts;
    ULONGLONG ticks = (ULONGLONG)(utc_ms + MS_1601_TO_1970) * 10000;
    FILETIME time = {(DWORD)ticks, (DWORD)(ticks >> 32)};
    FileTimeToSystemTime(&time, &parts);
    return parts;
}

void moment_utc(char text[MOMENT_TEXT], LONGLONG utc_ms)
{
    SYSTEMTIME parts = moment_parts(utc_ms);
    snprintf(text, MOMENT_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", parts.wYear, parts.wMonth, parts.wDay,
             parts.wHour, parts.wMinute, parts.wSecond, parts.wMilliseconds);
}

static SYSTEMTIME moment_local_parts(LONGLONG utc_ms)
{
    SYSTEMTIME utc = moment_parts(utc_ms), local = utc;
    SystemTimeToTzSpecificLocalTime(NULL, &utc, &local);
    return local;
}

void moment_local(char text[MOMENT_TEXT], LONGLONG utc_ms)
{
    SYSTEMTIME local = moment_local_parts(utc_ms);
    snprintf(text, MOMENT_TEXT, "%02u:%02u:%02u.%03u", local.wHour, local.wMinute, local.wSecond, local.wMilliseconds);
}

void moment_local_day(char text[MOMENT_TEXT], LONGLONG utc_ms)
{
    SYSTEMTIME local = moment_local_parts(utc_ms);
    snprintf(text, MOMENT_TEXT, "%04u-%02u-%02u", local.wYear, local.wMonth, local.wDay);
}
