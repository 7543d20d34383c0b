#include "objects/accountant.h"

#include <stdlib.h>
#include <string.h>
#include "objects/accounting_snapshot.h"
#include "objects/lifetime.h"
#include "objects/machine_part.h"
#include "objects/out.h"

static const struct com_class accountant_class = {
    .name = L"IVMAccountant",
    .iid = &IID_IVMAccountant,
    .extended = &IID_IVMAccountant2,
    .clsid = &CLSID_VMAccountant,
    .destroy = machine_part_destroy,
};

static struct machine *machine_from_IVMAccountant2(IVMAccountant2 *iface)
{
    return ((struct machine_part *)iface)->machine;
}

/* The only code that these members document for a failure. */
static HRESULT accountant_fail(const char *text)
{
    return com_fail(&accountant_class, DISP_E_EXCEPTION, "%s", text);
}

/* A total that a look at the page has not given: S_FALSE without figures, when *total (out) is zero. Apart from the
 * path below, which needs no room for texts. */
static HRESULT accountant_ask_total(struct machine *machine, enum vm_page_total which, struct u96 *total)
{
    struct vm_page_totals totals;
    struct vpc_error err;
    bool active;
    *total = (struct u96){0, 0};
    if (!machine_read_total(machine, which, &totals, &active, &err))
        return accountant_fail(err.text);
    if (!active)
        return S_FALSE;
    if (!totals.sampled)
        return accountant_fail(machine_fault(machine, &err));
    *total = totals.total;
    return S_OK;
}

/* A total over all adapters or drives as DECIMAL. This is the path that a script polls: while the supervisor lives it
 * makes no system call, takes no lock and allocates nothing. */
static HRESULT accountant_give_total(IVMAccountant2 *iface, enum vm_page_total which, const char *parameter,
                                     VARIANT *value)
{
    struct machine *machine = machine_from_IVMAccountant2(iface);
    struct vm_page_totals totals;
    HRESULT hr;
    if (FAILED(hr = out_variant(&accountant_class, parameter, value)))
        return hr;
    if (!machine_glance_total(machine, which, &totals))
        hr = accountant_ask_total(machine, which, &totals.total);
    if (SUCCEEDED(hr))
        figure_to_decimal(totals.total, value);
    return hr;
}

static HRESULT WINAPI accountant_get_CPUUtilization(IVMAccountant2 *iface, LONG *percentageUtilization)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_long(&accountant_class, "percentageUtilization", percentageUtilization)))
        return hr;
    if ((hr = figures_read_cpu(&accountant_class, machine_from_IVMAccountant2(iface), &body)) != S_OK)
        return hr;
    *percentageUtilization = (LONG)body->cpu_percent;
    free(body);
    return S_OK;
}

static HRESULT WINAPI accountant_get_CPUUtilizationHistory(IVMAccountant2 *iface, VARIANT *percentageUtilization)
{
    struct vm_page_body *body;
    void *bytes;
    HRESULT hr;
    if (FAILED(hr = out_variant(&accountant_class, "percentageUtilization", percentageUtilization)))
        return hr;
    if (FAILED(hr = figures_read_cpu(&accountant_class, machine_from_IVMAccountant2(iface), &body)))
        return hr;
    /* A new array is all zero, as the history of a VM that is not active has to be. */
    SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, ACCOUNTING_HISTORY);
    if (!array || FAILED(SafeArrayAccessData(array, &bytes))) {
        SafeArrayDestroy(array);
        free(body);
        return com_fail(&accountant_class, E_OUTOFMEMORY, "out of memory");
    }
    if (body)
        memcpy(bytes, body->cpu_history, ACCOUNTING_HISTORY);
    SafeArrayUnaccessData(array);
    free(body);
    percentageUtilization->vt = VT_ARRAY | VT_UI1;
    percentageUtilization->parray = array;
    return hr;
}

static HRESULT WINAPI accountant_get_DiskBytesRead(IVMAccountant2 *iface, VARIANT *bytesRead)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_READ, "bytesRead", bytesRead);
}

static HRESULT WINAPI accountant_get_DiskBytesWritten(IVMAccountant2 *iface, VARIANT *bytesWritten)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_WRITTEN, "bytesWritten", bytesWritten);
}

static HRESULT WINAPI accountant_get_NetworkBytesReceived(IVMAccountant2 *iface, VARIANT *bytesReceived)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_RECEIVED, "bytesReceived", bytesReceived);
}

static HRESULT WINAPI accountant_get_NetworkBytesSent(IVMAccountant2 *iface, VARIANT *bytesSent)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_SENT, "bytesSent", bytesSent);
}

static HRESULT WINAPI accountant_get_UpTime(IVMAccountant2 *iface, LONG *secondsAlive)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_long(&accountant_class, "secondsAlive", secondsAlive)))
        return hr;
    if ((hr = figures_read(&accountant_class, machine_from_IVMAccountant2(iface), &body)) != S_OK)
        return hr;
    *secondsAlive = figure_up_time(body->epoch_start_monotonic_ms);
    free(body);
    return S_OK;
}

static HRESULT WINAPI accountant_get_NetworkPacketsSent(IVMAccountant2 *iface, VARIANT *figure)
{
    return accountant_give_total(iface, VM_PAGE_PACKETS_SENT, "figure", figure);
}

static HRESULT WINAPI accountant_get_NetworkPacketsReceived(IVMAccountant2 *iface, VARIANT *figure)
{
    return accountant_give_total(iface, VM_PAGE_PACKETS_RECEIVED, "figure", figure);
}

static HRESULT WINAPI accountant_get_Epoch(IVMAccountant2 *iface, LONG *epochNumber)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_long(&accountant_class, "epochNumber", epochNumber)))
        return hr;
    if ((hr = figures_read(&accountant_class, machine_from_IVMAccountant2(iface), &body)) != S_OK)
        return hr;
    hr = figure_epoch(&accountant_class, body->epoch, epochNumber);
    free(body);
    return hr;
}

static HRESULT WINAPI accountant_get_EpochStart(IVMAccountant2 *iface, DATE *instant)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_date(&accountant_class, "instant", instant)))
        return hr;
    if ((hr = figures_read(&accountant_class, machine_from_IVMAccountant2(iface), &body)) != S_OK)
        return hr;
    *instant = figure_to_date(body->epoch_start_utc_ms);
    free(body);
    return S_OK;
}

static HRESULT WINAPI accountant_get_EpochCause(IVMAccountant2 *iface, VMEpochCause *cause)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (!cause)
        return com_null_pointer(&accountant_class, "cause");
    *cause = vmEpochCause_None;
    if ((hr = figures_read(&accountant_class, machine_from_IVMAccountant2(iface), &body)) != S_OK)
        return hr;
    *cause = (VMEpochCause)body->epoch_cause;
    free(body);
    return S_OK;
}

static HRESULT WINAPI accountant_get_CPUHistory(IVMAccountant2 *iface, VARIANT *percentages)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_variant(&accountant_class, "percentages", percentages)))
        return hr;
    if (FAILED(hr = figures_read_cpu(&accountant_class, machine_from_IVMAccountant2(iface), &body)))
        return hr;
    HRESULT given = figure_history(&accountant_class, body ? body->cpu_history : NULL, percentages);
    free(body);
    return FAILED(given) ? given : hr;
}

static HRESULT WINAPI accountant_get_Snapshot(IVMAccountant2 *iface, IVMAccountingSnapshot **accountingSnapshot)
{
    HRESULT hr = out_object(&accountant_class, "accountingSnapshot", (void **)accountingSnapshot);
    return FAILED(hr)
               ? hr
               : accounting_snapshot_create(&accountant_class, machine_from_IVMAccountant2(iface), accountingSnapshot);
}

static HRESULT WINAPI accountant_get_Lifetime(IVMAccountant2 *iface, IVMAccountant **accountant)
{
    HRESULT hr = out_object(&accountant_class, "accountant", (void **)accountant);
    return FAILED(hr) ? hr : lifetime_create(machine_from_IVMAccountant2(iface), accountant);
}

static HRESULT WINAPI accountant_get_EpochStartText(IVMAccountant2 *iface, BSTR *instantText)
{
    struct vm_page_body *body;
    HRESULT hr, given;
    if (FAILED(hr = out_text(&accountant_class, "instantText", instantText)) ||
        FAILED(hr = figures_read(&accountant_class, machine_from_IVMAccountant2(iface), &body)))
        return hr;
    given = figure_to_iso(&accountant_class, body ? body->epoch_start_utc_ms : 0, instantText);
    free(body);
    return FAILED(given) ? given : hr;
}

static const IVMAccountant2Vtbl accountant_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMAccountant2 *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMAccountant2 *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMAccountant2 *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMAccountant2 *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMAccountant2 *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMAccountant2 *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMAccountant2 *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_CPUUtilization = accountant_get_CPUUtilization,
    .get_CPUUtilizationHistory = accountant_get_CPUUtilizationHistory,
    .get_DiskBytesRead = accountant_get_DiskBytesRead,
    .get_DiskBytesWritten = accountant_get_DiskBytesWritten,
    .get_NetworkBytesReceived = accountant_get_NetworkBytesReceived,
    .get_NetworkBytesSent = accountant_get_NetworkBytesSent,
    .get_UpTime = accountant_get_UpTime,
    .get_NetworkPacketsSent = accountant_get_NetworkPacketsSent,
    .get_NetworkPacketsReceived = accountant_get_NetworkPacketsReceived,
    .get_Epoch = accountant_get_Epoch,
    .get_EpochStart = accountant_get_EpochStart,
    .get_EpochCause = accountant_get_EpochCause,
    .get_CPUHistory = accountant_get_CPUHistory,
    .get_Snapshot = accountant_get_Snapshot,
    .get_Lifetime = accountant_get_Lifetime,
    .get_EpochStartText = accountant_get_EpochStartText,
};

HRESULT accountant_create(struct machine *machine, IVMAccountant **accountant)
{
    return machine_part_create(&accountant_class, &accountant_vtbl, machine, (void **)accountant);
}
