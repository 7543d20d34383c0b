/*
 * A VM with a real supervisor process on the fake engine, as tests use it:
 *
 *     test_home_open(&home);
 *     test_machine_create(&machine, &home, "Blue", 1);
 *     test_machine_start(&machine);                                  Running now
 *     test_machine_send(&machine, 1000, 1000);                       and the page says so
 *     test_machine_turn_off(&machine);                               and the process has ended
 *     test_machine_close(&machine);
 *
 * What is awaited is looked for again and again. A minute without it fails the test with a text that says what the page
 * shows instead: a net under a test that hangs, nothing to be measured by it.
 */
#ifndef VPC_TESTS_SUPPORT_MACHINE_H
#define VPC_TESTS_SUPPORT_MACHINE_H

#include <jansson.h>
#include "config/catalog.h"
#include "session/control.h"
#include "session/vm_page.h"
#include "support/home.h"

struct test_process;

struct test_machine {
    struct catalog_entry entry;
    char *vmc;
    char *run_folder;
    uint32_t startup_task;
    struct vm_page *page;          /* NULL before the first start */
    struct control_client *client; /* connected after a start; NULL when it was not */
    struct test_process *process;  /* the supervisor; NULL when there is none */
};

/* A new VM with so many NAT adapters, registered in the home. */
void test_machine_create(struct test_machine *machine, struct test_home *home, const char *name, int adapters);
/* Kills the supervisor if it still runs, frees all. The files go with the home. */
void test_machine_close(struct test_machine *machine);

/* Orders for the fake engine before it starts: a JSON array of commands (fake.h), written with ' for ". */
void test_machine_prepare(struct test_machine *machine, const char *orders);

/* Starts the supervisor, opens page and pipe: TurningOn, or further already. */
bool test_machine_launch(struct test_machine *machine, struct vpc_error *err);
/* The same, and waits for Running. Fails the test on error. */
void test_machine_start(struct test_machine *machine);
/* Turns off and waits for the end of the supervisor, which must be in good order. */
void test_machine_turn_off(struct test_machine *machine);
/* Saves and waits for the end of the supervisor, which must be in good order. */
void test_machine_save(struct test_machine *machine);
/* The VM goes off by itself: waits for TurnedOff and for the end of the supervisor, which must be in good order. */
void test_machine_await_end(struct test_machine *machine);
/* Kills the supervisor and waits until it is gone. */
void test_machine_kill(struct test_machine *machine);

/* A command to the supervisor on the machine's own connection. */
bool test_machine_call(struct test_machine *machine, const char *command, uint32_t *task, struct vpc_error *err);
/* A command to the fake engine that must succeed, written with ' for ". */
void test_machine_engine(struct test_machine *machine, const char *command);
bool test_machine_try_engine(struct test_machine *machine, const char *command, struct vpc_error *err);
/* The guest sends so many bytes by its first adapter, and the page has `total` then. */
void test_machine_send(struct test_machine *machine, unsigned bytes, uint64_t total);

/* The page as it is now. */
struct vm_page_body test_machine_body(struct test_machine *machine);
/* The events after number `first`, as "kind/value", and "+message" behind one that the log of the host has: "1/8
 * 1/1+5". New memory. */
char *test_machine_events(struct test_machine *machine, uint64_t first);
/* Waits until they are these, and fails as soon as they cannot become so any more. */
void test_machine_await_events(struct test_machine *machine, uint64_t first, const char *expected);

void test_machine_await_state(struct test_machine *machine, enum vm_state state);
void test_machine_await_epoch(struct test_machine *machine, uint64_t epoch);
/* Waits until the task is complete; *task (out) is its row. */
void test_machine_await_task(struct test_machine *machine, uint32_t id, struct vm_page_task *task);
/* Waits until the total is exactly this. */
void test_machine_await_total(struct test_machine *machine, enum vm_page_total which, uint64_t total);
/* Waits until the figures are known (or not). */
void test_machine_await_sampled(struct test_machine *machine, bool sampled);
/* Waits for a sample that was taken after this call. */
void test_machine_await_sample(struct test_machine *machine);

#endif
