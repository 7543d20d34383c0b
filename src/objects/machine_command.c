/* What a VM is told: to start, and whatever else goes to its supervisor. */
#include <windows.h>
#include <stdlib.h>
#include "objects/machine.h"
#include "objects/supervisor.h"
#include "util/clock.h"

bool machine_start(struct machine *machine, uint64_t deadline_ms, uint32_t *task, struct control_launch **launch,
                   struct vpc_error *err)
{
    char *name;
    *task = 0;
    *launch = NULL;
    if (!machine_name(machine, &name, err))
        return false;
    bool started;
    /* A supervisor that was about to leave may have refused. */
    for (;;) {
        enum vm_state state;
        struct vpc_error state_err;
        started = supervisor_start(name, deadline_ms, task, launch, err);
        if (started || err->cause != VPC_VM_RUNNING || clock_monotonic_ms() >= deadline_ms)
            break;
        if (!machine_state_by(machine, deadline_ms, &state, &state_err) || !vm_state_is_off(state))
            break;
        Sleep(20);
    }
    free(name);
    return started;
}

bool machine_command(struct machine *machine, const char *command, uint32_t *task, struct vpc_error *err)
{
    struct vm_page *page;
    char *name;
    bool alive, called = false;
    *task = 0;
    if (!machine_name(machine, &name, err))
        return false;
    uint64_t deadline_ms = supervisor_deadline();
    if (machine_presence(machine, deadline_ms, &page, &alive, err)) {
        if (alive && vm_state_is_active(vm_page_read_state(page)))
            called = supervisor_call(page, command, deadline_ms, task, err);
        else
            vpc_fail(err, VPC_VM_NOT_RUNNING, "VM '%s' is not running", name);
    }
    free(name);
    return called;
}

bool machine_cancel(struct machine *machine, uint32_t task, struct vpc_error *err)
{
    struct vm_page *page;
    bool alive;
    uint64_t deadline_ms = supervisor_deadline();
    if (!machine_presence(machine, deadline_ms, &page, &alive, err))
        return false;
    return alive ? supervisor_cancel(page, task, deadline_ms, err)
                 : vpc_fail(err, VPC_STATE_CONFLICT, "the task has ended");
}
