#include "config/settings_diff.h"

#include <stdlib.h>
#include <string.h>

#include "config/settings_private.h"

struct diff {
    const struct settings *other; /* what the walk compares with */
    bool gone;                    /* only what `other` has no value for, and as gone */
    void (*differs)(void *context, const char *key, const struct setting *value);
    void *context;
};

static bool same_value(const struct setting *a, const struct setting *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case SETTING_STRING:
        return strcmp(a->text, b->text) == 0;
    case SETTING_INTEGER:
        return a->integer == b->integer;
    case SETTING_BOOLEAN:
        return a->boolean == b->boolean;
    case SETTING_BYTES:
        return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
    }
    return false;
}

/* The key of a child of what has the key `above` (NULL: the root). New memory. */
static char *key_below(const char *above, const struct node *node)
{
    const char *id = node_attribute(node, "id");

    if (id)
        return text_format("%s%s%s[@id=%s]", above ? above : "", above ? "/" : "", node->name, id);
    return text_format("%s%s%s", above ? above : "", above ? "/" : "", node->name);
}

static void compare(const struct diff *diff, const struct settings *settings, const char *key)
{
    struct vpc_error ignored;
    struct setting here, there = {0};
    bool has;

    if (!settings_get(settings, key, &here, &ignored))
        return;
    has = settings_get(diff->other, key, &there, &ignored);
    if (diff->gone ? !has && !settings_has(diff->other, key) : !has || !same_value(&here, &there))
        diff->differs(diff->context, key, diff->gone ? NULL : &here);
    if (has)
        setting_clear(&there);
    setting_clear(&here);
}

/* As deep as a document may be, which settings_parse has checked. */
static bool walk(const struct diff *diff, const struct settings *settings, const struct node *parent, const char *above)
{
    bool whole = true;

    for (const struct node *node = parent->first; node && whole; node = node->next) {
        char *key;

        if (node->kind != NODE_ELEMENT)
            continue;
        whole = (key = key_below(above, node)) != NULL;
        if (whole && node_has_elements(node))
            whole = walk(diff, settings, node, key);
        else if (whole)
            compare(diff, settings, key);
        free(key);
    }
    return whole;
}

bool settings_diff(const struct settings *before, const struct settings *after,
                   void (*differs)(void *context, const char *key, const struct setting *value), void *context,
                   struct vpc_error *err)
{
    struct diff changed = {.other = before, .differs = differs, .context = context};
    struct diff gone = {.other = after, .gone = true, .differs = differs, .context = context};

    return (walk(&changed, after, after->root, NULL) && walk(&gone, before, before->root, NULL)) ||
           vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to compare settings");
}
