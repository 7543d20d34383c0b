/* The server side of the control pipe, on a libuv loop. See control.h for the messages. */
#ifndef VPC_SESSION_CONTROL_SERVER_H
#define VPC_SESSION_CONTROL_SERVER_H

#include <uv.h>
#include "session/control.h"

struct control_server;
struct control_peer; /* one connected client */

/* Called on the loop's thread for each request. Answer with control_server_reply or control_server_fail, now or later,
 * as long as the peer has not been reported as gone. */
struct control_server_events {
    void (*request)(void *context, struct control_peer *peer, const struct control_request *request);
    /* May be NULL. Only of peers that have made a request; never from inside a call of this module. */
    void (*gone)(void *context, struct control_peer *peer);
};

/* Listens on a new pipe that only this user may open; *name (out, new memory) is what clients connect to. `folder` is
 * the VM's run folder (its socket lies there where pipes are files). */
bool control_server_open(struct control_server **server, uv_loop_t *loop, const char *folder,
                         const struct control_server_events *events, void *context, char **name, struct vpc_error *err);

void control_server_reply(struct control_peer *peer, uint64_t id, uint32_t task, const json_t *result);
void control_server_fail(struct control_peer *peer, uint64_t id, const struct vpc_error *error);
/* Sends an event line to every peer that has subscribed. */
void control_server_broadcast(struct control_server *server, const json_t *event);
/* VPC_STATE_CONFLICT: there are 128 subscribers already. */
bool control_server_subscribe(struct control_peer *peer, struct vpc_error *err);

/* Stops listening, lets written replies go out (for 2 s at most), then closes all and calls `closed` (may be NULL) on
 * the loop, with nothing left of the server. Peers are still reported as gone. */
void control_server_close(struct control_server *server, void (*closed)(void *context), void *context);

#endif
