/*
 * The edge between COM's values and ours: out pointers, BSTR and UTF-8.
 *
 * Every member begins with one of the out_ functions for each out pointer: a NULL pointer is refused with E_POINTER and
 * a text, any other is zeroed, so that a failing member leaves nothing behind.
 */
#ifndef VPC_OBJECTS_OUT_H
#define VPC_OBJECTS_OUT_H

#include "com/error.h"

/* S_OK and *out zeroed, or E_POINTER. `parameter` is the name that the text shows. */
HRESULT out_text(const struct com_class *class, const char *parameter, BSTR *out);
HRESULT out_long(const struct com_class *class, const char *parameter, LONG *out);
HRESULT out_bool(const struct com_class *class, const char *parameter, VARIANT_BOOL *out);
HRESULT out_date(const struct com_class *class, const char *parameter, DATE *out);
HRESULT out_variant(const struct com_class *class, const char *parameter, VARIANT *out);
/* Any interface pointer or memory that the callee allocates. */
HRESULT out_object(const struct com_class *class, const char *parameter, void **out);

/* Hands a text out as a new BSTR. A NULL text stands for one that could not be allocated: E_OUTOFMEMORY. */
HRESULT give_text(const struct com_class *class, const char *text, BSTR *out);
/* The same, and frees the text. */
HRESULT give_text_free(const struct com_class *class, char *text, BSTR *out);

/* UTF-8 copy of a BSTR in *text (out, new memory); a NULL BSTR reads as empty. VPC_INVALID_NAME for a text with a NUL
 * character inside, which no name, path, key or value of ours can have. */
bool text_from_bstr(BSTR bstr, char **text, struct vpc_error *err);

/* Refuses a text that a client gave: "'<value>' <why>", where a NULL BSTR reads as empty. Returns `hr`. */
HRESULT refuse_text(const struct com_class *class, HRESULT hr, BSTR value, const char *why);

/* Fills *err with the one text for it. Returns false. */
bool fail_out_of_memory(struct vpc_error *err);

#endif
