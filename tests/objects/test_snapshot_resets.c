/* Readers that take snapshots without a pause while the VM is reset a thousand times: none shows two instants at once.
 */
#include "objects_check.h"

#include <math.h>
#include <stdio.h>
#include "session/control.h"

enum {
    RESETS = 1000,
    READERS = 2,
    BURST = 100,      /* snapshots before a reader leaves the processor to the supervisor */
    FROM_OUTSIDE = 50 /* each so many epochs begin by Reset, the others by the guest */
};

/*
 * The guest of epoch e sends, receives and reads amounts that belong to e alone: 2e bytes in e frames each way, and 6e
 * bytes from the drive. So a snapshot whose figures are of two samples, or of another epoch than it says, gives itself
 * away.
 */
struct reader {
    IVMAccountant2 *accountant;
    volatile LONG taken; /* snapshots */
    volatile LONG stop;
    HRESULT hr;
    DATE start[RESETS + 2]; /* of each epoch as first seen; 0: not seen */
    char wrong[200];        /* empty, or what the first bad snapshot showed */
};

struct figures {
    double sent, received, packets_sent, packets_received, read;
    LONG epoch, up_time;
    DATE start, taken;
    VMEpochCause cause;
    VMVMState state;
};

static HRESULT read_figures(IVMAccountingSnapshot *snapshot, struct figures *figures)
{
    HRESULT hr;
    if (FAILED(hr = IVMAccountingSnapshot_get_NetworkBytesSent(snapshot, &figures->sent)) ||
        FAILED(hr = IVMAccountingSnapshot_get_NetworkBytesReceived(snapshot, &figures->received)) ||
        FAILED(hr = IVMAccountingSnapshot_get_NetworkPacketsSent(snapshot, &figures->packets_sent)) ||
        FAILED(hr = IVMAccountingSnapshot_get_NetworkPacketsReceived(snapshot, &figures->packets_received)) ||
        FAILED(hr = IVMAccountingSnapshot_get_DiskBytesRead(snapshot, &figures->read)) ||
        FAILED(hr = IVMAccountingSnapshot_get_Epoch(snapshot, &figures->epoch)) ||
        FAILED(hr = IVMAccountingSnapshot_get_UpTime(snapshot, &figures->up_time)) ||
        FAILED(hr = IVMAccountingSnapshot_get_EpochStart(snapshot, &figures->start)) ||
        FAILED(hr = IVMAccountingSnapshot_get_TakenAt(snapshot, &figures->taken)) ||
        FAILED(hr = IVMAccountingSnapshot_get_EpochCause(snapshot, &figures->cause)))
        return hr;
    return IVMAccountingSnapshot_get_State(snapshot, &figures->state);
}

static VMEpochCause cause_of(LONG epoch)
{
    return epoch == 1                  ? vmEpochCause_PowerOn
           : epoch % FROM_OUTSIDE == 0 ? vmEpochCause_Reset
                                       : vmEpochCause_GuestReboot;
}

static bool agree(struct reader *reader, const struct figures *figures)
{
    double unit = figures->epoch;
    if (figures->state != vmVMState_Running || figures->epoch < 1 || figures->epoch > RESETS + 1 ||
        figures->cause != cause_of(figures->epoch))
        return false;
    if (figures->sent != 0 && figures->sent != 2 * unit)
        return false;
    if (figures->received != figures->sent || figures->packets_sent * 2 != figures->sent ||
        figures->packets_received != figures->packets_sent || (figures->read != 0 && figures->read != 6 * unit))
        return false;
    if (!reader->start[figures->epoch])
        reader->start[figures->epoch] = figures->start;
    return reader->start[figures->epoch] == figures->start &&
           fabs((figures->taken - figures->start) * 86400 - figures->up_time) < 1.1;
}

static DWORD WINAPI read_often(void *context)
{
    struct reader *reader = context;
    reader->hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (SUCCEEDED(reader->hr) && !*reader->wrong && !reader->stop) {
        IVMAccountingSnapshot *snapshot;
        struct figures figures;
        if (FAILED(reader->hr = IVMAccountant2_get_Snapshot(reader->accountant, &snapshot)))
            break;
        reader->hr = read_figures(snapshot, &figures);
        IVMAccountingSnapshot_Release(snapshot);
        if (SUCCEEDED(reader->hr) && !agree(reader, &figures))
            snprintf(reader->wrong, sizeof reader->wrong,
                     "state %d, epoch %ld of cause %d, up %ld s: sent %.0f received %.0f packets %.0f %.0f read %.0f",
                     (int)figures.state, figures.epoch, (int)figures.cause, figures.up_time, figures.sent,
                     figures.received, figures.packets_sent, figures.packets_received, figures.read);
        if (InterlockedIncrement(&reader->taken) % BURST == 0)
            Sleep(1);
    }
    CoUninitialize();
    return 0;
}

/* Waits until each reader has begun and ended a snapshot, or has found fault with one. */
static bool await_readers(struct reader *readers)
{
    bool well = true;
    for (size_t i = 0; i < READERS; i++) {
        const LONG enough = readers[i].taken + 2;
        while (readers[i].taken < enough && SUCCEEDED(readers[i].hr) && !*readers[i].wrong)
            Sleep(0);
        well = well && SUCCEEDED(readers[i].hr) && !*readers[i].wrong;
    }
    return well;
}

static void await_epoch(IVMAccountant2 *accountant, LONG expected)
{
    ULONGLONG start = GetTickCount64();
    LONG epoch;
    do {
        assert_hresult(IVMAccountant2_get_Epoch(accountant, &epoch), S_OK);
    } while (epoch < expected && GetTickCount64() - start < 60000);
    assert_int_equal(epoch, expected);
}

static void be_busy(struct control_client *client, LONG epoch)
{
    char order[160];
    snprintf(order, sizeof order,
             "{'traffic':{'adapter':0,'sent':%ld,'received':%ld,'packets_sent':%ld,'packets_received':%ld}}", 2 * epoch,
             2 * epoch, epoch, epoch);
    fixture_order(client, order);
    snprintf(order, sizeof order, "{'disk':{'drive':2,'read':%ld,'reads':1}}", 6 * epoch);
    fixture_order(client, order);
}

static void test_snapshot__never_shows_two_instants(void **state)
{
    struct fixture *fixture = *state;
    static struct reader readers[READERS];
    HANDLE threads[READERS];
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *documented;
    IVMAccountant2 *accountant;
    IVMTask *task;
    bool well = true;
    fixture_add_nat(fixture, vm);
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &documented), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(documented, &IID_IVMAccountant2, (void **)&accountant), S_OK);
    IVMAccountant_Release(documented);
    fixture_start(vm);
    struct control_client *client = fixture_connect(fixture, L"Blue");
    for (size_t i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.accountant = accountant};
        threads[i] = CreateThread(NULL, 0, read_often, &readers[i], 0, NULL);
        assert_non_null(threads[i]);
    }
    for (LONG epoch = 1; epoch <= RESETS && well; epoch++) {
        be_busy(client, epoch);
        if ((epoch + 1) % FROM_OUTSIDE == 0) {
            assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
            fixture_finish(task);
        } else {
            fixture_order(client, "{'guest':'reboot'}");
        }
        await_epoch(accountant, epoch + 1);
        well = await_readers(readers);
    }
    for (size_t i = 0; i < READERS; i++)
        InterlockedExchange(&readers[i].stop, 1);
    WaitForMultipleObjects(READERS, threads, TRUE, INFINITE);
    for (size_t i = 0; i < READERS; i++) {
        CloseHandle(threads[i]);
        print_message("  reader %u: %ld snapshots\n", (unsigned)i, readers[i].taken);
        assert_string_equal(readers[i].wrong, "");
        assert_hresult(readers[i].hr, S_OK);
        assert_true(readers[i].start[RESETS + 1] != 0);
    }
    control_disconnect(client);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshot__never_shows_two_instants, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("snapshot_resets", tests, NULL, NULL);
}
