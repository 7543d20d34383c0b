#include "objects/accountant.h"

#include <stdlib.h>
#include <string.h>
#include "objects/machine_part.h"
#include "objects/out.h"
#include "util/clock.h"

static const struct com_class accountant_class = {
    .name = L"IVMAccountant",
    .iid = &IID_IVMAccountant,
    .clsid = &CLSID_VMAccountant,
    .destroy = machine_part_destroy,
};

static struct machine *machine_from_IVMAccountant(IVMAccountant *iface)
{
    return ((struct machine_part *)iface)->machine;
}

/* The only code that these members document for a failure. */
static HRESULT accountant_fail(const char *text)
{
    return com_fail(&accountant_class, DISP_E_EXCEPTION, "%s", text);
}

/* A total over all adapters or drives as DECIMAL. This is the path that a script polls: while the supervisor lives it
 * makes no system call, takes no lock and allocates nothing. */
static HRESULT accountant_give_total(IVMAccountant *iface, enum vm_page_total which, const char *parameter,
                                     VARIANT *value)
{
    struct vm_page_totals totals;
    struct vpc_error err;
    bool active;
    HRESULT hr;
    if (FAILED(hr = out_variant(&accountant_class, parameter, value)))
        return hr;
    if (!machine_read_total(machine_from_IVMAccountant(iface), which, &totals, &active, &err))
        return accountant_fail(err.text);
    if (active && !totals.sampled)
        return accountant_fail(machine_fault(machine_from_IVMAccountant(iface), &err));
    /* The type lies over DECIMAL's reserved word, so it comes last. */
    value->decVal.Hi32 = active ? totals.total.high : 0;
    value->decVal.Lo64 = active ? totals.total.low : 0;
    value->decVal.scale = 0;
    value->decVal.sign = 0;
    value->vt = VT_DECIMAL;
    return active ? S_OK : S_FALSE;
}

/* The page in *body (new memory), for what is more than a total. S_FALSE and no body when the VM is not active. */
static HRESULT accountant_read(IVMAccountant *iface, struct vm_page_body **body)
{
    struct vpc_error err;
    bool active;
    HRESULT hr = S_FALSE;
    *body = malloc(sizeof **body);
    if (!*body)
        return com_fail(&accountant_class, E_OUTOFMEMORY, "out of memory");
    if (!machine_read(machine_from_IVMAccountant(iface), *body, &active, &err))
        hr = accountant_fail(err.text);
    else if (active)
        return S_OK;
    free(*body);
    *body = NULL;
    return hr;
}

static HRESULT WINAPI accountant_get_CPUUtilization(IVMAccountant *iface, LONG *percentageUtilization)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_long(&accountant_class, "percentageUtilization", percentageUtilization)))
        return hr;
    if ((hr = accountant_read(iface, &body)) != S_OK)
        return hr;
    *percentageUtilization = body->cpu_percent <= 100 ? (LONG)body->cpu_percent : 100;
    free(body);
    return S_OK;
}

static HRESULT WINAPI accountant_get_CPUUtilizationHistory(IVMAccountant *iface, VARIANT *percentageUtilization)
{
    struct vm_page_body *body;
    void *bytes;
    HRESULT hr;
    if (FAILED(hr = out_variant(&accountant_class, "percentageUtilization", percentageUtilization)))
        return hr;
    if (FAILED(hr = accountant_read(iface, &body)))
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

static HRESULT WINAPI accountant_get_DiskBytesRead(IVMAccountant *iface, VARIANT *bytesRead)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_READ, "bytesRead", bytesRead);
}

static HRESULT WINAPI accountant_get_DiskBytesWritten(IVMAccountant *iface, VARIANT *bytesWritten)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_WRITTEN, "bytesWritten", bytesWritten);
}

static HRESULT WINAPI accountant_get_NetworkBytesReceived(IVMAccountant *iface, VARIANT *bytesReceived)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_RECEIVED, "bytesReceived", bytesReceived);
}

static HRESULT WINAPI accountant_get_NetworkBytesSent(IVMAccountant *iface, VARIANT *bytesSent)
{
    return accountant_give_total(iface, VM_PAGE_BYTES_SENT, "bytesSent", bytesSent);
}

static HRESULT WINAPI accountant_get_UpTime(IVMAccountant *iface, LONG *secondsAlive)
{
    struct vm_page_body *body;
    HRESULT hr;
    if (FAILED(hr = out_long(&accountant_class, "secondsAlive", secondsAlive)))
        return hr;
    if ((hr = accountant_read(iface, &body)) != S_OK)
        return hr;
    uint64_t now = clock_monotonic_ms(), start = body->epoch_start_monotonic_ms;
    *secondsAlive = now > start ? (LONG)((now - start) / 1000) : 0;
    free(body);
    return S_OK;
}

static const IVMAccountantVtbl accountant_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMAccountant *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMAccountant *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMAccountant *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMAccountant *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMAccountant *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMAccountant *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMAccountant *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_CPUUtilization = accountant_get_CPUUtilization,
    .get_CPUUtilizationHistory = accountant_get_CPUUtilizationHistory,
    .get_DiskBytesRead = accountant_get_DiskBytesRead,
    .get_DiskBytesWritten = accountant_get_DiskBytesWritten,
    .get_NetworkBytesReceived = accountant_get_NetworkBytesReceived,
    .get_NetworkBytesSent = accountant_get_NetworkBytesSent,
    .get_UpTime = accountant_get_UpTime,
};

HRESULT accountant_create(struct machine *machine, IVMAccountant **accountant)
{
    return machine_part_create(&accountant_class, &accountant_vtbl, machine, (void **)accountant);
}
