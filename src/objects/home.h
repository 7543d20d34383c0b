/*
 * The catalog as objects share it: the folder of one user's data, with a reference count.
 */
#ifndef VPC_OBJECTS_HOME_H
#define VPC_OBJECTS_HOME_H

#include <windows.h>
#include "config/catalog.h"

struct home {
    LONG references;        /* private */
    struct catalog catalog; /* never changes while shared */
};

/* Opens the catalog of this user. *home (out): one reference. Fails as catalog_open does. */
bool home_open(struct home **home, struct vpc_error *err);

/* One more reference to the same home. */
struct home *home_share(struct home *home);

/* Gives a reference back. NULL is allowed. */
void home_release(struct home *home);

#endif
