/*
 * Text: UTF-8 everywhere below COM, UTF-16 only at the edge to Windows.
 *
 * Functions that return `char *` return memory that the caller frees with free(); NULL means out of memory (and nothing else).
 */
#ifndef VPC_UTIL_TEXT_H
#define VPC_UTIL_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* Formats like printf into new memory. */
char *text_format(const char *format, ...) VPC_PRINTF(1, 2);
char *text_copy(const char *text);

/* Compares two UTF-8 texts without regard to case, as the names of VMs and networks are compared. 0 when equal, else the order. */
int text_compare_nocase(const char *a, const char *b);

/* True when the text ends with the suffix, compared without regard to case. */
bool text_ends_nocase(const char *text, const char *suffix);

/* The character at *text (in, out: moved behind it); 0 at the end, where *text stays. A byte that is no UTF-8 reads as U+FFFD. */
uint32_t text_next(const char **text);

/* Number of UTF-16 units that the text has on the other side of the edge: limits of names and paths are counted in them. */
size_t text_utf16_length(const char *text);

/* True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms, no NUL inside `size`). */
bool text_is_utf8(const char *bytes, size_t size);

/* A growing byte buffer. After a failed append `failed` stays set and later appends do nothing, so that a writer checks once, at the end.
 * The data is always followed by a NUL that `size` does not count. Starts as {0}. */
struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed; /* out of memory */
};

/* Makes room for so many bytes more: appending them cannot fail. False without memory; the buffer is as it was. */
bool buffer_reserve(struct buffer *buffer, size_t size);

void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_format(struct buffer *buffer, const char *format, ...) VPC_PRINTF(2, 3);
void buffer_free(struct buffer *buffer);

/* Value of an environment variable of this process in new memory; *value (out) is NULL when it is unset or empty. */
bool text_environment(const char *name, char **value, struct vpc_error *err);

/* Random bytes fit for keys and identifiers that nobody may guess. */
bool text_random_bytes(void *bytes, size_t size, struct vpc_error *err);

/* Sixteen random bytes as lower-case GUID text without braces, "6376c067-7f57-4d63-b754-06e2e4f51d73" (version 4). */
bool text_random_guid(char guid[37], struct vpc_error *err);

#if defined(_WIN32)
/* UTF-8 to UTF-16 and back. A lone surrogate becomes U+FFFD. free() the result. */
wchar_t *text_to_wide(const char *text);
char *text_from_wide(const wchar_t *wide, size_t length);
#endif

#endif
