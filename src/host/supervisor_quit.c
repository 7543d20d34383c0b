/*
 * The end of the user's session, or of the host: what a VM that is active then does is its ShutdownActionOnQuit.
 *
 * Save saves it. TurnOff cuts its power. Shutdown is for guests with integration components and saves the others; no
 * guest of ours has them, so it is saved. A VM whose saved state would lose its undo disks is turned off instead. In
 * none of these cases is UndoAction applied.
 */
#include "config/saved_state_place.h"
#include "host/supervisor_parts.h"
#include "util/log.h"

enum {
    QUIT_SAVE = 0, /* VMShutdownAction */
    QUIT_TURN_OFF = 1
};

#define KEY_QUIT_ACTION "settings/shutdown/quit/action"

/* True when the .vmc, as it stands now, asks for a saved state. One that cannot be read is saved: nothing is lost by
 * that. */
static bool quit_saves(const struct supervisor *supervisor)
{
    struct settings *settings;
    struct vpc_error err;
    uint32_t action;
    bool doomed;
    bool known = settings_load(&settings, "preferences", supervisor->config->vmc, &err) &&
                 settings_read_integer(settings, KEY_QUIT_ACTION, QUIT_SAVE, &action, &err) &&
                 saved_state_place_is_doomed(settings, &doomed, &err);
    settings_free(settings);
    if (!known) {
        log_write(LOG_WARNING, "what to do at the end of the session is not known, so the VM is saved: %s", err.text);
        return true;
    }
    return action != QUIT_TURN_OFF && !doomed;
}

void supervisor_quit_when_it_can(struct supervisor *supervisor)
{
    struct vpc_error err;
    uint32_t task;
    if (!supervisor->quits || supervisor->ending || supervisor->taking_over ||
        supervisor->current.kind != OPERATION_NONE || !vm_state_is_active(supervisor->body.state))
        return;
    supervisor->quits = false;
    bool saves = quit_saves(supervisor);
    log_write(LOG_INFO, "the session ends: the VM is %s", saves ? "saved" : "turned off");
    if (saves ? !supervisor_save_begin(supervisor, &task, &err) : !supervisor_turn_off(supervisor, &task, &err))
        log_write(LOG_ERROR, "and goes on: %s", err.text);
}

void supervisor_quit(struct supervisor *supervisor)
{
    supervisor->quits = true;
    supervisor_quit_when_it_can(supervisor);
}
