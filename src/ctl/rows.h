/*
 * What a command shows: rows of fields, printed as a table for people or as JSON or CSV for programs. A row is a JSON
 * object; the columns say which of its members are shown and how.
 *
 * Exact integers that may pass 2^53 are strings of decimal digits in a row; null is "not known" or "does not apply".
 */
#ifndef VPC_CTL_ROWS_H
#define VPC_CTL_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "buffer.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_TIME, /* a text that is of no use when it is cut */
    COLUMN_NUMBER,
    COLUMN_BYTES, /* exact bytes, shown as KiB, MiB, ... */
    COLUMN_MEBIBYTES,
    COLUMN_PERCENT,
    COLUMN_SECONDS, /* shown as 1d02h, 3:05:09 or 5:09 */
    COLUMN_STATE,   /* coloured */
    COLUMN_ERROR    /* {"hresult","name","text"} */
};

struct column {
    const char *key;
    const char *heading; /* NULL: for programs only */
    enum column_kind kind;
};

struct style {
    bool exact; /* bytes as they are */
    bool colour;
    size_t columns; /* of the screen; names and their like are cut to it. 0: no limit */
};

/* Adds the rows (an array of objects) as a table with a line of headings. */
void rows_add_table(struct buffer *out, const struct column *columns, size_t count, const json_t *rows,
                    const struct style *style);
/* Adds one line of a table whose columns have these widths; `row` NULL: the headings. For what comes line by line. */
void rows_add_line(struct buffer *out, const struct column *columns, size_t count, const json_t *row,
                   const struct style *style, const size_t *widths);
/* Adds a line for each row, RFC 4180 but for LF at their ends; `headings`: a first line with the keys. */
void rows_add_csv(struct buffer *out, const struct column *columns, size_t count, const json_t *rows, bool headings);
/* Adds the value with its line feed: indented, or on one line. */
void rows_add_json(struct buffer *out, const json_t *value, bool on_one_line);

/* Adds "512 B", "1.50 KiB", "12.3 MiB", "123 GiB" for a string of digits. */
void rows_add_bytes(struct buffer *out, const char *digits);
void rows_add_seconds(struct buffer *out, json_int_t seconds);

#endif
