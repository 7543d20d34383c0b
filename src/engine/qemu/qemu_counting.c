/* Samples: the captures of the adapters, the drives' counters, processor time. */
#include <string.h>
#include "engine/qemu/block_stats.h"
#include "engine/qemu/qemu_vm.h"

bool qemu_vm_drain(struct engine_vm *vm, struct vpc_error *err)
{
    bool ok = true;

    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            struct vpc_error failure;

            if (!vm->counters[i][direction] || dump_counter_drain(vm->counters[i][direction], &failure))
                continue;
            if (ok)
                *err = failure;
            ok = false;
        }
    }
    return ok;
}

uint64_t qemu_vm_packets_sent(const struct engine_vm *vm)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        uint64_t bytes, packets;

        sum += vm->host_traffic[i].packets_received;
        if (!vm->counters[i][DUMP_SENT])
            continue;
        dump_counter_totals(vm->counters[i][DUMP_SENT], &bytes, &packets);
        sum += packets;
    }
    return sum;
}

uint64_t qemu_vm_disk_bytes(const struct engine_vm *vm)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        sum += vm->drives[i].bytes_read + vm->drives[i].bytes_written;
    return sum;
}

/* What the host receives through the device, the guest has sent. */
static void read_host_adapter(const struct host_adapter_traffic *traffic, struct adapter_reading *adapter)
{
    adapter->bytes_sent = traffic->bytes_received;
    adapter->packets_sent = traffic->packets_received;
    adapter->bytes_received = traffic->bytes_sent;
    adapter->packets_received = traffic->packets_sent;
}

static void read_adapters(struct engine_vm *vm, struct engine_sample *sample)
{
    sample->memory[QEMU_MEMORY_LAYOUT] = QEMU_MEMORY_THIS_LAYOUT;
    if (vm->reset_filter.had_reset) {
        sample->memory[QEMU_MEMORY_RESET] = (uint64_t)vm->reset_filter.reset_us;
        sample->memory[QEMU_MEMORY_RESET + 1] = vm->reset_filter.packets;
        sample->memory[QEMU_MEMORY_RESET + 2] = vm->reset_filter.disk;
    }
    for (size_t i = 0; i < vm->config->adapter_count; i++) {
        uint32_t slot = vm->config->adapters[i].id;
        struct adapter_reading *adapter = &sample->adapters[slot];

        adapter->known = true; /* plugged into nothing: nothing passes */
        if (vm->config->adapters[i].network == NETWORK_HOST)
            read_host_adapter(&vm->host_traffic[i], adapter);
        if (!vm->counters[i][DUMP_SENT])
            continue;
        dump_counter_totals(vm->counters[i][DUMP_SENT], &adapter->bytes_sent, &adapter->packets_sent);
        dump_counter_totals(vm->counters[i][DUMP_RECEIVED], &adapter->bytes_received, &adapter->packets_received);
        for (uint32_t direction = 0; direction < 2; direction++)
            dump_counter_memory(vm->counters[i][direction], sample->memory + QEMU_MEMORY_COUNTERS +
                                                                ((size_t)2 * slot + direction) * DUMP_MEMORY_WORDS);
    }
}

void qemu_vm_deliver_sample(struct engine_vm *vm)
{
    struct engine_sample sample = {0};
    struct vpc_error err;
    bool ok = qemu_vm_drain(vm, &err) && qemu_vm_read_host_adapters(vm, &err);

    if (ok && !vm->drives_known) {
        err = vm->drives_error;
        ok = false;
    }
    qemu_vm_see_figures(vm);
    read_adapters(vm, &sample);
    memcpy(sample.drives, vm->drives, sizeof(sample.drives));
    for (size_t i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        sample.drives[i].renewed = vm->drives_renewed[i];
    if (ok)
        memset(vm->drives_renewed, 0, sizeof(vm->drives_renewed));
    sample.cpu_known = vm->process && qemu_process_cpu_time(vm->process, &sample.cpu_time_us);
    vm->sampling = false;
    vm->events->sampled(vm->context, &sample, ok ? NULL : &err);
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_handed_out(vm->counters[i][direction]);
        }
    }
}

void qemu_vm_take_drives(struct engine_vm *vm, const json_t *answer, const struct vpc_error *err)
{
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];

    vm->drives_known = !err && block_stats_read(answer, drives, &vm->drives_error);
    if (vm->drives_known)
        memcpy(vm->drives, drives, sizeof(drives));
    else if (err)
        vm->drives_error = *err;
}

/* The event comes before any answer without the device, and before any with another of its name. */
void qemu_vm_on_device_deleted(struct engine_vm *vm, const json_t *data)
{
    const char *device = json_string_value(json_object_get(data, "path"));
    size_t slot;

    if (!device || !block_stats_slot(device, &slot))
        return;
    vm->drives[slot] = (struct drive_reading){0};
    vm->drives_renewed[slot] = true;
}

void qemu_vm_ask_drives(struct engine_vm *vm, qmp_reply *reply)
{
    qmp_client_send(vm->client, "query-blockstats", json_null(), reply, vm);
}

void qemu_vm_rotate(struct engine_vm *vm)
{
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_rotate(vm->counters[i][direction], vm->config->dump_rotate_bytes);
        }
    }
}
