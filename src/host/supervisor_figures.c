/* From samples to the figures in the page. A figure that is not known is shown as not known, with the reason, never as
 * a number. */
#include <stdio.h>
#include <string.h>
#include "host/supervisor_parts.h"
#include "session/vm_page_figures.h"
#include "util/clock.h"

static void figures_copy_adapter(struct vm_page_adapter *shown, const struct adapter_counters *counters)
{
    shown->present = counters->present;
    shown->bytes_sent = counter_total(&counters->bytes_sent);
    shown->bytes_received = counter_total(&counters->bytes_received);
    shown->packets_sent = counter_total(&counters->packets_sent);
    shown->packets_received = counter_total(&counters->packets_received);
    shown->counters[0] = counters->bytes_sent;
    shown->counters[1] = counters->bytes_received;
    shown->counters[2] = counters->packets_sent;
    shown->counters[3] = counters->packets_received;
}

static void figures_copy_drive(struct vm_page_drive *shown, const struct drive_counters *counters)
{
    shown->present = counters->present;
    shown->bytes_read = counter_total(&counters->bytes_read);
    shown->bytes_written = counter_total(&counters->bytes_written);
    shown->reads = counter_total(&counters->reads);
    shown->writes = counter_total(&counters->writes);
    shown->counters[0] = counters->bytes_read;
    shown->counters[1] = counters->bytes_written;
    shown->counters[2] = counters->reads;
    shown->counters[3] = counters->writes;
}

static void figures_copy(struct supervisor *supervisor)
{
    const struct accountant *accountant = &supervisor->accountant;
    struct vm_page_body *body = &supervisor->body;
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
        figures_copy_adapter(&body->adapters[i], &accountant->adapters[i]);
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        figures_copy_drive(&body->drives[i], &accountant->drives[i]);
    memcpy(body->cpu_history, accountant->cpu_history, ACCOUNTING_HISTORY);
    body->cpu_percent = accountant->cpu_percent;
    body->epoch = accountant->epoch;
    body->epoch_cause = accountant->epoch_cause;
    body->epoch_start_utc_ms = accountant->epoch_start_utc_ms;
    body->epoch_start_monotonic_ms = accountant->epoch_start_monotonic_ms;
}

/* Says whether the figures count, and why not. */
static void figures_judge(struct supervisor *supervisor)
{
    const struct vpc_error *fault = &supervisor->unknown;
    if (fault->cause == 0)
        fault = &supervisor->unreadable;
    supervisor->body.sampled = fault->cause == 0;
    snprintf(supervisor->body.fault, sizeof supervisor->body.fault, "%.*s", (int)sizeof supervisor->body.fault - 1,
             fault->cause == 0 ? "" : fault->text);
}

void supervisor_figures_clear(struct supervisor *supervisor)
{
    struct vm_page_body *body = &supervisor->body;
    supervisor->accountant = (struct accountant){.epoch = body->epoch};
    figures_copy(supervisor);
    vpc_fail(&supervisor->unreadable, VPC_VM_NOT_RUNNING, "no sample was taken yet");
    supervisor->unknown = (struct vpc_error){0};
    figures_judge(supervisor);
    body->sample_monotonic_ms = 0;
    memset(body->engine_memory, 0, sizeof body->engine_memory);
    memset(body->engine_state, 0, sizeof body->engine_state);
}

void supervisor_figures_restore(struct supervisor *supervisor)
{
    const struct vm_page_body *body = &supervisor->body;
    vm_page_restore_figures(&supervisor->accountant, body);
    supervisor->unreadable = (struct vpc_error){0};
    supervisor->unknown = (struct vpc_error){0};
    supervisor->next_cpu_ms = uv_now(supervisor->loop);
    /* Whether the lost supervisor meant this moment or the whole epoch, its page does not tell. */
    if (!body->sampled && body->epoch_cause != EPOCH_NONE)
        vpc_fail(&supervisor->unknown, VPC_UNEXPECTED, "%s",
                 *body->fault ? body->fault : "the lost supervisor did not know the figures of this epoch");
}

void supervisor_figures_sampled(struct supervisor *supervisor, const struct engine_sample *sample,
                                const struct vpc_error *err)
{
    /* Also with an error: what it says of captures that are final is true, and the engine removes them after this. */
    memcpy(supervisor->body.engine_memory, sample->memory, sizeof supervisor->body.engine_memory);
    if (err != NULL) {
        supervisor->unreadable = *err;
        figures_judge(supervisor);
        return;
    }
    supervisor->unreadable.cause = 0;
    if (supervisor->body.state == VM_TURNING_ON || supervisor->body.state == VM_RESTORING) {
        accountant_start(&supervisor->accountant, sample);
    } else {
        accountant_take(&supervisor->accountant, sample);
        /* The loop's clock, as engines use it: both then mean the same instant. */
        uint64_t now_ms = uv_now(supervisor->loop);
        if (sample->cpu_known && now_ms >= supervisor->next_cpu_ms) {
            accountant_take_cpu(&supervisor->accountant, sample->cpu_time_us, now_ms * 1000);
            supervisor->next_cpu_ms += SUPERVISOR_CPU_MS;
            if (supervisor->next_cpu_ms <= now_ms) /* this process has slept */
                supervisor->next_cpu_ms = now_ms + SUPERVISOR_CPU_MS;
        }
    }
    supervisor->body.sample_monotonic_ms = clock_monotonic_ms();
    figures_copy(supervisor);
    figures_judge(supervisor);
}

void supervisor_figures_open_epoch(struct supervisor *supervisor, enum epoch_cause cause)
{
    uint64_t number = supervisor->accountant.epoch + 1;
    accountant_open_epoch(&supervisor->accountant, number, cause, clock_utc_ms(), clock_monotonic_ms());
    /* The engine samples right before an epoch opens. When it could not, nobody knows where this epoch's zero lies. */
    supervisor->unknown.cause = 0;
    if (supervisor->unreadable.cause != 0) {
        supervisor->unknown = supervisor->unreadable;
        vpc_fail_in(&supervisor->unknown, "counters could not be read when epoch %llu began",
                    (unsigned long long)number);
    }
    supervisor->next_cpu_ms = uv_now(supervisor->loop);
    figures_copy(supervisor);
    figures_judge(supervisor);
}
