#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exit_code.h"

void *need(void *memory)
{
    if (!memory) {
        fputs("vpcctl: out of memory\n", stderr);
        exit(EXIT_CODE_FAILED);
    }
    return memory;
}

/* Room for so many bytes more and the zero byte. */
static void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->length + more < buffer->capacity)
        return;
    buffer->capacity = 2 * buffer->capacity + more + 64;
    buffer->bytes = need(realloc(buffer->bytes, buffer->capacity));
}

void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t length)
{
    buffer_reserve(buffer, length);
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_add(struct buffer *buffer, const char *text)
{
    buffer_add_bytes(buffer, text, strlen(text));
}

void buffer_fill(struct buffer *buffer, char character, size_t count)
{
    buffer_reserve(buffer, count);
    memset(buffer->bytes + buffer->length, character, count);
    buffer->length += count;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    buffer_reserve(buffer, (size_t)length);
    va_start(arguments, format);
    vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->bytes ? buffer->bytes : "";
}

void buffer_clear(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
