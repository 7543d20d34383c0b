/*
 * From bytes to a tree. The bytes become checked UTF-8 first, so that one path serves all encodings; what the
 * declaration says of the encoding does not count, as scripts copy it without meaning it.
 */
#include "config/settings_private.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"

struct reader {
    XML_Parser parser;
    struct settings *settings;
    const char *root; /* name that the root must have */
    struct node *at;  /* node whose content is being read */
    size_t depth, nodes;
    struct buffer text;   /* character data since the last tag */
    enum vpc_cause cause; /* 0 as long as all is well */
    const char *reason;
};

static void stop(struct reader *reader, enum vpc_cause cause, const char *reason)
{
    if (reader->cause != 0)
        return;
    reader->cause = cause;
    reader->reason = reason;
    XML_StopParser(reader->parser, XML_FALSE);
}

static struct node *add_node(struct reader *reader, enum node_kind kind, const char *name, const char *text)
{
    struct node *node;

    if (reader->cause != 0)
        return NULL;
    if (++reader->nodes > SETTINGS_MAX_NODES) {
        stop(reader, VPC_CORRUPT, "too many elements");
        return NULL;
    }
    node = node_new(reader->at, kind, name, text);
    if (!node)
        stop(reader, VPC_OUT_OF_MEMORY, "no memory");
    return node;
}

static void flush_text(struct reader *reader)
{
    if (reader->cause != 0)
        return;
    if (reader->text.failed)
        stop(reader, VPC_OUT_OF_MEMORY, "no memory");
    else if (reader->text.size > 0)
        add_node(reader, NODE_TEXT, NULL, reader->text.data);
    reader->text.size = 0;
}

static void on_text(void *context, const XML_Char *text, int size)
{
    struct reader *reader = context;

    if (reader->cause != 0)
        return;
    if (reader->text.size + (size_t)size > SETTINGS_MAX_TEXT)
        stop(reader, VPC_CORRUPT, "a text is too long");
    else
        buffer_append(&reader->text, text, (size_t)size);
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reader *reader = context;
    struct node *node;

    flush_text(reader);
    if (reader->cause != 0)
        return;
    if (++reader->depth > SETTINGS_MAX_DEPTH) {
        stop(reader, VPC_CORRUPT, "too many levels of elements");
        return;
    }
    if (reader->depth == 1 && strcmp(name, reader->root) != 0) {
        stop(reader, VPC_CORRUPT, "the root element has another name");
        return;
    }
    node = add_node(reader, NODE_ELEMENT, name, NULL);
    if (!node)
        return;
    for (; *attributes; attributes += 2) {
        if (node->attribute_count == SETTINGS_MAX_ATTRIBUTES) {
            stop(reader, VPC_CORRUPT, "too many attributes");
            return;
        }
        if (!node_set_attribute(node, attributes[0], attributes[1])) {
            stop(reader, VPC_OUT_OF_MEMORY, "no memory");
            return;
        }
    }
    if (reader->depth == 1)
        reader->settings->root = node;
    reader->at = node;
}

/* White space between elements is layout, which the writer makes anew; it is content in a value and beside other text.
 */
static void drop_layout(struct node *node)
{
    if (!node_has_text(node) && (node_has_elements(node) || !node_attribute(node, "type")))
        node_drop_text(node, NULL);
}

static void on_end(void *context, const XML_Char *name)
{
    struct reader *reader = context;

    (void)name;
    flush_text(reader);
    if (reader->cause != 0)
        return; /* the parser ends an empty element even after a stop */
    drop_layout(reader->at);
    reader->at = reader->at->parent;
    reader->depth--;
}

static void on_comment(void *context, const XML_Char *text)
{
    struct reader *reader = context;

    flush_text(reader);
    add_node(reader, NODE_COMMENT, NULL, text);
}

static void on_instruction(void *context, const XML_Char *target, const XML_Char *data)
{
    struct reader *reader = context;

    flush_text(reader);
    add_node(reader, NODE_INSTRUCTION, target, data);
}

static void on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                       int has_internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_internal;
    stop(context, VPC_CORRUPT, "document types are refused");
}

static unsigned unit_at(const unsigned char *bytes, bool big_endian)
{
    return big_endian ? (unsigned)bytes[0] << 8 | bytes[1] : (unsigned)bytes[1] << 8 | bytes[0];
}

static void append_character(struct buffer *buffer, uint32_t c)
{
    unsigned char bytes[4];
    size_t size = 0;

    if (c < 0x80) {
        bytes[size++] = (unsigned char)c;
    } else if (c < 0x800) {
        bytes[size++] = (unsigned char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        bytes[size++] = (unsigned char)(0xE0 | c >> 12);
        bytes[size++] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    } else {
        bytes[size++] = (unsigned char)(0xF0 | c >> 18);
        bytes[size++] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
        bytes[size++] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        bytes[size++] = (unsigned char)(0x80 | (c & 0x3F));
    buffer_append(buffer, bytes, size);
}

/* Appends UTF-16 as UTF-8. False for a lone surrogate or half a unit. */
static bool append_utf16(struct buffer *buffer, const unsigned char *bytes, size_t size, bool big_endian)
{
    if (size % 2 != 0)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        uint32_t c = unit_at(bytes + i, big_endian);

        if (c >= 0xD800 && c <= 0xDFFF) {
            unsigned low = c <= 0xDBFF && i + 2 < size ? unit_at(bytes + i + 2, big_endian) : 0;

            if (low < 0xDC00 || low > 0xDFFF)
                return false;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        append_character(buffer, c);
    }
    return true;
}

static bool to_utf8(struct buffer *utf8, const unsigned char *bytes, size_t size, struct vpc_error *err)
{
    bool ok;

    if (size >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE)
        ok = append_utf16(utf8, bytes + 2, size - 2, false);
    else if (size >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF)
        ok = append_utf16(utf8, bytes + 2, size - 2, true);
    else if (size >= 2 && bytes[0] == '<' && bytes[1] == 0)
        ok = append_utf16(utf8, bytes, size, false);
    else if (size >= 2 && bytes[0] == 0 && bytes[1] == '<')
        ok = append_utf16(utf8, bytes, size, true);
    else {
        size_t mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

        ok = text_is_utf8((const char *)bytes + mark, size - mark);
        if (ok)
            buffer_append(utf8, bytes + mark, size - mark);
    }
    if (utf8->failed)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read settings");
    if (!ok)
        return vpc_fail(err, VPC_CORRUPT, "text is neither UTF-16 nor UTF-8");
    return true;
}

static bool run_parser(struct reader *reader, const struct buffer *utf8, struct vpc_error *err)
{
    unsigned long line;

    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetCommentHandler(reader->parser, on_comment);
    XML_SetProcessingInstructionHandler(reader->parser, on_instruction);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    if (XML_Parse(reader->parser, utf8->data ? utf8->data : "", (int)utf8->size, XML_TRUE) == XML_STATUS_OK &&
        reader->cause == 0)
        return true;
    line = (unsigned long)XML_GetCurrentLineNumber(reader->parser);
    if (reader->cause != 0)
        return vpc_fail(err, reader->cause, "line %lu: %s", line, reader->reason);
    if (XML_GetErrorCode(reader->parser) == XML_ERROR_NO_MEMORY)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read settings");
    return vpc_fail(err, VPC_CORRUPT, "line %lu: %s", line, XML_ErrorString(XML_GetErrorCode(reader->parser)));
}

bool settings_parse(struct settings **settings, const char *root, const void *bytes, size_t size, struct vpc_error *err)
{
    struct reader reader = {.root = root};
    struct buffer utf8 = {0};
    bool ok;

    *settings = NULL;
    if (size > SETTINGS_MAX_FILE)
        return vpc_fail(err, VPC_CORRUPT, "settings of %zu bytes are longer than %d", size, SETTINGS_MAX_FILE);
    ok = to_utf8(&utf8, bytes, size, err);
    if (ok) {
        reader.parser = XML_ParserCreate("UTF-8");
        reader.settings = calloc(1, sizeof *reader.settings);
        if (reader.settings)
            reader.settings->document = node_new(NULL, NODE_DOCUMENT, NULL, NULL);
        if (reader.parser && reader.settings && reader.settings->document) {
            reader.at = reader.settings->document;
            ok = run_parser(&reader, &utf8, err);
        } else {
            ok = vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read settings");
        }
        if (reader.parser)
            XML_ParserFree(reader.parser);
        if (ok)
            *settings = reader.settings;
        else
            settings_free(reader.settings);
    }
    buffer_free(&reader.text);
    buffer_free(&utf8);
    return ok;
}

bool settings_load(struct settings **settings, const char *root, const char *path, struct vpc_error *err)
{
    char *data;
    size_t size;
    bool ok;

    *settings = NULL;
    if (!file_read(path, SETTINGS_MAX_FILE, &data, &size, err))
        return false;
    ok = settings_parse(settings, root, data, size, err);
    if (!ok)
        vpc_fail_in(err, "'%s'", path);
    free(data);
    return ok;
}

static void on_name(void *context, const XML_Char *name, const XML_Char **attributes)
{
    const char **wanted = context;

    if (*attributes == NULL && strcmp(*wanted, name) == 0)
        *wanted = NULL;
}

/* Asks the parser, so that nothing is ever written that it would not read again. */
bool settings_is_name(const char *name)
{
    XML_Parser parser;
    char *document;
    bool ok = false;

    if (!text_is_utf8(name, strlen(name)) || strpbrk(name, " \t\r\n<>/&\"'=:"))
        return false;
    document = text_format("<%s/>", name);
    parser = XML_ParserCreate("UTF-8");
    if (document && parser) {
        const char *wanted = name;

        XML_SetUserData(parser, &wanted);
        XML_SetStartElementHandler(parser, on_name);
        ok = XML_Parse(parser, document, (int)strlen(document), XML_TRUE) == XML_STATUS_OK && wanted == NULL;
    }
    if (parser)
        XML_ParserFree(parser);
    free(document);
    return ok;
}
