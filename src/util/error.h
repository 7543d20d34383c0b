/*
 * Errors as values.
 *
 * Below COM a function that can fail returns bool and takes `struct vpc_error *err` as its last parameter. Write it like this:
 *
 *     if (!file_read(path, limit, &data, &size, err))
 *         return false;
 *
 * and where a failure is found:
 *
 *     return vpc_fail(err, VPC_BAD_PATH, "path '%s' is not absolute", path);
 *
 * not like that: no error is printed on the way, none is kept in a global, none is overwritten by a second one. `err` is never
 * NULL. It is written on failure only; its content after success is unspecified.
 *
 * The cause is what a program decides on; the text is for people: one line, what failed and with which value, no full stop. One
 * function at the COM edge (src/com/error.h) turns a cause into an HRESULT.
 */
#ifndef VPC_UTIL_ERROR_H
#define VPC_UTIL_ERROR_H

#include <stdbool.h>

enum vpc_cause {
    VPC_UNEXPECTED = 1,  /* none of the others: DISP_E_EXCEPTION at the edge */
    VPC_OUT_OF_MEMORY,
    VPC_INVALID_ARGUMENT,
    VPC_BAD_PATH,        /* empty or relative path */
    VPC_INVALID_NAME,    /* a character that no file name may have */
    VPC_TOO_LONG,        /* path of 260 characters or more */
    VPC_PATH_NOT_FOUND,  /* a folder is missing */
    VPC_FILE_NOT_FOUND,
    VPC_ALREADY_EXISTS,
    VPC_ACCESS_DENIED,
    VPC_DISK_FULL,
    VPC_IO,              /* reading or writing failed for another reason */
    VPC_CORRUPT,         /* content is not what its format demands */
    VPC_NAME_EMPTY,
    VPC_NAME_TOO_LONG,   /* VM name over 80 characters */
    VPC_NAME_INVALID,    /* VM name with a forbidden character */
    VPC_NAME_IN_USE,     /* another VM has this name */
    VPC_VM_UNKNOWN,      /* registration is gone */
    VPC_VM_RUNNING,      /* the call needs a VM that is off */
    VPC_VM_NOT_RUNNING,  /* the call needs an active VM */
    VPC_KEY_NOT_FOUND,   /* no such configuration value */
    VPC_TIMED_OUT,
    VPC_ENGINE,          /* the hypervisor refused or died */
    VPC_NOT_SUPPORTED,   /* this engine has no such thing */
    VPC_STATE_CONFLICT,  /* already so: Pause of a paused VM, Resume of a running one */
    VPC_SAVED_STATE,     /* a saved state that cannot be restored: damaged, foreign, or refused by the engine */
    VPC_CANCELLED        /* a client has called it off */
};

struct vpc_error {
    enum vpc_cause cause;
    char text[512]; /* UTF-8, cut at a character boundary when longer */
};

#if defined(__MINGW32__)
#define VPC_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#else
#define VPC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif

/* Fills *err (out) and returns false, so that a caller can write `return vpc_fail(...)`. */
bool vpc_fail(struct vpc_error *err, enum vpc_cause cause, const char *format, ...) VPC_PRINTF(3, 4);

/* Puts "context: " before the text of *err (in, out) and returns false. */
bool vpc_fail_in(struct vpc_error *err, const char *format, ...) VPC_PRINTF(2, 3);

/* Like vpc_fail, with the operating system's reason after the text: cause and reason come from GetLastError() on Windows and from errno
 * elsewhere, read on entry. */
bool vpc_fail_os(struct vpc_error *err, const char *format, ...) VPC_PRINTF(2, 3);

/* Lower-case word for a cause ("path-not-found"), as it stands in control messages and logs. Never NULL. Static text. */
const char *vpc_cause_name(enum vpc_cause cause);

/* The cause of that word; VPC_UNEXPECTED for a word that no cause has. */
enum vpc_cause vpc_cause_from_name(const char *name);

#endif
