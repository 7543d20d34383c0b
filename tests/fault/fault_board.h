/*
 * What a test and the processes whose calls it makes fail (preload_fault.c, program_fault.c) share: a file that both
 * have mapped. The test names it in VPC_TEST_FAULT_BOARD, sets `armed`, starts the program, and looks at what has
 * failed.
 */
#ifndef VPC_TESTS_FAULT_FAULT_BOARD_H
#define VPC_TESTS_FAULT_FAULT_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    FAULT_MOST_SITES = 16384,
    FAULT_MOST_FRAMES = 6,
    FAULT_NAME_SIZE = 48
};

/* What a process holds at its end. */
enum fault_kind {
    FAULT_BLOCKS,
    FAULT_HANDLES,
    FAULT_MAPPINGS,
    FAULT_SEARCHES,
    FAULT_KINDS
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
    uint32_t ended; /* 1: the process has come to its end and counted what it holds; on Windows only */
    int32_t held[FAULT_KINDS];
};

/* Where a call comes from. */
struct fault_place {
    uint64_t key;
    uint32_t frame_count;
    uint64_t frames[FAULT_MOST_FRAMES]; /* the nearest first */
};

uint64_t fault_mix(uint64_t key, uint64_t value);

/* Gives the place, whose frames are known, its key: the function's name and `depth` callers. */
void fault_place_name(struct fault_place *place, const char *name, uint32_t depth);

/* True when this call is the one that fails: the first one from there. Says so on the board. From any thread. */
bool fault_strike(struct fault_board *board, const char *name, const struct fault_place *place);

#endif
