/*
 * The accounting table of all VMs, in C.
 *
 *   accounting-c
 *
 * One line a VM, columns parted by tabs. The counters are DECIMALs of scale 0: VarBstrFromDec prints all digits.
 * S_FALSE says that the VM is not active; its figures are zero then.
 */
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <locale.h>
#include <stdio.h>
#include "VPCCOMInterfaces.h"

typedef HRESULT(STDMETHODCALLTYPE *get_counter)(IVMAccountant *, VARIANT *);

static const char *state_name(VMVMState state)
{
    static const char *const names[] = {"Invalid",     "Turned off",     "Saved",   "Turning on",
                                        "Restoring",   "Running",        "Paused",  "Saving",
                                        "Turning off", "Merging drives", "Deleting"};

    return (size_t)state < ARRAYSIZE(names) ? names[state] : "?";
}

/* What the failed call has left to say. */
static void print_reason(HRESULT hr)
{
    IErrorInfo *info;
    BSTR text = NULL;

    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetDescription(info, &text);
        IErrorInfo_Release(info);
    }
    printf("\tunknown: %ls (0x%08lx)", text ? text : L"no text", (unsigned long)hr);
    SysFreeString(text);
}

static HRESULT print_counter(IVMAccountant *accountant, get_counter get)
{
    VARIANT value;
    BSTR digits;
    HRESULT hr = get(accountant, &value);

    if (FAILED(hr) || FAILED(hr = VarBstrFromDec(&V_DECIMAL(&value), LOCALE_INVARIANT, 0, &digits)))
        return hr;
    printf("\t%ls", digits);
    SysFreeString(digits);
    return S_OK;
}

static HRESULT print_figures(IVMAccountant *accountant)
{
    LONG percent, seconds;
    HRESULT hr;

    if (FAILED(hr = print_counter(accountant, accountant->lpVtbl->get_NetworkBytesSent)) ||
        FAILED(hr = print_counter(accountant, accountant->lpVtbl->get_NetworkBytesReceived)) ||
        FAILED(hr = print_counter(accountant, accountant->lpVtbl->get_DiskBytesRead)) ||
        FAILED(hr = print_counter(accountant, accountant->lpVtbl->get_DiskBytesWritten)) ||
        FAILED(hr = IVMAccountant_get_CPUUtilization(accountant, &percent)) ||
        FAILED(hr = IVMAccountant_get_UpTime(accountant, &seconds)))
        return hr;
    printf("\t%ld\t%ld", percent, seconds);
    return S_OK;
}

static HRESULT print_machine(IVMVirtualMachine *vm)
{
    IVMAccountant *accountant;
    VMVMState state;
    BSTR name;
    HRESULT hr;

    if (FAILED(hr = IVMVirtualMachine_get_Name(vm, &name)))
        return hr;
    printf("%ls", name);
    SysFreeString(name);
    if (FAILED(hr = IVMVirtualMachine_get_State(vm, &state)) ||
        FAILED(hr = IVMVirtualMachine_get_Accountant(vm, &accountant)))
        return hr;
    printf("\t%s", state_name(state));
    hr = print_figures(accountant);
    IVMAccountant_Release(accountant);
    return hr;
}

static HRESULT print_table(IVMVirtualPC *vpc)
{
    IVMVirtualMachineCollection *machines;
    LONG count = 0;
    HRESULT hr = IVMVirtualPC_get_VirtualMachines(vpc, &machines);

    if (FAILED(hr))
        return hr;
    hr = IVMVirtualMachineCollection_get_Count(machines, &count);
    printf("Name\tState\tSent\tReceived\tRead\tWritten\tCPU %%\tUp s\n");
    for (LONG i = 1; i <= count && SUCCEEDED(hr); i++) {
        IVMVirtualMachine *vm;
        HRESULT told;
        if (FAILED(hr = IVMVirtualMachineCollection_get_Item(machines, i, &vm)))
            break;
        /* A VM that cannot be asked leaves the others alone. */
        if (FAILED(told = print_machine(vm)))
            print_reason(told);
        printf("\n");
        IVMVirtualMachine_Release(vm);
    }
    IVMVirtualMachineCollection_Release(machines);
    return hr;
}

int main(void)
{
    IVMVirtualPC *vpc;
    HRESULT hr;

    setlocale(LC_ALL, "");
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 1;
    if (SUCCEEDED(
            hr = CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&vpc))) {
        hr = print_table(vpc);
        IVMVirtualPC_Release(vpc);
    }
    if (FAILED(hr))
        fprintf(stderr, "failed: 0x%08lx\n", (unsigned long)hr);
    CoUninitialize();
    return FAILED(hr);
}
