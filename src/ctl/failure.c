#include "failure.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <olectl.h>
#include "report.h"
#include "utf8.h"

struct named {
    HRESULT hr;
    const char *name;
};

/* HRESULT_FROM_WIN32 is a function here, and a table wants constants. */
#define WIN32_HRESULT(error) ((HRESULT)(0x80070000 | (error)))

/* What the system has names for; the codes of the API itself are in its type library. */
static const struct named names[] = {
    {E_FAIL, "E_FAIL"},
    {E_NOTIMPL, "E_NOTIMPL"},
    {E_NOINTERFACE, "E_NOINTERFACE"},
    {E_POINTER, "E_POINTER"},
    {E_HANDLE, "E_HANDLE"},
    {E_INVALIDARG, "E_INVALIDARG"},
    {E_OUTOFMEMORY, "E_OUTOFMEMORY"},
    {E_ACCESSDENIED, "E_ACCESSDENIED"},
    {E_UNEXPECTED, "E_UNEXPECTED"},
    {E_ABORT, "E_ABORT"},
    {DISP_E_EXCEPTION, "DISP_E_EXCEPTION"},
    {DISP_E_BADINDEX, "DISP_E_BADINDEX"},
    {DISP_E_MEMBERNOTFOUND, "DISP_E_MEMBERNOTFOUND"},
    {DISP_E_OVERFLOW, "DISP_E_OVERFLOW"},
    {DISP_E_TYPEMISMATCH, "DISP_E_TYPEMISMATCH"},
    {DISP_E_UNKNOWNINTERFACE, "DISP_E_UNKNOWNINTERFACE"},
    {DISP_E_UNKNOWNNAME, "DISP_E_UNKNOWNNAME"},
    {TYPE_E_CANTLOADLIBRARY, "TYPE_E_CANTLOADLIBRARY"},
    {TYPE_E_ELEMENTNOTFOUND, "TYPE_E_ELEMENTNOTFOUND"},
    {TYPE_E_LIBNOTREGISTERED, "TYPE_E_LIBNOTREGISTERED"},
    {CONNECT_E_NOCONNECTION, "CONNECT_E_NOCONNECTION"},
    {CONNECT_E_CANNOTCONNECT, "CONNECT_E_CANNOTCONNECT"},
    {CONNECT_E_ADVISELIMIT, "CONNECT_E_ADVISELIMIT"},
    {REGDB_E_CLASSNOTREG, "REGDB_E_CLASSNOTREG"},
    {REGDB_E_IIDNOTREG, "REGDB_E_IIDNOTREG"},
    {CLASS_E_CLASSNOTAVAILABLE, "CLASS_E_CLASSNOTAVAILABLE"},
    {CLASS_E_NOAGGREGATION, "CLASS_E_NOAGGREGATION"},
    {CO_E_DLLNOTFOUND, "CO_E_DLLNOTFOUND"},
    {CO_E_ERRORINDLL, "CO_E_ERRORINDLL"},
    {CO_E_APPNOTFOUND, "CO_E_APPNOTFOUND"},
    {CO_E_SERVER_EXEC_FAILURE, "CO_E_SERVER_EXEC_FAILURE"},
    {CO_E_OBJNOTREG, "CO_E_OBJNOTREG"},
    {CO_E_OBJNOTCONNECTED, "CO_E_OBJNOTCONNECTED"},
    {CO_E_NOTINITIALIZED, "CO_E_NOTINITIALIZED"},
    {RPC_E_DISCONNECTED, "RPC_E_DISCONNECTED"},
    {RPC_E_CALL_REJECTED, "RPC_E_CALL_REJECTED"},
    {RPC_E_SERVERCALL_RETRYLATER, "RPC_E_SERVERCALL_RETRYLATER"},
    {RPC_E_SERVERFAULT, "RPC_E_SERVERFAULT"},
    {RPC_E_SERVER_DIED, "RPC_E_SERVER_DIED"},
    {RPC_E_SERVER_DIED_DNE, "RPC_E_SERVER_DIED_DNE"},
    {RPC_E_INVALID_OBJECT, "RPC_E_INVALID_OBJECT"},
    {RPC_E_CHANGED_MODE, "RPC_E_CHANGED_MODE"},
    {WIN32_HRESULT(RPC_S_SERVER_UNAVAILABLE), "RPC_S_SERVER_UNAVAILABLE"},
    {WIN32_HRESULT(RPC_S_CALL_FAILED), "RPC_S_CALL_FAILED"},
    {WIN32_HRESULT(RPC_S_CALL_FAILED_DNE), "RPC_S_CALL_FAILED_DNE"},
    {WIN32_HRESULT(ERROR_FILE_NOT_FOUND), "ERROR_FILE_NOT_FOUND"},
    {WIN32_HRESULT(ERROR_PATH_NOT_FOUND), "ERROR_PATH_NOT_FOUND"},
    {WIN32_HRESULT(ERROR_DIRECTORY), "ERROR_DIRECTORY"},
    {WIN32_HRESULT(ERROR_INVALID_NAME), "ERROR_INVALID_NAME"},
    {WIN32_HRESULT(ERROR_BAD_PATHNAME), "ERROR_BAD_PATHNAME"},
    {WIN32_HRESULT(ERROR_FILENAME_EXCED_RANGE), "ERROR_FILENAME_EXCED_RANGE"},
    {WIN32_HRESULT(ERROR_BUFFER_OVERFLOW), "ERROR_BUFFER_OVERFLOW"},
    {WIN32_HRESULT(ERROR_ALREADY_EXISTS), "ERROR_ALREADY_EXISTS"},
    {WIN32_HRESULT(ERROR_DISK_FULL), "ERROR_DISK_FULL"},
    {WIN32_HRESULT(ERROR_HANDLE_DISK_FULL), "ERROR_HANDLE_DISK_FULL"},
    {WIN32_HRESULT(ERROR_WRITE_PROTECT), "ERROR_WRITE_PROTECT"},
    {WIN32_HRESULT(ERROR_NOT_READY), "ERROR_NOT_READY"},
    {WIN32_HRESULT(ERROR_SHARING_VIOLATION), "ERROR_SHARING_VIOLATION"},
    {WIN32_HRESULT(ERROR_LOCK_VIOLATION), "ERROR_LOCK_VIOLATION"},
    {WIN32_HRESULT(ERROR_USER_MAPPED_FILE), "ERROR_USER_MAPPED_FILE"},
    {WIN32_HRESULT(ERROR_BAD_NETPATH), "ERROR_BAD_NETPATH"},
    {WIN32_HRESULT(ERROR_NETNAME_DELETED), "ERROR_NETNAME_DELETED"},
    {WIN32_HRESULT(ERROR_BAD_NET_NAME), "ERROR_BAD_NET_NAME"},
    {WIN32_HRESULT(ERROR_BROKEN_PIPE), "ERROR_BROKEN_PIPE"},
    {WIN32_HRESULT(ERROR_NO_DATA), "ERROR_NO_DATA"},
    {WIN32_HRESULT(ERROR_PIPE_NOT_CONNECTED), "ERROR_PIPE_NOT_CONNECTED"},
    {WIN32_HRESULT(ERROR_WRITE_FAULT), "ERROR_WRITE_FAULT"},
    {WIN32_HRESULT(ERROR_IO_DEVICE), "ERROR_IO_DEVICE"},
    {WIN32_HRESULT(ERROR_MOD_NOT_FOUND), "ERROR_MOD_NOT_FOUND"},
    {WIN32_HRESULT(ERROR_PROC_NOT_FOUND), "ERROR_PROC_NOT_FOUND"},
    {WIN32_HRESULT(ERROR_BAD_EXE_FORMAT), "ERROR_BAD_EXE_FORMAT"},
    {WIN32_HRESULT(ERROR_DLL_INIT_FAILED), "ERROR_DLL_INIT_FAILED"},
    {WIN32_HRESULT(ERROR_NOT_ENOUGH_MEMORY), "ERROR_NOT_ENOUGH_MEMORY"},
    {WIN32_HRESULT(ERROR_NO_SYSTEM_RESOURCES), "ERROR_NO_SYSTEM_RESOURCES"},
    {WIN32_HRESULT(ERROR_CANCELLED), "ERROR_CANCELLED"},
    {WIN32_HRESULT(ERROR_TIMEOUT), "ERROR_TIMEOUT"},
};

/* The constant of an enumeration that has this value: its name, and its help text where `text` is empty. */
static bool failure_name_constant(struct failure *failure, ITypeInfo *enumeration, UINT index)
{
    VARDESC *constant;
    BSTR name = NULL, help = NULL;
    if (FAILED(ITypeInfo_GetVarDesc(enumeration, index, &constant)))
        return false;
    bool found = constant->varkind == VAR_CONST && V_VT(constant->lpvarValue) == VT_I4 &&
                 V_I4(constant->lpvarValue) == failure->hr &&
                 SUCCEEDED(ITypeInfo_GetDocumentation(enumeration, constant->memid, &name, &help, NULL, NULL));
    ITypeInfo_ReleaseVarDesc(enumeration, constant);
    if (!found)
        return false;
    char *text = utf8_from_wide(name);
    buffer_add(&failure->name, text);
    free(text);
    text = utf8_from_wide(help);
    if (!failure->text.length)
        buffer_add(&failure->text, text);
    free(text);
    SysFreeString(name);
    SysFreeString(help);
    return true;
}

/* Looks for the value in the library's enumeration of error codes. */
static void failure_name_from_library(struct failure *failure, ITypeLib *library)
{
    static const WCHAR wanted[] = L"VMResultCode";
    WCHAR sought[ARRAYSIZE(wanted)];
    ITypeInfo *enumeration = NULL;
    TYPEATTR *attributes;
    MEMBERID member;
    USHORT count = 1;
    /* FindName corrects the case of what it is given. */
    memcpy(sought, wanted, sizeof wanted);
    if (FAILED(ITypeLib_FindName(library, sought, 0, &enumeration, &member, &count)) || count == 0 || !enumeration)
        return;
    if (SUCCEEDED(ITypeInfo_GetTypeAttr(enumeration, &attributes))) {
        UINT constants = attributes->cVars;
        ITypeInfo_ReleaseTypeAttr(enumeration, attributes);
        for (UINT i = 0; i < constants && !failure_name_constant(failure, enumeration, i); i++)
            ;
    }
    ITypeInfo_Release(enumeration);
}

static void failure_name(struct failure *failure, ITypeLib *library)
{
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        if (names[i].hr == failure->hr)
            buffer_add(&failure->name, names[i].name);
    if (!failure->name.length && library)
        failure_name_from_library(failure, library);
}

/* What the system says of its own codes, without the full stop and line end that it puts behind. */
static void failure_text_from_system(struct failure *failure)
{
    WCHAR wide[512];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, (DWORD)failure->hr,
                                  0, wide, ARRAYSIZE(wide), NULL);
    while (length > 0 && (wide[length - 1] <= L' ' || wide[length - 1] == L'.'))
        length--;
    wide[length < ARRAYSIZE(wide) ? length : ARRAYSIZE(wide) - 1] = 0;
    char *text = utf8_from_wide(wide);
    buffer_add(&failure->text, text);
    free(text);
}

void failure_make(struct failure *failure, HRESULT hr, const char *text, ITypeLib *library)
{
    *failure = (struct failure){.hr = hr};
    buffer_add(&failure->text, text);
    failure_name(failure, library);
    if (!failure->text.length)
        failure_text_from_system(failure);
    if (!failure->text.length)
        buffer_add(&failure->text, "no text");
}

void failure_take(struct failure *failure, HRESULT hr, ITypeLib *library)
{
    IErrorInfo *info = NULL;
    BSTR description = NULL;
    if (GetErrorInfo(0, &info) == S_OK && info) {
        IErrorInfo_GetDescription(info, &description);
        IErrorInfo_Release(info);
    }
    char *text = utf8_from_wide(description);
    SysFreeString(description);
    failure_make(failure, hr, text, library);
    free(text);
}

void failure_clear(struct failure *failure)
{
    buffer_clear(&failure->name);
    buffer_clear(&failure->text);
}

void failure_add(struct buffer *buffer, const struct failure *failure)
{
    if (failure->name.length)
        buffer_format(buffer, "%s (0x%08lX): %s", failure->name.bytes, (unsigned long)failure->hr,
                      buffer_text(&failure->text));
    else
        buffer_format(buffer, "0x%08lX: %s", (unsigned long)failure->hr, buffer_text(&failure->text));
}

void failure_report(const struct failure *failure, const char *doing, const char *vm)
{
    struct buffer what = {0}, why = {0};
    failure_add(&why, failure);
    buffer_add(&what, doing);
    if (vm)
        buffer_format(&what, " '%s'", vm);
    report(buffer_text(&what), "%s", buffer_text(&why));
    buffer_clear(&what);
    buffer_clear(&why);
}

json_t *failure_json(const struct failure *failure)
{
    char code[16];
    snprintf(code, sizeof code, "0x%08lX", (unsigned long)failure->hr);
    return need(json_pack("{s:s,s:s,s:s}", "hresult", code, "name", buffer_text(&failure->name), "text",
                          buffer_text(&failure->text)));
}
