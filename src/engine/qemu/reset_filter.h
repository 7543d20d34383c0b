/*
 * Which of QEMU's RESET events are resets.
 *
 * One reset makes QEMU say RESET two or three times: SeaBIOS, started again, resets the machine once more for itself,
 * before it does anything else (measured on 7.2: 0.1 to 0.4 s later on a quiet host, more than a second where
 * processors are scarce). So a RESET of the guest's that follows on another is that echo, unless something was done in
 * between:
 *   - The guest has sent a frame or moved a byte of a disk. Frames that it receives prove nothing: they come by
 *     themselves.
 *   - Devices have addresses on the PCI bus. A reset takes them away, and SeaBIOS gives them only after its echo.
 *     Answers that say so must be two in a row: a third RESET has been asked for before the second is carried out, and
 *     one answer may still be given between the two.
 * Only what was seen before the event tells, or at most RESET_PROMPT_US after it, as no firmware comes to anything in
 * that time: whoever is late may see what the guest has done since. Without an answer about devices (a machine without
 * a PCI bus) what comes after RESET_ECHO_US is no echo either.
 *
 * So a reset is taken for an echo only if the machine was not past the first steps of its firmware, or nobody looked.
 */
#ifndef VPC_ENGINE_QEMU_RESET_FILTER_H
#define VPC_ENGINE_QEMU_RESET_FILTER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RESET_ECHO_US = 60000000,
    RESET_PROMPT_US = 30000
};

enum reset_verdict {
    RESET_BY_HOST,
    RESET_BY_GUEST,
    RESET_ECHO
};

/* Starts as {0}. All times are microseconds of the host's clock, which QEMU's events have, too. */
struct reset_filter {
    bool had_reset;
    int64_t reset_us; /* of the reset that opened the epoch, or when the VM was let run last before it did anything */
    uint64_t packets, disk; /* frames sent and bytes moved, as of that reset */
    int64_t acted_us;       /* when it was first seen that something was done since; 0: not yet */
    unsigned set_up;        /* answers in a row by which devices have addresses, since the latest RESET event */
};

/* The guest stood still and runs again: an echo that has not come yet comes after this time. */
void reset_filter_resumed(struct reset_filter *filter, int64_t time_us);
/* It runs with a restored memory: it may have been saved between a reset and its echo. */
void reset_filter_restored(struct reset_filter *filter, int64_t time_us);

/* True while it should be asked about devices. */
bool reset_filter_wants_devices(const struct reset_filter *filter, int64_t time_us);

/* What was seen. All of it in the order in which QEMU says it, RESET events (before they are judged) as well. */
void reset_filter_see_devices(struct reset_filter *filter, bool have_addresses);
void reset_filter_see_reset(struct reset_filter *filter);
/* Frames sent and bytes moved in this session, as read at this time. */
void reset_filter_see_figures(struct reset_filter *filter, int64_t time_us, uint64_t packets, uint64_t disk);

/* Judges one RESET event: `by_guest` as the event says, `time_us` its time stamp. */
enum reset_verdict reset_filter_judge(struct reset_filter *filter, bool by_guest, int64_t time_us);

/* An epoch has opened with these figures, for an event that was no echo. */
void reset_filter_open_epoch(struct reset_filter *filter, uint64_t packets, uint64_t disk);

#endif
