// client_cpp: the header from C++. Status 0 if identifiers of header and VPCCOMInterfaces_i.c are those of the documentation.
#include <cstdio>
#include <cwchar>

#include "VPCCOMInterfaces.h"

HRESULT bytes_sent(IVMVirtualMachine &vm, VARIANT &sent);
HRESULT bytes_sent(IVMVirtualMachine &vm, VARIANT &sent)
{
    IVMAccountant *accountant;
    HRESULT hr = vm.get_Accountant(&accountant);
    if (FAILED(hr))
        return hr;
    hr = accountant->get_NetworkBytesSent(&sent);
    accountant->Release();
    return hr;
}

int main()
{
    OLECHAR text[40];
    StringFromGUID2(LIBID_VirtualPC, text, 40);
    std::printf("LIBID_VirtualPC %ls\n", text);
    return std::wcscmp(text, L"{CEF63746-AD34-42D0-9138-39D83ECB77CB}") == 0 ? 0 : 1;
}
