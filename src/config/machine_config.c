#include "config/machine_config.h"
#include "config/catalog_private.h"

#include <stdlib.h>
#include <string.h>

#include "util/host_adapter.h"
#include "util/text.h"

static bool no_memory(struct vpc_error *err)
{
    return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the configuration of a virtual machine");
}

/* The bytes of a key. Absent: *size (out) is 0. */
static bool read_bytes(const struct settings *settings, const char *key, uint8_t *bytes, size_t most, size_t *size,
                       struct vpc_error *err)
{
    struct setting setting;

    *size = 0;
    if (!settings_get(settings, key, &setting, err))
        return err->cause == VPC_KEY_NOT_FOUND;
    if (setting.type == SETTING_BYTES && setting.size <= most) {
        memcpy(bytes, setting.bytes, setting.size);
        *size = setting.size;
        setting_clear(&setting);
        return true;
    }
    setting_clear(&setting);
    return vpc_fail(err, VPC_CORRUPT, "'%s' is not at most %zu bytes", key, most);
}

/* The number of a key; *present (out) is false when it is absent. */
static bool read_integer(const struct settings *settings, const char *key, uint32_t *value, bool *present,
                         struct vpc_error *err)
{
    struct setting setting;

    *present = settings_get(settings, key, &setting, err);
    if (!*present)
        return err->cause == VPC_KEY_NOT_FOUND;
    *value = setting.integer;
    if (setting.type == SETTING_INTEGER)
        return true;
    setting_clear(&setting);
    return vpc_fail(err, VPC_CORRUPT, "'%s' is no integer", key);
}

static bool is_filled_with(const uint8_t *bytes, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != value)
            return false;
    }
    return true;
}

/* The id decides; that of a host adapter follows from its name, which is stored beside it. */
static enum network_kind kind_of(const uint8_t id[16], size_t size, const char *name)
{
    uint8_t of_adapter[16];

    if (size == 0 || is_filled_with(id, 16, 0))
        return NETWORK_NONE;
    if (is_filled_with(id, 16, 1))
        return NETWORK_NAT;
    if (is_filled_with(id, 16, 2))
        return NETWORK_INTERNAL;
    host_adapter_network_id(name, of_adapter);
    if (*name && !memcmp(id, of_adapter, 16))
        return NETWORK_HOST;
    return NETWORK_UNKNOWN;
}

/* Text of a key, NULL (no error) when it is absent or empty. */
static bool read_text(const struct settings *settings, const char *key, char **text, struct vpc_error *err)
{
    struct setting setting;

    *text = NULL;
    if (!settings_get(settings, key, &setting, err))
        return err->cause == VPC_KEY_NOT_FOUND;
    if (setting.type != SETTING_STRING) {
        setting_clear(&setting);
        return vpc_fail(err, VPC_CORRUPT, "'%s' is no string", key);
    }
    if (setting.text[0] == '\0')
        setting_clear(&setting);
    *text = setting.text;
    return true;
}

/* Six of the keys of one network card. */
enum {
    CARD_NETWORK_ID,
    CARD_NETWORK_NAME,
    CARD_ADDRESS,
    CARD_DYNAMIC,
    CARD_TFTP,
    CARD_BOOT,
    CARD_KEYS
};

static bool card_keys(char *keys[CARD_KEYS], uint32_t id)
{
    static const char *const ends[CARD_KEYS] = {
        [CARD_NETWORK_ID] = "virtual_network/id", [CARD_NETWORK_NAME] = "virtual_network/name",
        [CARD_ADDRESS] = "ethernet_card_address", [CARD_DYNAMIC] = "ethernet_card_address_dynamic",
        [CARD_TFTP] = "nat/tftp_folder",          [CARD_BOOT] = "nat/boot_file",
    };
    bool ok = true;

    for (size_t i = 0; i < CARD_KEYS; i++) {
        keys[i] = text_format("hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=%lu]/%s", (unsigned long)id,
                              ends[i]);
        ok = ok && keys[i];
    }
    return ok;
}

static bool read_adapter(struct machine_adapter *adapter, uint32_t id, const struct settings *settings,
                         struct vpc_error *err)
{
    char *keys[CARD_KEYS];
    size_t id_size, mac_size;
    bool ok = card_keys(keys, id) ? true : no_memory(err);

    adapter->id = id;
    if (ok) {
        ok = read_bytes(settings, keys[CARD_NETWORK_ID], adapter->network_id, 16, &id_size, err) &&
             read_bytes(settings, keys[CARD_ADDRESS], adapter->mac, 6, &mac_size, err) &&
             read_text(settings, keys[CARD_NETWORK_NAME], &adapter->network_name, err) &&
             read_text(settings, keys[CARD_TFTP], &adapter->tftp_folder, err) &&
             read_text(settings, keys[CARD_BOOT], &adapter->boot_file, err);
    }
    if (ok && ((id_size != 0 && id_size != 16) || (mac_size != 0 && mac_size != 6)))
        ok = vpc_fail(err, VPC_CORRUPT, "'%s' has the wrong size",
                      id_size != 0 && id_size != 16 ? keys[CARD_NETWORK_ID] : keys[CARD_ADDRESS]);
    if (ok && !adapter->network_name)
        ok = (adapter->network_name = text_copy("")) ? true : no_memory(err);
    if (ok) {
        adapter->network = kind_of(adapter->network_id, id_size, adapter->network_name);
        ok = settings_read_boolean(settings, keys[CARD_DYNAMIC], true, &adapter->mac_dynamic, err);
    }
    for (size_t i = 0; i < CARD_KEYS; i++)
        free(keys[i]);
    return ok;
}

/* controller_count says how many of the cards in the file there are; where it is missing, all of them are. */
static bool read_adapters(struct machine_config *config, const struct settings *settings, struct vpc_error *err)
{
    static const char count_key[] = "hardware/pci_bus/ethernet_adapter/controller_count";
    uint32_t ids[MACHINE_MAX_ADAPTERS];
    uint32_t count = 0;
    size_t found;
    bool present;

    if (!read_integer(settings, count_key, &count, &present, err))
        return false;
    if (!settings_ids(settings, "hardware/pci_bus/ethernet_adapter", "ethernet_controller", ids, MACHINE_MAX_ADAPTERS,
                      &found))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the network cards");
    if (!present || count > found)
        count = found > UINT32_MAX ? UINT32_MAX : (uint32_t)found;
    if (count > MACHINE_MAX_ADAPTERS)
        return vpc_fail(err, VPC_CORRUPT, "'%s': %lu network cards are more than %d", count_key, (unsigned long)count,
                        MACHINE_MAX_ADAPTERS);
    for (uint32_t i = 0; i < count; i++) {
        config->adapter_count++; /* before, so that machine_config_clear frees what it has when it fails */
        if (!read_adapter(&config->adapters[i], ids[i], settings, err))
            return false;
    }
    return true;
}

static bool read_drive(struct machine_config *config, const struct settings *settings, uint32_t slot,
                       struct vpc_error *err)
{
    struct machine_drive *drive = &config->drives[config->drive_count];
    char *type_key = text_format("hardware/pci_bus/ide_adapter/ide_controller[@id=%u]/location[@id=%u]/drive_type",
                                 (unsigned)slot / 2, (unsigned)slot % 2);
    char *path_key = text_format("hardware/pci_bus/ide_adapter/ide_controller[@id=%u]/location[@id=%u]/pathname",
                                 (unsigned)slot / 2, (unsigned)slot % 2);
    uint32_t kind = DRIVE_NONE;
    bool present;
    bool ok = type_key && path_key ? true : no_memory(err);

    ok = ok && read_integer(settings, type_key, &kind, &present, err);
    if (ok && kind > DRIVE_DVD)
        ok = vpc_fail(err, VPC_CORRUPT, "'%s' is the unknown drive type %lu", type_key, (unsigned long)kind);
    if (ok && kind != DRIVE_NONE) {
        *drive = (struct machine_drive){.bus = slot / 2, .device = slot % 2, .kind = (enum drive_kind)kind};
        ok = catalog_stored_path(settings, path_key, config->vmc, &drive->path, err);
        if (ok && kind == DRIVE_HARD_DISK && !drive->path)
            ok = vpc_fail(err, VPC_CORRUPT, "'%s' names no file for a hard disk", path_key);
        if (ok)
            config->drive_count++;
    }
    free(type_key);
    free(path_key);
    return ok;
}

static bool read_memory(struct machine_config *config, const struct settings *settings, struct vpc_error *err)
{
    static const char key[] = "hardware/memory/ram_size";
    bool present;

    if (!read_integer(settings, key, &config->memory_mb, &present, err))
        return false;
    if (!present)
        return vpc_fail(err, VPC_CORRUPT, "'%s' is missing", key);
    if (config->memory_mb < MACHINE_MIN_MEMORY_MB || config->memory_mb > MACHINE_MAX_MEMORY_MB)
        return vpc_fail(err, VPC_CORRUPT, "'%s' is %lu MB, not %d to %d", key, (unsigned long)config->memory_mb,
                        MACHINE_MIN_MEMORY_MB, MACHINE_MAX_MEMORY_MB);
    return true;
}

/* The extra arguments of this VM. The id in the key may be in either case; braces cannot stand in the name of an
 * element. */
static bool read_extra(struct machine_config *config, const struct settings *options, const char *plain,
                       struct vpc_error *err)
{
    for (int upper = 0; upper < 2 && !config->extra_arguments; upper++) {
        char id[37];
        char *key;
        bool ok;

        for (size_t i = 0; i < sizeof id; i++)
            /* NOLINTNEXTLINE(bugprone-narrowing-conversions): an upper-case letter is a char */
            id[i] = upper && plain[i] >= 'a' && plain[i] <= 'f' ? (char)(plain[i] - 'a' + 'A') : plain[i];
        key = text_format("hypervisors/qemu/vm_%s/extra_arguments", id);
        ok = key ? read_text(options, key, &config->extra_arguments, err) : no_memory(err);
        free(key);
        if (!ok)
            return false;
    }
    return true;
}

static bool read_options(struct machine_config *config, const struct settings *options, const char *plain,
                         struct vpc_error *err)
{
    static const char rotate_key[] = "hypervisors/qemu/dump_rotate_bytes";
    bool present;

    config->dump_rotate_bytes = 1024 * 1024;
    if (!text_environment("VPC_ENGINE", &config->engine, err))
        return false;
    if (options) {
        if ((!config->engine && !read_text(options, "hypervisors/engine", &config->engine, err)) ||
            !read_text(options, "hypervisors/qemu/program", &config->qemu_program, err) ||
            !read_text(options, "hypervisors/qemu/accelerator", &config->qemu_accelerator, err) ||
            !read_extra(config, options, plain, err) ||
            !read_integer(options, rotate_key, &config->dump_rotate_bytes, &present, err))
            return false;
        if (!read_integer(options, "usage/retention_days", &config->usage_retention_days, &present, err))
            return false;
        if (config->dump_rotate_bytes == 0)
            return vpc_fail(err, VPC_CORRUPT, "'%s' is 0", rotate_key);
    }
    if (!config->engine)
        config->engine = text_copy("qemu");
    if (!config->qemu_accelerator)
        config->qemu_accelerator = text_copy("auto");
    return config->engine && config->qemu_accelerator ? true : no_memory(err);
}

static bool read_id(struct machine_config *config, const struct settings *settings, char plain[37],
                    struct vpc_error *err)
{
    char *id = settings_text(settings, catalog_id_key, "");

    if (!id)
        return no_memory(err);
    if (!catalog_plain_id(id, plain)) {
        vpc_fail(err, VPC_CORRUPT, "'%s' is '%s', no identifier", catalog_id_key, id);
        free(id);
        return false;
    }
    config->config_id = id;
    if (id[0] == '{')
        return true;
    config->config_id = text_format("{%s}", id);
    free(id);
    return config->config_id ? true : no_memory(err);
}

bool machine_config_read(struct machine_config *config, const char *name, const char *vmc,
                         const struct settings *settings, const struct settings *options, struct vpc_error *err)
{
    char plain[37];
    bool ok;

    *config = (struct machine_config){.name = text_copy(name), .vmc = text_copy(vmc)};
    ok = config->name && config->vmc ? true : no_memory(err);
    ok = ok && read_id(config, settings, plain, err) && read_memory(config, settings, err) &&
         read_adapters(config, settings, err);
    for (uint32_t slot = 0; ok && slot < MACHINE_MAX_DRIVES; slot++)
        ok = read_drive(config, settings, slot, err);
    ok = ok && read_options(config, options, plain, err);
    if (!ok)
        machine_config_clear(config);
    return ok;
}

void machine_config_clear(struct machine_config *config)
{
    for (size_t i = 0; i < config->adapter_count; i++) {
        free(config->adapters[i].network_name);
        free(config->adapters[i].tftp_folder);
        free(config->adapters[i].boot_file);
    }
    for (size_t i = 0; i < config->drive_count; i++)
        free(config->drives[i].path);
    free(config->name);
    free(config->config_id);
    free(config->vmc);
    free(config->engine);
    free(config->qemu_program);
    free(config->qemu_accelerator);
    free(config->extra_arguments);
    *config = (struct machine_config){0};
}

/* Copies one word of an argument line. Returns where it ends; NULL for a quote that is not closed. */
static const char *take_word(const char *at, struct buffer *word)
{
    bool quoted = false;

    buffer_append_text(word, "");
    for (; *at && (quoted || !strchr(" \t\r\n", *at)); at++) {
        if (at[0] == '\\' && at[1] == '"')
            buffer_append(word, ++at, 1);
        else if (*at == '"')
            quoted = !quoted;
        else
            buffer_append(word, at, 1);
    }
    return quoted ? NULL : at;
}

bool machine_config_split(const char *line, char ***words, size_t *count, struct vpc_error *err)
{
    /* Words and blanks alternate, so half the bytes, rounded up, is the most there can be. */
    char **list = calloc(strlen(line) / 2 + 2, sizeof *list);
    const char *at = line + strspn(line, " \t\r\n");

    *words = NULL;
    *count = 0;
    if (!list)
        return no_memory(err);
    while (*at) {
        struct buffer word = {0};

        at = take_word(at, &word);
        if (!at || word.failed) {
            buffer_free(&word);
            machine_config_free_words(list);
            *count = 0;
            return at ? no_memory(err) : vpc_fail(err, VPC_INVALID_ARGUMENT, "a quote is not closed in: %s", line);
        }
        list[(*count)++] = word.data;
        at += strspn(at, " \t\r\n");
    }
    *words = list;
    return true;
}

void machine_config_free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}
