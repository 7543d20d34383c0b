/*
 * The control pipe: what a client asks of a VM's supervisor. JSON, one message a line, UTF-8, at most CONTROL_MAX_LINE
 * bytes.
 *
 *   request  {"id":7,"command":"reset","arguments":{...}}
 *   reply    {"id":7,"task":12345}   {"id":7}   {"id":7,"error":{"cause":"vm-not-running","text":"..."}}
 *   event    {"event":"state","state":5,"number":17}   {"event":"reset","number":18}   (after command "subscribe")
 *
 * Commands: "ping", "turn-off", "reset", "pause", "resume", "save", "subscribe", and "engine", whose arguments go to
 * the engine as they are (the fake engine is driven by it). A command that starts an operation answers with the id of
 * its task, to be followed in the VM page.
 */
#ifndef VPC_SESSION_CONTROL_H
#define VPC_SESSION_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

enum {
    CONTROL_MAX_LINE = 65536
};

/* Messages as text lines with "\n" at the end; new memory, NULL when out of memory. `arguments` and `result` are
 * borrowed and may be NULL. */
char *control_request_line(uint64_t id, const char *command, const json_t *arguments);
char *control_reply_line(uint64_t id, uint32_t task, const json_t *result);
char *control_error_line(uint64_t id, const struct vpc_error *error);

/* A request taken apart. Hostile input is expected: anything that is not a request of the form above is
 * VPC_INVALID_ARGUMENT. */
struct control_request {
    uint64_t id;
    char command[32];
    json_t *arguments; /* owned; NULL when there are none */
};
bool control_parse_request(const char *line, size_t size, struct control_request *request, struct vpc_error *err);
void control_request_free(struct control_request *request);

/* Client side: one connection, used by one thread at a time. */
struct control_client;

/* Connects to the pipe named in the VM page. VPC_VM_NOT_RUNNING when nobody serves it, VPC_ACCESS_DENIED when it
 * belongs to another user. */
bool control_connect(struct control_client **client, const char *name, struct vpc_error *err);
/* The same, with a limit to the time for which it waits while all places of the pipe are taken: then VPC_TIMED_OUT. */
bool control_connect_within(struct control_client **client, const char *name, uint32_t timeout_ms,
                            struct vpc_error *err);
void control_disconnect(struct control_client *client);

/* True after a call that has failed because the connection has, and not because the supervisor said so. */
bool control_is_broken(const struct control_client *client);

/* Sends a command and waits for its reply. *task (out, may be NULL) is the id of the task that it started, 0 if none.
 * *result (out, may be NULL): the reply's "result", owned by the caller, NULL if none. An error reply is returned as
 * *err with the cause it names. No reply within timeout_ms: VPC_TIMED_OUT. */
bool control_call(struct control_client *client, const char *command, const json_t *arguments, uint32_t timeout_ms,
                  uint32_t *task, json_t **result, struct vpc_error *err);

/* Starts a supervisor for a VM and waits until it has published its first state or has failed: it says so in one line
 * on its standard output,
 * {"task":12345} or {"error":{"cause":"...","text":"..."}}. `program` is the path of vpchost, called as `vpchost --vm
 * <name>`; *task (out) is the id of its startup task. The supervisor's own error comes back as *err (VPC_VM_RUNNING
 * when another supervisor has this VM). VPC_ENGINE: it could not be started or ended without a word; VPC_TIMED_OUT: it
 * was silent for a minute. Windows only. */
bool control_launch(const char *program, const char *vm_name, uint32_t *task, struct vpc_error *err);

/* The same in steps, for a caller that has not so much time. `task`: the id that the startup task is to have, so that
 * it can be followed before the supervisor has spoken; 0: any. The supervisor goes on when the launch is ended. Windows
 * only. */
struct control_launch;
bool control_launch_begin(struct control_launch **launch, const char *program, const char *vm_name, uint32_t task,
                          struct vpc_error *err);
/* *task (out): the id, which is another one if the wished-for one was taken. VPC_TIMED_OUT: nothing was said within
 * most_ms; to be called again. One thread at a time. */
bool control_launch_wait(struct control_launch *launch, uint32_t most_ms, uint32_t *task, struct vpc_error *err);
void control_launch_end(struct control_launch *launch); /* NULL is allowed */

/* Starts one for a VM whose supervisor was lost, called as `vpchost --vm <name> --adopt`, and waits until it has taken
 * over or found that the VM is off: *state (out) is then what the page shows, enum vm_state. VPC_VM_RUNNING: another
 * has taken over, or is about to. VPC_TIMED_OUT: it has not said so within timeout_ms, and goes on. Windows only. */
bool control_adopt(const char *program, const char *vm_name, uint32_t timeout_ms, uint32_t *state,
                   struct vpc_error *err);

#endif
