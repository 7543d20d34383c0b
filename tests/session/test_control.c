/* Client and server of the control pipe, each as the other expects it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control_fixture.h"
#include "session/control_private.h"
#include "test_folder.h"

/* After uv.h, which wants winsock2.h first. */
#if defined(_WIN32)
#include <windows.h>
#include <aclapi.h>
#include "support/rights_win.h"
#else
#include <sys/stat.h>
#endif

static void expect_failure(struct control_client *client, const char *command, json_t *arguments, uint32_t timeout_ms,
                           enum vpc_cause cause)
{
    struct vpc_error err = {0};
    uint32_t task = 1;
    json_t *result = (json_t *)&err;
    if (control_call(client, command, arguments, timeout_ms, &task, &result, &err))
        fail_msg("'%s' succeeded", command);
    json_decref(arguments);
    if (err.cause != cause)
        fail_msg("'%s': %s (%s), expected %s", command, vpc_cause_name(err.cause), err.text, vpc_cause_name(cause));
    assert_int_equal(task, 0);
    assert_null(result);
}

static void test_control__call(void **state)
{
    struct control_client *client = control_fixture_connect(*state);
    struct vpc_error err;
    uint32_t task = 1;
    json_t *result = (json_t *)&err;
    assert_true(control_call(client, "ping", NULL, 60000, &task, &result, &err));
    assert_int_equal(task, 0);
    assert_null(result);
    assert_true(control_call(client, "start", NULL, 60000, &task, NULL, &err));
    assert_int_equal(task, 4711);

    json_t *arguments = json_pack("{s:[i,s]}", "list", 7, "\xc3\xbc\n\"");
    assert_true(control_call(client, "echo", arguments, 60000, &task, &result, &err));
    assert_int_equal(task, 0);
    assert_true(json_equal(result, arguments));
    json_decref(result);
    json_decref(arguments);

    expect_failure(client, "fail", json_pack("{s:s}", "cause", "vm-not-running"), 60000, VPC_VM_NOT_RUNNING);
    expect_failure(client, "fail", json_pack("{s:s}", "cause", "state-conflict"), 60000, VPC_STATE_CONFLICT);
    control_fixture_ping(client);
    control_disconnect(client);
    control_disconnect(NULL);
}

static void test_control__connect_to_nobody(void **state)
{
    struct control_fixture *fixture = *state;
    struct vpc_error err;
    struct control_client *client = (struct control_client *)&err;
    control_fixture_close(fixture);
    assert_false(control_connect(&client, fixture->name, &err));
    assert_int_equal(err.cause, VPC_VM_NOT_RUNNING);
    assert_null(client);
    assert_false(control_connect(&client, "", &err));
    assert_int_equal(err.cause, VPC_VM_NOT_RUNNING);
}

#if defined(_WIN32)
/* The name comes from a file that others may have written. */
static void test_control__connect_elsewhere(void **state)
{
    static const char *const names[] = {"\\\\other\\pipe\\vpc-1", "C:\\file", "\\\\.\\C:", "\\\\?\\pipe\\x"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct control_client *client;
        struct vpc_error err;
        assert_false(control_connect(&client, names[i], &err));
        assert_int_equal(err.cause, VPC_CORRUPT);
    }
}
#endif

#if defined(_WIN32)
/* Everybody may speak to it, and the owner is said to be somebody else than the user. Windows lets only him make such a
 * one; Wine 8 believes what it is told. */
static void test_control__pipe_of_another_user_is_refused(void **state)
{
    static const char name[] = "\\\\.\\pipe\\vpc-stranger";
    BYTE everybody[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof everybody;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes, .lpSecurityDescriptor = &descriptor};
    struct control_client *client;
    struct vpc_error err;
    (void)state;
    assert_true(CreateWellKnownSid(WinWorldSid, NULL, everybody, &size));
    assert_true(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    assert_true(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    assert_true(SetSecurityDescriptorOwner(&descriptor, everybody, FALSE));
    HANDLE pipe = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1, 4096, 4096, 0, &attributes);
    if (pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_INVALID_OWNER) {
        print_message("SKIPPED: only another user can make a pipe of another user\n");
        return;
    }
    assert_true(pipe != INVALID_HANDLE_VALUE);
    assert_false(control_connect(&client, name, &err));
    assert_int_equal(err.cause, VPC_ACCESS_DENIED);
    assert_null(client);
    CloseHandle(pipe);
}
#endif

static void test_control__pipe_is_private(void **state)
{
    struct control_fixture *fixture = *state;
#if defined(_WIN32)
    PACL acl = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    HANDLE pipe = CreateFileA(fixture->name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(pipe != INVALID_HANDLE_VALUE);
    assert_int_equal(
        GetSecurityInfo(pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &acl, NULL, &descriptor), 0);
    assert_non_null(acl);
    assert_int_equal(acl->AceCount, 1);
    ACCESS_ALLOWED_ACE *ace;
    assert_true(GetAce(acl, 0, (void **)&ace));
    assert_int_equal(ace->Header.AceType, ACCESS_ALLOWED_ACE_TYPE);
    assert_true(rights_is_own_sid((PSID)&ace->SidStart));
    LocalFree(descriptor);
    CloseHandle(pipe);
#else
    struct stat status;
    assert_int_equal(stat(fixture->name, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(S_ISSOCK(status.st_mode));
#endif
}

static void test_control__call_times_out(void **state)
{
    struct control_client *client = control_fixture_connect(*state);
    expect_failure(client, "silent", NULL, 1, VPC_TIMED_OUT);
    control_fixture_ping(client);
    /* the late reply of one call is not taken for that of the next */
    expect_failure(client, "later", NULL, 1, VPC_TIMED_OUT);
    struct vpc_error err;
    uint32_t task = 1;
    assert_true(control_call(client, "release", NULL, 60000, &task, NULL, &err));
    assert_int_equal(task, 0);
    control_disconnect(client);
}

static void test_control__call_skips_events(void **state)
{
    struct control_client *client = control_fixture_connect(*state);
    struct control_client *other = control_fixture_connect(*state);
    struct vpc_error err;
    json_t *event = json_pack("{s:s, s:i}", "event", "state", "state", 5);
    assert_true(control_call(client, "subscribe", NULL, 60000, NULL, NULL, &err));
    for (int i = 0; i < 100; i++)
        assert_true(control_call(other, "tell", event, 60000, NULL, NULL, &err));
    control_fixture_ping(client);
    json_decref(event);
    control_disconnect(other);
    control_disconnect(client);
}

/* Writes a request and reads until the connection has brought exactly `expected`. */
static void expect_raw(struct control_stream *stream, const char *request, const char *expected)
{
    struct vpc_error err;
    char lines[256];
    size_t have = 0, got;
    assert_true(control_stream_write(stream, request, strlen(request), UINT64_MAX, &err));
    while (have < strlen(expected)) {
        assert_true(control_stream_read(stream, lines + have, sizeof lines - 1 - have, UINT64_MAX, &got, &err));
        have += got;
    }
    lines[have] = '\0';
    assert_string_equal(lines, expected);
}

static void test_control__broadcast_to_subscribers_only(void **state)
{
    struct control_fixture *fixture = *state;
    struct control_client *client = control_fixture_connect(fixture);
    struct control_stream *subscriber, *bystander;
    struct vpc_error err;
    assert_true(control_stream_connect(&subscriber, fixture->name, UINT64_MAX, &err));
    assert_true(control_stream_connect(&bystander, fixture->name, UINT64_MAX, &err));
    expect_raw(subscriber, "{\"id\":1,\"command\":\"subscribe\"}\n", "{\"id\":1}\n");
    expect_raw(bystander, "{\"id\":1,\"command\":\"ping\"}\n", "{\"id\":1}\n");
    json_t *event = json_pack("{s:s}", "event", "reset");
    assert_true(control_call(client, "tell", event, 60000, NULL, NULL, &err));
    json_decref(event);
    expect_raw(subscriber, "{\"id\":2,\"command\":\"ping\"}\n", "{\"event\":\"reset\"}\n{\"id\":2}\n");
    expect_raw(bystander, "{\"id\":2,\"command\":\"ping\"}\n", "{\"id\":2}\n");
    control_stream_close(bystander);
    control_stream_close(subscriber);
    control_disconnect(client);
}

/* Requests and replies near the longest line, and beyond it. */
static void test_control__long_lines(void **state)
{
    struct control_client *client = control_fixture_connect(*state);
    struct vpc_error err;
    json_t *result;
    char *text = calloc(1, CONTROL_MAX_LINE + 1);
    assert_non_null(text);
    memset(text, 'y', CONTROL_MAX_LINE - 100);
    json_t *arguments = json_pack("{s:s}", "text", text);
    assert_true(control_call(client, "echo", arguments, 60000, NULL, &result, &err));
    assert_true(json_equal(result, arguments));
    json_decref(result);
    json_decref(arguments);
    /* {"id":N,"result":"..."}: 20 bytes and the line feed around the text */
    json_t *fits = json_pack("{s:i}", "size", CONTROL_MAX_LINE - 21);
    assert_true(control_call(client, "large", fits, 60000, NULL, &result, &err));
    assert_int_equal(json_string_length(result), CONTROL_MAX_LINE - 21);
    json_decref(result);
    json_decref(fits);
    expect_failure(client, "large", json_pack("{s:i}", "size", CONTROL_MAX_LINE), 60000, VPC_UNEXPECTED);

    memset(text, 'y', CONTROL_MAX_LINE);
    expect_failure(client, "echo", json_pack("{s:s}", "text", text), 60000, VPC_INVALID_ARGUMENT);
    control_fixture_ping(client);
    free(text);
    control_disconnect(client);
}

static void test_control__server_dies_during_call(void **state)
{
    struct control_fixture *fixture = *state;
    struct control_client *client = control_fixture_connect(fixture);
    control_fixture_ping(client);
    control_fixture_close(fixture);
    expect_failure(client, "silent", NULL, 60000, VPC_VM_NOT_RUNNING);
    expect_failure(client, "ping", NULL, 60000, VPC_IO);
    control_disconnect(client);
    assert_int_equal(fixture->gone, 2);
}

struct crowd {
    struct control_fixture *fixture;
    atomic_int answers;
};

static void connect_and_call(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < 50; i++) {
        struct control_client *client;
        struct vpc_error err;
        uint32_t task;
        if (!control_connect(&client, crowd->fixture->name, &err)) {
            print_error("connect: %s\n", err.text);
            continue;
        }
        if (control_call(client, "start", NULL, 60000, &task, NULL, &err) && task == 4711)
            atomic_fetch_add(&crowd->answers, 1);
        else
            print_error("call: %s\n", err.text);
        control_disconnect(client);
    }
}

static void test_control__many_clients_at_once(void **state)
{
    struct control_fixture *fixture = *state;
    struct crowd crowd = {.fixture = fixture};
    uv_thread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(uv_thread_create(&threads[i], connect_and_call, &crowd), 0);
    for (size_t i = 0; i < 8; i++)
        uv_thread_join(&threads[i]);
    control_fixture_close(fixture);
    assert_int_equal(atomic_load(&crowd.answers), 400);
    assert_int_equal(fixture->requests, 401);
    assert_int_equal(fixture->gone, 401);
}

static void test_control_server__open_fails(void **state)
{
    uv_loop_t loop;
    struct vpc_error err;
    struct control_server *server;
    static const struct control_server_events none;
    char *name;
    assert_int_equal(uv_loop_init(&loop), 0);
#if !defined(_WIN32)
    assert_false(control_server_open(&server, &loop, test_folder_path(state, "none"), &none, NULL, &name, &err));
    assert_null(server);
    assert_null(name);
#endif
    /* and one that is closed before its loop ever runs */
    assert_true(control_server_open(&server, &loop, *state, &none, NULL, &name, &err));
    control_server_close(server, NULL, NULL);
    free(name);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    { cmocka_unit_test_setup_teardown(test_control__call, control_fixture_setup, control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__connect_to_nobody, control_fixture_setup, control_fixture_teardown),
#if defined(_WIN32)
      cmocka_unit_test(test_control__connect_elsewhere),
      cmocka_unit_test(test_control__pipe_of_another_user_is_refused),
#endif
      cmocka_unit_test_setup_teardown(test_control__pipe_is_private, control_fixture_setup, control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__call_times_out, control_fixture_setup, control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__call_skips_events, control_fixture_setup, control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__broadcast_to_subscribers_only, control_fixture_setup,
                                      control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__long_lines, control_fixture_setup, control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__server_dies_during_call, control_fixture_setup,
                                      control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control__many_clients_at_once, control_fixture_setup,
                                      control_fixture_teardown),
      cmocka_unit_test_setup_teardown(test_control_server__open_fails, test_folder_setup, test_folder_teardown),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
