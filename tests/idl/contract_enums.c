/* Enumerations with their values. */
#include "contract.h"

static const struct contract_value values_of_event_type[] = {
    {"vmEvent_VirtualPCStarted", 0, "The application has started"},
    {"vmEvent_VirtualPCStopped", 1, "The application has stopped"},
    {"vmEvent_VirtualMachineLaunched", 2, "A virtual machine was started"},
    {"vmEvent_VirtualMachineStateRestored", 3, "A virtual machine was restored from its saved state"},
    {"vmEvent_VirtualMachineStateSaved", 4, "A virtual machine was saved"},
    {"vmEvent_VirtualMachineTurnedOff", 5, "A virtual machine was turned off"},
    {"vmEvent_VirtualMachineTurnedOffByGuest", 6, "A virtual machine was turned off by its guest"},
    {"vmEvent_VirtualMachineReset", 7, "A virtual machine was reset"},
    {"vmEvent_VirtualMachineNoHeartbeat", 8, "A virtual machine has no heartbeat"},
    {"vmEvent_VirtualMachineProcessorError", 9, "A virtual processor met an error"},
    {"vmEvent_VirtualMachineHostDiskSpaceWarning", 10, "A disk of the host is running out of space"},
    {"vmEvent_VirtualMachineHostDiskSpaceError", 11, "A disk of the host is out of space"},
};

static const struct contract_value values_of_undo_action[] = {
    {"vmUndoAction_Discard", 0, "Delete them; parents stay unchanged"},
    {"vmUndoAction_Keep", 1, "Keep them for the next start"},
    {"vmUndoAction_Commit", 2, "Merge them into their parents"},
};

static const struct contract_value values_of_vm_state[] = {
    {"vmVMState_Invalid", 0, "No such virtual machine"},
    {"vmVMState_TurnedOff", 1, "Off, nothing saved"},
    {"vmVMState_Saved", 2, "Off, the session is saved on disk"},
    {"vmVMState_TurningOn", 3, "On the way from TurnedOff to Running"},
    {"vmVMState_Restoring", 4, "On the way from Saved to Running"},
    {"vmVMState_Running", 5, "The guest executes"},
    {"vmVMState_Paused", 6, "The session is alive, the processor stopped"},
    {"vmVMState_Saving", 7, "On the way to Saved"},
    {"vmVMState_TurningOff", 8, "On the way to TurnedOff"},
    {"vmVMState_MergingDrives", 9, "Undo disks are being merged"},
    {"vmVMState_DeleteMachine", 10, "The virtual machine is being deleted"},
};

static const struct contract_value values_of_drive_type[] = {
    {"vmDriveType_Null", 0, "Nothing"},
    {"vmDriveType_HardDisk", 1, "A hard disk"},
    {"vmDriveType_DVD", 2, "A DVD drive"},
};

static const struct contract_value values_of_drive_bus_type[] = {
    {"vmDriveBusType_Invalid", -1, "No valid bus"},
    {"vmDriveBusType_IDE", 0, "IDE"},
    {"vmDriveBusType_SCSI", 1, "SCSI"},
};

static const struct contract_value values_of_serial_port_type[] = {
    {"vmSerialPort_HostPort", 0, "A serial port of the host"},
    {"vmSerialPort_TextFile", 1, "A text file"},
    {"vmSerialPort_NamedPipe", 2, "A named pipe"},
    {"vmSerialPort_Null", 3, "Nothing: what is sent is dropped"},
};

static const struct contract_value values_of_shutdown_action[] = {
    {"vmShutdownAction_Save", 0, "It is saved"},
    {"vmShutdownAction_TurnOff", 1, "It is turned off; undo disks are left alone"},
    {"vmShutdownAction_Shutdown", 2, "Its guest is shut down, or it is saved without integration components"},
};

static const struct contract_value values_of_startup_option[] = {
    {"vmStartupOption_Normal", 0, "Start as Startup does"},
    {"vmStartupOption_FixParentTimestampMismatch", 1, "Accept and repair a changed time stamp of a parent disk"},
};

static const struct contract_value values_of_endpoint_type[] = {
    {"vmEndpoint_NamedPipe", 0, "A named pipe"},
    {"vmEndpoint_TCPIP", 1, "A TCP port"},
};

static const struct contract_value values_of_logoff_type[] = {
    {"vmLogoff_Normal", 0, "Normally"},
    {"vmLogoff_Forced", 1, "By force"},
    {"vmLogoff_External", 2, "Through IVMGuestOS.Logoff"},
};

static const struct contract_value values_of_virtual_machine_events[] = {
    {"vmVirtualMachineEvent_StateChanged", 1, "The state has changed"},
    {"vmVirtualMachineEvent_RequestShutdown", 2, "The session is about to end by power off"},
    {"vmVirtualMachineEvent_Reset", 3, "The virtual machine was reset"},
    {"vmVirtualMachineEvent_TripleFault", 4, "The processor met a triple fault"},
    {"vmVirtualMachineEvent_HeartbeatStopped", 5, "The heartbeat was lost"},
    {"vmVirtualMachineEvent_ConfigurationChanged", 6, "A configuration value has changed"},
    {"vmVirtualMachineEvent_EnhancedVideoModeChanged", 7, "Enhanced video came or went"},
    {"vmVirtualMachineEvent_AdditionsUninstalled", 8, "Integration components were removed"},
    {"vmVirtualMachineEvent_AdditionsAvailable", 9, "Integration components became available"},
    {"vmVirtualMachineEvent_GuestShutdown", 10, "The guest shuts down"},
    {"vmVirtualMachineEvent_GuestLogoff", 11, "A user of the guest logged off"},
    {"vmVirtualMachineEvent_DiskOutOfSpace", 12, "A disk of the host is short of space"},
};

static const struct contract_value values_of_support_driver_type[] = {
    {"vmSupportDriver_InvalidType", -1, "No valid kind"},
    {"vmSupportDriver_VirtualMachineMonitor", 0, "The virtual machine monitor"},
    {"vmSupportDriver_NetworkServices", 1, "The network services"},
};

static const struct contract_value values_of_floppy_disk_image_type[] = {
    {"vmFloppyDiskImage_Unknown", 0, "Unknown"},
    {"vmFloppyDiskImage_LowDensity", 1, "Low density, 720 KB"},
    {"vmFloppyDiskImage_HighDensity", 2, "High density, 1.44 MB"},
    {"vmFloppyDiskImage_DMF", 3, "DMF, 1.68 MB"},
    {"vmFloppyDiskImage_LowDensitySingleSided", 4, "Low density, single sided"},
    {"vmFloppyDiskImage_MediumDensity", 5, "Medium density, 1.2 MB"},
    {"vmFloppyDiskImage_HighDensityMSS", 6, "High density with mixed sector sizes"},
};

static const struct contract_value values_of_virtual_pc_event[] = {
    {"vmVirtualPCEvent_ServiceEvent", 1, "Never raised"},
    {"vmVirtualPCEvent_VMStateChange", 2, "The state of a virtual machine has changed"},
    {"vmVirtualPCEvent_EventLogged", 3, "A message was written to the log"},
    {"vmVirtualPCEvent_VMHeartbeatStopped", 4, "Never raised"},
};

static const struct contract_value values_of_display_video_mode[] = {
    {"vmVideoMode_TextMode", 0, "Text"},
    {"vmVideoMode_CGAMode", 1, "CGA graphics"},
    {"vmVideoMode_VGAMode", 2, "VGA graphics"},
    {"vmVideoMode_SVGAMode", 3, "SVGA graphics"},
};

static const struct contract_value values_of_dvd_drive_attachment_type[] = {
    {"vmDVDDrive_None", 0, "Nothing"},
    {"vmDVDDrive_Image", 1, "An image file"},
    {"vmDVDDrive_HostDrive", 2, "A drive of the host"},
};

static const struct contract_value values_of_dvd_drive_event[] = {
    {"vmDVDDriveEvent_OnInsert", 1, "A medium was inserted"},
    {"vmDVDDriveEvent_OnEject", 2, "A medium was ejected"},
};

static const struct contract_value values_of_floppy_drive_attachment_type[] = {
    {"vmFloppyDrive_None", 0, "Nothing"},
    {"vmFloppyDrive_Image", 1, "An image file"},
    {"vmFloppyDrive_HostDrive", 2, "The floppy drive of the host"},
};

static const struct contract_value values_of_floppy_drive_event[] = {
    {"vmFloppyDriveEvent_OnInsert", 1, "A medium was inserted"},
    {"vmFloppyDriveEvent_OnEject", 2, "A medium was ejected"},
};

static const struct contract_value values_of_guest_os_operation_type[] = {
    {"vmGuestOS_Shutdown", 0, "Shut down"},
    {"vmGuestOS_LogOff", 1, "Log off"},
    {"vmGuestOS_Reboot", 2, "Restart"},
};

static const struct contract_value values_of_hard_disk_type[] = {
    {"vmDiskType_Dynamic", 0, "Grows as it is written"},
    {"vmDiskType_FixedSize", 1, "Its whole size is allocated"},
    {"vmDiskType_Differencing", 2, "Holds the differences to a parent"},
};

static const struct contract_value values_of_mouse_button[] = {
    {"vmMouseButton_Left", 1, "Left button"},
    {"vmMouseButton_Right", 2, "Right button"},
    {"vmMouseButton_Center", 3, "Center button"},
};

static const struct contract_value values_of_task_result[] = {
    {"vmTaskResult_Success", 0, "Well, or not yet ended"},
    {"vmTaskResult_Cancelled", 1, "It was cancelled"},
    {"vmTaskResult_UnexpectedError", 2, "By an error of another kind"},
    {"vmTaskResult_OutOfMemoryError", 3, "Memory was short"},
    {"vmTaskResult_DiskRelatedError", 4, "Writing to a disk failed"},
    {"vmTaskResult_IncompatibleSavedStateError", 5, "The saved state was refused"},
    {"vmTaskResult_TimeOutError", 6, "No answer came in time"},
    {"vmTaskResult_IllegalValueError", 7, "A preference had a bad value"},
    {"vmTaskResult_ThreadCrashError", 8, "A worker thread died"},
    {"vmTaskResult_ShutdownAbort", 9, "The requested shutdown was called off"},
};

static const struct contract_value values_of_usb_device_class_enum[] = {
    {"vmUSBDeviceClass_InterfaceDescriptor", 0, "Unknown, or told by each interface"},
    {"vmUSBDeviceClass_Audio", 1, "Audio"},
    {"vmUSBDeviceClass_Communication", 2, "Communication"},
    {"vmUSBDeviceClass_HID", 3, "Human interface: keyboard, mouse"},
    {"vmUSBDeviceClass_Physical", 5, "Physical"},
    {"vmUSBDeviceClass_Image", 6, "Image"},
    {"vmUSBDeviceClass_Printer", 7, "Printer"},
    {"vmUSBDeviceClass_MassStorage", 8, "Mass storage"},
    {"vmUSBDeviceClass_Hub", 9, "Hub"},
    {"vmUSBDeviceClass_CDCData", 10, "Communication data"},
    {"vmUSBDeviceClass_SmartCard", 11, "Smart card"},
    {"vmUSBDeviceClass_ContentSecurity", 13, "Content security"},
    {"vmUSBDeviceClass_Video", 14, "Video"},
    {"vmUSBDeviceClass_PersonalHealthcare", 15, "Personal healthcare"},
    {"vmUSBDeviceClass_DiagnosticDevice", 220, "Diagnostic device"},
    {"vmUSBDeviceClass_WirelessController", 224, "Wireless controller"},
    {"vmUSBDeviceClass_Miscellaneous", 239, "Miscellaneous"},
    {"vmUSBDeviceClass_ApplicationSpecific", 254, "Application specific"},
    {"vmUSBDeviceClass_VendorSpecific", 255, "Vendor specific"},
};

const struct contract_enum contract_enums[] = {
    {"VMEventType", "24e65079-6dc8-4655-802b-0baff6352998", "Kinds of messages in the log of the application",
     values_of_event_type, sizeof values_of_event_type / sizeof values_of_event_type[0]},
    {"VMUndoAction", "ba5a8f81-8bf3-497e-ada5-1d91ec015469", "What happens to undo disks at power off",
     values_of_undo_action, sizeof values_of_undo_action / sizeof values_of_undo_action[0]},
    {"VMVMState", "942984fb-1d9c-4b65-8cb2-43928a452b7a", "States of a virtual machine", values_of_vm_state,
     sizeof values_of_vm_state / sizeof values_of_vm_state[0]},
    {"VMDriveType", "a21f0a07-10bf-494f-a9b5-f5c6b3a646fe", "What a place on an IDE bus holds", values_of_drive_type,
     sizeof values_of_drive_type / sizeof values_of_drive_type[0]},
    {"VMDriveBusType", "6657ecee-2a47-421b-9488-7f75d6588bca", "Kinds of buses that drives are on",
     values_of_drive_bus_type, sizeof values_of_drive_bus_type / sizeof values_of_drive_bus_type[0]},
    {"VMSerialPortType", "37e07d0a-6aea-41a1-994f-fe134590263c", "What is behind a serial port",
     values_of_serial_port_type, sizeof values_of_serial_port_type / sizeof values_of_serial_port_type[0]},
    {"VMShutdownAction", "263c1019-8285-4a3e-9f37-b2a361be28ac",
     "What happens to a virtual machine when the application quits", values_of_shutdown_action,
     sizeof values_of_shutdown_action / sizeof values_of_shutdown_action[0]},
    {"VMStartupOption", "f581cdf8-b92b-475e-8167-6c448b642216", "Options of a start", values_of_startup_option,
     sizeof values_of_startup_option / sizeof values_of_startup_option[0]},
    {"VMEndpointType", "2af36ec0-cfe5-11dd-ad8b-0800200c9a66", "Kinds of ends of a communication channel",
     values_of_endpoint_type, sizeof values_of_endpoint_type / sizeof values_of_endpoint_type[0]},
    {"VMLogoffType", "7aa05db2-2aec-4b9e-b011-875303424da6", "How a user of the guest logged off",
     values_of_logoff_type, sizeof values_of_logoff_type / sizeof values_of_logoff_type[0]},
    {"VMVirtualMachineEvents", "e6ad021d-4c84-420d-a0fc-a7bd19250949",
     "Events of a virtual machine; values are the DISPIDs of IVMVirtualMachineEvents", values_of_virtual_machine_events,
     sizeof values_of_virtual_machine_events / sizeof values_of_virtual_machine_events[0]},
    {"VMSupportDriverType", "c3a4a6cc-d87b-4109-b352-e2e689d8b5af", "Kinds of support drivers",
     values_of_support_driver_type, sizeof values_of_support_driver_type / sizeof values_of_support_driver_type[0]},
    {"VMFloppyDiskImageType", "537df63f-75f4-4871-a1b1-3af93279f9cc", "Kinds of floppy disk images",
     values_of_floppy_disk_image_type,
     sizeof values_of_floppy_disk_image_type / sizeof values_of_floppy_disk_image_type[0]},
    {"VMVirtualPCEvent", "5b030e37-c851-4cd8-b44e-0dadf07d866e",
     "Events of the application; values are the DISPIDs of IVMVirtualPCEvents", values_of_virtual_pc_event,
     sizeof values_of_virtual_pc_event / sizeof values_of_virtual_pc_event[0]},
    {"VMDisplayVideoMode", "4c1fe6af-54dc-4c06-9efc-cf59819cbd47", "Modes of the screen", values_of_display_video_mode,
     sizeof values_of_display_video_mode / sizeof values_of_display_video_mode[0]},
    {"VMDVDDriveAttachmentType", "739bd96f-00e0-45b3-938d-c9a3026e0145", "What is in a DVD drive",
     values_of_dvd_drive_attachment_type,
     sizeof values_of_dvd_drive_attachment_type / sizeof values_of_dvd_drive_attachment_type[0]},
    {"VMDVDDriveEvent", "27834185-e110-4dbf-9a99-ca56e6bff436",
     "Events of a DVD drive; values are the DISPIDs of IVMDVDDriveEvents", values_of_dvd_drive_event,
     sizeof values_of_dvd_drive_event / sizeof values_of_dvd_drive_event[0]},
    {"VMFloppyDriveAttachmentType", "6af87b8a-9078-4993-99fc-86c0895f6b9c", "What is in a floppy drive",
     values_of_floppy_drive_attachment_type,
     sizeof values_of_floppy_drive_attachment_type / sizeof values_of_floppy_drive_attachment_type[0]},
    {"vmFloppyDriveEvent", "dfd0275a-ffd0-4c66-be25-fc73a4cff255",
     "Events of a floppy drive; values are the DISPIDs of IVMFloppyDriveEvents", values_of_floppy_drive_event,
     sizeof values_of_floppy_drive_event / sizeof values_of_floppy_drive_event[0]},
    {"VMGuestOSOperationType", "6a21e5e1-8a1f-4d79-a6cd-65332d187f75", "Operations on the guest system",
     values_of_guest_os_operation_type,
     sizeof values_of_guest_os_operation_type / sizeof values_of_guest_os_operation_type[0]},
    {"VMHardDiskType", "1a075387-a2d1-47ea-aaad-b64288cc7d42", "Kinds of virtual hard disks", values_of_hard_disk_type,
     sizeof values_of_hard_disk_type / sizeof values_of_hard_disk_type[0]},
    {"VMMouseButton", "1e2d0ecf-d9f1-40d2-86f1-d4ff7d05ae33", "Mouse buttons", values_of_mouse_button,
     sizeof values_of_mouse_button / sizeof values_of_mouse_button[0]},
    {"VMTaskResult", "ae3756b8-21e3-476a-a249-e032cf5be685", "How a task ended", values_of_task_result,
     sizeof values_of_task_result / sizeof values_of_task_result[0]},
    {"VMUSBDeviceClassEnum", "f3bd102c-e664-43fd-9e8e-4d4ef3e45021", "USB class codes", values_of_usb_device_class_enum,
     sizeof values_of_usb_device_class_enum / sizeof values_of_usb_device_class_enum[0]},
};
const size_t contract_enum_count = sizeof contract_enums / sizeof contract_enums[0];
