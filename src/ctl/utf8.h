/* Between UTF-8, in which vpcctl thinks, and the UTF-16 of Windows and COM; how much room a text takes on a screen. */
#ifndef VPC_CTL_UTF8_H
#define VPC_CTL_UTF8_H

#include <stddef.h>
#include <windows.h>
#include <oleauto.h>
#include "buffer.h"

/* New memory. What is no valid text becomes U+FFFD. NULL gives an empty text. */
char *utf8_from_wide(const WCHAR *wide);
WCHAR *utf8_to_wide(const char *text);
/* To be freed with SysFreeString. */
BSTR utf8_to_bstr(const char *text);

/* Columns of a screen of fixed pitch that the text takes: 2 for a wide East Asian character or a pictograph, 0 for a
 * mark above its predecessor. */
size_t utf8_columns(const char *text);

/* Adds the text in at most so many columns, cut with U+2026 at its end; the number of columns used. Control characters,
 * which could command a terminal, become U+FFFD. */
size_t utf8_add_cut(struct buffer *buffer, const char *text, size_t columns);

#endif
