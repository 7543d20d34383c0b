/* Changes of one key, in the form that the catalog applies to a document under its lock (catalog_change). */
#ifndef VPC_OBJECTS_SETTING_CHANGE_H
#define VPC_OBJECTS_SETTING_CHANGE_H

#include "config/settings.h"

struct setting_change {
    const char *key;             /* borrowed */
    const struct setting *value; /* borrowed; NULL: remove the key */
};

/* catalog_change with a struct setting_change as context. */
bool setting_change_apply(struct settings *settings, void *change, struct vpc_error *err);

/* Removes a key that may be missing. */
bool setting_remove_if_there(struct settings *settings, const char *key, struct vpc_error *err);

#endif
