/* Independent counters of a session's adapters: captures of whole frames by QEMU, read by other code than the engine's.
 */
#ifndef VPC_TESTS_ENGINE_QEMU_CAPTURES_H
#define VPC_TESTS_ENGINE_QEMU_CAPTURES_H

#include "tests/engine/qemu/session.h"

/* Before session_open: one capture for each direction of the adapter. */
void captures_add(struct session *session, unsigned slot);

/* What they show now, directions of the guest. */
struct adapter_reading captures_read(const struct session *session, unsigned slot);

/* Fails unless the figures are the same to the byte and to the frame. */
void captures_compare(const struct session *session, unsigned slot, const struct adapter_reading *figures);

#endif
