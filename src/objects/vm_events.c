#include "objects/vm_events.h"

#include <stddef.h>
#include <stdlib.h>
#include "VPCCOMInterfaces.h"
#include "com/error.h"
#include "objects/config_watch.h"
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/variant.h"
#include "util/clock.h"
#include "util/text.h"

enum {
    LOOK_MS = 15,         /* between two looks at the pages: a look is a few loads from mapped memory */
    LOOKS_PER_SCAN = 24,  /* looks between two searches for VMs and pages that are new */
    LOOKS_PER_FILE = 4,   /* looks between two looks at a .vmc, which needs the file system */
    LOST_AFTER_MS = 5000, /* silence of a supervisor after which it is asked for */
    MOST_DOUBLINGS = 4,   /* of that time, between questions that have no answer: each of them starts a program */
};

/* A VM that somebody listens to. */
struct watch {
    struct watch *next;
    struct machine *machine;   /* shared */
    struct vm_page *page;      /* of the machine; NULL until it has one */
    bool was_never_on;         /* it had none when that was last looked for: all that comes into it is new */
    uint64_t since_ms;         /* before which nothing is raised, for a page that is opened later */
    char *name;                /* as it was last read */
    char *id;                  /* of the VM; NULL when it could not be read */
    bool replaced;             /* by that of the same VM, registered anew: applications hear of it there */
    uint64_t last;             /* number of the last event that was raised */
    enum vm_state state;       /* that of the last state event; VM_INVALID before the first */
    uint64_t next_question_ms; /* when a silent supervisor may be asked for again */
    unsigned unanswered;       /* questions, up to MOST_DOUBLINGS */
    struct config_watch configuration;
};

static SRWLOCK listener_lock = SRWLOCK_INIT; /* guards all below, and is held while events are raised */
static CONDITION_VARIABLE listener_wake = CONDITION_VARIABLE_INIT;
static struct vm_events *listeners; /* those with connections */
static struct watch *watches;
static bool listener_runs;
static struct vm_page_body body; /* what was last read of a page */

/* A question that is put to a VM, one at a time. */
static struct question {
    struct machine *machine; /* shared; NULL: none */
    uint64_t last;           /* that of its watch */
} question;

/* ---- raising ---- */

static bool same_home(const struct home *a, const struct home *b)
{
    return a == b || !text_compare_nocase(a->catalog.home, b->catalog.home);
}

/* To the objects of one VM. */
static void raise_of_machine(const struct machine *machine, DISPID id, const VARIANT *arguments, UINT count)
{
    for (struct vm_events *listener = listeners; listener; listener = listener->next)
        if (listener->machine == machine)
            com_connection_point_fire(&listener->point, id, arguments, count);
}

/* To the application objects of one home. */
static void raise_of_application(const struct watch *watch, DISPID id, const VARIANT *arguments, UINT count)
{
    for (struct vm_events *listener = listeners; listener && !watch->replaced; listener = listener->next)
        if (!listener->machine && same_home(listener->home, machine_home(watch->machine)))
            com_connection_point_fire(&listener->point, id, arguments, count);
}

static void raise_state_of_application(struct watch *watch, enum vm_state state)
{
    VARIANT arguments[2];
    struct vpc_error err;
    char *name;
    if (machine_name(watch->machine, &name, &err)) {
        free(watch->name);
        watch->name = name;
    }
    wchar_t *wide = text_to_wide(watch->name ? watch->name : "");
    V_VT(&arguments[0]) = VT_BSTR;
    V_BSTR(&arguments[0]) = wide ? SysAllocString(wide) : NULL;
    V_VT(&arguments[1]) = VT_I4;
    V_I4(&arguments[1]) = (LONG)state;
    raise_of_application(watch, vmVirtualPCEvent_VMStateChange, arguments, 2);
    SysFreeString(V_BSTR(&arguments[0]));
    free(wide);
}

static void watch_raise(struct watch *watch, const struct vm_page_event *event)
{
    VARIANT argument;
    UINT count = 0;
    VariantInit(&argument);
    if (event->kind == VM_EVENT_STATE) {
        V_VT(&argument) = VT_I4;
        V_I4(&argument) = (LONG)event->value;
        count = 1;
    } else if (event->kind == VM_EVENT_DISK_OUT_OF_SPACE) {
        V_VT(&argument) = VT_BOOL;
        V_BOOL(&argument) = event->value ? VARIANT_TRUE : VARIANT_FALSE;
        count = 1;
    }
    raise_of_machine(watch->machine, (DISPID)event->kind, &argument, count);
    if (event->kind == VM_EVENT_STATE) {
        watch->state = (enum vm_state)event->value;
        raise_state_of_application(watch, watch->state);
    }
    if (!event->logged)
        return;
    V_VT(&argument) = VT_I4;
    V_I4(&argument) = event->logged - 1;
    raise_of_application(watch, vmVirtualPCEvent_EventLogged, &argument, 1);
}

struct told_change {
    struct machine *machine;
    unsigned count;
};

static void raise_configuration(void *context, const char *key, const struct setting *value)
{
    struct told_change *told = context;
    VARIANT arguments[2];
    struct vpc_error err;
    wchar_t *wide = text_to_wide(key);
    VariantInit(&arguments[1]);
    V_VT(&arguments[0]) = VT_BSTR;
    V_BSTR(&arguments[0]) = wide ? SysAllocString(wide) : NULL;
    if (wide && (!value || variant_from_setting(value, &arguments[1], &err)))
        raise_of_machine(told->machine, vmVirtualMachineEvent_ConfigurationChanged, arguments, 2);
    told->count++;
    VariantClear(&arguments[0]);
    VariantClear(&arguments[1]);
    free(wide);
}

/* ---- looking ---- */

/* Opens the page once there is one. Of a page that could not be looked for before it is not known which of its events
 * are new: those of a session that has begun since. */
static void watch_open(struct watch *watch)
{
    struct vpc_error err;
    struct vm_page *page;
    if (watch->page || !machine_page(watch->machine, &page, &err))
        return;
    if (!page) {
        watch->was_never_on = true;
        return;
    }
    if (!watch->was_never_on) {
        vm_page_read(page, &body);
        if (body.state == VM_INVALID) /* it could not be read this time */
            return;
        bool is_new = watch->since_ms && body.session_first_event && body.session_start_monotonic_ms >= watch->since_ms;
        watch->last = is_new ? body.session_first_event - 1 : body.event_count;
        watch->state = (enum vm_state)body.state;
    }
    watch->page = page;
}

/* Raises what has come into the page since the last look. */
static void watch_look(struct watch *watch)
{
    if (!watch->page || vm_page_read_event_count(watch->page) == watch->last)
        return;
    vm_page_read(watch->page, &body);
    if (body.state == VM_INVALID) /* it could not be read this time */
        return;
    if (body.event_count < watch->last) /* a page made anew */
        watch->last = 0;
    /* Of a flood that is longer than the page remembers, the latest. */
    if (body.event_count - watch->last > VM_PAGE_EVENTS)
        watch->last = body.event_count - VM_PAGE_EVENTS;
    while (watch->last < body.event_count)
        watch_raise(watch, &body.events[watch->last++ % VM_PAGE_EVENTS]);
}

static struct watch *watch_find(const struct machine *machine)
{
    struct watch *watch = watches;
    while (watch && watch->machine != machine)
        watch = watch->next;
    return watch;
}

/* True when an object of the VM has sinks. */
static bool watch_has_objects(const struct watch *watch)
{
    struct vm_events *listener = listeners;
    while (listener && listener->machine != watch->machine)
        listener = listener->next;
    return listener;
}

/* Raises what has changed in the .vmc since the last look; how much that was. */
static unsigned watch_look_at_configuration(struct watch *watch, bool always)
{
    struct told_change told = {.machine = watch->machine};
    config_watch_look(&watch->configuration, watch->machine, always, raise_configuration, &told);
    return told.count;
}

/* A VM that was unregistered and registered again has a record and a watch of its own, and the page of before. */
static void watch_replace_older(struct watch *made)
{
    for (struct watch *older = watches; older && made->id; older = older->next) {
        if (older->replaced || !older->id || text_compare_nocase(older->id, made->id) ||
            !same_home(machine_home(older->machine), machine_home(made->machine)))
            continue;
        older->replaced = true;
        if (older->page && made->page) {
            made->last = older->last;
            made->state = older->state;
        }
    }
}

/* A VM that is new to the listener; shares `machine`. What happened before `since_ms` (0: now) is not raised. False
 * when out of memory. */
static bool watch_add(struct machine *machine, uint64_t since_ms)
{
    struct vpc_error err;
    if (watch_find(machine))
        return true;
    struct watch *made = calloc(1, sizeof *made);
    if (!made)
        return false;
    made->machine = machine_share(machine);
    made->since_ms = since_ms;
    watch_open(made);
    if (!since_ms)
        made->since_ms = clock_monotonic_ms();
    if (!machine_name(machine, &made->name, &err))
        made->name = NULL;
    if (!machine_config_id(machine, &made->id, &err))
        made->id = NULL;
    watch_replace_older(made);
    made->next = watches;
    watches = made;
    if (watch_has_objects(made))
        watch_look_at_configuration(made, true);
    return true;
}

static bool watch_is_wanted(const struct watch *watch)
{
    struct vpc_error err;
    for (struct vm_events *listener = listeners; listener; listener = listener->next)
        if (listener->machine
                ? listener->machine == watch->machine
                : same_home(listener->home, machine_home(watch->machine)) && machine_known(watch->machine, &err))
            return true;
    return false;
}

/* Takes out the watches that nobody wants any more, for watches_free without the lock. What is in a page by then was
 * there before its VM was gone, and is raised. */
static struct watch *watches_prune(void)
{
    struct watch **link = &watches, *pruned = NULL;
    while (*link) {
        struct watch *watch = *link;
        if (watch_is_wanted(watch)) {
            link = &watch->next;
            continue;
        }
        watch_open(watch);
        watch_look(watch);
        *link = watch->next;
        watch->next = pruned;
        pruned = watch;
    }
    return pruned;
}

/* The last reference to a deleted VM waits for others to close its files. */
static void watches_free(struct watch *pruned)
{
    while (pruned) {
        struct watch *watch = pruned;
        pruned = watch->next;
        machine_release(watch->machine);
        config_watch_clear(&watch->configuration);
        free(watch->name);
        free(watch->id);
        free(watch);
    }
}

/* All VMs that are registered in a home. */
static bool watch_home(struct home *home, uint64_t since_ms, struct vpc_error *err)
{
    struct catalog_entry *entries;
    size_t count;
    if (!catalog_list(&home->catalog, &entries, &count, err))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        struct machine *machine;
        /* One that cannot be opened is tried again with the next search. */
        if (!machine_open(&machine, home, &entries[i], err))
            continue;
        done = watch_add(machine, since_ms) || fail_out_of_memory(err);
        machine_release(machine);
    }
    catalog_list_free(entries, count);
    return done;
}

/* Something whose address tells the module that this code is in. */
static const WCHAR here[] = L"here";

/* ---- asking ---- */

/* True when the supervisor has gone without a word, as far as the page tells. */
static bool watch_is_silent(const struct watch *watch, uint64_t now_ms)
{
    if (watch->state == VM_INVALID || vm_state_is_off(watch->state) || now_ms < watch->next_question_ms || !watch->page)
        return false;
    uint64_t beat_ms = vm_page_last_beat(watch->page);
    return !beat_ms || now_ms >= beat_ms + LOST_AFTER_MS;
}

/* What has come of the question. The new supervisor that it may have brought the VM has its events seen in the page as
 * ever. Where that has shown none, before the answer or after it, the change is raised here. */
static void watch_hear(struct watch *watch, bool answered, enum vm_state state)
{
    watch->unanswered = answered ? 0 : watch->unanswered + (watch->unanswered < MOST_DOUBLINGS);
    watch->next_question_ms = clock_monotonic_ms() + ((uint64_t)LOST_AFTER_MS << watch->unanswered);
    if (!answered || watch->last != question.last || !watch->page ||
        vm_page_read_event_count(watch->page) != watch->last || state == watch->state)
        return;
    struct vm_page_event event = {.kind = VM_EVENT_STATE, .value = (uint32_t)state};
    watch_raise(watch, &event);
}

static void CALLBACK question_work(PTP_CALLBACK_INSTANCE instance, void *context)
{
    struct vpc_error err;
    enum vm_state state;
    struct machine *machine = question.machine; /* stays so until it is answered */
    /* The reference that question_put took is given back when no code of this module runs here. */
    FreeLibraryWhenCallbackReturns(instance, context);
    CallbackMayRunLong(instance);
    bool answered = machine_state(machine, &state, &err);
    AcquireSRWLockExclusive(&listener_lock);
    struct watch *watch = watch_find(machine); /* it may have gone, or be another, since */
    if (watch)
        watch_hear(watch, answered, state);
    question.machine = NULL;
    ReleaseSRWLockExclusive(&listener_lock);
    machine_release(machine);
}

/* Asks the VM whose supervisor is silent, of several that which waits longest, for the state that it has now. That may
 * take as long as a call of the API waits, and start a program: so it is done without the lock, and in a thread of its
 * own that keeps the listener from nothing. */
static void question_put(void)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct watch *silent = NULL;
    HMODULE module;
    for (struct watch *watch = question.machine ? NULL : watches; watch; watch = watch->next)
        if (watch_is_silent(watch, now_ms) && (!silent || watch->next_question_ms < silent->next_question_ms))
            silent = watch;
    if (!silent || !GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, here, &module))
        return;
    question = (struct question){.machine = machine_share(silent->machine), .last = silent->last};
    if (TrySubmitThreadpoolCallback(question_work, module, NULL))
        return;
    /* With the next look. */
    machine_release(question.machine);
    question.machine = NULL;
    FreeLibrary(module);
}

/* ---- the thread ---- */

static struct watch *listener_round(bool scan, bool files)
{
    struct vpc_error err;
    uint64_t now_ms = clock_monotonic_ms();
    for (struct vm_events *listener = listeners; scan && listener; listener = listener->next)
        if (!listener->machine && watch_home(listener->home, listener->scanned_ms, &err))
            listener->scanned_ms = now_ms;
    for (struct watch *watch = watches; watch; watch = watch->next) {
        /* Looking for a page that is not there yet costs more than reading one that is. */
        if (scan)
            watch_open(watch);
        watch_look(watch);
        if (files && watch_has_objects(watch))
            watch_look_at_configuration(watch, false);
    }
    question_put();
    return scan ? watches_prune() : NULL;
}

static DWORD WINAPI listener_main(void *context)
{
    HMODULE module = context;
    /* Keeps the multithreaded apartment alive for sinks that live there. */
    HRESULT entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    AcquireSRWLockExclusive(&listener_lock);
    for (unsigned look = 0; listeners; look++) {
        struct watch *pruned = listener_round(look % LOOKS_PER_SCAN == 0, look % LOOKS_PER_FILE == 0);
        if (pruned) {
            ReleaseSRWLockExclusive(&listener_lock);
            watches_free(pruned);
            AcquireSRWLockExclusive(&listener_lock);
        }
        if (listeners)
            SleepConditionVariableSRW(&listener_wake, &listener_lock, LOOK_MS, 0);
    }
    listener_runs = false;
    ReleaseSRWLockExclusive(&listener_lock);
    if (SUCCEEDED(entered))
        CoUninitialize();
    FreeLibraryAndExitThread(module, 0);
}

static bool listener_start(void)
{
    HMODULE module;
    if (listener_runs)
        return true;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, here, &module))
        return false;
    HANDLE thread = CreateThread(NULL, 0, listener_main, module, 0, NULL);
    if (!thread) {
        FreeLibrary(module);
        return false;
    }
    CloseHandle(thread);
    listener_runs = true;
    return true;
}

/* ---- connections ---- */

static struct vm_events *events_from(struct com_connection_point *point)
{
    return CONTAINING_RECORD(point, struct vm_events, point);
}

/* Gives what watches_prune gives. */
static struct watch *listener_leave(struct vm_events *events)
{
    if (--events->connections)
        return NULL;
    struct vm_events **link = &listeners;
    while (*link != events)
        link = &(*link)->next;
    *link = events->next;
    if (!listeners)
        WakeConditionVariable(&listener_wake);
    return watches_prune();
}

static HRESULT events_begin(struct com_connection_point *point)
{
    struct vm_events *events = events_from(point);
    struct watch *pruned = NULL;
    struct vpc_error err;
    HRESULT hr = E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&listener_lock);
    /* The connection that is about to be made hears of nothing that has happened already. */
    for (struct watch *watch = watches; watch; watch = watch->next) {
        watch_open(watch);
        watch_look(watch);
    }
    if (events->machine) {
        struct watch *watch = watch_find(events->machine);
        if (watch)
            watch_look_at_configuration(watch, true);
    }
    if (!events->connections++) {
        events->scanned_ms = clock_monotonic_ms();
        events->next = listeners;
        listeners = events;
    }
    bool watched =
        events->machine ? watch_add(events->machine, 0) || fail_out_of_memory(&err) : watch_home(events->home, 0, &err);
    if (!watched)
        hr = com_hresult(err.cause);
    else if (listener_start())
        hr = S_OK;
    if (FAILED(hr))
        pruned = listener_leave(events);
    ReleaseSRWLockExclusive(&listener_lock);
    watches_free(pruned);
    return hr;
}

static void events_end(struct com_connection_point *point)
{
    AcquireSRWLockExclusive(&listener_lock);
    struct watch *pruned = listener_leave(events_from(point));
    ReleaseSRWLockExclusive(&listener_lock);
    watches_free(pruned);
}

static const struct com_event_source events_source = {
    .begin = events_begin,
    .end = events_end,
};

void vm_events_init(struct vm_events *events, struct com_object *owner, struct home *home, struct machine *machine)
{
    com_connection_point_init(&events->point, owner, &events_source);
    events->home = home;
    events->machine = machine;
}

void vm_events_clear(struct vm_events *events)
{
    com_connection_point_clear(&events->point);
}

HRESULT vm_events_query(struct vm_events *events, REFIID iid, void **out)
{
    return com_connection_point_query(&events->point, iid, out);
}

void vm_events_look(struct machine *machine)
{
    AcquireSRWLockExclusive(&listener_lock);
    struct watch *watch = watch_find(machine);
    if (watch) {
        watch_open(watch);
        watch_look(watch);
    }
    ReleaseSRWLockExclusive(&listener_lock);
}

struct vm_events_change {
    struct watch *watch;
};

struct vm_events_change *vm_events_change_begins(struct machine *machine)
{
    static struct vm_events_change change; /* guarded by listener_lock, which is held until the end */
    AcquireSRWLockExclusive(&listener_lock);
    change.watch = watch_find(machine);
    if (change.watch && watch_has_objects(change.watch)) {
        /* What others have changed before is no part of it. */
        watch_look_at_configuration(change.watch, true);
        return &change;
    }
    ReleaseSRWLockExclusive(&listener_lock);
    return NULL;
}

void vm_events_change_ends(struct vm_events_change *change, const char *key, const struct setting *value)
{
    if (!change)
        return;
    struct told_change told = {.machine = change->watch->machine};
    if (!watch_look_at_configuration(change->watch, true) && key)
        raise_configuration(&told, key, value);
    ReleaseSRWLockExclusive(&listener_lock);
}
