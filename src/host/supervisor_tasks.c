/* The tasks in the VM page: oldest first, the latest VM_PAGE_TASKS of them, and how those before ended, over the ends
 * of sessions. */
#include <stdio.h>
#include <string.h>
#include "host/supervisor_parts.h"

static struct vm_page_task *task_find(struct supervisor *supervisor, uint32_t id)
{
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (id != 0 && supervisor->body.tasks[i].id == id)
            return &supervisor->body.tasks[i];
    return NULL;
}

/* Random, because the tasks of all VMs share one numbering and their supervisors do not know each other. */
static uint32_t task_new_id(const struct supervisor *supervisor, uint32_t wished)
{
    uint32_t id = wished;
    struct vm_page_task taken;
    if (id != 0 && !vm_page_find_task(&supervisor->body, id, &taken))
        return id;
    do {
        if (uv_random(NULL, NULL, &id, sizeof id, 0, NULL) != 0)
            id = (uint32_t)uv_hrtime() ^ (uint32_t)uv_os_getpid() << 16;
        id &= 0x7fffffff;
    } while (id == 0 || vm_page_find_task(&supervisor->body, id, &taken));
    return id;
}

static enum vm_task_result task_result(enum vpc_cause cause)
{
    switch (cause) {
    case VPC_OUT_OF_MEMORY:
        return VM_TASK_OUT_OF_MEMORY;
    case VPC_DISK_FULL:
    case VPC_IO:
        return VM_TASK_DISK_ERROR;
    case VPC_TIMED_OUT:
        return VM_TASK_TIMED_OUT;
    case VPC_SAVED_STATE:
        return VM_TASK_INCOMPATIBLE_SAVED_STATE;
    case VPC_INVALID_ARGUMENT:
        return VM_TASK_ILLEGAL_VALUE;
    case VPC_CANCELLED:
        return VM_TASK_CANCELLED;
    default:
        return VM_TASK_UNEXPECTED_ERROR;
    }
}

/* Makes room for one more. What leaves is complete: at most the latest is under way. */
static void tasks_move_up(struct vm_page_body *body)
{
    const struct vm_page_task *oldest = &body->tasks[0];
    if (oldest->id != 0) {
        memmove(body->outcomes, body->outcomes + 1, (VM_PAGE_OUTCOMES - 1) * sizeof body->outcomes[0]);
        body->outcomes[VM_PAGE_OUTCOMES - 1] = (struct vm_page_outcome){.id = oldest->id,
                                                                        .cause = (uint16_t)oldest->cause,
                                                                        .result = (uint8_t)oldest->result,
                                                                        .percent = (uint8_t)oldest->percent};
    }
    memmove(body->tasks, body->tasks + 1, (VM_PAGE_TASKS - 1) * sizeof body->tasks[0]);
}

uint32_t supervisor_task_begin_as(struct supervisor *supervisor, enum vm_task_kind kind, uint32_t wished)
{
    uint32_t id = task_new_id(supervisor, wished);
    tasks_move_up(&supervisor->body);
    supervisor->body.tasks[VM_PAGE_TASKS - 1] = (struct vm_page_task){.id = id, .kind = kind};
    return id;
}

uint32_t supervisor_task_begin(struct supervisor *supervisor, enum vm_task_kind kind)
{
    return supervisor_task_begin_as(supervisor, kind, 0);
}

void supervisor_task_progress(struct supervisor *supervisor, uint32_t id, unsigned percent)
{
    struct vm_page_task *task = task_find(supervisor, id);
    if (task != NULL && !task->complete && percent > task->percent && percent <= 100)
        task->percent = percent;
}

static void task_end(struct vm_page_task *task, const struct vpc_error *err)
{
    task->complete = 1;
    if (err == NULL) {
        task->percent = 100;
        return;
    }
    task->result = task_result(err->cause);
    task->cause = err->cause;
    snprintf(task->text, sizeof task->text, "%.*s", (int)sizeof task->text - 1, err->text);
}

void supervisor_task_end(struct supervisor *supervisor, uint32_t id, const struct vpc_error *err)
{
    struct vm_page_task *task = task_find(supervisor, id);
    if (task != NULL && !task->complete)
        task_end(task, err);
}

void supervisor_tasks_abandon(struct supervisor *supervisor)
{
    struct vpc_error lost;
    vpc_fail(&lost, VPC_UNEXPECTED, "the supervisor of the VM was lost before the task was done");
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (supervisor->body.tasks[i].id != 0 && !supervisor->body.tasks[i].complete &&
            supervisor->body.tasks[i].id != supervisor->current.task)
            task_end(&supervisor->body.tasks[i], &lost);
}

uint32_t supervisor_task_unfinished(const struct supervisor *supervisor, enum vm_task_kind kind)
{
    for (int i = VM_PAGE_TASKS - 1; i >= 0; i--) {
        const struct vm_page_task *task = &supervisor->body.tasks[i];
        if (task->id != 0 && task->kind == kind && !task->complete)
            return task->id;
    }
    return 0;
}
