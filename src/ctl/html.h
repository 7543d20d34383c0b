/* Pieces of an HTML page. */
#ifndef VPC_CTL_HTML_H
#define VPC_CTL_HTML_H

#include "buffer.h"

/* Adds a text so that a browser shows it as it is, in an element and in an attribute alike. */
void html_add_text(struct buffer *out, const char *text);

/* Adds all from <!DOCTYPE html> to the opened body, with the styles of report and chart: light or dark as the reader's
 * system wants it. Nothing of the page is fetched and nothing of it runs. */
void html_add_head(struct buffer *out, const char *title);

#endif
