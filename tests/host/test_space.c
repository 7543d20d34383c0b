/* A host whose disk fills up, and a full disk while saving: on a file system of 150 MB in a mount namespace. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>
#include "config/saved_state_place.h"
#include "support/check.h"
#include "support/machine.h"
#include "trust/answer_clock.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"

enum {
    MEGABYTE = 1024 * 1024,
    PATIENCE_MS = 240000,
    SKIPPED = 77
};

static const char *small_folder; /* where the file system is */

struct fixture {
    struct test_home home;
    struct test_machine machine;
    char *ballast;
};

static bool write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY);
    bool done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0)
        close(file);
    return done;
}

/* NULL when it is done, else why it cannot be. `folder` (in, out) is a template of mkdtemp. */
static const char *enter_namespace(char *folder)
{
    char user[64], group[64];
    snprintf(user, sizeof user, "0 %u 1", (unsigned)geteuid());
    snprintf(group, sizeof group, "0 %u 1", (unsigned)getegid());
    if (unshare(CLONE_NEWNS) != 0 &&
        (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_text("/proc/self/setgroups", "deny") ||
         !write_text("/proc/self/uid_map", user) || !write_text("/proc/self/gid_map", group)))
        return "this host gives no mount namespace";
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mkdtemp(folder) == NULL ||
        mount("none", folder, "tmpfs", 0, "size=150m,mode=0700") != 0)
        return "this host lets nobody mount a file system";
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_home_open(&f->home);
    if (strncmp(f->home.folder, small_folder, strlen(small_folder)) != 0)
        fail_msg("the home is '%s', not in '%s'", f->home.folder, small_folder);
    test_machine_create(&f->machine, &f->home, "Blue", 1);
    f->ballast = path_join(small_folder, "ballast");
    test_machine_start(&f->machine);
    answer_clock_start();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    answer_clock_stop();
    unlink(f->ballast);
    test_machine_close(&f->machine);
    test_home_close(&f->home);
    free(f->ballast);
    free(f);
    return 0;
}

/* Leaves so much free; 0: fills it to the last byte. */
static void leave_free(struct fixture *f, uint64_t megabytes)
{
    static char block[64 * 1024];
    uv_fs_t request;
    memset(block, 'x', sizeof block);
    int file = open(f->ballast, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    for (;;) {
        assert_int_equal(uv_fs_statfs(NULL, &request, small_folder, NULL), 0);
        const uv_statfs_t *answer = request.ptr;
        bool enough = answer->f_bavail * answer->f_bsize <= megabytes * MEGABYTE;
        uv_fs_req_cleanup(&request);
        if (enough || write(file, block, sizeof block) <= 0)
            break;
    }
    close(file);
}

/* Waits until the supervisor has seen that there is more. */
static void await_room(struct fixture *f)
{
    char *path = path_join(f->machine.run_folder, VM_LOG_FILE);
    uint64_t begin_ms = clock_monotonic_ms();
    for (bool seen = false; !seen;) {
        struct vpc_error err;
        char *log;
        size_t size;
        assert_ok(file_read(path, MEGABYTE, &log, &size, &err), err);
        seen = strstr(log, "room again") != NULL;
        free(log);
        if (!seen && clock_monotonic_ms() - begin_ms > PATIENCE_MS)
            fail_msg("the supervisor sees no room");
        uv_sleep(2);
    }
    free(path);
}

static void test_space__warning_then_a_pause_and_again_after_there_was_more(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2");
    leave_free(f, 60);
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10");
    leave_free(f, 10);
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10 12/1+11 1/6");
    /* Who resumes it without more space has been told. */
    assert_ok(in_time(test_machine_call(&f->machine, "resume", NULL, &err)), err);
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10 12/1+11 1/6 1/5");
    leave_free(f, 130);
    await_room(f); /* which is no event */
    leave_free(f, 10);
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10 12/1+11 1/6 1/5 12/0+10 12/1+11 1/6");
    test_machine_turn_off(&f->machine);
}

/* What comes after the pause waits for it, as for one that a client has asked for. */
static void test_space__save_waits_for_the_pause(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    test_machine_engine(&f->machine, "{'hold':'pause'}");
    test_machine_engine(&f->machine, "{'fail':'save','text':'no room','cause':'disk-full'}");
    leave_free(f, 10);
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10 12/1+11");
    /* The reply cannot come before the guest stands, so this client leaves without it. */
    struct control_client *other;
    assert_ok(control_connect(&other, test_machine_body(&f->machine).control, &err), err);
    assert_fails(control_call(other, "save", NULL, 50, NULL, NULL, &err), VPC_TIMED_OUT, err);
    control_disconnect(other);
    test_machine_engine(&f->machine, "{'release':'pause'}");
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10 12/1+11 1/6 1/7 1/6");
    assert_ok(test_machine_call(&f->machine, "resume", NULL, &err), err);
    test_machine_turn_off(&f->machine);
}

/* Where Save writes. New memory. */
static char *text_of_saved(struct fixture *f)
{
    char *path = saved_state_place_new(f->machine.vmc);
    assert_non_null(path);
    return path;
}

static void test_space__save_on_a_full_disk_leaves_the_VM_and_no_file(void **state)
{
    struct fixture *f = *state;
    struct vpc_error err;
    struct vm_page_task task;
    uint32_t id;
    char *saved = text_of_saved(f);
    leave_free(f, 0);
    test_machine_await_events(&f->machine, 0, "1/3 1/5+2 12/0+10 12/1+11 1/6");
    assert_ok(in_time(test_machine_call(&f->machine, "resume", NULL, &err)), err);
    if (in_time(test_machine_call(&f->machine, "save", &id, &err))) {
        test_machine_await_task(&f->machine, id, &task);
        assert_int_equal(task.result, VM_TASK_DISK_ERROR);
    } else {
        assert_int_equal(err.cause, VPC_DISK_FULL);
    }
    test_machine_await_state(&f->machine, VM_RUNNING);
    assert_false(file_exists(saved));
    unlink(f->ballast);
    test_machine_save(&f->machine);
    assert_true(file_exists(saved));
    free(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_space__warning_then_a_pause_and_again_after_there_was_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_space__save_waits_for_the_pause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_space__save_on_a_full_disk_leaves_the_VM_and_no_file, set_up, tear_down),
    };
    char folder[] = "/tmp/vpc-space-XXXXXX";
    const char *reason = enter_namespace(folder);
    if (reason != NULL) {
        printf("SKIPPED: %s\n", reason);
        return SKIPPED;
    }
    small_folder = folder;
    setenv("TMPDIR", folder, 1);
    int failed = cmocka_run_group_tests_name("space", tests, NULL, NULL);
    umount2(folder, MNT_DETACH);
    rmdir(folder);
    return failed;
}
