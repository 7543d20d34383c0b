/*
 * The QEMU engine: one session of one VM, from the start of the process to its end.
 *
 * QEMU is started stopped and connects to us (qmp_door.h). The counters are put in, the first sample is taken, the
 * guest is let run. From then on QEMU's events and the answers to our commands drive everything; a timer rotates
 * captures and watches a process that should end.
 */
#include "engine/qemu/qemu_engine.h"

#include <stdlib.h>
#include <string.h>
#include "engine/qemu/block_stats.h"
#include "engine/qemu/dump_counter.h"
#include "engine/qemu/last_line.h"
#include "engine/qemu/qemu_command.h"
#include "engine/qemu/qemu_find.h"
#include "engine/qemu/qemu_process.h"
#include "engine/qemu/qemu_script.h"
#include "engine/qemu/qmp_door.h"
#include "engine/qemu/reset_filter.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    WATCH_START_MS = 50, /* how often the timer looks: for a process that dies at start, */
    ROTATE_MS = 100,     /* for captures that have grown, */
    WATCH_END_MS = 20,   /* for a process that should be gone */
    CONNECT_MS = 60000,  /* QEMU must have connected after this time */
    QUIT_MS = 10000,     /* and be gone after this one, else it is killed */
    RESETS = 16          /* RESET events that wait for the drives' counters */
};

enum state {
    STATE_NEW,
    STATE_STARTING,  /* QEMU has not connected yet */
    STATE_PREPARING, /* counters and first sample */
    STATE_LIVE,
    STATE_ENDING, /* QEMU should go, or is being watched going */
    STATE_OVER
};

/* A RESET event whose verdict waits for an answer. */
struct reset_event {
    bool by_guest;
    int64_t time_us;
    uint64_t packets_sent; /* as of the event */
};

struct engine_vm {
    struct engine_base base;
    uv_loop_t *loop;
    const struct machine_config *config;
    char *run_folder;
    const struct engine_events *events;
    void *context;

    enum state state;
    uv_timer_t timer;
    uint64_t deadline_ms;
    struct qemu_process *process;
    struct qmp_door *door;
    struct qmp_client *client;
    char nonce[37];
    uint16_t port;
    char state_text[512];

    struct dump_counter *counters[MACHINE_MAX_ADAPTERS][2]; /* by index in the configuration, by direction */
    size_t beginning;                                       /* counters that have not begun yet */
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];     /* as QEMU last said */
    struct vpc_error drives_error;
    bool drives_known;
    bool counted;  /* the first sample was delivered */
    bool sampling; /* a sample was asked for and has not come */

    bool guest_runs; /* as reported */
    struct reset_filter reset_filter;
    struct reset_event resets[RESETS]; /* ring */
    size_t reset_first, reset_count;
    uint64_t acted_packets, acted_disk; /* frames sent and disk bytes as of the latest reset */

    unsigned resets_asked; /* by engine_reset, not carried out yet */
    bool resetting;        /* one is being carried out */
    bool reset_was_running;
    bool reset_seen;
    bool pause_after; /* asked for meanwhile */

    enum engine_stop_reason reason;
    struct vpc_error failure;
    bool put_down; /* `failure` is why we ended QEMU ourselves */
    bool closing;
    unsigned closings; /* handles and parts that close */
    void (*closed)(void *context);
    void *closed_context;
};

static void begin_reset(struct engine_vm *vm);
static void on_timer(uv_timer_t *timer);

/* Counting */

static bool drain(struct engine_vm *vm, struct vpc_error *err)
{
    bool ok = true;

    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            struct vpc_error failure;

            if (!vm->counters[i][direction] || dump_counter_drain(vm->counters[i][direction], &failure))
                continue;
            if (ok)
                *err = failure;
            ok = false;
        }
    }
    return ok;
}

static uint64_t packets_sent(const struct engine_vm *vm)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        uint64_t bytes, packets;

        if (!vm->counters[i][DUMP_SENT])
            continue;
        dump_counter_totals(vm->counters[i][DUMP_SENT], &bytes, &packets);
        sum += packets;
    }
    return sum;
}

static uint64_t disk_bytes(const struct engine_vm *vm)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        sum += vm->drives[i].bytes_read + vm->drives[i].bytes_written;
    return sum;
}

static void read_adapters(struct engine_vm *vm, struct engine_sample *sample)
{
    /* Word 0 says which layout the others have. */
    sample->memory[0] = 1;
    for (size_t i = 0; i < vm->config->adapter_count; i++) {
        uint32_t slot = vm->config->adapters[i].id;
        struct adapter_reading *adapter = &sample->adapters[slot];

        adapter->known = true; /* plugged into nothing: nothing passes */
        if (!vm->counters[i][DUMP_SENT])
            continue;
        dump_counter_totals(vm->counters[i][DUMP_SENT], &adapter->bytes_sent, &adapter->packets_sent);
        dump_counter_totals(vm->counters[i][DUMP_RECEIVED], &adapter->bytes_received, &adapter->packets_received);
        for (uint32_t direction = 0; direction < 2; direction++)
            dump_counter_memory(vm->counters[i][direction],
                                sample->memory + 1 + (2 * slot + direction) * DUMP_MEMORY_WORDS);
    }
}

/* Reads the captures to their present end and reports all counters; those of the drives are as QEMU last said. */
static void deliver_sample(struct engine_vm *vm)
{
    struct engine_sample sample = {0};
    struct vpc_error err;
    bool ok = drain(vm, &err);

    if (ok && !vm->drives_known) {
        err = vm->drives_error;
        ok = false;
    }
    read_adapters(vm, &sample);
    memcpy(sample.drives, vm->drives, sizeof(sample.drives));
    sample.cpu_known = qemu_process_cpu_time(vm->process, &sample.cpu_time_us);
    vm->sampling = false;
    vm->events->sampled(vm->context, &sample, ok ? NULL : &err);
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_handed_out(vm->counters[i][direction]);
        }
    }
}

static void take_drives(struct engine_vm *vm, const json_t *answer, const struct vpc_error *err)
{
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];

    vm->drives_known = !err && block_stats_read(answer, drives, &vm->drives_error);
    if (vm->drives_known)
        memcpy(vm->drives, drives, sizeof(drives));
    else if (err)
        vm->drives_error = *err;
}

static void ask_drives(struct engine_vm *vm, qmp_reply *reply)
{
    qmp_client_send(vm->client, "query-blockstats", NULL, reply, vm);
}

/* The end */

static void watch(struct engine_vm *vm, uint64_t every_ms)
{
    uv_timer_start(&vm->timer, on_timer, every_ms, every_ms);
}

static void wait_for_end(struct engine_vm *vm, enum engine_stop_reason reason)
{
    vm->state = STATE_ENDING;
    vm->reason = reason;
    vm->deadline_ms = uv_now(vm->loop) + QUIT_MS;
    watch(vm, WATCH_END_MS);
}

/* QEMU cannot go on: `why` is what we know, its own last words are better. */
static void fail_session(struct engine_vm *vm, const struct vpc_error *why)
{
    if (vm->state >= STATE_ENDING)
        return;
    vm->failure = *why;
    wait_for_end(vm, ENGINE_STOP_FAILED);
}

/* Only now: QEMU leaves without a farewell, and what it had answered before may be lost with the connection. */
static void on_final_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    take_drives(vm, answer, err);
    qmp_client_send(vm->client, "quit", NULL, NULL, NULL);
}

/* Reads the last figures while the guest stands still, then lets QEMU go. */
static void quit(struct engine_vm *vm, enum engine_stop_reason reason)
{
    qmp_client_cork(vm->client);
    qmp_client_send(vm->client, "stop", NULL, NULL, NULL);
    ask_drives(vm, on_final_drives);
    qmp_client_uncork(vm->client);
    wait_for_end(vm, reason);
}

static void kill_failed(struct engine_vm *vm, const struct vpc_error *why)
{
    if (vm->state >= STATE_ENDING)
        return;
    fail_session(vm, why);
    vm->put_down = true;
    qemu_process_kill(vm->process);
}

/* Puts QEMU's own last line into the reason. */
static void add_last_words(struct engine_vm *vm)
{
    char *path = path_join(vm->run_folder, QEMU_LOG_FILE), line[384] = "";

    if (path)
        last_line_read(path, line, sizeof(line));
    free(path);
    if (vm->put_down)
        vpc_fail_in(&vm->failure, "QEMU was ended");
    else if (*line)
        vpc_fail(&vm->failure, VPC_ENGINE, "QEMU ended: %s", line);
    else
        vpc_fail_in(&vm->failure, "QEMU ended");
    vm->failure.cause = VPC_ENGINE;
}

static void on_part_closed(void *context)
{
    struct engine_vm *vm = context;
    void (*closed)(void *context) = vm->closed;
    void *closed_context = vm->closed_context;

    if (--vm->closings)
        return;
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        dump_counter_free(vm->counters[i][DUMP_SENT], true);
        dump_counter_free(vm->counters[i][DUMP_RECEIVED], true);
    }
    qemu_process_free(vm->process);
    free(vm->run_folder);
    free(vm);
    if (closed)
        closed(closed_context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

static void close_parts(struct engine_vm *vm)
{
    vm->closings = 1;
    if (vm->client) {
        vm->closings++;
        qmp_client_close(vm->client, on_part_closed, vm);
    }
    if (vm->door) {
        vm->closings++;
        qmp_door_close(vm->door, on_part_closed, vm);
    }
    uv_close((uv_handle_t *)&vm->timer, on_timer_closed);
}

/* The process is gone. */
static void end_session(struct engine_vm *vm)
{
    if (vm->closing) {
        close_parts(vm);
        return;
    }
    vm->state = STATE_OVER;
    uv_timer_stop(&vm->timer);
    if (vm->reason == ENGINE_STOP_FAILED)
        add_last_words(vm);
    if (vm->reason == ENGINE_STOP_FAILED || !vm->drives_known) {
        /* What the drives did last went with QEMU. Their totals stay where they were. */
        memset(vm->drives, 0, sizeof(vm->drives));
        vm->drives_known = true;
    }
    if (vm->counted)
        deliver_sample(vm);
    vm->events->stopped(vm->context, vm->reason, vm->reason == ENGINE_STOP_FAILED ? &vm->failure : NULL);
}

static void rotate(struct engine_vm *vm)
{
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_rotate(vm->counters[i][direction], vm->config->dump_rotate_bytes);
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct engine_vm *vm = timer->data;
    bool late = uv_now(vm->loop) >= vm->deadline_ms;
    struct vpc_error err;

    if (vm->state == STATE_LIVE) {
        drain(vm, &err); /* who wants to know gets the error with the sample */
        rotate(vm);
        return;
    }
    if (!qemu_process_alive(vm->process)) {
        if (vm->state < STATE_ENDING) {
            vpc_fail(&err, VPC_ENGINE, "before it connected, without a word");
            fail_session(vm, &err);
        }
        end_session(vm);
    } else if (late && vm->state < STATE_ENDING) {
        vpc_fail(&err, VPC_TIMED_OUT, "it did not connect within %d s", CONNECT_MS / 1000);
        kill_failed(vm, &err);
    } else if (late) {
        qemu_process_kill(vm->process);
    }
}

/* Resets */

static void report_reset(struct engine_vm *vm, enum engine_reset_by by)
{
    deliver_sample(vm);
    vm->acted_packets = packets_sent(vm);
    vm->acted_disk = disk_bytes(vm);
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_open_epoch(vm->counters[i][direction]);
        }
    }
    vm->events->reset(vm->context, by);
}

static void judge_reset(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;
    struct reset_event *event = &vm->resets[vm->reset_first];
    enum reset_verdict verdict;

    vm->reset_first = (vm->reset_first + 1) % RESETS;
    vm->reset_count--;
    if (vm->state != STATE_LIVE)
        return;
    take_drives(vm, answer, err);
    verdict = reset_filter_judge(&vm->reset_filter, event->by_guest, event->time_us,
                                 event->packets_sent > vm->acted_packets || disk_bytes(vm) > vm->acted_disk);
    if (verdict != RESET_ECHO)
        report_reset(vm, verdict == RESET_BY_HOST ? ENGINE_RESET_BY_HOST : ENGINE_RESET_BY_GUEST);
}

static void on_reset_let_run(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (!err || vm->state != STATE_LIVE)
        return;
    vm->resetting = false;
    vm->events->failed(vm->context, err);
}

static void on_system_reset(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (!err || vm->state != STATE_LIVE)
        return;
    vm->events->failed(vm->context, err);
    vm->resetting = false;
    if (vm->reset_was_running) {
        vm->resetting = vm->reset_seen = true;
        qmp_client_send(vm->client, "cont", NULL, on_reset_let_run, vm);
    }
}

static void on_reset_event(struct engine_vm *vm, bool by_guest, int64_t time_us)
{
    struct reset_event *event;
    struct vpc_error err;

    if (vm->resetting && !vm->reset_seen && !by_guest) {
        /* Ours. The guest stood still from before the drives were asked until now. */
        vm->reset_seen = true;
        reset_filter_judge(&vm->reset_filter, false, time_us, true);
        report_reset(vm, ENGINE_RESET_BY_HOST);
        if (vm->state == STATE_LIVE)
            qmp_client_send(vm->client, "cont", NULL, on_reset_let_run, vm);
        return;
    }
    if (vm->reset_count == RESETS)
        return;
    drain(vm, &err);
    event = &vm->resets[(vm->reset_first + vm->reset_count++) % RESETS];
    *event = (struct reset_event){.by_guest = by_guest, .time_us = time_us, .packets_sent = packets_sent(vm)};
    ask_drives(vm, judge_reset);
}

static void on_reset_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    take_drives(context, answer, err);
}

/* The guest is stopped before, so that what it has done so far is known exactly when the new epoch opens. */
static void begin_reset(struct engine_vm *vm)
{
    vm->resets_asked--;
    vm->resetting = true;
    vm->reset_seen = false;
    vm->reset_was_running = vm->guest_runs;
    qmp_client_cork(vm->client);
    if (vm->guest_runs)
        qmp_client_send(vm->client, "stop", NULL, NULL, NULL);
    ask_drives(vm, on_reset_drives);
    qmp_client_send(vm->client, "system_reset", NULL, on_system_reset, vm);
    qmp_client_uncork(vm->client);
}

static void on_failed_reply(void *context, const json_t *result, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    (void)result;
    if (err && vm->state == STATE_LIVE)
        vm->events->failed(vm->context, err);
}

static void on_resume_event(struct engine_vm *vm, int64_t time_us)
{
    bool ran = vm->guest_runs;

    if (vm->resetting && !vm->reset_seen)
        return;
    vm->guest_runs = true;
    if (vm->resetting) {
        vm->resetting = false;
        reset_filter_resumed(&vm->reset_filter, time_us);
    }
    if (vm->state == STATE_PREPARING) {
        vm->state = STATE_LIVE;
        watch(vm, ROTATE_MS);
    }
    if (!ran)
        vm->events->running(vm->context);
    if (vm->state != STATE_LIVE)
        return;
    if (vm->resets_asked) {
        begin_reset(vm);
    } else if (vm->pause_after) {
        vm->pause_after = false;
        qmp_client_send(vm->client, "stop", NULL, on_failed_reply, vm);
    }
}

static void on_stop_event(struct engine_vm *vm)
{
    if (vm->resetting || !vm->guest_runs)
        return;
    vm->guest_runs = false;
    vm->events->paused(vm->context);
}

static void on_shutdown_event(struct engine_vm *vm, const json_t *data)
{
    const char *reason = json_string_value(json_object_get(data, "reason"));
    struct vpc_error err;

    if (json_is_true(json_object_get(data, "guest"))) {
        quit(vm, ENGINE_STOP_BY_GUEST);
        return;
    }
    vpc_fail(&err, VPC_ENGINE, "from outside (%s)", reason ? reason : "no reason given");
    fail_session(vm, &err);
}

/* QEMU's connection */

static void on_greeted(void *context)
{
    (void)context;
}

static void on_event(void *context, const char *name, int64_t time_us, const json_t *data)
{
    struct engine_vm *vm = context;

    if (vm->state != STATE_LIVE && vm->state != STATE_PREPARING)
        return;
    if (!strcmp(name, "RESET"))
        on_reset_event(vm, json_is_true(json_object_get(data, "guest")), time_us);
    else if (!strcmp(name, "RESUME"))
        on_resume_event(vm, time_us);
    else if (!strcmp(name, "STOP"))
        on_stop_event(vm);
    else if (!strcmp(name, "SHUTDOWN"))
        on_shutdown_event(vm, data);
}

static void on_lost(void *context, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state >= STATE_ENDING)
        return;
    if (err->cause == VPC_CORRUPT)
        kill_failed(vm, err);
    else
        fail_session(vm, err);
}

static const struct qmp_listener listener = {
    .greeted = on_greeted,
    .event = on_event,
    .lost = on_lost,
};

/* The start */

static void on_let_run(void *context, const json_t *result, const struct vpc_error *err)
{
    (void)result;
    if (err)
        kill_failed(context, err);
}

static void on_first_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state != STATE_PREPARING)
        return;
    take_drives(vm, answer, err);
    vm->counted = true;
    deliver_sample(vm);
    qmp_client_send(vm->client, "cont", NULL, on_let_run, vm);
}

static void on_counter_begun(void *context, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state != STATE_PREPARING)
        return;
    if (err)
        kill_failed(vm, err);
    else if (!--vm->beginning)
        ask_drives(vm, on_first_drives);
}

static void on_entered(void *context, struct qmp_client *client, const json_t *objects)
{
    struct engine_vm *vm = context;

    (void)objects;
    vm->client = client;
    qmp_client_set_listener(client, &listener, vm);
    if (vm->state != STATE_STARTING)
        return;
    vm->state = STATE_PREPARING;
    vm->deadline_ms = uv_now(vm->loop) + CONNECT_MS;
    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (!vm->counters[i][direction])
                continue;
            vm->beginning++;
            dump_counter_begin(vm->counters[i][direction], client, on_counter_begun, vm);
        }
    }
    if (!vm->beginning)
        ask_drives(vm, on_first_drives);
}

static bool make_counters(struct engine_vm *vm, struct vpc_error *err)
{
    char *folder = qemu_process_path(vm->run_folder, err);
    bool ok = folder != NULL;

    for (size_t i = 0; ok && i < vm->config->adapter_count; i++) {
        const struct machine_adapter *adapter = &vm->config->adapters[i];

        if (adapter->network != NETWORK_NAT)
            continue;
        for (int direction = 0; ok && direction < 2; direction++)
            ok = dump_counter_create(&vm->counters[i][direction], adapter->id, (enum dump_direction)direction,
                                     vm->run_folder, folder, err);
    }
    free(folder);
    return ok;
}

static bool remove_old_captures(struct engine_vm *vm, struct vpc_error *err)
{
    struct folder_entry *entries;
    size_t count;
    bool ok = folder_list(vm->run_folder, ".pcap", &entries, &count, err);

    if (!ok)
        return false;
    for (size_t i = 0; ok && i < count; i++) {
        char *path;

        if (strncmp(entries[i].name, "capture-", strlen("capture-")))
            continue;
        path = path_join(vm->run_folder, entries[i].name);
        ok = path ? file_remove(path, err) : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
        free(path);
    }
    folder_list_free(entries, count);
    return ok;
}

static bool start_process(struct engine_vm *vm, struct vpc_error *err)
{
    struct qemu_launch launch = {.port = vm->port, .nonce = vm->nonce, .path = qemu_process_path};
    char *program = NULL, *qemu_program = NULL, **words = NULL;
    bool ok = qemu_find(vm->config->qemu_program, &program, err) && (qemu_program = qemu_process_path(program, err));

    launch.program = qemu_program;
    ok = ok && qemu_command_build(&words, vm->config, &launch, err) &&
         qemu_process_start(&vm->process, words, vm->run_folder, err);
    machine_config_free_words(words);
    free(qemu_program);
    free(program);
    return ok;
}

static bool qemu_start(struct engine_vm *vm, const char *saved_state, struct vpc_error *err)
{
    (void)saved_state;
    if (vm->state != STATE_NEW)
        return vpc_fail(err, VPC_UNEXPECTED, "a VM of the QEMU engine starts once");
    if (vm->config->adapter_count > MACHINE_MAX_ADAPTERS)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "%zu network adapters are too many", vm->config->adapter_count);
    vm->state = STATE_OVER;
    if (!folder_make(vm->run_folder, err) || !remove_old_captures(vm, err) || !make_counters(vm, err) ||
        !text_random_guid(vm->nonce, err) || !qmp_door_open(&vm->door, vm->loop, 0, vm->nonce, on_entered, vm, err))
        return false;
    vm->port = qmp_door_port(vm->door);
    if (!start_process(vm, err))
        return false;
    vm->state = STATE_STARTING;
    vm->deadline_ms = uv_now(vm->loop) + CONNECT_MS;
    watch(vm, WATCH_START_MS);
    return true;
}

static bool qemu_open(struct engine_vm **out, uv_loop_t *loop, const struct machine_config *config,
                      const char *run_folder, const struct engine_events *events, void *context, struct vpc_error *err)
{
    struct engine_vm *vm = calloc(1, sizeof(*vm));

    if (!vm || !(vm->run_folder = text_copy(run_folder))) {
        free(vm);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a VM");
    }
    vm->loop = loop;
    vm->config = config;
    vm->events = events;
    vm->context = context;
    uv_timer_init(loop, &vm->timer);
    vm->timer.data = vm;
    *out = vm;
    return true;
}

static bool is_live(const struct engine_vm *vm, struct vpc_error *err)
{
    return vm->state == STATE_LIVE || vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM does not run");
}

static bool qemu_reset(struct engine_vm *vm, struct vpc_error *err)
{
    if (!is_live(vm, err))
        return false;
    vm->resets_asked++;
    vm->pause_after = false; /* a reset ends in running */
    if (!vm->resetting)
        begin_reset(vm);
    return true;
}

static bool qemu_turn_off(struct engine_vm *vm, struct vpc_error *err)
{
    if (vm->state == STATE_NEW || vm->state >= STATE_ENDING)
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM does not run");
    if (vm->client) {
        quit(vm, ENGINE_STOP_TURNED_OFF);
    } else {
        wait_for_end(vm, ENGINE_STOP_TURNED_OFF);
        qemu_process_kill(vm->process);
    }
    return true;
}

static bool qemu_pause(struct engine_vm *vm, struct vpc_error *err)
{
    if (!is_live(vm, err))
        return false;
    if (vm->resetting)
        vm->pause_after = true;
    else
        qmp_client_send(vm->client, "stop", NULL, on_failed_reply, vm);
    return true;
}

static bool qemu_resume(struct engine_vm *vm, struct vpc_error *err)
{
    if (!is_live(vm, err))
        return false;
    vm->pause_after = false;
    if (!vm->resetting)
        qmp_client_send(vm->client, "cont", NULL, on_failed_reply, vm);
    return true;
}

static void on_sample_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    /* Another report may have answered meanwhile, and an ending session has its last sample still before it. */
    if (vm->state != STATE_LIVE)
        return;
    take_drives(vm, answer, err);
    if (vm->sampling)
        deliver_sample(vm);
    if (vm->state == STATE_LIVE)
        rotate(vm);
}

static void qemu_sample(struct engine_vm *vm)
{
    if (vm->state != STATE_LIVE || vm->sampling)
        return;
    vm->sampling = true;
    ask_drives(vm, on_sample_drives);
}

static const char *qemu_state(struct engine_vm *vm)
{
    int64_t pid = 0;
    uint64_t start = 0;

    if (vm->process)
        qemu_process_id(vm->process, &pid, &start);
    snprintf(vm->state_text, sizeof(vm->state_text), "{\"port\":%u,\"nonce\":\"%s\",\"pid\":%lld,\"start\":%llu}",
             vm->port, vm->nonce, (long long)pid, (unsigned long long)start);
    return vm->state_text;
}

static void qemu_close(struct engine_vm *vm, void (*closed)(void *context), void *context)
{
    vm->closing = true;
    vm->closed = closed;
    vm->closed_context = context;
    if (!vm->process || !qemu_process_alive(vm->process)) {
        close_parts(vm);
        return;
    }
    wait_for_end(vm, ENGINE_STOP_TURNED_OFF);
    qemu_process_kill(vm->process);
}

const struct engine engine_qemu = {
    .name = "qemu",
    .open = qemu_open,
    .start = qemu_start,
    .reset = qemu_reset,
    .turn_off = qemu_turn_off,
    .pause = qemu_pause,
    .resume = qemu_resume,
    .sample = qemu_sample,
    .state = qemu_state,
    .close = qemu_close,
};
