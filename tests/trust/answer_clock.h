/*
 * How long a call took, as the machine lets this program run: a thread counts time in small steps and takes no step for
 * longer than it is. So a limit holds for the product, and not for whatever else keeps the processors busy.
 */
#ifndef VPC_TESTS_TRUST_ANSWER_CLOCK_H
#define VPC_TESTS_TRUST_ANSWER_CLOCK_H

#include <stdint.h>

enum {
    ANSWER_MS = 2000 /* in which every call has its answer, whatever has gone wrong; docs/faults.md */
};

void answer_clock_start(void);
void answer_clock_stop(void);

/* Milliseconds counted so far. */
uint64_t answer_clock_ms(void);

/* Makes the call, which must have its answer within ANSWER_MS; gives back what it gives. */
#define in_time(call) (answer_clock_begin(), answer_clock_end((call), #call, __FILE__, __LINE__))

void answer_clock_begin(void);
/* Prints the longest answer of the program, which is a figure of docs/faults.md, when it is a new one. */
long answer_clock_end(long result, const char *call, const char *file, int line);

#endif
