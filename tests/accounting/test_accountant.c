/* The accountant: epochs, sources that come and go, processor history; and a long random life against a model that
 * simply adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "accounting/accountant.h"

static struct engine_sample sample_of(uint64_t sent, uint64_t received)
{
    struct engine_sample sample = {0};
    sample.adapters[0].known = true;
    sample.adapters[0].bytes_sent = sent;
    sample.adapters[0].bytes_received = received;
    sample.adapters[0].packets_sent = sent / 100;
    sample.adapters[0].packets_received = received / 100;
    return sample;
}

static void test_accountant__start_counts_from_there(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    struct engine_sample sample = sample_of(70000, 90000);
    sample.drives[3] = (struct drive_reading){true, 4096, 8192, 1, 2, false};
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 9, EPOCH_POWER_ON, 1234567, 89);
    assert_int_equal(accountant.epoch, 9);
    assert_int_equal(accountant.epoch_cause, EPOCH_POWER_ON);
    assert_int_equal(accountant.epoch_start_utc_ms, 1234567);
    assert_int_equal(accountant.epoch_start_monotonic_ms, 89);
    assert_true(accountant.adapters[0].present);
    assert_false(accountant.adapters[1].present);
    assert_true(accountant.drives[3].present);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 0);
    assert_int_equal(counter_total(&accountant.drives[3].bytes_written), 0);

    sample.adapters[0] = (struct adapter_reading){true, 70060, 90120, 701, 902};
    sample.drives[3] = (struct drive_reading){true, 4608, 9216, 2, 4, false};
    accountant_take(&accountant, &sample);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 60);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_received), 120);
    assert_int_equal(counter_total(&accountant.adapters[0].packets_sent), 1);
    assert_int_equal(counter_total(&accountant.adapters[0].packets_received), 2);
    assert_int_equal(counter_total(&accountant.drives[3].bytes_read), 512);
    assert_int_equal(counter_total(&accountant.drives[3].bytes_written), 1024);
    assert_int_equal(counter_total(&accountant.drives[3].reads), 1);
    assert_int_equal(counter_total(&accountant.drives[3].writes), 2);
}

/* A second session in the same object knows nothing of the first. */
static void test_accountant__start_again(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    struct engine_sample sample = sample_of(0, 0);
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 1, EPOCH_POWER_ON, 0, 0);
    sample = sample_of(5000, 0);
    accountant_take(&accountant, &sample);
    accountant_take_cpu(&accountant, 0, 1000000);
    accountant_take_cpu(&accountant, 500000, 2000000);

    sample = (struct engine_sample){0};
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 2, EPOCH_POWER_ON, 0, 0);
    assert_false(accountant.adapters[0].present);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 0);
    assert_int_equal(accountant.cpu_percent, 0);
    assert_int_equal(accountant.cpu_history[ACCOUNTING_HISTORY - 1], 0);
}

static void test_accountant__open_epoch_divides_bytes(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    struct engine_sample sample = sample_of(0, 0);
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 1, EPOCH_POWER_ON, 0, 0);
    sample = sample_of(1000, 2000);
    accountant_take(&accountant, &sample); /* what was drained before the reset */
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 1000);
    accountant_open_epoch(&accountant, 2, EPOCH_RESET, 0, 0);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 0);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_received), 0);
    sample = sample_of(1007, 2000);
    accountant_take(&accountant, &sample);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 7);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_received), 0);
    assert_true(accountant.adapters[0].present);
}

static void test_accountant__take_adapter_vanishes(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    struct engine_sample sample = sample_of(100, 0);
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 1, EPOCH_POWER_ON, 0, 0);
    sample = sample_of(350, 0);
    accountant_take(&accountant, &sample);
    const struct engine_sample none = {0};
    for (int i = 0; i < 3; i++) {
        accountant_take(&accountant, &none);
        assert_true(accountant.adapters[0].present);
        assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 250);
    }
    /* what takes its place began at zero, so all that it shows is the guest's, however much it is */
    sample = sample_of(400, 0);
    accountant_take(&accountant, &sample);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 650);
    sample = sample_of(401, 0);
    accountant_take(&accountant, &sample);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 651);
}

static struct engine_sample drive_sample(bool known, bool renewed, uint64_t bytes)
{
    struct engine_sample sample = {0};
    sample.drives[4] =
        (struct drive_reading){.known = known, .bytes_read = bytes, .reads = bytes / 512, .renewed = renewed};
    return sample;
}

static uint64_t take_drive(struct accountant *accountant, bool known, bool renewed, uint64_t bytes)
{
    const struct engine_sample sample = drive_sample(known, renewed, bytes);
    accountant_take(accountant, &sample);
    assert_int_equal(counter_total(&accountant->drives[4].bytes_read),
                     512 * counter_total(&accountant->drives[4].reads));
    return counter_total(&accountant->drives[4].bytes_read);
}

static void test_accountant__take_drive_vanishes(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    const struct engine_sample first = drive_sample(true, false, 51200);
    accountant_start(&accountant, &first);
    accountant_open_epoch(&accountant, 1, EPOCH_POWER_ON, 0, 0);
    assert_int_equal(take_drive(&accountant, true, false, 52224), 1024);
    /* the same drive goes on where it was */
    assert_int_equal(take_drive(&accountant, false, false, 0), 1024);
    assert_int_equal(take_drive(&accountant, true, false, 52736), 1536);
    /* another one has begun at zero, and may have come further than the last within one sample */
    assert_int_equal(take_drive(&accountant, true, true, 512000), 513536);
    assert_int_equal(take_drive(&accountant, true, false, 512512), 514048);
    assert_int_equal(take_drive(&accountant, false, true, 0), 514048);
    assert_int_equal(take_drive(&accountant, true, false, 512), 514560);
    accountant_open_epoch(&accountant, 2, EPOCH_RESET, 0, 0);
    assert_int_equal(take_drive(&accountant, true, false, 1024), 512);
}

static void test_accountant__lose_cpu(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    const struct engine_sample sample = sample_of(0, 0);
    accountant_start(&accountant, &sample);
    assert_false(accountant.cpu_unknown);
    accountant_take_cpu(&accountant, 0, 1000000);
    accountant_lose_cpu(&accountant);
    assert_true(accountant.cpu_unknown);
    accountant_take_cpu(&accountant, 1000000, 3000000); /* of two seconds, as far as is known */
    assert_false(accountant.cpu_unknown);
    assert_int_equal(accountant.cpu_percent, 50);
    accountant_lose_cpu(&accountant);
    accountant_start(&accountant, &sample);
    assert_false(accountant.cpu_unknown);
}

static void test_accountant__take_drive_plugged_in(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    struct engine_sample sample = {0};
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 1, EPOCH_POWER_ON, 0, 0);
    sample.drives[7] = (struct drive_reading){true, 512, 0, 1, 0, false};
    accountant_take(&accountant, &sample);
    assert_true(accountant.drives[7].present);
    assert_int_equal(counter_total(&accountant.drives[7].bytes_read), 512);
    sample.drives[7].known = false;
    accountant_take(&accountant, &sample);
    accountant_open_epoch(&accountant, 2, EPOCH_RESET, 0, 0);
    assert_int_equal(counter_total(&accountant.drives[7].bytes_read), 0);
}

struct cpu_step {
    uint64_t cpu_us, wall_us;
    unsigned percent;
    unsigned pushed; /* entries that the step adds to the history */
};

static void test_accountant__take_cpu(void **state)
{
    (void)state;
    static const struct cpu_step steps[] = {
        {700000, 10000000, 0, 0},    /* the point to measure from */
        {1200000, 11000000, 50, 1},  /* half a second in a second */
        {1200000, 12000000, 0, 1},   /* paused */
        {1204000, 13000000, 0, 1},   /* 0.4 %, rounded */
        {1209000, 14000000, 1, 1},   /* 0.5 % */
        {9209000, 15000000, 100, 1}, /* eight processors */
        {9209000, 15000000, 100, 0}, /* no time has passed */
        {9909000, 14000000, 100, 0}, /* the clock went back */
        {9299000, 15900000, 10, 1},  /* 0.9 s late enough for one */
        {9799000, 16400000, 100, 1}, /* 0.5 s */
        {11299000, 19400000, 50, 3}, /* three seconds late */
        {250000, 20400000, 25, 1},   /* another process: what it has used */
        {250000, UINT64_MAX, 0, ACCOUNTING_HISTORY},
    };
    struct accountant accountant = {0};
    uint8_t expected[ACCOUNTING_HISTORY] = {0};
    unsigned seconds = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        accountant_take_cpu(&accountant, steps[i].cpu_us, steps[i].wall_us);
        seconds += steps[i].pushed;
        assert_int_equal(accountant.cpu_seconds, seconds < ACCOUNTING_HISTORY ? seconds : ACCOUNTING_HISTORY);
        for (unsigned n = 0; n < steps[i].pushed; n++) {
            memmove(expected, expected + 1, sizeof expected - 1);
            expected[sizeof expected - 1] = (uint8_t)steps[i].percent;
        }
        if (accountant.cpu_percent != steps[i].percent)
            fail_msg("step %zu: %u percent, expected %u", i, accountant.cpu_percent, steps[i].percent);
        assert_memory_equal(accountant.cpu_history, expected, sizeof expected);
    }
}

/* An idle supervisor that slept for years, and readings at the end of their range. */
static void test_accountant__take_cpu_at_the_limits(void **state)
{
    (void)state;
    struct accountant accountant = {0};
    accountant_take_cpu(&accountant, 0, 0);
    accountant_take_cpu(&accountant, UINT64_MAX / 2, UINT64_MAX);
    assert_int_equal(accountant.cpu_percent, 50);
    accountant = (struct accountant){0};
    accountant_take_cpu(&accountant, 0, 0);
    accountant_take_cpu(&accountant, UINT64_MAX / 100 + 1, 1000); /* a hundred times that is 84 in 64 bits */
    assert_int_equal(accountant.cpu_percent, 100);
}

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* One adapter of the model: it sees every single byte and needs no baseline. Index 0 is sent, 1 is received. */
struct model {
    bool known;
    uint64_t shown[2];   /* what the source would show */
    uint64_t counted[2]; /* the bytes of this epoch */
};

/* The life of a source until the next sample. After a restart it brings less than it showed before, as no sample could
 * tell more from growth; and one that is about to wrap does not restart, as no sample could tell that from the wrap. */
static void model_live(struct model *model)
{
    const uint64_t event = random_below(100);
    const bool restart = event >= 6 && event < 12 && model->known;
    if (event < 3) {
        model->known = false;
    } else if (event < 6 && !model->known) {
        model->known = true;
        model->shown[0] = model->shown[1] = 0;
    }
    for (int i = 0; i < 2 && model->known; i++) {
        uint64_t grown = random_below(3) == 0 ? 0 : random_below(100000);
        if (restart && model->shown[i] > 0 && model->shown[i] < UINT64_C(1) << 62) {
            grown = random_below(model->shown[i]);
            model->shown[i] = 0;
        }
        model->shown[i] += grown; /* wraps like the real one */
        model->counted[i] += grown;
    }
}

static void show(const struct model *models, struct engine_sample *sample)
{
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        sample->adapters[i].known = models[i].known;
        sample->adapters[i].bytes_sent = models[i].shown[0];
        sample->adapters[i].bytes_received = models[i].shown[1];
    }
}

static void compare(const struct model *models, const struct accountant *accountant, uint64_t seed, unsigned step)
{
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        const uint64_t sent = counter_total(&accountant->adapters[i].bytes_sent);
        const uint64_t received = counter_total(&accountant->adapters[i].bytes_received);
        if (sent != models[i].counted[0] || received != models[i].counted[1])
            fail_msg("seed %llu step %u adapter %d: sent %llu of %llu, received %llu of %llu", (unsigned long long)seed,
                     step, i, (unsigned long long)sent, (unsigned long long)models[i].counted[0],
                     (unsigned long long)received, (unsigned long long)models[i].counted[1]);
    }
}

static void live_and_compare(uint64_t seed)
{
    struct model models[ACCOUNTING_MAX_ADAPTERS] = {0};
    struct accountant accountant = {0};
    struct engine_sample sample = {0};
    random_state = seed;
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        models[i].known = i < 5;
        for (int n = 0; n < 2; n++)
            models[i].shown[n] = random_below(4) == 0 ? UINT64_MAX - random_below(200000) : random_below(1000000);
    }
    show(models, &sample);
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 1, EPOCH_POWER_ON, 0, 0);

    for (unsigned step = 0; step < 2000; step++) {
        for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
            model_live(&models[i]);
        show(models, &sample);
        accountant_take(&accountant, &sample);
        compare(models, &accountant, seed, step);
        if (random_below(40) == 0) {
            accountant_open_epoch(&accountant, accountant.epoch + 1, EPOCH_RESET, 0, 0);
            for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++)
                models[i].counted[0] = models[i].counted[1] = 0;
            compare(models, &accountant, seed, step);
        }
    }
}

static void test_accountant__random_life(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++)
        live_and_compare(seed * UINT64_C(0x9e3779b97f4a7c15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accountant__start_counts_from_there),
        cmocka_unit_test(test_accountant__start_again),
        cmocka_unit_test(test_accountant__open_epoch_divides_bytes),
        cmocka_unit_test(test_accountant__take_adapter_vanishes),
        cmocka_unit_test(test_accountant__take_drive_vanishes),
        cmocka_unit_test(test_accountant__lose_cpu),
        cmocka_unit_test(test_accountant__take_drive_plugged_in),
        cmocka_unit_test(test_accountant__take_cpu),
        cmocka_unit_test(test_accountant__take_cpu_at_the_limits),
        cmocka_unit_test(test_accountant__random_life),
    };
    return cmocka_run_group_tests_name("accountant", tests, NULL, NULL);
}
