/*
 * What the files of the supervisor share:
 *   supervisor.c           the state machine: life of a session, reports of the engine
 *   supervisor_takeover.c  taking over what a lost supervisor has left
 *   supervisor_commands.c  what clients ask for over the control pipe
 *   supervisor_events.c    what clients hear of, and what the log of the host does
 *   supervisor_tasks.c     the rows of tasks in the page
 *   supervisor_save.c      saved states
 *   supervisor_quit.c      the end of the user's session
 *   supervisor_space.c     free space on the host's disks
 *   supervisor_figures.c   samples, epochs, the figures in the page
 *   supervisor_ledger.c    the usage ledger; pending.c keeps for it what it has not taken yet
 */
#ifndef VPC_HOST_SUPERVISOR_PARTS_H
#define VPC_HOST_SUPERVISOR_PARTS_H

#include "accounting/accountant.h"
#include "engine/engine.h"
#include "host/supervisor.h"
#include "session/control_server.h"
#include "session/vm_page.h"
#include "util/file.h"

enum {
    SUPERVISOR_TICK_MS = 100,
    SUPERVISOR_CPU_MS = 1000
};

/* What the engine is doing for a client. One at a time. */
enum operation_kind {
    OPERATION_NONE,
    OPERATION_STARTUP,
    OPERATION_TURN_OFF,
    OPERATION_RESET,
    OPERATION_PAUSE,
    OPERATION_RESUME,
    OPERATION_SAVE,
    OPERATION_GO_ON /* after a take-over: the guest is let run, as what was cut short has left it */
};

/* A request that waits for its reply. */
struct asker {
    struct control_peer *peer; /* NULL: nobody waits, or the client is gone */
    uint64_t id;
};

struct operation {
    enum operation_kind kind;
    uint32_t task; /* 0: it has none, the reply tells its end */
    struct asker asker;
};

/* A command that came during an operation without a state of its own. */
struct waiting_request {
    struct waiting_request *next;
    const struct supervisor_command *command;
    struct asker asker;
    uint64_t since_ms; /* uv_now() */
};

/* How much the host's disks can still take. */
struct space_watch {
    uv_fs_t request;
    bool asking;          /* the system is being asked about `place` */
    size_t place;         /* 0: the folder of the .vmc, then those of the drives */
    uint64_t least_bytes; /* free, of the places so far */
    uint64_t next_ms;     /* uv_now() of the next round */
    bool low, critical;   /* as was told */
    bool stopped;         /* told that a write found no room; until the guest runs again */
};

struct supervisor {
    uv_loop_t *loop;
    const struct machine_config *config;
    const char *run_folder;
    struct file_lock *lock;
    struct vm_page *page;
    struct vm_page_body body; /* what the page shows, but for changes not yet published */
    struct control_server *server;
    struct engine_vm *engine;
    uv_timer_t tick;
    bool ticking;
    bool ending;                        /* the engine has stopped */
    enum engine_stop_reason end_reason; /* and why */
    enum vm_state told; /* the state that the latest event of one has told */
    uint64_t log_minute_ms; /* uv_now() when the present minute of the host's log began */
    unsigned log_count;     /* messages written in it */
    char *saved_state; /* file that is restored from or written to; NULL: none */
    bool quits;        /* the user's session ends, and the VM is not yet where its settings want it */
    bool taking_over;  /* and not yet sure of what was found: no heartbeat */

    struct space_watch space;

    struct operation current;
    struct waiting_request *waiting; /* oldest first */

    struct accountant accountant;
    struct vpc_error unreadable;      /* why the latest sample could not be taken; cause 0: it could */
    struct vpc_error unknown;         /* why nothing can be said of this whole epoch; cause 0: it can */
    struct vpc_error death;           /* why the engine has stopped; cause 0: in good order */
    uint64_t next_cpu_ms;             /* uv_now() of the next look at processor time */
    struct supervisor_ledger *ledger; /* NULL: nothing is written */
};

/* ---- supervisor.c ---- */

/* Shows the body to all readers. */
void supervisor_publish(struct supervisor *supervisor);

extern const struct engine_events supervisor_engine_events;

/* Takes the lock, opens log and page, reads what an earlier session has left in the page. VPC_VM_RUNNING: another has
 * the lock. */
bool supervisor_prepare(struct supervisor **supervisor, uv_loop_t *loop, const struct machine_config *config,
                        const char *run_folder, struct vpc_error *err);
/* The opposite: nothing was changed, and the page keeps its last heartbeat. */
void supervisor_abandon(struct supervisor *supervisor);

/* Listens on a new control pipe, whose name goes into the body. */
bool supervisor_listen(struct supervisor *supervisor, struct vpc_error *err);
void supervisor_begin_ticks(struct supervisor *supervisor);

/* Nothing is left of the VM: shows TurnedOff and lets the loop end. */
void supervisor_turned_off(struct supervisor *supervisor);

/* In a save or a restore: shows what the guest is if nobody ends that. In a save it may have stopped before and tell of
 * it only now; in a restore it is let run next. */
void supervisor_goes_on_as(struct supervisor *supervisor, enum vm_state state);

/* Enters a state, shows it, tells subscribers. */
void supervisor_enter(struct supervisor *supervisor, enum vm_state state);

/* ---- supervisor_events.c ---- */

/* Puts an event into the page, publishes, and tells subscribers: whoever hears of it reads in the page what it is
 * about. `value`: see enum vm_event_kind. Events that administrators want to know of are written to the host's log
 * first. */
void supervisor_event(struct supervisor *supervisor, enum vm_event_kind kind, uint32_t value);

/* ---- supervisor_space.c ---- */

/* While the VM is active: asks now and then how much is free where its disks and its saved state are, without waiting.
 * Tells of under 100 MB, once, and of under 20 MB, and then pauses a running VM. */
void supervisor_watch_space(struct supervisor *supervisor);
/* A write of the guest's has found no room: tells of that. The engine pauses the guest. */
void supervisor_no_space(struct supervisor *supervisor);

/* ---- supervisor_takeover.c ---- */

/* The engine has found the VM in this state, and its first sample is in the body. */
void supervisor_taken_over(struct supervisor *supervisor, enum vm_state state);
/* The guest that was to go on is now in this state; `err` is NULL, or why it does not run. */
void supervisor_gone_on(struct supervisor *supervisor, enum vm_state state, const struct vpc_error *err);

/* ---- supervisor_tasks.c ---- */

/* A new task in the body; returns its id. */
uint32_t supervisor_task_begin(struct supervisor *supervisor, enum vm_task_kind kind);
/* The same with the id that a client wishes for, unless it is 0 or taken. */
uint32_t supervisor_task_begin_as(struct supervisor *supervisor, enum vm_task_kind kind, uint32_t wished);
void supervisor_task_progress(struct supervisor *supervisor, uint32_t id, unsigned percent);
/* `err` NULL: it went well. An id that is 0 or forgotten is nothing to do. */
void supervisor_task_end(struct supervisor *supervisor, uint32_t id, const struct vpc_error *err);
/* Tasks that an earlier supervisor left unfinished, but for the present operation's. */
void supervisor_tasks_abandon(struct supervisor *supervisor);
/* The latest unfinished task of that kind, 0 without. */
uint32_t supervisor_task_unfinished(const struct supervisor *supervisor, enum vm_task_kind kind);

/* ---- supervisor_commands.c ---- */

extern const struct control_server_events supervisor_control_events;

/* Ends the operation under way: its task, or the reply that is owed, with *err or (NULL) well. Publishes. */
void supervisor_operation_end(struct supervisor *supervisor, const struct vpc_error *err);

/* Ends an operation that a turn-off has waited for too long, as failed, and turns off: with a hypervisor that does not
 * answer there would be no way out. */
void supervisor_cut_overdue(struct supervisor *supervisor);

/* Carries out what has waited for the end of an operation. */
void supervisor_serve_waiting(struct supervisor *supervisor);

/* Cuts the power of an active VM; on success the state is TurningOff and *task (out) the task. */
bool supervisor_turn_off(struct supervisor *supervisor, uint32_t *task, struct vpc_error *err);

/* ---- supervisor_quit.c ---- */

/* What supervisor_quit has been asked for, when nothing else is under way. */
void supervisor_quit_when_it_can(struct supervisor *supervisor);

/* ---- supervisor_save.c ---- */

/* Looks for a saved state to start from. Under the lock, because the last session may just have made one. */
bool supervisor_save_find(struct supervisor *supervisor, struct vpc_error *err);
/* Begins to save; on success the state is Saving and *task (out) the task. VPC_STATE_CONFLICT: a saved state would lose
 * its undo disks. */
bool supervisor_save_begin(struct supervisor *supervisor, uint32_t *task, struct vpc_error *err);
/* Nothing was saved: the VM is again what it was before. */
void supervisor_save_failed(struct supervisor *supervisor, const struct vpc_error *err);
/* True when the file is there, which is written in one step. */
bool supervisor_save_is_whole(const struct supervisor *supervisor);
/* Looks for the file of a save that was cut short, whole or not. */
bool supervisor_save_find_again(struct supervisor *supervisor, struct vpc_error *err);
/* The guest goes on from the saved state, which is used up. */
void supervisor_save_use_up(struct supervisor *supervisor);
/* State of a VM whose engine has stopped: Saved or TurnedOff. */
enum vm_state supervisor_save_rest(struct supervisor *supervisor);

/* ---- supervisor_figures.c ---- */

/* A new session: no figures yet. */
void supervisor_figures_clear(struct supervisor *supervisor);
/* Another supervisor's session goes on: its figures from the page. */
void supervisor_figures_restore(struct supervisor *supervisor);
/* The engine has taken a sample (err NULL) or failed to. Changes the body, does not publish. */
void supervisor_figures_sampled(struct supervisor *supervisor, const struct engine_sample *sample,
                                const struct vpc_error *err);
/* All counters are zero from here on. Changes the body, does not publish. */
void supervisor_figures_open_epoch(struct supervisor *supervisor, enum epoch_cause cause);

/* ---- supervisor_ledger.c ---- */

/* Begins to write the ledger. With an epoch in the body that one goes on. */
void supervisor_ledger_open(struct supervisor *supervisor);
/* A sample is in the body. */
void supervisor_ledger_sampled(struct supervisor *supervisor);
/* The epoch in the body ends with these figures, because one with this cause follows / a new one is in the body. */
void supervisor_ledger_epoch_ends(struct supervisor *supervisor, enum epoch_cause next);
void supervisor_ledger_epoch_begun(struct supervisor *supervisor);
/* The VM is off, and about to be shown in that state. What is still to be written keeps the loop alive. */
void supervisor_ledger_session_ends(struct supervisor *supervisor, enum vm_state rest);
/* Waits for a write under way; forgets what was not begun. */
void supervisor_ledger_close(struct supervisor *supervisor);

#endif
