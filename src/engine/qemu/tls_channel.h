/*
 * Our end of a connection that only those who have the monitor's key can speak on: TLS 1.2 as a server, with a
 * pre-shared key (RFC 5489, RFC 7905). Both ends prove that they know the key; nobody else can read, add or repeat a
 * byte.
 *
 * Bytes in, bytes out: it knows no socket. What arrives goes through tls_channel_take, what is to be sent through
 * tls_channel_give, and after each of the two the bytes in tls_channel_out have to go to the peer.
 */
#ifndef VPC_ENGINE_QEMU_TLS_CHANNEL_H
#define VPC_ENGINE_QEMU_TLS_CHANNEL_H

#include "engine/qemu/monitor_key.h"
#include "util/text.h"

struct tls_channel;

/* Copies the key. */
bool tls_channel_create(struct tls_channel **channel, const struct monitor_key *key, struct vpc_error *err);

/* Makes room for so many bytes of the peer and for all that they may say: tls_channel_take then lacks no memory once
 * the channel is open. False without memory; it may be tried again. */
bool tls_channel_reserve(struct tls_channel *channel, size_t size, struct buffer *plain);

/* Takes bytes of the peer and appends what they say to `plain`. VPC_ACCESS_DENIED: the peer does not know the key, or
 * does not speak TLS; VPC_CORRUPT: once it has shown that it does, somebody has damaged the stream; VPC_IO: the peer
 * has ended it. After an error the connection is of no use any more; there may still be an alert to be sent. */
bool tls_channel_take(struct tls_channel *channel, const void *bytes, size_t size, struct buffer *plain,
                      struct vpc_error *err);

/* Whether the peer has shown that it knows the key. */
bool tls_channel_is_open(const struct tls_channel *channel);

/* Encrypts bytes for the peer; only while it is open. VPC_OUT_OF_MEMORY: none was, and it may be tried again. */
bool tls_channel_give(struct tls_channel *channel, const void *bytes, size_t size, struct vpc_error *err);

/* What has to go to the peer. The caller empties it. */
struct buffer *tls_channel_out(struct tls_channel *channel);

void tls_channel_free(struct tls_channel *channel);

#endif
