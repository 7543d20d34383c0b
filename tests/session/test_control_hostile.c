/* Peers that do not keep to the protocol: they lose their connection and hurt nobody else. And servers that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control_fixture.h"
#include "session/control_private.h"
#include "test_folder.h"
#include "util/clock.h"

static struct control_stream *connect_raw(const char *name)
{
    struct control_stream *stream;
    struct vpc_error err;
    if (!control_stream_connect(&stream, name, UINT64_MAX, &err))
        fail_msg("connect: %s", err.text);
    return stream;
}

static void write_raw(struct control_stream *stream, const char *text, size_t size)
{
    struct vpc_error err;
    if (!control_stream_write(stream, text, size, UINT64_MAX, &err))
        fail_msg("write: %s", err.text);
}

/* Reads until `count` lines are there; returns how many begin with `prefix`. */
static int read_lines(struct control_stream *stream, int count, const char *prefix)
{
    struct vpc_error err;
    size_t have = 0, got;
    int matches = 0;
    char line[4096], c;
    while (count > 0) {
        if (!control_stream_read(stream, &c, 1, UINT64_MAX, &got, &err))
            fail_msg("read: %s", err.text);
        if (c != '\n') {
            if (have < sizeof line - 1)
                line[have++] = c;
            continue;
        }
        line[have] = '\0';
        matches += strncmp(line, prefix, strlen(prefix)) == 0;
        have = 0;
        count--;
    }
    return matches;
}

/* Reads until the server disconnects; returns the bytes that came. */
static size_t expect_disconnect(struct control_stream *stream)
{
    static char bytes[65536];
    struct vpc_error err;
    size_t got, total = 0;
    while (control_stream_read(stream, bytes, sizeof bytes, UINT64_MAX, &got, &err))
        total += got;
    if (err.cause != VPC_VM_NOT_RUNNING)
        fail_msg("read: %s (%s)", vpc_cause_name(err.cause), err.text);
    return total;
}

static void test_control_server__lines_in_pieces(void **state)
{
    struct control_fixture *fixture = *state;
    static const char two[] = "{\"id\":1,\"command\":\"ping\"}\n{\"id\":2,\"command\":\"ping\"}\n{\"id\":3,\"comm";
    static const char rest[] = "and\":\"ping\"}\n";
    struct control_stream *stream = connect_raw(fixture->name);
    write_raw(stream, two, sizeof two - 1);
    assert_int_equal(read_lines(stream, 2, "{\"id\":"), 2);
    for (size_t i = 0; i < sizeof rest - 1; i++)
        write_raw(stream, rest + i, 1);
    assert_int_equal(read_lines(stream, 1, "{\"id\":3}"), 1);
    control_stream_close(stream);
}

static void test_control_server__garbage(void **state)
{
    struct control_fixture *fixture = *state;
    static const char garbage[] = "\nGET / HTTP/1.1\r\n\r\n\xff\xfe\n{}\n[[[[[[\n";
    struct control_client *other = control_fixture_connect(fixture);
    struct control_stream *stream = connect_raw(fixture->name);
    write_raw(stream, garbage, sizeof garbage - 1);
    write_raw(stream, "\0\0\0\n", 4);
    assert_int_equal(read_lines(stream, 7, "{\"id\":0,\"error\":{\"cause\":\"invalid-argument\""), 7);
    control_fixture_ping(other);
    /* a request that is right is still served */
    write_raw(stream, "{\"id\":5,\"command\":\"ping\"}\n", 26);
    assert_int_equal(read_lines(stream, 1, "{\"id\":5}"), 1);
    control_stream_close(stream);
    control_disconnect(other);
}

static void test_control_server__endless_line(void **state)
{
    struct control_fixture *fixture = *state;
    struct control_client *other = control_fixture_connect(fixture);
    struct control_stream *stream = connect_raw(fixture->name);
    struct vpc_error err = {0};
    char *block = malloc(CONTROL_MAX_LINE);
    assert_non_null(block);
    memset(block, '{', CONTROL_MAX_LINE);
    write_raw(stream, block, CONTROL_MAX_LINE - 1);
    control_fixture_ping(other);
    /* the next byte is one too many; what follows may or may not find the connection open */
    bool open = true;
    for (int i = 0; i < 64 && open; i++)
        open = control_stream_write(stream, block, CONTROL_MAX_LINE, UINT64_MAX, &err);
    if (open)
        expect_disconnect(stream);
    else
        assert_int_equal(err.cause, VPC_VM_NOT_RUNNING);
    control_fixture_ping(other);
    free(block);
    control_stream_close(stream);
    control_disconnect(other);
}

/* Exactly the longest line, and one byte more. */
static void test_control_server__longest_line(void **state)
{
    struct control_fixture *fixture = *state;
    static const char request[] = "{\"id\":8,\"command\":\"ping\"}";
    char *line = malloc(CONTROL_MAX_LINE + 1);
    assert_non_null(line);
    memset(line, ' ', CONTROL_MAX_LINE + 1);
    memcpy(line, request, sizeof request - 1);
    line[CONTROL_MAX_LINE - 1] = '\n';
    struct control_stream *stream = connect_raw(fixture->name);
    write_raw(stream, line, CONTROL_MAX_LINE);
    assert_int_equal(read_lines(stream, 1, "{\"id\":8}"), 1);
    line[CONTROL_MAX_LINE - 1] = ' ';
    write_raw(stream, line, CONTROL_MAX_LINE);
    assert_int_equal(read_lines(stream, 1, "{\"id\":0,\"error\":"), 1);
    expect_disconnect(stream);
    control_stream_close(stream);
    free(line);
}

/* Asks and asks and reads nothing: disconnected when too much waits for it. */
static void test_control_server__peer_never_reads(void **state)
{
    struct control_fixture *fixture = *state;
    static const char request[] = "{\"id\":1,\"command\":\"large\",\"arguments\":{\"size\":60000}}\n";
    struct control_client *other = control_fixture_connect(fixture);
    struct control_stream *stream = connect_raw(fixture->name);
    struct vpc_error err = {0};
    int written = 0;
    while (written < 100000 && control_stream_write(stream, request, sizeof request - 1, UINT64_MAX, &err))
        written++;
    assert_true(written < 100000);
    assert_int_equal(err.cause, VPC_VM_NOT_RUNNING);
    control_fixture_ping(other);
    control_stream_close(stream);
    control_disconnect(other);
}

static void test_control_server__subscriber_never_reads(void **state)
{
    struct control_fixture *fixture = *state;
    static const char request[] = "{\"id\":1,\"command\":\"subscribe\"}\n";
    struct control_client *other = control_fixture_connect(fixture);
    struct control_stream *stream = connect_raw(fixture->name);
    struct vpc_error err;
    char text[30001] = "";
    memset(text, 'z', sizeof text - 1);
    json_t *event = json_pack("{s:s}", "event", text);
    write_raw(stream, request, sizeof request - 1);
    assert_int_equal(read_lines(stream, 1, "{\"id\":1}"), 1);
    /* far more than the server keeps for it and the system holds for both */
    for (int i = 0; i < 200; i++)
        assert_true(control_call(other, "tell", event, 60000, NULL, NULL, &err));
    expect_disconnect(stream);
    json_decref(event);
    control_stream_close(stream);
    control_disconnect(other);
}

static void test_control_server__too_many_peers(void **state)
{
    enum {
        PEERS = 300
    };
    struct control_fixture *fixture = *state;
    struct control_client *busy = control_fixture_connect(fixture);
    struct control_stream *idle[PEERS];
    for (int i = 0; i < PEERS; i++) {
        idle[i] = connect_raw(fixture->name);
        if (i % 50 == 0) /* who uses the connection keeps it */
            control_fixture_ping(busy);
    }
    control_fixture_ping(busy);
    expect_disconnect(idle[0]);
    write_raw(idle[PEERS - 1], "{\"id\":5,\"command\":\"ping\"}\n", 26);
    assert_int_equal(read_lines(idle[PEERS - 1], 1, "{\"id\":5}"), 1);
    for (int i = 0; i < PEERS; i++)
        control_stream_close(idle[i]);
    control_disconnect(busy);
}

/* Who listens to events says nothing for hours, and must not be taken for somebody who has gone to sleep. */
static void test_control_server__subscribers_keep_their_place(void **state)
{
    enum {
        SUBSCRIBERS = 128,
        PEERS = 300
    };
    static const char subscribe[] = "{\"id\":1,\"command\":\"subscribe\"}\n";
    struct control_fixture *fixture = *state;
    struct control_stream *subscribers[SUBSCRIBERS], *idle[PEERS];
    for (int i = 0; i < SUBSCRIBERS; i++) {
        subscribers[i] = connect_raw(fixture->name);
        write_raw(subscribers[i], subscribe, sizeof subscribe - 1);
        assert_int_equal(read_lines(subscribers[i], 1, "{\"id\":1}"), 1);
    }
    for (int i = 0; i < PEERS; i++)
        idle[i] = connect_raw(fixture->name);
    expect_disconnect(idle[0]);
    write_raw(idle[PEERS - 1], subscribe, sizeof subscribe - 1);
    assert_int_equal(read_lines(idle[PEERS - 1], 1, "{\"id\":1,\"error\":{\"cause\":\"state-conflict\""), 1);
    struct control_client *teller = control_fixture_connect(fixture);
    json_t *event = json_pack("{s:s}", "event", "reset");
    struct vpc_error err;
    assert_true(control_call(teller, "tell", event, 60000, NULL, NULL, &err));
    json_decref(event);
    for (int i = 0; i < SUBSCRIBERS; i++) {
        assert_int_equal(read_lines(subscribers[i], 1, "{\"event\":\"reset\"}"), 1);
        control_stream_close(subscribers[i]);
    }
    control_disconnect(teller);
    for (int i = 0; i < PEERS; i++)
        control_stream_close(idle[i]);
}

/* A peer that reads nothing does not keep the server from closing, and who is owed a reply gets it. */
static void test_control_server__close_with_deaf_peer(void **state)
{
    struct control_fixture *fixture = *state;
    static const char large[] = "{\"id\":1,\"command\":\"large\",\"arguments\":{\"size\":60000}}\n";
    struct control_stream *deaf = connect_raw(fixture->name);
    for (int i = 0; i < 14; i++)
        write_raw(deaf, large, sizeof large - 1);
    assert_int_equal(read_lines(deaf, 1, "{\"id\":1,"), 1);
    control_fixture_close(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(fixture->gone, 2);
    control_stream_close(deaf);
}

/* More is waiting for a peer than the system holds for it when the server closes: all of it arrives. */
static void test_control_server__close_brings_replies(void **state)
{
    struct control_fixture *fixture = *state;
    static const char large[] = "{\"id\":1,\"command\":\"large\",\"arguments\":{\"size\":60000}}\n";
    static const char close[] = "{\"id\":2,\"command\":\"close\"}\n";
    struct control_stream *stream = connect_raw(fixture->name);
    for (int i = 0; i < 14; i++)
        write_raw(stream, large, sizeof large - 1);
    write_raw(stream, close, sizeof close - 1);
    /* once nobody else gets in any more, the server has written all it will */
    struct control_stream *late = NULL;
    struct vpc_error err;
    while (control_stream_connect(&late, fixture->name, clock_monotonic_ms() + 200, &err))
        control_stream_close(late);
    assert_int_equal(expect_disconnect(stream),
                     14 * (60000 + strlen("{\"id\":1,\"result\":\"\"}\n")) + strlen("{\"id\":2}\n"));
    control_fixture_join(fixture);
    control_stream_close(stream);
}

/* A server that answers whatever it is asked with bytes of its own. */
struct bad_server {
    uv_loop_t loop;
    uv_pipe_t pipe, peer;
    uv_async_t stop;
    uv_write_t write;
    uv_thread_t thread;
    uv_buf_t answer;
    char name[1200];
};

static void on_bad_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char ignored[65536];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(ignored, sizeof ignored);
}

static void on_bad_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct bad_server *server = stream->data;
    (void)buffer;
    if (size > 0 && server->answer.len > 0) {
        uv_write(&server->write, stream, &server->answer, 1, NULL);
        server->answer.len = 0;
    } else if (size > 0) {
        uv_close((uv_handle_t *)stream, NULL);
    }
}

static void on_bad_connection(uv_stream_t *stream, int status)
{
    struct bad_server *server = stream->data;
    (void)status;
    uv_pipe_init(&server->loop, &server->peer, 0);
    server->peer.data = server;
    uv_accept(stream, (uv_stream_t *)&server->peer);
    uv_read_start((uv_stream_t *)&server->peer, on_bad_alloc, on_bad_read);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_bad_stop(uv_async_t *stop)
{
    uv_walk(stop->loop, close_handle, NULL);
}

static void run_bad(void *context)
{
    struct bad_server *server = context;
    uv_run(&server->loop, UV_RUN_DEFAULT);
}

/* What a client says about such an answer. */
static void expect_cause(void **state, const char *answer, size_t size, enum vpc_cause cause)
{
    struct bad_server *server = calloc(1, sizeof *server);
    struct control_client *client;
    struct vpc_error err = {0};
    assert_non_null(server);
#if defined(_WIN32)
    char guid[37];
    assert_true(text_random_guid(guid, &err));
    snprintf(server->name, sizeof server->name, "\\\\.\\pipe\\vpc-%s", guid);
    (void)state;
#else
    snprintf(server->name, sizeof server->name, "%s", test_folder_path(state, "bad.sock"));
#endif
    server->answer = uv_buf_init((char *)answer, (unsigned)size);
    assert_int_equal(uv_loop_init(&server->loop), 0);
    uv_pipe_init(&server->loop, &server->pipe, 0);
    uv_async_init(&server->loop, &server->stop, on_bad_stop);
    server->pipe.data = server;
    assert_int_equal(uv_pipe_bind(&server->pipe, server->name), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->pipe, 4, on_bad_connection), 0);
    assert_int_equal(uv_thread_create(&server->thread, run_bad, server), 0);

    assert_true(control_connect(&client, server->name, &err));
    assert_false(control_call(client, "ping", NULL, 60000, NULL, NULL, &err));
    if (err.cause != cause)
        fail_msg("'%.40s': %s (%s), expected %s", answer, vpc_cause_name(err.cause), err.text, vpc_cause_name(cause));
    /* whatever it was, nothing on this connection is believed now */
    if (cause == VPC_CORRUPT) {
        assert_false(control_call(client, "ping", NULL, 60000, NULL, NULL, &err));
        assert_int_equal(err.cause, VPC_IO);
    }
    control_disconnect(client);
    uv_async_send(&server->stop);
    uv_thread_join(&server->thread);
    assert_int_equal(uv_loop_close(&server->loop), 0);
    free(server);
}

static void test_control_client__bad_servers(void **state)
{
    static const struct {
        const char *answer;
        enum vpc_cause cause;
    } rows[] = {
        {"nonsense\n", VPC_CORRUPT},
        {"[1]\n", VPC_CORRUPT},
        {"{\"id\":1,\"error\":{}}\n", VPC_UNEXPECTED},
        {"{\"id\":1,\"error\":7}\n", VPC_UNEXPECTED},
        {"{\"id\":1,\"error\":{\"cause\":\"no-such-cause\",\"text\":\"t\"}}\n", VPC_UNEXPECTED},
        {"{\"id\":1,\"error\":{\"cause\":\"disk-full\"}}\n", VPC_DISK_FULL},
        {"{\"id\":2}\n{\"id\":1,\"error\":{\"cause\":\"timed-out\",\"text\":\"%s%n\"}}\n", VPC_TIMED_OUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_cause(state, rows[i].answer, strlen(rows[i].answer), rows[i].cause);
    char *endless = malloc(CONTROL_MAX_LINE + 1);
    assert_non_null(endless);
    memset(endless, ' ', CONTROL_MAX_LINE + 1);
    expect_cause(state, endless, CONTROL_MAX_LINE + 1, VPC_CORRUPT);
    free(endless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_control_server__lines_in_pieces, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__garbage, control_fixture_setup, control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__endless_line, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__longest_line, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__peer_never_reads, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__subscriber_never_reads, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__too_many_peers, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__subscribers_keep_their_place, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__close_with_deaf_peer, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_server__close_brings_replies, control_fixture_setup,
                                        control_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_control_client__bad_servers, test_folder_setup, test_folder_teardown),
    };
    return cmocka_run_group_tests_name("control, hostile", tests, NULL, NULL);
}
