/* CMocka with what it needs before it, and assertions of this project. */
#ifndef VPC_TESTS_SUPPORT_CHECK_H
#define VPC_TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/error.h"

/* A call that must succeed; prints the error's text otherwise. `err` is a struct vpc_error. */
#define assert_ok(call, err)                                                                                           \
    do {                                                                                                               \
        if (!(call))                                                                                                   \
            fail_msg("%s: %s: %s", #call, vpc_cause_name((err).cause), (err).text);                                    \
    } while (0)

/* A call that must fail with this cause. */
#define assert_fails(call, expected, err)                                                                              \
    do {                                                                                                               \
        if (call)                                                                                                      \
            fail_msg("%s succeeds, not %s", #call, vpc_cause_name(expected));                                          \
        if ((err).cause != (expected))                                                                                 \
            fail_msg("%s: %s (%s), not %s", #call, vpc_cause_name((err).cause), (err).text, vpc_cause_name(expected)); \
    } while (0)

#endif
