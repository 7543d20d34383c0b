/* IVMAccountant2.Lifetime and IVMVirtualPC2: what a VM has used, over resets, power cycles and its own end. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include "ledger/ledger.h"
#include "objects_check.h"
#include "session/control.h"
#include "trust/answer_clock.h"
#include "util/file.h"
#include "util/path.h"

static IVMAccountant *lifetime_of(IVMVirtualMachine *vm)
{
    IVMAccountant *documented, *lifetime;
    IVMAccountant2 *accountant;
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &documented), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(documented, &IID_IVMAccountant2, (void **)&accountant), S_OK);
    assert_hresult(IVMAccountant2_get_Lifetime(accountant, &lifetime), S_OK);
    IVMAccountant2_Release(accountant);
    IVMAccountant_Release(documented);
    return lifetime;
}

/* What the VM has sent in all its life, which is always known. */
static ULONGLONG sent(IVMAccountant *lifetime)
{
    VARIANT value;
    assert_hresult(IVMAccountant_get_NetworkBytesSent(lifetime, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_DECIMAL);
    assert_int_equal(value.decVal.scale, 0);
    assert_int_equal(value.decVal.sign, 0);
    assert_int_equal(value.decVal.Hi32, 0);
    return value.decVal.Lo64;
}

/* Never goes back on its way to that figure. */
static void await_sent(IVMAccountant *lifetime, ULONGLONG expected)
{
    ULONGLONG before = 0, now;
    while ((now = sent(lifetime)) != expected) {
        if (now < before || now > expected)
            fail_msg("%llu after %llu, on the way to %llu", now, before, expected);
        before = now;
    }
}

static void reset(IVMVirtualMachine *vm)
{
    IVMTask *task;
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
}

static void test_lifetime__never_goes_back(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *lifetime = lifetime_of(vm);
    assert_int_equal(sent(lifetime), 0);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':1000,'received':3}}");
    await_sent(lifetime, 1000);
    reset(vm);
    assert_int_equal(sent(lifetime), 1000);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':24}}");
    await_sent(lifetime, 1024);
    fixture_turn_off(vm);
    /* The ledger may still be written while the VM counts as off. */
    for (int i = 0; i < 200; i++)
        assert_int_equal(sent(lifetime), 1024);
    fixture_start(vm);
    assert_int_equal(sent(lifetime), 1024);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':1}}");
    await_sent(lifetime, 1025);
    LONG percent, seconds;
    VARIANT history, received;
    assert_hresult(IVMAccountant_get_CPUUtilization(lifetime, &percent), S_OK);
    assert_hresult(IVMAccountant_get_CPUUtilizationHistory(lifetime, &history), S_OK);
    assert_int_equal(V_VT(&history), VT_ARRAY | VT_UI1);
    VariantClear(&history);
    assert_hresult(IVMAccountant_get_UpTime(lifetime, &seconds), S_OK);
    assert_hresult(IVMAccountant_get_NetworkBytesReceived(lifetime, &received), S_OK);
    assert_int_equal(received.decVal.Lo64, 3);
    fixture_turn_off(vm);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_hresult(IVMAccountant_get_NetworkBytesSent(lifetime, &received), S_FALSE);
    assert_int_equal(received.decVal.Lo64, 0);
    IVMAccountant_Release(lifetime);
    IVMVirtualMachine_Release(vm);
}

static char *ledger_path(const struct fixture *fixture)
{
    return path_join(fixture->home.folder, LEDGER_FILE);
}

/* 2026-05-04 00:00 UTC */
#define MAY_4 INT64_C(1777852800000)

static void write_usage(struct fixture *fixture, const char *config_id, const char *name, int64_t day, uint64_t bytes)
{
    struct vpc_error err;
    struct ledger *ledger;
    char *path = ledger_path(fixture);
    int64_t start = MAY_4 + day * 86400000;
    struct ledger_epoch epoch = {
        .config_id = config_id,
        .name = name,
        .id = {.number = (uint64_t)day + 1, .start_utc_ms = start},
        .cause = 1,
        .now_utc_ms = start + 1000,
        .end = LEDGER_TURNED_OFF,
        .adapters = {{.present = true, .figures = {bytes, 2, 3, 4}}},
        .drives = {{.present = true, .figures = {5, 6, 7, 8}}},
    };
    assert_ok(ledger_open(&ledger, path, true, LEDGER_PATIENCE_MS, &err), err);
    assert_ok(ledger_write(ledger, &epoch, &err), err);
    ledger_close(ledger);
    free(path);
}

/* A connection of somebody else to the ledger, who has run that. */
static sqlite3 *hold_ledger(const struct fixture *fixture, const char *sql)
{
    sqlite3 *holder;
    char *path = ledger_path(fixture), *why = NULL;
    assert_int_equal(sqlite3_open(path, &holder), SQLITE_OK);
    sqlite3_busy_timeout(holder, 60000);
    if (sqlite3_exec(holder, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    free(path);
    return holder;
}

static int64_t ask_ledger(sqlite3 *holder, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(holder, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return answer;
}

/* The write lock, taken when the ledger has the one epoch of the one VM: its supervisor knows then what was before. */
static sqlite3 *hold_known_ledger(const struct fixture *fixture)
{
    char *path = ledger_path(fixture);
    bool known = false;
    while (!known) {
        sqlite3 *reader = file_exists(path) ? hold_ledger(fixture, "SELECT 1") : NULL;
        known = reader && ask_ledger(reader, "SELECT count(*) FROM sqlite_schema WHERE name = 'epoch'") &&
                ask_ledger(reader, "SELECT count(*) FROM epoch");
        sqlite3_close(reader);
    }
    free(path);
    return hold_ledger(fixture, "BEGIN IMMEDIATE");
}

/* Until Blue's supervisor has ended. */
static void await_supervisor(const struct fixture *fixture)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, fixture_supervisor(fixture, L"Blue"));
    if (!process)
        return;
    WaitForSingleObject(process, INFINITE);
    CloseHandle(process);
}

static LONG seconds_on(IVMAccountant *lifetime)
{
    LONG seconds;
    assert_hresult(IVMAccountant_get_UpTime(lifetime, &seconds), S_OK);
    return seconds;
}

/* The ledger waits for somebody else while the VM turns off: what it has been told before that is seconds old. */
static void test_lifetime__turned_off_before_the_ledger_knows(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *lifetime = lifetime_of(vm);
    fixture_add_nat(fixture, vm);
    fixture_start(vm);
    sqlite3 *holder = hold_known_ledger(fixture);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':1000}}");
    await_sent(lifetime, 1000);
    while (seconds_on(lifetime) < 3)
        ;
    LONG before = seconds_on(lifetime);
    fixture_turn_off(vm);
    assert_int_equal(ask_ledger(holder, "SELECT count(*) FROM epoch WHERE ended = 0"), 1);
    LONG after = seconds_on(lifetime);
    if (after < before)
        fail_msg("on for %d s, and before that for %d s", (int)after, (int)before);
    assert_int_equal(sent(lifetime), 1000);
    sqlite3_close(holder);
    await_supervisor(fixture);
    assert_int_equal(seconds_on(lifetime), after);
    assert_int_equal(sent(lifetime), 1000);
    IVMAccountant_Release(lifetime);
    IVMVirtualMachine_Release(vm);
}

/* 200 resets under a reader: its figure never goes back. */
static void test_lifetime__while_the_vm_is_reset(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    fixture_start(vm);
    IVMAccountant *lifetime = lifetime_of(vm);
    struct control_client *client = fixture_connect(fixture, L"Blue");
    for (ULONGLONG i = 1; i <= 200; i++) {
        fixture_order(client, "{'traffic':{'adapter':0,'sent':100}}");
        fixture_order(client, "{'guest':'reboot'}");
        ULONGLONG now = sent(lifetime);
        if (now < (i - 1) * 100 || now > i * 100)
            fail_msg("%llu in round %llu", now, i);
        await_sent(lifetime, i * 100);
    }
    control_disconnect(client);
    fixture_turn_off(vm);
    assert_int_equal(sent(lifetime), 20000);
    IVMAccountant_Release(lifetime);
    IVMVirtualMachine_Release(vm);
}

static void test_lifetime__ledger_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *lifetime = lifetime_of(vm);
    IVMVirtualPC2 *application;
    IVMUsageCollection *rows;
    struct vpc_error err;
    VARIANT value;
    char *path = ledger_path(fixture);
    static const char words[] = "This is no database at all, however long one reads in it.";
    assert_ok(file_replace(path, words, sizeof words, &err), err);
    free(path);
    assert_refused(IVMAccountant_get_NetworkBytesSent(lifetime, &value), DISP_E_EXCEPTION, L"not a database");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_hresult(IVMVirtualPC_QueryInterface(fixture->application, &IID_IVMVirtualPC2, (void **)&application), S_OK);
    assert_refused(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_Day, NULL, NULL, &rows), DISP_E_EXCEPTION,
                   L"not a database");
    assert_null(rows);
    assert_refused(IVMVirtualPC2_DeleteUsage(application, text(L"{1}")), DISP_E_EXCEPTION, L"not a database");
    IVMVirtualPC2_Release(application);
    IVMAccountant_Release(lifetime);
    IVMVirtualMachine_Release(vm);
}

/* "name adapter period sent read;" for each row. */
static void assert_usage(IVMVirtualPC2 *application, const WCHAR *name, VMUsageGrouping by, const WCHAR *first,
                         const WCHAR *last, const WCHAR *expected)
{
    IVMUsageCollection *rows;
    WCHAR shown[1024] = L"";
    LONG count;
    assert_hresult(IVMVirtualPC2_Usage(application, text(name), by, text(first), text(last), &rows), S_OK);
    assert_hresult(IVMUsageCollection_get_Count(rows, &count), S_OK);
    for (LONG i = 1; i <= count; i++) {
        IVMUsage *row;
        BSTR who, period, bytes_sent, bytes_read;
        LONG slot;
        assert_hresult(IVMUsageCollection_get_Item(rows, i, &row), S_OK);
        assert_hresult(IVMUsage_get_VirtualMachineName(row, &who), S_OK);
        assert_hresult(IVMUsage_get_Adapter(row, &slot), S_OK);
        assert_hresult(IVMUsage_get_Period(row, &period), S_OK);
        assert_hresult(IVMUsage_get_NetworkBytesSentText(row, &bytes_sent), S_OK);
        assert_hresult(IVMUsage_get_DiskBytesReadText(row, &bytes_read), S_OK);
        size_t length = wcslen(shown);
        swprintf(shown + length, ARRAYSIZE(shown) - length, L"%ls %d %ls %ls %ls; ", who, (int)slot,
                 *period ? period : L"-", bytes_sent, bytes_read);
        SysFreeString(who);
        SysFreeString(period);
        SysFreeString(bytes_sent);
        SysFreeString(bytes_read);
        IVMUsage_Release(row);
    }
    IVMUsageCollection_Release(rows);
    if (wcscmp(shown, expected))
        fail_msg("'%ls', not '%ls'", shown, expected);
}

static void test_virtual_pc2__Usage(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualPC2 *application;
    IVMUsageCollection *rows;
    assert_hresult(IVMVirtualPC_QueryInterface(fixture->application, &IID_IVMVirtualPC2, (void **)&application), S_OK);
    assert_usage(application, L"", vmUsageBy_VirtualMachine, L"", L"", L"");
    write_usage(fixture, "{00000000-0000-4000-8000-000000000001}", "Gone", 0, UINT64_MAX);
    write_usage(fixture, "{00000000-0000-4000-8000-000000000001}", "Gone", 1, UINT64_MAX);
    write_usage(fixture, "{00000000-0000-4000-8000-000000000002}", "Blue", 30, 7);
    assert_usage(application, L"", vmUsageBy_VirtualMachine, L"", L"",
                 L"Blue -1 - 7 5; Gone -1 - 36893488147419103230 10; ");
    assert_usage(application, L"gONE", vmUsageBy_Day, L"2026-05-05", L"2026-05",
                 L"Gone -1 2026-05-05 18446744073709551615 5; ");
    assert_usage(application, L"", vmUsageBy_Month, L"2026-06", L"", L"Blue -1 2026-06 7 5; ");
    assert_usage(application, L"Blue", vmUsageBy_Adapter, L"", L"", L"Blue 0 - 7 0; ");
    assert_usage(application, L"Nobody", vmUsageBy_Day, L"", L"", L"");
    assert_refused(IVMVirtualPC2_Usage(application, NULL, (VMUsageGrouping)0, NULL, NULL, &rows), E_INVALIDARG,
                   L"0 is no grouping");
    assert_refused(IVMVirtualPC2_Usage(application, NULL, (VMUsageGrouping)6, NULL, NULL, &rows), E_INVALIDARG,
                   L"6 is no grouping");
    assert_refused(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_Day, text(L"4 May"), NULL, &rows), E_INVALIDARG,
                   L"'4 May'");
    assert_refused(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_Day, NULL, text(L"2026-02-30"), &rows),
                   E_INVALIDARG, L"'2026-02-30'");
    assert_refused(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_Day, NULL, NULL, NULL), E_POINTER, L"rows");
    assert_hresult(IVMVirtualPC2_DeleteUsage(application, text(L"{00000000-0000-4000-8000-000000000001}")), S_OK);
    assert_usage(application, L"", vmUsageBy_VirtualMachine, L"", L"", L"Blue -1 - 7 5; ");
    assert_refused(IVMVirtualPC2_DeleteUsage(application, NULL), E_INVALIDARG, L"virtualMachineID is empty");
    IVMVirtualPC2_Release(application);
}

/* By its present name, even if it ran under another one; its usage outlives it, unless that is deleted as well. */
static void test_virtual_pc2__DeleteUsage_of_a_vm(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMVirtualPC2 *application;
    BSTR id;
    assert_hresult(IVMVirtualPC_QueryInterface(fixture->application, &IID_IVMVirtualPC2, (void **)&application), S_OK);
    assert_hresult(IVMVirtualMachine_get_ConfigID(vm, &id), S_OK);
    fixture_add_nat(fixture, vm);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':77}}");
    IVMAccountant *lifetime = lifetime_of(vm);
    await_sent(lifetime, 77);
    assert_refused(IVMVirtualPC2_DeleteUsage(application, id), VM_E_VM_RUNNING, L"is on");
    fixture_turn_off(vm);
    await_supervisor(fixture);
    assert_hresult(IVMVirtualMachine_put_Name(vm, text(L"Green")), S_OK);
    assert_usage(application, L"Green", vmUsageBy_VirtualMachine, L"", L"", L"Blue -1 - 77 0; ");
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_usage(application, L"Blue", vmUsageBy_VirtualMachine, L"", L"", L"Blue -1 - 77 0; ");
    assert_hresult(IVMVirtualPC2_DeleteUsage(application, id), S_OK);
    assert_usage(application, L"", vmUsageBy_VirtualMachine, L"", L"", L"");
    SysFreeString(id);
    IVMAccountant_Release(lifetime);
    IVMVirtualPC2_Release(application);
    IVMVirtualMachine_Release(vm);
}

/* A VM whose usage is deleted. */
struct billed {
    IVMVirtualPC2 *application;
    IVMVirtualMachine *vm;
    IVMAccountant *lifetime;
    BSTR id;
};

/* Blue has sent 77 bytes and is off; its supervisor could not write that down and still tries to. The holder of the
 * ledger. */
static sqlite3 *billed_open(const struct fixture *fixture, struct billed *billed)
{
    IVMVirtualMachine *vm = billed->vm = fixture_create(fixture, L"Blue");
    billed->lifetime = lifetime_of(vm);
    assert_hresult(IVMVirtualPC_QueryInterface(fixture->application, &IID_IVMVirtualPC2, (void **)&billed->application),
                   S_OK);
    assert_hresult(IVMVirtualMachine_get_ConfigID(vm, &billed->id), S_OK);
    fixture_add_nat(fixture, vm);
    fixture_start(vm);
    sqlite3 *holder = hold_known_ledger(fixture);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':77}}");
    await_sent(billed->lifetime, 77);
    fixture_turn_off(vm);
    return holder;
}

static void billed_close(struct billed *billed)
{
    SysFreeString(billed->id);
    IVMVirtualPC2_Release(billed->application);
    IVMAccountant_Release(billed->lifetime);
    IVMVirtualMachine_Release(billed->vm);
}

static void test_virtual_pc2__DeleteUsage_of_a_vm_that_ends(void **state)
{
    struct billed billed;
    sqlite3 *holder = billed_open(*state, &billed);
    answer_clock_start();
    assert_refused((HRESULT)in_time(IVMVirtualPC2_DeleteUsage(billed.application, billed.id)), VM_E_VM_RUNNING,
                   L"still being written");
    answer_clock_stop();
    sqlite3_close(holder);
    await_supervisor(*state);
    assert_usage(billed.application, L"", vmUsageBy_VirtualMachine, L"", L"", L"Blue -1 - 77 0; ");
    assert_hresult(IVMVirtualPC2_DeleteUsage(billed.application, billed.id), S_OK);
    assert_usage(billed.application, L"", vmUsageBy_VirtualMachine, L"", L"", L"");
    assert_int_equal(sent(billed.lifetime), 0);
    assert_int_equal(seconds_on(billed.lifetime), 0);
    billed_close(&billed);
}

/* An end that the ledger has not taken is forgotten with all others. */
static void test_virtual_pc2__DeleteUsage_of_what_is_pending(void **state)
{
    struct fixture *fixture = *state;
    struct billed billed;
    sqlite3 *holder = billed_open(fixture, &billed);
    fixture_kill_supervisor(fixture, L"Blue");
    sqlite3_close(holder);
    assert_int_equal(sent(billed.lifetime), 77);
    assert_hresult(IVMVirtualPC2_DeleteUsage(billed.application, billed.id), S_OK);
    assert_int_equal(sent(billed.lifetime), 0);
    fixture_start(billed.vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':5}}");
    await_sent(billed.lifetime, 5);
    fixture_turn_off(billed.vm);
    await_supervisor(fixture);
    assert_usage(billed.application, L"", vmUsageBy_VirtualMachine, L"", L"", L"Blue -1 - 5 0; ");
    billed_close(&billed);
}

/* A process that is stopped keeps what it has locked, for as long as it likes. */
static void test_virtual_pc2__ledger_that_is_locked(void **state)
{
    IVMVirtualPC2 *application;
    IVMUsageCollection *rows;
    VARIANT value;
    LONG seconds;
    BSTR id = text(L"{00000000-0000-4000-8000-000000000001}");
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *lifetime = lifetime_of(vm);
    assert_hresult(IVMVirtualPC_QueryInterface(fixture->application, &IID_IVMVirtualPC2, (void **)&application), S_OK);
    write_usage(fixture, "{00000000-0000-4000-8000-000000000001}", "Gone", 0, 5);
    answer_clock_start();
    sqlite3 *holder = hold_ledger(fixture, "BEGIN IMMEDIATE");
    assert_refused((HRESULT)in_time(IVMVirtualPC2_DeleteUsage(application, id)), DISP_E_EXCEPTION, L"locked");
    assert_usage(application, L"", vmUsageBy_VirtualMachine, L"", L"", L"Gone -1 - 5 5; ");
    sqlite3_close(holder);
    holder = hold_ledger(fixture, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE");
    assert_refused((HRESULT)in_time(IVMVirtualPC2_DeleteUsage(application, id)), DISP_E_EXCEPTION, L"locked");
    assert_refused(
        (HRESULT)in_time(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_VirtualMachine, NULL, NULL, &rows)),
        DISP_E_EXCEPTION, L"locked");
    assert_refused((HRESULT)in_time(IVMAccountant_get_NetworkBytesSent(lifetime, &value)), DISP_E_EXCEPTION, L"locked");
    assert_refused((HRESULT)in_time(IVMAccountant_get_UpTime(lifetime, &seconds)), DISP_E_EXCEPTION, L"locked");
    sqlite3_close(holder);
    answer_clock_stop();
    assert_hresult(IVMVirtualPC2_DeleteUsage(application, id), S_OK);
    assert_usage(application, L"", vmUsageBy_VirtualMachine, L"", L"", L"");
    IVMVirtualPC2_Release(application);
    IVMAccountant_Release(lifetime);
    IVMVirtualMachine_Release(vm);
}

/* More than can be read in the time there is: there are all rows in time, or none. */
static void test_virtual_pc2__ledger_of_any_size(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualPC2 *application;
    IVMUsageCollection *rows;
    assert_hresult(IVMVirtualPC_QueryInterface(fixture->application, &IID_IVMVirtualPC2, (void **)&application), S_OK);
    write_usage(fixture, "{00000000-0000-4000-8000-000000000001}", "Gone", 0, 5);
    sqlite3 *writer = hold_ledger(
        fixture, "PRAGMA synchronous = OFF; WITH RECURSIVE n (day) AS (SELECT 30000 UNION ALL SELECT day + 1 FROM n"
                 " WHERE day < 630000) INSERT INTO adapter_usage SELECT 1, 0, day, 1, 1, 1, 1 FROM n");
    sqlite3_close(writer);
    answer_clock_start();
    HRESULT hr = (HRESULT)in_time(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_Day, NULL, NULL, &rows));
    if (FAILED(hr)) {
        assert_refused(hr, DISP_E_EXCEPTION, L"interrupted");
        assert_null(rows);
    } else {
        LONG count;
        assert_hresult(IVMUsageCollection_get_Count(rows, &count), S_OK);
        assert_int_equal(count, 600002);
        IVMUsageCollection_Release(rows);
    }
    answer_clock_stop();
    IVMVirtualPC2_Release(application);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lifetime__never_goes_back, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_lifetime__turned_off_before_the_ledger_knows, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_lifetime__while_the_vm_is_reset, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_lifetime__ledger_that_cannot_be_read, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc2__Usage, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc2__DeleteUsage_of_a_vm, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc2__DeleteUsage_of_a_vm_that_ends, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc2__DeleteUsage_of_what_is_pending, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc2__ledger_that_is_locked, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_pc2__ledger_of_any_size, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
