/* From a tree to bytes: UTF-16LE with byte order mark, CR LF, tabs. */
#include "config/settings_private.h"

#include <stdlib.h>
#include <string.h>

#include "util/file.h"

/* Line ends and tabs inside a value must survive the parser's normalization, so they are written as references. */
static void write_escaped(struct buffer *out, const char *text, bool attribute)
{
    for (;;) {
        size_t plain = strcspn(text, attribute ? "&<>\"\r\n\t" : "&<>\r\n");

        buffer_append(out, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        if (*text == '&')
            buffer_append_text(out, "&amp;");
        else if (*text == '<')
            buffer_append_text(out, "&lt;");
        else if (*text == '>')
            buffer_append_text(out, "&gt;");
        else if (*text == '"')
            buffer_append_text(out, "&quot;");
        else
            buffer_append_format(out, "&#%d;", *text);
        text++;
    }
}

/* Comments and instructions cannot hold references; their line ends are layout. */
static void write_with_line_ends(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            buffer_append(out, "\r\n", 2);
        else
            buffer_append(out, text, 1);
    }
}

static void write_indent(struct buffer *out, size_t depth)
{
    while (depth-- > 0)
        buffer_append(out, "\t", 1);
}

static void write_node(struct buffer *out, const struct node *node, size_t depth);

static void write_element(struct buffer *out, const struct node *node, size_t depth)
{
    bool in_line = true;

    for (const struct node *child = node->first; child; child = child->next) {
        if (child->kind != NODE_TEXT)
            in_line = false;
    }
    /* Text beside elements: every blank may be meant. */
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->kind == NODE_TEXT)
            in_line = true;
    }
    buffer_append_format(out, "<%s", node->name);
    for (size_t i = 0; i < node->attribute_count; i++) {
        buffer_append_format(out, " %s=\"", node->attributes[i].name);
        write_escaped(out, node->attributes[i].value, true);
        buffer_append_text(out, "\"");
    }
    if (!node->first) {
        buffer_append_text(out, " />");
        return;
    }
    buffer_append_text(out, ">");
    for (const struct node *child = node->first; child; child = child->next) {
        if (!in_line) {
            buffer_append_text(out, "\r\n");
            write_indent(out, depth + 1);
        }
        write_node(out, child, depth + 1);
    }
    if (!in_line) {
        buffer_append_text(out, "\r\n");
        write_indent(out, depth);
    }
    buffer_append_format(out, "</%s>", node->name);
}

static void write_node(struct buffer *out, const struct node *node, size_t depth)
{
    switch (node->kind) {
    case NODE_ELEMENT:
        write_element(out, node, depth);
        break;
    case NODE_TEXT:
        write_escaped(out, node->text, false);
        break;
    case NODE_COMMENT:
        buffer_append_text(out, "<!--");
        write_with_line_ends(out, node->text);
        buffer_append_text(out, "-->");
        break;
    case NODE_INSTRUCTION:
        buffer_append_format(out, "<?%s%s", node->name, node->text[0] ? " " : "");
        write_with_line_ends(out, node->text);
        buffer_append_text(out, "?>");
        break;
    case NODE_DOCUMENT:
        break;
    }
}

static void append_unit(struct buffer *out, unsigned unit)
{
    unsigned char bytes[2] = {(unsigned char)unit, (unsigned char)(unit >> 8)};

    buffer_append(out, bytes, 2);
}

static void append_utf16(struct buffer *out, const char *text)
{
    uint32_t character;

    append_unit(out, 0xFEFF);
    while ((character = text_next(&text)) != 0) {
        if (character > 0xFFFF) {
            append_unit(out, 0xD800 + ((character - 0x10000) >> 10));
            append_unit(out, 0xDC00 + ((character - 0x10000) & 0x3FF));
        } else {
            append_unit(out, character);
        }
    }
}

bool settings_serialize(const struct settings *settings, char **bytes, size_t *size, struct vpc_error *err)
{
    struct buffer text = {0};
    struct buffer out = {0};

    *bytes = NULL;
    *size = 0;
    buffer_append_text(&text, "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n");
    for (const struct node *node = settings->document->first; node; node = node->next) {
        write_node(&text, node, 0);
        buffer_append_text(&text, "\r\n");
    }
    if (!text.failed)
        append_utf16(&out, text.data);
    if (text.failed || out.failed) {
        buffer_free(&text);
        buffer_free(&out);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to write settings");
    }
    buffer_free(&text);
    if (out.size > SETTINGS_MAX_FILE) {
        vpc_fail(err, VPC_INVALID_ARGUMENT, "settings of %zu bytes would be longer than %d", out.size,
                 SETTINGS_MAX_FILE);
        buffer_free(&out);
        return false;
    }
    *bytes = out.data;
    *size = out.size;
    return true;
}

bool settings_save(const struct settings *settings, const char *path, struct vpc_error *err)
{
    char *bytes;
    size_t size;
    bool ok;

    if (!settings_serialize(settings, &bytes, &size, err))
        return vpc_fail_in(err, "'%s'", path);
    ok = file_replace(path, bytes, size, err);
    free(bytes);
    return ok;
}
