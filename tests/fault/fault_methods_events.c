/* Connections for events: of a VM that runs, and of the application. */
#include <stdlib.h>
#include <string.h>
#include <olectl.h>

#include "event_check.h"
#include "fault_methods.h"

enum {
    SETTLE_MS = 2000 /* longer than a call to a sink takes to come back */
};

/* A sink, what it is connected to, and what it is told by a pause and a resumption. */
struct listener {
    struct test_sink *sink;
    IConnectionPoint *point;
    const char *paused, *resumed;
    DWORD cookie;
};

struct stage_events {
    struct listener vm, application;
};

static void listener_open(struct listener *listener, REFIID events, IUnknown *source)
{
    listener->sink = test_sink_create(events);
    listener->point = test_point(source);
}

static void listener_close(struct listener *listener)
{
    IConnectionPoint_Release(listener->point);
    test_sink_release(listener->sink);
}

void events_open(struct stage *stage)
{
    struct stage_events *events = calloc(1, sizeof *events);
    assert_non_null(events);
    stage->events = events;
    events->vm.paused = "state 6";
    events->vm.resumed = "state 6; state 5";
    events->application.paused = "Walk 6";
    events->application.resumed = "Walk 6; Walk 5";
    listener_open(&events->vm, &DIID_IVMVirtualMachineEvents, (IUnknown *)stage->vm);
    listener_open(&events->application, &DIID_IVMVirtualPCEvents, (IUnknown *)stage->fixture->application);
}

void events_close(struct stage *stage)
{
    listener_close(&stage->events->vm);
    listener_close(&stage->events->application);
    free(stage->events);
    stage->events = NULL;
}

static HRESULT advise(struct listener *listener)
{
    return IConnectionPoint_Advise(listener->point, test_sink_unknown(listener->sink), &listener->cookie);
}

/* Whether nobody else has the sink any more, a moment later. */
static bool is_let_go(struct listener *listener)
{
    IUnknown *sink = test_sink_unknown(listener->sink);
    ULONGLONG start = GetTickCount64();
    for (;;) {
        IUnknown_AddRef(sink);
        if (IUnknown_Release(sink) == 1)
            return true;
        if (GetTickCount64() - start > SETTLE_MS)
            return false;
        Sleep(1);
    }
}

static bool is_told(struct listener *listener, const char *end, const char *all)
{
    char *record = test_sink_await_end(listener->sink, end);
    bool right = strcmp(record, all) == 0;
    if (!right)
        print_error("    the sink was told '%s', not '%s'\n", record, all);
    free(record);
    return right;
}

/* It is told what happens from now on, and nothing of before. */
static bool hears(struct stage *stage, struct listener *listener)
{
    assert_hresult(IVMVirtualMachine_Pause(stage->vm), S_OK);
    bool right = is_told(listener, listener->paused, listener->paused);
    assert_hresult(IVMVirtualMachine_Resume(stage->vm), S_OK);
    right = is_told(listener, strrchr(listener->resumed, ';') + 2, listener->resumed) && right;
    test_sink_clear(listener->sink);
    return right;
}

static bool undo_advise(struct stage *stage, struct listener *listener, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (listener->cookie != 0);
    if (SUCCEEDED(hr)) {
        right = hears(stage, listener) && right;
        assert_hresult(IConnectionPoint_Unadvise(listener->point, listener->cookie), S_OK);
    }
    return is_let_go(listener) && right;
}

static HRESULT unadvise(struct listener *listener)
{
    return IConnectionPoint_Unadvise(listener->point, listener->cookie);
}

static bool undo_unadvise(struct listener *listener, HRESULT hr)
{
    HRESULT again = unadvise(listener);
    return again == (SUCCEEDED(hr) ? CONNECT_E_NOCONNECTION : S_OK) && is_let_go(listener);
}

static HRESULT call_advise(struct stage *stage)
{
    return advise(&stage->events->vm);
}

static bool undo_advise_vm(struct stage *stage, HRESULT hr)
{
    return undo_advise(stage, &stage->events->vm, hr);
}

static void prepare_advised(struct stage *stage)
{
    assert_hresult(call_advise(stage), S_OK);
}

static HRESULT call_unadvise(struct stage *stage)
{
    return unadvise(&stage->events->vm);
}

static bool undo_unadvise_vm(struct stage *stage, HRESULT hr)
{
    return undo_unadvise(&stage->events->vm, hr);
}

static HRESULT call_advise_application(struct stage *stage)
{
    return advise(&stage->events->application);
}

static bool undo_advise_application(struct stage *stage, HRESULT hr)
{
    return undo_advise(stage, &stage->events->application, hr);
}

static void prepare_advised_application(struct stage *stage)
{
    assert_hresult(call_advise_application(stage), S_OK);
}

static HRESULT call_unadvise_application(struct stage *stage)
{
    return unadvise(&stage->events->application);
}

static bool undo_unadvise_application(struct stage *stage, HRESULT hr)
{
    return undo_unadvise(&stage->events->application, hr);
}

static const struct method table[] = {
    {"Advise", NULL, call_advise, undo_advise_vm, false, false},
    {"Unadvise", prepare_advised, call_unadvise, undo_unadvise_vm, false, false},
    {"Advise of the application", NULL, call_advise_application, undo_advise_application, false, false},
    {"Unadvise of the application", prepare_advised_application, call_unadvise_application, undo_unadvise_application,
     false, false},
};

const struct methods methods_events = {table, ARRAYSIZE(table)};
