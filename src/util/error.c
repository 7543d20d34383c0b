#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <errno.h>
#endif

static const struct {
    enum vpc_cause cause;
    const char *name;
} cause_names[] = {
    {VPC_UNEXPECTED, "unexpected"},
    {VPC_OUT_OF_MEMORY, "out-of-memory"},
    {VPC_INVALID_ARGUMENT, "invalid-argument"},
    {VPC_BAD_PATH, "bad-path"},
    {VPC_INVALID_NAME, "invalid-name"},
    {VPC_TOO_LONG, "too-long"},
    {VPC_PATH_NOT_FOUND, "path-not-found"},
    {VPC_FILE_NOT_FOUND, "file-not-found"},
    {VPC_ALREADY_EXISTS, "already-exists"},
    {VPC_ACCESS_DENIED, "access-denied"},
    {VPC_DISK_FULL, "disk-full"},
    {VPC_IO, "io"},
    {VPC_CORRUPT, "corrupt"},
    {VPC_NAME_EMPTY, "name-empty"},
    {VPC_NAME_TOO_LONG, "name-too-long"},
    {VPC_NAME_INVALID, "name-invalid"},
    {VPC_NAME_IN_USE, "name-in-use"},
    {VPC_VM_UNKNOWN, "vm-unknown"},
    {VPC_VM_RUNNING, "vm-running"},
    {VPC_VM_NOT_RUNNING, "vm-not-running"},
    {VPC_KEY_NOT_FOUND, "key-not-found"},
    {VPC_TIMED_OUT, "timed-out"},
    {VPC_ENGINE, "engine"},
    {VPC_NOT_SUPPORTED, "not-supported"},
    {VPC_STATE_CONFLICT, "state-conflict"},
    {VPC_SAVED_STATE, "saved-state"},
    {VPC_CANCELLED, "cancelled"},
};

enum {
    CAUSES = sizeof cause_names / sizeof cause_names[0]
};

const char *vpc_cause_name(enum vpc_cause cause)
{
    for (size_t i = 0; i < CAUSES; i++) {
        if (cause_names[i].cause == cause)
            return cause_names[i].name;
    }
    return "unexpected";
}

enum vpc_cause vpc_cause_from_name(const char *name)
{
    for (size_t i = 0; i < CAUSES; i++) {
        if (strcmp(cause_names[i].name, name) == 0)
            return cause_names[i].cause;
    }
    return VPC_UNEXPECTED;
}

/* Removes the part of a character that a full buffer left at the end. */
static void drop_cut_character(char *text)
{
    size_t length = strlen(text);
    size_t lead = length;

    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead > 0 && (unsigned char)text[lead - 1] >= 0xC0)
        lead--;
    if (!text_is_utf8(text + lead, length - lead))
        text[lead] = '\0';
}

/* Words of a library or of a stranger may be cut anywhere, and a text that is no UTF-8 could not be sent to a client. */
static void mark_bad_bytes(char *text)
{
    const char *next = text;

    for (char *at = text; *at; at = text + (next - text)) {
        uint32_t character = text_next(&next);

        if (character == 0xFFFD && next - at == 1)
            *at = '?';
    }
}

static void set_text(struct vpc_error *err, const char *format, va_list arguments)
{
    int length = vsnprintf(err->text, sizeof err->text, format, arguments);

    if (length < 0)
        err->text[0] = '\0';
    else if ((size_t)length >= sizeof err->text)
        drop_cut_character(err->text);
    mark_bad_bytes(err->text);
}

static void append_text(struct vpc_error *err, const char *text)
{
    size_t have = strlen(err->text);

    if (have + strlen(text) < sizeof err->text) {
        /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): it was seen to fit */
        strcpy(err->text + have, text);
        return;
    }
    memcpy(err->text + have, text, sizeof err->text - 1 - have);
    err->text[sizeof err->text - 1] = '\0';
    drop_cut_character(err->text);
}

bool vpc_fail(struct vpc_error *err, enum vpc_cause cause, const char *format, ...)
{
    va_list arguments;

    err->cause = cause;
    va_start(arguments, format);
    set_text(err, format, arguments);
    va_end(arguments);
    return false;
}

bool vpc_fail_in(struct vpc_error *err, const char *format, ...)
{
    struct vpc_error outer = {.cause = err->cause};
    va_list arguments;

    va_start(arguments, format);
    set_text(&outer, format, arguments);
    va_end(arguments);
    append_text(&outer, ": ");
    append_text(&outer, err->text);
    *err = outer;
    return false;
}

#if defined(_WIN32)

static enum vpc_cause cause_of(DWORD code)
{
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
        return VPC_FILE_NOT_FOUND;
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_DIRECTORY:
        return VPC_PATH_NOT_FOUND;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return VPC_ALREADY_EXISTS;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_PRIVILEGE_NOT_HELD:
        return VPC_ACCESS_DENIED;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return VPC_DISK_FULL;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return VPC_OUT_OF_MEMORY;
    case ERROR_INVALID_NAME:
        return VPC_INVALID_NAME;
    case ERROR_BAD_PATHNAME:
        return VPC_BAD_PATH;
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_BUFFER_OVERFLOW:
        return VPC_TOO_LONG;
    default:
        return VPC_IO;
    }
}

/* The system's text for a code, without its full stop. */
static void describe(DWORD code, char *text, size_t size)
{
    wchar_t wide[256];
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
    DWORD length = FormatMessageW(flags, NULL, code, 0, wide, 256, NULL);
    int bytes;

    while (length > 0 && (wide[length - 1] == L' ' || wide[length - 1] == L'.'))
        length--;
    bytes = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text, (int)size - 1, NULL, NULL);
    if (length > 0 && bytes > 0)
        text[bytes] = '\0';
    else
        snprintf(text, size, "error %lu", (unsigned long)code);
}

bool vpc_fail_os(struct vpc_error *err, const char *format, ...)
{
    DWORD code = GetLastError();
    char reason[768];
    va_list arguments;

    err->cause = cause_of(code);
    va_start(arguments, format);
    set_text(err, format, arguments);
    va_end(arguments);
    describe(code, reason, sizeof reason);
    append_text(err, ": ");
    append_text(err, reason);
    return false;
}

#else

static enum vpc_cause cause_of(int code)
{
    switch (code) {
    case ENOENT:
        return VPC_FILE_NOT_FOUND;
    case ENOTDIR:
        return VPC_PATH_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return VPC_ALREADY_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return VPC_ACCESS_DENIED;
    case ENOSPC:
    case EDQUOT:
        return VPC_DISK_FULL;
    case ENOMEM:
        return VPC_OUT_OF_MEMORY;
    case ENAMETOOLONG:
        return VPC_TOO_LONG;
    default:
        return VPC_IO;
    }
}

bool vpc_fail_os(struct vpc_error *err, const char *format, ...)
{
    int code = errno;
    const char *reason = strerrordesc_np(code);
    char number[32];
    va_list arguments;

    if (!reason) {
        snprintf(number, sizeof number, "error %d", code);
        reason = number;
    }
    err->cause = cause_of(code);
    va_start(arguments, format);
    set_text(err, format, arguments);
    va_end(arguments);
    append_text(err, ": ");
    append_text(err, reason);
    return false;
}

#endif
