/* The tree behind settings.h: settings_tree.c keeps it, settings_parse.c and settings_write.c read and write it,
 * settings_key.c finds in it. */
#ifndef VPC_CONFIG_SETTINGS_PRIVATE_H
#define VPC_CONFIG_SETTINGS_PRIVATE_H

#include "config/settings.h"
#include "util/text.h"

/* A document of more nodes, or an element of more attributes, is refused: the largest known has some two hundred nodes.
 */
enum {
    SETTINGS_MAX_NODES = 100000,
    SETTINGS_MAX_ATTRIBUTES = 64
};

enum node_kind {
    NODE_DOCUMENT,
    NODE_ELEMENT,
    NODE_TEXT,
    NODE_COMMENT,
    NODE_INSTRUCTION
};

struct attribute {
    char *name, *value;
};

struct node {
    enum node_kind kind;
    char *name; /* element, target of an instruction; else NULL */
    char *text; /* text, comment, data of an instruction; else NULL */
    struct attribute *attributes;
    size_t attribute_count;
    struct node *parent, *next, *first, *last;
};

struct settings {
    struct node *document; /* comments and instructions beside the root are its children */
    struct node *root;     /* the root element */
};

/* A new node at the end of the parent's children (parent may be NULL). Copies name and text, either may be NULL. NULL
 * when out of memory. */
struct node *node_new(struct node *parent, enum node_kind kind, const char *name, const char *text);

/* Takes a node out of its parent and frees it with all below it. NULL is nothing. */
void node_remove(struct node *node);

/* Frees the text among a node's children, but for `except` (may be NULL). */
void node_drop_text(struct node *node, const struct node *except);

/* Value of an attribute; NULL when the node has none of that name. Borrowed. */
const char *node_attribute(const struct node *node, const char *name);

/* Sets an attribute, at the end when it is new. False when out of memory. */
bool node_set_attribute(struct node *node, const char *name, const char *value);

/* True when a child is an element. */
bool node_has_elements(const struct node *node);

/* True when a child is text that is not only white space. */
bool node_has_text(const struct node *node);

/* True for the characters that XML counts as white space, and for the empty text. */
bool text_is_blank(const char *text);

/* One step of a key. */
struct key_step {
    char *name;
    bool has_id;
    uint32_t id;
};

struct key {
    struct key_step *steps;
    size_t count;
};

/* VPC_INVALID_ARGUMENT for a key that is empty or malformed. */
bool key_parse(struct key *key, const char *text, struct vpc_error *err);
void key_clear(struct key *key);

/* The first child that a step names; NULL when there is none. */
struct node *key_child(const struct node *parent, const struct key_step *step);

/* The element of a key; NULL when there is none. Borrowed. */
struct node *key_find(const struct settings *settings, const struct key *key);

/* Decimal number of 32 bits without sign, all of the text. */
bool parse_number(const char *text, uint32_t *number);

/* True when XML allows this as the name of an element, and it has no colon. */
bool settings_is_name(const char *name);

#endif
