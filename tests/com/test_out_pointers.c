/*
 * Out pointers of every member of every object that the registered DLL hands out, our own interfaces included: one that
 * is NULL is told by its name before anything else is looked at, and a call that fails leaves a zero at the others,
 * whatever was there before.
 */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "application.h"
#include "com_check.h"
#include "slot.h"

/* What stands where a member puts something out: no pointer, no count, and no VARIANT that may be cleared. */
#define POISON 0xa5

typedef void check_member(const struct contract_interface *face, const struct contract_member *member,
                          IDispatch *object);

static void each_member(const struct contract_interface *face, IDispatch *object, check_member *check)
{
    for (size_t i = 0; i < face->count; i++) {
        if (member_has_out(&face->members[i]))
            check(face, &face->members[i], object);
    }
}

/* Also by the interfaces of our own that derive from `face`. */
static void each_derived(const struct contract_interface *face, IDispatch *object, check_member *check)
{
    for (size_t i = 0; i < contract_extension_count; i++) {
        const struct contract_extension *own = &contract_extensions[i];
        IDispatch *derived;

        if (!own->parent || strcmp(own->parent, face->name) != 0)
            continue;
        print_message("  %s\n", own->face.name);
        GUID iid = guid_from_text(own->face.iid);
        assert_hresult(IDispatch_QueryInterface(object, &iid, (void **)&derived), S_OK);
        each_member(&own->face, derived, check);
        IDispatch_Release(derived);
    }
}

static void poison(struct slot_results *results, void *out[CONTRACT_MAX_PARAMS])
{
    memset(results, POISON, sizeof *results);
    for (size_t i = 0; i < CONTRACT_MAX_PARAMS; i++)
        out[i] = &results->out[i];
}

/* Takes the error object off the thread; NULL when there is none. For SysFreeString. */
static BSTR take_error_text(void)
{
    BSTR text = NULL;
    IErrorInfo *info;

    if (GetErrorInfo(0, &info) != S_OK)
        return NULL;
    IErrorInfo_GetDescription(info, &text);
    IErrorInfo_Release(info);
    return text;
}

/* "<name> is NULL"; the collections, which share their code, have names of their own for the one that each member has.
 */
static bool is_told(const struct contract_interface *face, const struct contract_param *param, const WCHAR *text)
{
    WCHAR expected[80];

    if (strstr(face->name, "Collection"))
        return text && wcsstr(text, L" is NULL");
    swprintf(expected, ARRAYSIZE(expected), L"%hs is NULL", param->name);
    return text && wcscmp(text, expected) == 0;
}

/* One out pointer is NULL and the others are good. */
static void check_null(const struct contract_interface *face, const struct contract_member *member, IDispatch *object)
{
    static struct slot_results results;
    void *out[CONTRACT_MAX_PARAMS];

    for (size_t i = 0; i < contract_param_count(member); i++) {
        if (!param_is_out(&member->params[i]))
            continue;
        poison(&results, out);
        out[i] = NULL;
        SetErrorInfo(0, NULL);
        HRESULT hr = slot_call_out(object, member, out);
        BSTR text = take_error_text();
        if (hr != E_POINTER || !is_told(face, &member->params[i], text))
            fail_msg("%s.%s (kind %d) without %s returns 0x%lx %s with the text '%ls'", face->name, member->name,
                     (int)member->kind, member->params[i].name, (unsigned long)hr, hresult_name(hr),
                     text ? text : L"none");
        SysFreeString(text);
    }
}

static void check_nulls(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    each_member(face, object, check_null);
    each_derived(face, object, check_null);
}

static void test_out_pointers__each_NULL_is_told_by_name(void **state)
{
    for_each_face(*state, check_nulls);
}

/* Methods that take nothing and start something: with them the VM would not stay what it is. */
static bool acts(const struct contract_member *member)
{
    return member->kind == CONTRACT_METHOD && contract_param_count(member) == 1;
}

/* With empty in arguments: many a member fails, and must do so with a text and zeros. */
static void check_zero(const struct contract_interface *face, const struct contract_member *member, IDispatch *object)
{
    static const unsigned char zeros[3072 * sizeof(ULONG)];
    static struct slot_results results;
    void *out[CONTRACT_MAX_PARAMS];

    if (acts(member))
        return;
    poison(&results, out);
    SetErrorInfo(0, NULL);
    HRESULT hr = slot_call_out(object, member, out);
    if (SUCCEEDED(hr)) {
        slot_results_clear(member, &results);
        return;
    }
    BSTR text = take_error_text();
    if (!text || !*text)
        fail_msg("%s.%s returns 0x%lx without a text", face->name, member->name, (unsigned long)hr);
    SysFreeString(text);
    for (size_t i = 0; i < contract_param_count(member); i++) {
        /* What goes in and out is the caller's own as long as nothing comes out. */
        if (!param_is_out(&member->params[i]) || member->params[i].flags & CONTRACT_IN)
            continue;
        if (memcmp(&results.out[i], zeros, param_out_bytes(&member->params[i])) != 0)
            fail_msg("%s.%s returns 0x%lx %s and leaves what was at %s", face->name, member->name, (unsigned long)hr,
                     hresult_name(hr), member->params[i].name);
    }
}

static void check_zeros(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    each_member(face, object, check_zero);
    each_derived(face, object, check_zero);
}

static void test_out_pointers__failure_leaves_zero(void **state)
{
    for_each_face(*state, check_zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_out_pointers__each_NULL_is_told_by_name, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_out_pointers__failure_leaves_zero, application_open, application_close),
    };
    return cmocka_run_group_tests_name("out_pointers", tests, application_machine_start, application_machine_stop);
}
