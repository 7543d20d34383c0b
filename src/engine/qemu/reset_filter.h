/*
 * Which of QEMU's RESET events are resets.
 *
 * One reset makes QEMU say RESET two or three times: SeaBIOS, started again, resets the machine once more for itself
 * (measured on 7.2: 0.1 to 0.4 s later on a quiet host, more than a second where processors are scarce). What is
 * reported within RESET_ECHO_US of a reset, by QEMU's own clock, while the guest has neither sent a frame nor moved a
 * byte of a disk, is that echo. Frames that the guest receives prove nothing: they come by themselves.
 *
 * So the span is far above what an echo needs, as nothing is lost by it: a guest that has booted anything has moved
 * bytes before it can reset itself. One that has not has no figure that a new epoch would begin at zero.
 */
#ifndef VPC_ENGINE_QEMU_RESET_FILTER_H
#define VPC_ENGINE_QEMU_RESET_FILTER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RESET_ECHO_US = 60000000
};

enum reset_verdict {
    RESET_BY_HOST,
    RESET_BY_GUEST,
    RESET_ECHO
};

/* Starts as {0}. */
struct reset_filter {
    bool had_reset;
    int64_t reset_us; /* QEMU's time of the reset that opened the epoch, or when the VM was let run after it */
};

/* Judges one RESET event: `by_guest` as the event says, `time_us` its time stamp, `guest_acted` whether frames sent or
 * disk bytes were counted since the reset before. */
enum reset_verdict reset_filter_judge(struct reset_filter *filter, bool by_guest, int64_t time_us, bool guest_acted);

/* The guest runs (again) only from this time on: what the firmware echoes comes after it. */
void reset_filter_resumed(struct reset_filter *filter, int64_t time_us);

#endif
