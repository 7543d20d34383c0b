/* What a VM has used, read at one instant. */
#ifndef VPC_CTL_FIGURES_H
#define VPC_CTL_FIGURES_H

#include <stdbool.h>
#include <windows.h>
#include "VPCCOMInterfaces.h"

enum counter {
    COUNTER_NETWORK_BYTES_SENT,
    COUNTER_NETWORK_BYTES_RECEIVED,
    COUNTER_NETWORK_PACKETS_SENT,
    COUNTER_NETWORK_PACKETS_RECEIVED,
    COUNTER_DISK_BYTES_READ,
    COUNTER_DISK_BYTES_WRITTEN,
    COUNTERS
};

struct figures {
    VMVMState state;
    bool active;      /* Running or Paused; what follows is known only then */
    LONG cpu_percent; /* -1: nobody knows */
    LONG up_time_s;
    LONG epoch;
    VMEpochCause epoch_cause;
    LONGLONG epoch_start_ms; /* since 1970, UTC */
    BSTR counters[COUNTERS]; /* all digits */
};

/* *figures (out) is to be cleared, also after a failure. */
HRESULT figures_read(struct figures *figures, IVMVirtualMachine *vm);
void figures_clear(struct figures *figures);

/* "running", "turned-off", ...: the words of VMVMState / "power-on", ...: those of VMEpochCause. Static text. */
const char *state_word(VMVMState state);
const char *cause_word(VMEpochCause cause);

#endif
