/* A monitor at a port, with a real QEMU: only who has the key gets it, and a stranger who listens there learns nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine/qemu/qemu_find.h"
#include "engine/qemu/qmp_door.h"
#include "engine/qemu/tls_channel.h"
#include "support/home.h"
#include "util/text.h"

#define NONCE "6376c067"

/* Listens in our place. */
struct stranger {
    uv_tcp_t listener, connection;
    struct tls_channel *tls; /* NULL: it tries without */
    struct buffer heard, plain;
    struct vpc_error refused;
    char read_buffer[4096];
    unsigned open;
    bool over; /* the connection */
};

struct fixture {
    uv_loop_t loop;
    char *folder;
    struct monitor_key key;
    struct qmp_door *door;
    struct qmp_client *client;
    uv_process_t qemu;
    bool qemu_runs;
    unsigned closings, answers;
};

static void on_nothing(void *context)
{
    (void)context;
}

static void on_event(void *context, const char *name, int64_t time_us, const json_t *data)
{
    (void)context;
    (void)name;
    (void)time_us;
    (void)data;
}

static void on_lost(void *context, const struct vpc_error *err)
{
    (void)context;
    (void)err;
}

static const struct qmp_listener listener = {.greeted = on_nothing, .event = on_event, .lost = on_lost};

static void on_entered(void *context, struct qmp_client *client, const json_t *objects)
{
    struct fixture *f = context;
    (void)objects;
    f->client = client;
    qmp_client_set_listener(client, &listener, f);
}

static void on_part_closed(void *context)
{
    struct fixture *f = context;
    f->closings--;
}

static void open_door(struct fixture *f, uint16_t port)
{
    struct vpc_error err;
    if (!qmp_door_open(&f->door, &f->loop, NULL, port, &f->key, 0, NONCE, on_entered, f, &err))
        fail_msg("%s", err.text);
}

/* As a supervisor that is lost. */
static void lose(struct fixture *f)
{
    if (f->client) {
        f->closings++;
        qmp_client_close(f->client, on_part_closed, f);
        f->client = NULL;
    }
    if (f->door) {
        f->closings++;
        qmp_door_close(f->door, on_part_closed, f);
        f->door = NULL;
    }
    while (f->closings > 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void on_qemu_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = false;
}

static void on_qemu_ended(uv_process_t *process, int64_t status, int signal)
{
    (void)status;
    (void)signal;
    uv_close((uv_handle_t *)process, on_qemu_closed);
}

static void start_qemu(struct fixture *f)
{
    char *program, *chardev, *key;
    struct vpc_error err;
    if (!qemu_find(NULL, &program, &err))
        fail_msg("%s", err.text);
    chardev =
        text_format("socket,id=mon,host=127.0.0.1,port=%u,tls-creds=" MONITOR_KEY_OBJECT ",server=off,reconnect=1",
                    qmp_door_port(f->door));
    key = text_format("tls-creds-psk,id=" MONITOR_KEY_OBJECT ",endpoint=client,username=" MONITOR_KEY_USER ",dir=%s",
                      f->folder);
    char *words[] = {program,    "-machine",
                     "none",     "-nodefaults",
                     "-display", "none",
                     "-object",  key,
                     "-object",  "rng-builtin,id=vpc-" NONCE,
                     "-chardev", chardev,
                     "-mon",     "chardev=mon,mode=control",
                     NULL};
    uv_process_options_t options = {.file = program, .args = words, .exit_cb = on_qemu_ended};
    f->qemu.data = &f->qemu_runs;
    assert_int_equal(uv_spawn(&f->loop, &f->qemu, &options), 0);
    f->qemu_runs = true;
    free(key);
    free(chardev);
    free(program);
}

static void await_entered(struct fixture *f)
{
    while (!f->client) {
        assert_true(f->qemu_runs);
        uv_run(&f->loop, UV_RUN_ONCE);
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct vpc_error err;
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->folder = test_folder_make();
    assert_true(monitor_key_make(&f->key, f->folder, &err));
    open_door(f, 0);
    start_qemu(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    lose(f);
    if (f->qemu_runs)
        uv_process_kill(&f->qemu, SIGKILL);
    while (f->qemu_runs)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static void on_answer(void *context, const json_t *result, const struct vpc_error *err)
{
    struct fixture *f = context;
    assert_null(err);
    assert_non_null(json_object_get(result, "status"));
    f->answers++;
}

static void test_monitor_port__by_the_key_it_is_ours(void **state)
{
    struct fixture *f = *state;
    await_entered(f);
    qmp_client_send(f->client, "query-status", json_null(), on_answer, f);
    while (f->answers == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

/* ---- a stranger ---- */

static void on_stranger_closed(uv_handle_t *handle)
{
    ((struct stranger *)handle->data)->open--;
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct stranger *stranger = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(stranger->read_buffer, sizeof stranger->read_buffer);
}

static void say(struct stranger *stranger, const char *bytes, size_t size)
{
    uv_buf_t piece = uv_buf_init((char *)bytes, (unsigned)size);
    if (size > 0)
        uv_try_write((uv_stream_t *)&stranger->connection, &piece, 1); /* QEMU may have had enough */
}

static void on_heard(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct stranger *stranger = stream->data;
    if (got > 0)
        buffer_append(&stranger->heard, buffer->base, (size_t)got);
    if (got > 0 && stranger->tls) {
        struct buffer *out = tls_channel_out(stranger->tls);
        if (!tls_channel_take(stranger->tls, buffer->base, (size_t)got, &stranger->plain, &stranger->refused))
            got = -1;
        say(stranger, out->data, out->size);
        out->size = 0;
    }
    if (got < 0 && !stranger->over) {
        stranger->over = true;
        uv_close((uv_handle_t *)stream, on_stranger_closed);
    }
}

static void on_connected(uv_stream_t *server, int status)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"quit\"}\n";
    struct stranger *stranger = server->data;
    assert_int_equal(status, 0);
    uv_tcp_init(server->loop, &stranger->connection);
    stranger->connection.data = stranger;
    stranger->open++;
    assert_int_equal(uv_accept(server, (uv_stream_t *)&stranger->connection), 0);
    uv_close((uv_handle_t *)server, on_stranger_closed);
    assert_int_equal(uv_read_start((uv_stream_t *)&stranger->connection, on_buffer, on_heard), 0);
    if (!stranger->tls)
        say(stranger, hello, strlen(hello));
}

/* The supervisor is lost, and a stranger takes its port. QEMU must be told nothing by him and tell him nothing; then a
 * supervisor that has the key gets it all the same. */
static void check_stranger(struct fixture *f, const struct monitor_key *guess)
{
    struct stranger stranger = {0};
    struct sockaddr_in address;
    struct vpc_error err;
    await_entered(f);
    uint16_t port = qmp_door_port(f->door);
    lose(f);
    if (guess)
        assert_true(tls_channel_create(&stranger.tls, guess, &err));
    uv_tcp_init(&f->loop, &stranger.listener);
    stranger.listener.data = &stranger;
    stranger.open = 1;
    uv_ip4_addr("127.0.0.1", port, &address);
    assert_int_equal(uv_tcp_bind(&stranger.listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&stranger.listener, 1, on_connected), 0);
    while (stranger.open > 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_true(stranger.heard.size > 0);
    assert_int_equal(stranger.heard.data[0], 22); /* a TLS handshake, RFC 5246 A.1 */
    assert_null(memmem(stranger.heard.data, stranger.heard.size, "QMP", 3));
    assert_int_equal(stranger.plain.size, 0);
    if (guess)
        assert_int_equal(stranger.refused.cause, VPC_ACCESS_DENIED);
    open_door(f, port);
    await_entered(f);
    tls_channel_free(stranger.tls);
    buffer_free(&stranger.heard);
    buffer_free(&stranger.plain);
}

static void test_monitor_port__a_stranger_learns_nothing(void **state)
{
    check_stranger(*state, NULL);
}

static void test_monitor_port__a_stranger_with_another_key_learns_nothing(void **state)
{
    static const struct monitor_key guess = {{1, 2, 3}};
    check_stranger(*state, &guess);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_monitor_port__by_the_key_it_is_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_monitor_port__a_stranger_learns_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_monitor_port__a_stranger_with_another_key_learns_nothing, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("monitor_port", tests, NULL, NULL);
}
