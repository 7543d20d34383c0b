/* The engine that runs VMs in QEMU. */
#ifndef VPC_ENGINE_QEMU_QEMU_ENGINE_H
#define VPC_ENGINE_QEMU_QEMU_ENGINE_H

#include "engine/engine.h"

extern const struct engine engine_qemu;

#endif
