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
#include "util/host_adapter.h"
#include "util/path.h"
#include "util/text.h"

enum {
    GUEST_FILE_BYTES = 6000000,
    GUEST_DISK_BYTES = 1024 * 1024,
    GUEST_ROTATE_BYTES = 256,   /* so that there are many rotations a second */
    GUEST_LARGEST_FRAME = 65550 /* with segmentation offload */
};

#define ADAPTER "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/"

#define SECOND_ADAPTER "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=1]/"
#define DRIVE          "hardware/pci_bus/ide_adapter/ide_controller[@id=0]/location[@id=0]/"

/* A line that fails ends a script, if no || comes behind it; a transfer fails when the guest is restored in it. */
static const char usual_script[] = "#!ipxe\n:again\nimgfetch tftp://10.0.2.2/file.bin ||\nimgfree\ngoto again\n";

void guest_serve(struct guest *guest, const char *name, const void *data, size_t size)
{
    struct vpc_error err;
    char *path = path_join(guest->served, name);
    assert_ok(file_replace(path, data, size, &err), err);
    free(path);
}

void guest_withdraw(struct guest *guest, const char *name)
{
    struct vpc_error err;
    char *path = path_join(guest->served, name);
    assert_ok(file_remove(path, &err), err);
    free(path);
}

static bool set_boot(struct settings *settings, void *context, struct vpc_error *err)
{
    return settings_set_text(settings, ADAPTER "nat/tftp_folder", context, err) &&
           settings_set_text(settings, ADAPTER "nat/boot_file", "boot.ipxe", err);
}

static bool set_disk(struct settings *settings, void *context, struct vpc_error *err)
{
    return settings_set_integer(settings, DRIVE "drive_type", DRIVE_HARD_DISK, err) &&
           settings_set_text(settings, DRIVE "pathname/absolute", context, err);
}

static bool set_network(struct settings *settings, void *context, struct vpc_error *err)
{
    const char *name = context;
    uint8_t id[16];
    if (strcmp(name, "Internal Network") == 0)
        memset(id, 2, sizeof id);
    else
        host_adapter_network_id(name, id);
    return settings_set_bytes(settings, SECOND_ADAPTER "virtual_network/id", id, sizeof id, err) &&
           settings_set_text(settings, SECOND_ADAPTER "virtual_network/name", name, err);
}

static void append_capture(struct buffer *line, unsigned adapter, const char *name, const char *queue, const char *path)
{
    struct vpc_error err;
    char *translated = qemu_process_path(path, &err);
    if (translated == NULL)
        fail_msg("%s", err.text);
    buffer_append_format(line, " -object \"filter-dump,id=own-%s,netdev=net%u,queue=%s,maxlen=%d,file=%s\"", name,
                         adapter, queue, CAPTURE_KEPT, translated);
    free(translated);
}

struct preferences {
    struct guest *guest;
    const struct guest_options *options;
};

static bool set_preferences(struct settings *options, void *context, struct vpc_error *err)
{
    struct preferences *wanted = context;
    struct guest *guest = wanted->guest;
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
    append_capture(&line, guest->adapter, "sent", "rx", guest->paths[0]);
    append_capture(&line, guest->adapter, "received", "tx", guest->paths[1]);
    if (wanted->options->monitor) {
        char *arguments = monitor_arguments(&guest->monitor);
        buffer_append_format(&line, " %s", arguments);
        free(arguments);
    }
    if (wanted->options->arguments != NULL)
        buffer_append_format(&line, " %s", wanted->options->arguments);
    char *key = text_format("hypervisors/qemu/vm_%s/extra_arguments", id);
    bool done = settings_set_text(options, "hypervisors/qemu/accelerator", "tcg", err) &&
                settings_set_integer(options, "hypervisors/qemu/dump_rotate_bytes", GUEST_ROTATE_BYTES, err) &&
                settings_set_text(options, key, line.data, err);
    free(key);
    buffer_free(&line);
    return done;
}

void guest_set_up_with(struct guest *guest, const struct guest_options *options)
{
    struct vpc_error err;
    struct preferences preferences = {guest, options};
    const char *script = options->script != NULL ? options->script : usual_script;
    const char *name = options->beside != NULL ? "Guest 2" : "Guest";
    *guest = (struct guest){.is_guest_in_home = options->beside != NULL, .adapter = options->network != NULL};
    if (options->beside != NULL)
        guest->home = options->beside->home;
    else
        test_home_open(&guest->home);
    uv_os_unsetenv("VPC_ENGINE");
    test_machine_create(&guest->machine, &guest->home, name, options->network != NULL ? 2 : 1);
    char *folder = path_join(guest->home.folder, name);
    assert_ok(folder_make(folder, &err), err);
    guest->served = path_join(folder, "served");
    char *file = calloc(1, GUEST_FILE_BYTES);
    assert_ok(folder_make(guest->served, &err), err);
    guest_serve(guest, "boot.ipxe", script, strlen(script));
    guest_serve(guest, "file.bin", file, GUEST_FILE_BYTES);
    free(file);
    guest->paths[0] = path_join(folder, "own-sent.pcap");
    guest->paths[1] = path_join(folder, "own-received.pcap");
    capture_open(&guest->sent, guest->paths[0], options->requested);
    capture_open(&guest->received, guest->paths[1], NULL);
    if (options->monitor)
        monitor_open(&guest->monitor);
    assert_ok(catalog_change_vmc(guest->machine.vmc, set_boot, guest->served, &err), err);
    if (options->disk != NULL) {
        char *disk = path_join(folder, "disk.img");
        boot_disk_write(disk, GUEST_DISK_BYTES, options->disk);
        assert_ok(catalog_change_vmc(guest->machine.vmc, set_disk, disk, &err), err);
        guest->has_disk = true;
        free(disk);
    }
    if (options->network != NULL)
        assert_ok(catalog_change_vmc(guest->machine.vmc, set_network, (void *)options->network, &err), err);
    assert_ok(catalog_change_options(&guest->home.catalog, set_preferences, &preferences, &err), err);
    free(folder);
}

void guest_set_up(struct guest *guest)
{
    guest_set_up_with(guest, &(struct guest_options){0});
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
    monitor_close(&guest->monitor);
    free(guest->served);
    free(guest->paths[0]);
    free(guest->paths[1]);
    if (!guest->is_guest_in_home)
        test_home_close(&guest->home);
}

void guest_begin_session(struct guest *guest)
{
    /* A new file that has no frame yet looks like the one before it. */
    capture_open(&guest->sent, guest->paths[0], guest->sent.requested);
    capture_open(&guest->received, guest->paths[1], NULL);
    guest->sent_before = guest->received_before = (struct frame_sum){0};
    guest->disk_before = (struct disk_sum){0};
    if (guest->monitor.listens)
        monitor_accept(&guest->monitor);
}

void guest_start(struct guest *guest)
{
    test_machine_start(&guest->machine);
    guest_begin_session(guest);
}

void guest_mark_epoch(struct guest *guest)
{
    capture_read(&guest->sent);
    capture_read(&guest->received);
    guest->sent_before = guest->sent.sum;
    guest->received_before = guest->received.sum;
    if (guest->has_disk)
        guest->disk_before = monitor_disk_sum(&guest->monitor);
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

/* Waits until a number has grown by `more`. */
static void await_growth(struct guest *guest, uint64_t (*number)(struct guest *guest), uint64_t more, const char *what)
{
    uint64_t start_ms = clock_monotonic_ms(), start = number(guest);
    while (number(guest) < start + more) {
        if (clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("the guest has not %s %llu bytes more, but %llu", what, (unsigned long long)more,
                     (unsigned long long)(number(guest) - start));
        uv_sleep(5);
    }
}

static uint64_t bytes_received(struct guest *guest)
{
    capture_read(&guest->received);
    return guest->received.sum.bytes;
}

void guest_await_traffic(struct guest *guest, uint64_t bytes)
{
    await_growth(guest, bytes_received, bytes, "received");
}

static uint64_t bytes_read(struct guest *guest)
{
    return monitor_disk_sum(&guest->monitor).bytes_read;
}

void guest_await_reading(struct guest *guest, uint64_t bytes)
{
    await_growth(guest, bytes_read, bytes, "read");
}

/* What was seen in this epoch of one direction. */
struct seen {
    struct frame_sum sum;
    uint64_t last_bytes;
};

static struct seen look(struct capture *capture, const struct frame_sum *before)
{
    capture_read(capture);
    return (struct seen){
        .sum = {.frames = capture->sum.frames - before->frames, .bytes = capture->sum.bytes - before->bytes},
        .last_bytes = capture->last_bytes};
}

/* Whether figures of the page are those of a capture; with `killed`, but for the last frame that one of both may have.
 */
static bool is_equal(uint64_t bytes, uint64_t packets, const struct seen *seen, bool killed)
{
    if (bytes == seen->sum.bytes && packets == seen->sum.frames)
        return true;
    if (!killed)
        return false;
    if (packets + 1 == seen->sum.frames)
        return bytes + seen->last_bytes == seen->sum.bytes;
    return packets == seen->sum.frames + 1 && bytes > seen->sum.bytes && bytes - seen->sum.bytes <= GUEST_LARGEST_FRAME;
}

static struct disk_sum shown_disk(const struct vm_page_body *body)
{
    struct disk_sum sum = {0};
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        sum.bytes_read += body->drives[i].bytes_read;
        sum.bytes_written += body->drives[i].bytes_written;
        sum.reads += body->drives[i].reads;
        sum.writes += body->drives[i].writes;
    }
    return sum;
}

/* Compares the drives: true when equal. More than QEMU says is wrong whatever comes. */
static bool disk_is_equal(struct guest *guest, const struct disk_sum *shown)
{
    struct disk_sum now = monitor_disk_sum(&guest->monitor);
    const struct disk_sum *before = &guest->disk_before;
    if (shown->bytes_read > now.bytes_read - before->bytes_read ||
        shown->bytes_written > now.bytes_written - before->bytes_written)
        fail_msg("shown read %llu written %llu, QEMU says %llu and %llu in this epoch",
                 (unsigned long long)shown->bytes_read, (unsigned long long)shown->bytes_written,
                 (unsigned long long)(now.bytes_read - before->bytes_read),
                 (unsigned long long)(now.bytes_written - before->bytes_written));
    return shown->bytes_read == now.bytes_read - before->bytes_read &&
           shown->bytes_written == now.bytes_written - before->bytes_written &&
           shown->reads == now.reads - before->reads && shown->writes == now.writes - before->writes;
}

static void assert_equal(struct guest *guest, bool killed)
{
    static struct vm_page_body body;
    uint64_t start_ms = clock_monotonic_ms();
    for (;;) {
        vm_page_read(guest->machine.page, &body);
        bool on = vm_state_is_active((enum vm_state)body.state);
        struct disk_sum disk = shown_disk(&body);
        bool drives_equal = !guest->has_disk || !on || killed || disk_is_equal(guest, &disk);
        struct seen sent = look(&guest->sent, &guest->sent_before);
        struct seen received = look(&guest->received, &guest->received_before);
        const struct vm_page_adapter *shown = &body.adapters[guest->adapter];
        if (!body.sampled)
            fail_msg("the figures are not known: %s", body.fault);
        if (drives_equal && is_equal(shown->bytes_sent, shown->packets_sent, &sent, killed) &&
            is_equal(shown->bytes_received, shown->packets_received, &received, killed)) {
            print_message("epoch %llu: sent %llu, received %llu, read %llu, written %llu bytes: equal\n",
                          (unsigned long long)body.epoch, (unsigned long long)shown->bytes_sent,
                          (unsigned long long)shown->bytes_received, (unsigned long long)disk.bytes_read,
                          (unsigned long long)disk.bytes_written);
            return;
        }
        bool too_many = shown->bytes_sent > sent.sum.bytes || shown->bytes_received > received.sum.bytes;
        if ((too_many && !killed) || clock_monotonic_ms() - start_ms > GUEST_PATIENCE_MS)
            fail_msg("epoch %llu: shown sent %llu received %llu, captured sent %llu received %llu",
                     (unsigned long long)body.epoch, (unsigned long long)shown->bytes_sent,
                     (unsigned long long)shown->bytes_received, (unsigned long long)sent.sum.bytes,
                     (unsigned long long)received.sum.bytes);
        uv_sleep(5);
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

void guest_pause_and_compare(struct guest *guest)
{
    struct vpc_error err;
    static struct vm_page_body body;
    assert_ok(test_machine_call(&guest->machine, "pause", NULL, &err), err);
    /* The guest stands, so its drives do; nothing is left to be waited for. What is on its way to its adapter may come.
     */
    vm_page_read(guest->machine.page, &body);
    struct disk_sum disk = shown_disk(&body);
    if (guest->has_disk && !disk_is_equal(guest, &disk))
        fail_msg("the figures of a guest that has just been paused are older than that");
    guest_assert_equal(guest);
}
