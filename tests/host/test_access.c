/* Who can come to a VM: its monitor, its control pipe, its page. With a real QEMU. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "engine/qemu/monitor_key.h"
#include "host/guest.h"
#include "host/listeners.h"
#include "support/check.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"
#if defined(_WIN32)
#include <winsock2.h>
#include <windows.h>
#include <aclapi.h>
#include "support/rights_win.h"
#else
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

enum {
    SOME_TRAFFIC = 20000,
    NOBODY = 65534
};

static int set_up(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    guest_set_up(guest);
    *state = guest;
    return 0;
}

static int tear_down(void **state)
{
    guest_tear_down(*state);
    free(*state);
    return 0;
}

static void start(struct guest *guest)
{
    test_machine_start(&guest->machine);
    guest_await_traffic(guest, SOME_TRAFFIC);
    test_machine_await_sample(&guest->machine);
    guest_note_qemu(guest);
}

/* A number of what the engine keeps for the next supervisor. */
static json_int_t engine_number(struct guest *guest, const char *key)
{
    struct vm_page_body body = test_machine_body(&guest->machine);
    json_t *words = json_loads(body.engine_state, 0, NULL);
    json_int_t number = json_integer_value(json_object_get(words, key));
    json_decref(words);
    return number;
}

#if defined(_WIN32)
/* Under Wine spare connections come after the one that is used. */
static void await_no_listener(uint16_t port)
{
    while (listeners_at_port(port))
        uv_sleep(5);
}
#endif

static void test_monitor__once_connected_nobody_listens(void **state)
{
    struct guest *guest = *state;
    start(guest);
#if defined(_WIN32)
    uint16_t port = (uint16_t)engine_number(guest, "port");
    assert_int_not_equal(port, 0);
    await_no_listener(port);
    char *key = path_join(guest->machine.run_folder, MONITOR_KEY_FILE);
    assert_true(file_exists(key));
#else
    assert_int_equal(engine_number(guest, "port"), 0);
    assert_int_equal(listeners_of_process((int64_t)test_machine_body(&guest->machine).supervisor_pid), 0);
    assert_int_equal(listeners_of_process(engine_number(guest, "pid")), 0);
    char *socket = path_join(guest->machine.run_folder, "monitor.sock");
    assert_int_equal(access(socket, F_OK), -1);
    free(socket);
#endif
    test_machine_turn_off(&guest->machine);
#if defined(_WIN32)
    assert_false(file_exists(key)); /* it goes with its QEMU */
    free(key);
#endif
}

#if !defined(_WIN32)

/* In a child with another user's rights: what does it get? A number of an error, 0 when it succeeds. */
static int as_stranger(int (*try)(const char *path), const char *path)
{
    int status;
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0)
        _exit(setgid(NOBODY) != 0 || setuid(NOBODY) != 0 ? 255 : try(path));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 255);
    return WEXITSTATUS(status);
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static int try_to_listen(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int socket_file = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(socket_file, (struct sockaddr *)&address, sizeof address) == 0 && listen(socket_file, 1) == 0 ? 0
                                                                                                              : errno;
}

/* As a client does: the cause that it is told, which at the edge of COM is ERROR_ACCESS_DENIED. */
static int cause_of_connecting(const char *pipe)
{
    struct control_client *client;
    struct vpc_error err = {0};
    if (control_connect(&client, pipe, &err))
        control_disconnect(client);
    return (int)err.cause;
}

static int cause_of_reading(const char *path)
{
    struct vm_page *page;
    struct vpc_error err = {0};
    if (vm_page_open(&page, path, &err))
        vm_page_close(page);
    return (int)err.cause;
}

/* Everybody may come as far as to the VM's own folder, so that it is this one that keeps them out. */
static void open_way_to(const struct guest *guest)
{
    char *folder = path_folder(guest->machine.run_folder);
    for (; strncmp(folder, guest->home.folder, strlen(guest->home.folder)) == 0;) {
        char *above = path_folder(folder);
        assert_int_equal(chmod(folder, 0777), 0);
        free(folder);
        folder = above;
    }
    free(folder);
}

static bool is_root(void)
{
    if (geteuid() == 0)
        return true;
    print_message("SKIPPED: only root can try with another user's rights\n");
    return false;
}

static void test_access__another_user_is_refused(void **state)
{
    struct guest *guest = *state;
    if (!is_root())
        return;
    start(guest);
    open_way_to(guest);
    char *page = path_join(guest->machine.run_folder, VM_PAGE_FILE);
    struct vm_page_body body = test_machine_body(&guest->machine);
    assert_int_equal(cause_of_reading(page), 0);
    assert_int_equal(cause_of_connecting(body.control), 0);
    assert_int_equal(as_stranger(cause_of_reading, page), VPC_ACCESS_DENIED);
    assert_int_equal(as_stranger(cause_of_connecting, body.control), VPC_ACCESS_DENIED);
    /* The pipe keeps them out by itself, too. */
    assert_int_equal(chmod(guest->machine.run_folder, 0777), 0);
    assert_int_equal(as_stranger(cause_of_connecting, body.control), VPC_ACCESS_DENIED);
    free(page);
    test_machine_turn_off(&guest->machine);
}

/* Another user has made the run folder before, and lets everybody in: he could read there whatever its mode becomes. */
static void test_access__folder_of_another_user_is_refused(void **state)
{
    struct guest *guest = *state;
    const char *folder = guest->machine.run_folder;
    struct folder_entry *entries;
    struct vpc_error err;
    struct stat status;
    size_t count;
    if (!is_root())
        return;
    assert_ok(folder_make(folder, &err), err);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
    assert_fails(test_machine_launch(&guest->machine, &err), VPC_ACCESS_DENIED, err);
    assert_non_null(strstr(err.text, "is another user's"));
    assert_ok(folder_list(folder, "", &entries, &count, &err), err);
    assert_int_equal(count, 1); /* neither log nor page */
    assert_string_equal(entries[0].name, VM_LOCK_FILE);
    folder_list_free(entries, count);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0777);
    assert_int_equal(chown(folder, 0, 0), 0);
    start(guest);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    test_machine_turn_off(&guest->machine);
}

static void test_monitor__of_a_lost_supervisor_goes_to_no_stranger(void **state)
{
    struct guest *guest = *state;
    if (!is_root())
        return;
    start(guest);
    open_way_to(guest);
    char *socket = path_join(guest->machine.run_folder, "monitor.sock");
    test_machine_kill(&guest->machine);
    guest_await_traffic(guest, SOME_TRAFFIC); /* it runs, and looks for its supervisor */
    assert_int_equal(as_stranger(try_to_listen, socket), EACCES);
    /* QEMU needs only the folder: no port that a stranger could take. */
    assert_int_equal(engine_number(guest, "port"), 0);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    free(socket);
    test_machine_turn_off(&guest->machine);
}

#else

static void assert_pipe_for_owner_only(const char *name)
{
    wchar_t *wide = text_to_wide(name);
    HANDLE pipe = CreateFileW(wide, READ_CONTROL | GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    PACL acl;
    PSECURITY_DESCRIPTOR descriptor;
    if (pipe == INVALID_HANDLE_VALUE)
        fail_msg("pipe '%s': error %lu", name, GetLastError());
    assert_int_equal(
        GetSecurityInfo(pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &acl, NULL, &descriptor),
        ERROR_SUCCESS);
    if (!rights_are_for_owner_only(acl))
        fail_msg("pipe '%s' is open for others", name);
    LocalFree(descriptor);
    CloseHandle(pipe);
    free(wide);
}

static void test_access__rights_name_the_owner_only(void **state)
{
    struct guest *guest = *state;
    start(guest);
    struct vm_page_body body = test_machine_body(&guest->machine);
    assert_rights_for_owner_only(guest->machine.run_folder);
    assert_pipe_for_owner_only(body.control);
    test_machine_turn_off(&guest->machine);
}

/* How long the monitor's port has no owner when a client is there to have the VM taken over: see docs/threat-model.md.
 */
static void test_monitor__window_after_a_lost_supervisor(void **state)
{
    struct guest *guest = *state;
    start(guest);
    uint16_t port = (uint16_t)engine_number(guest, "port");
    uint64_t begin_ms = clock_monotonic_ms();
    test_machine_kill(&guest->machine);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    print_message("lost and taken over within %llu ms\n", (unsigned long long)(clock_monotonic_ms() - begin_ms));
    await_no_listener(port);
    test_machine_turn_off(&guest->machine);
}

/* One connection of QEMU's to a stranger at the port, who speaks to it as to a monitor; what QEMU says until it ends
 * it. */
static size_t hear_qemu(uint16_t port, char *heard, size_t size)
{
    static const char commands[] = "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"quit\"}\n";
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    SOCKET listener, connection;
    WSADATA data;
    size_t got = 0;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    connection = accept(listener, NULL, NULL);
    assert_true(connection != INVALID_SOCKET);
    closesocket(listener);
    send(connection, commands, (int)strlen(commands), 0);
    for (int more = 1; more > 0 && got<size; got += more> 0 ? (size_t)more : 0)
        more = recv(connection, heard + got, (int)(size - got), 0);
    closesocket(connection);
    WSACleanup();
    return got;
}

static void test_monitor__of_a_lost_supervisor_tells_a_stranger_nothing(void **state)
{
    struct guest *guest = *state;
    char heard[4096] = "";
    start(guest);
    uint16_t port = (uint16_t)engine_number(guest, "port");
    test_machine_kill(&guest->machine);
    size_t size = hear_qemu(port, heard, sizeof heard - 1);
    assert_in_range(size, 1, sizeof heard - 2);
    assert_int_equal(heard[0], 22); /* a TLS handshake, RFC 5246 A.1 */
    for (size_t i = 0; i < size; i++)
        assert_int_not_equal(strncmp(heard + i, "QMP", 3), 0);
    guest_await_traffic(guest, SOME_TRAFFIC); /* it has not quit */
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    await_no_listener(port);
    test_machine_turn_off(&guest->machine);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_monitor__once_connected_nobody_listens, set_up, tear_down),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_access__another_user_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_access__folder_of_another_user_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_monitor__of_a_lost_supervisor_goes_to_no_stranger, set_up, tear_down),
#else
        cmocka_unit_test_setup_teardown(test_access__rights_name_the_owner_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_monitor__window_after_a_lost_supervisor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_monitor__of_a_lost_supervisor_tells_a_stranger_nothing, set_up, tear_down),
#endif
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
