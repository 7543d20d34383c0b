/*
 * Conformance: what holds for every interface of the registered DLL, by the table of the contract. A new object costs
 * one row in application.c.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <ocidl.h>

#include "application.h"
#include "com_check.h"
#include "members.h"
#include "slot.h"

static struct members_row *built;
static size_t built_count;

/* "get_Name" for the row of docs/members.md, "IVMFoo.Name is not built yet" for the error text. */
static void member_texts(const struct contract_interface *face, const struct contract_member *member, char row[128],
                         WCHAR text[160])
{
    const char *prefix = member->kind == CONTRACT_PROPGET ? "get_" : member->kind == CONTRACT_PROPPUT ? "put_" : "";

    snprintf(row, 128, "%s%s", prefix, member->name);
    swprintf(text, 160, L"%hs.%hs is not built yet", face->name, member->name);
}

static bool member_works(const struct contract_interface *face, const struct contract_member *member)
{
    WCHAR text[160];
    char name[128];

    member_texts(face, member, name, text);
    const struct members_row *row = members_find(built, built_count, face->name, name);
    if (!row)
        fail_msg("docs/members.md has no row for %s.%s", face->name, name);
    return row->works;
}

static const struct contract_class *class_of(const struct contract_interface *face)
{
    for (size_t i = 0; i < contract_class_count; i++) {
        if (strcmp(contract_classes[i].face, face->name) == 0)
            return &contract_classes[i];
    }
    return NULL;
}

static size_t rows_of(const struct contract_interface *face)
{
    size_t rows = 0;

    for (size_t i = 0; i < reach_count; i++)
        rows += strcmp(reach_table[i].face, face->name) == 0;
    return rows;
}

static void test_conformance__table_has_each_interface_once(void **state)
{
    size_t faces = contract_interface_count();

    (void)state;
    for (size_t i = 0; i < contract_interface_count(); i++) {
        if (rows_of(contract_interface_at(i)) != 1)
            fail_msg("%s has %u rows", contract_interface_at(i)->name, (unsigned)rows_of(contract_interface_at(i)));
    }
    for (size_t i = 0; i < contract_extension_count; i++) {
        const struct contract_extension *own = &contract_extensions[i];
        size_t wanted = own->parent ? 0 : 1;
        if (rows_of(&own->face) != wanted)
            fail_msg("%s has %u rows", own->face.name, (unsigned)rows_of(&own->face));
        faces += wanted;
    }
    assert_int_equal(reach_count, faces);
}

static void test_conformance__what_is_not_built_cannot_be_reached(void **state)
{
    IDispatch *object;

    for (size_t i = 0; i < reach_count; i++) {
        if (!reach_table[i].why_not)
            continue;
        print_message("  %s: %s\n", reach_table[i].face, reach_table[i].why_not);
        if (SUCCEEDED(reach_object(*state, reach_table[i].path, &object)))
            fail_msg("%s gives an object: test it", reach_table[i].path);
        assert_null(object);
    }
}

static void check_identity(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    GUID own = guid_from_text(face->iid);
    const IID *iids[] = {&IID_IUnknown,          &IID_IDispatch,         &own, &IID_ISupportErrorInfo, &IID_IMarshal,
                         &IID_IProvideClassInfo, &IID_IProvideClassInfo2};
    size_t count = class_of(face) ? ARRAYSIZE(iids) : ARRAYSIZE(iids) - 2;
    IUnknown *identity, *from, *to, *again;

    (void)application;
    assert_hresult(IDispatch_QueryInterface(object, &IID_IUnknown, (void **)&identity), S_OK);
    for (size_t i = 0; i < count; i++) {
        assert_hresult(IDispatch_QueryInterface(object, iids[i], (void **)&from), S_OK);
        /* Symmetric and transitive: from each to each, and always to the same IUnknown. */
        for (size_t k = 0; k < count; k++) {
            assert_hresult(IUnknown_QueryInterface(from, iids[k], (void **)&to), S_OK);
            assert_hresult(IUnknown_QueryInterface(to, &IID_IUnknown, (void **)&again), S_OK);
            assert_ptr_equal(again, identity);
            IUnknown_Release(again);
            IUnknown_Release(to);
        }
        IUnknown_Release(from);
    }
    IUnknown_Release(identity);
}

static void test_conformance__QueryInterface_identity(void **state)
{
    for_each_face(*state, check_identity);
}

static void check_refusal(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    void *out;

    (void)application;
    for (size_t i = 0; i < contract_interface_count(); i++) {
        GUID iid = guid_from_text(contract_interface_at(i)->iid);
        if (contract_interface_at(i) == face)
            continue;
        out = object;
        assert_hresult(IDispatch_QueryInterface(object, &iid, &out), E_NOINTERFACE);
        assert_null(out);
    }
    out = object;
    assert_hresult(IDispatch_QueryInterface(object, &IID_IStream, &out), E_NOINTERFACE);
    assert_null(out);
    assert_hresult(IDispatch_QueryInterface(object, &IID_IUnknown, NULL), E_POINTER);
}

static void test_conformance__QueryInterface_refuses_others(void **state)
{
    for_each_face(*state, check_refusal);
}

static void check_count(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    ULONG before = IDispatch_AddRef(object) - 1;

    (void)application;
    (void)face;
    assert_int_equal(IDispatch_AddRef(object), before + 2);
    assert_int_equal(IDispatch_Release(object), before + 1);
    assert_int_equal(IDispatch_Release(object), before);
}

static void test_conformance__AddRef_counts(void **state)
{
    for_each_face(*state, check_count);
}

static void check_error_support(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    GUID iid = guid_from_text(face->iid);
    ISupportErrorInfo *support;

    (void)application;
    assert_hresult(IDispatch_QueryInterface(object, &IID_ISupportErrorInfo, (void **)&support), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &iid), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IDispatch), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IStream), S_FALSE);
    ISupportErrorInfo_Release(support);
}

static void test_conformance__InterfaceSupportsErrorInfo(void **state)
{
    for_each_face(*state, check_error_support);
}

static void check_class_info(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    const struct contract_class *class = class_of(face);
    IProvideClassInfo2 *provider;
    TYPEATTR *attributes;
    ITypeInfo *info;
    GUID guid;

    (void)application;
    if (!class) {
        assert_hresult(IDispatch_QueryInterface(object, &IID_IProvideClassInfo, (void **)&provider), E_NOINTERFACE);
        return;
    }
    GUID clsid = guid_from_text(class->clsid);
    assert_hresult(IDispatch_QueryInterface(object, &IID_IProvideClassInfo2, (void **)&provider), S_OK);
    assert_hresult(IProvideClassInfo2_GetClassInfo(provider, &info), S_OK);
    assert_hresult(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    assert_int_equal(attributes->typekind, TKIND_COCLASS);
    assert_true(IsEqualGUID(&attributes->guid, &clsid));
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);

    HRESULT hr = IProvideClassInfo2_GetGUID(provider, GUIDKIND_DEFAULT_SOURCE_DISP_IID, &guid);
    assert_hresult(hr, class->source ? S_OK : E_FAIL);
    for (size_t i = 0; class->source && i < contract_event_count; i++) {
        GUID events = guid_from_text(contract_events[i].iid);
        if (strcmp(contract_events[i].name, class->source) == 0)
            assert_true(IsEqualGUID(&guid, &events));
    }
    IProvideClassInfo2_Release(provider);
}

static void test_conformance__class_info(void **state)
{
    for_each_face(*state, check_class_info);
}

static void check_names(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    for (size_t i = 0; i < face->count; i++) {
        WCHAR name[64];
        WCHAR *names[] = {name};
        DISPID id = DISPID_UNKNOWN;

        swprintf(name, ARRAYSIZE(name), L"%hs", face->members[i].name);
        assert_hresult(IDispatch_GetIDsOfNames(object, &IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id), S_OK);
        if (id != face->members[i].dispid)
            fail_msg("%s.%s has the id 0x%lx, not 0x%lx", face->name, face->members[i].name, (unsigned long)id,
                     (unsigned long)face->members[i].dispid);
        _wcsupr(name);
        assert_hresult(IDispatch_GetIDsOfNames(object, &IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id), S_OK);
        assert_int_equal(id, face->members[i].dispid);
    }
}

static void test_conformance__GetIDsOfNames(void **state)
{
    for_each_face(*state, check_names);
}

static void check_slots(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    for (unsigned slot = 0; slot < 7 + face->count; slot++) {
        if (!slot_function(object, slot))
            fail_msg("%s: slot %u is empty", face->name, slot);
    }
}

static void test_conformance__no_slot_is_empty(void **state)
{
    for_each_face(*state, check_slots);
}

/* The failure's own error object is there: source and a text of one line. Takes it off the thread. */
static void assert_failure_text(const struct contract_interface *face, const struct contract_member *member,
                                const WCHAR *text)
{
    BSTR description = NULL, source = NULL;
    IErrorInfo *info = NULL;
    WCHAR expected[64];

    swprintf(expected, ARRAYSIZE(expected), L"VirtualPC.%hs", face->name);
    if (GetErrorInfo(0, &info) != S_OK)
        fail_msg("%s.%s failed without an error object", face->name, member->name);
    IErrorInfo_GetDescription(info, &description);
    IErrorInfo_GetSource(info, &source);
    IErrorInfo_Release(info);
    bool right = description && *description && !wcschr(description, L'\n') && source &&
                 wcscmp(source, expected) == 0 && (!text || wcscmp(description, text) == 0);
    if (!right)
        fail_msg("%s.%s failed with the text '%ls' of '%ls'", face->name, member->name,
                 description ? description : L"none", source ? source : L"none");
    SysFreeString(description);
    SysFreeString(source);
}

static void check_null_out(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    for (size_t i = 0; i < face->count; i++) {
        const struct contract_member *member = &face->members[i];

        if (!member_has_out(member))
            continue;
        SetErrorInfo(0, NULL);
        HRESULT hr = slot_call(object, member, NULL);
        if (hr != E_POINTER)
            fail_msg("%s.%s with a NULL out pointer returns 0x%lx %s", face->name, member->name, (unsigned long)hr,
                     hresult_name(hr));
        assert_failure_text(face, member, NULL);
    }
}

static void test_conformance__NULL_out_pointers(void **state)
{
    for_each_face(*state, check_null_out);
}

static void check_not_built(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    static struct slot_results results;
    WCHAR text[160];
    char name[128];

    (void)application;
    for (size_t i = 0; i < face->count; i++) {
        const struct contract_member *member = &face->members[i];

        if (member_works(face, member))
            continue;
        SetErrorInfo(0, NULL);
        HRESULT hr = slot_call(object, member, &results);
        if (hr != E_NOTIMPL)
            fail_msg("%s.%s returns 0x%lx %s, but docs/members.md says E_NOTIMPL", face->name, member->name,
                     (unsigned long)hr, hresult_name(hr));
        if (!slot_results_are_zero(member, &results))
            fail_msg("%s.%s is not built but puts something out", face->name, member->name);
        member_texts(face, member, name, text);
        assert_failure_text(face, member, text);
    }
}

static void test_conformance__not_built_says_so(void **state)
{
    for_each_face(*state, check_not_built);
}

/* Properties that work give a value or fail with a text, and never say that they are not built. */
static void check_properties(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    static struct slot_results results;

    (void)application;
    for (size_t i = 0; i < face->count; i++) {
        const struct contract_member *member = &face->members[i];

        if (member->kind != CONTRACT_PROPGET || !member_works(face, member))
            continue;
        SetErrorInfo(0, NULL);
        HRESULT hr = slot_call(object, member, &results);
        if (hr == E_NOTIMPL)
            fail_msg("%s.%s returns E_NOTIMPL, but docs/members.md says that it works", face->name, member->name);
        if (FAILED(hr)) {
            if (!slot_results_are_zero(member, &results))
                fail_msg("%s.%s fails but puts something out", face->name, member->name);
            assert_failure_text(face, member, NULL);
        } else {
            assert_error_text(NULL, NULL);
            slot_results_clear(member, &results);
        }
    }
}

static void test_conformance__properties_that_work(void **state)
{
    for_each_face(*state, check_properties);
}

/* An error object that a client has not taken off the thread. */
static void leave_stale_error(void)
{
    ICreateErrorInfo *error;
    IErrorInfo *info;

    assert_hresult(CreateErrorInfo(&error), S_OK);
    assert_hresult(ICreateErrorInfo_SetDescription(error, L"of an earlier call"), S_OK);
    assert_hresult(ICreateErrorInfo_QueryInterface(error, &IID_IErrorInfo, (void **)&info), S_OK);
    SetErrorInfo(0, info);
    IErrorInfo_Release(info);
    ICreateErrorInfo_Release(error);
}

/* By name, as a script does it: the same, with the text in EXCEPINFO and nothing left on the thread. */
static void check_late_bound(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    for (size_t i = 0; i < face->count; i++) {
        const struct contract_member *member = &face->members[i];
        DISPPARAMS none = {0};
        EXCEPINFO exception;
        VARIANT value;

        /* What Invoke cannot pass (a pointer to a structure) and what takes an index is not for here. */
        if (member->kind != CONTRACT_PROPGET || contract_param_count(member) != 1)
            continue;
        VariantInit(&value);
        leave_stale_error();
        HRESULT hr = IDispatch_Invoke(object, member->dispid, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET,
                                      &none, &value, &exception, NULL);
        if (SUCCEEDED(hr) && !member_works(face, member))
            fail_msg("%s.%s gives a value but is not built", face->name, member->name);
        if (FAILED(hr)) {
            assert_hresult(hr, DISP_E_EXCEPTION);
            if (!exception.bstrDescription || !*exception.bstrDescription)
                fail_msg("%s.%s fails without a text", face->name, member->name);
            assert_true(FAILED(exception.scode));
            if (!member_works(face, member))
                assert_hresult(exception.scode, E_NOTIMPL);
            SysFreeString(exception.bstrDescription);
            SysFreeString(exception.bstrSource);
            SysFreeString(exception.bstrHelpFile);
        }
        assert_error_text(NULL, NULL);
        VariantClear(&value);
    }
}

static void test_conformance__properties_by_name(void **state)
{
    for_each_face(*state, check_late_bound);
}

static void check_invoke_wrong_use(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    WCHAR *unknown = L"NoSuchMember", *base = L"QueryInterface";
    DISPPARAMS none = {0};
    UINT count = 0;
    DISPID id;

    (void)application;
    (void)face;
    assert_hresult(IDispatch_GetTypeInfoCount(object, &count), S_OK);
    assert_int_equal(count, 1);
    assert_hresult(IDispatch_GetIDsOfNames(object, &IID_NULL, &unknown, 1, 0, &id), DISP_E_UNKNOWNNAME);
    assert_int_equal(id, DISPID_UNKNOWN);
    assert_hresult(IDispatch_GetIDsOfNames(object, &IID_NULL, &base, 1, 0, &id), DISP_E_UNKNOWNNAME);
    assert_hresult(IDispatch_GetIDsOfNames(object, &IID_IDispatch, &unknown, 1, 0, &id), DISP_E_UNKNOWNINTERFACE);
    assert_hresult(IDispatch_Invoke(object, 0x60020000, &IID_IDispatch, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL),
                   DISP_E_UNKNOWNINTERFACE);
    assert_hresult(IDispatch_Invoke(object, 0x7fff0000, &IID_NULL, 0, DISPATCH_METHOD, &none, NULL, NULL, NULL),
                   DISP_E_MEMBERNOTFOUND);
}

static void test_conformance__Invoke_wrong_use(void **state)
{
    for_each_face(*state, check_invoke_wrong_use);
}

struct crossing {
    IStream *there;
    IStream *back;
    IUnknown *arrived;
    HRESULT hr;
};

static DWORD WINAPI cross(void *context)
{
    struct crossing *crossing = context;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    crossing->hr = CoGetInterfaceAndReleaseStream(crossing->there, &IID_IUnknown, (void **)&crossing->arrived);
    if (SUCCEEDED(crossing->hr)) {
        crossing->hr = CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, crossing->arrived, &crossing->back);
        IUnknown_Release(crossing->arrived);
    }
    CoUninitialize();
    return 0;
}

static void check_marshal(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    struct crossing crossing = {0};
    IUnknown *returned;

    (void)application;
    (void)face;
    assert_hresult(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, (IUnknown *)object, &crossing.there), S_OK);
    HANDLE thread = CreateThread(NULL, 0, cross, &crossing, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_hresult(crossing.hr, S_OK);
    assert_ptr_equal(crossing.arrived, object);
    assert_hresult(CoGetInterfaceAndReleaseStream(crossing.back, &IID_IUnknown, (void **)&returned), S_OK);
    assert_ptr_equal(returned, object);
    IUnknown_Release(returned);
}

static void test_conformance__marshal_there_and_back_is_same_pointer(void **state)
{
    for_each_face(*state, check_marshal);
}

static int suite_setup(void **state)
{
    struct vpc_error err;

    assert_ok(members_read(MEMBERS_PAGE, &built, &built_count, &err), err);
    return application_machine_start(state);
}

static int suite_teardown(void **state)
{
    free(built);
    return application_machine_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance__table_has_each_interface_once),
        cmocka_unit_test_setup_teardown(test_conformance__what_is_not_built_cannot_be_reached, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_conformance__QueryInterface_identity, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__QueryInterface_refuses_others, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_conformance__AddRef_counts, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__InterfaceSupportsErrorInfo, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_conformance__class_info, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__GetIDsOfNames, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__no_slot_is_empty, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__NULL_out_pointers, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__not_built_says_so, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__properties_that_work, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__properties_by_name, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__Invoke_wrong_use, application_open, application_close),
        cmocka_unit_test_setup_teardown(test_conformance__marshal_there_and_back_is_same_pointer, application_open,
                                        application_close),
    };
    return cmocka_run_group_tests_name("conformance", tests, suite_setup, suite_teardown);
}
