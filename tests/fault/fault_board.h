/*
 * What a test and the processes whose calls it makes fail (preload_fault.c) share: a file that both have mapped. The
 * test names it in VPC_TEST_FAULT_BOARD, sets `armed`, starts the program, and looks at what has failed.
 */
#ifndef VPC_TESTS_FAULT_FAULT_BOARD_H
#define VPC_TESTS_FAULT_FAULT_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    FAULT_MOST_SITES = 16384,
    FAULT_MOST_FRAMES = 6,
    FAULT_NAME_SIZE = 32
};

struct fault_board {
    atomic_uint armed; /* 1: the next call from a place that is not in `sites` fails; 0 as soon as one has */
    uint32_t depth;    /* a place is a function of the system, and so many callers of it; 0: the function alone */
    atomic_uint lock;  /* of all that follows */
    uint32_t struck;   /* 1: a call has failed, and its process knows */
    char name[FAULT_NAME_SIZE]; /* of that function */
    uint32_t frame_count;
    uint64_t frames[FAULT_MOST_FRAMES]; /* the callers within the program: addresses for addr2line */
    uint32_t site_count;
    uint64_t sites[FAULT_MOST_SITES]; /* where calls have failed already */
};

#endif
