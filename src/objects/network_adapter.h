/*
 * IVMNetworkAdapter and IVMNetworkAdapter2: one emulated network card of one VM, known by the id of its element in the
 * .vmc.
 */
#ifndef VPC_OBJECTS_NETWORK_ADAPTER_H
#define VPC_OBJECTS_NETWORK_ADAPTER_H

#include "VPCCOMInterfaces.h"
#include "config/machine_config.h"
#include "objects/machine.h"
#include "objects/virtual_network.h"

/* Shares `machine`. *adapter (out): one reference, NULL on failure. */
HRESULT network_adapter_create(struct machine *machine, uint32_t id, IVMNetworkAdapter **adapter);

/* The VM (borrowed) and the id behind an object that a client passed in; NULL when it is no adapter of ours. */
struct machine *network_adapter_from_client(IVMNetworkAdapter *adapter, uint32_t *id);

/* The adapters of one VM. */
HRESULT network_adapter_collection_of_machine(struct machine *machine, IVMNetworkAdapterCollection **collection);

/* The adapters of all registered VMs that are plugged into this network; NULL: into nothing. VMs whose
 * configuration cannot be read have none. */
HRESULT network_adapter_collection_of_network(struct home *home, const struct virtual_network_info *network,
                                              IVMNetworkAdapterCollection **collection);

#endif
