/* The network adapters of a VM as its .vmc has them. */
#ifndef VPC_OBJECTS_ADAPTER_CONFIG_H
#define VPC_OBJECTS_ADAPTER_CONFIG_H

#include "config/machine_config.h"
#include "objects/machine.h"
#include "objects/virtual_network.h"

/* The typed view of the whole configuration; machine_config_clear it. */
bool adapter_config_all(struct machine *machine, struct machine_config *config, struct vpc_error *err);

/* One adapter. *adapter (out) owns nothing: its texts are NULL. VPC_UNEXPECTED when it was removed. */
bool adapter_config_read(struct machine *machine, uint32_t id, struct machine_adapter *adapter, struct vpc_error *err);

/* What to change of an adapter: each part only when its flag is set. */
struct adapter_change {
    bool plug;
    const struct virtual_network_info *network; /* NULL: into nothing */
    bool set_mac;
    uint8_t mac[6];
    bool set_dynamic;
    bool dynamic;
};

bool adapter_config_change(struct machine *machine, uint32_t id, const struct adapter_change *change,
                           struct vpc_error *err);

/* Adds an adapter that is plugged into nothing; *id (out). VPC_STATE_CONFLICT: the VM has MACHINE_MAX_ADAPTERS already.
 */
bool adapter_config_add(struct machine *machine, uint32_t *id, struct vpc_error *err);
bool adapter_config_remove(struct machine *machine, uint32_t id, struct vpc_error *err);

#endif
