/*
 * The read of a figure through the vtable makes no system call, takes no lock and allocates nothing: while it runs,
 * every function that the DLL imports is replaced by one that ends the test. Only the tick count is let through, which
 * is read from memory that the system shares with every process.
 */
#include "objects_check.h"

#include <string.h>

enum {
    READS = 20,
    IMPORTS_MOST = 4096
};

struct import {
    ULONG_PTR *slot;
    ULONG_PTR function;
};

static struct import imports[IMPORTS_MOST];
static size_t import_count, allowed_count;

/* Whoever calls this may have called for anything: there is no way back. */
static void forbidden(void)
{
    static const char text[] = "[  ERROR   ] the read has called a function of another module\n";
    DWORD written;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, sizeof text - 1, &written, NULL);
    TerminateProcess(GetCurrentProcess(), 1);
}

static void *at(HMODULE module, DWORD offset)
{
    return (char *)module + offset;
}

/* All slots of the module's import table. */
static void imports_find(HMODULE module)
{
    const IMAGE_DOS_HEADER *dos = (const void *)module;
    const IMAGE_NT_HEADERS *headers = at(module, (DWORD)dos->e_lfanew);
    const IMAGE_IMPORT_DESCRIPTOR *library =
        at(module, headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);
    for (; library->Name; library++) {
        const IMAGE_THUNK_DATA *name = at(module, library->OriginalFirstThunk);
        IMAGE_THUNK_DATA *slot = at(module, library->FirstThunk);
        for (; name->u1.AddressOfData; name++, slot++) {
            const IMAGE_IMPORT_BY_NAME *by_name = at(module, (DWORD)name->u1.AddressOfData);
            if (!IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal) && !strcmp((const char *)by_name->Name, "GetTickCount64")) {
                allowed_count++;
                continue;
            }
            assert_true(import_count < IMPORTS_MOST);
            imports[import_count++] = (struct import){(ULONG_PTR *)&slot->u1.Function, slot->u1.Function};
        }
    }
}

static void imports_set(bool forbid)
{
    DWORD old;
    for (size_t i = 0; i < import_count; i++) {
        assert_true(VirtualProtect(imports[i].slot, sizeof *imports[i].slot, PAGE_READWRITE, &old));
        *imports[i].slot = forbid ? (ULONG_PTR)forbidden : imports[i].function;
        assert_true(VirtualProtect(imports[i].slot, sizeof *imports[i].slot, old, &old));
    }
}

static void test_read_path__calls_no_other_module(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant2 *accountant;
    IVMAccountant *documented;
    VARIANT values[6];
    HRESULT hr = S_OK;

    for (int i = 0; i < 4; i++)
        fixture_add_nat(fixture, vm);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':3,'sent':1000,'received':500}}");
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &documented), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(documented, &IID_IVMAccountant2, (void **)&accountant), S_OK);
    assert_last_release(vm);
    do
        assert_hresult(IVMAccountant_get_NetworkBytesSent(documented, &values[0]), S_OK);
    while (V_DECIMAL(&values[0]).Lo64 != 1000);

    import_count = allowed_count = 0;
    imports_find(GetModuleHandleW(L"VPCCOMInterfaces.dll"));
    assert_true(import_count > 50);
    assert_int_equal(allowed_count, 1);
    for (int i = 0; i < READS && hr == S_OK; i++) {
        /* A supervisor that has not been given the processor for a second is asked whether it lives, which is no read.
         */
        assert_hresult(IVMAccountant_get_NetworkBytesSent(documented, &values[0]), S_OK);
        imports_set(true);
        HRESULT each[] = {
            IVMAccountant_get_NetworkBytesSent(documented, &values[0]),
            IVMAccountant_get_NetworkBytesReceived(documented, &values[1]),
            IVMAccountant_get_DiskBytesRead(documented, &values[2]),
            IVMAccountant_get_DiskBytesWritten(documented, &values[3]),
            IVMAccountant2_get_NetworkPacketsSent(accountant, &values[4]),
            IVMAccountant2_get_NetworkPacketsReceived(accountant, &values[5]),
        };
        imports_set(false);
        for (size_t j = 0; j < ARRAYSIZE(each); j++)
            hr = each[j] == S_OK ? hr : each[j];
    }
    assert_hresult(hr, S_OK);
    assert_int_equal(V_DECIMAL(&values[0]).Lo64, 1000);
    assert_int_equal(V_DECIMAL(&values[1]).Lo64, 500);
    IVMAccountant2_Release(accountant);
    assert_last_release(documented);
    IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &vm);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read_path__calls_no_other_module, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("objects_read_path", tests, NULL, NULL);
}
