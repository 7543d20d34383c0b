#include "engine/qemu/win_command_line.h"

#include "util/text.h"

/* Backslashes are literal, except in front of a quote: there each of them, and the quote, needs one more (documented
 * under "Parsing C command-line arguments"). */
static void append_word(struct buffer *line, const char *word)
{
    unsigned backslashes = 0;

    buffer_append_text(line, "\"");
    for (const char *c = word; *c; c++) {
        if (*c == '"') {
            while (backslashes--)
                buffer_append_text(line, "\\");
            buffer_append_text(line, "\\");
        }
        backslashes = *c == '\\' ? backslashes + 1 : 0;
        buffer_append(line, c, 1);
    }
    while (backslashes--)
        buffer_append_text(line, "\\");
    buffer_append_text(line, "\"");
}

char *win_command_line(char *const words[])
{
    struct buffer line = {0};

    for (unsigned i = 0; words[i]; i++) {
        if (i)
            buffer_append_text(&line, " ");
        append_word(&line, words[i]);
    }
    if (!line.failed)
        return line.data;
    buffer_free(&line);
    return NULL;
}
