#include "figures.h"

#include <math.h>

const char *state_word(VMVMState state)
{
    static const char *const words[] = {
        [vmVMState_Invalid] = "invalid",
        [vmVMState_TurnedOff] = "turned-off",
        [vmVMState_Saved] = "saved",
        [vmVMState_TurningOn] = "turning-on",
        [vmVMState_Restoring] = "restoring",
        [vmVMState_Running] = "running",
        [vmVMState_Paused] = "paused",
        [vmVMState_Saving] = "saving",
        [vmVMState_TurningOff] = "turning-off",
        [vmVMState_MergingDrives] = "merging",
        [vmVMState_DeleteMachine] = "deleting",
    };
    return (size_t)state < ARRAYSIZE(words) ? words[state] : "unknown";
}

const char *cause_word(VMEpochCause cause)
{
    static const char *const words[] = {
        [vmEpochCause_None] = "none",         [vmEpochCause_PowerOn] = "power-on",
        [vmEpochCause_Reset] = "reset",       [vmEpochCause_GuestReboot] = "guest-reboot",
        [vmEpochCause_Restored] = "restored",
    };
    return (size_t)cause < ARRAYSIZE(words) ? words[cause] : "unknown";
}

static HRESULT figures_read_counters(struct figures *figures, IVMAccountingSnapshot *snapshot)
{
    BSTR *counters = figures->counters;
    HRESULT hr;
    if (FAILED(hr = IVMAccountingSnapshot_get_NetworkBytesSentText(snapshot, &counters[COUNTER_NETWORK_BYTES_SENT])) ||
        FAILED(hr = IVMAccountingSnapshot_get_NetworkBytesReceivedText(snapshot,
                                                                       &counters[COUNTER_NETWORK_BYTES_RECEIVED])) ||
        FAILED(
            hr = IVMAccountingSnapshot_get_NetworkPacketsSentText(snapshot, &counters[COUNTER_NETWORK_PACKETS_SENT])) ||
        FAILED(hr = IVMAccountingSnapshot_get_NetworkPacketsReceivedText(
                   snapshot, &counters[COUNTER_NETWORK_PACKETS_RECEIVED])) ||
        FAILED(hr = IVMAccountingSnapshot_get_DiskBytesReadText(snapshot, &counters[COUNTER_DISK_BYTES_READ])))
        return hr;
    return IVMAccountingSnapshot_get_DiskBytesWrittenText(snapshot, &counters[COUNTER_DISK_BYTES_WRITTEN]);
}

static HRESULT figures_read_epoch(struct figures *figures, IVMAccountingSnapshot *snapshot)
{
    DATE start;
    HRESULT hr;
    if (FAILED(hr = IVMAccountingSnapshot_get_Epoch(snapshot, &figures->epoch)) ||
        FAILED(hr = IVMAccountingSnapshot_get_EpochCause(snapshot, &figures->epoch_cause)) ||
        FAILED(hr = IVMAccountingSnapshot_get_EpochStart(snapshot, &start)))
        return hr;
    /* A DATE counts days since 1899-12-30, of which 25,569 lie before 1970. */
    figures->epoch_start_ms = llround((start - 25569) * 86400000);
    return hr;
}

static HRESULT figures_read_snapshot(struct figures *figures, IVMAccountingSnapshot *snapshot)
{
    HRESULT hr = IVMAccountingSnapshot_get_State(snapshot, &figures->state);
    if (FAILED(hr))
        return hr;
    figures->active = figures->state == vmVMState_Running || figures->state == vmVMState_Paused;
    if (!figures->active)
        return S_OK;
    /* Where the processor time cannot be had, the rest can. */
    if (FAILED(IVMAccountingSnapshot_get_CPUUtilization(snapshot, &figures->cpu_percent))) {
        figures->cpu_percent = -1;
        SetErrorInfo(0, NULL);
    }
    if (FAILED(hr = IVMAccountingSnapshot_get_UpTime(snapshot, &figures->up_time_s)) ||
        FAILED(hr = figures_read_epoch(figures, snapshot)))
        return hr;
    return figures_read_counters(figures, snapshot);
}

HRESULT figures_read(struct figures *figures, IVMVirtualMachine *vm)
{
    IVMAccountant *accountant;
    IVMAccountant2 *accountant2;
    IVMAccountingSnapshot *snapshot;
    HRESULT hr;
    *figures = (struct figures){0};
    if (FAILED(hr = IVMVirtualMachine_get_Accountant(vm, &accountant)))
        return hr;
    hr = IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&accountant2);
    IVMAccountant_Release(accountant);
    if (FAILED(hr))
        return hr;
    hr = IVMAccountant2_get_Snapshot(accountant2, &snapshot);
    IVMAccountant2_Release(accountant2);
    if (FAILED(hr))
        return hr;
    hr = figures_read_snapshot(figures, snapshot);
    IVMAccountingSnapshot_Release(snapshot);
    return hr;
}

void figures_clear(struct figures *figures)
{
    for (int i = 0; i < COUNTERS; i++)
        SysFreeString(figures->counters[i]);
    *figures = (struct figures){0};
}
