#include "objects/adapter_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "objects/out.h"
#include "objects/setting_change.h"
#include "util/text.h"

#define KEY_ADAPTERS "hardware/pci_bus/ethernet_adapter"
#define KEY_COUNT    KEY_ADAPTERS "/controller_count"
#define CONTROLLER   "ethernet_controller"

enum {
    KEY_SIZE = 160,
    CONTROLLERS_MOST = 64
};

/* Key of an adapter, or of `leaf` below it when it is not empty. */
static const char *adapter_key(char key[KEY_SIZE], uint32_t id, const char *leaf)
{
    snprintf(key, KEY_SIZE, KEY_ADAPTERS "/" CONTROLLER "[@id=%u]%s%s", (unsigned)id, *leaf ? "/" : "", leaf);
    return key;
}

static bool fail_removed(uint32_t id, struct vpc_error *err)
{
    return vpc_fail(err, VPC_UNEXPECTED, "network adapter %u of this VM was removed", (unsigned)id);
}

bool adapter_config_all(struct machine *machine, struct machine_config *config, struct vpc_error *err)
{
    struct settings *settings = NULL;
    char *name = NULL, *vmc = NULL;
    bool read = machine_name(machine, &name, err) && machine_vmc(machine, &vmc, err) &&
                machine_settings(machine, &settings, err) &&
                machine_config_read(config, name, vmc, settings, NULL, err);
    settings_free(settings);
    free(vmc);
    free(name);
    return read;
}

bool adapter_config_read(struct machine *machine, uint32_t id, struct machine_adapter *adapter, struct vpc_error *err)
{
    struct machine_config config;
    bool found = false;
    if (!adapter_config_all(machine, &config, err))
        return false;
    for (size_t i = 0; i < config.adapter_count && !found; i++) {
        found = config.adapters[i].id == id;
        if (found)
            *adapter = config.adapters[i];
    }
    adapter->network_name = NULL;
    adapter->tftp_folder = NULL;
    adapter->boot_file = NULL;
    machine_config_clear(&config);
    return found || fail_removed(id, err);
}

/* A change that carries what the caller wants to know of it. */
struct adapter_edit {
    uint32_t id;
    const struct adapter_change *change;
};

static bool edit_adapter(struct settings *settings, void *context, struct vpc_error *err)
{
    const struct adapter_edit *edit = context;
    const struct adapter_change *change = edit->change;
    char key[KEY_SIZE];
    if (!settings_has(settings, adapter_key(key, edit->id, "")))
        return fail_removed(edit->id, err);
    if (change->plug && !change->network &&
        !setting_remove_if_there(settings, adapter_key(key, edit->id, "virtual_network"), err))
        return false;
    if (change->network &&
        (!settings_set_bytes(settings, adapter_key(key, edit->id, "virtual_network/id"), change->network->id,
                             sizeof change->network->id, err) ||
         !settings_set_text(settings, adapter_key(key, edit->id, "virtual_network/name"), change->network->name, err)))
        return false;
    if (change->set_mac && !settings_set_bytes(settings, adapter_key(key, edit->id, "ethernet_card_address"),
                                               change->mac, sizeof change->mac, err))
        return false;
    return !change->set_dynamic ||
           settings_set_boolean(settings, adapter_key(key, edit->id, "ethernet_card_address_dynamic"), change->dynamic,
                                err);
}

bool adapter_config_change(struct machine *machine, uint32_t id, const struct adapter_change *change,
                           struct vpc_error *err)
{
    struct adapter_edit edit = {.id = id, .change = change};
    return machine_change(machine, edit_adapter, &edit, err);
}

/* Ids of the adapters that the VM has: the first controller_count elements. A file may have more elements than that,
 * which stand for nothing. */
static bool counted_ids(const struct settings *settings, uint32_t ids[CONTROLLERS_MOST], size_t *count,
                        struct vpc_error *err)
{
    struct setting setting;
    size_t there;
    if (!settings_ids(settings, KEY_ADAPTERS, CONTROLLER, ids, CONTROLLERS_MOST, &there))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the network adapters of this VM");
    if (there > CONTROLLERS_MOST)
        there = CONTROLLERS_MOST;
    *count = there;
    if (!settings_get(settings, KEY_COUNT, &setting, err))
        return err->cause != VPC_OUT_OF_MEMORY;
    if (setting.type == SETTING_INTEGER && setting.integer < there)
        *count = setting.integer;
    setting_clear(&setting);
    return true;
}

static bool has_id(const uint32_t *ids, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static bool add_adapter(struct settings *settings, void *context, struct vpc_error *err)
{
    uint32_t ids[CONTROLLERS_MOST], *id = context;
    size_t count;
    char key[KEY_SIZE];
    if (!counted_ids(settings, ids, &count, err))
        return false;
    if (count >= MACHINE_MAX_ADAPTERS)
        return vpc_fail(err, VPC_STATE_CONFLICT, "the VM has %u network adapters already", (unsigned)count);
    for (*id = 0; has_id(ids, count, *id);)
        ++*id;
    /* An element that did not count must not lend its network and its address. */
    return setting_remove_if_there(settings, adapter_key(key, *id, ""), err) &&
           settings_set_bytes(settings, adapter_key(key, *id, "ethernet_card_address"), NULL, 0, err) &&
           settings_set_integer(settings, KEY_COUNT, (uint32_t)count + 1, err);
}

bool adapter_config_add(struct machine *machine, uint32_t *id, struct vpc_error *err)
{
    return machine_change(machine, add_adapter, id, err);
}

static bool remove_adapter(struct settings *settings, void *context, struct vpc_error *err)
{
    uint32_t ids[CONTROLLERS_MOST], id = *(const uint32_t *)context;
    size_t count;
    char key[KEY_SIZE];
    if (!counted_ids(settings, ids, &count, err))
        return false;
    if (!has_id(ids, count, id))
        return fail_removed(id, err);
    return settings_remove(settings, adapter_key(key, id, ""), err) &&
           settings_set_integer(settings, KEY_COUNT, (uint32_t)count - 1, err);
}

bool adapter_config_remove(struct machine *machine, uint32_t id, struct vpc_error *err)
{
    return machine_change(machine, remove_adapter, &id, err);
}
