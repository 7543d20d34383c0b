#include "VPCCOMInterfaces.h"

/* The header alone, in C. */
#if __STDC_VERSION__ != 201710L
#error "this file is to be compiled as C17"
#endif

HRESULT header_alone_c(IVMAccountant *accountant, VARIANT *bytes);

HRESULT header_alone_c(IVMAccountant *accountant, VARIANT *bytes)
{
    return accountant->lpVtbl->get_NetworkBytesSent(accountant, bytes);
}
