#include "accounting/accountant.h"

#include <string.h>

void accountant_open_epoch(struct accountant *accountant, uint64_t number, enum epoch_cause cause, int64_t utc_ms,
                           uint64_t monotonic_ms)
{
    accountant->epoch = number;
    accountant->epoch_cause = cause;
    accountant->epoch_start_utc_ms = utc_ms;
    accountant->epoch_start_monotonic_ms = monotonic_ms;
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        struct adapter_counters *adapter = &accountant->adapters[i];
        counter_open_epoch(&adapter->bytes_sent);
        counter_open_epoch(&adapter->bytes_received);
        counter_open_epoch(&adapter->packets_sent);
        counter_open_epoch(&adapter->packets_received);
    }
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        struct drive_counters *drive = &accountant->drives[i];
        counter_open_epoch(&drive->bytes_read);
        counter_open_epoch(&drive->bytes_written);
        counter_open_epoch(&drive->reads);
        counter_open_epoch(&drive->writes);
    }
}

void accountant_start(struct accountant *accountant, const struct engine_sample *first)
{
    memset(accountant->adapters, 0, sizeof accountant->adapters);
    memset(accountant->drives, 0, sizeof accountant->drives);
    memset(accountant->cpu_history, 0, sizeof accountant->cpu_history);
    accountant->cpu_seconds = 0;
    accountant->cpu_percent = 0;
    accountant->cpu_started = false;
    accountant->cpu_unknown = false;
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        const struct adapter_reading *reading = &first->adapters[i];
        struct adapter_counters *adapter = &accountant->adapters[i];
        if (!reading->known)
            continue;
        adapter->present = true;
        counter_attach(&adapter->bytes_sent, reading->bytes_sent);
        counter_attach(&adapter->bytes_received, reading->bytes_received);
        counter_attach(&adapter->packets_sent, reading->packets_sent);
        counter_attach(&adapter->packets_received, reading->packets_received);
    }
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        const struct drive_reading *reading = &first->drives[i];
        struct drive_counters *drive = &accountant->drives[i];
        if (!reading->known)
            continue;
        drive->present = true;
        counter_attach(&drive->bytes_read, reading->bytes_read);
        counter_attach(&drive->bytes_written, reading->bytes_written);
        counter_attach(&drive->reads, reading->reads);
        counter_attach(&drive->writes, reading->writes);
    }
}

static void take_adapter(struct adapter_counters *adapter, const struct adapter_reading *reading)
{
    if (!reading->known) {
        counter_detach(&adapter->bytes_sent);
        counter_detach(&adapter->bytes_received);
        counter_detach(&adapter->packets_sent);
        counter_detach(&adapter->packets_received);
        return;
    }
    adapter->present = true;
    counter_read(&adapter->bytes_sent, reading->bytes_sent);
    counter_read(&adapter->bytes_received, reading->bytes_received);
    counter_read(&adapter->packets_sent, reading->packets_sent);
    counter_read(&adapter->packets_received, reading->packets_received);
}

static void take_drive(struct drive_counters *drive, const struct drive_reading *reading)
{
    if (reading->renewed) {
        counter_detach(&drive->bytes_read);
        counter_detach(&drive->bytes_written);
        counter_detach(&drive->reads);
        counter_detach(&drive->writes);
    }
    if (!reading->known)
        return;
    drive->present = true;
    counter_read(&drive->bytes_read, reading->bytes_read);
    counter_read(&drive->bytes_written, reading->bytes_written);
    counter_read(&drive->reads, reading->reads);
    counter_read(&drive->writes, reading->writes);
}

void accountant_take(struct accountant *accountant, const struct engine_sample *sample)
{
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
        take_adapter(&accountant->adapters[i], &sample->adapters[i]);
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        take_drive(&accountant->drives[i], &sample->drives[i]);
}

/* Puts `count` equal entries (at most all) at the end of the history. */
static void push_history(struct accountant *accountant, uint8_t percent, uint64_t count)
{
    const size_t pushed = count < ACCOUNTING_HISTORY ? (size_t)count : ACCOUNTING_HISTORY;
    const size_t kept = ACCOUNTING_HISTORY - pushed;
    memmove(accountant->cpu_history, accountant->cpu_history + pushed, kept);
    memset(accountant->cpu_history + kept, percent, pushed);
    accountant->cpu_seconds =
        (uint8_t)(accountant->cpu_seconds < kept ? accountant->cpu_seconds + pushed : ACCOUNTING_HISTORY);
}

void accountant_take_cpu(struct accountant *accountant, uint64_t cpu_time_us, uint64_t wall_us)
{
    if (accountant->cpu_started && wall_us <= accountant->cpu_last_wall_us)
        return;
    if (accountant->cpu_started) {
        const uint64_t wall = wall_us - accountant->cpu_last_wall_us;
        /* Less than before: the process that used the time is another one now, what it used until now is its first
         * reading. */
        const uint64_t used =
            cpu_time_us < accountant->cpu_last_us ? cpu_time_us : cpu_time_us - accountant->cpu_last_us;
        /* In this order nothing overflows: used < wall here. */
        uint64_t percent = 100;
        if (used < wall)
            percent = wall > UINT64_MAX / 100 ? used / (wall / 100) : (used * 100 + wall / 2) / wall;
        accountant->cpu_percent = percent > 100 ? 100 : (uint8_t)percent;
        /* The history is one entry a second: a call that comes late stands for all seconds since the last. */
        const uint64_t seconds = wall / 1000000 + (wall % 1000000 >= 500000);
        push_history(accountant, accountant->cpu_percent, seconds > 0 ? seconds : 1);
        accountant->cpu_unknown = false;
    }
    accountant->cpu_last_us = cpu_time_us;
    accountant->cpu_last_wall_us = wall_us;
    accountant->cpu_started = true;
}

void accountant_lose_cpu(struct accountant *accountant)
{
    accountant->cpu_unknown = true;
}
