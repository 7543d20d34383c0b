/*
 * Threads of both kinds of apartment that hand each other's pointers on in all ways that COM has, and a library that is
 * unloaded the moment that it says it may be: it never says so while anybody holds an object, and at the end nothing is
 * left.
 */
#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include "support/check.h"

enum {
    THREADS = 6,
    ROUNDS = 40,
    UNLOADERS = 2,
    LOADS = 150,
    CALLS = 10
};

typedef HRESULT(WINAPI *can_unload)(void);
typedef HRESULT(WINAPI *get_class)(REFCLSID clsid, REFIID iid, void **object);

/* ---- pointers that are marshalled ---- */

struct crowd {
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    IGlobalInterfaceTable *table;
    DWORD vm_cookie;
    HANDLE go;
};

struct member {
    struct crowd *crowd;
    int number;
    HRESULT hr;
    const char *failed; /* what gave hr */
    IStream *stream;    /* holds the VM, marshalled by the main thread for this one */
};

static bool went_well(struct member *member, HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return true;
    member->hr = hr;
    member->failed = what;
    return false;
}

/* Every object that a VM leads to, made, asked and let go. */
static bool use_vm(struct member *member, IVMVirtualMachine *vm)
{
    IVMAccountant *accountant = NULL;
    IVMNetworkAdapterCollection *adapters = NULL;
    IVMNetworkAdapter *adapter = NULL;
    IVMGuestOS *guest = NULL;
    IDispatch *dispatch = NULL;
    LPOLESTR name = (LPOLESTR)L"Name";
    DISPPARAMS none = {0};
    VARIANT value;
    DISPID id;
    BSTR text = NULL;
    LONG count;
    VariantInit(&value);
    bool well =
        went_well(member, IVMVirtualMachine_get_Accountant(vm, &accountant), "Accountant") &&
        went_well(member, IVMAccountant_get_NetworkBytesSent(accountant, &value), "NetworkBytesSent") &&
        went_well(member, IVMVirtualMachine_get_NetworkAdapters(vm, &adapters), "NetworkAdapters") &&
        went_well(member, IVMNetworkAdapterCollection_get_Count(adapters, &count), "Count") &&
        went_well(member, IVMNetworkAdapterCollection_get_Item(adapters, 1, &adapter), "Item") &&
        went_well(member, IVMNetworkAdapter_get_EthernetAddress(adapter, &text), "EthernetAddress") &&
        went_well(member, IVMVirtualMachine_get_GuestOS(vm, &guest), "GuestOS") &&
        went_well(member, IVMVirtualMachine_QueryInterface(vm, &IID_IDispatch, (void **)&dispatch), "QueryInterface") &&
        went_well(member, IDispatch_GetIDsOfNames(dispatch, &IID_NULL, &name, 1, 0, &id), "GetIDsOfNames");
    VariantClear(&value);
    well =
        well &&
        went_well(member, IDispatch_Invoke(dispatch, id, &IID_NULL, 0, DISPATCH_PROPERTYGET, &none, &value, NULL, NULL),
                  "Invoke");
    VariantClear(&value);
    SysFreeString(text);
    if (dispatch)
        IDispatch_Release(dispatch);
    if (guest)
        IVMGuestOS_Release(guest);
    if (adapter)
        IVMNetworkAdapter_Release(adapter);
    if (adapters)
        IVMNetworkAdapterCollection_Release(adapters);
    if (accountant)
        IVMAccountant_Release(accountant);
    return well;
}

/* A VM that comes as it is, out of the table, out of a stream of its own, or is found anew. */
static bool one_round(struct member *member, int way)
{
    struct crowd *crowd = member->crowd;
    IVMVirtualMachine *vm = NULL;
    IStream *stream = NULL;
    BSTR name = SysAllocString(L"Blue");
    bool well = true;
    switch (way) {
    case 0:
        vm = crowd->vm;
        IVMVirtualMachine_AddRef(vm);
        break;
    case 1:
        well = went_well(member,
                         IGlobalInterfaceTable_GetInterfaceFromGlobal(crowd->table, crowd->vm_cookie,
                                                                      &IID_IVMVirtualMachine, (void **)&vm),
                         "GetInterfaceFromGlobal");
        break;
    case 2:
        well = went_well(member,
                         CoMarshalInterThreadInterfaceInStream(&IID_IVMVirtualMachine, (IUnknown *)crowd->vm, &stream),
                         "CoMarshalInterThreadInterfaceInStream") &&
               went_well(member, CoGetInterfaceAndReleaseStream(stream, &IID_IVMVirtualMachine, (void **)&vm),
                         "CoGetInterfaceAndReleaseStream");
        break;
    default:
        well = went_well(member, IVMVirtualPC_FindVirtualMachine(crowd->application, name, &vm), "FindVirtualMachine");
    }
    well = well && use_vm(member, vm);
    if (vm)
        IVMVirtualMachine_Release(vm);
    SysFreeString(name);
    return well;
}

static DWORD WINAPI be_in_crowd(void *context)
{
    struct member *member = context;
    bool single = member->number % 2 != 0;
    IVMVirtualMachine *vm = NULL;
    member->hr = CoInitializeEx(NULL, single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    WaitForSingleObject(member->crowd->go, INFINITE);
    bool well = went_well(member, CoGetInterfaceAndReleaseStream(member->stream, &IID_IVMVirtualMachine, (void **)&vm),
                          "CoGetInterfaceAndReleaseStream") &&
                use_vm(member, vm);
    for (int i = 0; i < ROUNDS && well; i++)
        well = one_round(member, (i + member->number) % 4);
    if (vm)
        IVMVirtualMachine_Release(vm);
    CoUninitialize();
    return 0;
}

static void crowd_open(struct crowd *crowd, const struct fixture *fixture)
{
    crowd->application = fixture->application;
    crowd->vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, crowd->vm);
    fixture_start(crowd->vm);
    crowd->go = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_hresult(CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                                    &IID_IGlobalInterfaceTable, (void **)&crowd->table),
                   S_OK);
    assert_hresult(IGlobalInterfaceTable_RegisterInterfaceInGlobal(crowd->table, (IUnknown *)crowd->vm,
                                                                   &IID_IVMVirtualMachine, &crowd->vm_cookie),
                   S_OK);
}

static void test_threads__pointers_go_through_all_apartments(void **state)
{
    struct fixture *fixture = *state;
    struct crowd crowd = {0};
    struct member members[THREADS];
    HANDLE threads[THREADS];
    IVMTask *task;
    crowd_open(&crowd, fixture);
    for (int i = 0; i < THREADS; i++) {
        members[i] = (struct member){.crowd = &crowd, .number = i};
        assert_hresult(
            CoMarshalInterThreadInterfaceInStream(&IID_IVMVirtualMachine, (IUnknown *)crowd.vm, &members[i].stream),
            S_OK);
        threads[i] = CreateThread(NULL, 0, be_in_crowd, &members[i], 0, NULL);
        assert_non_null(threads[i]);
    }
    SetEvent(crowd.go);
    assert_hresult(IVMVirtualMachine_Reset(crowd.vm, &task), S_OK);
    fixture_finish(task);
    for (int i = 0; i < THREADS; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
        if (FAILED(members[i].hr))
            fail_msg("thread %d: %s gives 0x%08lx", i, members[i].failed ? members[i].failed : "CoInitializeEx",
                     (unsigned long)members[i].hr);
    }
    assert_hresult(IGlobalInterfaceTable_RevokeInterfaceFromGlobal(crowd.table, crowd.vm_cookie), S_OK);
    IGlobalInterfaceTable_Release(crowd.table);
    CloseHandle(crowd.go);
    fixture_turn_off(crowd.vm);
    assert_last_release(crowd.vm);
}

/* ---- a library that is unloaded under load ---- */

/* Whoever unloads at once, and not after COM's ten minutes, has to see to it that no other thread is on its way into or
 * out of the library: a last Release that has counted down still runs in it. Held while COM loads or unloads, and while
 * a last reference is given back; not while objects are used. */
static SRWLOCK gate = SRWLOCK_INIT;

struct loader {
    const WCHAR *path;
    LONG *stop;
    int number;
    int trouble; /* 0: none */
};

enum {
    TROUBLE_LOAD = 1,
    TROUBLE_CLASS,
    TROUBLE_CREATE,
    TROUBLE_CALL,
    TROUBLE_SAYS_YES /* it may go, although this thread holds an object of it */
};

/* Loads the library by hand, makes an object, and lets both go. */
static int load_and_use(const struct loader *loader)
{
    HMODULE module = LoadLibraryW(loader->path);
    IClassFactory *factory = NULL;
    IVMVirtualPC *application = NULL;
    int trouble = 0;
    if (!module)
        return TROUBLE_LOAD;
    get_class get = (get_class)(void (*)(void))GetProcAddress(module, "DllGetClassObject");
    can_unload can = (can_unload)(void (*)(void))GetProcAddress(module, "DllCanUnloadNow");
    BSTR version = NULL;
    if (FAILED(get(&CLSID_VMVirtualPC, &IID_IClassFactory, (void **)&factory)))
        trouble = TROUBLE_CLASS;
    else if (can() == S_OK)
        trouble = TROUBLE_SAYS_YES;
    else if (FAILED(IClassFactory_CreateInstance(factory, NULL, &IID_IVMVirtualPC, (void **)&application)))
        trouble = TROUBLE_CREATE;
    if (factory)
        IClassFactory_Release(factory);
    if (!trouble && can() == S_OK)
        trouble = TROUBLE_SAYS_YES;
    if (!trouble && FAILED(IVMVirtualPC_get_Version(application, &version)))
        trouble = TROUBLE_CALL;
    if (!trouble && can() == S_OK)
        trouble = TROUBLE_SAYS_YES;
    SysFreeString(version);
    if (application)
        IVMVirtualPC_Release(application);
    FreeLibrary(module);
    return trouble;
}

static DWORD WINAPI load_often(void *context)
{
    struct loader *loader = context;
    CoInitializeEx(NULL, loader->number % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    for (int i = 0; i < LOADS && !loader->trouble; i++)
        loader->trouble = load_and_use(loader);
    CoUninitialize();
    return 0;
}

/* Makes objects through COM, which keeps the library loaded until it may go. */
static DWORD WINAPI create_often(void *context)
{
    struct loader *loader = context;
    CoInitializeEx(NULL, loader->number % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    for (int i = 0; i < LOADS && !loader->trouble; i++) {
        IVMVirtualPC *application;
        AcquireSRWLockShared(&gate);
        HRESULT hr =
            CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application);
        ReleaseSRWLockShared(&gate);
        if (FAILED(hr)) {
            loader->trouble = TROUBLE_CREATE;
            break;
        }
        for (int call = 0; call < CALLS; call++) {
            BSTR version = NULL;
            if (FAILED(IVMVirtualPC_get_Version(application, &version)))
                loader->trouble = TROUBLE_CALL;
            SysFreeString(version);
        }
        AcquireSRWLockShared(&gate);
        IVMVirtualPC_Release(application);
        ReleaseSRWLockShared(&gate);
    }
    CoUninitialize();
    return 0;
}

/* Lets COM unload whatever says that it may go. */
static DWORD WINAPI unload_often(void *context)
{
    struct loader *loader = context;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (!InterlockedCompareExchange(loader->stop, 0, 0)) {
        AcquireSRWLockExclusive(&gate);
        CoFreeUnusedLibrariesEx(0, 0);
        ReleaseSRWLockExclusive(&gate);
        SwitchToThread();
    }
    CoUninitialize();
    return 0;
}

static void test_threads__library_unloaded_under_load(void **state)
{
    (void)state;
    WCHAR path[MAX_PATH];
    LONG stop = 0;
    struct loader loaders[THREADS + UNLOADERS];
    HANDLE threads[THREADS + UNLOADERS];
    assert_in_range(GetModuleFileNameW(NULL, path, MAX_PATH), 1, MAX_PATH - 1);
    wcscpy(wcsrchr(path, L'\\') + 1, L"VPCCOMInterfaces.dll");
    assert_true(SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)));
    for (int i = 0; i < THREADS + UNLOADERS; i++) {
        loaders[i] = (struct loader){.path = path, .stop = &stop, .number = i};
        threads[i] = CreateThread(NULL, 0,
                                  i >= THREADS ? unload_often
                                  : i % 3 == 0 ? load_often
                                               : create_often,
                                  &loaders[i], 0, NULL);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < THREADS + UNLOADERS; i++) {
        if (i == THREADS)
            InterlockedExchange(&stop, 1);
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
        if (loaders[i].trouble)
            fail_msg("thread %d meets trouble %d", i, loaders[i].trouble);
    }
    CoFreeUnusedLibrariesEx(0, 0);
    CoUninitialize();
    /* Nobody holds it: it is gone, or says that it may go. */
    HMODULE module = GetModuleHandleW(L"VPCCOMInterfaces.dll");
    can_unload can = module ? (can_unload)(void (*)(void))GetProcAddress(module, "DllCanUnloadNow") : NULL;
    if (can)
        assert_hresult(can(), S_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads__library_unloaded_under_load),
        cmocka_unit_test_setup_teardown(test_threads__pointers_go_through_all_apartments, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
