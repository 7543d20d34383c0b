/* What false_qemu does, for the tests that start it. */
#ifndef VPC_TESTS_TRUST_FALSE_QEMU_H
#define VPC_TESTS_TRUST_FALSE_QEMU_H

enum {
    FALSE_QEMU_FRAMES = 10,
    FALSE_QEMU_FRAME_BYTES = 1000,
    FALSE_QEMU_CHATTER = 1000000
};

#endif
