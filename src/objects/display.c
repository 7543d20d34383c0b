#include "objects/display.h"

#include "objects/machine_part.h"
#include "objects/out.h"

static const struct com_class display_class = {
    .name = L"IVMDisplay",
    .iid = &IID_IVMDisplay,
    .clsid = &CLSID_VMDisplay,
    .destroy = machine_part_destroy,
};

static HRESULT WINAPI display_SetDimensions(IVMDisplay *iface, LONG displayPixelWidth, LONG displayPixelHeight)
{
    (void)iface;
    (void)displayPixelWidth;
    (void)displayPixelHeight;
    return com_not_built(&display_class, "SetDimensions");
}

static HRESULT WINAPI display_get_Width(IVMDisplay *iface, LONG *displayPixelWidth)
{
    (void)iface;
    HRESULT hr = out_long(&display_class, "displayPixelWidth", displayPixelWidth);
    return FAILED(hr) ? hr : com_not_built(&display_class, "Width");
}

static HRESULT WINAPI display_get_Height(IVMDisplay *iface, LONG *displayPixelHeight)
{
    (void)iface;
    HRESULT hr = out_long(&display_class, "displayPixelHeight", displayPixelHeight);
    return FAILED(hr) ? hr : com_not_built(&display_class, "Height");
}

static HRESULT WINAPI display_get_CanResize(IVMDisplay *iface, VARIANT_BOOL *canResize)
{
    (void)iface;
    HRESULT hr = out_bool(&display_class, "canResize", canResize);
    return FAILED(hr) ? hr : com_not_built(&display_class, "CanResize");
}

static HRESULT WINAPI display_get_VideoMode(IVMDisplay *iface, VMDisplayVideoMode *videoMode)
{
    (void)iface;
    HRESULT hr = out_long(&display_class, "videoMode", (LONG *)videoMode);
    return FAILED(hr) ? hr : com_not_built(&display_class, "VideoMode");
}

static HRESULT WINAPI display__GenerateThumbnail(IVMDisplay *iface, ULONG thumbnailImage[3072])
{
    (void)iface;
    if (!thumbnailImage)
        return com_null_pointer(&display_class, "thumbnailImage");
    return com_not_built(&display_class, "_GenerateThumbnail");
}

static HRESULT WINAPI display_get_Thumbnail(IVMDisplay *iface, VARIANT *thumbnailImage)
{
    (void)iface;
    HRESULT hr = out_variant(&display_class, "thumbnailImage", thumbnailImage);
    return FAILED(hr) ? hr : com_not_built(&display_class, "Thumbnail");
}

static const IVMDisplayVtbl display_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMDisplay *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMDisplay *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMDisplay *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMDisplay *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMDisplay *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMDisplay *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMDisplay *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .SetDimensions = display_SetDimensions,
    .get_Width = display_get_Width,
    .get_Height = display_get_Height,
    .get_CanResize = display_get_CanResize,
    .get_VideoMode = display_get_VideoMode,
    ._GenerateThumbnail = display__GenerateThumbnail,
    .get_Thumbnail = display_get_Thumbnail,
};

HRESULT display_create(struct machine *machine, IVMDisplay **display)
{
    return machine_part_create(&display_class, &display_vtbl, machine, (void **)display);
}
