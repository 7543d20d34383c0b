#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include "utf8.h"

enum {
    GAP = 2,
    NARROWEST_TEXT = 8
};

void rows_add_bytes(struct buffer *out, const char *digits)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
    double value = strtod(digits, NULL);
    size_t unit = 0;
    /* What would be shown as 1024 belongs to the next unit. */
    while (unit + 1 < sizeof units / sizeof *units && value >= (unit ? 1023.5 : 1024)) {
        value /= 1024;
        unit++;
    }
    if (unit == 0)
        buffer_format(out, "%s B", digits);
    else
        buffer_format(out, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[unit]);
}

void rows_add_seconds(struct buffer *out, json_int_t seconds)
{
    int s = (int)(seconds % 60), m = (int)(seconds / 60 % 60), h = (int)(seconds / 3600 % 24);
    if (seconds >= 86400)
        buffer_format(out, "%dd%02dh%02dm", (int)(seconds / 86400), h, m);
    else if (seconds >= 3600)
        buffer_format(out, "%d:%02d:%02d", h, m, s);
    else
        buffer_format(out, "%d:%02d", m, s);
}

/* A failure on one line. */
static void rows_add_error(struct buffer *out, const json_t *error)
{
    const char *code = "", *name = "", *text = "";
    json_unpack((json_t *)error, "{s:s,s:s,s:s}", "hresult", &code, "name", &name, "text", &text);
    if (*name)
        buffer_format(out, "%s (%s): %s", name, code, text);
    else
        buffer_format(out, "%s: %s", code, text);
}

/* The value as it is, without units. Nothing for null. */
static void rows_add_value(struct buffer *out, const json_t *value)
{
    if (json_is_string(value))
        buffer_add(out, json_string_value(value));
    else if (json_is_integer(value))
        buffer_format(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        buffer_add(out, json_is_true(value) ? "true" : "false");
    else if (json_is_object(value))
        rows_add_error(out, value);
}

/* A cell for people. */
static void rows_add_cell(struct buffer *out, const struct column *column, const json_t *value, bool exact)
{
    if (!value || json_is_null(value))
        buffer_add(out, "-");
    else if (column->kind == COLUMN_BYTES && !exact)
        rows_add_bytes(out, json_string_value(value));
    else if (column->kind == COLUMN_SECONDS)
        rows_add_seconds(out, json_integer_value(value));
    else
        rows_add_value(out, value);
    if (column->kind == COLUMN_PERCENT && json_is_integer(value))
        buffer_add(out, " %");
    if (column->kind == COLUMN_MEBIBYTES && json_is_integer(value))
        buffer_add(out, " MiB");
}

static bool column_can_be_cut(const struct column *column)
{
    return column->kind == COLUMN_TEXT || column->kind == COLUMN_STATE || column->kind == COLUMN_ERROR;
}

static bool column_is_text(const struct column *column)
{
    return column_can_be_cut(column) || column->kind == COLUMN_TIME;
}

/* Room that each column needs; then those that can be cut give way until the screen holds the line. */
static void rows_measure(const struct column *columns, size_t count, const json_t *rows, const struct style *style,
                         size_t *widths)
{
    struct buffer cell = {0};
    size_t i, total = 0;
    const json_t *row;
    for (size_t c = 0; c < count; c++) {
        widths[c] = 0;
        if (!columns[c].heading)
            continue;
        widths[c] = utf8_columns(columns[c].heading);
        json_array_foreach(rows, i, row)
        {
            buffer_clear(&cell);
            rows_add_cell(&cell, &columns[c], json_object_get(row, columns[c].key), style->exact);
            size_t width = utf8_columns(buffer_text(&cell));
            widths[c] = width > widths[c] ? width : widths[c];
        }
        total += widths[c] + (total ? GAP : 0);
    }
    buffer_clear(&cell);
    while (style->columns && total > style->columns) {
        size_t widest = count;
        for (size_t c = 0; c < count; c++)
            if (columns[c].heading && column_can_be_cut(&columns[c]) && widths[c] > NARROWEST_TEXT &&
                (widest == count || widths[c] > widths[widest]))
                widest = c;
        if (widest == count)
            return;
        widths[widest]--;
        total--;
    }
}

static const char *state_colour(const char *state)
{
    if (strcmp(state, "running") == 0)
        return "\x1b[32m";
    if (strcmp(state, "turned-off") == 0 || strcmp(state, "saved") == 0)
        return "\x1b[2m";
    return strcmp(state, "error") == 0 ? "\x1b[31m" : "\x1b[33m";
}

void rows_add_line(struct buffer *out, const struct column *columns, size_t count, const json_t *row,
                   const struct style *style, const size_t *widths)
{
    struct buffer cell = {0};
    size_t pending = 0; /* spaces, written only before something */
    bool first = true;
    for (size_t c = 0; c < count; c++) {
        if (!columns[c].heading)
            continue;
        buffer_clear(&cell);
        if (row)
            rows_add_cell(&cell, &columns[c], json_object_get(row, columns[c].key), style->exact);
        else
            buffer_add(&cell, columns[c].heading);
        const char *colour = !style->colour ? "" : !row ? "\x1b[1m" : "";
        if (style->colour && row && columns[c].kind == COLUMN_STATE)
            colour = state_colour(buffer_text(&cell));
        size_t width = utf8_columns(buffer_text(&cell));
        size_t blank = width < widths[c] ? widths[c] - width : 0;
        buffer_fill(out, ' ', pending + (first ? 0 : GAP) + (column_is_text(&columns[c]) ? 0 : blank));
        buffer_add(out, colour);
        size_t used = utf8_add_cut(out, buffer_text(&cell), widths[c]);
        buffer_add(out, *colour ? "\x1b[0m" : "");
        pending = column_is_text(&columns[c]) ? widths[c] - used : 0;
        first = false;
    }
    buffer_add(out, "\n");
    buffer_clear(&cell);
}

void rows_add_table(struct buffer *out, const struct column *columns, size_t count, const json_t *rows,
                    const struct style *style)
{
    size_t *widths = need(calloc(count + 1, sizeof *widths));
    size_t i;
    const json_t *row;
    rows_measure(columns, count, rows, style, widths);
    rows_add_line(out, columns, count, NULL, style, widths);
    json_array_foreach(rows, i, row) rows_add_line(out, columns, count, row, style, widths);
    free(widths);
}

static void csv_add(struct buffer *out, const char *field)
{
    if (!field[strcspn(field, "\",\r\n")] && field[0] != ' ') {
        buffer_add(out, field);
        return;
    }
    buffer_add(out, "\"");
    for (const char *c = field; *c; c++) {
        if (*c == '"')
            buffer_add(out, "\"");
        buffer_add_bytes(out, c, 1);
    }
    buffer_add(out, "\"");
}

void rows_add_csv(struct buffer *out, const struct column *columns, size_t count, const json_t *rows, bool headings)
{
    struct buffer field = {0};
    size_t i;
    const json_t *row;
    for (size_t c = 0; headings && c < count; c++)
        buffer_format(out, "%s%s", c ? "," : "", columns[c].key);
    if (headings)
        buffer_add(out, "\n");
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; c < count; c++) {
            buffer_clear(&field);
            rows_add_value(&field, json_object_get(row, columns[c].key));
            buffer_add(out, c ? "," : "");
            csv_add(out, buffer_text(&field));
        }
        buffer_add(out, "\n");
    }
    buffer_clear(&field);
}

void rows_add_json(struct buffer *out, const json_t *value, bool on_one_line)
{
    char *text = need(json_dumps(value, on_one_line ? JSON_COMPACT : JSON_INDENT(2)));
    buffer_add(out, text);
    buffer_add(out, "\n");
    free(text);
}
