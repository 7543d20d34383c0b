/* What the commands do: `run` of each row of the table in command.c. */
#ifndef VPC_CTL_RUN_H
#define VPC_CTL_RUN_H

#include "arguments.h"
#include "vpc.h"

int run_list(struct vpc *vpc, const struct arguments *arguments);
int run_stats(struct vpc *vpc, const struct arguments *arguments);
int run_events(struct vpc *vpc, const struct arguments *arguments);
int run_start(struct vpc *vpc, const struct arguments *arguments);
int run_stop(struct vpc *vpc, const struct arguments *arguments);
int run_reset(struct vpc *vpc, const struct arguments *arguments);
int run_pause(struct vpc *vpc, const struct arguments *arguments);
int run_resume(struct vpc *vpc, const struct arguments *arguments);
int run_save(struct vpc *vpc, const struct arguments *arguments);
int run_create(struct vpc *vpc, const struct arguments *arguments);
int run_register(struct vpc *vpc, const struct arguments *arguments);
int run_unregister(struct vpc *vpc, const struct arguments *arguments);
int run_delete(struct vpc *vpc, const struct arguments *arguments);
int run_usage(struct vpc *vpc, const struct arguments *arguments);
int run_report(struct vpc *vpc, const struct arguments *arguments);
int run_metrics(struct vpc *vpc, const struct arguments *arguments);
int run_completion(struct vpc *vpc, const struct arguments *arguments);
int run_version(struct vpc *vpc, const struct arguments *arguments);
int run_help(struct vpc *vpc, const struct arguments *arguments);

#endif
