#include "machine_row.h"

#include <stdlib.h>
#include "utf8.h"

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

static void row_set(json_t *row, const char *key, json_t *value)
{
    json_object_set_new(row, key, need(value));
}

static void row_set_number(json_t *row, const char *key, HRESULT hr, LONG number)
{
    row_set(row, key, hr == S_OK ? json_integer(number) : json_null());
}

/* Takes the BSTR. */
static void row_set_text(json_t *row, const char *key, HRESULT hr, BSTR bstr)
{
    char *text = utf8_from_wide(bstr);
    row_set(row, key, hr == S_OK ? json_string(text) : json_null());
    free(text);
    SysFreeString(bstr);
}

/* A DECIMAL of scale 0: VarBstrFromDec gives all its digits. */
static HRESULT row_set_figure(json_t *row, const char *key, HRESULT hr, VARIANT *figure)
{
    BSTR digits = NULL;
    if (hr == S_OK && V_VT(figure) == VT_DECIMAL)
        hr = VarBstrFromDec(&V_DECIMAL(figure), LOCALE_INVARIANT, 0, &digits);
    row_set_text(row, key, hr, digits);
    VariantClear(figure);
    return hr;
}

/* Ends a row: its error, which is reported, or null. */
static void row_finish(struct vpc *vpc, json_t *row, const char *doing, const char *name, HRESULT hr, bool *failed)
{
    struct failure failure;
    *failed = FAILED(hr);
    if (!*failed) {
        row_set(row, "error", json_null());
        return;
    }
    failure_take(&failure, hr, vpc->library);
    row_set(row, "error", failure_json(&failure));
    failure_report(&failure, doing, name);
    failure_clear(&failure);
}

static HRESULT row_set_state(json_t *row, IVMVirtualMachine *vm, VMVMState *state)
{
    HRESULT hr = IVMVirtualMachine_get_State(vm, state);
    row_set(row, "state", json_string(FAILED(hr) ? "error" : state_word(*state)));
    return hr;
}

static HRESULT row_set_adapter_count(json_t *row, IVMVirtualMachine *vm)
{
    IVMNetworkAdapterCollection *adapters;
    LONG count = 0;
    HRESULT hr = IVMVirtualMachine_get_NetworkAdapters(vm, &adapters);
    if (SUCCEEDED(hr)) {
        hr = IVMNetworkAdapterCollection_get_Count(adapters, &count);
        IVMNetworkAdapterCollection_Release(adapters);
    }
    row_set_number(row, "adapters", hr, count);
    return hr;
}

static HRESULT row_set_up_time(json_t *row, IVMVirtualMachine *vm)
{
    IVMAccountant *accountant;
    LONG seconds = 0;
    HRESULT hr = IVMVirtualMachine_get_Accountant(vm, &accountant);
    if (SUCCEEDED(hr)) {
        hr = IVMAccountant_get_UpTime(accountant, &seconds);
        IVMAccountant_Release(accountant);
    }
    row_set_number(row, "uptime_seconds", hr, seconds);
    return hr;
}

/* The first failure of a row is the one that it tells of; an error object of a later one must not be taken for its. */
static HRESULT row_keep(HRESULT first, HRESULT hr, IErrorInfo **info)
{
    if (FAILED(first) || SUCCEEDED(hr))
        return first;
    GetErrorInfo(0, info);
    return hr;
}

json_t *machine_row_list(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, bool *failed)
{
    json_t *row = need(json_object());
    IErrorInfo *info = NULL;
    VMVMState state;
    BSTR text = NULL;
    LONG memory = 0;
    HRESULT hr, first = S_OK;
    row_set(row, "name", json_string(name));
    first = row_keep(first, row_set_state(row, vm, &state), &info);
    first = row_keep(first, hr = IVMVirtualMachine_get_Memory(vm, &memory), &info);
    row_set_number(row, "memory_mib", hr, memory);
    first = row_keep(first, row_set_adapter_count(row, vm), &info);
    first = row_keep(first, row_set_up_time(row, vm), &info);
    first = row_keep(first, hr = IVMVirtualMachine_get_ConfigID(vm, &text), &info);
    row_set_text(row, "id", hr, text);
    text = NULL;
    first = row_keep(first, hr = IVMVirtualMachine_get_File(vm, &text), &info);
    row_set_text(row, "file", hr, text);
    SetErrorInfo(0, info);
    if (info)
        IErrorInfo_Release(info);
    row_finish(vpc, row, "list", name, first, failed);
    return row;
}

/* The figures of a VM. Each is null where it is not active. */
static HRESULT row_set_figures(json_t *row, IVMAccountant *accountant)
{
    static const struct {
        const char *key;
        size_t member; /* of the vtable */
    } figures[] = {
        {"network_bytes_sent", offsetof(IVMAccountantVtbl, get_NetworkBytesSent)},
        {"network_bytes_received", offsetof(IVMAccountantVtbl, get_NetworkBytesReceived)},
        {"disk_bytes_read", offsetof(IVMAccountantVtbl, get_DiskBytesRead)},
        {"disk_bytes_written", offsetof(IVMAccountantVtbl, get_DiskBytesWritten)},
    };
    LONG number = 0;
    HRESULT hr = IVMAccountant_get_CPUUtilization(accountant, &number);
    row_set_number(row, "cpu_percent", hr, number);
    for (size_t i = 0; i < ARRAYSIZE(figures) && SUCCEEDED(hr); i++) {
        HRESULT(WINAPI * get)
        (IVMAccountant *, VARIANT *) = *(HRESULT(WINAPI *const *)(IVMAccountant *, VARIANT *))(
            (const char *)accountant->lpVtbl + figures[i].member);
        VARIANT figure;
        VariantInit(&figure);
        hr = row_set_figure(row, figures[i].key, get(accountant, &figure), &figure);
    }
    if (FAILED(hr))
        return hr;
    number = 0;
    hr = IVMAccountant_get_UpTime(accountant, &number);
    row_set_number(row, "uptime_seconds", hr, number);
    return hr;
}

json_t *machine_row_stats(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, bool *failed)
{
    json_t *row =
        need(json_pack("{s:s,s:n,s:n,s:n,s:n,s:n,s:n,s:n}", "name", name, "state", "cpu_percent", "network_bytes_sent",
                       "network_bytes_received", "disk_bytes_read", "disk_bytes_written", "uptime_seconds"));
    IVMAccountant *accountant;
    VMVMState state;
    HRESULT hr = row_set_state(row, vm, &state);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IVMVirtualMachine_get_Accountant(vm, &accountant))) {
        hr = row_set_figures(row, accountant);
        IVMAccountant_Release(accountant);
    }
    row_finish(vpc, row, "stats", name, hr, failed);
    return row;
}
