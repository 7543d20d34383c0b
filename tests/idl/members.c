#include "members.h"

#include "util/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_LIMIT = 1 << 20,
    LINE_BYTES = 512
};

/* Copies the next cell of a table row, without the blanks around it. *at (in, out): after the bar before the cell;
 * after the bar behind it on return. False when no bar follows or the cell does not fit. */
static bool next_cell(const char **at, char *cell, size_t size)
{
    const char *start = *at + strspn(*at, " ");
    const char *bar = strchr(start, '|');
    if (!bar)
        return false;
    const char *end = bar;
    while (end > start && end[-1] == ' ')
        end--;
    if ((size_t)(end - start) >= size)
        return false;
    memcpy(cell, start, (size_t)(end - start));
    cell[end - start] = '\0';
    *at = bar + 1;
    return true;
}

/* True for the two rows that every table begins with. */
static bool is_heading(const char *line)
{
    return !strncmp(line, "| member |", 10) || !strncmp(line, "|---", 4);
}

static bool parse_row(const char *line, const char *face, struct members_row *row, struct vpc_error *err)
{
    char member[MEMBERS_NAME_BYTES + 2], slot[16], state[16], note[LINE_BYTES];
    const char *at = line + 1;
    if (!next_cell(&at, member, sizeof member) || !next_cell(&at, slot, sizeof slot) ||
        !next_cell(&at, state, sizeof state) || !next_cell(&at, note, sizeof note) || *at)
        return vpc_fail(err, VPC_CORRUPT, "not four cells: '%s'", line);
    size_t length = strlen(member);
    if (length < 3 || member[0] != '`' || member[length - 1] != '`')
        return vpc_fail(err, VPC_CORRUPT, "member without backquotes: '%s'", line);
    char *rest;
    unsigned long number = strtoul(slot, &rest, 10);
    if (rest == slot || *rest || number > 1000)
        return vpc_fail(err, VPC_CORRUPT, "slot is no number: '%s'", line);
    row->works = !strcmp(state, "works");
    if (!row->works && strcmp(state, "E_NOTIMPL"))
        return vpc_fail(err, VPC_CORRUPT, "state is neither works nor E_NOTIMPL: '%s'", line);
    snprintf(row->face, sizeof row->face, "%s", face);
    snprintf(row->member, sizeof row->member, "%.*s", (int)length - 2, member + 1);
    row->slot = (unsigned)number;
    return true;
}

/* Takes one line: remembers the section, appends a row, passes over the rest. */
static bool parse_line(const char *line, char *face, struct members_row **rows, size_t *count, struct vpc_error *err)
{
    if (!strncmp(line, "## ", 3)) {
        if (strlen(line + 3) >= MEMBERS_NAME_BYTES)
            return vpc_fail(err, VPC_CORRUPT, "section name too long: '%s'", line);
        strcpy(face, line + 3);
        return true;
    }
    if (line[0] != '|' || is_heading(line))
        return true;
    if (!face[0])
        return vpc_fail(err, VPC_CORRUPT, "row before the first section: '%s'", line);
    struct members_row *more = realloc(*rows, (*count + 1) * sizeof **rows);
    if (!more)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for row %zu", *count + 1);
    *rows = more;
    if (!parse_row(line, face, &more[*count], err))
        return false;
    ++*count;
    return true;
}

bool members_parse(const char *text, struct members_row **rows, size_t *count, struct vpc_error *err)
{
    char face[MEMBERS_NAME_BYTES] = "";
    size_t number = 0;
    *rows = NULL;
    *count = 0;
    while (*text) {
        char line[LINE_BYTES];
        size_t length = strcspn(text, "\r\n");
        number++;
        bool ok = length < sizeof line;
        if (ok) {
            memcpy(line, text, length);
            line[length] = '\0';
            ok = parse_line(line, face, rows, count, err);
        } else {
            vpc_fail(err, VPC_CORRUPT, "line of %zu bytes", length);
        }
        if (!ok) {
            free(*rows);
            *rows = NULL;
            *count = 0;
            return vpc_fail_in(err, "line %zu", number);
        }
        text += length;
        text += *text == '\r';
        text += *text == '\n';
    }
    return true;
}

bool members_read(const char *path, struct members_row **rows, size_t *count, struct vpc_error *err)
{
    char *text;
    size_t size;
    *rows = NULL;
    *count = 0;
    if (!file_read(path, PAGE_LIMIT, &text, &size, err))
        return false;
    bool ok = members_parse(text, rows, count, err);
    free(text);
    return ok || vpc_fail_in(err, "%s", path);
}

const struct members_row *members_find(const struct members_row *rows, size_t count, const char *face,
                                       const char *member)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(rows[i].face, face) && !strcmp(rows[i].member, member))
            return &rows[i];
    }
    return NULL;
}
