#include "support/one_machine.h"
#include <stdlib.h>
#include "config/saved_state_place.h"
#include "support/check.h"

int one_machine_set_up(void **state)
{
    struct one_machine *one = calloc(1, sizeof *one);
    assert_non_null(one);
    test_home_open(&one->home);
    test_machine_create(&one->machine, &one->home, "Green", 2);
    one->saved = saved_state_place_new(one->machine.vmc);
    assert_non_null(one->saved);
    *state = one;
    return 0;
}

int one_machine_tear_down(void **state)
{
    struct one_machine *one = *state;
    test_machine_close(&one->machine);
    test_home_close(&one->home);
    free(one->saved);
    free(one);
    return 0;
}
