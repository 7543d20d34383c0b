// A client whose event sink throws what COM has no way to pass on.
//
//   throwing_sink NAME mta|sta
//
// Prints "listening", and "throwing" at each event. It may live or end after the VM's first event.
#include <windows.h>
#include <ocidl.h>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include "VPCCOMInterfaces.h"

namespace
{

class Sink : public IDispatch
{
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        bool known = iid == IID_IUnknown || iid == IID_IDispatch || iid == DIID_IVMVirtualMachineEvents;
        *out = known ? this : nullptr;
        return known ? S_OK : E_NOINTERFACE;
    }
    // It lives as long as the process.
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 2;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 1;
    }
    HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT *count) override
    {
        *count = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo **info) override
    {
        *info = nullptr;
        return DISP_E_BADINDEX;
    }
    HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR *, UINT, LCID, DISPID *) override
    {
        return DISP_E_UNKNOWNNAME;
    }
    HRESULT STDMETHODCALLTYPE Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *, UINT *) override
    {
        std::printf("throwing\n");
        throw std::runtime_error("a handler that throws");
    }
};

HRESULT listen(const char *name, Sink *sink)
{
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    wchar_t wide[128] = L"";
    DWORD cookie;
    MultiByteToWideChar(CP_ACP, 0, name, -1, wide, ARRAYSIZE(wide));
    HRESULT hr = CoCreateInstance(CLSID_VMVirtualPC, nullptr, CLSCTX_INPROC_SERVER, IID_IVMVirtualPC,
                                  reinterpret_cast<void **>(&application));
    if (hr == S_OK)
        hr = application->FindVirtualMachine(SysAllocString(wide), &vm);
    if (hr == S_OK)
        hr = vm->QueryInterface(IID_IConnectionPointContainer, reinterpret_cast<void **>(&container));
    if (hr == S_OK)
        hr = container->FindConnectionPoint(DIID_IVMVirtualMachineEvents, &point);
    return hr == S_OK ? point->Advise(sink, &cookie) : hr;
}

} // namespace

int main(int argc, char **argv)
{
    Sink sink;
    MSG message;
    if (argc != 3)
        return 2;
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    bool single = std::strcmp(argv[2], "sta") == 0;
    CoInitializeEx(nullptr, single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    if (listen(argv[1], &sink) != S_OK)
        return 1;
    std::printf("listening\n");
    while (GetMessageW(&message, nullptr, 0, 0) > 0)
        DispatchMessageW(&message);
    return 0;
}
