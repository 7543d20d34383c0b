#include "tests/engine/qemu/tls_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static int fill_random(void *context, unsigned char *bytes, size_t size)
{
    struct vpc_error err;
    (void)context;
    return text_random_bytes(bytes, size, &err) ? 0 : -1;
}

static int put(void *context, const unsigned char *bytes, size_t size)
{
    struct tls_peer *peer = context;
    buffer_append(&peer->out, bytes, size);
    return (int)size;
}

static int get(void *context, unsigned char *bytes, size_t size)
{
    struct tls_peer *peer = context;
    size_t given = size < peer->in.size ? size : peer->in.size;
    if (given == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(bytes, peer->in.data, given);
    memmove(peer->in.data, peer->in.data + given, peer->in.size - given);
    peer->in.size -= given;
    return (int)given;
}

void tls_peer_open(struct tls_peer *peer, const struct monitor_key *key)
{
    memset(peer, 0, sizeof *peer);
    mbedtls_ssl_config_init(&peer->config);
    mbedtls_ssl_init(&peer->session);
    assert_int_equal(mbedtls_ssl_config_defaults(&peer->config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                 MBEDTLS_SSL_PRESET_DEFAULT),
                     0);
    mbedtls_ssl_conf_rng(&peer->config, fill_random, NULL);
    assert_int_equal(mbedtls_ssl_conf_psk(&peer->config, key->bytes, sizeof key->bytes,
                                          (const unsigned char *)MONITOR_KEY_USER, strlen(MONITOR_KEY_USER)),
                     0);
    assert_int_equal(mbedtls_ssl_setup(&peer->session, &peer->config), 0);
    mbedtls_ssl_set_bio(&peer->session, peer, put, get, NULL);
}

int tls_peer_go_on(struct tls_peer *peer, struct buffer *heard)
{
    unsigned char piece[1000];
    int status = 0;
    if (!peer->is_open && (status = mbedtls_ssl_handshake(&peer->session)) == 0)
        peer->is_open = true;
    while (peer->is_open && (status = mbedtls_ssl_read(&peer->session, piece, sizeof piece)) > 0)
        buffer_append(heard, piece, (size_t)status);
    return status == MBEDTLS_ERR_SSL_WANT_READ ? 0 : status;
}

void tls_peer_say(struct tls_peer *peer, const void *bytes, size_t size)
{
    for (const unsigned char *at = bytes; size > 0;) {
        int said = mbedtls_ssl_write(&peer->session, at, size);
        assert_true(said > 0);
        at += said;
        size -= (size_t)said;
    }
}

void tls_peer_close(struct tls_peer *peer)
{
    mbedtls_ssl_free(&peer->session);
    mbedtls_ssl_config_free(&peer->config);
    buffer_free(&peer->in);
    buffer_free(&peer->out);
}
