#include "hour.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "moment.h"
#include "utf8.h"

static const char *const hour_keys[HOUR_FIGURES] = {
    [HOUR_CPU] = "cpu_percent",      [HOUR_SENT] = "network_bytes_sent",    [HOUR_RECEIVED] = "network_bytes_received",
    [HOUR_READ] = "disk_bytes_read", [HOUR_WRITTEN] = "disk_bytes_written",
};

LONGLONG hour_start(LONGLONG now_ms)
{
    return (now_ms / MINUTE_MS - HOUR_MINUTES) * MINUTE_MS;
}

/* Which minute of the hour "2026-05-04T09:15Z" is; false when it is none. */
static bool hour_minute(const struct hour *hour, const char *period, int *minute)
{
    for (*minute = 0; *minute < HOUR_MINUTES; ++*minute) {
        char text[MOMENT_TEXT];
        moment_utc(text, hour->start_ms + *minute * (LONGLONG)MINUTE_MS);
        if (strncmp(text, period, strlen("2026-05-04T09:15")) == 0)
            return true;
    }
    return false;
}

/* Takes the digits. */
static void hour_take(struct hour *hour, json_t *row, enum hour_figure figure, int minute, BSTR digits)
{
    char *text = utf8_from_wide(digits);
    json_object_set_new(row, hour_keys[figure], need(json_string(text)));
    hour->values[figure][minute] += strtod(text, NULL);
    free(text);
    SysFreeString(digits);
}

/* An epoch may end within a minute, so a minute may have several rows: their bytes add up, of the processor the last
 * one counts, which is the mean of the minute before it, or since its epoch began. */
static HRESULT hour_read_row(struct hour *hour, IVMUsage *usage, int minute, json_t *row)
{
    const IVMUsageVtbl *vtbl = usage->lpVtbl;
    HRESULT(WINAPI *const get[HOUR_FIGURES])
    (IVMUsage *, BSTR *) = {
        [HOUR_SENT] = vtbl->get_NetworkBytesSentText,
        [HOUR_RECEIVED] = vtbl->get_NetworkBytesReceivedText,
        [HOUR_READ] = vtbl->get_DiskBytesReadText,
        [HOUR_WRITTEN] = vtbl->get_DiskBytesWrittenText,
    };
    LONG percent;
    HRESULT hr = IVMUsage_get_CPUUtilization(usage, &percent);
    if (FAILED(hr))
        return hr;
    json_object_set_new(row, hour_keys[HOUR_CPU], need(percent >= 0 ? json_integer(percent) : json_null()));
    hour->cpu_known[minute] = percent >= 0;
    hour->values[HOUR_CPU][minute] = percent;
    for (int figure = HOUR_SENT; figure < HOUR_FIGURES; figure++) {
        BSTR digits = NULL;
        if (FAILED(hr = get[figure](usage, &digits)))
            return hr;
        hour_take(hour, row, (enum hour_figure)figure, minute, digits);
    }
    hour->known[minute] = true;
    return S_OK;
}

/* A row counts if it is of this machine (another one may have had its name before) and of this hour. */
static HRESULT hour_add(struct hour *hour, IVMUsage *usage, BSTR id, const char *name, json_t *rows)
{
    BSTR of = NULL, period = NULL;
    int minute;
    HRESULT hr = IVMUsage_get_VirtualMachineID(usage, &of);
    if (FAILED(hr))
        return hr;
    bool own = CompareStringOrdinal(of, -1, id, -1, TRUE) == CSTR_EQUAL;
    SysFreeString(of);
    if (!own)
        return S_OK;
    if (FAILED(hr = IVMUsage_get_Period(usage, &period)))
        return hr;
    char *text = utf8_from_wide(period);
    SysFreeString(period);
    if (hour_minute(hour, text, &minute)) {
        json_t *row = need(json_pack("{s:s,s:s}", "name", name, "time", text));
        hr = hour_read_row(hour, usage, minute, row);
        json_array_append_new(rows, row);
    }
    free(text);
    return hr;
}

static HRESULT hour_ask(const struct hour *hour, IVMVirtualPC2 *application, BSTR name, IVMUsageCollection **collection)
{
    char first[MOMENT_TEXT], last[MOMENT_TEXT];
    moment_utc(first, hour->start_ms);
    moment_utc(last, hour->start_ms + HOUR_MINUTES * (LONGLONG)MINUTE_MS);
    first[strlen("2026-05-04")] = last[strlen("2026-05-04")] = '\0';
    BSTR since = utf8_to_bstr(first), until = utf8_to_bstr(last);
    HRESULT hr = IVMVirtualPC2_Usage(application, name, vmUsageBy_Minute, since, until, collection);
    SysFreeString(since);
    SysFreeString(until);
    return hr;
}

HRESULT hour_read(struct hour *hour, struct vpc *vpc, IVMVirtualMachine *vm, const char *name, json_t *rows)
{
    IVMVirtualPC2 *application = NULL;
    IVMUsageCollection *collection = NULL;
    BSTR id = NULL, wide = utf8_to_bstr(name);
    LONG count = 0;
    *hour = (struct hour){.start_ms = hour->start_ms};
    HRESULT hr = IVMVirtualMachine_get_ConfigID(vm, &id);
    if (SUCCEEDED(hr))
        hr = IVMVirtualPC_QueryInterface(vpc->application, &IID_IVMVirtualPC2, (void **)&application);
    if (SUCCEEDED(hr))
        hr = hour_ask(hour, application, wide, &collection);
    if (SUCCEEDED(hr))
        hr = IVMUsageCollection_get_Count(collection, &count);
    for (LONG i = 1; i <= count && SUCCEEDED(hr); i++) {
        IVMUsage *usage;
        if (FAILED(hr = IVMUsageCollection_get_Item(collection, i, &usage)))
            break;
        hr = hour_add(hour, usage, id, name, rows);
        IVMUsage_Release(usage);
    }
    if (collection)
        IVMUsageCollection_Release(collection);
    if (application)
        IVMVirtualPC2_Release(application);
    SysFreeString(id);
    SysFreeString(wide);
    return hr;
}

bool hour_knows(const struct hour *hour, enum hour_figure figure, int minute)
{
    return figure == HOUR_CPU ? hour->cpu_known[minute] : hour->known[minute];
}

bool hour_total(const struct hour *hour, enum hour_figure figure, double *total)
{
    int known = 0;
    *total = 0;
    for (int minute = 0; minute < HOUR_MINUTES; minute++) {
        if (!hour_knows(hour, figure, minute))
            continue;
        known++;
        *total += hour->values[figure][minute];
    }
    if (figure == HOUR_CPU && known > 0)
        *total = floor(*total / known + 0.5);
    return known > 0;
}
