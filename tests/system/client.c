#include "client.h"
#include "support/check.h"

#define assert_hr(expected, actual) assert_int_equal((unsigned long)(expected), (unsigned long)(actual))

void client_open(struct client *client, const wchar_t *vm_name)
{
    BSTR name = SysAllocString(vm_name);
    IVMAccountant *accountant;
    assert_hr(S_OK, CoInitializeEx(NULL, COINIT_MULTITHREADED));
    assert_hr(S_OK, CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC,
                                     (void **)&client->application));
    assert_hr(S_OK, IVMVirtualPC_FindVirtualMachine(client->application, name, &client->vm));
    assert_hr(S_OK, IVMVirtualMachine_get_Accountant(client->vm, &accountant));
    assert_hr(S_OK, IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&client->accountant));
    IVMAccountant_Release(accountant);
    SysFreeString(name);
}

void client_close(struct client *client)
{
    assert_int_equal(IVMAccountant2_Release(client->accountant), 0);
    assert_int_equal(IVMVirtualMachine_Release(client->vm), 0);
    assert_int_equal(IVMVirtualPC_Release(client->application), 0);
    CoUninitialize();
}

void client_turn_off_and_close(struct client *client)
{
    IVMTask *task = NULL;
    if (IVMVirtualMachine_TurnOff(client->vm, &task) == S_OK) {
        IVMTask_WaitForCompletion(task, CLIENT_PATIENCE_MS);
        IVMTask_Release(task);
    }
    client_close(client);
}

/* For a failure: the text that came with it. */
static void fail_with_text(HRESULT hr)
{
    IErrorInfo *info = NULL;
    BSTR text = NULL;
    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetDescription(info, &text);
        IErrorInfo_Release(info);
    }
    fail_msg("0x%08lx %ls", (unsigned long)hr, text ? text : L"");
}

void client_finish(HRESULT hr, IVMTask *task)
{
    BSTR text = NULL;
    LONG error = -1;
    if (hr != S_OK)
        fail_with_text(hr);
    assert_hr(S_OK, IVMTask_WaitForCompletion(task, CLIENT_PATIENCE_MS));
    assert_hr(S_OK, IVMTask_get_Error(task, &error));
    assert_hr(S_OK, IVMTask_get_ErrorDescription(task, &text));
    if (error)
        fail_msg("task failed: 0x%08lx %ls", (unsigned long)error, text ? text : L"");
    SysFreeString(text);
    IVMTask_Release(task);
}

uint64_t client_read(struct client *client, client_figure figure, HRESULT expected)
{
    VARIANT value;
    ULONGLONG start = GetTickCount64();
    HRESULT hr;
    do {
        hr = figure(client->accountant, &value);
    } while (hr == DISP_E_EXCEPTION && client->supervisor_lost && GetTickCount64() - start < CLIENT_PATIENCE_MS);
    assert_hr(expected, hr);
    assert_int_equal(V_VT(&value), VT_DECIMAL);
    assert_int_equal(V_DECIMAL(&value).scale, 0);
    assert_int_equal(V_DECIMAL(&value).Hi32, 0);
    return V_DECIMAL(&value).Lo64;
}

void client_pause(struct client *client)
{
    ULONGLONG start = GetTickCount64();
    VMVMState state = vmVMState_Invalid;
    HRESULT hr = IVMVirtualMachine_Pause(client->vm);
    if (hr == S_OK)
        return;
    assert_hr(VM_E_TIMED_OUT, hr);
    while (state != vmVMState_Paused && GetTickCount64() - start < CLIENT_PATIENCE_MS)
        IVMVirtualMachine_get_State(client->vm, &state);
    assert_int_equal(state, vmVMState_Paused);
}

void client_assert_state(struct client *client, VMVMState state)
{
    VMVMState shown = vmVMState_Invalid;
    assert_hr(S_OK, IVMVirtualMachine_get_State(client->vm, &shown));
    assert_int_equal(shown, state);
}
