#include "guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "bench.h"
#include "engine/qemu/qemu_process.h"
#include "process.h"
#include "support/check.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#if !defined(_WIN32)
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#endif

const char guest_fetching[] = "#!ipxe\n:again\nimgfetch tftp://10.0.2.2/file.bin\nimgfree\ngoto again\n";

#define ADAPTER "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/"

static bool set_boot(struct settings *settings, void *context, struct vpc_error *err)
{
    return settings_set_text(settings, ADAPTER "nat/tftp_folder", context, err) &&
           settings_set_text(settings, ADAPTER "nat/boot_file", "boot.ipxe", err) &&
           settings_set_integer(settings, "hardware/memory/ram_size", 1024, err);
}

static bool set_preferences(struct settings *options, void *context, struct vpc_error *err)
{
    const struct guest *guest = context;
    char *log = qemu_process_path(guest->log, err);
    const char *id = strrchr(guest->machine.run_folder, PATH_SEPARATOR) + 1;
    char *key = text_format("hypervisors/qemu/vm_%s/extra_arguments", id);
    char *arguments = text_format("%s-msg timestamp=on -D %s",
                                  guest->traced ? "-trace handle_qmp_command -trace monitor_qmp_cmd_in_band "
                                                  "-trace monitor_qmp_respond "
                                                : "",
                                  log ? log : "");
    bool done = log && settings_set_text(options, "hypervisors/qemu/accelerator", "tcg", err) &&
                settings_set_text(options, key, arguments, err) &&
                (!guest->rotate_bytes ||
                 settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", guest->rotate_bytes, err));

    free(arguments);
    free(key);
    free(log);
    return done;
}

#if defined(_WIN32)
static struct guest *running;

static void end_running(void)
{
    if (running)
        guest_turn_off(running);
}

static void guest_track(struct guest *guest)
{
    running = guest;
    atexit(end_running);
}

static void guest_untrack(struct guest *guest)
{
    (void)guest;
    running = NULL;
}
#else
uint64_t guest_command_line(const struct guest *guest, char *text, size_t *size)
{
    DIR *processes = opendir("/proc");
    uint64_t found = 0;

    for (struct dirent *entry; processes && !found && (entry = readdir(processes));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        int file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t got = file >= 0 ? read(file, text, GUEST_COMMAND_LINE - 1) : 0;
        if (file >= 0)
            close(file);
        *size = got > 0 ? (size_t)got : 0;
        text[*size] = '\0';
        if (*size && strstr(text, "qemu-system") && memmem(text, *size, guest->log, strlen(guest->log)))
            found = strtoull(entry->d_name, NULL, 10);
    }
    if (processes)
        closedir(processes);
    return found;
}

static uint64_t supervisor_of(const struct test_machine *machine)
{
    static struct vm_page_body body;

    vm_page_read(machine->page, &body);
    return body.supervisor_pid;
}

static void guest_track(struct guest *guest)
{
    static char line[GUEST_COMMAND_LINE];
    size_t size;

    guest->supervisor = supervisor_of(&guest->machine);
    guest->qemu = guest_command_line(guest, line, &size);
    process_track(guest->supervisor);
    process_track(guest->qemu);
}

static void guest_untrack(struct guest *guest)
{
    process_forget(guest->supervisor);
    process_forget(guest->qemu);
}
#endif

void guest_open(struct guest *guest, const char *script, uint32_t rotate_bytes)
{
    struct vpc_error err;

    *guest = (struct guest){.rotate_bytes = rotate_bytes, .traced = rotate_bytes != 0};
    test_home_open(&guest->home);
    uv_os_unsetenv("VPC_ENGINE");
    test_machine_create(&guest->machine, &guest->home, "Guest", 1);
    char *served = path_join(guest->home.folder, "served"), *boot = path_join(served, "boot.ipxe");
    char *big = path_join(served, "file.bin"), *zeros = calloc(1, 6000000);
    guest->log = path_join(guest->home.folder, "trace.log");
    assert_ok(folder_make(served, &err), err);
    assert_ok(file_replace(boot, script, strlen(script), &err), err);
    assert_ok(file_replace(big, zeros, 6000000, &err), err);
    assert_ok(catalog_change_vmc(guest->machine.vmc, set_boot, served, &err), err);
    assert_ok(catalog_change_options(&guest->home.catalog, set_preferences, guest, &err), err);
    free(zeros);
    free(big);
    free(boot);
    free(served);
    test_machine_start(&guest->machine);
    guest_track(guest);
}

void guest_turn_off(struct guest *guest)
{
    guest_untrack(guest);
    test_machine_turn_off(&guest->machine);
}

void guest_close(struct guest *guest)
{
    if (guest->machine.process)
        guest_turn_off(guest);
    test_machine_close(&guest->machine);
    test_home_close(&guest->home);
    free(guest->log);
}

static uint64_t guest_received(struct guest *guest)
{
    struct vm_page_totals totals;

    vm_page_read_total(guest->machine.page, VM_PAGE_BYTES_RECEIVED, &totals);
    return totals.total.low;
}

void guest_await_received(struct guest *guest, uint64_t bytes)
{
    uint64_t start_ms = clock_monotonic_ms();

    while (guest_received(guest) < bytes) {
        if (clock_monotonic_ms() - start_ms > 120000)
            bench_stop("the guest has fetched nothing in two minutes");
        clock_sleep_ms(20);
    }
}
