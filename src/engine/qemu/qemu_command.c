#include "engine/qemu/qemu_command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/monitor_key.h"
#include "util/text.h"

/* Words as they are collected. */
struct words {
    char **list;
    size_t count, capacity;
    bool failed;
};

/* Takes `word`. */
static void add_word(struct words *words, char *word)
{
    if (word && words->count + 1 >= words->capacity && !words->failed) {
        size_t capacity = words->capacity ? 2 * words->capacity : 32;
        char **list = realloc(words->list, capacity * sizeof(*list));

        if (list) {
            words->list = list;
            words->capacity = capacity;
        } else {
            words->failed = true;
        }
    }
    if (!word || words->failed) {
        words->failed = true;
        free(word);
        return;
    }
    words->list[words->count++] = word;
    words->list[words->count] = NULL;
}

static void add(struct words *words, const char *option, const char *value)
{
    add_word(words, text_copy(option));
    if (value)
        add_word(words, text_copy(value));
}

static void add_buffer(struct words *words, const char *option, struct buffer *value)
{
    add_word(words, text_copy(option));
    if (value->failed)
        words->failed = true;
    add_word(words, value->data);
    *value = (struct buffer){0};
}

/* Appends ",key=value" with the value's commas doubled. */
static void append_value(struct buffer *option, const char *key, const char *value)
{
    buffer_append_format(option, ",%s=", key);
    for (const char *c = value; *c; c++) {
        buffer_append(option, c, 1);
        if (*c == ',')
            buffer_append(option, c, 1);
    }
}

static bool append_path(struct buffer *option, const char *key, const char *path, const struct qemu_launch *launch,
                        struct vpc_error *err)
{
    char *translated = launch->path(path, err);

    if (!translated)
        return false;
    append_value(option, key, translated);
    free(translated);
    return true;
}

static bool add_accelerator(struct words *words, const char *preference, struct vpc_error *err)
{
    static const char *const automatic[] = {"whpx", "kvm", "tcg"}; /* QEMU takes the first that works */

    if (!preference || !*preference || !strcmp(preference, "auto")) {
        for (size_t i = 0; i < sizeof(automatic) / sizeof(automatic[0]); i++)
            add(words, "-accel", automatic[i]);
        return true;
    }
    if (strspn(preference, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(preference))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "accelerator '%s' is no word", preference);
    add(words, "-accel", preference);
    return true;
}

/* QEMU's name of the format. Probing is no way: a guest that writes another format's header into its raw disk would
 * choose what the host opens. */
static const char *format_of(const char *path)
{
    static const struct {
        const char *suffix, *format;
    } formats[] = {{".vhd", "vpc"}, {".vhdx", "vhdx"}, {".vmdk", "vmdk"}, {".vdi", "vdi"}, {".qcow2", "qcow2"}};
    const char *suffix = strrchr(path, '.');

    for (size_t i = 0; suffix && i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (!text_compare_nocase(suffix, formats[i].suffix))
            return formats[i].format;
    }
    return "raw";
}

static bool add_drive(struct words *words, const struct machine_drive *drive, const struct qemu_launch *launch,
                      struct vpc_error *err)
{
    unsigned slot = drive->bus * 2 + drive->device;
    struct buffer node = {0}, device = {0};

    if (drive->bus > 1 || drive->device > 1)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "there is no drive at IDE bus %u, device %u", drive->bus,
                        drive->device);
    if (drive->kind == DRIVE_NONE)
        return true;
    if (drive->kind == DRIVE_HARD_DISK && !drive->path)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "the hard disk at IDE bus %u, device %u has no file", drive->bus,
                        drive->device);
    if (drive->path) {
        buffer_append_format(&node, "driver=%s,node-name=" QEMU_DRIVE_NODE "%u,read-only=%s,file.driver=file",
                             format_of(drive->path), slot, drive->kind == DRIVE_DVD ? "on" : "off");
        if (!append_path(&node, "file.filename", drive->path, launch, err)) {
            buffer_free(&node);
            return false;
        }
        add_buffer(words, "-blockdev", &node);
    }
    buffer_append_format(&device, "%s,id=" QEMU_DRIVE_DEVICE "%u,bus=ide.%u,unit=%u",
                         drive->kind == DRIVE_DVD ? "ide-cd" : "ide-hd", slot, drive->bus, drive->device);
    if (drive->path)
        buffer_append_format(&device, ",drive=" QEMU_DRIVE_NODE "%u", slot);
    add_buffer(words, "-device", &device);
    return true;
}

void qemu_command_mac(const struct machine_config *config, const struct machine_adapter *adapter, uint8_t mac[6])
{
    static const uint8_t none[6] = {0}, vendor[3] = {0x00, 0x03, 0xff};
    uint32_t hash = 2166136261u; /* FNV-1a */

    memcpy(mac, adapter->mac, 6);
    if (memcmp(mac, none, 6))
        return;
    for (const char *c = config->config_id ? config->config_id : ""; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    memcpy(mac, vendor, 3);
    mac[3] = (uint8_t)(hash >> 16 ^ hash >> 24);
    mac[4] = (uint8_t)(hash >> 8);
    /* The slots of one machine differ for certain, not only most likely. */
    mac[5] = (uint8_t)((hash & 0xf8) | (adapter->id & 7));
}

static bool add_nat(struct words *words, const struct machine_adapter *adapter, const struct qemu_launch *launch,
                    struct vpc_error *err)
{
    struct buffer netdev = {0};

    buffer_append_format(&netdev, "user,id=" QEMU_NETDEV "%u", adapter->id);
    if (adapter->tftp_folder && !append_path(&netdev, "tftp", adapter->tftp_folder, launch, err)) {
        buffer_free(&netdev);
        return false;
    }
    if (adapter->boot_file)
        append_value(&netdev, "bootfile", adapter->boot_file);
    add_buffer(words, "-netdev", &netdev);
    return true;
}

/* What the guest sends goes to our relay, what arrives at QEMU's port goes to the guest. Not as -netdev dgram, which
 * older versions of QEMU do not have. */
static void add_internal(struct words *words, const struct machine_adapter *adapter, const struct qemu_launch *launch)
{
    const struct qemu_ports *ports = &launch->internal[adapter->id];
    struct buffer netdev = {0};

    buffer_append_format(&netdev, "socket,id=" QEMU_NETDEV "%u,udp=127.0.0.1:%u,localaddr=127.0.0.1:%u", adapter->id,
                         ports->relay, ports->guest);
    add_buffer(words, "-netdev", &netdev);
}

/* No scripts: QEMU uses the device as the user has made it. No header before the frames: the device counts bytes of
 * Ethernet. */
static bool add_host(struct words *words, const struct machine_adapter *adapter, struct vpc_error *err)
{
    struct buffer netdev = {0};

    if (!adapter->network_name || !*adapter->network_name)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "network adapter %u: no host adapter is named", adapter->id);
    buffer_append_format(&netdev, "tap,id=" QEMU_NETDEV "%u", adapter->id);
    append_value(&netdev, "ifname", adapter->network_name);
    buffer_append_text(&netdev, ",script=no,downscript=no,vnet_hdr=off");
    add_buffer(words, "-netdev", &netdev);
    return true;
}

static bool add_adapter(struct words *words, const struct machine_config *config, const struct machine_adapter *adapter,
                        const struct qemu_launch *launch, struct vpc_error *err)
{
    struct buffer nic = {0};
    uint8_t mac[6];

    if (adapter->id >= MACHINE_MAX_ADAPTERS)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "there is no network adapter %u", adapter->id);
    switch (adapter->network) {
    case NETWORK_NAT:
        if (!add_nat(words, adapter, launch, err))
            return false;
        break;
    case NETWORK_NONE:
    case NETWORK_UNKNOWN:
        break;
    case NETWORK_INTERNAL:
        add_internal(words, adapter, launch);
        break;
    case NETWORK_HOST:
        if (!add_host(words, adapter, err))
            return false;
        break;
    }
    qemu_command_mac(config, adapter, mac);
    /* A fixed address on the PCI bus, behind the graphics adapter: an adapter that is removed moves no other in the
     * guest's eyes. */
    buffer_append_format(&nic, "e1000,id=" QEMU_NIC "%u,bus=pci.0,addr=0x%x,mac=%02x:%02x:%02x:%02x:%02x:%02x",
                         adapter->id, adapter->id + 3, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    if (adapter->network != NETWORK_NONE && adapter->network != NETWORK_UNKNOWN)
        buffer_append_format(&nic, ",netdev=" QEMU_NETDEV "%u", adapter->id);
    add_buffer(words, "-device", &nic);
    return true;
}

static bool add_extra_arguments(struct words *words, const char *line, struct vpc_error *err)
{
    char **extra;
    size_t count;

    if (!line || !*line)
        return true;
    if (!machine_config_split(line, &extra, &count, err))
        return vpc_fail_in(err, "extra arguments");
    for (size_t i = 0; i < count; i++)
        add(words, extra[i], NULL);
    machine_config_free_words(extra);
    return true;
}

/* Without GnuTLS in it, QEMU refuses this object and ends: no monitor is better than one for everybody. */
static bool add_key(struct words *words, const struct qemu_launch *launch, struct vpc_error *err)
{
    struct buffer object = {0};

    buffer_append_text(&object, "tls-creds-psk,id=" MONITOR_KEY_OBJECT ",endpoint=client,username=" MONITOR_KEY_USER);
    if (!append_path(&object, "dir", launch->key_folder, launch, err)) {
        buffer_free(&object);
        return false;
    }
    add_buffer(words, "-object", &object);
    return true;
}

static bool add_monitor(struct words *words, unsigned number, const struct qemu_launch *launch, struct vpc_error *err)
{
    struct buffer chardev = {0}, monitor = {0};

    buffer_append_format(&chardev, "socket,id=mon%u", number);
    if (launch->socket) {
        if (!append_path(&chardev, "path", launch->socket, launch, err)) {
            buffer_free(&chardev);
            return false;
        }
    } else {
        buffer_append_format(&chardev, ",host=127.0.0.1,port=%u,tls-creds=" MONITOR_KEY_OBJECT, launch->port);
    }
    buffer_append_text(&chardev, ",server=off,reconnect=1");
    add_buffer(words, "-chardev", &chardev);
    buffer_append_format(&monitor, "chardev=mon%u,mode=control", number);
    add_buffer(words, "-mon", &monitor);
    return true;
}

static bool add_machine(struct words *words, const struct machine_config *config, const struct qemu_launch *launch,
                        struct vpc_error *err)
{
    struct buffer name = {0}, object = {0}, memory = {0};

    add(words, launch->program, NULL);
    /* "debug-threads" goes first so that "guest" has the comma before it that append_value writes. */
    buffer_append_text(&name, "debug-threads=on");
    append_value(&name, "guest", config->name ? config->name : "");
    add_buffer(words, "-name", &name);
    add(words, "-nodefaults", NULL);
    add(words, "-no-user-config", NULL);
    add(words, "-machine", launch->restored_hardware ? launch->restored_hardware : "pc");
    if (!add_accelerator(words, config->qemu_accelerator, err))
        return false;
    buffer_append_format(&memory, "%uM", config->memory_mb);
    add_buffer(words, "-m", &memory);
    add(words, "-rtc", "base=localtime"); /* Windows guests take the clock for local time */
    add(words, "-display", "none");
    add(words, "-vga", "std");
    add(words, "-boot", "order=cdn");
    /* Nothing runs before it is counted, and QEMU stays until the counters of a guest that powered off have been read.
     */
    add(words, "-S", NULL);
    add(words, "-no-shutdown", NULL);
    if (launch->restored_hardware)
        add(words, "-incoming", "defer");
    if (!launch->socket && !add_key(words, launch, err))
        return false;
    for (unsigned i = 0; i <= launch->spares; i++) {
        if (!add_monitor(words, i, launch, err))
            return false;
    }
    buffer_append_format(&object, "rng-builtin,id=vpc-%s", launch->nonce);
    add_buffer(words, "-object", &object);
    return true;
}

bool qemu_command_build(char ***out, const struct machine_config *config, const struct qemu_launch *launch,
                        struct vpc_error *err)
{
    struct words words = {0};
    uint32_t seen = 0;
    bool ok = add_machine(&words, config, launch, err);

    for (size_t i = 0; ok && i < config->drive_count; i++)
        ok = add_drive(&words, &config->drives[i], launch, err);
    for (size_t i = 0; ok && i < config->adapter_count; i++) {
        ok = add_adapter(&words, config, &config->adapters[i], launch, err);
        if (ok && seen & 1u << config->adapters[i].id)
            ok = vpc_fail(err, VPC_INVALID_ARGUMENT, "there are two network adapters %u", config->adapters[i].id);
        seen |= ok ? 1u << config->adapters[i].id : 0;
    }
    ok = ok && add_extra_arguments(&words, config->extra_arguments, err);
    if (ok && words.failed)
        ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for QEMU's command line");
    if (!ok) {
        machine_config_free_words(words.list);
        words.list = NULL;
    }
    *out = words.list;
    return ok;
}
