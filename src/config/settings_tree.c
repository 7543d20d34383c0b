#include "config/settings_private.h"

#include <stdlib.h>
#include <string.h>

struct node *node_new(struct node *parent, enum node_kind kind, const char *name, const char *text)
{
    struct node *node = calloc(1, sizeof *node);

    if (!node)
        return NULL;
    node->kind = kind;
    node->name = name ? text_copy(name) : NULL;
    node->text = text ? text_copy(text) : NULL;
    if ((name && !node->name) || (text && !node->text)) {
        free(node->name);
        free(node->text);
        free(node);
        return NULL;
    }
    node->parent = parent;
    if (parent) {
        if (parent->last)
            parent->last->next = node;
        else
            parent->first = node;
        parent->last = node;
    }
    return node;
}

/* The depth is bounded by SETTINGS_MAX_DEPTH. */
static void free_tree(struct node *node)
{
    struct node *child = node->first;

    while (child) {
        struct node *next = child->next;

        free_tree(child);
        child = next;
    }
    for (size_t i = 0; i < node->attribute_count; i++) {
        free(node->attributes[i].name);
        free(node->attributes[i].value);
    }
    free(node->attributes);
    free(node->name);
    free(node->text);
    free(node);
}

void node_remove(struct node *node)
{
    struct node *before = NULL;

    if (!node)
        return;
    if (node->parent) {
        if (node->parent->first == node) {
            node->parent->first = node->next;
        } else {
            for (before = node->parent->first; before->next != node; before = before->next)
                ;
            before->next = node->next;
        }
        if (node->parent->last == node)
            node->parent->last = before;
    }
    free_tree(node);
}

void node_drop_text(struct node *node, const struct node *except)
{
    struct node *child = node->first;

    node->first = node->last = NULL;
    while (child) {
        struct node *next = child->next;

        child->next = NULL;
        if (child->kind == NODE_TEXT && child != except) {
            free_tree(child);
        } else {
            if (node->last)
                node->last->next = child;
            else
                node->first = child;
            node->last = child;
        }
        child = next;
    }
}

const char *node_attribute(const struct node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; i++) {
        if (strcmp(node->attributes[i].name, name) == 0)
            return node->attributes[i].value;
    }
    return NULL;
}

bool node_set_attribute(struct node *node, const char *name, const char *value)
{
    struct attribute *attributes;
    struct attribute added = {.value = text_copy(value)};

    if (!added.value)
        return false;
    for (size_t i = 0; i < node->attribute_count; i++) {
        if (strcmp(node->attributes[i].name, name) == 0) {
            free(node->attributes[i].value);
            node->attributes[i].value = added.value;
            return true;
        }
    }
    added.name = text_copy(name);
    attributes = realloc(node->attributes, (node->attribute_count + 1) * sizeof *attributes);
    if (attributes)
        node->attributes = attributes;
    if (!added.name || !attributes) {
        free(added.name);
        free(added.value);
        return false;
    }
    attributes[node->attribute_count++] = added;
    return true;
}

bool node_has_elements(const struct node *node)
{
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->kind == NODE_ELEMENT)
            return true;
    }
    return false;
}

bool node_has_text(const struct node *node)
{
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->kind == NODE_TEXT && !text_is_blank(child->text))
            return true;
    }
    return false;
}

bool text_is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

bool settings_new(struct settings **settings, const char *root, const char *comment, struct vpc_error *err)
{
    struct settings *made = calloc(1, sizeof *made);

    *settings = NULL;
    if (made) {
        made->document = node_new(NULL, NODE_DOCUMENT, NULL, NULL);
        if (made->document && (!comment || node_new(made->document, NODE_COMMENT, NULL, comment)))
            made->root = node_new(made->document, NODE_ELEMENT, root, NULL);
        if (made->root) {
            *settings = made;
            return true;
        }
    }
    settings_free(made);
    return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for settings");
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    node_remove(settings->document);
    free(settings);
}
