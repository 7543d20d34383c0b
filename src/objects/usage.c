#include "objects/usage.h"

#include <stdlib.h>
#include <string.h>
#include "objects/figures.h"
#include "objects/object_list.h"
#include "objects/out.h"
#include "util/path.h"
#include "util/text.h"

enum {
    GIVING_MS = 400 /* of a call's time is left for what is done with the rows, or to give them back */
};

/* Whose rows they are: one for all rows of a VM that follow each other. */
struct usage_machine {
    LONG references;
    char *name;
    char *config_id;
};

/* Nothing changes once it is made, so there is nothing to lock. */
struct usage {
    struct com_object base;
    struct usage_machine *machine; /* shared */
    struct ledger_row row;         /* its texts are the machine's */
};

static void usage_machine_release(struct usage_machine *machine)
{
    if (!machine || InterlockedDecrement(&machine->references))
        return;
    free(machine->name);
    free(machine->config_id);
    free(machine);
}

static void usage_destroy(struct com_object *object)
{
    usage_machine_release(((struct usage *)object)->machine);
    com_object_free(object);
}

static const struct com_class usage_class = {
    .name = L"IVMUsage",
    .iid = &IID_IVMUsage,
    .destroy = usage_destroy,
};

static const struct com_class usage_collection_class = {
    .name = L"IVMUsageCollection",
    .iid = &IID_IVMUsageCollection,
    .destroy = com_collection_destroy,
};

static const struct usage *usage_from_IVMUsage(IVMUsage *iface)
{
    return (const struct usage *)iface;
}

static HRESULT usage_give_digits(IVMUsage *iface, enum ledger_figure which, BSTR *digits)
{
    char text[32];
    HRESULT hr = out_text(&usage_class, "digits", digits);
    if (FAILED(hr))
        return hr;
    ledger_number_text(usage_from_IVMUsage(iface)->row.figures[which], text);
    return give_text(&usage_class, text, digits);
}

static HRESULT WINAPI usage_get_VirtualMachineName(IVMUsage *iface, BSTR *virtualMachineName)
{
    HRESULT hr = out_text(&usage_class, "virtualMachineName", virtualMachineName);
    return FAILED(hr) ? hr : give_text(&usage_class, usage_from_IVMUsage(iface)->row.name, virtualMachineName);
}

static HRESULT WINAPI usage_get_VirtualMachineID(IVMUsage *iface, BSTR *virtualMachineID)
{
    HRESULT hr = out_text(&usage_class, "virtualMachineID", virtualMachineID);
    return FAILED(hr) ? hr : give_text(&usage_class, usage_from_IVMUsage(iface)->row.config_id, virtualMachineID);
}

static HRESULT WINAPI usage_get_Adapter(IVMUsage *iface, LONG *slot)
{
    HRESULT hr = out_long(&usage_class, "slot", slot);
    if (SUCCEEDED(hr))
        *slot = usage_from_IVMUsage(iface)->row.adapter;
    return hr;
}

static HRESULT WINAPI usage_get_Period(IVMUsage *iface, BSTR *period)
{
    HRESULT hr = out_text(&usage_class, "period", period);
    return FAILED(hr) ? hr : give_text(&usage_class, usage_from_IVMUsage(iface)->row.period, period);
}

static HRESULT WINAPI usage_get_CPUUtilization(IVMUsage *iface, LONG *percentageUtilization)
{
    HRESULT hr = out_long(&usage_class, "percentageUtilization", percentageUtilization);
    if (SUCCEEDED(hr))
        *percentageUtilization = usage_from_IVMUsage(iface)->row.cpu_percent;
    return hr;
}

static HRESULT WINAPI usage_get_NetworkBytesSentText(IVMUsage *iface, BSTR *digits)
{
    return usage_give_digits(iface, LEDGER_BYTES_SENT, digits);
}

static HRESULT WINAPI usage_get_NetworkBytesReceivedText(IVMUsage *iface, BSTR *digits)
{
    return usage_give_digits(iface, LEDGER_BYTES_RECEIVED, digits);
}

static HRESULT WINAPI usage_get_NetworkPacketsSentText(IVMUsage *iface, BSTR *digits)
{
    return usage_give_digits(iface, LEDGER_PACKETS_SENT, digits);
}

static HRESULT WINAPI usage_get_NetworkPacketsReceivedText(IVMUsage *iface, BSTR *digits)
{
    return usage_give_digits(iface, LEDGER_PACKETS_RECEIVED, digits);
}

static HRESULT WINAPI usage_get_DiskBytesReadText(IVMUsage *iface, BSTR *digits)
{
    return usage_give_digits(iface, LEDGER_BYTES_READ, digits);
}

static HRESULT WINAPI usage_get_DiskBytesWrittenText(IVMUsage *iface, BSTR *digits)
{
    return usage_give_digits(iface, LEDGER_BYTES_WRITTEN, digits);
}

static const IVMUsageVtbl usage_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMUsage *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMUsage *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMUsage *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMUsage *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMUsage *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMUsage *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMUsage *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_VirtualMachineName = usage_get_VirtualMachineName,
    .get_VirtualMachineID = usage_get_VirtualMachineID,
    .get_Adapter = usage_get_Adapter,
    .get_Period = usage_get_Period,
    .get_CPUUtilization = usage_get_CPUUtilization,
    .get_NetworkBytesSentText = usage_get_NetworkBytesSentText,
    .get_NetworkBytesReceivedText = usage_get_NetworkBytesReceivedText,
    .get_NetworkPacketsSentText = usage_get_NetworkPacketsSentText,
    .get_NetworkPacketsReceivedText = usage_get_NetworkPacketsReceivedText,
    .get_DiskBytesReadText = usage_get_DiskBytesReadText,
    .get_DiskBytesWrittenText = usage_get_DiskBytesWrittenText,
};

/* ---- rows ---- */

/* What the rows of a query are collected in. */
struct usage_rows {
    struct object_list list;
    struct usage_machine *machine; /* of the latest row */
    HRESULT hr;                    /* of a failure whose error object is set already */
};

/* The VM of the row, with a reference for it. NULL with *err. */
static struct usage_machine *usage_take_machine(struct usage_rows *rows, const struct ledger_row *row,
                                                struct vpc_error *err)
{
    struct usage_machine *machine = rows->machine;
    if (!machine || strcmp(machine->config_id, row->config_id) != 0 || strcmp(machine->name, row->name) != 0) {
        machine = calloc(1, sizeof *machine);
        if (!machine) {
            fail_out_of_memory(err);
            return NULL;
        }
        machine->references = 1;
        machine->name = text_copy(row->name);
        machine->config_id = text_copy(row->config_id);
        if (!machine->name || !machine->config_id) {
            usage_machine_release(machine);
            fail_out_of_memory(err);
            return NULL;
        }
        usage_machine_release(rows->machine);
        rows->machine = machine;
    }
    InterlockedIncrement(&machine->references);
    return machine;
}

static bool usage_take(void *context, const struct ledger_row *row, struct vpc_error *err)
{
    struct usage_rows *rows = context;
    struct usage_machine *machine = usage_take_machine(rows, row, err);
    if (!machine)
        return false;
    struct usage *made = com_object_new(sizeof *made, &usage_class, &usage_vtbl);
    if (!made) {
        usage_machine_release(machine);
        return fail_out_of_memory(err);
    }
    made->machine = machine;
    made->row = *row;
    made->row.name = machine->name;
    made->row.config_id = machine->config_id;
    rows->hr = object_list_add(&usage_class, &rows->list, (IDispatch *)made);
    return SUCCEEDED(rows->hr) || fail_out_of_memory(err);
}

bool usage_ledger_open(struct home *home, uint64_t deadline_ms, struct ledger **ledger, struct vpc_error *err)
{
    *ledger = NULL;
    char *path = path_join(home->catalog.home, LEDGER_FILE);
    bool done = path ? ledger_open_until(ledger, path, deadline_ms - GIVING_MS, err) : fail_out_of_memory(err);
    free(path);
    return done;
}

HRESULT usage_collection_create(const struct com_class *class, struct home *home, uint64_t deadline_ms,
                                const struct ledger_query *query, IVMUsageCollection **rows)
{
    struct usage_rows found = {.hr = S_OK};
    struct ledger *ledger;
    struct vpc_error err;
    *rows = NULL;
    bool done = usage_ledger_open(home, deadline_ms, &ledger, &err) &&
                (!ledger || ledger_query(ledger, query, usage_take, &found, &err));
    ledger_close(ledger);
    usage_machine_release(found.machine);
    if (!done) {
        object_list_clear(&found.list);
        HRESULT hr = err.cause == VPC_OUT_OF_MEMORY ? E_OUTOFMEMORY : DISP_E_EXCEPTION;
        return com_fail(class, hr, "%s", err.text);
    }
    return object_list_snapshot(&usage_collection_class, &found.list, (IDispatch **)rows);
}
