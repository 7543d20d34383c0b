/* Collections, their enumerators, and class factories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "com_check.h"
#include "com/factory.h"
#include "samples.h"
#include <cmocka.h>

static LONG port_count;

static int collection_setup(void **state)
{
    port_count = 5;
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return -1;
    return FAILED(sample_ports_create(&port_count, (IVMSerialPortCollection **)state)) ? -1 : 0;
}

static int collection_teardown(void **state)
{
    assert_last_release(*state);
    assert_int_equal(com_living(), 0);
    SetErrorInfo(0, NULL);
    CoUninitialize();
    return 0;
}

static IEnumVARIANT *enumerate(IVMSerialPortCollection *ports)
{
    IUnknown *unknown;
    IEnumVARIANT *enumerator;

    assert_hresult(IVMSerialPortCollection_get__NewEnum(ports, &unknown), S_OK);
    assert_hresult(IUnknown_QueryInterface(unknown, &IID_IEnumVARIANT, (void **)&enumerator), S_OK);
    IUnknown_Release(unknown);
    return enumerator;
}

/* The port in the variant must have this ID; the variant is cleared. */
static void assert_port(VARIANT *item, LONG expected)
{
    LONG id = -1;

    assert_int_equal(V_VT(item), VT_DISPATCH);
    assert_hresult(IVMSerialPort__ID((IVMSerialPort *)V_DISPATCH(item), &id), S_OK);
    assert_int_equal(id, expected);
    VariantClear(item);
}

static void test_collection__Count_is_of_now(void **state)
{
    LONG count;

    assert_hresult(IVMSerialPortCollection_get_Count((IVMSerialPortCollection *)*state, &count), S_OK);
    assert_int_equal(count, 5);
    port_count = 6;
    assert_hresult(IVMSerialPortCollection_get_Count((IVMSerialPortCollection *)*state, &count), S_OK);
    assert_int_equal(count, 6);
    assert_hresult(IVMSerialPortCollection_get_Count((IVMSerialPortCollection *)*state, NULL), E_POINTER);
    assert_error_text(L"count is NULL", L"VirtualPC.IVMSerialPortCollection");
}

static void test_collection__Item_first_and_last(void **state)
{
    IVMSerialPort *port;
    LONG id;

    assert_hresult(IVMSerialPortCollection_get_Item((IVMSerialPortCollection *)*state, 1, &port), S_OK);
    assert_hresult(IVMSerialPort__ID(port, &id), S_OK);
    assert_int_equal(id, 0);
    assert_last_release(port);
    assert_hresult(IVMSerialPortCollection_get_Item((IVMSerialPortCollection *)*state, 5, &port), S_OK);
    assert_hresult(IVMSerialPort__ID(port, &id), S_OK);
    assert_int_equal(id, 4);
    assert_last_release(port);
}

static void test_collection__Item_outside(void **state)
{
    static const LONG wrong[] = {0, -1, 6, LONG_MAX, LONG_MIN};

    for (size_t i = 0; i < ARRAYSIZE(wrong); i++) {
        IVMSerialPort *port = (IVMSerialPort *)state;
        assert_hresult(IVMSerialPortCollection_get_Item((IVMSerialPortCollection *)*state, wrong[i], &port),
                       DISP_E_BADINDEX);
        assert_null(port);
    }
    assert_error_text(L"index -2147483648 is not between 1 and 5", L"VirtualPC.IVMSerialPortCollection");
    assert_hresult(IVMSerialPortCollection_get_Item((IVMSerialPortCollection *)*state, 1, NULL), E_POINTER);
}

static void test_collection__Item_is_default_member(void **state)
{
    IDispatch *ports = *state;
    VARIANT argument, value;
    DISPPARAMS parameters = {.rgvarg = &argument, .cArgs = 1};

    V_VT(&argument) = VT_I2;
    V_I2(&argument) = 3;
    assert_hresult(IDispatch_Invoke(ports, DISPID_VALUE, &IID_NULL, 0, DISPATCH_PROPERTYGET | DISPATCH_METHOD,
                                    &parameters, &value, NULL, NULL),
                   S_OK);
    assert_port(&value, 2);
}

/* As JScript does it under Wine: the property asked for as a method. */
static void test_collection___NewEnum_by_Invoke(void **state)
{
    static const WORD flags[] = {DISPATCH_METHOD, DISPATCH_PROPERTYGET, DISPATCH_METHOD | DISPATCH_PROPERTYGET};
    DISPPARAMS none = {0};
    VARIANT value;

    for (size_t i = 0; i < ARRAYSIZE(flags); i++) {
        assert_hresult(
            IDispatch_Invoke((IDispatch *)*state, DISPID_NEWENUM, &IID_NULL, 0, flags[i], &none, &value, NULL, NULL),
            S_OK);
        assert_int_equal(V_VT(&value), VT_UNKNOWN);
        assert_last_release(V_UNKNOWN(&value));
    }
}

static void test_enumerator__Next_one_by_one(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    VARIANT item;

    for (LONG i = 0; i < 5; i++) {
        assert_hresult(IEnumVARIANT_Next(enumerator, 1, &item, NULL), S_OK);
        assert_port(&item, i);
    }
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, &item, NULL), S_FALSE);
    assert_int_equal(V_VT(&item), VT_EMPTY);
    assert_last_release(enumerator);
}

static void test_enumerator__Next_partial(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    VARIANT items[7];
    ULONG fetched = 99;

    assert_hresult(IEnumVARIANT_Next(enumerator, 2, items, &fetched), S_OK);
    assert_int_equal(fetched, 2);
    assert_port(&items[0], 0);
    assert_port(&items[1], 1);
    assert_hresult(IEnumVARIANT_Next(enumerator, 7, items, &fetched), S_FALSE);
    assert_int_equal(fetched, 3);
    assert_port(&items[2], 4);
    assert_port(&items[0], 2);
    assert_port(&items[1], 3);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, items, &fetched), S_FALSE);
    assert_int_equal(fetched, 0);
    assert_last_release(enumerator);
}

static void test_enumerator__Next_wrong_use(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    VARIANT items[2];
    ULONG fetched = 99;

    assert_hresult(IEnumVARIANT_Next(enumerator, 2, items, NULL), E_INVALIDARG);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, NULL, &fetched), E_POINTER);
    assert_int_equal(fetched, 0);
    assert_hresult(IEnumVARIANT_Next(enumerator, 0, NULL, NULL), S_OK);
    assert_hresult(IEnumVARIANT_Next(enumerator, 0, items, &fetched), S_OK);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, items, NULL), S_OK);
    assert_port(&items[0], 0);
    assert_last_release(enumerator);
}

static void test_enumerator__Skip_and_Reset(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    VARIANT item;

    assert_hresult(IEnumVARIANT_Skip(enumerator, 4), S_OK);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, &item, NULL), S_OK);
    assert_port(&item, 4);
    assert_hresult(IEnumVARIANT_Reset(enumerator), S_OK);
    assert_hresult(IEnumVARIANT_Skip(enumerator, 6), S_FALSE);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, &item, NULL), S_FALSE);
    assert_hresult(IEnumVARIANT_Skip(enumerator, 0), S_OK);
    assert_hresult(IEnumVARIANT_Reset(enumerator), S_OK);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, &item, NULL), S_OK);
    assert_port(&item, 0);
    assert_last_release(enumerator);
}

static void test_enumerator__Clone_goes_its_own_way(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state), *clone;
    VARIANT item;

    assert_hresult(IEnumVARIANT_Skip(enumerator, 2), S_OK);
    assert_hresult(IEnumVARIANT_Clone(enumerator, NULL), E_POINTER);
    assert_hresult(IEnumVARIANT_Clone(enumerator, &clone), S_OK);
    assert_hresult(IEnumVARIANT_Skip(enumerator, 1), S_OK);
    assert_last_release(enumerator);
    assert_hresult(IEnumVARIANT_Next(clone, 1, &item, NULL), S_OK);
    assert_port(&item, 2);
    assert_last_release(clone);
}

static void test_enumerator__QueryInterface(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    IUnknown *unknown, *marshal;
    void *out = state;

    assert_hresult(IEnumVARIANT_QueryInterface(enumerator, &IID_IUnknown, (void **)&unknown), S_OK);
    assert_ptr_equal(unknown, enumerator);
    IUnknown_Release(unknown);
    assert_hresult(IEnumVARIANT_QueryInterface(enumerator, &IID_IMarshal, (void **)&marshal), S_OK);
    assert_hresult(IUnknown_QueryInterface(marshal, &IID_IUnknown, (void **)&unknown), S_OK);
    assert_ptr_equal(unknown, enumerator);
    IUnknown_Release(unknown);
    IUnknown_Release(marshal);
    assert_hresult(IEnumVARIANT_QueryInterface(enumerator, &IID_IDispatch, &out), E_NOINTERFACE);
    assert_null(out);
    assert_hresult(IEnumVARIANT_QueryInterface(enumerator, &IID_IUnknown, NULL), E_POINTER);
    assert_last_release(enumerator);
}

static void test_enumerator__snapshot_outlives_its_collection(void **state)
{
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    VARIANT items[9];
    ULONG fetched;

    port_count = 9;
    assert_hresult(IEnumVARIANT_Next(enumerator, 9, items, &fetched), S_FALSE);
    assert_int_equal(fetched, 5);
    assert_last_release(enumerator);
    for (LONG i = 0; i < 5; i++)
        assert_port(&items[i], i);
}

static void test_enumerator__of_nothing(void **state)
{
    VARIANT item;

    port_count = 0;
    IEnumVARIANT *enumerator = enumerate((IVMSerialPortCollection *)*state);
    assert_hresult(IEnumVARIANT_Next(enumerator, 1, &item, NULL), S_FALSE);
    assert_last_release(enumerator);
}

static HRESULT create_machine(IUnknown **object)
{
    return sample_machine_create((IVMVirtualMachine **)object);
}

static HRESULT create_nothing(IUnknown **object)
{
    *object = NULL;
    return E_OUTOFMEMORY;
}

static void test_factory__CreateInstance(void **state)
{
    IClassFactory *factory;
    IUnknown *machine;

    (void)state;
    assert_hresult(com_factory_create(create_machine, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IDispatch, (void **)&machine), S_OK);
    assert_last_release(machine);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, NULL), E_POINTER);
    assert_last_release(factory);
}

static void test_factory__CreateInstance_refused_interface_leaves_no_object(void **state)
{
    IClassFactory *factory;
    void *out = state;
    LONG before = com_living();

    assert_hresult(com_factory_create(create_machine, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IStream, &out), E_NOINTERFACE);
    assert_null(out);
    assert_last_release(factory);
    assert_int_equal(com_living(), before);
}

static void test_factory__CreateInstance_no_aggregation(void **state)
{
    IClassFactory *factory;
    void *out = state;

    assert_hresult(com_factory_create(create_machine, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_hresult(IClassFactory_CreateInstance(factory, (IUnknown *)*state, &IID_IUnknown, &out),
                   CLASS_E_NOAGGREGATION);
    assert_null(out);
    assert_last_release(factory);
}

static void test_factory__CreateInstance_failing_class(void **state)
{
    IClassFactory *factory;
    void *out = state;

    assert_hresult(com_factory_create(create_nothing, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, &out), E_OUTOFMEMORY);
    assert_null(out);
    assert_last_release(factory);
}

static void test_factory__create_unknown_interface(void **state)
{
    void *out = state;
    LONG before = com_living();

    assert_hresult(com_factory_create(create_machine, &IID_IStream, &out), E_NOINTERFACE);
    assert_null(out);
    assert_int_equal(com_living(), before);
}

static void test_factory__LockServer(void **state)
{
    IClassFactory *factory;
    LONG before = com_living();

    (void)state;
    assert_hresult(com_factory_create(create_machine, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_hresult(IClassFactory_LockServer(factory, TRUE), S_OK);
    assert_int_equal(com_living(), before + 2);
    assert_hresult(IClassFactory_LockServer(factory, FALSE), S_OK);
    assert_last_release(factory);
    assert_int_equal(com_living(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_collection__Count_is_of_now, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_collection__Item_first_and_last, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_collection__Item_outside, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_collection__Item_is_default_member, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_collection___NewEnum_by_Invoke, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__Next_one_by_one, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__Next_partial, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__Next_wrong_use, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__Skip_and_Reset, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__Clone_goes_its_own_way, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__QueryInterface, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__snapshot_outlives_its_collection, collection_setup,
                                        collection_teardown),
        cmocka_unit_test_setup_teardown(test_enumerator__of_nothing, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_factory__CreateInstance, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_factory__CreateInstance_refused_interface_leaves_no_object,
                                        collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_factory__CreateInstance_no_aggregation, collection_setup,
                                        collection_teardown),
        cmocka_unit_test_setup_teardown(test_factory__CreateInstance_failing_class, collection_setup,
                                        collection_teardown),
        cmocka_unit_test_setup_teardown(test_factory__create_unknown_interface, collection_setup, collection_teardown),
        cmocka_unit_test_setup_teardown(test_factory__LockServer, collection_setup, collection_teardown),
    };
    return cmocka_run_group_tests_name("collection", tests, NULL, NULL);
}
