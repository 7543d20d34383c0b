/* The API as vpcctl uses it: the application object, and its virtual machines one after the other. */
#ifndef VPC_CTL_VPC_H
#define VPC_CTL_VPC_H

#include <stdbool.h>
#include <windows.h>
#include "VPCCOMInterfaces.h"
#include "failure.h"

struct vpc {
    IVMVirtualPC *application;
    ITypeLib *library; /* has the names of the error codes; NULL when it cannot be had */
};

/* Opens the API in the multithreaded apartment, or in a single-threaded one, where events come in their order. An exit
 * code, after a line on standard error when it is not 0. */
int vpc_open(struct vpc *vpc, bool single_threaded);
void vpc_close(struct vpc *vpc);

/* Reports that a call has failed, with the thread's error object: "vpcctl: stop 'Web': VM_E_... (0x...): ...". `vm` may
 * be NULL. Returns EXIT_CODE_FAILED. */
int vpc_report(const struct vpc *vpc, const char *doing, const char *vm, HRESULT hr);

/* Does one thing with one virtual machine; an exit code. */
typedef int vpc_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context);

/* All of them in the order of their names. *listed (out): false when not all could be found. */
int vpc_all(struct vpc *vpc, const char *doing, vpc_visit *visit, void *context, bool *listed);

/* With each virtual machine of these names, in their order, or with all when there are none. A failure does not keep it
 * from the others; the exit code is the first that is not 0. `doing` is for reports. */
int vpc_each(struct vpc *vpc, const char *doing, char **names, int count, vpc_visit *visit, void *context);

#endif
