// The accounting table of all VMs, in C++.
//
//   accounting-cpp
//
// One line a VM, columns parted by tabs. One snapshot a VM: all figures of a line are of one instant.
#include <windows.h>
#include <clocale>
#include <cstdio>
#include "VPCCOMInterfaces.h"

namespace
{

// A failed call, with the text that it has left.
struct com_error {
    HRESULT hr;
    BSTR text;
};

void check(HRESULT hr)
{
    if (SUCCEEDED(hr))
        return;
    com_error error = {hr, nullptr};
    IErrorInfo *info;
    if (GetErrorInfo(0, &info) == S_OK) {
        info->GetDescription(&error.text);
        info->Release();
    }
    throw error;
}

// Releases what it holds.
template <class face> class holder
{
  public:
    holder() = default;
    holder(const holder &) = delete;
    holder &operator=(const holder &) = delete;
    ~holder()
    {
        if (object)
            object->Release();
    }
    face **out()
    {
        return &object;
    }
    face *operator->() const
    {
        return object;
    }

  private:
    face *object = nullptr;
};

// A text of COM, freed with this object.
class text
{
  public:
    text() = default;
    text(const text &) = delete;
    text &operator=(const text &) = delete;
    ~text()
    {
        SysFreeString(string);
    }
    BSTR *out()
    {
        return &string;
    }
    const wchar_t *c_str() const
    {
        return string ? string : L"";
    }

  private:
    BSTR string = nullptr;
};

const char *state_name(VMVMState state)
{
    static const char *const names[] = {"Invalid",     "Turned off",     "Saved",   "Turning on",
                                        "Restoring",   "Running",        "Paused",  "Saving",
                                        "Turning off", "Merging drives", "Deleting"};
    return static_cast<std::size_t>(state) < ARRAYSIZE(names) ? names[state] : "?";
}

void print_figures(IVMVirtualMachine *vm)
{
    holder<IVMAccountant> documented;
    holder<IVMAccountant2> accountant;
    holder<IVMAccountingSnapshot> now;
    text sent, received, read, written;
    VMVMState state;
    LONG percent, seconds;
    check(vm->get_Accountant(documented.out()));
    check(documented->QueryInterface(IID_IVMAccountant2, reinterpret_cast<void **>(accountant.out())));
    check(accountant->get_Snapshot(now.out()));
    check(now->get_State(&state));
    check(now->get_NetworkBytesSentText(sent.out()));
    check(now->get_NetworkBytesReceivedText(received.out()));
    check(now->get_DiskBytesReadText(read.out()));
    check(now->get_DiskBytesWrittenText(written.out()));
    check(now->get_CPUUtilization(&percent));
    check(now->get_UpTime(&seconds));
    std::printf("\t%s\t%ls\t%ls\t%ls\t%ls\t%ld\t%ld", state_name(state), sent.c_str(), received.c_str(), read.c_str(),
                written.c_str(), percent, seconds);
}

void print_table()
{
    holder<IVMVirtualPC> vpc;
    holder<IVMVirtualMachineCollection> machines;
    LONG count;
    check(CoCreateInstance(CLSID_VMVirtualPC, nullptr, CLSCTX_INPROC_SERVER, IID_IVMVirtualPC,
                           reinterpret_cast<void **>(vpc.out())));
    check(vpc->get_VirtualMachines(machines.out()));
    check(machines->get_Count(&count));
    std::printf("Name\tState\tSent\tReceived\tRead\tWritten\tCPU %%\tUp s\n");
    for (LONG i = 1; i <= count; i++) {
        holder<IVMVirtualMachine> vm;
        text name;
        check(machines->get_Item(i, vm.out()));
        check(vm->get_Name(name.out()));
        std::printf("%ls", name.c_str());
        try {
            print_figures(*vm.out());
        } catch (const com_error &error) {
            std::printf("\tunknown: %ls (0x%08lx)", error.text ? error.text : L"no text",
                        static_cast<unsigned long>(error.hr));
            SysFreeString(error.text);
        }
        std::printf("\n");
    }
}

} // namespace

int main()
{
    std::setlocale(LC_ALL, "");
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED)))
        return 1;
    int status = 0;
    try {
        print_table();
    } catch (const com_error &error) {
        std::fprintf(stderr, "failed: %ls (0x%08lx)\n", error.text ? error.text : L"no text",
                     static_cast<unsigned long>(error.hr));
        SysFreeString(error.text);
        status = 1;
    }
    CoUninitialize();
    return status;
}
