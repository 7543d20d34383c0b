/*
 * docs/members.md as data: which members work and which answer E_NOTIMPL.
 *
 * The page has one section `## <interface>` an interface, with one table row a member:
 *
 *     | `get_Name` | 7 | works | note |
 *
 * The reader is strict: a row that it does not understand is an error that names the line, so that no row can drop out
 * unseen.
 */
#ifndef VPC_TESTS_IDL_MEMBERS_H
#define VPC_TESTS_IDL_MEMBERS_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    MEMBERS_NAME_BYTES = 64
};

struct members_row {
    char face[MEMBERS_NAME_BYTES];   /* interface */
    char member[MEMBERS_NAME_BYTES]; /* with get_ and put_, as the header spells it */
    unsigned slot;
    bool works; /* false: E_NOTIMPL */
};

/* Reads the text of the page. *rows (out): new array of *count in the order of the page, free() it; NULL on failure.
 * VPC_CORRUPT names the line. */
bool members_parse(const char *text, struct members_row **rows, size_t *count, struct vpc_error *err);

/* The same from the file at an absolute path. */
bool members_read(const char *path, struct members_row **rows, size_t *count, struct vpc_error *err);

/* The row of a member; NULL when there is none. */
const struct members_row *members_find(const struct members_row *rows, size_t count, const char *face,
                                       const char *member);

#endif
