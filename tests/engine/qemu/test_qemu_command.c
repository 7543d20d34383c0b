/* The command line of a machine: pure text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/qemu_command.h"
#include "util/text.h"

static char *translate(const char *path, struct vpc_error *err)
{
    (void)err;
    return text_format("/host%s", path);
}

static const struct qemu_launch launch = {
    .program = "/usr/bin/qemu", .port = 4711, .key_folder = "/run,", .nonce = "6376c067", .path = translate};

static char **build(const struct machine_config *config)
{
    struct vpc_error err;
    char **words;

    if (!qemu_command_build(&words, config, &launch, &err))
        fail_msg("%s", err.text);
    return words;
}

/* The value of the n-th such option, counted from 0; NULL without. */
static const char *value_of(char **words, const char *option, unsigned n)
{
    for (size_t i = 1; words[i]; i++) {
        if (!strcmp(words[i], option) && !n--)
            return words[i + 1];
    }
    return NULL;
}

static struct machine_config machine(void)
{
    return (struct machine_config){.name = (char *)"Test", .config_id = (char *)"{6376C067}", .memory_mb = 128};
}

static void test_qemu_command__plain_machine(void **state)
{
    struct machine_config config = machine();
    char **words = build(&config);

    (void)state;
    assert_string_equal(words[0], "/usr/bin/qemu");
    assert_string_equal(value_of(words, "-name", 0), "debug-threads=on,guest=Test");
    assert_string_equal(value_of(words, "-machine", 0), "pc");
    assert_string_equal(value_of(words, "-m", 0), "128M");
    assert_string_equal(value_of(words, "-boot", 0), "order=cdn");
    assert_string_equal(value_of(words, "-accel", 0), "whpx");
    assert_string_equal(value_of(words, "-accel", 1), "kvm");
    assert_string_equal(value_of(words, "-accel", 2), "tcg");
    assert_null(value_of(words, "-accel", 3));
    assert_string_equal(value_of(words, "-chardev", 0),
                        "socket,id=mon0,host=127.0.0.1,port=4711,tls-creds=vpc-key,server=off,reconnect=1");
    assert_string_equal(value_of(words, "-object", 0),
                        "tls-creds-psk,id=vpc-key,endpoint=client,username=vpc,dir=/host/run,,");
    assert_string_equal(value_of(words, "-object", 1), "rng-builtin,id=vpc-6376c067");
    assert_non_null(value_of(words, "-S", 0));
    assert_non_null(value_of(words, "-no-shutdown", 0));
    assert_null(value_of(words, "-device", 0));
    machine_config_free_words(words);
}

static void test_qemu_command__socket_of_the_monitor(void **state)
{
    struct machine_config config = machine();
    struct qemu_launch with_socket = launch;
    struct vpc_error err;
    char **words;

    (void)state;
    with_socket.socket = "/run,/monitor.sock";
    if (!qemu_command_build(&words, &config, &with_socket, &err))
        fail_msg("%s", err.text);
    assert_string_equal(value_of(words, "-chardev", 0),
                        "socket,id=mon0,path=/host/run,,/monitor.sock,server=off,reconnect=1");
    assert_string_equal(value_of(words, "-object", 0), "rng-builtin,id=vpc-6376c067");
    machine_config_free_words(words);
}

static void test_qemu_command__spare_monitors(void **state)
{
    struct machine_config config = machine();
    struct qemu_launch with_spares = launch;
    struct vpc_error err;
    char **words;

    (void)state;
    with_spares.spares = 2;
    if (!qemu_command_build(&words, &config, &with_spares, &err))
        fail_msg("%s", err.text);
    assert_string_equal(value_of(words, "-chardev", 2),
                        "socket,id=mon2,host=127.0.0.1,port=4711,tls-creds=vpc-key,server=off,reconnect=1");
    assert_string_equal(value_of(words, "-mon", 2), "chardev=mon2,mode=control");
    assert_null(value_of(words, "-mon", 3));
    machine_config_free_words(words);
}

static void test_qemu_command__hostile_names_are_only_names(void **state)
{
    static const struct {
        const char *name, *word;
    } rows[] = {
        {"x\" -monitor stdio", "debug-threads=on,guest=x\" -monitor stdio"},
        {"a,process=b", "debug-threads=on,guest=a,,process=b"},
        {",,", "debug-threads=on,guest=,,,,"},
        {"-S", "debug-threads=on,guest=-S"},
        {"'; rm x; '", "debug-threads=on,guest='; rm x; '"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct machine_config config = machine();
        char **words;

        config.name = (char *)rows[i].name;
        words = build(&config);
        assert_string_equal(value_of(words, "-name", 0), rows[i].word);
        assert_null(value_of(words, "-monitor", 0));
        machine_config_free_words(words);
    }
}

static void test_qemu_command__adapters(void **state)
{
    struct machine_config config = machine();
    uint8_t mac[6], again[6];
    char **words;

    (void)state;
    config.adapter_count = 3;
    config.adapters[0] = (struct machine_adapter){.id = 0,
                                                  .network = NETWORK_NAT,
                                                  .mac = {0, 3, 0xff, 1, 2, 0xab},
                                                  .tftp_folder = (char *)"/t,f",
                                                  .boot_file = (char *)"a,b"};
    config.adapters[1] = (struct machine_adapter){.id = 2, .network = NETWORK_NONE, .mac_dynamic = true};
    config.adapters[2] = (struct machine_adapter){.id = 3, .network = NETWORK_NAT, .mac_dynamic = true};
    words = build(&config);
    assert_string_equal(value_of(words, "-netdev", 0), "user,id=net0,tftp=/host/t,,f,bootfile=a,,b");
    assert_string_equal(value_of(words, "-netdev", 1), "user,id=net3");
    assert_null(value_of(words, "-netdev", 2));
    assert_string_equal(value_of(words, "-device", 0),
                        "e1000,id=nic0,bus=pci.0,addr=0x3,mac=00:03:ff:01:02:ab,netdev=net0");
    assert_null(strstr(value_of(words, "-device", 1), "netdev="));
    assert_non_null(strstr(value_of(words, "-device", 1), "e1000,id=nic2,bus=pci.0,addr=0x5,mac=00:03:ff:"));
    machine_config_free_words(words);

    /* A dynamic address is the same each time, and differs by slot and by machine. */
    qemu_command_mac(&config, &config.adapters[1], mac);
    qemu_command_mac(&config, &config.adapters[1], again);
    assert_memory_equal(mac, again, 6);
    qemu_command_mac(&config, &config.adapters[2], again);
    assert_memory_not_equal(mac, again, 6);
    config.config_id = (char *)"{6376C068}";
    qemu_command_mac(&config, &config.adapters[1], again);
    assert_memory_not_equal(mac, again, 6);
}

static void test_qemu_command__internal_network_and_host_adapter(void **state)
{
    struct machine_config config = machine();
    struct qemu_launch with_ports = launch;
    struct vpc_error err;
    char **words;

    (void)state;
    config.adapter_count = 2;
    config.adapters[0] = (struct machine_adapter){.id = 1, .network = NETWORK_INTERNAL};
    config.adapters[1] =
        (struct machine_adapter){.id = 2, .network = NETWORK_HOST, .network_name = (char *)"My TAP,script=x"};
    with_ports.internal[1] = (struct qemu_ports){.guest = 4001, .relay = 4002};
    if (!qemu_command_build(&words, &config, &with_ports, &err))
        fail_msg("%s", err.text);
    assert_string_equal(value_of(words, "-netdev", 0), "socket,id=net1,udp=127.0.0.1:4002,localaddr=127.0.0.1:4001");
    assert_string_equal(value_of(words, "-netdev", 1),
                        "tap,id=net2,ifname=My TAP,,script=x,script=no,downscript=no,vnet_hdr=off");
    assert_non_null(strstr(value_of(words, "-device", 0), ",netdev=net1"));
    assert_non_null(strstr(value_of(words, "-device", 1), ",netdev=net2"));
    machine_config_free_words(words);
}

static void test_qemu_command__drives(void **state)
{
    struct machine_config config = machine();
    char **words;

    (void)state;
    config.drive_count = 3;
    config.drives[0] = (struct machine_drive){0, 0, DRIVE_HARD_DISK, (char *)"/d/a, b.VHD"};
    config.drives[1] = (struct machine_drive){1, 0, DRIVE_DVD, (char *)"/d/x.iso"};
    config.drives[2] = (struct machine_drive){1, 1, DRIVE_DVD, NULL};
    words = build(&config);
    assert_string_equal(value_of(words, "-blockdev", 0), "driver=vpc,node-name=disk0,read-only=off,file.driver=file,"
                                                         "file.filename=/host/d/a,, b.VHD");
    assert_string_equal(value_of(words, "-blockdev", 1), "driver=raw,node-name=disk2,read-only=on,file.driver=file,"
                                                         "file.filename=/host/d/x.iso");
    assert_null(value_of(words, "-blockdev", 2));
    assert_string_equal(value_of(words, "-device", 0), "ide-hd,id=drive0,bus=ide.0,unit=0,drive=disk0");
    assert_string_equal(value_of(words, "-device", 1), "ide-cd,id=drive2,bus=ide.1,unit=0,drive=disk2");
    assert_string_equal(value_of(words, "-device", 2), "ide-cd,id=drive3,bus=ide.1,unit=1");
    machine_config_free_words(words);
}

static void test_qemu_command__extra_arguments_come_last(void **state)
{
    struct machine_config config = machine();
    size_t count = 0;
    char **words;

    (void)state;
    config.extra_arguments = (char *)"-device \"a b\" -x";
    words = build(&config);
    while (words[count])
        count++;
    assert_string_equal(words[count - 3], "-device");
    assert_string_equal(words[count - 2], "a b");
    assert_string_equal(words[count - 1], "-x");
    machine_config_free_words(words);
}

static void refuse(const struct machine_config *config, enum vpc_cause cause, const char *text)
{
    struct vpc_error err;
    char **words;

    assert_false(qemu_command_build(&words, config, &launch, &err));
    assert_null(words);
    assert_int_equal(err.cause, cause);
    if (!strstr(err.text, text))
        fail_msg("'%s' is not in: %s", text, err.text);
}

static void test_qemu_command__what_makes_no_machine_is_refused(void **state)
{
    struct machine_config config = machine();

    (void)state;
    config.qemu_accelerator = (char *)"tcg,thread=multi";
    refuse(&config, VPC_INVALID_ARGUMENT, "tcg,thread=multi");

    config = machine();
    config.adapter_count = 1;
    config.adapters[0].network = NETWORK_HOST;
    config.adapters[0].network_name = (char *)"";
    refuse(&config, VPC_INVALID_ARGUMENT, "no host adapter");
    config.adapters[0] = (struct machine_adapter){.id = MACHINE_MAX_ADAPTERS};
    refuse(&config, VPC_INVALID_ARGUMENT, "no network adapter 4");
    config.adapter_count = 2;
    config.adapters[0].id = config.adapters[1].id = 1;
    refuse(&config, VPC_INVALID_ARGUMENT, "two network adapters 1");

    config = machine();
    config.drive_count = 1;
    config.drives[0] = (struct machine_drive){2, 0, DRIVE_DVD, NULL};
    refuse(&config, VPC_INVALID_ARGUMENT, "IDE bus 2");
    config.drives[0] = (struct machine_drive){0, 1, DRIVE_HARD_DISK, NULL};
    refuse(&config, VPC_INVALID_ARGUMENT, "has no file");

    config = machine();
    config.extra_arguments = (char *)"-name \"x";
    refuse(&config, VPC_INVALID_ARGUMENT, "extra arguments");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qemu_command__plain_machine),
        cmocka_unit_test(test_qemu_command__socket_of_the_monitor),
        cmocka_unit_test(test_qemu_command__spare_monitors),
        cmocka_unit_test(test_qemu_command__hostile_names_are_only_names),
        cmocka_unit_test(test_qemu_command__adapters),
        cmocka_unit_test(test_qemu_command__internal_network_and_host_adapter),
        cmocka_unit_test(test_qemu_command__drives),
        cmocka_unit_test(test_qemu_command__extra_arguments_come_last),
        cmocka_unit_test(test_qemu_command__what_makes_no_machine_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
