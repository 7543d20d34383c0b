/*
 * The registered DLL with one running VM on the fake engine, and a way to any object of it by a path as a script would
 * write it.
 *
 * application_machine_start and _stop go around all tests of a program, application_open and _close around each.
 */
#ifndef VPC_TESTS_COM_APPLICATION_H
#define VPC_TESTS_COM_APPLICATION_H

#include "VPCCOMInterfaces.h"
#include "contract.h"

/* How to come by an object of an interface. */
struct reach {
    const char *face;
    const char *path;    /* from the application: "VirtualMachines(1).Accountant"; "" is the application itself */
    const char *why_not; /* reason why no object can exist yet: then the path must lead nowhere; NULL otherwise */
};

/* A row for each of the interfaces, those of our own that derive from a documented one left out. */
extern const struct reach reach_table[];
extern const size_t reach_count;

/* Makes a home folder, a VM with a network adapter in it, and starts it / turns it off and removes the folder. For
 * cmocka groups: 0, or -1 with a message. */
int application_machine_start(void **state);
int application_machine_stop(void **state);

/* For each test: *state is the IVMVirtualPC, made by CoCreateInstance in a single-threaded apartment. At the end its
 * last Release must return 0 and DllCanUnloadNow S_OK. */
int application_open(void **state);
int application_close(void **state);

/* The object at the path; S_OK, or what the last step returned (scode of its exception). *object is NULL on failure. */
HRESULT reach_object(IVMVirtualPC *application, const char *path, IDispatch **object);

/* Identifier from the text of the contract. */
GUID guid_from_text(const char *text);

/* Calls `check` with an object of each interface that can be had, by its own interface pointer; the last Release of
 * each must return 0. */
void for_each_face(IVMVirtualPC *application,
                   void (*check)(IVMVirtualPC *application, const struct contract_interface *face, IDispatch *object));

/* The entry point of the DLL that COM has loaded, which must be the registered one. */
FARPROC server_entry(const char *name);

#endif
