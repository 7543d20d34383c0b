/* What file_*.c and folder_*.c of both systems share. */
#ifndef VPC_UTIL_FILE_PRIVATE_H
#define VPC_UTIL_FILE_PRIVATE_H

#include <stdint.h>
#include "util/file.h"

/* Milliseconds from the origin of Windows file times, 1601-01-01, to 1970-01-01. */
static const int64_t FILE_TIME_1970_MS = 11644473600000;

/* A name in the folder of `path` that no other thread of any process uses: new memory. */
char *file_temporary_name(const char *path, unsigned long process);

/* The list that folder_list builds. */
struct folder_found {
    struct folder_entry *entries;
    size_t count, capacity;
};

/* Adds a file if its name ends with the suffix. Takes `name` in every case. False when out of memory, also for a NULL
 * name. */
bool folder_found_add(struct folder_found *found, char *name, const char *suffix, int64_t modified_utc_ms);

#endif
