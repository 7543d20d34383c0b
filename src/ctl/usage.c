/* vpcctl usage: what the usage ledger has, by IVMVirtualPC2.Usage. */
#include <stdlib.h>
#include <string.h>
#include "exit_code.h"
#include "output.h"
#include "report.h"
#include "run.h"
#include "utf8.h"

static const struct column usage_columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"adapter", "#", COLUMN_NUMBER},
    {"period", "PERIOD", COLUMN_TIME},
    {"network_bytes_sent", "SENT", COLUMN_BYTES},
    {"network_bytes_received", "RECEIVED", COLUMN_BYTES},
    {"disk_bytes_read", "READ", COLUMN_BYTES},
    {"disk_bytes_written", "WRITTEN", COLUMN_BYTES},
    {"network_packets_sent", NULL, COLUMN_NUMBER},
    {"network_packets_received", NULL, COLUMN_NUMBER},
    {"id", NULL, COLUMN_TEXT},
};

struct usage_grouping {
    const char *word;
    VMUsageGrouping grouping;
    bool adapters, periods; /* which columns of the table say something */
};

static const struct usage_grouping groupings[] = {
    {"vm", vmUsageBy_VirtualMachine, false, false},
    {"adapter", vmUsageBy_Adapter, true, false},
    {"day", vmUsageBy_Day, false, true},
    {"month", vmUsageBy_Month, false, true},
};

static const struct usage_grouping *usage_find_grouping(const struct arguments *arguments)
{
    const char *word = arguments->given[OPTION_BY] ? arguments->value[OPTION_BY] : "vm";
    for (size_t i = 0; i < ARRAYSIZE(groupings); i++)
        if (strcmp(groupings[i].word, word) == 0)
            return &groupings[i];
    report_usage("usage", "--by takes 'vm', 'adapter', 'day' or 'month', not '%s'", word);
    return NULL;
}

/* "2026-05-04" or "2026-05"; the API looks closer. */
static bool is_day(const char *text)
{
    size_t length = strlen(text);
    return (length == 7 || length == 10) && strspn(text, "0123456789-") == length;
}

/* A month is before none of its days, and not after them either. */
static bool usage_days_are_in_order(const struct arguments *arguments)
{
    const char *since = arguments->value[OPTION_SINCE], *until = arguments->value[OPTION_UNTIL];
    if (!since || !until || !is_day(since) || !is_day(until))
        return true;
    size_t common = strlen(since) < strlen(until) ? strlen(since) : strlen(until);
    return strncmp(since, until, common) <= 0 ||
           report_usage("usage", "--since '%s' is later than --until '%s'", since, until);
}

/* Takes the BSTR of a call that went well; an empty text is null. */
static HRESULT usage_set_text(json_t *row, const char *key, HRESULT hr, BSTR value)
{
    if (FAILED(hr))
        return hr;
    char *text = utf8_from_wide(value);
    json_object_set_new(row, key, *text ? json_string(text) : json_null());
    free(text);
    SysFreeString(value);
    return S_OK;
}

static HRESULT usage_fill_row(json_t *row, IVMUsage *usage)
{
    const IVMUsageVtbl *vtbl = usage->lpVtbl;
    const struct {
        const char *key;
        HRESULT(WINAPI *get)(IVMUsage *, BSTR *);
    } texts[] = {
        {"name", vtbl->get_VirtualMachineName},
        {"id", vtbl->get_VirtualMachineID},
        {"period", vtbl->get_Period},
        {"network_bytes_sent", vtbl->get_NetworkBytesSentText},
        {"network_bytes_received", vtbl->get_NetworkBytesReceivedText},
        {"network_packets_sent", vtbl->get_NetworkPacketsSentText},
        {"network_packets_received", vtbl->get_NetworkPacketsReceivedText},
        {"disk_bytes_read", vtbl->get_DiskBytesReadText},
        {"disk_bytes_written", vtbl->get_DiskBytesWrittenText},
    };
    LONG slot = -1;
    HRESULT hr = IVMUsage_get_Adapter(usage, &slot);
    json_object_set_new(row, "adapter", slot >= 0 ? json_integer(slot + 1) : json_null());
    for (size_t i = 0; i < ARRAYSIZE(texts) && SUCCEEDED(hr); i++) {
        BSTR value = NULL;
        hr = texts[i].get(usage, &value);
        hr = usage_set_text(row, texts[i].key, hr, value);
    }
    /* The ledger counts what drives do for the machine as a whole. */
    if (slot >= 0) {
        json_object_set_new(row, "disk_bytes_read", json_null());
        json_object_set_new(row, "disk_bytes_written", json_null());
    }
    return hr;
}

static HRESULT usage_add_rows(json_t *rows, IVMUsageCollection *collection)
{
    LONG count = 0;
    HRESULT hr = IVMUsageCollection_get_Count(collection, &count);
    for (LONG i = 1; i <= count && SUCCEEDED(hr); i++) {
        IVMUsage *usage;
        if (FAILED(hr = IVMUsageCollection_get_Item(collection, i, &usage)))
            break;
        json_t *row = need(json_object());
        hr = usage_fill_row(row, usage);
        json_array_append_new(rows, row);
        IVMUsage_Release(usage);
    }
    return hr;
}

/* Whether a VM of this name is registered. */
static bool usage_is_known(struct vpc *vpc, const char *name)
{
    IVMVirtualMachine *vm = NULL;
    BSTR wide = utf8_to_bstr(name);
    bool known = IVMVirtualPC_FindVirtualMachine(vpc->application, wide, &vm) == S_OK;
    SysFreeString(wide);
    if (vm)
        IVMVirtualMachine_Release(vm);
    return known;
}

/* Adds the rows of one VM, or with an empty name of all. */
static int usage_ask(struct vpc *vpc, IVMVirtualPC2 *application, const struct arguments *arguments, const char *name,
                     VMUsageGrouping grouping, json_t *rows)
{
    IVMUsageCollection *collection = NULL;
    size_t before = json_array_size(rows);
    BSTR wide = utf8_to_bstr(name);
    BSTR since = utf8_to_bstr(arguments->given[OPTION_SINCE] ? arguments->value[OPTION_SINCE] : "");
    BSTR until = utf8_to_bstr(arguments->given[OPTION_UNTIL] ? arguments->value[OPTION_UNTIL] : "");
    HRESULT hr = IVMVirtualPC2_Usage(application, wide, grouping, since, until, &collection);
    SysFreeString(wide);
    SysFreeString(since);
    SysFreeString(until);
    if (SUCCEEDED(hr)) {
        hr = usage_add_rows(rows, collection);
        IVMUsageCollection_Release(collection);
    }
    if (FAILED(hr)) {
        vpc_report(vpc, "usage", *name ? name : NULL, hr);
        return hr == E_INVALIDARG ? EXIT_CODE_USAGE : EXIT_CODE_FAILED;
    }
    if (*name && json_array_size(rows) == before && !usage_is_known(vpc, name)) {
        report("usage", "there is no virtual machine '%s', and no usage of one", name);
        return EXIT_CODE_NO_VM;
    }
    return EXIT_CODE_OK;
}

static void usage_print(const struct arguments *arguments, const struct usage_grouping *by, const json_t *rows)
{
    struct column columns[ARRAYSIZE(usage_columns)];
    memcpy(columns, usage_columns, sizeof columns);
    for (size_t i = 0; i < ARRAYSIZE(columns); i++) {
        bool adapter = strcmp(columns[i].key, "adapter") == 0, period = strcmp(columns[i].key, "period") == 0;
        bool disk = strncmp(columns[i].key, "disk_", 5) == 0;
        if ((adapter && !by->adapters) || (period && !by->periods) || (disk && by->adapters))
            columns[i].heading = NULL;
    }
    output_rows(arguments, "usage", columns, ARRAYSIZE(columns), rows, OUTPUT_ONLY);
}

int run_usage(struct vpc *vpc, const struct arguments *arguments)
{
    const struct usage_grouping *by = usage_find_grouping(arguments);
    IVMVirtualPC2 *application;
    if (!by || !usage_days_are_in_order(arguments))
        return EXIT_CODE_USAGE;
    HRESULT hr = IVMVirtualPC_QueryInterface(vpc->application, &IID_IVMVirtualPC2, (void **)&application);
    if (FAILED(hr))
        return vpc_report(vpc, "usage", NULL, hr);
    json_t *rows = need(json_array());
    int code = EXIT_CODE_OK;
    if (arguments->operand_count == 0)
        code = usage_ask(vpc, application, arguments, "", by->grouping, rows);
    for (int i = 0; i < arguments->operand_count && code != EXIT_CODE_USAGE; i++) {
        int one = usage_ask(vpc, application, arguments, arguments->operands[i], by->grouping, rows);
        code = code == EXIT_CODE_OK || one == EXIT_CODE_USAGE ? one : code;
    }
    IVMVirtualPC2_Release(application);
    if (code != EXIT_CODE_USAGE)
        usage_print(arguments, by, rows);
    json_decref(rows);
    return code;
}
