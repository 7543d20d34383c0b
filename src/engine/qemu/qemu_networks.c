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

json_t *qemu_vm_network_words(const struct engine_vm *vm)
{
    json_t *words = json_array();

    for (int slot = 0; slot < MACHINE_MAX_ADAPTERS; slot++) {
        const struct qemu_ports *ports = &vm->internal_ports[slot];

        if (ports->guest)
            json_array_append_new(words, json_pack("[i,i,i]", slot, ports->guest, ports->relay));
    }
    return words;
}

bool qemu_vm_read_network_words(struct engine_vm *vm, const json_t *words)
{
    json_t *word;
    size_t i;

    json_array_foreach(words, i, word)
    {
        int slot, guest, relay;

        if (json_unpack(word, "[i,i,i]", &slot, &guest, &relay) || slot < 0 || slot >= MACHINE_MAX_ADAPTERS ||
            guest <= 0 || guest > UINT16_MAX || relay <= 0 || relay > UINT16_MAX)
            return false;
        vm->internal_ports[slot] = (struct qemu_ports){.guest = (uint16_t)guest, .relay = (uint16_t)relay};
    }
    return true;
}

static bool reopen(struct engine_vm *vm, struct vpc_error *err)
{
    for (int slot = 0; slot < MACHINE_MAX_ADAPTERS; slot++) {
        if (!vm->internal_ports[slot].guest)
            continue;
        if (!vm->internal && !internal_network_open(&vm->internal, vm->loop, vm->run_folder, err))
            return false;
        if (!internal_network_add(vm->internal, &vm->internal_ports[slot], err))
            return false;
    }
    return qemu_vm_join_networks(vm, err);
}

void qemu_vm_reopen_networks(struct engine_vm *vm)
{
    struct vpc_error err;

    if (reopen(vm, &err))
        return;
    vpc_fail_in(&err, "the wire of this VM is cut until it is started again");
    vm->events->warned(vm->context, &err);
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
