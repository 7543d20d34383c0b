/* What the commands do: `run` of each row of the table in command.c. */
#ifndef VPC_CTL_RUN_H
#define VPC_CTL_RUN_H

#include "arguments.h"
#include "vpc.h"

int run_list(struct vpc *vpc, const struct arguments *arguments);
int run_stats(struct vpc *vpc, const struct arguments *arguments);
int run_start(struct vpc *vpc, const struct arguments *arguments);
int run_stop(struct vpc *vpc, const struct arguments *arguments);
int run_version(struct vpc *vpc, const struct arguments *arguments);
int run_help(struct vpc *vpc, const struct arguments *arguments);

#endif
