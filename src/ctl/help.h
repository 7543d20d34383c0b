/* Help from the table of commands. */
#ifndef VPC_CTL_HELP_H
#define VPC_CTL_HELP_H

#include "buffer.h"
#include "command.h"

/* The list of commands / the help of one / all of it as a page in Markdown. */
void help_add_list(struct buffer *out);
void help_add_command(struct buffer *out, const struct command *command);
void help_add_page(struct buffer *out);

#endif
