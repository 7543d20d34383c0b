#include "objects/accounting_snapshot.h"

#include <stdatomic.h>
#include "objects/out.h"
#include "util/clock.h"

enum {
    CLOCK_STEP_MS = 32 /* the monotonic clock steps by 16 ms, and two readings of it make one time */
};

/* One copy of what the page has shown, and when. Everything else is worked out when it is asked for, as reading the
 * time of day costs more than the rest together (measured under Wine 8). Nothing but `taken_utc_ms` changes once it is
 * made, so there is nothing to lock. */
struct accounting_snapshot {
    struct com_object base;
    struct vm_page_instant instant; /* all zero but for `state` when the VM has no figures */
    uint64_t taken_monotonic_ms;
    _Atomic(int64_t) taken_utc_ms; /* 0 until it is first asked for */
};

static const struct com_class accounting_snapshot_class = {
    .name = L"IVMAccountingSnapshot",
    .iid = &IID_IVMAccountingSnapshot,
    .destroy = com_object_keep_spare,
};

static struct accounting_snapshot *snapshot_from_IVMAccountingSnapshot(IVMAccountingSnapshot *iface)
{
    return (struct accounting_snapshot *)iface;
}

static HRESULT accounting_snapshot_give_total(IVMAccountingSnapshot *iface, enum vm_page_total which, double *figure)
{
    if (!figure)
        return com_null_pointer(&accounting_snapshot_class, "figure");
    *figure = figure_to_double(snapshot_from_IVMAccountingSnapshot(iface)->instant.totals[which]);
    return S_OK;
}

static HRESULT accounting_snapshot_give_digits(IVMAccountingSnapshot *iface, enum vm_page_total which, BSTR *digits)
{
    HRESULT hr = out_text(&accounting_snapshot_class, "digits", digits);
    if (FAILED(hr))
        return hr;
    return figure_to_text(&accounting_snapshot_class, snapshot_from_IVMAccountingSnapshot(iface)->instant.totals[which],
                          digits);
}

static DATE snapshot_start(const struct accounting_snapshot *snapshot)
{
    return snapshot->instant.epoch_start_utc_ms != 0 ? figure_to_date(snapshot->instant.epoch_start_utc_ms) : 0;
}

static int64_t snapshot_taken(struct accounting_snapshot *snapshot)
{
    int64_t known = atomic_load(&snapshot->taken_utc_ms);
    if (known)
        return known;
    int64_t taken = clock_utc_ms() - (int64_t)(clock_monotonic_ms() - snapshot->taken_monotonic_ms);
    /* The steps of the clock must not put it before the start of its epoch. */
    int64_t early = snapshot->instant.epoch_start_utc_ms - taken;
    if (early > 0 && early <= CLOCK_STEP_MS)
        taken += early;
    /* Of two threads that ask for the first time, both get what the first has found. */
    return atomic_compare_exchange_strong(&snapshot->taken_utc_ms, &known, taken) ? taken : known;
}

static bool snapshot_knows_cpu(const struct accounting_snapshot *snapshot)
{
    return snapshot->instant.cpu_percent != VM_PAGE_CPU_UNKNOWN;
}

static HRESULT WINAPI accounting_snapshot_get_State(IVMAccountingSnapshot *iface, VMVMState *virtualMachineState)
{
    if (!virtualMachineState)
        return com_null_pointer(&accounting_snapshot_class, "virtualMachineState");
    *virtualMachineState = (VMVMState)snapshot_from_IVMAccountingSnapshot(iface)->instant.state;
    return S_OK;
}

static HRESULT WINAPI accounting_snapshot_get_TakenAt(IVMAccountingSnapshot *iface, DATE *instant)
{
    HRESULT hr = out_date(&accounting_snapshot_class, "instant", instant);
    if (SUCCEEDED(hr))
        *instant = figure_to_date(snapshot_taken(snapshot_from_IVMAccountingSnapshot(iface)));
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_Epoch(IVMAccountingSnapshot *iface, LONG *epochNumber)
{
    HRESULT hr = out_long(&accounting_snapshot_class, "epochNumber", epochNumber);
    if (SUCCEEDED(hr))
        *epochNumber = (LONG)snapshot_from_IVMAccountingSnapshot(iface)->instant.epoch;
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
    *cause = (VMEpochCause)snapshot_from_IVMAccountingSnapshot(iface)->instant.epoch_cause;
    return S_OK;
}

static HRESULT WINAPI accounting_snapshot_get_UpTime(IVMAccountingSnapshot *iface, LONG *secondsAlive)
{
    const struct accounting_snapshot *snapshot = snapshot_from_IVMAccountingSnapshot(iface);
    HRESULT hr = out_long(&accounting_snapshot_class, "secondsAlive", secondsAlive);
    if (SUCCEEDED(hr) && snapshot->instant.epoch)
        *secondsAlive = figure_up_time_at(snapshot->instant.epoch_start_monotonic_ms, snapshot->taken_monotonic_ms);
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_CPUUtilization(IVMAccountingSnapshot *iface, LONG *percentageUtilization)
{
    HRESULT hr = out_long(&accounting_snapshot_class, "percentageUtilization", percentageUtilization);
    if (SUCCEEDED(hr) && !snapshot_knows_cpu(snapshot_from_IVMAccountingSnapshot(iface)))
        hr = figure_no_cpu(&accounting_snapshot_class);
    if (SUCCEEDED(hr))
        *percentageUtilization = (LONG)snapshot_from_IVMAccountingSnapshot(iface)->instant.cpu_percent;
    return hr;
}

static HRESULT WINAPI accounting_snapshot_get_CPUHistory(IVMAccountingSnapshot *iface, VARIANT *percentages)
{
    HRESULT hr = out_variant(&accounting_snapshot_class, "percentages", percentages);
    if (SUCCEEDED(hr) && !snapshot_knows_cpu(snapshot_from_IVMAccountingSnapshot(iface)))
        hr = figure_no_cpu(&accounting_snapshot_class);
    if (FAILED(hr))
        return hr;
    return figure_history(&accounting_snapshot_class, snapshot_from_IVMAccountingSnapshot(iface)->instant.cpu_history,
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
                                      snapshot_taken(snapshot_from_IVMAccountingSnapshot(iface)), instantText);
}

static HRESULT WINAPI accounting_snapshot_get_EpochStartText(IVMAccountingSnapshot *iface, BSTR *instantText)
{
    HRESULT hr = out_text(&accounting_snapshot_class, "instantText", instantText);
    return FAILED(hr)
               ? hr
               : figure_to_iso(&accounting_snapshot_class,
                               snapshot_from_IVMAccountingSnapshot(iface)->instant.epoch_start_utc_ms, instantText);
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

/* State of a VM that has shown no figures. */
static HRESULT snapshot_read_state(const struct com_class *class, struct machine *machine, enum vm_state *state)
{
    struct vpc_error err;
    if (machine_state(machine, state, &err))
        return S_OK;
    *state = VM_INVALID;
    return err.cause == VPC_VM_UNKNOWN ? S_OK : com_fail(class, DISP_E_EXCEPTION, "%s", err.text);
}

/* Where a look at the page is not enough. *active: there are figures. */
static HRESULT snapshot_ask(const struct com_class *class, struct machine *machine, struct accounting_snapshot *made,
                            bool *active)
{
    enum vm_state state = VM_INVALID;
    struct vpc_error err;
    HRESULT hr;
    /* A VM that becomes active between the two looks has figures after all. */
    do {
        if (!machine_read_instant(machine, &made->instant, active, &err))
            return com_fail(class, DISP_E_EXCEPTION, "%s", err.text);
        if (*active && !made->instant.sampled)
            return com_fail(class, DISP_E_EXCEPTION, "%s", machine_fault(machine, &err));
        if (!*active && FAILED(hr = snapshot_read_state(class, machine, &state)))
            return hr;
    } while (!*active && vm_state_is_active(state));
    if (!*active)
        made->instant = (struct vm_page_instant){.state = state};
    return S_OK;
}

static HRESULT snapshot_fill(const struct com_class *class, struct machine *machine, struct accounting_snapshot *made)
{
    LONG epoch;
    HRESULT hr;
    bool active = machine_glance_instant(machine, &made->instant);
    if (!active && FAILED(hr = snapshot_ask(class, machine, made, &active)))
        return hr;
    made->taken_monotonic_ms = clock_monotonic_ms();
    atomic_store_explicit(&made->taken_utc_ms, 0, memory_order_relaxed);
    return active ? figure_epoch(class, made->instant.epoch, &epoch) : S_OK;
}

HRESULT accounting_snapshot_create(const struct com_class *class, struct machine *machine,
                                   IVMAccountingSnapshot **snapshot)
{
    struct accounting_snapshot *made =
        com_object_take_spare(sizeof *made, &accounting_snapshot_class, &accounting_snapshot_vtbl);
    *snapshot = NULL;
    if (!made)
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    HRESULT hr = snapshot_fill(class, machine, made);
    if (SUCCEEDED(hr))
        *snapshot = (IVMAccountingSnapshot *)made;
    else
        com_object_keep_spare(&made->base);
    return hr;
}
