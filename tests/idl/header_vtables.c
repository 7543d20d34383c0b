/*
 * Every vtable of the generated header, slot by slot. Nothing here runs; a wrong slot does not compile.
 */
#include <assert.h>
#include <stddef.h>
#include "VPCCOMInterfaces.h"

static_assert(offsetof(IVMVirtualMachineVtbl, get_Name) == 7 * sizeof(void *), "get_Name");
static_assert(offsetof(IVMVirtualMachineVtbl, put_Name) == 8 * sizeof(void *), "put_Name");
static_assert(offsetof(IVMVirtualMachineVtbl, get_ConfigID) == 9 * sizeof(void *), "get_ConfigID");
static_assert(offsetof(IVMVirtualMachineVtbl, get_File) == 10 * sizeof(void *), "get_File");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Accountant) == 11 * sizeof(void *), "get_Accountant");
static_assert(offsetof(IVMVirtualMachineVtbl, get_GuestOS) == 12 * sizeof(void *), "get_GuestOS");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Display) == 13 * sizeof(void *), "get_Display");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Keyboard) == 14 * sizeof(void *), "get_Keyboard");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Mouse) == 15 * sizeof(void *), "get_Mouse");
static_assert(offsetof(IVMVirtualMachineVtbl, Startup) == 16 * sizeof(void *), "Startup");
static_assert(offsetof(IVMVirtualMachineVtbl, Startup2) == 17 * sizeof(void *), "Startup2");
static_assert(offsetof(IVMVirtualMachineVtbl, TurnOff) == 18 * sizeof(void *), "TurnOff");
static_assert(offsetof(IVMVirtualMachineVtbl, Save) == 19 * sizeof(void *), "Save");
static_assert(offsetof(IVMVirtualMachineVtbl, Reset) == 20 * sizeof(void *), "Reset");
static_assert(offsetof(IVMVirtualMachineVtbl, DiscardSavedState) == 21 * sizeof(void *), "DiscardSavedState");
static_assert(offsetof(IVMVirtualMachineVtbl, Pause) == 22 * sizeof(void *), "Pause");
static_assert(offsetof(IVMVirtualMachineVtbl, Resume) == 23 * sizeof(void *), "Resume");
static_assert(offsetof(IVMVirtualMachineVtbl, get_State) == 24 * sizeof(void *), "get_State");
static_assert(offsetof(IVMVirtualMachineVtbl, get_ShutdownActionOnQuit) == 25 * sizeof(void *),
              "get_ShutdownActionOnQuit");
static_assert(offsetof(IVMVirtualMachineVtbl, put_ShutdownActionOnQuit) == 26 * sizeof(void *),
              "put_ShutdownActionOnQuit");
static_assert(offsetof(IVMVirtualMachineVtbl, get_SavedStateFilePath) == 27 * sizeof(void *), "get_SavedStateFilePath");
static_assert(offsetof(IVMVirtualMachineVtbl, get_BIOSGUID) == 28 * sizeof(void *), "get_BIOSGUID");
static_assert(offsetof(IVMVirtualMachineVtbl, put_BIOSGUID) == 29 * sizeof(void *), "put_BIOSGUID");
static_assert(offsetof(IVMVirtualMachineVtbl, get_BIOSSerialNumber) == 30 * sizeof(void *), "get_BIOSSerialNumber");
static_assert(offsetof(IVMVirtualMachineVtbl, put_BIOSSerialNumber) == 31 * sizeof(void *), "put_BIOSSerialNumber");
static_assert(offsetof(IVMVirtualMachineVtbl, get_BaseBoardSerialNumber) == 32 * sizeof(void *),
              "get_BaseBoardSerialNumber");
static_assert(offsetof(IVMVirtualMachineVtbl, put_BaseBoardSerialNumber) == 33 * sizeof(void *),
              "put_BaseBoardSerialNumber");
static_assert(offsetof(IVMVirtualMachineVtbl, get_ChassisSerialNumber) == 34 * sizeof(void *),
              "get_ChassisSerialNumber");
static_assert(offsetof(IVMVirtualMachineVtbl, put_ChassisSerialNumber) == 35 * sizeof(void *),
              "put_ChassisSerialNumber");
static_assert(offsetof(IVMVirtualMachineVtbl, get_ChassisAssetTag) == 36 * sizeof(void *), "get_ChassisAssetTag");
static_assert(offsetof(IVMVirtualMachineVtbl, put_ChassisAssetTag) == 37 * sizeof(void *), "put_ChassisAssetTag");
static_assert(offsetof(IVMVirtualMachineVtbl, AddHardDiskConnection) == 38 * sizeof(void *), "AddHardDiskConnection");
static_assert(offsetof(IVMVirtualMachineVtbl, RemoveHardDiskConnection) == 39 * sizeof(void *),
              "RemoveHardDiskConnection");
static_assert(offsetof(IVMVirtualMachineVtbl, get_HardDiskConnections) == 40 * sizeof(void *),
              "get_HardDiskConnections");
static_assert(offsetof(IVMVirtualMachineVtbl, MergeUndoDisks) == 41 * sizeof(void *), "MergeUndoDisks");
static_assert(offsetof(IVMVirtualMachineVtbl, DiscardUndoDisks) == 42 * sizeof(void *), "DiscardUndoDisks");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Undoable) == 43 * sizeof(void *), "get_Undoable");
static_assert(offsetof(IVMVirtualMachineVtbl, put_Undoable) == 44 * sizeof(void *), "put_Undoable");
static_assert(offsetof(IVMVirtualMachineVtbl, get_UndoAction) == 45 * sizeof(void *), "get_UndoAction");
static_assert(offsetof(IVMVirtualMachineVtbl, put_UndoAction) == 46 * sizeof(void *), "put_UndoAction");
static_assert(offsetof(IVMVirtualMachineVtbl, AddDVDROMDrive) == 47 * sizeof(void *), "AddDVDROMDrive");
static_assert(offsetof(IVMVirtualMachineVtbl, RemoveDVDROMDrive) == 48 * sizeof(void *), "RemoveDVDROMDrive");
static_assert(offsetof(IVMVirtualMachineVtbl, get_DVDROMDrives) == 49 * sizeof(void *), "get_DVDROMDrives");
static_assert(offsetof(IVMVirtualMachineVtbl, get_FloppyDrives) == 50 * sizeof(void *), "get_FloppyDrives");
static_assert(offsetof(IVMVirtualMachineVtbl, AddNetworkAdapter) == 51 * sizeof(void *), "AddNetworkAdapter");
static_assert(offsetof(IVMVirtualMachineVtbl, RemoveNetworkAdapter) == 52 * sizeof(void *), "RemoveNetworkAdapter");
static_assert(offsetof(IVMVirtualMachineVtbl, get_NetworkAdapters) == 53 * sizeof(void *), "get_NetworkAdapters");
static_assert(offsetof(IVMVirtualMachineVtbl, get_SerialPorts) == 54 * sizeof(void *), "get_SerialPorts");
static_assert(offsetof(IVMVirtualMachineVtbl, get_ParallelPorts) == 55 * sizeof(void *), "get_ParallelPorts");
static_assert(offsetof(IVMVirtualMachineVtbl, get_ProcessorSpeed) == 56 * sizeof(void *), "get_ProcessorSpeed");
static_assert(offsetof(IVMVirtualMachineVtbl, get_HasMMX) == 57 * sizeof(void *), "get_HasMMX");
static_assert(offsetof(IVMVirtualMachineVtbl, get_HasSSE) == 58 * sizeof(void *), "get_HasSSE");
static_assert(offsetof(IVMVirtualMachineVtbl, get_HasSSE2) == 59 * sizeof(void *), "get_HasSSE2");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Has3DNow) == 60 * sizeof(void *), "get_Has3DNow");
static_assert(offsetof(IVMVirtualMachineVtbl, get_RdpPipeName) == 61 * sizeof(void *), "get_RdpPipeName");
static_assert(offsetof(IVMVirtualMachineVtbl, AttachUSBDevice) == 62 * sizeof(void *), "AttachUSBDevice");
static_assert(offsetof(IVMVirtualMachineVtbl, DetachUSBDevice) == 63 * sizeof(void *), "DetachUSBDevice");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Notes) == 64 * sizeof(void *), "get_Notes");
static_assert(offsetof(IVMVirtualMachineVtbl, put_Notes) == 65 * sizeof(void *), "put_Notes");
static_assert(offsetof(IVMVirtualMachineVtbl, get_Memory) == 66 * sizeof(void *), "get_Memory");
static_assert(offsetof(IVMVirtualMachineVtbl, put_Memory) == 67 * sizeof(void *), "put_Memory");
static_assert(offsetof(IVMVirtualMachineVtbl, get_AttachedDriveTypes) == 68 * sizeof(void *), "get_AttachedDriveTypes");
static_assert(offsetof(IVMVirtualMachineVtbl, GetConfigurationValue) == 69 * sizeof(void *), "GetConfigurationValue");
static_assert(offsetof(IVMVirtualMachineVtbl, SetConfigurationValue) == 70 * sizeof(void *), "SetConfigurationValue");
static_assert(offsetof(IVMVirtualMachineVtbl, RemoveConfigurationValue) == 71 * sizeof(void *),
              "RemoveConfigurationValue");
static_assert(offsetof(IVMVirtualMachineVtbl, GetActivationValue) == 72 * sizeof(void *), "GetActivationValue");
static_assert(offsetof(IVMVirtualMachineVtbl, SetActivationValue) == 73 * sizeof(void *), "SetActivationValue");
static_assert(offsetof(IVMVirtualMachineVtbl, RemoveActivationValue) == 74 * sizeof(void *), "RemoveActivationValue");
static_assert(offsetof(IVMVirtualMachineVtbl, StartCommunicationChannel) == 75 * sizeof(void *),
              "StartCommunicationChannel");
static_assert(sizeof(IVMVirtualMachineVtbl) == 76 * sizeof(void *), "IVMVirtualMachine");

static_assert(offsetof(IVMVirtualMachineCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMVirtualMachineCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMVirtualMachineCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMVirtualMachineCollectionVtbl) == 10 * sizeof(void *), "IVMVirtualMachineCollection");

static_assert(offsetof(IVMAccountantVtbl, get_CPUUtilization) == 7 * sizeof(void *), "get_CPUUtilization");
static_assert(offsetof(IVMAccountantVtbl, get_CPUUtilizationHistory) == 8 * sizeof(void *),
              "get_CPUUtilizationHistory");
static_assert(offsetof(IVMAccountantVtbl, get_DiskBytesRead) == 9 * sizeof(void *), "get_DiskBytesRead");
static_assert(offsetof(IVMAccountantVtbl, get_DiskBytesWritten) == 10 * sizeof(void *), "get_DiskBytesWritten");
static_assert(offsetof(IVMAccountantVtbl, get_NetworkBytesReceived) == 11 * sizeof(void *), "get_NetworkBytesReceived");
static_assert(offsetof(IVMAccountantVtbl, get_NetworkBytesSent) == 12 * sizeof(void *), "get_NetworkBytesSent");
static_assert(offsetof(IVMAccountantVtbl, get_UpTime) == 13 * sizeof(void *), "get_UpTime");
static_assert(sizeof(IVMAccountantVtbl) == 14 * sizeof(void *), "IVMAccountant");

static_assert(offsetof(IVMTaskVtbl, WaitForCompletion) == 7 * sizeof(void *), "WaitForCompletion");
static_assert(offsetof(IVMTaskVtbl, Cancel) == 8 * sizeof(void *), "Cancel");
static_assert(offsetof(IVMTaskVtbl, get_PercentCompleted) == 9 * sizeof(void *), "get_PercentCompleted");
static_assert(offsetof(IVMTaskVtbl, get_Description) == 10 * sizeof(void *), "get_Description");
static_assert(offsetof(IVMTaskVtbl, get_Result) == 11 * sizeof(void *), "get_Result");
static_assert(offsetof(IVMTaskVtbl, get_IsCancelable) == 12 * sizeof(void *), "get_IsCancelable");
static_assert(offsetof(IVMTaskVtbl, get_ID) == 13 * sizeof(void *), "get_ID");
static_assert(offsetof(IVMTaskVtbl, get_IsComplete) == 14 * sizeof(void *), "get_IsComplete");
static_assert(offsetof(IVMTaskVtbl, get_Error) == 15 * sizeof(void *), "get_Error");
static_assert(offsetof(IVMTaskVtbl, get_ErrorDescription) == 16 * sizeof(void *), "get_ErrorDescription");
static_assert(sizeof(IVMTaskVtbl) == 17 * sizeof(void *), "IVMTask");

static_assert(offsetof(IVMTaskCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMTaskCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMTaskCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMTaskCollectionVtbl) == 10 * sizeof(void *), "IVMTaskCollection");

static_assert(offsetof(IVMVirtualPCVtbl, get_HostInfo) == 7 * sizeof(void *), "get_HostInfo");
static_assert(offsetof(IVMVirtualPCVtbl, FindVirtualMachine) == 8 * sizeof(void *), "FindVirtualMachine");
static_assert(offsetof(IVMVirtualPCVtbl, CreateVirtualMachine) == 9 * sizeof(void *), "CreateVirtualMachine");
static_assert(offsetof(IVMVirtualPCVtbl, DeleteVirtualMachine) == 10 * sizeof(void *), "DeleteVirtualMachine");
static_assert(offsetof(IVMVirtualPCVtbl, RegisterVirtualMachine) == 11 * sizeof(void *), "RegisterVirtualMachine");
static_assert(offsetof(IVMVirtualPCVtbl, UnregisterVirtualMachine) == 12 * sizeof(void *), "UnregisterVirtualMachine");
static_assert(offsetof(IVMVirtualPCVtbl, get_VirtualMachines) == 13 * sizeof(void *), "get_VirtualMachines");
static_assert(offsetof(IVMVirtualPCVtbl, FindVirtualNetwork) == 14 * sizeof(void *), "FindVirtualNetwork");
static_assert(offsetof(IVMVirtualPCVtbl, get_VirtualNetworks) == 15 * sizeof(void *), "get_VirtualNetworks");
static_assert(offsetof(IVMVirtualPCVtbl, get_UnconnectedNetworkAdapters) == 16 * sizeof(void *),
              "get_UnconnectedNetworkAdapters");
static_assert(offsetof(IVMVirtualPCVtbl, get_SupportDrivers) == 17 * sizeof(void *), "get_SupportDrivers");
static_assert(offsetof(IVMVirtualPCVtbl, get_Tasks) == 18 * sizeof(void *), "get_Tasks");
static_assert(offsetof(IVMVirtualPCVtbl, CreateDynamicVirtualHardDisk) == 19 * sizeof(void *),
              "CreateDynamicVirtualHardDisk");
static_assert(offsetof(IVMVirtualPCVtbl, CreateFixedVirtualHardDisk) == 20 * sizeof(void *),
              "CreateFixedVirtualHardDisk");
static_assert(offsetof(IVMVirtualPCVtbl, CreateDifferencingVirtualHardDisk) == 21 * sizeof(void *),
              "CreateDifferencingVirtualHardDisk");
static_assert(offsetof(IVMVirtualPCVtbl, GetHardDisk) == 22 * sizeof(void *), "GetHardDisk");
static_assert(offsetof(IVMVirtualPCVtbl, CreateFloppyDiskImage) == 23 * sizeof(void *), "CreateFloppyDiskImage");
static_assert(offsetof(IVMVirtualPCVtbl, GetFloppyDiskImageType) == 24 * sizeof(void *), "GetFloppyDiskImageType");
static_assert(offsetof(IVMVirtualPCVtbl, GetConfigurationValue) == 25 * sizeof(void *), "GetConfigurationValue");
static_assert(offsetof(IVMVirtualPCVtbl, SetConfigurationValue) == 26 * sizeof(void *), "SetConfigurationValue");
static_assert(offsetof(IVMVirtualPCVtbl, RemoveConfigurationValue) == 27 * sizeof(void *), "RemoveConfigurationValue");
static_assert(offsetof(IVMVirtualPCVtbl, get_MinimumMemoryPerVM) == 28 * sizeof(void *), "get_MinimumMemoryPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_MaximumMemoryPerVM) == 29 * sizeof(void *), "get_MaximumMemoryPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_SuggestedMaximumMemoryPerVM) == 30 * sizeof(void *),
              "get_SuggestedMaximumMemoryPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_MaximumFloppyDrivesPerVM) == 31 * sizeof(void *),
              "get_MaximumFloppyDrivesPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_MaximumSerialPortsPerVM) == 32 * sizeof(void *),
              "get_MaximumSerialPortsPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_MaximumParallelPortsPerVM) == 33 * sizeof(void *),
              "get_MaximumParallelPortsPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_MaximumNetworkAdaptersPerVM) == 34 * sizeof(void *),
              "get_MaximumNetworkAdaptersPerVM");
static_assert(offsetof(IVMVirtualPCVtbl, get_MaximumNumberOfIDEBuses) == 35 * sizeof(void *),
              "get_MaximumNumberOfIDEBuses");
static_assert(offsetof(IVMVirtualPCVtbl, get_DefaultVMConfigurationPath) == 36 * sizeof(void *),
              "get_DefaultVMConfigurationPath");
static_assert(offsetof(IVMVirtualPCVtbl, put_DefaultVMConfigurationPath) == 37 * sizeof(void *),
              "put_DefaultVMConfigurationPath");
static_assert(offsetof(IVMVirtualPCVtbl, get_SearchPaths) == 38 * sizeof(void *), "get_SearchPaths");
static_assert(offsetof(IVMVirtualPCVtbl, put_SearchPaths) == 39 * sizeof(void *), "put_SearchPaths");
static_assert(offsetof(IVMVirtualPCVtbl, GetHardDiskFiles) == 40 * sizeof(void *), "GetHardDiskFiles");
static_assert(offsetof(IVMVirtualPCVtbl, GetVirtualMachineFiles) == 41 * sizeof(void *), "GetVirtualMachineFiles");
static_assert(offsetof(IVMVirtualPCVtbl, GetFloppyDiskFiles) == 42 * sizeof(void *), "GetFloppyDiskFiles");
static_assert(offsetof(IVMVirtualPCVtbl, GetDVDFiles) == 43 * sizeof(void *), "GetDVDFiles");
static_assert(offsetof(IVMVirtualPCVtbl, get_USBDeviceCollection) == 44 * sizeof(void *), "get_USBDeviceCollection");
static_assert(offsetof(IVMVirtualPCVtbl, get_Name) == 45 * sizeof(void *), "get_Name");
static_assert(offsetof(IVMVirtualPCVtbl, get_Version) == 46 * sizeof(void *), "get_Version");
static_assert(offsetof(IVMVirtualPCVtbl, get_UpTime) == 47 * sizeof(void *), "get_UpTime");
static_assert(sizeof(IVMVirtualPCVtbl) == 48 * sizeof(void *), "IVMVirtualPC");

static_assert(offsetof(IVMHostInfoVtbl, get_LogicalProcessorCount) == 7 * sizeof(void *), "get_LogicalProcessorCount");
static_assert(offsetof(IVMHostInfoVtbl, get_PhysicalProcessorCount) == 8 * sizeof(void *),
              "get_PhysicalProcessorCount");
static_assert(offsetof(IVMHostInfoVtbl, get_ProcessorSpeed) == 9 * sizeof(void *), "get_ProcessorSpeed");
static_assert(offsetof(IVMHostInfoVtbl, get_ProcessorSpeedString) == 10 * sizeof(void *), "get_ProcessorSpeedString");
static_assert(offsetof(IVMHostInfoVtbl, get_ProcessorManufacturerString) == 11 * sizeof(void *),
              "get_ProcessorManufacturerString");
static_assert(offsetof(IVMHostInfoVtbl, get_ProcessorVersionString) == 12 * sizeof(void *),
              "get_ProcessorVersionString");
static_assert(offsetof(IVMHostInfoVtbl, get_ProcessorFeaturesString) == 13 * sizeof(void *),
              "get_ProcessorFeaturesString");
static_assert(offsetof(IVMHostInfoVtbl, get_MMX) == 14 * sizeof(void *), "get_MMX");
static_assert(offsetof(IVMHostInfoVtbl, get_SSE) == 15 * sizeof(void *), "get_SSE");
static_assert(offsetof(IVMHostInfoVtbl, get_SSE2) == 16 * sizeof(void *), "get_SSE2");
static_assert(offsetof(IVMHostInfoVtbl, get_ThreeDNow) == 17 * sizeof(void *), "get_ThreeDNow");
static_assert(offsetof(IVMHostInfoVtbl, get_Memory) == 18 * sizeof(void *), "get_Memory");
static_assert(offsetof(IVMHostInfoVtbl, get_MemoryTotalString) == 19 * sizeof(void *), "get_MemoryTotalString");
static_assert(offsetof(IVMHostInfoVtbl, get_MemoryAvail) == 20 * sizeof(void *), "get_MemoryAvail");
static_assert(offsetof(IVMHostInfoVtbl, get_MemoryAvailString) == 21 * sizeof(void *), "get_MemoryAvailString");
static_assert(offsetof(IVMHostInfoVtbl, get_OperatingSystem) == 22 * sizeof(void *), "get_OperatingSystem");
static_assert(offsetof(IVMHostInfoVtbl, get_OSVersionString) == 23 * sizeof(void *), "get_OSVersionString");
static_assert(offsetof(IVMHostInfoVtbl, get_OSMajorVersion) == 24 * sizeof(void *), "get_OSMajorVersion");
static_assert(offsetof(IVMHostInfoVtbl, get_OSMinorVersion) == 25 * sizeof(void *), "get_OSMinorVersion");
static_assert(offsetof(IVMHostInfoVtbl, get_OSServicePackString) == 26 * sizeof(void *), "get_OSServicePackString");
static_assert(offsetof(IVMHostInfoVtbl, get_NetworkAdapters) == 27 * sizeof(void *), "get_NetworkAdapters");
static_assert(offsetof(IVMHostInfoVtbl, get_NetworkAddresses) == 28 * sizeof(void *), "get_NetworkAddresses");
static_assert(offsetof(IVMHostInfoVtbl, get_DVDDrives) == 29 * sizeof(void *), "get_DVDDrives");
static_assert(offsetof(IVMHostInfoVtbl, get_FloppyDrives) == 30 * sizeof(void *), "get_FloppyDrives");
static_assert(offsetof(IVMHostInfoVtbl, get_SerialPorts) == 31 * sizeof(void *), "get_SerialPorts");
static_assert(offsetof(IVMHostInfoVtbl, get_ParallelPort) == 32 * sizeof(void *), "get_ParallelPort");
static_assert(offsetof(IVMHostInfoVtbl, get_UTCTime) == 33 * sizeof(void *), "get_UTCTime");
static_assert(sizeof(IVMHostInfoVtbl) == 34 * sizeof(void *), "IVMHostInfo");

static_assert(offsetof(IVMSupportDriverVtbl, get_Type) == 7 * sizeof(void *), "get_Type");
static_assert(offsetof(IVMSupportDriverVtbl, get_Description) == 8 * sizeof(void *), "get_Description");
static_assert(offsetof(IVMSupportDriverVtbl, get_Manufacturer) == 9 * sizeof(void *), "get_Manufacturer");
static_assert(offsetof(IVMSupportDriverVtbl, get_Provider) == 10 * sizeof(void *), "get_Provider");
static_assert(offsetof(IVMSupportDriverVtbl, get_Version) == 11 * sizeof(void *), "get_Version");
static_assert(offsetof(IVMSupportDriverVtbl, get_Date) == 12 * sizeof(void *), "get_Date");
static_assert(sizeof(IVMSupportDriverVtbl) == 13 * sizeof(void *), "IVMSupportDriver");

static_assert(offsetof(IVMSupportDriverCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMSupportDriverCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMSupportDriverCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMSupportDriverCollectionVtbl) == 10 * sizeof(void *), "IVMSupportDriverCollection");

static_assert(offsetof(IVMNetworkAdapterVtbl, _ID) == 7 * sizeof(void *), "_ID");
static_assert(offsetof(IVMNetworkAdapterVtbl, get_VirtualMachine) == 8 * sizeof(void *), "get_VirtualMachine");
static_assert(offsetof(IVMNetworkAdapterVtbl, AttachToVirtualNetwork) == 9 * sizeof(void *), "AttachToVirtualNetwork");
static_assert(offsetof(IVMNetworkAdapterVtbl, DetachFromVirtualNetwork) == 10 * sizeof(void *),
              "DetachFromVirtualNetwork");
static_assert(offsetof(IVMNetworkAdapterVtbl, get_VirtualNetwork) == 11 * sizeof(void *), "get_VirtualNetwork");
static_assert(offsetof(IVMNetworkAdapterVtbl, get_EthernetAddress) == 12 * sizeof(void *), "get_EthernetAddress");
static_assert(offsetof(IVMNetworkAdapterVtbl, put_EthernetAddress) == 13 * sizeof(void *), "put_EthernetAddress");
static_assert(offsetof(IVMNetworkAdapterVtbl, get_IsEthernetAddressDynamic) == 14 * sizeof(void *),
              "get_IsEthernetAddressDynamic");
static_assert(offsetof(IVMNetworkAdapterVtbl, put_IsEthernetAddressDynamic) == 15 * sizeof(void *),
              "put_IsEthernetAddressDynamic");
static_assert(sizeof(IVMNetworkAdapterVtbl) == 16 * sizeof(void *), "IVMNetworkAdapter");

static_assert(offsetof(IVMNetworkAdapterCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMNetworkAdapterCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMNetworkAdapterCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMNetworkAdapterCollectionVtbl) == 10 * sizeof(void *), "IVMNetworkAdapterCollection");

static_assert(offsetof(IVMVirtualNetworkVtbl, _ID) == 7 * sizeof(void *), "_ID");
static_assert(offsetof(IVMVirtualNetworkVtbl, get_Name) == 8 * sizeof(void *), "get_Name");
static_assert(offsetof(IVMVirtualNetworkVtbl, get_MediaType) == 9 * sizeof(void *), "get_MediaType");
static_assert(offsetof(IVMVirtualNetworkVtbl, get_HostAdapter) == 10 * sizeof(void *), "get_HostAdapter");
static_assert(offsetof(IVMVirtualNetworkVtbl, get_NetworkAdapters) == 11 * sizeof(void *), "get_NetworkAdapters");
static_assert(sizeof(IVMVirtualNetworkVtbl) == 12 * sizeof(void *), "IVMVirtualNetwork");

static_assert(offsetof(IVMVirtualNetworkCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMVirtualNetworkCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMVirtualNetworkCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMVirtualNetworkCollectionVtbl) == 10 * sizeof(void *), "IVMVirtualNetworkCollection");

static_assert(offsetof(IVMHardDiskVtbl, Merge) == 7 * sizeof(void *), "Merge");
static_assert(offsetof(IVMHardDiskVtbl, MergeTo) == 8 * sizeof(void *), "MergeTo");
static_assert(offsetof(IVMHardDiskVtbl, Compact) == 9 * sizeof(void *), "Compact");
static_assert(offsetof(IVMHardDiskVtbl, Convert) == 10 * sizeof(void *), "Convert");
static_assert(offsetof(IVMHardDiskVtbl, get_File) == 11 * sizeof(void *), "get_File");
static_assert(offsetof(IVMHardDiskVtbl, get_Type) == 12 * sizeof(void *), "get_Type");
static_assert(offsetof(IVMHardDiskVtbl, get_SizeInGuest) == 13 * sizeof(void *), "get_SizeInGuest");
static_assert(offsetof(IVMHardDiskVtbl, get_SizeOnHost) == 14 * sizeof(void *), "get_SizeOnHost");
static_assert(offsetof(IVMHardDiskVtbl, get_HostFreeDiskSpace) == 15 * sizeof(void *), "get_HostFreeDiskSpace");
static_assert(offsetof(IVMHardDiskVtbl, get_Parent) == 16 * sizeof(void *), "get_Parent");
static_assert(offsetof(IVMHardDiskVtbl, put_Parent) == 17 * sizeof(void *), "put_Parent");
static_assert(sizeof(IVMHardDiskVtbl) == 18 * sizeof(void *), "IVMHardDisk");

static_assert(offsetof(IVMHardDiskConnectionVtbl, get_HardDisk) == 7 * sizeof(void *), "get_HardDisk");
static_assert(offsetof(IVMHardDiskConnectionVtbl, get_UndoHardDisk) == 8 * sizeof(void *), "get_UndoHardDisk");
static_assert(offsetof(IVMHardDiskConnectionVtbl, SetBusLocation) == 9 * sizeof(void *), "SetBusLocation");
static_assert(offsetof(IVMHardDiskConnectionVtbl, get_BusNumber) == 10 * sizeof(void *), "get_BusNumber");
static_assert(offsetof(IVMHardDiskConnectionVtbl, get_DeviceNumber) == 11 * sizeof(void *), "get_DeviceNumber");
static_assert(sizeof(IVMHardDiskConnectionVtbl) == 12 * sizeof(void *), "IVMHardDiskConnection");

static_assert(offsetof(IVMHardDiskConnectionCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMHardDiskConnectionCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMHardDiskConnectionCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMHardDiskConnectionCollectionVtbl) == 10 * sizeof(void *), "IVMHardDiskConnectionCollection");

static_assert(offsetof(IVMDVDDriveVtbl, SetBusLocation) == 7 * sizeof(void *), "SetBusLocation");
static_assert(offsetof(IVMDVDDriveVtbl, get_BusNumber) == 8 * sizeof(void *), "get_BusNumber");
static_assert(offsetof(IVMDVDDriveVtbl, get_DeviceNumber) == 9 * sizeof(void *), "get_DeviceNumber");
static_assert(offsetof(IVMDVDDriveVtbl, AttachImage) == 10 * sizeof(void *), "AttachImage");
static_assert(offsetof(IVMDVDDriveVtbl, ReleaseImage) == 11 * sizeof(void *), "ReleaseImage");
static_assert(offsetof(IVMDVDDriveVtbl, get_ImageFile) == 12 * sizeof(void *), "get_ImageFile");
static_assert(offsetof(IVMDVDDriveVtbl, AttachHostDrive) == 13 * sizeof(void *), "AttachHostDrive");
static_assert(offsetof(IVMDVDDriveVtbl, ReleaseHostDrive) == 14 * sizeof(void *), "ReleaseHostDrive");
static_assert(offsetof(IVMDVDDriveVtbl, get_HostDriveLetter) == 15 * sizeof(void *), "get_HostDriveLetter");
static_assert(offsetof(IVMDVDDriveVtbl, get_Attachment) == 16 * sizeof(void *), "get_Attachment");
static_assert(sizeof(IVMDVDDriveVtbl) == 17 * sizeof(void *), "IVMDVDDrive");

static_assert(offsetof(IVMDVDDriveCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMDVDDriveCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMDVDDriveCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMDVDDriveCollectionVtbl) == 10 * sizeof(void *), "IVMDVDDriveCollection");

static_assert(offsetof(IVMFloppyDriveVtbl, AttachImage) == 7 * sizeof(void *), "AttachImage");
static_assert(offsetof(IVMFloppyDriveVtbl, ReleaseImage) == 8 * sizeof(void *), "ReleaseImage");
static_assert(offsetof(IVMFloppyDriveVtbl, get_ImageFile) == 9 * sizeof(void *), "get_ImageFile");
static_assert(offsetof(IVMFloppyDriveVtbl, AttachHostDrive) == 10 * sizeof(void *), "AttachHostDrive");
static_assert(offsetof(IVMFloppyDriveVtbl, ReleaseHostDrive) == 11 * sizeof(void *), "ReleaseHostDrive");
static_assert(offsetof(IVMFloppyDriveVtbl, get_HostDriveLetter) == 12 * sizeof(void *), "get_HostDriveLetter");
static_assert(offsetof(IVMFloppyDriveVtbl, get_DriveNumber) == 13 * sizeof(void *), "get_DriveNumber");
static_assert(offsetof(IVMFloppyDriveVtbl, get_Attachment) == 14 * sizeof(void *), "get_Attachment");
static_assert(sizeof(IVMFloppyDriveVtbl) == 15 * sizeof(void *), "IVMFloppyDrive");

static_assert(offsetof(IVMFloppyDriveCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMFloppyDriveCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMFloppyDriveCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMFloppyDriveCollectionVtbl) == 10 * sizeof(void *), "IVMFloppyDriveCollection");

static_assert(offsetof(IVMParallelPortVtbl, _ID) == 7 * sizeof(void *), "_ID");
static_assert(offsetof(IVMParallelPortVtbl, get_Name) == 8 * sizeof(void *), "get_Name");
static_assert(offsetof(IVMParallelPortVtbl, put_Name) == 9 * sizeof(void *), "put_Name");
static_assert(sizeof(IVMParallelPortVtbl) == 10 * sizeof(void *), "IVMParallelPort");

static_assert(offsetof(IVMParallelPortCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMParallelPortCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMParallelPortCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMParallelPortCollectionVtbl) == 10 * sizeof(void *), "IVMParallelPortCollection");

static_assert(offsetof(IVMSerialPortVtbl, Configure) == 7 * sizeof(void *), "Configure");
static_assert(offsetof(IVMSerialPortVtbl, _ID) == 8 * sizeof(void *), "_ID");
static_assert(offsetof(IVMSerialPortVtbl, get_Type) == 9 * sizeof(void *), "get_Type");
static_assert(offsetof(IVMSerialPortVtbl, get_Name) == 10 * sizeof(void *), "get_Name");
static_assert(offsetof(IVMSerialPortVtbl, get_ConnectImmediately) == 11 * sizeof(void *), "get_ConnectImmediately");
static_assert(sizeof(IVMSerialPortVtbl) == 12 * sizeof(void *), "IVMSerialPort");

static_assert(offsetof(IVMSerialPortCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMSerialPortCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMSerialPortCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMSerialPortCollectionVtbl) == 10 * sizeof(void *), "IVMSerialPortCollection");

static_assert(offsetof(IVMUSBDeviceVtbl, get_DeviceString) == 7 * sizeof(void *), "get_DeviceString");
static_assert(offsetof(IVMUSBDeviceVtbl, get_ManufacturerString) == 8 * sizeof(void *), "get_ManufacturerString");
static_assert(offsetof(IVMUSBDeviceVtbl, get_AttachedToVM) == 9 * sizeof(void *), "get_AttachedToVM");
static_assert(offsetof(IVMUSBDeviceVtbl, get_HubID) == 10 * sizeof(void *), "get_HubID");
static_assert(offsetof(IVMUSBDeviceVtbl, get_Port) == 11 * sizeof(void *), "get_Port");
static_assert(offsetof(IVMUSBDeviceVtbl, get_DeviceClass) == 12 * sizeof(void *), "get_DeviceClass");
static_assert(sizeof(IVMUSBDeviceVtbl) == 13 * sizeof(void *), "IVMUSBDevice");

static_assert(offsetof(IVMUSBDeviceCollectionVtbl, get_Count) == 7 * sizeof(void *), "get_Count");
static_assert(offsetof(IVMUSBDeviceCollectionVtbl, get_Item) == 8 * sizeof(void *), "get_Item");
static_assert(offsetof(IVMUSBDeviceCollectionVtbl, get__NewEnum) == 9 * sizeof(void *), "get__NewEnum");
static_assert(sizeof(IVMUSBDeviceCollectionVtbl) == 10 * sizeof(void *), "IVMUSBDeviceCollection");

static_assert(offsetof(IVMGuestOSVtbl, InstallIntegrationComponents) == 7 * sizeof(void *),
              "InstallIntegrationComponents");
static_assert(offsetof(IVMGuestOSVtbl, SetParameter) == 8 * sizeof(void *), "SetParameter");
static_assert(offsetof(IVMGuestOSVtbl, Shutdown) == 9 * sizeof(void *), "Shutdown");
static_assert(offsetof(IVMGuestOSVtbl, Restart) == 10 * sizeof(void *), "Restart");
static_assert(offsetof(IVMGuestOSVtbl, Logoff) == 11 * sizeof(void *), "Logoff");
static_assert(offsetof(IVMGuestOSVtbl, GetOsVersionInfo) == 12 * sizeof(void *), "GetOsVersionInfo");
static_assert(offsetof(IVMGuestOSVtbl, get_IsHostTimeSyncEnabled) == 13 * sizeof(void *), "get_IsHostTimeSyncEnabled");
static_assert(offsetof(IVMGuestOSVtbl, put_IsHostTimeSyncEnabled) == 14 * sizeof(void *), "put_IsHostTimeSyncEnabled");
static_assert(offsetof(IVMGuestOSVtbl, get_HeartbeatPercentage) == 15 * sizeof(void *), "get_HeartbeatPercentage");
static_assert(offsetof(IVMGuestOSVtbl, get_IsHeartbeating) == 16 * sizeof(void *), "get_IsHeartbeating");
static_assert(offsetof(IVMGuestOSVtbl, get_OSName) == 17 * sizeof(void *), "get_OSName");
static_assert(offsetof(IVMGuestOSVtbl, get_IntegrationComponentsVersion) == 18 * sizeof(void *),
              "get_IntegrationComponentsVersion");
static_assert(offsetof(IVMGuestOSVtbl, get_CanShutdown) == 19 * sizeof(void *), "get_CanShutdown");
static_assert(offsetof(IVMGuestOSVtbl, get_TerminalServicesInitialized) == 20 * sizeof(void *),
              "get_TerminalServicesInitialized");
static_assert(offsetof(IVMGuestOSVtbl, get_MultipleUserSessionsAllowed) == 21 * sizeof(void *),
              "get_MultipleUserSessionsAllowed");
static_assert(offsetof(IVMGuestOSVtbl, get_TerminalServerPort) == 22 * sizeof(void *), "get_TerminalServerPort");
static_assert(offsetof(IVMGuestOSVtbl, get_OSMajorVersion) == 23 * sizeof(void *), "get_OSMajorVersion");
static_assert(offsetof(IVMGuestOSVtbl, get_OSMinorVersion) == 24 * sizeof(void *), "get_OSMinorVersion");
static_assert(offsetof(IVMGuestOSVtbl, get_OSBuildNumber) == 25 * sizeof(void *), "get_OSBuildNumber");
static_assert(offsetof(IVMGuestOSVtbl, get_OSVersion) == 26 * sizeof(void *), "get_OSVersion");
static_assert(offsetof(IVMGuestOSVtbl, get_OSPlatformId) == 27 * sizeof(void *), "get_OSPlatformId");
static_assert(offsetof(IVMGuestOSVtbl, get_CSDVersion) == 28 * sizeof(void *), "get_CSDVersion");
static_assert(offsetof(IVMGuestOSVtbl, get_ServicePackMajor) == 29 * sizeof(void *), "get_ServicePackMajor");
static_assert(offsetof(IVMGuestOSVtbl, get_ServicePackMinor) == 30 * sizeof(void *), "get_ServicePackMinor");
static_assert(offsetof(IVMGuestOSVtbl, get_SuiteMask) == 31 * sizeof(void *), "get_SuiteMask");
static_assert(offsetof(IVMGuestOSVtbl, get_ProductType) == 32 * sizeof(void *), "get_ProductType");
static_assert(offsetof(IVMGuestOSVtbl, GetParameter) == 33 * sizeof(void *), "GetParameter");
static_assert(offsetof(IVMGuestOSVtbl, get_ComputerName) == 34 * sizeof(void *), "get_ComputerName");
static_assert(offsetof(IVMGuestOSVtbl, get_ScreenLocked) == 35 * sizeof(void *), "get_ScreenLocked");
static_assert(offsetof(IVMGuestOSVtbl, IsUserLoggedOn) == 36 * sizeof(void *), "IsUserLoggedOn");
static_assert(sizeof(IVMGuestOSVtbl) == 37 * sizeof(void *), "IVMGuestOS");

static_assert(offsetof(IVMDisplayVtbl, SetDimensions) == 7 * sizeof(void *), "SetDimensions");
static_assert(offsetof(IVMDisplayVtbl, get_Width) == 8 * sizeof(void *), "get_Width");
static_assert(offsetof(IVMDisplayVtbl, get_Height) == 9 * sizeof(void *), "get_Height");
static_assert(offsetof(IVMDisplayVtbl, get_CanResize) == 10 * sizeof(void *), "get_CanResize");
static_assert(offsetof(IVMDisplayVtbl, get_VideoMode) == 11 * sizeof(void *), "get_VideoMode");
static_assert(offsetof(IVMDisplayVtbl, _GenerateThumbnail) == 12 * sizeof(void *), "_GenerateThumbnail");
static_assert(offsetof(IVMDisplayVtbl, get_Thumbnail) == 13 * sizeof(void *), "get_Thumbnail");
static_assert(sizeof(IVMDisplayVtbl) == 14 * sizeof(void *), "IVMDisplay");

static_assert(offsetof(IVMKeyboardVtbl, PressKey) == 7 * sizeof(void *), "PressKey");
static_assert(offsetof(IVMKeyboardVtbl, ReleaseKey) == 8 * sizeof(void *), "ReleaseKey");
static_assert(offsetof(IVMKeyboardVtbl, PressAndReleaseKey) == 9 * sizeof(void *), "PressAndReleaseKey");
static_assert(offsetof(IVMKeyboardVtbl, IsPressed) == 10 * sizeof(void *), "IsPressed");
static_assert(offsetof(IVMKeyboardVtbl, TypeAsciiText) == 11 * sizeof(void *), "TypeAsciiText");
static_assert(offsetof(IVMKeyboardVtbl, TypeKeySequence) == 12 * sizeof(void *), "TypeKeySequence");
static_assert(offsetof(IVMKeyboardVtbl, get_HasExclusiveAccess) == 13 * sizeof(void *), "get_HasExclusiveAccess");
static_assert(offsetof(IVMKeyboardVtbl, put_HasExclusiveAccess) == 14 * sizeof(void *), "put_HasExclusiveAccess");
static_assert(sizeof(IVMKeyboardVtbl) == 15 * sizeof(void *), "IVMKeyboard");

static_assert(offsetof(IVMMouseVtbl, GetButton) == 7 * sizeof(void *), "GetButton");
static_assert(offsetof(IVMMouseVtbl, SetButton) == 8 * sizeof(void *), "SetButton");
static_assert(offsetof(IVMMouseVtbl, Click) == 9 * sizeof(void *), "Click");
static_assert(offsetof(IVMMouseVtbl, get_HorizontalPosition) == 10 * sizeof(void *), "get_HorizontalPosition");
static_assert(offsetof(IVMMouseVtbl, put_HorizontalPosition) == 11 * sizeof(void *), "put_HorizontalPosition");
static_assert(offsetof(IVMMouseVtbl, get_VerticalPosition) == 12 * sizeof(void *), "get_VerticalPosition");
static_assert(offsetof(IVMMouseVtbl, put_VerticalPosition) == 13 * sizeof(void *), "put_VerticalPosition");
static_assert(offsetof(IVMMouseVtbl, put_ScrollWheelPosition) == 14 * sizeof(void *), "put_ScrollWheelPosition");
static_assert(offsetof(IVMMouseVtbl, get_UsingAbsoluteCoordinates) == 15 * sizeof(void *),
              "get_UsingAbsoluteCoordinates");
static_assert(offsetof(IVMMouseVtbl, put_UsingAbsoluteCoordinates) == 16 * sizeof(void *),
              "put_UsingAbsoluteCoordinates");
static_assert(sizeof(IVMMouseVtbl) == 17 * sizeof(void *), "IVMMouse");
