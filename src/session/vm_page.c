/*
 * One writer, many readers, no lock.
 *
 * The writer numbers its publications; number n goes to slot n % 2, so that it never writes the slot that is current:
 *
 *     begun = n;               (1)
 *     release fence            (2)
 *     words of slot n % 2      (3) relaxed
 *     current = n;             (4) release
 *
 * A reader copies the current slot and then asks whether the writer has come back to it meanwhile:
 *
 *     n = current;             (5) acquire
 *     words of slot n % 2      (6) relaxed
 *     acquire fence            (7)
 *     good if begun <= n + 1   (8) relaxed
 *
 * Why a good copy is whole: (4) and (5) pair, so the reader sees at least every word of publication n. The only other
 * thing it can see is a word of n + 2 or later. But then the fences (2) and (7) pair, by that word, and (8) sees begun
 * >= n + 2. No order beyond that is asked of the processor: this holds on x86, where all of it is plain moves, and on
 * weaker machines. Nothing but atomics is shared, so a disturbed copy is no data race either.
 *
 * Why a reader never waits for a writer: a copy fails only when two publications were begun while it was made, so the
 * writer lives. One that dies at any point leaves begun <= current + 1 for good, and every later copy of the current
 * slot succeeds at the first attempt. What is left is a file that somebody scribbles on; for that the number of
 * attempts is bounded.
 */
#include "session/vm_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/vm_page_layout.h"
#include "util/file.h"

enum {
    ATTEMPTS = 1000
};

struct vm_page {
    struct file_map map;
    struct vm_page_file *file; /* in `map` */
};

bool vm_state_is_active(enum vm_state state)
{
    return state == VM_RUNNING || state == VM_PAUSED;
}

bool vm_state_is_off(enum vm_state state)
{
    return state == VM_TURNED_OFF || state == VM_SAVED;
}

bool vm_state_needs_supervisor(enum vm_state state)
{
    return state != VM_INVALID && !vm_state_is_off(state);
}

static bool check_file(const struct file_map *map, const char *path, struct vpc_error *err)
{
    const struct vm_page_file *file = map->data;
    if (map->size < offsetof(struct vm_page_file, begun) || file->magic != VM_PAGE_MAGIC)
        return vpc_fail(err, VPC_CORRUPT, "'%s' is not a VM page", path);
    if (file->version != VM_PAGE_VERSION)
        return vpc_fail(err, VPC_NOT_SUPPORTED, "VM page '%s' has version %u, not %d", path, (unsigned)file->version,
                        VM_PAGE_VERSION);
    if (map->size != sizeof *file || file->size != sizeof *file)
        return vpc_fail(err, VPC_CORRUPT, "VM page '%s' has %zu bytes, not %zu", path, map->size, sizeof *file);
    return true;
}

static bool open_page(struct vm_page **page, const char *path, bool writable, struct vpc_error *err)
{
    *page = NULL;
    struct vm_page *opened = calloc(1, sizeof *opened);
    if (!opened)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "out of memory for VM page '%s'", path);
    if (!file_map_open(&opened->map, path, writable, err)) {
        free(opened);
        return false;
    }
    if (!check_file(&opened->map, path, err)) {
        file_map_close(&opened->map);
        free(opened);
        return false;
    }
    opened->file = opened->map.data;
    *page = opened;
    return true;
}

/* A page of a VM that was never on, put in the place of whatever is there. It gets its name only when it is complete.
 */
static bool make_file(const char *path, struct vpc_error *err)
{
    struct vm_page_file file;
    memset(&file, 0, sizeof file);
    file.magic = VM_PAGE_MAGIC;
    file.version = VM_PAGE_VERSION;
    file.size = sizeof file;
    /* `state` is the low half of the first word, of the head as of the body. */
    atomic_store_explicit(&file.slots[0].head[0], VM_TURNED_OFF, memory_order_relaxed);
    atomic_store_explicit(&file.slots[0].words[0], VM_TURNED_OFF, memory_order_relaxed);
    return file_replace(path, &file, sizeof file, err);
}

bool vm_page_create(struct vm_page **page, const char *path, struct vpc_error *err)
{
    if (open_page(page, path, true, err))
        return true;
    /* One that only cannot be read now may be that of a VM that is on. */
    if (err->cause != VPC_FILE_NOT_FOUND && err->cause != VPC_CORRUPT && err->cause != VPC_NOT_SUPPORTED)
        return false;
    return make_file(path, err) && open_page(page, path, true, err);
}

bool vm_page_open(struct vm_page **page, const char *path, struct vpc_error *err)
{
    if (open_page(page, path, false, err))
        return true;
    if (err->cause == VPC_PATH_NOT_FOUND)
        err->cause = VPC_FILE_NOT_FOUND; /* the run folder comes with the first start */
    return false;
}

void vm_page_close(struct vm_page *page)
{
    if (!page)
        return;
    file_map_close(&page->map);
    free(page);
}

static void store_words(_Atomic uintptr_t *to, const void *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uintptr_t word;
        memcpy(&word, (const char *)from + i * sizeof word, sizeof word);
        atomic_store_explicit(&to[i], word, memory_order_relaxed);
    }
}

static void load_words(const _Atomic uintptr_t *from, void *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uintptr_t word = atomic_load_explicit(&from[i], memory_order_relaxed);
        memcpy((char *)to + i * sizeof word, &word, sizeof word);
    }
}

static void add_to_total(struct vm_page_head *head, enum vm_page_total which, uint64_t number)
{
    const struct u96 total = {head->totals[which].low, (uint32_t)head->totals[which].high};
    const struct u96 sum = u96_add(total, number);
    head->totals[which].low = sum.low;
    head->totals[which].high = sum.high;
}

static void make_head(struct vm_page_head *head, const struct vm_page_body *body)
{
    *head = (struct vm_page_head){.state = body->state, .sampled = body->sampled};
    for (size_t i = 0; i < ACCOUNTING_MAX_ADAPTERS; i++) {
        const struct vm_page_adapter *adapter = &body->adapters[i];
        if (!adapter->present)
            continue;
        add_to_total(head, VM_PAGE_BYTES_SENT, adapter->bytes_sent);
        add_to_total(head, VM_PAGE_BYTES_RECEIVED, adapter->bytes_received);
        add_to_total(head, VM_PAGE_PACKETS_SENT, adapter->packets_sent);
        add_to_total(head, VM_PAGE_PACKETS_RECEIVED, adapter->packets_received);
    }
    for (size_t i = 0; i < ACCOUNTING_MAX_DRIVES; i++) {
        const struct vm_page_drive *drive = &body->drives[i];
        if (!drive->present)
            continue;
        add_to_total(head, VM_PAGE_BYTES_READ, drive->bytes_read);
        add_to_total(head, VM_PAGE_BYTES_WRITTEN, drive->bytes_written);
    }
}

void vm_page_publish(struct vm_page *page, const struct vm_page_body *body)
{
    struct vm_page_file *file = page->file;
    const uint32_t number = atomic_load_explicit(&file->current, memory_order_relaxed) + 1;
    struct vm_page_slot *slot = &file->slots[number % 2];
    struct vm_page_head head;

    make_head(&head, body);
    atomic_store_explicit(&file->begun, number, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    store_words(slot->head, &head, VM_PAGE_HEAD_WORDS);
    store_words(slot->words, body, VM_PAGE_BODY_WORDS);
    atomic_store_explicit(&file->current, number, memory_order_release);
}

void vm_page_beat(struct vm_page *page, uint64_t now_ms)
{
    struct vm_page_file *file = page->file;
    const uint32_t high = (uint32_t)(now_ms >> 32);
    atomic_store_explicit(&file->beat_high_first, high, memory_order_relaxed);
    atomic_store_explicit(&file->beat_low, (uint32_t)now_ms, memory_order_release);
    atomic_store_explicit(&file->beat_high_last, high, memory_order_release);
}

uint64_t vm_page_last_beat(const struct vm_page *page)
{
    const struct vm_page_file *file = page->file;
    uint32_t high_first = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        const uint32_t high_last = atomic_load_explicit(&file->beat_high_last, memory_order_acquire);
        const uint32_t low = atomic_load_explicit(&file->beat_low, memory_order_acquire);
        high_first = atomic_load_explicit(&file->beat_high_first, memory_order_relaxed);
        if (high_first == high_last)
            return (uint64_t)high_first << 32 | low;
    }
    /* The writer died between the halves. It wrote the upper one of its last beat; without the lower one that beat was
     * no earlier than this. */
    return (uint64_t)high_first << 32;
}

/* Steps (5) and (6): where the current publication lies. Step (7) and (8): whether it was still there after the copy.
 */
static const struct vm_page_slot *current_slot(const struct vm_page_file *file, uint32_t *number)
{
    *number = atomic_load_explicit(&file->current, memory_order_acquire);
    return &file->slots[*number % 2];
}

static bool copy_is_good(const struct vm_page_file *file, uint32_t number)
{
    atomic_thread_fence(memory_order_acquire);
    /* The numbers may wrap; begun lies at most one before or two behind. */
    return atomic_load_explicit(&file->begun, memory_order_relaxed) - number <= 1;
}

/* One field of 64 bits at an offset into the body. */
static inline uint64_t load_64(const _Atomic uintptr_t *words, size_t offset)
{
    const _Atomic uintptr_t *at = words + offset / sizeof(uintptr_t);
#if UINTPTR_MAX > UINT32_MAX
    return atomic_load_explicit(at, memory_order_relaxed);
#else
    const uint64_t low = atomic_load_explicit(at, memory_order_relaxed);
    return (uint64_t)atomic_load_explicit(at + 1, memory_order_relaxed) << 32 | low;
#endif
}

static inline struct u96 load_total(const _Atomic uintptr_t *head, size_t which)
{
    const size_t at = offsetof(struct vm_page_head, totals) + which * sizeof(((struct vm_page_head *)0)->totals[0]);
    return (struct u96){load_64(head, at), (uint32_t)load_64(head, at + sizeof(uint64_t))};
}

static uint32_t checked_state(uint32_t state)
{
    return state <= VM_DELETING ? state : VM_INVALID;
}

static uint32_t at_most(uint32_t number, uint32_t limit)
{
    return number < limit ? number : limit;
}

static uint32_t checked_percent(uint32_t percent)
{
    return percent == VM_PAGE_CPU_UNKNOWN ? percent : at_most(percent, 100);
}

static void make_history_safe(uint8_t history[64])
{
    for (size_t i = 0; i < 64; i++)
        history[i] = history[i] < 100 ? history[i] : 100;
}

static uint32_t checked_result(uint32_t result)
{
    switch ((enum vm_task_result)result) {
    case VM_TASK_SUCCESS:
    case VM_TASK_CANCELLED:
    case VM_TASK_UNEXPECTED_ERROR:
    case VM_TASK_OUT_OF_MEMORY:
    case VM_TASK_DISK_ERROR:
    case VM_TASK_INCOMPATIBLE_SAVED_STATE:
    case VM_TASK_TIMED_OUT:
    case VM_TASK_ILLEGAL_VALUE:
    case VM_TASK_SHUTDOWN_ABORTED:
        return result;
    }
    return VM_TASK_UNEXPECTED_ERROR;
}

/* Copies a history as it is; false when a byte of it is over 100. Said of whole words while they are at hand: to look
 * at the bytes later, the processor would have to wait for what it has just stored. */
static bool load_history(const _Atomic uintptr_t *from, uint8_t history[64])
{
    const uintptr_t each = UINTPTR_MAX / 0xff, top = each * 0x80, rest = each * 0x7f;
    uintptr_t over = 0;
    for (size_t i = 0; i < 64 / sizeof over; i++) {
        const uintptr_t word = atomic_load_explicit(&from[i], memory_order_relaxed);
        over |= word | ((word & rest) + each * (0x7f - 100)); /* the top bit of each byte that is over 100 */
        /* analyse-allow analyzer-use-of-uninitialized-value: it does not know atomic loads */
        memcpy(history + i * sizeof word, &word, sizeof word);
    }
    return (over & top) == 0;
}

/* What callers may rely on, whatever the file holds: states and results that exist, percents, texts that end. Outcomes
 * are many, so vm_page_find_task looks at the one that it gives. */
static void make_safe(struct vm_page_body *body)
{
    body->state = checked_state(body->state);
    body->goes_on_as = checked_state((uint32_t)body->goes_on_as);
    body->cpu_percent = checked_percent(body->cpu_percent);
    make_history_safe(body->cpu_history);
    for (int i = 0; i < VM_PAGE_TASKS; i++) {
        struct vm_page_task *task = &body->tasks[i];
        task->percent = at_most(task->percent, 100);
        task->complete = task->complete != 0;
        task->result = checked_result(task->result);
        task->text[sizeof task->text - 1] = '\0';
    }
    body->control[sizeof body->control - 1] = '\0';
    body->fault[sizeof body->fault - 1] = '\0';
    body->engine_state[sizeof body->engine_state - 1] = '\0';
}

void vm_page_read(const struct vm_page *page, struct vm_page_body *body)
{
    const struct vm_page_file *file = page->file;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t number;
        const _Atomic uintptr_t *words = current_slot(file, &number)->words;
        load_words(words, body, VM_PAGE_BODY_WORDS);
        if (copy_is_good(file, number)) {
            make_safe(body);
            return;
        }
    }
    static const char fault[] = "the page of this VM changes without a pause: it is damaged";
    memset(body, 0, sizeof *body);
    memcpy(body->fault, fault, sizeof fault);
}

static void row_of_outcome(const struct vm_page_outcome *outcome, struct vm_page_task *row)
{
    *row = (struct vm_page_task){.id = outcome->id,
                                 .percent = at_most(outcome->percent, 100),
                                 .complete = 1,
                                 .result = checked_result(outcome->result),
                                 .cause = outcome->cause};
    if (outcome->cause != 0)
        snprintf(row->text, sizeof row->text,
                 "it ended with the error '%s'; its text is not kept over %d later tasks of the VM",
                 vpc_cause_name((enum vpc_cause)outcome->cause), VM_PAGE_TASKS);
}

bool vm_page_find_task(const struct vm_page_body *body, uint32_t id, struct vm_page_task *row)
{
    if (id == 0)
        return false;
    for (int i = 0; i < VM_PAGE_TASKS; i++)
        if (body->tasks[i].id == id) {
            *row = body->tasks[i];
            return true;
        }
    for (int i = 0; i < VM_PAGE_OUTCOMES; i++)
        if (body->outcomes[i].id == id) {
            row_of_outcome(&body->outcomes[i], row);
            return true;
        }
    return false;
}

void vm_page_read_total(const struct vm_page *page, enum vm_page_total which, struct vm_page_totals *totals)
{
    const struct vm_page_file *file = page->file;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t number;
        const _Atomic uintptr_t *head = current_slot(file, &number)->head;
        const uint64_t state_and_sampled = load_64(head, 0);
        const struct u96 total = load_total(head, which);
        if (copy_is_good(file, number)) {
            totals->state = checked_state((uint32_t)state_and_sampled);
            totals->sampled = (uint32_t)(state_and_sampled >> 32);
            totals->total = total;
            return;
        }
    }
    *totals = (struct vm_page_totals){.state = VM_INVALID};
}

void vm_page_read_instant(const struct vm_page *page, struct vm_page_instant *instant)
{
    /* The two pieces of the body that are read: up to the adapters, and the history. */
    enum {
        FIRST_WORDS = offsetof(struct vm_page_body, adapters) / sizeof(uintptr_t),
        HISTORY = offsetof(struct vm_page_body, cpu_history) / sizeof(uintptr_t)
    };
    static_assert(offsetof(struct vm_page_instant, cpu_history) == offsetof(struct vm_page_body, adapters),
                  "an instant begins as a body does");
    static_assert(sizeof instant->cpu_history == 64, "so many bytes are loaded");
    const struct vm_page_file *file = page->file;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t number;
        const struct vm_page_slot *slot = current_slot(file, &number);
        load_words(slot->words, instant, FIRST_WORDS);
        const bool safe = load_history(slot->words + HISTORY, instant->cpu_history);
        for (size_t i = 0; i < VM_PAGE_TOTALS; i++)
            instant->totals[i] = load_total(slot->head, i);
        if (!copy_is_good(file, number))
            continue;
        instant->state = checked_state(instant->state);
        instant->cpu_percent = checked_percent(instant->cpu_percent);
        if (!safe)
            make_history_safe(instant->cpu_history);
        return;
    }
    memset(instant, 0, sizeof *instant);
}

enum vm_state vm_page_read_state(const struct vm_page *page)
{
    const struct vm_page_file *file = page->file;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t number;
        const _Atomic uintptr_t *words = current_slot(file, &number)->words;
        const uint32_t state = (uint32_t)atomic_load_explicit(&words[0], memory_order_relaxed);
        if (copy_is_good(file, number))
            return (enum vm_state)checked_state(state);
    }
    return VM_INVALID;
}

uint64_t vm_page_read_event_count(const struct vm_page *page)
{
    const struct vm_page_file *file = page->file;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t number;
        const _Atomic uintptr_t *words = current_slot(file, &number)->words;
        const uint64_t count = load_64(words, offsetof(struct vm_page_body, event_count));
        if (copy_is_good(file, number))
            return count;
    }
    return 0;
}
