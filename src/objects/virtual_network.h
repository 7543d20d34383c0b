/*
 * IVMVirtualNetwork: a switch that virtual network adapters are plugged into. This host has two, `Shared Networking
 * (NAT)` and `Internal Network`; those of host adapters are not built yet.
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

/* NULL for a kind of which this host has no network. Static. */
const struct virtual_network_info *virtual_network_info(enum network_kind kind);

/* The object of such a network; shares `home`. *network (out): one reference, NULL on failure. */
HRESULT virtual_network_create(struct home *home, const struct virtual_network_info *info, IVMVirtualNetwork **network);

/* The network of that name, case ignored. S_FALSE and NULL when there is none. */
HRESULT virtual_network_find(struct home *home, const char *name, IVMVirtualNetwork **network);

/* All networks, a snapshot. */
HRESULT virtual_network_collection_create(struct home *home, IVMVirtualNetworkCollection **collection);

/* What is behind an object that a client passed in, NULL when it is no network of ours. */
const struct virtual_network_info *virtual_network_from_client(IVMVirtualNetwork *network);

#endif
