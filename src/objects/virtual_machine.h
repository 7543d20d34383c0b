/*
 * IVMVirtualMachine: one registered VM. Its 69 members are split by area:
 *
 *   virtual_machine.c          what it is, the objects of it, its vtable
 *   virtual_machine_power.c    starting, stopping, saving
 *   virtual_machine_config.c   what its configuration says, key by key and by name
 *   virtual_machine_bios.c     the strings of its BIOS
 *   virtual_machine_drives.c   disks and drives
 *   virtual_machine_devices.c  network adapters, ports, processor, USB, channels
 */
#ifndef VPC_OBJECTS_VIRTUAL_MACHINE_H
#define VPC_OBJECTS_VIRTUAL_MACHINE_H

#include "VPCCOMInterfaces.h"
#include "objects/machine_part.h"

extern const struct com_class virtual_machine_class;

/* Shares `machine`. *vm (out): one reference, NULL on failure. */
HRESULT virtual_machine_create(struct machine *machine, IVMVirtualMachine **vm);

/* The record behind an object that a client passed in, NULL when it is no VM of ours. Borrowed. */
struct machine *virtual_machine_from_client(IVMVirtualMachine *vm);

/* For the members in the files above. */

static inline struct machine *machine_from_IVMVirtualMachine(IVMVirtualMachine *iface)
{
    return ((struct machine_part *)iface)->machine;
}

/* The documented code of a failure; what no member but Startup documents (VM_E_TIMED_OUT) becomes DISP_E_EXCEPTION. */
HRESULT virtual_machine_fail(const struct vpc_error *err);

/* S_OK when the VM is known and TurnedOff, else VM_E_VM_UNKNOWN or `refusal`. */
HRESULT virtual_machine_need_turned_off(IVMVirtualMachine *iface, HRESULT refusal);

/* virtual_machine_power.c */
HRESULT WINAPI virtual_machine_Startup(IVMVirtualMachine *iface, IVMTask **startupTask);
HRESULT WINAPI virtual_machine_Startup2(IVMVirtualMachine *iface, VMStartupOption startupOption, IVMTask **startupTask);
HRESULT WINAPI virtual_machine_TurnOff(IVMVirtualMachine *iface, IVMTask **turnOffTask);
HRESULT WINAPI virtual_machine_Save(IVMVirtualMachine *iface, IVMTask **saveTask);
HRESULT WINAPI virtual_machine_Reset(IVMVirtualMachine *iface, IVMTask **resetTask);
HRESULT WINAPI virtual_machine_DiscardSavedState(IVMVirtualMachine *iface);
HRESULT WINAPI virtual_machine_Pause(IVMVirtualMachine *iface);
HRESULT WINAPI virtual_machine_Resume(IVMVirtualMachine *iface);
HRESULT WINAPI virtual_machine_get_SavedStateFilePath(IVMVirtualMachine *iface, BSTR *savedStateFilePath);

/* virtual_machine_config.c */
HRESULT WINAPI virtual_machine_get_ShutdownActionOnQuit(IVMVirtualMachine *iface, VMShutdownAction *shutdownAction);
HRESULT WINAPI virtual_machine_put_ShutdownActionOnQuit(IVMVirtualMachine *iface, VMShutdownAction shutdownAction);
HRESULT WINAPI virtual_machine_get_Undoable(IVMVirtualMachine *iface, VARIANT_BOOL *isUndoable);
HRESULT WINAPI virtual_machine_put_Undoable(IVMVirtualMachine *iface, VARIANT_BOOL enableUndo);
HRESULT WINAPI virtual_machine_get_UndoAction(IVMVirtualMachine *iface, VMUndoAction *undoAction);
HRESULT WINAPI virtual_machine_put_UndoAction(IVMVirtualMachine *iface, VMUndoAction undoAction);
HRESULT WINAPI virtual_machine_get_Notes(IVMVirtualMachine *iface, BSTR *virtualMachineNotes);
HRESULT WINAPI virtual_machine_put_Notes(IVMVirtualMachine *iface, BSTR virtualMachineNotes);
HRESULT WINAPI virtual_machine_get_Memory(IVMVirtualMachine *iface, LONG *megabytesOfMemory);
HRESULT WINAPI virtual_machine_put_Memory(IVMVirtualMachine *iface, LONG megabytesOfMemory);
HRESULT WINAPI virtual_machine_GetConfigurationValue(IVMVirtualMachine *iface, BSTR configurationKey,
                                                     VARIANT *configurationValue);
HRESULT WINAPI virtual_machine_SetConfigurationValue(IVMVirtualMachine *iface, BSTR configurationKey,
                                                     VARIANT configurationValue);
HRESULT WINAPI virtual_machine_RemoveConfigurationValue(IVMVirtualMachine *iface, BSTR configurationKey);
HRESULT WINAPI virtual_machine_GetActivationValue(IVMVirtualMachine *iface, BSTR activationKey,
                                                  VARIANT *activationValue);
HRESULT WINAPI virtual_machine_SetActivationValue(IVMVirtualMachine *iface, BSTR activationKey,
                                                  VARIANT activationValue);
HRESULT WINAPI virtual_machine_RemoveActivationValue(IVMVirtualMachine *iface, BSTR activationKey);

/* virtual_machine_bios.c */
HRESULT WINAPI virtual_machine_get_BIOSGUID(IVMVirtualMachine *iface, BSTR *biosGUID);
HRESULT WINAPI virtual_machine_put_BIOSGUID(IVMVirtualMachine *iface, BSTR biosGUID);
HRESULT WINAPI virtual_machine_get_BIOSSerialNumber(IVMVirtualMachine *iface, BSTR *biosSerialNumber);
HRESULT WINAPI virtual_machine_put_BIOSSerialNumber(IVMVirtualMachine *iface, BSTR biosSerialNumber);
HRESULT WINAPI virtual_machine_get_BaseBoardSerialNumber(IVMVirtualMachine *iface, BSTR *baseBoardSerialNumber);
HRESULT WINAPI virtual_machine_put_BaseBoardSerialNumber(IVMVirtualMachine *iface, BSTR baseBoardSerialNumber);
HRESULT WINAPI virtual_machine_get_ChassisSerialNumber(IVMVirtualMachine *iface, BSTR *chassisSerialNumber);
HRESULT WINAPI virtual_machine_put_ChassisSerialNumber(IVMVirtualMachine *iface, BSTR chasisSerialNumber);
HRESULT WINAPI virtual_machine_get_ChassisAssetTag(IVMVirtualMachine *iface, BSTR *chassisAssetTag);
HRESULT WINAPI virtual_machine_put_ChassisAssetTag(IVMVirtualMachine *iface, BSTR chassisAssetTag);

/* virtual_machine_drives.c */
HRESULT WINAPI virtual_machine_AddHardDiskConnection(IVMVirtualMachine *iface, BSTR hardDiskPath, LONG busNumber,
                                                     LONG deviceNumber, IVMHardDiskConnection **hardDiskConnection);
HRESULT WINAPI virtual_machine_RemoveHardDiskConnection(IVMVirtualMachine *iface,
                                                        IVMHardDiskConnection *hardDiskConnection);
HRESULT WINAPI virtual_machine_get_HardDiskConnections(IVMVirtualMachine *iface,
                                                       IVMHardDiskConnectionCollection **hardDiskConnectionCollection);
HRESULT WINAPI virtual_machine_MergeUndoDisks(IVMVirtualMachine *iface, IVMTask **undoMergeTask);
HRESULT WINAPI virtual_machine_DiscardUndoDisks(IVMVirtualMachine *iface);
HRESULT WINAPI virtual_machine_AddDVDROMDrive(IVMVirtualMachine *iface, LONG busNumber, LONG deviceNumber,
                                              IVMDVDDrive **dvdDrive);
HRESULT WINAPI virtual_machine_RemoveDVDROMDrive(IVMVirtualMachine *iface, IVMDVDDrive *dvdDrive);
HRESULT WINAPI virtual_machine_get_DVDROMDrives(IVMVirtualMachine *iface, IVMDVDDriveCollection **dvdROMCollection);
HRESULT WINAPI virtual_machine_get_FloppyDrives(IVMVirtualMachine *iface, IVMFloppyDriveCollection **floppyCollection);
HRESULT WINAPI virtual_machine_get_AttachedDriveTypes(IVMVirtualMachine *iface, VARIANT *driveTypes);

/* virtual_machine_devices.c */
HRESULT WINAPI virtual_machine_AddNetworkAdapter(IVMVirtualMachine *iface, IVMNetworkAdapter **networkAdapter);
HRESULT WINAPI virtual_machine_RemoveNetworkAdapter(IVMVirtualMachine *iface, IVMNetworkAdapter *networkAdapter);
HRESULT WINAPI virtual_machine_get_NetworkAdapters(IVMVirtualMachine *iface,
                                                   IVMNetworkAdapterCollection **networkAdapterCollection);
HRESULT WINAPI virtual_machine_get_SerialPorts(IVMVirtualMachine *iface,
                                               IVMSerialPortCollection **serialPortCollection);
HRESULT WINAPI virtual_machine_get_ParallelPorts(IVMVirtualMachine *iface,
                                                 IVMParallelPortCollection **parallelPortCollection);
HRESULT WINAPI virtual_machine_get_ProcessorSpeed(IVMVirtualMachine *iface, LONG *processorSpeed);
HRESULT WINAPI virtual_machine_get_HasMMX(IVMVirtualMachine *iface, VARIANT_BOOL *mmxEnabled);
HRESULT WINAPI virtual_machine_get_HasSSE(IVMVirtualMachine *iface, VARIANT_BOOL *sseEnabled);
HRESULT WINAPI virtual_machine_get_HasSSE2(IVMVirtualMachine *iface, VARIANT_BOOL *sse2Enabled);
HRESULT WINAPI virtual_machine_get_Has3DNow(IVMVirtualMachine *iface, VARIANT_BOOL *threeDNowEnabled);
HRESULT WINAPI virtual_machine_get_RdpPipeName(IVMVirtualMachine *iface, BSTR *RdpPipeName);
HRESULT WINAPI virtual_machine_AttachUSBDevice(IVMVirtualMachine *iface, IVMUSBDevice *inUSBDevice);
HRESULT WINAPI virtual_machine_DetachUSBDevice(IVMVirtualMachine *iface, IVMUSBDevice *inUSBDevice);
HRESULT WINAPI virtual_machine_StartCommunicationChannel(IVMVirtualMachine *iface, VMEndpointType inHostEndpointType,
                                                         BSTR inHostEndPointName, VMEndpointType inGuestEndpointType,
                                                         BSTR inGuestEndpointName);

#endif
