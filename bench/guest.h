/*
 * A VM with a real supervisor and a real QEMU, whose guest boots a script from the network. Its own home; loopback
 * only. It is turned off when the program ends before its time. One thread.
 */
#ifndef VPC_BENCH_GUEST_H
#define VPC_BENCH_GUEST_H

#include "support/machine.h"

enum {
    GUEST_COMMAND_LINE = 65536 /* bytes of the longest */
};

struct guest {
    struct test_home home;
    struct test_machine machine;
    char *log;                 /* of QEMU, with its trace or without */
    bool traced;               /* with its monitor commands */
    uint32_t rotate_bytes;     /* 0: as it is by default */
    uint64_t supervisor, qemu; /* process ids; natively only */
};

/* A script that fetches file.bin for ever. */
extern const char guest_fetching[];

/* A VM whose guest runs this script, and can fetch file.bin of 6 MB by TFTP. With `rotate_bytes` its captures are
 * exchanged when they are so long, and QEMU traces the commands that it is given. */
void guest_open(struct guest *guest, const char *script, uint32_t rotate_bytes);
void guest_turn_off(struct guest *guest);
void guest_close(struct guest *guest); /* turned off or not */

/* Until the page says that it has received so many bytes; ends the program after two minutes in vain. */
void guest_await_received(struct guest *guest, uint64_t bytes);

/* Natively only. Process id of its QEMU, 0 without. Its command line in `text` (out) of GUEST_COMMAND_LINE bytes, each
 * word with a zero behind; *size (out). */
uint64_t guest_command_line(const struct guest *guest, char *text, size_t *size);

#endif
