/*
 * What an object knows of its VM while somebody else changes the catalog: this program through the catalog's own
 * functions, of which the DLL learns as it does of another process, or by moving files.
 */
#include "objects_check.h"

#include <stdlib.h>
#include <wchar.h>
#include "config/catalog.h"
#include "util/text.h"

enum {
    ROUNDS = 20,
    NET_MS = 60000 /* a net under a test that would hang */
};

/* Reads both, so that the look at the files behind them is fresh. */
static void assert_known(IVMVirtualMachine *vm, const WCHAR *name)
{
    VMVMState state;
    BSTR read;
    assert_hresult(IVMVirtualMachine_get_Name(vm, &read), S_OK);
    assert_text(read, name);
    assert_hresult(IVMVirtualMachine_get_State(vm, &state), S_OK);
    assert_int_equal(state, vmVMState_TurnedOff);
}

static void assert_unknown(IVMVirtualMachine *vm, const WCHAR *name)
{
    VMVMState state;
    BSTR read;
    assert_refused(IVMVirtualMachine_get_Name(vm, &read), VM_E_VM_UNKNOWN, name);
    assert_refused(IVMVirtualMachine_get_State(vm, &state), VM_E_VM_UNKNOWN, name);
}

static void test_virtual_machine__another_process_renames_it_and_the_next_call_knows(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_entry entry;
    struct vpc_error err;
    for (int i = 0; i < ROUNDS; i++) {
        IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *renamed;
        assert_known(vm, L"Blue");
        assert_ok(catalog_find(&fixture->home.catalog, "Blue", &entry, &err), err);
        assert_ok(catalog_rename(&fixture->home.catalog, &entry, "Red", &err), err);
        assert_unknown(vm, L"Blue");
        assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Red"), &renamed), S_OK);
        assert_known(renamed, L"Red");
        assert_ok(catalog_unregister(&fixture->home.catalog, &entry, &err), err);
        assert_unknown(renamed, L"Red");
        catalog_entry_clear(&entry);
        assert_true(DeleteFileW(text_of(L"%ls\\Red.vmc", fixture_machines(fixture))));
        assert_last_release(renamed);
        assert_last_release(vm);
    }
}

/* Two VMs of one name, one after the other: the object of the first must not speak for the second. */
static void test_virtual_machine__another_process_makes_it_anew_and_it_is_found_anew(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_entry entry;
    struct vpc_error err;
    bool found;
    IVMVirtualMachine *first = fixture_create(fixture, L"Blue"), *second;
    BSTR old_id, new_id;
    assert_hresult(IVMVirtualMachine_get_ConfigID(first, &old_id), S_OK);
    assert_known(first, L"Blue");
    assert_ok(catalog_find(&fixture->home.catalog, "Blue", &entry, &err), err);
    assert_ok(catalog_delete(&fixture->home.catalog, &entry, &found, &err), err);
    catalog_entry_clear(&entry);
    BSTR machines = fixture_machines(fixture);
    char *folder = text_from_wide(machines, wcslen(machines));
    assert_ok(catalog_create(&fixture->home.catalog, "Blue", folder, &entry, &err), err);
    catalog_entry_clear(&entry);
    free(folder);
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &second), S_OK);
    assert_ptr_not_equal(first, second);
    assert_hresult(IVMVirtualMachine_get_ConfigID(second, &new_id), S_OK);
    assert_int_not_equal(wcscmp(old_id, new_id), 0);
    SysFreeString(new_id);
    SysFreeString(old_id);
    assert_last_release(second);
    assert_last_release(first);
}

static void test_virtual_machine__a_registration_that_is_deleted_by_hand_is_missed_after_a_while(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    HRESULT hr;
    BSTR name;
    assert_known(vm, L"Blue");
    assert_true(DeleteFileW(text_of(L"%ls\\Virtual Machines\\Blue.vmcx", fixture->folder)));
    ULONGLONG start = GetTickCount64();
    while (SUCCEEDED(hr = IVMVirtualMachine_get_Name(vm, &name)) && GetTickCount64() - start < NET_MS) {
        SysFreeString(name);
        Sleep(1);
    }
    assert_hresult(hr, VM_E_VM_UNKNOWN);
    assert_unknown(vm, L"Blue");
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_virtual_machine__another_process_renames_it_and_the_next_call_knows,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__another_process_makes_it_anew_and_it_is_found_anew,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(
            test_virtual_machine__a_registration_that_is_deleted_by_hand_is_missed_after_a_while, fixture_open,
            fixture_close),
    };
    return cmocka_run_group_tests_name("objects_known", tests, NULL, NULL);
}
