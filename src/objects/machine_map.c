#include "objects/machine_map.h"

#include <stddef.h>
#include <stdlib.h>
#include "util/text.h"

enum {
    BUCKETS_FIRST = 16
};

static struct machine_map_node *first_buckets[BUCKETS_FIRST];
static struct machine_map_node **buckets = first_buckets;
static uint32_t bucket_count = BUCKETS_FIRST, node_count;

/* Two paths that differ in case only have the same hash: letters of ASCII count in one case, and those with case that
 * are not of ASCII, or that such a one may fold to (dotless i, long s), do not count at all. */
static uint32_t hash_path(const char *path)
{
    uint32_t hash = 2166136261u, character;

    while ((character = text_next(&path)) != 0) {
        if (character >= 'A' && character <= 'Z')
            character += 'a' - 'A';
        if (character == 'i' || character == 's' || character == 'k')
            continue;
        /* Above ASCII only the scripts of East Asia, which have no case. */
        if (character >= 0x80 && (character < 0x2E80 || character > 0xA000))
            continue;
        hash = (hash ^ character) * 16777619u;
    }
    return hash ^ hash >> 16;
}

static struct machine_map_node **bucket_of(uint32_t hash)
{
    return &buckets[hash & (bucket_count - 1)];
}

static void grow(void)
{
    uint32_t old_count = bucket_count;
    struct machine_map_node **old = buckets;
    struct machine_map_node **made = calloc(2 * (size_t)old_count, sizeof(struct machine_map_node *));

    if (!made)
        return;
    buckets = made;
    bucket_count = 2 * old_count;
    for (uint32_t i = 0; i < old_count; i++) {
        while (old[i]) {
            struct machine_map_node *node = old[i];
            old[i] = node->next;
            node->next = *bucket_of(node->hash);
            *bucket_of(node->hash) = node;
        }
    }
    if (old != first_buckets)
        free(old);
}

struct machine_map_node *machine_map_find(const char *path)
{
    uint32_t hash = hash_path(path);
    struct machine_map_node *node = *bucket_of(hash);

    while (node && (node->hash != hash || text_compare_nocase(node->path, path) != 0))
        node = node->next;
    return node;
}

void machine_map_add(struct machine_map_node *node, const char *path)
{
    node->path = path;
    node->hash = hash_path(path);
    if (node_count++ >= bucket_count)
        grow();
    node->next = *bucket_of(node->hash);
    *bucket_of(node->hash) = node;
}

void machine_map_remove(struct machine_map_node *node)
{
    struct machine_map_node **link = node->path ? bucket_of(node->hash) : NULL;

    while (link && *link && *link != node)
        link = &(*link)->next;
    if (!link || !*link)
        return;
    *link = node->next;
    node->path = NULL;
    /* The last one takes the table with it, so that nothing is left when the module goes. */
    if (--node_count == 0 && buckets != first_buckets) {
        free(buckets);
        buckets = first_buckets;
        bucket_count = BUCKETS_FIRST;
    }
}
