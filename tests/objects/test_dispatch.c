/* The objects as a script has them: by name, through IDispatch. */
#include "objects_check.h"

#include <wchar.h>

static HRESULT invoke(IDispatch *object, WORD flags, const WCHAR *name, VARIANT *arguments, UINT count, VARIANT *result,
                      EXCEPINFO *exception)
{
    LPOLESTR names = (LPOLESTR)name;
    DISPID id, put = DISPID_PROPERTYPUT;
    DISPPARAMS parameters = {.rgvarg = arguments, .cArgs = count};
    HRESULT hr = IDispatch_GetIDsOfNames(object, &IID_NULL, &names, 1, LOCALE_USER_DEFAULT, &id);
    if (FAILED(hr))
        return hr;
    if (flags == DISPATCH_PROPERTYPUT) {
        parameters.rgdispidNamedArgs = &put;
        parameters.cNamedArgs = 1;
    }
    if (result)
        VariantInit(result);
    return IDispatch_Invoke(object, id, &IID_NULL, LOCALE_USER_DEFAULT, flags, &parameters, result, exception, NULL);
}

static IDispatch *get_object(IDispatch *object, const WCHAR *name, VARIANT *arguments, UINT count)
{
    VARIANT result;
    assert_hresult(invoke(object, DISPATCH_METHOD | DISPATCH_PROPERTYGET, name, arguments, count, &result, NULL), S_OK);
    assert_int_equal(V_VT(&result), VT_DISPATCH);
    return V_DISPATCH(&result);
}

static VARIANT string(const WCHAR *value)
{
    VARIANT variant;
    V_VT(&variant) = VT_BSTR;
    V_BSTR(&variant) = text(value);
    return variant;
}

static void test_dispatch__a_VM_from_creation_to_figures(void **state)
{
    struct fixture *fixture = *state;
    IDispatch *application = (IDispatch *)fixture->application;
    VARIANT arguments[2] = {string(fixture_machines(fixture)), string(L"Blue")}, result,
            value; /* the last comes first */
    IDispatch *vm = get_object(application, L"CreateVirtualMachine", arguments, 2);
    assert_hresult(invoke(vm, DISPATCH_PROPERTYGET, L"name", NULL, 0, &result, NULL), S_OK);
    assert_text(V_BSTR(&result), L"Blue");
    V_VT(&value) = VT_I4;
    V_I4(&value) = 64;
    assert_hresult(invoke(vm, DISPATCH_PROPERTYPUT, L"Memory", &value, 1, NULL, NULL), S_OK);
    assert_hresult(invoke(vm, DISPATCH_PROPERTYGET, L"Memory", NULL, 0, &result, NULL), S_OK);
    assert_int_equal(V_VT(&result), VT_I4);
    assert_int_equal(V_I4(&result), 64);

    IDispatch *task = get_object(vm, L"Startup", NULL, 0);
    V_I4(&value) = 60000;
    assert_hresult(invoke(task, DISPATCH_METHOD, L"WaitForCompletion", &value, 1, NULL, NULL), S_OK);
    assert_hresult(invoke(task, DISPATCH_PROPERTYGET, L"IsComplete", NULL, 0, &result, NULL), S_OK);
    assert_int_equal(V_VT(&result), VT_BOOL);
    assert_int_equal(V_BOOL(&result), VARIANT_TRUE);
    assert_last_release(task);
    assert_hresult(invoke(vm, DISPATCH_PROPERTYGET, L"State", NULL, 0, &result, NULL), S_OK);
    assert_int_equal(V_I4(&result), vmVMState_Running);

    IDispatch *accountant = get_object(vm, L"Accountant", NULL, 0);
    assert_hresult(invoke(accountant, DISPATCH_PROPERTYGET, L"NetworkBytesSent", NULL, 0, &result, NULL), S_OK);
    assert_int_equal(V_VT(&result), VT_DECIMAL);
    task = get_object(vm, L"TurnOff", NULL, 0);
    assert_hresult(invoke(task, DISPATCH_METHOD, L"WaitForCompletion", &value, 1, NULL, NULL), S_OK);
    assert_last_release(task);
    assert_hresult(invoke(accountant, DISPATCH_PROPERTYGET, L"NetworkBytesSent", NULL, 0, &result, NULL), S_OK);
    assert_int_equal(V_VT(&result), VT_DECIMAL);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void check_exception(HRESULT hr, EXCEPINFO *exception, HRESULT expected, const WCHAR *part)
{
    assert_hresult(hr, DISP_E_EXCEPTION);
    assert_hresult(exception->scode, expected);
    if (!exception->bstrDescription || !wcsstr(exception->bstrDescription, part))
        fail_msg("'%ls' lacks '%ls'", exception->bstrDescription ? exception->bstrDescription : L"(NULL)", part);
    SysFreeString(exception->bstrDescription);
    SysFreeString(exception->bstrSource);
    SysFreeString(exception->bstrHelpFile);
}

static void test_dispatch__a_failure_shows_code_and_text(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    EXCEPINFO exception = {0};
    VARIANT result, value;
    V_VT(&value) = VT_I4;
    V_I4(&value) = 100000;
    HRESULT hr = invoke((IDispatch *)vm, DISPATCH_PROPERTYPUT, L"Memory", &value, 1, NULL, &exception);
    check_exception(hr, &exception, E_INVALIDARG, L"100000 MB");
    memset(&exception, 0, sizeof exception);
    hr = invoke((IDispatch *)vm, DISPATCH_METHOD, L"TurnOff", NULL, 0, &result, &exception);
    check_exception(hr, &exception, VM_E_VM_NOT_RUNNING, L"Blue");
    memset(&exception, 0, sizeof exception);
    hr = invoke((IDispatch *)vm, DISPATCH_METHOD, L"DiscardUndoDisks", NULL, 0, NULL, &exception);
    check_exception(hr, &exception, E_NOTIMPL, L"IVMVirtualMachine.DiscardUndoDisks is not built yet");
    assert_last_release(vm);
}

static void test_dispatch__nothing_for_a_VM_that_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    VARIANT argument = string(L"Blue"), result;
    assert_hresult(
        invoke((IDispatch *)fixture->application, DISPATCH_METHOD, L"FindVirtualMachine", &argument, 1, &result, NULL),
        S_OK);
    assert_int_equal(V_VT(&result), VT_DISPATCH);
    assert_null(V_DISPATCH(&result));
}

static void test_dispatch__collection_by_default_member(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IDispatch *machines = get_object((IDispatch *)fixture->application, L"VirtualMachines", NULL, 0);
    VARIANT index, result;
    DISPPARAMS parameters = {.rgvarg = &index, .cArgs = 1};
    V_VT(&index) = VT_I2;
    V_I2(&index) = 1;
    VariantInit(&result);
    assert_hresult(IDispatch_Invoke(machines, DISPID_VALUE, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET,
                                    &parameters, &result, NULL, NULL),
                   S_OK);
    assert_int_equal(V_VT(&result), VT_DISPATCH);
    VariantClear(&result);
    assert_last_release(machines);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dispatch__a_VM_from_creation_to_figures, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_dispatch__a_failure_shows_code_and_text, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_dispatch__nothing_for_a_VM_that_is_not_there, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_dispatch__collection_by_default_member, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("objects_dispatch", tests, NULL, NULL);
}
