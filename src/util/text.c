#include "util/text.h"
#include "util/text_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPLACEMENT = 0xFFFD
};

/* Decodes one character of `size` bytes. Returns its length, 0 when the bytes there are not well-formed UTF-8. */
static size_t decode(const unsigned char *at, size_t size, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length;
    uint32_t value;

    if (at[0] < 0x80) {
        *character = at[0];
        return 1;
    }
    if (at[0] >= 0xC2 && at[0] <= 0xDF) {
        length = 2;
        value = at[0] & 0x1F;
    } else if ((at[0] & 0xF0) == 0xE0) {
        length = 3;
        value = at[0] & 0x0F;
    } else if (at[0] >= 0xF0 && at[0] <= 0xF4) {
        length = 4;
        value = at[0] & 0x07;
    } else {
        return 0;
    }
    if (size < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3F);
    }
    if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *character = value;
    return length;
}

uint32_t text_next(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    uint32_t character;
    size_t length;

    if (at[0] == '\0')
        return 0;
    /* decode stops at the terminating NUL, which is no continuation byte. */
    length = decode(at, 4, &character);
    if (length == 0) {
        length = 1;
        character = REPLACEMENT;
    }
    *text += length;
    return character;
}

bool text_is_utf8(const char *bytes, size_t size)
{
    size_t at = 0;

    while (at < size) {
        uint32_t character;
        size_t length = decode((const unsigned char *)bytes + at, size - at, &character);

        if (length == 0 || character == 0)
            return false;
        at += length;
    }
    return true;
}

size_t text_utf16_length(const char *text)
{
    size_t units = 0;
    uint32_t character;

    while ((character = text_next(&text)) != 0)
        units += character > 0xFFFF ? 2 : 1;
    return units;
}

static uint32_t ascii_upper(uint32_t character)
{
    return character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character;
}

int text_compare_nocase(const char *a, const char *b)
{
    for (;;) {
        uint32_t x = text_next(&a);
        uint32_t y = text_next(&b);
        int order;

        if (x == y) {
            if (x == 0)
                return 0;
            continue;
        }
        if (x < 0x80 && y < 0x80) {
            x = ascii_upper(x);
            y = ascii_upper(y);
            order = (x > y) - (x < y);
        } else {
            order = text_order_nocase(x, y);
        }
        if (order != 0)
            return order;
    }
}

bool text_ends_nocase(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t end = strlen(suffix);

    return length >= end && text_compare_nocase(text + length - end, suffix) == 0;
}

char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static char *format_list(const char *format, va_list arguments, size_t *length)
{
    va_list again;
    char *text;
    int needed;

    va_copy(again, arguments);
    needed = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (needed < 0)
        return NULL;
    text = malloc((size_t)needed + 1);
    if (text)
        vsnprintf(text, (size_t)needed + 1, format, arguments);
    *length = (size_t)needed;
    return text;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    size_t length;
    char *text;

    va_start(arguments, format);
    text = format_list(format, arguments, &length);
    va_end(arguments);
    return text;
}

bool buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    char *data;

    if (size >= SIZE_MAX / 2 - buffer->size)
        return false;
    if (buffer->size + size + 1 <= buffer->capacity)
        return true;
    while (capacity < buffer->size + size + 1)
        capacity *= 2;
    if (!(data = realloc(buffer->data, capacity)))
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    if (buffer->failed || !buffer_reserve(buffer, size)) {
        buffer->failed = true;
        return;
    }
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    size_t length;
    char *text;

    if (buffer->failed)
        return;
    va_start(arguments, format);
    text = format_list(format, arguments, &length);
    va_end(arguments);
    if (text)
        buffer_append(buffer, text, length);
    else
        buffer->failed = true;
    free(text);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

bool text_random_guid(char guid[37], struct vpc_error *err)
{
    unsigned char bytes[16];
    char *at = guid;

    if (!text_random_bytes(bytes, sizeof bytes, err))
        return false;
    bytes[6] = (bytes[6] & 0x0F) | 0x40; /* version 4, random */
    bytes[8] = (bytes[8] & 0x3F) | 0x80; /* variant of RFC 4122 */
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        at += sprintf(at, "%02x", (unsigned)bytes[i]);
    }
    return true;
}
