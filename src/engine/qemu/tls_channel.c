#include "engine/qemu/tls_channel.h"

#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_BYTES = 4096,          /* of what a record says, read at once */
    MOST_RECORD = 16384,         /* bytes that one says (RFC 5246, 6.2.1); a part of it may have come before */
    RECORD_OVERHEAD = 5 + 8 + 16 /* of AES-GCM (RFC 5288); ChaCha20-Poly1305 needs less */
};

struct tls_channel {
    mbedtls_ssl_config config;
    mbedtls_ssl_context session;
    struct buffer in, out;
    size_t taken; /* of `in` */
    bool is_open;
};

/* Those of them that GnuTLS, and so QEMU, has as well, and that keep past sessions secret when a key is lost. */
static const int ciphers[] = {MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
                              MBEDTLS_TLS_DHE_PSK_WITH_AES_256_GCM_SHA384, 0};

static int fill_random(void *context, unsigned char *bytes, size_t size)
{
    struct vpc_error ignored;

    (void)context;
    return text_random_bytes(bytes, size, &ignored) ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int put(void *context, const unsigned char *bytes, size_t size)
{
    struct tls_channel *channel = context;

    buffer_append(&channel->out, bytes, size);
    return channel->out.failed ? MBEDTLS_ERR_SSL_ALLOC_FAILED : (int)size;
}

static int get(void *context, unsigned char *bytes, size_t size)
{
    struct tls_channel *channel = context;
    size_t left = channel->in.size - channel->taken;

    if (!left)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (size > left)
        size = left;
    memcpy(bytes, channel->in.data + channel->taken, size);
    channel->taken += size;
    return (int)size;
}

static bool fail(const struct tls_channel *channel, int status, struct vpc_error *err)
{
    char text[128];

    if (status == 0 || status == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return vpc_fail(err, VPC_IO, "the peer has ended its TLS session");
    if (status == MBEDTLS_ERR_SSL_ALLOC_FAILED)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for TLS");
    mbedtls_strerror(status, text, sizeof(text));
    return channel->is_open ? vpc_fail(err, VPC_CORRUPT, "its TLS session is damaged (%s)", text)
                            : vpc_fail(err, VPC_ACCESS_DENIED, "the peer does not know the monitor's key (%s)", text);
}

bool tls_channel_create(struct tls_channel **out, const struct monitor_key *key, struct vpc_error *err)
{
    struct tls_channel *channel = calloc(1, sizeof(*channel));
    int status = MBEDTLS_ERR_SSL_ALLOC_FAILED;

    *out = NULL;
    if (channel) {
        mbedtls_ssl_config_init(&channel->config);
        mbedtls_ssl_init(&channel->session);
        status = mbedtls_ssl_config_defaults(&channel->config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT);
    }
    if (!status) {
        mbedtls_ssl_conf_rng(&channel->config, fill_random, NULL);
        mbedtls_ssl_conf_ciphersuites(&channel->config, ciphers);
        mbedtls_ssl_conf_min_version(&channel->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
        mbedtls_ssl_conf_max_version(&channel->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
        status = mbedtls_ssl_conf_psk(&channel->config, key->bytes, sizeof(key->bytes),
                                      (const unsigned char *)MONITOR_KEY_USER, strlen(MONITOR_KEY_USER));
    }
    if (!status)
        status = mbedtls_ssl_setup(&channel->session, &channel->config);
    if (status) {
        tls_channel_free(channel);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for TLS");
    }
    mbedtls_ssl_set_bio(&channel->session, channel, put, get, NULL);
    *out = channel;
    return true;
}

bool tls_channel_reserve(struct tls_channel *channel, size_t size, struct buffer *plain)
{
    return buffer_reserve(&channel->in, size) && buffer_reserve(plain, channel->in.size + size + MOST_RECORD);
}

bool tls_channel_take(struct tls_channel *channel, const void *bytes, size_t size, struct buffer *plain,
                      struct vpc_error *err)
{
    unsigned char piece[PIECE_BYTES];
    int status = 0;

    buffer_append(&channel->in, bytes, size);
    if (channel->in.failed)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for TLS");
    if (!channel->is_open && !(status = mbedtls_ssl_handshake(&channel->session)))
        channel->is_open = true;
    while (channel->is_open && (status = mbedtls_ssl_read(&channel->session, piece, sizeof(piece))) > 0)
        buffer_append(plain, piece, (size_t)status);
    memmove(channel->in.data, channel->in.data + channel->taken, channel->in.size - channel->taken);
    channel->in.size -= channel->taken;
    channel->taken = 0;
    return status == MBEDTLS_ERR_SSL_WANT_READ || fail(channel, status, err);
}

bool tls_channel_is_open(const struct tls_channel *channel)
{
    return channel->is_open;
}

static bool give_records(struct tls_channel *channel, const unsigned char *bytes, size_t size, struct vpc_error *err)
{
    while (size) {
        int given = mbedtls_ssl_write(&channel->session, bytes, size);

        if (given <= 0)
            return fail(channel, given, err);
        bytes += given;
        size -= (size_t)given;
    }
    return true;
}

/* The last byte is a record of its own. QEMU's monitor reads one byte a call, and QEMU 7.2 then waits for its socket
 * although the rest of the record has left that already: what it has not read of a record it reads only while more
 * lies in the socket, and the last record has no rest. */
bool tls_channel_give(struct tls_channel *channel, const void *bytes, size_t size, struct vpc_error *err)
{
    const unsigned char *first = bytes;

    if (!buffer_reserve(&channel->out, size + (size / MOST_RECORD + 2) * RECORD_OVERHEAD))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for TLS");
    return !size || (give_records(channel, first, size - 1, err) && give_records(channel, first + size - 1, 1, err));
}

struct buffer *tls_channel_out(struct tls_channel *channel)
{
    return &channel->out;
}

void tls_channel_free(struct tls_channel *channel)
{
    if (!channel)
        return;
    mbedtls_ssl_free(&channel->session);
    mbedtls_ssl_config_free(&channel->config);
    buffer_free(&channel->in);
    buffer_free(&channel->out);
    free(channel);
}
