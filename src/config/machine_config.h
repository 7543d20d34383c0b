/*
 * What a .vmc (and the preferences) say about the machine to run: the typed view of the keys that an engine needs.
 */
#ifndef VPC_CONFIG_MACHINE_CONFIG_H
#define VPC_CONFIG_MACHINE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config/settings.h"
#include "util/error.h"

enum { MACHINE_MAX_ADAPTERS = 4, MACHINE_MAX_DRIVES = 4, MACHINE_MIN_MEMORY_MB = 4, MACHINE_MAX_MEMORY_MB = 3712 };

enum network_kind {
    NETWORK_NONE,      /* plugged into nothing */
    NETWORK_NAT,       /* id of sixteen bytes 01 */
    NETWORK_INTERNAL,  /* guests reach each other, nothing else: id of sixteen bytes 02 (ours) */
    NETWORK_HOST,      /* a host adapter (TAP device), which the name says: id as host_adapter_network_id makes it of that name. Whether the host has it is not looked at */
    NETWORK_UNKNOWN    /* an id that no network of this host has */
};

struct machine_adapter {
    uint32_t id;              /* of the ethernet_controller element; the adapter's slot everywhere */
    enum network_kind network;
    char *network_name;       /* as stored */
    uint8_t network_id[16];
    uint8_t mac[6];           /* all zero: none yet */
    bool mac_dynamic;
    char *tftp_folder;        /* ours: nat/tftp_folder, folder that the NAT network serves by TFTP; NULL without */
    char *boot_file;          /* ours: nat/boot_file, name that its DHCP server gives; NULL without */
};

enum drive_kind { DRIVE_NONE = 0, DRIVE_HARD_DISK = 1, DRIVE_DVD = 2 };

struct machine_drive {
    uint32_t bus, device;     /* IDE location; slot = bus * 2 + device */
    enum drive_kind kind;
    char *path;               /* absolute; NULL for an empty DVD drive */
};

struct machine_config {
    char *name;               /* of the VM */
    char *config_id;          /* "{GUID}" */
    char *vmc;                /* path of the .vmc */
    uint32_t memory_mb;
    struct machine_adapter adapters[MACHINE_MAX_ADAPTERS];
    size_t adapter_count;
    struct machine_drive drives[MACHINE_MAX_DRIVES];
    size_t drive_count;
    char *engine;             /* "qemu" or "fake": preference hypervisors/engine, environment VPC_ENGINE first */
    char *qemu_program;       /* preference hypervisors/qemu/program; NULL: look in VPC_QEMU, PATH, the usual folders */
    char *qemu_accelerator;   /* preference hypervisors/qemu/accelerator: "auto" (default), "tcg", "kvm", "whpx", ... */
    char *extra_arguments;    /* preference hypervisors/qemu/vm_<config id>/extra_arguments (id without braces, lower case before upper); NULL without. In the preferences and not in the .vmc, because
                                 a .vmc may come from a stranger and QEMU's arguments can do anything. */
    uint32_t dump_rotate_bytes; /* preference hypervisors/qemu/dump_rotate_bytes, default 1 MiB: a capture longer than this is rotated */
    uint32_t usage_retention_days; /* preference usage/retention_days: days that the usage ledger keeps; 0 (default): all */
};

/* Reads the typed view. `options` may be NULL (all defaults). VPC_CORRUPT for values that make no machine (memory out of bounds, ...), with the key in the text. */
bool machine_config_read(struct machine_config *config, const char *name, const char *vmc, const struct settings *settings, const struct settings *options,
                         struct vpc_error *err);
void machine_config_clear(struct machine_config *config);

/* Splits an argument line into words: blanks separate, double quotes keep them together, \" is a quote. *words: NULL-terminated array, free with
 * machine_config_free_words. VPC_INVALID_ARGUMENT for a quote that is not closed. */
bool machine_config_split(const char *line, char ***words, size_t *count, struct vpc_error *err);
void machine_config_free_words(char **words);

#endif
