/* A control server on a thread of its own. Its commands are those of a test, not of a supervisor; see
 * control_fixture.c. */
#ifndef VPC_TESTS_SESSION_CONTROL_FIXTURE_H
#define VPC_TESTS_SESSION_CONTROL_FIXTURE_H

#include <uv.h>
#include "session/control_server.h"

struct control_fixture {
    char *folder;
    char *name; /* of the pipe */
    uv_loop_t loop;
    uv_thread_t thread;
    struct control_server *server;
    struct control_peer *waiting; /* of command "later" */
    uint64_t waiting_id;
    /* for the test once the thread has ended */
    int requests, gone, closed;
};

/* For cmocka_unit_test_setup_teardown: *state is the fixture. */
int control_fixture_setup(void **state);
int control_fixture_teardown(void **state);

/* Ends the server through its own command "close" and waits for its thread. */
void control_fixture_close(struct control_fixture *fixture);

/* Waits for the thread of a server that was told to close. */
void control_fixture_join(struct control_fixture *fixture);

/* A connection that works. */
struct control_client *control_fixture_connect(struct control_fixture *fixture);

/* A call that must succeed, without arguments. */
void control_fixture_ping(struct control_client *client);

#endif
