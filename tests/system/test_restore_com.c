/*
 * A guest in the middle of a transfer is saved by one client process and restored by another; then the transfer
 * completes, and the figures that a third client reads are those of independent captures.
 *
 *   test_restore_com          the test, which is also the third client
 *   test_restore_com start    clients of their own: start the VM (restore it, when it is saved),
 *   test_restore_com save     and save it in a transfer
 */
#include "client.h"
#include <stdlib.h>
#include <string.h>
#include "host/guest.h"
#include "support/check.h"
#include "util/path.h"
#include "util/text.h"

#define assert_hr(expected, actual) assert_int_equal((unsigned long)(expected), (unsigned long)(actual))

enum {
    FILE_BYTES = 6000000, /* of file.bin as a guest finds it */
    PART_BYTES = 500000
};

/* One transfer after the other until the test serves `go`: the guest is at it whenever a save takes hold, and comes to
 * `done` only after the restore. The network's side of a transfer is no part of a saved state: the guest asks again. */
static const char script[] = "#!ipxe\n"
                             ":again\n"
                             "imgfetch tftp://10.0.2.2/file.bin || goto again\n"
                             "imgfree\n"
                             "imgfetch tftp://10.0.2.2/go || goto again\n"
                             "imgfetch tftp://10.0.2.2/done ||\n"
                             ":stay\n"
                             "sleep 600\n"
                             "goto stay\n";

/* ---- the clients in processes of their own ---- */

static int open_client(void **state)
{
    struct client *client = calloc(1, sizeof *client);
    assert_non_null(client);
    client_open(client, L"Guest");
    *state = client;
    return 0;
}

static int close_client(void **state)
{
    client_close(*state);
    free(*state);
    return 0;
}

static void client_starts(void **state)
{
    struct client *client = *state;
    IVMTask *task = NULL;
    HRESULT hr = IVMVirtualMachine_Startup(client->vm, &task);
    client_finish(hr, task);
    client_assert_state(client, vmVMState_Running);
}

static void client_saves(void **state)
{
    struct client *client = *state;
    client_figure received = client->accountant->lpVtbl->get_NetworkBytesReceived;
    uint64_t before = client_read(client, received, S_OK);
    ULONGLONG start = GetTickCount64();
    IVMTask *task = NULL;
    client_assert_state(client, vmVMState_Running);
    while (client_read(client, received, S_OK) < before + PART_BYTES) {
        if (GetTickCount64() - start > CLIENT_PATIENCE_MS)
            fail_msg("%s", "the guest receives nothing");
        Sleep(20);
    }
    HRESULT hr = IVMVirtualMachine_Save(client->vm, &task);
    client_finish(hr, task);
    client_assert_state(client, vmVMState_Saved);
    assert_int_equal(client_read(client, received, S_FALSE), 0);
}

static int run_client(const char *role)
{
    const struct CMUnitTest starts[] = {
        cmocka_unit_test_setup_teardown(client_starts, open_client, close_client),
    };
    const struct CMUnitTest saves[] = {
        cmocka_unit_test_setup_teardown(client_saves, open_client, close_client),
    };
    return strcmp(role, "save") == 0 ? cmocka_run_group_tests_name("a client that saves", saves, NULL, NULL)
                                     : cmocka_run_group_tests_name("a client that starts", starts, NULL, NULL);
}

/* Runs such a client to its end, which must be a good one. */
static void run_in_other_process(const wchar_t *role)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    wchar_t self[MAX_PATH], line[MAX_PATH + 16];
    DWORD code = 1;
    assert_in_range(GetModuleFileNameW(NULL, self, MAX_PATH), 1, MAX_PATH - 1);
    swprintf(line, MAX_PATH + 16, L"\"%ls\" %ls", self, role);
    /* Wine's loader may die before the program begins; see src/session/control_launch.c. */
    BOOL started = FALSE;
    for (int tries = 0; tries < 3 && !started && (tries == 0 || GetLastError() == ERROR_INTERNAL_ERROR); tries++)
        started = CreateProcessW(self, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    assert_true(started);
    assert_int_equal(WaitForSingleObject(process.hProcess, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    assert_int_equal(code, 0);
}

/* ---- the test ---- */

struct fixture {
    struct guest guest;
    struct client client;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    guest_set_up_with(&f->guest, &(struct guest_options){.script = script, .requested = "done"});
    client_open(&f->client, L"Guest");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    client_turn_off_and_close(&f->client);
    guest_tear_down(&f->guest);
    free(f);
    return 0;
}

static void start_by_a_client(struct guest *guest)
{
    struct vpc_error err;
    run_in_other_process(L"start");
    guest_begin_session(guest);
    if (guest->machine.page == NULL) {
        char *path = path_join(guest->machine.run_folder, VM_PAGE_FILE);
        assert_ok(vm_page_open(&guest->machine.page, path, &err), err);
        free(path);
    }
}

static void save_by_a_client(struct guest *guest)
{
    run_in_other_process(L"save");
    guest_assert_equal(guest);
    assert_int_equal(guest->sent.requests, 0);
}

static void await_request(struct guest *guest)
{
    ULONGLONG start = GetTickCount64();
    while (guest->sent.requests == 0) {
        if (GetTickCount64() - start > CLIENT_PATIENCE_MS)
            fail_msg("%s", "the transfer does not complete");
        Sleep(20);
        capture_read(&guest->sent);
    }
}

/* Waits until each figure that a client reads is that of the captures, which are never less. The guest stands still. */
static void compare(struct fixture *f)
{
    struct guest *guest = &f->guest;
    const client_figure figures[] = {
        f->client.accountant->lpVtbl->get_NetworkBytesSent,
        f->client.accountant->lpVtbl->get_NetworkPacketsSent,
        f->client.accountant->lpVtbl->get_NetworkBytesReceived,
        f->client.accountant->lpVtbl->get_NetworkPacketsReceived,
    };
    const uint64_t *const captured[] = {&guest->sent.sum.bytes, &guest->sent.sum.frames, &guest->received.sum.bytes,
                                        &guest->received.sum.frames};
    ULONGLONG start = GetTickCount64();
    for (size_t i = 0; i < ARRAYSIZE(figures);) {
        uint64_t figure = client_read(&f->client, figures[i], S_OK);
        capture_read(&guest->sent);
        capture_read(&guest->received);
        if (figure > *captured[i] || GetTickCount64() - start > CLIENT_PATIENCE_MS)
            fail_msg("figure %d is %llu, not %llu", (int)i, (unsigned long long)figure,
                     (unsigned long long)*captured[i]);
        if (figure == *captured[i])
            i++;
    }
}

static void test_machine__Startup_in_another_client_goes_on_with_a_transfer(void **state)
{
    struct fixture *f = *state;
    struct guest *guest = &f->guest;
    IVMTask *task = NULL;
    LONG epoch = 1, shown;
    start_by_a_client(guest);
    save_by_a_client(guest);
    /* The guest runs on until all is saved. Did that fall between two transfers, the next one will not: the last frame
     * of a transfer is a shorter one, and so is every frame that belongs to none. */
    while (guest->received.last_bytes != guest->received.largest_bytes) {
        start_by_a_client(guest);
        save_by_a_client(guest);
        epoch++;
    }
    client_assert_state(&f->client, vmVMState_Saved);

    start_by_a_client(guest);
    guest_serve(guest, "go", "#", 1);
    await_request(guest);
    client_pause(&f->client);
    compare(f);
    assert_true(guest->received.sum.bytes > FILE_BYTES);
    assert_hr(S_OK, IVMAccountant2_get_Epoch(f->client.accountant, &shown));
    assert_int_equal(shown, epoch + 1);
    print_message("saved in a transfer, then sent %llu and received %llu bytes: equal\n",
                  (unsigned long long)guest->sent.sum.bytes, (unsigned long long)guest->received.sum.bytes);
    guest_follow(guest); /* the supervisor, which still closes its files when the task is done */
    HRESULT hr = IVMVirtualMachine_TurnOff(f->client.vm, &task);
    client_finish(hr, task);
    test_machine_await_end(&guest->machine);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_machine__Startup_in_another_client_goes_on_with_a_transfer, set_up,
                                        tear_down),
    };
    return argc > 1 ? run_client(argv[1]) : cmocka_run_group_tests_name("restore by another client", tests, NULL, NULL);
}
