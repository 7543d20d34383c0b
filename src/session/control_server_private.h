/* What the control server needs from the operating system: control_server_win.c, control_server_posix.c. */
#ifndef VPC_SESSION_CONTROL_SERVER_PRIVATE_H
#define VPC_SESSION_CONTROL_SERVER_PRIVATE_H

#include <uv.h>
#include "util/error.h"

/* A name for a new pipe: new memory in *name (out). What a lost server has left at that name is removed. */
bool control_server_name(const char *folder, char **name, struct vpc_error *err);

/* Takes everybody's rights to a bound pipe but this user's. Called before the pipe listens. */
bool control_server_protect(uv_pipe_t *pipe, const char *name, struct vpc_error *err);

#endif
