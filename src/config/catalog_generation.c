#include "config/catalog_generation.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "util/file.h"
#include "util/path.h"

#define CATALOG_GENERATION_FILE "catalog.generation"

enum {
    CHANGES_MAGIC = 0x31434356 /* "VCC1" */
};

/* The file's content; the same for 32- and 64-bit processes. */
struct changes_file {
    uint32_t magic;
    _Atomic uint32_t count;
    uint32_t reserved[14];
};

struct catalog_generation {
    struct file_map map;
    struct changes_file *file;
};

static bool map_file(struct catalog_generation *changes, const char *path, bool writable, struct vpc_error *err)
{
    if (!file_map_open(&changes->map, path, writable, err))
        return false;
    changes->file = changes->map.data;
    if (changes->map.size >= sizeof *changes->file && changes->file->magic == CHANGES_MAGIC)
        return true;
    file_map_close(&changes->map);
    return vpc_fail(err, VPC_CORRUPT, "'%s' counts no changes", path);
}

/* Maps the file, making it if it is missing. One that is none of ours stays as it is. */
static bool open_file(struct catalog_generation *changes, const struct catalog *catalog, bool writable)
{
    const struct changes_file first = {.magic = CHANGES_MAGIC};
    char *path = path_join(catalog->home, CATALOG_GENERATION_FILE);
    struct vpc_error err;
    bool open = path && map_file(changes, path, writable, &err);

    if (path && !open && err.cause == VPC_FILE_NOT_FOUND) {
        /* Somebody may make it at the same time; either file will do. */
        file_create(path, &first, sizeof first, &err);
        open = map_file(changes, path, writable, &err);
    }
    free(path);
    return open;
}

struct catalog_generation *catalog_generation_open(const struct catalog *catalog)
{
    struct catalog_generation *changes = calloc(1, sizeof *changes);

    if (changes && open_file(changes, catalog, false))
        return changes;
    free(changes);
    return NULL;
}

void catalog_generation_close(struct catalog_generation *changes)
{
    if (!changes)
        return;
    file_map_close(&changes->map);
    free(changes);
}

uint32_t catalog_generation_read(const struct catalog_generation *changes)
{
    return atomic_load_explicit(&changes->file->count, memory_order_acquire);
}

void catalog_generation_count(const struct catalog *catalog)
{
    struct catalog_generation changes;

    if (!open_file(&changes, catalog, true))
        return;
    atomic_fetch_add_explicit(&changes.file->count, 1, memory_order_release);
    file_map_close(&changes.map);
}
