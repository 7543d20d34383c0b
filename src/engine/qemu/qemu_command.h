/*
 * QEMU's command line for a machine. Pure: looks at no file and starts nothing.
 *
 * Words are separate strings, never quoted. Inside a word QEMU separates options by commas, and a comma in a value is
 * doubled.
 */
#ifndef VPC_ENGINE_QEMU_QEMU_COMMAND_H
#define VPC_ENGINE_QEMU_QEMU_COMMAND_H

#include <stdint.h>
#include "config/machine_config.h"
#include "util/error.h"

/* Names in QEMU, each followed by the slot. */
#define QEMU_NETDEV       "net"
#define QEMU_NIC          "nic"
#define QEMU_DRIVE_NODE   "disk"
#define QEMU_DRIVE_DEVICE "drive"

/* UDP ports on loopback of an adapter on the internal network. */
struct qemu_ports {
    uint16_t guest; /* QEMU's */
    uint16_t relay; /* ours */
};

struct qemu_launch {
    const char *program;
    const char *socket; /* of our listener; NULL: it has a port of the loopback, */
    uint16_t port;
    const char *key_folder;                           /* and the monitor's key lies there (monitor_key.h) */
    unsigned spares;                                  /* connections besides the one that is used, by qmp_door.h */
    const char *nonce;                                /* random; names the object that proves who connects */
    struct qemu_ports internal[MACHINE_MAX_ADAPTERS]; /* by slot */
    /* Type of the machine that a saved state needs, for a start from it; NULL for a start from nothing. */
    const char *restored_hardware;
    /* A path as QEMU on this host wants it, new memory; NULL with *err filled. */
    char *(*path)(const char *path, struct vpc_error *err);
};

/* *words (out): NULL-terminated, words[0] is the program; free with machine_config_free_words. VPC_NOT_SUPPORTED for a
 * network that this engine cannot give, VPC_INVALID_ARGUMENT for what makes no command line. */
bool qemu_command_build(char ***words, const struct machine_config *config, const struct qemu_launch *launch,
                        struct vpc_error *err);

/* The MAC address of an adapter: its own, or one that follows from the machine's configuration id and the slot and is
 * the same each time. */
void qemu_command_mac(const struct machine_config *config, const struct machine_adapter *adapter, uint8_t mac[6]);

#endif
