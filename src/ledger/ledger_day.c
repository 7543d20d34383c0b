/* Days since 1970-01-01 and months since year 0, by the proleptic Gregorian calendar. */
#include <stdio.h>
#include "ledger/ledger_private.h"

enum {
    MS_OF_DAY = 86400000,
    MINUTES_OF_DAY = 1440,
    DAYS_OF_400_YEARS = 146097,
    DAYS_TO_1970 = 719468 /* from 0000-03-01 */
};

struct date {
    int64_t year;
    int month, day; /* from 1 */
};

static int64_t floor_division(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years that begin in March have their leap day at the end, so that months have fixed first days. */
static struct date date_of_day(int64_t day)
{
    int64_t shifted = day + DAYS_TO_1970;
    int64_t era = floor_division(shifted, DAYS_OF_400_YEARS);
    int64_t of_era = shifted - era * DAYS_OF_400_YEARS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0: March */
    struct date date = {.year = year + era * 400, .day = (int)(of_year - (153 * month + 2) / 5) + 1};
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year += date.month <= 2;
    return date;
}

static int64_t day_of_date(struct date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_division(year, 400);
    int64_t of_era = year - era * 400;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t of_year = (153 * month + 2) / 5 + date.day - 1;
    return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

int64_t ledger_day(int64_t utc_ms)
{
    return floor_division(utc_ms, MS_OF_DAY);
}

int64_t ledger_month(int64_t day)
{
    struct date date = date_of_day(day);
    return date.year * 12 + date.month - 1;
}

void ledger_month_text(int64_t month, char text[LEDGER_PERIOD_BYTES])
{
    snprintf(text, LEDGER_PERIOD_BYTES, "%04d-%02d", (int)(month / 12), (int)(month % 12) + 1);
}

void ledger_day_text(int64_t day, char text[LEDGER_PERIOD_BYTES])
{
    struct date date = date_of_day(day);
    snprintf(text, LEDGER_PERIOD_BYTES, "%04d-%02d-%02d", (int)date.year, date.month, date.day);
}

void ledger_minute_text(int64_t minute, char text[LEDGER_PERIOD_BYTES])
{
    struct date date = date_of_day(floor_division(minute, MINUTES_OF_DAY));
    int of_day = (int)(minute - floor_division(minute, MINUTES_OF_DAY) * MINUTES_OF_DAY);
    snprintf(text, LEDGER_PERIOD_BYTES, "%04d-%02d-%02dT%02d:%02dZ", (int)date.year, date.month, date.day, of_day / 60,
             of_day % 60);
}

/* So many digits at *text (in, out: moved behind them). */
static bool read_digits(const char **text, int count, int *number)
{
    *number = 0;
    for (; count > 0; count--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return true;
}

bool ledger_day_read(const char *text, bool last, int64_t *day)
{
    struct date date = {.day = 1};
    int year;
    if (!read_digits(&text, 4, &year) || *text++ != '-' || !read_digits(&text, 2, &date.month) || date.month < 1 ||
        date.month > 12)
        return false;
    date.year = year;
    struct date next = {.year = year + date.month / 12, .month = date.month % 12 + 1, .day = 1};
    int64_t end = day_of_date(next) - 1;
    if (*text == '\0') {
        *day = last ? end : day_of_date(date);
        return true;
    }
    if (*text++ != '-' || !read_digits(&text, 2, &date.day) || *text != '\0' || date.day < 1)
        return false;
    *day = day_of_date(date);
    return *day <= end;
}
