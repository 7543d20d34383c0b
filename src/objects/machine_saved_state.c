/* The saved state of a VM that is off. */
#include <windows.h>
#include <stdlib.h>
#include "config/saved_state_place.h"
#include "objects/machine.h"
#include "objects/out.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"

enum {
    LOCK_RETRY_MS = 10
};

bool machine_saved_state(struct machine *machine, char **path, struct vpc_error *err)
{
    struct settings *settings;
    char *vmc;
    *path = NULL;
    if (!machine_settings(machine, &settings, err))
        return false;
    bool told = machine_vmc(machine, &vmc, err);
    if (told)
        told = saved_state_place_find(settings, vmc, path, err);
    free(vmc);
    settings_free(settings);
    return told;
}

bool machine_lock(struct machine *machine, uint64_t deadline_ms, struct file_lock **lock, struct vpc_error *err)
{
    char *folder, *path;
    *lock = NULL;
    if (!machine_run_folder(machine, &folder, err))
        return false;
    path = path_join(folder, VM_LOCK_FILE);
    bool made = path ? folder_make(folder, err) : fail_out_of_memory(err);
    free(folder);
    while (made && !*lock) {
        enum vm_state state;
        made = file_lock_try(lock, path, err);
        if (!made || *lock)
            break;
        if (!machine_state_by(machine, deadline_ms, &state, err))
            made = false;
        else if (!vm_state_is_off(state) || clock_monotonic_ms() >= deadline_ms)
            made = vpc_fail(err, VPC_VM_RUNNING, "the VM is on");
        else
            Sleep(LOCK_RETRY_MS);
    }
    free(path);
    return made;
}

bool machine_discard_saved_state(struct machine *machine, uint64_t deadline_ms, struct vpc_error *err)
{
    struct file_lock *lock;
    char *path = NULL, *vmc = NULL;
    if (!machine_lock(machine, deadline_ms, &lock, err))
        return false;
    bool done = machine_vmc(machine, &vmc, err) && machine_saved_state(machine, &path, err) &&
                (path || vpc_fail(err, VPC_FILE_NOT_FOUND, "the VM has no saved state")) &&
                saved_state_place_remove(path, vmc, err);
    /* One that lies elsewhere stays, and is forgotten first. */
    bool stays = done && file_exists(path);
    if (stays)
        done = saved_state_place_set(vmc, NULL, err);
    /* The VM is TurnedOff now, whether anybody can be told or not, and the .vmc be written or not: one that names a
     * file that is not there names none. */
    struct vpc_error ignored;
    if (done) {
        machine_tell_state(machine, VM_TURNED_OFF, &ignored);
        if (!stays)
            saved_state_place_set(vmc, NULL, &ignored);
    }
    file_lock_release(lock);
    free(path);
    free(vmc);
    return done;
}
