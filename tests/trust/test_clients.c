/* Clients that are killed in the middle of each call: what they have asked for whole is done, half of a call is none,
 * and nobody else notices. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support/check.h"
#include "support/machine.h"
#include "support/process.h"
#include "trust/answer_clock.h"

enum {
    SENT = 1000
};

struct fixture {
    struct test_home home;
    struct test_machine machine;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_home_open(&f->home);
    test_machine_create(&f->machine, &f->home, "Blue", 1);
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

static struct vm_page_body read_body(struct fixture *f)
{
    struct vm_page_body body;
    vm_page_read(f->machine.page, &body);
    return body;
}

static void start(struct fixture *f)
{
    test_machine_start(&f->machine);
    test_machine_engine(&f->machine, "{'traffic':{'adapter':0,'sent':1000}}");
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, SENT);
}

/* In the process of a client: connects, sends so much of the line, and is killed. */
static void die_in_call(const char *pipe, const char *line, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, pipe, sizeof address.sun_path - 1);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(connection, line, size, 0) != (ssize_t)size)
        _exit(1);
    kill(getpid(), SIGKILL);
}

static void kill_a_client(struct fixture *f, const char *line, size_t size)
{
    struct vm_page_body body = read_body(f);
    int status;
    pid_t client = fork();
    assert_true(client >= 0);
    if (client == 0)
        die_in_call(body.control, line, size);
    assert_int_equal(waitpid(client, &status, 0), client);
    assert_true(WIFSIGNALED(status));
}

/* Another client has its answers, and the figures are what they were. */
static void check_others(struct fixture *f)
{
    struct vpc_error err;
    assert_ok(in_time(test_machine_call(&f->machine, "ping", NULL, &err)), err);
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, SENT);
    assert_int_equal(read_body(f).sampled, 1);
}

static char *line_of(const char *command)
{
    char *line = control_request_line(1, command, NULL);
    assert_non_null(line);
    return line;
}

static void test_clients__killed_in_half_a_call(void **state)
{
    static const char *const commands[] = {"ping",  "subscribe", "pause",    "resume",
                                           "reset", "save",      "turn-off", "engine"};
    struct fixture *f = *state;
    start(f);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char *line = line_of(commands[i]);
        const size_t cuts[] = {0, 1, strlen(line) / 2, strlen(line) - 1};
        for (size_t cut = 0; cut < sizeof cuts / sizeof cuts[0]; cut++) {
            kill_a_client(f, line, cuts[cut]);
            check_others(f);
            assert_int_equal(read_body(f).state, VM_RUNNING);
            assert_int_equal(read_body(f).epoch, 1);
        }
        free(line);
    }
    test_machine_turn_off(&f->machine);
}

static void kill_after(struct fixture *f, const char *command)
{
    char *line = line_of(command);
    kill_a_client(f, line, strlen(line));
    free(line);
}

static void await_epoch(struct fixture *f, uint64_t epoch)
{
    while (read_body(f).epoch != epoch) /* the test's own limit ends it */
        usleep(1000);
}

/* It has shown its last state and goes by itself. */
static void end_supervisor(struct fixture *f)
{
    int status;
    test_process_await_end(f->machine.process, &status);
    f->machine.process = NULL;
    assert_int_equal(status, 0);
}

static void test_clients__killed_before_the_answer(void **state)
{
    struct fixture *f = *state;
    start(f);
    kill_after(f, "ping");
    check_others(f);
    kill_after(f, "subscribe");
    check_others(f);
    kill_after(f, "pause");
    test_machine_await_state(&f->machine, VM_PAUSED);
    check_others(f);
    kill_after(f, "resume");
    test_machine_await_state(&f->machine, VM_RUNNING);
    check_others(f);
    kill_after(f, "save");
    test_machine_await_state(&f->machine, VM_SAVED);
    assert_int_equal(read_body(f).adapters[0].bytes_sent, SENT);
    end_supervisor(f);
    start(f); /* from that saved state */
    uint64_t epoch = read_body(f).epoch;
    kill_after(f, "reset");
    await_epoch(f, epoch + 1);
    test_machine_await_total(&f->machine, VM_PAGE_BYTES_SENT, 0);
    kill_after(f, "turn-off");
    test_machine_await_end(&f->machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clients__killed_in_half_a_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clients__killed_before_the_answer, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
