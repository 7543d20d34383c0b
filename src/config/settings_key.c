/* Keys: "a/b[@id=1]/c". */
#include "config/settings_private.h"

#include <stdlib.h>
#include <string.h>

bool parse_number(const char *text, uint32_t *number)
{
    uint64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return true;
}

/* Reads "[@id=1]" or "[@id=\"1\"]" in place: writes a NUL where the number ends. */
static bool parse_id(char *text, struct key_step *step)
{
    size_t size = strlen(text);
    bool quoted;

    if (strncmp(text, "[@id=", 5) != 0 || text[size - 1] != ']')
        return false;
    text[size - 1] = '\0';
    quoted = text[5] == '"';
    if (quoted) {
        if (size < 8 || text[size - 2] != '"')
            return false;
        text[size - 2] = '\0';
    }
    step->has_id = true;
    return parse_number(text + 5 + quoted, &step->id);
}

/* Takes the text of one step. */
static bool parse_step(char *text, struct key_step *step)
{
    size_t name = strcspn(text, "[");

    step->name = text;
    if (text[name] == '[') {
        if (!parse_id(text + name, step))
            return false;
        text[name] = '\0';
    }
    /* What no name can have; the rest is checked when an element is made. */
    return text[0] != '\0' && strpbrk(text, " \t\r\n<>&\"'=[]@") == NULL;
}

bool key_parse(struct key *key, const char *text, struct vpc_error *err)
{
    size_t most = 1;
    const char *from = text;

    *key = (struct key){0};
    if (text[0] == '\0')
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "key is empty");
    for (const char *at = text; *at; at++)
        most += *at == '/';
    if (most >= SETTINGS_MAX_DEPTH)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "key of %zu levels is too deep", most);
    key->steps = calloc(most, sizeof *key->steps);
    if (!key->steps)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a key");
    for (;;) {
        size_t size = strcspn(from, "/");
        char *step = malloc(size + 1);

        if (!step) {
            key_clear(key);
            return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a key");
        }
        memcpy(step, from, size);
        step[size] = '\0';
        if (!parse_step(step, &key->steps[key->count++])) {
            key_clear(key);
            return vpc_fail(err, VPC_INVALID_ARGUMENT, "key '%s' is malformed", text);
        }
        if (from[size] == '\0')
            return true;
        from += size + 1;
    }
}

void key_clear(struct key *key)
{
    for (size_t i = 0; i < key->count; i++)
        free(key->steps[i].name);
    /* analyse-allow analyzer-malloc-leak: the loop has freed each name that was counted */
    free(key->steps);
    *key = (struct key){0};
}

static bool matches(const struct node *node, const struct key_step *step)
{
    const char *id;
    uint32_t number;

    if (node->kind != NODE_ELEMENT || strcmp(node->name, step->name) != 0)
        return false;
    id = node_attribute(node, "id");
    if (!step->has_id)
        return id == NULL;
    return id && parse_number(id, &number) && number == step->id;
}

struct node *key_child(const struct node *parent, const struct key_step *step)
{
    for (struct node *child = parent->first; child; child = child->next) {
        if (matches(child, step))
            return child;
    }
    return NULL;
}

/* Of equal siblings the first that has the rest of the key counts, so that a doubled container hides nothing. */
static struct node *find_below(const struct node *parent, const struct key *key, size_t step)
{
    for (struct node *child = parent->first; child; child = child->next) {
        struct node *found;

        if (!matches(child, &key->steps[step]))
            continue;
        if (step + 1 == key->count)
            return child;
        found = find_below(child, key, step + 1);
        if (found)
            return found;
    }
    return NULL;
}

struct node *key_find(const struct settings *settings, const struct key *key)
{
    return find_below(settings->root, key, 0);
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

bool settings_ids(const struct settings *settings, const char *key, const char *name, uint32_t *ids, size_t most,
                  size_t *count)
{
    struct vpc_error err;
    struct key parsed;
    const struct node *parent = NULL;
    uint32_t *all;
    size_t found = 0;

    *count = 0;
    if (!key_parse(&parsed, key, &err))
        return err.cause != VPC_OUT_OF_MEMORY;
    parent = key_find(settings, &parsed);
    key_clear(&parsed);
    if (!parent)
        return true;
    for (const struct node *child = parent->first; child; child = child->next)
        found++;
    all = malloc((found + 1) * sizeof *all);
    if (!all)
        return false;
    found = 0;
    for (const struct node *child = parent->first; child; child = child->next) {
        const char *id;

        if (child->kind != NODE_ELEMENT || strcmp(child->name, name) != 0)
            continue;
        id = node_attribute(child, "id");
        if (id && parse_number(id, &all[found]))
            found++;
    }
    qsort(all, found, sizeof *all, compare_ids);
    for (size_t i = 0; i < found; i++) {
        if (i > 0 && all[i] == all[i - 1])
            continue;
        if (*count < most)
            ids[*count] = all[i];
        ++*count;
    }
    free(all);
    return true;
}
