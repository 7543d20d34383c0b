#include "util/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#if defined(_WIN32)

#include <windows.h>

static SRWLOCK guard = SRWLOCK_INIT;

static void enter(void)
{
    AcquireSRWLockExclusive(&guard);
}

static void leave(void)
{
    ReleaseSRWLockExclusive(&guard);
}

static FILE *open_append(const char *path)
{
    wchar_t *wide = text_to_wide(path);
    FILE *file = NULL;

    if (wide)
        file = _wfopen(wide, L"abN"); /* N: children do not inherit it */
    free(wide);
    return file;
}

#else

#include <pthread.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static void enter(void)
{
    pthread_mutex_lock(&guard);
}

static void leave(void)
{
    pthread_mutex_unlock(&guard);
}

static FILE *open_append(const char *path)
{
    return fopen(path, "abe"); /* e: children do not inherit it */
}

#endif

enum {
    LOG_MAX_SIZE = 1024 * 1024
};

static FILE *log_file;
static enum log_level log_most;

/* Moves a log that has grown too long out of the way. */
static bool set_aside(const char *path, struct vpc_error *err)
{
    struct file_tail *tail;
    char *old = NULL;
    char byte;
    size_t got = 0;
    bool ok;

    if (!file_exists(path))
        return true;
    if (!file_tail_open(&tail, path, err))
        return false;
    ok = file_tail_read(tail, LOG_MAX_SIZE, &byte, 1, &got, err);
    file_tail_close(tail);
    if (!ok || got == 0)
        return ok;
    old = text_format("%s.old", path);
    if (!old)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to open log '%s'", path);
    ok = file_remove(old, err) && file_rename(path, old, err);
    free(old);
    return ok;
}

bool log_open(const char *path, enum log_level most, struct vpc_error *err)
{
    struct vpc_error aside;
    bool moved = set_aside(path, &aside);
    FILE *file = open_append(path);

    if (!file)
        return vpc_fail_os(err, "cannot open log '%s'", path);
    enter();
    if (log_file)
        fclose(log_file);
    log_file = file;
    log_most = most;
    leave();
    if (!moved) /* a VM is not kept from starting by that */
        log_write(LOG_WARNING, "the log is long and stays where it is: %s", aside.text);
    return true;
}

/* Civil date of a day count since 1970-01-01. gmtime is not thread safe everywhere. */
static void date_of(int64_t days, int *year, int *month, int *day)
{
    /* Years that begin on 1 March, so that the leap day is the last of its year; eras of 400 years. */
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static void write_line(enum log_level level, const char *text)
{
    static const char *const words[] = {"error", "warning", "info", "trace"};
    int64_t now = clock_utc_ms();
    int64_t in_day = now % 86400000;
    int year, month, day;

    date_of(now / 86400000, &year, &month, &day);
    fprintf(log_file, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s ", year, month, day, (int)(in_day / 3600000),
            (int)(in_day / 60000 % 60), (int)(in_day / 1000 % 60), (int)(in_day % 1000), words[level]);
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, log_file); /* one entry, one line */
    fputc('\n', log_file);
    fflush(log_file);
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;
    char small[1024];
    int length;

    enter();
    if (log_file && level <= log_most) {
        va_start(arguments, format);
        length = vsnprintf(small, sizeof small, format, arguments);
        va_end(arguments);
        if (length >= (int)sizeof small) {
            char *large = malloc((size_t)length + 1);

            if (large) {
                va_start(arguments, format);
                vsnprintf(large, (size_t)length + 1, format, arguments);
                va_end(arguments);
                write_line(level, large);
                free(large);
            } else {
                write_line(level, small);
            }
        } else if (length >= 0) {
            write_line(level, small);
        }
    }
    leave();
}

void log_close(void)
{
    enter();
    if (log_file)
        fclose(log_file);
    log_file = NULL;
    leave();
}
