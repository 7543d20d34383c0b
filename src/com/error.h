/*
 * The edge where an error value becomes an HRESULT and an error object.
 *
 * Every failing path of a member ends in one of these, so that the thread's error object is always this failure's and
 * never an older one's; a member that succeeds does not touch it.
 */
#ifndef VPC_COM_ERROR_H
#define VPC_COM_ERROR_H

#include "com/object.h"

/* Sets the thread's error object (source "VirtualPC.<name>", text, the interface's IID) and returns `hr`. The text is
 * one line, no full stop at its end. */
HRESULT com_fail(const struct com_class *class, HRESULT hr, const char *format, ...) VPC_PRINTF(3, 4);

/* The same from an error value, with the HRESULT that com_hresult gives for its cause. */
HRESULT com_fail_error(const struct com_class *class, const struct vpc_error *err);

/* The documented HRESULT of a cause (VPC_VM_RUNNING: VM_E_VM_RUNNING; VPC_FILE_NOT_FOUND:
 * HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND); ...; DISP_E_EXCEPTION for those that have none). A member whose
 * documentation names another code for a cause maps it itself before it calls com_fail. */
HRESULT com_hresult(enum vpc_cause cause);

/* E_POINTER with text "<parameter> is NULL". */
HRESULT com_null_pointer(const struct com_class *class, const char *parameter);

/* E_NOTIMPL with text "IVMFoo.Member is not built yet". */
HRESULT com_not_built(const struct com_class *class, const char *member);

#endif
