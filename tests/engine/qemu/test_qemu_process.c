/* Words that reach a process as they are, through a shell script and through a Windows command line; and what is read
 * of processes and drives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <uv.h>
#include "engine/qemu/block_stats.h"
#include "engine/qemu/last_line.h"
#include "engine/qemu/proc_stat.h"
#include "engine/qemu/qemu_find.h"
#include "engine/qemu/qemu_process.h"
#include "engine/qemu/qemu_script.h"
#include "engine/qemu/qemu_watch.h"
#include "engine/qemu/win_command_line.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <unistd.h>
#endif

struct fixture {
    char *folder;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char temporary[1024], template[1100];
    size_t size = sizeof(temporary);
    uv_fs_t made;

    assert_int_equal(uv_os_tmpdir(temporary, &size), 0);
    snprintf(template, sizeof(template), "%s%cvpc it's, XXXXXX", temporary, PATH_SEPARATOR);
    assert_int_equal(uv_fs_mkdtemp(NULL, &made, template, NULL), 0);
    fixture->folder = text_copy(made.path);
    uv_fs_req_cleanup(&made);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    struct vpc_error err;

    assert_true(folder_remove(fixture->folder, &err));
    free(fixture->folder);
    free(fixture);
    return 0;
}

static void wait_for_end(struct qemu_process *process)
{
    while (qemu_process_alive(process))
        ;
    qemu_process_free(process);
}

static void assert_log(const struct fixture *fixture, const char *content)
{
    char *path = path_join(fixture->folder, QEMU_LOG_FILE), *found;
    struct vpc_error err;
    size_t size;

    if (!file_read(path, 65536, &found, &size, &err))
        fail_msg("%s", err.text);
    assert_string_equal(found, content);
    free(found);
    free(path);
}

static void test_qemu_process__words_arrive_as_they_are(void **state)
{
    char *const words[] = {"/usr/bin/printf", "<%s>",      "a b",         "it's", "\"q\"",
                           "back\\slash\\",   "$HOME `x`", "a,,b",        "*",    "",
                           "\xc3\xa4",        "&|;",       "line\nbreak", "%d",   NULL};
    struct fixture *fixture = *state;
    struct qemu_process *process;
    struct vpc_error err;

    if (!qemu_process_start(&process, words, fixture->folder, &err))
        fail_msg("%s", err.text);
    wait_for_end(process);
    assert_log(fixture, "<a b><it's><\"q\"><back\\slash\\><$HOME `x`><a,,b><*><><\xc3\xa4><&|;><line\nbreak><%d>");
}

static void test_qemu_process__lives_is_measured_and_killed_by_id(void **state)
{
    char *const words[] = {"/bin/sh", "-c", "while :; do :; done", NULL};
    struct qemu_process *process, *other;
    struct fixture *fixture = *state;
    uint64_t start, us = 0;
    struct vpc_error err;
    int64_t pid;

    assert_true(qemu_process_start(&process, words, fixture->folder, &err));
    while (!qemu_process_id(process, &pid, &start))
        assert_true(qemu_process_alive(process));
    while (!us)
        assert_true(qemu_process_cpu_time(process, &us) || qemu_process_alive(process));
    assert_false(qemu_process_adopt(&other, pid, start + 1, &err)); /* another process of that id */
    assert_int_equal(err.cause, VPC_ENGINE);
    assert_true(qemu_process_adopt(&other, pid, start, &err));
    assert_true(qemu_process_alive(other));
    qemu_process_kill(other);
    wait_for_end(process);
    assert_false(qemu_process_alive(other));
    qemu_process_free(other);
}

static void note(void *context)
{
    ++*(int *)context;
}

/* Its end wakes the loop, which has nothing else to wake it. A Linux program under Wine has no such wait. */
static void test_qemu_watch__tells_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct qemu_process *process;
    struct vpc_error err;
    int ended = 0, closed = 0;
    uv_loop_t loop;
    struct qemu_watch *watch;
#if defined(_WIN32)
    char self[1024];
    size_t size = sizeof(self);
    char *const linux_words[] = {"/bin/sh", "-c", ":", NULL};
    char *const words[] = {self, "stay", NULL};

    assert_int_equal(uv_exepath(self, &size), 0);
#else
    char *const words[] = {"/bin/sh", "-c", "while :; do sleep 1; done", NULL};
#endif

    assert_int_equal(uv_loop_init(&loop), 0);
#if defined(_WIN32)
    assert_true(qemu_process_start(&process, linux_words, fixture->folder, &err));
    assert_null(qemu_watch_open(&loop, process, note, &ended));
    wait_for_end(process);
#endif
    assert_true(qemu_process_start(&process, words, fixture->folder, &err));
    watch = qemu_watch_open(&loop, process, note, &ended);
    assert_non_null(watch);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(ended, 0);
    qemu_process_kill(process);
    while (!ended)
        uv_run(&loop, UV_RUN_ONCE);
    assert_false(qemu_process_alive(process));
    qemu_watch_close(watch, note, &closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(closed, 1);
    assert_int_equal(ended, 1);

    /* Closed before the end: nothing comes. */
    qemu_process_free(process);
    assert_true(qemu_process_start(&process, words, fixture->folder, &err));
    watch = qemu_watch_open(&loop, process, note, &ended);
    assert_non_null(watch);
    qemu_watch_close(watch, note, &closed);
    qemu_process_kill(process);
    wait_for_end(process);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(closed, 2);
    assert_int_equal(ended, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_qemu_process__program_that_is_missing_ends_at_once(void **state)
{
    char *const words[] = {"/nowhere/qemu", NULL};
    struct fixture *fixture = *state;
    struct qemu_process *process;
    char line[100], *path;
    struct vpc_error err;

    assert_true(qemu_process_start(&process, words, fixture->folder, &err));
    wait_for_end(process);
    path = path_join(fixture->folder, QEMU_LOG_FILE);
    last_line_read(path, line, sizeof(line));
    assert_non_null(strstr(line, "/nowhere/qemu"));
    free(path);
}

static void test_qemu_find__named_programs_are_not_replaced_by_others(void **state)
{
    struct vpc_error err;
    char *program = NULL;

    (void)state;
    assert_int_equal(uv_os_setenv("VPC_QEMU", "/nowhere/from-environment"), 0);
    assert_false(qemu_find(NULL, &program, &err));
    assert_int_equal(err.cause, VPC_ENGINE);
    assert_non_null(strstr(err.text, "from-environment"));
    assert_non_null(strstr(err.text, "VPC_QEMU"));
    assert_false(qemu_find("/nowhere/from-preference", &program, &err));
    assert_non_null(strstr(err.text, "from-preference"));
    assert_null(program);
    uv_os_unsetenv("VPC_QEMU");
    if (!qemu_find(NULL, &program, &err))
        fail_msg("%s", err.text);
    assert_true(file_exists(program));
    free(program);
}

/* The folder is that of the supervisor, where the user names nothing. */
static void test_qemu_find__relative_names_are_refused(void **state)
{
    struct fixture *fixture = *state;
    char *planted = path_join(fixture->folder, "planted"), *program = NULL;
    const char *const names[] = {
        "planted",
        "./planted",
        "bin/planted",
#if defined(_WIN32)
        ".\\planted",
        "C:planted",
        "\\planted"
#endif
    };
    char current[4096];
    size_t size = sizeof current;
    struct vpc_error err;

    assert_true(file_replace(planted, "x", 1, &err));
    assert_int_equal(uv_cwd(current, &size), 0);
    assert_int_equal(uv_chdir(fixture->folder), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_false(qemu_find(names[i], &program, &err));
        assert_int_equal(err.cause, VPC_ENGINE);
        assert_non_null(strstr(err.text, names[i]));
        assert_non_null(strstr(err.text, "hypervisors/qemu/program"));
        assert_non_null(strstr(err.text, "not an absolute path"));
        assert_int_equal(uv_os_setenv("VPC_QEMU", names[i]), 0);
        assert_false(qemu_find(NULL, &program, &err));
        assert_non_null(strstr(err.text, "VPC_QEMU"));
        uv_os_unsetenv("VPC_QEMU");
        assert_null(program);
    }
    assert_int_equal(uv_chdir(current), 0);
    free(planted);
}

/* In characters that no code page of Windows has together. */
static void test_qemu_find__environment_in_any_language(void **state)
{
    struct fixture *fixture = *state;
    char *folder = path_join(fixture->folder, "M\xC3\xBChle \xE6\xB0\xB4"), *named = path_join(folder, "qemu"),
         *program;
    struct vpc_error err;

    assert_true(folder_make(folder, &err));
    assert_true(file_replace(named, "x", 1, &err));
    assert_int_equal(uv_os_setenv("VPC_QEMU", named), 0);
    bool found = qemu_find(NULL, &program, &err);
    uv_os_unsetenv("VPC_QEMU");
    if (!found)
        fail_msg("%s", err.text);
    assert_true(file_exists(program));
    free(program);
    free(named);
    free(folder);
}

#if !defined(_WIN32)
/* A file of that name in the folder where the client happens to stand. */
static void test_qemu_find__relative_folders_of_PATH_do_not_count(void **state)
{
    struct fixture *fixture = *state;
    char *planted = path_join(fixture->folder, "qemu-system-x86_64"), *before = text_copy(getenv("PATH")), *program;
    char current[4096];
    struct vpc_error err;

    assert_non_null(getcwd(current, sizeof(current)));
    assert_true(file_replace(planted, "#!/bin/sh\n", 10, &err));
    assert_int_equal(chdir(fixture->folder), 0);
    assert_int_equal(setenv("PATH", ".:", 1), 0);
    /* The usual folders are left. */
    bool installed = file_exists("/usr/bin/qemu-system-x86_64") || file_exists("/usr/local/bin/qemu-system-x86_64");
    assert_int_equal(qemu_find(NULL, &program, &err), installed);
    if (installed)
        assert_non_null(strstr(program, "/bin/qemu-system-x86_64"));
    free(program);
    assert_int_equal(chdir(current), 0);
    assert_int_equal(setenv("PATH", before, 1), 0);
    free(before);
    free(planted);
}
#else
/* Where any user can make folders; and what PATH may have that leads there. */
static void test_qemu_find__the_root_of_a_drive_does_not_count(void **state)
{
    static const char folder[] = "C:\\qemu";
    static const char *const planted[] = {"C:\\qemu\\qemu-system-x86_64.exe", "C:\\qemu-system-x86_64.exe"};
    char *before, *program;
    struct vpc_error err;

    (void)state;
    assert_false(folder_exists(folder)); /* it is removed below */
    if (!folder_make(folder, &err) || !file_replace(planted[0], "MZ", 2, &err) ||
        !file_replace(planted[1], "MZ", 2, &err) || !text_environment("PATH", &before, &err))
        fail_msg("%s", err.text);
    assert_int_equal(uv_os_setenv("PATH", "\\qemu;C:qemu;qemu;\\;C:;."), 0);
    assert_true(SetCurrentDirectoryA("C:\\"));
    bool found = qemu_find(NULL, &program, &err);
    assert_int_equal(uv_os_setenv("PATH", before), 0);
    if (found) { /* where QEMU is installed */
        assert_true(file_exists(program));
        /* A path from PATH is spelled as PATH has it: "\\qemu\\..." and the like are not absolute. */
        assert_true(strstr(program, "Program Files") || strstr(program, "\\usr\\"));
    } else {
        assert_int_equal(err.cause, VPC_ENGINE);
    }
    if (!file_remove(planted[1], &err) || !folder_remove(folder, &err))
        fail_msg("%s", err.text);
    free(program);
    free(before);
}
#endif

static void test_last_line__of_short_long_and_odd_logs(void **state)
{
    static const struct {
        size_t filler; /* bytes in lines before */
        const char *end, *line;
    } rows[] = {
        {0, "", ""},
        {0, "\n\n  \r\n", ""},
        {0, "one", "one"},
        {0, "one\r\ntwo\r\n\r\n", "two"},
        {9999, "\nlast\n", "last"},
        {4091, "\nlast", "last"},
        {4096, "\nlast\n", "last"},
        {0,
         "a\xff"
         "b\n",
         "a?b"},
    };
    struct fixture *fixture = *state;
    char *path = path_join(fixture->folder, "log"), line[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer log = {0};
        struct vpc_error err;

        for (size_t j = 0; j < rows[i].filler; j++)
            buffer_append_text(&log, j % 7 ? "x" : "\n");
        buffer_append_text(&log, rows[i].end);
        assert_true(file_replace(path, log.data ? log.data : "", log.size, &err));
        last_line_read(path, line, sizeof(line));
        assert_string_equal(line, rows[i].line);
        buffer_free(&log);
    }
    free(path);
    last_line_read("/nowhere/log", line, sizeof(line));
    assert_string_equal(line, "");
}

static unsigned pieces; /* read of any log */

bool __real_file_tail_read(struct file_tail *tail, uint64_t offset, void *data, size_t size, size_t *got,
                           struct vpc_error *err);
bool __wrap_file_tail_read(struct file_tail *tail, uint64_t offset, void *data, size_t size, size_t *got,
                           struct vpc_error *err);

bool __wrap_file_tail_read(struct file_tail *tail, uint64_t offset, void *data, size_t size, size_t *got,
                           struct vpc_error *err)
{
    pieces++;
    return __real_file_tail_read(tail, offset, data, size, got, err);
}

/* A guest may have QEMU write as much as it likes, and the supervisor reads between samples. */
static void test_last_line__of_a_large_log_reads_its_end_only(void **state)
{
    struct fixture *fixture = *state;
    char *path = path_join(fixture->folder, "log"), line[16];
    struct file_map map;
    struct vpc_error err;

    assert_true(file_map_create(&map, path, 1 << 20, &err));
    memcpy((char *)map.data + map.size - 6, "\nlast\n", 6);
    file_map_close(&map);
    pieces = 0;
    last_line_read(path, line, sizeof(line));
    assert_string_equal(line, "last");
    assert_int_equal(pieces, 1);
    free(path);
}

static void test_proc_stat__reads_behind_any_name(void **state)
{
    struct proc_stat stat;

    (void)state;
    assert_true(proc_stat_parse("12 (a) S 9) (b) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 777 4096 5\n", &stat));
    assert_int_equal(stat.state, 'R');
    assert_int_equal(stat.cpu_time_us, 3000000);
    assert_int_equal(stat.start, 777);
    assert_false(proc_stat_parse("", &stat));
    assert_false(proc_stat_parse("12 (a)", &stat));
    assert_false(proc_stat_parse("12 (a) R 1 2 3", &stat));
}

static void test_win_command_line__quotes_as_the_runtime_splits(void **state)
{
    char *const words[] = {"C:\\Program Files\\q.exe", "a b", "x\"y", "tail\\", "\\\"", "", "a,b", NULL};
    char *line = win_command_line(words);

    (void)state;
    assert_string_equal(line, "\"C:\\Program Files\\q.exe\" \"a b\" \"x\\\"y\" \"tail\\\\\" \"\\\\\\\"\" \"\" \"a,b\"");
    free(line);
}

static void test_block_stats__takes_our_drives_and_refuses_gaps(void **state)
{
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];
    struct vpc_error err;
    json_t *answer = json_loads("[{\"qdev\":\"/machine/peripheral/drive2/virtio\",\"stats\":{\"rd_bytes\":512,"
                                "\"wr_bytes\":1024,\"rd_operations\":1,\"wr_operations\":2}},"
                                "{\"qdev\":\"/machine/peripheral/mydrive1\",\"stats\":{}},{\"device\":\"x\"},"
                                "{\"qdev\":\"drive77\"},{\"qdev\":\"drive\"},7]",
                                0, NULL);

    (void)state;
    if (!block_stats_read(answer, drives, &err))
        fail_msg("%s", err.text);
    assert_true(drives[2].known);
    assert_int_equal(drives[2].bytes_read, 512);
    assert_int_equal(drives[2].bytes_written, 1024);
    assert_int_equal(drives[2].reads, 1);
    assert_int_equal(drives[2].writes, 2);
    assert_false(drives[1].known);
    assert_false(drives[7].known);
    json_object_del(json_object_get(json_array_get(answer, 0), "stats"), "wr_bytes");
    assert_false(block_stats_read(answer, drives, &err));
    assert_int_equal(err.cause, VPC_CORRUPT);
    json_decref(answer);
    answer = json_object();
    assert_false(block_stats_read(answer, drives, &err));
    json_decref(answer);
}

int main(int argc, char **argv)
{
    (void)argv;
    for (; argc > 1;) /* what test_qemu_watch__tells_the_end starts */
        uv_sleep(1000);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_qemu_process__words_arrive_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu_process__lives_is_measured_and_killed_by_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu_watch__tells_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu_process__program_that_is_missing_ends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_line__of_short_long_and_odd_logs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_line__of_a_large_log_reads_its_end_only, setup, teardown),
        cmocka_unit_test(test_qemu_find__named_programs_are_not_replaced_by_others),
        cmocka_unit_test_setup_teardown(test_qemu_find__relative_names_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu_find__environment_in_any_language, setup, teardown),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_qemu_find__relative_folders_of_PATH_do_not_count, setup, teardown),
#else
        cmocka_unit_test(test_qemu_find__the_root_of_a_drive_does_not_count),
#endif
        cmocka_unit_test(test_proc_stat__reads_behind_any_name),
        cmocka_unit_test(test_win_command_line__quotes_as_the_runtime_splits),
        cmocka_unit_test(test_block_stats__takes_our_drives_and_refuses_gaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
