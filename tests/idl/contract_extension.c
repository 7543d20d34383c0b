/* Interfaces and enumerations of our own: what the documented interface never had. Kept apart from the documented
 * tables, which stay exactly what the documentation says. */
#include "contract.h"

/* clang-format off */
static const struct contract_member accountant2[] = {
    {14, 0x60030000, CONTRACT_PROPGET, "NetworkPacketsSent", "Ethernet frames sent by all network adapters of the virtual machine",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "figure"}}},
    {15, 0x60030001, CONTRACT_PROPGET, "NetworkPacketsReceived", "Ethernet frames received by all network adapters of the virtual machine",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "figure"}}},
    {16, 0x60030002, CONTRACT_PROPGET, "Epoch", "Number of the present epoch",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "epochNumber"}}},
    {17, 0x60030003, CONTRACT_PROPGET, "EpochStart", "When the present epoch began, UTC",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "DATE *", "instant"}}},
    {18, 0x60030004, CONTRACT_PROPGET, "EpochCause", "What opened the present epoch",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMEpochCause *", "cause"}}},
    {19, 0x60030005, CONTRACT_PROPGET, "CPUHistory", "Processor use of the past minute as an array that scripts can walk",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "percentages"}}},
    {20, 0x60030006, CONTRACT_PROPGET, "Snapshot", "All figures of one instant",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMAccountingSnapshot **", "accountingSnapshot"}}},
    {21, 0x60030007, CONTRACT_PROPGET, "Lifetime", "What the virtual machine has used since its first power on",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IVMAccountant **", "accountant"}}},
    {22, 0x60030008, CONTRACT_PROPGET, "EpochStartText", "When the present epoch began, UTC, as ISO 8601",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "instantText"}}},
};

static const struct contract_member accounting_snapshot[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "State", "State of the virtual machine at that instant",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMVMState *", "virtualMachineState"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "TakenAt", "When the snapshot was taken, UTC",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "DATE *", "instant"}}},
    {9, 0x60020002, CONTRACT_PROPGET, "Epoch", "Number of the epoch that the figures belong to",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "epochNumber"}}},
    {10, 0x60020003, CONTRACT_PROPGET, "EpochStart", "When the epoch began, UTC",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "DATE *", "instant"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "EpochCause", "What opened the epoch",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VMEpochCause *", "cause"}}},
    {12, 0x60020005, CONTRACT_PROPGET, "UpTime", "Seconds from the start of the epoch to TakenAt",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "secondsAlive"}}},
    {13, 0x60020006, CONTRACT_PROPGET, "CPUUtilization", "Processor use of the virtual machine in percent, as it was",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "percentageUtilization"}}},
    {14, 0x60020007, CONTRACT_PROPGET, "CPUHistory", "Processor use of the minute before, second by second",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "percentages"}}},
    {15, 0x60020008, CONTRACT_PROPGET, "NetworkBytesSent", "Bytes sent by all network adapters, as a number",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "double *", "figure"}}},
    {16, 0x60020009, CONTRACT_PROPGET, "NetworkBytesSentText", "Bytes sent by all network adapters, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {17, 0x6002000a, CONTRACT_PROPGET, "NetworkBytesReceived", "Bytes received by all network adapters, as a number",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "double *", "figure"}}},
    {18, 0x6002000b, CONTRACT_PROPGET, "NetworkBytesReceivedText", "Bytes received by all network adapters, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {19, 0x6002000c, CONTRACT_PROPGET, "NetworkPacketsSent", "Ethernet frames sent by all network adapters, as a number",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "double *", "figure"}}},
    {20, 0x6002000d, CONTRACT_PROPGET, "NetworkPacketsSentText", "Ethernet frames sent by all network adapters, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {21, 0x6002000e, CONTRACT_PROPGET, "NetworkPacketsReceived", "Ethernet frames received by all network adapters, as a number",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "double *", "figure"}}},
    {22, 0x6002000f, CONTRACT_PROPGET, "NetworkPacketsReceivedText", "Ethernet frames received by all network adapters, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {23, 0x60020010, CONTRACT_PROPGET, "DiskBytesRead", "Bytes read through all storage controllers, as a number",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "double *", "figure"}}},
    {24, 0x60020011, CONTRACT_PROPGET, "DiskBytesReadText", "Bytes read through all storage controllers, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {25, 0x60020012, CONTRACT_PROPGET, "DiskBytesWritten", "Bytes written through all storage controllers, as a number",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "double *", "figure"}}},
    {26, 0x60020013, CONTRACT_PROPGET, "DiskBytesWrittenText", "Bytes written through all storage controllers, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {27, 0x60020014, CONTRACT_PROPGET, "TakenAtText", "When the snapshot was taken, UTC, as ISO 8601",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "instantText"}}},
    {28, 0x60020015, CONTRACT_PROPGET, "EpochStartText", "When the epoch began, UTC, as ISO 8601",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "instantText"}}},
};

static const struct contract_member network_adapter2[] = {
    {16, 0x60030000, CONTRACT_PROPGET, "BytesSent", "Bytes that the adapter has sent",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "figure"}}},
    {17, 0x60030001, CONTRACT_PROPGET, "BytesSentText", "Bytes that the adapter has sent, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {18, 0x60030002, CONTRACT_PROPGET, "BytesReceived", "Bytes that the adapter has received",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "figure"}}},
    {19, 0x60030003, CONTRACT_PROPGET, "BytesReceivedText", "Bytes that the adapter has received, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {20, 0x60030004, CONTRACT_PROPGET, "PacketsSent", "Ethernet frames that the adapter has sent",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "figure"}}},
    {21, 0x60030005, CONTRACT_PROPGET, "PacketsSentText", "Ethernet frames that the adapter has sent, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {22, 0x60030006, CONTRACT_PROPGET, "PacketsReceived", "Ethernet frames that the adapter has received",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "VARIANT *", "figure"}}},
    {23, 0x60030007, CONTRACT_PROPGET, "PacketsReceivedText", "Ethernet frames that the adapter has received, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
};

static const struct contract_member usage[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "VirtualMachineName", "Name by which the virtual machine was last known",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "virtualMachineName"}}},
    {8, 0x60020001, CONTRACT_PROPGET, "VirtualMachineID", "Lasting identifier of the configuration",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "virtualMachineID"}}},
    {9, 0x60020002, CONTRACT_PROPGET, "Adapter", "Network adapter that has used it",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "slot"}}},
    {10, 0x60020003, CONTRACT_PROPGET, "Period", "Day, month or minute in which it was used, UTC",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "period"}}},
    {11, 0x60020004, CONTRACT_PROPGET, "CPUUtilization", "Processor use in percent, mean of the minute",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "percentageUtilization"}}},
    {12, 0x60020005, CONTRACT_PROPGET, "NetworkBytesSentText", "Bytes sent, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {13, 0x60020006, CONTRACT_PROPGET, "NetworkBytesReceivedText", "Bytes received, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {14, 0x60020007, CONTRACT_PROPGET, "NetworkPacketsSentText", "Ethernet frames sent, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {15, 0x60020008, CONTRACT_PROPGET, "NetworkPacketsReceivedText", "Ethernet frames received, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {16, 0x60020009, CONTRACT_PROPGET, "DiskBytesReadText", "Bytes read from drives, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
    {17, 0x6002000a, CONTRACT_PROPGET, "DiskBytesWrittenText", "Bytes written to drives, all digits",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "BSTR *", "digits"}}},
};

static const struct contract_member usage_collection[] = {
    {7, 0x60020000, CONTRACT_PROPGET, "Count", "Number of members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "long *", "count"}}},
    {8, 0, CONTRACT_PROPGET, "Item", "A member of the collection by its index",
     {{CONTRACT_IN, "long", "index"}, {CONTRACT_OUT | CONTRACT_RETVAL, "IVMUsage **", "usage"}}},
    {9, -4, CONTRACT_PROPGET, "_NewEnum", "An enumerator over the members",
     {{CONTRACT_OUT | CONTRACT_RETVAL, "IUnknown **", "enumerator"}}},
};

static const struct contract_member virtual_pc2[] = {
    {48, 0x60030000, CONTRACT_METHOD, "Usage", "What virtual machines have used, from the usage ledger",
     {{CONTRACT_IN, "BSTR", "virtualMachineName"}, {CONTRACT_IN, "VMUsageGrouping", "grouping"},
      {CONTRACT_IN, "BSTR", "firstDay"}, {CONTRACT_IN, "BSTR", "lastDay"},
      {CONTRACT_OUT | CONTRACT_RETVAL, "IVMUsageCollection **", "rows"}}},
    {49, 0x60030001, CONTRACT_METHOD, "DeleteUsage", "Removes all that a virtual machine has used from the usage ledger",
     {{CONTRACT_IN, "BSTR", "virtualMachineID"}}},
};

/* clang-format on */
const struct contract_extension contract_extensions[] = {
    {{"IVMAccountant2", "3bf66b38-7767-4df1-8245-50e660d2d1b0",
      "What a virtual machine has used, with packets, epochs and snapshots", accountant2,
      sizeof accountant2 / sizeof accountant2[0]},
     "IVMAccountant",
     14},
    {{"IVMAccountingSnapshot", "f4140420-9c01-4df2-9568-16d47fe20485",
      "All figures of a virtual machine at one instant", accounting_snapshot,
      sizeof accounting_snapshot / sizeof accounting_snapshot[0]},
     NULL,
     7},
    {{"IVMNetworkAdapter2", "6663c7aa-aabd-4119-8cf2-e690bbf32eaf",
      "A network adapter of a virtual machine, with its counters", network_adapter2,
      sizeof network_adapter2 / sizeof network_adapter2[0]},
     "IVMNetworkAdapter",
     16},
    {{"IVMUsage", "d5983220-c45c-4830-adbb-5d3a3d8334e4", "What a virtual machine has used in a time", usage, sizeof usage / sizeof usage[0]}, NULL, 7},
    {{"IVMUsageCollection", "87a383c4-3fbd-43ac-9416-1d2277846abc", "Collection of usage rows", usage_collection,
      sizeof usage_collection / sizeof usage_collection[0]},
     NULL,
     7},
    {{"IVMVirtualPC2", "c7ca018b-b3f8-4c91-b1c7-d1ef79d7e65a", "The application, with the usage of all virtual machines", virtual_pc2,
      sizeof virtual_pc2 / sizeof virtual_pc2[0]},
     "IVMVirtualPC",
     48},
};
const size_t contract_extension_count = sizeof contract_extensions / sizeof contract_extensions[0];

static const struct contract_value values_of_epoch_cause[] = {
    {"vmEpochCause_None", 0, "No epoch: the virtual machine is not active"},
    {"vmEpochCause_PowerOn", 1, "Power on"},
    {"vmEpochCause_Reset", 2, "A reset from outside"},
    {"vmEpochCause_GuestReboot", 3, "A restart by the guest itself"},
    {"vmEpochCause_Restored", 4, "A restore from saved state"},
};

static const struct contract_value values_of_usage_grouping[] = {
    {"vmUsageBy_VirtualMachine", 1, "A virtual machine"},
    {"vmUsageBy_Adapter", 2, "A network adapter of a virtual machine"},
    {"vmUsageBy_Day", 3, "A virtual machine on one day"},
    {"vmUsageBy_Month", 4, "A virtual machine in one month"},
    {"vmUsageBy_Minute", 5, "A virtual machine in one minute of the past three hours"},
};

const struct contract_enum contract_extension_enums[] = {
    {"VMEpochCause", "dcc51d23-dbb0-4ec9-9868-b8329b88c6aa", "What opened an epoch of the counters",
     values_of_epoch_cause, sizeof values_of_epoch_cause / sizeof values_of_epoch_cause[0]},
    {"VMUsageGrouping", "21207c6f-e178-4e60-aaff-2d0aa7fc3a97", "What one row of usage stands for", values_of_usage_grouping,
     sizeof values_of_usage_grouping / sizeof values_of_usage_grouping[0]},
};
const size_t contract_extension_enum_count = sizeof contract_extension_enums / sizeof contract_extension_enums[0];
