#include "com/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "VPCCOMInterfaces.h"

/* HRESULT_FROM_WIN32 is a function here, and a table wants constants. */
#define WIN32_HRESULT(error) ((HRESULT)(0x80070000 | (error)))

static const HRESULT hresults[] = {
    [VPC_UNEXPECTED] = DISP_E_EXCEPTION,
    [VPC_OUT_OF_MEMORY] = E_OUTOFMEMORY,
    [VPC_INVALID_ARGUMENT] = E_INVALIDARG,
    [VPC_BAD_PATH] = WIN32_HRESULT(ERROR_BAD_PATHNAME),
    [VPC_INVALID_NAME] = WIN32_HRESULT(ERROR_INVALID_NAME),
    [VPC_TOO_LONG] = WIN32_HRESULT(ERROR_BUFFER_OVERFLOW),
    [VPC_PATH_NOT_FOUND] = WIN32_HRESULT(ERROR_PATH_NOT_FOUND),
    [VPC_FILE_NOT_FOUND] = WIN32_HRESULT(ERROR_FILE_NOT_FOUND),
    [VPC_ALREADY_EXISTS] = WIN32_HRESULT(ERROR_ALREADY_EXISTS),
    [VPC_ACCESS_DENIED] = E_ACCESSDENIED,
    [VPC_DISK_FULL] = WIN32_HRESULT(ERROR_DISK_FULL),
    [VPC_IO] = DISP_E_EXCEPTION,
    [VPC_CORRUPT] = DISP_E_EXCEPTION,
    [VPC_NAME_EMPTY] = VM_E_CONFIG_NO_NAME,
    [VPC_NAME_TOO_LONG] = VM_E_CONFIG_NAME_TOO_LONG,
    [VPC_NAME_INVALID] = VM_E_CONFIG_NAME_INVALID_CHAR,
    [VPC_NAME_IN_USE] = VM_E_CONFIG_DUPLICATE_NAME,
    [VPC_VM_UNKNOWN] = VM_E_VM_UNKNOWN,
    [VPC_VM_RUNNING] = VM_E_VM_RUNNING,
    [VPC_VM_NOT_RUNNING] = VM_E_VM_NOT_RUNNING,
    [VPC_KEY_NOT_FOUND] = VM_E_PREF_NOT_FOUND,
    [VPC_TIMED_OUT] = VM_E_TIMED_OUT,
    [VPC_ENGINE] = DISP_E_EXCEPTION,
    [VPC_NOT_SUPPORTED] = E_NOTIMPL,
    [VPC_STATE_CONFLICT] = E_FAIL,
    [VPC_SAVED_STATE] = VM_E_PREF_SAVED_STATE_BAD_VERSION,
    [VPC_CANCELLED] = WIN32_HRESULT(ERROR_CANCELLED),
};

/* Formats like vprintf into new UTF-16 memory; NULL when out of memory. */
static WCHAR *format_wide(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return NULL;

    char *text = malloc((size_t)length + 1);
    WCHAR *wide = calloc((size_t)length + 1, sizeof *wide);
    if (text && wide) {
        vsnprintf(text, (size_t)length + 1, format, arguments);
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, length + 1);
    }
    if (!text) {
        free(wide);
        wide = NULL;
    }
    free(text);
    return wide;
}

static HRESULT error_info_create(const struct com_class *class, WCHAR *text, IErrorInfo **info)
{
    WCHAR source[64];
    ICreateErrorInfo *error;
    HRESULT hr;

    if (FAILED(hr = CreateErrorInfo(&error)))
        return hr;
    _snwprintf(source, ARRAYSIZE(source), L"VirtualPC.%ls", class->name);
    source[ARRAYSIZE(source) - 1] = 0;
    if (FAILED(hr = ICreateErrorInfo_SetGUID(error, class->iid)) ||
        FAILED(hr = ICreateErrorInfo_SetSource(error, source)) ||
        FAILED(hr = ICreateErrorInfo_SetDescription(error, text)))
        goto done;
    hr = ICreateErrorInfo_QueryInterface(error, &IID_IErrorInfo, (void **)info);
done:
    ICreateErrorInfo_Release(error);
    return hr;
}

HRESULT com_fail(const struct com_class *class, HRESULT hr, const char *format, ...)
{
    IErrorInfo *info = NULL;
    va_list arguments;

    va_start(arguments, format);
    WCHAR *text = format_wide(format, arguments);
    va_end(arguments);
    /* Without memory for a text the thread has no error object, rather than one of an earlier failure. */
    if (!text || FAILED(error_info_create(class, text, &info)))
        info = NULL;
    SetErrorInfo(0, info);
    if (info)
        IErrorInfo_Release(info);
    free(text);
    return hr;
}

HRESULT com_hresult(enum vpc_cause cause)
{
    if ((size_t)cause < ARRAYSIZE(hresults) && hresults[cause] != 0)
        return hresults[cause];
    return DISP_E_EXCEPTION;
}

HRESULT com_fail_error(const struct com_class *class, const struct vpc_error *err)
{
    return com_fail(class, com_hresult(err->cause), "%s", err->text);
}

HRESULT com_null_pointer(const struct com_class *class, const char *parameter)
{
    return com_fail(class, E_POINTER, "%s is NULL", parameter);
}

HRESULT com_not_built(const struct com_class *class, const char *member)
{
    return com_fail(class, E_NOTIMPL, "%ls.%s is not built yet", class->name, member);
}
