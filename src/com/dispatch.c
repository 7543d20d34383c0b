#include "com/members.h"

#include <string.h>
#include "com/type_info.h"

/* IDs that MIDL gives to the slots of IUnknown and IDispatch. The type library knows their names, but a script that
 * could call Release would free an object that others use. */
static bool is_base_member(DISPID id)
{
    DWORD block = (DWORD)id & 0xffff0000;

    return block == 0x60000000 || block == 0x60010000;
}

static HRESULT object_type_info(IDispatch *iface, ITypeInfo **info)
{
    const struct com_class *class = ((struct com_object *)iface)->class;

    return type_info_get(class->extended ? class->extended : class->iid, info);
}

HRESULT WINAPI com_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    if (!count)
        return E_POINTER;
    *count = 1;
    return S_OK;
}

HRESULT WINAPI com_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)lcid;
    if (!info)
        return E_POINTER;
    *info = NULL;
    if (index != 0)
        return DISP_E_BADINDEX;
    return object_type_info(iface, info);
}

HRESULT WINAPI com_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count, LCID lcid, DISPID *ids)
{
    ITypeInfo *info;
    HRESULT hr;

    (void)lcid;
    if (!names || !ids)
        return E_POINTER;
    for (UINT i = 0; i < count; i++)
        ids[i] = DISPID_UNKNOWN;
    if (!iid || !IsEqualIID(iid, &IID_NULL))
        return DISP_E_UNKNOWNINTERFACE;
    if (count == 0)
        return E_INVALIDARG;
    const struct com_members *members = com_members_of((struct com_object *)iface);
    if (count == 1 && names[0] && members && com_members_find(members, names[0], ids))
        return S_OK;
    if (FAILED(hr = object_type_info(iface, &info)))
        return hr;
    hr = ITypeInfo_GetIDsOfNames(info, names, count, ids);
    ITypeInfo_Release(info);
    if (SUCCEEDED(hr) && is_base_member(ids[0])) {
        ids[0] = DISPID_UNKNOWN;
        hr = DISP_E_UNKNOWNNAME;
    }
    return hr;
}

static HRESULT default_member_id(ITypeInfo *info, const struct com_class *class, DISPID *id)
{
    WCHAR *name = (WCHAR *)class->default_member;

    return name ? ITypeInfo_GetIDsOfNames(info, &name, 1, id) : S_OK;
}

/* What ITypeInfo::Invoke makes of a member that fails: the member's error object is taken off the thread and copied
 * into EXCEPINFO, if the client wants one. */
static HRESULT property_failure(HRESULT failure, EXCEPINFO *exception)
{
    IErrorInfo *info = NULL;

    if (exception)
        exception->scode = failure;
    if (GetErrorInfo(0, &info) != S_OK)
        return DISP_E_EXCEPTION;
    if (exception) {
        IErrorInfo_GetSource(info, &exception->bstrSource);
        IErrorInfo_GetDescription(info, &exception->bstrDescription);
        IErrorInfo_GetHelpFile(info, &exception->bstrHelpFile);
        IErrorInfo_GetHelpContext(info, &exception->dwHelpContext);
    }
    IErrorInfo_Release(info);
    return DISP_E_EXCEPTION;
}

/* Reads a property by its slot. *result is empty. */
static HRESULT property_read(IDispatch *iface, const struct com_property *property, VARIANT *result,
                             EXCEPINFO *exception)
{
    /* Every such slot takes the object and one out pointer; what that points at is behind the type word of a VARIANT,
     * all of which start at the same place. */
    typedef HRESULT(WINAPI * property_get)(IDispatch *, void *);
    const property_get get = (*(const property_get **)iface)[property->slot];

    SetErrorInfo(0, NULL);
    HRESULT hr = get(iface, property->type == VT_VARIANT ? (void *)result : (void *)&V_I4(result));
    if (FAILED(hr)) {
        VariantInit(result);
        return property_failure(hr, exception);
    }
    if (property->type != VT_VARIANT)
        V_VT(result) = property->type;
    return S_OK;
}

HRESULT WINAPI com_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags, DISPPARAMS *parameters,
                          VARIANT *result, EXCEPINFO *exception, UINT *bad_argument)
{
    const struct com_class *class = ((struct com_object *)iface)->class;
    EXCEPINFO unwanted;
    UINT unwanted_argument;
    ITypeInfo *info;
    HRESULT hr;

    (void)lcid;
    if (result)
        VariantInit(result);
    if (exception)
        memset(exception, 0, sizeof *exception);
    if (!iid || !IsEqualIID(iid, &IID_NULL))
        return DISP_E_UNKNOWNINTERFACE;
    if (!parameters)
        return E_POINTER;
    if (is_base_member(id))
        return DISP_E_MEMBERNOTFOUND;
    if (result && (flags == DISPATCH_PROPERTYGET || flags == (DISPATCH_PROPERTYGET | DISPATCH_METHOD)) &&
        parameters->cArgs == 0 && parameters->cNamedArgs == 0) {
        const struct com_members *members = com_members_of((struct com_object *)iface);
        const struct com_property *property = members ? com_members_property(members, id) : NULL;
        if (property)
            return property_read(iface, property, result, exception);
    }
    if (FAILED(hr = object_type_info(iface, &info)))
        return hr;
    /* The Enumerator of Wine's JScript (8.0) asks for the property as if it were a method. */
    if (id == DISPID_NEWENUM)
        flags |= DISPATCH_PROPERTYGET;
    if (id == DISPID_VALUE)
        hr = default_member_id(info, class, &id);
    if (SUCCEEDED(hr)) {
        /* An error object of an earlier call must not become the text of a failure that sets none (a wrong argument
         * count). The member's own error object is taken off the thread and copied into EXCEPINFO, so a client that
         * wants none still gets it taken off. */
        SetErrorInfo(0, NULL);
        memset(&unwanted, 0, sizeof unwanted);
        hr = ITypeInfo_Invoke(info, iface, id, flags, parameters, result, exception ? exception : &unwanted,
                              bad_argument ? bad_argument : &unwanted_argument);
        SysFreeString(unwanted.bstrSource);
        SysFreeString(unwanted.bstrDescription);
        SysFreeString(unwanted.bstrHelpFile);
    }
    ITypeInfo_Release(info);
    if (FAILED(hr) && result)
        VariantClear(result);
    return hr;
}
