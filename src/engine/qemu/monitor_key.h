/*
 * The key of a VM's monitor, where that is at a port: QEMU and its supervisor show by it that they belong together,
 * each to the other, before a word is said (tls_channel.h). It is random, new for each QEMU, and lies in the run
 * folder, which only the user of the VM can read; there the next supervisor finds it, too.
 *
 * The file is one that QEMU's object tls-creds-psk reads: a line "user:key", the key in hexadecimal digits
 * (https://www.qemu.org/docs/master/system/tls.html, "TLS Pre-Shared Keys").
 */
#ifndef VPC_ENGINE_QEMU_MONITOR_KEY_H
#define VPC_ENGINE_QEMU_MONITOR_KEY_H

#include <stdint.h>
#include "util/error.h"

/* QEMU looks for a file of this name in the folder that it is given. */
#define MONITOR_KEY_FILE "keys.psk"
#define MONITOR_KEY_USER "vpc"
/* Id of QEMU's object that holds the key. */
#define MONITOR_KEY_OBJECT "vpc-key"

enum {
    MONITOR_KEY_BYTES = 32
};

struct monitor_key {
    uint8_t bytes[MONITOR_KEY_BYTES];
};

/* Makes a key and writes it into the folder, over that of an earlier QEMU. */
bool monitor_key_make(struct monitor_key *key, const char *run_folder, struct vpc_error *err);

/* Reads the one that lies there. VPC_CORRUPT: it is no key of ours. */
bool monitor_key_read(struct monitor_key *key, const char *run_folder, struct vpc_error *err);

/* Removes it: its QEMU is gone. */
void monitor_key_remove(const char *run_folder);

#endif
