/*
 * Free space where the VM writes: the folders of its hard disks and that of the .vmc, where a saved state goes.
 *
 * The system is asked in the background, because a disk may be far away. What has been told is told again only after
 * there was more in between, so that a client that resumes a VM on a full disk is not paused each second; QEMU itself
 * stops a guest whose write has found no space.
 */
#include <stdlib.h>
#include "host/supervisor_parts.h"
#include "util/log.h"
#include "util/path.h"

enum {
    SPACE_EVERY_MS = 2000
};

#define SPACE_LOW_BYTES      (100ull * 1024 * 1024)
#define SPACE_CRITICAL_BYTES (20ull * 1024 * 1024)

/* Folder number `place`, new memory; NULL when that is none. */
static char *space_folder(const struct machine_config *config, size_t place)
{
    if (place == 0)
        return path_folder(config->vmc);
    const struct machine_drive *drive = &config->drives[place - 1];
    return drive->kind == DRIVE_HARD_DISK && drive->path != NULL ? path_folder(drive->path) : NULL;
}

/* On its own: nobody has asked for it, so nobody is owed a reply. But what is asked for meanwhile waits. */
static void space_pause(struct supervisor *supervisor)
{
    struct vpc_error err;
    if (supervisor->body.state != VM_RUNNING || supervisor->current.kind != OPERATION_NONE)
        return;
    if (engine_pause(supervisor->engine, &err))
        supervisor->current = (struct operation){.kind = OPERATION_PAUSE};
    else
        log_write(LOG_ERROR, "a VM without space is not paused: %s", err.text);
}

static void space_judge(struct supervisor *supervisor)
{
    struct space_watch *space = &supervisor->space;
    bool low = space->least_bytes < SPACE_LOW_BYTES, critical = space->least_bytes < SPACE_CRITICAL_BYTES;
    if (supervisor->ending || !vm_state_is_active(supervisor->body.state))
        return;
    if (critical && supervisor->current.kind != OPERATION_NONE)
        return; /* a pause would come between: the next round */
    if (low && !space->low) {
        log_write(LOG_WARNING, "a disk of the host has only %llu bytes free", (unsigned long long)space->least_bytes);
        supervisor_event(supervisor, VM_EVENT_DISK_OUT_OF_SPACE, 0);
    }
    if (critical && !space->critical) {
        log_write(LOG_ERROR, "a disk of the host has only %llu bytes free", (unsigned long long)space->least_bytes);
        supervisor_event(supervisor, VM_EVENT_DISK_OUT_OF_SPACE, 1);
        space_pause(supervisor);
    }
    if (!low && space->low)
        log_write(LOG_INFO, "the disks of the host have room again");
    space->low = low;
    space->critical = critical;
}

static void space_answered(uv_fs_t *request);

/* Asks about `place` or the first after it; judges when there is none left. */
static void space_ask(struct supervisor *supervisor)
{
    struct space_watch *space = &supervisor->space;
    for (; space->place <= supervisor->config->drive_count; space->place++) {
        char *folder = space_folder(supervisor->config, space->place);
        if (folder != NULL) {
            space->request.data = supervisor;
            space->asking = uv_fs_statfs(supervisor->loop, &space->request, folder, space_answered) == 0;
        }
        free(folder);
        if (space->asking)
            return;
    }
    space_judge(supervisor);
}

/* A folder of which nothing can be learnt is passed over. */
static void space_answered(uv_fs_t *request)
{
    struct supervisor *supervisor = request->data;
    struct space_watch *space = &supervisor->space;
    const uv_statfs_t *answer = request->ptr;
    if (request->result == 0 && answer->f_bsize * answer->f_bavail < space->least_bytes)
        space->least_bytes = answer->f_bsize * answer->f_bavail;
    uv_fs_req_cleanup(request);
    space->asking = false;
    space->place++;
    space_ask(supervisor);
}

void supervisor_no_space(struct supervisor *supervisor)
{
    /* Several writes may be under way at once. */
    if (supervisor->space.stopped || supervisor->ending || !vm_state_is_active(supervisor->body.state))
        return;
    log_write(LOG_ERROR, "a disk of the host has no room for what the guest writes");
    supervisor->space.stopped = true;
    supervisor_event(supervisor, VM_EVENT_DISK_OUT_OF_SPACE, 1);
}

void supervisor_watch_space(struct supervisor *supervisor)
{
    struct space_watch *space = &supervisor->space;
    uint64_t now_ms = uv_now(supervisor->loop);
    if (space->asking || now_ms < space->next_ms)
        return;
    space->next_ms = now_ms + SPACE_EVERY_MS;
    space->place = 0;
    space->least_bytes = UINT64_MAX;
    space_ask(supervisor);
}
