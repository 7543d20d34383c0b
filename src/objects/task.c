#include "objects/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "com/error.h"
#include "objects/object_list.h"
#include "objects/out.h"
#include "objects/supervisor.h"
#include "util/text.h"

enum {
    TASK_WAIT_MOST_MS = 4000000, /* documented */
    TASK_POLL_MS = 15,           /* a look at a mapped page costs nothing */
    TASK_SILENCE_MS = 12000 /* for which a wait bears that the VM cannot be asked: a takeover lasts at most so long */
};

/* In the place of a result: the task has ended, and how is not known any more; the text says why. No page says so. */
#define TASK_FORGOTTEN UINT32_MAX

struct task {
    struct com_object base;
    struct machine *machine; /* shared */
    uint32_t id;
    enum vm_task_kind kind;
    char *description;
    SRWLOCK lock;                  /* guards what follows */
    struct vm_page_task row;       /* as last seen; once complete it never changes */
    struct control_launch *launch; /* owned; NULL but for a supervisor that has not said yet how it stands */
};

static void task_destroy(struct com_object *object)
{
    struct task *task = (struct task *)object;
    machine_release(task->machine);
    control_launch_end(task->launch);
    free(task->description);
    com_object_free(object);
}

static const struct com_class task_class = {
    .name = L"IVMTask",
    .iid = &IID_IVMTask,
    .clsid = &CLSID_VMTask,
    .destroy = task_destroy,
};

static struct task *task_from_IVMTask(IVMTask *iface)
{
    return (struct task *)iface;
}

/* How a task ends that no supervisor finished. */
static void task_lose(struct vm_page_task *row, const char *text)
{
    row->complete = 1;
    row->result = VM_TASK_UNEXPECTED_ERROR;
    row->cause = VPC_UNEXPECTED;
    snprintf(row->text, sizeof row->text, "%s", text);
}

/* A task that the page does not know was in it: a supervisor shows a task before it says its id. */
static void task_forget(struct vm_page_task *row)
{
    task_lose(row,
              "how this task ended is not known any more: later tasks of the VM have taken its place, or the VM is "
              "gone with all that it knew");
    row->result = TASK_FORGOTTEN;
}

/* Puts a newer reading into the task and hands out what it shows now. */
static void task_keep(struct task *task, struct vm_page_task *row)
{
    AcquireSRWLockExclusive(&task->lock);
    if (!task->row.complete) {
        /* Percent never goes back. */
        if (row->percent < task->row.percent)
            row->percent = task->row.percent;
        if (row->percent > 100)
            row->percent = 100;
        row->text[sizeof row->text - 1] = '\0';
        task->row = *row;
    }
    *row = task->row;
    ReleaseSRWLockExclusive(&task->lock);
}

/* Asks a supervisor that is being started how it stands. False: it has said nothing yet. */
static bool task_hear_launch(struct task *task)
{
    struct vpc_error err;
    bool heard = true;
    AcquireSRWLockExclusive(&task->lock);
    if (task->launch) {
        uint32_t id;
        if (control_launch_wait(task->launch, 0, &id, &err)) {
            task->id = id;
        } else if (err.cause == VPC_TIMED_OUT) {
            heard = false;
        } else {
            task_lose(&task->row, err.text);
            task->row.cause = err.cause;
        }
    }
    if (heard) {
        control_launch_end(task->launch);
        task->launch = NULL;
    }
    ReleaseSRWLockExclusive(&task->lock);
    return heard;
}

/* The task by the page of its VM, in *row (in, out). `body`: room for the page. */
static bool task_read(const struct task *task, uint32_t id, struct vm_page_body *body, struct vm_page_task *row,
                      struct vpc_error *err)
{
    struct vm_page *page;
    bool alive;
    /* A supervisor finishes its tasks before it says that it ends, so an unfinished row read after that is a lost task:
     * whether it lives is looked at before the page is read. */
    bool told = machine_presence(task->machine, supervisor_deadline(), &page, &alive, err);
    /* The page of a VM that is gone still says how its tasks ended, to who has it mapped. */
    bool gone = !told && page && err->cause == VPC_VM_UNKNOWN;
    if (!told && !gone)
        return false;
    memset(body, 0, sizeof *body);
    if (page)
        vm_page_read(page, body);
    if (!vm_page_find_task(body, id, row)) {
        if (page && body->state == VM_INVALID)
            return vpc_fail(err, VPC_CORRUPT, "%s", *body->fault ? body->fault : "the page of this VM is damaged");
        task_forget(row);
    } else if (!row->complete && !alive) {
        if (gone)
            return false;
        task_lose(row, "the supervisor of the VM ended before the task was complete");
    }
    return true;
}

/* The task as it stands now, in *row (out). */
static bool task_look(struct task *task, struct vm_page_task *row, struct vpc_error *err)
{
    bool heard = task_hear_launch(task);
    AcquireSRWLockShared(&task->lock);
    uint32_t id = task->id;
    *row = task->row;
    ReleaseSRWLockShared(&task->lock);
    if (row->complete || !heard)
        return true;
    struct vm_page_body *body = malloc(sizeof *body);
    if (!body)
        return fail_out_of_memory(err);
    bool told = task_read(task, id, body, row, err);
    if (told)
        task_keep(task, row);
    free(body);
    return told;
}

/* task_look for members: fails with the only code that they document. */
static HRESULT task_get(IVMTask *iface, struct vm_page_task *row)
{
    struct vpc_error err;
    return task_look(task_from_IVMTask(iface), row, &err) ? S_OK
                                                          : com_fail(&task_class, DISP_E_EXCEPTION, "%s", err.text);
}

/* task_get for members that tell how far the task has come, or how it ended. */
static HRESULT task_get_outcome(IVMTask *iface, struct vm_page_task *row)
{
    HRESULT hr = task_get(iface, row);
    if (SUCCEEDED(hr) && row->result == TASK_FORGOTTEN)
        hr = com_fail(&task_class, DISP_E_EXCEPTION, "%s", row->text);
    return hr;
}

/* Sleeps up to `most_ms`; in a single-threaded apartment calls and window messages go on meanwhile. False when the
 * thread is told to quit. */
static bool task_rest(bool pump, DWORD most_ms)
{
    if (!pump) {
        Sleep(most_ms);
        return true;
    }
    if (MsgWaitForMultipleObjects(0, NULL, FALSE, most_ms, QS_ALLINPUT) != WAIT_OBJECT_0)
        return true;
    MSG message;
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
        if (message.message == WM_QUIT) {
            PostQuitMessage((int)message.wParam);
            return false;
        }
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return true;
}

static bool thread_is_single_threaded_apartment(void)
{
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    if (FAILED(CoGetApartmentType(&type, &qualifier)))
        return false;
    return type == APTTYPE_STA || type == APTTYPE_MAINSTA;
}

static HRESULT WINAPI task_WaitForCompletion(IVMTask *iface, LONG timeout)
{
    struct vm_page_task row;
    if (timeout < -1 || timeout > TASK_WAIT_MOST_MS)
        return com_fail(&task_class, E_INVALIDARG, "timeout %ld is neither -1 nor 0 to %d milliseconds", timeout,
                        TASK_WAIT_MOST_MS);
    bool pump = thread_is_single_threaded_apartment();
    ULONGLONG start = GetTickCount64(), known = start, deadline = start + (timeout < 0 ? 0 : (ULONGLONG)timeout);
    for (;;) {
        struct vpc_error err;
        bool told = task_look(task_from_IVMTask(iface), &row, &err);
        ULONGLONG now = GetTickCount64();
        bool over = timeout >= 0 && now >= deadline;
        if (told)
            known = now;
        else if (over || err.cause != VPC_TIMED_OUT || now - known >= TASK_SILENCE_MS)
            return com_fail(&task_class, DISP_E_EXCEPTION, "%s", err.text);
        if (told && (row.complete || over))
            return S_OK;
        if (!task_rest(pump, timeout >= 0 && deadline - now < TASK_POLL_MS ? (DWORD)(deadline - now) : TASK_POLL_MS))
            return S_OK;
    }
}

/* What streams the memory of the guest to a file, or back, can be stopped in between. A change of power cannot. */
static bool task_can_be_cancelled(const struct task *task)
{
    return task->kind == VM_TASK_SAVE || task->kind == VM_TASK_RESTORE;
}

static HRESULT WINAPI task_Cancel(IVMTask *iface)
{
    struct task *task = task_from_IVMTask(iface);
    struct vm_page_task row;
    struct vpc_error err;
    HRESULT hr;
    if (!task_can_be_cancelled(task))
        return com_fail(&task_class, E_FAIL, "task '%s' cannot be cancelled", task->description);
    if (FAILED(hr = task_get(iface, &row)))
        return hr;
    if (row.complete)
        return com_fail(&task_class, E_FAIL, "task '%s' is complete", task->description);
    /* Whatever the reason is: E_FAIL is what the documentation has for a task that is not cancelled. */
    return machine_cancel(task->machine, task->id, &err) ? S_OK : com_fail(&task_class, E_FAIL, "%s", err.text);
}

static HRESULT WINAPI task_get_PercentCompleted(IVMTask *iface, LONG *percentCompleted)
{
    struct vm_page_task row;
    HRESULT hr;
    if (FAILED(hr = out_long(&task_class, "percentCompleted", percentCompleted)) ||
        FAILED(hr = task_get_outcome(iface, &row)))
        return hr;
    *percentCompleted = (LONG)row.percent;
    return S_OK;
}

static HRESULT WINAPI task_get_Description(IVMTask *iface, BSTR *description)
{
    HRESULT hr = out_text(&task_class, "description", description);
    return FAILED(hr) ? hr : give_text(&task_class, task_from_IVMTask(iface)->description, description);
}

static HRESULT WINAPI task_get_Result(IVMTask *iface, VMTaskResult *result)
{
    struct vm_page_task row;
    HRESULT hr;
    if (FAILED(hr = out_long(&task_class, "result", (LONG *)result)) || FAILED(hr = task_get_outcome(iface, &row)))
        return hr;
    *result = row.complete ? (VMTaskResult)row.result : vmTaskResult_Success;
    return S_OK;
}

static HRESULT WINAPI task_get_IsCancelable(IVMTask *iface, VARIANT_BOOL *isCancelable)
{
    struct vm_page_task row;
    HRESULT hr;
    if (FAILED(hr = out_bool(&task_class, "isCancelable", isCancelable)) || FAILED(hr = task_get(iface, &row)))
        return hr;
    *isCancelable = task_can_be_cancelled(task_from_IVMTask(iface)) && !row.complete ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT WINAPI task_get_ID(IVMTask *iface, LONG *ID)
{
    HRESULT hr = out_long(&task_class, "ID", ID);
    if (FAILED(hr))
        return hr;
    struct task *task = task_from_IVMTask(iface);
    AcquireSRWLockShared(&task->lock);
    *ID = (LONG)task->id;
    ReleaseSRWLockShared(&task->lock);
    return S_OK;
}

static HRESULT WINAPI task_get_IsComplete(IVMTask *iface, VARIANT_BOOL *isComplete)
{
    struct vm_page_task row;
    HRESULT hr;
    if (FAILED(hr = out_bool(&task_class, "isComplete", isComplete)) || FAILED(hr = task_get(iface, &row)))
        return hr;
    *isComplete = row.complete ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT WINAPI task_get_Error(IVMTask *iface, LONG *outError)
{
    struct vm_page_task row;
    HRESULT hr;
    if (FAILED(hr = out_long(&task_class, "outError", outError)) || FAILED(hr = task_get_outcome(iface, &row)))
        return hr;
    *outError = row.complete && row.cause ? com_hresult((enum vpc_cause)row.cause) : S_OK;
    return S_OK;
}

static HRESULT WINAPI task_get_ErrorDescription(IVMTask *iface, BSTR *outErrorDesc)
{
    struct vm_page_task row;
    HRESULT hr;
    if (FAILED(hr = out_text(&task_class, "outErrorDesc", outErrorDesc)) || FAILED(hr = task_get_outcome(iface, &row)))
        return hr;
    return give_text(&task_class, row.complete && row.cause ? row.text : "", outErrorDesc);
}

static const IVMTaskVtbl task_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMTask *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMTask *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMTask *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMTask *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMTask *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMTask *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMTask *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .WaitForCompletion = task_WaitForCompletion,
    .Cancel = task_Cancel,
    .get_PercentCompleted = task_get_PercentCompleted,
    .get_Description = task_get_Description,
    .get_Result = task_get_Result,
    .get_IsCancelable = task_get_IsCancelable,
    .get_ID = task_get_ID,
    .get_IsComplete = task_get_IsComplete,
    .get_Error = task_get_Error,
    .get_ErrorDescription = task_get_ErrorDescription,
};

static const char *task_doing(enum vm_task_kind kind)
{
    switch (kind) {
    case VM_TASK_STARTUP:
        return "Starting up";
    case VM_TASK_TURN_OFF:
        return "Turning off";
    case VM_TASK_RESET:
        return "Resetting";
    case VM_TASK_SAVE:
        return "Saving";
    case VM_TASK_RESTORE:
        return "Restoring";
    case VM_TASK_SHUTDOWN:
        return "Shutting down";
    }
    return "Working on";
}

/* `row` is what the page shows of the task already, NULL when it was begun just now. Takes `launch`. */
static HRESULT task_new(struct machine *machine, uint32_t id, enum vm_task_kind kind, const struct vm_page_task *row,
                        struct control_launch *launch, IVMTask **task)
{
    struct vpc_error err;
    char *name = NULL;
    *task = NULL;
    machine_name(machine, &name, &err);
    char *description = text_format("%s virtual machine '%s'", task_doing(kind), name ? name : "");
    free(name);
    struct task *made = description ? com_object_new(sizeof *made, &task_class, &task_vtbl) : NULL;
    if (!made) {
        free(description);
        control_launch_end(launch);
        return com_fail(&task_class, E_OUTOFMEMORY, "out of memory");
    }
    InitializeSRWLock(&made->lock);
    made->machine = machine_share(machine);
    made->id = id;
    made->kind = kind;
    made->description = description;
    made->launch = launch;
    if (row) {
        made->row = *row;
    } else {
        struct vm_page_task ignored;
        task_look(made, &ignored, &err);
    }
    *task = (IVMTask *)made;
    return S_OK;
}

HRESULT task_create(struct machine *machine, uint32_t id, enum vm_task_kind kind, IVMTask **task)
{
    return task_new(machine, id, kind, NULL, NULL, task);
}

HRESULT task_create_launched(struct machine *machine, uint32_t id, enum vm_task_kind kind,
                             struct control_launch *launch, IVMTask **task)
{
    return task_new(machine, id, kind, NULL, launch, task);
}

static const struct com_class task_collection_class = {
    .name = L"IVMTaskCollection",
    .iid = &IID_IVMTaskCollection,
    .destroy = com_collection_destroy,
};

/* The unfinished tasks of one VM. A VM that cannot be asked adds none: the others' tasks are still wanted. */
static HRESULT task_list_machine(struct machine *machine, uint64_t deadline_ms, struct vm_page_body *body,
                                 struct object_list *list)
{
    struct vpc_error err;
    bool alive;
    HRESULT hr = S_OK;
    if (!machine_peek_by(machine, deadline_ms, body, &alive, &err) || !alive)
        return S_OK;
    for (size_t i = 0; i < VM_PAGE_TASKS && SUCCEEDED(hr); i++) {
        const struct vm_page_task *row = &body->tasks[i];
        IVMTask *task;
        if (row->id && !row->complete && /* NOLINT(clang-analyzer-core.NullDereference): callers have checked it */
            SUCCEEDED(hr = task_new(machine, row->id, (enum vm_task_kind)row->kind, row, NULL, &task)))
            hr = object_list_add(&task_collection_class, list, (IDispatch *)task);
    }
    return hr;
}

static HRESULT task_list(void *context, struct object_list *list)
{
    struct home *home = context;
    struct catalog_entry *entries;
    struct vpc_error err;
    size_t count;
    HRESULT hr = S_OK;
    uint64_t deadline_ms = supervisor_deadline(); /* of all VMs together */
    if (!catalog_list(&home->catalog, &entries, &count, &err))
        return com_fail_error(&task_collection_class, &err);
    struct vm_page_body *body = malloc(sizeof *body);
    if (!body)
        hr = com_fail(&task_collection_class, E_OUTOFMEMORY, "out of memory");
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        struct machine *machine;
        if (!machine_open(&machine, home, &entries[i], &err))
            continue;
        hr = task_list_machine(machine, deadline_ms, body, list);
        machine_release(machine);
    }
    free(body);
    catalog_list_free(entries, count);
    return hr;
}

static void task_list_release(void *context)
{
    home_release(context);
}

HRESULT task_collection_create(struct home *home, IVMTaskCollection **collection)
{
    return object_list_live(&task_collection_class, task_list, task_list_release, home_share(home),
                            (IDispatch **)collection);
}
