/*
 * A VM page that somebody else has written. The first byte says how:
 *   0  the file holds these bytes and no others, however many they are
 *   1  a good page, with these changes: two bytes where, one byte how many, the bytes
 *   2  the same, while it is read
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "session/vm_page.h"
#include "session/vm_page_figures.h"
#include "session/vm_page_layout.h"
#include "util/text.h"

static int memory = -1;
static char path[64];
static struct vm_page_file good;

struct changes {
    const uint8_t *data;
    size_t size;
    _Atomic unsigned char *file;
    atomic_bool end;
};

static void prepare(void)
{
    struct vm_page_body body = {.state = VM_RUNNING, .sampled = 1, .epoch = 3, .event_count = 2};

    if (memory >= 0)
        return;
    memory = memfd_create("vm.page", MFD_CLOEXEC);
    fuzz_check(memory >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
    body.adapters[0].present = 1;
    body.adapters[0].bytes_sent = 1000;
    good.magic = VM_PAGE_MAGIC;
    good.version = VM_PAGE_VERSION;
    good.size = sizeof(good);
    good.begun = good.current = 1;
    memcpy((void *)good.slots[1].words, &body, sizeof(body));
}

static void write_file(const void *data, size_t size)
{
    fuzz_check(ftruncate(memory, (off_t)size) == 0);
    fuzz_check(!size || pwrite(memory, data, size, 0) == (ssize_t)size);
}

static void make_changes(const struct changes *changes)
{
    for (size_t at = 0; at + 3 <= changes->size;) {
        size_t where = changes->data[at] | (size_t)changes->data[at + 1] << 8, count = changes->data[at + 2];

        at += 3;
        if (where >= sizeof(good))
            where %= sizeof(good);
        for (; count && at < changes->size && where < sizeof(good); count--)
            atomic_store_explicit(&changes->file[where++], changes->data[at++], memory_order_relaxed);
    }
}

static void *scribble(void *context)
{
    struct changes *changes = context;

    do {
        make_changes(changes);
        /* Half of the inputs also look like a writer who never rests. */
        for (size_t i = offsetof(struct vm_page_file, begun); changes->size % 2 && i < 72; i += 4)
            atomic_fetch_add_explicit(&changes->file[i], 1, memory_order_relaxed);
    } while (!atomic_load(&changes->end));
    return NULL;
}

static void check_text(const char *text, size_t size)
{
    fuzz_check(memchr(text, 0, size));
}

static void check_counter(const struct counter *counter)
{
    fuzz_check(counter->baseline <= counter->last);
}

static void check_body(const struct vm_page_body *body)
{
    struct accountant accountant;

    fuzz_check(body->state <= VM_DELETING);
    fuzz_check(body->cpu_percent <= 100 || body->cpu_percent == VM_PAGE_CPU_UNKNOWN);
    for (size_t i = 0; i < sizeof(body->cpu_history); i++)
        fuzz_check(body->cpu_history[i] <= 100);
    for (int i = 0; i < VM_PAGE_TASKS; i++) {
        fuzz_check(body->tasks[i].percent <= 100 && body->tasks[i].complete <= 1);
        fuzz_check(body->tasks[i].result <= VM_TASK_SHUTDOWN_ABORTED);
        check_text(body->tasks[i].text, sizeof(body->tasks[i].text));
    }
    for (int i = 0; i < VM_PAGE_OUTCOMES; i++) {
        struct vm_page_task row;

        if (!vm_page_find_task(body, body->outcomes[i].id, &row))
            continue;
        fuzz_check(row.percent <= 100 && row.complete <= 1 && row.result <= VM_TASK_SHUTDOWN_ABORTED);
        check_text(row.text, sizeof(row.text));
    }
    check_text(body->control, sizeof(body->control));
    check_text(body->fault, sizeof(body->fault));
    check_text(body->engine_state, sizeof(body->engine_state));
    vm_page_restore_figures(&accountant, body);
    fuzz_check(accountant.epoch_cause <= EPOCH_RESTORE && accountant.cpu_percent <= 100);
    for (int i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        check_counter(&accountant.adapters[i].bytes_sent);
        check_counter(&accountant.adapters[i].packets_received);
    }
    for (int i = 0; i < ACCOUNTING_MAX_DRIVES; i++)
        check_counter(&accountant.drives[i].bytes_read);
}

static void read_all(struct vm_page *page)
{
    struct vm_page_body body;
    struct vm_page_totals totals;

    memset(&body, 0xa5, sizeof(body));
    vm_page_read(page, &body);
    check_body(&body);
    for (int which = VM_PAGE_BYTES_SENT; which <= VM_PAGE_BYTES_WRITTEN; which++) {
        vm_page_read_total(page, (enum vm_page_total)which, &totals);
        fuzz_check(totals.state <= VM_DELETING);
    }
    fuzz_check((uint32_t)vm_page_read_state(page) <= VM_DELETING);
    vm_page_read_event_count(page);
    vm_page_last_beat(page);
}

/* A reader and then a writer come upon the file. */
static void come_upon(void)
{
    struct vm_page_body body = {.state = VM_RUNNING, .sampled = 1}, seen;
    struct vm_page *page;
    struct vpc_error err;

    if (vm_page_open(&page, path, &err)) {
        read_all(page);
        vm_page_close(page);
    } else {
        fuzz_check(err.cause == VPC_CORRUPT || err.cause == VPC_NOT_SUPPORTED);
        return; /* a writer would put a file in its place, and this one has no folder */
    }
    fuzz_check(vm_page_create(&page, path, &err));
    read_all(page);
    body.epoch = 77;
    vm_page_publish(page, &body);
    vm_page_read(page, &seen);
    fuzz_check(seen.epoch == 77 && seen.state == VM_RUNNING);
    vm_page_beat(page, UINT64_C(0x123456789));
    fuzz_check(vm_page_last_beat(page) == UINT64_C(0x123456789));
    vm_page_close(page);
}

static void read_while_changing(struct changes *changes)
{
    void *file = mmap(NULL, sizeof(good), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    struct vm_page *page;
    struct vpc_error err;
    pthread_t thread;

    fuzz_check(file != MAP_FAILED && vm_page_open(&page, path, &err));
    changes->file = file;
    fuzz_check(pthread_create(&thread, NULL, scribble, changes) == 0);
    for (int i = 0; i < 2; i++)
        read_all(page);
    atomic_store(&changes->end, true);
    pthread_join(thread, NULL);
    vm_page_close(page);
    munmap(file, sizeof(good));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct changes changes = {.data = data + 1, .size = size - 1};

    if (!size)
        return 0;
    prepare();
    if (data[0] % 3 == 0) {
        write_file(data + 1, size - 1);
        come_upon();
        return 0;
    }
    write_file(&good, sizeof(good));
    if (data[0] % 3 == 1) {
        void *file = mmap(NULL, sizeof(good), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);

        fuzz_check(file != MAP_FAILED);
        changes.file = file;
        make_changes(&changes);
        munmap(file, sizeof(good));
        come_upon();
    } else {
        read_while_changing(&changes);
    }
    return 0;
}
