#include "application.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com_check.h"
#include "support/check.h"
#include "support/home.h"
#include "util/file.h"
#include "util/text.h"

/* clang-format off */
const struct reach reach_table[] = {
    {"IVMVirtualPC", "", NULL},
    {"IVMVirtualMachineCollection", "VirtualMachines", NULL},
    {"IVMVirtualMachine", "VirtualMachines(1)", NULL},
    {"IVMAccountant", "VirtualMachines(1).Accountant", NULL},
    {"IVMNetworkAdapterCollection", "VirtualMachines(1).NetworkAdapters", NULL},
    {"IVMNetworkAdapter", "VirtualMachines(1).NetworkAdapters(1)", NULL},
    {"IVMGuestOS", "VirtualMachines(1).GuestOS", NULL},
    {"IVMDisplay", "VirtualMachines(1).Display", NULL},
    {"IVMKeyboard", "VirtualMachines(1).Keyboard", NULL},
    {"IVMMouse", "VirtualMachines(1).Mouse", NULL},
    {"IVMTask", "VirtualMachines(1).Reset()", NULL},
    {"IVMTaskCollection", "Tasks", NULL},
    {"IVMVirtualNetworkCollection", "VirtualNetworks", NULL},
    {"IVMVirtualNetwork", "VirtualNetworks(1)", NULL},
    {"IVMHostInfo", "HostInfo", NULL},
    {"IVMSupportDriverCollection", "SupportDrivers", NULL},
    {"IVMSupportDriver", "SupportDrivers(1)", "there are none: the collection is always empty"},
    {"IVMHardDisk", "VirtualMachines(1).HardDiskConnections(1).HardDisk", "virtual hard disks are not built yet"},
    {"IVMHardDiskConnection", "VirtualMachines(1).HardDiskConnections(1)", "virtual hard disks are not built yet"},
    {"IVMHardDiskConnectionCollection", "VirtualMachines(1).HardDiskConnections", "virtual hard disks are not built yet"},
    {"IVMDVDDrive", "VirtualMachines(1).DVDROMDrives(1)", "DVD drives are not built yet"},
    {"IVMDVDDriveCollection", "VirtualMachines(1).DVDROMDrives", "DVD drives are not built yet"},
    {"IVMFloppyDrive", "VirtualMachines(1).FloppyDrives(1)", "floppy drives are not built yet"},
    {"IVMFloppyDriveCollection", "VirtualMachines(1).FloppyDrives", "floppy drives are not built yet"},
    {"IVMParallelPort", "VirtualMachines(1).ParallelPorts(1)", "ports are not built yet"},
    {"IVMParallelPortCollection", "VirtualMachines(1).ParallelPorts", "ports are not built yet"},
    {"IVMSerialPort", "VirtualMachines(1).SerialPorts(1)", "ports are not built yet"},
    {"IVMSerialPortCollection", "VirtualMachines(1).SerialPorts", "ports are not built yet"},
    {"IVMUSBDevice", "USBDeviceCollection(1)", "USB devices are not built yet"},
    {"IVMUSBDeviceCollection", "USBDeviceCollection", "USB devices are not built yet"},
    {"IVMUsage", "Usage(,1,,)(1)", NULL},
    {"IVMUsageCollection", "Usage(,1,,)", NULL},
    {"IVMAccountingSnapshot", "VirtualMachines(1).Accountant.Snapshot", NULL},
};
/* clang-format on */
const size_t reach_count = ARRAYSIZE(reach_table);

static struct test_home home;

GUID guid_from_text(const char *text)
{
    WCHAR braced[39] = L"{";
    GUID guid;

    for (size_t i = 0; i < 36; i++)
        braced[i + 1] = (WCHAR)text[i];
    braced[37] = L'}';
    assert_hresult(CLSIDFromString(braced, &guid), S_OK);
    return guid;
}

static IVMVirtualPC *application_create(void)
{
    IVMVirtualPC *application = NULL;
    CLSID clsid;

    assert_hresult(CLSIDFromProgID(L"VirtualPC.Application", &clsid), S_OK);
    assert_hresult(CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application),
                   S_OK);
    return application;
}

/* Waits for the task and checks that it went well. */
static void task_finish(IVMTask *task)
{
    LONG error = -1;

    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult((HRESULT)error, S_OK);
    IVMTask_Release(task);
}

/* Waits until the usage ledger has a row: the supervisor writes it in its own time. */
static void usage_await(IVMVirtualPC *application)
{
    IVMVirtualPC2 *application2;
    BSTR none = SysAllocString(L"");
    LONG count = 0;
    assert_hresult(IVMVirtualPC_QueryInterface(application, &IID_IVMVirtualPC2, (void **)&application2), S_OK);
    while (count == 0) {
        IVMUsageCollection *rows;
        assert_hresult(IVMVirtualPC2_Usage(application2, none, vmUsageBy_VirtualMachine, none, none, &rows), S_OK);
        assert_hresult(IVMUsageCollection_get_Count(rows, &count), S_OK);
        assert_last_release(rows);
    }
    IVMVirtualPC2_Release(application2);
    SysFreeString(none);
}

int application_machine_start(void **state)
{
    IVMNetworkAdapter *adapter;
    IVMVirtualMachine *machine;
    IVMTask *task;

    (void)state;
    test_home_open(&home);
    WCHAR *path = text_to_wide(home.folder);
    BSTR folder = SysAllocString(path), name = SysAllocString(L"Blue");
    free(path);
    assert_hresult(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IVMVirtualPC *application = application_create();
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(application, name, folder, &machine), S_OK);
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(machine, &adapter), S_OK);
    assert_last_release(adapter);
    assert_hresult(IVMVirtualMachine_Startup(machine, &task), S_OK);
    task_finish(task);
    usage_await(application);
    assert_last_release(machine);
    assert_last_release(application);
    CoUninitialize();
    SysFreeString(folder);
    SysFreeString(name);
    return 0;
}

int application_machine_stop(void **state)
{
    struct vpc_error err;
    IDispatch *machine;
    IVMTask *task;

    (void)state;
    assert_hresult(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    IVMVirtualPC *application = application_create();
    assert_hresult(reach_object(application, "VirtualMachines(1)", &machine), S_OK);
    assert_hresult(IVMVirtualMachine_TurnOff((IVMVirtualMachine *)machine, &task), S_OK);
    task_finish(task);
    assert_last_release(machine);
    assert_last_release(application);
    CoUninitialize();
    /* The supervisor holds its files until it has ended; a test that failed may have left an object that holds them for
     * ever. */
    for (int tries = 0; !folder_remove(home.folder, &err); tries++) {
        if (tries == 1000) {
            print_error("%s\n", err.text);
            return -1;
        }
        Sleep(20);
    }
    catalog_close(&home.catalog);
    free(home.folder);
    return 0;
}

int application_open(void **state)
{
    assert_hresult(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
    *state = application_create();
    return 0;
}

/* The apartment is left before anything is asserted: what a failed test has leaked must not fail the next ones. */
int application_close(void **state)
{
    ULONG references = IUnknown_Release((IUnknown *)*state);
    HRESULT can_unload = (HRESULT)server_entry("DllCanUnloadNow")();

    SetErrorInfo(0, NULL);
    CoUninitialize();
    assert_int_equal(references, 0);
    assert_hresult(can_unload, S_OK);
    return 0;
}

FARPROC server_entry(const char *name)
{
    WCHAR registered[MAX_PATH], loaded[MAX_PATH];
    DWORD size = sizeof registered;
    HMODULE server = GetModuleHandleW(L"VPCCOMInterfaces.dll");

    assert_non_null(server);
    assert_true(GetModuleFileNameW(server, loaded, ARRAYSIZE(loaded)));
    assert_int_equal(RegGetValueW(HKEY_CLASSES_ROOT, L"CLSID\\{9A1774B7-8251-4468-A214-61DCAED9AC2F}\\InprocServer32",
                                  NULL, RRF_RT_REG_SZ, NULL, registered, &size),
                     0);
    assert_int_equal(_wcsicmp(loaded, registered), 0);
    FARPROC entry = GetProcAddress(server, name);
    assert_non_null(entry);
    return entry;
}

enum {
    ARGUMENTS_MOST = 4
};

/* Reads arguments as a path has them up to the closing parenthesis: numbers, and nothing for an empty text. Puts them
 * last one first, as Invoke wants them; their number. */
static UINT arguments_read(const char *text, VARIANT arguments[ARGUMENTS_MOST])
{
    UINT count = *text != ')';
    for (const char *c = text; *c != ')'; c++)
        count += *c == ',';
    assert_in_range(count, 0, ARGUMENTS_MOST);
    for (UINT i = 0; i < count; i++) {
        char *end;
        VARIANT *argument = &arguments[count - 1 - i];
        V_VT(argument) = VT_I4;
        V_I4(argument) = strtol(text, &end, 10);
        if (end == text) {
            V_VT(argument) = VT_BSTR;
            V_BSTR(argument) = SysAllocString(L"");
        }
        text = end + 1;
    }
    return count;
}

/* One step of a path: property or method `name` with what stands behind its parenthesis (NULL: none). */
static HRESULT step(IDispatch *from, const char *name, const char *text, WORD flags, IDispatch **to)
{
    WCHAR wide[64];
    WCHAR *names[] = {wide};
    VARIANT arguments[ARGUMENTS_MOST], value;
    DISPPARAMS parameters = {.rgvarg = arguments, .cArgs = text ? arguments_read(text, arguments) : 0};
    EXCEPINFO exception = {0};
    DISPID id = DISPID_VALUE;
    HRESULT hr = S_OK;

    *to = NULL;
    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, ARRAYSIZE(wide));
    if (*name)
        hr = IDispatch_GetIDsOfNames(from, &IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id);
    if (FAILED(hr))
        fail_msg("a path of the table has the name '%s', which is no member", name);
    hr = IDispatch_Invoke(from, id, &IID_NULL, LOCALE_USER_DEFAULT, flags, &parameters, &value, &exception, NULL);
    for (UINT i = 0; i < parameters.cArgs; i++)
        VariantClear(&arguments[i]);
    if (SUCCEEDED(hr)) {
        assert_int_equal(V_VT(&value), VT_DISPATCH);
        *to = V_DISPATCH(&value);
    } else if (hr == DISP_E_EXCEPTION) {
        hr = exception.scode;
    }
    SysFreeString(exception.bstrSource);
    SysFreeString(exception.bstrDescription);
    SysFreeString(exception.bstrHelpFile);
    return hr;
}

HRESULT reach_object(IVMVirtualPC *application, const char *path, IDispatch **object)
{
    HRESULT hr = S_OK;

    IVMVirtualPC_AddRef(application);
    *object = (IDispatch *)application;
    for (const char *rest = path; *rest && SUCCEEDED(hr);) {
        size_t length = strcspn(rest, ".(");
        IDispatch *from = *object;
        char name[64] = "";
        const char *open = rest[length] == '(' ? rest + length + 1 : NULL;
        /* A method, with no or several arguments; one is the index of a member of what a property gives. */
        bool call = open && (*open == ')' || memchr(open, ',', strcspn(open, ")")));

        memcpy(name, rest, length);
        rest += length;
        hr = step(from, name, call ? open : NULL, call ? DISPATCH_METHOD : DISPATCH_PROPERTYGET, object);
        IDispatch_Release(from);
        if (call)
            rest = strchr(open, ')') + 1;
        if (*rest == '(' && SUCCEEDED(hr)) {
            from = *object;
            hr = step(from, "", rest + 1, DISPATCH_PROPERTYGET, object);
            IDispatch_Release(from);
        }
        rest += strcspn(rest, ".");
        rest += *rest == '.';
    }
    return hr;
}

/* Documented, or one of our own that derives from none that is. */
static const struct contract_interface *find_face(const char *name)
{
    for (size_t i = 0; i < contract_extension_count; i++) {
        if (!contract_extensions[i].parent && strcmp(contract_extensions[i].face.name, name) == 0)
            return &contract_extensions[i].face;
    }
    return contract_find_interface(name);
}

void for_each_face(IVMVirtualPC *application,
                   void (*check)(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object))
{
    for (size_t i = 0; i < reach_count; i++) {
        const struct contract_interface *face = find_face(reach_table[i].face);
        IDispatch *object, *own;

        if (reach_table[i].why_not)
            continue;
        assert_non_null(face);
        print_message("  %s\n", face->name);
        GUID iid = guid_from_text(face->iid);
        assert_hresult(reach_object(application, reach_table[i].path, &object), S_OK);
        assert_hresult(IDispatch_QueryInterface(object, &iid, (void **)&own), S_OK);
        IDispatch_Release(object);
        check(application, face, own);
        if ((IUnknown *)own == (IUnknown *)application)
            assert_int_equal(IDispatch_Release(own), 1);
        else
            assert_last_release(own);
    }
}
