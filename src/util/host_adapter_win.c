/* Windows: the adapters of TAP-Windows. Wine shows the interfaces of Linux by the same functions. */
#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "util/host_adapter.h"
#include "util/text.h"

static bool is_wine(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");

    return ntdll && GetProcAddress(ntdll, "wine_get_version");
}

/* What Linux says of its TUN and TAP devices (linux/if_tun.h). */
static bool is_linux_tap(const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    unsigned long flags = 0;
    char text[16] = "";
    DWORD got = 0;
    HANDLE file;

    if (swprintf(path, MAX_PATH, L"\\\\?\\unix\\sys\\class\\net\\%ls\\tun_flags", name) < 0)
        return false;
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (ReadFile(file, text, sizeof(text) - 1, &got, NULL))
        flags = strtoul(text, NULL, 16);
    CloseHandle(file);
    return flags & 2;
}

static bool is_tap(const MIB_IF_ROW2 *row)
{
    /* "TAP-Windows Adapter V9", before that "TAP-Win32 Adapter V9". Windows lists each adapter again for each filter
     * that is bound to it. */
    if (!is_wine())
        return !row->InterfaceAndOperStatusFlags.FilterInterface && !wcsncmp(row->Description, L"TAP-Win", 7);
    return is_linux_tap(row->Alias);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool host_adapter_list(char ***names, size_t *count, struct vpc_error *err)
{
    MIB_IF_TABLE2 *table;
    DWORD status = GetIfTable2(&table);
    bool ok = true;

    *names = NULL;
    *count = 0;
    if (status) {
        SetLastError(status);
        return vpc_fail_os(err, "cannot list the network adapters of the host");
    }
    if (!(*names = calloc(table->NumEntries + 1, sizeof(**names))))
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the network adapters of the host");
    for (ULONG i = 0; ok && i < table->NumEntries; i++) {
        const MIB_IF_ROW2 *row = &table->Table[i];

        if (!is_tap(row))
            continue;
        if (!((*names)[*count] = text_from_wide(row->Alias, wcslen(row->Alias))))
            ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the network adapters of the host");
        else
            ++*count;
    }
    FreeMibTable(table);
    if (!ok) {
        host_adapter_list_free(*names, *count);
        *names = NULL;
        *count = 0;
        return false;
    }
    qsort(*names, *count, sizeof(**names), compare_names);
    return true;
}

bool host_adapter_read(const char *name, struct host_adapter_traffic *traffic, struct vpc_error *err)
{
    wchar_t *alias = text_to_wide(name);
    MIB_IF_ROW2 row = {0};
    DWORD status;

    if (!alias)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the name of a host adapter");
    status = ConvertInterfaceAliasToLuid(alias, &row.InterfaceLuid);
    free(alias);
    if (!status)
        status = GetIfEntry2(&row);
    if (status == ERROR_FILE_NOT_FOUND || status == ERROR_INVALID_PARAMETER)
        return vpc_fail(err, VPC_FILE_NOT_FOUND, "cannot read the counters of host adapter '%s': it is gone", name);
    if (status) {
        SetLastError(status);
        return vpc_fail_os(err, "cannot read the counters of host adapter '%s'", name);
    }
    *traffic = (struct host_adapter_traffic){.bytes_received = row.InOctets,
                                             .bytes_sent = row.OutOctets,
                                             .packets_received = row.InUcastPkts + row.InNUcastPkts,
                                             .packets_sent = row.OutUcastPkts + row.OutNUcastPkts};
    return true;
}
