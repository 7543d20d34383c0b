/* QEMU's end of a connection with a key, for tests: a TLS client, bytes in and bytes out. */
#ifndef VPC_TESTS_ENGINE_QEMU_TLS_PEER_H
#define VPC_TESTS_ENGINE_QEMU_TLS_PEER_H

#include <mbedtls/ssl.h>
#include "engine/qemu/monitor_key.h"
#include "util/text.h"

struct tls_peer {
    mbedtls_ssl_config config;
    mbedtls_ssl_context session;
    struct buffer in, out;
    bool is_open;
};

void tls_peer_open(struct tls_peer *peer, const struct monitor_key *key);
/* Goes on with what has arrived in `in`, as far as it reaches; 0 or Mbed TLS's status. What it hears is appended. */
int tls_peer_go_on(struct tls_peer *peer, struct buffer *heard);
void tls_peer_say(struct tls_peer *peer, const void *bytes, size_t size);
void tls_peer_close(struct tls_peer *peer);

#endif
