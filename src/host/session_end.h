/*
 * The end of the user's session: log off, shutdown or restart of the host.
 *
 * On Windows a window that nobody sees is told of it, before QEMU is (SetProcessShutdownParameters), and the system waits while it works. Elsewhere
 * SIGTERM tells it.
 */
#ifndef VPC_HOST_SESSION_END_H
#define VPC_HOST_SESSION_END_H

#include <uv.h>
#include "util/error.h"

struct session_end;

/* Class of that window; its text is the name of the VM. Where the host gives no windows to look at it is one for messages only. */
#define SESSION_END_CLASS L"VPCCOMInterfaces session"

/* Watches until session_end_close; does not keep the loop alive. `ends` comes on the loop, possibly more than once. `name` is borrowed. False when
 * the system gives no way to hear of it: the VM can run all the same. */
bool session_end_watch(struct session_end **session, uv_loop_t *loop, const char *name, void (*ends)(void *context), void *context, struct vpc_error *err);

/* All is done: lets the system go on, runs the loop until nothing of this is left on it, frees. NULL is allowed. */
void session_end_close(struct session_end *session);

#endif
