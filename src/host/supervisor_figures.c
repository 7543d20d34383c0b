/* From samples to the figures in the page. A figure that is not known is shown as not known, with the reason, never as
 * a number. */
#include <stdio.h>
#include <string.h>
#include "host/supervisor_parts.h"
#include "session/vm_page_figures.h"
#include "util/clock.h"

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
    vm_page_fill_figures(&supervisor->body, &supervisor->accountant);
    vpc_fail(&supervisor->unreadable, VPC_VM_NOT_RUNNING, "no sample was taken yet");
    supervisor->unknown = (struct vpc_error){0};
    figures_judge(supervisor);
    body->lifetime = (struct vm_page_lifetime){0};
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
    enum vm_state state = (enum vm_state)supervisor->body.state;
    if (state == VM_TURNING_ON || (state == VM_RESTORING && supervisor->body.goes_on_as == 0)) {
        accountant_start(&supervisor->accountant, sample);
    } else {
        accountant_take(&supervisor->accountant, sample);
        /* The loop's clock, as engines use it: both then mean the same instant. */
        uint64_t now_ms = uv_now(supervisor->loop);
        if (!sample->cpu_known) {
            accountant_lose_cpu(&supervisor->accountant);
        } else if (now_ms >= supervisor->next_cpu_ms) {
            accountant_take_cpu(&supervisor->accountant, sample->cpu_time_us, now_ms * 1000);
            supervisor->next_cpu_ms += SUPERVISOR_CPU_MS;
            if (supervisor->next_cpu_ms <= now_ms) /* this process has slept */
                supervisor->next_cpu_ms = now_ms + SUPERVISOR_CPU_MS;
        }
    }
    supervisor->body.sample_monotonic_ms = clock_monotonic_ms();
    vm_page_fill_figures(&supervisor->body, &supervisor->accountant);
    figures_judge(supervisor);
}

void supervisor_figures_open_epoch(struct supervisor *supervisor, enum epoch_cause cause)
{
    uint64_t number = supervisor->accountant.epoch + 1;
    supervisor_ledger_epoch_ends(supervisor, cause);
    accountant_open_epoch(&supervisor->accountant, number, cause, clock_utc_ms(), clock_monotonic_ms());
    /* The engine samples right before an epoch opens. When it could not, nobody knows where this epoch's zero lies. */
    supervisor->unknown.cause = 0;
    if (supervisor->unreadable.cause != 0) {
        supervisor->unknown = supervisor->unreadable;
        vpc_fail_in(&supervisor->unknown, "counters could not be read when epoch %llu began",
                    (unsigned long long)number);
    }
    supervisor->next_cpu_ms = uv_now(supervisor->loop);
    vm_page_fill_figures(&supervisor->body, &supervisor->accountant);
    figures_judge(supervisor);
    supervisor_ledger_epoch_begun(supervisor);
}
