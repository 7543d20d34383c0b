#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS    "\xe2\x80\xa6"

char *utf8_from_wide(const WCHAR *wide)
{
    if (!wide)
        wide = L"";
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = need(calloc((size_t)size + 1, 1));
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

WCHAR *utf8_to_wide(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *wide = need(calloc((size_t)length + 1, sizeof *wide));
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, length);
    return wide;
}

BSTR utf8_to_bstr(const char *text)
{
    WCHAR *wide = utf8_to_wide(text);
    BSTR bstr = need(SysAllocString(wide));
    free(wide);
    return bstr;
}

/* Length in bytes of the character at the text's front, at least 1; its code point in *point (out). */
static size_t utf8_next(const char *text, uint32_t *point)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t length = c[0] < 0x80             ? 1
                    : (c[0] & 0xe0) == 0xc0 ? 2
                    : (c[0] & 0xf0) == 0xe0 ? 3
                    : (c[0] & 0xf8) == 0xf0 ? 4
                                            : 0;
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    *point = 0xfffd;
    if (length == 0)
        return 1;
    uint32_t value = c[0] & masks[length];
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return i;
        value = value << 6 | (c[i] & 0x3f);
    }
    *point = value;
    return length;
}

struct range {
    uint32_t first, last;
};

static bool range_has(const struct range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

/* The common blocks of Unicode's East_Asian_Width (W, F) and of its combining marks. */
static size_t utf8_point_columns(uint32_t point)
{
    static const struct range marks[] = {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
    static const struct range wide[] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
                                        {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
                                        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (range_has(marks, ARRAYSIZE(marks), point))
        return 0;
    return range_has(wide, ARRAYSIZE(wide), point) ? 2 : 1;
}

size_t utf8_columns(const char *text)
{
    size_t columns = 0;
    uint32_t point;
    while (*text) {
        text += utf8_next(text, &point);
        columns += utf8_point_columns(point);
    }
    return columns;
}

size_t utf8_add_cut(struct buffer *buffer, const char *text, size_t columns)
{
    bool cut = utf8_columns(text) > columns;
    size_t most = cut && columns > 0 ? columns - 1 : columns, used = 0;
    uint32_t point;
    while (*text) {
        size_t length = utf8_next(text, &point), more = utf8_point_columns(point);
        if (used + more > most)
            break;
        if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xfffd)
            buffer_add(buffer, REPLACEMENT);
        else
            buffer_add_bytes(buffer, text, length);
        used += more;
        text += length;
    }
    if (cut && columns > 0) {
        buffer_add(buffer, ELLIPSIS);
        used++;
    }
    return used;
}
