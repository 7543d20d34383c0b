/* The words of a command line, taken apart for one command. */
#ifndef VPC_CTL_ARGUMENTS_H
#define VPC_CTL_ARGUMENTS_H

#include <stdbool.h>
#include "option.h"

struct command;

struct arguments {
    const struct command *command;
    bool given[OPTIONS];
    const char *value[OPTIONS]; /* of options that take one */
    char **operands;
    int operand_count;
};

/* Takes apart words[0..count), of which the first is the command. Borrows the words and changes their order. False
 * after a line on standard error. */
bool arguments_parse(struct arguments *arguments, const struct command *command, int count, char **words);

/* The whole number that an option was given: least to most. `preset` when it was not given. False after a line on
 * standard error. */
bool arguments_number(const struct arguments *arguments, enum option_id id, long preset, long least, long most,
                      long *number);

#endif
