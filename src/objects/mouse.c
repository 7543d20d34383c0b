#include "objects/mouse.h"

#include "objects/machine_part.h"
#include "objects/out.h"

static const struct com_class mouse_class = {
    .name = L"IVMMouse",
    .iid = &IID_IVMMouse,
    .clsid = &CLSID_VMMouseDevice,
    .destroy = machine_part_destroy,
};

static HRESULT WINAPI mouse_GetButton(IVMMouse *iface, VMMouseButton buttonIndex, VARIANT_BOOL *isDown)
{
    (void)iface;
    (void)buttonIndex;
    HRESULT hr = out_bool(&mouse_class, "isDown", isDown);
    return FAILED(hr) ? hr : com_not_built(&mouse_class, "GetButton");
}

static HRESULT WINAPI mouse_SetButton(IVMMouse *iface, VMMouseButton buttonIndex, VARIANT_BOOL down)
{
    (void)iface;
    (void)buttonIndex;
    (void)down;
    return com_not_built(&mouse_class, "SetButton");
}

static HRESULT WINAPI mouse_Click(IVMMouse *iface, VMMouseButton buttonIndex)
{
    (void)iface;
    (void)buttonIndex;
    return com_not_built(&mouse_class, "Click");
}

static HRESULT WINAPI mouse_get_HorizontalPosition(IVMMouse *iface, LONG *position)
{
    (void)iface;
    HRESULT hr = out_long(&mouse_class, "position", position);
    return FAILED(hr) ? hr : com_not_built(&mouse_class, "HorizontalPosition");
}

static HRESULT WINAPI mouse_put_HorizontalPosition(IVMMouse *iface, LONG position)
{
    (void)iface;
    (void)position;
    return com_not_built(&mouse_class, "HorizontalPosition");
}

static HRESULT WINAPI mouse_get_VerticalPosition(IVMMouse *iface, LONG *position)
{
    (void)iface;
    HRESULT hr = out_long(&mouse_class, "position", position);
    return FAILED(hr) ? hr : com_not_built(&mouse_class, "VerticalPosition");
}

static HRESULT WINAPI mouse_put_VerticalPosition(IVMMouse *iface, LONG position)
{
    (void)iface;
    (void)position;
    return com_not_built(&mouse_class, "VerticalPosition");
}

static HRESULT WINAPI mouse_put_ScrollWheelPosition(IVMMouse *iface, LONG position)
{
    (void)iface;
    (void)position;
    return com_not_built(&mouse_class, "ScrollWheelPosition");
}

static HRESULT WINAPI mouse_get_UsingAbsoluteCoordinates(IVMMouse *iface, VARIANT_BOOL *usingAbsoluteCoordinates)
{
    (void)iface;
    HRESULT hr = out_bool(&mouse_class, "usingAbsoluteCoordinates", usingAbsoluteCoordinates);
    return FAILED(hr) ? hr : com_not_built(&mouse_class, "UsingAbsoluteCoordinates");
}

static HRESULT WINAPI mouse_put_UsingAbsoluteCoordinates(IVMMouse *iface, VARIANT_BOOL usingAbsoluteCoordinates)
{
    (void)iface;
    (void)usingAbsoluteCoordinates;
    return com_not_built(&mouse_class, "UsingAbsoluteCoordinates");
}

static const IVMMouseVtbl mouse_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMMouse *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMMouse *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMMouse *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMMouse *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMMouse *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMMouse *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMMouse *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .GetButton = mouse_GetButton,
    .SetButton = mouse_SetButton,
    .Click = mouse_Click,
    .get_HorizontalPosition = mouse_get_HorizontalPosition,
    .put_HorizontalPosition = mouse_put_HorizontalPosition,
    .get_VerticalPosition = mouse_get_VerticalPosition,
    .put_VerticalPosition = mouse_put_VerticalPosition,
    .put_ScrollWheelPosition = mouse_put_ScrollWheelPosition,
    .get_UsingAbsoluteCoordinates = mouse_get_UsingAbsoluteCoordinates,
    .put_UsingAbsoluteCoordinates = mouse_put_UsingAbsoluteCoordinates,
};

HRESULT mouse_create(struct machine *machine, IVMMouse **mouse)
{
    return machine_part_create(&mouse_class, &mouse_vtbl, machine, (void **)mouse);
}
