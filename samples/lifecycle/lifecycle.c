/*
 * A day in the life of a VM: start, pause, resume, save, restore, and a saved state that is thrown away.
 *
 *   lifecycle FOLDER
 *
 * FOLDER is where the configuration goes. The VM has no disk: nothing but its life is shown.
 */
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <stdio.h>
#include "VPCCOMInterfaces.h"

/* Says what has failed, with the text that the object has left for this thread. */
static HRESULT check(HRESULT hr, const char *what)
{
    IErrorInfo *info = NULL;
    BSTR text = NULL;

    if (SUCCEEDED(hr))
        return hr;
    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetDescription(info, &text);
        IErrorInfo_Release(info);
    }
    printf("%s: 0x%08lx %ls\n", what, (unsigned long)hr, text ? text : L"");
    SysFreeString(text);
    return hr;
}

static HRESULT expect(IVMVirtualMachine *vm, VMVMState wanted)
{
    VMVMState state;
    HRESULT hr = check(IVMVirtualMachine_get_State(vm, &state), "State");

    if (FAILED(hr))
        return hr;
    printf("state %d\n", (int)state);
    return state == wanted ? S_OK : E_UNEXPECTED;
}

/* A member that begins a task. */
typedef HRESULT(STDMETHODCALLTYPE *task_call)(IVMVirtualMachine *vm, IVMTask **task);

/* Makes the call and follows its task to the end. */
static HRESULT finish(task_call call, const char *what, IVMVirtualMachine *vm, VMVMState wanted)
{
    IVMTask *task = NULL;
    VARIANT_BOOL complete = VARIANT_FALSE;
    VMTaskResult result = vmTaskResult_UnexpectedError;
    LONG percent, error = S_OK;
    BSTR text = NULL;
    HRESULT hr;

    if (FAILED(hr = check(call(vm, &task), what)))
        return hr;
    while (SUCCEEDED(hr = IVMTask_get_IsComplete(task, &complete)) && !complete) {
        if (SUCCEEDED(IVMTask_get_PercentCompleted(task, &percent)))
            printf("%s: %ld %%\n", what, (long)percent);
        IVMTask_WaitForCompletion(task, 500);
    }
    if (SUCCEEDED(hr))
        hr = IVMTask_get_Result(task, &result);
    if (SUCCEEDED(hr) && result != vmTaskResult_Success) {
        IVMTask_get_Error(task, &error);
        IVMTask_get_ErrorDescription(task, &text);
        printf("%s: result %d, 0x%08lx %ls\n", what, (int)result, (unsigned long)error, text ? text : L"");
        SysFreeString(text);
        hr = E_FAIL;
    }
    IVMTask_Release(task);
    return FAILED(hr) ? hr : expect(vm, wanted);
}

static HRESULT live(IVMVirtualMachine *vm)
{
    BSTR path = NULL;
    HRESULT hr;

    if (FAILED(hr = finish(vm->lpVtbl->Startup, "Startup", vm, vmVMState_Running)))
        return hr;
    /* Pause and Resume are done when they return. */
    if (FAILED(hr = check(IVMVirtualMachine_Pause(vm), "Pause")) || FAILED(hr = expect(vm, vmVMState_Paused)) ||
        FAILED(hr = check(IVMVirtualMachine_Resume(vm), "Resume")) || FAILED(hr = expect(vm, vmVMState_Running)))
        return hr;
    if (FAILED(hr = finish(vm->lpVtbl->Save, "Save", vm, vmVMState_Saved)))
        return hr;
    if (FAILED(hr = check(IVMVirtualMachine_get_SavedStateFilePath(vm, &path), "SavedStateFilePath")))
        return hr;
    printf("saved in %ls\n", path);
    SysFreeString(path);
    /* Starting a saved VM restores it. */
    if (FAILED(hr = finish(vm->lpVtbl->Startup, "Startup", vm, vmVMState_Running)) ||
        FAILED(hr = finish(vm->lpVtbl->Save, "Save", vm, vmVMState_Saved)) ||
        FAILED(hr = check(IVMVirtualMachine_DiscardSavedState(vm), "DiscardSavedState")))
        return hr;
    return expect(vm, vmVMState_TurnedOff);
}

int main(int count, char **arguments)
{
    IVMVirtualPC *vpc = NULL;
    IVMVirtualMachine *vm = NULL;
    WCHAR wide[MAX_PATH];
    BSTR name = SysAllocString(L"Lifecycle program"), folder = NULL;
    HRESULT hr;

    if (count < 2) {
        fprintf(stderr, "usage: lifecycle FOLDER\n");
        return 2;
    }
    MultiByteToWideChar(CP_ACP, 0, arguments[1], -1, wide, MAX_PATH);
    folder = SysAllocString(wide);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&vpc);
    if (SUCCEEDED(check(hr, "CoCreateInstance")))
        hr = check(IVMVirtualPC_CreateVirtualMachine(vpc, name, folder, &vm), "CreateVirtualMachine");
    if (SUCCEEDED(hr) && SUCCEEDED(hr = check(IVMVirtualMachine_put_Memory(vm, 64), "Memory")))
        hr = live(vm);
    if (SUCCEEDED(hr))
        hr = check(IVMVirtualPC_DeleteVirtualMachine(vpc, vm), "DeleteVirtualMachine");
    if (SUCCEEDED(hr))
        printf("finished\n");
    if (vm)
        IVMVirtualMachine_Release(vm);
    if (vpc)
        IVMVirtualPC_Release(vpc);
    CoUninitialize();
    SysFreeString(folder);
    SysFreeString(name);
    return SUCCEEDED(hr) ? 0 : 1;
}
