/*
 * Eight processes read, start, reset and watch one VM at once: each call ends with a code that is documented for it,
 * and each process hears of the same events in the same order.
 *
 * A client is this program with the words "client <seed>". VPC_RANDOM_SEED gives the seed of the first one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client_process.h"
#include "event_check.h"
#include "objects_check.h"
#include "support/process.h"
#include "util/text.h"

enum {
    CLIENTS = 8,
    OPERATIONS = 12
};

/* What the guest does at last, and no client. */
#define LAST_EVENTS "guest-shutdown; request-shutdown; state 8; state 1"

/* ---- a client ---- */

static void expect(const char *call, HRESULT hr, const HRESULT *documented, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (hr == documented[i])
            return;
    printf("%s gives 0x%08lx\n", call, (unsigned long)hr);
    exit(1);
}

static void end_task(IVMTask *task, bool wait)
{
    static const HRESULT fine[] = {S_OK};
    VARIANT_BOOL complete = VARIANT_FALSE;
    while (task && wait && !complete) {
        expect("WaitForCompletion", IVMTask_WaitForCompletion(task, 1000), fine, 1);
        expect("IsComplete", IVMTask_get_IsComplete(task, &complete), fine, 1);
    }
    if (task)
        IVMTask_Release(task);
}

static void read_figures(IVMVirtualMachine *vm)
{
    static const HRESULT fine[] = {S_OK}, figures[] = {S_OK, S_FALSE};
    IVMAccountant *accountant;
    VARIANT sent;
    VMVMState state;
    VariantInit(&sent);
    expect("Accountant", IVMVirtualMachine_get_Accountant(vm, &accountant), fine, 1);
    expect("NetworkBytesSent", IVMAccountant_get_NetworkBytesSent(accountant, &sent), figures, 2);
    expect("State", IVMVirtualMachine_get_State(vm, &state), fine, 1);
    IVMAccountant_Release(accountant);
    VariantClear(&sent);
}

static void operate(IVMVirtualMachine *vm, unsigned operation, bool wait)
{
    /* On a busy host a supervisor may need longer than a call waits: the last of each row. */
    static const HRESULT start[] = {S_OK, VM_E_VM_RUNNING, VM_E_TIMED_OUT},
                         active[] = {S_OK, VM_E_VM_NOT_RUNNING, DISP_E_EXCEPTION},
                         pause[] = {S_OK, VM_E_VM_NOT_RUNNING, E_FAIL, VM_E_TIMED_OUT};
    IVMTask *task = NULL;
    switch (operation) {
    case 0:
    case 1:
        expect("Startup", IVMVirtualMachine_Startup(vm, &task), start, 3);
        break;
    case 2:
    case 3:
        expect("Reset", IVMVirtualMachine_Reset(vm, &task), active, 3);
        break;
    case 4:
        expect("Pause", IVMVirtualMachine_Pause(vm), pause, 4);
        break;
    case 5:
        expect("Resume", IVMVirtualMachine_Resume(vm), pause, 4);
        break;
    case 6:
        expect("Save", IVMVirtualMachine_Save(vm, &task), active, 3);
        break;
    case 7:
        expect("TurnOff", IVMVirtualMachine_TurnOff(vm, &task), active, 3);
        break;
    default:
        read_figures(vm);
    }
    end_task(task, wait);
}

static int client_main(uint64_t random)
{
    static const HRESULT fine[] = {S_OK};
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    BSTR name = SysAllocString(L"Blue");
    setvbuf(stdout, NULL, _IONBF, 0);
    expect("CoInitializeEx", CoInitializeEx(NULL, COINIT_MULTITHREADED), fine, 1);
    expect("CoCreateInstance",
           CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application),
           fine, 1);
    expect("FindVirtualMachine", IVMVirtualPC_FindVirtualMachine(application, name, &vm), fine, 1);
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    HANDLE go = OpenEventW(SYNCHRONIZE, FALSE, _wgetenv(L"VPC_TEST_GO"));
    printf("listening\n");
    WaitForSingleObject(go, INFINITE);
    CloseHandle(go);
    random = (random + 1) * 0x9e3779b97f4a7c15u | 1;
    for (int i = 0; i < OPERATIONS; i++) {
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        operate(vm, (unsigned)(random >> 40) % 11, random >> 60 < 8);
    }
    printf("done\n");
    char *record = test_sink_await_end(sink, LAST_EVENTS);
    printf("%s\n", record);
    free(record);
    test_sink_unadvise((IUnknown *)vm, cookie);
    IVMVirtualMachine_Release(vm);
    IVMVirtualPC_Release(application);
    SysFreeString(name);
    CoUninitialize();
    return 0;
}

/* ---- the test ---- */

static void await_done(struct client *client)
{
    while (!strstr(client->printed, "done\n")) {
        if (WaitForSingleObject(client->process, 5) == WAIT_OBJECT_0) {
            client_read(client);
            fail_msg("a client has ended early: '%s'", client->printed);
        }
        client_read(client);
    }
}

static HANDLE make_signal(void)
{
    WCHAR name[64];
    swprintf(name, ARRAYSIZE(name), L"vpc-many-clients-%lu", (unsigned long)GetCurrentProcessId());
    HANDLE go = CreateEventW(NULL, TRUE, FALSE, name);
    assert_non_null(go);
    assert_true(SetEnvironmentVariableW(L"VPC_TEST_GO", name));
    return go;
}

/* Whatever they have left: the guest powers off. A start that a client did not wait for may come before ours, which is
 * refused then. */
static void power_off(struct fixture *fixture, IVMVirtualMachine *vm)
{
    VMVMState state = vmVMState_Invalid;
    IVMTask *task;
    do {
        assert_hresult(IVMVirtualMachine_get_State(vm, &state), S_OK);
        if ((state == vmVMState_TurnedOff || state == vmVMState_Saved) && IVMVirtualMachine_Startup(vm, &task) == S_OK)
            fixture_finish(task);
        else if (state == vmVMState_Paused)
            IVMVirtualMachine_Resume(vm);
        Sleep(1);
    } while (state != vmVMState_Running);
    fixture_engine(fixture, L"Blue", "{'guest':'power-off'}");
}

static struct client clients[CLIENTS];

/* Clients that a failed test has left would wait for ever. */
static int tear_down(void **state)
{
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].process)
            client_kill(&clients[i]);
    return fixture_close(state);
}

static void test_many_clients__agree(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    const char *given = getenv("VPC_RANDOM_SEED");
    unsigned long seed = given ? strtoul(given, NULL, 10) : GetTickCount();
    HANDLE go = make_signal();
    char *program = test_program("test_objects_many_clients");
    print_message("VPC_RANDOM_SEED=%lu\n", seed);
    for (int i = 0; i < CLIENTS; i++)
        client_start(&clients[i], i, text_format("\"%s\" client %lu", program, seed + (unsigned long)i));
    for (int i = 0; i < CLIENTS; i++)
        assert_true(client_listens(&clients[i]));
    SetEvent(go);
    for (int i = 0; i < CLIENTS; i++)
        await_done(&clients[i]);
    power_off(fixture, vm);
    for (int i = 0; i < CLIENTS; i++)
        if (client_end(&clients[i]) != 0)
            fail_msg("client %d: '%s'", i, clients[i].printed);
    print_message("%s", clients[0].printed);
    for (int i = 1; i < CLIENTS; i++)
        assert_string_equal(clients[i].printed, clients[0].printed);
    assert_int_equal(strncmp(clients[0].printed, "listening\ndone\nstate 3; state 5", 31), 0);
    CloseHandle(go);
    free(program);
    assert_last_release(vm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many_clients__agree, fixture_open, tear_down),
    };
    if (argc == 3 && !strcmp(argv[1], "client"))
        return client_main(strtoull(argv[2], NULL, 10));
    return cmocka_run_group_tests_name("many_clients", tests, NULL, NULL);
}
