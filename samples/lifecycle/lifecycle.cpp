// Start, save and restore a VM, in C++, with the pointers and texts of COM in objects that give them back.
//
//   lifecycle_cpp FOLDER
//
// FOLDER is where the configuration goes. The VM has no disk: nothing but its life is shown.
#include <windows.h>
#include <cstdio>
#include <stdexcept>
#include "VPCCOMInterfaces.h"

template <class Interface> class Pointer
{
  public:
    Pointer() = default;
    Pointer(const Pointer &) = delete;
    Pointer &operator=(const Pointer &) = delete;
    ~Pointer()
    {
        if (held_)
            held_->Release();
    }
    Interface *operator->() const
    {
        return held_;
    }
    Interface *get() const
    {
        return held_;
    }
    Interface **out()
    {
        return &held_;
    }

  private:
    Interface *held_ = nullptr;
};

class Text
{
  public:
    explicit Text(const wchar_t *characters = nullptr) : held_(characters ? SysAllocString(characters) : nullptr)
    {
    }
    Text(const Text &) = delete;
    Text &operator=(const Text &) = delete;
    ~Text()
    {
        SysFreeString(held_);
    }
    BSTR get() const
    {
        return held_;
    }
    BSTR *out()
    {
        return &held_;
    }

  private:
    BSTR held_;
};

// A code is for programs: the text that comes with it says what has failed, and with which value.
static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    Pointer<IErrorInfo> info;
    Text description;
    if (GetErrorInfo(0, info.out()) == S_OK)
        info->GetDescription(description.out());
    std::printf("%s: 0x%08lx %ls\n", what, static_cast<unsigned long>(hr), description.get() ? description.get() : L"");
    throw std::runtime_error(what);
}

// A member that begins a task, followed to its end.
static void finish(IVMVirtualMachine *vm, HRESULT (STDMETHODCALLTYPE IVMVirtualMachine::*call)(IVMTask **),
                   const char *what, VMVMState wanted)
{
    Pointer<IVMTask> task;
    VMTaskResult result = vmTaskResult_UnexpectedError;
    VMVMState state = vmVMState_Invalid;
    Text description;
    check((vm->*call)(task.out()), what);
    check(task->WaitForCompletion(-1), "WaitForCompletion");
    check(task->get_Result(&result), "Result");
    check(task->get_ErrorDescription(description.out()), "ErrorDescription");
    check(vm->get_State(&state), "State");
    std::printf("%s: result %d, state %d\n", what, static_cast<int>(result), static_cast<int>(state));
    if (result != vmTaskResult_Success || state != wanted)
        throw std::runtime_error(what);
}

static void live(IVMVirtualPC *vpc, const wchar_t *folder)
{
    Pointer<IVMVirtualMachine> vm;
    Text name(L"Lifecycle program in C++"), where(folder);
    check(vpc->CreateVirtualMachine(name.get(), where.get(), vm.out()), "CreateVirtualMachine");
    check(vm->put_Memory(64), "Memory");
    finish(vm.get(), &IVMVirtualMachine::Startup, "Startup", vmVMState_Running);
    finish(vm.get(), &IVMVirtualMachine::Save, "Save", vmVMState_Saved);
    finish(vm.get(), &IVMVirtualMachine::Startup, "Startup, a restore", vmVMState_Running);
    finish(vm.get(), &IVMVirtualMachine::Reset, "Reset", vmVMState_Running);
    finish(vm.get(), &IVMVirtualMachine::TurnOff, "TurnOff", vmVMState_TurnedOff);
    check(vpc->DeleteVirtualMachine(vm.get()), "DeleteVirtualMachine");
}

static void run(const char *folder)
{
    Pointer<IVMVirtualPC> vpc;
    wchar_t wide[MAX_PATH];
    MultiByteToWideChar(CP_ACP, 0, folder, -1, wide, MAX_PATH);
    check(CoCreateInstance(CLSID_VMVirtualPC, nullptr, CLSCTX_INPROC_SERVER, IID_IVMVirtualPC,
                           reinterpret_cast<void **>(vpc.out())),
          "CoCreateInstance");
    live(vpc.get(), wide);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        std::fprintf(stderr, "usage: lifecycle_cpp FOLDER\n");
        return 2;
    }
    int status = 0;
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    try {
        run(arguments[1]);
        std::printf("finished\n");
    } catch (const std::exception &) {
        status = 1;
    }
    CoUninitialize();
    return status;
}
