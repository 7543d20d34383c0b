#include "objects/virtual_pc.h"

#include "objects/out.h"

/* Disk images, the search for files and USB devices are not built yet. */

HRESULT WINAPI virtual_pc_CreateDynamicVirtualHardDisk(IVMVirtualPC *iface, BSTR imagePath, LONG size,
                                                       IVMTask **diskTask)
{
    (void)iface;
    (void)imagePath;
    (void)size;
    HRESULT hr = out_object(&virtual_pc_class, "diskTask", (void **)diskTask);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "CreateDynamicVirtualHardDisk");
}

HRESULT WINAPI virtual_pc_CreateFixedVirtualHardDisk(IVMVirtualPC *iface, BSTR imagePath, LONG size, IVMTask **diskTask)
{
    (void)iface;
    (void)imagePath;
    (void)size;
    HRESULT hr = out_object(&virtual_pc_class, "diskTask", (void **)diskTask);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "CreateFixedVirtualHardDisk");
}

HRESULT WINAPI virtual_pc_CreateDifferencingVirtualHardDisk(IVMVirtualPC *iface, BSTR imagePath, BSTR parentPath,
                                                            IVMTask **diskTask)
{
    (void)iface;
    (void)imagePath;
    (void)parentPath;
    HRESULT hr = out_object(&virtual_pc_class, "diskTask", (void **)diskTask);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "CreateDifferencingVirtualHardDisk");
}

HRESULT WINAPI virtual_pc_GetHardDisk(IVMVirtualPC *iface, BSTR imagePath, IVMHardDisk **hardDisk)
{
    (void)iface;
    (void)imagePath;
    HRESULT hr = out_object(&virtual_pc_class, "hardDisk", (void **)hardDisk);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "GetHardDisk");
}

HRESULT WINAPI virtual_pc_CreateFloppyDiskImage(IVMVirtualPC *iface, BSTR imagePath, VMFloppyDiskImageType imageType)
{
    (void)iface;
    (void)imagePath;
    (void)imageType;
    return com_not_built(&virtual_pc_class, "CreateFloppyDiskImage");
}

HRESULT WINAPI virtual_pc_GetFloppyDiskImageType(IVMVirtualPC *iface, BSTR imagePath, VMFloppyDiskImageType *imageType)
{
    (void)iface;
    (void)imagePath;
    HRESULT hr = out_long(&virtual_pc_class, "imageType", (LONG *)imageType);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "GetFloppyDiskImageType");
}

HRESULT WINAPI virtual_pc_get_SearchPaths(IVMVirtualPC *iface, VARIANT *searchPaths)
{
    (void)iface;
    HRESULT hr = out_variant(&virtual_pc_class, "searchPaths", searchPaths);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "SearchPaths");
}

HRESULT WINAPI virtual_pc_put_SearchPaths(IVMVirtualPC *iface, VARIANT searchPaths)
{
    (void)iface;
    (void)searchPaths;
    return com_not_built(&virtual_pc_class, "SearchPaths");
}

HRESULT WINAPI virtual_pc_GetHardDiskFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths,
                                           VARIANT *outHardDiskFileList)
{
    (void)iface;
    (void)inAdditionalSearchPaths;
    HRESULT hr = out_variant(&virtual_pc_class, "outHardDiskFileList", outHardDiskFileList);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "GetHardDiskFiles");
}

HRESULT WINAPI virtual_pc_GetVirtualMachineFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths,
                                                 VARIANT_BOOL inExcludedRegisteredVMs,
                                                 VARIANT *outVirtualMachineFileList)
{
    (void)iface;
    (void)inAdditionalSearchPaths;
    (void)inExcludedRegisteredVMs;
    HRESULT hr = out_variant(&virtual_pc_class, "outVirtualMachineFileList", outVirtualMachineFileList);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "GetVirtualMachineFiles");
}

HRESULT WINAPI virtual_pc_GetFloppyDiskFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths,
                                             VARIANT *outFloppyDiskFileList)
{
    (void)iface;
    (void)inAdditionalSearchPaths;
    HRESULT hr = out_variant(&virtual_pc_class, "outFloppyDiskFileList", outFloppyDiskFileList);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "GetFloppyDiskFiles");
}

HRESULT WINAPI virtual_pc_GetDVDFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths, VARIANT *outDVDFileList)
{
    (void)iface;
    (void)inAdditionalSearchPaths;
    HRESULT hr = out_variant(&virtual_pc_class, "outDVDFileList", outDVDFileList);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "GetDVDFiles");
}

HRESULT WINAPI virtual_pc_get_USBDeviceCollection(IVMVirtualPC *iface, IVMUSBDeviceCollection **usbDeviceCollection)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_pc_class, "usbDeviceCollection", (void **)usbDeviceCollection);
    return FAILED(hr) ? hr : com_not_built(&virtual_pc_class, "USBDeviceCollection");
}
