/*
 * What a hypervisor must offer.
 *
 * An engine runs one VM for one supervisor, on the supervisor's libuv loop: every function is called on the loop's thread, returns at once, and reports
 * through engine_events, on the same thread, never from inside the call. One engine is one `struct engine` with designated initialisers; a member that
 * is NULL is "not supported" and the front door (engine.c) answers VPC_NOT_SUPPORTED for it, checks states and arguments for all engines, and is what the
 * supervisor calls.
 *
 * Order of reports that the supervisor relies on:
 *   - the first `sampled` comes before `running`: the sources as they stand before the guest executes;
 *   - right before `reset` comes a `sampled` with everything that was counted up to the reset;
 *   - right before `stopped` comes a last `sampled`, as far as the sources can still be read.
 */
#ifndef VPC_ENGINE_ENGINE_H
#define VPC_ENGINE_ENGINE_H

#include <jansson.h>
#include <uv.h>
#include "accounting/accountant.h"
#include "config/machine_config.h"
#include "util/error.h"

enum engine_reset_by { ENGINE_RESET_BY_HOST, ENGINE_RESET_BY_GUEST, ENGINE_RESET_BY_TRIPLE_FAULT /* where an engine can tell */ };

enum engine_stop_reason {
    ENGINE_STOP_TURNED_OFF, /* engine_turn_off */
    ENGINE_STOP_BY_GUEST,   /* the guest powered off */
    ENGINE_STOP_SAVED,      /* engine_save has completed */
    ENGINE_STOP_FAILED      /* did not start, or died */
};

struct engine_events {
    /* A sample was taken (copied by the receiver). `err` is NULL, or says which source could not be read: then the figures are unknown, not zero. */
    void (*sampled)(void *context, const struct engine_sample *sample, const struct vpc_error *err);
    /* A restored guest is let run next, and from then on its disks are not those of the saved state any more. Before
     * `running`, after the first `sampled`; may be NULL. */
    void (*letting_run)(void *context);
    void (*running)(void *context); /* after start, restore, resume */
    void (*paused)(void *context);
    /* The VM was reset, once for each real reset: what the firmware repeats is not reported. */
    void (*reset)(void *context, enum engine_reset_by by);
    void (*progress)(void *context, unsigned percent); /* of save and restore */
    /* An operation that was accepted has failed and the VM goes on as before it (save, pause, resume, reset). */
    void (*failed)(void *context, const struct vpc_error *err);
    /* The guest has written, and the disk of the host had no room for it: `paused` follows. May be NULL. */
    void (*no_space)(void *context);
    /* Something does not work and the VM goes on without it, its figures right all the same. May be NULL. */
    void (*warned)(void *context, const struct vpc_error *err);
    /* The session is over; the engine may be closed now. `err` is NULL unless the reason is ENGINE_STOP_FAILED. */
    void (*stopped)(void *context, enum engine_stop_reason reason, const struct vpc_error *err);
};

struct engine_vm; /* each engine has its own; the first member is struct engine_base */

struct engine {
    const char *name; /* as in the preference hypervisors/engine */
    /* Makes a VM; nothing runs yet. `config` is borrowed until close; `run_folder` is where run-time files go; those of a user's VMs
     * lie beside each other. */
    bool (*open)(struct engine_vm **vm, uv_loop_t *loop, const struct machine_config *config, const char *run_folder, const struct engine_events *events,
                 void *context, struct vpc_error *err);
    /* Boots. `saved_state` is NULL, or the file to restore from. */
    bool (*start)(struct engine_vm *vm, const char *saved_state, struct vpc_error *err);
    /* Takes over a VM that a lost supervisor has left running. `state` is what engine_state() last gave, `memory` the words of its last sample (all zero: it
     * had none). `sampled`, with all that was counted meanwhile, then `running` or `paused`; `stopped` when the VM has ended meanwhile, `sampled` before it with
     * what can still be read. False: it may still run, but cannot be reached; it is left alone. */
    bool (*adopt)(struct engine_vm *vm, const char *state, const uint64_t memory[ENGINE_MEMORY_WORDS], struct vpc_error *err);
    /* A paused VM runs afterwards: `running` follows `reset`. */
    bool (*reset)(struct engine_vm *vm, struct vpc_error *err);
    bool (*turn_off)(struct engine_vm *vm, struct vpc_error *err);
    bool (*pause)(struct engine_vm *vm, struct vpc_error *err);
    bool (*resume)(struct engine_vm *vm, struct vpc_error *err);
    bool (*save)(struct engine_vm *vm, const char *path, struct vpc_error *err);
    /* Calls off the save, or the start from a saved state, that is under way: `failed` or `stopped` with VPC_CANCELLED. VPC_STATE_CONFLICT when there is
     * none, or when it has come too far: then it ends as if nobody had asked. */
    bool (*cancel)(struct engine_vm *vm, struct vpc_error *err);
    /* Asks for a sample; it comes by `sampled`. Asked again before it has come: one answer. */
    void (*sample)(struct engine_vm *vm);
    /* Text of at most 511 bytes that `adopt` needs; valid until the next call. */
    const char *(*state)(struct engine_vm *vm);
    /* Whatever else an engine can do for tests and tools; *result (out) may be NULL. */
    bool (*command)(struct engine_vm *vm, const json_t *arguments, json_t **result, struct vpc_error *err);
    /* Frees the VM, killing it if it still runs. `closed` comes on the loop when nothing is left of it on the loop. */
    void (*close)(struct engine_vm *vm, void (*closed)(void *context), void *context);
};

/* Filled by engine_open, not by the engine. */
struct engine_base {
    const struct engine *engine;
    struct engine_front *front; /* the front door's own */
};

/* The engine of that name, NULL if there is none. */
const struct engine *engine_find(const char *name);

/* The front door: same meaning as the members of struct engine. */
bool engine_open(struct engine_vm **vm, const char *name, uv_loop_t *loop, const struct machine_config *config, const char *run_folder,
                 const struct engine_events *events, void *context, struct vpc_error *err);
bool engine_start(struct engine_vm *vm, const char *saved_state, struct vpc_error *err);
bool engine_adopt(struct engine_vm *vm, const char *state, const uint64_t memory[ENGINE_MEMORY_WORDS], struct vpc_error *err);
bool engine_reset(struct engine_vm *vm, struct vpc_error *err);
bool engine_turn_off(struct engine_vm *vm, struct vpc_error *err);
bool engine_pause(struct engine_vm *vm, struct vpc_error *err);
bool engine_resume(struct engine_vm *vm, struct vpc_error *err);
bool engine_save(struct engine_vm *vm, const char *path, struct vpc_error *err);
bool engine_cancel(struct engine_vm *vm, struct vpc_error *err);
void engine_sample_now(struct engine_vm *vm);
const char *engine_state(struct engine_vm *vm);
bool engine_command(struct engine_vm *vm, const json_t *arguments, json_t **result, struct vpc_error *err);
void engine_close(struct engine_vm *vm, void (*closed)(void *context), void *context);

#endif
