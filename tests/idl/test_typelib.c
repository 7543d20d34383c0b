/* The type library as a client loads it, against the contract: nothing missing, nothing more, nothing different. */
#include "contract.h"
#include "type_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static ITypeLib *library;

static int load_library(void **state)
{
    (void)state;
    WCHAR path[MAX_PATH];
    if (!MultiByteToWideChar(CP_UTF8, 0, TYPELIB, -1, path, MAX_PATH))
        return -1;
    HRESULT hr = LoadTypeLibEx(path, REGKIND_NONE, &library);
    if (FAILED(hr))
        print_error("%s: 0x%08lx\n", TYPELIB, hr);
    return FAILED(hr);
}

static int free_library(void **state)
{
    (void)state;
    ITypeLib_Release(library);
    return 0;
}

static void type_name(ITypeInfo *info, char *name, size_t name_size, char *help, size_t help_size)
{
    BSTR wide_name, wide_help;
    assert_int_equal(ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &wide_name, &wide_help, NULL, NULL), S_OK);
    type_text_of_string(wide_name, name, name_size);
    type_text_of_string(wide_help, help, help_size);
}

/* The type of that name, with its attributes; fails the test when there is none. Free with put_type. */
static ITypeInfo *get_type(const char *want, TYPEATTR **attributes)
{
    for (UINT i = 0; i < ITypeLib_GetTypeInfoCount(library); i++) {
        ITypeInfo *info;
        char name[128], help[256];
        assert_int_equal(ITypeLib_GetTypeInfo(library, i, &info), S_OK);
        type_name(info, name, sizeof name, help, sizeof help);
        if (!strcmp(name, want)) {
            assert_int_equal(ITypeInfo_GetTypeAttr(info, attributes), S_OK);
            return info;
        }
        ITypeInfo_Release(info);
    }
    fail_msg("%s is missing", want);
    return NULL;
}

static void put_type(ITypeInfo *info, TYPEATTR *attributes)
{
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);
}

/* Kind, identifier and help of a type. NULL as uuid: it has none. */
static void check_type(ITypeInfo *info, const TYPEATTR *attributes, const char *want, TYPEKIND kind, const char *uuid,
                       const char *want_help)
{
    char name[128], help[256], guid[40];
    type_name(info, name, sizeof name, help, sizeof help);
    type_text_of_guid(&attributes->guid, guid);
    assert_string_equal(name, want);
    if (attributes->typekind != kind)
        fail_msg("%s has kind %d, not %d", want, attributes->typekind, kind);
    if (strcmp(guid, uuid ? uuid : "00000000-0000-0000-0000-000000000000"))
        fail_msg("%s is %s, not %s", want, guid, uuid);
    if (strcmp(help, want_help))
        fail_msg("help of %s is '%s', not '%s'", want, help, want_help);
}

static void check_members(ITypeInfo *info, const struct contract_interface *face)
{
    for (size_t i = 0; i < face->count; i++) {
        char have[TYPE_TEXT_BYTES], want[TYPE_TEXT_BYTES];
        type_text_of_function(info, (UINT)i, have);
        type_text_of_contract(&face->members[i], want);
        if (strcmp(have, want))
            fail_msg("%s, slot %u\n  is   %s\n  want %s", face->name, face->members[i].slot, have, want);
    }
}

static void test_typelib__library_is_the_documented_one(void **state)
{
    (void)state;
    TLIBATTR *attributes;
    BSTR wide_name, wide_help;
    char name[64], help[128], guid[40];
    assert_int_equal(ITypeLib_GetLibAttr(library, &attributes), S_OK);
    type_text_of_guid(&attributes->guid, guid);
    assert_string_equal(guid, CONTRACT_LIBRARY_UUID);
    assert_int_equal(attributes->wMajorVerNum, 1);
    assert_int_equal(attributes->wMinorVerNum, 0);
    assert_int_equal(attributes->lcid, LOCALE_NEUTRAL);
    assert_int_equal(attributes->syskind, sizeof(void *) == 8 ? SYS_WIN64 : SYS_WIN32);
    ITypeLib_ReleaseTLibAttr(library, attributes);
    assert_int_equal(ITypeLib_GetDocumentation(library, -1, &wide_name, &wide_help, NULL, NULL), S_OK);
    type_text_of_string(wide_name, name, sizeof name);
    type_text_of_string(wide_help, help, sizeof help);
    assert_string_equal(name, CONTRACT_LIBRARY_NAME);
    assert_string_equal(help, CONTRACT_LIBRARY_HELP);
}

/* The other tests look for each type; with as many types as there are in the tables, there is no other. */
static void test_typelib__has_no_other_type(void **state)
{
    (void)state;
    size_t types = contract_interface_count() + contract_event_count + contract_enum_count + contract_class_count;
    types += 2; /* GUESTOSVERSIONINFOEX and the enumeration of error codes */
    types += contract_extension_count + contract_extension_enum_count;
    assert_int_equal(ITypeLib_GetTypeInfoCount(library), types);
}

/* Vtable half of an interface: parent, slots, and one line a member. `first` is its first slot behind its parent's. */
static void check_vtable(const struct contract_interface *face, const char *parent_name, unsigned first)
{
    const WORD flags = TYPEFLAG_FDUAL | TYPEFLAG_FOLEAUTOMATION | TYPEFLAG_FDISPATCHABLE;
    TYPEATTR *dispatch_attributes, *attributes, *parent_attributes;
    HREFTYPE reference;
    ITypeInfo *info, *parent;
    char name[128], help[256];
    ITypeInfo *dispatch = get_type(face->name, &dispatch_attributes);
    assert_int_equal(ITypeInfo_GetRefTypeOfImplType(dispatch, (UINT)-1, &reference), S_OK);
    assert_int_equal(ITypeInfo_GetRefTypeInfo(dispatch, reference, &info), S_OK);
    assert_int_equal(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    check_type(info, attributes, face->name, TKIND_INTERFACE, face->iid, face->help);
    if ((attributes->wTypeFlags & flags) != flags || (attributes->wTypeFlags & TYPEFLAG_FRESTRICTED))
        fail_msg("%s has flags 0x%x", face->name, attributes->wTypeFlags);

    assert_int_equal(attributes->cImplTypes, 1);
    assert_int_equal(ITypeInfo_GetRefTypeOfImplType(info, 0, &reference), S_OK);
    assert_int_equal(ITypeInfo_GetRefTypeInfo(info, reference, &parent), S_OK);
    assert_int_equal(ITypeInfo_GetTypeAttr(parent, &parent_attributes), S_OK);
    type_name(parent, name, sizeof name, help, sizeof help);
    assert_string_equal(name, parent_name);
    assert_int_equal(parent_attributes->cbSizeVft, first * sizeof(void *));
    put_type(parent, parent_attributes);

    assert_int_equal(attributes->cFuncs, face->count);
    assert_int_equal(attributes->cVars, 0);
    assert_int_equal(attributes->cbSizeVft, (face->count + first) * sizeof(void *));
    check_members(info, face);
    for (size_t k = 0; k < face->count; k++) {
        FUNCDESC *func;
        assert_int_equal(ITypeInfo_GetFuncDesc(info, (UINT)k, &func), S_OK);
        assert_int_equal(func->oVft, face->members[k].slot * sizeof(void *));
        assert_int_equal(func->funckind, FUNC_PUREVIRTUAL);
        assert_int_equal(func->callconv, CC_STDCALL);
        assert_int_equal(func->elemdescFunc.tdesc.vt, VT_HRESULT);
        ITypeInfo_ReleaseFuncDesc(info, func);
    }
    put_type(info, attributes);
    put_type(dispatch, dispatch_attributes);
}

/* Dispatch half of `owner`: what a script that has it asks for, members of `face`. */
static void check_names(const struct contract_interface *owner, const struct contract_interface *face)
{
    TYPEATTR *attributes;
    ITypeInfo *info = get_type(owner->name, &attributes);
    check_type(info, attributes, owner->name, TKIND_DISPATCH, owner->iid, owner->help);
    assert_true(attributes->wTypeFlags & TYPEFLAG_FDUAL);
    for (size_t k = 0; k < face->count; k++) {
        WCHAR name[64];
        LPOLESTR names = name;
        MEMBERID id = 0;
        assert_int_not_equal(MultiByteToWideChar(CP_UTF8, 0, face->members[k].name, -1, name, 64), 0);
        HRESULT hr = ITypeInfo_GetIDsOfNames(info, &names, 1, &id);
        if (hr != S_OK || id != face->members[k].dispid)
            fail_msg("%s.%s: 0x%08lx, id 0x%lx", owner->name, face->members[k].name, hr, id);
    }
    put_type(info, attributes);
}

static void test_typelib__interfaces_have_the_documented_vtables(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_interface_count(); i++)
        check_vtable(contract_interface_at(i), "IDispatch", 7);
}

static void test_typelib__names_have_the_documented_dispids(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_interface_count(); i++)
        check_names(contract_interface_at(i), contract_interface_at(i));
}

static void test_typelib__our_own_interfaces_append(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_extension_count; i++) {
        const struct contract_extension *own = &contract_extensions[i];
        check_vtable(&own->face, own->parent ? own->parent : "IDispatch", own->first_slot);
        check_names(&own->face, &own->face);
        /* The documented members keep their ids in the derived interface. */
        if (own->parent)
            check_names(&own->face, contract_find_interface(own->parent));
    }
}

static void test_typelib__events_are_the_documented_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_event_count; i++) {
        const struct contract_interface *face = &contract_events[i];
        TYPEATTR *attributes;
        ITypeInfo *info = get_type(face->name, &attributes);
        check_type(info, attributes, face->name, TKIND_DISPATCH, face->iid, face->help);
        assert_false(attributes->wTypeFlags & TYPEFLAG_FDUAL);
        assert_int_equal(attributes->cFuncs, face->count);
        assert_int_equal(attributes->cVars, 0);
        check_members(info, face);
        for (size_t k = 0; k < face->count; k++) {
            FUNCDESC *func;
            assert_int_equal(ITypeInfo_GetFuncDesc(info, (UINT)k, &func), S_OK);
            assert_int_equal(func->funckind, FUNC_DISPATCH);
            assert_int_equal(func->elemdescFunc.tdesc.vt, VT_VOID);
            ITypeInfo_ReleaseFuncDesc(info, func);
        }
        put_type(info, attributes);
    }
}

static void check_value(ITypeInfo *info, UINT index, const char *want, int32_t value, const char *want_help)
{
    VARDESC *var;
    BSTR wide_name, wide_help;
    char name[128], help[256];
    assert_int_equal(ITypeInfo_GetVarDesc(info, index, &var), S_OK);
    assert_int_equal(ITypeInfo_GetDocumentation(info, var->memid, &wide_name, &wide_help, NULL, NULL), S_OK);
    type_text_of_string(wide_name, name, sizeof name);
    type_text_of_string(wide_help, help, sizeof help);
    assert_string_equal(name, want);
    assert_int_equal(var->varkind, VAR_CONST);
    if (V_VT(var->lpvarValue) != VT_I4 || V_I4(var->lpvarValue) != value)
        fail_msg("%s is %ld (type %u), not %ld", want, V_I4(var->lpvarValue), V_VT(var->lpvarValue), (long)value);
    if (strcmp(help, want_help))
        fail_msg("help of %s is '%s', not '%s'", want, help, want_help);
    ITypeInfo_ReleaseVarDesc(info, var);
}

static void check_enumeration(const struct contract_enum *wanted)
{
    TYPEATTR *attributes;
    ITypeInfo *info = get_type(wanted->name, &attributes);
    check_type(info, attributes, wanted->name, TKIND_ENUM, wanted->uuid, wanted->help);
    assert_int_equal(attributes->cbSizeInstance, 4);
    assert_int_equal(attributes->cVars, wanted->count);
    for (size_t k = 0; k < wanted->count; k++)
        check_value(info, (UINT)k, wanted->values[k].name, wanted->values[k].value, wanted->values[k].help);
    put_type(info, attributes);
}

static void test_typelib__enumerations_are_the_documented_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_enum_count; i++)
        check_enumeration(&contract_enums[i]);
}

static void test_typelib__our_own_enumerations(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_extension_enum_count; i++)
        check_enumeration(&contract_extension_enums[i]);
}

static void test_typelib__error_codes_are_the_documented_ones(void **state)
{
    (void)state;
    TYPEATTR *attributes;
    ITypeInfo *info = get_type(CONTRACT_RESULT_ENUM, &attributes);
    check_type(info, attributes, CONTRACT_RESULT_ENUM, TKIND_ENUM, CONTRACT_RESULT_ENUM_UUID,
               CONTRACT_RESULT_ENUM_HELP);
    assert_int_equal(attributes->cVars, contract_result_count);
    for (size_t i = 0; i < contract_result_count; i++)
        check_value(info, (UINT)i, contract_results[i].name, (int32_t)contract_results[i].value,
                    contract_results[i].help);
    put_type(info, attributes);
}

/* The type at place `index` of a class. */
static void check_implemented(ITypeInfo *info, const char *class, UINT index, const char *want, int want_flags)
{
    HREFTYPE reference;
    ITypeInfo *other;
    INT flags;
    char name[128], help[256];
    assert_int_equal(ITypeInfo_GetRefTypeOfImplType(info, index, &reference), S_OK);
    assert_int_equal(ITypeInfo_GetImplTypeFlags(info, index, &flags), S_OK);
    assert_int_equal(ITypeInfo_GetRefTypeInfo(info, reference, &other), S_OK);
    type_name(other, name, sizeof name, help, sizeof help);
    if (strcmp(name, want) || flags != want_flags)
        fail_msg("%s has %s with flags %d, not %s with %d", class, name, flags, want, want_flags);
    ITypeInfo_Release(other);
}

static void test_typelib__classes_are_the_documented_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_class_count; i++) {
        const struct contract_class *class = &contract_classes[i];
        TYPEATTR *attributes;
        ITypeInfo *info = get_type(class->name, &attributes);
        check_type(info, attributes, class->name, TKIND_COCLASS, class->clsid, class->help);
        if (!(attributes->wTypeFlags & TYPEFLAG_FCANCREATE) == class->creatable)
            fail_msg("%s has flags 0x%x", class->name, attributes->wTypeFlags);
        assert_int_equal(attributes->cImplTypes, class->source ? 2 : 1);
        check_implemented(info, class->name, 0, class->face, IMPLTYPEFLAG_FDEFAULT);
        if (class->source)
            check_implemented(info, class->name, 1, class->source, IMPLTYPEFLAG_FDEFAULT | IMPLTYPEFLAG_FSOURCE);
        put_type(info, attributes);
    }
}

static void test_typelib__structure_has_the_documented_layout(void **state)
{
    (void)state;
    TYPEATTR *attributes;
    ITypeInfo *info = get_type("GUESTOSVERSIONINFOEX", &attributes);
    assert_int_equal(attributes->typekind, TKIND_RECORD);
    assert_int_equal(attributes->cbSizeInstance, CONTRACT_VERSION_SIZE);
    assert_int_equal(attributes->cVars, contract_version_field_count);
    for (size_t i = 0; i < contract_version_field_count; i++) {
        const struct contract_field *field = &contract_version_fields[i];
        VARDESC *var;
        BSTR wide_name;
        char name[128], type[64];
        assert_int_equal(ITypeInfo_GetVarDesc(info, (UINT)i, &var), S_OK);
        assert_int_equal(ITypeInfo_GetDocumentation(info, var->memid, &wide_name, NULL, NULL, NULL), S_OK);
        type_text_of_string(wide_name, name, sizeof name);
        type_text_of_type(info, &var->elemdescVar.tdesc, type, sizeof type);
        assert_string_equal(name, field->name);
        assert_string_equal(type, field->type);
        assert_int_equal(var->oInst, field->offset);
        ITypeInfo_ReleaseVarDesc(info, var);
    }
    put_type(info, attributes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typelib__library_is_the_documented_one),
        cmocka_unit_test(test_typelib__has_no_other_type),
        cmocka_unit_test(test_typelib__interfaces_have_the_documented_vtables),
        cmocka_unit_test(test_typelib__names_have_the_documented_dispids),
        cmocka_unit_test(test_typelib__our_own_interfaces_append),
        cmocka_unit_test(test_typelib__events_are_the_documented_ones),
        cmocka_unit_test(test_typelib__enumerations_are_the_documented_ones),
        cmocka_unit_test(test_typelib__our_own_enumerations),
        cmocka_unit_test(test_typelib__error_codes_are_the_documented_ones),
        cmocka_unit_test(test_typelib__classes_are_the_documented_ones),
        cmocka_unit_test(test_typelib__structure_has_the_documented_layout),
    };
    return cmocka_run_group_tests(tests, load_library, free_library);
}
