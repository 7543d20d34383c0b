/* The last words of a process. */
#ifndef VPC_ENGINE_QEMU_LAST_LINE_H
#define VPC_ENGINE_QEMU_LAST_LINE_H

#include <stddef.h>

/* Copies the last line that is not blank of the file at `path` to `line` (out), cut to `size`, as UTF-8 ('?' for what
 * is not). Empty when there is none. */
void last_line_read(const char *path, char *line, size_t size);

#endif
