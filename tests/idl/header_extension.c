/* Layout of the interfaces of our own in the generated header: compiled is checked. */
#include <assert.h>
#include <stddef.h>
#include "VPCCOMInterfaces.h"

/* The derived ones begin with every slot of the documented ones. */
static_assert(offsetof(IVMAccountant2Vtbl, get_CPUUtilization) == offsetof(IVMAccountantVtbl, get_CPUUtilization),
              "first");
static_assert(offsetof(IVMAccountant2Vtbl, get_UpTime) == offsetof(IVMAccountantVtbl, get_UpTime), "last");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, _ID) == offsetof(IVMNetworkAdapterVtbl, _ID), "first");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, put_IsEthernetAddressDynamic) ==
                  offsetof(IVMNetworkAdapterVtbl, put_IsEthernetAddressDynamic),
              "last");

static_assert(offsetof(IVMAccountant2Vtbl, get_NetworkPacketsSent) == 14 * sizeof(void *), "get_NetworkPacketsSent");
static_assert(offsetof(IVMAccountant2Vtbl, get_NetworkPacketsReceived) == 15 * sizeof(void *),
              "get_NetworkPacketsReceived");
static_assert(offsetof(IVMAccountant2Vtbl, get_Epoch) == 16 * sizeof(void *), "get_Epoch");
static_assert(offsetof(IVMAccountant2Vtbl, get_EpochStart) == 17 * sizeof(void *), "get_EpochStart");
static_assert(offsetof(IVMAccountant2Vtbl, get_EpochCause) == 18 * sizeof(void *), "get_EpochCause");
static_assert(offsetof(IVMAccountant2Vtbl, get_CPUHistory) == 19 * sizeof(void *), "get_CPUHistory");
static_assert(offsetof(IVMAccountant2Vtbl, get_Snapshot) == 20 * sizeof(void *), "get_Snapshot");
static_assert(offsetof(IVMAccountant2Vtbl, get_Lifetime) == 21 * sizeof(void *), "get_Lifetime");
static_assert(offsetof(IVMAccountant2Vtbl, get_EpochStartText) == 22 * sizeof(void *), "get_EpochStartText");
static_assert(sizeof(IVMAccountant2Vtbl) == 23 * sizeof(void *), "IVMAccountant2");

static_assert(offsetof(IVMAccountingSnapshotVtbl, get_State) == 7 * sizeof(void *), "get_State");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_TakenAt) == 8 * sizeof(void *), "get_TakenAt");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_Epoch) == 9 * sizeof(void *), "get_Epoch");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_EpochStart) == 10 * sizeof(void *), "get_EpochStart");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_EpochCause) == 11 * sizeof(void *), "get_EpochCause");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_UpTime) == 12 * sizeof(void *), "get_UpTime");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_CPUUtilization) == 13 * sizeof(void *), "get_CPUUtilization");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_CPUHistory) == 14 * sizeof(void *), "get_CPUHistory");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkBytesSent) == 15 * sizeof(void *), "get_NetworkBytesSent");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkBytesSentText) == 16 * sizeof(void *),
              "get_NetworkBytesSentText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkBytesReceived) == 17 * sizeof(void *),
              "get_NetworkBytesReceived");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkBytesReceivedText) == 18 * sizeof(void *),
              "get_NetworkBytesReceivedText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkPacketsSent) == 19 * sizeof(void *),
              "get_NetworkPacketsSent");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkPacketsSentText) == 20 * sizeof(void *),
              "get_NetworkPacketsSentText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkPacketsReceived) == 21 * sizeof(void *),
              "get_NetworkPacketsReceived");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_NetworkPacketsReceivedText) == 22 * sizeof(void *),
              "get_NetworkPacketsReceivedText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_DiskBytesRead) == 23 * sizeof(void *), "get_DiskBytesRead");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_DiskBytesReadText) == 24 * sizeof(void *),
              "get_DiskBytesReadText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_DiskBytesWritten) == 25 * sizeof(void *), "get_DiskBytesWritten");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_DiskBytesWrittenText) == 26 * sizeof(void *),
              "get_DiskBytesWrittenText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_TakenAtText) == 27 * sizeof(void *), "get_TakenAtText");
static_assert(offsetof(IVMAccountingSnapshotVtbl, get_EpochStartText) == 28 * sizeof(void *), "get_EpochStartText");
static_assert(sizeof(IVMAccountingSnapshotVtbl) == 29 * sizeof(void *), "IVMAccountingSnapshot");

static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_BytesSent) == 16 * sizeof(void *), "get_BytesSent");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_BytesSentText) == 17 * sizeof(void *), "get_BytesSentText");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_BytesReceived) == 18 * sizeof(void *), "get_BytesReceived");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_BytesReceivedText) == 19 * sizeof(void *), "get_BytesReceivedText");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_PacketsSent) == 20 * sizeof(void *), "get_PacketsSent");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_PacketsSentText) == 21 * sizeof(void *), "get_PacketsSentText");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_PacketsReceived) == 22 * sizeof(void *), "get_PacketsReceived");
static_assert(offsetof(IVMNetworkAdapter2Vtbl, get_PacketsReceivedText) == 23 * sizeof(void *),
              "get_PacketsReceivedText");
static_assert(sizeof(IVMNetworkAdapter2Vtbl) == 24 * sizeof(void *), "IVMNetworkAdapter2");

static_assert(vmEpochCause_None == 0 && vmEpochCause_PowerOn == 1 && vmEpochCause_Reset == 2 &&
                  vmEpochCause_GuestReboot == 3 && vmEpochCause_Restored == 4,
              "VMEpochCause");

static_assert(offsetof(IVMUsageVtbl, get_VirtualMachineName) == 7 * sizeof(void *), "get_VirtualMachineName");
static_assert(offsetof(IVMUsageVtbl, get_VirtualMachineID) == 8 * sizeof(void *), "get_VirtualMachineID");
static_assert(offsetof(IVMUsageVtbl, get_Adapter) == 9 * sizeof(void *), "get_Adapter");
static_assert(offsetof(IVMUsageVtbl, get_Period) == 10 * sizeof(void *), "get_Period");
static_assert(offsetof(IVMUsageVtbl, get_CPUUtilization) == 11 * sizeof(void *), "get_CPUUtilization");
static_assert(offsetof(IVMUsageVtbl, get_NetworkBytesSentText) == 12 * sizeof(void *), "get_NetworkBytesSentText");
static_assert(offsetof(IVMUsageVtbl, get_NetworkBytesReceivedText) == 13 * sizeof(void *),
              "get_NetworkBytesReceivedText");
static_assert(offsetof(IVMUsageVtbl, get_NetworkPacketsSentText) == 14 * sizeof(void *), "get_NetworkPacketsSentText");
static_assert(offsetof(IVMUsageVtbl, get_NetworkPacketsReceivedText) == 15 * sizeof(void *),
              "get_NetworkPacketsReceivedText");
static_assert(offsetof(IVMUsageVtbl, get_DiskBytesReadText) == 16 * sizeof(void *), "get_DiskBytesReadText");
static_assert(offsetof(IVMUsageVtbl, get_DiskBytesWrittenText) == 17 * sizeof(void *), "get_DiskBytesWrittenText");
static_assert(sizeof(IVMUsageVtbl) == 18 * sizeof(void *), "IVMUsage");
static_assert(sizeof(IVMUsageCollectionVtbl) == 10 * sizeof(void *), "IVMUsageCollection");
static_assert(offsetof(IVMVirtualPC2Vtbl, get_UpTime) == offsetof(IVMVirtualPCVtbl, get_UpTime), "last");
static_assert(offsetof(IVMVirtualPC2Vtbl, Usage) == 48 * sizeof(void *), "Usage");
static_assert(offsetof(IVMVirtualPC2Vtbl, DeleteUsage) == 49 * sizeof(void *), "DeleteUsage");
static_assert(sizeof(IVMVirtualPC2Vtbl) == 50 * sizeof(void *), "IVMVirtualPC2");

static_assert(vmUsageBy_VirtualMachine == 1 && vmUsageBy_Adapter == 2 && vmUsageBy_Day == 3 && vmUsageBy_Month == 4 &&
                  vmUsageBy_Minute == 5,
              "VMUsageGrouping");
