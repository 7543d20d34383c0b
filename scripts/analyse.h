/* For scripts/analyse only, in front of each source: what the analysers, which look at one file at a time, cannot see. */
#ifndef VPC_SCRIPTS_ANALYSE_H
#define VPC_SCRIPTS_ANALYSE_H

#include "util/error.h"

/* These fail, always. */
#define vpc_fail(...) (vpc_fail(__VA_ARGS__), false)
#define vpc_fail_in(...) (vpc_fail_in(__VA_ARGS__), false)
#define vpc_fail_os(...) (vpc_fail_os(__VA_ARGS__), false)

#endif
