/*
 * Processor use of a real guest: in percent of one processor of the host, some while it works, none while it stands.
 */
#include <stdlib.h>
#include <uv.h>
#include "host/guest.h"
#include "support/check.h"
#include "util/clock.h"

/* Reads its disk for ever. */
static const struct boot_disk disk = {.rounds = 1, .sectors = 16, .drives = 1, .forever = true};

static int set_up(void **state)
{
    struct guest *guest = calloc(1, sizeof *guest);
    guest_set_up_with(guest, &(struct guest_options){.disk = &disk});
    *state = guest;
    return 0;
}

static int tear_down(void **state)
{
    guest_tear_down(*state);
    free(*state);
    return 0;
}

static void call(struct guest *guest, const char *command)
{
    struct vpc_error err;
    assert_ok(test_machine_call(&guest->machine, command, NULL, &err), err);
}

/* Waits until the VM uses a processor, or none. */
static void await_use(struct guest *guest, bool some)
{
    uint64_t start_ms = clock_monotonic_ms();
    for (;;) {
        struct vm_page_body body = test_machine_body(&guest->machine);
        /* Under Wine the id of the process may not be known yet. */
        if (body.cpu_percent != VM_PAGE_CPU_UNKNOWN) {
            assert_true(body.cpu_percent <= 100);
            assert_int_equal(body.cpu_history[ACCOUNTING_HISTORY - 1], body.cpu_percent);
            if ((body.cpu_percent > 0) == some)
                return;
        }
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the VM uses %u %% of a processor", (unsigned)body.cpu_percent);
        uv_sleep(5);
    }
}

static void test_processor__is_used_by_a_guest_that_works_and_by_no_other(void **state)
{
    struct guest *guest = *state;
    guest_start(guest);
    assert_int_equal(test_machine_body(&guest->machine).cpu_history[0], 0);
    await_use(guest, true);
    call(guest, "pause");
    await_use(guest, false);
    call(guest, "resume");
    await_use(guest, true);
    struct vm_page_body body = test_machine_body(&guest->machine);
    unsigned seconds = 0;
    for (int i = 0; i < ACCOUNTING_HISTORY; i++)
        seconds += body.cpu_history[i] > 0;
    print_message("%u %% of a processor, %u seconds of the last minute with some\n", (unsigned)body.cpu_percent,
                  seconds);
    test_machine_turn_off(&guest->machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_processor__is_used_by_a_guest_that_works_and_by_no_other, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("processor", tests, NULL, NULL);
}
