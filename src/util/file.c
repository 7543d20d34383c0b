#include "util/file.h"
#include "util/file_private.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "util/clock.h"
#include "util/text.h"

char *file_temporary_name(const char *path, unsigned long process)
{
    static atomic_uint next;
    unsigned number = atomic_fetch_add(&next, 1);

    /* The clock tells a name of ours from what a dead process of the same number has left. */
    return text_format("%s.%lx-%x-%llx" FILE_TEMPORARY_SUFFIX, path, process, number,
                       (unsigned long long)clock_monotonic_ms());
}

bool folder_found_add(struct folder_found *found, char *name, const char *suffix, int64_t modified_utc_ms)
{
    if (!name)
        return false;
    if (!text_ends_nocase(name, suffix)) {
        free(name);
        return true;
    }
    if (found->count == found->capacity) {
        size_t capacity = found->capacity ? found->capacity * 2 : 16;
        struct folder_entry *entries = realloc(found->entries, capacity * sizeof *entries);

        if (!entries) {
            free(name);
            return false;
        }
        found->entries = entries;
        found->capacity = capacity;
    }
    found->entries[found->count++] = (struct folder_entry){.name = name, .modified_utc_ms = modified_utc_ms};
    return true;
}

void folder_list_free(struct folder_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i].name);
    free(entries);
}
