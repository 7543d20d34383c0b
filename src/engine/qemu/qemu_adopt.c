/*
 * Taking over a QEMU whose supervisor was lost.
 *
 * It has gone on counting into its captures, and asks once a second for somebody at the door of old. Whoever comes
 * through the door with the right nonce is it. Then: which dumps it has, and which of them count; what a rotation that
 * was cut short has left is cleared away; a save that was cut short is given up; the drives' counters; how the guest
 * stands; and the first sample tells all that was missed. A QEMU that is gone has left its captures, and these are
 * counted.
 */
#include <stdlib.h>
#include <string.h>
#include "engine/qemu/proc_stat.h"
#include "engine/qemu/qemu_script.h"
#include "engine/qemu/qemu_vm.h"
#include "util/file.h"
#include "util/json_line.h"
#include "util/path.h"
#include "util/text.h"

enum {
    WATCH_ADOPT_MS = 20 /* how often the timer looks for a process that ends before it has connected */
};

/* A dump of ours in QEMU. */
struct adopted_dump {
    struct engine_vm *vm;
    size_t adapter;
    int direction;
    struct dump_found found;
};

struct adopted_dumps {
    size_t count, answered;
    bool held[MACHINE_MAX_ADAPTERS][2];
    struct dump_found *found; /* room for those of one counter */
    struct adopted_dump list[];
};

static const uint64_t *memory_of(const struct engine_vm *vm, size_t adapter, int direction)
{
    uint32_t slot = vm->config->adapters[adapter].id;

    return vm->memory + QEMU_MEMORY_COUNTERS + ((size_t)2 * slot + (uint32_t)direction) * DUMP_MEMORY_WORDS;
}

/* Before its first sample there was nothing to go on from. */
static bool was_counted(const struct engine_vm *vm)
{
    return vm->memory[QEMU_MEMORY_LAYOUT] != 0;
}

void qemu_vm_adopt_rest(struct engine_vm *vm)
{
    if (!vm->adopted)
        return;
    vm->adopted = false;
    vm->counted = was_counted(vm);
    for (size_t i = 0; vm->counted && i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                dump_counter_adopt_rest(vm->counters[i][direction], memory_of(vm, i, direction));
        }
    }
}

static void on_status(void *context, const json_t *answer, const struct vpc_error *err)
{
    const char *status = json_string_value(json_object_get(answer, "status"));
    struct engine_vm *vm = context;

    if (vm->state == STATE_ADOPTING && qmp_is_unsent(err))
        qmp_client_send(vm->client, "query-status", json_null(), on_status, vm);
    if (vm->state != STATE_ADOPTING || err || !status)
        return;
    if (!strcmp(status, "shutdown")) {
        /* The guest has powered off, and QEMU waits to be let go. */
        qemu_vm_quit(vm, ENGINE_STOP_BY_GUEST);
        return;
    }
    if (vm->counted)
        qemu_vm_deliver_sample(vm);
    vm->state = STATE_LIVE;
    vm->guest_runs = !strcmp(status, "running");
    qemu_vm_watch(vm, QEMU_ROTATE_MS);
    if (vm->guest_runs)
        vm->events->running(vm->context);
    else
        vm->events->paused(vm->context);
}

static void on_adopted_drives(void *context, const json_t *answer, const struct vpc_error *err)
{
    qemu_vm_take_drives(context, answer, err);
}

/* A guest that has given its whole state away is not saved again before it has run for an instant. */
static void on_run_state(void *context, const json_t *answer, const struct vpc_error *err)
{
    const char *status = json_string_value(json_object_get(answer, "status"));
    struct engine_vm *vm = context;

    if (vm->state != STATE_ADOPTING)
        return;
    if (qmp_is_unsent(err)) {
        qmp_client_send(vm->client, "query-status", json_null(), on_run_state, vm);
        return;
    }
    qmp_client_cork(vm->client);
    if (status && !strcmp(status, "postmigrate")) {
        qmp_client_send(vm->client, "cont", json_null(), NULL, NULL);
        qmp_client_send(vm->client, "stop", json_null(), NULL, NULL);
    }
    qemu_vm_ask_drives(vm, on_adopted_drives);
    qmp_client_send(vm->client, "query-status", json_null(), on_status, vm);
    qmp_client_uncork(vm->client);
}

static void on_migration(void *context, const json_t *answer, const struct vpc_error *err)
{
    const char *status = json_string_value(json_object_get(answer, "status"));
    struct engine_vm *vm = context;

    if (vm->state != STATE_ADOPTING)
        return;
    vm->giving_up = qmp_is_unsent(err) || (!err && !qemu_migration_is_over(status));
    if (!vm->giving_up)
        qmp_client_send(vm->client, "query-status", json_null(), on_run_state, vm);
}

void qemu_vm_adopt_watch(struct engine_vm *vm)
{
    if (!vm->giving_up)
        return;
    vm->giving_up = false;
    qmp_client_send(vm->client, "query-migrate", json_null(), on_migration, vm);
}

/* Nobody takes the stream of a save any more, in whose middle the supervisor was lost. */
static void give_up_save(struct engine_vm *vm)
{
    qmp_client_cork(vm->client);
    qmp_client_send(vm->client, "migrate_cancel", json_null(), NULL, NULL);
    qmp_client_send(vm->client, "query-migrate", json_null(), on_migration, vm);
    qmp_client_uncork(vm->client);
}

static void adopt_counter(struct engine_vm *vm, size_t adapter, int direction)
{
    struct dump_found *found = vm->dumps->found;
    size_t count = 0;

    for (size_t i = 0; i < vm->dumps->count; i++) {
        const struct adopted_dump *dump = &vm->dumps->list[i];

        if (dump->adapter == adapter && dump->direction == direction)
            found[count++] = dump->found;
    }
    dump_counter_adopt(vm->counters[adapter][direction], vm->client, memory_of(vm, adapter, direction), found, count,
                       vm->dumps->held[adapter][direction]);
}

void qemu_vm_forget_dumps(struct engine_vm *vm)
{
    if (vm->dumps)
        free(vm->dumps->found);
    free(vm->dumps);
    vm->dumps = NULL;
}

/* All dumps are known. */
static void adopt_counters(struct engine_vm *vm)
{
    vm->adopted = false;
    vm->counted = was_counted(vm);
    for (size_t i = 0; vm->counted && i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            if (vm->counters[i][direction])
                adopt_counter(vm, i, direction);
        }
    }
    qemu_vm_forget_dumps(vm);
    give_up_save(vm);
}

static void ask_dump(struct engine_vm *vm, struct adopted_dump *dump);

static void on_dump_status(void *context, const json_t *answer, const struct vpc_error *err)
{
    struct adopted_dump *dump = context;
    struct engine_vm *vm = dump->vm;
    const char *status = json_string_value(answer);

    if (vm->state != STATE_ADOPTING)
        return;
    if (qmp_is_unsent(err)) {
        ask_dump(vm, dump);
        return;
    }
    dump->found.on = !err && status && !strcmp(status, "on");
    if (++vm->dumps->answered == vm->dumps->count)
        adopt_counters(vm);
}

/* Which counter an object of QEMU belongs to. */
static void note_object(struct engine_vm *vm, const char *name)
{
    struct adopted_dumps *dumps = vm->dumps;

    for (size_t i = 0; i < MACHINE_MAX_ADAPTERS; i++) {
        for (int direction = 0; direction < 2; direction++) {
            const struct dump_counter *counter = vm->counters[i][direction];
            uint64_t sequence;

            if (counter && dump_counter_is_hold(counter, name))
                dumps->held[i][direction] = true;
            if (counter && dump_counter_is_dump(counter, name, &sequence))
                dumps->list[dumps->count++] = (struct adopted_dump){
                    .vm = vm, .adapter = i, .direction = direction, .found = {.sequence = sequence}};
        }
    }
}

static void ask_dump(struct engine_vm *vm, struct adopted_dump *dump)
{
    uint32_t slot = vm->config->adapters[dump->adapter].id;
    char *path = text_format("/objects/vpc-dump-%u-%s-%llu", slot, dump->direction == DUMP_SENT ? "sent" : "received",
                             (unsigned long long)dump->found.sequence);

    qmp_client_send(vm->client, "qom-get", json_pack("{s:s,s:s}", "path", path, "property", "status"), on_dump_status,
                    dump);
    free(path);
}

static void ask_objects(struct engine_vm *vm);

static void take_objects(struct engine_vm *vm, const json_t *objects)
{
    const json_t *row;
    size_t i;

    struct dump_found *found = calloc(json_array_size(objects) + 1, sizeof(*found));
    vm->dumps = found ? calloc(1, sizeof(*vm->dumps) + json_array_size(objects) * sizeof(vm->dumps->list[0])) : NULL;
    if (!vm->dumps) {
        free(found);
        /* QEMU is there, and nobody else will ask it. */
        ask_objects(vm);
        return;
    }
    vm->dumps->found = found;
    json_array_foreach(objects, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (name)
            note_object(vm, name);
    }
    if (!vm->dumps->count) {
        adopt_counters(vm);
        return;
    }
    qmp_client_cork(vm->client);
    for (i = 0; i < vm->dumps->count; i++)
        ask_dump(vm, &vm->dumps->list[i]);
    qmp_client_uncork(vm->client);
}

static void on_objects(void *context, const json_t *objects, const struct vpc_error *err)
{
    struct engine_vm *vm = context;

    if (vm->state != STATE_ADOPTING)
        return;
    if (qmp_is_unsent(err))
        ask_objects(vm);
    else if (!err)
        take_objects(vm, objects);
}

static void ask_objects(struct engine_vm *vm)
{
    qmp_client_send(vm->client, "qom-list", json_pack("{s:s}", "path", "/objects"), on_objects, vm);
}

static void on_entered(void *context, struct qmp_client *client, const json_t *objects)
{
    struct engine_vm *vm = context;

    qemu_vm_take_client(vm, client);
    if (vm->state != STATE_STARTING)
        return;
    vm->state = STATE_ADOPTING;
    qemu_vm_reopen_networks(vm);
    take_objects(vm, objects);
}

/* The id of a QEMU whose start was cut short stands in a file only. */
static void read_process_id(const struct engine_vm *vm, int64_t *pid, uint64_t *start)
{
    char *path = path_join(vm->run_folder, QEMU_PID_FILE), *text;
    struct proc_stat stat;
    struct vpc_error ignored;
    size_t size;

    if (path && file_read(path, 64, &text, &size, &ignored)) {
        *pid = strtoll(text, NULL, 10);
        free(text);
        if (*pid > 0 && proc_stat_read(*pid, &stat))
            *start = stat.start;
        else
            *pid = 0;
    }
    free(path);
}

/* The process, NULL when it is gone. An id may have been given to a stranger. False when it cannot be told. */
static bool find_process(struct engine_vm *vm, int64_t pid, uint64_t start, struct vpc_error *err)
{
    char object[64];

    if (!pid)
        read_process_id(vm, &pid, &start);
    snprintf(object, sizeof(object), "vpc-%s", vm->nonce);
    if (!pid)
        return true;
    if (!qemu_process_adopt(&vm->process, pid, start, err))
        return err->cause != VPC_OUT_OF_MEMORY;
    if (proc_command_lacks(pid, object)) {
        qemu_process_free(vm->process);
        vm->process = NULL;
    }
    return true;
}

static bool read_state(struct engine_vm *vm, const char *state, int64_t *pid, uint64_t *start, struct vpc_error *err)
{
    json_t *words = json_line_read(state, strlen(state), err);
    const char *nonce = json_string_value(json_object_get(words, "nonce"));
    json_int_t port = json_integer_value(json_object_get(words, "port"));
    bool ok = nonce && strlen(nonce) < sizeof(vm->nonce) && port >= 0 && port <= UINT16_MAX &&
              qemu_vm_read_network_words(vm, json_object_get(words, "internal"));

    if (ok) {
        /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): its length was checked above */
        strcpy(vm->nonce, nonce);
        vm->port = (uint16_t)port;
        *pid = json_integer_value(json_object_get(words, "pid"));
        *start = (uint64_t)json_integer_value(json_object_get(words, "start"));
    } else if (words || err->cause != VPC_OUT_OF_MEMORY) {
        vpc_fail(err, VPC_CORRUPT, "what the lost supervisor has left cannot be read: '%.100s'", state);
    }
    json_decref(words);
    return ok;
}

static void recall(struct engine_vm *vm, const uint64_t memory[ENGINE_MEMORY_WORDS])
{
    memcpy(vm->memory, memory, sizeof(vm->memory));
    vm->reset_filter.had_reset = memory[QEMU_MEMORY_RESET] != 0;
    vm->reset_filter.reset_us = (int64_t)memory[QEMU_MEMORY_RESET];
    vm->reset_filter.packets = memory[QEMU_MEMORY_RESET + 1];
    vm->reset_filter.disk = memory[QEMU_MEMORY_RESET + 2];
}

bool qemu_vm_adopt(struct engine_vm *vm, const char *state, const uint64_t memory[ENGINE_MEMORY_WORDS],
                   struct vpc_error *err)
{
    struct vpc_error gone;
    int64_t pid = 0;
    uint64_t start = 0;

    if (vm->state != STATE_NEW)
        return vpc_fail(err, VPC_UNEXPECTED, "a VM of the QEMU engine starts once");
    if (memory[QEMU_MEMORY_LAYOUT] != 0 && memory[QEMU_MEMORY_LAYOUT] != QEMU_MEMORY_THIS_LAYOUT)
        return vpc_fail(err, VPC_CORRUPT, "the lost supervisor was of another version: its figures have layout %llu",
                        (unsigned long long)memory[QEMU_MEMORY_LAYOUT]);
    vm->state = STATE_OVER;
    if (!read_state(vm, state, &pid, &start, err) || !qemu_vm_make_counters(vm, err) ||
        !find_process(vm, pid, start, err))
        return false;
    snprintf(vm->state_text, sizeof(vm->state_text), "%s", state);
    recall(vm, memory);
    if (vm->process && (vm->socket || vm->port) &&
        ((!vm->socket && !monitor_key_read(&vm->key, vm->run_folder, err)) ||
         !qemu_vm_open_door(vm, vm->port, on_entered, err))) {
        /* It runs, and must not end with us. */
        qemu_process_free(vm->process);
        vm->process = NULL;
        return false;
    }
    vm->adopted = true;
    vm->state = STATE_STARTING;
    vm->deadline_ms = UINT64_MAX; /* it may be suspended, and has a right to be */
    if (vm->process) {
        qemu_vm_watch_process(vm);
        qemu_vm_watch(vm, WATCH_ADOPT_MS);
    } else {
        vpc_fail(&gone, VPC_ENGINE, "while its supervisor was lost");
        qemu_vm_fail(vm, &gone);
    }
    return true;
}
