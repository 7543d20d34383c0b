/* client_c TYPELIB: does the type library of the installed package describe the interface of its header? Status 0 if so. */
#define COBJMACROS
#include <stdio.h>
#include <stdlib.h>

#include "VPCCOMInterfaces.h"

/* Only the compiler sees this one: the C macros of the header, by the names of the documentation. */
HRESULT bytes_sent(IVMVirtualMachine *vm, VARIANT *sent);
HRESULT bytes_sent(IVMVirtualMachine *vm, VARIANT *sent)
{
    IVMAccountant *accountant;
    HRESULT hr = IVMVirtualMachine_get_Accountant(vm, &accountant);
    if (FAILED(hr))
        return hr;
    hr = IVMAccountant_get_NetworkBytesSent(accountant, sent);
    IVMAccountant_Release(accountant);
    return hr;
}

int main(int argc, char **argv)
{
    wchar_t path[MAX_PATH];
    ITypeLib *library;
    ITypeInfo *info;
    TYPEATTR *attributes;
    HRESULT hr;

    if (argc != 2 || mbstowcs(path, argv[1], MAX_PATH) >= MAX_PATH)
        return 2;
    hr = LoadTypeLibEx(path, REGKIND_NONE, &library);
    if (FAILED(hr)) {
        printf("LoadTypeLibEx(%s): 0x%08lx\n", argv[1], (unsigned long)hr);
        return 1;
    }
    hr = ITypeLib_GetTypeInfoOfGuid(library, &IID_IVMAccountant, &info);
    ITypeLib_Release(library);
    if (FAILED(hr)) {
        printf("no IVMAccountant in the type library: 0x%08lx\n", (unsigned long)hr);
        return 1;
    }
    hr = ITypeInfo_GetTypeAttr(info, &attributes);
    if (SUCCEEDED(hr)) {
        printf("IVMAccountant: kind %d\n", (int)attributes->typekind);
        hr = attributes->typekind == TKIND_DISPATCH ? S_OK : E_FAIL;
        ITypeInfo_ReleaseTypeAttr(info, attributes);
    }
    ITypeInfo_Release(info);
    return SUCCEEDED(hr) ? 0 : 1;
}
