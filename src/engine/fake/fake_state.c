/* The fake engine's saved states: JSON in the file that all engines use. */
#include <stdlib.h>
#include <string.h>
#include "engine/fake/fake_vm.h"
#include "engine/saved_state.h"
#include "util/text.h"

enum {
    FAKE_MAX_STATE = 4096,
    FAKE_STEP_PERCENT = 25
};

static void fake_step(struct engine_vm *vm, unsigned steps)
{
    vm->events->progress(vm->context, steps * FAKE_STEP_PERCENT);
}

bool fake_write_state(struct engine_vm *vm, struct vpc_error *err)
{
    struct saved_state_about about = {.engine = "fake", .version = "1", .hardware = "fake"};
    struct saved_state_writer *writer;
    strncpy(about.config_id, vm->config_id != NULL ? vm->config_id : "", sizeof about.config_id - 1);
    if (!saved_state_create(&writer, vm->path, &about, err))
        return false;
    fake_step(vm, 1);
    char *text = text_format("{\"cpu\":%llu}", (unsigned long long)vm->cpu_percent);
    bool written = text != NULL ? saved_state_write(writer, text, strlen(text), err)
                                : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a saved state");
    free(text);
    fake_step(vm, 2);
    if (!written) {
        saved_state_discard(writer);
        return false;
    }
    fake_step(vm, 3);
    return saved_state_commit(writer, err);
}

bool fake_read_state(struct engine_vm *vm, struct vpc_error *err)
{
    struct saved_state_about about;
    struct saved_state_reader *reader;
    char text[FAKE_MAX_STATE];
    size_t size;
    if (!saved_state_open(&reader, vm->path, "fake", vm->config_id != NULL ? vm->config_id : "", &about, err))
        return false;
    fake_step(vm, 1);
    bool read = saved_state_read(reader, text, sizeof text, &size, err);
    fake_step(vm, 2);
    saved_state_close(reader);
    if (!read)
        return false;
    json_t *state = json_loadb(text, size, 0, NULL);
    json_int_t percent = json_integer_value(json_object_get(state, "cpu"));
    bool whole = json_is_integer(json_object_get(state, "cpu")) && percent >= 0 && percent <= 100;
    json_decref(state);
    if (!whole)
        return vpc_fail(err, VPC_SAVED_STATE, "saved state '%s' is none of the fake engine", vm->path);
    vm->cpu_percent = (uint64_t)percent;
    fake_step(vm, 3);
    return true;
}
