/* vpcctl start, stop and their like */
#include <string.h>
#include "console.h"
#include "exit_code.h"
#include "output.h"
#include "run.h"
#include "utf8.h"

/* A command that begins work on a VM and gives its task. */
struct power {
    const char *doing; /* the command */
    const char *done;  /* what can be said after it */
    const char *begun; /* what can be said when nobody waits */
    size_t member;     /* of the vtable */
};

struct power_run {
    const struct power *power;
    const struct arguments *arguments;
};

enum {
    POWER_LOOK_MS = 200,
    BAR = 30
};

/* A bar over the line of the terminal; nothing elsewhere. */
static void power_show(const char *doing, const char *name, LONG percent)
{
    struct buffer line = {0};
    if (!console_takes_escapes(CONSOLE_ERROR))
        return;
    buffer_format(&line, "\r%s '", doing);
    utf8_add_cut(&line, name, 30);
    buffer_add(&line, "' [");
    buffer_fill(&line, '#', (size_t)(percent * BAR / 100));
    buffer_fill(&line, '.', (size_t)(BAR - percent * BAR / 100));
    buffer_format(&line, "] %3ld %%", percent);
    console_write(CONSOLE_ERROR, line.bytes, line.length);
    buffer_clear(&line);
}

static void power_hide(void)
{
    if (console_takes_escapes(CONSOLE_ERROR))
        console_write(CONSOLE_ERROR, "\r\x1b[K", 4);
}

static HRESULT power_wait(IVMTask *task, const char *doing, const char *name)
{
    VARIANT_BOOL complete = VARIANT_FALSE;
    LONG percent;
    HRESULT hr;
    while (SUCCEEDED(hr = IVMTask_WaitForCompletion(task, POWER_LOOK_MS)) &&
           SUCCEEDED(hr = IVMTask_get_IsComplete(task, &complete)) && !complete) {
        if (FAILED(hr = IVMTask_get_PercentCompleted(task, &percent)))
            break;
        power_show(doing, name, percent < 0 ? 0 : percent > 100 ? 100 : percent);
    }
    power_hide();
    return hr;
}

/* How a complete task ended: an exit code, reported when it is not 0. */
static int power_result(struct vpc *vpc, IVMTask *task, const char *doing, const char *name)
{
    VMTaskResult result;
    LONG error = 0;
    BSTR description = NULL;
    HRESULT hr = IVMTask_get_Result(task, &result);
    if (SUCCEEDED(hr) && result == vmTaskResult_Success)
        return EXIT_CODE_OK;
    if (FAILED(hr) || FAILED(hr = IVMTask_get_Error(task, &error)) ||
        FAILED(hr = IVMTask_get_ErrorDescription(task, &description)))
        return vpc_report(vpc, doing, name, hr);
    struct failure failure;
    char *text = utf8_from_wide(description);
    failure_make(&failure, error ? error : E_FAIL,
                 *text                              ? text
                 : result == vmTaskResult_Cancelled ? "the task was cancelled"
                                                    : "",
                 vpc->library);
    failure_report(&failure, doing, name);
    failure_clear(&failure);
    free(text);
    SysFreeString(description);
    return EXIT_CODE_FAILED;
}

static int power_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    const struct power_run *run = context;
    const struct power *power = run->power;
    IVMTask *task;
    HRESULT(WINAPI * begin)(IVMVirtualMachine *, IVMTask **);
    memcpy(&begin, (const char *)vm->lpVtbl + power->member, sizeof begin);
    HRESULT hr = begin(vm, &task);
    if (FAILED(hr))
        return vpc_report(vpc, power->doing, name, hr);
    int code = EXIT_CODE_OK;
    bool wait = !run->arguments->given[OPTION_NO_WAIT];
    if (wait && FAILED(hr = power_wait(task, power->doing, name)))
        code = vpc_report(vpc, power->doing, name, hr);
    else if (wait)
        code = power_result(vpc, task, power->doing, name);
    IVMTask_Release(task);
    if (code == EXIT_CODE_OK)
        output_line("'%s' %s", name, wait ? power->done : power->begun);
    return code;
}

static int power_run(struct vpc *vpc, const struct arguments *arguments, const struct power *power)
{
    struct power_run run = {power, arguments};
    return vpc_each(vpc, power->doing, arguments->operands, arguments->operand_count, power_visit, &run);
}

int run_start(struct vpc *vpc, const struct arguments *arguments)
{
    static const struct power power = {"start", "is running", "is starting", offsetof(IVMVirtualMachineVtbl, Startup)};
    return power_run(vpc, arguments, &power);
}

int run_stop(struct vpc *vpc, const struct arguments *arguments)
{
    static const struct power power = {"stop", "is turned off", "is turning off",
                                       offsetof(IVMVirtualMachineVtbl, TurnOff)};
    return power_run(vpc, arguments, &power);
}

int run_reset(struct vpc *vpc, const struct arguments *arguments)
{
    static const struct power power = {"reset", "was reset", "is being reset", offsetof(IVMVirtualMachineVtbl, Reset)};
    return power_run(vpc, arguments, &power);
}

int run_save(struct vpc *vpc, const struct arguments *arguments)
{
    static const struct power power = {"save", "is saved", "is being saved", offsetof(IVMVirtualMachineVtbl, Save)};
    return power_run(vpc, arguments, &power);
}

static int pause_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    (void)context;
    HRESULT hr = IVMVirtualMachine_Pause(vm);
    if (FAILED(hr))
        return vpc_report(vpc, "pause", name, hr);
    output_line("'%s' is paused", name);
    return EXIT_CODE_OK;
}

static int resume_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    (void)context;
    HRESULT hr = IVMVirtualMachine_Resume(vm);
    if (FAILED(hr))
        return vpc_report(vpc, "resume", name, hr);
    output_line("'%s' is running", name);
    return EXIT_CODE_OK;
}

int run_pause(struct vpc *vpc, const struct arguments *arguments)
{
    return vpc_each(vpc, "pause", arguments->operands, arguments->operand_count, pause_visit, NULL);
}

int run_resume(struct vpc *vpc, const struct arguments *arguments)
{
    return vpc_each(vpc, "resume", arguments->operands, arguments->operand_count, resume_visit, NULL);
}
