/*
 * The direct reads of properties against the automation library: every object of the registered DLL is asked through
 * its own Invoke and through ITypeInfo::Invoke of its type description, with every member and many kinds of right and
 * wrong use. Both must answer alike.
 */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <ocidl.h>

#include "application.h"
#include "com_check.h"

enum {
    MEMBERS_MOST = 256,
    NO_BAD_ARGUMENT = 77
};

/* One way to call a member. */
struct use {
    const char *name;
    WORD flags;
    UINT arguments; /* each a VT_I4 of 1 */
    UINT named;     /* of them, with id 0 */
    bool no_result, no_exception;
    LCID lcid;
    bool reads; /* cannot do anything but read, whatever the member is */
};

/* clang-format off */
static const struct use uses[] = {
    {"get", DISPATCH_PROPERTYGET, 0, 0, false, false, LOCALE_USER_DEFAULT, true},
    {"get, as a script does", DISPATCH_PROPERTYGET | DISPATCH_METHOD, 0, 0, false, false, LOCALE_USER_DEFAULT, false},
    {"call", DISPATCH_METHOD, 0, 0, false, false, LOCALE_USER_DEFAULT, false},
    {"get in German", DISPATCH_PROPERTYGET, 0, 0, false, false, MAKELCID(MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), SORT_DEFAULT), true},
    {"get in no language", DISPATCH_PROPERTYGET, 0, 0, false, false, 0, true},
    {"get without a result", DISPATCH_PROPERTYGET, 0, 0, true, false, LOCALE_USER_DEFAULT, true},
    {"get without EXCEPINFO", DISPATCH_PROPERTYGET, 0, 0, false, true, LOCALE_USER_DEFAULT, true},
    {"get with one argument", DISPATCH_PROPERTYGET, 1, 0, false, false, LOCALE_USER_DEFAULT, true},
    {"get with a named argument", DISPATCH_PROPERTYGET, 1, 1, false, false, LOCALE_USER_DEFAULT, true},
    {"get with four arguments", DISPATCH_PROPERTYGET, 4, 0, false, false, LOCALE_USER_DEFAULT, true},
    {"put nothing", DISPATCH_PROPERTYPUT, 0, 0, false, false, LOCALE_USER_DEFAULT, false},
    {"put nothing by reference", DISPATCH_PROPERTYPUTREF, 0, 0, false, false, LOCALE_USER_DEFAULT, true},
    {"no flag", 0, 0, 0, false, false, LOCALE_USER_DEFAULT, true},
    {"a flag that does not exist", 0x80, 0, 0, false, false, LOCALE_USER_DEFAULT, true},
};
/* clang-format on */

struct answer {
    HRESULT hr;
    VARIANT value;
    EXCEPINFO exception;
    UINT bad_argument;
};

static void answer_clear(struct answer *answer)
{
    VariantClear(&answer->value);
    SysFreeString(answer->exception.bstrSource);
    SysFreeString(answer->exception.bstrDescription);
    SysFreeString(answer->exception.bstrHelpFile);
}

/* Asks the object, or the type description if there is one. */
static void ask(IDispatch *object, ITypeInfo *info, DISPID id, const struct use *use, struct answer *answer)
{
    VARIANT arguments[4], *result = use->no_result ? NULL : &answer->value;
    DISPID named[] = {0};
    DISPPARAMS parameters = {.rgvarg = use->arguments ? arguments : NULL,
                             .cArgs = use->arguments,
                             .rgdispidNamedArgs = use->named ? named : NULL,
                             .cNamedArgs = use->named};
    EXCEPINFO *exception = use->no_exception ? NULL : &answer->exception, unwanted = {0};

    for (size_t i = 0; i < ARRAYSIZE(arguments); i++) {
        V_VT(&arguments[i]) = VT_I4;
        V_I4(&arguments[i]) = 1;
    }
    memset(answer, 0, sizeof *answer);
    answer->bad_argument = NO_BAD_ARGUMENT;
    SetErrorInfo(0, NULL);
    if (info) {
        answer->hr = ITypeInfo_Invoke(info, object, id, use->flags, &parameters, result,
                                      exception ? exception : &unwanted, &answer->bad_argument);
        if (!exception) {
            SysFreeString(unwanted.bstrSource);
            SysFreeString(unwanted.bstrDescription);
        }
    } else {
        answer->hr = IDispatch_Invoke(object, id, &IID_NULL, use->lcid, use->flags, &parameters, result, exception,
                                      &answer->bad_argument);
    }
    /* The library may leave something in the result of a call that failed; our Invoke does not. */
    if (info && FAILED(answer->hr))
        VariantClear(&answer->value);
    /* Neither leaves an error object behind. */
    assert_error_text(NULL, NULL);
}

static bool same_text(BSTR a, BSTR b)
{
    return (!a && !b) || (a && b && wcscmp(a, b) == 0);
}

static bool same_value(const VARIANT *a, const VARIANT *b)
{
    if (V_VT(a) != V_VT(b))
        return false;
    switch (V_VT(a)) {
    case VT_EMPTY:
        return true;
    case VT_BSTR:
        return same_text(V_BSTR(a), V_BSTR(b));
    case VT_DISPATCH:
    case VT_UNKNOWN:
        return !V_UNKNOWN(a) == !V_UNKNOWN(b);
    case VT_BOOL:
        return V_BOOL(a) == V_BOOL(b);
    case VT_R8:
    case VT_DATE:
        return V_R8(a) == V_R8(b);
    case VT_I4:
        return V_I4(a) == V_I4(b);
    case VT_DECIMAL:
        return V_DECIMAL(a).Lo64 == V_DECIMAL(b).Lo64 && V_DECIMAL(a).Hi32 == V_DECIMAL(b).Hi32 &&
               V_DECIMAL(a).scale == V_DECIMAL(b).scale && V_DECIMAL(a).sign == V_DECIMAL(b).sign;
    default:
        return (V_VT(a) & VT_ARRAY) != 0;
    }
}

static bool same_answer(const struct answer *a, const struct answer *b)
{
    return a->hr == b->hr && same_value(&a->value, &b->value) && a->exception.scode == b->exception.scode &&
           a->exception.wCode == b->exception.wCode && a->exception.dwHelpContext == b->exception.dwHelpContext &&
           same_text(a->exception.bstrSource, b->exception.bstrSource) &&
           same_text(a->exception.bstrDescription, b->exception.bstrDescription) &&
           same_text(a->exception.bstrHelpFile, b->exception.bstrHelpFile) && a->bad_argument == b->bad_argument;
}

static void compare(IDispatch *object, ITypeInfo *info, DISPID id, const struct use *use, size_t *failed)
{
    struct answer before, ours, after;

    /* What changes by itself (a counter, an uptime) is the same on both sides of some attempt. */
    for (int attempt = 0;; attempt++) {
        ask(object, info, id, use, &before);
        ask(object, NULL, id, use, &ours);
        ask(object, info, id, use, &after);
        bool quiet = same_answer(&before, &after), same = same_answer(&before, &ours);
        if (!same && (quiet || attempt == 100))
            fail_msg("member 0x%lx, %s: 0x%lx, type %u, scode 0x%lx, '%ls' against 0x%lx, type %u, scode 0x%lx, '%ls'",
                     (unsigned long)id, use->name, (unsigned long)ours.hr, V_VT(&ours.value),
                     (unsigned long)ours.exception.scode, ours.exception.bstrDescription, (unsigned long)before.hr,
                     V_VT(&before.value), (unsigned long)before.exception.scode, before.exception.bstrDescription);
        *failed += same && FAILED(ours.hr);
        answer_clear(&before);
        answer_clear(&ours);
        answer_clear(&after);
        if (same)
            return;
    }
}

/* ---- what there is to ask ---- */

struct member {
    DISPID id;
    bool is_property; /* every function of that id gets or puts one */
};

struct members {
    struct member of[MEMBERS_MOST];
    size_t count;
};

static void members_add(struct members *members, const FUNCDESC *function)
{
    struct member *member = members->of;
    bool property = function->invkind != INVOKE_FUNC;

    while (member < members->of + members->count && member->id != function->memid)
        member++;
    if (member == members->of + members->count) {
        assert_true(members->count < MEMBERS_MOST);
        members->count++;
        *member = (struct member){.id = function->memid, .is_property = property};
    }
    member->is_property = member->is_property && property;
}

/* Those of an interface and of what it is derived from, down to IDispatch. */
static void members_read(struct members *members, ITypeInfo *info)
{
    TYPEATTR *attributes;
    HREFTYPE reference;
    ITypeInfo *base;

    assert_hresult(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    if (!IsEqualGUID(&attributes->guid, &IID_IDispatch)) {
        for (UINT i = 0; i < attributes->cFuncs; i++) {
            FUNCDESC *function;
            assert_hresult(ITypeInfo_GetFuncDesc(info, i, &function), S_OK);
            members_add(members, function);
            ITypeInfo_ReleaseFuncDesc(info, function);
        }
        assert_hresult(ITypeInfo_GetRefTypeOfImplType(info, 0, &reference), S_OK);
        assert_hresult(ITypeInfo_GetRefTypeInfo(info, reference, &base), S_OK);
        members_read(members, base);
        ITypeInfo_Release(base);
    }
    ITypeInfo_ReleaseTypeAttr(info, attributes);
}

static void object_members(ITypeInfo *dual, struct members *members)
{
    HREFTYPE reference;
    ITypeInfo *info;

    members->count = 0;
    assert_hresult(ITypeInfo_GetRefTypeOfImplType(dual, (UINT)-1, &reference), S_OK);
    assert_hresult(ITypeInfo_GetRefTypeInfo(dual, reference, &info), S_OK);
    members_read(members, info);
    ITypeInfo_Release(info);
}

/* A property of an object that is not there. Wine 8.0 faults when such a one is given an argument. */
static bool gives_no_object(IDispatch *object, DISPID id)
{
    struct answer answer;

    ask(object, NULL, id, &uses[0], &answer);
    bool none = V_VT(&answer.value) == VT_DISPATCH && !V_DISPATCH(&answer.value);
    answer_clear(&answer);
    return none;
}

static void check_object(IDispatch *object)
{
    static const DISPID strangers[] = {1, 99, 0x7fff0000, 0x6002ffff, -1, -2, -3, -5, -6, -7, -8};
    static struct members members;
    size_t failed = 0, asked = 0;
    ITypeInfo *info;

    assert_hresult(IDispatch_GetTypeInfo(object, 0, LOCALE_USER_DEFAULT, &info), S_OK);
    object_members(info, &members);
    for (size_t i = 0; i < members.count; i++) {
        bool faults = members.of[i].is_property && gives_no_object(object, members.of[i].id);
        for (size_t j = 0; j < ARRAYSIZE(uses); j++) {
            /* A method is not called, and our own rules for the ids that have a meaning are tested elsewhere. */
            if ((!members.of[i].is_property && !uses[j].reads) || members.of[i].id == DISPID_NEWENUM ||
                members.of[i].id == DISPID_VALUE || (faults && uses[j].arguments))
                continue;
            compare(object, info, members.of[i].id, &uses[j], &failed);
            asked++;
        }
    }
    for (size_t i = 0; i < ARRAYSIZE(strangers); i++)
        for (size_t j = 0; j < ARRAYSIZE(uses); j++)
            compare(object, info, strangers[i], &uses[j], &failed);
    print_message("    %u members, %u uses, %u failures alike\n", (unsigned)members.count, (unsigned)asked,
                  (unsigned)failed);
    ITypeInfo_Release(info);
}

static void check_face(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    (void)application;
    (void)face;
    check_object(object);
}

static void test_invoke__reads_like_the_automation_library(void **state)
{
    for_each_face(*state, check_face);
}

static void test_invoke__reads_like_the_automation_library_snapshot(void **state)
{
    IDispatch *snapshot;

    assert_hresult(reach_object(*state, "VirtualMachines(1).Accountant.Snapshot", &snapshot), S_OK);
    check_object(snapshot);
    assert_last_release(snapshot);
}

/* Names, in the case of the type library and in another, also through the table that is asked first. */
static void check_names(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    static struct members members;
    ITypeInfo *info;

    (void)application;
    assert_hresult(IDispatch_GetTypeInfo(object, 0, LOCALE_USER_DEFAULT, &info), S_OK);
    object_members(info, &members);
    for (size_t i = 0; i < members.count; i++) {
        BSTR name;
        UINT count;
        DISPID theirs, ours;

        assert_hresult(ITypeInfo_GetNames(info, members.of[i].id, &name, 1, &count), S_OK);
        for (int turn = 0; turn < 4; turn++) {
            if (turn == 1)
                _wcsupr(name);
            if (turn == 2)
                _wcslwr(name);
            if (turn == 3)
                name[0] = L'\x00e9';
            HRESULT hr = ITypeInfo_GetIDsOfNames(info, &name, 1, &theirs);
            assert_hresult(IDispatch_GetIDsOfNames(object, &IID_NULL, &name, 1, LOCALE_USER_DEFAULT, &ours), hr);
            if (ours != theirs)
                fail_msg("%s: '%ls' is 0x%lx, not 0x%lx", face->name, name, (unsigned long)ours, (unsigned long)theirs);
        }
        SysFreeString(name);
    }
    ITypeInfo_Release(info);
}

static void test_invoke__names_like_the_automation_library(void **state)
{
    for_each_face(*state, check_names);
}

/* The members that were read are forgotten with the last object, and read again for the next. */
static void test_invoke__reads_after_unloading_was_allowed(void **state)
{
    for (int turn = 0; turn < 3; turn++) {
        IVMVirtualPC *application = *state;
        IDispatch *machines;

        assert_hresult(reach_object(application, "VirtualMachines", &machines), S_OK);
        assert_last_release(machines);
        application_close(state);
        application_open(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_invoke__reads_like_the_automation_library, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_invoke__reads_like_the_automation_library_snapshot, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_invoke__names_like_the_automation_library, application_open,
                                        application_close),
        cmocka_unit_test_setup_teardown(test_invoke__reads_after_unloading_was_allowed, application_open,
                                        application_close),
    };
    return cmocka_run_group_tests_name("invoke", tests, application_machine_start, application_machine_stop);
}
