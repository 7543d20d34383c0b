#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "console.h"

void output_text(const char *text)
{
    console_write(CONSOLE_OUT, text, strlen(text));
}

void output_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *line = need(calloc((size_t)(length < 0 ? 0 : length) + 2, 1));
    va_start(arguments, format);
    vsnprintf(line, (size_t)length + 1, format, arguments);
    va_end(arguments);
    strcat(line, "\n"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): there is room for it */
    output_text(line);
    free(line);
}

/* The table, over the one before it where the terminal can do that. */
static void output_table(struct buffer *out, const struct column *columns, size_t count, const json_t *rows, bool exact,
                         enum output_turn turn)
{
    struct style style = {.exact = exact, .colour = console_has_colour(CONSOLE_OUT), .columns = console_columns()};
    if (turn != OUTPUT_ONLY && console_takes_escapes(CONSOLE_OUT))
        buffer_add(out, "\x1b[H\x1b[J");
    else if (turn == OUTPUT_NEXT)
        buffer_add(out, "\n");
    rows_add_table(out, columns, count, rows, &style);
}

void output_rows(const struct arguments *arguments, const char *name, const struct column *columns, size_t count,
                 const json_t *rows, enum output_turn turn)
{
    struct buffer out = {0};
    if (arguments->given[OPTION_JSON]) {
        json_t *document = need(json_pack("{s:O}", name, rows));
        rows_add_json(&out, document, turn != OUTPUT_ONLY);
        json_decref(document);
    } else if (arguments->given[OPTION_CSV]) {
        rows_add_csv(&out, columns, count, rows, turn != OUTPUT_NEXT);
    } else {
        output_table(&out, columns, count, rows, arguments->given[OPTION_BYTES], turn);
    }
    output_text(buffer_text(&out));
    buffer_clear(&out);
}
