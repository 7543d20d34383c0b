/* Structure, error codes and enumerations of the generated header. Nothing here runs; a wrong value does not compile.
 */
#include "VPCCOMInterfaces.h"
#include <assert.h>
#include <stddef.h>

static_assert(sizeof(GUESTOSVERSIONINFOEX) == 284, "GUESTOSVERSIONINFOEX");
static_assert(offsetof(GUESTOSVERSIONINFOEX, dwOSVersionInfoSize) == 0, "dwOSVersionInfoSize");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->dwOSVersionInfoSize) == 4, "dwOSVersionInfoSize");
static_assert(offsetof(GUESTOSVERSIONINFOEX, dwMajorVersion) == 4, "dwMajorVersion");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->dwMajorVersion) == 4, "dwMajorVersion");
static_assert(offsetof(GUESTOSVERSIONINFOEX, dwMinorVersion) == 8, "dwMinorVersion");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->dwMinorVersion) == 4, "dwMinorVersion");
static_assert(offsetof(GUESTOSVERSIONINFOEX, dwBuildNumber) == 12, "dwBuildNumber");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->dwBuildNumber) == 4, "dwBuildNumber");
static_assert(offsetof(GUESTOSVERSIONINFOEX, dwPlatformId) == 16, "dwPlatformId");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->dwPlatformId) == 4, "dwPlatformId");
static_assert(offsetof(GUESTOSVERSIONINFOEX, szCSDVersion) == 20, "szCSDVersion");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->szCSDVersion) == 256, "szCSDVersion");
static_assert(offsetof(GUESTOSVERSIONINFOEX, wServicePackMajor) == 276, "wServicePackMajor");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->wServicePackMajor) == 2, "wServicePackMajor");
static_assert(offsetof(GUESTOSVERSIONINFOEX, wServicePackMinor) == 278, "wServicePackMinor");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->wServicePackMinor) == 2, "wServicePackMinor");
static_assert(offsetof(GUESTOSVERSIONINFOEX, wSuiteMask) == 280, "wSuiteMask");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->wSuiteMask) == 2, "wSuiteMask");
static_assert(offsetof(GUESTOSVERSIONINFOEX, wProductType) == 282, "wProductType");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->wProductType) == 1, "wProductType");
static_assert(offsetof(GUESTOSVERSIONINFOEX, wReserved) == 283, "wReserved");
static_assert(sizeof(((GUESTOSVERSIONINFOEX *)0)->wReserved) == 1, "wReserved");

static_assert(VM_E_TIMED_OUT == (HRESULT)0xA0040202, "VM_E_TIMED_OUT");
static_assert(VM_E_OUT_OF_RESOURCE == (HRESULT)0xA0040203, "VM_E_OUT_OF_RESOURCE");
static_assert(VM_E_TOO_MANY_VMS == (HRESULT)0xA0040204, "VM_E_TOO_MANY_VMS");
static_assert(VM_E_VM_NOT_RUNNING == (HRESULT)0xA0040206, "VM_E_VM_NOT_RUNNING");
static_assert(VM_E_VM_UNKNOWN == (HRESULT)0xA0040207, "VM_E_VM_UNKNOWN");
static_assert(VM_E_OUT_OF_RESERVE == (HRESULT)0xA0040208, "VM_E_OUT_OF_RESERVE");
static_assert(VM_E_APP_SHUTTING_DOWN == (HRESULT)0xA0040209, "VM_E_APP_SHUTTING_DOWN");
static_assert(VM_E_SCRIPT_ALREADY_EXISTS == (HRESULT)0xA004020A, "VM_E_SCRIPT_ALREADY_EXISTS");
static_assert(VM_E_VM_RUNNING_OR_SAVED == (HRESULT)0xA004020B, "VM_E_VM_RUNNING_OR_SAVED");
static_assert(VM_E_PREF_NOT_FOUND == (HRESULT)0xA0040300, "VM_E_PREF_NOT_FOUND");
static_assert(VM_E_PREF_ILLEGAL_VALUE == (HRESULT)0xA0040301, "VM_E_PREF_ILLEGAL_VALUE");
static_assert(VM_E_PREF_VM_ACTIVE == (HRESULT)0xA0040302, "VM_E_PREF_VM_ACTIVE");
static_assert(VM_E_PREF_CONFIG_UPDATED_VM_ACTIVE == (HRESULT)0xA0040303, "VM_E_PREF_CONFIG_UPDATED_VM_ACTIVE");
static_assert(VM_E_PREF_UNLOADABLE_ACTIVATION == (HRESULT)0xA0040306, "VM_E_PREF_UNLOADABLE_ACTIVATION");
static_assert(VM_E_PREF_SAVED_STATE_BAD_VERSION == (HRESULT)0xA0040307, "VM_E_PREF_SAVED_STATE_BAD_VERSION");
static_assert(VM_E_PREF_SAVED_STATE_ACCESS_DENIED == (HRESULT)0xA0040308, "VM_E_PREF_SAVED_STATE_ACCESS_DENIED");
static_assert(VM_E_CONFIG_NO_NAME == (HRESULT)0xA0040400, "VM_E_CONFIG_NO_NAME");
static_assert(VM_E_CONFIG_NAME_TOO_LONG == (HRESULT)0xA0040401, "VM_E_CONFIG_NAME_TOO_LONG");
static_assert(VM_E_CONFIG_NAME_INVALID_CHAR == (HRESULT)0xA0040402, "VM_E_CONFIG_NAME_INVALID_CHAR");
static_assert(VM_E_CONFIG_DUPLICATE_NAME == (HRESULT)0xA0040403, "VM_E_CONFIG_DUPLICATE_NAME");
static_assert(VM_E_VM_RUNNING == (HRESULT)0xA0040500, "VM_E_VM_RUNNING");
static_assert(VM_E_VM_NO_SAVED_STATE == (HRESULT)0xA0040501, "VM_E_VM_NO_SAVED_STATE");
static_assert(VM_E_DRIVE_INVALID == (HRESULT)0xA0040502, "VM_E_DRIVE_INVALID");
static_assert(VM_E_DRIVE_BUS_LOC_IN_USE == (HRESULT)0xA0040503, "VM_E_DRIVE_BUS_LOC_IN_USE");
static_assert(VM_E_ADDITIONS_NOT_AVAIL == (HRESULT)0xA0040504, "VM_E_ADDITIONS_NOT_AVAIL");
static_assert(VM_E_ADDITIONS_FEATURE_NOT_AVAIL == (HRESULT)0xA0040505, "VM_E_ADDITIONS_FEATURE_NOT_AVAIL");
static_assert(VM_E_FOLDER_NOT_SHARED == (HRESULT)0xA0040506, "VM_E_FOLDER_NOT_SHARED");
static_assert(VM_E_VM_PAUSED == (HRESULT)0xA0040507, "VM_E_VM_PAUSED");
static_assert(VM_E_MEDIA_UNMOUNT_FAIL == (HRESULT)0xA0040508, "VM_E_MEDIA_UNMOUNT_FAIL");
static_assert(VM_E_IMAGE_CAPTURE_FAIL == (HRESULT)0xA0040650, "VM_E_IMAGE_CAPTURE_FAIL");
static_assert(VM_E_HOST_FLOPPY_CAPTURE_FAIL == (HRESULT)0xA0040651, "VM_E_HOST_FLOPPY_CAPTURE_FAIL");
static_assert(VM_E_NO_MEDIA_CAPTURED == (HRESULT)0xA0040652, "VM_E_NO_MEDIA_CAPTURED");
static_assert(VM_E_PARENT_PATH_NOT_FOUND == (HRESULT)0xA0040677, "VM_E_PARENT_PATH_NOT_FOUND");
static_assert(VM_E_FILE_TOO_LARGE_FOR_VOLUME == (HRESULT)0xA0040679, "VM_E_FILE_TOO_LARGE_FOR_VOLUME");
static_assert(VM_E_FILE_READ_ONLY == (HRESULT)0xA004067A, "VM_E_FILE_READ_ONLY");
static_assert(VM_E_WRONG_HD_IMAGE_TYPE == (HRESULT)0xA004067B, "VM_E_WRONG_HD_IMAGE_TYPE");
static_assert(VM_E_HD_IMAGE_OPEN_FAIL == (HRESULT)0xA004067C, "VM_E_HD_IMAGE_OPEN_FAIL");
static_assert(VM_E_HOST_DRIVE_NOT_FOUND == (HRESULT)0xA004067E, "VM_E_HOST_DRIVE_NOT_FOUND");
static_assert(VM_E_HD_IMAGE_ACCESS == (HRESULT)0xA0040681, "VM_E_HD_IMAGE_ACCESS");
static_assert(VM_E_INVALID_HD_FILE == (HRESULT)0xA0040682, "VM_E_INVALID_HD_FILE");
static_assert(VM_E_IMAGE_SIZE_TOO_LARGE == (HRESULT)0xA0040683, "VM_E_IMAGE_SIZE_TOO_LARGE");
static_assert(VM_E_IMAGE_SIZE_TOO_SMALL == (HRESULT)0xA0040684, "VM_E_IMAGE_SIZE_TOO_SMALL");
static_assert(VM_E_PARENT_CHILD_ID_MISMATCH == (HRESULT)0xA0040685, "VM_E_PARENT_CHILD_ID_MISMATCH");
static_assert(VM_E_UNSUPPORTED_HD_DISK_TYPE == (HRESULT)0xA0040686, "VM_E_UNSUPPORTED_HD_DISK_TYPE");
static_assert(VM_E_PARENT_MODIFIED == (HRESULT)0xA0040687, "VM_E_PARENT_MODIFIED");
static_assert(VM_E_ADAPTER_NOT_FOUND == (HRESULT)0xA0040700, "VM_E_ADAPTER_NOT_FOUND");
static_assert(VM_E_VIRTUAL_NETWORK_NAME_ALREADY_EXISTS == (HRESULT)0xA0040701,
              "VM_E_VIRTUAL_NETWORK_NAME_ALREADY_EXISTS");
static_assert(VM_E_INVALID_VIRTUAL_NETWORK_ID == (HRESULT)0xA0040702, "VM_E_INVALID_VIRTUAL_NETWORK_ID");
static_assert(VM_E_CANT_SET_ETHERNET_ADDRESS == (HRESULT)0xA0040703, "VM_E_CANT_SET_ETHERNET_ADDRESS");
static_assert(VM_E_INVALID_IP_ADDRESS == (HRESULT)0xA0040704, "VM_E_INVALID_IP_ADDRESS");
static_assert(VM_E_INVALID_NETWORK_ADDRESS == (HRESULT)0xA0040705, "VM_E_INVALID_NETWORK_ADDRESS");
static_assert(VM_E_INVALID_NETWORK_MASK == (HRESULT)0xA0040706, "VM_E_INVALID_NETWORK_MASK");
static_assert(VM_E_INVALID_STARTING_ADDRESS == (HRESULT)0xA0040707, "VM_E_INVALID_STARTING_ADDRESS");
static_assert(VM_E_INVALID_ENDING_ADDRESS == (HRESULT)0xA0040708, "VM_E_INVALID_ENDING_ADDRESS");
static_assert(VM_E_INVALID_ADDRESS_RANGE == (HRESULT)0xA0040709, "VM_E_INVALID_ADDRESS_RANGE");
static_assert(VM_E_CANT_SET_DYNAMIC_MAC_ADDRESS == (HRESULT)0xA004070A, "VM_E_CANT_SET_DYNAMIC_MAC_ADDRESS");
static_assert(VM_E_DRIVE_IN_USE == (HRESULT)0xA0040727, "VM_E_DRIVE_IN_USE");
static_assert(VM_E_MEDIA_WRONG_TYPE == (HRESULT)0xA0040728, "VM_E_MEDIA_WRONG_TYPE");
static_assert(VM_E_NO_LICENSE == (HRESULT)0xA0040750, "VM_E_NO_LICENSE");
static_assert(VM_E_INVALID_LICENSE == (HRESULT)0xA0040751, "VM_E_INVALID_LICENSE");
static_assert(VM_E_INVALID_LICENSE_KEY == (HRESULT)0xA0040752, "VM_E_INVALID_LICENSE_KEY");
static_assert(VM_E_INVALID_LICENSE_VALUE == (HRESULT)0xA0040753, "VM_E_INVALID_LICENSE_VALUE");
static_assert(VM_E_LICENSE_ACTIVE_VM_LIMIT == (HRESULT)0xA0040754, "VM_E_LICENSE_ACTIVE_VM_LIMIT");
static_assert(VM_E_LICENSE_HOST_MEMORY_LIMIT == (HRESULT)0xA0040755, "VM_E_LICENSE_HOST_MEMORY_LIMIT");
static_assert(VM_E_LICENSE_VM_MEMORY_LIMIT == (HRESULT)0xA0040756, "VM_E_LICENSE_VM_MEMORY_LIMIT");
static_assert(VM_E_NOT_A_TRIAL_VERSION == (HRESULT)0xA0040757, "VM_E_NOT_A_TRIAL_VERSION");
static_assert(VM_E_NON_ACTIVE_TRIAL == (HRESULT)0xA0040758, "VM_E_NON_ACTIVE_TRIAL");
static_assert(VM_E_MOUSE_NOT_ACTIVE == (HRESULT)0xA0040800, "VM_E_MOUSE_NOT_ACTIVE");
static_assert(VM_E_USING_ABSOLUTE_COORDINATES == (HRESULT)0xA0040801, "VM_E_USING_ABSOLUTE_COORDINATES");
static_assert(VM_E_USING_RELATIVE_COORDINATES == (HRESULT)0xA0040802, "VM_E_USING_RELATIVE_COORDINATES");
static_assert(VM_E_SET_EXCLUSIVE_MODE_FAIL == (HRESULT)0xA0040825, "VM_E_SET_EXCLUSIVE_MODE_FAIL");
static_assert(VM_E_NO_DISPLAY == (HRESULT)0xA0040850, "VM_E_NO_DISPLAY");
static_assert(VM_E_SECURITY_DUPLICATE_USER == (HRESULT)0xA0040900, "VM_E_SECURITY_DUPLICATE_USER");
static_assert(VM_E_USB_CONNECTOR_DRIVER_ERROR == (HRESULT)0xA0040925, "VM_E_USB_CONNECTOR_DRIVER_ERROR");
static_assert(VM_E_USB_ATTACH_FAILED == (HRESULT)0xA0040926, "VM_E_USB_ATTACH_FAILED");
static_assert(VM_E_USB_DETACH_FAILED == (HRESULT)0xA0040927, "VM_E_USB_DETACH_FAILED");
static_assert(VM_E_USB_ENUMERATION_FAILED == (HRESULT)0xA0040928, "VM_E_USB_ENUMERATION_FAILED");
static_assert(VM_E_USB_EXTERNAL_VM == (HRESULT)0xA0040929, "VM_E_USB_EXTERNAL_VM");
static_assert(VM_E_USB_ENUMERATION_FAILED_MORE_DEVICES == (HRESULT)0xA0040930,
              "VM_E_USB_ENUMERATION_FAILED_MORE_DEVICES");
static_assert(VM_E_USB_ATTACH_FAILED_MORE_DEVICES == (HRESULT)0xA0040931, "VM_E_USB_ATTACH_FAILED_MORE_DEVICES");
static_assert(VM_E_USB_ATTACH_FAILED_GP_ERROR == (HRESULT)0xA0040932, "VM_E_USB_ATTACH_FAILED_GP_ERROR");
static_assert(VM_E_USB_ATTACH_FAILED_ALREADY_ASSIGNED == (HRESULT)0xA0040933,
              "VM_E_USB_ATTACH_FAILED_ALREADY_ASSIGNED");
static_assert(VM_E_UNSUPPORTED_HARDWARE == (HRESULT)0xA0040950, "VM_E_UNSUPPORTED_HARDWARE");
static_assert(VM_E_HARDWARE_VIRTUALIZATION_DISABLED == (HRESULT)0xA0040951, "VM_E_HARDWARE_VIRTUALIZATION_DISABLED");
static_assert(VM_E_VMVIRTUALPC_OLDER_VERSION == (HRESULT)0xA0040952, "VM_E_VMVIRTUALPC_OLDER_VERSION");
static_assert(VM_E_OTHER_VIRTUALIZATION_SOFTWARE == (HRESULT)0xA0040953, "VM_E_OTHER_VIRTUALIZATION_SOFTWARE");

static_assert(vmEvent_VirtualPCStarted == 0, "vmEvent_VirtualPCStarted");
static_assert(vmEvent_VirtualPCStopped == 1, "vmEvent_VirtualPCStopped");
static_assert(vmEvent_VirtualMachineLaunched == 2, "vmEvent_VirtualMachineLaunched");
static_assert(vmEvent_VirtualMachineStateRestored == 3, "vmEvent_VirtualMachineStateRestored");
static_assert(vmEvent_VirtualMachineStateSaved == 4, "vmEvent_VirtualMachineStateSaved");
static_assert(vmEvent_VirtualMachineTurnedOff == 5, "vmEvent_VirtualMachineTurnedOff");
static_assert(vmEvent_VirtualMachineTurnedOffByGuest == 6, "vmEvent_VirtualMachineTurnedOffByGuest");
static_assert(vmEvent_VirtualMachineReset == 7, "vmEvent_VirtualMachineReset");
static_assert(vmEvent_VirtualMachineNoHeartbeat == 8, "vmEvent_VirtualMachineNoHeartbeat");
static_assert(vmEvent_VirtualMachineProcessorError == 9, "vmEvent_VirtualMachineProcessorError");
static_assert(vmEvent_VirtualMachineHostDiskSpaceWarning == 10, "vmEvent_VirtualMachineHostDiskSpaceWarning");
static_assert(vmEvent_VirtualMachineHostDiskSpaceError == 11, "vmEvent_VirtualMachineHostDiskSpaceError");
static_assert(sizeof(VMEventType) == 4, "VMEventType");

static_assert(vmUndoAction_Discard == 0, "vmUndoAction_Discard");
static_assert(vmUndoAction_Keep == 1, "vmUndoAction_Keep");
static_assert(vmUndoAction_Commit == 2, "vmUndoAction_Commit");
static_assert(sizeof(VMUndoAction) == 4, "VMUndoAction");

static_assert(vmVMState_Invalid == 0, "vmVMState_Invalid");
static_assert(vmVMState_TurnedOff == 1, "vmVMState_TurnedOff");
static_assert(vmVMState_Saved == 2, "vmVMState_Saved");
static_assert(vmVMState_TurningOn == 3, "vmVMState_TurningOn");
static_assert(vmVMState_Restoring == 4, "vmVMState_Restoring");
static_assert(vmVMState_Running == 5, "vmVMState_Running");
static_assert(vmVMState_Paused == 6, "vmVMState_Paused");
static_assert(vmVMState_Saving == 7, "vmVMState_Saving");
static_assert(vmVMState_TurningOff == 8, "vmVMState_TurningOff");
static_assert(vmVMState_MergingDrives == 9, "vmVMState_MergingDrives");
static_assert(vmVMState_DeleteMachine == 10, "vmVMState_DeleteMachine");
static_assert(sizeof(VMVMState) == 4, "VMVMState");

static_assert(vmDriveType_Null == 0, "vmDriveType_Null");
static_assert(vmDriveType_HardDisk == 1, "vmDriveType_HardDisk");
static_assert(vmDriveType_DVD == 2, "vmDriveType_DVD");
static_assert(sizeof(VMDriveType) == 4, "VMDriveType");

static_assert(vmDriveBusType_Invalid == -1, "vmDriveBusType_Invalid");
static_assert(vmDriveBusType_IDE == 0, "vmDriveBusType_IDE");
static_assert(vmDriveBusType_SCSI == 1, "vmDriveBusType_SCSI");
static_assert(sizeof(VMDriveBusType) == 4, "VMDriveBusType");

static_assert(vmSerialPort_HostPort == 0, "vmSerialPort_HostPort");
static_assert(vmSerialPort_TextFile == 1, "vmSerialPort_TextFile");
static_assert(vmSerialPort_NamedPipe == 2, "vmSerialPort_NamedPipe");
static_assert(vmSerialPort_Null == 3, "vmSerialPort_Null");
static_assert(sizeof(VMSerialPortType) == 4, "VMSerialPortType");

static_assert(vmShutdownAction_Save == 0, "vmShutdownAction_Save");
static_assert(vmShutdownAction_TurnOff == 1, "vmShutdownAction_TurnOff");
static_assert(vmShutdownAction_Shutdown == 2, "vmShutdownAction_Shutdown");
static_assert(sizeof(VMShutdownAction) == 4, "VMShutdownAction");

static_assert(vmStartupOption_Normal == 0, "vmStartupOption_Normal");
static_assert(vmStartupOption_FixParentTimestampMismatch == 1, "vmStartupOption_FixParentTimestampMismatch");
static_assert(sizeof(VMStartupOption) == 4, "VMStartupOption");

static_assert(vmEndpoint_NamedPipe == 0, "vmEndpoint_NamedPipe");
static_assert(vmEndpoint_TCPIP == 1, "vmEndpoint_TCPIP");
static_assert(sizeof(VMEndpointType) == 4, "VMEndpointType");

static_assert(vmLogoff_Normal == 0, "vmLogoff_Normal");
static_assert(vmLogoff_Forced == 1, "vmLogoff_Forced");
static_assert(vmLogoff_External == 2, "vmLogoff_External");
static_assert(sizeof(VMLogoffType) == 4, "VMLogoffType");

static_assert(vmVirtualMachineEvent_StateChanged == 1, "vmVirtualMachineEvent_StateChanged");
static_assert(vmVirtualMachineEvent_RequestShutdown == 2, "vmVirtualMachineEvent_RequestShutdown");
static_assert(vmVirtualMachineEvent_Reset == 3, "vmVirtualMachineEvent_Reset");
static_assert(vmVirtualMachineEvent_TripleFault == 4, "vmVirtualMachineEvent_TripleFault");
static_assert(vmVirtualMachineEvent_HeartbeatStopped == 5, "vmVirtualMachineEvent_HeartbeatStopped");
static_assert(vmVirtualMachineEvent_ConfigurationChanged == 6, "vmVirtualMachineEvent_ConfigurationChanged");
static_assert(vmVirtualMachineEvent_EnhancedVideoModeChanged == 7, "vmVirtualMachineEvent_EnhancedVideoModeChanged");
static_assert(vmVirtualMachineEvent_AdditionsUninstalled == 8, "vmVirtualMachineEvent_AdditionsUninstalled");
static_assert(vmVirtualMachineEvent_AdditionsAvailable == 9, "vmVirtualMachineEvent_AdditionsAvailable");
static_assert(vmVirtualMachineEvent_GuestShutdown == 10, "vmVirtualMachineEvent_GuestShutdown");
static_assert(vmVirtualMachineEvent_GuestLogoff == 11, "vmVirtualMachineEvent_GuestLogoff");
static_assert(vmVirtualMachineEvent_DiskOutOfSpace == 12, "vmVirtualMachineEvent_DiskOutOfSpace");
static_assert(sizeof(VMVirtualMachineEvents) == 4, "VMVirtualMachineEvents");

static_assert(vmSupportDriver_InvalidType == -1, "vmSupportDriver_InvalidType");
static_assert(vmSupportDriver_VirtualMachineMonitor == 0, "vmSupportDriver_VirtualMachineMonitor");
static_assert(vmSupportDriver_NetworkServices == 1, "vmSupportDriver_NetworkServices");
static_assert(sizeof(VMSupportDriverType) == 4, "VMSupportDriverType");

static_assert(vmFloppyDiskImage_Unknown == 0, "vmFloppyDiskImage_Unknown");
static_assert(vmFloppyDiskImage_LowDensity == 1, "vmFloppyDiskImage_LowDensity");
static_assert(vmFloppyDiskImage_HighDensity == 2, "vmFloppyDiskImage_HighDensity");
static_assert(vmFloppyDiskImage_DMF == 3, "vmFloppyDiskImage_DMF");
static_assert(vmFloppyDiskImage_LowDensitySingleSided == 4, "vmFloppyDiskImage_LowDensitySingleSided");
static_assert(vmFloppyDiskImage_MediumDensity == 5, "vmFloppyDiskImage_MediumDensity");
static_assert(vmFloppyDiskImage_HighDensityMSS == 6, "vmFloppyDiskImage_HighDensityMSS");
static_assert(sizeof(VMFloppyDiskImageType) == 4, "VMFloppyDiskImageType");

static_assert(vmVirtualPCEvent_ServiceEvent == 1, "vmVirtualPCEvent_ServiceEvent");
static_assert(vmVirtualPCEvent_VMStateChange == 2, "vmVirtualPCEvent_VMStateChange");
static_assert(vmVirtualPCEvent_EventLogged == 3, "vmVirtualPCEvent_EventLogged");
static_assert(vmVirtualPCEvent_VMHeartbeatStopped == 4, "vmVirtualPCEvent_VMHeartbeatStopped");
static_assert(sizeof(VMVirtualPCEvent) == 4, "VMVirtualPCEvent");

static_assert(vmVideoMode_TextMode == 0, "vmVideoMode_TextMode");
static_assert(vmVideoMode_CGAMode == 1, "vmVideoMode_CGAMode");
static_assert(vmVideoMode_VGAMode == 2, "vmVideoMode_VGAMode");
static_assert(vmVideoMode_SVGAMode == 3, "vmVideoMode_SVGAMode");
static_assert(sizeof(VMDisplayVideoMode) == 4, "VMDisplayVideoMode");

static_assert(vmDVDDrive_None == 0, "vmDVDDrive_None");
static_assert(vmDVDDrive_Image == 1, "vmDVDDrive_Image");
static_assert(vmDVDDrive_HostDrive == 2, "vmDVDDrive_HostDrive");
static_assert(sizeof(VMDVDDriveAttachmentType) == 4, "VMDVDDriveAttachmentType");

static_assert(vmDVDDriveEvent_OnInsert == 1, "vmDVDDriveEvent_OnInsert");
static_assert(vmDVDDriveEvent_OnEject == 2, "vmDVDDriveEvent_OnEject");
static_assert(sizeof(VMDVDDriveEvent) == 4, "VMDVDDriveEvent");

static_assert(vmFloppyDrive_None == 0, "vmFloppyDrive_None");
static_assert(vmFloppyDrive_Image == 1, "vmFloppyDrive_Image");
static_assert(vmFloppyDrive_HostDrive == 2, "vmFloppyDrive_HostDrive");
static_assert(sizeof(VMFloppyDriveAttachmentType) == 4, "VMFloppyDriveAttachmentType");

static_assert(vmFloppyDriveEvent_OnInsert == 1, "vmFloppyDriveEvent_OnInsert");
static_assert(vmFloppyDriveEvent_OnEject == 2, "vmFloppyDriveEvent_OnEject");
static_assert(sizeof(vmFloppyDriveEvent) == 4, "vmFloppyDriveEvent");

static_assert(vmGuestOS_Shutdown == 0, "vmGuestOS_Shutdown");
static_assert(vmGuestOS_LogOff == 1, "vmGuestOS_LogOff");
static_assert(vmGuestOS_Reboot == 2, "vmGuestOS_Reboot");
static_assert(sizeof(VMGuestOSOperationType) == 4, "VMGuestOSOperationType");

static_assert(vmDiskType_Dynamic == 0, "vmDiskType_Dynamic");
static_assert(vmDiskType_FixedSize == 1, "vmDiskType_FixedSize");
static_assert(vmDiskType_Differencing == 2, "vmDiskType_Differencing");
static_assert(sizeof(VMHardDiskType) == 4, "VMHardDiskType");

static_assert(vmMouseButton_Left == 1, "vmMouseButton_Left");
static_assert(vmMouseButton_Right == 2, "vmMouseButton_Right");
static_assert(vmMouseButton_Center == 3, "vmMouseButton_Center");
static_assert(sizeof(VMMouseButton) == 4, "VMMouseButton");

static_assert(vmTaskResult_Success == 0, "vmTaskResult_Success");
static_assert(vmTaskResult_Cancelled == 1, "vmTaskResult_Cancelled");
static_assert(vmTaskResult_UnexpectedError == 2, "vmTaskResult_UnexpectedError");
static_assert(vmTaskResult_OutOfMemoryError == 3, "vmTaskResult_OutOfMemoryError");
static_assert(vmTaskResult_DiskRelatedError == 4, "vmTaskResult_DiskRelatedError");
static_assert(vmTaskResult_IncompatibleSavedStateError == 5, "vmTaskResult_IncompatibleSavedStateError");
static_assert(vmTaskResult_TimeOutError == 6, "vmTaskResult_TimeOutError");
static_assert(vmTaskResult_IllegalValueError == 7, "vmTaskResult_IllegalValueError");
static_assert(vmTaskResult_ThreadCrashError == 8, "vmTaskResult_ThreadCrashError");
static_assert(vmTaskResult_ShutdownAbort == 9, "vmTaskResult_ShutdownAbort");
static_assert(sizeof(VMTaskResult) == 4, "VMTaskResult");

static_assert(vmUSBDeviceClass_InterfaceDescriptor == 0, "vmUSBDeviceClass_InterfaceDescriptor");
static_assert(vmUSBDeviceClass_Audio == 1, "vmUSBDeviceClass_Audio");
static_assert(vmUSBDeviceClass_Communication == 2, "vmUSBDeviceClass_Communication");
static_assert(vmUSBDeviceClass_HID == 3, "vmUSBDeviceClass_HID");
static_assert(vmUSBDeviceClass_Physical == 5, "vmUSBDeviceClass_Physical");
static_assert(vmUSBDeviceClass_Image == 6, "vmUSBDeviceClass_Image");
static_assert(vmUSBDeviceClass_Printer == 7, "vmUSBDeviceClass_Printer");
static_assert(vmUSBDeviceClass_MassStorage == 8, "vmUSBDeviceClass_MassStorage");
static_assert(vmUSBDeviceClass_Hub == 9, "vmUSBDeviceClass_Hub");
static_assert(vmUSBDeviceClass_CDCData == 10, "vmUSBDeviceClass_CDCData");
static_assert(vmUSBDeviceClass_SmartCard == 11, "vmUSBDeviceClass_SmartCard");
static_assert(vmUSBDeviceClass_ContentSecurity == 13, "vmUSBDeviceClass_ContentSecurity");
static_assert(vmUSBDeviceClass_Video == 14, "vmUSBDeviceClass_Video");
static_assert(vmUSBDeviceClass_PersonalHealthcare == 15, "vmUSBDeviceClass_PersonalHealthcare");
static_assert(vmUSBDeviceClass_DiagnosticDevice == 220, "vmUSBDeviceClass_DiagnosticDevice");
static_assert(vmUSBDeviceClass_WirelessController == 224, "vmUSBDeviceClass_WirelessController");
static_assert(vmUSBDeviceClass_Miscellaneous == 239, "vmUSBDeviceClass_Miscellaneous");
static_assert(vmUSBDeviceClass_ApplicationSpecific == 254, "vmUSBDeviceClass_ApplicationSpecific");
static_assert(vmUSBDeviceClass_VendorSpecific == 255, "vmUSBDeviceClass_VendorSpecific");
static_assert(sizeof(VMUSBDeviceClassEnum) == 4, "VMUSBDeviceClassEnum");
