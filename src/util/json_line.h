/*
 * Reads and writes a JSON text, and tells want of memory from nonsense.
 *
 * Jansson 2.14 does not. Where it gets no memory to read (src/load.c) it says that a token is invalid, or says nothing;
 * and where its lexer gets no room for one more byte of a word it goes on without that byte: a number then lacks a
 * digit, and behind a string that has lost its end it reads and writes on. So it gets what the system refuses from a
 * reserve, and what was read that way is thrown away. Where it writes (src/dump.c) it leaves out a key that it has no
 * room for.
 */
#ifndef VPC_UTIL_JSON_LINE_H
#define VPC_UTIL_JSON_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include "util/error.h"

/* While no other thread uses Jansson. Before that, and after the second, what follows is no better than Jansson's own.
 * False when the system has no place for it. */
bool json_line_install(void);
void json_line_uninstall(void);

/* NULL with VPC_OUT_OF_MEMORY: the same bytes may be read a little later; with VPC_CORRUPT: they are no JSON. */
json_t *json_line_read(const char *bytes, size_t size, struct vpc_error *err);

/* In one line, new memory; NULL without. */
char *json_line_write(const json_t *message);

#endif
