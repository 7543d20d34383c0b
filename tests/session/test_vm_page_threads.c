/* One writer and three readers of one page, as fast as they can: no reader ever sees parts of two bodies. Run also
 * under the thread sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "session/vm_page.h"
#include "session/vm_page_layout.h"
#include "test_folder.h"
#include "util/file.h"

enum {
    READERS = 3,
    PUBLICATIONS = 50000, /* at least */
    GOOD_READS = 5000     /* of each reader, at least */
};

struct shared {
    struct vm_page *writer;
    struct vm_page *readers[READERS];
    struct file_map map;
    atomic_uint next_reader;
    atomic_uint done_readers;
    atomic_uint mixtures;  /* reads whose fields disagree */
    atomic_uint backwards; /* reads older than the one before */
    atomic_bool stop;
};

/* All fields of body `n` follow from n. */
static void fill(struct vm_page_body *body, uint64_t n)
{
    memset(body, 0, sizeof *body);
    body->state = n % 2 ? VM_RUNNING : VM_PAUSED;
    body->sampled = (uint32_t)n;
    body->epoch = n;
    body->epoch_start_utc_ms = (int64_t)n;
    for (int i = 0; i < 8; i++) {
        body->adapters[i].present = 1;
        body->adapters[i].bytes_sent = n * UINT64_C(0x100000001);
        body->adapters[i].bytes_received = n;
        body->drives[i].present = 1;
        body->drives[i].bytes_read = n * 3;
    }
    memset(body->cpu_history, (int)(n % 100), sizeof body->cpu_history);
    memset(body->tasks[VM_PAGE_TASKS - 1].text, 'a' + (int)(n % 26), sizeof body->tasks[0].text - 1);
    memset(body->fault, 'a' + (int)(n % 26), sizeof body->fault - 1);
    for (int i = 0; i < ENGINE_MEMORY_WORDS; i++)
        body->engine_memory[i] = n + (uint64_t)i;
    memset(body->engine_state, 'a' + (int)(n % 26), sizeof body->engine_state - 1);
}

static void write_all(void *context)
{
    struct shared *shared = context;
    struct vm_page_body body;
    for (uint64_t n = 1; n <= PUBLICATIONS || atomic_load(&shared->done_readers) < READERS; n++) {
        fill(&body, n);
        vm_page_publish(shared->writer, &body);
        vm_page_beat(shared->writer, n * UINT64_C(0x100000001));
    }
    atomic_store(&shared->stop, true);
}

/* One body; false when the writer left no time for it. */
static bool read_body(struct shared *shared, const struct vm_page *page, uint64_t *last)
{
    struct vm_page_body body, expected;
    vm_page_read(page, &body);
    if (body.state == VM_INVALID || body.epoch == 0)
        return false;
    fill(&expected, body.epoch);
    if (memcmp(&body, &expected, sizeof body) != 0)
        atomic_fetch_add(&shared->mixtures, 1);
    if (body.epoch < *last)
        atomic_fetch_add(&shared->backwards, 1);
    *last = body.epoch;
    return true;
}

static void read_total(struct shared *shared, const struct vm_page *page, uint64_t last)
{
    struct vm_page_totals totals;
    vm_page_read_total(page, VM_PAGE_BYTES_SENT, &totals);
    if (totals.state == VM_INVALID || totals.sampled == 0)
        return;
    const uint64_t n = totals.sampled;
    if (totals.total.low != n * UINT64_C(0x800000008) || totals.state != (uint32_t)(n % 2 ? VM_RUNNING : VM_PAUSED))
        atomic_fetch_add(&shared->mixtures, 1);
    if (n < last)
        atomic_fetch_add(&shared->backwards, 1);
}

static void read_all(void *context)
{
    struct shared *shared = context;
    const struct vm_page *page = shared->readers[atomic_fetch_add(&shared->next_reader, 1)];
    uint64_t last = 0;
    for (unsigned good = 0; !atomic_load(&shared->stop);) {
        if (read_body(shared, page, &last) && ++good == GOOD_READS)
            atomic_fetch_add(&shared->done_readers, 1);
        read_total(shared, page, last);
        /* Both halves of a beat are the same number, unless the upper one just changes. */
        const uint64_t beat = vm_page_last_beat(page);
        if (beat % UINT64_C(0x100000001) != 0 && (uint32_t)beat != 0)
            atomic_fetch_add(&shared->mixtures, 1);
    }
}

static void open_all(struct shared *shared, const char *path)
{
    struct vpc_error err;
    assert_true(vm_page_create(&shared->writer, path, &err));
    for (int i = 0; i < READERS; i++)
        assert_true(vm_page_open(&shared->readers[i], path, &err));
}

static void close_all(struct shared *shared)
{
    for (int i = 0; i < READERS; i++)
        vm_page_close(shared->readers[i]);
    vm_page_close(shared->writer);
}

static void run_threads(struct shared *shared, uv_thread_cb write, uv_thread_cb read)
{
    uv_thread_t writer, readers[READERS];
    for (int i = 0; i < READERS; i++)
        assert_int_equal(uv_thread_create(&readers[i], read, shared), 0);
    assert_int_equal(uv_thread_create(&writer, write, shared), 0);
    uv_thread_join(&writer);
    for (int i = 0; i < READERS; i++)
        uv_thread_join(&readers[i]);
}

static void test_vm_page__threads_see_whole_bodies(void **state)
{
    struct shared shared = {0};
    open_all(&shared, test_folder_path(state, "vm.page"));
    run_threads(&shared, write_all, read_all);
    close_all(&shared);
    assert_int_equal(atomic_load(&shared.mixtures), 0);
    assert_int_equal(atomic_load(&shared.backwards), 0);
}

/* Somebody writes noise all over the page while it is read. */
static void scribble(void *context)
{
    struct shared *shared = context;
    struct vm_page_file *file = shared->map.data;
    _Atomic uintptr_t *words = shared->map.data;
    uint64_t random = UINT64_C(88172645463325252);
    while (atomic_load(&shared->done_readers) < READERS) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        atomic_store(&words[(random >> 20) % (sizeof *file / sizeof *words)], (uintptr_t)random);
        if (random % 16 == 0) /* let some reads through */
            atomic_store(&file->begun, atomic_load(&file->current));
    }
}

static void read_noise(void *context)
{
    struct shared *shared = context;
    const struct vm_page *page = shared->readers[atomic_fetch_add(&shared->next_reader, 1)];
    for (int i = 0; i < 300; i++) {
        struct vm_page_body body;
        struct vm_page_totals totals;
        vm_page_read(page, &body);
        vm_page_read_total(page, VM_PAGE_BYTES_READ, &totals);
        vm_page_last_beat(page);
        if (body.state > VM_DELETING || totals.state > VM_DELETING ||
            (unsigned)vm_page_read_state(page) > VM_DELETING || !memchr(body.fault, 0, sizeof body.fault) ||
            !memchr(body.control, 0, sizeof body.control) || !memchr(body.engine_state, 0, sizeof body.engine_state) ||
            !memchr(body.tasks[7].text, 0, sizeof body.tasks[7].text))
            atomic_fetch_add(&shared->mixtures, 1);
    }
    atomic_fetch_add(&shared->done_readers, 1);
}

static void test_vm_page__threads_read_changing_noise(void **state)
{
    struct shared shared = {0};
    struct vpc_error err;
    open_all(&shared, test_folder_path(state, "vm.page"));
    assert_true(file_map_open(&shared.map, test_folder_path(state, "vm.page"), true, &err));
    run_threads(&shared, scribble, read_noise);
    file_map_close(&shared.map);
    close_all(&shared);
    assert_int_equal(atomic_load(&shared.mixtures), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vm_page__threads_see_whole_bodies, test_folder_setup,
                                        test_folder_teardown),
        cmocka_unit_test_setup_teardown(test_vm_page__threads_read_changing_noise, test_folder_setup,
                                        test_folder_teardown),
    };
    return cmocka_run_group_tests_name("vm_page threads", tests, NULL, NULL);
}
