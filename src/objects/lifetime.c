/*
 * What a VM has used in all its life: the sum of its earlier epochs and the figures of the present one.
 *
 * While the VM is on, its page has both, read in one piece, so that no reset falls between them. When it is off the
 * ledger has all; but the supervisor's last write may still be on its way, so that the page, which keeps the figures of
 * the last session, may know more.
 */
#include "objects/lifetime.h"

#include <stdlib.h>
#include "ledger/ledger.h"
#include "objects/accountant.h"
#include "objects/figures.h"
#include "objects/machine_part.h"
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/usage.h"
#include "util/clock.h"

static const struct com_class lifetime_class = {
    .name = L"IVMAccountant",
    .iid = &IID_IVMAccountant,
    .clsid = &CLSID_VMAccountant,
    .destroy = machine_part_destroy,
};

static struct machine *machine_from_IVMAccountant(IVMAccountant *iface)
{
    return ((struct machine_part *)iface)->machine;
}

/* ---- sums ---- */

static bool is_less(struct u96 a, struct u96 b)
{
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static struct ledger_totals lifetime_of_page(const struct vm_page_body *body)
{
    struct ledger_totals totals = {.up_ms = body->lifetime.up_ms};
    for (int i = 0; i < LEDGER_FIGURES; i++)
        totals.figures[i] =
            (struct u96){.low = body->lifetime.figures[i].low, .high = (uint32_t)body->lifetime.figures[i].high};
    return totals;
}

/* Adds the epoch in the page. */
static void lifetime_add_present(struct ledger_totals *totals, const struct vm_page_body *body)
{
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        const struct vm_page_adapter *adapter = &body->adapters[i];
        const uint64_t figures[] = {adapter->bytes_sent, adapter->bytes_received, adapter->packets_sent,
                                    adapter->packets_received};
        for (size_t k = 0; k < ARRAYSIZE(figures) && adapter->present; k++)
            totals->figures[k] = u96_add(totals->figures[k], figures[k]);
    }
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        const struct vm_page_drive *drive = &body->drives[i];
        const uint64_t figures[] = {drive->bytes_read, drive->bytes_written, drive->reads, drive->writes};
        for (size_t k = 0; k < ARRAYSIZE(figures) && drive->present; k++) {
            struct u96 *total = &totals->figures[LEDGER_KIND_FIGURES + k];
            *total = u96_add(*total, figures[k]);
        }
    }
}

static bool lifetime_of_ledger(struct machine *machine, uint64_t deadline_ms, const struct ledger_epoch_id *without,
                               struct ledger_totals *totals, struct vpc_error *err)
{
    struct ledger *ledger = NULL;
    char *config_id = NULL;
    *totals = (struct ledger_totals){.up_ms = 0};
    bool done = machine_config_id(machine, &config_id, err) &&
                usage_ledger_open(machine_home(machine), deadline_ms, &ledger, err) &&
                (ledger == NULL || ledger_sum(ledger, config_id, without, totals, err));
    ledger_close(ledger);
    free(config_id);
    return done;
}

/* How long the epoch in the page has lasted, in a state that gives no figures. */
static uint64_t lifetime_present_ms(const struct vm_page_body *body, bool alive)
{
    const bool goes_on = alive && !vm_state_is_off((enum vm_state)body->state);
    uint64_t end_ms = goes_on ? clock_monotonic_ms() : body->sample_monotonic_ms;
    if (body->epoch_cause == EPOCH_NONE)
        return 0;
    if (body->lifetime.ended_up_ms)
        return body->lifetime.ended_up_ms;
    return end_ms > body->epoch_start_monotonic_ms ? end_ms - body->epoch_start_monotonic_ms : 0;
}

static bool lifetime_of_active(struct machine *machine, uint64_t deadline_ms, const struct vm_page_body *body,
                               struct ledger_totals *totals, struct vpc_error *err)
{
    const struct ledger_epoch_id present = {.number = body->epoch, .start_utc_ms = body->epoch_start_utc_ms};
    uint64_t now_ms = clock_monotonic_ms(), start_ms = body->epoch_start_monotonic_ms;
    if (!body->sampled)
        return vpc_fail(err, VPC_IO, "%s", *body->fault ? body->fault : "the counters of this VM cannot be read");
    /* Right after the start, the supervisor has not read the ledger yet. */
    if (body->lifetime.known)
        *totals = lifetime_of_page(body);
    else if (!lifetime_of_ledger(machine, deadline_ms, &present, totals, err))
        return false;
    lifetime_add_present(totals, body);
    totals->up_ms += now_ms > start_ms ? now_ms - start_ms : 0;
    return true;
}

static bool lifetime_of_inactive(struct machine *machine, uint64_t deadline_ms, struct vm_page_body *body,
                                 struct ledger_totals *totals, struct vpc_error *err)
{
    bool alive;
    if (!lifetime_of_ledger(machine, deadline_ms, NULL, totals, err) ||
        !machine_peek_by(machine, deadline_ms, body, &alive, err))
        return false;
    if (!body->lifetime.known)
        return true;
    struct ledger_totals shown = lifetime_of_page(body);
    shown.up_ms += lifetime_present_ms(body, alive);
    if (totals->up_ms < shown.up_ms)
        totals->up_ms = shown.up_ms;
    if (!body->sampled)
        return true;
    lifetime_add_present(&shown, body);
    for (int i = 0; i < LEDGER_FIGURES; i++)
        if (is_less(totals->figures[i], shown.figures[i]))
            totals->figures[i] = shown.figures[i];
    return true;
}

/* S_FALSE, with zeros, when the VM is gone. */
static HRESULT lifetime_read(IVMAccountant *iface, struct ledger_totals *totals)
{
    const uint64_t deadline_ms = supervisor_deadline();
    struct machine *machine = machine_from_IVMAccountant(iface);
    struct vm_page_body *body = malloc(sizeof *body);
    struct vpc_error err;
    bool active, done;
    *totals = (struct ledger_totals){.up_ms = 0};
    if (!body)
        return com_fail(&lifetime_class, E_OUTOFMEMORY, "out of memory");
    done = machine_known(machine, &err) && machine_read(machine, body, &active, &err) &&
           (active ? lifetime_of_active(machine, deadline_ms, body, totals, &err)
                   : lifetime_of_inactive(machine, deadline_ms, body, totals, &err));
    free(body);
    if (done)
        return S_OK;
    /* A VM is unknown too when its configuration cannot be read; that one is not gone. */
    struct vpc_error gone;
    if (err.cause == VPC_VM_UNKNOWN && !machine_known(machine, &gone) && gone.cause == VPC_VM_UNKNOWN)
        return S_FALSE;
    /* The only code that these members document for a failure. */
    return com_fail(&lifetime_class, DISP_E_EXCEPTION, "%s", err.text);
}

static HRESULT lifetime_give(IVMAccountant *iface, enum ledger_figure which, const char *parameter, VARIANT *value)
{
    struct ledger_totals totals;
    HRESULT hr;
    if (FAILED(hr = out_variant(&lifetime_class, parameter, value)) || FAILED(hr = lifetime_read(iface, &totals)))
        return hr;
    figure_to_decimal(totals.figures[which], value);
    return hr;
}

/* ---- members ---- */

static HRESULT WINAPI lifetime_get_CPUUtilization(IVMAccountant *iface, LONG *percentageUtilization)
{
    IVMAccountant *present;
    HRESULT hr = out_long(&lifetime_class, "percentageUtilization", percentageUtilization);
    if (FAILED(hr) || FAILED(hr = accountant_create(machine_from_IVMAccountant(iface), &present)))
        return hr;
    hr = IVMAccountant_get_CPUUtilization(present, percentageUtilization);
    IVMAccountant_Release(present);
    return hr;
}

static HRESULT WINAPI lifetime_get_CPUUtilizationHistory(IVMAccountant *iface, VARIANT *percentageUtilization)
{
    IVMAccountant *present;
    HRESULT hr = out_variant(&lifetime_class, "percentageUtilization", percentageUtilization);
    if (FAILED(hr) || FAILED(hr = accountant_create(machine_from_IVMAccountant(iface), &present)))
        return hr;
    hr = IVMAccountant_get_CPUUtilizationHistory(present, percentageUtilization);
    IVMAccountant_Release(present);
    return hr;
}

static HRESULT WINAPI lifetime_get_DiskBytesRead(IVMAccountant *iface, VARIANT *bytesRead)
{
    return lifetime_give(iface, LEDGER_BYTES_READ, "bytesRead", bytesRead);
}

static HRESULT WINAPI lifetime_get_DiskBytesWritten(IVMAccountant *iface, VARIANT *bytesWritten)
{
    return lifetime_give(iface, LEDGER_BYTES_WRITTEN, "bytesWritten", bytesWritten);
}

static HRESULT WINAPI lifetime_get_NetworkBytesReceived(IVMAccountant *iface, VARIANT *bytesReceived)
{
    return lifetime_give(iface, LEDGER_BYTES_RECEIVED, "bytesReceived", bytesReceived);
}

static HRESULT WINAPI lifetime_get_NetworkBytesSent(IVMAccountant *iface, VARIANT *bytesSent)
{
    return lifetime_give(iface, LEDGER_BYTES_SENT, "bytesSent", bytesSent);
}

static HRESULT WINAPI lifetime_get_UpTime(IVMAccountant *iface, LONG *secondsAlive)
{
    struct ledger_totals totals;
    HRESULT hr;
    if (FAILED(hr = out_long(&lifetime_class, "secondsAlive", secondsAlive)) ||
        FAILED(hr = lifetime_read(iface, &totals)))
        return hr;
    if (totals.up_ms / 1000 > INT32_MAX)
        return com_fail(&lifetime_class, DISP_E_OVERFLOW, "the VM was on for more seconds than a long holds");
    *secondsAlive = (LONG)(totals.up_ms / 1000);
    return hr;
}

static const IVMAccountantVtbl lifetime_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMAccountant *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMAccountant *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMAccountant *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMAccountant *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMAccountant *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMAccountant *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMAccountant *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_CPUUtilization = lifetime_get_CPUUtilization,
    .get_CPUUtilizationHistory = lifetime_get_CPUUtilizationHistory,
    .get_DiskBytesRead = lifetime_get_DiskBytesRead,
    .get_DiskBytesWritten = lifetime_get_DiskBytesWritten,
    .get_NetworkBytesReceived = lifetime_get_NetworkBytesReceived,
    .get_NetworkBytesSent = lifetime_get_NetworkBytesSent,
    .get_UpTime = lifetime_get_UpTime,
};

HRESULT lifetime_create(struct machine *machine, IVMAccountant **accountant)
{
    return machine_part_create(&lifetime_class, &lifetime_vtbl, machine, (void **)accountant);
}
