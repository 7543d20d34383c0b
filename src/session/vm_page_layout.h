/*
 * The bytes of a VM page file: private to vm_page.c and to tests that damage pages.
 *
 * offset   0  magic, version, size of the file: written once, before the file gets its name
 *         64  begun, current: the numbers of the latest publication that was begun and of the latest that was completed
 *        128  the heartbeat
 *        192  two slots; publication n lies in slot n % 2: first the totals that are asked for most, then the body
 *
 * All shared memory is _Atomic. The slots are words of the reader's or writer's own width: which halves of a 64-bit
 * field a 32-bit program reads one after the other does not matter, as a copy that was disturbed is thrown away (see
 * vm_page.c).
 */
#ifndef VPC_SESSION_VM_PAGE_LAYOUT_H
#define VPC_SESSION_VM_PAGE_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include "session/vm_page.h"

/* "VPCPAGE" and a NUL, in the order of a little-endian machine. */
#define VM_PAGE_MAGIC UINT64_C(0x0045474150435056)

enum {
    VM_PAGE_BODY_SIZE = 14080,
    VM_PAGE_BODY_WORDS = VM_PAGE_BODY_SIZE / sizeof(uintptr_t)
};

/* What vm_page_read_total gives, added up by the writer: a reader finds it in a cache line or two. */
struct vm_page_head {
    uint32_t state, sampled;
    struct {
        uint64_t low, high;
    } totals[VM_PAGE_TOTALS]; /* by enum vm_page_total */
};

enum {
    VM_PAGE_HEAD_SIZE = 104,
    VM_PAGE_HEAD_WORDS = VM_PAGE_HEAD_SIZE / sizeof(uintptr_t)
};

struct vm_page_slot {
    _Alignas(64) _Atomic uintptr_t head[VM_PAGE_HEAD_WORDS];  /* struct vm_page_head */
    _Alignas(64) _Atomic uintptr_t words[VM_PAGE_BODY_WORDS]; /* struct vm_page_body */
};

struct vm_page_file {
    _Alignas(64) uint64_t magic;
    uint32_t version;
    uint32_t size;

    _Alignas(64) _Atomic uint32_t begun;
    _Atomic uint32_t current;

    /* Milliseconds in two halves, the upper one twice: no 32-bit program can load 64 bits at once from memory that it
     * may only read. */
    _Alignas(64) _Atomic uint32_t beat_high_first;
    _Atomic uint32_t beat_low;
    _Atomic uint32_t beat_high_last;

    _Alignas(64) struct vm_page_slot slots[2];
};

/* The file format may not depend on who compiles it. */
static_assert(sizeof(_Atomic uint32_t) == 4 && sizeof(_Atomic uintptr_t) == sizeof(uintptr_t),
              "atomics are plain words");
static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_POINTER_LOCK_FREE == 2, "atomics work between processes");

static_assert(sizeof(struct counter) == 24, "counter");
static_assert(sizeof(struct vm_page_adapter) == 136 && offsetof(struct vm_page_adapter, counters) == 40, "adapter");
static_assert(sizeof(struct vm_page_drive) == 136 && offsetof(struct vm_page_drive, counters) == 40, "drive");
static_assert(sizeof(struct vm_page_task) == 512 && offsetof(struct vm_page_task, text) == 24, "task");

static_assert(offsetof(struct vm_page_body, state) == 0 && offsetof(struct vm_page_body, sampled) == 4, "state");
static_assert(offsetof(struct vm_page_body, epoch) == 8 && offsetof(struct vm_page_body, epoch_cause) == 16, "epoch");
static_assert(offsetof(struct vm_page_body, cpu_percent) == 20, "cpu_percent");
static_assert(offsetof(struct vm_page_body, epoch_start_utc_ms) == 24, "epoch_start_utc_ms");
static_assert(offsetof(struct vm_page_body, epoch_start_monotonic_ms) == 32, "epoch_start_monotonic_ms");
static_assert(offsetof(struct vm_page_body, sample_monotonic_ms) == 40, "sample_monotonic_ms");
static_assert(offsetof(struct vm_page_body, session_start_monotonic_ms) == 48, "session_start_monotonic_ms");
static_assert(offsetof(struct vm_page_body, adapters) == 56, "adapters");
static_assert(offsetof(struct vm_page_body, drives) == 1144, "drives");
static_assert(offsetof(struct vm_page_body, cpu_history) == 2232, "cpu_history");
static_assert(offsetof(struct vm_page_body, tasks) == 2296, "tasks");
static_assert(offsetof(struct vm_page_body, control) == 6392, "control");
static_assert(offsetof(struct vm_page_body, fault) == 6520, "fault");
static_assert(offsetof(struct vm_page_body, supervisor_pid) == 6776, "supervisor_pid");
static_assert(offsetof(struct vm_page_body, engine_memory) == 6784, "engine_memory");
static_assert(offsetof(struct vm_page_body, engine_state) == 7296, "engine_state");
static_assert(offsetof(struct vm_page_body, event_count) == 7808, "event_count");
static_assert(offsetof(struct vm_page_body, session_first_event) == 7816, "session_first_event");
static_assert(offsetof(struct vm_page_body, events) == 7824 && sizeof(struct vm_page_event) == 8, "events");
static_assert(offsetof(struct vm_page_body, lifetime) == 11904 && sizeof(struct vm_page_lifetime) == 184, "lifetime");
static_assert(offsetof(struct vm_page_body, goes_on_as) == 12088, "goes_on_as");
static_assert(offsetof(struct vm_page_body, outcomes) == 12096 && sizeof(struct vm_page_outcome) == 8, "outcomes");
static_assert(sizeof(struct vm_page_body) == VM_PAGE_BODY_SIZE, "body");

static_assert(offsetof(struct vm_page_file, begun) == 64 && offsetof(struct vm_page_file, current) == 68, "numbers");
static_assert(offsetof(struct vm_page_file, beat_high_first) == 128, "heartbeat");
static_assert(sizeof(struct vm_page_head) == VM_PAGE_HEAD_SIZE && offsetof(struct vm_page_head, totals) == 8, "head");
static_assert(offsetof(struct vm_page_slot, words) == 128, "words");
static_assert(offsetof(struct vm_page_file, slots) == 192, "slots");
static_assert(sizeof(struct vm_page_file) == 192 + 2 * (128 + VM_PAGE_BODY_SIZE), "file");

#endif
