/* A client of the registered DLL: one VM and its figures, through the public header. */
#ifndef VPC_TESTS_SYSTEM_CLIENT_H
#define VPC_TESTS_SYSTEM_CLIENT_H

#include <winsock2.h>
#include <windows.h>
#include <stdbool.h>
#include <stdint.h>
#include "VPCCOMInterfaces.h"

enum {
    CLIENT_PATIENCE_MS = 240000 /* ends a test that hangs; no outcome depends on it */
};

struct client {
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    IVMAccountant2 *accountant;
    bool supervisor_lost; /* set by a test that has killed it: figures may not be known for a moment */
};

/* Initializes COM for the thread, and finds the VM of that name. */
void client_open(struct client *client, const wchar_t *vm_name);
/* Nothing of it may be alive after that. */
void client_close(struct client *client);
/* The same for a teardown: turns a VM off that a failed test has left on. */
void client_turn_off_and_close(struct client *client);

/* What a member that begins a task has answered: it has begun one, which ends well. Takes `task`. */
void client_finish(HRESULT hr, IVMTask *task);

typedef HRESULT(STDMETHODCALLTYPE *client_figure)(IVMAccountant2 *accountant, VARIANT *figure);

/* A figure, whose code and type are checked on the way. */
uint64_t client_read(struct client *client, client_figure figure, HRESULT expected);

/* Pauses the VM. A busy host may need longer than the call waits: then the VM obeys later, and is waited for. */
void client_pause(struct client *client);

void client_assert_state(struct client *client, VMVMState state);

#endif
