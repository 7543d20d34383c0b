/* Where QEMU is. */
#ifndef VPC_ENGINE_QEMU_QEMU_FIND_H
#define VPC_ENGINE_QEMU_QEMU_FIND_H

#include "util/error.h"

/* The program, new memory in *program (out): `preference` (may be NULL), else the environment's VPC_QEMU, else the
 * first that is found in PATH, then in the usual folders. The first two are meant: a missing one is an error and
 * nothing else is tried. VPC_ENGINE with what was looked for, and where. */
bool qemu_find(const char *preference, char **program, struct vpc_error *err);

#endif
