/* A command's rows to standard output, in the form that the command line asks for. */
#ifndef VPC_CTL_OUTPUT_H
#define VPC_CTL_OUTPUT_H

#include "arguments.h"
#include "rows.h"

/* Prints the rows: --json makes {"<name>":[...]}, --csv lines, otherwise it is a table. `again`: they are one of
 * several prints (--watch): JSON takes one line each, CSV has headings only in the first, a terminal is redrawn. */
enum output_turn {
    OUTPUT_ONLY,  /* printed once */
    OUTPUT_FIRST, /* printed again and again, this is the first time */
    OUTPUT_NEXT
};
void output_rows(const struct arguments *arguments, const char *name, const struct column *columns, size_t count,
                 const json_t *rows, enum output_turn turn);

/* Prints a text as it is. */
void output_text(const char *text);
/* Prints a line. */
void output_line(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

#endif
