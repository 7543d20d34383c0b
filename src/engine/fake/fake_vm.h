/* What the files of the fake engine share. */
#ifndef VPC_ENGINE_FAKE_FAKE_VM_H
#define VPC_ENGINE_FAKE_FAKE_VM_H

#include "engine/fake/fake.h"

enum fake_operation {
    FAKE_START,
    FAKE_RESET,
    FAKE_TURN_OFF,
    FAKE_PAUSE,
    FAKE_RESUME,
    FAKE_SAVE,
    FAKE_REBOOT, /* from here on by the guest, or by nobody */
    FAKE_POWER_OFF,
    FAKE_TRIPLE_FAULT,
    FAKE_DISK_FULL,
    FAKE_STAND,   /* after that, when it is held */
    FAKE_LET_RUN, /* after a restore, likewise */
    FAKE_CRASH,
    FAKE_OPERATIONS
};

enum fake_state {
    FAKE_NEW,      /* not started */
    FAKE_STARTING, /* the guest does not execute yet */
    FAKE_RUNNING,
    FAKE_PAUSED,
    FAKE_ENDED /* reported as stopped */
};

/* What a test has asked of one operation. */
struct fake_order {
    bool held;
    bool fails;           /* once */
    bool refused;         /* once */
    enum vpc_cause cause; /* of the failure */
    char text[256];
};

enum {
    FAKE_MAX_QUEUED = 16
};

struct engine_vm {
    struct engine_base base; /* first */
    uv_loop_t *loop;
    uv_timer_t tick;
    const struct engine_events *events;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
    bool closing;

    enum fake_state state;
    enum fake_operation queue[FAKE_MAX_QUEUED]; /* accepted, oldest first */
    size_t queued;
    bool sample_wanted;
    unsigned progress_wanted; /* percent to report; 0: none */
    char *path;               /* of the saved state to restore or to write; NULL: none */
    char *config_id;
    struct fake_order orders[FAKE_OPERATIONS];

    /* `known` is the plug; what is not in the configuration is never known. */
    struct adapter_reading adapters[ACCOUNTING_MAX_ADAPTERS];
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];
    bool has_adapter[ACCOUNTING_MAX_ADAPTERS];
    bool has_drive[ACCOUNTING_MAX_DRIVES];
    bool source_lost;
    char source_text[256];
    uint64_t cpu_percent;
    bool cpu_lost; /* processor time cannot be read */
    uint64_t cpu_time_us;
    uint64_t cpu_counted_ms; /* uv_now() up to which cpu_time_us is right */
};

/* Puts an operation at the end of the queue; it is carried out when the loop comes round. */
bool fake_enqueue(struct engine_vm *vm, enum fake_operation operation, struct vpc_error *err);

/* The queue may have something to do. */
void fake_wake(struct engine_vm *vm);

/* Brings cpu_time_us up to the loop's present time. */
void fake_count_cpu(struct engine_vm *vm);

/* Writes the saved state to vm->path; reports progress. */
bool fake_write_state(struct engine_vm *vm, struct vpc_error *err);
/* Reads the one at vm->path. */
bool fake_read_state(struct engine_vm *vm, struct vpc_error *err);

/* engine.command, and the commands of a file "fake.json" (a missing file is no command). */
bool fake_command(struct engine_vm *vm, const json_t *arguments, json_t **result, struct vpc_error *err);
bool fake_obey_file(struct engine_vm *vm, const char *path, struct vpc_error *err);

#endif
