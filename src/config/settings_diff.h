/* What differs between two settings documents of one kind. */
#ifndef VPC_CONFIG_SETTINGS_DIFF_H
#define VPC_CONFIG_SETTINGS_DIFF_H

#include "config/settings.h"

/* Calls `differs` for each key whose value in `after` is another than in `before`, of another type, or new (value: that of `after`, borrowed) or gone (value:
 * NULL), in the order of the documents, what is gone last. Containers are no values. A value that cannot be read is passed over. False when out of
 * memory; then some calls may be missing. */
bool settings_diff(const struct settings *before, const struct settings *after,
                   void (*differs)(void *context, const char *key, const struct setting *value), void *context, struct vpc_error *err);

#endif
