/*
 * The promise of the project, end to end: a real guest boots from the network on a real QEMU, and NetworkBytesSent and
 * NetworkBytesReceived, read through the registered DLL, equal the lengths of all frames in captures that this test
 * asked QEMU for by the extra-arguments preference. Meanwhile the captures that the project counts by are rotated many
 * times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <shellapi.h>
#include <cmocka.h>
#include "VPCCOMInterfaces.h"
#include "pcap_sum.h"

enum {
    PAYLOAD = 250000,
    ENOUGH = 4 * PAYLOAD,
    ROTATE_BYTES = 2048,
    ROTATIONS = 20,
    HUNG_MS = 240000
};

struct netboot {
    wchar_t folder[MAX_PATH]; /* of this test; everything lies below it */
    IVMVirtualPC *vpc;
    IVMVirtualMachine *vm;
    IVMAccountant *accountant;
    wchar_t run_folder[MAX_PATH];
    wchar_t sent_capture[MAX_PATH], received_capture[MAX_PATH]; /* the independent ones */
};

#define assert_hr(expected, actual) assert_int_equal((unsigned long)(expected), (unsigned long)(actual))

/* Ends a test that hangs; no outcome depends on how long something takes. */
static void wait_a_little(DWORD started)
{
    if (GetTickCount() - started > HUNG_MS)
        fail_msg("nothing has changed for %u ms", HUNG_MS);
    Sleep(50);
}

static void write_file(const wchar_t *folder, const wchar_t *name, const void *data, size_t size)
{
    wchar_t path[MAX_PATH];
    FILE *file;

    swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
    file = _wfopen(path, L"wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void make_served_files(const wchar_t *folder)
{
    static const char script[] = "#!ipxe\n:again\nimgfetch tftp://10.0.2.2/payload.bin ||\nimgfree\ngoto again\n";
    unsigned char *payload = malloc(PAYLOAD);
    uint32_t x = 1;

    assert_non_null(payload);
    for (size_t i = 0; i < PAYLOAD; i++) {
        x = x * 1664525u + 1013904223u;
        payload[i] = (unsigned char)(x >> 24);
    }
    assert_true(CreateDirectoryW(folder, NULL));
    write_file(folder, L"boot.ipxe", script, strlen(script));
    write_file(folder, L"payload.bin", payload, PAYLOAD);
    free(payload);
}

/* QEMU under Wine is a program of the host: its paths are the host's. New memory. */
static char *path_for_qemu(const wchar_t *path)
{
    typedef char *(CDECL * to_unix)(const WCHAR *);
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32"), "wine_get_unix_file_name");
    char *result;

    if (found) {
        to_unix translate = (to_unix)(void (*)(void))found;
        char *name = translate(path);
        assert_non_null(name);
        result = strdup(name);
        HeapFree(GetProcessHeap(), 0, name);
    } else {
        int size = WideCharToMultiByte(CP_UTF8, 0, path, -1, NULL, 0, NULL, NULL);
        result = malloc((size_t)size);
        assert_non_null(result);
        WideCharToMultiByte(CP_UTF8, 0, path, -1, result, size, NULL, NULL);
    }
    assert_non_null(result);
    return result;
}

static BSTR bstr(const wchar_t *text)
{
    BSTR copy = SysAllocString(text);
    assert_non_null(copy);
    return copy;
}

static void set_text(struct netboot *t, bool preference, const wchar_t *key, const wchar_t *value)
{
    BSTR name = bstr(key);
    VARIANT variant;

    VariantInit(&variant);
    V_VT(&variant) = VT_BSTR;
    V_BSTR(&variant) = bstr(value);
    if (preference)
        assert_hr(S_OK, IVMVirtualPC_SetConfigurationValue(t->vpc, name, variant));
    else
        assert_hr(S_OK, IVMVirtualMachine_SetConfigurationValue(t->vm, name, variant));
    VariantClear(&variant);
    SysFreeString(name);
}

static void set_integer(struct netboot *t, const wchar_t *key, ULONG value)
{
    BSTR name = bstr(key);
    VARIANT variant;

    VariantInit(&variant);
    V_VT(&variant) = VT_UI4;
    V_UI4(&variant) = value;
    assert_hr(S_OK, IVMVirtualPC_SetConfigurationValue(t->vpc, name, variant));
    SysFreeString(name);
}

static void finish(IVMTask *task)
{
    VARIANT_BOOL complete = VARIANT_FALSE;
    LONG error = -1;
    BSTR text = NULL;

    assert_hr(S_OK, IVMTask_WaitForCompletion(task, HUNG_MS));
    assert_hr(S_OK, IVMTask_get_IsComplete(task, &complete));
    assert_int_equal(complete, VARIANT_TRUE);
    assert_hr(S_OK, IVMTask_get_Error(task, &error));
    assert_hr(S_OK, IVMTask_get_ErrorDescription(task, &text));
    if (error)
        fail_msg("task failed: 0x%08lx %ls", (unsigned long)error, text ? text : L"");
    SysFreeString(text);
    IVMTask_Release(task);
}

/* The figure as a 64-bit number; the type and scale are checked on the way. */
static uint64_t whole(HRESULT expected, HRESULT hr, const VARIANT *figure)
{
    assert_hr(expected, hr);
    assert_int_equal(V_VT(figure), VT_DECIMAL);
    assert_int_equal(V_DECIMAL(figure).scale, 0);
    assert_int_equal(V_DECIMAL(figure).sign, 0);
    assert_int_equal(V_DECIMAL(figure).Hi32, 0);
    return V_DECIMAL(figure).Lo64;
}

static uint64_t sent(struct netboot *t, HRESULT expected)
{
    VARIANT figure;
    HRESULT hr = IVMAccountant_get_NetworkBytesSent(t->accountant, &figure);
    return whole(expected, hr, &figure);
}

static uint64_t received(struct netboot *t, HRESULT expected)
{
    VARIANT figure;
    HRESULT hr = IVMAccountant_get_NetworkBytesReceived(t->accountant, &figure);
    return whole(expected, hr, &figure);
}

/* Pauses, and reads until the independent captures and the figures agree. The captures may be ahead, the figures never.
 */
static void pause_and_compare(struct netboot *t, struct pcap_sum before_sent, struct pcap_sum before_received)
{
    DWORD started = GetTickCount();

    assert_hr(S_OK, IVMVirtualMachine_Pause(t->vm));
    for (;;) {
        uint64_t figure_sent = sent(t, S_OK), figure_received = received(t, S_OK);
        struct pcap_sum capture_sent, capture_received;

        assert_true(pcap_sum_file(t->sent_capture, &capture_sent));
        assert_true(pcap_sum_file(t->received_capture, &capture_received));
        capture_sent.bytes -= before_sent.bytes;
        capture_received.bytes -= before_received.bytes;
        assert_true(figure_sent <= capture_sent.bytes);
        assert_true(figure_received <= capture_received.bytes);
        if (figure_sent == capture_sent.bytes && figure_received == capture_received.bytes) {
            print_message("sent %llu bytes, received %llu bytes, equal to the independent captures\n",
                          (unsigned long long)figure_sent, (unsigned long long)figure_received);
            return;
        }
        wait_a_little(started);
    }
}

/* Highest sequence number of the project's own captures in one direction: how often it was rotated. */
static unsigned rotations(struct netboot *t, const wchar_t *direction)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search;
    unsigned highest = 0;

    swprintf(pattern, MAX_PATH, L"%ls\\capture-0-%ls-*.pcap", t->run_folder, direction);
    search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do {
        unsigned number = (unsigned)wcstoul(wcsrchr(found.cFileName, L'-') + 1, NULL, 10);
        if (number > highest)
            highest = number;
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return highest;
}

/* Key of the VM's own preference folder: ConfigID in lower case without braces. */
static void machine_key(struct netboot *t, wchar_t *key, size_t size)
{
    BSTR id = NULL;
    assert_hr(S_OK, IVMVirtualMachine_get_ConfigID(t->vm, &id));
    assert_int_equal(SysStringLen(id), 38);
    id[37] = 0;
    CharLowerW(id);
    swprintf(key, size, L"hypervisors/qemu/vm_%ls/extra_arguments", id + 1);
    swprintf(t->run_folder, MAX_PATH, L"%ls\\Run\\%ls", t->folder, id + 1);
    SysFreeString(id);
}

static void add_independent_captures(struct netboot *t)
{
    wchar_t key[160], arguments[1024];
    char *sent_path, *received_path;

    swprintf(t->sent_capture, MAX_PATH, L"%ls\\independent-sent.pcap", t->folder);
    swprintf(t->received_capture, MAX_PATH, L"%ls\\independent-received.pcap", t->folder);
    sent_path = path_for_qemu(t->sent_capture);
    received_path = path_for_qemu(t->received_capture);
    machine_key(t, key, 160);
    /* of a netdev, queue=rx is what the guest sends */
    swprintf(arguments, 1024,
             L"-object filter-dump,id=independent-sent,netdev=net0,queue=rx,file=%hs -object "
             L"filter-dump,id=independent-received,netdev=net0,queue=tx,file=%hs",
             sent_path, received_path);
    set_text(t, true, key, arguments);
    free(sent_path);
    free(received_path);
}

static void make_machine(struct netboot *t)
{
    wchar_t served[MAX_PATH], machines[MAX_PATH];
    BSTR name = bstr(L"Netboot test"), path, network_name = bstr(L"Shared Networking (NAT)");
    IVMNetworkAdapter *adapter = NULL;
    IVMVirtualNetwork *network = NULL;

    swprintf(served, MAX_PATH, L"%ls\\tftp", t->folder);
    swprintf(machines, MAX_PATH, L"%ls\\machines", t->folder);
    make_served_files(served);
    path = bstr(machines);
    assert_hr(S_OK, IVMVirtualPC_CreateVirtualMachine(t->vpc, name, path, &t->vm));
    assert_hr(S_OK, IVMVirtualMachine_put_Memory(t->vm, 64));
    assert_hr(S_OK, IVMVirtualMachine_AddNetworkAdapter(t->vm, &adapter));
    assert_hr(S_OK, IVMVirtualPC_FindVirtualNetwork(t->vpc, network_name, &network));
    assert_hr(S_OK, IVMNetworkAdapter_AttachToVirtualNetwork(adapter, network));
    set_text(t, false, L"hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/nat/tftp_folder", served);
    set_text(t, false, L"hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/nat/boot_file", L"boot.ipxe");
    set_text(t, true, L"hypervisors/qemu/accelerator", L"tcg");
    set_integer(t, L"hypervisors/qemu/dump_rotate_bytes", ROTATE_BYTES);
    add_independent_captures(t);
    assert_hr(S_OK, IVMVirtualMachine_get_Accountant(t->vm, &t->accountant));
    IVMVirtualNetwork_Release(network);
    IVMNetworkAdapter_Release(adapter);
    SysFreeString(network_name);
    SysFreeString(path);
    SysFreeString(name);
}

static int setup(void **state)
{
    struct netboot *t = calloc(1, sizeof(*t));
    wchar_t temp[MAX_PATH];

    assert_non_null(t);
    assert_true(GetTempPathW(MAX_PATH, temp) > 0);
    swprintf(t->folder, MAX_PATH, L"%lsvpc-netboot-%lu", temp, GetCurrentProcessId());
    assert_true(CreateDirectoryW(t->folder, NULL));
    assert_true(SetEnvironmentVariableW(L"VPC_HOME", t->folder));
    assert_true(SetEnvironmentVariableW(L"VPC_ENGINE", NULL));
    assert_hr(S_OK, CoInitializeEx(NULL, COINIT_MULTITHREADED));
    assert_hr(S_OK,
              CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&t->vpc));
    make_machine(t);
    *state = t;
    return 0;
}

static void remove_folder(const wchar_t *folder)
{
    wchar_t list[MAX_PATH + 2] = {0};
    SHFILEOPSTRUCTW remove = {.wFunc = FO_DELETE, .pFrom = list, .fFlags = FOF_NO_UI};
    swprintf(list, MAX_PATH, L"%ls", folder);
    SHFileOperationW(&remove);
}

static int teardown(void **state)
{
    struct netboot *t = *state;
    IVMTask *task = NULL;

    if (t->vm && IVMVirtualMachine_TurnOff(t->vm, &task) == S_OK) {
        IVMTask_WaitForCompletion(task, HUNG_MS);
        IVMTask_Release(task);
    }
    if (t->accountant)
        assert_int_equal(IVMAccountant_Release(t->accountant), 0);
    if (t->vm)
        assert_int_equal(IVMVirtualMachine_Release(t->vm), 0);
    assert_int_equal(IVMVirtualPC_Release(t->vpc), 0);
    CoUninitialize();
    remove_folder(t->folder);
    free(t);
    return 0;
}

static void test_accountant__NetworkBytesSent_equals_independent_capture(void **state)
{
    struct netboot *t = *state;
    struct pcap_sum none = {0}, first_sent, first_received;
    IVMTask *task = NULL;
    DWORD started;

    assert_int_equal(sent(t, S_FALSE), 0);
    assert_hr(S_OK, IVMVirtualMachine_Startup(t->vm, &task));
    finish(task);

    started = GetTickCount();
    while (received(t, S_OK) < ENOUGH || rotations(t, L"sent") < ROTATIONS || rotations(t, L"received") < ROTATIONS)
        wait_a_little(started);
    pause_and_compare(t, none, none);
    print_message("rotations: %u sent, %u received\n", rotations(t, L"sent"), rotations(t, L"received"));

    /* The guest stands still: what the captures hold now belongs to the first epoch, all else to the second. */
    assert_true(pcap_sum_file(t->sent_capture, &first_sent));
    assert_true(pcap_sum_file(t->received_capture, &first_received));
    task = NULL;
    assert_hr(S_OK, IVMVirtualMachine_Reset(t->vm, &task));
    finish(task);
    started = GetTickCount();
    while (received(t, S_OK) < ENOUGH)
        wait_a_little(started);
    pause_and_compare(t, first_sent, first_received);

    task = NULL;
    assert_hr(S_OK, IVMVirtualMachine_TurnOff(t->vm, &task));
    finish(task);
    assert_int_equal(sent(t, S_FALSE), 0);
    assert_int_equal(received(t, S_FALSE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accountant__NetworkBytesSent_equals_independent_capture, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
