/*
 * The fixture of the tests of objects: a private home, the fake engine, and the application object made by
 * CoCreateInstance of the registered DLL. Nothing of the library but the public header is used, apart from what drives
 * the fake engine.
 */
#ifndef VPC_TESTS_OBJECTS_OBJECTS_CHECK_H
#define VPC_TESTS_OBJECTS_OBJECTS_CHECK_H

#include <windows.h>
#include "VPCCOMInterfaces.h"
#include "com_check.h"
#include "support/check.h"
#include "support/home.h"

struct fixture {
    struct test_home home;
    WCHAR folder[MAX_PATH]; /* of the home; VMs are made in <folder>\Machines */
    IVMVirtualPC *application;
    bool spoilt; /* objects of an earlier, failed test are still alive */
};

/* setup and teardown of cmocka. *state is a struct fixture. The teardown gives the application back and asserts that no
 * object is alive; it ends supervisors that a failed test has left. */
int fixture_open(void **state);
int fixture_close(void **state);

/* A BSTR that the teardown frees. */
BSTR text(const WCHAR *characters);
/* The same, formatted. */
BSTR text_of(const WCHAR *format, ...);

/* <folder>\Machines, where fixture_create puts VMs. */
BSTR fixture_machines(const struct fixture *fixture);

/* A new VM in that folder. */
IVMVirtualMachine *fixture_create(const struct fixture *fixture, const WCHAR *name);

/* Adds a NAT adapter to the VM. */
void fixture_add_nat(const struct fixture *fixture, IVMVirtualMachine *vm);

/* Starts a VM and waits until it runs; the task must succeed. */
void fixture_start(IVMVirtualMachine *vm);
/* Turns it off and waits for that. */
void fixture_turn_off(IVMVirtualMachine *vm);

/* Waits for a task of whatever result, then gives the caller's reference back. */
void fixture_finish(IVMTask *task);

/* Path of a file in the VM's run folder, which is made if need be; new memory. */
char *fixture_run_file(const struct fixture *fixture, IVMVirtualMachine *vm, const char *name);

/* Orders for the fake engine before the VM starts: a JSON array of commands, written with ' for ". */
void fixture_prepare(const struct fixture *fixture, const WCHAR *name, const char *orders);

/* A connection to the supervisor of a VM that runs, for control_disconnect, and a command to its fake engine, written
 * with ' for ": for a test that gives many of them. */
struct control_client;
struct control_client *fixture_connect(const struct fixture *fixture, const WCHAR *name);
void fixture_order(struct control_client *client, const char *command);
/* One such command on a connection of its own. */
void fixture_engine(const struct fixture *fixture, const WCHAR *name, const char *command);

/* Process id of the VM's supervisor, from its page. */
DWORD fixture_supervisor(const struct fixture *fixture, const WCHAR *name);
/* Ends the supervisor without a chance to clean up and waits for that. */
void fixture_kill_supervisor(const struct fixture *fixture, const WCHAR *name);
/* Stops a process, as a debugger does, or lets it go on. */
void fixture_halt(DWORD process, bool halted);

/* The BSTR is `expected`; frees it. */
#define assert_text(bstr, expected) check_text((bstr), (expected), #bstr, __FILE__, __LINE__)
void check_text(BSTR actual, const WCHAR *expected, const char *expression, const char *file, int line);

/* The call fails with `expected`, and the thread's error object has a text that contains `part`; takes it off the
 * thread. */
#define assert_refused(call, expected, part) check_refused((call), (expected), (part), #call, __FILE__, __LINE__)
void check_refused(HRESULT actual, HRESULT expected, const WCHAR *part, const char *expression, const char *file,
                   int line);

#endif
