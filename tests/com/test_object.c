/* The base of all objects: identity, counting, error and class information, marshaling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "com_check.h"
#include "com/type_info.h"
#include "samples.h"
#include <cmocka.h>

static int object_setup(void **state)
{
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)))
        return -1;
    return FAILED(sample_machine_create((IVMVirtualMachine **)state)) ? -1 : 0;
}

/* Each test ends so: the last reference and no object alive. */
static int object_teardown(void **state)
{
    assert_last_release(*state);
    assert_int_equal(com_living(), 0);
    CoUninitialize();
    return 0;
}

static void test_object__QueryInterface_same_identity_from_each(void **state)
{
    static const IID *const iids[] = {&IID_IUnknown,          &IID_IDispatch,         &IID_IVMVirtualMachine,
                                      &IID_ISupportErrorInfo, &IID_IProvideClassInfo, &IID_IProvideClassInfo2,
                                      &IID_IMarshal};
    IUnknown *object = *state, *from, *to, *identity;

    for (size_t i = 0; i < ARRAYSIZE(iids); i++) {
        assert_hresult(IUnknown_QueryInterface(object, iids[i], (void **)&from), S_OK);
        assert_hresult(IUnknown_QueryInterface(from, &IID_IUnknown, (void **)&identity), S_OK);
        assert_ptr_equal(identity, object);
        IUnknown_Release(identity);
        for (size_t k = 0; k < ARRAYSIZE(iids); k++) {
            assert_hresult(IUnknown_QueryInterface(from, iids[k], (void **)&to), S_OK);
            IUnknown_Release(to);
        }
        IUnknown_Release(from);
    }
}

static void test_object__QueryInterface_unknown(void **state)
{
    void *out = state;

    assert_hresult(IUnknown_QueryInterface((IUnknown *)*state, &IID_IStream, &out), E_NOINTERFACE);
    assert_null(out);
    assert_hresult(IUnknown_QueryInterface((IUnknown *)*state, &IID_IUnknown, NULL), E_POINTER);
}

static void test_object__QueryInterface_class_info_needs_class(void **state)
{
    LONG none = 0;
    IVMSerialPortCollection *ports;
    void *out;

    (void)state;
    assert_hresult(sample_ports_create(&none, &ports), S_OK);
    assert_hresult(IVMSerialPortCollection_QueryInterface(ports, &IID_IProvideClassInfo, &out), E_NOINTERFACE);
    assert_last_release(ports);
}

static void test_object__AddRef_counts(void **state)
{
    IUnknown *object = *state;

    assert_int_equal(IUnknown_AddRef(object), 2);
    assert_int_equal(IUnknown_AddRef(object), 3);
    assert_int_equal(IUnknown_Release(object), 2);
    assert_int_equal(IUnknown_Release(object), 1);
    assert_int_equal(com_living(), 1);
}

static void test_object__InterfaceSupportsErrorInfo(void **state)
{
    ISupportErrorInfo *support;

    assert_hresult(IUnknown_QueryInterface((IUnknown *)*state, &IID_ISupportErrorInfo, (void **)&support), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IVMVirtualMachine), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IDispatch), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IVMSerialPort), S_FALSE);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IUnknown), S_FALSE);
    ISupportErrorInfo_Release(support);
}

static void test_object__GetClassInfo_gives_coclass(void **state)
{
    IProvideClassInfo *provider;
    TYPEATTR *attributes;
    ITypeInfo *info;

    assert_hresult(IUnknown_QueryInterface((IUnknown *)*state, &IID_IProvideClassInfo, (void **)&provider), S_OK);
    assert_hresult(IProvideClassInfo_GetClassInfo(provider, NULL), E_POINTER);
    assert_hresult(IProvideClassInfo_GetClassInfo(provider, &info), S_OK);
    assert_hresult(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    assert_int_equal(attributes->typekind, TKIND_COCLASS);
    assert_true(IsEqualGUID(&attributes->guid, &CLSID_VMVirtualMachine));
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);
    IProvideClassInfo_Release(provider);
}

static void test_object__GetGUID_gives_event_interface(void **state)
{
    IProvideClassInfo2 *provider;
    IVMSerialPort *port;
    GUID guid;

    assert_hresult(IUnknown_QueryInterface((IUnknown *)*state, &IID_IProvideClassInfo2, (void **)&provider), S_OK);
    assert_hresult(IProvideClassInfo2_GetGUID(provider, GUIDKIND_DEFAULT_SOURCE_DISP_IID, &guid), S_OK);
    assert_true(IsEqualGUID(&guid, &DIID_IVMVirtualMachineEvents));
    assert_hresult(IProvideClassInfo2_GetGUID(provider, GUIDKIND_DEFAULT_SOURCE_DISP_IID, NULL), E_POINTER);
    assert_hresult(IProvideClassInfo2_GetGUID(provider, 99, &guid), E_INVALIDARG);
    assert_true(IsEqualGUID(&guid, &GUID_NULL));
    IProvideClassInfo2_Release(provider);

    assert_hresult(sample_port_create(0, &port), S_OK);
    assert_hresult(IVMSerialPort_QueryInterface(port, &IID_IProvideClassInfo2, (void **)&provider), S_OK);
    assert_hresult(IProvideClassInfo2_GetGUID(provider, GUIDKIND_DEFAULT_SOURCE_DISP_IID, &guid), E_FAIL);
    assert_true(IsEqualGUID(&guid, &GUID_NULL));
    IProvideClassInfo2_Release(provider);
    assert_last_release(port);
}

struct crossing {
    IStream *stream;
    IUnknown *arrived;
    HRESULT hr;
};

static DWORD WINAPI cross_to_mta(void *context)
{
    struct crossing *crossing = context;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    crossing->hr = CoGetInterfaceAndReleaseStream(crossing->stream, &IID_IUnknown, (void **)&crossing->arrived);
    CoUninitialize();
    return 0;
}

static void test_object__marshal_to_other_apartment_is_same_pointer(void **state)
{
    IUnknown *object = *state;
    struct crossing crossing = {0};

    assert_hresult(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, object, &crossing.stream), S_OK);
    HANDLE thread = CreateThread(NULL, 0, cross_to_mta, &crossing, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_hresult(crossing.hr, S_OK);
    assert_ptr_equal(crossing.arrived, object);
    IUnknown_Release(crossing.arrived);
}

static DWORD WINAPI query_marshal_often(void *object)
{
    IUnknown *marshal;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (int i = 0; i < 1000; i++) {
        if (SUCCEEDED(IUnknown_QueryInterface((IUnknown *)object, &IID_IMarshal, (void **)&marshal)))
            IUnknown_Release(marshal);
    }
    CoUninitialize();
    return 0;
}

static void test_object__marshaler_first_use_by_many_threads(void **state)
{
    HANDLE threads[8];

    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, query_marshal_often, *state, 0, NULL);
    assert_int_equal(WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, INFINITE), WAIT_OBJECT_0);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        CloseHandle(threads[i]);
}

static void test_object__com_object_from_knows_its_own(void **state)
{
    IUnknown *object = *state;
    IUnknown *tear_off, *stranger;

    assert_ptr_equal(com_object_from(object, &sample_machine_class), object);
    assert_null(com_object_from(object, &sample_port_class));
    assert_null(com_object_from(NULL, &sample_machine_class));
    assert_hresult(IUnknown_QueryInterface(object, &IID_ISupportErrorInfo, (void **)&tear_off), S_OK);
    assert_ptr_equal(com_object_from(tear_off, &sample_machine_class), object);
    IUnknown_Release(tear_off);
    assert_hresult(CreateStreamOnHGlobal(NULL, TRUE, (IStream **)&stranger), S_OK);
    assert_null(com_object_from(stranger, &sample_machine_class));
    assert_last_release(stranger);
}

static void test_type_info__drop_and_read_again(void **state)
{
    ITypeInfo *before, *again;

    (void)state;
    assert_hresult(type_info_get(&IID_IVMAccountant, &before), S_OK);
    type_info_drop();
    assert_hresult(type_info_get(&IID_IVMAccountant, &again), S_OK);
    ITypeInfo_Release(before);
    ITypeInfo_Release(again);
    type_info_drop();
}

static void test_type_info__unknown_identifier(void **state)
{
    ITypeInfo *info = (ITypeInfo *)state;

    assert_hresult(type_info_get(&IID_IStream, &info), TYPE_E_ELEMENTNOTFOUND);
    assert_null(info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_object__QueryInterface_same_identity_from_each, object_setup,
                                        object_teardown),
        cmocka_unit_test_setup_teardown(test_object__QueryInterface_unknown, object_setup, object_teardown),
        cmocka_unit_test_setup_teardown(test_object__QueryInterface_class_info_needs_class, object_setup,
                                        object_teardown),
        cmocka_unit_test_setup_teardown(test_object__AddRef_counts, object_setup, object_teardown),
        cmocka_unit_test_setup_teardown(test_object__InterfaceSupportsErrorInfo, object_setup, object_teardown),
        cmocka_unit_test_setup_teardown(test_object__GetClassInfo_gives_coclass, object_setup, object_teardown),
        cmocka_unit_test_setup_teardown(test_object__GetGUID_gives_event_interface, object_setup, object_teardown),
        cmocka_unit_test_setup_teardown(test_object__marshal_to_other_apartment_is_same_pointer, object_setup,
                                        object_teardown),
        cmocka_unit_test_setup_teardown(test_object__marshaler_first_use_by_many_threads, object_setup,
                                        object_teardown),
        cmocka_unit_test_setup_teardown(test_object__com_object_from_knows_its_own, object_setup, object_teardown),
        cmocka_unit_test(test_type_info__drop_and_read_again),
        cmocka_unit_test(test_type_info__unknown_identifier),
    };
    return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
