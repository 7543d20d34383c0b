/*
 * Events of all VMs, in C++, in a single-threaded apartment, which has to fetch messages.
 *
 *   events_cpp NAME
 *
 * Prints "listening", then a line for each change of state of any VM, and ends when the VM of that name is turned off.
 */
#include <windows.h>
#include <ocidl.h>
#include <cstdio>
#include <cwchar>
#include "VPCCOMInterfaces.h"

namespace
{

class Sink : public IDispatch
{
  public:
    explicit Sink(const wchar_t *name) : name_(name), thread_(GetCurrentThreadId())
    {
    }

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        bool known = iid == IID_IUnknown || iid == IID_IDispatch || iid == DIID_IVMVirtualPCEvents;
        *out = known ? this : nullptr;
        if (known)
            AddRef();
        return known ? S_OK : E_NOINTERFACE;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return ++references_;
    }
    /* A variable of main, which outlives the connection. */
    ULONG STDMETHODCALLTYPE Release() override
    {
        return --references_;
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

    /* The arguments lie in rgvarg last one first. No exception may leave it. */
    HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID, LCID, WORD, DISPPARAMS *arguments, VARIANT *, EXCEPINFO *,
                                     UINT *) override
    {
        if (id != vmVirtualPCEvent_VMStateChange || arguments->cArgs != 2)
            return S_OK;
        const wchar_t *name = arguments->rgvarg[1].bstrVal;
        long state = arguments->rgvarg[0].lVal;
        std::printf("%ls: state %ld%s\n", name, state, GetCurrentThreadId() == thread_ ? "" : " in a strange thread");
        if (state == vmVMState_TurnedOff && _wcsicmp(name, name_) == 0)
            PostQuitMessage(0);
        return S_OK;
    }

  private:
    const wchar_t *name_;
    DWORD thread_;
    ULONG references_ = 1;
};

HRESULT listen(IVMVirtualPC *application, const wchar_t *name)
{
    Sink sink(name);
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    DWORD cookie;
    MSG message;
    HRESULT hr = application->QueryInterface(IID_IConnectionPointContainer, reinterpret_cast<void **>(&container));
    if (FAILED(hr))
        return hr;
    hr = container->FindConnectionPoint(DIID_IVMVirtualPCEvents, &point);
    container->Release();
    if (FAILED(hr))
        return hr;
    hr = point->Advise(&sink, &cookie);
    if (SUCCEEDED(hr)) {
        std::printf("listening\n");
        while (GetMessageW(&message, nullptr, 0, 0) > 0)
            DispatchMessageW(&message);
        hr = point->Unadvise(cookie);
    }
    point->Release();
    return hr;
}

} // namespace

int main(int argc, char **argv)
{
    IVMVirtualPC *application;
    wchar_t name[128] = L"";
    if (argc != 2) {
        std::fprintf(stderr, "usage: events_cpp NAME\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    MultiByteToWideChar(CP_ACP, 0, argv[1], -1, name, ARRAYSIZE(name));
    HRESULT hr = CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(CLSID_VMVirtualPC, nullptr, CLSCTX_INPROC_SERVER, IID_IVMVirtualPC,
                              reinterpret_cast<void **>(&application));
    if (SUCCEEDED(hr)) {
        hr = listen(application, name);
        application->Release();
    }
    if (FAILED(hr))
        std::fprintf(stderr, "events_cpp: 0x%08lx\n", static_cast<unsigned long>(hr));
    CoUninitialize();
    return FAILED(hr);
}
