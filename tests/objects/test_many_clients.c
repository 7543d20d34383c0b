/*
 * Eight processes read, start, reset and watch one VM at once: each call ends with a code that is documented for it, so
 * does each task, some of which are read only after all others, and each process hears of the same events in the same
 * order.
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
    OPERATIONS = 40 /* most are refused, as others were quicker; some dozen tasks are left */
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

/* A task that a call has begun, and what it may end with but well. */
struct begun {
    IVMTask *task; /* NULL: none */
    const char *call;
    HRESULT error;
    VMTaskResult result;
};

/* Waits for the end of the task, sees how it has ended, and releases it. */
static void end_task(const struct begun *begun)
{
    static const HRESULT fine[] = {S_OK};
    IVMTask *task = begun->task;
    VARIANT_BOOL complete = VARIANT_FALSE;
    VMTaskResult result;
    BSTR description;
    LONG error, percent;
    if (!task)
        return;
    while (!complete) {
        expect("WaitForCompletion", IVMTask_WaitForCompletion(task, 1000), fine, 1);
        expect("IsComplete", IVMTask_get_IsComplete(task, &complete), fine, 1);
    }
    expect("Result", IVMTask_get_Result(task, &result), fine, 1);
    expect("Error", IVMTask_get_Error(task, &error), fine, 1);
    expect("ErrorDescription", IVMTask_get_ErrorDescription(task, &description), fine, 1);
    expect("PercentCompleted", IVMTask_get_PercentCompleted(task, &percent), fine, 1);
    bool well = result == vmTaskResult_Success && error == S_OK && !*description && percent == 100;
    bool failed = begun->error && error == begun->error && result == begun->result && *description;
    if (!well && !failed) {
        printf("the task of %s ends with %d, 0x%08lx '%ls', %ld %%\n", begun->call, (int)result, (unsigned long)error,
               description, (long)percent);
        exit(1);
    }
    SysFreeString(description);
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

static struct begun operate(IVMVirtualMachine *vm, unsigned operation)
{
    /* On a busy host a supervisor may need longer than a call waits: the last of each row. */
    static const HRESULT start[] = {S_OK, VM_E_VM_RUNNING, VM_E_TIMED_OUT},
                         active[] = {S_OK, VM_E_VM_NOT_RUNNING, DISP_E_EXCEPTION},
                         pause[] = {S_OK, VM_E_VM_NOT_RUNNING, E_FAIL, VM_E_TIMED_OUT};
    struct begun begun = {NULL};
    switch (operation) {
    case 0:
    case 1:
        /* Another client's start was quicker, which the supervisor of this one may say late. */
        begun = (struct begun){.call = "Startup", .error = VM_E_VM_RUNNING, .result = vmTaskResult_UnexpectedError};
        expect("Startup", IVMVirtualMachine_Startup(vm, &begun.task), start, 3);
        break;
    case 2:
    case 3:
        /* A TurnOff has waited for it, and on a busy host too long. */
        begun = (struct begun){.call = "Reset", .error = VM_E_TIMED_OUT, .result = vmTaskResult_TimeOutError};
        expect("Reset", IVMVirtualMachine_Reset(vm, &begun.task), active, 3);
        break;
    case 4:
        expect("Pause", IVMVirtualMachine_Pause(vm), pause, 4);
        break;
    case 5:
        expect("Resume", IVMVirtualMachine_Resume(vm), pause, 4);
        break;
    case 6:
        begun.call = "Save";
        expect("Save", IVMVirtualMachine_Save(vm, &begun.task), active, 3);
        break;
    case 7:
        begun.call = "TurnOff";
        expect("TurnOff", IVMVirtualMachine_TurnOff(vm, &begun.task), active, 3);
        break;
    default:
        read_figures(vm);
    }
    return begun;
}

static int client_main(uint64_t random)
{
    static const HRESULT fine[] = {S_OK};
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    struct begun begun[OPERATIONS];
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
        begun[i] = operate(vm, (unsigned)(random >> 40) % 11);
        if (random >> 60 < 8) {
            end_task(&begun[i]);
            begun[i].task = NULL;
        }
    }
    for (int i = 0; i < OPERATIONS; i++)
        end_task(&begun[i]);
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

/* The first that happens: a reset, whose task is read when all clients are done, and not since it was under way. */
static IVMTask *reset_unread(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    IVMTask *task;
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'hold':'reset'}");
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_engine(fixture, L"Blue", "{'release':'reset'}");
    return task;
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
    VMTaskResult result;
    BSTR description;
    char *program = test_program("test_objects_many_clients");
    print_message("VPC_RANDOM_SEED=%lu\n", seed);
    for (int i = 0; i < CLIENTS; i++)
        client_start(&clients[i], i, text_format("\"%s\" client %lu", program, seed + (unsigned long)i));
    for (int i = 0; i < CLIENTS; i++)
        assert_true(client_listens(&clients[i]));
    IVMTask *reset = reset_unread(fixture, vm);
    SetEvent(go);
    for (int i = 0; i < CLIENTS; i++)
        await_done(&clients[i]);
    assert_hresult(IVMTask_get_ErrorDescription(reset, &description), S_OK);
    assert_text(description, L"");
    assert_hresult(IVMTask_get_Result(reset, &result), S_OK);
    assert_int_equal(result, vmTaskResult_Success);
    fixture_finish(reset);
    power_off(fixture, vm);
    for (int i = 0; i < CLIENTS; i++)
        if (client_end(&clients[i]) != 0)
            fail_msg("client %d: '%s'", i, clients[i].printed);
    print_message("%s", clients[0].printed);
    for (int i = 1; i < CLIENTS; i++)
        assert_string_equal(clients[i].printed, clients[0].printed);
    static const char first[] = "listening\ndone\nstate 3; state 5; reset";
    assert_int_equal(strncmp(clients[0].printed, first, strlen(first)), 0);
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
