/* vpcctl events: what the connection points of the API tell, line by line. */
#include <stdlib.h>
#include <string.h>
#include "console.h"
#include "exit_code.h"
#include "figures.h"
#include "moment.h"
#include "output.h"
#include "report.h"
#include "run.h"
#include "sink.h"
#include "utf8.h"

/* For programs, and what people get. */
static const struct column event_columns[] = {
    {"time", NULL, COLUMN_TEXT},  {"vm", NULL, COLUMN_TEXT},     {"event", NULL, COLUMN_TEXT},
    {"state", NULL, COLUMN_TEXT}, {"detail", NULL, COLUMN_TEXT},
};
static const struct column table_columns[] = {
    {"clock", "TIME", COLUMN_TEXT},
    {"vm", "NAME", COLUMN_TEXT},
    {"event", "EVENT", COLUMN_TEXT},
    {"shown", "STATE", COLUMN_STATE},
};

enum {
    WIDTH_CLOCK = 12,
    WIDTH_NAME_LEAST = 8,
    WIDTH_NAME_MOST = 30,
    WIDTH_EVENT = 21, /* the longest word of event_words */
    WIDTH_SHOWN = 40
};

static const char *const event_words[] = {
    [vmVirtualMachineEvent_StateChanged] = "state-changed",
    [vmVirtualMachineEvent_RequestShutdown] = "shutdown-requested",
    [vmVirtualMachineEvent_Reset] = "reset",
    [vmVirtualMachineEvent_TripleFault] = "triple-fault",
    [vmVirtualMachineEvent_HeartbeatStopped] = "heartbeat-stopped",
    [vmVirtualMachineEvent_ConfigurationChanged] = "configuration-changed",
    [vmVirtualMachineEvent_EnhancedVideoModeChanged] = "enhanced-video",
    [vmVirtualMachineEvent_AdditionsUninstalled] = "additions-uninstalled",
    [vmVirtualMachineEvent_AdditionsAvailable] = "additions-available",
    [vmVirtualMachineEvent_GuestShutdown] = "guest-shutdown",
    [vmVirtualMachineEvent_GuestLogoff] = "guest-logoff",
    [vmVirtualMachineEvent_DiskOutOfSpace] = "disk-space",
};

/* A machine that is followed. */
struct followed {
    struct events *events;
    char *name;
    IVMVirtualMachine *vm;
    struct connection connection;
};

struct events {
    struct vpc *vpc;
    const struct arguments *arguments;
    struct connection application; /* connected when all machines are followed */
    struct followed **rows;
    size_t count;
    size_t widths[ARRAYSIZE(table_columns)];
    const char *end_state; /* the state that ends it; NULL: none does */
    long left;             /* events until its end; 0: no limit */
    bool done;
};

/* The argument of that number, from 0 up. */
static const VARIANT *event_argument(const DISPPARAMS *arguments, UINT number)
{
    static const VARIANT none;
    return number < arguments->cArgs ? &arguments->rgvarg[arguments->cArgs - 1 - number] : &none;
}

static json_t *json_or_null(const char *text)
{
    return need(text ? json_string(text) : json_null());
}

/* One line. `state` and `detail` may be NULL, `vm` too. */
static void events_print(struct events *events, const char *vm, const char *event, const char *state,
                         const char *detail)
{
    struct style style = {.colour = console_has_colour(CONSOLE_OUT)};
    struct buffer out = {0};
    char time[MOMENT_TEXT], clock[MOMENT_TEXT];
    LONGLONG now = moment_now();
    moment_utc(time, now);
    moment_local(clock, now);
    json_t *row = need(json_pack("{s:s,s:o,s:s,s:o,s:o}", "time", time, "vm", json_or_null(vm), "event", event, "state",
                                 json_or_null(state), "detail", json_or_null(detail)));
    if (events->arguments->given[OPTION_JSON]) {
        rows_add_json(&out, row, true);
    } else if (events->arguments->given[OPTION_CSV]) {
        json_t *rows = need(json_pack("[O]", row));
        rows_add_csv(&out, event_columns, ARRAYSIZE(event_columns), rows, false);
        json_decref(rows);
    } else {
        json_object_set_new(row, "clock", need(json_string(clock)));
        json_object_set_new(row, "shown", need(json_string(state ? state : detail ? detail : "")));
        rows_add_line(&out, table_columns, ARRAYSIZE(table_columns), row, &style, events->widths);
    }
    output_text(buffer_text(&out));
    buffer_clear(&out);
    json_decref(row);
    if (state && events->end_state && strcmp(state, events->end_state) == 0)
        events->done = true;
}

/* An event, which counts. None is printed after the last one. */
static void events_tell(struct events *events, const char *vm, const char *event, const char *state, const char *detail)
{
    if (events->done)
        return;
    events_print(events, vm, event, state, detail);
    if (events->left > 0 && --events->left == 0)
        events->done = true;
    if (console_out_error())
        events->done = true;
}

/* "key = value", "critical", ...: what an event says beside its name. Nothing for most. */
static void event_add_detail(struct buffer *detail, DISPID id, const DISPPARAMS *arguments)
{
    const VARIANT *first = event_argument(arguments, 0);
    if (id == vmVirtualMachineEvent_DiskOutOfSpace) {
        buffer_add(detail, V_BOOL(first) ? "critical" : "low");
    } else if (id == vmVirtualMachineEvent_EnhancedVideoModeChanged) {
        buffer_add(detail, V_BOOL(first) ? "available" : "gone");
    } else if (id == vmVirtualMachineEvent_GuestLogoff) {
        buffer_format(detail, "%ld", (long)V_I4(first));
    } else if (id == vmVirtualMachineEvent_ConfigurationChanged && V_VT(first) == VT_BSTR) {
        VARIANT value;
        VariantInit(&value);
        char *key = utf8_from_wide(V_BSTR(first));
        buffer_add(detail, key);
        free(key);
        if (V_VT(event_argument(arguments, 1)) != VT_EMPTY &&
            SUCCEEDED(VariantChangeType(&value, (VARIANT *)event_argument(arguments, 1), 0, VT_BSTR))) {
            char *text = utf8_from_wide(V_BSTR(&value));
            buffer_format(detail, " = %s", text);
            free(text);
        }
        VariantClear(&value);
    }
}

/* Of a machine's own connection. Where all are followed, their changes of state come from the application's: it tells
 * of new machines, too. */
static void followed_event(void *context, DISPID id, const DISPPARAMS *arguments)
{
    struct followed *followed = context;
    struct events *events = followed->events;
    if (id == vmVirtualMachineEvent_StateChanged) {
        if (!events->application.point)
            events_tell(events, followed->name, event_words[id],
                        state_word((VMVMState)V_I4(event_argument(arguments, 0))), NULL);
        return;
    }
    struct buffer detail = {0};
    const char *word = id > 0 && (size_t)id < ARRAYSIZE(event_words) ? event_words[id] : NULL;
    event_add_detail(&detail, id, arguments);
    events_tell(events, followed->name, word ? word : "unknown", NULL, detail.length ? detail.bytes : NULL);
    buffer_clear(&detail);
}

static void followed_free(struct followed *followed)
{
    connection_end(&followed->connection);
    if (followed->vm)
        IVMVirtualMachine_Release(followed->vm);
    free(followed->name);
    free(followed);
}

/* Follows one more machine. */
static int events_follow(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    struct events *events = context;
    struct followed *followed = need(calloc(1, sizeof *followed));
    followed->events = events;
    followed->name = need(_strdup(name));
    followed->vm = vm;
    IVMVirtualMachine_AddRef(vm);
    HRESULT hr =
        connection_make(&followed->connection, (IUnknown *)vm, &DIID_IVMVirtualMachineEvents, followed_event, followed);
    if (FAILED(hr)) {
        followed_free(followed);
        return vpc_report(vpc, "events", name, hr);
    }
    events->rows = need(realloc(events->rows, (events->count + 1) * sizeof *events->rows));
    events->rows[events->count++] = followed;
    return EXIT_CODE_OK;
}

/* Lets go of machines of this name that are no more; whether one of it is followed still. */
static bool events_has(struct events *events, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < events->count; i++) {
        VMVMState state;
        struct followed *followed = events->rows[i];
        if (strcmp(followed->name, name) != 0)
            continue;
        if (SUCCEEDED(IVMVirtualMachine_get_State(followed->vm, &state)) && state != vmVMState_Invalid) {
            found = true;
            continue;
        }
        followed_free(followed);
        events->rows[i--] = events->rows[--events->count];
    }
    return found;
}

static void application_event(void *context, DISPID id, const DISPPARAMS *arguments)
{
    struct events *events = context;
    const VARIANT *first = event_argument(arguments, 0);
    if (id == vmVirtualPCEvent_EventLogged) {
        struct buffer detail = {0};
        buffer_format(&detail, "%ld", (long)V_I4(first));
        events_tell(events, NULL, "event-logged", NULL, detail.bytes);
        buffer_clear(&detail);
    }
    if (id != vmVirtualPCEvent_VMStateChange || V_VT(first) != VT_BSTR)
        return;
    IVMVirtualMachine *vm = NULL;
    char *name = utf8_from_wide(V_BSTR(first));
    events_tell(events, name, event_words[vmVirtualMachineEvent_StateChanged],
                state_word((VMVMState)V_I4(event_argument(arguments, 1))), NULL);
    /* One that was registered meanwhile. */
    if (!events_has(events, name) &&
        IVMVirtualPC_FindVirtualMachine(events->vpc->application, V_BSTR(first), &vm) == S_OK) {
        events_follow(events->vpc, vm, name, events);
        IVMVirtualMachine_Release(vm);
    }
    free(name);
}

/* Room for each column, so that lines which come later stand below one another. */
static void events_measure(struct events *events)
{
    size_t name = WIDTH_NAME_LEAST, columns = console_columns();
    for (size_t i = 0; i < events->count; i++) {
        size_t width = utf8_columns(events->rows[i]->name);
        name = width > name ? width : name;
    }
    name = name < WIDTH_NAME_MOST ? name : WIDTH_NAME_MOST;
    size_t before = WIDTH_CLOCK + 2 + name + 2 + WIDTH_EVENT + 2;
    size_t shown = !columns || columns > before + WIDTH_SHOWN ? WIDTH_SHOWN
                   : columns > before + WIDTH_NAME_LEAST      ? columns - before
                                                              : WIDTH_NAME_LEAST;
    events->widths[0] = WIDTH_CLOCK;
    events->widths[1] = name;
    events->widths[2] = WIDTH_EVENT;
    events->widths[3] = shown;
}

/* The headings and the state of each machine. */
static int events_begin(struct events *events)
{
    struct style style = {.colour = console_has_colour(CONSOLE_OUT)};
    struct buffer out = {0};
    int code = EXIT_CODE_OK;
    if (events->arguments->given[OPTION_CSV]) {
        json_t *none = need(json_array());
        rows_add_csv(&out, event_columns, ARRAYSIZE(event_columns), none, true);
        json_decref(none);
    } else if (!events->arguments->given[OPTION_JSON]) {
        rows_add_line(&out, table_columns, ARRAYSIZE(table_columns), NULL, &style, events->widths);
    }
    output_text(buffer_text(&out));
    buffer_clear(&out);
    for (size_t i = 0; i < events->count; i++) {
        VMVMState state;
        HRESULT hr = IVMVirtualMachine_get_State(events->rows[i]->vm, &state);
        if (FAILED(hr))
            code = vpc_report(events->vpc, "events", events->rows[i]->name, hr);
        events_print(events, events->rows[i]->name, "listening", FAILED(hr) ? "error" : state_word(state), NULL);
    }
    return code;
}

/* Lets events come in until the end. */
static void events_listen(struct events *events)
{
    HANDLE interrupted = console_interrupt_event();
    while (!events->done &&
           MsgWaitForMultipleObjects(1, &interrupted, FALSE, INFINITE, QS_ALLINPUT) == WAIT_OBJECT_0 + 1) {
        MSG message;
        while (!events->done && PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static bool events_end_state(struct events *events)
{
    const char *word = events->arguments->value[OPTION_FOR_STATE];
    if (!word)
        return true;
    for (VMVMState state = vmVMState_TurnedOff; state <= vmVMState_DeleteMachine; state++)
        if (strcmp(state_word(state), word) == 0)
            events->end_state = state_word(state);
    return events->end_state ||
           report_usage("events", "--for-state takes a state as 'vpcctl list' shows it, not '%s'", word);
}

int run_events(struct vpc *vpc, const struct arguments *arguments)
{
    struct events events = {.vpc = vpc, .arguments = arguments};
    int code = EXIT_CODE_OK;
    if (!arguments_number(arguments, OPTION_COUNT, 0, 1, 1000000000, &events.left) || !events_end_state(&events))
        return EXIT_CODE_USAGE;
    console_catch_interrupt();
    if (arguments->operand_count == 0) {
        HRESULT hr = connection_make(&events.application, (IUnknown *)vpc->application, &DIID_IVMVirtualPCEvents,
                                     application_event, &events);
        if (FAILED(hr))
            return vpc_report(vpc, "events", NULL, hr);
    }
    code = vpc_each(vpc, "events", arguments->operands, arguments->operand_count, events_follow, &events);
    /* Who names machines means each of them; of all, those that can be followed are. */
    if (code == EXIT_CODE_OK || arguments->operand_count == 0) {
        events_measure(&events);
        int begun = events_begin(&events);
        code = code ? code : begun;
        events_listen(&events);
    }
    connection_end(&events.application);
    while (events.count > 0)
        followed_free(events.rows[--events.count]);
    free(events.rows);
    return code;
}
