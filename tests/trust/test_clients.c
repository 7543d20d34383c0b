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

static void start(struct fixture *f)
{
    test_machine_start(&f->machine);
    test_machine_send(&f->machine, SENT, SENT);
}

/* In the process of a client: connects, sends so much of the line, and is killed. */
static void die_in_call(const char *pipe, const char *line, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t length = strlen(pipe);
    if (length >= sizeof address.sun_path)
        _exit(1);
    memcpy(address.sun_path, pipe, length);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(connection, line, size, 0) != (ssize_t)size)
        _exit(1);
    kill(getpid(), SIGKILL);
}

static void kill_a_client(struct fixture *f, const char *line, size_t size)
{
    struct vm_page_body body = test_machine_body(&f->machine);
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
    assert_int_equal(test_machine_body(&f->machine).sampled, 1);
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
            assert_int_equal(test_machine_body(&f->machine).state, VM_RUNNING);
            assert_int_equal(test_machine_body(&f->machine).epoch, 1);
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
    assert_int_equal(test_machine_body(&f->machine).adapters[0].bytes_sent, SENT);
    end_supervisor(f);
    start(f); /* from that saved state */
    uint64_t epoch = test_machine_body(&f->machine).epoch;
    kill_after(f, "reset");
    test_machine_await_epoch(&f->machine, epoch + 1);
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
