#include "engine/qemu/qemu_script.h"

#include "util/text.h"

/* A word in single quotes; a quote in it stands outside of them, behind a backslash. */
static void append_quoted(struct buffer *script, const char *word)
{
    buffer_append_text(script, " '");
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            buffer_append_text(script, "'\\''");
        else
            buffer_append(script, c, 1);
    }
    buffer_append_text(script, "'");
}

char *qemu_script_text(char *const words[])
{
    struct buffer script = {0};

    /* Renamed into place, so that no reader sees half a number. */
    buffer_append_text(&script, "exec </dev/null >>" QEMU_LOG_FILE " 2>&1\n"
                                "echo $$ >" QEMU_PID_FILE ".new && mv " QEMU_PID_FILE ".new " QEMU_PID_FILE "\n"
                                "exec");
    for (size_t i = 0; words[i]; i++)
        append_quoted(&script, words[i]);
    buffer_append_text(&script, "\n");
    if (!script.failed)
        return script.data;
    buffer_free(&script);
    return NULL;
}
