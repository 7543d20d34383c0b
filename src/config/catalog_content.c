/* What new files of the catalog hold. */
#include "config/catalog_private.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

bool catalog_new_id(char id[39], struct vpc_error *err)
{
    char guid[37];

    if (!text_random_guid(guid, err))
        return false;
    id[0] = '{';
    for (size_t i = 0; i < 36; i++)
        /* NOLINTNEXTLINE(bugprone-narrowing-conversions): an upper-case letter is a char */
        id[i + 1] = guid[i] >= 'a' && guid[i] <= 'f' ? (char)(guid[i] - 'a' + 'A') : guid[i];
    id[37] = '}';
    id[38] = '\0';
    return true;
}

/* One value of a new machine. */
struct fact {
    const char *key;
    enum setting_type type;
    const char *text;
    unsigned number;
};

static const struct fact facts[] = {
    {"version", SETTING_STRING, "2.0", 0},
    {"hardware/memory/ram_size", SETTING_INTEGER, NULL, 128},
    {"hardware/pci_bus/video_adapter/vram_size", SETTING_INTEGER, NULL, 8},
    {"hardware/pci_bus/ethernet_adapter/controller_count", SETTING_INTEGER, NULL, 0},
    {"hardware/pci_bus/ide_adapter/ide_controller[@id=1]/location[@id=0]/drive_type", SETTING_INTEGER, NULL, 2},
    {"hardware/pci_bus/ide_adapter/ide_controller[@id=1]/location[@id=0]/pathname/absolute", SETTING_STRING, "", 0},
    {"hardware/pci_bus/ide_adapter/ide_controller[@id=1]/location[@id=0]/pathname/relative", SETTING_STRING, "", 0},
    {"hardware/super_io/floppy/auto_detect", SETTING_BOOLEAN, NULL, 1},
    {"hardware/super_io/serial_port/connect_immediately", SETTING_BOOLEAN, NULL, 0},
    {"integration/microsoft/mouse/allow", SETTING_BOOLEAN, NULL, 1},
    {"properties/creator/name", SETTING_STRING, "VPCCOMInterfaces", 0},
    {"properties/creator/build", SETTING_STRING, VPC_VERSION, 0},
    {"properties/modifier/name", SETTING_STRING, "VPCCOMInterfaces", 0},
    {"properties/modifier/build", SETTING_STRING, VPC_VERSION, 0},
    {"settings/shutdown/quit/action", SETTING_INTEGER, NULL, 0},
    {"settings/undo_drives/enabled", SETTING_BOOLEAN, NULL, 0},
    {"settings/undo_drives/default_action", SETTING_INTEGER, NULL, 1},
};

static bool add_fact(struct settings *settings, const struct fact *fact, struct vpc_error *err)
{
    if (fact->type == SETTING_INTEGER)
        return settings_set_integer(settings, fact->key, fact->number, err);
    if (fact->type == SETTING_BOOLEAN)
        return settings_set_boolean(settings, fact->key, fact->number != 0, err);
    return settings_set_text(settings, fact->key, fact->text, err);
}

bool catalog_new_vmc(struct settings **settings, struct vpc_error *err)
{
    char id[39];
    bool ok;

    if (!settings_new(settings, catalog_vmc_root, " Settings of a virtual machine ", err))
        return false;
    ok = catalog_new_id(id, err);
    for (size_t i = 0; ok && i < sizeof facts / sizeof facts[0]; i++)
        ok = add_fact(*settings, &facts[i], err);
    ok = ok && settings_set_text(*settings, catalog_id_key, id, err);
    if (!ok) {
        settings_free(*settings);
        *settings = NULL;
    }
    return ok;
}

bool catalog_new_vmcx(struct settings **vmcx, const char *vmc, const struct settings *settings, struct vpc_error *err)
{
    unsigned long memory = settings_integer(settings, "hardware/memory/ram_size", 0);
    char *ram_size = text_format("%lu MB", memory);
    bool ok;

    *vmcx = NULL;
    if (!ram_size)
        return catalog_no_memory(err);
    ok = settings_new(vmcx, catalog_vmcx_root, " Registration of a virtual machine ", err) &&
         settings_set_text(*vmcx, "vmc_path", vmc, err) && settings_set_text(*vmcx, "ram_size", ram_size, err) &&
         settings_set_text(*vmcx, "notes", "", err);
    if (!ok) {
        settings_free(*vmcx);
        *vmcx = NULL;
    }
    free(ram_size);
    return ok;
}
