/*
 * The QEMU engine's VM, for the engine's own files:
 *   qemu_engine.c    the calls of engine.h, start and connection
 *   qemu_adopt.c     taking over from a lost supervisor
 *   qemu_counting.c  samples
 *   qemu_networks.c  internal network and adapters of the host
 *   qemu_guest.c     what QEMU says of the guest: resets, stop and go
 *   qemu_save.c      saving: the stream of a migration into a file
 *   qemu_restore.c   and back
 *   qemu_end.c       the end of the session, and the timer that watches for it
 */
#ifndef VPC_ENGINE_QEMU_QEMU_VM_H
#define VPC_ENGINE_QEMU_QEMU_VM_H

#include <assert.h>
#include "engine/engine.h"
#include "engine/qemu/dump_counter.h"
#include "engine/qemu/internal_network.h"
#include "engine/qemu/qemu_process.h"
#include "engine/qemu/qemu_watch.h"
#include "engine/qemu/qmp_door.h"
#include "engine/qemu/reset_filter.h"
#include "util/host_adapter.h"

enum {
    QEMU_RESETS = 16,    /* RESET events that wait for the drives' counters */
    QEMU_ROTATE_MS = 100 /* how often captures are looked at */
};

enum qemu_state {
    STATE_NEW,
    STATE_STARTING,  /* QEMU has not connected yet */
    STATE_PREPARING, /* counters and first sample */
    STATE_ADOPTING,  /* another supervisor's QEMU: what it counts by, and how the guest stands */
    STATE_LIVE,
    STATE_ENDING, /* QEMU should go, or is being watched going */
    STATE_OVER
};

/* A RESET event whose verdict waits for an answer. */
struct reset_event {
    bool by_guest;
    int64_t time_us;
};

struct qemu_save;
struct qemu_restore;

struct engine_vm {
    struct engine_base base;
    uv_loop_t *loop;
    const struct machine_config *config;
    char *run_folder;
    const struct engine_events *events;
    void *context;

    enum qemu_state state;
    uv_timer_t timer;
    uint64_t deadline_ms;
    struct qemu_process *process;
    struct qemu_watch *watch; /* NULL where its end cannot be waited for: then the timer looks */
    bool process_ended;       /* as that has told */
    unsigned ended_ticks;     /* of the timer since then, while connected */
    struct qmp_door *door;
    struct qmp_client *client;
    char nonce[37];
    char *socket; /* where the door is, NULL: at the port, */
    uint16_t port;
    struct monitor_key key; /* and this opens it */
    char state_text[512];

    struct dump_counter *counters[MACHINE_MAX_ADAPTERS][2];         /* by index in the configuration, by direction */
    size_t beginning;                                               /* counters that have not begun yet */
    struct host_adapter_traffic host_traffic[MACHINE_MAX_ADAPTERS]; /* by index, as last read */
    struct internal_network *internal;                              /* NULL without an adapter there */
    struct qemu_ports internal_ports[MACHINE_MAX_ADAPTERS];         /* by slot */
    struct drive_reading drives[ACCOUNTING_MAX_DRIVES];             /* as QEMU last said */
    struct vpc_error drives_error;
    bool drives_known;
    bool drives_renewed[ACCOUNTING_MAX_DRIVES]; /* the drive of old was unplugged since the last good sample */
    bool counted;                               /* the first sample was delivered */
    bool sampling;                              /* a sample was asked for and has not come */

    bool adopted;                         /* another supervisor has started it */
    uint64_t memory[ENGINE_MEMORY_WORDS]; /* of that supervisor */
    struct adopted_dumps *dumps;          /* what QEMU counts by, while that is being found out */
    bool giving_up;                       /* the save of that supervisor, and it is to be looked at again */

    bool guest_runs; /* as reported */
    struct reset_filter reset_filter;
    struct reset_event resets[QEMU_RESETS]; /* ring */
    size_t reset_first, reset_count;

    unsigned resets_asked; /* by engine_reset, not carried out yet */
    bool resetting;        /* one is being carried out */
    bool reset_was_running;
    bool reset_seen;
    bool pause_after; /* asked for meanwhile */
    bool pausing;     /* the guest stands, and the sample of that is being taken */

    struct qemu_save *save;       /* NULL: not being saved */
    struct qemu_restore *restore; /* until a restored guest runs, else NULL */

    enum engine_stop_reason reason;
    struct vpc_error failure;
    bool put_down; /* `failure` is why we ended QEMU ourselves */
    bool closing;
    unsigned closings; /* handles and parts that close */
    void (*closed)(void *context);
    void *closed_context;
};

/* Layout of the words that a sample carries for the next supervisor: which layout (0: none), four words for each
 * direction of each adapter, then what tells the firmware's echo of the latest reset. */
enum {
    QEMU_MEMORY_LAYOUT = 0,
    QEMU_MEMORY_THIS_LAYOUT = 2, /* in that word */
    QEMU_MEMORY_COUNTERS = 1,
    QEMU_MEMORY_RESET = QEMU_MEMORY_COUNTERS + 2 * MACHINE_MAX_ADAPTERS * DUMP_MEMORY_WORDS,
    QEMU_MEMORY_END = QEMU_MEMORY_RESET + 3
};
static_assert((int)QEMU_MEMORY_END <= (int)ENGINE_MEMORY_WORDS, "memory");

/* Makes the counters of the adapters, to be begun or adopted. */
bool qemu_vm_make_counters(struct engine_vm *vm, struct vpc_error *err);

/* Opens the door for `entered`, at the port (0: any) where the host has no better place; vm->port is then the one. */
bool qemu_vm_open_door(struct engine_vm *vm, uint16_t port,
                       void (*entered)(void *context, struct qmp_client *client, const json_t *objects),
                       struct vpc_error *err);

/* Makes the VM listen to the client that has come through the door. */
void qemu_vm_take_client(struct engine_vm *vm, struct qmp_client *client);

/* engine.h: adopt. */
bool qemu_vm_adopt(struct engine_vm *vm, const char *state, const uint64_t memory[ENGINE_MEMORY_WORDS],
                   struct vpc_error *err);

/* While it is adopted: looks whether a save that was cut short is over. */
void qemu_vm_adopt_watch(struct engine_vm *vm);

/* Lets go of vm->dumps, if there are any. */
void qemu_vm_forget_dumps(struct engine_vm *vm);

/* For an adopted QEMU that has ended before it came through the door: takes what it has left in its captures. */
void qemu_vm_adopt_rest(struct engine_vm *vm);

/* Reads the captures to their present end. False with the first reason why a figure is not known. */
bool qemu_vm_drain(struct engine_vm *vm, struct vpc_error *err);

/* Before the start: finds the adapters of the host and makes the ends of the internal network. */
bool qemu_vm_open_networks(struct engine_vm *vm, struct vpc_error *err);

/* For an adopted QEMU, whose ends are known: takes our side of them again. Until then no frame reaches another VM. */
void qemu_vm_reopen_networks(struct engine_vm *vm);

/* The ports of the internal network as words of engine.h: state, and back. The list is new. */
json_t *qemu_vm_network_words(const struct engine_vm *vm);
bool qemu_vm_read_network_words(struct engine_vm *vm, const json_t *words);

/* QEMU has connected: it is shown to the other VMs of the internal network. */
bool qemu_vm_join_networks(struct engine_vm *vm, struct vpc_error *err);

/* Reads the counters of the adapters of the host. False with the first that cannot be read. */
bool qemu_vm_read_host_adapters(struct engine_vm *vm, struct vpc_error *err);

/* Frames sent by all adapters, bytes moved by all drives, as of the last drain and answer. */
uint64_t qemu_vm_packets_sent(const struct engine_vm *vm);
uint64_t qemu_vm_disk_bytes(const struct engine_vm *vm);

/* Asks QEMU for the drives' counters; `reply` has the VM as context and hands the answer to qemu_vm_take_drives. */
void qemu_vm_ask_drives(struct engine_vm *vm, qmp_reply *reply);
void qemu_vm_take_drives(struct engine_vm *vm, const json_t *answer, const struct vpc_error *err);

/* Tells the filter of resets what has been done so far, as of the last drain and answer. */
void qemu_vm_see_figures(struct engine_vm *vm);

/* While it matters to that filter: asks which devices have addresses. */
void qemu_vm_ask_devices(struct engine_vm *vm);

/* QEMU has removed a device, so a drive that it was has counted its last. */
void qemu_vm_on_device_deleted(struct engine_vm *vm, const json_t *data);

/* Drains the captures and reports all counters; those of the drives are as QEMU last said. */
void qemu_vm_deliver_sample(struct engine_vm *vm);

/* Rotates the captures that have grown too long. */
void qemu_vm_rotate(struct engine_vm *vm);

/* Lets the timer look every so often: at captures while the VM is live, else at the process. */
void qemu_vm_watch(struct engine_vm *vm, uint64_t every_ms);

/* Waits for the end of the process, which has just been started or found. */
void qemu_vm_watch_process(struct engine_vm *vm);

/* The session ends when the process is gone; it is killed when it takes too long. */
void qemu_vm_wait_for_end(struct engine_vm *vm, enum engine_stop_reason reason);

/* Reads the last figures while the guest stands still, then lets QEMU go. */
void qemu_vm_quit(struct engine_vm *vm, enum engine_stop_reason reason);

/* QEMU cannot go on: `why` is what we know, its own last words are better. The second ends it, and keeps the reason. */
void qemu_vm_fail(struct engine_vm *vm, const struct vpc_error *why);
void qemu_vm_put_down(struct engine_vm *vm, const struct vpc_error *why);

/* Closes what is left on the loop, then frees the VM and says so. */
void qemu_vm_close_parts(struct engine_vm *vm);

/* Carries out the next reset that was asked for. */
void qemu_vm_begin_reset(struct engine_vm *vm);

/* Begins to save, once a reset that is under way is done. Ends in `failed`, or in `stopped`. */
bool qemu_vm_save(struct engine_vm *vm, const char *path, struct vpc_error *err);
/* The reset is done: a save that has waited goes on. */
void qemu_vm_save_go_on(struct engine_vm *vm);
/* True when nothing is migrated (any more), by what query-migrate says; NULL: it says nothing. */
bool qemu_migration_is_over(const char *status);
/* True while what QEMU says of stop and go is a step of saving. */
bool qemu_vm_is_saving(const struct engine_vm *vm);
/* Calls it off, until the file is being finished. VPC_STATE_CONFLICT: there is nothing to be called off any more. */
bool qemu_vm_save_cancel(struct engine_vm *vm, struct vpc_error *err);
/* Ends a QEMU that has not found its way back from a save long after that was called off. */
void qemu_vm_save_watch(struct engine_vm *vm);
/* Lets go of vm->save, which is not NULL. */
void qemu_vm_save_close(struct engine_vm *vm, void (*closed)(void *context), void *context);

/* Reads a saved state through. `ready` comes on the loop; from then on QEMU may be started for it. */
bool qemu_vm_restore(struct engine_vm *vm, const char *path,
                     void (*ready)(struct engine_vm *vm, const struct vpc_error *err), struct vpc_error *err);
/* Type of the machine that the saved state needs; NULL when there is none. */
const char *qemu_vm_restore_hardware(const struct engine_vm *vm);
/* Counters are in: gives QEMU the stream, then lets the guest run. */
void qemu_vm_restore_begin(struct engine_vm *vm);
/* True when a QEMU that has ended with these words has refused the saved state. */
bool qemu_vm_restore_is_refused(const struct engine_vm *vm, const char *last_words);
/* True once it was called off: QEMU is ended for that and nothing else. */
bool qemu_vm_restore_is_called_off(const struct engine_vm *vm);
/* Calls it off, until the guest may run. VPC_STATE_CONFLICT: there is nothing to be called off any more. */
bool qemu_vm_restore_cancel(struct engine_vm *vm, struct vpc_error *err);
/* Lets go of vm->restore, which is not NULL, and needs the VM no more. `closed` may be NULL. */
void qemu_vm_restore_close(struct engine_vm *vm, void (*closed)(void *context), void *context);

/* QEMU's events. */
void qemu_vm_on_reset_event(struct engine_vm *vm, bool by_guest, int64_t time_us);
void qemu_vm_on_resume_event(struct engine_vm *vm, int64_t time_us);
void qemu_vm_on_stop_event(struct engine_vm *vm);
void qemu_vm_on_block_error(struct engine_vm *vm, const json_t *data);
void qemu_vm_on_shutdown_event(struct engine_vm *vm, const json_t *data);

/* Reports a refusal of what was accepted. */
void qemu_vm_on_reply(void *context, const json_t *result, const struct vpc_error *err);

#endif
