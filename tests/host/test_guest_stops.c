/* What stops a real guest from outside: a disk of the host without room, a save that is called off, and one whose
 * supervisor is killed. */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>
#include "config/saved_state_place.h"
#include "host/guest.h"
#include "support/check.h"
#include "util/file.h"
#include "util/text.h"

enum {
    CALL_MS = 60000,
    SOME_STREAM = 16 * 1024
};

/* The guest writes to all its drives for ever; the second one takes nothing, as a file on a full disk. */
static const struct boot_disk disk = {.rounds = 1, .sectors = 16, .drives = 2, .writes = true, .forever = true};
static const char arguments[] =
    "-device virtio-scsi-pci,id=scsi "
    "-blockdev \"driver=blkdebug,node-name=full,inject-error.0.event=none,inject-error.0.iotype=write,"
    "inject-error.0.errno=28,image.driver=null-co,image.size=67108864,image.read-zeroes=on\" "
    "-device \"scsi-hd,id=full,bus=scsi.0,scsi-id=0,drive=full\"";

static int tear_down(void **state)
{
    guest_tear_down(*state);
    free(*state);
    return 0;
}

static void test_guest_stops__write_without_room(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    struct vpc_error err;
    *state = guest;
    guest_set_up_with(guest, &(struct guest_options){.disk = &disk, .monitor = true, .arguments = arguments});
    guest_start(guest);
    test_machine_await_events(&guest->machine, 0, "1/3 1/5+2 12/1+11 1/6");
    /* QEMU makes the write again, and there is still no room. */
    assert_ok(test_machine_call(&guest->machine, "resume", NULL, &err), err);
    test_machine_await_events(&guest->machine, 0, "1/3 1/5+2 12/1+11 1/6 1/5 12/1+11 1/6");
    test_machine_turn_off(&guest->machine);
}

/* Process id of QEMU, as the page has it. */
static pid_t qemu_pid(struct guest *guest)
{
    static struct vm_page_body body;
    vm_page_read(guest->machine.page, &body);
    json_t *words = json_loads(body.engine_state, 0, NULL);
    pid_t pid = (pid_t)json_integer_value(json_object_get(words, "pid"));
    json_decref(words);
    assert_true(pid > 1);
    return pid;
}

/* Calls off a save that cannot be over, since QEMU stands still. The id of its task. */
static uint32_t save_and_cancel(struct guest *guest, pid_t qemu)
{
    struct vpc_error err;
    uint32_t id;
    assert_int_equal(kill(qemu, SIGSTOP), 0);
    assert_ok(test_machine_call(&guest->machine, "save", &id, &err), err);
    json_t *which = json_pack("{s:I}", "task", (json_int_t)id);
    bool cancelled = control_call(guest->machine.client, "cancel", which, CALL_MS, NULL, NULL, &err);
    json_decref(which);
    if (!cancelled)
        kill(qemu, SIGCONT);
    assert_ok(cancelled, err);
    return id;
}

static void test_guest_stops__save_that_is_called_off(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    struct vpc_error err;
    struct vm_page_task task = {0};
    *state = guest;
    guest_set_up(guest);
    guest_start(guest);
    guest_await_traffic(guest, 100000);
    char *saved = saved_state_place_new(guest->machine.vmc);
    uint64_t first = vm_page_read_event_count(guest->machine.page);
    pid_t qemu = qemu_pid(guest);
    uint32_t id = save_and_cancel(guest, qemu);
    assert_int_equal(kill(qemu, SIGCONT), 0);
    test_machine_await_task(&guest->machine, id, &task);
    assert_int_equal(task.result, VM_TASK_CANCELLED);
    test_machine_await_events(&guest->machine, first, "1/7 1/5");
    assert_false(file_exists(saved));
    /* The guest goes on, and every byte of it counts. */
    guest_await_traffic(guest, 100000);
    guest_pause_and_compare(guest);
    assert_ok(test_machine_call(&guest->machine, "resume", NULL, &err), err);
    /* And it can be saved after all. */
    test_machine_save(&guest->machine);
    assert_true(file_exists(saved));
    free(saved);
}

/* QEMU never goes on: then Cancel is the way out of Saving. */
static void test_guest_stops__save_that_is_called_off_in_vain(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    struct vm_page_task task = {0};
    *state = guest;
    guest_set_up(guest);
    guest_start(guest);
    guest_note_qemu(guest);
    char *saved = saved_state_place_new(guest->machine.vmc);
    uint64_t first = vm_page_read_event_count(guest->machine.page);
    uint32_t id = save_and_cancel(guest, qemu_pid(guest));
    test_machine_await_task(&guest->machine, id, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_string_equal(task.text, "QEMU was ended: it did not answer when the save was called off");
    test_machine_await_events(&guest->machine, first, "1/7 1/1+5");
    test_machine_await_end(&guest->machine);
    assert_false(guest_qemu_is_alive(guest));
    assert_false(file_exists(saved));
    free(saved);
    guest_start(guest);
    test_machine_turn_off(&guest->machine);
}

static bool has_status(struct guest *guest, const char *question, const char *status)
{
    json_t *answer = monitor_ask(&guest->monitor, question, NULL);
    const char *word = json_string_value(json_object_get(answer, "status"));
    bool has = word != NULL && strcmp(word, status) == 0;
    json_decref(answer);
    return has;
}

/* Whether QEMU stands still in each migration before it gives the last of its state. */
static void hold_migrations(struct guest *guest, bool hold)
{
    json_t *capability = json_pack("{s:s,s:b}", "capability", "pause-before-switchover", "state", (int)hold);
    json_decref(
        monitor_ask(&guest->monitor, "migrate-set-capabilities", json_pack("{s:[o]}", "capabilities", capability)));
}

/* Kills the supervisor in the middle of a save, which has a part of the state and cannot come to its end. Its task. */
static uint32_t lose_in_save(struct guest *guest, const char *part)
{
    struct vpc_error err;
    struct stat status = {0};
    uint32_t id;
    hold_migrations(guest, true);
    assert_ok(test_machine_call(&guest->machine, "save", &id, &err), err);
    while (!has_status(guest, "query-migrate", "pre-switchover"))
        uv_sleep(1);
    for (; status.st_size < SOME_STREAM; uv_sleep(1))
        assert_int_equal(stat(part, &status), 0);
    test_machine_kill(&guest->machine);
    assert_int_equal(vm_page_read_state(guest->machine.page), VM_SAVING);
    return id;
}

static void expect_undone(struct guest *guest, uint32_t id, const char *saved, const char *part)
{
    struct vm_page_task task = {0};
    test_machine_await_task(&guest->machine, id, &task);
    assert_int_equal(task.result, VM_TASK_UNEXPECTED_ERROR);
    assert_non_null(strstr(task.text, "lost"));
    assert_false(file_exists(saved));
    assert_false(file_exists(part));
}

static void test_guest_stops__save_whose_supervisor_is_killed(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    struct vpc_error err;
    *state = guest;
    guest_set_up_with(guest, &(struct guest_options){.monitor = true});
    guest_start(guest);
    guest_await_traffic(guest, 100000);
    char *saved = saved_state_place_new(guest->machine.vmc), *part = text_format("%s.tmp", saved);
    uint64_t first = vm_page_read_event_count(guest->machine.page);
    uint32_t id = lose_in_save(guest, part);
    assert_int_equal(guest_adopt(guest), VM_RUNNING);
    test_machine_await_events(&guest->machine, first, "1/7 1/5");
    expect_undone(guest, id, saved, part);
    hold_migrations(guest, false);
    /* The guest goes on, every byte of it counts, and it can be saved after all. */
    guest_await_traffic(guest, 100000);
    guest_pause_and_compare(guest);
    assert_ok(test_machine_call(&guest->machine, "resume", NULL, &err), err);
    test_machine_save(&guest->machine);
    assert_true(file_exists(saved));
    free(part);
    free(saved);
}

/* Then its migration ends without it, and leaves the guest in a state in which QEMU refuses another one. */
static uint32_t lose_in_save_that_ends(struct guest *guest, const char *part)
{
    uint32_t id = lose_in_save(guest, part);
    json_decref(monitor_ask(&guest->monitor, "migrate_cancel", NULL));
    while (!has_status(guest, "query-migrate", "cancelled"))
        uv_sleep(1);
    assert_true(has_status(guest, "query-status", "postmigrate"));
    hold_migrations(guest, false);
    return id;
}

static void test_guest_stops__save_of_a_paused_guest_whose_supervisor_is_killed(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    struct vpc_error err;
    *state = guest;
    guest_set_up_with(guest, &(struct guest_options){.monitor = true});
    guest_start(guest);
    guest_await_traffic(guest, 100000);
    assert_ok(test_machine_call(&guest->machine, "pause", NULL, &err), err);
    char *saved = saved_state_place_new(guest->machine.vmc), *part = text_format("%s.tmp", saved);
    uint64_t first = vm_page_read_event_count(guest->machine.page);
    uint32_t id = lose_in_save_that_ends(guest, part);
    assert_int_equal(guest_adopt(guest), VM_PAUSED);
    test_machine_await_events(&guest->machine, first, "1/7 1/6");
    expect_undone(guest, id, saved, part);
    guest_assert_equal(guest);
    test_machine_save(&guest->machine);
    assert_true(file_exists(saved));
    free(part);
    free(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_guest_stops__write_without_room, tear_down),
        cmocka_unit_test_teardown(test_guest_stops__save_that_is_called_off, tear_down),
        cmocka_unit_test_teardown(test_guest_stops__save_that_is_called_off_in_vain, tear_down),
        cmocka_unit_test_teardown(test_guest_stops__save_whose_supervisor_is_killed, tear_down),
        cmocka_unit_test_teardown(test_guest_stops__save_of_a_paused_guest_whose_supervisor_is_killed, tear_down),
    };
    return cmocka_run_group_tests_name("guest stops", tests, NULL, NULL);
}
