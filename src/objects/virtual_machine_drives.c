#include "objects/virtual_machine.h"

#include "objects/out.h"

/* Disks and drives are not built yet. */

HRESULT WINAPI virtual_machine_AddHardDiskConnection(IVMVirtualMachine *iface, BSTR hardDiskPath, LONG busNumber,
                                                     LONG deviceNumber, IVMHardDiskConnection **hardDiskConnection)
{
    (void)iface;
    (void)hardDiskPath;
    (void)busNumber;
    (void)deviceNumber;
    HRESULT hr = out_object(&virtual_machine_class, "hardDiskConnection", (void **)hardDiskConnection);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "AddHardDiskConnection");
}

HRESULT WINAPI virtual_machine_RemoveHardDiskConnection(IVMVirtualMachine *iface,
                                                        IVMHardDiskConnection *hardDiskConnection)
{
    (void)iface;
    (void)hardDiskConnection;
    return com_not_built(&virtual_machine_class, "RemoveHardDiskConnection");
}

HRESULT WINAPI virtual_machine_get_HardDiskConnections(IVMVirtualMachine *iface,
                                                       IVMHardDiskConnectionCollection **hardDiskConnectionCollection)
{
    (void)iface;
    HRESULT hr =
        out_object(&virtual_machine_class, "hardDiskConnectionCollection", (void **)hardDiskConnectionCollection);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "HardDiskConnections");
}

HRESULT WINAPI virtual_machine_MergeUndoDisks(IVMVirtualMachine *iface, IVMTask **undoMergeTask)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_machine_class, "undoMergeTask", (void **)undoMergeTask);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "MergeUndoDisks");
}

HRESULT WINAPI virtual_machine_DiscardUndoDisks(IVMVirtualMachine *iface)
{
    (void)iface;
    return com_not_built(&virtual_machine_class, "DiscardUndoDisks");
}

HRESULT WINAPI virtual_machine_AddDVDROMDrive(IVMVirtualMachine *iface, LONG busNumber, LONG deviceNumber,
                                              IVMDVDDrive **dvdDrive)
{
    (void)iface;
    (void)busNumber;
    (void)deviceNumber;
    HRESULT hr = out_object(&virtual_machine_class, "dvdDrive", (void **)dvdDrive);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "AddDVDROMDrive");
}

HRESULT WINAPI virtual_machine_RemoveDVDROMDrive(IVMVirtualMachine *iface, IVMDVDDrive *dvdDrive)
{
    (void)iface;
    (void)dvdDrive;
    return com_not_built(&virtual_machine_class, "RemoveDVDROMDrive");
}

HRESULT WINAPI virtual_machine_get_DVDROMDrives(IVMVirtualMachine *iface, IVMDVDDriveCollection **dvdROMCollection)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_machine_class, "dvdROMCollection", (void **)dvdROMCollection);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "DVDROMDrives");
}

HRESULT WINAPI virtual_machine_get_FloppyDrives(IVMVirtualMachine *iface, IVMFloppyDriveCollection **floppyCollection)
{
    (void)iface;
    HRESULT hr = out_object(&virtual_machine_class, "floppyCollection", (void **)floppyCollection);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "FloppyDrives");
}

HRESULT WINAPI virtual_machine_get_AttachedDriveTypes(IVMVirtualMachine *iface, VARIANT *driveTypes)
{
    (void)iface;
    HRESULT hr = out_variant(&virtual_machine_class, "driveTypes", driveTypes);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "AttachedDriveTypes");
}
