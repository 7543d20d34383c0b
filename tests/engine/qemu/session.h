/* A VM of the QEMU engine under test, on a loop of its own, with everything that it reports. */
#ifndef VPC_TESTS_ENGINE_QEMU_SESSION_H
#define VPC_TESTS_ENGINE_QEMU_SESSION_H

#include "engine/engine.h"

struct session {
    uv_loop_t loop;
    uv_timer_t pulse; /* keeps one turn of the loop from waiting for what has come before it waits */
    struct engine_vm *vm;
    struct machine_config config;
    char *folder; /* temporary, holds all that follows */
    char *run_folder;

    struct engine_sample sample;   /* the latest */
    struct engine_sample at_reset; /* the one right before the latest reset */
    struct vpc_error error;        /* of the latest sample, failure or stop that had one */
    unsigned samples, bad_samples, running, paused, resets, failures, stops;
    unsigned progress;           /* percent, the latest */
    unsigned samples_at_running; /* that had come before the first `running` */
    enum engine_reset_by reset_by;
    enum engine_stop_reason stop_reason;
    int64_t pid; /* of QEMU, and when it started */
    uint64_t pid_start;
    bool sampling; /* asks for the next sample as soon as one has come */
};

/* A machine without adapters and drives, to be furnished by the test before session_open. */
void session_setup(struct session *session);
void session_add_nat(struct session *session, const char *ipxe_script, size_t big_bytes);
void session_open(struct session *session);

/* Runs the loop until `done` says so. The end of the VM ends the test, unless `done` is about that. */
void session_wait(struct session *session, bool (*done)(const struct session *session));

/* The usual conditions. */
bool session_is_running(const struct session *session);
bool session_is_paused(const struct session *session);
bool session_is_over(const struct session *session);
bool session_has_failed(const struct session *session);

/* Closes a VM that is over and opens another one with the same configuration; what was reported is forgotten. */
void session_reopen(struct session *session);

/* Closes the VM before the teardown, which does it otherwise. */
void session_close(struct session *session);

/* Closes the VM after its end, so that another session of the same machine can be opened. */
void session_end(struct session *session);

/* The process, by the id that the engine's state shows. */
bool session_qemu_is_alive(struct session *session);
void session_kill_qemu(struct session *session);

/* Closes, and removes the folder. */
void session_teardown(struct session *session);

/* A path in the session's folder, new memory; the second as QEMU wants it. */
char *session_path(const struct session *session, const char *name);
char *session_qemu_path(const struct session *session, const char *name);
void session_write(const struct session *session, const char *name, const void *data, size_t size);

/* Sums of a capture file, read at once and by other code than the engine's. */
void session_sum_capture(const struct session *session, const char *name, uint64_t *bytes, uint64_t *packets);

/* Bytes of the largest and of the last frame in such a file; 0 when it has none. */
void session_frame_sizes(const struct session *session, const char *name, uint32_t *largest, uint32_t *last);

#endif
