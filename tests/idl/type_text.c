#include "type_text.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    MAX_NAMES = 1 + CONTRACT_MAX_PARAMS
};

/* Types that the interfaces use, as the IDL spells them. */
static const struct {
    VARTYPE vt;
    const char *text;
} types[] = {
    {VT_UI1, "unsigned char"}, {VT_UI2, "unsigned short"}, {VT_I4, "long"},
    {VT_UI4, "unsigned long"}, {VT_BSTR, "BSTR"},          {VT_BOOL, "VARIANT_BOOL"},
    {VT_DATE, "DATE"},         {VT_VARIANT, "VARIANT"},    {VT_VOID, "void"},
    {VT_HRESULT, "HRESULT"},   {VT_UNKNOWN, "IUnknown *"}, {VT_R8, "double"},
};

static void lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

/* Appends " more" or "more" to a text that has room for it. */
static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);
    assert_true(length + strlen(more) < size);
    strcpy(text + length, more);
}

void type_text_of_string(BSTR string, char *text, size_t size)
{
    text[0] = '\0';
    if (string)
        assert_int_not_equal(WideCharToMultiByte(CP_UTF8, 0, string, -1, text, (int)size, NULL, NULL), 0);
    SysFreeString(string);
}

void type_text_of_guid(const GUID *guid, char text[40])
{
    WCHAR wide[40];
    assert_int_not_equal(StringFromGUID2(guid, wide, 40), 0);
    wide[37] = L'\0';
    assert_int_not_equal(WideCharToMultiByte(CP_UTF8, 0, wide + 1, -1, text, 40, NULL, NULL), 0);
    lower(text);
}

static void user_type(ITypeInfo *info, HREFTYPE reference, char *text, size_t size)
{
    ITypeInfo *other;
    BSTR name;
    assert_int_equal(ITypeInfo_GetRefTypeInfo(info, reference, &other), S_OK);
    assert_int_equal(ITypeInfo_GetDocumentation(other, MEMBERID_NIL, &name, NULL, NULL, NULL), S_OK);
    type_text_of_string(name, text, size);
    ITypeInfo_Release(other);
}

void type_text_of_type(ITypeInfo *info, const TYPEDESC *type, char *text, size_t size)
{
    char bounds[24];
    switch (type->vt) {
    case VT_PTR:
        type_text_of_type(info, type->lptdesc, text, size);
        append(text, size, text[strlen(text) - 1] == '*' ? "*" : " *");
        return;
    case VT_CARRAY:
        type_text_of_type(info, &type->lpadesc->tdescElem, text, size);
        for (USHORT i = 0; i < type->lpadesc->cDims; i++) {
            snprintf(bounds, sizeof bounds, "[%lu]", type->lpadesc->rgbounds[i].cElements);
            append(text, size, bounds);
        }
        return;
    case VT_USERDEFINED:
        user_type(info, type->hreftype, text, size);
        return;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].vt == type->vt) {
            snprintf(text, size, "%s", types[i].text);
            return;
        }
    }
    snprintf(text, size, "vt%u", type->vt);
}

/* "[in] long index", with ", " before all but the first. */
static void append_param(char *text, bool first, unsigned flags, const char *type, const char *name)
{
    const char *words = "";
    switch (flags) {
    case CONTRACT_IN:
        words = "[in] ";
        break;
    case CONTRACT_OUT:
        words = "[out] ";
        break;
    case CONTRACT_OUT | CONTRACT_RETVAL:
        words = "[out, retval] ";
        break;
    case CONTRACT_IN | CONTRACT_OUT:
        words = "[in, out] ";
        break;
    default:
        fail_msg("flags 0x%x in %s", flags, text);
    }
    char small[128];
    snprintf(small, sizeof small, "%s", name);
    lower(small);
    append(text, TYPE_TEXT_BYTES, first ? "" : ", ");
    append(text, TYPE_TEXT_BYTES, words);
    append(text, TYPE_TEXT_BYTES, type);
    append(text, TYPE_TEXT_BYTES, " ");
    append(text, TYPE_TEXT_BYTES, small);
}

/* "id 0x60020000 propget restricted name(" */
static void begin(char *text, long id, unsigned kind, bool restricted, const char *name)
{
    char small[128];
    snprintf(small, sizeof small, "%s", name);
    lower(small);
    const char *word = kind == INVOKE_FUNC ? "method" : kind == INVOKE_PROPERTYGET ? "propget" : "propput";
    snprintf(text, TYPE_TEXT_BYTES, "id 0x%lx %s%s %s(", id, word, restricted ? " restricted" : "", small);
}

static void end(char *text, const char *help)
{
    append(text, TYPE_TEXT_BYTES, ") \"");
    append(text, TYPE_TEXT_BYTES, help);
    append(text, TYPE_TEXT_BYTES, "\"");
}

void type_text_of_contract(const struct contract_member *member, char text[TYPE_TEXT_BYTES])
{
    size_t count = contract_param_count(member);
    begin(text, member->dispid, member->kind, member->dispid == DISPID_NEWENUM, member->name);
    for (size_t i = 0; i < count; i++) {
        const struct contract_param *param = &member->params[i];
        bool unnamed = member->kind == CONTRACT_PROPPUT && i + 1 == count;
        append_param(text, i == 0, param->flags, param->type, unnamed ? "" : param->name);
    }
    end(text, member->help);
}

void type_text_of_function(ITypeInfo *info, UINT index, char text[TYPE_TEXT_BYTES])
{
    FUNCDESC *func;
    BSTR names[MAX_NAMES] = {NULL}, help;
    UINT named;
    char name[MAX_NAMES][128] = {""}, type[256], line[256];
    assert_int_equal(ITypeInfo_GetFuncDesc(info, index, &func), S_OK);
    assert_int_equal(ITypeInfo_GetNames(info, func->memid, names, MAX_NAMES, &named), S_OK);
    for (UINT i = 0; i < named; i++)
        type_text_of_string(names[i], name[i], sizeof name[i]);
    begin(text, func->memid, func->invkind, func->wFuncFlags & FUNCFLAG_FRESTRICTED, name[0]);
    for (SHORT i = 0; i < func->cParams; i++) {
        const ELEMDESC *param = &func->lprgelemdescParam[i];
        /* GetNames goes by DISPID, so a put would get the name that its get has. */
        bool unnamed = func->invkind == INVOKE_PROPERTYPUT && i + 1 == func->cParams;
        type_text_of_type(info, &param->tdesc, type, sizeof type);
        append_param(text, i == 0, param->paramdesc.wParamFlags, type, unnamed ? "" : name[i + 1]);
    }
    assert_int_equal(ITypeInfo_GetDocumentation(info, func->memid, NULL, &help, NULL, NULL), S_OK);
    type_text_of_string(help, line, sizeof line);
    end(text, line);
    ITypeInfo_ReleaseFuncDesc(info, func);
}
