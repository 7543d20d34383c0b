/* A supervisor that is lost on the way to another state, with its hypervisor: on the fake engine, of which nothing is
 * ever left. */
#include <stdlib.h>
#include <string.h>
#include "config/saved_state_place.h"
#include "support/check.h"
#include "support/one_machine.h"
#include "support/process.h"
#include "util/file.h"
#include "util/text.h"

enum {
    MOST_FILE = 1024 * 1024
};

/* Lets a supervisor look for what the killed one has left, which is nothing that runs. */
static void expect_found_off(struct one_machine *f)
{
    struct vpc_error err;
    uint32_t state = VM_INVALID;
    char *program = test_program("vpchost");
    assert_ok(test_adopt(program, f->machine.entry.name, &state, &err), err);
    assert_int_equal(state, VM_TURNED_OFF);
    free(program);
}

/* True when the .vmc names a saved state and its file is there. */
static bool has_saved_state(struct one_machine *f)
{
    struct vpc_error err;
    struct settings *settings;
    char *path;
    assert_ok(settings_load(&settings, "preferences", f->machine.vmc, &err), err);
    assert_ok(saved_state_place_find(settings, f->machine.vmc, &path, &err), err);
    char *named = settings_text(settings, "settings/configuration/saved_state/path/absolute", "");
    bool has = path != NULL;
    assert_int_equal(has, *named != '\0'); /* no name without a file */
    free(named);
    free(path);
    settings_free(settings);
    return has;
}

/* Kills the supervisor of a VM that is being saved. Its task. */
static uint32_t lose_in_save(struct test_machine *m)
{
    struct vpc_error err;
    uint32_t id;
    test_machine_engine(m, "{'hold':'save'}");
    assert_ok(test_machine_call(m, "save", &id, &err), err);
    test_machine_kill(m);
    assert_int_equal(vm_page_read_state(m->page), VM_SAVING);
    return id;
}

static void test_lost__in_a_save_leaves_no_part_of_a_file(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    char *part = text_format("%s.tmp", f->saved);
    test_machine_start(m);
    uint32_t id = lose_in_save(m);
    assert_ok(file_replace(part, "memory", 6, &err), err);
    expect_found_off(f);
    assert_int_equal(vm_page_read_state(m->page), VM_TURNED_OFF);
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_non_null(strstr(task.text, "lost"));
    assert_false(file_exists(part));
    assert_false(has_saved_state(f));
    free(part);
    test_machine_start(m);
    test_machine_turn_off(m);
}

static void test_lost__when_the_file_was_whole_the_save_is_done(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vpc_error err;
    struct vm_page_task task;
    char *whole;
    size_t size;
    test_machine_start(m);
    test_machine_save(m);
    assert_ok(file_read(f->saved, MOST_FILE, &whole, &size, &err), err);
    test_machine_start(m);
    uint32_t id = lose_in_save(m);
    assert_ok(file_replace(f->saved, whole, size, &err), err);
    free(whole);
    expect_found_off(f);
    assert_int_equal(vm_page_read_state(m->page), VM_SAVED);
    test_machine_await_task(m, id, &task);
    assert_int_equal(task.result, VM_TASK_SUCCESS);
    assert_int_equal(task.percent, 100);
    assert_string_equal(task.text, "");
    assert_true(has_saved_state(f));
    test_machine_start(m);
    test_machine_turn_off(m);
}

/* Starts a VM from its saved state, and kills the supervisor when its page shows that the guest goes on as this. */
static void lose_in_restore(struct test_machine *m, const char *orders, enum vm_state goes_on_as)
{
    struct vpc_error err;
    test_machine_start(m);
    test_machine_save(m);
    test_machine_prepare(m, orders);
    assert_ok(test_machine_launch(m, &err), err);
    while (test_machine_body(m).goes_on_as != (uint64_t)goes_on_as)
        assert_ok(test_machine_call(m, "ping", NULL, &err), err);
    test_machine_kill(m);
    test_machine_prepare(m, "[]");
    assert_int_equal(vm_page_read_state(m->page), VM_RESTORING);
}

static void test_lost__in_a_restore_keeps_the_saved_state(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vm_page_task task;
    lose_in_restore(m, "[{'hold':'start'}]", 0);
    uint64_t epoch = test_machine_body(m).epoch;
    expect_found_off(f);
    assert_int_equal(vm_page_read_state(m->page), VM_SAVED);
    assert_true(has_saved_state(f));
    test_machine_await_task(m, m->startup_task, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    test_machine_start(m);
    assert_int_equal(test_machine_body(m).epoch, epoch + 1);
    assert_int_equal(test_machine_body(m).epoch_cause, EPOCH_RESTORE);
    test_machine_turn_off(m);
}

/* The guest may have run, and its disks with it: what was saved does not go with them any more. */
static void test_lost__when_a_restored_guest_may_run_its_saved_state_is_used_up(void **state)
{
    struct one_machine *f = *state;
    struct test_machine *m = &f->machine;
    struct vm_page_task task;
    lose_in_restore(m, "[{'hold':'let-run'}]", VM_RUNNING);
    assert_int_equal(test_machine_body(m).epoch_cause, EPOCH_RESTORE);
    expect_found_off(f);
    assert_int_equal(vm_page_read_state(m->page), VM_TURNED_OFF);
    assert_false(has_saved_state(f));
    assert_false(file_exists(f->saved));
    test_machine_await_task(m, m->startup_task, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    test_machine_start(m);
    assert_int_equal(test_machine_body(m).epoch_cause, EPOCH_POWER_ON);
    test_machine_turn_off(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lost__in_a_save_leaves_no_part_of_a_file, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_lost__when_the_file_was_whole_the_save_is_done, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_lost__in_a_restore_keeps_the_saved_state, one_machine_set_up,
                                        one_machine_tear_down),
        cmocka_unit_test_setup_teardown(test_lost__when_a_restored_guest_may_run_its_saved_state_is_used_up,
                                        one_machine_set_up, one_machine_tear_down),
    };
    return cmocka_run_group_tests_name("lost supervisors", tests, NULL, NULL);
}
