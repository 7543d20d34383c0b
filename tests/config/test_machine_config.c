#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/machine_config.h"
#include "fixture.h"
#include "util/file.h"
#include "util/host_adapter.h"
#include "util/path.h"
#include "util/text.h"

#define CARD  "hardware/pci_bus/ethernet_adapter/ethernet_controller"
#define DRIVE "hardware/pci_bus/ide_adapter/ide_controller"

static struct settings *load(const char *name)
{
    struct vpc_error err;
    struct settings *settings;
    char *path = path_join(VPC_TEST_DATA, name);

    assert_ok(settings_load(&settings, "preferences", path, &err), &err);
    free(path);
    return settings;
}

static struct machine_config read_config(const struct settings *settings, const struct settings *options)
{
    struct vpc_error err;
    struct machine_config config;
    char *folder = fixture_folder();
    char *vmc = path_join(folder, "newer.vmc");

    assert_ok(machine_config_read(&config, "Lab", vmc, settings, options, &err), &err);
    assert_string_equal(config.vmc, vmc);
    free(vmc);
    fixture_remove(folder);
    return config;
}

static void assert_corrupt(const struct settings *settings, const struct settings *options, const char *key)
{
    struct vpc_error err;
    struct machine_config config;

    assert_fails(machine_config_read(&config, "Lab", "/x/newer.vmc", settings, options, &err), &err, VPC_CORRUPT);
    if (!strstr(err.text, key))
        fail_msg("'%s' does not name '%s'", err.text, key);
    assert_null(config.name);
}

static void test_machine_config__read_takes_the_newer_shape(void **state)
{
    struct settings *settings = load("newer.vmc");
    struct machine_config config = read_config(settings, NULL);

    (void)state;
    assert_string_equal(config.name, "Lab");
    assert_string_equal(config.config_id, "{3C1B7E52-90AD-4F6E-8B21-5D7F0A9C4E13}");
    assert_int_equal(config.memory_mb, 512);
    assert_int_equal(config.adapter_count, 2);
    assert_int_equal(config.adapters[0].id, 0);
    assert_int_equal(config.adapters[0].network, NETWORK_NAT);
    assert_string_equal(config.adapters[0].network_name, "Shared Networking (NAT)");
    assert_memory_equal(config.adapters[0].mac, "\x00\x03\xFF\xAA\xBB\xCC", 6);
    assert_true(config.adapters[0].mac_dynamic);
    assert_null(config.adapters[0].tftp_folder);
    assert_int_equal(config.adapters[1].id, 1);
    assert_int_equal(config.adapters[1].network, NETWORK_NONE);
    assert_memory_equal(config.adapters[1].mac, "\0\0\0\0\0\0", 6);
    assert_int_equal(config.drive_count, 2);
    assert_int_equal(config.drives[0].kind, DRIVE_HARD_DISK);
    assert_string_equal(config.drives[0].path, "Q:\\Gone\\system.vhd"); /* both files are missing */
    assert_int_equal(config.drives[1].kind, DRIVE_DVD);
    assert_int_equal(config.drives[1].bus, 1);
    assert_int_equal(config.drives[1].device, 0);
    assert_null(config.drives[1].path);
    assert_string_equal(config.engine, "qemu");
    assert_string_equal(config.qemu_accelerator, "auto");
    assert_null(config.qemu_program);
    assert_null(config.extra_arguments);
    assert_int_equal(config.dump_rotate_bytes, 1024 * 1024);
    assert_int_equal(config.usage_retention_days, 0);
    machine_config_clear(&config);
    machine_config_clear(&config);
    settings_free(settings);
}

static void test_machine_config__relative_disk_counts_when_the_absolute_is_missing(void **state)
{
    struct settings *settings = load("newer.vmc");
    struct vpc_error err;
    struct machine_config config;
    char *folder = fixture_folder();
    char *vmc = path_join(folder, "newer.vmc");
    char *disk = path_join(folder, "system.vhd");
    char *other = path_join(folder, "other.vhd");

    (void)state;
    assert_ok(file_replace(disk, "x", 1, &err), &err);
    assert_ok(machine_config_read(&config, "Lab", vmc, settings, NULL, &err), &err);
    assert_string_equal(config.drives[0].path, disk);
    machine_config_clear(&config);
    assert_ok(file_replace(other, "x", 1, &err), &err);
    assert_ok(settings_set_text(settings, DRIVE "[@id=0]/location[@id=0]/pathname/absolute", other, &err), &err);
    assert_ok(machine_config_read(&config, "Lab", vmc, settings, NULL, &err), &err);
    assert_string_equal(config.drives[0].path, other);
    machine_config_clear(&config);
    free(other);
    free(disk);
    free(vmc);
    settings_free(settings);
    fixture_remove(folder);
}

static void test_machine_config__without_a_count_all_cards_count(void **state)
{
    struct settings *settings = load("older.vmc");
    struct vpc_error err;
    struct machine_config config;
    uint8_t id[16];

    (void)state;
    assert_corrupt(settings, NULL, "settings/globalconfigid"); /* the older shape has none */
    assert_ok(settings_set_text(settings, "settings/globalconfigid", "3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13", &err),
              &err);
    config = read_config(settings, NULL);
    assert_string_equal(config.config_id, "{3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13}");
    assert_int_equal(config.adapter_count, 1);
    assert_int_equal(config.adapters[0].network, NETWORK_UNKNOWN);
    assert_string_equal(config.adapters[0].network_name, "Example Gigabit Adapter");
    machine_config_clear(&config);
    host_adapter_network_id("Example Gigabit Adapter", id);
    assert_ok(settings_set_bytes(settings,
                                 "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/virtual_network/id", id,
                                 sizeof(id), &err),
              &err);
    config = read_config(settings, NULL);
    assert_int_equal(config.adapters[0].network, NETWORK_HOST);
    machine_config_clear(&config);
    assert_ok(settings_set_integer(settings, "hardware/pci_bus/ethernet_adapter/controller_count", 0, &err), &err);
    config = read_config(settings, NULL);
    assert_int_equal(config.adapter_count, 0);
    machine_config_clear(&config);
    assert_ok(settings_set_integer(settings, "hardware/pci_bus/ethernet_adapter/controller_count", 3, &err), &err);
    config = read_config(settings, NULL);
    assert_int_equal(config.adapter_count, 1); /* more than there are */
    machine_config_clear(&config);
    settings_free(settings);
}

static void test_machine_config__values_that_make_no_machine_are_corrupt(void **state)
{
    static const struct {
        const char *key;
        uint32_t value;
    } rows[] = {
        {"hardware/memory/ram_size", 3},
        {"hardware/memory/ram_size", 3713},
        {"hardware/memory/ram_size", 4294967295u},
        {CARD "[@id=0]/virtual_network/id", 1},
        {CARD "[@id=0]/virtual_network/name", 1},
        {DRIVE "[@id=0]/location[@id=1]/drive_type", 3},
        {DRIVE "[@id=0]/location[@id=1]/drive_type", 1}, /* without a path */
    };
    struct vpc_error err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings *settings = load("newer.vmc");

        assert_ok(settings_set_integer(settings, rows[i].key, rows[i].value, &err), &err);
        assert_corrupt(settings, NULL, i == 6 ? "location[@id=1]/pathname" : rows[i].key);
        settings_free(settings);
    }
}

static void test_machine_config__memory_bounds_are_inclusive(void **state)
{
    struct settings *settings = load("newer.vmc");
    struct vpc_error err;
    struct machine_config config;

    (void)state;
    for (uint32_t memory = 4; memory <= 3712; memory += 3708) {
        assert_ok(settings_set_integer(settings, "hardware/memory/ram_size", memory, &err), &err);
        config = read_config(settings, NULL);
        assert_int_equal(config.memory_mb, memory);
        machine_config_clear(&config);
    }
    assert_ok(settings_remove(settings, "hardware/memory/ram_size", &err), &err);
    assert_corrupt(settings, NULL, "hardware/memory/ram_size");
    settings_free(settings);
}

static void test_machine_config__wrong_sizes_and_too_many_cards_are_corrupt(void **state)
{
    struct settings *settings = load("newer.vmc");
    struct vpc_error err;

    (void)state;
    assert_ok(settings_set_bytes(settings, CARD "[@id=0]/ethernet_card_address", "12345", 5, &err), &err);
    assert_corrupt(settings, NULL, "ethernet_card_address");
    assert_ok(settings_set_bytes(settings, CARD "[@id=0]/ethernet_card_address", "1234567", 7, &err), &err);
    assert_corrupt(settings, NULL, "ethernet_card_address");
    assert_ok(settings_set_bytes(settings, CARD "[@id=0]/ethernet_card_address", "123456", 6, &err), &err);
    assert_ok(settings_set_bytes(settings, CARD "[@id=0]/virtual_network/id", "\1\1", 2, &err), &err);
    assert_corrupt(settings, NULL, "virtual_network/id");
    assert_ok(
        settings_set_bytes(settings, CARD "[@id=0]/virtual_network/id", "\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2", 16, &err),
        &err);
    for (uint32_t i = 2; i < 5; i++) {
        char *key = text_format(CARD "[@id=%u]/virtual_network/name", (unsigned)i);

        assert_ok(settings_set_text(settings, key, "n", &err), &err);
        free(key);
    }
    assert_ok(settings_set_integer(settings, "hardware/pci_bus/ethernet_adapter/controller_count", 5, &err), &err);
    assert_corrupt(settings, NULL, "controller_count");
    settings_free(settings);
}

static void test_machine_config__preferences_choose_the_engine(void **state)
{
    struct settings *settings = load("newer.vmc");
    struct settings *options;
    struct vpc_error err;
    struct machine_config config;

    (void)state;
    assert_ok(settings_new(&options, "preferences", NULL, &err), &err);
    assert_ok(settings_set_text(options, "hypervisors/engine", "other", &err), &err);
    assert_ok(settings_set_text(options, "hypervisors/qemu/program", "/q", &err), &err);
    assert_ok(settings_set_text(options, "hypervisors/qemu/accelerator", "tcg", &err), &err);
    assert_ok(settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", 5000, &err), &err);
    assert_ok(settings_set_integer(options, "usage/retention_days", 400, &err), &err);
    assert_ok(settings_set_text(options, "hypervisors/qemu/vm_3C1B7E52-90AD-4F6E-8B21-5D7F0A9C4E13/extra_arguments",
                                "-x", &err),
              &err);
    assert_ok(settings_set_text(settings, CARD "[@id=0]/nat/tftp_folder", "/t", &err), &err);
    assert_ok(settings_set_text(settings, CARD "[@id=0]/nat/boot_file", "b.ipxe", &err), &err);
    assert_ok(settings_set_boolean(settings, CARD "[@id=0]/ethernet_card_address_dynamic", false, &err), &err);
    config = read_config(settings, options);
    assert_string_equal(config.engine, "other");
    assert_string_equal(config.qemu_program, "/q");
    assert_string_equal(config.qemu_accelerator, "tcg");
    assert_string_equal(config.extra_arguments, "-x");
    assert_int_equal(config.dump_rotate_bytes, 5000);
    assert_int_equal(config.usage_retention_days, 400);
    assert_string_equal(config.adapters[0].tftp_folder, "/t");
    assert_string_equal(config.adapters[0].boot_file, "b.ipxe");
    assert_false(config.adapters[0].mac_dynamic);
    machine_config_clear(&config);
    /* The spelling that the documentation names goes before the other. */
    assert_ok(settings_set_text(options, "hypervisors/qemu/vm_3c1b7e52-90ad-4f6e-8b21-5d7f0a9c4e13/extra_arguments",
                                "-y", &err),
              &err);
    fixture_environment("VPC_ENGINE", "fake");
    config = read_config(settings, options);
    assert_string_equal(config.engine, "fake");
    assert_string_equal(config.extra_arguments, "-y");
    machine_config_clear(&config);
    fixture_environment("VPC_ENGINE", NULL);
    assert_ok(settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", 0, &err), &err);
    assert_corrupt(settings, options, "dump_rotate_bytes");
    settings_free(options);
    settings_free(settings);
}

static void test_machine_config__split_follows_quotes(void **state)
{
    static const struct {
        const char *line;
        const char *words[5];
    } rows[] = {
        {"", {0}},
        {"  \t ", {0}},
        {"a", {"a"}},
        {" -m 1  -n\t2 ", {"-m", "1", "-n", "2"}},
        {"\"a b\" c", {"a b", "c"}},
        {"file=\"C:\\Program Files\\x\",id=1", {"file=C:\\Program Files\\x,id=1"}},
        {"\"\" x", {"", "x"}},
        {"a\\\"b \"c \\\" d\"", {"a\"b", "c \" d"}},
    };
    struct vpc_error err;
    char **words;
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t expected = 0;

        while (rows[i].words[expected])
            expected++;
        assert_ok(machine_config_split(rows[i].line, &words, &count, &err), &err);
        assert_int_equal(count, expected);
        for (size_t j = 0; j < count; j++)
            assert_string_equal(words[j], rows[i].words[j]);
        assert_null(words[count]);
        machine_config_free_words(words);
    }
    assert_fails(machine_config_split("a \"b c", &words, &count, &err), &err, VPC_INVALID_ARGUMENT);
    assert_null(words);
    assert_int_equal(count, 0);
    machine_config_free_words(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine_config__read_takes_the_newer_shape),
        cmocka_unit_test(test_machine_config__relative_disk_counts_when_the_absolute_is_missing),
        cmocka_unit_test(test_machine_config__without_a_count_all_cards_count),
        cmocka_unit_test(test_machine_config__values_that_make_no_machine_are_corrupt),
        cmocka_unit_test(test_machine_config__memory_bounds_are_inclusive),
        cmocka_unit_test(test_machine_config__wrong_sizes_and_too_many_cards_are_corrupt),
        cmocka_unit_test(test_machine_config__preferences_choose_the_engine),
        cmocka_unit_test(test_machine_config__split_follows_quotes),
    };

    fixture_environment("VPC_ENGINE", NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
