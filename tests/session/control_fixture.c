#include "control_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_folder.h"

static void on_closed(void *context)
{
    struct control_fixture *fixture = context;
    fixture->closed++;
}

/* ping: {}; start: task 4711; echo: the arguments; fail: error of that cause; silent: nothing; later: nothing until
 * "release"; subscribe; tell: the arguments as an event to all subscribers; large: {"size":n} a result of n bytes;
 * close: ends the server. */
static void on_request(void *context, struct control_peer *peer, const struct control_request *request)
{
    struct control_fixture *fixture = context;
    const char *command = request->command;
    struct vpc_error err;
    fixture->requests++;
    if (strcmp(command, "silent") == 0)
        return;
    if (strcmp(command, "later") == 0) {
        fixture->waiting = peer;
        fixture->waiting_id = request->id;
        return;
    }
    if (strcmp(command, "fail") == 0) {
        vpc_fail(&err, vpc_cause_from_name(json_string_value(json_object_get(request->arguments, "cause"))),
                 "as you like");
        control_server_fail(peer, request->id, &err);
        return;
    }
    if (strcmp(command, "large") == 0) {
        const size_t size = (size_t)json_integer_value(json_object_get(request->arguments, "size"));
        char *text = calloc(1, size + 1);
        if (text)
            memset(text, 'x', size);
        json_t *result = json_string(text);
        control_server_reply(peer, request->id, 0, result);
        json_decref(result);
        free(text);
        return;
    }
    if (strcmp(command, "release") == 0 && fixture->waiting)
        control_server_reply(fixture->waiting, fixture->waiting_id, 99, NULL);
    if (strcmp(command, "subscribe") == 0 && !control_server_subscribe(peer, &err)) {
        control_server_fail(peer, request->id, &err);
        return;
    }
    if (strcmp(command, "tell") == 0)
        control_server_broadcast(fixture->server, request->arguments);
    control_server_reply(peer, request->id, strcmp(command, "start") == 0 ? 4711 : 0,
                         strcmp(command, "echo") == 0 ? request->arguments : NULL);
    if (strcmp(command, "close") == 0)
        control_server_close(fixture->server, on_closed, fixture);
}

static void on_gone(void *context, struct control_peer *peer)
{
    struct control_fixture *fixture = context;
    if (fixture->waiting == peer)
        fixture->waiting = NULL;
    fixture->gone++;
}

static const struct control_server_events events = {.request = on_request, .gone = on_gone};

static void run_loop(void *context)
{
    struct control_fixture *fixture = context;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

int control_fixture_setup(void **state)
{
    struct vpc_error err;
    struct control_fixture *fixture = calloc(1, sizeof *fixture);
    void *folder = NULL;
    if (!fixture || test_folder_setup(&folder) != 0)
        return -1;
    fixture->folder = folder;
    if (uv_loop_init(&fixture->loop) != 0)
        return -1;
    if (!control_server_open(&fixture->server, &fixture->loop, fixture->folder, &events, fixture, &fixture->name,
                             &err)) {
        print_error("control_server_open: %s\n", err.text);
        return -1;
    }
    if (uv_thread_create(&fixture->thread, run_loop, fixture) != 0)
        return -1;
    *state = fixture;
    return 0;
}

void control_fixture_close(struct control_fixture *fixture)
{
    if (!fixture->server)
        return;
    struct control_client *client = control_fixture_connect(fixture);
    struct vpc_error err;
    if (!control_call(client, "close", NULL, 60000, NULL, NULL, &err))
        fail_msg("close: %s", err.text);
    control_disconnect(client);
    control_fixture_join(fixture);
}

void control_fixture_join(struct control_fixture *fixture)
{
    uv_thread_join(&fixture->thread);
    fixture->server = NULL;
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

int control_fixture_teardown(void **state)
{
    struct control_fixture *fixture = *state;
    control_fixture_close(fixture);
    void *folder = fixture->folder;
    const int result = test_folder_teardown(&folder);
    free(fixture->name);
    free(fixture);
    return result;
}

struct control_client *control_fixture_connect(struct control_fixture *fixture)
{
    struct control_client *client;
    struct vpc_error err;
    if (!control_connect(&client, fixture->name, &err))
        fail_msg("control_connect: %s", err.text);
    return client;
}

void control_fixture_ping(struct control_client *client)
{
    struct vpc_error err;
    if (!control_call(client, "ping", NULL, 60000, NULL, NULL, &err))
        fail_msg("ping: %s", err.text);
}
