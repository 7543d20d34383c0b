#include "objects/out.h"

#include <stdlib.h>
#include <string.h>
#include "util/text.h"

HRESULT out_text(const struct com_class *class, const char *parameter, BSTR *out)
{
    if (!out)
        return com_null_pointer(class, parameter);
    *out = NULL;
    return S_OK;
}

HRESULT out_long(const struct com_class *class, const char *parameter, LONG *out)
{
    if (!out)
        return com_null_pointer(class, parameter);
    *out = 0;
    return S_OK;
}

HRESULT out_bool(const struct com_class *class, const char *parameter, VARIANT_BOOL *out)
{
    if (!out)
        return com_null_pointer(class, parameter);
    *out = VARIANT_FALSE;
    return S_OK;
}

HRESULT out_date(const struct com_class *class, const char *parameter, DATE *out)
{
    if (!out)
        return com_null_pointer(class, parameter);
    *out = 0;
    return S_OK;
}

HRESULT out_variant(const struct com_class *class, const char *parameter, VARIANT *out)
{
    if (!out)
        return com_null_pointer(class, parameter);
    V_VT(out) = VT_EMPTY; /* all that VariantInit does; on the path of every figure */
    return S_OK;
}

HRESULT out_object(const struct com_class *class, const char *parameter, void **out)
{
    if (!out)
        return com_null_pointer(class, parameter);
    *out = NULL;
    return S_OK;
}

HRESULT give_text(const struct com_class *class, const char *text, BSTR *out)
{
    wchar_t *wide = text ? text_to_wide(text) : NULL;
    *out = wide ? SysAllocString(wide) : NULL;
    free(wide);
    return *out ? S_OK : com_fail(class, E_OUTOFMEMORY, "out of memory");
}

HRESULT give_text_free(const struct com_class *class, char *text, BSTR *out)
{
    HRESULT hr = give_text(class, text, out);
    free(text);
    return hr;
}

bool text_from_bstr(BSTR bstr, char **text, struct vpc_error *err)
{
    *text = NULL;
    UINT length = SysStringLen(bstr);
    if (length && wcsnlen(bstr, length) < length)
        return vpc_fail(err, VPC_INVALID_NAME, "the text has a NUL character at position %u of %u",
                        (unsigned)wcsnlen(bstr, length), (unsigned)length);
    *text = length ? text_from_wide(bstr, length) : text_copy("");
    return *text ? true : fail_out_of_memory(err);
}

HRESULT refuse_text(const struct com_class *class, HRESULT hr, BSTR value, const char *why)
{
    char *text = text_from_wide(value ? value : L"", SysStringLen(value));
    com_fail(class, hr, "'%s' %s", text ? text : "", why);
    free(text);
    return hr;
}

bool fail_out_of_memory(struct vpc_error *err)
{
    return vpc_fail(err, VPC_OUT_OF_MEMORY, "out of memory");
}
