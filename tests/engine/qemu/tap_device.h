/* A network namespace of the test's own, with a TAP device in it. Linux only. */
#ifndef VPC_TESTS_ENGINE_QEMU_TAP_DEVICE_H
#define VPC_TESTS_ENGINE_QEMU_TAP_DEVICE_H

#include <stddef.h>

/* Moves the process into a namespace of its own where loopback is up. NULL, or why that is not possible. Call it before
 * there are threads. */
const char *tap_enter_namespace(void);

/* Makes a persistent TAP device that is up and has counted: `frames` frames in either direction, of 100 bytes each. */
void tap_make(const char *name, unsigned frames);

/* Sends that many frames of `size` bytes out of the host through the device: to whoever has it open. */
void tap_send(const char *name, unsigned frames, size_t size);

/* Takes the device away from under its user: gives it another name. */
void tap_rename(const char *name, const char *to);

#endif
