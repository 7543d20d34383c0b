/* IVMAccountant: figures that are exact, and never an old one for a new one. */
#include "objects_check.h"

#include <string.h>
#include <wchar.h>

typedef HRESULT(STDMETHODCALLTYPE *get_total)(IVMAccountant *, VARIANT *);

/* Asks again until the figure is there; a minute without it fails the test. */
static void await_total(IVMAccountant *accountant, get_total get, ULONGLONG expected)
{
    ULONGLONG start = GetTickCount64();
    VARIANT value;
    do {
        assert_hresult(get(accountant, &value), S_OK);
        assert_int_equal(V_VT(&value), VT_DECIMAL);
        assert_int_equal(value.decVal.scale, 0);
        assert_int_equal(value.decVal.sign, 0);
        assert_int_equal(value.decVal.Hi32, 0);
        if (value.decVal.Lo64 == expected)
            return;
        Sleep(1);
    } while (GetTickCount64() - start < 60000);
    fail_msg("the total is %llu, not %llu", value.decVal.Lo64, expected);
}

static IVMAccountant *accountant_of(IVMVirtualMachine *vm)
{
    IVMAccountant *accountant;
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    return accountant;
}

static void check_no_figures(IVMAccountant *accountant)
{
    const IVMAccountantVtbl *vtbl = accountant->lpVtbl;
    const get_total totals[] = {vtbl->get_NetworkBytesSent, vtbl->get_NetworkBytesReceived, vtbl->get_DiskBytesRead,
                                vtbl->get_DiskBytesWritten};
    unsigned char zeros[60] = {0};
    VARIANT value;
    LONG number, upper;
    void *data;
    for (size_t i = 0; i < ARRAYSIZE(totals); i++) {
        memset(&value, 0xff, sizeof value);
        assert_hresult(totals[i](accountant, &value), S_FALSE);
        assert_int_equal(V_VT(&value), VT_DECIMAL);
        assert_int_equal(value.decVal.Hi32, 0);
        assert_true(value.decVal.Lo64 == 0);
        assert_int_equal(value.decVal.scale, 0);
        assert_int_equal(value.decVal.sign, 0);
    }
    number = 1;
    assert_hresult(IVMAccountant_get_UpTime(accountant, &number), S_FALSE);
    assert_int_equal(number, 0);
    number = 1;
    assert_hresult(IVMAccountant_get_CPUUtilization(accountant, &number), S_FALSE);
    assert_int_equal(number, 0);
    assert_hresult(IVMAccountant_get_CPUUtilizationHistory(accountant, &value), S_FALSE);
    assert_int_equal(V_VT(&value), VT_ARRAY | VT_UI1);
    assert_hresult(SafeArrayGetUBound(V_ARRAY(&value), 1, &upper), S_OK);
    assert_int_equal(upper, 59);
    assert_hresult(SafeArrayAccessData(V_ARRAY(&value), &data), S_OK);
    assert_memory_equal(data, zeros, 60);
    SafeArrayUnaccessData(V_ARRAY(&value));
    VariantClear(&value);
}

static void test_accountant__not_active_is_S_FALSE_and_zero(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    check_no_figures(accountant);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':10}}");
    await_total(accountant, accountant->lpVtbl->get_NetworkBytesSent, 10);
    fixture_turn_off(vm);
    check_no_figures(accountant);
    /* Also when there is no VM any more. */
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    check_no_figures(accountant);
    assert_last_release(vm);
    check_no_figures(accountant);
    assert_last_release(accountant);
}

static void test_accountant__figures_are_exact(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    const IVMAccountantVtbl *vtbl = accountant->lpVtbl;
    IVMTask *task;
    fixture_start(vm);
    await_total(accountant, vtbl->get_NetworkBytesSent, 0);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':1000,'received':9007199254740993}}");
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':1,'sent':234,'received':7}}");
    await_total(accountant, vtbl->get_NetworkBytesSent, 1234);
    await_total(accountant, vtbl->get_NetworkBytesReceived, 9007199254741000ull);
    await_total(accountant, vtbl->get_DiskBytesRead, 0);
    await_total(accountant, vtbl->get_DiskBytesWritten, 0);

    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    VARIANT value;
    assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &value), S_OK);
    assert_true(value.decVal.Lo64 == 0);
    assert_hresult(IVMAccountant_get_NetworkBytesReceived(accountant, &value), S_OK);
    assert_true(value.decVal.Lo64 == 0);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':1,'sent':5}}");
    await_total(accountant, vtbl->get_NetworkBytesSent, 5);
    fixture_turn_off(vm);
    fixture_start(vm);
    await_total(accountant, vtbl->get_NetworkBytesSent, 0);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void test_accountant__sum_of_adapters_passes_64_bits(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    VARIANT value;
    ULONGLONG start = GetTickCount64();
    fixture_start(vm);
    for (int i = 0; i < 3; i++) {
        /* JSON numbers end at 2^63 - 1. */
        fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':6000000000000000000}}");
        fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':1,'sent':6000000000000000000}}");
    }
    /* 36e18 = 1 * 2^64 + 17553255926290448384 */
    do {
        assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &value), S_OK);
    } while ((value.decVal.Hi32 != 1 || value.decVal.Lo64 != 17553255926290448384ull) &&
             GetTickCount64() - start < 60000);
    assert_int_equal(value.decVal.Hi32, 1);
    assert_true(value.decVal.Lo64 == 17553255926290448384ull);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void test_accountant__unknown_figures_are_an_error(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    ULONGLONG start = GetTickCount64();
    VARIANT value;
    HRESULT hr;
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':10}}");
    await_total(accountant, accountant->lpVtbl->get_NetworkBytesSent, 10);
    fixture_engine(fixture, L"Blue", "{'source':'lost','text':'the capture is gone'}");
    do {
        hr = IVMAccountant_get_NetworkBytesSent(accountant, &value);
    } while (hr == S_OK && GetTickCount64() - start < 60000);
    assert_refused(hr, DISP_E_EXCEPTION, L"the capture is gone");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    fixture_engine(fixture, L"Blue", "{'source':'back'}");
    do {
        hr = IVMAccountant_get_NetworkBytesSent(accountant, &value);
    } while (hr != S_OK && GetTickCount64() - start < 60000);
    assert_hresult(hr, S_OK);
    assert_true(value.decVal.Lo64 == 10);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

/* All else is known, and is given. */
static void test_accountant__unknown_processor_use_is_an_error(void **state)
{
    static const WCHAR text[] = L"the processor time of this VM cannot be read";
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *accountant = accountant_of(vm);
    ULONGLONG start = GetTickCount64();
    IVMAccountingSnapshot *snapshot;
    IVMAccountant2 *second;
    LONG percent;
    VARIANT value;
    HRESULT hr;
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'cpu':'lost'}");
    do {
        hr = IVMAccountant_get_CPUUtilization(accountant, &percent);
    } while (hr == S_OK && GetTickCount64() - start < 60000);
    assert_refused(hr, DISP_E_EXCEPTION, text);
    assert_int_equal(percent, 0);
    assert_refused(IVMAccountant_get_CPUUtilizationHistory(accountant, &value), DISP_E_EXCEPTION, text);
    assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &value), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&second), S_OK);
    assert_refused(IVMAccountant2_get_CPUHistory(second, &value), DISP_E_EXCEPTION, text);
    assert_hresult(IVMAccountant2_get_Snapshot(second, &snapshot), S_OK);
    assert_refused(IVMAccountingSnapshot_get_CPUUtilization(snapshot, &percent), DISP_E_EXCEPTION, text);
    assert_refused(IVMAccountingSnapshot_get_CPUHistory(snapshot, &value), DISP_E_EXCEPTION, text);
    IVMAccountingSnapshot_Release(snapshot);
    IVMAccountant2_Release(second);
    fixture_engine(fixture, L"Blue", "{'cpu':30}");
    do {
        hr = IVMAccountant_get_CPUUtilization(accountant, &percent);
    } while (hr != S_OK && GetTickCount64() - start < 60000);
    assert_hresult(hr, S_OK);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void check_total(IVMAccountant *accountant, get_total get, ULONGLONG expected)
{
    VARIANT value;
    assert_hresult(get(accountant, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_DECIMAL);
    assert_true(value.decVal.Lo64 == expected);
}

/* Each is asked for once: what a figure was it must be at once. */
static void check_totals(IVMAccountant *accountant, ULONGLONG sent, ULONGLONG received, ULONGLONG read,
                         ULONGLONG written)
{
    const IVMAccountantVtbl *vtbl = accountant->lpVtbl;
    check_total(accountant, vtbl->get_NetworkBytesSent, sent);
    check_total(accountant, vtbl->get_NetworkBytesReceived, received);
    check_total(accountant, vtbl->get_DiskBytesRead, read);
    check_total(accountant, vtbl->get_DiskBytesWritten, written);
}

static void await_processor_use(IVMAccountant *accountant, LONG expected)
{
    ULONGLONG start = GetTickCount64();
    LONG percent;
    do {
        assert_hresult(IVMAccountant_get_CPUUtilization(accountant, &percent), S_OK);
    } while (percent != expected && GetTickCount64() - start < 60000);
    assert_int_equal(percent, expected);
}

static void await_up_time(IVMAccountant *accountant, LONG least)
{
    ULONGLONG start = GetTickCount64();
    LONG seconds;
    do {
        assert_hresult(IVMAccountant_get_UpTime(accountant, &seconds), S_OK);
    } while (seconds < least && GetTickCount64() - start < 60000);
    assert_true(seconds >= least);
}

/* The latest entry of the history. */
static unsigned char latest_use(IVMAccountant *accountant)
{
    unsigned char latest;
    LONG last = 59;
    VARIANT value;
    assert_hresult(IVMAccountant_get_CPUUtilizationHistory(accountant, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_ARRAY | VT_UI1);
    assert_hresult(SafeArrayGetElement(V_ARRAY(&value), &last, &latest), S_OK);
    VariantClear(&value);
    return latest;
}

/* A paused VM is active: all seven are there, the totals stay, the time goes on. A reset begins all of them anew. */
static void test_accountant__paused_VM_has_all_seven(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    IVMTask *task;
    LONG seconds;
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'cpu':40}");
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':11,'received':12}}");
    fixture_engine(fixture, L"Blue", "{'disk':{'drive':2,'read':13,'written':14,'reads':1,'writes':1}}");
    await_total(accountant, accountant->lpVtbl->get_DiskBytesWritten, 14);
    await_processor_use(accountant, 40);
    assert_in_range(latest_use(accountant), 1, 100);

    assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    check_totals(accountant, 11, 12, 13, 14);
    await_processor_use(accountant, 0);
    assert_int_equal(latest_use(accountant), 0);
    await_up_time(accountant, 3);
    check_totals(accountant, 11, 12, 13, 14);

    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    check_totals(accountant, 11, 12, 13, 14);
    await_processor_use(accountant, 40);
    ULONGLONG before = GetTickCount64();
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    check_totals(accountant, 0, 0, 0, 0);
    assert_hresult(IVMAccountant_get_UpTime(accountant, &seconds), S_OK);
    /* Not before the call. The tick count goes in steps. */
    assert_true((ULONGLONG)seconds <= (GetTickCount64() - before) / 1000 + 1);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void test_accountant__wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant *accountant = accountant_of(vm);
    assert_refused(IVMVirtualMachine_get_Accountant(vm, NULL), E_POINTER, L"accountant is NULL");
    assert_refused(IVMAccountant_get_NetworkBytesSent(accountant, NULL), E_POINTER, L"bytesSent is NULL");
    assert_refused(IVMAccountant_get_NetworkBytesReceived(accountant, NULL), E_POINTER, L"bytesReceived is NULL");
    assert_refused(IVMAccountant_get_DiskBytesRead(accountant, NULL), E_POINTER, L"bytesRead is NULL");
    assert_refused(IVMAccountant_get_DiskBytesWritten(accountant, NULL), E_POINTER, L"bytesWritten is NULL");
    assert_refused(IVMAccountant_get_UpTime(accountant, NULL), E_POINTER, L"secondsAlive is NULL");
    assert_refused(IVMAccountant_get_CPUUtilization(accountant, NULL), E_POINTER, L"percentageUtilization is NULL");
    assert_refused(IVMAccountant_get_CPUUtilizationHistory(accountant, NULL), E_POINTER,
                   L"percentageUtilization is NULL");
    assert_last_release(accountant);
    assert_last_release(vm);
}

/* The supervisor dies: what the page last showed is no figure of now. */
static void test_accountant__lost_supervisor_shows_no_old_figure(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    ULONGLONG start = GetTickCount64();
    VARIANT value;
    HRESULT hr;
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':10}}");
    await_total(accountant, accountant->lpVtbl->get_NetworkBytesSent, 10);
    fixture_kill_supervisor(fixture, L"Blue");
    do {
        hr = IVMAccountant_get_NetworkBytesSent(accountant, &value);
        /* Who takes over may need longer than a call waits for it. */
        if (hr != S_OK && hr != S_FALSE)
            assert_refused(hr, DISP_E_EXCEPTION, L"");
    } while (hr != S_FALSE && GetTickCount64() - start < 60000);
    assert_hresult(hr, S_FALSE);
    assert_true(value.decVal.Lo64 == 0);
    assert_last_release(accountant);
    assert_last_release(vm);
}

/* The object of a VM that was forgotten shows nothing of the one that the same file was registered as later. */
static void test_accountant__forgotten_VM_has_no_figures(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *again;
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    fixture_start(vm);
    await_total(accountant, accountant->lpVtbl->get_NetworkBytesSent, 0);
    fixture_turn_off(vm);
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, vm), S_OK);
    assert_hresult(
        IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"Blue"), fixture_machines(fixture), &again),
        S_OK);
    fixture_start(again);
    check_no_figures(accountant);
    fixture_turn_off(again);
    assert_last_release(accountant);
    assert_last_release(again);
    assert_last_release(vm);
}

/* A supervisor that lives and does not answer: neither its last figures nor "off" would be true. */
static void test_accountant__silent_supervisor_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    ULONGLONG start = GetTickCount64();
    VMVMState vm_state;
    VARIANT value;
    HRESULT hr;
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':10}}");
    await_total(accountant, accountant->lpVtbl->get_NetworkBytesSent, 10);
    DWORD id = fixture_supervisor(fixture, L"Blue");
    fixture_halt(id, true);
    do {
        hr = IVMAccountant_get_NetworkBytesSent(accountant, &value);
    } while (hr == S_OK && GetTickCount64() - start < 60000);
    HRESULT state_hr = IVMVirtualMachine_get_State(vm, &vm_state);
    fixture_halt(id, false);
    assert_refused(state_hr, DISP_E_EXCEPTION, L"does not answer");
    assert_int_equal(vm_state, vmVMState_Invalid);
    assert_hresult(hr, DISP_E_EXCEPTION);
    assert_int_equal(V_VT(&value), VT_EMPTY);
    /* It goes on, and so do the figures. */
    await_total(accountant, accountant->lpVtbl->get_NetworkBytesSent, 10);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

struct reader {
    IVMVirtualPC *application;
    IVMAccountant *accountant;
    DWORD apartment;
    HRESULT hr;
};

static DWORD WINAPI read_often(void *context)
{
    struct reader *reader = context;
    BSTR name = SysAllocString(L"Blue");
    reader->hr = CoInitializeEx(NULL, reader->apartment);
    for (int i = 0; i < 200 && SUCCEEDED(reader->hr); i++) {
        IVMVirtualMachine *vm;
        VMVMState vm_state;
        VARIANT value;
        reader->hr = IVMAccountant_get_NetworkBytesSent(reader->accountant, &value);
        if (FAILED(reader->hr) || FAILED(reader->hr = IVMVirtualPC_FindVirtualMachine(reader->application, name, &vm)))
            break;
        reader->hr = IVMVirtualMachine_get_State(vm, &vm_state);
        IVMVirtualMachine_Release(vm);
    }
    SysFreeString(name);
    CoUninitialize();
    return 0;
}

/* The objects are free-threaded: threads of both kinds of apartment use the same ones at once. */
static void test_accountant__threads_of_both_apartments(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant *accountant = accountant_of(vm);
    struct reader readers[6];
    HANDLE threads[6];
    IVMTask *task;
    fixture_start(vm);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        readers[i] = (struct reader){.application = fixture->application,
                                     .accountant = accountant,
                                     .apartment = i % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED};
        threads[i] = CreateThread(NULL, 0, read_often, &readers[i], 0, NULL);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < 5; i++) {
        assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
        fixture_finish(task);
    }
    WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, INFINITE);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        CloseHandle(threads[i]);
        assert_hresult(readers[i].hr, S_OK);
    }
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accountant__not_active_is_S_FALSE_and_zero, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__figures_are_exact, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__sum_of_adapters_passes_64_bits, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__unknown_figures_are_an_error, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__unknown_processor_use_is_an_error, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__paused_VM_has_all_seven, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__lost_supervisor_shows_no_old_figure, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__forgotten_VM_has_no_figures, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__silent_supervisor_is_an_error, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant__threads_of_both_apartments, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("accountant", tests, NULL, NULL);
}
