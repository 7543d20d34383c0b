/* The end of the user's session: what each ShutdownActionOnQuit makes of a VM, told as the system tells it. */
#include <uv.h>
#include "host/session_end.h"
#include "support/check.h"
#include "support/one_machine.h"
#include "support/process.h"
#include "util/file.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <signal.h>
#endif

enum {
    SAVE = 0, /* VMShutdownAction */
    TURN_OFF = 1,
    SHUTDOWN = 2,
    NOT_SAID = 3
};

static bool set_action(struct settings *settings, void *context, struct vpc_error *err)
{
    uint32_t action = *(uint32_t *)context;
    if (action == NOT_SAID)
        return !settings_has(settings, "settings/shutdown/quit/action") ||
               settings_remove(settings, "settings/shutdown/quit/action", err);
    return settings_set_integer(settings, "settings/shutdown/quit/action", action, err);
}

static bool set_doomed(struct settings *settings, void *context, struct vpc_error *err)
{
    (void)context;
    return settings_set_boolean(settings, "settings/undo_drives/enabled", true, err) &&
           settings_set_integer(settings, "settings/undo_drives/default_action", 0, err);
}

static void want(struct one_machine *f, uint32_t action)
{
    struct vpc_error err;
    assert_ok(catalog_change_vmc(f->machine.vmc, set_action, &action, &err), err);
}

#if defined(_WIN32)
/* The window of this process, NULL while it has none. Those of other supervisors have the same class, and the name of a
 * VM in another home may be the same too. One without data of its own is still being made: where no window can be shown
 * it is given up for one for messages. */
static HWND session_window(uint64_t process_id)
{
    HWND parents[] = {NULL, HWND_MESSAGE};
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        HWND window = NULL;
        while ((window = FindWindowExW(parents[i], window, SESSION_END_CLASS, NULL)) != NULL) {
            DWORD owner = 0;
            GetWindowThreadProcessId(window, &owner);
            if (owner == process_id && GetWindowLongPtrW(window, GWLP_USERDATA) != 0)
                return window;
        }
    }
    return NULL;
}

/* As the system ends a session, but to one window only, which here may be one for messages. */
static void end_session(struct one_machine *f)
{
    struct vm_page_body body;
    HWND window;
    DWORD_PTR answer = 0;
    vm_page_read(f->machine.page, &body);
    while ((window = session_window(body.supervisor_pid)) == NULL)
        Sleep(1);
    assert_true(SendMessageTimeoutW(window, WM_QUERYENDSESSION, 0, 0, SMTO_NORMAL, 60000, &answer));
    assert_int_equal(answer, TRUE);
    /* The answer comes with the end of the supervisor, or not at all. */
    SendNotifyMessageW(window, WM_ENDSESSION, TRUE, 0);
}
#else
static void end_session(struct one_machine *f)
{
    struct vm_page_body body;
    vm_page_read(f->machine.page, &body);
    assert_int_equal(kill((pid_t)body.supervisor_pid, SIGTERM), 0);
}
#endif

/* The supervisor has ended in good order, in this state. */
static void expect_end(struct one_machine *f, enum vm_state state)
{
    int status;
    struct test_process *process = f->machine.process;
    test_machine_await_state(&f->machine, state);
    f->machine.process = NULL;
    test_process_await_end(process, &status);
    assert_int_equal(status, 0);
    assert_int_equal(vm_page_read_state(f->machine.page), state);
    assert_int_equal(vm_page_last_beat(f->machine.page), 0);
    assert_int_equal(file_exists(f->saved), state == VM_SAVED);
}

static void test_quit__each_action_of_a_running_and_a_paused_VM(void **state)
{
    static const struct {
        uint32_t action;
        enum vm_state end;
    } rows[] = {{SAVE, VM_SAVED}, {TURN_OFF, VM_TURNED_OFF}, {SHUTDOWN, VM_SAVED}, {NOT_SAID, VM_SAVED}};
    struct one_machine *f = *state;
    struct vpc_error err;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int paused = 0; paused < 2; paused++) {
            test_machine_start(&f->machine); /* from the saved state of the round before, where it has left one */
            want(f, rows[i].action);
            if (paused)
                assert_ok(test_machine_call(&f->machine, "pause", NULL, &err), err);
            end_session(f);
            expect_end(f, rows[i].end);
        }
    }
}

static void test_quit__a_saved_state_that_would_lose_its_disks_is_not_made(void **state)
{
    struct one_machine *f = *state;
    struct vpc_error err;
    test_machine_start(&f->machine);
    want(f, SAVE);
    assert_ok(catalog_change_vmc(f->machine.vmc, set_doomed, NULL, &err), err);
    end_session(f);
    expect_end(f, VM_TURNED_OFF);
}

/* A start that is under way comes to its end first. */
static void test_quit__waits_for_what_is_under_way(void **state)
{
    struct one_machine *f = *state;
    struct vpc_error err;
    test_machine_prepare(&f->machine, "[{'hold':'start'}]");
    assert_ok(test_machine_launch(&f->machine, &err), err);
    assert_ok(test_machine_call(&f->machine, "quit", NULL, &err), err);
    assert_int_equal(vm_page_read_state(f->machine.page), VM_TURNING_ON);
    test_machine_engine(&f->machine, "{'release':'start'}");
    expect_end(f, VM_SAVED);
}

static void test_quit__a_save_that_fails_leaves_the_VM(void **state)
{
    struct one_machine *f = *state;
    struct vpc_error err;
    struct vm_page_task task = {0};
    struct vm_page_body body;
    test_machine_start(&f->machine);
    test_machine_engine(&f->machine, "{'fail':'save','text':'no room','cause':'disk-full'}");
    assert_ok(test_machine_call(&f->machine, "quit", NULL, &err), err);
    vm_page_read(f->machine.page, &body);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].kind, VM_TASK_SAVE);
    test_machine_await_task(&f->machine, body.tasks[VM_PAGE_TASKS - 1].id, &task);
    assert_int_equal(task.result, VM_TASK_DISK_ERROR);
    assert_int_equal(vm_page_read_state(f->machine.page), VM_RUNNING);
    assert_false(file_exists(f->saved));
    /* Once is enough: whoever saves or keeps it now does so himself. */
    test_machine_turn_off(&f->machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_quit__each_action_of_a_running_and_a_paused_VM, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_quit__a_saved_state_that_would_lose_its_disks_is_not_made,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_quit__waits_for_what_is_under_way, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_quit__a_save_that_fails_leaves_the_VM, one_machine_set_up,
                                        one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("quit", tests, NULL, NULL);
}
