/*
 * Events of one VM, in C, in the multithreaded apartment.
 *
 *   events_c NAME
 *
 * Prints "listening", then a line for each event of the VM, and ends when it is turned off.
 */
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <ocidl.h>
#include <stdio.h>
#include "VPCCOMInterfaces.h"

struct sink {
    IDispatch IDispatch_iface;
    LONG references;
    HANDLE off; /* set when the VM is turned off */
};

static struct sink *sink_from(IDispatch *iface)
{
    return CONTAINING_RECORD(iface, struct sink, IDispatch_iface);
}

static HRESULT WINAPI sink_QueryInterface(IDispatch *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
        !IsEqualIID(iid, &DIID_IVMVirtualMachineEvents))
        return E_NOINTERFACE;
    *out = iface;
    IDispatch_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI sink_AddRef(IDispatch *iface)
{
    return InterlockedIncrement(&sink_from(iface)->references);
}

/* The sink is a variable of main, which outlives the connection. */
static ULONG WINAPI sink_Release(IDispatch *iface)
{
    return InterlockedDecrement(&sink_from(iface)->references);
}

static HRESULT WINAPI sink_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT WINAPI sink_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)iface;
    (void)index;
    (void)lcid;
    *info = NULL;
    return DISP_E_BADINDEX;
}

static HRESULT WINAPI sink_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count, LCID lcid,
                                         DISPID *ids)
{
    (void)iface;
    (void)iid;
    (void)names;
    (void)count;
    (void)lcid;
    (void)ids;
    return DISP_E_UNKNOWNNAME;
}

/* The arguments lie in rgvarg last one first. */
static HRESULT WINAPI sink_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags, DISPPARAMS *arguments,
                                  VARIANT *result, EXCEPINFO *exception, UINT *bad_argument)
{
    (void)iid;
    (void)lcid;
    (void)flags;
    (void)result;
    (void)exception;
    (void)bad_argument;
    switch (id) {
    case vmVirtualMachineEvent_StateChanged:
        printf("state %ld\n", (long)V_I4(&arguments->rgvarg[0]));
        if (V_I4(&arguments->rgvarg[0]) == vmVMState_TurnedOff)
            SetEvent(sink_from(iface)->off);
        break;
    case vmVirtualMachineEvent_RequestShutdown:
        printf("shutdown requested\n");
        break;
    case vmVirtualMachineEvent_Reset:
        printf("reset\n");
        break;
    default:
        printf("event %ld\n", (long)id);
        break;
    }
    return S_OK;
}

static const IDispatchVtbl sink_vtbl = {
    .QueryInterface = sink_QueryInterface,
    .AddRef = sink_AddRef,
    .Release = sink_Release,
    .GetTypeInfoCount = sink_GetTypeInfoCount,
    .GetTypeInfo = sink_GetTypeInfo,
    .GetIDsOfNames = sink_GetIDsOfNames,
    .Invoke = sink_Invoke,
};

static HRESULT find_vm(const char *name, IVMVirtualMachine **vm)
{
    IVMVirtualPC *application;
    WCHAR wide[128] = L"";
    HRESULT hr =
        CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application);
    *vm = NULL;
    if (FAILED(hr))
        return hr;
    MultiByteToWideChar(CP_ACP, 0, name, -1, wide, ARRAYSIZE(wide));
    BSTR text = SysAllocString(wide);
    hr = IVMVirtualPC_FindVirtualMachine(application, text, vm);
    SysFreeString(text);
    IVMVirtualPC_Release(application);
    return hr == S_FALSE ? VM_E_VM_UNKNOWN : hr;
}

/* The connection point of the VM's events. */
static HRESULT find_point(IVMVirtualMachine *vm, IConnectionPoint **point)
{
    IConnectionPointContainer *container;
    HRESULT hr = IVMVirtualMachine_QueryInterface(vm, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr))
        return hr;
    hr = IConnectionPointContainer_FindConnectionPoint(container, &DIID_IVMVirtualMachineEvents, point);
    IConnectionPointContainer_Release(container);
    return hr;
}

static HRESULT listen_to(IVMVirtualMachine *vm)
{
    struct sink sink = {.IDispatch_iface = {(IDispatchVtbl *)&sink_vtbl}, .references = 1};
    IConnectionPoint *point;
    DWORD cookie;
    HRESULT hr = find_point(vm, &point);
    if (FAILED(hr))
        return hr;
    sink.off = CreateEventW(NULL, TRUE, FALSE, NULL);
    hr = IConnectionPoint_Advise(point, (IUnknown *)&sink.IDispatch_iface, &cookie);
    if (SUCCEEDED(hr)) {
        printf("listening\n");
        WaitForSingleObject(sink.off, INFINITE);
        hr = IConnectionPoint_Unadvise(point, cookie);
        /* The call that has set the event may not have returned. */
        while (InterlockedCompareExchange(&sink.references, 0, 0) > 1)
            Sleep(1);
    }
    CloseHandle(sink.off);
    IConnectionPoint_Release(point);
    return hr;
}

int main(int argc, char **argv)
{
    IVMVirtualMachine *vm;
    if (argc != 2) {
        fprintf(stderr, "usage: events_c NAME\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = find_vm(argv[1], &vm);
    if (SUCCEEDED(hr)) {
        hr = listen_to(vm);
        IVMVirtualMachine_Release(vm);
    }
    if (FAILED(hr))
        fprintf(stderr, "events_c: 0x%08lx\n", (unsigned long)hr);
    CoUninitialize();
    return FAILED(hr);
}
