#include "objects/figures.h"

#include <stdlib.h>
#include <wchar.h>
#include "util/clock.h"

HRESULT figures_read(const struct com_class *class, struct machine *machine, struct vm_page_body **body)
{
    struct vpc_error err;
    bool active;
    HRESULT hr = S_FALSE;
    *body = malloc(sizeof **body);
    if (!*body)
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    /* The only code that the accounting members document for a failure. */
    if (!machine_read(machine, *body, &active, &err))
        hr = com_fail(class, DISP_E_EXCEPTION, "%s", err.text);
    else if (active)
        return S_OK;
    free(*body);
    *body = NULL;
    return hr;
}

HRESULT figures_read_known(const struct com_class *class, struct machine *machine, struct vm_page_body **body)
{
    HRESULT hr = figures_read(class, machine, body);
    /* analyse-allow analyzer-null-dereference: S_OK comes with a body */
    if (hr != S_OK || (*body)->sampled)
        return hr;
    hr = com_fail(class, DISP_E_EXCEPTION, "%s",
                  *(*body)->fault ? (*body)->fault : "the counters of this VM cannot be read");
    free(*body);
    *body = NULL;
    return hr;
}

HRESULT figure_no_cpu(const struct com_class *class)
{
    return com_fail(class, DISP_E_EXCEPTION, "the processor time of this VM cannot be read");
}

HRESULT figures_read_cpu(const struct com_class *class, struct machine *machine, struct vm_page_body **body)
{
    HRESULT hr = figures_read_known(class, machine, body);
    /* analyse-allow analyzer-null-dereference: S_OK comes with a body */
    if (hr != S_OK || (*body)->cpu_percent != VM_PAGE_CPU_UNKNOWN)
        return hr;
    free(*body);
    *body = NULL;
    return figure_no_cpu(class);
}

static uint64_t adapter_figure(const struct vm_page_adapter *adapter, enum vm_page_total which)
{
    switch (which) {
    case VM_PAGE_BYTES_SENT:
        return adapter->bytes_sent;
    case VM_PAGE_BYTES_RECEIVED:
        return adapter->bytes_received;
    case VM_PAGE_PACKETS_SENT:
        return adapter->packets_sent;
    case VM_PAGE_PACKETS_RECEIVED:
        return adapter->packets_received;
    default:
        return 0;
    }
}

struct u96 figure_of_adapter(const struct vm_page_body *body, uint32_t adapter, enum vm_page_total which)
{
    struct u96 figure = {0, 0};
    if (adapter < ACCOUNTING_MAX_ADAPTERS && body->adapters[adapter].present)
        figure.low = adapter_figure(&body->adapters[adapter], which);
    return figure;
}

LONG figure_up_time_at(uint64_t start, uint64_t now)
{
    return now > start ? (LONG)((now - start) / 1000) : 0;
}

LONG figure_up_time(uint64_t start)
{
    return figure_up_time_at(start, clock_monotonic_ms());
}

HRESULT figure_epoch(const struct com_class *class, uint64_t number, LONG *epoch)
{
    if (number > INT32_MAX)
        return com_fail(class, DISP_E_OVERFLOW, "epoch %llu is more than a long holds", (unsigned long long)number);
    *epoch = (LONG)number;
    return S_OK;
}

double figure_to_double(struct u96 figure)
{
    return (double)figure.high * 18446744073709551616.0 + (double)figure.low;
}

HRESULT figure_to_text(const struct com_class *class, struct u96 figure, BSTR *text)
{
    DECIMAL decimal = {.Hi32 = figure.high, .Lo64 = figure.low};
    return SUCCEEDED(VarBstrFromDec(&decimal, LOCALE_INVARIANT, LOCALE_NOUSEROVERRIDE, text))
               ? S_OK
               : com_fail(class, E_OUTOFMEMORY, "out of memory");
}

DATE figure_to_date(int64_t utc_ms)
{
    /* Automation counts days from 1899-12-30. */
    return (DATE)utc_ms / 86400000.0 + 25569.0;
}

HRESULT figure_to_iso(const struct com_class *class, int64_t utc_ms, BSTR *text)
{
    WCHAR digits[32] = L"";
    FILETIME time;
    SYSTEMTIME parts;
    /* From 1970 to 1601, where FILETIME begins to count 100 ns. */
    uint64_t ticks = ((uint64_t)utc_ms + UINT64_C(11644473600000)) * 10000;
    time.dwLowDateTime = (DWORD)ticks;
    time.dwHighDateTime = (DWORD)(ticks >> 32);
    if (utc_ms != 0 && FileTimeToSystemTime(&time, &parts))
        swprintf(digits, sizeof digits / sizeof digits[0], L"%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", parts.wYear,
                 parts.wMonth, parts.wDay, parts.wHour, parts.wMinute, parts.wSecond, parts.wMilliseconds);
    else if (utc_ms != 0)
        return com_fail(class, DISP_E_EXCEPTION, "%lld ms since 1970 is no time", (long long)utc_ms);
    *text = SysAllocString(digits);
    return *text ? S_OK : com_fail(class, E_OUTOFMEMORY, "out of memory");
}

HRESULT figure_history(const struct com_class *class, const uint8_t *history, VARIANT *value)
{
    void *data;
    SAFEARRAY *array = SafeArrayCreateVector(VT_VARIANT, 0, ACCOUNTING_HISTORY);
    if (!array || FAILED(SafeArrayAccessData(array, &data))) {
        SafeArrayDestroy(array);
        return com_fail(class, E_OUTOFMEMORY, "out of memory");
    }
    VARIANT *percents = data;
    for (size_t i = 0; i < ACCOUNTING_HISTORY; i++) {
        V_VT(&percents[i]) = VT_I4;
        V_I4(&percents[i]) = history ? history[i] : 0;
    }
    SafeArrayUnaccessData(array);
    V_VT(value) = VT_ARRAY | VT_VARIANT;
    V_ARRAY(value) = array;
    return S_OK;
}
