/* IVMVirtualMachine: what its configuration says. */
#include "objects_check.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "util/file.h"
#include "util/text.h"

static VARIANT integer(LONG value)
{
    VARIANT variant;
    V_VT(&variant) = VT_I4;
    V_I4(&variant) = value;
    return variant;
}

static void test_virtual_machine__Name_is_that_of_the_file(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *same;
    BSTR name, id, same_id;
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &same), S_OK);
    assert_hresult(IVMVirtualMachine_get_ConfigID(vm, &id), S_OK);
    assert_int_equal(SysStringLen(id), 38);
    assert_int_equal(id[0], L'{');

    assert_hresult(IVMVirtualMachine_put_Name(vm, text(L"Green")), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(vm, &name), S_OK);
    assert_text(name, L"Green");
    /* Another object of the same VM follows, and the identity stays. */
    assert_hresult(IVMVirtualMachine_get_Name(same, &name), S_OK);
    assert_text(name, L"Green");
    assert_hresult(IVMVirtualMachine_get_ConfigID(same, &same_id), S_OK);
    assert_text(same_id, id);
    assert_hresult(IVMVirtualMachine_get_File(same, &name), S_OK);
    assert_text(name, text_of(L"%ls\\Green.vmc", fixture_machines(fixture)));
    assert_hresult(IVMVirtualMachine_put_Name(vm, text(L"green")), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(vm, &name), S_OK);
    assert_text(name, L"green");
    SysFreeString(id);
    assert_last_release(same);
    assert_last_release(vm);
}

static void test_virtual_machine__Name_wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other = fixture_create(fixture, L"Taken");
    WCHAR name[82];
    BSTR got;
    for (size_t i = 0; i < 81; i++)
        name[i] = L'n';
    name[81] = 0;
    assert_refused(IVMVirtualMachine_get_Name(vm, NULL), E_POINTER, L"virtualMachineName is NULL");
    assert_refused(IVMVirtualMachine_put_Name(vm, text(L"")), VM_E_CONFIG_NO_NAME, L"");
    assert_refused(IVMVirtualMachine_put_Name(vm, NULL), VM_E_CONFIG_NO_NAME, L"");
    assert_refused(IVMVirtualMachine_put_Name(vm, text(name)), VM_E_CONFIG_NAME_TOO_LONG, L"80");
    assert_refused(IVMVirtualMachine_put_Name(vm, text(L"a?b")), VM_E_CONFIG_NAME_INVALID_CHAR, L"a?b");
    assert_refused(IVMVirtualMachine_put_Name(vm, text(L"tAKEN")), VM_E_CONFIG_DUPLICATE_NAME, L"Taken");
    assert_hresult(IVMVirtualMachine_get_Name(vm, &got), S_OK);
    assert_text(got, L"Blue");
    name[80] = 0;
    assert_hresult(IVMVirtualMachine_put_Name(vm, text(name)), S_OK);
    assert_last_release(other);
    assert_last_release(vm);
}

static void test_virtual_machine__Name_with_a_NUL_inside(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    BSTR name = SysAllocStringLen(L"a\0b", 3);
    assert_refused(IVMVirtualMachine_put_Name(vm, name), VM_E_CONFIG_NAME_INVALID_CHAR, L"NUL");
    SysFreeString(name);
    assert_last_release(vm);
}

static void test_virtual_machine__Notes(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    BSTR notes, most = SysAllocStringLen(NULL, 65536), more = SysAllocStringLen(NULL, 65537);
    for (size_t i = 0; i < 65537; i++) {
        more[i] = L'n';
        if (i < 65536)
            most[i] = L'n';
    }
    assert_hresult(IVMVirtualMachine_get_Notes(vm, &notes), S_OK);
    assert_text(notes, L"");
    assert_hresult(IVMVirtualMachine_put_Notes(vm, text(L"  two\nlines & <more> ")), S_OK);
    assert_hresult(IVMVirtualMachine_get_Notes(vm, &notes), S_OK);
    assert_text(notes, L"  two\nlines & <more> ");
    assert_refused(IVMVirtualMachine_put_Notes(vm, more), E_INVALIDARG, L"65537");
    assert_hresult(IVMVirtualMachine_put_Notes(vm, most), S_OK);
    assert_hresult(IVMVirtualMachine_get_Notes(vm, &notes), S_OK);
    assert_text(notes, most);
    assert_hresult(IVMVirtualMachine_put_Notes(vm, text(L"")), S_OK);
    assert_hresult(IVMVirtualMachine_get_Notes(vm, &notes), S_OK);
    assert_text(notes, L"");
    assert_hresult(IVMVirtualMachine_put_Notes(vm, NULL), S_OK);
    assert_refused(IVMVirtualMachine_get_Notes(vm, NULL), E_POINTER, L"virtualMachineNotes is NULL");
    SysFreeString(most);
    SysFreeString(more);
    assert_last_release(vm);
}

static void test_virtual_machine__Memory(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    LONG megabytes;
    assert_hresult(IVMVirtualMachine_put_Memory(vm, 4), S_OK);
    assert_hresult(IVMVirtualMachine_get_Memory(vm, &megabytes), S_OK);
    assert_int_equal(megabytes, 4);
    assert_refused(IVMVirtualMachine_put_Memory(vm, 3), E_INVALIDARG, L"3 MB");
    assert_refused(IVMVirtualMachine_put_Memory(vm, 3713), E_INVALIDARG, L"3713 MB");
    assert_refused(IVMVirtualMachine_put_Memory(vm, -1), E_INVALIDARG, L"-1 MB");
    assert_refused(IVMVirtualMachine_get_Memory(vm, NULL), E_POINTER, L"megabytesOfMemory is NULL");
    assert_hresult(IVMVirtualMachine_RemoveConfigurationValue(vm, text(L"hardware/memory/ram_size")), S_OK);
    assert_refused(IVMVirtualMachine_get_Memory(vm, &megabytes), VM_E_PREF_NOT_FOUND, L"ram_size");
    assert_int_equal(megabytes, 0);
    assert_last_release(vm);
}

static void test_virtual_machine__configuration_values(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    BSTR key = text(L"ours/list[@id=2]/key"), empty = text(L"");
    VARIANT got, none;
    LONG megabytes;
    VariantInit(&none);
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, key, integer(7)), S_OK);
    assert_hresult(IVMVirtualMachine_GetConfigurationValue(vm, key, &got), S_OK);
    assert_int_equal(V_VT(&got), VT_I4);
    assert_int_equal(V_I4(&got), 7);
    assert_hresult(IVMVirtualMachine_RemoveConfigurationValue(vm, key), S_OK);
    assert_refused(IVMVirtualMachine_GetConfigurationValue(vm, key, &got), VM_E_PREF_NOT_FOUND, L"ours/list");
    assert_int_equal(V_VT(&got), VT_EMPTY);
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(L"hardware/memory/ram_size"), integer(64)), S_OK);
    assert_hresult(IVMVirtualMachine_get_Memory(vm, &megabytes), S_OK);
    assert_int_equal(megabytes, 64);

    assert_refused(IVMVirtualMachine_GetConfigurationValue(vm, key, NULL), E_POINTER, L"configurationValue is NULL");
    assert_refused(IVMVirtualMachine_GetConfigurationValue(vm, NULL, &got), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualMachine_GetConfigurationValue(vm, empty, &got), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualMachine_SetConfigurationValue(vm, NULL, integer(1)), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualMachine_SetConfigurationValue(vm, empty, integer(1)), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualMachine_SetConfigurationValue(vm, key, none), E_INVALIDARG, L"0");
    assert_refused(IVMVirtualMachine_RemoveConfigurationValue(vm, NULL), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualMachine_RemoveConfigurationValue(vm, empty), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualMachine_RemoveConfigurationValue(vm, key), VM_E_PREF_NOT_FOUND, L"ours/list");
    assert_last_release(vm);
}

static void test_virtual_machine__choices(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    VMShutdownAction shutdown;
    VMUndoAction undo;
    VARIANT_BOOL undoable;
    VARIANT got;
    assert_hresult(IVMVirtualMachine_get_ShutdownActionOnQuit(vm, &shutdown), S_OK);
    assert_int_equal(shutdown, vmShutdownAction_Save);
    assert_hresult(IVMVirtualMachine_put_ShutdownActionOnQuit(vm, vmShutdownAction_Shutdown), S_OK);
    assert_hresult(IVMVirtualMachine_get_ShutdownActionOnQuit(vm, &shutdown), S_OK);
    assert_int_equal(shutdown, vmShutdownAction_Shutdown);
    assert_refused(IVMVirtualMachine_put_ShutdownActionOnQuit(vm, (VMShutdownAction)3), E_POINTER, L"3");
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(L"settings/shutdown/quit/action"), integer(4)),
                   S_OK);
    assert_hresult(IVMVirtualMachine_get_ShutdownActionOnQuit(vm, &shutdown), S_OK);
    assert_int_equal(shutdown, vmShutdownAction_Save);

    assert_hresult(IVMVirtualMachine_put_UndoAction(vm, vmUndoAction_Commit), S_OK);
    assert_hresult(IVMVirtualMachine_get_UndoAction(vm, &undo), S_OK);
    assert_int_equal(undo, vmUndoAction_Commit);
    assert_hresult(IVMVirtualMachine_GetConfigurationValue(vm, text(L"settings/undo_drives/default_action"), &got),
                   S_OK);
    assert_int_equal(V_I4(&got), vmUndoAction_Commit);
    assert_refused(IVMVirtualMachine_put_UndoAction(vm, (VMUndoAction)3), E_INVALIDARG, L"3");
    assert_refused(IVMVirtualMachine_put_UndoAction(vm, (VMUndoAction)-1), E_INVALIDARG, L"-1");

    assert_hresult(IVMVirtualMachine_get_Undoable(vm, &undoable), S_OK);
    assert_int_equal(undoable, VARIANT_FALSE);
    assert_hresult(IVMVirtualMachine_put_Undoable(vm, VARIANT_TRUE), S_OK);
    assert_hresult(IVMVirtualMachine_get_Undoable(vm, &undoable), S_OK);
    assert_int_equal(undoable, VARIANT_TRUE);
    assert_last_release(vm);
}

struct bios_text {
    HRESULT(STDMETHODCALLTYPE *get)(IVMVirtualMachine *, BSTR *);
    HRESULT(STDMETHODCALLTYPE *put)(IVMVirtualMachine *, BSTR);
};

static void test_virtual_machine__BIOS_texts(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    const IVMVirtualMachineVtbl *vtbl = vm->lpVtbl;
    const struct bios_text members[] = {
        {vtbl->get_BIOSSerialNumber, vtbl->put_BIOSSerialNumber},
        {vtbl->get_BaseBoardSerialNumber, vtbl->put_BaseBoardSerialNumber},
        {vtbl->get_ChassisSerialNumber, vtbl->put_ChassisSerialNumber},
        {vtbl->get_ChassisAssetTag, vtbl->put_ChassisAssetTag},
    };
    BSTR got;
    for (size_t i = 0; i < ARRAYSIZE(members); i++) {
        BSTR value = text_of(L"1234567890123456789012345678901%d", (int)i);
        assert_refused(members[i].get(vm, NULL), E_POINTER, L"is NULL");
        assert_hresult(members[i].get(vm, &got), S_OK);
        assert_text(got, L"");
        assert_hresult(members[i].put(vm, value), S_OK);
        assert_refused(members[i].put(vm, text_of(L"%ls3", value)), E_INVALIDARG, L"33");
        assert_refused(members[i].put(vm, text(L"")), E_INVALIDARG, L"0 characters");
        assert_refused(members[i].put(vm, NULL), E_INVALIDARG, L"0 characters");
        assert_refused(members[i].put(vm, text(L"a\tb")), E_INVALIDARG, L"0x9");
        assert_hresult(members[i].get(vm, &got), S_OK);
        assert_text(got, value);
    }
    assert_hresult(IVMVirtualMachine_put_BIOSGUID(vm, text(L"{6F0B7C1E-2D64-4B0A-9C35-7E1D5A2F8B90}")), S_OK);
    assert_hresult(IVMVirtualMachine_get_BIOSGUID(vm, &got), S_OK);
    assert_text(got, L"{6F0B7C1E-2D64-4B0A-9C35-7E1D5A2F8B90}");
    assert_refused(IVMVirtualMachine_put_BIOSGUID(vm, text(L"6F0B7C1E-2D64-4B0A-9C35-7E1D5A2F8B90")), E_INVALIDARG,
                   L"6F0B7C1E");
    assert_refused(IVMVirtualMachine_put_BIOSGUID(vm, text(L"")), E_INVALIDARG, L"GUID");
    assert_last_release(vm);
}

/* ---- objects of a VM that is gone, and of one whose file is damaged ---- */

static void test_virtual_machine__unknown_is_told_by_every_member(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMNetworkAdapterCollection *adapters;
    IVMAccountant *accountant;
    IVMGuestOS *guest;
    IVMMouse *mouse;
    IVMTask *task;
    VMVMState vm_state;
    VARIANT got;
    LONG number;
    BSTR got_text;
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_refused(IVMVirtualMachine_get_Name(vm, &got_text), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_ConfigID(vm, &got_text), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_File(vm, &got_text), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_State(vm, &vm_state), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_Memory(vm, &number), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_put_Memory(vm, 64), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_put_Name(vm, text(L"Red")), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_Notes(vm, &got_text), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_put_Notes(vm, text(L"n")), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_Accountant(vm, &accountant), VM_E_VM_UNKNOWN, L"Blue");
    assert_null(accountant);
    assert_refused(IVMVirtualMachine_get_GuestOS(vm, &guest), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_Mouse(vm, &mouse), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_get_NetworkAdapters(vm, &adapters), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_Startup(vm, &task), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_TurnOff(vm, &task), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_Reset(vm, &task), VM_E_VM_UNKNOWN, L"Blue");
    assert_null(task);
    assert_refused(IVMVirtualMachine_GetConfigurationValue(vm, text(L"a"), &got), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_SetConfigurationValue(vm, text(L"a"), integer(1)), VM_E_VM_UNKNOWN, L"Blue");
    assert_refused(IVMVirtualMachine_RemoveConfigurationValue(vm, text(L"a")), VM_E_VM_UNKNOWN, L"Blue");
    assert_last_release(vm);
}

struct damage {
    const char *bytes;
    size_t size; /* 0: that of the text; otherwise the file is filled up with noise */
};

static const struct damage damages[] = {
    {"", 0},
    {"hello", 0},
    {"<preferences><version type=\"string\">2.0</version>", 0},                    /* truncated */
    {"<vm_description/>", 0},                                                      /* another file */
    {"<preferences><version type=\"string\">\xff\xfe</version></preferences>", 0}, /* no UTF-8 */
    {"\xff\xfe<\0p\0r\0", 7},                                                      /* half a character at the end */
    {"<!DOCTYPE a [<!ENTITY b \"c\">]><preferences><a>&b;</a></preferences>", 0},
    {"noise", 50 * 1024 * 1024},
};

static void damage_file(const WCHAR *path, const struct damage *damage)
{
    struct vpc_error err;
    size_t length = strlen(damage->bytes), size = damage->size ? damage->size : length;
    char *data = calloc(size + 1, 1), *utf8 = text_from_wide(path, wcslen(path));
    assert_non_null(data);
    if (damage->size && damage->size < 100)
        memcpy(data, damage->bytes, size);
    else
        memcpy(data, damage->bytes, length);
    unsigned noise = 1;
    for (size_t i = damage->size < 100 ? size : length; i < size; i++)
        data[i] = (char)((noise = noise * 1103515245u + 12345u) >> 16);
    assert_ok(file_replace(utf8, data, size, &err), err);
    free(utf8);
    free(data);
}

static void test_virtual_machine__damaged_file(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *found, *other;
    BSTR path = text_of(L"%ls\\Blue.vmc", fixture_machines(fixture)), got;
    for (size_t i = 0; i < ARRAYSIZE(damages); i++) {
        IVMTask *task = (IVMTask *)1;
        VMVMState vm_state;
        LONG megabytes;
        damage_file(path, &damages[i]);
        assert_refused(IVMVirtualMachine_get_Memory(vm, &megabytes), VM_E_VM_UNKNOWN, L"Blue");
        assert_refused(IVMVirtualMachine_put_Memory(vm, 64), VM_E_VM_UNKNOWN, L"Blue");
        assert_refused(IVMVirtualMachine_get_State(vm, &vm_state), VM_E_VM_UNKNOWN, L"Blue");
        assert_refused(IVMVirtualMachine_Startup(vm, &task), VM_E_VM_UNKNOWN, L"Blue");
        assert_null(task);
        /* The VM is still registered and can be found; its name needs no file. */
        assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &found), S_OK);
        assert_hresult(IVMVirtualMachine_get_Name(found, &got), S_OK);
        assert_text(got, L"Blue");
        assert_last_release(found);
    }
    /* Nor can such a file be registered. */
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), S_OK);
    for (size_t i = 0; i < ARRAYSIZE(damages); i++) {
        damage_file(path, &damages[i]);
        other = (IVMVirtualMachine *)1;
        assert_refused(
            IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"Blue"), fixture_machines(fixture), &other),
            DISP_E_EXCEPTION, L"Blue.vmc");
        assert_null(other);
    }
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_virtual_machine__Name_is_that_of_the_file, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Name_wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Name_with_a_NUL_inside, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Notes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Memory, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__configuration_values, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__choices, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__BIOS_texts, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__unknown_is_told_by_every_member, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__damaged_file, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("virtual_machine", tests, NULL, NULL);
}
