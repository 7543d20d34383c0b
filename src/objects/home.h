/*
 * The catalog as objects share it: the folder of one user's data, with a reference count.
 */
#ifndef VPC_OBJECTS_HOME_H
#define VPC_OBJECTS_HOME_H

#include <stdatomic.h>
#include <windows.h>
#include "config/catalog_generation.h"

struct home {
    LONG references;                              /* private */
    struct catalog catalog;                       /* never changes while shared */
    _Atomic(struct catalog_generation *) changes; /* private; NULL until it can be had */
};

/* A moment at which somebody has looked at the files of the catalog. */
struct home_look {
    uint32_t changes; /* the catalog's number then */
    uint32_t at_ms;   /* 0: the look proves nothing for later */
};

/* The latest look that has found something as it should be. All zero: none. Any thread; of two that note at the same
 * time one wins, or the notes mix and prove nothing. */
struct home_seen {
    _Atomic uint32_t changes, at_ms;
};

/* Opens the catalog of this user. *home (out): one reference. Fails as catalog_open does. */
bool home_open(struct home **home, struct vpc_error *err);

/* One more reference to the same home. */
struct home *home_share(struct home *home);

/* To be called before the files are looked at. */
struct home_look home_look(struct home *home);

/* Notes a look, older than now or not, that has found all well. */
void home_note(struct home_seen *seen, const struct home_look *look);

/* Whether what was noted still holds: no process has changed the catalog since, and it is not older than
 * CATALOG_TRUST_MS. No system call. */
bool home_still(const struct home *home, const struct home_seen *seen);

/* Gives a reference back. NULL is allowed. */
void home_release(struct home *home);

#endif
