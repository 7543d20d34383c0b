/*
 * value_help IN.tlb OUT.tlb FILE.idl...: gives the values of enumerations their help strings.
 *
 * widl refuses [helpstring] on a value, so the IDL writes VALUE_HELP("text") before it, which widl does not see. This
 * program of the build reads those texts and writes the type library again, with a longer string table and longer
 * records of the values. Offsets behind what grew are moved; nothing else changes. An enumeration value without text is
 * an error.
 *
 * The format is what LoadTypeLib calls an "MSFT" file, as Wine reads it: a header, the directory of 15 segments, the
 * segments, then the data of each type. All numbers are 32-bit little-endian.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_FLAGS = 0x14, /* bit 8: one more word after the header */
    HEADER_TYPES = 0x20, /* number of types */
    HEADER_SIZE = 0x54,
    SEGMENTS = 15,
    SEGMENT_BYTES = 16,
    SEGMENT_TYPES = 0,
    SEGMENT_NAMES = 7,
    SEGMENT_STRINGS = 8,
    TYPE_BYTES = 0x64,
    TYPE_DATA = 0x04,     /* place of the type's data in the file */
    TYPE_ELEMENTS = 0x18, /* functions in the low half, variables in the high half */
    KIND_ENUM = 0,
    NAME_LENGTH = 8,
    NAME_TEXT = 12,
    VALUE_BYTES = 0x14,      /* record of a value without help */
    VALUE_HELP_BYTES = 0x1c, /* with help context and help string */
    VALUE_HELP_STRING = 0x18
};

struct bytes {
    unsigned char *data;
    size_t size;
};

static void die(const char *what, const char *which)
{
    fprintf(stderr, "value_help: %s: %s\n", which, what);
    exit(1);
}

static void *grow(void *old, size_t size)
{
    void *data = realloc(old, size);
    if (!data)
        die("out of memory", "realloc");
    return data;
}

static void append(struct bytes *to, const void *data, size_t size)
{
    to->data = grow(to->data, to->size + size + 1);
    memcpy(to->data + to->size, data, size);
    to->size += size;
    to->data[to->size] = '\0';
}

static struct bytes read_file(const char *path)
{
    struct bytes file = {0};
    char buffer[4096];
    size_t got;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        die("cannot be opened", path);
    while ((got = fread(buffer, 1, sizeof buffer, stream)) > 0)
        append(&file, buffer, got);
    if (ferror(stream) || !file.size)
        die("cannot be read", path);
    fclose(stream);
    return file;
}

static uint32_t get(const struct bytes *from, size_t offset)
{
    if (offset + 4 > from->size || offset + 4 < offset)
        die("ends too early", "type library");
    const unsigned char *p = from->data + offset;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put(struct bytes *to, size_t offset, uint32_t value)
{
    get(to, offset);
    for (int i = 0; i < 4; i++)
        to->data[offset + i] = (unsigned char)(value >> 8 * i);
}

static void append_word(struct bytes *to, uint32_t value)
{
    append(to, "\0\0\0", 4);
    put(to, to->size - 4, value);
}

/* Finds the text before the value `name` in the IDL and copies it, without the backslashes of C. */
static void find_help(const struct bytes *idl, const char *name, char *help, size_t size)
{
    static const char mark[] = "VALUE_HELP(\"";
    for (const char *at = strstr((char *)idl->data, mark); at; at = strstr(at, mark)) {
        size_t length = 0;
        for (at += sizeof mark - 1; *at && *at != '"' && length + 1 < size; at++) {
            if (*at == '\\')
                at++;
            help[length++] = *at;
        }
        help[length] = '\0';
        if (strncmp(at, "\")", 2))
            die("text too long, or not closed", help);
        at += 2;
        at += strspn(at, " \r\n");
        size_t word = strlen(name);
        if (!strncmp(at, name, word) && !isalnum((unsigned char)at[word]) && at[word] != '_')
            return;
    }
    die("has no VALUE_HELP", name);
}

/* Appends a string as the string table has them: length, characters, filled up to 4 bytes, 8 at least. Returns its
 * place. */
static uint32_t add_string(struct bytes *strings, uint32_t base, const char *text)
{
    uint32_t place = base + (uint32_t)strings->size;
    size_t length = strlen(text);
    unsigned char prefix[2] = {(unsigned char)length, (unsigned char)(length >> 8)};
    append(strings, prefix, 2);
    append(strings, text, length);
    while (strings->size % 4 || base + strings->size - place < 8)
        append(strings, "W", 1);
    return place;
}

/* Data of an enumeration with longer records: their length, the records, then id, name and place of each value. */
static void rewrite_enum(const struct bytes *in, size_t data, size_t end, uint32_t count, const struct bytes *idl,
                         struct bytes *strings, uint32_t string_base, uint32_t names, struct bytes *out)
{
    uint32_t records = get(in, data);
    size_t tables = data + 4 + records;
    if (records != count * VALUE_BYTES || tables + count * 12 != end)
        die("an enumeration has an unknown form", "type library");
    append_word(out, count * VALUE_HELP_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        char name[128], help[256];
        size_t entry = names + get(in, tables + (count + i) * 4);
        size_t length = get(in, entry + NAME_LENGTH) & 0xff, record = out->size;
        get(in, entry + NAME_TEXT + length);
        if (length >= sizeof name)
            die("a value has too long a name", "type library");
        memcpy(name, in->data + entry + NAME_TEXT, length);
        name[length] = '\0';
        find_help(idl, name, help, sizeof help);
        append(out, in->data + data + 4 + i * VALUE_BYTES, VALUE_BYTES);
        append_word(out, 0);
        append_word(out, add_string(strings, string_base, help));
        put(out, record, (get(out, record) & 0xffff0000u) | VALUE_HELP_BYTES);
    }
    append(out, in->data + tables, count * 8);
    for (uint32_t i = 0; i < count; i++)
        append_word(out, i * VALUE_HELP_BYTES);
}

/* Where things are in the type library that is read. */
struct layout {
    uint32_t types;       /* number of types */
    size_t directory;     /* of the segments */
    uint32_t type_table;  /* segment of types */
    uint32_t names;       /* segment of names */
    uint32_t strings_end; /* end of the segment of strings, where new ones go */
    uint32_t strings_length;
    uint32_t data; /* end of the last segment, where the data of the types begin */
};

static uint32_t segment(const struct bytes *in, const struct layout *at, int index, bool length)
{
    return get(in, at->directory + (size_t)index * SEGMENT_BYTES + (length ? 4 : 0));
}

static struct layout find_layout(const struct bytes *in)
{
    struct layout at = {0};
    if (in->size < HEADER_SIZE || memcmp(in->data, "MSFT", 4))
        die("is none", "type library");
    at.types = get(in, HEADER_TYPES);
    at.directory = HEADER_SIZE + (get(in, HEADER_FLAGS) & 0x100 ? 4 : 0) + (size_t)at.types * 4;
    at.type_table = segment(in, &at, SEGMENT_TYPES, false);
    at.names = segment(in, &at, SEGMENT_NAMES, false);
    at.strings_length = segment(in, &at, SEGMENT_STRINGS, true);
    at.strings_end = segment(in, &at, SEGMENT_STRINGS, false) + at.strings_length;
    for (int i = 0; i < SEGMENTS; i++) {
        uint32_t end = segment(in, &at, i, false) + segment(in, &at, i, true);
        if (segment(in, &at, i, true) && end > at.data)
            at.data = end;
    }
    get(in, at.data - 4);
    return at;
}

/* Copies the data of all types, those of enumerations with help. Puts the new place of each, counted from the first,
 * into `in`. */
static void rewrite_types(struct bytes *in, const struct layout *at, const struct bytes *idl, struct bytes *strings,
                          struct bytes *data)
{
    for (uint32_t i = 0; i < at->types; i++) {
        size_t type = at->type_table + (size_t)i * TYPE_BYTES;
        size_t start = get(in, type + TYPE_DATA);
        size_t end = i + 1 < at->types ? get(in, type + TYPE_BYTES + TYPE_DATA) : in->size;
        uint32_t elements = get(in, type + TYPE_ELEMENTS);
        if (start < at->data || end < start || end > in->size)
            die("types are not in order", "type library");
        put(in, type + TYPE_DATA, (uint32_t)data->size);
        if ((get(in, type) & 0xf) == KIND_ENUM && elements)
            rewrite_enum(in, start, end, elements >> 16, idl, strings, at->strings_length, at->names, data);
        else
            append(data, in->data + start, end - start);
    }
}

int main(int argc, char **argv)
{
    struct bytes idl = {0}, strings = {0}, data = {0}, out = {0};
    if (argc < 4)
        die("IN.tlb OUT.tlb FILE.idl...", "usage");
    struct bytes in = read_file(argv[1]);
    for (int i = 3; i < argc; i++) {
        struct bytes part = read_file(argv[i]);
        append(&idl, part.data, part.size);
        free(part.data);
    }
    struct layout at = find_layout(&in);
    rewrite_types(&in, &at, &idl, &strings, &data);

    uint32_t more = (uint32_t)strings.size;
    for (uint32_t i = 0; i < at.types; i++) {
        size_t type = at.type_table + (size_t)i * TYPE_BYTES;
        put(&in, type + TYPE_DATA, get(&in, type + TYPE_DATA) + at.data + more);
    }
    for (int i = 0; i < SEGMENTS; i++) {
        size_t entry = at.directory + (size_t)i * SEGMENT_BYTES;
        if (i == SEGMENT_STRINGS)
            put(&in, entry + 4, at.strings_length + more);
        else if (segment(&in, &at, i, true) && segment(&in, &at, i, false) >= at.strings_end)
            put(&in, entry, segment(&in, &at, i, false) + more);
    }
    append(&out, in.data, at.strings_end);
    append(&out, strings.data, strings.size);
    append(&out, in.data + at.strings_end, at.data - at.strings_end);
    append(&out, data.data, data.size);

    FILE *stream = fopen(argv[2], "wb");
    if (!stream || fwrite(out.data, 1, out.size, stream) != out.size || fclose(stream))
        die("cannot be written", argv[2]);
    free(in.data);
    free(idl.data);
    free(strings.data);
    free(data.data);
    free(out.data);
    return 0;
}
