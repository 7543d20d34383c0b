/* The commands of the fake engine; fake.h lists them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/fake/fake_vm.h"
#include "util/file.h"

enum {
    FAKE_MAX_FILE = 1024 * 1024
};

static const char *const fake_operation_names[FAKE_OPERATIONS] = {
    [FAKE_START] = "start",   [FAKE_RESET] = "reset",         [FAKE_TURN_OFF] = "turn-off",
    [FAKE_PAUSE] = "pause",   [FAKE_RESUME] = "resume",       [FAKE_SAVE] = "save",
    [FAKE_REBOOT] = "reboot", [FAKE_POWER_OFF] = "power-off", [FAKE_TRIPLE_FAULT] = "triple-fault",
    [FAKE_DISK_FULL] = "disk-full", [FAKE_STAND] = "stand",         [FAKE_LET_RUN] = "let-run",
    [FAKE_CRASH] = "crash",
};

/* The operation that `value` names, among those before `limit`. */
static bool fake_parse_operation(const json_t *value, enum fake_operation limit, enum fake_operation *operation,
                                 struct vpc_error *err)
{
    const char *name = json_string_value(value);
    for (int i = 0; name != NULL && i < (int)limit; i++)
        if (strcmp(fake_operation_names[i], name) == 0) {
            *operation = (enum fake_operation)i;
            return true;
        }
    return vpc_fail(err, VPC_INVALID_ARGUMENT, "no such operation: '%s'", name != NULL ? name : "(not a text)");
}

/* Text of the member "text", or `fallback`. */
static void fake_take_text(char *text, size_t size, const json_t *command, const char *fallback)
{
    const char *given = json_string_value(json_object_get(command, "text"));
    snprintf(text, size, "%s", given != NULL ? given : fallback);
}

/* Adds counts to the numbers of a source, all or none. */
static bool fake_add(uint64_t *const numbers[4], const json_int_t counts[4], struct vpc_error *err)
{
    for (int i = 0; i < 4; i++) {
        if (counts[i] < 0)
            return vpc_fail(err, VPC_INVALID_ARGUMENT, "a count of %lld is negative", (long long)counts[i]);
        if ((uint64_t)counts[i] > UINT64_MAX - *numbers[i])
            return vpc_fail(err, VPC_INVALID_ARGUMENT, "the source's number would pass 64 bits");
    }
    for (int i = 0; i < 4; i++)
        *numbers[i] += (uint64_t)counts[i];
    return true;
}

/* Frames and sectors move while the guest executes; before that they are what a source shows from earlier. */
static bool fake_need_movement(const struct engine_vm *vm, struct vpc_error *err)
{
    if (vm->state == FAKE_PAUSED)
        return vpc_fail(err, VPC_STATE_CONFLICT, "the guest is paused and moves nothing");
    if (vm->state == FAKE_ENDED)
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM has ended");
    return true;
}

static bool fake_command_traffic(struct engine_vm *vm, const json_t *command, const json_t *value,
                                 struct vpc_error *err)
{
    (void)command;
    int slot = 0;
    json_int_t counts[4] = {0};
    if (json_unpack((json_t *)value, "{s:i,s?I,s?I,s?I,s?I!}", "adapter", &slot, "sent", &counts[0], "received",
                    &counts[1], "packets_sent", &counts[2], "packets_received", &counts[3]) != 0)
        return vpc_fail(err, VPC_INVALID_ARGUMENT,
                        "traffic is not {adapter, sent, received, packets_sent, packets_received}");
    if (slot < 0 || slot >= ACCOUNTING_MAX_ADAPTERS || !vm->has_adapter[slot])
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "no network adapter %d", slot);
    if (!fake_need_movement(vm, err))
        return false;
    struct adapter_reading *source = &vm->adapters[slot];
    if (!fake_add((uint64_t *const[4]){&source->bytes_sent, &source->bytes_received, &source->packets_sent,
                                       &source->packets_received},
                  counts, err))
        return false;
    return true;
}

static bool fake_command_disk(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    (void)command;
    int slot = 0;
    json_int_t counts[4] = {0};
    if (json_unpack((json_t *)value, "{s:i,s?I,s?I,s?I,s?I!}", "drive", &slot, "read", &counts[0], "written",
                    &counts[1], "reads", &counts[2], "writes", &counts[3]) != 0)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "disk is not {drive, read, written, reads, writes}");
    if (slot < 0 || slot >= ACCOUNTING_MAX_DRIVES || !vm->has_drive[slot])
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "no drive %d", slot);
    if (!fake_need_movement(vm, err))
        return false;
    struct drive_reading *source = &vm->drives[slot];
    if (!fake_add((uint64_t *const[4]){&source->bytes_read, &source->bytes_written, &source->reads, &source->writes},
                  counts, err))
        return false;
    return true;
}

static bool fake_command_cpu(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    (void)command;
    const char *word = json_string_value(value);
    vm->cpu_lost = word != NULL && strcmp(word, "lost") == 0;
    if (vm->cpu_lost)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 100)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "cpu is not a number from 0 to 100");
    fake_count_cpu(vm);
    vm->cpu_percent = (uint64_t)json_integer_value(value);
    return true;
}

static bool fake_command_guest(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    (void)command;
    enum fake_operation operation;
    if (!fake_parse_operation(value, FAKE_CRASH, &operation, err))
        return false;
    if (operation < FAKE_REBOOT || operation == FAKE_STAND || operation == FAKE_LET_RUN)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "a guest cannot '%s'", fake_operation_names[operation]);
    if (vm->state != FAKE_RUNNING)
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "the guest does not execute");
    return fake_enqueue(vm, operation, err);
}

static bool fake_command_fail(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    enum fake_operation operation;
    if (!fake_parse_operation(value, FAKE_REBOOT, &operation, err))
        return false;
    if (operation == FAKE_TURN_OFF)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "a power cut cannot fail once it is accepted");
    const char *cause = json_string_value(json_object_get(command, "cause"));
    vm->orders[operation].fails = true;
    vm->orders[operation].cause = cause != NULL ? vpc_cause_from_name(cause) : VPC_ENGINE;
    fake_take_text(vm->orders[operation].text, sizeof vm->orders[operation].text, command, "fails as ordered");
    return true;
}

static bool fake_command_refuse(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    enum fake_operation operation;
    if (!fake_parse_operation(value, FAKE_REBOOT, &operation, err))
        return false;
    vm->orders[operation].refused = true;
    fake_take_text(vm->orders[operation].text, sizeof vm->orders[operation].text, command, "refused as ordered");
    return true;
}

static bool fake_command_hold(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    (void)command;
    enum fake_operation operation;
    if (!fake_parse_operation(value, FAKE_CRASH, &operation, err))
        return false;
    vm->orders[operation].held = true;
    return true;
}

static bool fake_command_release(struct engine_vm *vm, const json_t *command, const json_t *value,
                                 struct vpc_error *err)
{
    (void)command;
    enum fake_operation operation;
    if (!fake_parse_operation(value, FAKE_CRASH, &operation, err))
        return false;
    vm->orders[operation].held = false;
    if (vm->queued > 0)
        fake_wake(vm);
    return true;
}

static bool fake_command_source(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    const char *word = json_string_value(value);
    if (word == NULL || (strcmp(word, "lost") != 0 && strcmp(word, "back") != 0))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "source is neither lost nor back");
    vm->source_lost = strcmp(word, "lost") == 0;
    fake_take_text(vm->source_text, sizeof vm->source_text, command, "the source is lost");
    return true;
}

/* Takes {"adapter":n} or {"drive":n} apart: the other one is NULL. */
static bool fake_parse_source(struct engine_vm *vm, const json_t *value, struct adapter_reading **adapter,
                              struct drive_reading **drive, struct vpc_error *err)
{
    int slot = -1;
    *adapter = NULL;
    *drive = NULL;
    if (json_unpack((json_t *)value, "{s:i!}", "adapter", &slot) == 0 && slot >= 0 && slot < ACCOUNTING_MAX_ADAPTERS &&
        vm->has_adapter[slot])
        *adapter = &vm->adapters[slot];
    else if (json_unpack((json_t *)value, "{s:i!}", "drive", &slot) == 0 && slot >= 0 && slot < ACCOUNTING_MAX_DRIVES &&
             vm->has_drive[slot])
        *drive = &vm->drives[slot];
    else
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "neither an adapter nor a drive of this VM");
    return true;
}

static bool fake_command_restart(struct engine_vm *vm, const json_t *command, const json_t *value,
                                 struct vpc_error *err)
{
    (void)command;
    struct adapter_reading *adapter;
    struct drive_reading *drive;
    if (!fake_parse_source(vm, value, &adapter, &drive, err))
        return false;
    if (adapter != NULL)
        *adapter = (struct adapter_reading){.known = adapter->known};
    else
        *drive = (struct drive_reading){.known = drive->known};
    return true;
}

static bool fake_set_plug(struct engine_vm *vm, const json_t *value, bool plugged, struct vpc_error *err)
{
    struct adapter_reading *adapter;
    struct drive_reading *drive;
    if (!fake_parse_source(vm, value, &adapter, &drive, err))
        return false;
    if (adapter != NULL)
        *adapter = (struct adapter_reading){.known = plugged};
    else
        *drive = (struct drive_reading){.known = plugged, .renewed = true};
    return true;
}

static bool fake_command_unplug(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    (void)command;
    return fake_set_plug(vm, value, false, err);
}

static bool fake_command_plug(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    (void)command;
    return fake_set_plug(vm, value, true, err);
}

static bool fake_command_crash(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err)
{
    if (!json_is_true(value))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "crash is not true");
    if (vm->state == FAKE_NEW || vm->state == FAKE_ENDED)
        return vpc_fail(err, VPC_VM_NOT_RUNNING, "the VM is not running");
    vm->orders[FAKE_CRASH].fails = true;
    vm->orders[FAKE_CRASH].cause = VPC_ENGINE;
    fake_take_text(vm->orders[FAKE_CRASH].text, sizeof vm->orders[FAKE_CRASH].text, command,
                   "the hypervisor crashed as ordered");
    return fake_enqueue(vm, FAKE_CRASH, err);
}

static bool fake_command_progress(struct engine_vm *vm, const json_t *command, const json_t *value,
                                  struct vpc_error *err)
{
    (void)command;
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > 99)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "progress is not a number from 1 to 99");
    if (vm->queued == 0 || (vm->queue[0] != FAKE_SAVE && vm->queue[0] != FAKE_START))
        return vpc_fail(err, VPC_STATE_CONFLICT, "no save or restore waits");
    vm->progress_wanted = (unsigned)json_integer_value(value);
    fake_wake(vm);
    return true;
}

static const struct fake_command_entry {
    const char *name;
    /* `command` is the whole object, `value` its member of that name. */
    bool (*obey)(struct engine_vm *vm, const json_t *command, const json_t *value, struct vpc_error *err);
    bool takes_text; /* and a cause */
} fake_commands[] = {
    {"traffic", fake_command_traffic, false}, {"disk", fake_command_disk, false},
    {"cpu", fake_command_cpu, false},         {"guest", fake_command_guest, false},
    {"fail", fake_command_fail, true},        {"refuse", fake_command_refuse, true},
    {"hold", fake_command_hold, false},       {"release", fake_command_release, false},
    {"source", fake_command_source, true},    {"restart_counter", fake_command_restart, false},
    {"unplug", fake_command_unplug, false},   {"plug", fake_command_plug, false},
    {"crash", fake_command_crash, true},      {"progress", fake_command_progress, false},
};

bool fake_command(struct engine_vm *vm, const json_t *arguments, json_t **result, struct vpc_error *err)
{
    if (result != NULL)
        *result = NULL;
    for (size_t i = 0; i < sizeof fake_commands / sizeof fake_commands[0]; i++) {
        const struct fake_command_entry *entry = &fake_commands[i];
        const json_t *value = json_object_get(arguments, entry->name);
        if (value == NULL)
            continue;
        size_t expected = 1;
        if (entry->takes_text)
            expected += (json_object_get(arguments, "text") != NULL) + (json_object_get(arguments, "cause") != NULL);
        if (json_object_size(arguments) != expected)
            return vpc_fail(err, VPC_INVALID_ARGUMENT, "command '%s' has members that do not belong to it",
                            entry->name);
        return entry->obey(vm, arguments, value, err);
    }
    return vpc_fail(err, VPC_INVALID_ARGUMENT, "no command of the fake engine");
}

bool fake_obey_file(struct engine_vm *vm, const char *path, struct vpc_error *err)
{
    char *text = NULL;
    size_t size = 0;
    if (!file_exists(path))
        return true;
    if (!file_read(path, FAKE_MAX_FILE, &text, &size, err))
        return false;
    json_error_t where;
    json_t *commands = json_loadb(text, size, 0, &where);
    free(text);
    if (!json_is_array(commands)) {
        json_decref(commands);
        return vpc_fail(err, VPC_CORRUPT, "'%s' is not a list of commands", path);
    }
    bool done = true;
    for (size_t i = 0; done && i < json_array_size(commands); i++)
        if (!fake_command(vm, json_array_get(commands, i), NULL, err))
            done = vpc_fail_in(err, "'%s', command %zu", path, i + 1);
    json_decref(commands);
    return done;
}
