/*
 * The data folder is removed while a VM runs: who is connected is served and sees true figures, everybody else hears
 * that there is no such VM, and a folder made anew works at once, beside what still runs.
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "trust/answer_clock.h"
#include "util/file.h"

struct fixture {
    struct test_home home;
    struct test_machine machine;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_home_open(&f->home);
    test_machine_create(&f->machine, &f->home, "Blue", 1);
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, 1000, 1000);
    answer_clock_start();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    answer_clock_stop();
    test_machine_close(&f->machine);
    test_home_close(&f->home);
    free(f);
    return 0;
}

static void do_call(struct fixture *f, const char *command)
{
    struct vpc_error err;
    assert_ok(in_time(test_machine_call(&f->machine, command, NULL, &err)), err);
}

/* Who has the VM open. */
static void check_connected(struct fixture *f)
{
    struct vpc_error err;
    test_machine_send(&f->machine, 234, 1234);
    assert_int_equal(test_machine_body(&f->machine).sampled, 1);
    do_call(f, "ping");
    do_call(f, "pause");
    do_call(f, "resume");
    /* There is no file left to say where a saved state would be; the VM goes on. */
    assert_fails(in_time(test_machine_call(&f->machine, "save", NULL, &err)), VPC_PATH_NOT_FOUND, err);
    assert_int_equal(test_machine_body(&f->machine).state, VM_RUNNING);
    test_machine_await_sample(&f->machine);
    assert_int_equal(test_machine_body(&f->machine).sampled, 1);
}

/* Who comes anew. */
static void check_others(struct fixture *f)
{
    struct catalog_entry entry;
    struct control_client *client;
    struct vpc_error err;
    uint32_t number;
    char *program = test_program("vpchost");
    struct vm_page_body body = test_machine_body(&f->machine);
    assert_fails(in_time(catalog_find(&f->home.catalog, "Blue", &entry, &err)), VPC_VM_UNKNOWN, err);
    assert_fails(in_time(control_connect(&client, body.control, &err)), VPC_VM_NOT_RUNNING, err);
    assert_fails(in_time(test_launch(program, "Blue", &number, &err)), VPC_VM_UNKNOWN, err);
    assert_fails(in_time(test_adopt(program, "Blue", &number, &err)), VPC_VM_UNKNOWN, err);
    free(program);
}

static void test_removed__folder_of_a_machine_that_runs(void **state)
{
    struct fixture *f = *state;
    struct test_machine next;
    struct vpc_error err;
    assert_ok(folder_remove(f->home.folder, &err), err);
    check_connected(f);
    check_others(f);
    /* The same name again. */
    assert_ok(folder_make(f->home.folder, &err), err);
    test_machine_create(&next, &f->home, "Blue", 1);
    test_machine_start(&next);
    test_machine_send(&next, 55, 55);
    test_machine_turn_off(&next);
    test_machine_close(&next);
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, 1234);
    test_machine_turn_off(&f->machine);
}

/* Nobody is connected any more: its process can be ended, as that of any supervisor. */
static void test_removed__folder_and_nobody_is_connected(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    assert_ok(folder_remove(f->home.folder, &err), err);
    check_others(f);
    test_machine_kill(&f->machine);
    assert_ok(folder_make(f->home.folder, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_removed__folder_of_a_machine_that_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed__folder_and_nobody_is_connected, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("removed", tests, NULL, NULL);
}
