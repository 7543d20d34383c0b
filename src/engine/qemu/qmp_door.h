/*
 * Where QEMU connects to: a listener that lets in the one QEMU which has the object "vpc-<nonce>". It is a socket in
 * the VM's own folder where the host has such, which nobody but the user can reach or put another in place of; else a
 * port on the loopback, at which every user of the host can knock and, while the supervisor is lost, listen. So there
 * each of the two ends has to show the other that it knows the monitor's key (monitor_key.h).
 *
 * QEMU is the side that connects, because a monitor that listens lets in every user of the host. Whoever else comes is
 * turned away and the door stays open. After the right one it closes its listener.
 *
 * With spares, QEMU connects that much oftener, and the door keeps these connections, unused, as long as it is there. A
 * supervisor under Wine needs them: when a program is killed while data come in, Wine 8 can keep its connection open
 * for as long as its server runs (measured: one kill of sixty), and QEMU, which believes itself connected by it, looks
 * for nobody. Then one of the others finds the next supervisor.
 */
#ifndef VPC_ENGINE_QEMU_QMP_DOOR_H
#define VPC_ENGINE_QEMU_QMP_DOOR_H

#include "engine/qemu/qmp_client.h"

/* Strangers that have not shown themselves as such yet; the oldest goes when one more comes. */
enum {
    QMP_DOOR_GUESTS = 8,
    QMP_DOOR_MOST_SPARES = 3
};

struct qmp_door;

/* *socket (out): path of the socket for a VM with that run folder, new memory; NULL where the host has none. */
bool qmp_door_socket(const char *run_folder, char **socket, struct vpc_error *err);

/* How many spares a VM needs on this host; 0 but under Wine. */
unsigned qmp_door_spares(void);

/* `entered` comes on the loop, once: `client` is QEMU's (taken by the callee, who sets its listener at once;
 * capabilities are negotiated), `objects` the answer (borrowed) to qom-list /objects. `socket` is the path
 * to listen at, and what lies there is replaced; NULL: `port` of the loopback, 0 takes any. `key` (copied; NULL: none)
 * is the monitor's. `spares` more connections are waited for after that, for some seconds. */
bool qmp_door_open(struct qmp_door **door, uv_loop_t *loop, const char *socket, uint16_t port,
                   const struct monitor_key *key, unsigned spares, const char *nonce,
                   void (*entered)(void *context, struct qmp_client *client, const json_t *objects), void *context,
                   struct vpc_error *err);
/* 0 at a socket. */
uint16_t qmp_door_port(const struct qmp_door *door);

/* `closed` (may be NULL) comes when nothing is left of the door. */
void qmp_door_close(struct qmp_door *door, void (*closed)(void *context), void *context);

#endif
