#include "objects/accounting_snapshot.h"

#include <string.h>
#include "objects/out.h"
#include "util/clock.h"

/* Nothing changes once it is made, so there is nothing to lock. */
struct accounting_snapshot {
    struct com_object base;
    enum vm_state state;
    int64_t taken_utc_ms;
    LONG epoch;
    int64_t epoch_start_utc_ms; /* 0: none */
    VMEpochCause epoch_cause;
    LONG up_time;
    bool cpu_unknown;
    LONG cpu_percent;
    uint8_t cpu_history[ACCOUNTING_HISTORY];
    struct u96 totals[VM_PAGE_TOTALS]; /* by enum vm_page_total */
};

static const struct com_class accounting_snapshot_class = {
    .name = L"IVMAccountingSnapshot",
    .iid = &IID_IVMAccountingSnapshot,
    .destroy = com_object_free,
};

static const struct accounting_snapshot *snapshot_from_IVMAccountingSnapshot(IVMAccountingSnapshot *iface)
{
    return (const struct accounting_snapshot *)iface;
}

static HRESULT accounting_snapshot_give_total(IVMAccountingSnapshot *iface, enum vm_page_total which, double *figure)
{
    if (!figure)
        return com_null_pointer(&accounting_snapshot_class, "figure");
    *figure = figure_to_double(snapshot_from_IVMAccountingSnapshot(iface)->totals[which]);
    return S_OK;
}

static HRESULT accounting_snapshot_give_digits(IVMAccountingSnapshot *iface, enum vm_page_total which, BSTR *digits)
{
    HRESULT hr = out_text(&accounting_snapshot_class, "digits", digits);
    if (FAILED(hr))
        return hr;
    return figure_to_text(&accounting_snapshot_class, snapshot_from_IVMAccountingSnapshot(iface)->totals[which],
                          digits);
}

static DATE snapshot_start(const struct accounting_snapshot *snapshot)
{
    return snapshot->epoch_start_utc_ms != 0 ? figure_to_date(snapshot->epoch_start_utc_ms) : 0;
}

static HRESULT WINAPI accounting_snapshot_get_State(IVMAccountingSnapshot *iface, VMVMState *virtualMachineState)
{
    if (!virtualMachineState)
        return com_null_pointer(&accounting_snapshot_class, "virtualMachineState");
    *virtualMachineState = (VMVMState)snapshot_from_IVMAccountingSnapshot(iface)->state;
    return S_OK;
}

static HRESULT WINAPI accounting_snapshot_get_TakenAt(IVMAccountingSnapshot *iface, DATE *instant)
{
    HRESULT hr = out_date(&accounting_snapshot_class, "instant", instant);
    if (SUCCEEDED(hr))
        *instant = figure_to_date(snapshot_from_IVMAccountingSnapshot(iface)->taken_utc_ms);
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_Epoch(IVMAccountingSnapshot *iface, LONG *epochNumber)
{
    HRESULT hr = out_long(&accounting_snapshot_class, "epochNumber", epochNumber);
    if (SUCCEEDED(hr))
        *epochNumber = snapshot_from_IVMAccountingSnapshot(iface)->epoch;
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_EpochStart(IVMAccountingSnapshot *iface, DATE *instant)
{
    HRESULT hr = out_date(&accounting_snapshot_class, "instant", instant);
    if (SUCCEEDED(hr))
        *instant = snapshot_start(snapshot_from_IVMAccountingSnapshot(iface));
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_EpochCause(IVMAccountingSnapshot *iface, VMEpochCause *cause)
{
    if (!cause)
        return com_null_pointer(&accounting_snapshot_class, "cause");
    *cause = snapshot_from_IVMAccountingSnapshot(iface)->epoch_cause;
    return S_OK;
}

static HRESULT WINAPI accounting_snapshot_get_UpTime(IVMAccountingSnapshot *iface, LONG *secondsAlive)
{
    HRESULT hr = out_long(&accounting_snapshot_class, "secondsAlive", secondsAlive);
    if (SUCCEEDED(hr))
        *secondsAlive = snapshot_from_IVMAccountingSnapshot(iface)->up_time;
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_CPUUtilization(IVMAccountingSnapshot *iface, LONG *percentageUtilization)
{
    HRESULT hr = out_long(&accounting_snapshot_class, "percentageUtilization", percentageUtilization);
    if (SUCCEEDED(hr) && snapshot_from_IVMAccountingSnapshot(iface)->cpu_unknown)
        hr = figure_no_cpu(&accounting_snapshot_class);
    if (SUCCEEDED(hr))
        *percentageUtilization = snapshot_from_IVMAccountingSnapshot(iface)->cpu_percent;
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_CPUHistory(IVMAccountingSnapshot *iface, VARIANT *percentages)
{
    HRESULT hr = out_variant(&accounting_snapshot_class, "percentages", percentages);
    if (SUCCEEDED(hr) && snapshot_from_IVMAccountingSnapshot(iface)->cpu_unknown)
        hr = figure_no_cpu(&accounting_snapshot_class);
    if (FAILED(hr))
        return hr;
    return figure_history(&accounting_snapshot_class, snapshot_from_IVMAccountingSnapshot(iface)->cpu_history,
                          percentages);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkBytesSent(IVMAccountingSnapshot *iface, double *figure)
{
    return accounting_snapshot_give_total(iface, VM_PAGE_BYTES_SENT, figure);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkBytesSentText(IVMAccountingSnapshot *iface, BSTR *digits)
{
    return accounting_snapshot_give_digits(iface, VM_PAGE_BYTES_SENT, digits);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkBytesReceived(IVMAccountingSnapshot *iface, double *figure)
{
    return accounting_snapshot_give_total(iface, VM_PAGE_BYTES_RECEIVED, figure);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkBytesReceivedText(IVMAccountingSnapshot *iface, BSTR *digits)
{
    return accounting_snapshot_give_digits(iface, VM_PAGE_BYTES_RECEIVED, digits);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkPacketsSent(IVMAccountingSnapshot *iface, double *figure)
{
    return accounting_snapshot_give_total(iface, VM_PAGE_PACKETS_SENT, figure);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkPacketsSentText(IVMAccountingSnapshot *iface, BSTR *digits)
{
    return accounting_snapshot_give_digits(iface, VM_PAGE_PACKETS_SENT, digits);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkPacketsReceived(IVMAccountingSnapshot *iface, double *figure)
{
    return accounting_snapshot_give_total(iface, VM_PAGE_PACKETS_RECEIVED, figure);
}

static HRESULT WINAPI accounting_snapshot_get_NetworkPacketsReceivedText(IVMAccountingSnapshot *iface, BSTR *digits)
{
    return accounting_snapshot_give_digits(iface, VM_PAGE_PACKETS_RECEIVED, digits);
}

static HRESULT WINAPI accounting_snapshot_get_DiskBytesRead(IVMAccountingSnapshot *iface, double *figure)
{
    return accounting_snapshot_give_total(iface, VM_PAGE_BYTES_READ, figure);
}

static HRESULT WINAPI accounting_snapshot_get_DiskBytesReadText(IVMAccountingSnapshot *iface, BSTR *digits)
{
    return accounting_snapshot_give_digits(iface, VM_PAGE_BYTES_READ, digits);
}

static HRESULT WINAPI accounting_snapshot_get_DiskBytesWritten(IVMAccountingSnapshot *iface, double *figure)
{
    return accounting_snapshot_give_total(iface, VM_PAGE_BYTES_WRITTEN, figure);
}

static HRESULT WINAPI accounting_snapshot_get_DiskBytesWrittenText(IVMAccountingSnapshot *iface, BSTR *digits)
{
    return accounting_snapshot_give_digits(iface, VM_PAGE_BYTES_WRITTEN, digits);
}

static HRESULT WINAPI accounting_snapshot_get_TakenAtText(IVMAccountingSnapshot *iface, BSTR *instantText)
{
    HRESULT hr = out_text(&accounting_snapshot_class, "instantText", instantText);
    return FAILED(hr) ? hr
                      : figure_to_iso(&accounting_snapshot_class,
                                      snapshot_from_IVMAccountingSnapshot(iface)->taken_utc_ms, instantText);
}

static HRESULT WINAPI accounting_snapshot_get_EpochStartText(IVMAccountingSnapshot *iface, BSTR *instantText)
{
    HRESULT hr = out_text(&accounting_snapshot_class, "instantText", instantText);
    return FAILED(hr) ? hr
                      : figure_to_iso(&accounting_snapshot_class,
                                      snapshot_from_IVMAccountingSnapshot(iface)->epoch_start_utc_ms, instantText);
}

static const IVMAccountingSnapshotVtbl accounting_snapshot_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMAccountingSnapshot *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMAccountingSnapshot *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMAccountingSnapshot *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMAccountingSnapshot *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMAccountingSnapshot *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames =
        (HRESULT(WINAPI *)(IVMAccountingSnapshot *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMAccountingSnapshot *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *,
                                 EXCEPINFO *, UINT *))com_Invoke,
    .get_State = accounting_snapshot_get_State,
    .get_TakenAt = accounting_snapshot_get_TakenAt,
    .get_Epoch = accounting_snapshot_get_Epoch,
    .get_EpochStart = accounting_snapshot_get_EpochStart,
    .get_EpochCause = accounting_snapshot_get_EpochCause,
    .get_UpTime = accounting_snapshot_get_UpTime,
    .get_CPUUtilization = accounting_snapshot_get_CPUUtilization,
    .get_CPUHistory = accounting_snapshot_get_CPUHistory,
    .get_NetworkBytesSent = accounting_snapshot_get_NetworkBytesSent,
    .get_NetworkBytesSentText = accounting_snapshot_get_NetworkBytesSentText,
    .get_NetworkBytesReceived = accounting_snapshot_get_NetworkBytesReceived,
    .get_NetworkBytesReceivedText = accounting_snapshot_get_NetworkBytesReceivedText,
    .get_NetworkPacketsSent = accounting_snapshot_get_NetworkPacketsSent,
    .get_NetworkPacketsSentText = accounting_snapshot_get_NetworkPacketsSentText,
    .get_NetworkPacketsReceived = accounting_snapshot_get_NetworkPacketsReceived,
    .get_NetworkPacketsReceivedText = accounting_snapshot_get_NetworkPacketsReceivedText,
    .get_DiskBytesRead = accounting_snapshot_get_DiskBytesRead,
    .get_DiskBytesReadText = accounting_snapshot_get_DiskBytesReadText,
    .get_DiskBytesWritten = accounting_snapshot_get_DiskBytesWritten,
    .get_DiskBytesWrittenText = accounting_snapshot_get_DiskBytesWrittenText,
    .get_TakenAtText = accounting_snapshot_get_TakenAtText,
    .get_EpochStartText = accounting_snapshot_get_EpochStartText,
};

HRESULT accounting_snapshot_create(const struct com_class *class, const struct vm_page_instant *instant,
                                   enum vm_state state, IVMAccountingSnapshot **snapshot)
{
    HRESULT hr;
    struct accounting_snapshot *made =
        com_object_new(sizeof *made, &accounting_snapshot_class, &accounting_snapshot_vtbl);
    *snapshot = NULL;
    if (!made)
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    made->state = state;
    made->taken_utc_ms = clock_utc_ms();
    if (instant) {
        if (FAILED(hr = figure_epoch(class, instant->epoch, &made->epoch))) {
            com_object_free(&made->base);
            return hr;
        }
        made->state = (enum vm_state)instant->state;
        made->epoch_start_utc_ms = instant->epoch_start_utc_ms;
        made->epoch_cause = (VMEpochCause)instant->epoch_cause;
        made->up_time = figure_up_time(instant->epoch_start_monotonic_ms);
        made->cpu_unknown = instant->cpu_percent == VM_PAGE_CPU_UNKNOWN;
        made->cpu_percent = made->cpu_unknown ? 0 : (LONG)instant->cpu_percent;
        memcpy(made->cpu_history, instant->cpu_history, ACCOUNTING_HISTORY);
        memcpy(made->totals, instant->totals, sizeof made->totals);
    }
    *snapshot = (IVMAccountingSnapshot *)made;
    return S_OK;
}
