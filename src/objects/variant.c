#include "objects/variant.h"

#include <stdlib.h>
#include <string.h>
#include "objects/out.h"
#include "util/text.h"

/* The same bits for negative numbers, as the file stores -5 as 4294967291. */
static bool integer_from_variant(const VARIANT *variant, uint32_t *integer)
{
    VARIANT wide;
    VariantInit(&wide);
    switch (V_VT(variant)) {
    case VT_I1:
    case VT_UI1:
    case VT_I2:
    case VT_UI2:
    case VT_I4:
    case VT_INT:
    case VT_UI4:
    case VT_UINT:
    case VT_I8:
        break;
    case VT_UI8:
        if (V_UI8(variant) > UINT32_MAX)
            return false;
        break;
    default:
        return false;
    }
    if (FAILED(VariantChangeType(&wide, (VARIANT *)variant, 0, VT_I8)))
        return false;
    if (V_I8(&wide) < INT32_MIN || V_I8(&wide) > (LONGLONG)UINT32_MAX)
        return false;
    *integer = (uint32_t)V_I8(&wide);
    return true;
}

static bool bytes_from_variant(const VARIANT *variant, struct setting *setting, struct vpc_error *err)
{
    SAFEARRAY *array = V_ARRAY(variant);
    LONG lower, upper;
    void *data;
    if (!array || SafeArrayGetDim(array) != 1 || FAILED(SafeArrayGetLBound(array, 1, &lower)) ||
        FAILED(SafeArrayGetUBound(array, 1, &upper)) || FAILED(SafeArrayAccessData(array, &data)))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "an array of bytes must have one dimension");
    setting->type = SETTING_BYTES;
    setting->size = (size_t)((LONGLONG)upper - lower + 1);
    setting->bytes = malloc(setting->size ? setting->size : 1);
    if (setting->bytes && setting->size)
        memcpy(setting->bytes, data, setting->size);
    SafeArrayUnaccessData(array);
    return setting->bytes ? true : fail_out_of_memory(err);
}

static bool setting_from_value(const VARIANT *variant, struct setting *setting, struct vpc_error *err)
{
    if (V_VT(variant) == VT_BSTR) {
        setting->type = SETTING_STRING;
        if (text_from_bstr(V_BSTR(variant), &setting->text, err))
            return true;
        if (err->cause == VPC_INVALID_NAME)
            err->cause = VPC_INVALID_ARGUMENT;
        return false;
    }
    if (V_VT(variant) == VT_BOOL) {
        setting->type = SETTING_BOOLEAN;
        setting->boolean = V_BOOL(variant) != VARIANT_FALSE;
        return true;
    }
    if (V_VT(variant) == (VT_ARRAY | VT_UI1))
        return bytes_from_variant(variant, setting, err);
    setting->type = SETTING_INTEGER;
    if (integer_from_variant(variant, &setting->integer))
        return true;
    return vpc_fail(err, VPC_INVALID_ARGUMENT,
                    "a value of VARIANT type %u is no text, boolean, array of bytes or integer of 32 bits",
                    (unsigned)V_VT(variant));
}

bool setting_from_variant(const VARIANT *variant, struct setting *setting, struct vpc_error *err)
{
    VARIANT value;
    VariantInit(&value);
    memset(setting, 0, sizeof *setting);
    HRESULT hr = VariantCopyInd(&value, (VARIANT *)variant);
    if (hr == E_OUTOFMEMORY)
        return fail_out_of_memory(err);
    if (FAILED(hr))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "a value of VARIANT type %u cannot be read",
                        (unsigned)V_VT(variant));
    bool read = setting_from_value(&value, setting, err);
    if (!read)
        setting_clear(setting);
    VariantClear(&value);
    return read;
}

bool variant_is_nothing(const VARIANT *variant)
{
    VARTYPE type = V_VT(variant);
    if (type == (VT_BYREF | VT_VARIANT) && V_VARIANTREF(variant))
        type = V_VT(V_VARIANTREF(variant));
    return type == VT_EMPTY || type == VT_NULL;
}

bool variant_from_bytes(const void *bytes, size_t size, VARIANT *variant, struct vpc_error *err)
{
    void *data;
    VariantInit(variant);
    SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)size);
    if (!array || FAILED(SafeArrayAccessData(array, &data))) {
        SafeArrayDestroy(array);
        return fail_out_of_memory(err);
    }
    if (size)
        memcpy(data, bytes, size);
    SafeArrayUnaccessData(array);
    V_VT(variant) = VT_ARRAY | VT_UI1;
    V_ARRAY(variant) = array;
    return true;
}

bool variant_from_setting(const struct setting *setting, VARIANT *variant, struct vpc_error *err)
{
    wchar_t *wide;
    VariantInit(variant);
    switch (setting->type) {
    case SETTING_INTEGER:
        V_VT(variant) = VT_I4;
        V_I4(variant) = (LONG)setting->integer;
        return true;
    case SETTING_BOOLEAN:
        V_VT(variant) = VT_BOOL;
        V_BOOL(variant) = setting->boolean ? VARIANT_TRUE : VARIANT_FALSE;
        return true;
    case SETTING_BYTES:
        return variant_from_bytes(setting->bytes, setting->size, variant, err);
    case SETTING_STRING:
        break;
    }
    wide = text_to_wide(setting->text);
    V_BSTR(variant) = wide ? SysAllocString(wide) : NULL;
    free(wide);
    if (!V_BSTR(variant))
        return fail_out_of_memory(err);
    V_VT(variant) = VT_BSTR;
    return true;
}
