/*
 * Assertions for tests of COM objects: they print both sides, HRESULTs in hex and by name.
 */
#ifndef VPC_TESTS_COM_COM_CHECK_H
#define VPC_TESTS_COM_COM_CHECK_H

#include <stdbool.h>
#include <windows.h>
#include <oaidl.h>

#define assert_hresult(actual, expected) check_hresult((actual), (expected), #actual, __FILE__, __LINE__)

/* Gives the test's only reference back: the count must fall to zero. `object` is any interface pointer. */
#define assert_last_release(object) check_last_release((IUnknown *)(object), #object, __FILE__, __LINE__)

/* The thread's error object is this failure's: `description` and source "VirtualPC.<interface>"; takes it off the
 * thread. NULL: there must be none. */
#define assert_error_text(description, source) check_error_text((description), (source), __FILE__, __LINE__)

void check_hresult(HRESULT actual, HRESULT expected, const char *expression, const char *file, int line);
void check_last_release(IUnknown *object, const char *expression, const char *file, int line);
void check_error_text(const WCHAR *description, const WCHAR *source, const char *file, int line);

/* A difference of a platform ("wine 8": that major version of Wine) that no work of ours can close. On that platform:
 * prints it, fails if it is not `seen` any more, and returns true, so that the test skips what would fail. Elsewhere:
 * false. */
bool known_gap(const char *platform, bool seen, const char *what);

/* "E_POINTER", "VM_E_VM_RUNNING", ...; "?" for one that no table here has. Static text. */
const char *hresult_name(HRESULT hr);

#endif
