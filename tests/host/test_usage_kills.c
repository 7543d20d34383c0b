/*
 * Power loss, again and again: all supervisors at once are killed at a random moment while their guests send. What the
 * ledger has afterwards misses no byte that was shown 5 s before, has none too many, and is whole. The next supervisor
 * of each VM then finds the rest in the page, so that in the end every byte stands in the ledger once.
 *
 * VPC_TEST_ROUNDS says how often (2 without it); its seed is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "ledger/ledger.h"
#include "ledger/ledger_check.h"
#include "support/machine.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"

enum {
    MACHINES = 10,
    AGE_MS = 5000,
    LONGER_MS = 3000,
    READINGS = 4096
};

struct reading {
    uint64_t at_ms;
    uint64_t sent; /* in all its life, as the page showed it */
};

struct subject {
    struct test_machine machine;
    char *config_id;
    struct reading readings[READINGS];
    size_t count;
};

/* What the page shows; false before it knows what was used before. */
static bool page_sent(const struct subject *subject, uint64_t *sent)
{
    struct vm_page_body body;
    vm_page_read(subject->machine.page, &body);
    *sent = body.lifetime.figures[LEDGER_BYTES_SENT].low;
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
        *sent += body.adapters[i].bytes_sent;
    return body.lifetime.known != 0;
}

static void note(struct subject *subject)
{
    /* Noted as of now, read before: so it was shown at that time at the latest. */
    struct reading reading;
    if (subject->count < READINGS && page_sent(subject, &reading.sent)) {
        reading.at_ms = clock_monotonic_ms();
        subject->readings[subject->count++] = reading;
    }
}

static uint64_t ledger_sent(const char *path, const struct subject *subject)
{
    struct vpc_error err;
    struct ledger *ledger;
    struct ledger_totals totals;
    assert_ok(ledger_open(&ledger, path, false, 60000, &err), err);
    assert_ok(ledger_sum(ledger, subject->config_id, NULL, &totals, &err), err);
    ledger_close(ledger);
    assert_int_equal(totals.figures[LEDGER_BYTES_SENT].high, 0);
    return totals.figures[LEDGER_BYTES_SENT].low;
}

/* One step of a guest: it sends; every second one restarts now and then. */
static void live(struct subject *subject, bool restarts)
{
    char command[96];
    snprintf(command, sizeof command, "{'traffic':{'adapter':%d,'sent':%d,'packets_sent':1}}", rand() % 2,
             1 + rand() % 100000);
    test_machine_engine(&subject->machine, command);
    if (restarts && rand() % 50 == 0)
        test_machine_engine(&subject->machine, "{'guest':'reboot'}");
    note(subject);
}

/* A long round ends when there is something 5 s old, a short one before that. */
static void play_round(struct subject *subjects, const char *path, bool lasts)
{
    uint64_t sent;
    for (int i = 0; i < MACHINES; i++) {
        subjects[i].count = 0;
        test_machine_start(&subjects[i].machine);
    }
    uint64_t end_ms = clock_monotonic_ms() + (uint64_t)(lasts ? AGE_MS + rand() % LONGER_MS : rand() % AGE_MS);
    do {
        for (int i = 0; i < MACHINES; i++)
            live(&subjects[i], i % 2 != 0);
    } while (clock_monotonic_ms() < end_ms);
    uint64_t killed_ms = clock_monotonic_ms();
    for (int i = 0; i < MACHINES; i++)
        test_process_kill(subjects[i].machine.process);
    for (int i = 0; i < MACHINES; i++)
        test_machine_kill(&subjects[i].machine);
    assert_whole(path);
    for (int i = 0; i < MACHINES; i++) {
        uint64_t least = 0, written = ledger_sent(path, &subjects[i]);
        bool known = page_sent(&subjects[i], &sent);
        for (size_t k = 0; k < subjects[i].count; k++)
            if (subjects[i].readings[k].at_ms + AGE_MS <= killed_ms)
                least = subjects[i].readings[k].sent;
        if (written < least)
            fail_msg("VM %d: %llu bytes in the ledger, but %llu were shown 5 s before", i, (unsigned long long)written,
                     (unsigned long long)least);
        if (known && written > sent)
            fail_msg("VM %d: %llu bytes in the ledger, but only %llu were sent", i, (unsigned long long)written,
                     (unsigned long long)sent);
    }
}

/* The next supervisors write down what the pages know. */
static void settle(struct subject *subjects, const char *path)
{
    struct vpc_error err;
    uint32_t state;
    char *program = test_program("vpchost");
    for (int i = 0; i < MACHINES; i++) {
        uint64_t sent;
        bool known = page_sent(&subjects[i], &sent);
        assert_ok(test_adopt(program, subjects[i].machine.entry.name, &state, &err), err);
        assert_int_equal(state, VM_TURNED_OFF);
        /* A round of no length may end before the ledger was read. */
        if (known)
            assert_int_equal(ledger_sent(path, &subjects[i]), sent);
    }
    assert_whole(path);
    free(program);
}

static void test_usage__killed_at_any_moment(void **state)
{
    static struct subject subjects[MACHINES];
    struct test_home home;
    const char *rounds = getenv("VPC_TEST_ROUNDS");
    unsigned seed = (unsigned)time(NULL);
    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    test_home_open(&home);
    char *path = path_join(home.folder, LEDGER_FILE);
    for (int i = 0; i < MACHINES; i++) {
        struct vpc_error err;
        struct settings *settings;
        char name[16];
        snprintf(name, sizeof name, "VM %d", i);
        test_machine_create(&subjects[i].machine, &home, name, 2);
        assert_ok(settings_load(&settings, "preferences", subjects[i].machine.vmc, &err), err);
        subjects[i].config_id = settings_text(settings, "settings/globalconfigid", "");
        settings_free(settings);
    }
    for (int round = rounds != NULL ? atoi(rounds) : 2; round > 0; round--) {
        play_round(subjects, path, round % 2 == 0);
        settle(subjects, path);
    }
    for (int i = 0; i < MACHINES; i++) {
        test_machine_close(&subjects[i].machine);
        free(subjects[i].config_id);
    }
    free(path);
    test_home_close(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_usage__killed_at_any_moment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
