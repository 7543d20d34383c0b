/* Files that vpcctl writes. */
#ifndef VPC_CTL_FILE_H
#define VPC_CTL_FILE_H

#include "buffer.h"

/* Puts a file at its place in one step: whoever reads there sees the old content or all of the new. Waits for a second
 * for those that hold the old one. An exit code; on failure, which is reported as of the command `doing`, nothing has
 * changed. */
int file_replace(const char *doing, const char *path, const struct buffer *content);

#endif
