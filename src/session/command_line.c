/* Windows hands a program one string; the program's runtime takes it apart. These are the rules backwards. */
#include "session/control_private.h"

static void append_backslashes(struct buffer *command_line, size_t count)
{
    while (count-- > 0)
        buffer_append(command_line, "\\", 1);
}

void control_quote_argument(struct buffer *command_line, const char *argument)
{
    size_t backslashes = 0; /* that stand before the present character */
    if (command_line->size > 0)
        buffer_append(command_line, " ", 1);
    buffer_append(command_line, "\"", 1);
    for (; *argument; argument++) {
        if (*argument == '\\') {
            backslashes++;
            continue;
        }
        /* Backslashes are plain, unless a quote follows: then they count twice, and one more makes the quote plain. */
        append_backslashes(command_line, *argument == '"' ? backslashes * 2 + 1 : backslashes);
        backslashes = 0;
        buffer_append(command_line, argument, 1);
    }
    append_backslashes(command_line, backslashes * 2);
    buffer_append(command_line, "\"", 1);
}
