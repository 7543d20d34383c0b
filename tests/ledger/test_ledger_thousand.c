/*
 * A thousand machines write the ledger at once: four processes, 250 connections each, every one on a thread of its own.
 * None fails, nothing is lost. How long it takes is no part of it: a supervisor waits 4 s, and then writes newer
 * totals.
 *
 *   test_ledger_thousand             the test
 *   test_ledger_thousand PATH FIRST  one of its processes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "ledger_check.h"

enum {
    PROCESSES = 4,
    WRITERS = 250, /* of each */
    WRITES = 2,
    PATIENCE_MS = 3600000 /* how long it takes decides nothing */
};

struct writer {
    uv_thread_t thread;
    const char *path;
    int number;
    bool done;
    struct vpc_error err;
};

static void writer_run(void *context)
{
    struct writer *writer = context;
    struct ledger *ledger;
    char config_id[64], name[32];
    snprintf(config_id, sizeof config_id, "{00000000-0000-0000-0000-%012d}", writer->number);
    snprintf(name, sizeof name, "VM %d", writer->number);
    writer->done = ledger_open(&ledger, writer->path, true, PATIENCE_MS, &writer->err);
    if (!writer->done)
        return;
    for (uint64_t i = 1; i <= WRITES && writer->done; i++) {
        struct ledger_epoch epoch = blue_epoch(1, MAY_4, MAY_4 + (int64_t)i, i * 1000 + (uint64_t)writer->number, i);
        epoch.config_id = config_id;
        epoch.name = name;
        epoch.end = i == WRITES ? LEDGER_TURNED_OFF : LEDGER_STILL_OPEN;
        writer->done = ledger_write(ledger, &epoch, &writer->err);
    }
    ledger_close(ledger);
}

/* One of the processes; its exit status. */
static int write_all(const char *path, int first)
{
    static struct writer writers[WRITERS];
    int failed = 0;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.path = path, .number = first + i};
        if (uv_thread_create(&writers[i].thread, writer_run, &writers[i]) != 0)
            return 2;
    }
    for (int i = 0; i < WRITERS; i++) {
        uv_thread_join(&writers[i].thread);
        if (!writers[i].done)
            fprintf(stderr, "writer %d: %s\n", writers[i].number, writers[i].err.text);
        failed += !writers[i].done;
    }
    return failed != 0;
}

static void process_ended(uv_process_t *process, int64_t status, int signal)
{
    (void)signal;
    *(int64_t *)process->data = status;
    uv_close((uv_handle_t *)process, NULL);
}

static void test_write__a_thousand_at_once(void **state)
{
    struct ledger_check *check = *state;
    uv_loop_t loop;
    uv_process_t processes[PROCESSES];
    int64_t statuses[PROCESSES];
    char program[4096];
    size_t size = sizeof program;
    /* One of them makes the file, too. */
    ledger_close(check->ledger);
    check->ledger = NULL;
    assert_int_equal(remove(check->path), 0);
    assert_int_equal(uv_exepath(program, &size), 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    for (int i = 0; i < PROCESSES; i++) {
        char first[16];
        snprintf(first, sizeof first, "%d", i * WRITERS);
        char *arguments[] = {program, check->path, first, NULL};
        uv_stdio_container_t streams[] = {
            {.flags = UV_IGNORE},
            {.flags = UV_INHERIT_FD, .data.fd = 1},
            {.flags = UV_INHERIT_FD, .data.fd = 2},
        };
        uv_process_options_t options = {
            .file = program,
            .args = arguments,
            .exit_cb = process_ended,
            .stdio = streams,
            .stdio_count = 3,
        };
        statuses[i] = -1;
        processes[i].data = &statuses[i];
        assert_int_equal(uv_spawn(&loop, &processes[i], &options), 0);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(statuses[i], 0);
    assert_int_equal(check_ask(check->path, "SELECT count(*) FROM epoch WHERE ended = 1"), PROCESSES * WRITERS);
    assert_int_equal(check_ask(check->path, "SELECT sum(bytes_sent) FROM adapter_usage"),
                     PROCESSES * WRITERS * WRITES * 1000 + PROCESSES * WRITERS * (PROCESSES * WRITERS - 1) / 2);
    assert_whole(check->path);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return write_all(argv[1], atoi(argv[2]));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write__a_thousand_at_once, ledger_check_open, ledger_check_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
