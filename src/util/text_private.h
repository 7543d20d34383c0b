/* What text.c needs from the operating system: text_win.c, text_posix.c. */
#ifndef VPC_UTIL_TEXT_PRIVATE_H
#define VPC_UTIL_TEXT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* Order of two code points without regard to case, by the tables with which the system compares file names. Allocates
 * nothing. */
int text_order_nocase(uint32_t a, uint32_t b);

#endif
