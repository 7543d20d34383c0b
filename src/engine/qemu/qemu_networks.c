/* What the adapters are plugged into, besides NAT: the internal network, and adapters of the host. */
#include "engine/qemu/qemu_vm.h"

bool qemu_vm_open_networks(struct engine_vm *vm, struct vpc_error *err)
{
    for (size_t i = 0; i < vm->config->adapter_count; i++) {
        const struct machine_adapter *adapter = &vm->config->adapters[i];

        /* QEMU would make a device that is not there, if it may. */
        if (adapter->network == NETWORK_HOST && !host_adapter_find(adapter->network_name, err))
            return vpc_fail_in(err, "network adapter %u", adapter->id);
        if (adapter->network != NETWORK_INTERNAL || adapter->id >= MACHINE_MAX_ADAPTERS)
            continue;
        if (!vm->internal && !internal_network_open(&vm->internal, vm->loop, vm->run_folder, err))
            return false;
        if (!internal_network_add(vm->internal, &vm->internal_ports[adapter->id], err))
            return false;
    }
    return true;
}

bool qemu_vm_join_networks(struct engine_vm *vm, struct vpc_error *err)
{
    uint64_t start;
    int64_t pid;

    if (!vm->internal)
        return true;
    if (!qemu_process_id(vm->process, &pid, &start))
        return vpc_fail(err, VPC_UNEXPECTED, "internal network: QEMU has connected, but its process id is not known");
    return internal_network_join(vm->internal, pid, start, err);
}

bool qemu_vm_read_host_adapters(struct engine_vm *vm, struct vpc_error *err)
{
    bool ok = true;

    for (size_t i = 0; i < vm->config->adapter_count; i++) {
        const struct machine_adapter *adapter = &vm->config->adapters[i];
        struct host_adapter_traffic traffic;
        struct vpc_error failure;

        if (adapter->network != NETWORK_HOST)
            continue;
        if (host_adapter_read(adapter->network_name, &traffic, &failure)) {
            vm->host_traffic[i] = traffic;
            continue;
        }
        /* A device may go with its last user. What it showed last stays then. */
        if (vm->state == STATE_OVER || !ok)
            continue;
        *err = failure;
        ok = vpc_fail_in(err, "network adapter %u", adapter->id);
    }
    return ok;
}
