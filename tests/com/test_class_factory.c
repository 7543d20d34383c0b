/* The registered server as a whole: its class factory, when it may be unloaded, calls from all kinds of threads at
 * once. */
#include "support/check.h"

#include "application.h"
#include "com_check.h"

typedef HRESULT WINAPI get_class_object(REFCLSID clsid, REFIID iid, void **out);

static IClassFactory *factory_get(void)
{
    IClassFactory *factory;

    assert_hresult(
        CoGetClassObject(&CLSID_VMVirtualPC, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&factory), S_OK);
    return factory;
}

static void test_class_factory__CreateInstance(void **state)
{
    IClassFactory *factory = factory_get();
    IUnknown *application;
    void *out = state;

    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IVMVirtualPC, (void **)&application), S_OK);
    assert_last_release(application);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IVMAccountant, &out), E_NOINTERFACE);
    assert_null(out);
    out = state;
    assert_hresult(IClassFactory_CreateInstance(factory, (IUnknown *)*state, &IID_IUnknown, &out),
                   CLASS_E_NOAGGREGATION);
    assert_null(out);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, NULL), E_POINTER);
    assert_last_release(factory);
}

static void test_class_factory__QueryInterface(void **state)
{
    IClassFactory *factory = factory_get();
    IUnknown *unknown;
    void *out = state;

    assert_hresult(IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&unknown), S_OK);
    IUnknown_Release(unknown);
    assert_hresult(IClassFactory_QueryInterface(factory, &IID_IDispatch, &out), E_NOINTERFACE);
    assert_null(out);
    assert_last_release(factory);
}

static void test_class_factory__DllGetClassObject(void **state)
{
    get_class_object *entry = (get_class_object *)(void (*)(void))server_entry("DllGetClassObject");
    void *out = state;

    assert_hresult(entry(&CLSID_VMVirtualMachine, &IID_IClassFactory, &out), CLASS_E_CLASSNOTAVAILABLE);
    assert_null(out);
    out = state;
    assert_hresult(entry(&CLSID_VMVirtualPC, &IID_IDispatch, &out), E_NOINTERFACE);
    assert_null(out);
    assert_hresult(entry(&CLSID_VMVirtualPC, &IID_IClassFactory, NULL), E_POINTER);
}

static void test_class_factory__only_the_application_is_creatable(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_class_count; i++) {
        GUID clsid = guid_from_text(contract_classes[i].clsid);
        IUnknown *object = NULL;
        HRESULT hr = CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object);

        assert_hresult(hr, contract_classes[i].creatable ? S_OK : REGDB_E_CLASSNOTREG);
        if (object)
            assert_last_release(object);
    }
}

static void test_class_factory__versioned_name(void **state)
{
    CLSID clsid;

    (void)state;
    assert_hresult(CLSIDFromProgID(L"VirtualPC.Application.1", &clsid), S_OK);
    assert_true(IsEqualCLSID(&clsid, &CLSID_VMVirtualPC));
}

static void test_server__DllCanUnloadNow_while_something_lives(void **state)
{
    FARPROC can_unload = server_entry("DllCanUnloadNow");
    IVMVirtualPC *application = *state;
    IVMTaskCollection *tasks;
    IUnknown *enumerator;

    assert_hresult((HRESULT)can_unload(), S_FALSE);
    assert_hresult(IVMVirtualPC_get_Tasks(application, &tasks), S_OK);
    assert_hresult(IVMTaskCollection_get__NewEnum(tasks, &enumerator), S_OK);
    assert_last_release(application);
    assert_hresult((HRESULT)can_unload(), S_FALSE);
    assert_last_release(tasks);
    assert_hresult((HRESULT)can_unload(), S_FALSE);
    assert_last_release(enumerator);
    assert_hresult((HRESULT)can_unload(), S_OK);

    IClassFactory *factory = factory_get();
    assert_hresult((HRESULT)can_unload(), S_FALSE);
    assert_hresult(IClassFactory_LockServer(factory, TRUE), S_OK);
    assert_last_release(factory);
    assert_hresult((HRESULT)can_unload(), S_FALSE);
    factory = factory_get();
    assert_hresult(IClassFactory_LockServer(factory, FALSE), S_OK);
    assert_last_release(factory);
    assert_hresult((HRESULT)can_unload(), S_OK);
    /* For the teardown. */
    assert_hresult(CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, state), S_OK);
}

struct worker {
    IVMVirtualPC *application; /* borrowed; the free-threaded marshaler makes it good for each apartment */
    DWORD apartment;
    HRESULT hr;
};

/* What a script does, over and over; the first failure ends it. */
static HRESULT work(IVMVirtualPC *application)
{
    IVMVirtualMachineCollection *machines;
    IDispatch *accountant;
    VARIANT sent;
    LONG count;
    BSTR name;
    HRESULT hr;

    if (FAILED(hr = IVMVirtualPC_get_Name(application, &name)))
        return hr;
    SysFreeString(name);
    if (FAILED(hr = IVMVirtualPC_get_VirtualMachines(application, &machines)))
        return hr;
    hr = IVMVirtualMachineCollection_get_Count(machines, &count);
    IVMVirtualMachineCollection_Release(machines);
    if (FAILED(hr) || count != 1)
        return FAILED(hr) ? hr : E_UNEXPECTED;
    if (FAILED(hr = reach_object(application, "VirtualMachines(1).Accountant", &accountant)))
        return hr;
    VariantInit(&sent);
    hr = IVMAccountant_get_NetworkBytesSent((IVMAccountant *)accountant, &sent);
    IDispatch_Release(accountant);
    return hr == S_OK && V_VT(&sent) != VT_DECIMAL ? E_UNEXPECTED : hr;
}

static DWORD WINAPI work_often(void *context)
{
    struct worker *worker = context;

    worker->hr = CoInitializeEx(NULL, worker->apartment);
    for (int i = 0; i < 100 && SUCCEEDED(worker->hr); i++)
        worker->hr = work(worker->application);
    CoUninitialize();
    return 0;
}

static void test_server__calls_from_all_apartments_at_once(void **state)
{
    struct worker workers[6];
    HANDLE threads[ARRAYSIZE(workers)];

    for (size_t i = 0; i < ARRAYSIZE(workers); i++) {
        workers[i] = (struct worker){
            .application = *state,
            .apartment = i % 2 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED,
            .hr = E_PENDING,
        };
        threads[i] = CreateThread(NULL, 0, work_often, &workers[i], 0, NULL);
    }
    assert_int_equal(WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, INFINITE), WAIT_OBJECT_0);
    for (size_t i = 0; i < ARRAYSIZE(workers); i++) {
        CloseHandle(threads[i]);
        assert_hresult(workers[i].hr, S_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_class_factory__CreateInstance, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_class_factory__QueryInterface, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_class_factory__DllGetClassObject, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_class_factory__only_the_application_is_creatable, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_class_factory__versioned_name, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_server__DllCanUnloadNow_while_something_lives, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_server__calls_from_all_apartments_at_once, application_open,
                                        application_close),
    };
    return cmocka_run_group_tests_name("class factory", tests, application_machine_start, application_machine_stop);
}
