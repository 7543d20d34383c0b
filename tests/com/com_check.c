#include "com_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>
#include "contract.h"

struct named {
    HRESULT hr;
    const char *name;
};

static const struct named names[] = {
    {S_OK, "S_OK"},
    {S_FALSE, "S_FALSE"},
    {E_FAIL, "E_FAIL"},
    {E_NOTIMPL, "E_NOTIMPL"},
    {E_NOINTERFACE, "E_NOINTERFACE"},
    {E_POINTER, "E_POINTER"},
    {E_INVALIDARG, "E_INVALIDARG"},
    {E_OUTOFMEMORY, "E_OUTOFMEMORY"},
    {E_ACCESSDENIED, "E_ACCESSDENIED"},
    {E_UNEXPECTED, "E_UNEXPECTED"},
    {DISP_E_EXCEPTION, "DISP_E_EXCEPTION"},
    {DISP_E_BADINDEX, "DISP_E_BADINDEX"},
    {DISP_E_UNKNOWNNAME, "DISP_E_UNKNOWNNAME"},
    {DISP_E_UNKNOWNINTERFACE, "DISP_E_UNKNOWNINTERFACE"},
    {DISP_E_MEMBERNOTFOUND, "DISP_E_MEMBERNOTFOUND"},
    {DISP_E_BADPARAMCOUNT, "DISP_E_BADPARAMCOUNT"},
    {DISP_E_TYPEMISMATCH, "DISP_E_TYPEMISMATCH"},
    {DISP_E_PARAMNOTFOUND, "DISP_E_PARAMNOTFOUND"},
    {CLASS_E_NOAGGREGATION, "CLASS_E_NOAGGREGATION"},
    {CLASS_E_CLASSNOTAVAILABLE, "CLASS_E_CLASSNOTAVAILABLE"},
    {REGDB_E_CLASSNOTREG, "REGDB_E_CLASSNOTREG"},
    {TYPE_E_ELEMENTNOTFOUND, "TYPE_E_ELEMENTNOTFOUND"},
    {CO_E_NOTINITIALIZED, "CO_E_NOTINITIALIZED"},
    {(HRESULT)0x80070002, "ERROR_FILE_NOT_FOUND"},
    {(HRESULT)0x80070003, "ERROR_PATH_NOT_FOUND"},
    {(HRESULT)0x8007006F, "ERROR_BUFFER_OVERFLOW"},
    {(HRESULT)0x80070070, "ERROR_DISK_FULL"},
    {(HRESULT)0x8007007B, "ERROR_INVALID_NAME"},
    {(HRESULT)0x800700A1, "ERROR_BAD_PATHNAME"},
    {(HRESULT)0x800700B7, "ERROR_ALREADY_EXISTS"},
};

const char *hresult_name(HRESULT hr)
{
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        if (names[i].hr == hr)
            return names[i].name;
    }
    for (size_t i = 0; i < contract_result_count; i++) {
        if (contract_results[i].value == (uint32_t)hr)
            return contract_results[i].name;
    }
    return "?";
}

void check_hresult(HRESULT actual, HRESULT expected, const char *expression, const char *file, int line)
{
    if (actual == expected)
        return;
    print_error("%s\n  is 0x%08lx %s, not 0x%08lx %s\n", expression, (unsigned long)actual, hresult_name(actual),
                (unsigned long)expected, hresult_name(expected));
    _fail(file, line);
}

void check_last_release(IUnknown *object, const char *expression, const char *file, int line)
{
    ULONG references = IUnknown_Release(object);

    if (references == 0)
        return;
    print_error("last Release of %s returned %lu, not 0\n", expression, references);
    _fail(file, line);
}

void check_error_text(const WCHAR *description, const WCHAR *source, const char *file, int line)
{
    BSTR actual_description = NULL, actual_source = NULL;
    IErrorInfo *info = NULL;
    bool right;

    GetErrorInfo(0, &info);
    if (info) {
        IErrorInfo_GetDescription(info, &actual_description);
        IErrorInfo_GetSource(info, &actual_source);
        IErrorInfo_Release(info);
    }
    if (!description)
        right = !info;
    else
        right = info && actual_description && wcscmp(actual_description, description) == 0 && actual_source &&
                wcscmp(actual_source, source) == 0;
    if (!right)
        print_error("error object is '%ls' of '%ls', not '%ls' of '%ls'\n",
                    actual_description ? actual_description : L"none", actual_source ? actual_source : L"none",
                    description ? description : L"none", source ? source : L"none");
    SysFreeString(actual_description);
    SysFreeString(actual_source);
    if (!right)
        _fail(file, line);
}

bool known_gap(const char *platform, bool seen, const char *what)
{
    /* Only Wine's ntdll has it. */
    const char *(*wine_get_version)(void) =
        (const char *(*)(void))(void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version");
    char here[32] = "windows";

    if (wine_get_version)
        snprintf(here, sizeof here, "wine %d", atoi(wine_get_version()));
    if (strcmp(here, platform) != 0)
        return false;
    print_message("known gap of %s: %s\n", platform, what);
    if (!seen)
        fail_msg("the gap of %s is gone, so is its reason to be here: %s", platform, what);
    return true;
}
