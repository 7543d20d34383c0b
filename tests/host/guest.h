/*
 * A VM with a real supervisor on a real QEMU and a real guest, which fetches a file from the host over and over. All
 * that passes its network adapter is also written to captures that the project knows nothing of.
 */
#ifndef VPC_TESTS_HOST_GUEST_H
#define VPC_TESTS_HOST_GUEST_H

#include "support/machine.h"

struct qemu_process;

struct guest {
    struct test_home home;
    struct test_machine machine;
    char *captures[2];         /* sent, received */
    struct qemu_process *qemu; /* once guest_note_qemu has been called */
};

/* Makes the VM; nothing runs yet. */
void guest_set_up(struct guest *guest);
/* Ends supervisor and QEMU, if there are any, and removes all. */
void guest_tear_down(struct guest *guest);

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

/* Waits until the page shows exactly what the captures hold, which have begun with the epoch. The page must
 * never show more, and every figure must be known. For a guest that stands still. */
void guest_assert_equal(struct guest *guest);

/* The same for a guest whose QEMU was killed. That can fall between the project's copy of a frame and the capture's, so in each
 * direction one of both may have one frame more, the last. */
void guest_assert_equal_when_killed(struct guest *guest);

/* Sum of all frames in a capture of its own kind. */
uint64_t guest_capture_sum(const char *path, uint64_t *frames);

#endif
