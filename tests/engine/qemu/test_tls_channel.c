/* The monitor's key, and a connection that only those who know it can speak on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/tls_channel.h"
#include "support/home.h"
#include "tests/engine/qemu/tls_peer.h"
#include "util/file.h"
#include "util/path.h"

static const struct monitor_key our_key = {{1, 2, 3, 4, 5, 6, 7, 8}}, other_key = {{1, 2, 3, 4, 5, 6, 7, 9}};

struct fixture {
    struct tls_channel *channel;
    struct tls_peer peer;
    struct buffer plain, heard; /* by us, by the peer */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct vpc_error err;
    assert_true(tls_channel_create(&f->channel, &our_key, &err));
    tls_peer_open(&f->peer, &our_key);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tls_channel_free(f->channel);
    tls_peer_close(&f->peer);
    buffer_free(&f->plain);
    buffer_free(&f->heard);
    free(f);
    return 0;
}

/* Bytes from one end to the other, `step` at a time, until neither has more. False with *err when we refuse. */
static bool carry(struct fixture *f, size_t step, struct vpc_error *err)
{
    struct buffer *out = tls_channel_out(f->channel);
    bool heard = true;
    int status = tls_peer_go_on(&f->peer, &f->heard);
    while (heard && status == 0 && f->peer.out.size + out->size > 0) {
        buffer_append(&f->peer.in, out->data, out->size);
        out->size = 0;
        struct buffer sent = f->peer.out;
        f->peer.out = (struct buffer){0};
        for (size_t at = 0; heard && at < sent.size; at += step)
            heard = tls_channel_take(f->channel, sent.data + at, sent.size - at < step ? sent.size - at : step,
                                     &f->plain, err);
        buffer_free(&sent);
        status = tls_peer_go_on(&f->peer, &f->heard);
    }
    return heard;
}

static void open_both(struct fixture *f)
{
    struct vpc_error err;
    assert_true(carry(f, 1000, &err));
    assert_true(tls_channel_is_open(f->channel));
    assert_true(f->peer.is_open);
}

static void test_tls_channel__who_knows_the_key_is_heard(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    assert_true(carry(f, 1, &err));
    assert_true(tls_channel_is_open(f->channel));
    assert_int_equal(f->plain.size, 0);
    tls_peer_say(&f->peer, "{\"QMP\":{}}\n", 11);
    assert_true(carry(f, 1, &err));
    assert_string_equal(f->plain.data, "{\"QMP\":{}}\n");
    assert_true(tls_channel_give(f->channel, "stop", 4, &err));
    assert_true(carry(f, 1, &err));
    assert_string_equal(f->heard.data, "stop");
}

static void test_tls_channel__what_fills_many_records_arrives(void **state)
{
    enum {
        SIZE = 100000,
        COMMAND = 2000
    };
    struct fixture *f = *state;
    struct vpc_error err;
    char *large = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        large[i] = (char)(i * 7);
    open_both(f);
    tls_peer_say(&f->peer, large, SIZE);
    assert_true(tls_channel_give(f->channel, large, COMMAND, &err));
    assert_true(carry(f, 65536, &err));
    assert_int_equal(f->plain.size, SIZE);
    assert_memory_equal(f->plain.data, large, SIZE);
    assert_int_equal(f->heard.size, COMMAND);
    assert_memory_equal(f->heard.data, large, COMMAND);
    free(large);
}

static void test_tls_channel__another_key_is_refused(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err = {0};
    tls_peer_close(&f->peer);
    tls_peer_open(&f->peer, &other_key);
    assert_false(carry(f, 1000, &err));
    assert_int_equal(err.cause, VPC_ACCESS_DENIED);
    assert_false(tls_channel_is_open(f->channel));
    assert_int_equal(f->plain.size, 0);
}

static void test_tls_channel__no_tls_is_refused(void **state)
{
    static const char greeting[] = "{\"QMP\":{\"version\":{},\"capabilities\":[]}}\r\n";
    struct fixture *f = *state;
    struct vpc_error err = {0};
    assert_false(tls_channel_take(f->channel, greeting, strlen(greeting), &f->plain, &err));
    assert_int_equal(err.cause, VPC_ACCESS_DENIED);
    assert_int_equal(f->plain.size, 0);
}

static void test_tls_channel__a_changed_byte_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err = {0};
    open_both(f);
    tls_peer_say(&f->peer, "quit", 4);
    f->peer.out.data[f->peer.out.size - 1] ^= 1;
    assert_false(carry(f, 1000, &err));
    assert_int_equal(err.cause, VPC_CORRUPT);
    assert_int_equal(f->plain.size, 0);
}

static void test_tls_channel__what_was_said_before_counts_once(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err = {0};
    open_both(f);
    tls_peer_say(&f->peer, "quit", 4);
    struct buffer again = {0};
    buffer_append(&again, f->peer.out.data, f->peer.out.size);
    assert_true(carry(f, 1000, &err));
    assert_false(tls_channel_take(f->channel, again.data, again.size, &f->plain, &err));
    assert_int_equal(err.cause, VPC_CORRUPT);
    assert_string_equal(f->plain.data, "quit");
    buffer_free(&again);
}

static void test_tls_channel__its_end_is_an_end(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err = {0};
    open_both(f);
    assert_int_equal(mbedtls_ssl_close_notify(&f->peer.session), 0);
    assert_false(carry(f, 1000, &err));
    assert_int_equal(err.cause, VPC_IO);
}

static void test_monitor_key__is_read_as_it_was_made(void **state)
{
    (void)state;
    struct monitor_key made, read, next;
    struct vpc_error err;
    char *folder = test_folder_make();
    assert_false(monitor_key_read(&read, folder, &err));
    assert_int_equal(err.cause, VPC_FILE_NOT_FOUND);
    assert_true(monitor_key_make(&made, folder, &err));
    assert_true(monitor_key_read(&read, folder, &err));
    assert_memory_equal(&read, &made, sizeof made);
    assert_true(monitor_key_make(&next, folder, &err));
    assert_memory_not_equal(&next, &made, sizeof made);
    monitor_key_remove(folder);
    assert_false(monitor_key_read(&read, folder, &err));
    test_folder_remove(folder);
}

static void test_monitor_key__another_file_is_none(void **state)
{
    static const char *const lines[] = {
        "",
        "vpc:\n",
        "vpc:00",
        "vpc:00112233445566778899aabbccddeeff00112233445566778899aabbccddeef\n",
        "vpc:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\r",
        "abc:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
        "vpc:00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\n",
        "vpc:0x 1 2 3 4 5 6 7 8 9+a+b+c+d+e+f 0 1 2 3 4 5 6 7 8 9 a b c d e f\n",
        "vpc:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n\n",
    };
    (void)state;
    struct vpc_error err;
    char *folder = test_folder_make(), *path = path_join(folder, MONITOR_KEY_FILE);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct monitor_key key;
        assert_true(file_replace(path, lines[i], strlen(lines[i]), &err));
        if (monitor_key_read(&key, folder, &err))
            fail_msg("'%s' was taken for a key", lines[i]);
        assert_int_equal(err.cause, VPC_CORRUPT);
    }
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tls_channel__who_knows_the_key_is_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tls_channel__what_fills_many_records_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tls_channel__another_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tls_channel__no_tls_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tls_channel__a_changed_byte_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tls_channel__what_was_said_before_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tls_channel__its_end_is_an_end, set_up, tear_down),
        cmocka_unit_test(test_monitor_key__is_read_as_it_was_made),
        cmocka_unit_test(test_monitor_key__another_file_is_none),
    };
    return cmocka_run_group_tests_name("tls_channel", tests, NULL, NULL);
}
