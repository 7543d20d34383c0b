#include "event_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "VPCCOMInterfaces.h"
#include "com_check.h"
#include "support/check.h"

enum {
    RECORD_MOST = 1 << 16,
    PATIENCE_MS = 240000, /* a net under a test that hangs */
    REST_MS = 5
};

struct test_sink {
    IDispatch IDispatch_iface;
    LONG references;
    IID events;
    bool plain;
    struct test_sink *record_of;
    HRESULT answer;
    void (*called)(void *context);
    void *context;
    HANDLE gate; /* open unless calls are to hang */
    SRWLOCK lock;
    DWORD thread;
    size_t length;
    char record[RECORD_MOST];
};

static struct test_sink *sink_from(IDispatch *iface)
{
    return CONTAINING_RECORD(iface, struct test_sink, IDispatch_iface);
}

static HRESULT WINAPI sink_QueryInterface(IDispatch *iface, REFIID iid, void **out)
{
    struct test_sink *sink = sink_from(iface);
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
        (sink->plain || !IsEqualIID(iid, &sink->events)))
        return E_NOINTERFACE;
    *out = iface;
    IDispatch_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI sink_AddRef(IDispatch *iface)
{
    return InterlockedIncrement(&sink_from(iface)->references);
}

static ULONG WINAPI sink_Release(IDispatch *iface)
{
    struct test_sink *sink = sink_from(iface);
    ULONG references = InterlockedDecrement(&sink->references);
    if (!references) {
        CloseHandle(sink->gate);
        free(sink);
    }
    return references;
}

static HRESULT WINAPI sink_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT WINAPI sink_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)iface;
    (void)index;
    (void)lcid;
    *info = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI sink_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count, LCID lcid,
                                         DISPID *ids)
{
    (void)iface;
    (void)iid;
    (void)names;
    (void)count;
    (void)lcid;
    (void)ids;
    return DISP_E_UNKNOWNNAME;
}

static bool has_arguments(const DISPPARAMS *parameters, UINT count, VARTYPE last, VARTYPE first)
{
    if (parameters->cArgs != count || parameters->cNamedArgs != 0)
        return false;
    return (count < 1 || V_VT(&parameters->rgvarg[0]) == last) &&
           (count < 2 || V_VT(&parameters->rgvarg[1]) == first || first == VT_ILLEGAL);
}

static void describe_value(const VARIANT *value, char *text, size_t size)
{
    if (V_VT(value) == VT_I4)
        snprintf(text, size, "%ld", (long)V_I4(value));
    else if (V_VT(value) == VT_BSTR)
        snprintf(text, size, "%ls", V_BSTR(value));
    else if (V_VT(value) == VT_EMPTY)
        snprintf(text, size, "nothing");
    else
        snprintf(text, size, "a value of type %d", V_VT(value));
}

/* What a call says, with its number and the types of its arguments checked. */
static void describe(const struct test_sink *sink, DISPID id, const DISPPARAMS *parameters, char *text, size_t size)
{
    bool of_vm = IsEqualIID(&sink->events, &DIID_IVMVirtualMachineEvents);
    const VARIANT *arguments = parameters->rgvarg;
    snprintf(text, size, "unexpected call %ld with %u arguments", (long)id, (unsigned)parameters->cArgs);
    if (of_vm && id == 1 && has_arguments(parameters, 1, VT_I4, 0)) {
        snprintf(text, size, "state %ld", (long)V_I4(&arguments[0]));
    } else if (of_vm && id == 2 && has_arguments(parameters, 0, 0, 0)) {
        snprintf(text, size, "request-shutdown");
    } else if (of_vm && id == 3 && has_arguments(parameters, 0, 0, 0)) {
        snprintf(text, size, "reset");
    } else if (of_vm && id == 6 && parameters->cArgs == 2 && V_VT(&arguments[1]) == VT_BSTR) {
        char value[256];
        describe_value(&arguments[0], value, sizeof value);
        snprintf(text, size, "config %ls=%s", V_BSTR(&arguments[1]), value);
    } else if (of_vm && id == 10 && has_arguments(parameters, 0, 0, 0)) {
        snprintf(text, size, "guest-shutdown");
    } else if (of_vm && id == 4 && has_arguments(parameters, 0, 0, 0)) {
        snprintf(text, size, "triple-fault");
    } else if (of_vm && id == 12 && has_arguments(parameters, 1, VT_BOOL, 0)) {
        snprintf(text, size, "disk-out-of-space %d", V_BOOL(&arguments[0]) != VARIANT_FALSE);
    } else if (!of_vm && id == 3 && has_arguments(parameters, 1, VT_I4, 0)) {
        snprintf(text, size, "logged %ld", (long)V_I4(&arguments[0]));
    } else if (!of_vm && id == 2 && has_arguments(parameters, 2, VT_I4, VT_BSTR)) {
        snprintf(text, size, "%ls %ld", V_BSTR(&arguments[1]), (long)V_I4(&arguments[0]));
    }
}

static HRESULT WINAPI sink_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                  DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception, UINT *bad_argument)
{
    struct test_sink *sink = sink_from(iface);
    struct test_sink *record = sink->record_of;
    char text[512];
    (void)lcid;
    (void)result;
    (void)bad_argument;
    if (!IsEqualIID(iid, &IID_NULL) || flags != DISPATCH_METHOD)
        return DISP_E_UNKNOWNINTERFACE;
    describe(sink, id, parameters, text, sizeof text);
    AcquireSRWLockExclusive(&record->lock);
    sink->thread = GetCurrentThreadId();
    int added = snprintf(record->record + record->length, RECORD_MOST - record->length, "%s%s",
                         record->length ? "; " : "", text);
    record->length = min(record->length + (size_t)added, RECORD_MOST - 1);
    ReleaseSRWLockExclusive(&record->lock);
    if (sink->called)
        sink->called(sink->context);
    WaitForSingleObject(sink->gate, INFINITE);
    if (sink->answer == DISP_E_EXCEPTION && exception) {
        exception->bstrSource = SysAllocString(L"the sink");
        exception->bstrDescription = SysAllocString(L"the sink has failed");
        exception->scode = E_FAIL;
    }
    return sink->answer;
}

static const IDispatchVtbl sink_vtbl = {
    .QueryInterface = sink_QueryInterface,
    .AddRef = sink_AddRef,
    .Release = sink_Release,
    .GetTypeInfoCount = sink_GetTypeInfoCount,
    .GetTypeInfo = sink_GetTypeInfo,
    .GetIDsOfNames = sink_GetIDsOfNames,
    .Invoke = sink_Invoke,
};

struct test_sink *test_sink_create(REFIID events)
{
    struct test_sink *sink = calloc(1, sizeof *sink);
    assert_non_null(sink);
    sink->IDispatch_iface.lpVtbl = (IDispatchVtbl *)&sink_vtbl;
    sink->references = 1;
    sink->events = *events;
    sink->record_of = sink;
    sink->gate = CreateEventW(NULL, TRUE, TRUE, NULL);
    assert_non_null(sink->gate);
    InitializeSRWLock(&sink->lock);
    return sink;
}

struct test_sink *test_sink_create_plain(REFIID events)
{
    struct test_sink *sink = test_sink_create(events);
    sink->plain = true;
    return sink;
}

IUnknown *test_sink_unknown(struct test_sink *sink)
{
    return (IUnknown *)&sink->IDispatch_iface;
}

void test_sink_answer(struct test_sink *sink, HRESULT hr)
{
    sink->answer = hr;
}

void test_sink_on_call(struct test_sink *sink, void (*called)(void *context), void *context)
{
    sink->context = context;
    sink->called = called;
}

void test_sink_hang(struct test_sink *sink)
{
    ResetEvent(sink->gate);
}

void test_sink_let_go(struct test_sink *sink)
{
    SetEvent(sink->gate);
}

IConnectionPoint *test_point(IUnknown *source)
{
    IConnectionPointContainer *container;
    IEnumConnectionPoints *points;
    IConnectionPoint *point;
    assert_hresult(IUnknown_QueryInterface(source, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hresult(IConnectionPointContainer_EnumConnectionPoints(container, &points), S_OK);
    assert_hresult(IEnumConnectionPoints_Next(points, 1, &point, NULL), S_OK);
    assert_last_release(points);
    IConnectionPointContainer_Release(container);
    return point;
}

DWORD test_sink_advise(struct test_sink *sink, IUnknown *source)
{
    IConnectionPoint *point = test_point(source);
    DWORD cookie = 0;
    assert_hresult(IConnectionPoint_Advise(point, test_sink_unknown(sink), &cookie), S_OK);
    assert_int_not_equal(cookie, 0);
    IConnectionPoint_Release(point);
    return cookie;
}

void test_sink_unadvise(IUnknown *source, DWORD cookie)
{
    IConnectionPoint *point = test_point(source);
    assert_hresult(IConnectionPoint_Unadvise(point, cookie), S_OK);
    IConnectionPoint_Release(point);
}

void test_rest(void)
{
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    MSG message;
    if (FAILED(CoGetApartmentType(&type, &qualifier)) || type == APTTYPE_MTA) {
        Sleep(REST_MS);
        return;
    }
    MsgWaitForMultipleObjects(0, NULL, FALSE, REST_MS, QS_ALLINPUT);
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

bool test_sink_is(struct test_sink *sink, const char *expected)
{
    struct test_sink *record = sink->record_of;
    AcquireSRWLockShared(&record->lock);
    bool is = strcmp(record->record, expected) == 0;
    ReleaseSRWLockShared(&record->lock);
    return is;
}

void test_sink_await(struct test_sink *sink, const char *expected)
{
    struct test_sink *record = sink->record_of;
    ULONGLONG begin = GetTickCount64();
    for (;;) {
        AcquireSRWLockShared(&record->lock);
        bool there = strcmp(record->record, expected) == 0;
        bool possible = strncmp(record->record, expected, record->length) == 0;
        char *seen = _strdup(record->record);
        ReleaseSRWLockShared(&record->lock);
        if (!there && (!possible || GetTickCount64() - begin > PATIENCE_MS))
            fail_msg("the sink was told '%s', not '%s'", seen, expected);
        free(seen);
        if (there)
            return;
        test_rest();
    }
}

char *test_sink_await_end(struct test_sink *sink, const char *end)
{
    ULONGLONG begin_ms = GetTickCount64();
    size_t size = strlen(end);
    char *record = NULL;
    for (;;) {
        AcquireSRWLockShared(&sink->lock);
        if (sink->length >= size && !strcmp(sink->record + sink->length - size, end))
            record = _strdup(sink->record);
        ReleaseSRWLockShared(&sink->lock);
        if (record)
            return record;
        if (GetTickCount64() - begin_ms > PATIENCE_MS)
            fail_msg("'%s' does not end with '%s'", sink->record, end);
        test_rest();
    }
}

void test_sink_clear(struct test_sink *sink)
{
    struct test_sink *record = sink->record_of;
    AcquireSRWLockExclusive(&record->lock);
    record->length = 0;
    record->record[0] = '\0';
    ReleaseSRWLockExclusive(&record->lock);
}

DWORD test_sink_thread(struct test_sink *sink)
{
    return sink->thread;
}

void test_sink_join(struct test_sink *sink, struct test_sink *first)
{
    sink->record_of = first;
}

void test_sink_release(struct test_sink *sink)
{
    /* A call that has just been made may still hold the sink for a moment. */
    ULONGLONG begin = GetTickCount64();
    while (InterlockedCompareExchange(&sink->references, 0, 0) != 1 && GetTickCount64() - begin < PATIENCE_MS)
        test_rest();
    assert_last_release(&sink->IDispatch_iface);
}
