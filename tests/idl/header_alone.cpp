#include "VPCCOMInterfaces.h"

/* The header alone, in C++. */
static_assert(__cplusplus == 201703L, "this file is to be compiled as C++17");

extern "C" HRESULT header_alone_cpp(IVMAccountant *accountant, VARIANT *bytes);
extern "C" bool header_uuid_cpp();

HRESULT header_alone_cpp(IVMAccountant *accountant, VARIANT *bytes)
{
    return accountant->get_NetworkBytesSent(bytes);
}

bool header_uuid_cpp()
{
    return IsEqualGUID(__uuidof(IVMAccountant), IID_IVMAccountant);
}
