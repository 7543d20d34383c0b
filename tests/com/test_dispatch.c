/* IDispatch through the type library, and the error texts that a late-bound client sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "com_check.h"
#include "com/error.h"
#include "samples.h"
#include <cmocka.h>

struct fixture {
    IDispatch *port;
    IDispatch *machine;
};

static int dispatch_setup(void **state)
{
    static struct fixture fixture;

    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        FAILED(sample_port_create(42, (IVMSerialPort **)&fixture.port)) ||
        FAILED(sample_machine_create((IVMVirtualMachine **)&fixture.machine)))
        return -1;
    *state = &fixture;
    return 0;
}

static int dispatch_teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_last_release(fixture->port);
    assert_last_release(fixture->machine);
    assert_int_equal(com_living(), 0);
    SetErrorInfo(0, NULL);
    CoUninitialize();
    return 0;
}

static DISPID id_of(IDispatch *object, const WCHAR *name)
{
    WCHAR *text = (WCHAR *)name;
    DISPID id = DISPID_UNKNOWN;

    assert_hresult(IDispatch_GetIDsOfNames(object, &IID_NULL, &text, 1, LOCALE_USER_DEFAULT, &id), S_OK);
    return id;
}

static HRESULT get(IDispatch *object, DISPID id, VARIANT *value, EXCEPINFO *exception)
{
    DISPPARAMS none = {0};

    return IDispatch_Invoke(object, id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET, &none, value, exception,
                            NULL);
}

static void exception_clear(EXCEPINFO *exception)
{
    SysFreeString(exception->bstrSource);
    SysFreeString(exception->bstrDescription);
    SysFreeString(exception->bstrHelpFile);
}

static void test_dispatch__GetTypeInfo(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    ITypeInfo *info = (ITypeInfo *)port;
    TYPEATTR *attributes;
    UINT count = 0;

    assert_hresult(IDispatch_GetTypeInfoCount(port, &count), S_OK);
    assert_int_equal(count, 1);
    assert_hresult(IDispatch_GetTypeInfoCount(port, NULL), E_POINTER);
    assert_hresult(IDispatch_GetTypeInfo(port, 0, LOCALE_USER_DEFAULT, NULL), E_POINTER);
    assert_hresult(IDispatch_GetTypeInfo(port, 1, LOCALE_USER_DEFAULT, &info), DISP_E_BADINDEX);
    assert_null(info);
    assert_hresult(IDispatch_GetTypeInfo(port, 0, LOCALE_USER_DEFAULT, &info), S_OK);
    assert_hresult(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    assert_true(IsEqualGUID(&attributes->guid, &IID_IVMSerialPort));
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);
}

static void test_dispatch__GetIDsOfNames_any_case(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;

    assert_int_equal(id_of(port, L"Configure"), 0x60020000);
    assert_int_equal(id_of(port, L"cONFIGURE"), 0x60020000);
    assert_int_equal(id_of(port, L"ConnectImmediately"), 0x60020004);
}

static void test_dispatch__GetIDsOfNames_arguments(void **state)
{
    WCHAR *names[] = {L"Configure", L"portName", L"vmConnectImmediately"};
    DISPID ids[3];

    assert_hresult(IDispatch_GetIDsOfNames(((struct fixture *)*state)->port, &IID_NULL, names, 3, 0, ids), S_OK);
    assert_int_equal(ids[1], 1);
    assert_int_equal(ids[2], 2);
}

static void test_dispatch__GetIDsOfNames_wrong_use(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    WCHAR *unknown = L"NoSuchMember", *base = L"Release";
    DISPID id = 1;

    assert_hresult(IDispatch_GetIDsOfNames(port, &IID_NULL, &unknown, 1, 0, &id), DISP_E_UNKNOWNNAME);
    assert_int_equal(id, DISPID_UNKNOWN);
    assert_hresult(IDispatch_GetIDsOfNames(port, &IID_IDispatch, &unknown, 1, 0, &id), DISP_E_UNKNOWNINTERFACE);
    assert_hresult(IDispatch_GetIDsOfNames(port, &IID_NULL, NULL, 1, 0, &id), E_POINTER);
    assert_hresult(IDispatch_GetIDsOfNames(port, &IID_NULL, &unknown, 1, 0, NULL), E_POINTER);
    assert_hresult(IDispatch_GetIDsOfNames(port, &IID_NULL, &unknown, 0, 0, &id), E_INVALIDARG);
    assert_hresult(IDispatch_GetIDsOfNames(port, &IID_NULL, &base, 1, 0, &id), DISP_E_UNKNOWNNAME);
    assert_int_equal(id, DISPID_UNKNOWN);
}

static void test_dispatch__Invoke_get(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    VARIANT value;

    assert_hresult(get(port, id_of(port, L"Type"), &value, NULL), S_OK);
    assert_int_equal(V_VT(&value), VT_I4);
    assert_int_equal(V_I4(&value), vmSerialPort_TextFile);
    assert_hresult(get(port, id_of(port, L"Type"), NULL, NULL), S_OK);
}

static void test_dispatch__Invoke_wrong_use(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    DISPPARAMS none = {0};
    DISPID type = id_of(port, L"Type");

    assert_hresult(IDispatch_Invoke(port, type, &IID_IDispatch, 0, DISPATCH_PROPERTYGET, &none, NULL, NULL, NULL),
                   DISP_E_UNKNOWNINTERFACE);
    assert_hresult(IDispatch_Invoke(port, type, &IID_NULL, 0, DISPATCH_PROPERTYGET, NULL, NULL, NULL, NULL), E_POINTER);
    assert_hresult(get(port, 0x60029999, NULL, NULL), DISP_E_MEMBERNOTFOUND);
    /* Release by DISPID would take a reference that others hold. */
    assert_hresult(IDispatch_Invoke(port, 0x60000002, &IID_NULL, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL),
                   DISP_E_MEMBERNOTFOUND);
    assert_hresult(
        IDispatch_Invoke(port, id_of(port, L"Configure"), &IID_NULL, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL),
        DISP_E_BADPARAMCOUNT);
}

static void test_dispatch__Invoke_arguments_by_position(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    VARIANT arguments[3];
    DISPPARAMS parameters = {.rgvarg = arguments, .cArgs = 3};

    V_VT(&arguments[2]) = VT_I2;
    V_I2(&arguments[2]) = vmSerialPort_NamedPipe;
    V_VT(&arguments[1]) = VT_BSTR;
    V_BSTR(&arguments[1]) = SysAllocString(L"pipe");
    V_VT(&arguments[0]) = VT_BOOL;
    V_BOOL(&arguments[0]) = VARIANT_TRUE;
    assert_hresult(
        IDispatch_Invoke(port, id_of(port, L"Configure"), &IID_NULL, 0, DISPATCH_METHOD, &parameters, NULL, NULL, NULL),
        S_OK);
    SysFreeString(V_BSTR(&arguments[1]));
    assert_int_equal(sample_configured.type, vmSerialPort_NamedPipe);
    assert_int_equal(wcscmp(sample_configured.name, L"pipe"), 0);
    assert_int_equal(sample_configured.connect, VARIANT_TRUE);
}

static void test_dispatch__Invoke_arguments_by_name(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    /* Named ones come first: vmConnectImmediately (2), portName (1); the first by position last. */
    DISPID named[] = {2, 1};
    VARIANT arguments[3];
    DISPPARAMS parameters = {.rgvarg = arguments, .rgdispidNamedArgs = named, .cArgs = 3, .cNamedArgs = 2};

    V_VT(&arguments[0]) = VT_BOOL;
    V_BOOL(&arguments[0]) = VARIANT_TRUE;
    V_VT(&arguments[1]) = VT_BSTR;
    V_BSTR(&arguments[1]) = SysAllocString(L"by name");
    V_VT(&arguments[2]) = VT_I4;
    V_I4(&arguments[2]) = vmSerialPort_TextFile;
    assert_hresult(
        IDispatch_Invoke(port, id_of(port, L"Configure"), &IID_NULL, 0, DISPATCH_METHOD, &parameters, NULL, NULL, NULL),
        S_OK);
    SysFreeString(V_BSTR(&arguments[1]));
    assert_int_equal(sample_configured.type, vmSerialPort_TextFile);
    assert_int_equal(wcscmp(sample_configured.name, L"by name"), 0);
    assert_int_equal(sample_configured.connect, VARIANT_TRUE);
}

static HRESULT put_name(IDispatch *machine, DISPID id, const WCHAR *name, EXCEPINFO *exception)
{
    DISPID named = DISPID_PROPERTYPUT;
    VARIANT argument;
    DISPPARAMS parameters = {.rgvarg = &argument, .rgdispidNamedArgs = &named, .cArgs = 1, .cNamedArgs = 1};

    V_VT(&argument) = VT_BSTR;
    V_BSTR(&argument) = SysAllocString(name);
    HRESULT hr = IDispatch_Invoke(machine, id, &IID_NULL, 0, DISPATCH_PROPERTYPUT, &parameters, NULL, exception, NULL);
    VariantClear(&argument);
    return hr;
}

static void test_dispatch__Invoke_put(void **state)
{
    IDispatch *machine = ((struct fixture *)*state)->machine;
    DISPID id = id_of(machine, L"Name");
    VARIANT value;

    assert_hresult(put_name(machine, id, L"second", NULL), S_OK);
    assert_hresult(get(machine, id, &value, NULL), S_OK);
    assert_int_equal(wcscmp(V_BSTR(&value), L"second"), 0);
    VariantClear(&value);
}

static void test_dispatch__Invoke_default_member_alias(void **state)
{
    struct fixture *fixture = *state;
    VARIANT value;

    assert_hresult(put_name(fixture->machine, DISPID_VALUE, L"third", NULL), S_OK);
    assert_hresult(get(fixture->machine, DISPID_VALUE, &value, NULL), S_OK);
    assert_int_equal(V_VT(&value), VT_BSTR);
    assert_int_equal(wcscmp(V_BSTR(&value), L"third"), 0);
    VariantClear(&value);
    assert_hresult(get(fixture->port, DISPID_VALUE, &value, NULL), DISP_E_MEMBERNOTFOUND);
}

static void test_dispatch__Invoke_failure_has_text(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    EXCEPINFO exception;
    VARIANT value;

    assert_hresult(get(port, id_of(port, L"ConnectImmediately"), &value, &exception), DISP_E_EXCEPTION);
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_hresult(exception.scode, E_FAIL);
    assert_int_equal(wcscmp(exception.bstrDescription, L"port 7 is b\x00f6se"), 0);
    assert_int_equal(wcscmp(exception.bstrSource, L"VirtualPC.IVMSerialPort"), 0);
    exception_clear(&exception);
    assert_error_text(NULL, NULL);
}

static void test_dispatch__Invoke_member_not_built(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;
    EXCEPINFO exception;

    assert_hresult(get(port, id_of(port, L"Name"), NULL, &exception), DISP_E_EXCEPTION);
    assert_hresult(exception.scode, E_NOTIMPL);
    assert_int_equal(wcscmp(exception.bstrDescription, L"IVMSerialPort.get_Name is not built yet"), 0);
    exception_clear(&exception);
}

static void test_dispatch__Invoke_shows_no_stale_error(void **state)
{
    struct fixture *fixture = *state;
    EXCEPINFO exception;
    DISPPARAMS none = {0};
    VARIANT value;

    com_fail(&sample_port_class, E_FAIL, "of an earlier call");
    assert_hresult(get(fixture->port, id_of(fixture->port, L"Type"), &value, &exception), S_OK);
    assert_null(exception.bstrDescription);
    assert_error_text(NULL, NULL);

    com_fail(&sample_port_class, E_FAIL, "of an earlier call");
    assert_hresult(IDispatch_Invoke(fixture->port, id_of(fixture->port, L"Configure"), &IID_NULL, 0, DISPATCH_METHOD,
                                    &none, NULL, &exception, NULL),
                   DISP_E_BADPARAMCOUNT);
    assert_null(exception.bstrDescription);
    assert_error_text(NULL, NULL);
}

static void test_dispatch__Invoke_failure_without_excepinfo(void **state)
{
    IDispatch *port = ((struct fixture *)*state)->port;

    assert_hresult(get(port, id_of(port, L"ConnectImmediately"), NULL, NULL), DISP_E_EXCEPTION);
    assert_error_text(NULL, NULL);
}

/* A port is no network adapter; the member must not get it as one. */
static void test_dispatch__Invoke_object_of_wrong_interface(void **state)
{
    struct fixture *fixture = *state;
    VARIANT argument;
    DISPPARAMS parameters = {.rgvarg = &argument, .cArgs = 1};

    V_VT(&argument) = VT_DISPATCH;
    V_DISPATCH(&argument) = fixture->port;
    assert_true(FAILED(IDispatch_Invoke(fixture->machine, id_of(fixture->machine, L"RemoveNetworkAdapter"), &IID_NULL,
                                        0, DISPATCH_METHOD, &parameters, NULL, NULL, NULL)));
    assert_false(sample_adapter_removed);
}

static void test_error__com_fail_replaces_older(void **state)
{
    (void)state;
    assert_hresult(com_fail(&sample_port_class, E_INVALIDARG, "first %s", "text"), E_INVALIDARG);
    assert_hresult(com_null_pointer(&sample_machine_class, "memory"), E_POINTER);
    assert_error_text(L"memory is NULL", L"VirtualPC.IVMVirtualMachine");
    assert_error_text(NULL, NULL);
}

static void test_error__com_hresult_of_each_cause(void **state)
{
    (void)state;
    for (int cause = VPC_UNEXPECTED; cause <= VPC_SAVED_STATE; cause++)
        assert_true(FAILED(com_hresult((enum vpc_cause)cause)));
    assert_hresult(com_hresult(VPC_VM_RUNNING), VM_E_VM_RUNNING);
    assert_hresult(com_hresult(VPC_FILE_NOT_FOUND), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    assert_hresult(com_hresult(VPC_OUT_OF_MEMORY), HRESULT_FROM_WIN32(ERROR_OUTOFMEMORY));
    assert_hresult(com_hresult(VPC_ACCESS_DENIED), HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
    assert_hresult(com_hresult(VPC_BAD_PATH), HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME));
    assert_hresult(com_hresult((enum vpc_cause)0), DISP_E_EXCEPTION);
    assert_hresult(com_hresult((enum vpc_cause)999), DISP_E_EXCEPTION);
}

static void test_error__com_fail_error_takes_text_and_cause(void **state)
{
    const struct vpc_error err = {.cause = VPC_NAME_IN_USE, .text = "a machine '50%' exists"};

    (void)state;
    assert_hresult(com_fail_error(&sample_machine_class, &err), VM_E_CONFIG_DUPLICATE_NAME);
    assert_error_text(L"a machine '50%' exists", L"VirtualPC.IVMVirtualMachine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dispatch__GetTypeInfo, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__GetIDsOfNames_any_case, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__GetIDsOfNames_arguments, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__GetIDsOfNames_wrong_use, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_get, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_wrong_use, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_arguments_by_position, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_arguments_by_name, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_put, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_default_member_alias, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_failure_has_text, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_member_not_built, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_shows_no_stale_error, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_failure_without_excepinfo, dispatch_setup,
                                        dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch__Invoke_object_of_wrong_interface, dispatch_setup,
                                        dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_error__com_fail_replaces_older, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_error__com_hresult_of_each_cause, dispatch_setup, dispatch_teardown),
        cmocka_unit_test_setup_teardown(test_error__com_fail_error_takes_text_and_cause, dispatch_setup,
                                        dispatch_teardown),
    };
    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
