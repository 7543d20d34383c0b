/*
 * Long use: clients come and go, VMs are made, started, reset, paused, saved, restored, stopped and deleted, on threads
 * of both kinds of apartment. Every byte that a guest moves is counted here too. At the end no handle, thread, byte of
 * memory, file or process is left that was not there before, and what the usage ledger says of each VM is the sum.
 *
 *   test_trust_soak [seconds]    how long; 10 if not said, and with a minute or more, a real guest on a real QEMU is
 *                                among the VMs: what captures of the test's own hold is what is counted
 *
 * What is left is judged by two phases: what the first one has left, a few rounds long, is what a program keeps for
 * good (the loader's, COM's, the C library's). The second one, however long, must not have left more.
 */
#include <winsock2.h>
#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <uv.h>
#include "host/guest.h"
#include "session/control.h"
#include "session/vm_page.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    WORKERS = 3,
    WARM_ROUNDS = 3,
    LEAST_ROUNDS = 3,
    SHORT_S = 10,
    GUEST_S = 60, /* from there on with a real guest */
    GUEST_TRAFFIC = 100000,
    PATIENCE_MS = 120000,
    /* A few blocks of COM's and the C library's that come and go by themselves; a leak of a byte a round is many. */
    SLACK_BYTES = 4096
};

struct worker {
    const struct fixture *fixture;
    int number;
    unsigned rounds; /* at least */
    uint64_t until_ms;
    uint64_t random;
    unsigned rounds_done, starts, resets, saves, calls;
    uint64_t bytes;    /* moved by its guests, in all */
    char trouble[256]; /* empty: none */
};

/* What a round works with. */
struct round {
    struct worker *worker;
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    IVMAccountant2 *accountant;
    char *run_folder;
    struct test_process *supervisor;  /* since the VM was started */
    uint64_t epoch_bytes, life_bytes; /* that the guest has sent, by our own count */
    struct guest *guest;              /* NULL: one of the fake engine */
};

/* The engine is said in the environment, which all threads share: held by all while they start a VM, by one alone that
 * starts another engine's. */
static SRWLOCK engine_lock = SRWLOCK_INIT;

static bool spoil(struct worker *worker, const char *what, HRESULT hr)
{
    if (!worker->trouble[0])
        snprintf(worker->trouble, sizeof worker->trouble, "%s gives %s (0x%08lx)", what, hresult_name(hr),
                 (unsigned long)hr);
    return false;
}

static bool well(struct round *round, HRESULT hr, const char *what)
{
    round->worker->calls++;
    return hr == S_OK || spoil(round->worker, what, hr);
}

static unsigned choose(struct worker *worker, unsigned count)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (unsigned)(worker->random >> 33) % count;
}

/* ---- steps ---- */

/* A task that ends well. Takes it. */
static bool finish(struct round *round, HRESULT hr, IVMTask *task, const char *what)
{
    VARIANT_BOOL complete = VARIANT_FALSE;
    LONG error = S_OK;
    if (!well(round, hr, what))
        return false;
    bool done = well(round, IVMTask_WaitForCompletion(task, PATIENCE_MS), "WaitForCompletion") &&
                well(round, IVMTask_get_IsComplete(task, &complete), "IsComplete") &&
                well(round, IVMTask_get_Error(task, &error), "Error");
    IVMTask_Release(task);
    return done && (complete ? well(round, error, what) : spoil(round->worker, what, S_FALSE));
}

static bool page_body(struct round *round, struct vm_page_body *body)
{
    struct vm_page *page;
    struct vpc_error err;
    char *path = path_join(round->run_folder, VM_PAGE_FILE);
    bool opened = path && vm_page_open(&page, path, &err);
    free(path);
    if (!opened)
        return spoil(round->worker, "the VM page", E_FAIL);
    vm_page_read(page, body);
    vm_page_close(page);
    return true;
}

/* The guest sends so many bytes. */
static bool send_bytes(struct round *round, unsigned bytes)
{
    struct vm_page_body *body = malloc(sizeof *body);
    struct control_client *client = NULL;
    struct vpc_error err = {0};
    bool done = body && page_body(round, body) && control_connect(&client, body->control, &err);
    json_t *order = json_pack("{s:{s:i,s:i}}", "traffic", "adapter", 0, "sent", (int)bytes);
    done = done && control_call(client, "engine", order, PATIENCE_MS, NULL, NULL, &err);
    json_decref(order);
    control_disconnect(client);
    free(body);
    if (!done)
        return spoil(round->worker, "an order to the guest", E_FAIL);
    round->epoch_bytes += bytes;
    round->life_bytes += bytes;
    round->worker->bytes += bytes;
    return true;
}

static bool read_total(struct round *round, IVMAccountant *accountant, uint64_t *total)
{
    VARIANT value;
    VariantInit(&value);
    HRESULT hr = IVMAccountant_get_NetworkBytesSent(accountant, &value);
    *total = value.decVal.Lo64;
    return well(round, hr, "NetworkBytesSent");
}

/* Waits until the figure is ours; it must never be more. */
static bool await_total(struct round *round, IVMAccountant *accountant, uint64_t expected, const char *what)
{
    uint64_t total, start = clock_monotonic_ms();
    do {
        if (!read_total(round, accountant, &total))
            return false;
        if (total == expected)
            return true;
        Sleep(2);
    } while (total < expected && clock_monotonic_ms() - start < PATIENCE_MS);
    snprintf(round->worker->trouble, sizeof round->worker->trouble, "%s is %llu, not %llu", what, total, expected);
    return false;
}

static HRESULT start_engine(struct round *round, IVMTask **task)
{
    HRESULT hr;
    if (!round->guest) {
        AcquireSRWLockShared(&engine_lock);
        hr = IVMVirtualMachine_Startup(round->vm, task);
        ReleaseSRWLockShared(&engine_lock);
        return hr;
    }
    AcquireSRWLockExclusive(&engine_lock);
    uv_os_setenv("VPC_ENGINE", "qemu");
    hr = IVMVirtualMachine_Startup(round->vm, task);
    uv_os_setenv("VPC_ENGINE", "fake");
    ReleaseSRWLockExclusive(&engine_lock);
    return hr;
}

static bool start(struct round *round)
{
    struct vm_page_body *body = malloc(sizeof *body);
    IVMTask *task = NULL;
    HRESULT hr = start_engine(round, &task);
    bool done = body && finish(round, hr, task, "Startup") && page_body(round, body);
    if (done)
        round->supervisor = test_process_open(body->supervisor_pid);
    free(body);
    round->epoch_bytes = 0;
    round->worker->starts++;
    return done;
}

/* By the member that ends the session; and its supervisor is no more. */
static bool end_session(struct round *round, HRESULT(STDMETHODCALLTYPE *call)(IVMVirtualMachine *, IVMTask **),
                        const char *what)
{
    IVMTask *task = NULL;
    int status = 0;
    HRESULT hr = call(round->vm, &task);
    if (!finish(round, hr, task, what))
        return false;
    if (round->supervisor)
        test_process_await_end(round->supervisor, &status);
    round->supervisor = NULL;
    return status == 0 || spoil(round->worker, "the supervisor's end", E_FAIL);
}

static bool reset(struct round *round)
{
    IVMTask *task = NULL;
    HRESULT hr = IVMVirtualMachine_Reset(round->vm, &task);
    round->worker->resets++;
    round->epoch_bytes = 0;
    return finish(round, hr, task, "Reset");
}

/* ---- a round: one VM's life ---- */

static bool make_vm(struct round *round)
{
    const struct fixture *fixture = round->worker->fixture;
    IVMVirtualNetwork *network = NULL;
    IVMNetworkAdapter *adapter = NULL;
    IVMAccountant *accountant = NULL;
    WCHAR name[32], folder[MAX_PATH];
    char id[64] = "";
    BSTR text = NULL;
    struct vpc_error err;
    swprintf(name, ARRAYSIZE(name), L"Soak %d", round->worker->number);
    swprintf(folder, ARRAYSIZE(folder), L"%ls\\Machines", fixture->folder);
    BSTR vm_name = SysAllocString(name), place = SysAllocString(folder),
         nat = SysAllocString(L"Shared Networking (NAT)");
    bool made = well(round,
                     CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC,
                                      (void **)&round->application),
                     "CoCreateInstance") &&
                well(round, IVMVirtualPC_CreateVirtualMachine(round->application, vm_name, place, &round->vm),
                     "CreateVirtualMachine") &&
                well(round, IVMVirtualPC_FindVirtualNetwork(round->application, nat, &network), "FindVirtualNetwork") &&
                well(round, IVMVirtualMachine_AddNetworkAdapter(round->vm, &adapter), "AddNetworkAdapter") &&
                well(round, IVMNetworkAdapter_AttachToVirtualNetwork(adapter, network), "AttachToVirtualNetwork") &&
                well(round, IVMVirtualMachine_get_Accountant(round->vm, &accountant), "Accountant") &&
                well(round, IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&round->accountant),
                     "IVMAccountant2") &&
                well(round, IVMVirtualMachine_get_ConfigID(round->vm, &text), "ConfigID");
    if (made) {
        snprintf(id, sizeof id, "%ls", text);
        made = catalog_run_folder(&fixture->home.catalog, id, true, &round->run_folder, &err) ||
               spoil(round->worker, "the run folder", E_FAIL);
    }
    if (accountant)
        IVMAccountant_Release(accountant);
    if (adapter)
        IVMNetworkAdapter_Release(adapter);
    if (network)
        IVMVirtualNetwork_Release(network);
    SysFreeString(text);
    SysFreeString(nat);
    SysFreeString(place);
    SysFreeString(vm_name);
    return made;
}

static bool live(struct round *round)
{
    IVMAccountant *accountant = (IVMAccountant *)round->accountant;
    unsigned steps = 2 + choose(round->worker, 4);
    if (!start(round))
        return false;
    for (unsigned i = 0; i < steps; i++) {
        if (!send_bytes(round, 1 + choose(round->worker, 100000)) ||
            !await_total(round, accountant, round->epoch_bytes, "NetworkBytesSent"))
            return false;
        bool done = true;
        switch (choose(round->worker, 4)) {
        case 0:
            done = reset(round);
            break;
        case 1:
            done = well(round, IVMVirtualMachine_Pause(round->vm), "Pause") &&
                   well(round, IVMVirtualMachine_Resume(round->vm), "Resume");
            break;
        case 2:
            round->worker->saves++;
            done = end_session(round, round->vm->lpVtbl->Save, "Save") && start(round);
            break;
        default:
            done = end_session(round, round->vm->lpVtbl->TurnOff, "TurnOff") && start(round);
        }
        if (!done)
            return false;
    }
    IVMAccountant *lifetime = NULL;
    bool equal = end_session(round, round->vm->lpVtbl->TurnOff, "TurnOff") &&
                 well(round, IVMAccountant2_get_Lifetime(round->accountant, &lifetime), "Lifetime") &&
                 await_total(round, lifetime, round->life_bytes, "what the VM has sent in all");
    if (lifetime)
        IVMAccountant_Release(lifetime);
    return equal &&
           well(round, IVMVirtualPC_DeleteVirtualMachine(round->application, round->vm), "DeleteVirtualMachine");
}

static void let_go(struct round *round)
{
    if (round->accountant)
        IVMAccountant2_Release(round->accountant);
    if (round->vm)
        IVMVirtualMachine_Release(round->vm);
    if (round->application)
        IVMVirtualPC_Release(round->application);
}

static bool one_round(struct worker *worker)
{
    struct round round = {.worker = worker};
    bool done = make_vm(&round) && live(&round);
    let_go(&round);
    free(round.run_folder);
    worker->rounds_done++;
    return done;
}

static DWORD WINAPI work(void *context)
{
    struct worker *worker = context;
    for (unsigned i = 0; !worker->trouble[0] && (i < worker->rounds || clock_monotonic_ms() < worker->until_ms); i++) {
        /* A client that comes, and goes with all that it held. */
        CoInitializeEx(NULL, (i + (unsigned)worker->number) % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
        one_round(worker);
        CoUninitialize();
    }
    return 0;
}

/* ---- a real guest: one VM for all rounds, since QEMU's files are its own ---- */

static bool find_vm(struct round *round)
{
    IVMAccountant *accountant = NULL;
    WCHAR wide[64];
    swprintf(wide, ARRAYSIZE(wide), L"%hs", round->guest->machine.entry.name);
    BSTR name = SysAllocString(wide);
    bool found =
        well(round,
             CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC,
                              (void **)&round->application),
             "CoCreateInstance") &&
        well(round, IVMVirtualPC_FindVirtualMachine(round->application, name, &round->vm), "FindVirtualMachine") &&
        well(round, IVMVirtualMachine_get_Accountant(round->vm, &accountant), "Accountant") &&
        well(round, IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&round->accountant),
             "IVMAccountant2");
    if (accountant)
        IVMAccountant_Release(accountant);
    SysFreeString(name);
    return found;
}

/* A busy host may need longer than the call waits: the VM obeys later. */
static bool pause_guest(struct round *round)
{
    VMVMState state = vmVMState_Invalid;
    HRESULT hr = IVMVirtualMachine_Pause(round->vm);
    uint64_t begin = clock_monotonic_ms();
    if (hr != VM_E_TIMED_OUT)
        return well(round, hr, "Pause");
    while (well(round, IVMVirtualMachine_get_State(round->vm, &state), "State")) {
        if (state == vmVMState_Paused)
            return true;
        if (clock_monotonic_ms() - begin > PATIENCE_MS)
            return spoil(round->worker, "Pause", hr);
        Sleep(2);
    }
    return false;
}

/* The guest is paused; its figures become what the captures hold, and never more. */
static bool pause_and_compare(struct round *round)
{
    struct guest *guest = round->guest;
    IVMAccountant2 *accountant = round->accountant;
    uint64_t own_sent, own_received, begin = clock_monotonic_ms();
    VARIANT sent, received;
    if (!pause_guest(round))
        return false;
    do {
        capture_read(&guest->sent);
        capture_read(&guest->received);
        own_sent = guest->sent.sum.bytes - guest->sent_before.bytes;
        own_received = guest->received.sum.bytes - guest->received_before.bytes;
        if (!well(round, IVMAccountant2_get_NetworkBytesSent(accountant, &sent), "NetworkBytesSent") ||
            !well(round, IVMAccountant2_get_NetworkBytesReceived(accountant, &received), "NetworkBytesReceived"))
            return false;
        if (sent.decVal.Lo64 == own_sent && received.decVal.Lo64 == own_received) {
            round->worker->bytes += own_sent + own_received;
            round->life_bytes += own_sent;
            return true;
        }
        Sleep(2);
    } while (sent.decVal.Lo64 <= own_sent && received.decVal.Lo64 <= own_received &&
             clock_monotonic_ms() - begin < PATIENCE_MS);
    snprintf(round->worker->trouble, sizeof round->worker->trouble, "sent %llu, received %llu, not %llu and %llu",
             sent.decVal.Lo64, received.decVal.Lo64, own_sent, own_received);
    return false;
}

static bool start_guest(struct round *round)
{
    if (!start(round))
        return false;
    if (!round->guest->machine.page) {
        struct vpc_error err;
        char *path = path_join(round->run_folder, VM_PAGE_FILE);
        assert_ok(vm_page_open(&round->guest->machine.page, path, &err), err);
        free(path);
    }
    guest_note_qemu(round->guest); /* the teardown ends one that a failed test has left */
    guest_begin_session(round->guest);
    guest_await_traffic(round->guest, GUEST_TRAFFIC);
    return true;
}

static bool live_on_qemu(struct round *round)
{
    if (!find_vm(round) || !start_guest(round) || !pause_and_compare(round))
        return false;
    guest_mark_epoch(round->guest);
    if (!reset(round))
        return false;
    guest_await_traffic(round->guest, GUEST_TRAFFIC);
    round->worker->saves++;
    return pause_and_compare(round) && end_session(round, round->vm->lpVtbl->Save, "Save") && start_guest(round) &&
           pause_and_compare(round) && end_session(round, round->vm->lpVtbl->TurnOff, "TurnOff");
}

/* What the VM has sent in all rounds is what the ledger says. */
static void work_on_qemu(struct guest *guest, struct worker *worker, uint64_t *life_bytes)
{
    for (unsigned i = 0; !worker->trouble[0] && (i < worker->rounds || clock_monotonic_ms() < worker->until_ms); i++) {
        struct round round = {
            .worker = worker, .guest = guest, .run_folder = guest->machine.run_folder, .life_bytes = *life_bytes};
        IVMAccountant *lifetime = NULL;
        if (live_on_qemu(&round) && well(&round, IVMAccountant2_get_Lifetime(round.accountant, &lifetime), "Lifetime"))
            await_total(&round, lifetime, round.life_bytes, "what the guest has sent in all");
        if (lifetime)
            IVMAccountant_Release(lifetime);
        *life_bytes = round.life_bytes;
        let_go(&round);
        worker->rounds_done++;
    }
}

/* ---- what is there ---- */

struct remains {
    DWORD handles, threads;
    uint64_t bytes; /* of all heaps of this process */
    size_t files;   /* below the home */
};

static uint64_t heap_bytes(void)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps);
    uint64_t bytes = 0;
    assert_in_range(count, 1, ARRAYSIZE(heaps));
    for (DWORD i = 0; i < count; i++) {
        PROCESS_HEAP_ENTRY entry = {0};
        HeapLock(heaps[i]);
        while (HeapWalk(heaps[i], &entry))
            if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY)
                bytes += entry.cbData;
        HeapUnlock(heaps[i]);
    }
    return bytes;
}

/* By the list of all handles of the system: Wine 8 answers GetProcessHandleCount with 0. */
static DWORD own_handles(void)
{
    struct handle { /* SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX */
        void *object;
        ULONG_PTR process, value;
        ULONG access;
        USHORT trace, type;
        ULONG attributes, reserved;
    };
    struct list {
        ULONG_PTR count, reserved;
        struct handle handles[];
    };
    enum {
        ALL_HANDLES = 64, /* SystemExtendedHandleInformation */
        MOST_BYTES = 64 * 1024 * 1024
    };
    typedef LONG(WINAPI * query)(int which, void *buffer, ULONG size, ULONG *needed);
    query ask = (query)(void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation");
    struct list *list = NULL;
    DWORD own = 0;
    LONG status = -1;
    assert_non_null(ask);
    for (ULONG size = 65536; status < 0 && size <= MOST_BYTES; size *= 2) {
        free(list);
        list = malloc(size);
        assert_non_null(list);
        status = ask(ALL_HANDLES, list, size, NULL);
    }
    assert_true(status >= 0);
    for (ULONG_PTR i = 0; i < list->count; i++)
        if (list->handles[i].process == GetCurrentProcessId())
            own++;
    free(list);
    assert_int_not_equal(own, 0);
    return own;
}

static DWORD own_threads(void)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    DWORD count = 0;
    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        if (entry.th32OwnerProcessID == GetCurrentProcessId())
            count++;
    CloseHandle(snapshot);
    return count;
}

/* SQLite leaves these two when two supervisors close the ledger at the same instant, and takes them up again. */
static bool is_of_the_ledger(const WCHAR *name)
{
    return !wcscmp(name, L"usage.db-wal") || !wcscmp(name, L"usage.db-shm");
}

/* Prints their names: what is there too much has to be told by them. */
static size_t files_below(const WCHAR *folder)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    size_t count = 0;
    swprintf(pattern, ARRAYSIZE(pattern), L"%ls\\*", folder);
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do {
        WCHAR path[MAX_PATH];
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
            continue;
        swprintf(path, ARRAYSIZE(path), L"%ls\\%ls", folder, found.cFileName);
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            count += files_below(path);
        else if (!is_of_the_ledger(found.cFileName) && ++count)
            print_message("             there is %ls\n", path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

static struct remains look(const struct fixture *fixture)
{
    return (struct remains){.handles = own_handles(),
                            .threads = own_threads(),
                            .bytes = heap_bytes(),
                            .files = files_below(fixture->folder)};
}

/* ---- the phases ---- */

static void run_phase(const struct fixture *fixture, struct guest *guest, unsigned rounds, uint64_t ms, uint64_t seed)
{
    static struct worker workers[WORKERS + 1]; /* the last one is this thread, with the real guest */
    static uint64_t guest_bytes;
    HANDLE threads[WORKERS];
    unsigned calls = 0, starts = 0, resets = 0, saves = 0, lives = 0;
    uint64_t bytes = 0;
    for (int i = 0; i <= WORKERS; i++)
        workers[i] = (struct worker){.fixture = fixture,
                                     .number = i,
                                     .rounds = i < WORKERS ? rounds : 1,
                                     .until_ms = clock_monotonic_ms() + ms,
                                     .random = seed * 1000003 + (uint64_t)i + 1};
    for (int i = 0; i < WORKERS; i++) {
        threads[i] = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
        assert_non_null(threads[i]);
    }
    if (guest)
        work_on_qemu(guest, &workers[WORKERS], &guest_bytes);
    for (int i = 0; i < WORKERS; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    for (int i = 0; i <= WORKERS; i++) {
        if (workers[i].trouble[0])
            fail_msg("worker %d, round %u: %s", i, workers[i].rounds_done, workers[i].trouble);
        calls += workers[i].calls;
        starts += workers[i].starts;
        resets += workers[i].resets;
        saves += workers[i].saves;
        bytes += workers[i].bytes;
        lives += i < WORKERS ? workers[i].rounds_done : 0;
    }
    print_message("             %u VMs lived: %u starts, %u resets, %u saves, %u calls, %llu bytes: equal\n", lives,
                  starts, resets, saves, calls, (unsigned long long)bytes);
    const struct worker *last = &workers[WORKERS];
    if (guest)
        print_message("             of them by a real guest: %u starts, %u resets, %u saves, %llu bytes sent and "
                      "received\n",
                      last->starts, last->resets, last->saves, (unsigned long long)last->bytes);
}

static unsigned long seconds = SHORT_S;

static struct guest real_guest;
static bool with_guest;

static void test_soak__nothing_is_left_and_all_is_counted(void **state)
{
    const struct fixture *fixture = *state;
    struct guest *guest = with_guest ? &real_guest : NULL;
    run_phase(fixture, guest, WARM_ROUNDS, 0, 1);
    struct remains before = look(fixture);
    run_phase(fixture, guest, LEAST_ROUNDS, seconds * 1000, GetTickCount64());
    struct remains after = look(fixture);
    print_message("             handles %lu and %lu, threads %lu and %lu, bytes %llu and %llu, files %u and %u\n",
                  before.handles, after.handles, before.threads, after.threads, (unsigned long long)before.bytes,
                  (unsigned long long)after.bytes, (unsigned)before.files, (unsigned)after.files);
    assert_true(after.threads <= before.threads);
    assert_true(after.files <= before.files);
    assert_true(after.handles <= before.handles);
    assert_true(after.bytes <= before.bytes + SLACK_BYTES);
}

static int set_up(void **state)
{
    fixture_open(state);
    if (with_guest) {
        struct guest beside = {.home = ((struct fixture *)*state)->home};
        guest_set_up_with(&real_guest, &(struct guest_options){.beside = &beside});
        uv_os_setenv("VPC_ENGINE", "fake"); /* the guest's own starts say what theirs is */
    }
    return 0;
}

static int tear_down(void **state)
{
    if (with_guest)
        guest_tear_down(&real_guest);
    return fixture_close(state);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_soak__nothing_is_left_and_all_is_counted, set_up, tear_down),
    };
    if (argc > 1)
        seconds = strtoul(argv[1], NULL, 10);
    with_guest = seconds >= GUEST_S;
    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
