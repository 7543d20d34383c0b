/* A failed call: its HRESULT, the name of that, and what the error object says. */
#ifndef VPC_CTL_FAILURE_H
#define VPC_CTL_FAILURE_H

#include <jansson.h>
#include <windows.h>
#include <oaidl.h>
#include "buffer.h"

struct failure {
    HRESULT hr;
    struct buffer name; /* "VM_E_VM_NOT_RUNNING"; empty when nobody has a name for it */
    struct buffer text; /* one line */
};

/* Of the call that has just failed with `hr`: takes the thread's error object. `library` has the names of the codes
 * that are its own; it may be NULL. *failure (out) is new. */
void failure_take(struct failure *failure, HRESULT hr, ITypeLib *library);
/* The same with a text that is known: of a task, which has its own. */
void failure_make(struct failure *failure, HRESULT hr, const char *text, ITypeLib *library);
void failure_clear(struct failure *failure);

/* Adds "NAME (0x80004005): text". */
void failure_add(struct buffer *buffer, const struct failure *failure);
/* "vpcctl: stop 'Web': NAME (0x80004005): text" on standard error. `vm` may be NULL. */
void failure_report(const struct failure *failure, const char *doing, const char *vm);
/* {"hresult":"0x80004005","name":"E_FAIL","text":"..."}, a new reference. */
json_t *failure_json(const struct failure *failure);

#endif
