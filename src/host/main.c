/*
 * vpchost: runs one VM and is its supervisor until the VM is off.
 *
 * Whoever starts it reads one line from its standard output, {"task":N} or {"error":{"cause":"...","text":"..."}}, and
 * may then go away: all three standard streams are given up after that line, and nothing else is inherited.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "config/catalog.h"
#include "config/machine_config.h"
#include "host/session_end.h"
#include "host/supervisor.h"
#include "util/json_line.h"
#include "util/log.h"
#include "util/text.h"

#if defined(_WIN32)
#define NULL_DEVICE "NUL"
#else
#include <signal.h>
#include <unistd.h>
#define NULL_DEVICE "/dev/null"
#endif

/* All that is read from the disk before the VM can start. */
struct host_files {
    struct catalog catalog;
    struct catalog_entry entry;
    char *vmc;
    struct settings *settings;
    struct settings *options;
    struct machine_config config;
    char *run_folder;
};

static bool host_files_read(struct host_files *files, const char *vm_name, struct vpc_error *err)
{
    if (!catalog_open(&files->catalog, err) || !catalog_find(&files->catalog, vm_name, &files->entry, err) ||
        !catalog_vmc_path(&files->entry, &files->vmc, err))
        return false;
    return settings_load(&files->settings, "preferences", files->vmc, err) &&
           catalog_options(&files->catalog, &files->options, err) &&
           machine_config_read(&files->config, files->entry.name, files->vmc, files->settings, files->options, err) &&
           catalog_run_folder(&files->catalog, files->config.config_id, true, &files->run_folder, err);
}

static void host_files_clear(struct host_files *files)
{
    machine_config_clear(&files->config);
    settings_free(files->options);
    settings_free(files->settings);
    free(files->vmc);
    free(files->run_folder);
    catalog_entry_clear(&files->entry);
    catalog_close(&files->catalog);
}

/* A supervisor outlives whoever has started it, so it must hold nothing of theirs. */
static void host_detach(void)
{
#if !defined(_WIN32)
    closefrom(STDERR_FILENO + 1);
    setsid();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
#endif
    uv_disable_stdio_inheritance();
}

static void host_give_up_streams(void)
{
    fflush(stdout);
    if (freopen(NULL_DEVICE, "r", stdin) == NULL || freopen(NULL_DEVICE, "w", stdout) == NULL ||
        freopen(NULL_DEVICE, "w", stderr) == NULL)
        log_write(LOG_WARNING, "a standard stream could not be given up");
}

/* Says how the start went, in one line, and gives up the standard streams. That takes no memory: the VM is on its way,
 * and whoever has started it must hear of it. */
static void host_say_number(const char *key, uint32_t number)
{
    printf("{\"%s\":%u}\n", key, (unsigned)number);
    host_give_up_streams();
}

/* The same of a failure. Takes the line. */
static void host_say(json_t *line)
{
    char *text = line != NULL ? json_line_write(line) : NULL;
    printf("%s\n",
           text != NULL ? text : "{\"error\":{\"cause\":\"out-of-memory\",\"text\":\"no memory to say more\"}}");
    free(text);
    json_decref(line);
    host_give_up_streams();
}

static int host_refuse(const struct vpc_error *err)
{
    log_write(LOG_ERROR, "%s", err->text);
    host_say(json_pack("{s:{s:s,s:s}}", "error", "cause", vpc_cause_name(err->cause), "text", err->text));
    return EXIT_FAILURE;
}

static void host_session_ends(void *context)
{
    log_write(LOG_INFO, "the session of the user ends");
    supervisor_quit(context);
}

static void host_run_loop(struct supervisor *supervisor, uv_loop_t *loop, const char *vm_name)
{
    struct vpc_error err;
    struct session_end *session;
    if (!session_end_watch(&session, loop, vm_name, host_session_ends, supervisor, &err))
        log_write(LOG_WARNING, "%s", err.text);
    uv_run(loop, UV_RUN_DEFAULT);
    log_write(LOG_INFO, "the supervisor ends");
    supervisor_close(supervisor);
    session_end_close(session);
}

/* Takes over what a lost supervisor has left; *on (out) is false when that is nothing. Whoever wants to start this VM
 * (`start`) is refused when it runs, but leaves a supervisor behind. */
static int host_take_over(const struct host_files *files, uv_loop_t *loop, bool start, bool *on)
{
    struct vpc_error err;
    struct supervisor *supervisor;
    int status = EXIT_SUCCESS;
    bool done = supervisor_take_over(&supervisor, loop, &files->config, files->run_folder, &err);
    *on = !done || supervisor != NULL;
    if (done && supervisor != NULL && start)
        done = vpc_fail(&err, VPC_VM_RUNNING, "virtual machine '%s' is running already", files->config.name);
    if (!done)
        status = host_refuse(&err);
    else if (!start)
        host_say_number("state", supervisor != NULL ? (uint32_t)supervisor_state(supervisor) : VM_TURNED_OFF);
    if (supervisor == NULL)
        return status;
    host_run_loop(supervisor, loop, files->config.name);
    return EXIT_SUCCESS;
}

static int host_start(const struct host_files *files, uv_loop_t *loop, uint32_t task)
{
    struct vpc_error err;
    struct supervisor *supervisor = NULL;
    if (!supervisor_open(&supervisor, loop, &files->config, files->run_folder, &task, &err))
        return host_refuse(&err);
    host_say_number("task", task);
    supervisor_start(supervisor);
    host_run_loop(supervisor, loop, files->config.name);
    return EXIT_SUCCESS;
}

static int host_run(const struct host_files *files, bool adopt, uint32_t task)
{
    struct vpc_error err;
    uv_loop_t loop;
    bool on = false;
    int status = EXIT_SUCCESS;
    if (uv_loop_init(&loop) != 0) {
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "no event loop");
        return host_refuse(&err);
    }
    if (adopt || supervisor_page_is_on(files->run_folder))
        status = host_take_over(files, &loop, !adopt, &on);
    if (!adopt && !on)
        status = host_start(files, &loop, task);
    uv_run(&loop, UV_RUN_DEFAULT); /* lets go of what was opened before a refusal */
    uv_loop_close(&loop);
    return status;
}

static int host_supervise(const char *vm_name, bool adopt, uint32_t task)
{
    struct vpc_error err;
    struct host_files files = {0};
    if (!json_line_install()) {
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "the system has no slot left for a thread's data");
        return host_refuse(&err);
    }
    host_detach();
    int status = host_files_read(&files, vm_name, &err) ? host_run(&files, adopt, task) : host_refuse(&err);
    log_close();
    host_files_clear(&files);
    return status;
}

static const char host_help[] =
    "usage: vpchost --vm <name>    run a registered virtual machine and supervise it\n"
    "       vpchost --vm <name> --task <id>\n"
    "                              the same; the startup task gets this id, unless it is taken\n"
    "       vpchost --vm <name> --adopt\n"
    "                              take over a machine that has lost its supervisor\n"
    "       vpchost --version      print the version\n"
    "       vpchost --help         print this text\n"
    "\n"
    "Prints one line of JSON when the machine is starting ({\"task\":N}), was taken over or found to be off\n"
    "({\"state\":N}), or cannot ({\"error\":{...}}),\n"
    "then works without a terminal until the machine is off. The log is supervisor.log in its run folder.\n";

/* A task's id is a positive number of 31 bits. */
static bool host_is_task(const char *word, uint32_t *task)
{
    char *end;
    unsigned long long number = strtoull(word, &end, 10);
    *task = (uint32_t)number;
    return word[0] >= '0' && word[0] <= '9' && *end == '\0' && number > 0 && number <= INT32_MAX;
}

static int host_main(int count, char **arguments)
{
    uint32_t task;
    if (count == 3 && strcmp(arguments[1], "--vm") == 0)
        return host_supervise(arguments[2], false, 0);
    if (count == 4 && strcmp(arguments[1], "--vm") == 0 && strcmp(arguments[3], "--adopt") == 0)
        return host_supervise(arguments[2], true, 0);
    if (count == 5 && strcmp(arguments[1], "--vm") == 0 && strcmp(arguments[3], "--task") == 0 &&
        host_is_task(arguments[4], &task))
        return host_supervise(arguments[2], false, task);
    if (count == 2 && strcmp(arguments[1], "--version") == 0) {
        printf("vpchost %s\n", VPC_VERSION);
        return EXIT_SUCCESS;
    }
    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        fputs(host_help, stdout);
        return EXIT_SUCCESS;
    }
    fputs(host_help, stderr);
    return 2;
}

#if defined(_WIN32)
int wmain(int count, wchar_t **wide);

int wmain(int count, wchar_t **wide)
{
    char **arguments = calloc((size_t)count + 1, sizeof *arguments);
    int status = EXIT_FAILURE;
    bool whole = arguments != NULL;
    for (int i = 0; whole && i < count; i++)
        whole = (arguments[i] = text_from_wide(wide[i], wcslen(wide[i]))) != NULL;
    if (whole) {
        status = host_main(count, arguments);
    } else {
        struct vpc_error err;
        vpc_fail(&err, VPC_OUT_OF_MEMORY, "no memory for the arguments");
        status = host_refuse(&err);
    }
    for (int i = 0; arguments != NULL && i < count; i++)
        free(arguments[i]);
    free(arguments);
    return status;
}
#else
int main(int count, char **arguments)
{
    return host_main(count, arguments);
}
#endif
