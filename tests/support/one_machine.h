/*
 * One VM in a home of its own, on the fake engine: what a test of a supervisor begins with.
 *
 *     cmocka_unit_test_setup_teardown(test_..., one_machine_set_up, one_machine_tear_down)
 */
#ifndef VPC_TESTS_SUPPORT_ONE_MACHINE_H
#define VPC_TESTS_SUPPORT_ONE_MACHINE_H

#include "support/machine.h"

struct one_machine {
    struct test_home home;
    struct test_machine machine; /* "Green", with two NAT adapters; nothing runs yet */
    char *saved;                 /* path that Save writes to */
};

/* setup and teardown of cmocka. *state is a struct one_machine. The teardown kills a supervisor that is left. */
int one_machine_set_up(void **state);
int one_machine_tear_down(void **state);

#endif
