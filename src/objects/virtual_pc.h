/*
 * IVMVirtualPC: the application, root of all other objects. Its 41 members are split by area:
 *
 *   virtual_pc.c           VMs, networks, tasks, what the application is
 *   virtual_pc_settings.c  preferences and limits
 *   virtual_pc_usage.c     IVMVirtualPC2: what VMs have used
 *   virtual_pc_files.c     disk images, files found in folders, USB devices of the host
 */
#ifndef VPC_OBJECTS_VIRTUAL_PC_H
#define VPC_OBJECTS_VIRTUAL_PC_H

#include "VPCCOMInterfaces.h"
#include "com/error.h"
#include "objects/home.h"
#include "objects/vm_events.h"

struct virtual_pc {
    struct com_object base;
    struct home *home; /* shared */
    struct vm_events events;
};

extern const struct com_class virtual_pc_class;

static inline struct home *home_from_IVMVirtualPC(IVMVirtualPC *iface)
{
    return ((struct virtual_pc *)iface)->home;
}

/* virtual_pc_settings.c */
HRESULT WINAPI virtual_pc_GetConfigurationValue(IVMVirtualPC *iface, BSTR preferenceKey, VARIANT *preferenceValue);
HRESULT WINAPI virtual_pc_SetConfigurationValue(IVMVirtualPC *iface, BSTR preferenceKey, VARIANT preferenceValue);
HRESULT WINAPI virtual_pc_RemoveConfigurationValue(IVMVirtualPC *iface, BSTR preferenceKey);
HRESULT WINAPI virtual_pc_get_MinimumMemoryPerVM(IVMVirtualPC *iface, LONG *megabytesOfMemory);
HRESULT WINAPI virtual_pc_get_MaximumMemoryPerVM(IVMVirtualPC *iface, LONG *megabytesOfMemory);
HRESULT WINAPI virtual_pc_get_SuggestedMaximumMemoryPerVM(IVMVirtualPC *iface, LONG *megabytesOfMemory);
HRESULT WINAPI virtual_pc_get_MaximumFloppyDrivesPerVM(IVMVirtualPC *iface, LONG *maxDrives);
HRESULT WINAPI virtual_pc_get_MaximumSerialPortsPerVM(IVMVirtualPC *iface, LONG *maxPorts);
HRESULT WINAPI virtual_pc_get_MaximumParallelPortsPerVM(IVMVirtualPC *iface, LONG *maxPorts);
HRESULT WINAPI virtual_pc_get_MaximumNetworkAdaptersPerVM(IVMVirtualPC *iface, LONG *maxNetworkAdapters);
HRESULT WINAPI virtual_pc_get_MaximumNumberOfIDEBuses(IVMVirtualPC *iface, LONG *maxNumBuses);
HRESULT WINAPI virtual_pc_get_DefaultVMConfigurationPath(IVMVirtualPC *iface, BSTR *configurationPath);
HRESULT WINAPI virtual_pc_put_DefaultVMConfigurationPath(IVMVirtualPC *iface, BSTR configurationPath);

/* virtual_pc_files.c */
HRESULT WINAPI virtual_pc_CreateDynamicVirtualHardDisk(IVMVirtualPC *iface, BSTR imagePath, LONG size,
                                                       IVMTask **diskTask);
HRESULT WINAPI virtual_pc_CreateFixedVirtualHardDisk(IVMVirtualPC *iface, BSTR imagePath, LONG size,
                                                     IVMTask **diskTask);
HRESULT WINAPI virtual_pc_CreateDifferencingVirtualHardDisk(IVMVirtualPC *iface, BSTR imagePath, BSTR parentPath,
                                                            IVMTask **diskTask);
HRESULT WINAPI virtual_pc_GetHardDisk(IVMVirtualPC *iface, BSTR imagePath, IVMHardDisk **hardDisk);
HRESULT WINAPI virtual_pc_CreateFloppyDiskImage(IVMVirtualPC *iface, BSTR imagePath, VMFloppyDiskImageType imageType);
HRESULT WINAPI virtual_pc_GetFloppyDiskImageType(IVMVirtualPC *iface, BSTR imagePath, VMFloppyDiskImageType *imageType);
HRESULT WINAPI virtual_pc_get_SearchPaths(IVMVirtualPC *iface, VARIANT *searchPaths);
HRESULT WINAPI virtual_pc_put_SearchPaths(IVMVirtualPC *iface, VARIANT searchPaths);
HRESULT WINAPI virtual_pc_GetHardDiskFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths,
                                           VARIANT *outHardDiskFileList);
HRESULT WINAPI virtual_pc_GetVirtualMachineFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths,
                                                 VARIANT_BOOL inExcludedRegisteredVMs,
                                                 VARIANT *outVirtualMachineFileList);
HRESULT WINAPI virtual_pc_GetFloppyDiskFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths,
                                             VARIANT *outFloppyDiskFileList);
HRESULT WINAPI virtual_pc_GetDVDFiles(IVMVirtualPC *iface, VARIANT inAdditionalSearchPaths, VARIANT *outDVDFileList);
HRESULT WINAPI virtual_pc_get_USBDeviceCollection(IVMVirtualPC *iface, IVMUSBDeviceCollection **usbDeviceCollection);

/* virtual_pc_usage.c */
HRESULT WINAPI virtual_pc_Usage(IVMVirtualPC2 *iface, BSTR virtualMachineName, VMUsageGrouping grouping, BSTR firstDay,
                                BSTR lastDay, IVMUsageCollection **rows);
HRESULT WINAPI virtual_pc_DeleteUsage(IVMVirtualPC2 *iface, BSTR virtualMachineID);

#endif
