/*
 * How often a catalog has changed: a number in a small mapped file, <home>/catalog.generation, that every process
 * counts up when it has renamed, forgotten or deleted a VM. Who has looked at the files since the last change need not
 * look again to know that a VM is still there.
 *
 * The number is a hint and no proof: files may be moved by hand, and a process without the right to write to the folder
 * cannot count. So a look at the files is trusted for CATALOG_TRUST_MS at most, whatever the number says.
 */
#ifndef VPC_CONFIG_CATALOG_GENERATION_H
#define VPC_CONFIG_CATALOG_GENERATION_H

#include "config/catalog.h"

enum {
    CATALOG_TRUST_MS = 1000
};

struct catalog_generation;

/* For readers: the number of this catalog, its file made if it is missing. NULL when that cannot be had (no folder yet,
 * no right to it, no memory): then the files have to be looked at each time. */
struct catalog_generation *catalog_generation_open(const struct catalog *catalog);
void catalog_generation_close(struct catalog_generation *changes); /* NULL is allowed */

/* The number now. No system call. Any thread. */
uint32_t catalog_generation_read(const struct catalog_generation *changes);

/* For whoever has just changed the catalog and still holds its lock. What cannot be counted is not. */
void catalog_generation_count(const struct catalog *catalog);

#endif
