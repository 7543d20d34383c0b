/*
 * Fuzz targets. Each file fuzz_*.c is one: it takes any bytes and looks not only for a crash but for what it knows to
 * be true of every input, with fuzz_check.
 *
 * The preset native-fuzz makes programs of them that search by themselves (libFuzzer, Clang); every other native build
 * makes programs that try what lies in corpus/, as it is and changed in many small ways (replay.c).
 */
#ifndef VPC_TESTS_FUZZ_FUZZ_H
#define VPC_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name that libFuzzer calls. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true whatever the input is. */
#define fuzz_check(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
