/*
 * The internal network: the VMs of one user reach each other and nothing else.
 *
 * Each adapter has two UDP ports on loopback, one of QEMU and one of ours, the relay. A frame that a guest sends comes
 * to its relay, which passes it on to the QEMU ports of all other adapters. Who they are stands in files, one a VM, in
 * the folder "Internal Network" beside the run folders: what others may not write there, they cannot join. A file
 * counts as long as the process that it names lives, so nothing is sent to a port that QEMU has left.
 *
 * Like a wire, it may lose frames (when nobody relays while a lost supervisor is replaced), and who does not listen
 * stalls nobody.
 */
#ifndef VPC_ENGINE_QEMU_INTERNAL_NETWORK_H
#define VPC_ENGINE_QEMU_INTERNAL_NETWORK_H

#include <uv.h>
#include "engine/qemu/qemu_command.h"
#include "util/error.h"

struct internal_network;

/* This VM's part of the network. `run_folder` is the VM's. Free it with internal_network_close, also when a later step
 * fails. */
bool internal_network_open(struct internal_network **network, uv_loop_t *loop, const char *run_folder,
                           struct vpc_error *err);

/* Adds an adapter. *ports (in, out): zero ones are chosen. The port that is chosen for QEMU is kept from others until
 * internal_network_let_go; one that is given is taken for QEMU's already. */
bool internal_network_add(struct internal_network *network, struct qemu_ports *ports, struct vpc_error *err);

/* Right before QEMU takes its ports. */
void internal_network_let_go(struct internal_network *network);

/* Shows this VM to the others: process id of QEMU and its start time as qemu_process_id gives them. */
bool internal_network_join(struct internal_network *network, int64_t pid, uint64_t start, struct vpc_error *err);

/* Leaves. Nothing is left on the loop when `closed` comes. NULL is not allowed. */
void internal_network_close(struct internal_network *network, void (*closed)(void *context), void *context);

#endif
