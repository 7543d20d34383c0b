#include "objects/keyboard.h"

#include "objects/machine_part.h"
#include "objects/out.h"

static const struct com_class keyboard_class = {
    .name = L"IVMKeyboard",
    .iid = &IID_IVMKeyboard,
    .clsid = &CLSID_VMKeyboard,
    .destroy = machine_part_destroy,
};

static HRESULT WINAPI keyboard_PressKey(IVMKeyboard *iface, BSTR key)
{
    (void)iface;
    (void)key;
    return com_not_built(&keyboard_class, "PressKey");
}

static HRESULT WINAPI keyboard_ReleaseKey(IVMKeyboard *iface, BSTR key)
{
    (void)iface;
    (void)key;
    return com_not_built(&keyboard_class, "ReleaseKey");
}

static HRESULT WINAPI keyboard_PressAndReleaseKey(IVMKeyboard *iface, BSTR key)
{
    (void)iface;
    (void)key;
    return com_not_built(&keyboard_class, "PressAndReleaseKey");
}

static HRESULT WINAPI keyboard_IsPressed(IVMKeyboard *iface, BSTR key, VARIANT_BOOL *pressed)
{
    (void)iface;
    (void)key;
    HRESULT hr = out_bool(&keyboard_class, "pressed", pressed);
    return FAILED(hr) ? hr : com_not_built(&keyboard_class, "IsPressed");
}

static HRESULT WINAPI keyboard_TypeAsciiText(IVMKeyboard *iface, BSTR text)
{
    (void)iface;
    (void)text;
    return com_not_built(&keyboard_class, "TypeAsciiText");
}

static HRESULT WINAPI keyboard_TypeKeySequence(IVMKeyboard *iface, BSTR keySequence)
{
    (void)iface;
    (void)keySequence;
    return com_not_built(&keyboard_class, "TypeKeySequence");
}

static HRESULT WINAPI keyboard_get_HasExclusiveAccess(IVMKeyboard *iface, VARIANT_BOOL *isExclusive)
{
    (void)iface;
    HRESULT hr = out_bool(&keyboard_class, "isExclusive", isExclusive);
    return FAILED(hr) ? hr : com_not_built(&keyboard_class, "HasExclusiveAccess");
}

static HRESULT WINAPI keyboard_put_HasExclusiveAccess(IVMKeyboard *iface, VARIANT_BOOL makeExclusive)
{
    (void)iface;
    (void)makeExclusive;
    return com_not_built(&keyboard_class, "HasExclusiveAccess");
}

static const IVMKeyboardVtbl keyboard_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMKeyboard *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMKeyboard *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMKeyboard *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMKeyboard *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMKeyboard *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMKeyboard *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMKeyboard *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .PressKey = keyboard_PressKey,
    .ReleaseKey = keyboard_ReleaseKey,
    .PressAndReleaseKey = keyboard_PressAndReleaseKey,
    .IsPressed = keyboard_IsPressed,
    .TypeAsciiText = keyboard_TypeAsciiText,
    .TypeKeySequence = keyboard_TypeKeySequence,
    .get_HasExclusiveAccess = keyboard_get_HasExclusiveAccess,
    .put_HasExclusiveAccess = keyboard_put_HasExclusiveAccess,
};

HRESULT keyboard_create(struct machine *machine, IVMKeyboard **keyboard)
{
    return machine_part_create(&keyboard_class, &keyboard_vtbl, machine, (void **)keyboard);
}
