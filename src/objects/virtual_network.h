/*
 * IVMVirtualNetwork: a switch that virtual network adapters are plugged into. A host has `Shared Networking
 * (NAT)`, `Internal Network`, and one for each TAP device (util/host_adapter.h), which is named like its device.
 */
#ifndef VPC_OBJECTS_VIRTUAL_NETWORK_H
#define VPC_OBJECTS_VIRTUAL_NETWORK_H

#include "VPCCOMInterfaces.h"
#include "config/machine_config.h"
#include "objects/home.h"

/* What a network is called and how it is stored. */
struct virtual_network_info {
    enum network_kind kind;
    const char *name;
    uint8_t id[16];
};

/* The network of that kind and id; shares `home`. *network (out): one reference, NULL on failure. S_FALSE and NULL when
 * this host has no such network. */
HRESULT virtual_network_with_id(struct home *home, enum network_kind kind, const uint8_t id[16],
                                IVMVirtualNetwork **network);

/* The network of that name, case ignored. S_FALSE and NULL when there is none. */
HRESULT virtual_network_find(struct home *home, const char *name, IVMVirtualNetwork **network);

/* All networks, a snapshot. */
HRESULT virtual_network_collection_create(struct home *home, IVMVirtualNetworkCollection **collection);

/* What is behind an object that a client passed in, as long as that lives; NULL when it is no network of ours. */
const struct virtual_network_info *virtual_network_from_client(IVMVirtualNetwork *network);

/* False with VPC_FILE_NOT_FOUND when the host adapter behind the network is gone. */
bool virtual_network_exists(const struct virtual_network_info *info, struct vpc_error *err);

#endif
