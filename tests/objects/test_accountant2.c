/* IVMAccountant2, IVMAccountingSnapshot and IVMNetworkAdapter2: our own additions to the documented objects. */
#include "objects_check.h"

#include <math.h>
#include <wchar.h>

#define TRAFFIC                                                                                                        \
    "{'traffic':{'adapter':0,'sent':1500,'received':9007199254740993,'packets_sent':3,'packets_received':7}}"
#define MORE "{'traffic':{'adapter':1,'sent':20,'received':4,'packets_sent':2,'packets_received':1}}"
#define DISK "{'disk':{'drive':2,'read':2048,'written':512,'reads':4,'writes':1}}"

static IVMAccountant2 *accountant_of(IVMVirtualMachine *vm)
{
    IVMAccountant *accountant;
    IVMAccountant2 *derived;
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&derived), S_OK);
    IVMAccountant_Release(accountant);
    return derived;
}

static IVMAccountingSnapshot *snapshot_of(IVMAccountant2 *accountant)
{
    IVMAccountingSnapshot *snapshot;
    assert_hresult(IVMAccountant2_get_Snapshot(accountant, &snapshot), S_OK);
    return snapshot;
}

static double sent_in(IVMAccountingSnapshot *snapshot)
{
    double sent;
    assert_hresult(IVMAccountingSnapshot_get_NetworkBytesSent(snapshot, &sent), S_OK);
    return sent;
}

static double read_in(IVMAccountingSnapshot *snapshot)
{
    double read;
    assert_hresult(IVMAccountingSnapshot_get_DiskBytesRead(snapshot, &read), S_OK);
    return read;
}

/* Asks again until the figures are there; a minute without them fails the test. */
static IVMAccountingSnapshot *await_figures(IVMAccountant2 *accountant, double sent, double read)
{
    ULONGLONG start = GetTickCount64();
    do {
        IVMAccountingSnapshot *snapshot = snapshot_of(accountant);
        if (sent_in(snapshot) == sent && read_in(snapshot) == read)
            return snapshot;
        assert_last_release(snapshot);
        Sleep(1);
    } while (GetTickCount64() - start < 60000);
    fail_msg("no snapshot with %.0f bytes sent and %.0f bytes read", sent, read);
    return NULL;
}

typedef HRESULT(STDMETHODCALLTYPE *get_number)(IVMAccountingSnapshot *, double *);
typedef HRESULT(STDMETHODCALLTYPE *get_digits)(IVMAccountingSnapshot *, BSTR *);

/* The six counters of a snapshot, as numbers and as texts. */
static void check_counters(IVMAccountingSnapshot *snapshot, const double numbers[6], const WCHAR *const texts[6])
{
    const IVMAccountingSnapshotVtbl *vtbl = snapshot->lpVtbl;
    const get_number number[] = {vtbl->get_NetworkBytesSent,   vtbl->get_NetworkBytesReceived,
                                 vtbl->get_NetworkPacketsSent, vtbl->get_NetworkPacketsReceived,
                                 vtbl->get_DiskBytesRead,      vtbl->get_DiskBytesWritten};
    const get_digits digits[] = {vtbl->get_NetworkBytesSentText,   vtbl->get_NetworkBytesReceivedText,
                                 vtbl->get_NetworkPacketsSentText, vtbl->get_NetworkPacketsReceivedText,
                                 vtbl->get_DiskBytesReadText,      vtbl->get_DiskBytesWrittenText};
    for (size_t i = 0; i < 6; i++) {
        double value = -1;
        BSTR written;
        assert_hresult(number[i](snapshot, &value), S_OK);
        if (value != numbers[i])
            fail_msg("counter %u is %.0f, not %.0f", (unsigned)i, value, numbers[i]);
        assert_hresult(digits[i](snapshot, &written), S_OK);
        assert_text(written, texts[i]);
        assert_refused(number[i](snapshot, NULL), E_POINTER, L"figure is NULL");
        assert_refused(digits[i](snapshot, NULL), E_POINTER, L"digits is NULL");
    }
}

static void check_history(VARIANT *history)
{
    LONG lower, upper;
    assert_int_equal(V_VT(history), VT_ARRAY | VT_VARIANT);
    assert_hresult(SafeArrayGetLBound(V_ARRAY(history), 1, &lower), S_OK);
    assert_hresult(SafeArrayGetUBound(V_ARRAY(history), 1, &upper), S_OK);
    assert_int_equal(lower, 0);
    assert_int_equal(upper, 59);
    for (LONG i = 0; i < 60; i++) {
        VARIANT percent;
        assert_hresult(SafeArrayGetElement(V_ARRAY(history), &i, &percent), S_OK);
        assert_int_equal(V_VT(&percent), VT_I4);
        assert_in_range(V_I4(&percent), 0, 100);
    }
    VariantClear(history);
}

static void check_decimal(const VARIANT *value, ULONGLONG expected)
{
    assert_int_equal(V_VT(value), VT_DECIMAL);
    assert_int_equal(value->decVal.scale, 0);
    assert_int_equal(value->decVal.sign, 0);
    assert_int_equal(value->decVal.Hi32, 0);
    if (value->decVal.Lo64 != expected)
        fail_msg("%llu, not %llu", value->decVal.Lo64, expected);
}

/* One object: any of its interfaces leads to any other, and all of them to one identity. */
static void test_accountant2__is_the_documented_object(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant2 *derived = accountant_of(vm);
    IVMAccountant *documented;
    IDispatch *dispatch;
    IUnknown *one, *other;
    ISupportErrorInfo *support;
    ITypeInfo *info;
    TYPEATTR *attributes;
    assert_hresult(IVMAccountant2_QueryInterface(derived, &IID_IVMAccountant, (void **)&documented), S_OK);
    assert_hresult(IVMAccountant2_QueryInterface(derived, &IID_IDispatch, (void **)&dispatch), S_OK);
    assert_hresult(IVMAccountant2_QueryInterface(derived, &IID_IUnknown, (void **)&one), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(documented, &IID_IUnknown, (void **)&other), S_OK);
    assert_ptr_equal(one, other);
    assert_hresult(IDispatch_GetTypeInfo(dispatch, 0, LOCALE_NEUTRAL, &info), S_OK);
    assert_hresult(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    assert_true(IsEqualGUID(&attributes->guid, &IID_IVMAccountant2));
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);
    assert_hresult(IUnknown_QueryInterface(one, &IID_ISupportErrorInfo, (void **)&support), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IVMAccountant), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IVMAccountant2), S_OK);
    assert_hresult(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_IVMNetworkAdapter2), S_FALSE);
    ISupportErrorInfo_Release(support);
    IUnknown_Release(one);
    IUnknown_Release(other);
    IDispatch_Release(dispatch);
    IVMAccountant_Release(documented);
    assert_last_release(derived);
    assert_last_release(vm);
}

static HRESULT get_by_name(IDispatch *object, const WCHAR *name, VARIANT *result)
{
    LPOLESTR names = (LPOLESTR)name;
    DISPPARAMS parameters = {0};
    DISPID id;
    HRESULT hr = IDispatch_GetIDsOfNames(object, &IID_NULL, &names, 1, LOCALE_USER_DEFAULT, &id);
    VariantInit(result);
    return FAILED(hr) ? hr
                      : IDispatch_Invoke(object, id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET, &parameters,
                                         result, NULL, NULL);
}

static void test_accountant2__late_binding_reaches_old_and_new(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMNetworkAdapter *adapter;
    VARIANT value;
    fixture_add_nat(fixture, vm);
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), S_OK);
    IVMAccountant2 *accountant = accountant_of(vm);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", TRAFFIC);
    assert_last_release(await_figures(accountant, 1500, 0));
    assert_hresult(get_by_name((IDispatch *)accountant, L"NetworkBytesSent", &value), S_OK);
    check_decimal(&value, 1500);
    assert_hresult(get_by_name((IDispatch *)accountant, L"networkpacketssent", &value), S_OK);
    check_decimal(&value, 3);
    assert_hresult(get_by_name((IDispatch *)accountant, L"EpochCause", &value), S_OK);
    assert_int_equal(V_VT(&value), VT_I4);
    assert_int_equal(V_I4(&value), vmEpochCause_PowerOn);
    assert_hresult(get_by_name((IDispatch *)accountant, L"EpochStart", &value), S_OK);
    assert_int_equal(V_VT(&value), VT_DATE);
    assert_hresult(get_by_name((IDispatch *)accountant, L"CPUHistory", &value), S_OK);
    check_history(&value);
    assert_hresult(get_by_name((IDispatch *)accountant, L"Snapshot", &value), S_OK);
    assert_int_equal(V_VT(&value), VT_DISPATCH);
    IDispatch *snapshot = V_DISPATCH(&value);
    assert_hresult(get_by_name(snapshot, L"NetworkBytesSent", &value), S_OK);
    assert_int_equal(V_VT(&value), VT_R8);
    assert_true(V_R8(&value) == 1500);
    assert_hresult(get_by_name(snapshot, L"NetworkBytesReceivedText", &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BSTR);
    assert_text(V_BSTR(&value), L"9007199254740993");
    assert_hresult(get_by_name(snapshot, L"State", &value), S_OK);
    assert_int_equal(V_I4(&value), vmVMState_Running);
    assert_last_release(snapshot);
    assert_hresult(get_by_name((IDispatch *)adapter, L"EthernetAddress", &value), S_OK);
    VariantClear(&value);
    assert_hresult(get_by_name((IDispatch *)adapter, L"BytesSent", &value), S_OK);
    assert_int_equal(V_VT(&value), VT_DECIMAL);
    assert_last_release(adapter);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void check_inactive(IVMAccountant2 *accountant, VMVMState expected)
{
    static const double zero[6] = {0};
    static const WCHAR *const zeros[6] = {L"0", L"0", L"0", L"0", L"0", L"0"};
    VMEpochCause cause = vmEpochCause_Reset;
    VMVMState vm_state = vmVMState_Saving;
    LONG number = 1;
    DATE date = 1;
    VARIANT value;
    assert_hresult(IVMAccountant2_get_NetworkPacketsSent(accountant, &value), S_FALSE);
    check_decimal(&value, 0);
    assert_hresult(IVMAccountant2_get_NetworkPacketsReceived(accountant, &value), S_FALSE);
    check_decimal(&value, 0);
    assert_hresult(IVMAccountant2_get_Epoch(accountant, &number), S_FALSE);
    assert_int_equal(number, 0);
    assert_hresult(IVMAccountant2_get_EpochStart(accountant, &date), S_FALSE);
    assert_true(date == 0);
    assert_hresult(IVMAccountant2_get_EpochCause(accountant, &cause), S_FALSE);
    assert_int_equal(cause, vmEpochCause_None);
    assert_hresult(IVMAccountant2_get_CPUHistory(accountant, &value), S_FALSE);
    check_history(&value);

    IVMAccountingSnapshot *snapshot = snapshot_of(accountant);
    check_counters(snapshot, zero, zeros);
    assert_hresult(IVMAccountingSnapshot_get_State(snapshot, &vm_state), S_OK);
    assert_int_equal(vm_state, expected);
    assert_hresult(IVMAccountingSnapshot_get_Epoch(snapshot, &number), S_OK);
    assert_int_equal(number, 0);
    date = 1;
    assert_hresult(IVMAccountingSnapshot_get_EpochStart(snapshot, &date), S_OK);
    assert_true(date == 0);
    BSTR text = NULL;
    assert_hresult(IVMAccountingSnapshot_get_EpochStartText(snapshot, &text), S_OK);
    assert_int_equal(SysStringLen(text), 0);
    SysFreeString(text);
    text = NULL;
    assert_hresult(IVMAccountant2_get_EpochStartText(accountant, &text), S_FALSE);
    assert_non_null(text);
    assert_int_equal(SysStringLen(text), 0);
    SysFreeString(text);
    assert_hresult(IVMAccountingSnapshot_get_EpochCause(snapshot, &cause), S_OK);
    assert_int_equal(cause, vmEpochCause_None);
    number = 1;
    assert_hresult(IVMAccountingSnapshot_get_UpTime(snapshot, &number), S_OK);
    assert_int_equal(number, 0);
    number = 1;
    assert_hresult(IVMAccountingSnapshot_get_CPUUtilization(snapshot, &number), S_OK);
    assert_int_equal(number, 0);
    assert_hresult(IVMAccountingSnapshot_get_CPUHistory(snapshot, &value), S_OK);
    check_history(&value);
    assert_last_release(snapshot);
}

static void test_accountant2__not_active_is_S_FALSE_and_zero(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant2 *accountant = accountant_of(vm);
    check_inactive(accountant, vmVMState_TurnedOff);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", TRAFFIC);
    assert_last_release(await_figures(accountant, 1500, 0));
    fixture_turn_off(vm);
    check_inactive(accountant, vmVMState_TurnedOff);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    check_inactive(accountant, vmVMState_Invalid);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static DATE now_utc(void)
{
    SYSTEMTIME time;
    DATE date;
    GetSystemTime(&time);
    assert_true(SystemTimeToVariantTime(&time, &date));
    return date + time.wMilliseconds / 86400000.0;
}

/* "2001-02-03T04:05:06.789Z" as a date. */
static DATE date_of_iso(BSTR text)
{
    SYSTEMTIME time = {0};
    WORD milliseconds;
    DATE date;
    WCHAR end;
    if (text == NULL || SysStringLen(text) != 24 ||
        swscanf(text, L"%4hu-%2hu-%2huT%2hu:%2hu:%2hu.%3hu%lc", &time.wYear, &time.wMonth, &time.wDay, &time.wHour,
                &time.wMinute, &time.wSecond, &milliseconds, &end) != 8 ||
        end != L'Z')
        fail_msg("'%ls' is no time", text);
    assert_true(SystemTimeToVariantTime(&time, &date));
    SysFreeString(text);
    return date + milliseconds / 86400000.0;
}

static void check_same_instant(BSTR text, DATE date)
{
    assert_true(fabs(date_of_iso(text) - date) < 1.5 / 86400000.0);
}

static void test_accountant2__snapshot_has_all_figures(void **state)
{
    struct fixture *fixture = *state;
    static const double numbers[6] = {1520, 9007199254740997.0, 5, 8, 2048, 512};
    static const WCHAR *const texts[6] = {L"1520", L"9007199254740997", L"5", L"8", L"2048", L"512"};
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    VMEpochCause cause;
    VMVMState vm_state;
    DATE before = now_utc(), begin, taken;
    LONG number;
    VARIANT value;
    fixture_add_nat(fixture, vm);
    fixture_add_nat(fixture, vm);
    IVMAccountant2 *accountant = accountant_of(vm);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", TRAFFIC);
    fixture_engine(fixture, L"Blue", MORE);
    fixture_engine(fixture, L"Blue", DISK);
    IVMAccountingSnapshot *snapshot = await_figures(accountant, 1520, 2048);
    check_counters(snapshot, numbers, texts);
    assert_hresult(IVMAccountingSnapshot_get_State(snapshot, &vm_state), S_OK);
    assert_int_equal(vm_state, vmVMState_Running);
    assert_hresult(IVMAccountingSnapshot_get_Epoch(snapshot, &number), S_OK);
    assert_int_equal(number, 1);
    assert_hresult(IVMAccountingSnapshot_get_EpochCause(snapshot, &cause), S_OK);
    assert_int_equal(cause, vmEpochCause_PowerOn);
    assert_hresult(IVMAccountingSnapshot_get_EpochStart(snapshot, &begin), S_OK);
    assert_hresult(IVMAccountingSnapshot_get_TakenAt(snapshot, &taken), S_OK);
    /* A millisecond is lost in the conversion of either clock. */
    const DATE rounding = 2 / 86400000.0;
    BSTR text = NULL;
    assert_hresult(IVMAccountingSnapshot_get_TakenAtText(snapshot, &text), S_OK);
    check_same_instant(text, taken);
    assert_hresult(IVMAccountingSnapshot_get_EpochStartText(snapshot, &text), S_OK);
    check_same_instant(text, begin);
    assert_hresult(IVMAccountant2_get_EpochStartText(accountant, &text), S_OK);
    check_same_instant(text, begin);
    assert_true(before - rounding <= begin && begin <= taken && taken <= now_utc() + rounding);
    assert_hresult(IVMAccountingSnapshot_get_UpTime(snapshot, &number), S_OK);
    assert_true(fabs((taken - begin) * 86400 - number) < 1.1);
    assert_hresult(IVMAccountingSnapshot_get_CPUUtilization(snapshot, &number), S_OK);
    assert_in_range(number, 0, 100);
    assert_hresult(IVMAccountingSnapshot_get_CPUHistory(snapshot, &value), S_OK);
    check_history(&value);

    assert_refused(IVMAccountingSnapshot_get_State(snapshot, NULL), E_POINTER, L"virtualMachineState is NULL");
    assert_refused(IVMAccountingSnapshot_get_Epoch(snapshot, NULL), E_POINTER, L"epochNumber is NULL");
    assert_refused(IVMAccountingSnapshot_get_EpochStart(snapshot, NULL), E_POINTER, L"instant is NULL");
    assert_refused(IVMAccountingSnapshot_get_EpochCause(snapshot, NULL), E_POINTER, L"cause is NULL");
    assert_refused(IVMAccountingSnapshot_get_TakenAt(snapshot, NULL), E_POINTER, L"instant is NULL");
    assert_refused(IVMAccountingSnapshot_get_TakenAtText(snapshot, NULL), E_POINTER, L"instantText is NULL");
    assert_refused(IVMAccountingSnapshot_get_EpochStartText(snapshot, NULL), E_POINTER, L"instantText is NULL");
    assert_refused(IVMAccountingSnapshot_get_UpTime(snapshot, NULL), E_POINTER, L"secondsAlive is NULL");
    assert_refused(IVMAccountingSnapshot_get_CPUUtilization(snapshot, NULL), E_POINTER,
                   L"percentageUtilization is NULL");
    assert_refused(IVMAccountingSnapshot_get_CPUHistory(snapshot, NULL), E_POINTER, L"percentages is NULL");

    /* It stays what it was. */
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':1}}");
    assert_last_release(await_figures(accountant, 1521, 2048));
    fixture_turn_off(vm);
    check_counters(snapshot, numbers, texts);
    assert_last_release(snapshot);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void check_epoch(IVMAccountant2 *accountant, LONG expected, VMEpochCause expected_cause)
{
    ULONGLONG start = GetTickCount64();
    VMEpochCause cause;
    LONG number;
    do {
        assert_hresult(IVMAccountant2_get_Epoch(accountant, &number), S_OK);
    } while (number < expected && GetTickCount64() - start < 60000);
    assert_int_equal(number, expected);
    assert_hresult(IVMAccountant2_get_EpochCause(accountant, &cause), S_OK);
    assert_int_equal(cause, expected_cause);
}

static void test_accountant2__epochs_have_number_start_and_cause(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant2 *accountant = accountant_of(vm);
    DATE first, second, before = now_utc();
    IVMTask *task;
    fixture_start(vm);
    check_epoch(accountant, 1, vmEpochCause_PowerOn);
    assert_hresult(IVMAccountant2_get_EpochStart(accountant, &first), S_OK);
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    check_epoch(accountant, 2, vmEpochCause_Reset);
    assert_hresult(IVMAccountant2_get_EpochStart(accountant, &second), S_OK);
    assert_true(before - 2 / 86400000.0 <= first && first <= second && second <= now_utc() + 2 / 86400000.0);
    fixture_engine(fixture, L"Blue", "{'guest':'reboot'}");
    check_epoch(accountant, 3, vmEpochCause_GuestReboot);
    fixture_turn_off(vm);
    fixture_start(vm);
    check_epoch(accountant, 4, vmEpochCause_PowerOn);
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

/* Nothing that needs a source is given while one cannot be read; what needs none is. */
static void test_accountant2__unknown_figures_are_an_error(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    IVMAccountant2 *accountant = accountant_of(vm);
    IVMAccountingSnapshot *snapshot = NULL;
    IVMNetworkAdapter2 *adapter2;
    IVMNetworkAdapterCollection *adapters;
    IVMNetworkAdapter *adapter;
    ULONGLONG start = GetTickCount64();
    VARIANT value;
    LONG number;
    HRESULT hr;
    BSTR digits;
    assert_hresult(IVMVirtualMachine_get_NetworkAdapters(vm, &adapters), S_OK);
    assert_hresult(IVMNetworkAdapterCollection_get_Item(adapters, 1, &adapter), S_OK);
    assert_hresult(IVMNetworkAdapter_QueryInterface(adapter, &IID_IVMNetworkAdapter2, (void **)&adapter2), S_OK);
    IVMNetworkAdapter_Release(adapter);
    assert_last_release(adapters);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'source':'lost','text':'the capture is gone'}");
    do {
        hr = IVMAccountant2_get_Snapshot(accountant, &snapshot);
        if (snapshot)
            assert_last_release(snapshot);
    } while (hr == S_OK && GetTickCount64() - start < 60000);
    assert_refused(hr, DISP_E_EXCEPTION, L"the capture is gone");
    assert_null(snapshot);
    assert_refused(IVMAccountant2_get_NetworkPacketsSent(accountant, &value), DISP_E_EXCEPTION, L"the capture is gone");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_refused(IVMAccountant2_get_CPUUtilization(accountant, &number), DISP_E_EXCEPTION, L"the capture is gone");
    assert_int_equal(number, 0);
    assert_refused(IVMAccountant2_get_CPUUtilizationHistory(accountant, &value), DISP_E_EXCEPTION,
                   L"the capture is gone");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_refused(IVMAccountant2_get_CPUHistory(accountant, &value), DISP_E_EXCEPTION, L"the capture is gone");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_refused(IVMNetworkAdapter2_get_BytesSent(adapter2, &value), DISP_E_EXCEPTION, L"the capture is gone");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_refused(IVMNetworkAdapter2_get_BytesSentText(adapter2, &digits), DISP_E_EXCEPTION, L"the capture is gone");
    assert_null(digits);
    assert_hresult(IVMAccountant2_get_UpTime(accountant, &number), S_OK);
    assert_hresult(IVMAccountant2_get_Epoch(accountant, &number), S_OK);
    assert_int_equal(number, 1);
    fixture_turn_off(vm);
    assert_last_release(adapter2);
    assert_last_release(accountant);
    assert_last_release(vm);
}

static void test_accountant2__wrong_use(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMAccountant2 *accountant = accountant_of(vm);
    assert_refused(IVMAccountant2_get_NetworkPacketsSent(accountant, NULL), E_POINTER, L"figure is NULL");
    assert_refused(IVMAccountant2_get_NetworkPacketsReceived(accountant, NULL), E_POINTER, L"figure is NULL");
    assert_refused(IVMAccountant2_get_Epoch(accountant, NULL), E_POINTER, L"epochNumber is NULL");
    assert_refused(IVMAccountant2_get_EpochStart(accountant, NULL), E_POINTER, L"instant is NULL");
    assert_refused(IVMAccountant2_get_EpochStartText(accountant, NULL), E_POINTER, L"instantText is NULL");
    assert_refused(IVMAccountant2_get_EpochCause(accountant, NULL), E_POINTER, L"cause is NULL");
    assert_refused(IVMAccountant2_get_CPUHistory(accountant, NULL), E_POINTER, L"percentages is NULL");
    assert_refused(IVMAccountant2_get_Snapshot(accountant, NULL), E_POINTER, L"accountingSnapshot is NULL");
    assert_last_release(accountant);
    assert_last_release(vm);
}

static IVMNetworkAdapter2 *adapter_at(IVMVirtualMachine *vm, LONG index)
{
    IVMNetworkAdapterCollection *adapters;
    IVMNetworkAdapter2 *derived;
    IVMNetworkAdapter *adapter;
    assert_hresult(IVMVirtualMachine_get_NetworkAdapters(vm, &adapters), S_OK);
    assert_hresult(IVMNetworkAdapterCollection_get_Item(adapters, index, &adapter), S_OK);
    assert_last_release(adapters);
    assert_hresult(IVMNetworkAdapter_QueryInterface(adapter, &IID_IVMNetworkAdapter2, (void **)&derived), S_OK);
    IVMNetworkAdapter_Release(adapter);
    return derived;
}

typedef HRESULT(STDMETHODCALLTYPE *get_count)(IVMNetworkAdapter2 *, VARIANT *);
typedef HRESULT(STDMETHODCALLTYPE *get_count_text)(IVMNetworkAdapter2 *, BSTR *);

/* Bytes sent, received, packets sent, received: as DECIMAL and as text. */
static void check_adapter(IVMNetworkAdapter2 *adapter, HRESULT expected, const ULONGLONG counts[4])
{
    const IVMNetworkAdapter2Vtbl *vtbl = adapter->lpVtbl;
    const get_count count[] = {vtbl->get_BytesSent, vtbl->get_BytesReceived, vtbl->get_PacketsSent,
                               vtbl->get_PacketsReceived};
    const get_count_text digits[] = {vtbl->get_BytesSentText, vtbl->get_BytesReceivedText, vtbl->get_PacketsSentText,
                                     vtbl->get_PacketsReceivedText};
    for (size_t i = 0; i < 4; i++) {
        VARIANT value;
        BSTR written;
        WCHAR wanted[32];
        assert_hresult(count[i](adapter, &value), expected);
        check_decimal(&value, counts[i]);
        assert_hresult(digits[i](adapter, &written), expected);
        swprintf(wanted, ARRAYSIZE(wanted), L"%llu", counts[i]);
        assert_text(written, wanted);
        assert_refused(count[i](adapter, NULL), E_POINTER, L"figure is NULL");
        assert_refused(digits[i](adapter, NULL), E_POINTER, L"digits is NULL");
    }
}

static void test_network_adapter2__counts_its_own_traffic(void **state)
{
    struct fixture *fixture = *state;
    static const ULONGLONG none[4] = {0}, first[4] = {1500, 9007199254740993, 3, 7}, second[4] = {20, 4, 2, 1};
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task;
    VARIANT value;
    fixture_add_nat(fixture, vm);
    fixture_add_nat(fixture, vm);
    IVMAccountant2 *accountant = accountant_of(vm);
    IVMNetworkAdapter2 *one = adapter_at(vm, 1), *two = adapter_at(vm, 2);
    check_adapter(one, S_FALSE, none);
    fixture_start(vm);
    check_adapter(one, S_OK, none);
    fixture_engine(fixture, L"Blue", TRAFFIC);
    fixture_engine(fixture, L"Blue", MORE);
    assert_last_release(await_figures(accountant, 1520, 0));
    check_adapter(one, S_OK, first);
    check_adapter(two, S_OK, second);
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    check_adapter(one, S_OK, none);
    check_adapter(two, S_OK, none);
    fixture_turn_off(vm);
    check_adapter(two, S_FALSE, none);
    assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(vm, (IVMNetworkAdapter *)two), S_OK);
    assert_refused(IVMNetworkAdapter2_get_BytesSent(two, &value), DISP_E_EXCEPTION, L"removed");
    assert_int_equal(V_VT(&value), VT_EMPTY);
    assert_hresult(IVMVirtualPC_DeleteVirtualMachine(fixture->application, vm), S_OK);
    assert_refused(IVMNetworkAdapter2_get_BytesSent(one, &value), VM_E_VM_UNKNOWN, L"Blue");
    assert_last_release(one);
    assert_last_release(two);
    assert_last_release(accountant);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accountant2__is_the_documented_object, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant2__late_binding_reaches_old_and_new, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant2__not_active_is_S_FALSE_and_zero, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant2__snapshot_has_all_figures, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant2__epochs_have_number_start_and_cause, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant2__unknown_figures_are_an_error, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_accountant2__wrong_use, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_network_adapter2__counts_its_own_traffic, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("accountant2", tests, NULL, NULL);
}
