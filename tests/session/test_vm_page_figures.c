/* The accountant through the page and back: figures for clients, and a supervisor that counts on where the last one was
 * lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session/vm_page_figures.h"

static struct engine_sample sample_at(uint64_t n)
{
    struct engine_sample sample = {0};
    for (unsigned i = 0; i < 8; i++) {
        sample.adapters[i] =
            (struct adapter_reading){i != 3, 100 * i + n, 200 * i + n * 2, 10 * i + n * 3, 20 * i + n * 4};
        sample.drives[i] =
            (struct drive_reading){i != 6, 300 * i + n * 5, 400 * i + n * 6, 30 * i + n * 7, 40 * i + n * 8, false};
    }
    return sample;
}

static struct accountant running_accountant(void)
{
    struct accountant accountant = {0};
    struct engine_sample sample = sample_at(0);
    accountant_start(&accountant, &sample);
    accountant_open_epoch(&accountant, 12, EPOCH_RESTORE, 1700000000000, 5555);
    sample = sample_at(1000);
    accountant_take(&accountant, &sample);
    accountant_take_cpu(&accountant, 0, 1000000);
    accountant_take_cpu(&accountant, 250000, 2000000);
    accountant_take_cpu(&accountant, 750000, 3000000);
    return accountant;
}

static void test_vm_page_figures__fill(void **state)
{
    (void)state;
    const struct accountant accountant = running_accountant();
    struct vm_page_body body;
    memset(&body, 0, sizeof body);
    body.state = VM_RUNNING;
    body.sampled = 1;
    body.cpu_history[63] = 9;
    strcpy(body.control, "pipe");
    vm_page_fill_figures(&body, &accountant);
    assert_int_equal(body.state, VM_RUNNING);
    assert_int_equal(body.sampled, 1);
    assert_string_equal(body.control, "pipe");
    assert_int_equal(body.epoch, 12);
    assert_int_equal(body.epoch_cause, EPOCH_RESTORE);
    assert_int_equal(body.epoch_start_utc_ms, 1700000000000);
    assert_int_equal(body.epoch_start_monotonic_ms, 5555);
    assert_int_equal(body.cpu_percent, 50);
    assert_int_equal(body.cpu_history[57], 0);
    assert_int_equal(body.cpu_history[58], 25);
    assert_int_equal(body.cpu_history[59], 50);
    assert_int_equal(body.cpu_history[63], 0);
    for (unsigned i = 0; i < 8; i++) {
        const uint64_t adapter = i != 3 ? 1000 : 0, drive = i != 6 ? 1000 : 0;
        assert_int_equal(body.adapters[i].present, i != 3);
        assert_int_equal(body.adapters[i].bytes_sent, adapter);
        assert_int_equal(body.adapters[i].bytes_received, adapter * 2);
        assert_int_equal(body.adapters[i].packets_sent, adapter * 3);
        assert_int_equal(body.adapters[i].packets_received, adapter * 4);
        assert_int_equal(body.drives[i].present, i != 6);
        assert_int_equal(body.drives[i].bytes_read, drive * 5);
        assert_int_equal(body.drives[i].bytes_written, drive * 6);
        assert_int_equal(body.drives[i].reads, drive * 7);
        assert_int_equal(body.drives[i].writes, drive * 8);
    }
}

static void test_vm_page_figures__restore_counts_on(void **state)
{
    (void)state;
    struct accountant first = running_accountant(), second;
    struct vm_page_body body = {0}, of_first = {0}, of_second = {0};
    vm_page_fill_figures(&body, &first);
    memset(&second, 0xff, sizeof second);
    vm_page_restore_figures(&second, &body);
    const struct engine_sample sample = sample_at(7777);
    accountant_take(&first, &sample);
    accountant_take(&second, &sample);
    vm_page_fill_figures(&of_first, &first);
    vm_page_fill_figures(&of_second, &second);
    assert_memory_equal(&of_second, &of_first, sizeof of_first);
    assert_int_equal(of_second.adapters[0].bytes_sent, 7777);

    /* the new process measures the processor from its own first look */
    accountant_take_cpu(&second, 90000000, 50000000);
    assert_int_equal(second.cpu_percent, 50);
    assert_int_equal(second.cpu_history[59], 50);
    accountant_take_cpu(&second, 90100000, 51000000);
    assert_int_equal(second.cpu_percent, 10);
    assert_int_equal(second.cpu_history[58], 50);
    assert_int_equal(second.cpu_history[59], 10);
}

static void test_vm_page_figures__unknown_cpu_stays_unknown_until_it_is_measured(void **state)
{
    (void)state;
    struct accountant first = running_accountant(), second;
    struct vm_page_body body = {0};
    accountant_lose_cpu(&first);
    vm_page_fill_figures(&body, &first);
    assert_true(body.cpu_percent == VM_PAGE_CPU_UNKNOWN);
    vm_page_restore_figures(&second, &body);
    accountant_take_cpu(&second, 90000000, 50000000);
    vm_page_fill_figures(&body, &second);
    assert_true(body.cpu_percent == VM_PAGE_CPU_UNKNOWN);
    accountant_take_cpu(&second, 90100000, 51000000);
    vm_page_fill_figures(&body, &second);
    assert_int_equal(body.cpu_percent, 10);
}

static void test_vm_page_figures__restore_damaged(void **state)
{
    (void)state;
    struct vm_page_body body;
    struct accountant accountant;
    memset(&body, 0xee, sizeof body);
    body.adapters[0].counters[0] = (struct counter){.baseline = 500, .last = 100, .carried = 7};
    vm_page_restore_figures(&accountant, &body);
    assert_int_equal(counter_total(&accountant.adapters[0].bytes_sent), 7);
    assert_int_equal(accountant.epoch_cause, EPOCH_NONE);
    assert_int_equal(accountant.cpu_percent, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vm_page_figures__fill),
        cmocka_unit_test(test_vm_page_figures__restore_counts_on),
        cmocka_unit_test(test_vm_page_figures__unknown_cpu_stays_unknown_until_it_is_measured),
        cmocka_unit_test(test_vm_page_figures__restore_damaged),
    };
    return cmocka_run_group_tests_name("vm_page figures", tests, NULL, NULL);
}
