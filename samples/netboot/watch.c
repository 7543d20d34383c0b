/*
 * What a script cannot see: the HRESULT and the VARIANT's type of NetworkBytesSent.
 *
 *   watch NAME
 *
 * Waits until a VM of that name is registered, prints a line whenever the answer of NetworkBytesSent changes its
 * HRESULT, and ends when the VM is off again: S_OK while it runs, S_FALSE when it does not.
 */
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <stdio.h>
#include "VPCCOMInterfaces.h"

static const char *hresult_name(HRESULT hr)
{
    return hr == S_OK ? "S_OK" : hr == S_FALSE ? "S_FALSE" : "error";
}

static const char *type_name(VARTYPE type)
{
    return type == VT_DECIMAL ? "VT_DECIMAL" : "another type";
}

/* Prints one answer. A DECIMAL of scale 0 is a whole number: VarBstrFromDec prints all its digits. */
static void print_answer(HRESULT hr, VARIANT *sent)
{
    BSTR digits = NULL;

    if (V_VT(sent) == VT_DECIMAL)
        VarBstrFromDec(&V_DECIMAL(sent), LOCALE_INVARIANT, 0, &digits);
    printf("NetworkBytesSent: hr 0x%08lx (%s), type %u (%s), value %ls\n", (unsigned long)hr, hresult_name(hr),
           V_VT(sent), type_name(V_VT(sent)), digits ? digits : L"none");
    fflush(stdout);
    SysFreeString(digits);
}

static HRESULT wait_for_vm(IVMVirtualPC *vpc, const char *name, IVMVirtualMachine **vm)
{
    WCHAR wide[128];
    BSTR text;
    HRESULT hr;

    MultiByteToWideChar(CP_ACP, 0, name, -1, wide, 128);
    wide[127] = 0;
    text = SysAllocString(wide);
    if (!text)
        return E_OUTOFMEMORY;
    /* S_FALSE and NULL: no such VM yet */
    while ((hr = IVMVirtualPC_FindVirtualMachine(vpc, text, vm)) == S_FALSE)
        Sleep(100);
    SysFreeString(text);
    return hr;
}

/* Follows the VM through S_FALSE (not started), S_OK (active), S_FALSE (turned off). */
static HRESULT watch(IVMAccountant *accountant)
{
    HRESULT hr, before = E_UNEXPECTED;
    BOOL was_active = FALSE;

    do {
        VARIANT sent;
        VariantInit(&sent);
        hr = IVMAccountant_get_NetworkBytesSent(accountant, &sent);
        if (FAILED(hr))
            return hr;
        if (hr != before)
            print_answer(hr, &sent);
        before = hr;
        was_active = was_active || hr == S_OK;
        Sleep(50);
    } while (hr == S_OK || !was_active);
    return S_OK;
}

int main(int argc, char **argv)
{
    IVMVirtualPC *vpc = NULL;
    IVMVirtualMachine *vm = NULL;
    IVMAccountant *accountant = NULL;
    HRESULT hr;

    if (argc != 2) {
        fprintf(stderr, "usage: watch NAME\n");
        return 2;
    }
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 1;
    hr = CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&vpc);
    if (SUCCEEDED(hr))
        hr = wait_for_vm(vpc, argv[1], &vm);
    if (SUCCEEDED(hr))
        hr = IVMVirtualMachine_get_Accountant(vm, &accountant);
    if (SUCCEEDED(hr))
        hr = watch(accountant);
    if (FAILED(hr))
        fprintf(stderr, "watch: 0x%08lx\n", (unsigned long)hr);
    if (accountant)
        IVMAccountant_Release(accountant);
    if (vm)
        IVMVirtualMachine_Release(vm);
    if (vpc)
        IVMVirtualPC_Release(vpc);
    CoUninitialize();
    return FAILED(hr);
}
