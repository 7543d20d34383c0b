/*
 * The supervisor with each call of the system failing once, from each place in its code: a VM is started, counted,
 * paused, reset, saved, restored and turned off; one of the QEMU engine is also taken over from a supervisor that was
 * lost. QEMU is false_qemu, whose guest moves bytes at a signal. Then
 *   - each request is answered: with success, or with a cause that has a name and a text;
 *   - a figure that is known is the one that the guest has moved, never another;
 *   - the next request does what it says, and so does the next supervisor, without a fault;
 *   - the process ends by itself, in good order, and has lost no memory (the sanitizers look; on Windows it counts);
 *   - no file and no QEMU is left, and what the usage ledger has is the sum of all that was moved.
 *
 * Two faults leave something behind, and the log says so: nothing is written to the ledger in that session, and a saved
 * state that was used up stays until the next one is made.
 *
 *   test_fault_host [qemu] [depth] [started|restored|taken-over]
 *
 * The engine is the fake one without that word. A place is a function of the system and so many of its callers, none
 * without a number. Without the last word all lives are walked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "fault_board.h"
#include "fault_process.h"
#include "ledger/ledger.h"
#include "ledger/ledger_check.h"
#include "session/control.h"
#include "session/vm_page.h"
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "trust/false_qemu.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#if defined(_WIN32)
#define PROGRAM     "fault_vpchost"
#define MOVE_SIGNAL 0 /* there is no false QEMU */
#else
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#define PROGRAM     "vpchost"
#define MOVE_SIGNAL SIGUSR1
#endif

enum {
    PATIENCE_MS = 240000, /* ends a walk that hangs */
    SANITIZER_STATUS = 86,
    LEFT_MS = 60000,         /* a QEMU that is there after this time would stay */
    QEMU_ROTATE_BYTES = 100, /* of a capture: less than one order to the guest makes */
    QEMU_MOVES = FALSE_QEMU_FRAMES * FALSE_QEMU_FRAME_BYTES,
    MOST_LINE = 4096
};

static uint32_t depth;
static bool on_qemu;
static const char *only_life; /* NULL: all */
static struct test_home home;
static struct test_machine machine; /* no supervisor of it is started by the helpers */
static struct file_map board_map;
static struct fault_board *board;
static char *own_folder, *board_path, *program, *page_path, *ledger_path;
static unsigned long faults, complaints, unwritten, unknown;
static uint64_t moved; /* by the guest, in all */

/* A supervisor. */
struct run {
    struct fault_process *process;
    uint32_t startup;
    struct vm_page *page;
    struct control_client *client;
    uint64_t sent; /* in this epoch */
    bool unknown;  /* the figures of this epoch, and it says so */
};

static void complain(const char *what, const struct vpc_error *err)
{
    complaints++;
    print_error("%s %s: %s%s%s%s%s\n", board->name, board->struck ? "failing" : "failed before", what, err ? ": " : "",
                err && vpc_cause_name(err->cause) ? vpc_cause_name(err->cause) : "", err ? ", " : "",
                err ? err->text : "");
    for (uint32_t i = 0; i < board->frame_count; i++)
        print_error("    0x%llx\n", (unsigned long long)board->frames[i] - 1);
}

/* An error as a client may be told of it. */
static void judge(const char *what, const struct vpc_error *err)
{
    if (!board->struck || !vpc_cause_name(err->cause) || !err->text[0] || err->cause == VPC_UNEXPECTED ||
        err->cause == VPC_TIMED_OUT)
        complain(what, err);
}

/* ---- the process ---- */

static bool has_ended(struct run *run)
{
    return fault_process_has_ended(run->process);
}

static void await_end(struct run *run)
{
    for (uint64_t begin = clock_monotonic_ms(); !has_ended(run); uv_sleep(1))
        if (clock_monotonic_ms() - begin > PATIENCE_MS) {
            complain("it does not end", NULL);
            fault_process_kill(run->process);
            begin = clock_monotonic_ms();
        }
}

static void say_line(struct run *run, const char *line, const char *key, bool *started, struct vpc_error *err)
{
    const char *cause = NULL, *text = NULL;
    json_int_t number = 0;
    json_t *answer = json_loads(line, 0, NULL);
    *started = json_unpack(answer, "{s:I!}", key, &number) == 0;
    run->startup = (uint32_t)number;
    if (!*started && json_unpack(answer, "{s:{s:s,s:s!}!}", "error", "cause", &cause, "text", &text) == 0)
        vpc_fail(err, vpc_cause_from_name(cause), "%s", text);
    else if (!*started)
        vpc_fail(err, VPC_UNEXPECTED, "it says '%s'", line);
    json_decref(answer);
}

/* Starts a supervisor, with a fault or without, and hears what it says. `option`: NULL, or to take the VM over. */
static bool launch(struct run *run, bool with_fault, const char *option, struct vpc_error *err)
{
    const char *words[] = {program, "--vm", machine.entry.name, option, NULL};
    char line[MOST_LINE];
    bool started;
    fault_process_free(run->process);
    board->struck = 0;
    board->ended = 0;
    board->armed = with_fault;
#if defined(VPC_TEST_PRELOAD_FAULT)
    if (with_fault)
        uv_os_setenv("LD_PRELOAD", VPC_TEST_PRELOAD_FAULT);
#endif
    run->process = fault_process_start(words, line, sizeof line);
    uv_os_unsetenv("LD_PRELOAD");
    say_line(run, line, option ? "state" : "task", &started, err);
    return started;
}

/* ---- the page ---- */

static struct vm_page_body look(struct run *run)
{
    static struct vm_page_body body;
    struct vpc_error err;
    body = (struct vm_page_body){0};
    if (run->page == NULL)
        assert_ok(vm_page_open(&run->page, page_path, &err), err);
    vm_page_read(run->page, &body);
    return body;
}

/* False when the process has ended meanwhile, or after a long time, which is told. */
static bool await(struct run *run, bool (*there)(const struct vm_page_body *body, uint64_t wanted), uint64_t wanted,
                  const char *what)
{
    for (uint64_t begin = clock_monotonic_ms();; uv_sleep(1)) {
        bool ended = has_ended(run);
        struct vm_page_body body = look(run);
        if (there(&body, wanted))
            return true;
        if (ended)
            return false;
        if (clock_monotonic_ms() - begin > PATIENCE_MS) {
            complain(what, NULL);
            return false;
        }
    }
}

static bool is_in_state(const struct vm_page_body *body, uint64_t state)
{
    return body->state == state;
}

static bool has_sampled_since(const struct vm_page_body *body, uint64_t ms)
{
    return body->sample_monotonic_ms > ms && body->sampled;
}

/* Or it says that this epoch's figures are not known, and will not be. */
static bool has_sent(const struct vm_page_body *body, uint64_t bytes)
{
    return body->sampled ? body->adapters[0].bytes_sent >= bytes
                         : strstr(body->fault, "counted wrongly") != NULL || strstr(body->fault, "when epoch") != NULL;
}

static const struct vm_page_task *find_task(const struct vm_page_body *body, uint64_t id)
{
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (body->tasks[i].id == id)
            return &body->tasks[i];
    return NULL;
}

static bool has_done_task(const struct vm_page_body *body, uint64_t id)
{
    const struct vm_page_task *task = find_task(body, id);
    return task != NULL && task->complete;
}

/* True when the task has ended well. */
static bool await_task(struct run *run, uint32_t id, const char *what)
{
    if (!await(run, has_done_task, id, what)) {
        complain("it has ended before its task", NULL);
        return false;
    }
    struct vm_page_body body = look(run);
    const struct vm_page_task *task = find_task(&body, id);
    if (task->result == VM_TASK_SUCCESS)
        return true;
    if (!board->struck || !task->text[0])
        complain("its task fails without a cause", NULL);
    if (strstr(task->text, "in time") != NULL)
        complain("its task fails for having waited in vain", NULL);
    return false;
}

/* ---- requests ---- */

static bool ask_once(struct run *run, const char *command, const json_t *arguments, uint32_t *task,
                     struct vpc_error *err)
{
    if (run->client != NULL && control_is_broken(run->client)) {
        control_disconnect(run->client);
        run->client = NULL;
    }
    struct vm_page_body body = look(run);
    if (run->client == NULL && !control_connect(&run->client, body.control, err))
        return false;
    return control_call(run->client, command, arguments, PATIENCE_MS, task, NULL, err);
}

/* The first answer may be an error, the second one must not, unless the first request was obeyed and only the answer
 * lost: then the state is `reached` already. */
static bool ask(struct run *run, const char *command, enum vm_state reached, uint32_t *task)
{
    struct vpc_error err;
    for (int i = 0; i < 2; i++) {
        bool struck = board->struck;
        if (ask_once(run, command, NULL, task, &err))
            return true;
        enum vm_state now = look(run).state;
        if (i > 0 && struck && (now == reached || (vm_state_is_off(reached) && !vm_state_is_active(now))))
            return false; /* as was asked for */
        judge(command, &err);
    }
    complain("the next request fails too", &err);
    return false;
}

/* The guest moves so many bytes; whether a request was obeyed whose answer was lost is told by the figure. */
static void move(struct run *run, int bytes)
{
    struct vpc_error err;
    json_t *order = json_pack("{s:{s:i,s:i}}", "traffic", "adapter", 0, "sent", bytes);
    bool done = ask_once(run, "engine", order, NULL, &err);
    json_decref(order);
    if (!done)
        judge("an order to the guest", &err);
    if (!await(run, has_sampled_since, clock_monotonic_ms(), "no figure comes")) {
        complain("it has ended before a figure came", NULL);
        return;
    }
    uint64_t sent = look(run).adapters[0].bytes_sent;
    if (sent != run->sent + (uint64_t)bytes && (done || sent != run->sent))
        complain("a wrong figure", NULL);
    moved += sent - run->sent;
    run->sent = sent;
}

static void move_on_qemu(struct run *run)
{
    struct vm_page_body body = look(run);
    json_t *words = json_loads(body.engine_state, 0, NULL);
    int pid = (int)json_integer_value(json_object_get(words, "pid"));
    json_decref(words);
    if (pid <= 0 || uv_kill(pid, MOVE_SIGNAL) != 0) {
        complain("there is no QEMU", NULL);
        return;
    }
    moved += QEMU_MOVES;
    run->sent += QEMU_MOVES;
    if (!await(run, has_sent, run->sent, "no figure comes")) {
        complain("it has ended before a figure came", NULL);
        return;
    }
    body = look(run);
    if (!body.sampled && board->struck) {
        run->unknown = true;
        print_message("  after %s: %s\n", board->name, body.fault);
    } else if (!body.sampled || body.adapters[0].bytes_sent != run->sent)
        complain("a wrong figure", NULL);
}

static void move_some(struct run *run, int bytes)
{
    if (on_qemu)
        move_on_qemu(run);
    else
        move(run, bytes);
}

/* ---- a life ---- */

static bool start(struct run *run, bool with_fault, const char *what)
{
    struct vpc_error err;
    *run = (struct run){0};
    if (!launch(run, with_fault, NULL, &err)) {
        judge(what, &err);
        return false;
    }
    if (!await_task(run, run->startup, what))
        return false;
    if (look(run).state != VM_RUNNING)
        complain("it has started, and the VM does not run", NULL);
    return true;
}

static void reset(struct run *run)
{
    uint32_t task = 0;
    struct vm_page_body before = look(run);
    for (int i = 0; i < 2; i++)
        if (ask(run, "reset", VM_INVALID, &task) && await_task(run, task, "Reset"))
            break;
    struct vm_page_body after = look(run);
    if (after.epoch == before.epoch || after.adapters[0].bytes_sent != 0)
        complain("the epoch after a reset is not new", NULL);
    unknown += run->unknown;
    run->unknown = false;
    run->sent = 0;
}

static void pause_and_resume(struct run *run)
{
    ask(run, "pause", VM_PAUSED, NULL);
    if (look(run).state != VM_PAUSED && !has_ended(run))
        complain("it does not pause", NULL);
    ask(run, "resume", VM_RUNNING, NULL);
    if (look(run).state != VM_RUNNING && !has_ended(run))
        complain("it does not resume", NULL);
}

#if defined(_WIN32)
static void check_nobody_is_left(void)
{
}
#else
/* True when no child is left but one that is to be ended. */
static bool all_are_gone(void)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        ;
    return pid < 0;
}

/* Whom a supervisor leaves behind becomes ours. */
static void check_nobody_is_left(void)
{
    char text[64] = "";
    for (uint64_t begin = clock_monotonic_ms(); !all_are_gone(); uv_sleep(1)) {
        if (clock_monotonic_ms() - begin < LEFT_MS)
            continue;
        complain("a QEMU is left", NULL);
        FILE *children = fopen("/proc/thread-self/children", "re");
        if (children != NULL && fgets(text, sizeof text, children) != NULL && atoi(text) > 0)
            kill(atoi(text), SIGKILL);
        if (children != NULL)
            fclose(children);
        begin = clock_monotonic_ms();
    }
}
#endif

/* What a process holds that ends in good order, no more than those that had no fault. */
static void check_held(void)
{
    static int32_t most[FAULT_KINDS] = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN};
    static const char *const kinds[FAULT_KINDS] = {"blocks are", "handles are", "mappings are", "searches are"};
    for (int i = 0; i < FAULT_KINDS && board->ended; i++) {
        if (!board->struck && board->held[i] > most[i])
            most[i] = board->held[i];
        if (board->held[i] <= most[i])
            continue;
        char text[80];
        snprintf(text, sizeof text, "%d %s held at its end, not %d", board->held[i], kinds[i], most[i]);
        complain(text, NULL);
    }
}

/* By a command with a task, which may fail once. */
static void end_by(struct run *run, const char *command, enum vm_state rest)
{
    for (int i = 0; i < 2; i++) {
        uint32_t task = 0;
        bool accepted = ask(run, command, rest, &task);
        if (!accepted || await_task(run, task, command))
            break;
        if (!await(run, is_in_state, VM_RUNNING, "it is not what it was before"))
            break;
    }
    await_end(run);
    if (look(run).state != rest)
        complain(command, NULL);
}

static void close_run(struct run *run)
{
    if (!has_ended(run)) {
        struct vpc_error err;
        if (ask_once(run, "turn-off", NULL, NULL, &err))
            complain("it had to be turned off", NULL);
    }
    control_disconnect(run->client);
    run->client = NULL;
    await_end(run);
    int status;
    char text[80];
    if (!fault_process_status(run->process, &status, text, sizeof text))
        complain(text, NULL);
    else if (status == SANITIZER_STATUS)
        complain("a sanitizer has found something", NULL);
    else if (status != EXIT_SUCCESS && (!board->struck || status != EXIT_FAILURE))
        complain("its exit status", NULL);
    check_held();
    enum vm_state state = look(run).state;
    if (!vm_state_is_off(state))
        complain("it has ended, and the VM is not off", NULL);
    check_nobody_is_left();
    unknown += run->unknown;
    vm_page_close(run->page);
    fault_process_free(run->process);
    *run = (struct run){0};
}

static void live(bool with_fault)
{
    struct run run;
    if (start(&run, with_fault, "Startup")) {
        move_some(&run, 1000);
        pause_and_resume(&run);
        reset(&run);
        move_some(&run, 200);
        end_by(&run, "save", VM_SAVED);
    } else {
        await_end(&run);
    }
    close_run(&run);
}

/* What was saved is restored, what was not is started. */
static void live_on(bool with_fault)
{
    struct run run;
    if (start(&run, with_fault, "a second Startup")) {
        move_some(&run, 30);
        end_by(&run, "turn-off", VM_TURNED_OFF);
    } else {
        await_end(&run);
    }
    close_run(&run);
}

/* Its supervisor is lost, and the next one takes it over; where that fails, one without a fault does. */
static void live_under_two(bool with_fault)
{
    struct run run;
    struct vpc_error err;
    uint32_t struck = 0;
    start(&run, false, "Startup");
    move_some(&run, 1);
    fault_process_kill(run.process);
    await_end(&run);
    control_disconnect(run.client);
    run.client = NULL;
    for (int i = 0; i < 2; i++) {
        if (launch(&run, with_fault && i == 0, "--adopt", &err))
            break;
        judge("taking over", &err);
        struck = board->struck; /* the next one tells of itself */
        await_end(&run);
    }
    if (await(&run, is_in_state, VM_RUNNING, "what was taken over does not run")) {
        move_some(&run, 1);
        end_by(&run, "turn-off", VM_TURNED_OFF);
    } else {
        complain("what was taken over has ended", NULL);
    }
    close_run(&run);
    board->struck |= struck;
}

/* ---- the walk ---- */

static size_t count_files(void)
{
    struct vpc_error err;
    struct folder_entry *entries;
    size_t in_run, beside;
    char *folder = path_folder(machine.vmc);
    assert_ok(folder_list(machine.run_folder, "", &entries, &in_run, &err), err);
    folder_list_free(entries, in_run);
    assert_ok(folder_list(folder, "", &entries, &beside, &err), err);
    size_t files = in_run;
    for (size_t i = 0; i < beside; i++) {
        const char *ending = strrchr(entries[i].name, '.');
        files += ending == NULL || strcmp(ending, ".lock") != 0; /* the next change of the .vmc takes that one */
    }
    folder_list_free(entries, beside);
    free(folder);
    return files;
}

static char *read_log(size_t *size)
{
    struct vpc_error err;
    char *text, *path = path_join(machine.run_folder, VM_LOG_FILE);
    assert_ok(file_read(path, 1 << 24, &text, size, &err), err);
    free(path);
    return text;
}

/* Where the log ends. */
static size_t log_size(void)
{
    size_t size;
    free(read_log(&size));
    return size;
}

/* True when the log has that behind `begin`. */
static bool log_says(size_t begin, const char *words)
{
    size_t size;
    char *text = read_log(&size);
    bool says = strstr(text + (begin < size ? begin : 0), words) != NULL;
    free(text);
    return says;
}

static void check_rest(size_t files)
{
    static size_t seen;
    size_t now = count_files();
    if (now != files && !log_says(seen, "is used up and cannot be removed")) {
        complain("files are left", NULL);
        print_error("    %llu, not %llu\n", (unsigned long long)now, (unsigned long long)files);
    }
    if (log_says(seen, "nothing is written to the usage ledger")) {
        moved = (uint64_t)check_ask(ledger_path, "SELECT sum(bytes_sent) FROM adapter_usage");
        unwritten++;
    }
    static unsigned long unknown_before;
    if (unknown != unknown_before)
        moved = (uint64_t)check_ask(ledger_path, "SELECT sum(bytes_sent) FROM adapter_usage");
    unknown_before = unknown;
    int64_t in_ledger = check_ask(ledger_path, "SELECT sum(bytes_sent) FROM adapter_usage");
    if ((uint64_t)in_ledger != moved) {
        complain("the usage ledger has another sum", NULL);
        print_error("    %lld, not %llu\n", (long long)in_ledger, (unsigned long long)moved);
        moved = (uint64_t)in_ledger; /* told once */
    }
    seen = log_size();
}

static void test_fault__each_call_of_a_supervisor(void **state)
{
    (void)state;
    live(false);
    live_on(false);
    assert_int_equal(complaints, 0);
    size_t files = count_files();
    /* Some of the places belong to a start from nothing, some to a restored one, some to one that is taken over: each
     * life is walked to its end. */
    static const struct {
        const char *name;
        void (*live)(bool with_fault);
        bool from_saved, only_on_qemu;
    } lives[] = {{"started", live, false, false},
                 {"restored", live_on, true, false},
                 {"taken-over", live_under_two, false, true}};
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        for (bool more = (on_qemu || !lives[i].only_on_qemu) && (!only_life || strcmp(only_life, lives[i].name) == 0);
             more;) {
            if (lives[i].from_saved)
                live(false);
            lives[i].live(true);
            more = board->struck;
            faults += more;
            live_on(false);
            check_rest(files);
        }
        print_message("  %s: %lu faults so far\n", lives[i].name, faults);
    }
    print_message("%lu faults in a supervisor, %u callers deep; after %lu the ledger lacks the session, and the log "
                  "says so; after "
                  "%lu the figures of an epoch are not known, and the page says so\n",
                  faults, depth, unwritten, unknown);
    assert_int_equal(complaints, 0);
}

static bool set_rotation(struct settings *options, void *context, struct vpc_error *err)
{
    (void)context;
    return settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", QEMU_ROTATE_BYTES, err);
}

static void open_qemu(void)
{
    struct vpc_error err;
    char *qemu = test_program("false_qemu");
    uv_os_setenv("VPC_ENGINE", "qemu");
    uv_os_setenv("VPC_QEMU", qemu);
    uv_os_setenv("VPC_TEST_FALSE_QEMU", "lasting");
    free(qemu);
    assert_ok(catalog_change_options(&home.catalog, set_rotation, NULL, &err), err);
}

static int open_stage(void **state)
{
    (void)state;
    struct vpc_error err;
    test_home_open(&home);
#if !defined(_WIN32)
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
#endif
    if (on_qemu)
        open_qemu();
    test_machine_create(&machine, &home, "Walk", 1);
    own_folder = test_folder_make();
    board_path = path_join(own_folder, "board");
    char *log = path_join(own_folder, "sanitizer");
    char *options = text_format("verify_asan_link_order=0:exitcode=%d:log_path=%s", SANITIZER_STATUS, log);
    uv_os_setenv("ASAN_OPTIONS", options);
    free(options);
    options = text_format("print_stacktrace=1:log_path=%s", log);
    uv_os_setenv("UBSAN_OPTIONS", options);
    free(options);
    free(log);
    uv_os_setenv("VPC_TEST_FAULT_BOARD", board_path);
    program = test_program(PROGRAM);
    page_path = path_join(machine.run_folder, VM_PAGE_FILE);
    ledger_path = path_join(home.folder, LEDGER_FILE);
    assert_ok(file_map_create(&board_map, board_path, sizeof *board, &err), err);
    board = board_map.data;
    board->depth = depth;
    return 0;
}

static int close_stage(void **state)
{
    struct vpc_error err;
    struct folder_entry *found;
    size_t count;
    (void)state;
    /* What the sanitizers have said. */
    if (folder_list(own_folder, "", &found, &count, &err)) {
        for (size_t i = 0; i < count; i++) {
            char *text, *path = path_join(own_folder, found[i].name);
            size_t size;
            if (strncmp(found[i].name, "sanitizer", 9) == 0 && file_read(path, 1 << 20, &text, &size, &err)) {
                print_error("%s\n", text);
                free(text);
            }
            free(path);
        }
        folder_list_free(found, count);
    }
    file_map_close(&board_map);
    test_machine_close(&machine);
    test_folder_remove(own_folder);
    free(board_path);
    free(program);
    free(page_path);
    free(ledger_path);
    test_home_close(&home);
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fault__each_call_of_a_supervisor, open_stage, close_stage),
    };
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "qemu") == 0)
            on_qemu = true;
        else if (arguments[i][0] >= '0' && arguments[i][0] <= '9')
            depth = (uint32_t)strtoul(arguments[i], NULL, 10);
        else
            only_life = arguments[i];
    return cmocka_run_group_tests_name("fault host", tests, NULL, NULL);
}
