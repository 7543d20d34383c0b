#include "machine_row.h"

#include <stdlib.h>
#include "figures.h"
#include "moment.h"
#include "utf8.h"

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

static void row_set_time(json_t *row, const char *key, LONGLONG utc_ms)
{
    char text[MOMENT_TEXT];
    moment_utc(text, utc_ms);
    row_set(row, key, json_string(text));
}

static const char *const counter_keys[COUNTERS] = {
    [COUNTER_NETWORK_BYTES_SENT] = "network_bytes_sent",
    [COUNTER_NETWORK_BYTES_RECEIVED] = "network_bytes_received",
    [COUNTER_NETWORK_PACKETS_SENT] = "network_packets_sent",
    [COUNTER_NETWORK_PACKETS_RECEIVED] = "network_packets_received",
    [COUNTER_DISK_BYTES_READ] = "disk_bytes_read",
    [COUNTER_DISK_BYTES_WRITTEN] = "disk_bytes_written",
};

json_t *machine_row_stats(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, bool *failed)
{
    static const char *const others[] = {"cpu_percent", "uptime_seconds", "epoch", "epoch_start", "epoch_cause"};
    json_t *row = need(json_object());
    struct figures figures;
    HRESULT hr = figures_read(&figures, vm);
    row_set(row, "name", json_string(name));
    row_set(row, "state", json_string(FAILED(hr) ? "error" : state_word(figures.state)));
    for (size_t i = 0; i < ARRAYSIZE(others); i++)
        row_set(row, others[i], json_null());
    for (int i = 0; i < COUNTERS; i++)
        row_set(row, counter_keys[i], json_null());
    if (SUCCEEDED(hr) && figures.active) {
        if (figures.cpu_percent >= 0)
            row_set(row, "cpu_percent", json_integer(figures.cpu_percent));
        row_set(row, "uptime_seconds", json_integer(figures.up_time_s));
        row_set(row, "epoch", json_integer(figures.epoch));
        row_set_time(row, "epoch_start", figures.epoch_start_ms);
        row_set(row, "epoch_cause", json_string(cause_word(figures.epoch_cause)));
        for (int i = 0; i < COUNTERS; i++) {
            row_set_text(row, counter_keys[i], S_OK, figures.counters[i]);
            figures.counters[i] = NULL;
        }
    }
    row_finish(vpc, row, "stats", name, hr, failed);
    figures_clear(&figures);
    return row;
}

/* The name of the network that the adapter is attached to, or null. */
static HRESULT row_set_network(json_t *row, IVMNetworkAdapter2 *adapter)
{
    IVMVirtualNetwork *network = NULL;
    BSTR name = NULL;
    HRESULT hr = IVMNetworkAdapter2_get_VirtualNetwork(adapter, &network);
    if (SUCCEEDED(hr) && network) {
        if (SUCCEEDED(hr = IVMVirtualNetwork_get_Name(network, &name)))
            row_set_text(row, "network", hr, name);
        IVMVirtualNetwork_Release(network);
    }
    return hr;
}

/* S_FALSE from a counter means that the VM is not active: the row keeps its null. */
static HRESULT row_set_adapter(json_t *row, IVMNetworkAdapter2 *adapter)
{
    BSTR text = NULL;
    HRESULT hr = row_set_network(row, adapter);
    if (FAILED(hr))
        return hr;
    if (FAILED(hr = IVMNetworkAdapter2_get_EthernetAddress(adapter, &text)))
        return hr;
    row_set_text(row, "ethernet_address", hr, text);
    if (FAILED(hr = IVMNetworkAdapter2_get_BytesSentText(adapter, &text)))
        return hr;
    row_set_text(row, "bytes_sent", hr, text);
    if (FAILED(hr = IVMNetworkAdapter2_get_BytesReceivedText(adapter, &text)))
        return hr;
    row_set_text(row, "bytes_received", hr, text);
    if (FAILED(hr = IVMNetworkAdapter2_get_PacketsSentText(adapter, &text)))
        return hr;
    row_set_text(row, "packets_sent", hr, text);
    if (SUCCEEDED(hr = IVMNetworkAdapter2_get_PacketsReceivedText(adapter, &text)))
        row_set_text(row, "packets_received", hr, text);
    return hr;
}

/* A row with nothing but its VM and, from 1 up, its number. */
static json_t *row_of_adapter(const char *name, LONG number)
{
    json_t *row = need(json_pack("{s:s,s:o,s:n,s:n,s:n,s:n,s:n,s:n}", "name", name, "adapter",
                                 number ? json_integer(number) : json_null(), "network", "ethernet_address",
                                 "bytes_sent", "bytes_received", "packets_sent", "packets_received"));
    return row;
}

static HRESULT row_add_adapter(struct vpc *vpc, IVMNetworkAdapterCollection *adapters, LONG number, const char *name,
                               json_t *rows, bool *failed)
{
    IVMNetworkAdapter *adapter;
    IVMNetworkAdapter2 *adapter2;
    HRESULT hr = IVMNetworkAdapterCollection_get_Item(adapters, number, &adapter);
    if (FAILED(hr))
        return hr;
    hr = IVMNetworkAdapter_QueryInterface(adapter, &IID_IVMNetworkAdapter2, (void **)&adapter2);
    IVMNetworkAdapter_Release(adapter);
    if (FAILED(hr))
        return hr;
    json_t *row = row_of_adapter(name, number);
    bool one_failed;
    row_finish(vpc, row, "stats", name, row_set_adapter(row, adapter2), &one_failed);
    json_array_append_new(rows, row);
    *failed = *failed || one_failed;
    IVMNetworkAdapter2_Release(adapter2);
    return hr;
}

void machine_rows_adapters(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, json_t *rows, bool *failed)
{
    IVMNetworkAdapterCollection *adapters;
    LONG count = 0;
    *failed = false;
    HRESULT hr = IVMVirtualMachine_get_NetworkAdapters(vm, &adapters);
    if (SUCCEEDED(hr)) {
        hr = IVMNetworkAdapterCollection_get_Count(adapters, &count);
        for (LONG number = 1; number <= count && SUCCEEDED(hr); number++)
            hr = row_add_adapter(vpc, adapters, number, name, rows, failed);
        IVMNetworkAdapterCollection_Release(adapters);
    }
    if (SUCCEEDED(hr))
        return;
    json_t *row = row_of_adapter(name, 0);
    row_finish(vpc, row, "stats", name, hr, failed);
    json_array_append_new(rows, row);
}
