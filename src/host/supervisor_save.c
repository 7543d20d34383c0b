/*
 * Saved states, as the supervisor sees them: which file, what the .vmc says of it, and what state the VM is in.
 *
 * The .vmc names the file before the engine writes it. The file appears in one step, when it is whole; that is the
 * moment in which the VM becomes Saved, whatever happens to this process afterwards.
 */
#include <stdlib.h>
#include "config/saved_state_place.h"
#include "engine/saved_state.h"
#include "host/supervisor_parts.h"
#include "util/log.h"
#include "util/text.h"

bool supervisor_save_find(struct supervisor *supervisor, struct vpc_error *err)
{
    const char *vmc = supervisor->config->vmc;
    struct settings *settings;
    if (!settings_load(&settings, "preferences", vmc, err))
        return false;
    bool looked = saved_state_place_find(settings, vmc, &supervisor->saved_state, err);
    settings_free(settings);
    return looked;
}

/* What the .vmc says now, not what it said when the VM was started. */
static bool save_is_allowed(const struct supervisor *supervisor, struct vpc_error *err)
{
    struct settings *settings;
    if (!settings_load(&settings, "preferences", supervisor->config->vmc, err))
        return false;
    bool doomed, known = saved_state_place_is_doomed(settings, &doomed, err);
    settings_free(settings);
    if (!known)
        return false;
    if (doomed)
        return vpc_fail(err, VPC_STATE_CONFLICT,
                        "the undo disks of virtual machine '%s' are marked for deletion; a saved state would lose them",
                        supervisor->config->name);
    return true;
}

static const char *save_config_id(const struct supervisor *supervisor)
{
    return supervisor->config->config_id != NULL ? supervisor->config->config_id : "";
}

/* Where a save goes: a VM that was renamed while it is saved keeps its file's name, and none may be written over. */
static bool save_choose_place(struct supervisor *supervisor, struct vpc_error *err)
{
    struct vpc_error taken;
    free(supervisor->saved_state);
    supervisor->saved_state = saved_state_place_new(supervisor->config->vmc);
    if (supervisor->saved_state != NULL &&
        !saved_state_is_free(supervisor->saved_state, save_config_id(supervisor), &taken)) {
        free(supervisor->saved_state);
        supervisor->saved_state = saved_state_place_other(supervisor->config->vmc, save_config_id(supervisor));
    }
    return supervisor->saved_state != NULL ||
           vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the path of a saved state");
}

bool supervisor_save_find_again(struct supervisor *supervisor, struct vpc_error *err)
{
    return supervisor->saved_state != NULL || save_choose_place(supervisor, err);
}

bool supervisor_save_is_whole(const struct supervisor *supervisor)
{
    return supervisor->saved_state != NULL && file_exists(supervisor->saved_state);
}

/* The .vmc names no saved state any more. What it then names is no file, so a failure harms nothing. A supervisor that
 * was lost may have left a part of one. */
static void save_forget_place(struct supervisor *supervisor)
{
    struct vpc_error err;
    if (supervisor->saved_state != NULL && !saved_state_remove_part(supervisor->saved_state, &err))
        log_write(LOG_WARNING, "a part of a saved state stays: %s", err.text);
    if (!saved_state_place_set(supervisor->config->vmc, NULL, &err))
        log_write(LOG_WARNING, "the path of the saved state stays in the configuration: %s", err.text);
    free(supervisor->saved_state);
    supervisor->saved_state = NULL;
}

bool supervisor_save_begin(struct supervisor *supervisor, uint32_t *task, struct vpc_error *err)
{
    if (!save_is_allowed(supervisor, err))
        return false;
    if (!save_choose_place(supervisor, err))
        return false;
    /* A file that nobody knows any more must not become this VM's saved state by being named. */
    if (!file_remove(supervisor->saved_state, err) ||
        !saved_state_place_set(supervisor->config->vmc, supervisor->saved_state, err)) {
        free(supervisor->saved_state);
        supervisor->saved_state = NULL;
        return false;
    }
    if (!engine_save(supervisor->engine, supervisor->saved_state, err)) {
        save_forget_place(supervisor);
        return false;
    }
    supervisor->body.goes_on_as = supervisor->body.state;
    supervisor->current = (struct operation){.kind = OPERATION_SAVE};
    *task = supervisor->current.task = supervisor_task_begin(supervisor, VM_TASK_SAVE);
    supervisor_enter(supervisor, VM_SAVING);
    return true;
}

void supervisor_save_failed(struct supervisor *supervisor, const struct vpc_error *err)
{
    save_forget_place(supervisor);
    if (supervisor->body.state == VM_SAVING)
        supervisor_enter(supervisor, (enum vm_state)supervisor->body.goes_on_as);
    supervisor_operation_end(supervisor, err);
}

void supervisor_save_use_up(struct supervisor *supervisor)
{
    struct vpc_error err;
    if (supervisor->saved_state == NULL)
        return;
    /* Restored once more it would meet disks that have gone on without it. */
    if (!saved_state_is_free(supervisor->saved_state, save_config_id(supervisor), &err) ||
        !file_remove(supervisor->saved_state, &err))
        log_write(LOG_ERROR, "the saved state is used up and cannot be removed: %s", err.text);
    save_forget_place(supervisor);
}

enum vm_state supervisor_save_rest(struct supervisor *supervisor)
{
    if (supervisor->saved_state == NULL)
        return VM_TURNED_OFF;
    bool there = false;
    struct vpc_error unknown;
    /* A state that cannot be looked at is not given up. */
    if ((supervisor->ending && supervisor->end_reason == ENGINE_STOP_SAVED) ||
        !file_look(supervisor->saved_state, &there, &unknown) || there)
        return VM_SAVED;
    save_forget_place(supervisor);
    return VM_TURNED_OFF;
}
