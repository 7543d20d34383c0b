/*
 * The VM page: one small mapped file per VM, written by its supervisor, read by every client without a system call.
 *
 * The file holds a header, a heartbeat and two slots. The writer fills the slot that is not current and then makes it
 * current with one store, so a reader sees all of the old or all of the new, and a writer that dies in the middle
 * leaves the last complete state readable. All fields have fixed widths, there are no pointers, and 32- and 64-bit
 * readers share it. The file stays when the VM is off: it says how the last session ended, and readers that have it
 * mapped see the next session begin.
 *
 * One writer (whoever holds the lock file beside the page), any number of readers in any thread.
 */
#ifndef VPC_SESSION_VM_PAGE_H
#define VPC_SESSION_VM_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "accounting/accountant.h"
#include "util/error.h"

/* Names in a VM's run folder. */
#define VM_PAGE_FILE    "vm.page"
#define VM_LOCK_FILE    "supervisor.lock"
#define VM_LOG_FILE     "supervisor.log"
#define VM_PENDING_FILE "usage.pending"

enum {
    VM_PAGE_LIFETIME_FIGURES = 8,
    VM_PAGE_VERSION = 6,
    VM_PAGE_TASKS = 8,
    VM_PAGE_OUTCOMES = 248, /* with those tasks 256, and no memory page more than without */
    VM_PAGE_EVENTS = 510,
    VM_PAGE_STALE_MS = 1000 /* a heartbeat older than this asks for a closer look */
};

#define VM_PAGE_CPU_UNKNOWN UINT32_MAX

/* The numbers of VMVMState. */
enum vm_state {
    VM_INVALID = 0,
    VM_TURNED_OFF = 1,
    VM_SAVED = 2,
    VM_TURNING_ON = 3,
    VM_RESTORING = 4,
    VM_RUNNING = 5,
    VM_PAUSED = 6,
    VM_SAVING = 7,
    VM_TURNING_OFF = 8,
    VM_MERGING_DRIVES = 9,
    VM_DELETING = 10
};

/* True while the figures count: Running or Paused. */
bool vm_state_is_active(enum vm_state state);
/* True for TurnedOff and Saved: no supervisor is needed. */
bool vm_state_is_off(enum vm_state state);

/* True for a state that only a living supervisor may show. */
bool vm_state_needs_supervisor(enum vm_state state);

enum vm_task_kind {
    VM_TASK_STARTUP = 1,
    VM_TASK_TURN_OFF = 2,
    VM_TASK_RESET = 3,
    VM_TASK_SAVE = 4,
    VM_TASK_RESTORE = 5,
    VM_TASK_SHUTDOWN = 6
};

/* The numbers of VMTaskResult that a VM's task can have. */
enum vm_task_result {
    VM_TASK_SUCCESS = 0,
    VM_TASK_CANCELLED = 1,
    VM_TASK_UNEXPECTED_ERROR = 2,
    VM_TASK_OUT_OF_MEMORY = 3,
    VM_TASK_DISK_ERROR = 4,
    VM_TASK_INCOMPATIBLE_SAVED_STATE = 5,
    VM_TASK_TIMED_OUT = 6,
    VM_TASK_ILLEGAL_VALUE = 7,
    VM_TASK_SHUTDOWN_ABORTED = 9
};

/* One operation. Its row goes to the eighth task after it; what is left of it then is struct vm_page_outcome. */
struct vm_page_task {
    uint32_t id;       /* unique over all VMs and sessions as far as 31 random bits go; 0: row unused */
    uint32_t kind;     /* enum vm_task_kind */
    uint32_t percent;  /* 0 to 100 */
    uint32_t complete; /* 0 or 1 */
    uint32_t result;   /* enum vm_task_result; meaningful once complete */
    uint32_t cause;    /* enum vpc_cause; 0 without an error */
    char text[488];    /* error text, UTF-8 */
};

/* How a task ended that has no row any more; for vm_page_find_task, which checks it. */
struct vm_page_outcome {
    uint32_t id;     /* 0: unused */
    uint16_t cause;  /* enum vpc_cause; 0 without an error */
    uint8_t result;  /* enum vm_task_result */
    uint8_t percent; /* 0 to 100 */
};

/* What happens to a VM, by the numbers of VMVirtualMachineEvents. */
enum vm_event_kind {
    VM_EVENT_STATE = 1, /* value: the new state */
    VM_EVENT_REQUEST_SHUTDOWN = 2,
    VM_EVENT_RESET = 3,
    VM_EVENT_TRIPLE_FAULT = 4,
    VM_EVENT_GUEST_SHUTDOWN = 10,
    VM_EVENT_DISK_OUT_OF_SPACE = 12 /* value: 1 when critically low */
};

struct vm_page_event {
    uint16_t kind;   /* enum vm_event_kind */
    uint16_t logged; /* 0: nothing; else 1 + the VMEventType of the message that tells of it in the log of the host */
    uint32_t value;
};

struct vm_page_adapter {
    uint64_t present;
    uint64_t bytes_sent, bytes_received, packets_sent, packets_received; /* of this epoch */
    struct counter counters[4];                                          /* the same four, for the next supervisor */
};

struct vm_page_drive {
    uint64_t present;
    uint64_t bytes_read, bytes_written, reads, writes;
    struct counter counters[4];
};

/* An unsigned number of 96 bits. */
struct vm_page_wide {
    uint64_t low, high;
};

/* What the VM has used in all epochs before the present one, by the usage ledger. */
struct vm_page_lifetime {
    uint64_t known; /* 0: the ledger was not read yet, or cannot be read */
    uint64_t up_ms;
    struct vm_page_wide figures[VM_PAGE_LIFETIME_FIGURES]; /* enum ledger_figure */
    uint64_t ended_up_ms; /* how long the present epoch has lasted, once the VM is off; it has no part in up_ms */
    uint64_t reserved[4];
};

/* What one slot holds: everything of one instant. */
struct vm_page_body {
    uint32_t state;   /* enum vm_state */
    uint32_t sampled; /* 0: a source could not be read; `fault` says which */
    uint64_t epoch;
    uint32_t epoch_cause; /* enum epoch_cause */
    uint32_t cpu_percent; /* 0 to 100, or VM_PAGE_CPU_UNKNOWN: processor time cannot be read */
    int64_t epoch_start_utc_ms;
    uint64_t epoch_start_monotonic_ms;
    uint64_t sample_monotonic_ms; /* when the figures were taken */
    uint64_t session_start_monotonic_ms;
    struct vm_page_adapter adapters[ACCOUNTING_MAX_ADAPTERS];
    struct vm_page_drive drives[ACCOUNTING_MAX_DRIVES];
    uint8_t cpu_history[64]; /* the first ACCOUNTING_HISTORY count, oldest first */
    struct vm_page_task tasks[VM_PAGE_TASKS];
    char control[128]; /* name of the control pipe, UTF-8 */
    char fault[256];   /* why the figures cannot be given */
    uint64_t supervisor_pid;
    /* For the supervisor that takes over when this one is lost. */
    uint64_t engine_memory[ENGINE_MEMORY_WORDS];
    char engine_state[512]; /* text of the engine's own: process id, port, nonce */
    /* The latest events, over the ends of sessions: number n, counted from 1, lies in events[(n - 1) % VM_PAGE_EVENTS].
     * A reader that knows the number of the last one it has seen misses none, whoever wrote them. */
    uint64_t event_count;
    uint64_t session_first_event; /* number of the first event of this session */
    struct vm_page_event events[VM_PAGE_EVENTS];
    struct vm_page_lifetime lifetime;
    /* enum vm_state of the guest if nobody ends the save or restore that is under way; in a restore 0 until it is let
     * run */
    uint64_t goes_on_as;
    struct vm_page_outcome outcomes[VM_PAGE_OUTCOMES]; /* of the tasks before those above, oldest first */
};

struct vm_page;

/* For the writer: opens the file if it is a page of this version, makes it anew otherwise. */
bool vm_page_create(struct vm_page **page, const char *path, struct vpc_error *err);

/* For readers. VPC_FILE_NOT_FOUND: this VM was never started; VPC_CORRUPT: not a page; VPC_NOT_SUPPORTED: of another
 * version. */
bool vm_page_open(struct vm_page **page, const char *path, struct vpc_error *err);
void vm_page_close(struct vm_page *page);

/* Shows a new body (copied) in one step. Writer only. */
void vm_page_publish(struct vm_page *page, const struct vm_page_body *body);

/* Writer only: says "I am alive" at this clock_monotonic_ms(). 0: the supervisor has ended in good order. */
void vm_page_beat(struct vm_page *page, uint64_t now_ms);

/* The latest beat; 0 when the supervisor has ended in good order. */
uint64_t vm_page_last_beat(const struct vm_page *page);

/* Copies the current body. No system call, no lock. */
void vm_page_read(const struct vm_page *page, struct vm_page_body *body);

/* *row (out): the task of that id; its text, if it has none any more, says so. False when the body does not know it. */
bool vm_page_find_task(const struct vm_page_body *body, uint32_t id, struct vm_page_task *row);

/* The part of it that a counter of one kind needs: state, sampled and the totals over all adapters or drives. No system
 * call, no lock. */
struct vm_page_totals {
    uint32_t state;
    uint32_t sampled;
    struct u96 total;
};

enum vm_page_total {
    VM_PAGE_BYTES_SENT,
    VM_PAGE_BYTES_RECEIVED,
    VM_PAGE_PACKETS_SENT,
    VM_PAGE_PACKETS_RECEIVED,
    VM_PAGE_BYTES_READ,
    VM_PAGE_BYTES_WRITTEN
};

enum {
    VM_PAGE_TOTALS = 6
};

void vm_page_read_total(const struct vm_page *page, enum vm_page_total which, struct vm_page_totals *totals);

/* What a snapshot shows: the first fields of a body, the history, and all totals. All zero when the page is damaged. No
 * system call, no lock. */
struct vm_page_instant {
    uint32_t state;
    uint32_t sampled;
    uint64_t epoch;
    uint32_t epoch_cause;
    uint32_t cpu_percent;
    int64_t epoch_start_utc_ms;
    uint64_t epoch_start_monotonic_ms;
    uint64_t sample_monotonic_ms;
    uint64_t session_start_monotonic_ms;
    uint8_t cpu_history[64];
    struct u96 totals[VM_PAGE_TOTALS]; /* by enum vm_page_total */
};

void vm_page_read_instant(const struct vm_page *page, struct vm_page_instant *instant);

/* Only the number of events. No system call, no lock; 0 when it cannot be read. */
uint64_t vm_page_read_event_count(const struct vm_page *page);

/* Only the state. */
enum vm_state vm_page_read_state(const struct vm_page *page);

#endif
