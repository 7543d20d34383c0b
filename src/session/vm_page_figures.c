#include "session/vm_page_figures.h"

#include <string.h>

void vm_page_fill_figures(struct vm_page_body *body, const struct accountant *accountant)
{
    body->epoch = accountant->epoch;
    body->epoch_cause = (uint32_t)accountant->epoch_cause;
    body->epoch_start_utc_ms = accountant->epoch_start_utc_ms;
    body->epoch_start_monotonic_ms = accountant->epoch_start_monotonic_ms;
    body->cpu_percent = accountant->cpu_unknown ? VM_PAGE_CPU_UNKNOWN : accountant->cpu_percent;
    memset(body->cpu_history, 0, sizeof body->cpu_history);
    memcpy(body->cpu_history, accountant->cpu_history, ACCOUNTING_HISTORY);
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        const struct adapter_counters *from = &accountant->adapters[i];
        body->adapters[i] = (struct vm_page_adapter){
            .present = from->present,
            .bytes_sent = counter_total(&from->bytes_sent),
            .bytes_received = counter_total(&from->bytes_received),
            .packets_sent = counter_total(&from->packets_sent),
            .packets_received = counter_total(&from->packets_received),
            .counters = {from->bytes_sent, from->bytes_received, from->packets_sent, from->packets_received},
        };
    }
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        const struct drive_counters *from = &accountant->drives[i];
        body->drives[i] = (struct vm_page_drive){
            .present = from->present,
            .bytes_read = counter_total(&from->bytes_read),
            .bytes_written = counter_total(&from->bytes_written),
            .reads = counter_total(&from->reads),
            .writes = counter_total(&from->writes),
            .counters = {from->bytes_read, from->bytes_written, from->reads, from->writes},
        };
    }
}

static struct counter restored(const struct counter *saved)
{
    struct counter counter = *saved;
    if (counter.baseline > counter.last)
        counter.baseline = counter.last;
    return counter;
}

void vm_page_restore_figures(struct accountant *accountant, const struct vm_page_body *body)
{
    memset(accountant, 0, sizeof *accountant);
    accountant->epoch = body->epoch;
    accountant->epoch_cause = body->epoch_cause <= EPOCH_RESTORE ? (enum epoch_cause)body->epoch_cause : EPOCH_NONE;
    accountant->epoch_start_utc_ms = body->epoch_start_utc_ms;
    accountant->epoch_start_monotonic_ms = body->epoch_start_monotonic_ms;
    accountant->cpu_unknown = body->cpu_percent == VM_PAGE_CPU_UNKNOWN;
    if (!accountant->cpu_unknown)
        accountant->cpu_percent = body->cpu_percent <= 100 ? (uint8_t)body->cpu_percent : 100;
    memcpy(accountant->cpu_history, body->cpu_history, ACCOUNTING_HISTORY);
    accountant->cpu_seconds = ACCOUNTING_HISTORY; /* how long the epoch has lasted says the rest */
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        const struct vm_page_adapter *from = &body->adapters[i];
        struct adapter_counters *to = &accountant->adapters[i];
        to->present = from->present != 0;
        to->bytes_sent = restored(&from->counters[0]);
        to->bytes_received = restored(&from->counters[1]);
        to->packets_sent = restored(&from->counters[2]);
        to->packets_received = restored(&from->counters[3]);
    }
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        const struct vm_page_drive *from = &body->drives[i];
        struct drive_counters *to = &accountant->drives[i];
        to->present = from->present != 0;
        to->bytes_read = restored(&from->counters[0]);
        to->bytes_written = restored(&from->counters[1]);
        to->reads = restored(&from->counters[2]);
        to->writes = restored(&from->counters[3]);
    }
}
