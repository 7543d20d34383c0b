#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buffer.h"
#include "console.h"
#include "utf8.h"

/* Adds the formatted text on one line: a text from elsewhere may have line feeds. */
static void report_add(struct buffer *line, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = need(calloc((size_t)(length < 0 ? 0 : length) + 1, 1));
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    for (char *c = text; *c; c++)
        if (*c == '\r' || *c == '\n')
            *c = ' ';
    utf8_add_cut(line, text, (size_t)-1);
    free(text);
}

static void report_line(const char *what, const char *format, va_list arguments, const char *end)
{
    struct buffer line = {0};
    bool colour = console_has_colour(CONSOLE_ERROR);
    buffer_add(&line, colour ? "\x1b[31mvpcctl:\x1b[0m " : "vpcctl: ");
    if (what) {
        utf8_add_cut(&line, what, (size_t)-1);
        buffer_add(&line, ": ");
    }
    report_add(&line, format, arguments);
    buffer_add(&line, end);
    buffer_add(&line, "\n");
    console_write(CONSOLE_ERROR, line.bytes, line.length);
    buffer_clear(&line);
}

bool report_usage(const char *command, const char *format, ...)
{
    struct buffer hint = {0};
    va_list arguments;
    buffer_format(&hint, "; see 'vpcctl help%s%s'", command ? " " : "", command ? command : "");
    va_start(arguments, format);
    report_line(command, format, arguments, buffer_text(&hint));
    va_end(arguments);
    buffer_clear(&hint);
    return false;
}

void report(const char *what, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report_line(what, format, arguments, "");
    va_end(arguments);
}
