#include "com/event_sink.h"

#include <stdlib.h>
#include <objbase.h>
#include <olectl.h>

enum {
    RETRY_MS = 50 /* for a client that asks to be called later */
};

/* One call to come. */
struct call {
    struct call *next;
    struct com_sink *sink; /* shared */
    DISPID id;
    UINT count;
    VARIANT arguments[COM_SINK_ARGUMENTS]; /* last one first, as Invoke takes them */
};

/* A queue and whether somebody works on it. */
struct lane {
    struct lane *next; /* guarded by lanes_lock */
    LONG references;   /* guarded by lanes_lock */
    DWORD apartment;   /* thread of the single-threaded apartment, 0: of one sink only */
    SRWLOCK lock;      /* guards what follows */
    struct call *first, *last;
    size_t waiting;
    bool at_work;
};

struct com_sink {
    LONG references;
    IID iid; /* what the client's object was registered as */
    IGlobalInterfaceTable *table;
    DWORD global; /* its cookie in that table */
    LONG ended;   /* no call begins any more */
    LONG given_back;
    struct lane *lane; /* shared */
};

/* The lanes of apartments. */
static SRWLOCK lanes_lock = SRWLOCK_INIT;
static struct lane *lanes;

/* ---- lanes ---- */

static struct lane *lane_share(struct lane *lane)
{
    AcquireSRWLockExclusive(&lanes_lock);
    lane->references++;
    ReleaseSRWLockExclusive(&lanes_lock);
    return lane;
}

static void lane_release(struct lane *lane)
{
    AcquireSRWLockExclusive(&lanes_lock);
    LONG left = --lane->references;
    if (!left && lane->apartment) {
        struct lane **link = &lanes;
        while (*link != lane)
            link = &(*link)->next;
        *link = lane->next;
    }
    ReleaseSRWLockExclusive(&lanes_lock);
    if (!left)
        free(lane);
}

/* The thread whose apartment this is, 0 when many threads share it. */
static DWORD own_apartment(void)
{
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    if (FAILED(CoGetApartmentType(&type, &qualifier)) || (type != APTTYPE_STA && type != APTTYPE_MAINSTA))
        return 0;
    return GetCurrentThreadId();
}

/* NULL when out of memory. */
static struct lane *lane_here(void)
{
    DWORD apartment = own_apartment();
    AcquireSRWLockExclusive(&lanes_lock);
    struct lane *lane = NULL;
    for (struct lane *other = lanes; apartment && other && !lane; other = other->next)
        if (other->apartment == apartment)
            lane = other;
    if (lane) {
        lane->references++;
    } else if ((lane = calloc(1, sizeof *lane))) {
        lane->references = 1;
        lane->apartment = apartment;
        InitializeSRWLock(&lane->lock);
        if (apartment) {
            lane->next = lanes;
            lanes = lane;
        }
    }
    ReleaseSRWLockExclusive(&lanes_lock);
    return lane;
}

/* ---- calls ---- */

static void call_free(struct call *call)
{
    if (!call)
        return;
    for (UINT i = 0; i < call->count; i++)
        VariantClear(&call->arguments[i]);
    com_sink_release(call->sink);
    free(call);
}

static struct call *call_create(struct com_sink *sink, DISPID id, const VARIANT *arguments, UINT count)
{
    struct call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->sink = com_sink_share(sink);
    call->id = id;
    for (UINT i = 0; i < count; i++) {
        VARIANT *copy = &call->arguments[count - 1 - i];
        VariantInit(copy);
        if (FAILED(VariantCopy(copy, (VARIANT *)&arguments[i]))) {
            call->count = count;
            call_free(call);
            return NULL;
        }
    }
    call->count = count;
    return call;
}

static HRESULT sink_get(struct com_sink *sink, REFIID iid, void **out)
{
    *out = NULL;
    return IGlobalInterfaceTable_GetInterfaceFromGlobal(sink->table, sink->global, iid, out);
}

static bool sink_has_ended(struct com_sink *sink)
{
    return InterlockedCompareExchange(&sink->ended, 0, 0);
}

/* True for a client whose apartment or process does not exist any more. */
static bool is_gone_for_good(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE ||
           hr == RPC_E_INVALID_OBJECT || hr == CO_E_OBJNOTCONNECTED || hr == CO_E_OBJNOTREG ||
           hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE);
}

/* What a handler answers changes nothing, nor does its failing. */
static HRESULT call_once(struct call *call)
{
    struct com_sink *sink = call->sink;
    DISPPARAMS parameters = {.rgvarg = call->arguments, .cArgs = call->count};
    EXCEPINFO exception = {0};
    IDispatch *dispatch;
    UINT bad_argument = 0;
    HRESULT hr = sink_get(sink, &sink->iid, (void **)&dispatch);
    if (FAILED(hr))
        return is_gone_for_good(hr) ? hr : RPC_E_DISCONNECTED;
    /* The cookie was still ours when it was used only if the sink has not ended since. */
    if (!sink_has_ended(sink))
        hr = IDispatch_Invoke(dispatch, call->id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD, &parameters, NULL,
                              &exception, &bad_argument);
    IDispatch_Release(dispatch);
    SysFreeString(exception.bstrSource);
    SysFreeString(exception.bstrDescription);
    SysFreeString(exception.bstrHelpFile);
    return hr;
}

static void call_make(struct call *call)
{
    while (!sink_has_ended(call->sink)) {
        HRESULT hr = call_once(call);
        if (is_gone_for_good(hr))
            com_sink_end(call->sink);
        if (hr != RPC_E_CALL_REJECTED && hr != RPC_E_SERVERCALL_RETRYLATER)
            return;
        Sleep(RETRY_MS);
    }
}

static struct call *lane_take(struct lane *lane)
{
    AcquireSRWLockExclusive(&lane->lock);
    struct call *call = lane->first;
    if (call) {
        lane->first = call->next;
        lane->waiting--;
    } else {
        lane->at_work = false;
    }
    ReleaseSRWLockExclusive(&lane->lock);
    return call;
}

/* Something whose address tells the module that this code is in. */
static const WCHAR here[] = L"here";

static void CALLBACK lane_work(PTP_CALLBACK_INSTANCE instance, void *context)
{
    struct lane *lane = context;
    struct call *call;
    HMODULE module;
    /* Takes over the reference that lane_start took, and gives it back when no code of this module runs here. */
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, here,
                           &module))
        FreeLibraryWhenCallbackReturns(instance, module);
    CallbackMayRunLong(instance);
    HRESULT entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while ((call = lane_take(lane))) {
        call_make(call);
        call_free(call);
    }
    if (SUCCEEDED(entered))
        CoUninitialize();
    lane_release(lane);
}

/* With a reference to the module, which may otherwise be unloaded while a sink that was given up still hangs. */
static bool lane_start(struct lane *lane)
{
    HMODULE module;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, here, &module))
        return false;
    lane_share(lane);
    if (TrySubmitThreadpoolCallback(lane_work, lane, NULL))
        return true;
    lane_release(lane);
    FreeLibrary(module);
    return false;
}

/* Takes `call`. False when it cannot be queued; then it is the caller's again. */
static bool lane_put(struct lane *lane, struct call *call)
{
    bool start = false;
    AcquireSRWLockExclusive(&lane->lock);
    bool fits = lane->waiting < COM_SINK_WAITING;
    if (fits) {
        if (lane->first)
            lane->last->next = call;
        else
            lane->first = call;
        lane->last = call;
        lane->waiting++;
        start = !lane->at_work;
        lane->at_work = true;
    }
    ReleaseSRWLockExclusive(&lane->lock);
    /* What no thread can be had for now goes with the next call. */
    if (start && !lane_start(lane)) {
        AcquireSRWLockExclusive(&lane->lock);
        /* analyse-allow analyzer-use-after-free: the caller has a reference of its own */
        lane->at_work = false;
        ReleaseSRWLockExclusive(&lane->lock);
    }
    return fits;
}

/* ---- sinks ---- */

static HRESULT sink_register(struct com_sink *sink, IUnknown *client, REFIID iid)
{
    IUnknown *events;
    HRESULT hr = IUnknown_QueryInterface(client, iid, (void **)&events);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(sink->table, events, iid, &sink->global);
    IUnknown_Release(events);
    sink->iid = *iid;
    return hr;
}

HRESULT com_sink_create(IUnknown *client, REFIID events, struct com_sink **sink)
{
    struct com_sink *made = calloc(1, sizeof *made);
    *sink = NULL;
    if (!made || !(made->lane = lane_here())) {
        free(made);
        return E_OUTOFMEMORY;
    }
    made->references = 1;
    /* Kept, so that the client's object can be given back when there is no memory for anything. */
    HRESULT hr = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IGlobalInterfaceTable, (void **)&made->table);
    /* The dispinterface can be called from other apartments only where the type library is registered. */
    if (SUCCEEDED(hr) && FAILED(hr = sink_register(made, client, events)) && hr != E_OUTOFMEMORY)
        hr = sink_register(made, client, &IID_IDispatch);
    if (FAILED(hr)) {
        made->given_back = 1;
        com_sink_release(made);
        return hr == E_OUTOFMEMORY ? hr : CONNECT_E_CANNOTCONNECT;
    }
    *sink = made;
    return S_OK;
}

struct com_sink *com_sink_share(struct com_sink *sink)
{
    InterlockedIncrement(&sink->references);
    return sink;
}

void com_sink_end(struct com_sink *sink)
{
    InterlockedExchange(&sink->ended, 1);
    if (!InterlockedExchange(&sink->given_back, 1))
        IGlobalInterfaceTable_RevokeInterfaceFromGlobal(sink->table, sink->global);
}

void com_sink_release(struct com_sink *sink)
{
    if (!sink || InterlockedDecrement(&sink->references))
        return;
    com_sink_end(sink);
    if (sink->table)
        IGlobalInterfaceTable_Release(sink->table);
    lane_release(sink->lane);
    free(sink);
}

void com_sink_post(struct com_sink *sink, DISPID id, const VARIANT *arguments, UINT count)
{
    if (sink_has_ended(sink))
        return;
    struct call *call = call_create(sink, id, arguments, count);
    if (call && lane_put(sink->lane, call))
        return;
    call_free(call);
    /* The client's object is given back later, by whoever ends the connection: its Release may call us again, and the
     * caller may hold locks. */
    InterlockedExchange(&sink->ended, 1);
}

HRESULT com_sink_get(struct com_sink *sink, IUnknown **client)
{
    *client = NULL;
    if (sink_has_ended(sink))
        return CONNECT_E_NOCONNECTION;
    return sink_get(sink, &IID_IUnknown, (void **)client);
}
