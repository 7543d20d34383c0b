/* Networks, disks, drives, ports and USB devices. */
#include "contract.h"
#include "contract_parts.h"

/* A row: a line of identity, a line of parameters. */
/* clang-format off */
static const struct contract_member network_adapter[] = {
    {7, 0x60020000, CONTRACT_METHOD, "_ID", "Internal number of the adapter",
     {{CONTRACT_OUT, "long *", "identifier"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "VirtualMachine", "The virtual machine that owns the adapter",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMVirtualMachine **", "virtualMachine"}}},
    {9, 0x60020002, CONTRACT_METHOD, "AttachToVirtualNetwork", "Plugs the adapter into a virtual network",
     {{CONTRACT_IN, "IVMVirtualNetwork *", "virtualNetwork"}}},
    {10, 0x60020003, CONTRACT_METHOD, "DetachFromVirtualNetwork", "Unplugs the adapter",
     {{0, NULL, NULL}}},
    {11, 0x60020004, CONTRACT_PROPGET, "VirtualNetwork", "The virtual network that the adapter is plugged into",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMVirtualNetwork **", "virtualNetwork"}}},
    {12, 0x60020005, CONTRACT_PROPGET, "EthernetAddress", "Ethernet address of the adapter",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "ethernetAddress"}}},
    {13, 0x60020005, CONTRACT_PROPPUT, "EthernetAddress", "Ethernet address of the adapter",
     {{CONTRACT_IN, "BSTR", "ethernetAddress"}}},
    {14, 0x60020007, CONTRACT_PROPGET, "IsEthernetAddressDynamic",
     "Whether the application makes up the Ethernet address",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT_BOOL *", "isDynamic"}}},
    {15, 0x60020007, CONTRACT_PROPPUT, "IsEthernetAddressDynamic",
     "Whether the application makes up the Ethernet address",
     {{CONTRACT_IN, "VARIANT_BOOL", "isDynamic"}}},
};

static const struct contract_member network_adapter_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMNetworkAdapter **", "networkInterface"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member virtual_network[] = {
    {7, 0x60020000, CONTRACT_METHOD, "_ID", "Internal identifier of the network",
     {{CONTRACT_OUT, "VARIANT *", "virtualNetworkID"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "Name", "Name of the network",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "virtualNetworkName"}}},
    {9, 0x60020002, CONTRACT_PROPGET, "MediaType", "Whether the network is wireless.",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT_BOOL *", "isWireless"}}},
    {10, 0x60020003, CONTRACT_PROPGET, "HostAdapter", "Name of the host adapter that is the uplink",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "hostAdapter"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "NetworkAdapters", "Network adapters that are plugged into the network",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMNetworkAdapterCollection **", "networkInterfaceCollection"}}},
};

static const struct contract_member virtual_network_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMVirtualNetwork **", "virtualNetwork"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member hard_disk[] = {
    {7, 0x60020000, CONTRACT_METHOD, "Merge", "Writes a differencing disk into its parent",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMTask **", "mergeTask"}}},
    {8, 0x60020001, CONTRACT_METHOD, "MergeTo", "Folds a differencing disk and its parents into a new file",
     {{CONTRACT_IN, "BSTR", "newDiskImagePath"}, {CONTRACT_IN, "VMHardDiskType", "newDiskImageType"},
      {CONTRACT_OUT | CONTRACT_RETVAL, "IVMTask **", "mergeTask"}}},
    {9, 0x60020002, CONTRACT_METHOD, "Compact", "Drops the blocks of zeros of a dynamic disk",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMTask **", "compactTask"}}},
    {10, 0x60020003, CONTRACT_METHOD, "Convert", "Makes a dynamic or fixed copy in a new file",
     {{CONTRACT_IN, "BSTR", "convertedDiskImagePath"}, {CONTRACT_IN, "VMHardDiskType", "convertedDiskImageType"},
      {CONTRACT_OUT | CONTRACT_RETVAL, "IVMTask **", "convertTask"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "File", "Full path of the file",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "hardDiskfile"}}},
    {12, 0x60020005, CONTRACT_PROPGET, "Type", "Type of the virtual hard disk",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMHardDiskType *", "type"}}},
    {13, 0x60020006, CONTRACT_PROPGET, "SizeInGuest", "Size that the guest sees, in bytes",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "fileSize"}}},
    {14, 0x60020007, CONTRACT_PROPGET, "SizeOnHost", "Present length of the file, in bytes",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "fileSize"}}},
    {15, 0x60020008, CONTRACT_PROPGET, "HostFreeDiskSpace", "Free bytes on the host volume of the file",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "freeBytes"}}},
    {16, 0x60020009, CONTRACT_PROPGET, "Parent", "The parent of a differencing disk",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMHardDisk **", "parent"}}},
    {17, 0x60020009, CONTRACT_PROPPUT, "Parent", "The parent of a differencing disk",
     {{CONTRACT_IN, "IVMHardDisk *", "parent"}}},
};

static const struct contract_member hard_disk_connection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "HardDisk", "The virtual hard disk of the connection",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMHardDisk **", "hardDisk"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "UndoHardDisk", "The undo disk of the connection",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMHardDisk **", "undoHardDisk"}}},
    {9, 0x60020002, CONTRACT_METHOD, "SetBusLocation", "Moves the connection to another place",
     {{CONTRACT_IN, "long", "vmBusNumber"}, {CONTRACT_IN, "long", "vmDeviceNumber"}}},
    {10, 0x60020003, CONTRACT_PROPGET, "BusNumber", "IDE bus of the connection",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "vmBusNumber"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "DeviceNumber", "Place of the connection on its IDE bus",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "vmDeviceNumber"}}},
};

static const struct contract_member hard_disk_connection_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"},
      {CONTRACT_OUT | CONTRACT_RETVAL, "IVMHardDiskConnection **", "hardDiskConnection"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member dvd_drive[] = {
    {7, 0x60020000, CONTRACT_METHOD, "SetBusLocation", "Moves the drive to another place",
     {{CONTRACT_IN, "long", "busNumber"}, {CONTRACT_IN, "long", "deviceNumber"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "BusNumber", "IDE bus of the drive",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "vmBusNumber"}}},
    {9, 0x60020002, CONTRACT_PROPGET, "DeviceNumber", "Place of the drive on its IDE bus",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "vmDeviceNumber"}}},
    {10, 0x60020003, CONTRACT_METHOD, "AttachImage", "Puts an image file into the drive",
     {{CONTRACT_IN, "BSTR", "imagePath"}}},
    {11, 0x60020004, CONTRACT_METHOD, "ReleaseImage", "Takes the image out of the drive",
     {{0, NULL, NULL}}},
    {12, 0x60020005, CONTRACT_PROPGET, "ImageFile", "Full path of the image in the drive",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "imagePath"}}},
    {13, 0x60020006, CONTRACT_METHOD, "AttachHostDrive", "Passes a drive of the host through",
     {{CONTRACT_IN, "BSTR", "driveLetter"}}},
    {14, 0x60020007, CONTRACT_METHOD, "ReleaseHostDrive", "Gives the drive of the host back",
     {{0, NULL, NULL}}},
    {15, 0x60020008, CONTRACT_PROPGET, "HostDriveLetter", "Letter of the attached drive of the host",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "driveLetter"}}},
    {16, 0x60020009, CONTRACT_PROPGET, "Attachment", "What is in the drive",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMDVDDriveAttachmentType *", "driveAttachment"}}},
};

static const struct contract_member dvd_drive_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMDVDDrive **", "dvdDrive"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member floppy_drive[] = {
    {7, 0x60020000, CONTRACT_METHOD, "AttachImage", "Puts an image file into the drive",
     {{CONTRACT_IN, "BSTR", "mediaImagePath"}}},
    {8, 0x60020001, CONTRACT_METHOD, "ReleaseImage", "Takes the image out of the drive",
     {{0, NULL, NULL}}},
    {9, 0x60020002, CONTRACT_PROPGET, "ImageFile", "Full path of the image in the drive",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "imageFile"}}},
    {10, 0x60020003, CONTRACT_METHOD, "AttachHostDrive", "Passes the floppy drive of the host through",
     {{CONTRACT_IN, "BSTR", "driveLetter"}}},
    {11, 0x60020004, CONTRACT_METHOD, "ReleaseHostDrive", "Gives the floppy drive of the host back",
     {{0, NULL, NULL}}},
    {12, 0x60020005, CONTRACT_PROPGET, "HostDriveLetter", "Letter of the attached drive of the host",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "driveLetter"}}},
    {13, 0x60020006, CONTRACT_PROPGET, "DriveNumber", "Number of the drive on its controller",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "driveNumber"}}},
    {14, 0x60020007, CONTRACT_PROPGET, "Attachment", "What is in the drive",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMFloppyDriveAttachmentType *", "driveAttachment"}}},
};

static const struct contract_member floppy_drive_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMFloppyDrive **", "floppyDrive"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member parallel_port[] = {
    {7, 0x60020000, CONTRACT_METHOD, "_ID", "Internal number of the port",
     {{CONTRACT_OUT, "long *", "portID"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "Name", "Host port behind the parallel port",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "portName"}}},
    {9, 0x60020001, CONTRACT_PROPPUT, "Name", "Host port behind the parallel port",
     {{CONTRACT_IN, "BSTR", "portName"}}},
};

static const struct contract_member parallel_port_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMParallelPort **", "vmParallelPort"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member serial_port[] = {
    {7, 0x60020000, CONTRACT_METHOD, "Configure", "Sets type, name and immediate connection together",
     {{CONTRACT_IN, "VMSerialPortType", "portType"}, {CONTRACT_IN, "BSTR", "portName"},
      {CONTRACT_IN, "VARIANT_BOOL", "vmConnectImmediately"}}},
    {8, 0x60020001, CONTRACT_METHOD, "_ID", "Internal number of the port",
     {{CONTRACT_OUT, "long *", "portID"}}},
    {9, 0x60020002, CONTRACT_PROPGET, "Type", "Type of the port",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMSerialPortType *", "portType"}}},
    {10, 0x60020003, CONTRACT_PROPGET, "Name", "Host port, file or pipe behind the port",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "portName"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "ConnectImmediately",
     "Whether the host port is opened when the virtual machine starts",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT_BOOL *", "vmConnectImmediately"}}},
};

static const struct contract_member serial_port_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMSerialPort **", "serialPort"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member usb_device[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "DeviceString", "Product name of the device",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "deviceName"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "ManufacturerString", "Name of the device's maker",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "manufacturerName"}}},
    {9, 0x60020002, CONTRACT_PROPGET, "AttachedToVM", "Name of the virtual machine that has the device",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "ConfigName"}}},
    {10, 0x60020003, CONTRACT_PROPGET, "HubID", "Number of the hub",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "hubID"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "Port", "Number of the port on the hub",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "port"}}},
    {12, 0x60020005, CONTRACT_PROPGET, "DeviceClass", "USB class of the device",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMUSBDeviceClassEnum *", "deviceClass"}}},
};

static const struct contract_member usb_device_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMUSBDevice **", "usbDevice"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

/* clang-format on */
const struct contract_interface contract_devices[] = {
    {"IVMNetworkAdapter", "e32e4165-22b8-4dc0-8d57-850171ae207a", "A network adapter of a virtual machine",
     network_adapter, sizeof network_adapter / sizeof network_adapter[0]},
    {"IVMNetworkAdapterCollection", "ebaeafe9-ebcd-47cf-866e-ad87d735e479", "Collection of network adapters",
     network_adapter_collection, sizeof network_adapter_collection / sizeof network_adapter_collection[0]},
    {"IVMVirtualNetwork", "431cb7a1-2469-4563-b94e-38b987adca63", "A virtual network", virtual_network,
     sizeof virtual_network / sizeof virtual_network[0]},
    {"IVMVirtualNetworkCollection", "8ed680be-4242-4b2a-a21c-1982d8b0f675", "Collection of virtual networks",
     virtual_network_collection, sizeof virtual_network_collection / sizeof virtual_network_collection[0]},
    {"IVMHardDisk", "ffa14ae6-48f5-42a4-8a22-186f2e5c7db0", "A virtual hard disk file", hard_disk,
     sizeof hard_disk / sizeof hard_disk[0]},
    {"IVMHardDiskConnection", "aefa36a5-463a-46ae-9e6c-a1fb4e12e671",
     "The place of a virtual hard disk on the IDE buses", hard_disk_connection,
     sizeof hard_disk_connection / sizeof hard_disk_connection[0]},
    {"IVMHardDiskConnectionCollection", "b9f2caf4-0aeb-4085-b105-ceddb90dbf62", "Collection of hard disk connections",
     hard_disk_connection_collection,
     sizeof hard_disk_connection_collection / sizeof hard_disk_connection_collection[0]},
    {"IVMDVDDrive", "b96328f6-6732-437d-a00d-ffa47e43971c", "A DVD drive of a virtual machine", dvd_drive,
     sizeof dvd_drive / sizeof dvd_drive[0]},
    {"IVMDVDDriveCollection", "bc86e297-e55f-4742-9614-ad11d3131f68", "Collection of DVD drives", dvd_drive_collection,
     sizeof dvd_drive_collection / sizeof dvd_drive_collection[0]},
    {"IVMFloppyDrive", "661abee6-112a-4ed9-babf-3c874969f10e", "A floppy drive of a virtual machine", floppy_drive,
     sizeof floppy_drive / sizeof floppy_drive[0]},
    {"IVMFloppyDriveCollection", "8ba70a25-f698-4ee5-85ce-3cc93a925516", "Collection of floppy drives",
     floppy_drive_collection, sizeof floppy_drive_collection / sizeof floppy_drive_collection[0]},
    {"IVMParallelPort", "097beecb-0a02-474f-abd6-298b22293fc6", "A parallel port of a virtual machine", parallel_port,
     sizeof parallel_port / sizeof parallel_port[0]},
    {"IVMParallelPortCollection", "27c3e036-198f-430c-8735-6e652f7203fd", "Collection of parallel ports",
     parallel_port_collection, sizeof parallel_port_collection / sizeof parallel_port_collection[0]},
    {"IVMSerialPort", "2ce4460d-1d3f-4458-bf8b-44084b816815", "A serial port of a virtual machine", serial_port,
     sizeof serial_port / sizeof serial_port[0]},
    {"IVMSerialPortCollection", "dd3c6175-1f04-4341-9f85-104074880289", "Collection of serial ports",
     serial_port_collection, sizeof serial_port_collection / sizeof serial_port_collection[0]},
    {"IVMUSBDevice", "63c1258c-5721-4070-b86b-a6ce2afec0b3", "A USB device of the host", usb_device,
     sizeof usb_device / sizeof usb_device[0]},
    {"IVMUSBDeviceCollection", "4fbcd6a5-f53c-4d1c-9f4d-e90abb8b3749", "Collection of USB devices",
     usb_device_collection, sizeof usb_device_collection / sizeof usb_device_collection[0]},
};
const size_t contract_devices_count = sizeof contract_devices / sizeof contract_devices[0];
