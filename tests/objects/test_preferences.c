/* IVMVirtualPC: the preferences in Options.xml. */
#include "objects_check.h"

#include <stdlib.h>
#include <string.h>
#include "util/file.h"

#define WIN32_ERROR(code) ((HRESULT)(0x80070000 | (code)))

static VARIANT integer(LONG value)
{
    VARIANT variant;
    V_VT(&variant) = VT_I4;
    V_I4(&variant) = value;
    return variant;
}

static VARIANT string(const WCHAR *value)
{
    VARIANT variant;
    V_VT(&variant) = VT_BSTR;
    V_BSTR(&variant) = text(value);
    return variant;
}

static void test_preferences__SetConfigurationValue_reads_back(void **state)
{
    IVMVirtualPC *application = ((struct fixture *)*state)->application;
    BSTR key = text(L"ours/deep/key");
    VARIANT value, got;
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, string(L"a<b>\u00e9&\"")), S_OK);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_VT(&got), VT_BSTR);
    assert_text(V_BSTR(&got), L"a<b>\u00e9&\"");

    /* The type of a key changes with its value. */
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, integer(-5)), S_OK);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_VT(&got), VT_I4);
    assert_int_equal(V_I4(&got), -5);

    V_VT(&value) = VT_UI4;
    V_UI4(&value) = 4294967291u;
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, value), S_OK);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_VT(&got), VT_I4);
    assert_int_equal(V_I4(&got), -5);

    V_VT(&value) = VT_I2;
    V_I2(&value) = 7;
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, value), S_OK);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_I4(&got), 7);

    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = VARIANT_TRUE;
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, value), S_OK);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_VT(&got), VT_BOOL);
    assert_int_equal(V_BOOL(&got), VARIANT_TRUE);
}

static void test_preferences__SetConfigurationValue_bytes(void **state)
{
    IVMVirtualPC *application = ((struct fixture *)*state)->application;
    static const unsigned char bytes[3] = {0, 0xff, 0x10};
    BSTR key = text(L"ours/bytes");
    VARIANT value, got;
    void *data;
    LONG upper;
    V_VT(&value) = VT_ARRAY | VT_UI1;
    V_ARRAY(&value) = SafeArrayCreateVector(VT_UI1, 5, 3); /* another lower bound than ours */
    assert_hresult(SafeArrayAccessData(V_ARRAY(&value), &data), S_OK);
    memcpy(data, bytes, sizeof bytes);
    SafeArrayUnaccessData(V_ARRAY(&value));
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, value), S_OK);
    VariantClear(&value);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_VT(&got), VT_ARRAY | VT_UI1);
    assert_hresult(SafeArrayGetUBound(V_ARRAY(&got), 1, &upper), S_OK);
    assert_int_equal(upper, 2);
    assert_hresult(SafeArrayAccessData(V_ARRAY(&got), &data), S_OK);
    assert_memory_equal(data, bytes, sizeof bytes);
    SafeArrayUnaccessData(V_ARRAY(&got));
    VariantClear(&got);
}

/* A script passes its variables by reference. */
static void test_preferences__SetConfigurationValue_by_reference(void **state)
{
    IVMVirtualPC *application = ((struct fixture *)*state)->application;
    BSTR key = text(L"ours/reference");
    VARIANT inner = integer(42), outer, got;
    V_VT(&outer) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&outer) = &inner;
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, outer), S_OK);
    assert_hresult(IVMVirtualPC_GetConfigurationValue(application, key, &got), S_OK);
    assert_int_equal(V_I4(&got), 42);
    VariantInit(&inner);
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, key, outer), E_POINTER, L"preferenceValue");
}

static void test_preferences__wrong_use(void **state)
{
    IVMVirtualPC *application = ((struct fixture *)*state)->application;
    BSTR key = text(L"ours/key"), empty = text(L"");
    VARIANT got, none, real;
    VariantInit(&none);
    V_VT(&real) = VT_R8;
    V_R8(&real) = 1.5;
    assert_refused(IVMVirtualPC_GetConfigurationValue(application, key, NULL), E_POINTER, L"preferenceValue is NULL");
    assert_refused(IVMVirtualPC_GetConfigurationValue(application, NULL, &got), E_POINTER, L"preferenceKey is NULL");
    assert_refused(IVMVirtualPC_GetConfigurationValue(application, empty, &got), VM_E_PREF_NOT_FOUND, L"");
    assert_refused(IVMVirtualPC_GetConfigurationValue(application, key, &got), VM_E_PREF_NOT_FOUND, L"ours/key");
    assert_int_equal(V_VT(&got), VT_EMPTY);
    assert_refused(IVMVirtualPC_GetConfigurationValue(application, text(L"a//b"), &got), VM_E_PREF_NOT_FOUND, L"");
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, NULL, integer(1)), E_POINTER,
                   L"preferenceKey is NULL");
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, empty, integer(1)), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, text(L"a//b"), integer(1)), E_INVALIDARG, L"a//b");
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, key, none), E_POINTER, L"preferenceValue");
    V_VT(&none) = VT_NULL;
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, key, none), E_POINTER, L"preferenceValue");
    assert_refused(IVMVirtualPC_SetConfigurationValue(application, key, real), E_INVALIDARG, L"5");
    assert_refused(IVMVirtualPC_RemoveConfigurationValue(application, NULL), E_POINTER, L"preferenceKey is NULL");
    assert_refused(IVMVirtualPC_RemoveConfigurationValue(application, empty), E_INVALIDARG, L"empty");
    assert_refused(IVMVirtualPC_RemoveConfigurationValue(application, text(L"a//b")), E_INVALIDARG, L"a//b");
    assert_refused(IVMVirtualPC_RemoveConfigurationValue(application, key), VM_E_PREF_NOT_FOUND, L"ours/key");
}

static void test_preferences__RemoveConfigurationValue_removes(void **state)
{
    IVMVirtualPC *application = ((struct fixture *)*state)->application;
    BSTR key = text(L"idle_timeout");
    VARIANT got;
    assert_hresult(IVMVirtualPC_SetConfigurationValue(application, key, integer(30)), S_OK);
    assert_hresult(IVMVirtualPC_RemoveConfigurationValue(application, key), S_OK);
    assert_refused(IVMVirtualPC_GetConfigurationValue(application, key, &got), VM_E_PREF_NOT_FOUND, L"idle_timeout");
}

/* A damaged file is an error with a text, and is not overwritten. */
static void test_preferences__damaged_file_is_told_and_kept(void **state)
{
    struct fixture *fixture = *state;
    struct vpc_error err;
    char *data;
    size_t size;
    VARIANT got;
    assert_ok(file_replace(fixture->home.catalog.options, "<preferences><a", 15, &err), err);
    assert_refused(IVMVirtualPC_GetConfigurationValue(fixture->application, text(L"a"), &got), DISP_E_EXCEPTION,
                   L"Options.xml");
    assert_refused(IVMVirtualPC_SetConfigurationValue(fixture->application, text(L"a"), integer(1)), DISP_E_EXCEPTION,
                   L"Options.xml");
    assert_ok(file_read(fixture->home.catalog.options, 100, &data, &size, &err), err);
    assert_int_equal(size, 15);
    free(data);
}

static void test_preferences__DefaultVMConfigurationPath(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualPC *application = fixture->application;
    BSTR path;
    assert_hresult(IVMVirtualPC_get_DefaultVMConfigurationPath(application, &path), S_OK);
    assert_text(path, text_of(L"%ls\\Virtual Machines", fixture->folder));
    assert_true(CreateDirectoryW(text_of(L"%ls\\Mine", fixture->folder), NULL));
    assert_hresult(IVMVirtualPC_put_DefaultVMConfigurationPath(application, text_of(L"%ls\\Mine\\", fixture->folder)),
                   S_OK);
    assert_hresult(IVMVirtualPC_get_DefaultVMConfigurationPath(application, &path), S_OK);
    assert_text(path, text_of(L"%ls\\Mine\\", fixture->folder));

    assert_refused(IVMVirtualPC_get_DefaultVMConfigurationPath(application, NULL), E_POINTER, L"configurationPath");
    assert_refused(IVMVirtualPC_put_DefaultVMConfigurationPath(application, NULL), E_POINTER, L"configurationPath");
    assert_refused(IVMVirtualPC_put_DefaultVMConfigurationPath(application, text(L"")), WIN32_ERROR(ERROR_BAD_PATHNAME),
                   L"");
    assert_refused(IVMVirtualPC_put_DefaultVMConfigurationPath(application, text(L"Mine")),
                   WIN32_ERROR(ERROR_BAD_PATHNAME), L"Mine");
    assert_refused(IVMVirtualPC_put_DefaultVMConfigurationPath(application, text_of(L"%ls\\Gone", fixture->folder)),
                   WIN32_ERROR(ERROR_FILE_NOT_FOUND), L"Gone");
    assert_refused(
        IVMVirtualPC_put_DefaultVMConfigurationPath(application, text_of(L"%ls\\Gone\\Below", fixture->folder)),
        WIN32_ERROR(ERROR_PATH_NOT_FOUND), L"Below");
    assert_refused(IVMVirtualPC_put_DefaultVMConfigurationPath(application, text_of(L"%ls\\a*b", fixture->folder)),
                   WIN32_ERROR(ERROR_INVALID_NAME), L"a*b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_preferences__SetConfigurationValue_reads_back, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_preferences__SetConfigurationValue_bytes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_preferences__SetConfigurationValue_by_reference, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_preferences__wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_preferences__RemoveConfigurationValue_removes, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_preferences__damaged_file_is_told_and_kept, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_preferences__DefaultVMConfigurationPath, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("preferences", tests, NULL, NULL);
}
