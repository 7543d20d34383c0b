/*
 * The accountant of one VM: all counters, the epoch they belong to, processor history. Pure arithmetic: no clock, no
 * file, no thread. The supervisor owns one, feeds it samples and copies its figures to the VM page.
 */
#ifndef VPC_ACCOUNTING_ACCOUNTANT_H
#define VPC_ACCOUNTING_ACCOUNTANT_H

#include "accounting/counter.h"

enum {
    ACCOUNTING_MAX_ADAPTERS = 8,
    ACCOUNTING_MAX_DRIVES = 8,
    ACCOUNTING_HISTORY = 60, /* seconds of processor history */
    ENGINE_MEMORY_WORDS = 64
};

/* Why an epoch opened. The numbers stand in the VM page and in the ledger: never renumber. */
enum epoch_cause {
    EPOCH_NONE = 0,
    EPOCH_POWER_ON = 1,
    EPOCH_RESET = 2, /* IVMVirtualMachine.Reset or another reset from outside */
    EPOCH_GUEST_REBOOT = 3,
    EPOCH_RESTORE = 4 /* from saved state */
};

/* Numbers that a source shows: an adapter's or a drive's. Direction is the guest's. */
struct adapter_reading {
    bool known; /* false: this adapter has no source now (not: it could not be read; then there is no sample) */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t packets_sent;
    uint64_t packets_received;
};

struct drive_reading {
    bool known; /* false: no source now. The same drive may return, and goes on then. */
    uint64_t bytes_read;
    uint64_t bytes_written;
    uint64_t reads;
    uint64_t writes;
    bool renewed; /* since the last sample the source of old has gone for good: what is there now has begun at zero */
};

/* One sample of an engine: every source at one instant. Slot n is adapter n (drive n) of the configuration, for the
 * whole session. */
struct engine_sample {
    struct adapter_reading adapters[ACCOUNTING_MAX_ADAPTERS];
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];
    uint64_t cpu_time_us; /* processor time that the VM has used since it started */
    bool cpu_known;
    uint64_t memory[ENGINE_MEMORY_WORDS]; /* what the engine wants back after its supervisor was lost; opaque to all
                                             others */
};

struct adapter_counters {
    bool present; /* had a source in this session */
    struct counter bytes_sent, bytes_received, packets_sent, packets_received;
};

struct drive_counters {
    bool present;
    struct counter bytes_read, bytes_written, reads, writes;
};

struct accountant {
    uint64_t epoch; /* 1, 2, ... over the life of the VM; 0 before the first */
    enum epoch_cause epoch_cause;
    int64_t epoch_start_utc_ms;
    uint64_t epoch_start_monotonic_ms;
    struct adapter_counters adapters[ACCOUNTING_MAX_ADAPTERS];
    struct drive_counters drives[ACCOUNTING_MAX_DRIVES];
    uint8_t cpu_history[ACCOUNTING_HISTORY]; /* percent, oldest first */
    uint8_t cpu_seconds;                     /* so many of them, at the end, are of this session */
    uint8_t cpu_percent;
    bool cpu_unknown; /* neither percent nor history says how it stands */
    uint64_t cpu_last_us, cpu_last_wall_us;
    bool cpu_started;
};

/* Opens an epoch: all counters zero from their latest reading on, in one step. `number` is the epoch's number. */
void accountant_open_epoch(struct accountant *accountant, uint64_t number, enum epoch_cause cause, int64_t utc_ms,
                           uint64_t monotonic_ms);

/* The sources as they stand before the guest runs: their numbers count as zero (a persistent TAP device does not start
 * at zero). Call before the first accountant_open_epoch of a session. */
void accountant_start(struct accountant *accountant, const struct engine_sample *first);

/* Takes a sample: the counters follow; those of sources that appear only now are attached at zero (a drive that is
 * plugged in starts there, so all that it shows counts), those of sources that vanish are kept. An adapter's source
 * that appears again is another one; a drive's is the same, unless it is said to be renewed. */
void accountant_take(struct accountant *accountant, const struct engine_sample *sample);

/* Once a second: processor use since the last call, in percent of one host processor (0 to 100), into the history. The
 * first call of a session only sets the point to measure from; a call that comes seconds late fills as many places. */
void accountant_take_cpu(struct accountant *accountant, uint64_t cpu_time_us, uint64_t wall_us);

/* Processor time could not be read: its use is not known until it is measured again. */
void accountant_lose_cpu(struct accountant *accountant);

#endif
