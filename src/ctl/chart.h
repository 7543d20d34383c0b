/* Charts of an hour, as inline SVG. */
#ifndef VPC_CTL_CHART_H
#define VPC_CTL_CHART_H

#include "buffer.h"
#include "hour.h"

/* Adds a figure with its legend: of the processor, or of two figures in bytes, shown as means a second. Some minute is
 * known. `vm` is for those who hear the page instead of seeing it. */
void chart_add_cpu(struct buffer *out, const struct hour *hour, const char *vm);
void chart_add_rates(struct buffer *out, const struct hour *hour, const char *vm, const char *heading,
                     enum hour_figure first, const char *first_word, enum hour_figure second, const char *second_word);

/* Adds "12 %", the processor use of a minute, or that it is not known. */
void chart_add_percent(struct buffer *out, const struct hour *hour, int minute);

/* Adds "12.3 KiB" for a number of bytes. */
void chart_add_bytes(struct buffer *out, double bytes);

#endif
