/*
 * The DLL in a process of the system's (dllhost), as its AppID's DllSurrogate allows: every call crosses processes by
 * the automation marshaler. A 32-bit client reaches a 64-bit DLL in this way.
 *
 * Wine 8 runs the 32-bit dllhost whatever the client is: this works there for the 32-bit DLL, and for no DLL where Wine
 * has 64 bits only.
 */
#include "objects_check.h"

#include <stdlib.h>
#include "util/text.h"

struct surrogate {
    struct test_home home;
    IVMVirtualPC *application;
};

static HRESULT create_far(IVMVirtualPC **application)
{
    return CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_LOCAL_SERVER, &IID_IVMVirtualPC, (void **)application);
}

static int surrogate_open(void **state)
{
    static struct surrogate surrogate;
    *state = &surrogate;
    test_home_open(&surrogate.home);
    return CoInitializeEx(NULL, COINIT_MULTITHREADED) == S_OK ? 0 : -1;
}

static int surrogate_close(void **state)
{
    struct surrogate *surrogate = *state;
    if (surrogate->application)
        IVMVirtualPC_Release(surrogate->application);
    CoUninitialize();
    test_home_close(&surrogate->home);
    return 0;
}

static void skip_without(const struct surrogate *surrogate)
{
    if (!surrogate->application) {
        print_message("SKIPPED: Wine has no 64-bit surrogate process\n");
        skip();
    }
}

static void test_surrogate__is_another_process(void **state)
{
    struct surrogate *surrogate = *state;
    BSTR name;
    HRESULT hr = create_far(&surrogate->application);
#ifdef _WIN64
    if (known_gap("wine 8", hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), "there is no 64-bit surrogate process"))
        return;
#endif
    assert_hresult(hr, S_OK);
    assert_hresult(IVMVirtualPC_get_Name(surrogate->application, &name), S_OK);
    assert_text(name, L"Virtual PC");
    /* Its type library may be mapped here, as data; its code is not. */
    assert_null(GetModuleHandleW(L"VPCCOMInterfaces.dll"));
}

static void test_surrogate__a_VM_runs_and_is_counted(void **state)
{
    struct surrogate *surrogate = *state;
    skip_without(surrogate);
    WCHAR *folder = text_to_wide(surrogate->home.folder);
    IVMVirtualMachine *vm;
    IVMAccountant *accountant;
    IVMTask *task;
    VARIANT sent;

    assert_hresult(IVMVirtualPC_CreateVirtualMachine(surrogate->application, text(L"Far"),
                                                     text_of(L"%ls\\Machines\\Far", folder), &vm),
                   S_OK);
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    VariantInit(&sent);
    assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &sent), S_FALSE);
    assert_int_equal(V_VT(&sent), VT_DECIMAL);
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    IVMTask_Release(task);
    assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &sent), S_OK);
    assert_int_equal(V_VT(&sent), VT_DECIMAL);
    fixture_turn_off(vm);
    IVMAccountant_Release(accountant);
    IVMVirtualMachine_Release(vm);
    free(folder);
}

/* The text of a failure crosses too. */
static void test_surrogate__a_failure_has_its_text(void **state)
{
    struct surrogate *surrogate = *state;
    skip_without(surrogate);
    IVMVirtualMachine *vm;
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(surrogate->application, text(L"a/b"), text(L"C:\\x"), &vm),
                   VM_E_CONFIG_NAME_INVALID_CHAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_surrogate__is_another_process),
        cmocka_unit_test(test_surrogate__a_VM_runs_and_is_counted),
        cmocka_unit_test(test_surrogate__a_failure_has_its_text),
    };
    return cmocka_run_group_tests_name("surrogate", tests, surrogate_open, surrogate_close);
}
