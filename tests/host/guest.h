/*
 * A VM with a real supervisor on a real QEMU and a real guest. If not told otherwise it fetches a file from the host
 * over and over. All that passes its network adapter is also written to captures that the project knows nothing of, and
 * what its drives do can be asked of QEMU by a monitor of the test's own.
 */
#ifndef VPC_TESTS_HOST_GUEST_H
#define VPC_TESTS_HOST_GUEST_H

#include "host/boot_disk.h"
#include "host/capture.h"
#include "host/monitor.h"
#include "support/machine.h"

struct qemu_process;

enum {
    GUEST_PATIENCE_MS = 240000 /* ends a test that hangs; no outcome depends on it */
};

/* All zero: what guest_set_up makes. Borrowed during the call, `requested` for good. */
struct guest_options {
    const char *script;           /* what the guest runs, for iPXE; NULL: fetch file.bin for ever */
    const char *requested;        /* file whose requests are counted; see capture.h */
    const struct boot_disk *disk; /* NULL: no disk */
    bool monitor;                 /* of the test's own */
    const char *arguments;        /* more for QEMU; NULL: none */
    const char *network;          /* what a second adapter is plugged into, the one that is captured then; NULL: none */
    struct guest *beside;         /* a VM of the same user, which outlives this one; NULL: the only one */
};

struct guest {
    struct test_home home;
    bool is_guest_in_home; /* the home is another's */
    unsigned adapter;      /* that is captured */
    struct test_machine machine;
    char *served;   /* folder with the files that the guest can fetch */
    char *paths[2]; /* of the captures */
    struct capture sent, received;
    struct frame_sum sent_before, received_before; /* what they held when the epoch began */
    struct monitor monitor;
    bool has_disk;
    struct disk_sum disk_before;
    struct qemu_process *qemu; /* once guest_note_qemu has been called */
};

/* Makes the VM; nothing runs yet. */
void guest_set_up(struct guest *guest);
void guest_set_up_with(struct guest *guest, const struct guest_options *options);
/* Ends supervisor and QEMU, if there are any, and removes all. */
void guest_tear_down(struct guest *guest);

/* Writes a file that the guest can fetch, and away with it. */
void guest_serve(struct guest *guest, const char *name, const void *data, size_t size);
void guest_withdraw(struct guest *guest, const char *name);

/* Starts the VM, from a saved state if there is one: a new QEMU, all whose counters are zero. */
void guest_start(struct guest *guest);
/* The second half of that: a new QEMU has been started in another way. */
void guest_begin_session(struct guest *guest);
/* An epoch begins here, and the guest stands still. */
void guest_mark_epoch(struct guest *guest);

/* Remembers which process the QEMU is that the page names. */
void guest_note_qemu(struct guest *guest);
/* True while that process lives. */
bool guest_qemu_is_alive(struct guest *guest);
void guest_kill_qemu(struct guest *guest);

/* Starts a supervisor that takes over, and follows it as guest->machine.process. The state that it finds. */
enum vm_state guest_adopt(struct guest *guest);
/* Opens process and connection of the supervisor that the page names. */
void guest_follow(struct guest *guest);

/* Waits until the independent capture of what the guest received has grown by so many bytes of frames. */
void guest_await_traffic(struct guest *guest, uint64_t bytes);
/* The same for what the guest reads from its drives. It needs the monitor. */
void guest_await_reading(struct guest *guest, uint64_t bytes);

/* Waits until the page shows exactly what the captures (and with a disk, QEMU's counters of all drives) hold since the
 * epoch began. The page must never show more, and every figure must be known. For a guest that stands still, or is off:
 * then its drives are not compared, as QEMU's counters have gone with it. */
void guest_assert_equal(struct guest *guest);

/* The same for a guest whose QEMU was killed. That can fall between the project's copy of a frame and the capture's, so
 * in each direction one of both may have one frame more, the last. */
void guest_assert_equal_when_killed(struct guest *guest);

/* Pauses and compares. */
void guest_pause_and_compare(struct guest *guest);

#endif
