#include "host/guest.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "config/machine_config.h"
#include "engine/qemu/qemu_process.h"
#include "support/check.h"
#include "support/process.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    GUEST_FILE_BYTES = 6000000,
    GUEST_ROTATE_BYTES = 2048, /* so that there are many rotations a second */
    GUEST_PATIENCE_MS = 60000,
    GUEST_LARGEST_FRAME = 65550 /* with segmentation offload */
};

#define ADAPTER "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/"

static const char script[] = "#!ipxe\ndhcp\n:again\nimgfetch tftp://10.0.2.2/file.bin\nimgfree\ngoto again\n";

static void write_file(const char *folder, const char *name, const void *data, size_t size)
{
    struct vpc_error err;
    char *path = path_join(folder, name);
    assert_ok(file_replace(path, data, size, &err), err);
    free(path);
}

static bool set_boot(struct settings *settings, void *context, struct vpc_error *err)
{
    return settings_set_text(settings, ADAPTER "nat/tftp_folder", context, err) &&
           settings_set_text(settings, ADAPTER "nat/boot_file", "boot.ipxe", err);
}

static void append_capture(struct buffer *line, const char *name, const char *queue, const char *path)
{
    struct vpc_error err;
    char *translated = qemu_process_path(path, &err);
    if (translated == NULL)
        fail_msg("%s", err.text);
    buffer_append_format(line, " -object \"filter-dump,id=own-%s,netdev=net0,queue=%s,maxlen=1,file=%s\"", name, queue,
                         translated);
    free(translated);
}

static bool set_preferences(struct settings *options, void *context, struct vpc_error *err)
{
    struct guest *guest = context;
    struct settings *settings;
    struct machine_config config;
    struct buffer line = {0};
    char id[37] = "";
    assert_ok(settings_load(&settings, "preferences", guest->machine.vmc, err), *err);
    assert_ok(machine_config_read(&config, "x", guest->machine.vmc, settings, NULL, err), *err);
    for (size_t i = 0; i < 36; i++) {
        char c = config.config_id[i + 1];
        id[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    machine_config_clear(&config);
    settings_free(settings);
    append_capture(&line, "sent", "rx", guest->captures[0]);
    append_capture(&line, "received", "tx", guest->captures[1]);
    char *key = text_format("hypervisors/qemu/vm_%s/extra_arguments", id);
    bool done = settings_set_text(options, "hypervisors/qemu/accelerator", "tcg", err) &&
                settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", GUEST_ROTATE_BYTES, err) &&
                settings_set_text(options, key, line.data, err);
    free(key);
    buffer_free(&line);
    return done;
}

void guest_set_up(struct guest *guest)
{
    struct vpc_error err;
    *guest = (struct guest){0};
    test_home_open(&guest->home);
    uv_os_unsetenv("VPC_ENGINE");
    test_machine_create(&guest->machine, &guest->home, "Guest", 1);
    char *served = path_join(guest->home.folder, "served");
    char *file = calloc(1, GUEST_FILE_BYTES);
    assert_ok(folder_make(served, &err), err);
    write_file(served, "boot.ipxe", script, sizeof script - 1);
    write_file(served, "file.bin", file, GUEST_FILE_BYTES);
    free(file);
    guest->captures[0] = path_join(guest->home.folder, "own-sent.pcap");
    guest->captures[1] = path_join(guest->home.folder, "own-received.pcap");
    assert_ok(catalog_change_vmc(guest->machine.vmc, set_boot, served, &err), err);
    assert_ok(catalog_change_options(&guest->home.catalog, set_preferences, guest, &err), err);
    free(served);
}

void guest_tear_down(struct guest *guest)
{
    if (guest->machine.page != NULL && guest->qemu == NULL)
        guest_note_qemu(guest);
    test_machine_close(&guest->machine);
    if (guest->qemu != NULL) {
        qemu_process_kill(guest->qemu);
        while (qemu_process_alive(guest->qemu))
            uv_sleep(10);
        qemu_process_free(guest->qemu);
    }
    free(guest->captures[0]);
    free(guest->captures[1]);
    test_home_close(&guest->home);
}

void guest_note_qemu(struct guest *guest)
{
    static struct vm_page_body body;
    struct vpc_error err;
    vm_page_read(guest->machine.page, &body);
    json_t *words = json_loads(body.engine_state, 0, NULL);
    int64_t pid = json_integer_value(json_object_get(words, "pid"));
    uint64_t start = (uint64_t)json_integer_value(json_object_get(words, "start"));
    json_decref(words);
    qemu_process_free(guest->qemu);
    guest->qemu = NULL;
    if (pid != 0 && !qemu_process_adopt(&guest->qemu, pid, start, &err))
        guest->qemu = NULL;
}

bool guest_qemu_is_alive(struct guest *guest)
{
    return guest->qemu != NULL && qemu_process_alive(guest->qemu);
}

void guest_kill_qemu(struct guest *guest)
{
    assert_non_null(guest->qemu);
    qemu_process_kill(guest->qemu);
    while (qemu_process_alive(guest->qemu))
        uv_sleep(1);
}

void guest_follow(struct guest *guest)
{
    static struct vm_page_body body;
    struct vpc_error err;
    struct test_machine *m = &guest->machine;
    vm_page_read(m->page, &body);
    control_disconnect(m->client);
    m->client = NULL;
    m->process = test_process_open(body.supervisor_pid);
    assert_non_null(m->process);
    assert_ok(control_connect(&m->client, body.control, &err), err);
}

enum vm_state guest_adopt(struct guest *guest)
{
    struct vpc_error err;
    uint32_t state = VM_INVALID;
    char *program = test_program("vpchost");
    assert_ok(test_adopt(program, guest->machine.entry.name, &state, &err), err);
    free(program);
    if (vm_state_is_active((enum vm_state)state))
        guest_follow(guest);
    return (enum vm_state)state;
}

/* Frames of a capture, their bytes, and the bytes of the last one. */
struct capture {
    uint64_t frames, bytes, last;
};

static struct capture read_capture(const char *path)
{
    struct capture capture = {0};
    struct vpc_error err;
    char *data;
    size_t size;
    assert_ok(file_read(path, 1024 * 1024 * 1024, &data, &size, &err), err);
    for (size_t at = 24; at + 16 <= size;) {
        uint32_t kept, length;
        memcpy(&kept, data + at + 8, sizeof kept);
        memcpy(&length, data + at + 12, sizeof length);
        if (at + 16 + kept > size)
            break; /* being written */
        capture.frames++;
        capture.bytes += length;
        capture.last = length;
        at += 16 + kept;
    }
    free(data);
    return capture;
}

uint64_t guest_capture_sum(const char *path, uint64_t *frames)
{
    struct capture capture = read_capture(path);
    *frames = capture.frames;
    return capture.bytes;
}

void guest_await_traffic(struct guest *guest, uint64_t bytes)
{
    uint64_t frames, start_ms = clock_monotonic_ms();
    uint64_t start = file_exists(guest->captures[1]) ? guest_capture_sum(guest->captures[1], &frames) : 0;
    while (!file_exists(guest->captures[1]) || guest_capture_sum(guest->captures[1], &frames) < start + bytes) {
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the guest has not received %llu bytes more", (unsigned long long)bytes);
        uv_sleep(5);
    }
}

/* Whether figures of the page are those of a capture; with `killed`, but for the last frame that one of both may have. */
static bool is_equal(uint64_t bytes, uint64_t packets, const struct capture *capture, bool killed)
{
    if (bytes == capture->bytes && packets == capture->frames)
        return true;
    if (!killed)
        return false;
    if (packets + 1 == capture->frames)
        return bytes + capture->last == capture->bytes;
    return packets == capture->frames + 1 && bytes > capture->bytes && bytes - capture->bytes <= GUEST_LARGEST_FRAME;
}

static void assert_equal(struct guest *guest, bool killed)
{
    static struct vm_page_body body;
    uint64_t start_ms = clock_monotonic_ms();
    for (;;) {
        vm_page_read(guest->machine.page, &body);
        struct capture sent = read_capture(guest->captures[0]);
        struct capture received = read_capture(guest->captures[1]);
        const struct vm_page_adapter *shown = &body.adapters[0];
        if (!body.sampled)
            fail_msg("the figures are not known: %s", body.fault);
        if (is_equal(shown->bytes_sent, shown->packets_sent, &sent, killed) &&
            is_equal(shown->bytes_received, shown->packets_received, &received, killed)) {
            print_message("sent %llu, received %llu bytes: equal\n", (unsigned long long)shown->bytes_sent,
                          (unsigned long long)shown->bytes_received);
            return;
        }
        bool too_many = shown->bytes_sent > sent.bytes || shown->bytes_received > received.bytes;
        if ((too_many && !killed) || clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("shown sent %llu received %llu, captured sent %llu received %llu",
                     (unsigned long long)shown->bytes_sent, (unsigned long long)shown->bytes_received,
                     (unsigned long long)sent.bytes, (unsigned long long)received.bytes);
        uv_sleep(20);
    }
}

void guest_assert_equal(struct guest *guest)
{
    assert_equal(guest, false);
}

void guest_assert_equal_when_killed(struct guest *guest)
{
    assert_equal(guest, true);
}
