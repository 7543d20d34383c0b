/*
 * A .vmc, .vmcx or Options.xml from a stranger. What can be read can be written, reads as the same again, and makes a
 * machine within bounds or an error.
 */
#include <string.h>

#include "config/machine_config.h"
#include "fuzz/fuzz.h"
#include "util/text.h"

static const char *const roots[] = {"preferences", "vm_description"};

static const char *const keys[] = {
    "vmc_path",
    "hardware/memory/ram_size",
    "properties/modifier/name",
    "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/ethernet_card_address",
    "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=\"1\"]/virtual_network/id",
    "hypervisors/qemu/program",
};

static void check_machine(const struct settings *settings, const struct settings *options)
{
    struct machine_config config;
    struct vpc_error err;

    if (!machine_config_read(&config, "Name", "/folder/Name.vmc", settings, options, &err)) {
        fuzz_check(vpc_cause_name(err.cause) && text_is_utf8(err.text, strlen(err.text)));
        return;
    }
    fuzz_check(config.memory_mb >= MACHINE_MIN_MEMORY_MB && config.memory_mb <= MACHINE_MAX_MEMORY_MB);
    fuzz_check(config.adapter_count <= MACHINE_MAX_ADAPTERS && config.drive_count <= MACHINE_MAX_DRIVES);
    for (size_t i = 0; i < config.adapter_count; i++)
        fuzz_check(config.adapters[i].id < MACHINE_MAX_ADAPTERS);
    for (size_t i = 0; i < config.drive_count; i++)
        fuzz_check(config.drives[i].bus * 2 + config.drives[i].device < MACHINE_MAX_DRIVES);
    if (config.extra_arguments) {
        char **words;
        size_t count;

        if (machine_config_split(config.extra_arguments, &words, &count, &err)) {
            fuzz_check(!words[count]);
            machine_config_free_words(words);
        }
    }
    machine_config_clear(&config);
}

static void check_values(const struct settings *settings)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct setting setting;
        struct vpc_error err;

        if (settings_get(settings, keys[i], &setting, &err)) {
            fuzz_check(setting.type != SETTING_STRING ||
                       (setting.text && text_is_utf8(setting.text, strlen(setting.text))));
            setting_clear(&setting);
        } else {
            fuzz_check(err.cause == VPC_KEY_NOT_FOUND || err.cause == VPC_CORRUPT);
        }
    }
}

static void check_again(const char *root, const struct settings *settings)
{
    struct settings *again;
    struct vpc_error err;
    char *first, *second;
    size_t first_size, second_size;

    if (!settings_serialize(settings, &first, &first_size, &err))
        return; /* larger as UTF-16 than a file may be */
    if (first_size > SETTINGS_MAX_FILE) {
        free(first);
        return;
    }
    if (!settings_parse(&again, root, first, first_size, &err)) {
        fprintf(stderr, "%s\n", err.text);
        fuzz_check(!"what was written is read");
    }
    fuzz_check(settings_serialize(again, &second, &second_size, &err));
    fuzz_check(first_size == second_size && !memcmp(first, second, first_size));
    free(first);
    free(second);
    settings_free(again);
}

static void check_change(struct settings *settings)
{
    struct vpc_error err;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char *text;

        if (!settings_set_text(settings, keys[i], "<&\"'\t x", &err))
            continue;
        text = settings_text(settings, keys[i], NULL);
        fuzz_check(text && !strcmp(text, "<&\"'\t x"));
        free(text);
        fuzz_check(settings_remove(settings, keys[i], &err));
        fuzz_check(!settings_has(settings, keys[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        struct settings *settings;
        struct vpc_error err;

        if (!settings_parse(&settings, roots[i], data, size, &err)) {
            fuzz_check(err.cause == VPC_CORRUPT && text_is_utf8(err.text, strlen(err.text)));
            continue;
        }
        check_values(settings);
        check_machine(settings, NULL);
        check_machine(settings, settings);
        check_again(roots[i], settings);
        check_change(settings);
        settings_free(settings);
    }
    return 0;
}
