/*
 * One QMP connection: commands with callbacks, events, and a peer that may send anything.
 *
 * Every callback comes on the loop, never from inside a call. A peer that breaks the protocol (no JSON, a line over
 * QMP_MAX_LINE, an answer to nothing) is reported as lost, like one that closes the connection.
 *
 * Want of memory loses nothing of what the peer says: that is read a little later. A command for which there is none is
 * not sent, and its reply says so.
 */
#ifndef VPC_ENGINE_QEMU_QMP_CLIENT_H
#define VPC_ENGINE_QEMU_QMP_CLIENT_H

#include <jansson.h>
#include <uv.h>
#include "engine/qemu/monitor_key.h"

enum {
    QMP_MAX_LINE = 1024 * 1024
};

struct qmp_client;

/* Exactly one of `result` (borrowed) and `err` is not NULL. A refusal is VPC_ENGINE with QEMU's words, a connection
 * that ended first VPC_IO, a command that was not sent VPC_OUT_OF_MEMORY. Answers come in the order of the commands. */
typedef void qmp_reply(void *context, const json_t *result, const struct vpc_error *err);

struct qmp_listener {
    /* The peer has greeted as a QMP server does; commands may be sent. */
    void (*greeted)(void *context);
    /* `time_us`: the event's own time stamp, microseconds since 1970; `data` (borrowed) may be NULL. */
    void (*event)(void *context, const char *name, int64_t time_us, const json_t *data);
    /* The connection is gone, or the peer is no QMP server; only closing is left. Open commands have been answered with
     * an error before. */
    void (*lost)(void *context, const struct vpc_error *err);
};

/* Accepts a connection that waits at `server`, a TCP or pipe handle. With a key (NULL: none) the peer has to show that
 * it knows that, and is heard from then on only. `listener` is borrowed. */
bool qmp_client_accept(struct qmp_client **client, uv_stream_t *server, const struct monitor_key *key,
                       const struct qmp_listener *listener, void *context, struct vpc_error *err);

/* Hands the client to another listener. */
void qmp_client_set_listener(struct qmp_client *client, const struct qmp_listener *listener, void *context);

/* Whether only closing is left. */
bool qmp_client_is_lost(const struct qmp_client *client);

/* Sends a command. `arguments` (taken): json_null() for none; NULL says that there was no memory for them, and the
 * command is not sent. `reply` may be NULL. After the connection was lost, or without memory, the command is answered
 * with an error all the same; only when many in a row lack memory the connection is lost, and the last has no answer.
 */
void qmp_client_send(struct qmp_client *client, const char *command, json_t *arguments, qmp_reply *reply,
                     void *context);

/* Whether this answer (NULL: a good one) says that the command was not sent for want of memory. It may be sent again at
 * once: the answer has come a little later than the command. */
bool qmp_is_unsent(const struct vpc_error *err);

/* The first command, which ends the greeting. A peer that can is told to read commands ahead (capability "oob" of the
 * QMP specification). QEMU's monitor reads one byte a call (strace of 7.2), and without the capability it reads a
 * command only when the one before is done; with it up to eight wait, and are done one right after the other. */
void qmp_client_begin(struct qmp_client *client, qmp_reply *reply, void *context);

/* Commands between the two leave in one piece, so that nothing of the peer's comes between them. Behind one for which
 * there is no memory none of them is sent. */
void qmp_client_cork(struct qmp_client *client);
void qmp_client_uncork(struct qmp_client *client);

/* Ends the connection without answering open commands and frees the client. `closed` (may be NULL) comes when nothing
 * is left of it. */
void qmp_client_close(struct qmp_client *client, void (*closed)(void *context), void *context);

#endif
