/* The state table, call by call, and saved states: a supervisor of its own for each row, on the fake engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "config/saved_state_place.h"
#include "support/check.h"
#include "support/one_machine.h"
#include "support/process.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    MOST_FILE = 1024 * 1024
};

static uint32_t begin_task(struct test_machine *m, const char *command)
{
    struct vpc_error err;
    uint32_t id = 0;
    assert_ok(test_machine_call(m, command, &id, &err), err);
    assert_int_not_equal(id, 0);
    return id;
}

/* The task has ended like this; its text has `part` in it. */
static void expect_failure(struct test_machine *m, uint32_t id, enum vm_task_result result, const char *part)
{
    struct vm_page_task task;
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.result, result);
    if (strstr(task.text, part) == NULL)
        fail_msg("'%s' lacks '%s'", task.text, part);
}

/* What the .vmc says of a saved state: the path that counts, new memory or NULL. */
static char *place(struct one_machine *f)
{
    struct vpc_error err;
    struct settings *settings;
    char *path;
    assert_ok(settings_load(&settings, "preferences", f->machine.vmc, &err), err);
    assert_ok(saved_state_place_find(settings, f->machine.vmc, &path, &err), err);
    settings_free(settings);
    return path;
}

static void expect_no_saved_state(struct one_machine *f)
{
    struct vpc_error err;
    struct settings *settings;
    char *temporary = text_format("%s.tmp", f->saved);
    assert_false(file_exists(f->saved));
    assert_false(file_exists(temporary));
    assert_ok(settings_load(&settings, "preferences", f->machine.vmc, &err), err);
    char *absolute = settings_text(settings, "settings/configuration/saved_state/path/absolute", "");
    char *relative = settings_text(settings, "settings/configuration/saved_state/path/relative", "");
    assert_string_equal(absolute, "");
    assert_string_equal(relative, "");
    free(absolute);
    free(relative);
    free(temporary);
    settings_free(settings);
}

/* ---- the table ---- */

/* All states that the supervisor has entered, in order, as its log has them: "TurningOn Running". New memory. */
static char *entered(struct test_machine *m)
{
    static const char *const names[] = {"TurnedOff", "Saved",  "TurningOn",  "Restoring",
                                        "Running",   "Paused", "TurningOff", "Saving"};
    struct vpc_error err;
    struct buffer states = {0};
    char *path = path_join(m->run_folder, VM_LOG_FILE), *log;
    size_t size;
    assert_ok(file_read(path, MOST_FILE, &log, &size, &err), err);
    for (char *line = strtok(log, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) {
        const char *word = strrchr(line, ' ');
        for (size_t i = 0; word != NULL && i < sizeof names / sizeof names[0]; i++)
            if (strcmp(word + 1, names[i]) == 0 && strstr(line, " command ") == NULL)
                buffer_append_format(&states, "%s%s", states.size > 0 ? " " : "", names[i]);
    }
    free(log);
    free(path);
    assert_false(states.failed);
    return states.data;
}

/* The latest states are these. */
static void expect_last_states(struct test_machine *m, const char *expected)
{
    char *states = entered(m);
    size_t length = strlen(states), size = strlen(expected);
    if (length < size || strcmp(states + length - size, expected) != 0)
        fail_msg("states are %s, not %s", states, expected);
    free(states);
}

/* Brings a new VM into a state. What ends the state is held by the engine. */
static void reach(struct one_machine *f, enum vm_state state)
{
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    switch (state) {
    case VM_TURNING_ON:
    case VM_RESTORING:
        if (state == VM_RESTORING) {
            test_machine_start(m);
            test_machine_save(m);
        }
        test_machine_prepare(m, "[{'hold':'start'}]");
        assert_ok(test_machine_launch(m, &err), err);
        break;
    case VM_RUNNING:
        test_machine_start(m);
        break;
    case VM_PAUSED:
        test_machine_start(m);
        assert_ok(test_machine_call(m, "pause", NULL, &err), err);
        break;
    case VM_SAVING:
        test_machine_start(m);
        test_machine_engine(m, "{'hold':'save'}");
        begin_task(m, "save");
        break;
    case VM_TURNING_OFF:
        test_machine_start(m);
        test_machine_engine(m, "{'hold':'turn-off'}");
        begin_task(m, "turn-off");
        break;
    default:
        fail_msg("nobody knows how to reach state %d", (int)state);
    }
    assert_int_equal(vm_page_read_state(m->page), state);
}

/* One call in one state: refused with `refusal`, and then nothing changes; or accepted (0), and these states come, the
 * last of them with the end of the call or of its task. */
struct row {
    enum vm_state from;
    const char *call;
    enum vpc_cause refusal;
    const char *states;
    const char *events; /* "kind/value", and +message where the log of the host has one */
};

static const struct row rows[] = {
    {VM_TURNING_ON, "turn-off", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_ON, "reset", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_ON, "pause", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_ON, "resume", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_ON, "save", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_ON, "start", VPC_VM_RUNNING, "", ""},
    {VM_RESTORING, "turn-off", VPC_VM_NOT_RUNNING, "", ""},
    {VM_RESTORING, "reset", VPC_VM_NOT_RUNNING, "", ""},
    {VM_RESTORING, "pause", VPC_VM_NOT_RUNNING, "", ""},
    {VM_RESTORING, "resume", VPC_VM_NOT_RUNNING, "", ""},
    {VM_RESTORING, "save", VPC_VM_NOT_RUNNING, "", ""},
    {VM_RESTORING, "start", VPC_VM_RUNNING, "", ""},
    {VM_RUNNING, "turn-off", 0, "TurningOff TurnedOff", "2/0 1/8 1/1+5"},
    {VM_RUNNING, "reset", 0, "", "3/0+7"},
    {VM_RUNNING, "pause", 0, "Paused", "1/6"},
    {VM_RUNNING, "resume", VPC_STATE_CONFLICT, "", ""},
    {VM_RUNNING, "save", 0, "Saving Saved", "1/7 1/2+4"},
    {VM_RUNNING, "start", VPC_VM_RUNNING, "", ""},
    {VM_PAUSED, "turn-off", 0, "TurningOff TurnedOff", "2/0 1/8 1/1+5"},
    {VM_PAUSED, "reset", 0, "Running", "3/0+7 1/5"},
    {VM_PAUSED, "pause", VPC_STATE_CONFLICT, "", ""},
    {VM_PAUSED, "resume", 0, "Running", "1/5"},
    {VM_PAUSED, "save", 0, "Saving Saved", "1/7 1/2+4"},
    {VM_PAUSED, "start", VPC_VM_RUNNING, "", ""},
    {VM_SAVING, "turn-off", VPC_VM_NOT_RUNNING, "", ""},
    {VM_SAVING, "reset", VPC_VM_NOT_RUNNING, "", ""},
    {VM_SAVING, "pause", VPC_VM_NOT_RUNNING, "", ""},
    {VM_SAVING, "resume", VPC_VM_NOT_RUNNING, "", ""},
    {VM_SAVING, "save", VPC_VM_NOT_RUNNING, "", ""},
    {VM_SAVING, "start", VPC_VM_RUNNING, "", ""},
    {VM_TURNING_OFF, "turn-off", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_OFF, "reset", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_OFF, "pause", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_OFF, "resume", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_OFF, "save", VPC_VM_NOT_RUNNING, "", ""},
    {VM_TURNING_OFF, "start", VPC_VM_RUNNING, "", ""},
};

static bool call(struct test_machine *m, const char *name, uint32_t *task, struct vpc_error *err)
{
    if (strcmp(name, "start") != 0)
        return test_machine_call(m, name, task, err);
    struct test_machine other = *m;
    other.page = NULL;
    other.client = NULL;
    other.process = NULL;
    return test_machine_launch(&other, err);
}

static void check_row(const struct row *row, struct one_machine *f)
{
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    uint32_t id = 0;
    reach(f, row->from);
    char *before = entered(m);
    uint64_t first = vm_page_read_event_count(m->page);
    bool accepted = call(m, row->call, &id, &err);
    if (accepted != (row->refusal == 0) || (!accepted && err.cause != row->refusal))
        fail_msg("state %d, %s: %s", (int)row->from, row->call, accepted ? "accepted" : vpc_cause_name(err.cause));
    if (accepted && id != 0) {
        struct vm_page_task task;
        test_machine_await_task(m, id, &task);
        assert_int_equal(task.result, VM_TASK_SUCCESS);
        assert_int_equal(task.percent, 100);
    }
    char *after = entered(m);
    char *expected = text_format("%s%s%s", before, *row->states != '\0' ? " " : "", row->states);
    if (strcmp(after, expected) != 0)
        fail_msg("state %d, %s: states are %s, not %s", (int)row->from, row->call, after, expected);
    if (!accepted)
        assert_int_equal(vm_page_read_state(m->page), row->from);
    char *events = test_machine_events(m, first);
    if (strcmp(events, row->events) != 0)
        fail_msg("state %d, %s: events are %s, not %s", (int)row->from, row->call, events, row->events);
    free(events);
    free(before);
    free(after);
    free(expected);
}

static void test_supervisor__every_call_in_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *f;
        one_machine_set_up(&f);
        check_row(&rows[i], f);
        one_machine_tear_down(&f);
    }
}

/* ---- saved states ---- */

static void test_supervisor__save_and_restore(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'cpu':50}");
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1000,'received':10}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 1000);
    uint64_t epoch = test_machine_body(m).epoch;
    test_machine_save(m);
    char *path = place(f);
    assert_non_null(path);
    assert_string_equal(path, f->saved);
    free(path);

    test_machine_start(m);
    struct vm_page_body body = test_machine_body(m);
    assert_int_equal(body.epoch, epoch + 1);
    assert_int_equal(body.epoch_cause, EPOCH_RESTORE);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 1].kind, VM_TASK_RESTORE);
    assert_int_equal(body.tasks[VM_PAGE_TASKS - 2].kind, VM_TASK_SAVE);
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 0);
    expect_no_saved_state(f);
    expect_last_states(m, "Saved Restoring Running");
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':7}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 7);
    test_machine_turn_off(m);
    expect_no_saved_state(f);
    test_machine_start(m);
    assert_int_equal(test_machine_body(m).epoch_cause, EPOCH_POWER_ON);
    test_machine_turn_off(m);
}

static void test_supervisor__save_tells_its_progress(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'save'}");
    uint32_t id = begin_task(m, "save");
    static const unsigned reported[] = {10, 40, 30, 80}, shown[] = {10, 40, 40, 80};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        char order[32];
        snprintf(order, sizeof order, "{'progress':%u}", reported[i]);
        test_machine_engine(m, order);
        struct vm_page_task row;
        do {
            row = test_machine_body(m).tasks[VM_PAGE_TASKS - 1];
            assert_int_equal(row.id, id);
            uv_sleep(1);
        } while (row.percent < shown[i]);
        assert_int_equal(row.percent, shown[i]);
        assert_int_equal(row.complete, 0);
    }
    test_machine_engine(m, "{'release':'save'}");
    struct vm_page_task task;
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.percent, 100);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
}

static void check_failed_save(struct one_machine *f, bool paused)
{
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_start(m);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':500}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 500);
    if (paused)
        assert_ok(test_machine_call(m, "pause", NULL, &err), err);
    uint64_t epoch = test_machine_body(m).epoch;
    test_machine_engine(m, "{'fail':'save','text':'no room for 64 MB','cause':'disk-full'}");
    expect_failure(m, begin_task(m, "save"), VM_TASK_DISK_ERROR, "no room for 64 MB");
    assert_int_equal(vm_page_read_state(m->page), paused ? VM_PAUSED : VM_RUNNING);
    test_machine_engine(m, "{'fail':'save','text':'it will not'}");
    expect_failure(m, begin_task(m, "save"), VM_TASK_UNEXPECTED_ERROR, "it will not");
    expect_last_states(m, paused ? "TurningOn Running Paused Saving Paused Saving Paused"
                                 : "TurningOn Running Saving Running Saving Running");
    expect_no_saved_state(f);
    assert_int_equal(test_machine_body(m).epoch, epoch);
    if (paused)
        assert_ok(test_machine_call(m, "resume", NULL, &err), err);
    test_machine_engine(m, "{'traffic':{'adapter':0,'sent':1}}");
    test_machine_await_total(m, VM_PAGE_BYTES_SENT, 501);
    test_machine_turn_off(m);
}

static void test_supervisor__failed_save_of_a_running_VM(void **state)
{
    check_failed_save(*state, false);
}

static void test_supervisor__failed_save_of_a_paused_VM(void **state)
{
    check_failed_save(*state, true);
}

/* The guest writes where there is no room, and before it is known to stand a save begins. */
static void test_supervisor__guest_that_stops_while_it_is_saved(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_start(m);
    uint64_t first = vm_page_read_event_count(m->page);
    test_machine_engine(m, "{'hold':'stand'}");
    test_machine_engine(m, "{'guest':'disk-full'}");
    test_machine_await_events(m, first, "12/1+11");
    test_machine_engine(m, "{'fail':'save','text':'no room for 64 MB','cause':'disk-full'}");
    uint32_t id = begin_task(m, "save");
    test_machine_engine(m, "{'release':'stand'}");
    expect_failure(m, id, VM_TASK_DISK_ERROR, "no room for 64 MB");
    test_machine_await_events(m, first, "12/1+11 1/7 1/6");
    expect_no_saved_state(f);
    assert_ok(test_machine_call(m, "resume", NULL, &err), err);
    assert_int_equal(vm_page_read_state(m->page), VM_RUNNING);
    assert_ok(test_machine_call(m, "pause", NULL, &err), err);
    test_machine_save(m);
}

static void test_supervisor__refused_save_changes_nothing(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    test_machine_start(m);
    test_machine_engine(m, "{'refuse':'save','text':'not now'}");
    assert_fails(test_machine_call(m, "save", NULL, &err), VPC_ENGINE, err);
    assert_int_equal(vm_page_read_state(m->page), VM_RUNNING);
    expect_no_saved_state(f);
}

static void test_supervisor__hypervisor_that_dies_while_saving(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    test_machine_start(m);
    test_machine_engine(m, "{'hold':'save'}");
    uint32_t id = begin_task(m, "save");
    test_machine_engine(m, "{'crash':true,'text':'a cosmic ray'}");
    expect_failure(m, id, VM_TASK_UNEXPECTED_ERROR, "a cosmic ray");
    test_machine_await_end(m);
    expect_no_saved_state(f);
}

static bool set_undo(struct settings *settings, void *context, struct vpc_error *err)
{
    uint32_t action = *(uint32_t *)context;
    return settings_set_boolean(settings, "settings/undo_drives/enabled", true, err) &&
           settings_set_integer(settings, "settings/undo_drives/default_action", action, err);
}

/* VMUndoAction: 0 Discard, 1 Keep, 2 Commit. */
static void test_supervisor__save_is_refused_when_undo_disks_will_be_deleted(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    uint32_t action = 0;
    test_machine_start(m);
    assert_ok(catalog_change_vmc(m->vmc, set_undo, &action, &err), err);
    assert_fails(test_machine_call(m, "save", NULL, &err), VPC_STATE_CONFLICT, err);
    assert_non_null(strstr(err.text, "undo disks"));
    assert_int_equal(vm_page_read_state(m->page), VM_RUNNING);
    action = 1;
    assert_ok(catalog_change_vmc(m->vmc, set_undo, &action, &err), err);
    test_machine_save(m);
}

/* Starts a VM whose saved state cannot be restored; the VM is Saved as before and the file is the same. */
static void expect_not_restored(struct one_machine *f, const char *part)
{
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    char *before, *after;
    size_t size, size_after;
    assert_ok(file_read(f->saved, MOST_FILE, &before, &size, &err), err);
    assert_ok(test_machine_launch(m, &err), err);
    expect_failure(m, m->startup_task, VM_TASK_INCOMPATIBLE_SAVED_STATE, part);
    test_machine_await_state(m, VM_SAVED);
    int status;
    struct test_process *process = m->process;
    m->process = NULL;
    test_process_await_end(process, &status);
    assert_int_equal(status, 0);
    assert_ok(file_read(f->saved, MOST_FILE, &after, &size_after, &err), err);
    assert_int_equal(size_after, size);
    assert_memory_equal(after, before, size);
    free(before);
    free(after);
    expect_last_states(m, "Restoring Saved");
    char *path = place(f);
    assert_non_null(path);
    free(path);
}

static void test_supervisor__saved_state_that_is_cut_or_foreign_is_refused_and_kept(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    char *whole, *other;
    size_t size;
    test_machine_start(m);
    test_machine_save(m);
    assert_ok(file_read(f->saved, MOST_FILE, &whole, &size, &err), err);

    assert_ok(file_replace(f->saved, whole, size - 1, &err), err);
    expect_not_restored(f, "should hold");
    assert_ok(file_replace(f->saved, whole, 100, &err), err);
    expect_not_restored(f, "too short");
    other = malloc(size + 1);
    memcpy(other, whole, size);
    other[size] = 'x';
    assert_ok(file_replace(f->saved, other, size + 1, &err), err);
    expect_not_restored(f, "should hold");
    other[size - 1] ^= 1;
    assert_ok(file_replace(f->saved, other, size, &err), err);
    expect_not_restored(f, "damaged");
    memcpy(other, whole, size);
    other[200] ^= 1;
    assert_ok(file_replace(f->saved, other, size, &err), err);
    expect_not_restored(f, "header");
    memset(other, 'v', size);
    assert_ok(file_replace(f->saved, other, size, &err), err);
    expect_not_restored(f, "no saved state");

    assert_ok(file_replace(f->saved, whole, size, &err), err);
    test_machine_prepare(m, "[{'fail':'start','text':'of another world','cause':'saved-state'}]");
    expect_not_restored(f, "of another world");
    test_machine_prepare(m, "[]");
    test_machine_start(m);
    expect_no_saved_state(f);
    test_machine_turn_off(m);
    free(whole);
    free(other);
}

static void test_supervisor__saved_state_of_another_VM_is_refused(void **state)
{
    struct one_machine *f = *state;
    struct test_machine twin;
    struct vpc_error err;
    test_machine_create(&twin, &f->home, "Twin", 1);
    test_machine_start(&twin);
    test_machine_save(&twin);
    char *from = saved_state_place_new(twin.vmc);
    assert_ok(file_rename(from, f->saved, &err), err);
    assert_ok(saved_state_place_set(f->machine.vmc, f->saved, &err), err);
    expect_not_restored(f, "another virtual machine");
    test_machine_close(&twin);
    free(from);
}

/* As that of a VM that was renamed while it was saved, and that has left its old name to another. */
static void test_supervisor__save_takes_no_other_VMs_place(void **state)
{
    struct one_machine *f = *state;
    struct test_machine twin;
    struct vpc_error err;
    char *before, *after;
    size_t size, size_after;
    test_machine_create(&twin, &f->home, "Twin", 1);
    test_machine_start(&twin);
    test_machine_save(&twin);
    char *from = saved_state_place_new(twin.vmc);
    test_machine_start(&f->machine);
    assert_ok(file_rename(from, f->saved, &err), err);
    assert_ok(file_read(f->saved, MOST_FILE, &before, &size, &err), err);
    test_machine_save(&f->machine);
    assert_ok(file_read(f->saved, MOST_FILE, &after, &size_after, &err), err);
    assert_int_equal(size_after, size);
    assert_memory_equal(after, before, size);
    test_machine_start(&f->machine);
    assert_int_equal(test_machine_body(&f->machine).epoch_cause, EPOCH_RESTORE);
    test_machine_turn_off(&f->machine);
    assert_true(file_exists(f->saved));
    test_machine_close(&twin);
    free(before);
    free(after);
    free(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_supervisor__every_call_in_every_state),
        cmocka_unit_test_setup_teardown(test_supervisor__save_and_restore, one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__save_tells_its_progress, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__failed_save_of_a_running_VM, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__failed_save_of_a_paused_VM, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__guest_that_stops_while_it_is_saved, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__refused_save_changes_nothing, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__hypervisor_that_dies_while_saving, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__save_is_refused_when_undo_disks_will_be_deleted,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__saved_state_that_is_cut_or_foreign_is_refused_and_kept,
                                        one_machine_set_up, one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__saved_state_of_another_VM_is_refused, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor__save_takes_no_other_VMs_place, one_machine_set_up,
                                        one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("supervisor lifecycle", tests, NULL, NULL);
}
