/*
 * What a client of the registered DLL sees of one guest through loss of the supervisor, reset, save and restore: all
 * six counters equal, to the byte, what the test has captured and asked QEMU itself. The first thing that is done after
 * the supervisor was killed is to read a figure.
 */
#include "client.h"
#include <stdlib.h>
#include <string.h>
#include "host/guest.h"
#include "support/check.h"
#include "support/process.h"
#include "util/path.h"

enum {
    SOME_TRAFFIC = 100000,
    SOME_READING = 100000,
    FILE_BYTES = 50000
};

/* Network and disk in turn; also after a transfer that was cut by a restore. */
static const char script[] = "#!ipxe\n"
                             ":again\n"
                             "imgfetch tftp://10.0.2.2/file.bin ||\n"
                             "imgfree\n"
                             "sanboot --no-describe --keep --drive 0x80 ||\n"
                             "goto again\n";

static const struct boot_disk disk = {.rounds = 8, .sectors = 16, .writes = true, .drives = 1};

struct fixture {
    struct guest guest;
    struct client client;
};

#define assert_hr(expected, actual) assert_int_equal((unsigned long)(expected), (unsigned long)(actual))

static int set_up(void **state)
{
    static char file[FILE_BYTES];
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    guest_set_up_with(&f->guest, &(struct guest_options){.script = script, .disk = &disk, .monitor = true});
    guest_serve(&f->guest, "file.bin", file, sizeof file);
    client_open(&f->client, L"Guest");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    client_turn_off_and_close(&f->client);
    guest_tear_down(&f->guest);
    free(f);
    return 0;
}

enum {
    SENT,
    RECEIVED,
    PACKETS_SENT,
    PACKETS_RECEIVED,
    READ,
    WRITTEN,
    FIGURES
};

static void read_figures(struct fixture *f, HRESULT expected, uint64_t figures[FIGURES])
{
    const client_figure getters[FIGURES] = {
        [SENT] = f->client.accountant->lpVtbl->get_NetworkBytesSent,
        [RECEIVED] = f->client.accountant->lpVtbl->get_NetworkBytesReceived,
        [PACKETS_SENT] = f->client.accountant->lpVtbl->get_NetworkPacketsSent,
        [PACKETS_RECEIVED] = f->client.accountant->lpVtbl->get_NetworkPacketsReceived,
        [READ] = f->client.accountant->lpVtbl->get_DiskBytesRead,
        [WRITTEN] = f->client.accountant->lpVtbl->get_DiskBytesWritten,
    };
    for (int i = 0; i < FIGURES; i++)
        figures[i] = client_read(&f->client, getters[i], expected);
}

static void read_own(struct fixture *f, uint64_t figures[FIGURES])
{
    struct guest *guest = &f->guest;
    struct disk_sum now = monitor_disk_sum(&guest->monitor);
    capture_read(&guest->sent);
    capture_read(&guest->received);
    figures[SENT] = guest->sent.sum.bytes - guest->sent_before.bytes;
    figures[RECEIVED] = guest->received.sum.bytes - guest->received_before.bytes;
    figures[PACKETS_SENT] = guest->sent.sum.frames - guest->sent_before.frames;
    figures[PACKETS_RECEIVED] = guest->received.sum.frames - guest->received_before.frames;
    figures[READ] = now.bytes_read - guest->disk_before.bytes_read;
    figures[WRITTEN] = now.bytes_written - guest->disk_before.bytes_written;
}

/* Pauses the guest and waits until all figures are equal. They are never more than what has passed. */
static void pause_and_compare(struct fixture *f, LONG epoch)
{
    uint64_t figures[FIGURES], own[FIGURES];
    ULONGLONG start = GetTickCount64();
    LONG shown;
    client_pause(&f->client);
    do {
        read_figures(f, S_OK, figures);
        read_own(f, own);
        for (int i = 0; i < FIGURES; i++)
            if (figures[i] > own[i] || GetTickCount64() - start > CLIENT_PATIENCE_MS)
                fail_msg("figure %d is %llu, not %llu", i, (unsigned long long)figures[i], (unsigned long long)own[i]);
    } while (memcmp(figures, own, sizeof own) != 0);
    assert_hr(S_OK, IVMAccountant2_get_Epoch(f->client.accountant, &shown));
    assert_int_equal(shown, epoch);
    print_message("epoch %ld: sent %llu, received %llu, read %llu, written %llu: equal\n", shown,
                  (unsigned long long)figures[SENT], (unsigned long long)figures[RECEIVED],
                  (unsigned long long)figures[READ], (unsigned long long)figures[WRITTEN]);
}

/* Waits until the figures have all that has passed while there was no supervisor. That it is gone shows when its heart
 * has not beaten for a while; until then the figures are those that it has left. */
static void await_figures(struct fixture *f, const uint64_t least[FIGURES])
{
    uint64_t figures[FIGURES];
    ULONGLONG start = GetTickCount64();
    for (int i = 0; i < FIGURES;) {
        read_figures(f, S_OK, figures);
        if (figures[i] >= least[i])
            i++;
        else if (GetTickCount64() - start > CLIENT_PATIENCE_MS)
            fail_msg("figure %d stays at %llu, and %llu have passed", i, (unsigned long long)figures[i],
                     (unsigned long long)least[i]);
    }
}

static void assert_off(struct fixture *f)
{
    static const uint64_t none[FIGURES];
    uint64_t figures[FIGURES];
    read_figures(f, S_FALSE, figures);
    assert_memory_equal(figures, none, sizeof none);
}

static void be_busy(struct fixture *f)
{
    guest_await_traffic(&f->guest, SOME_TRAFFIC);
    guest_await_reading(&f->guest, SOME_READING);
}

static void start(struct fixture *f)
{
    IVMTask *task = NULL;
    HRESULT hr = IVMVirtualMachine_Startup(f->client.vm, &task);
    client_finish(hr, task);
    guest_begin_session(&f->guest);
    be_busy(f);
}

static struct test_process *open_supervisor(struct fixture *f)
{
    static struct vm_page_body body;
    struct vpc_error err;
    struct vm_page *page;
    char *path = path_join(f->guest.machine.run_folder, VM_PAGE_FILE);
    assert_ok(vm_page_open(&page, path, &err), err);
    vm_page_read(page, &body);
    vm_page_close(page);
    free(path);
    struct test_process *process = test_process_open(body.supervisor_pid);
    assert_non_null(process);
    return process;
}

static void turn_off(struct fixture *f)
{
    struct test_process *supervisor = open_supervisor(f);
    IVMTask *task = NULL;
    HRESULT hr = IVMVirtualMachine_TurnOff(f->client.vm, &task);
    int status;
    client_finish(hr, task);
    assert_off(f);
    test_process_await_end(supervisor, &status); /* it still closes its files */
    assert_int_equal(status, 0);
}

static void test_accountant__figures_are_exact_through_restarts_and_a_lost_supervisor(void **state)
{
    struct fixture *f = *state;
    uint64_t own[FIGURES];
    IVMTask *task = NULL;
    int status;
    HRESULT hr;
    assert_off(f);
    start(f);

    struct test_process *supervisor = open_supervisor(f);
    test_process_kill(supervisor);
    test_process_await_end(supervisor, &status);
    f->client.supervisor_lost = true;
    be_busy(f);
    read_own(f, own);
    await_figures(f, own);
    f->client.supervisor_lost = false;
    pause_and_compare(f, 1);

    guest_mark_epoch(&f->guest);
    hr = IVMVirtualMachine_Reset(f->client.vm, &task);
    client_finish(hr, task);
    be_busy(f);
    pause_and_compare(f, 2);

    hr = IVMVirtualMachine_Save(f->client.vm, &task);
    client_finish(hr, task);
    assert_off(f);
    start(f);
    pause_and_compare(f, 3);

    turn_off(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accountant__figures_are_exact_through_restarts_and_a_lost_supervisor,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests_name("restarts through COM", tests, NULL, NULL);
}
