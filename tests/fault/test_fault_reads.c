/*
 * Every property that needs no argument, of every object, of a VM that runs: each call of the system that reading it
 * makes fails once. Then
 *   - the read fails with a code that has a name, or succeeds with what it gives without a fault: never another figure;
 *   - the next read gives what the first gave;
 *   - and after it the DLL holds what it held before.
 *
 *   test_fault_reads [every]
 *
 * Without "every", each place in the code fails once, under the property that comes to it first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "application.h"
#include "com_check.h"
#include "import_fault.h"
#include "support/check.h"

enum {
    MOST_TEXT = 512
};

struct reading {
    HRESULT hr;
    char text[MOST_TEXT]; /* the value, as far as it can be compared */
};

static unsigned long faults, members, complaints;
static bool every;

static void complain(const char *face, const WCHAR *member, const char *why, const struct reading *got,
                     const struct reading *expected)
{
    complaints++;
    print_error("%s.%ls, %s failing: %s: 0x%08lX (%s) '%s', without a fault 0x%08lX '%s'\n", face, member,
                fault_failed() ? fault_failed() : "nothing", why, (unsigned long)got->hr, hresult_name(got->hr),
                got->text, (unsigned long)expected->hr, expected->text);
}

static void describe(VARIANT *value, char *text)
{
    VARIANT as_text;
    VariantInit(&as_text);
    if (V_VT(value) == VT_DECIMAL)
        snprintf(text, MOST_TEXT, "decimal %lu %llu", value->decVal.Hi32, (unsigned long long)value->decVal.Lo64);
    else if (V_VT(value) == VT_DISPATCH || V_VT(value) == VT_UNKNOWN)
        snprintf(text, MOST_TEXT, "object %s", V_UNKNOWN(value) ? "there" : "none");
    else if (V_VT(value) & VT_ARRAY)
        snprintf(text, MOST_TEXT, "array %x", V_VT(value));
    else if (V_VT(value) != VT_EMPTY && SUCCEEDED(VariantChangeType(&as_text, value, 0, VT_BSTR)))
        snprintf(text, MOST_TEXT, "%x %ls", V_VT(value), V_BSTR(&as_text) ? V_BSTR(&as_text) : L"");
    else
        snprintf(text, MOST_TEXT, "%x", V_VT(value));
    VariantClear(&as_text);
}

/* The call itself, and what it leaves taken away again. */
static struct reading read_member(IDispatch *object, DISPID id, unsigned fail_at, unsigned *calls)
{
    DISPPARAMS none = {0};
    EXCEPINFO exception = {0};
    struct reading reading = {.hr = S_OK};
    VARIANT value;
    VariantInit(&value);
    if (fail_at && !every)
        fault_arm_next_site();
    else
        fault_arm(fail_at);
    reading.hr = IDispatch_Invoke(object, id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET, &none, &value,
                                  &exception, NULL);
    *calls = fault_stop();
    if (reading.hr == DISP_E_EXCEPTION && exception.scode)
        reading.hr = exception.scode;
    describe(&value, reading.text);
    VariantClear(&value);
    SysFreeString(exception.bstrSource);
    SysFreeString(exception.bstrDescription);
    SysFreeString(exception.bstrHelpFile);
    SetErrorInfo(0, NULL);
    return reading;
}

static bool same(const struct reading *a, const struct reading *b)
{
    return a->hr == b->hr && !strcmp(a->text, b->text);
}

static bool holds_the_same(const struct fault_held *a, const struct fault_held *b)
{
    return !memcmp(a, b, sizeof *a);
}

static void walk_member(const char *face, IDispatch *object, DISPID id, const WCHAR *name)
{
    unsigned calls, ignored;
    struct reading first = read_member(object, id, 0, &calls), again;
    bool steady;
    first = read_member(object, id, 0, &calls);
    again = read_member(object, id, 0, &calls);
    steady = same(&first, &again); /* clocks are not */
    members++;
    for (unsigned number = 1; number <= calls; number++) {
        struct fault_held before = fault_held(), after;
        struct reading faulty = read_member(object, id, number, &ignored), next;
        if (!fault_failed())
            break; /* it needed fewer calls this time */
        faults++;
        if (FAILED(faulty.hr) && !strcmp(hresult_name(faulty.hr), "?"))
            complain(face, name, "a code without a name", &faulty, &first);
        if (SUCCEEDED(faulty.hr) && faulty.hr != first.hr)
            complain(face, name, "another success", &faulty, &first);
        if (steady && SUCCEEDED(faulty.hr) && !same(&faulty, &first))
            complain(face, name, "another value", &faulty, &first);
        next = read_member(object, id, 0, &ignored);
        if (next.hr != first.hr || (steady && !same(&next, &first)))
            complain(face, name, "the next read differs", &next, &first);
        after = fault_held();
        if (!holds_the_same(&before, &after)) {
            complain(face, name, "it holds more or less afterwards", &faulty, &first);
            print_error("    blocks %ld, handles %ld, mappings %ld, searches %ld\n", after.blocks - before.blocks,
                        after.handles - before.handles, after.mappings - before.mappings,
                        after.searches - before.searches);
        }
    }
}

static void walk_face(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object)
{
    ITypeInfo *info;
    TYPEATTR *attributes;
    (void)application;
    assert_hresult(IDispatch_GetTypeInfo(object, 0, LOCALE_USER_DEFAULT, &info), S_OK);
    assert_hresult(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    for (UINT i = 0; i < attributes->cFuncs; i++) {
        FUNCDESC *function;
        assert_hresult(ITypeInfo_GetFuncDesc(info, i, &function), S_OK);
        /* From a vtable's type information the value is a parameter, from a dispatch interface's it is not. */
        if (function->invkind == INVOKE_PROPERTYGET &&
            (function->cParams == 0 ||
             (function->cParams == 1 && function->lprgelemdescParam[0].paramdesc.wParamFlags & PARAMFLAG_FRETVAL))) {
            BSTR name = NULL;
            UINT count;
            ITypeInfo_GetNames(info, function->memid, &name, 1, &count);
            walk_member(face->name, object, function->memid, name);
            SysFreeString(name);
        }
        ITypeInfo_ReleaseFuncDesc(info, function);
    }
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);
}

static void test_fault__every_read_of_every_object(void **state)
{
    unsigned functions = fault_install(GetModuleHandleW(L"VPCCOMInterfaces.dll"));
    assert_true(functions > 50);
    for_each_face(*state, walk_face);
    print_message("%lu faults in %lu properties, by %u functions of the system\n", faults, members, functions);
    assert_int_equal(complaints, 0);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fault__every_read_of_every_object, application_open, application_close),
    };
    every = count > 1 && !strcmp(arguments[1], "every");
    return cmocka_run_group_tests(tests, application_machine_start, application_machine_stop);
}
