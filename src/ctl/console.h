/*
 * Standard output and standard error: UTF-8 with LF where they are redirected, UTF-16 by WriteConsoleW on a console, so
 * that no code page ever spoils a name.
 */
#ifndef VPC_CTL_CONSOLE_H
#define VPC_CTL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

enum console_stream {
    CONSOLE_OUT,
    CONSOLE_ERROR
};

/* Looks at both streams. First of all. */
void console_open(void);

bool console_is_terminal(enum console_stream stream);
/* Whether escape sequences may be written: a terminal that takes them. */
bool console_takes_escapes(enum console_stream stream);
/* Whether colours are wanted: escapes, and NO_COLOR is unset or empty (https://no-color.org). */
bool console_has_colour(enum console_stream stream);
/* Columns of a line: of the terminal, else what COLUMNS says, else 0 for "no limit". */
size_t console_columns(void);

/* Writes UTF-8. False when the stream takes no more: a full disk, a closed pipe. Standard output keeps that in mind. */
bool console_write(enum console_stream stream, const char *text, size_t length);
/* Windows' code of the first error on standard output; 0: all that was written has arrived. */
unsigned long console_out_error(void);

/* From now on Ctrl-C and Ctrl-Break end console_rest instead of the program. */
void console_catch_interrupt(void);
/* An event object of the system, set by Ctrl-C: for what waits for other things too. Borrowed. */
void *console_interrupt_event(void);
/* Waits so many milliseconds; false, at once, after Ctrl-C. */
bool console_rest(unsigned milliseconds);

#endif
