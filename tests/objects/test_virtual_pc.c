/* IVMVirtualPC: the registered VMs, and what the application says of itself. */
#include "objects_check.h"

#include <stdlib.h>
#include <wchar.h>
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#define WIN32_ERROR(code) ((HRESULT)(0x80070000 | (code)))

static void test_virtual_pc__CreateInstance_twice_is_two_objects(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualPC *second;
    assert_hresult(
        CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&second), S_OK);
    assert_ptr_not_equal(second, fixture->application);
    assert_last_release(second);
}

static void test_virtual_pc__Name_and_Version(void **state)
{
    struct fixture *fixture = *state;
    int major, minor, build, kind;
    WCHAR letters[3];
    BSTR name, version;
    assert_hresult(IVMVirtualPC_get_Name(fixture->application, &name), S_OK);
    assert_text(name, L"Virtual PC");
    assert_hresult(IVMVirtualPC_get_Version(fixture->application, &version), S_OK);
    assert_int_equal(swscanf(version, L"%d.%d.%d.%1d%2l[a-z]", &major, &minor, &build, &kind, letters), 5);
    assert_int_equal(major, 1);
    assert_int_equal(minor, 0);
    assert_int_equal(kind, 0);
    assert_int_equal(wcslen(letters), 2);
    SysFreeString(version);
}

static void test_virtual_pc__UpTime_is_small(void **state)
{
    struct fixture *fixture = *state;
    LONG seconds = -1;
    assert_hresult(IVMVirtualPC_get_UpTime(fixture->application, &seconds), S_OK);
    assert_in_range(seconds, 0, 3600);
}

static LONG limit(IVMVirtualPC *application, HRESULT(STDMETHODCALLTYPE *get)(IVMVirtualPC *, LONG *))
{
    LONG value = -1;
    assert_hresult(get(application, NULL), E_POINTER);
    assert_hresult(get(application, &value), S_OK);
    return value;
}

static void test_virtual_pc__limits_are_the_documented_ones(void **state)
{
    IVMVirtualPC *application = ((struct fixture *)*state)->application;
    LONG most = limit(application, application->lpVtbl->get_MaximumMemoryPerVM);
    assert_int_equal(limit(application, application->lpVtbl->get_MinimumMemoryPerVM), 4);
    assert_in_range(most, 4, 3712);
    assert_in_range(limit(application, application->lpVtbl->get_SuggestedMaximumMemoryPerVM), 4, most);
    assert_int_equal(limit(application, application->lpVtbl->get_MaximumFloppyDrivesPerVM), 1);
    assert_int_equal(limit(application, application->lpVtbl->get_MaximumSerialPortsPerVM), 2);
    assert_int_equal(limit(application, application->lpVtbl->get_MaximumParallelPortsPerVM), 1);
    assert_int_equal(limit(application, application->lpVtbl->get_MaximumNetworkAdaptersPerVM), 4);
    assert_int_equal(limit(application, application->lpVtbl->get_MaximumNumberOfIDEBuses), 2);
}

/* ---- FindVirtualMachine ---- */

static void test_virtual_pc__FindVirtualMachine_ignores_case(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *made = fixture_create(fixture, L"Blue"), *found;
    BSTR name;
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"bLUE"), &found), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(found, &name), S_OK);
    assert_text(name, L"Blue");
    assert_last_release(found);
    assert_last_release(made);
}

static void test_virtual_pc__FindVirtualMachine_not_there(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *found = (IVMVirtualMachine *)1;
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &found), S_FALSE);
    assert_null(found);
}

static void test_virtual_pc__FindVirtualMachine_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    static const WCHAR *const names[] = {L"", L"a*b", L"a?b", L"a:b", L"a<b", L"a>b", L"a/b", L"a|b", L"a\\b", L"a\"b"};
    IVMVirtualMachine *found = (IVMVirtualMachine *)1;
    assert_refused(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"a"), NULL), E_POINTER,
                   L"virtualMachine is NULL");
    assert_refused(IVMVirtualPC_FindVirtualMachine(fixture->application, NULL, &found), E_POINTER,
                   L"configurationName is NULL");
    assert_null(found);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        found = (IVMVirtualMachine *)1;
        assert_refused(IVMVirtualPC_FindVirtualMachine(fixture->application, text(names[i]), &found), E_POINTER, L"");
        assert_null(found);
    }
}

/* ---- CreateVirtualMachine ---- */

static void test_virtual_pc__CreateVirtualMachine_makes_and_registers(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    BSTR file;
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_get_File(vm, &file), S_OK);
    assert_text(file, text_of(L"%ls\\Blue.vmc", fixture_machines(fixture)));
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    assert_int_equal(vm_state, vmVMState_TurnedOff);
    assert_int_not_equal(GetFileAttributesW(text_of(L"%ls\\Blue.vmc", fixture_machines(fixture))),
                         INVALID_FILE_ATTRIBUTES);
    assert_int_not_equal(GetFileAttributesW(text_of(L"%ls\\Virtual Machines\\Blue.vmcx", fixture->folder)),
                         INVALID_FILE_ATTRIBUTES);
    assert_last_release(vm);
}

static void test_virtual_pc__CreateVirtualMachine_by_path_alone(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm;
    BSTR name;
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(fixture->application, NULL,
                                                     text_of(L"%ls\\Red.vmc", fixture_machines(fixture)), &vm),
                   S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(vm, &name), S_OK);
    assert_text(name, L"Red");
    assert_last_release(vm);
}

struct refusal {
    const WCHAR *name; /* NULL: NULL */
    const WCHAR *path; /* "~" at the start is the home's folder */
    HRESULT hr;
    const WCHAR *part; /* of the text: the value that is wrong */
};

#define LONG_NAME_81 L"123456789012345678901234567890123456789012345678901234567890123456789012345678901"

static const struct refusal create_refusals[] = {
    {L"", L"~\\", VM_E_CONFIG_NO_NAME, L""},
    {L"a*b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a*b"},
    {L"a?b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a?b"},
    {L"a:b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a:b"},
    {L"a<b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a<b"},
    {L"a>b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a>b"},
    {L"a/b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a/b"},
    {L"a|b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a|b"},
    {L"a\\b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a\\b"},
    {L"a\"b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a\"b"},
    {LONG_NAME_81, L"~\\Machines", VM_E_CONFIG_NAME_TOO_LONG, L"80"},
    {L"Blue", L"", WIN32_ERROR(ERROR_BAD_PATHNAME), L""},
    {L"Blue", L"Machines", WIN32_ERROR(ERROR_BAD_PATHNAME), L"Machines"},
    {L"Blue", L"..\\Machines", WIN32_ERROR(ERROR_BAD_PATHNAME), L"..\\Machines"},
    {L"Blue", L"~\\a*b", WIN32_ERROR(ERROR_INVALID_NAME), L"a*b"},
    {L"Blue", L"~\\a|b", WIN32_ERROR(ERROR_INVALID_NAME), L"a|b"},
    {L"Blue", L"~\\a/b", WIN32_ERROR(ERROR_INVALID_NAME), L"a/b"},
    {L"Blue", L"~\\a:b", WIN32_ERROR(ERROR_INVALID_NAME), L"a:b"},
    {L"Taken", L"~\\Other", VM_E_CONFIG_DUPLICATE_NAME, L"Taken"},
    {L"tAKEN", L"~\\Other", VM_E_CONFIG_DUPLICATE_NAME, L"Taken"},
};

static BSTR refusal_path(const struct fixture *fixture, const struct refusal *refusal)
{
    return refusal->path[0] == L'~' ? text_of(L"%ls%ls", fixture->folder, refusal->path + 1) : text(refusal->path);
}

static LONG count_machines(const struct fixture *fixture)
{
    IVMVirtualMachineCollection *machines;
    LONG count = -1;
    assert_hresult(IVMVirtualPC_get_VirtualMachines(fixture->application, &machines), S_OK);
    assert_hresult(IVMVirtualMachineCollection_get_Count(machines, &count), S_OK);
    assert_last_release(machines);
    return count;
}

static void test_virtual_pc__CreateVirtualMachine_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *taken = fixture_create(fixture, L"Taken"), *vm = (IVMVirtualMachine *)1;
    assert_refused(IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"a"), fixture_machines(fixture), NULL),
                   E_POINTER, L"virtualMachine is NULL");
    assert_refused(IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"a"), NULL, &vm), E_POINTER,
                   L"configurationPath is NULL");
    assert_null(vm);
    for (size_t i = 0; i < ARRAYSIZE(create_refusals); i++) {
        const struct refusal *row = &create_refusals[i];
        vm = (IVMVirtualMachine *)1;
        HRESULT hr =
            IVMVirtualPC_CreateVirtualMachine(fixture->application, text(row->name), refusal_path(fixture, row), &vm);
        if (hr != row->hr)
            print_error("row %u: name '%ls', path '%ls'\n", (unsigned)i, row->name, row->path);
        assert_refused(hr, row->hr, row->part);
        assert_null(vm);
    }
    assert_int_equal(count_machines(fixture), 1);
    assert_last_release(taken);
}

static void test_virtual_pc__CreateVirtualMachine_path_limit_is_259(void **state)
{
    struct fixture *fixture = *state;
    WCHAR folder[MAX_PATH + 64];
    IVMVirtualMachine *vm = (IVMVirtualMachine *)1;
    /* <folder>\Blue.vmc is 9 longer than the folder. */
    size_t length = wcslen(fixture->folder);
    wcscpy(folder, fixture->folder);
    folder[length++] = L'\\';
    while (length < 251)
        folder[length++] = L'x';
    folder[length] = 0;
    assert_refused(IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"Blue"), text(folder), &vm),
                   WIN32_ERROR(ERROR_BUFFER_OVERFLOW), L"");
    assert_null(vm);
    folder[250] = 0;
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"Blue"), text(folder), &vm), S_OK);
    assert_last_release(vm);
}

static void test_virtual_pc__CreateVirtualMachine_file_is_there(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *second = (IVMVirtualMachine *)1;
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), S_OK);
    assert_last_release(vm);
    assert_refused(
        IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"Blue"), fixture_machines(fixture), &second),
        WIN32_ERROR(ERROR_ALREADY_EXISTS), L"Blue.vmc");
    assert_null(second);
}

/* ---- RegisterVirtualMachine, UnregisterVirtualMachine, DeleteVirtualMachine ---- */

static void test_virtual_pc__UnregisterVirtualMachine_keeps_the_file(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *again;
    BSTR id, name, same_id;
    assert_hresult(IVMVirtualMachine_get_ConfigID(vm, &id), S_OK);
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), S_OK);
    assert_int_equal(count_machines(fixture), 0);
    assert_refused(IVMVirtualMachine_get_Name(vm, &name), VM_E_VM_UNKNOWN, L"Blue");
    assert_null(name);
    assert_refused(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), VM_E_VM_UNKNOWN, L"Blue");

    assert_hresult(
        IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"Blue.vmc"), fixture_machines(fixture), &again),
        S_OK);
    assert_hresult(IVMVirtualMachine_get_ConfigID(again, &same_id), S_OK);
    assert_text(same_id, id);
    /* The old object stays that of a VM that was forgotten. */
    assert_refused(IVMVirtualMachine_get_Name(vm, &name), VM_E_VM_UNKNOWN, L"Blue");
    SysFreeString(id);
    assert_last_release(again);
    assert_last_release(vm);
}

static const struct refusal register_refusals[] = {
    {L"Gone", L"~\\Machines", WIN32_ERROR(ERROR_FILE_NOT_FOUND), L"Gone"},
    {L"Gone", L"~\\Nowhere", WIN32_ERROR(ERROR_PATH_NOT_FOUND), L"Nowhere"},
    {L"", L"~\\Nowhere\\Gone.vmc", WIN32_ERROR(ERROR_PATH_NOT_FOUND), L"Nowhere"},
    {L"Blue", L"Machines", WIN32_ERROR(ERROR_BAD_PATHNAME), L"Machines"},
    {L"Blue", L"~\\a*b", WIN32_ERROR(ERROR_INVALID_NAME), L"a*b"},
    {L"a*b", L"~\\Machines", VM_E_CONFIG_NAME_INVALID_CHAR, L"a*b"},
    {LONG_NAME_81, L"~\\Machines", VM_E_CONFIG_NAME_TOO_LONG, L"80"},
    {L"Taken", L"~\\Machines", WIN32_ERROR(ERROR_ALREADY_EXISTS), L"Taken"},
};

static void test_virtual_pc__RegisterVirtualMachine_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *taken = fixture_create(fixture, L"Taken"), *vm = (IVMVirtualMachine *)1;
    assert_refused(
        IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"a"), fixture_machines(fixture), NULL),
        E_POINTER, L"virtualMachine is NULL");
    assert_refused(IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"a"), NULL, &vm), E_POINTER,
                   L"configurationPath is NULL");
    for (size_t i = 0; i < ARRAYSIZE(register_refusals); i++) {
        const struct refusal *row = &register_refusals[i];
        vm = (IVMVirtualMachine *)1;
        HRESULT hr =
            IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(row->name), refusal_path(fixture, row), &vm);
        if (hr != row->hr)
            print_error("row %u: name '%ls', path '%ls'\n", (unsigned)i, row->name, row->path);
        assert_refused(hr, row->hr, row->part);
        assert_null(vm);
    }
    assert_int_equal(count_machines(fixture), 1);
    assert_last_release(taken);
}

static void test_virtual_pc__RegisterVirtualMachine_other_file_of_that_name(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *taken = fixture_create(fixture, L"Taken"), *vm = (IVMVirtualMachine *)1;
    assert_true(CreateDirectoryW(text_of(L"%ls\\Other", fixture->folder), NULL));
    assert_true(CopyFileW(text_of(L"%ls\\Taken.vmc", fixture_machines(fixture)),
                          text_of(L"%ls\\Other\\Taken.vmc", fixture->folder), TRUE));
    assert_refused(IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"Taken"),
                                                       text_of(L"%ls\\Other", fixture->folder), &vm),
                   VM_E_CONFIG_DUPLICATE_NAME, L"Taken");
    assert_null(vm);
    assert_last_release(taken);
}

static void test_virtual_pc__DeleteVirtualMachine_removes_all(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *same, *next;
    BSTR name = NULL;
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &same), S_OK);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_int_equal(GetFileAttributesW(text_of(L"%ls\\Blue.vmc", fixture_machines(fixture))), INVALID_FILE_ATTRIBUTES);
    assert_int_equal(count_machines(fixture), 0);
    /* Through every object, also when a VM of that name is made again. */
    assert_refused(IVMVirtualMachine_get_Name(same, &name), VM_E_VM_UNKNOWN, L"Blue");
    next = fixture_create(fixture, L"Blue");
    assert_refused(IVMVirtualMachine_get_Name(vm, &name), VM_E_VM_UNKNOWN, L"Blue");
    assert_hresult(IVMVirtualMachine_get_Name(next, &name), S_OK);
    assert_text(name, L"Blue");
    /* A second time there is nothing to delete. */
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_FALSE);
    assert_int_equal(count_machines(fixture), 1);
    assert_last_release(next);
    assert_last_release(same);
    assert_last_release(vm);
}

static void test_virtual_pc__DeleteVirtualMachine_without_file(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    assert_true(DeleteFileW(text_of(L"%ls\\Blue.vmc", fixture_machines(fixture))));
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_FALSE);
    assert_int_equal(count_machines(fixture), 0);
    assert_last_release(vm);
}

static void test_virtual_pc__removal_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *foreign = (IVMVirtualMachine *)fixture->application;
    assert_refused(IVMVirtualPC_DeleteVirtualMachine(fixture->application, NULL), E_POINTER, L"virtualMachine is NULL");
    assert_refused(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, NULL), E_POINTER,
                   L"virtualMachine is NULL");
    assert_refused(IVMVirtualPC_DeleteVirtualMachine(fixture->application, foreign), E_INVALIDARG, L"virtualMachine");
    assert_refused(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, foreign), E_INVALIDARG,
                   L"virtualMachine");
}

/* ---- VirtualMachines ---- */

static void test_virtual_pc__VirtualMachines_in_order_and_live(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachineCollection *machines;
    IVMVirtualMachine *a = fixture_create(fixture, L"Zebra"), *b = fixture_create(fixture, L"Ape"), *item;
    IUnknown *unknown;
    IEnumVARIANT *enumerator;
    VARIANT next[3];
    ULONG fetched;
    BSTR name;
    LONG count;
    assert_hresult(IVMVirtualPC_get_VirtualMachines(fixture->application, &machines), S_OK);
    assert_hresult(IVMVirtualMachineCollection_get_Item(machines, 1, &item), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(item, &name), S_OK);
    assert_text(name, L"Zebra");
    assert_last_release(item);
    assert_hresult(IVMVirtualMachineCollection_get_Item(machines, 2, &item), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(item, &name), S_OK);
    assert_text(name, L"Ape");
    assert_last_release(item);
    assert_refused(IVMVirtualMachineCollection_get_Item(machines, 0, &item), DISP_E_BADINDEX, L"0");
    assert_null(item);
    assert_refused(IVMVirtualMachineCollection_get_Item(machines, 3, &item), DISP_E_BADINDEX, L"3");

    assert_hresult(IVMVirtualMachineCollection_get__NewEnum(machines, &unknown), S_OK);
    assert_hresult(IUnknown_QueryInterface(unknown, &IID_IEnumVARIANT, (void **)&enumerator), S_OK);
    IUnknown_Release(unknown);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, a), S_OK);
    assert_hresult(IVMVirtualMachineCollection_get_Count(machines, &count), S_OK);
    assert_int_equal(count, 1);
    assert_hresult(IEnumVARIANT_Next(enumerator, 3, next, &fetched), S_FALSE);
    assert_int_equal(fetched, 2);
    assert_int_equal(V_VT(&next[0]), VT_DISPATCH);
    VariantClear(&next[0]);
    VariantClear(&next[1]);
    assert_last_release(enumerator);
    assert_last_release(machines);
    assert_last_release(a);
    assert_last_release(b);
}

/* The data folder may lie where this user cannot write: a file where a folder has to be stands for it on every system.
 */
static void test_virtual_pc__CreateVirtualMachine_where_no_folder_can_be(void **state)
{
    struct fixture *fixture = *state;
    struct vpc_error err;
    IVMVirtualMachine *vm = (IVMVirtualMachine *)1;
    char *path = path_join(fixture->home.folder, "File");
    assert_ok(file_replace(path, "x", 1, &err), err);
    free(path);
    HRESULT hr = IVMVirtualPC_CreateVirtualMachine(fixture->application, text(L"Blue"),
                                                   text_of(L"%ls\\File\\Below", fixture->folder), &vm);
    assert_true(FAILED(hr));
    assert_refused(hr, hr, L"File");
    assert_null(vm);
    assert_int_equal(count_machines(fixture), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateInstance_twice_is_two_objects, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__Name_and_Version, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__UpTime_is_small, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__limits_are_the_documented_ones, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__FindVirtualMachine_ignores_case, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__FindVirtualMachine_not_there, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__FindVirtualMachine_wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateVirtualMachine_makes_and_registers, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateVirtualMachine_by_path_alone, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateVirtualMachine_wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateVirtualMachine_path_limit_is_259, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateVirtualMachine_file_is_there, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__UnregisterVirtualMachine_keeps_the_file, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__RegisterVirtualMachine_wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__RegisterVirtualMachine_other_file_of_that_name, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__DeleteVirtualMachine_removes_all, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__DeleteVirtualMachine_without_file, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__removal_wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__VirtualMachines_in_order_and_live, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc__CreateVirtualMachine_where_no_folder_can_be, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests_name("virtual_pc", tests, NULL, NULL);
}
