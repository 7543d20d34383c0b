/*
 * A text that grows: UTF-8, always ended by a zero byte. Starts as {0}; a program at the prompt has nothing better to
 * do without memory than to say so and end, so nothing here fails.
 */
#ifndef VPC_CTL_BUFFER_H
#define VPC_CTL_BUFFER_H

#include <stddef.h>

struct buffer {
    char *bytes; /* NULL until something was added */
    size_t length;
    size_t capacity;
};

void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t length);
void buffer_add(struct buffer *buffer, const char *text);
/* So many copies of one character. */
void buffer_fill(struct buffer *buffer, char character, size_t count);
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
/* The text, never NULL. Borrowed until the next change. */
const char *buffer_text(const struct buffer *buffer);
void buffer_clear(struct buffer *buffer);

/* `memory`, or the end of the program when it is NULL. */
void *need(void *memory);

#endif
