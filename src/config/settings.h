/*
 * A settings document: the tree of keys in a .vmc file, in Options.xml, in a .vmcx.
 *
 * A key is a path of element names below the root, joined by '/', with [@id=n] (or [@id="n"]) after the name of an element that has an id:
 * "hardware/pci_bus/ethernet_adapter/ethernet_controller[@id=0]/ethernet_card_address". Values are elements with a `type` attribute. What this
 * project does not know (elements, attributes, comments, order) survives a rewrite.
 *
 * Files are read as UTF-16 of either byte order or UTF-8 and written as UTF-16LE with byte order mark, CR LF and tabs. Document types and
 * entity declarations are refused, as are files over SETTINGS_MAX_FILE bytes and trees deeper than SETTINGS_MAX_DEPTH.
 */
#ifndef VPC_CONFIG_SETTINGS_H
#define VPC_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

enum { SETTINGS_MAX_FILE = 4 * 1024 * 1024, SETTINGS_MAX_DEPTH = 64, SETTINGS_MAX_TEXT = 1024 * 1024 };

enum setting_type { SETTING_STRING, SETTING_INTEGER, SETTING_BOOLEAN, SETTING_BYTES };

struct setting {
    enum setting_type type;
    char *text;        /* SETTING_STRING: UTF-8, never NULL */
    uint32_t integer;  /* SETTING_INTEGER */
    bool boolean;      /* SETTING_BOOLEAN */
    uint8_t *bytes;    /* SETTING_BYTES */
    size_t size;
};

/* Frees what a setting owns (text, bytes), not the struct. */
void setting_clear(struct setting *setting);

struct settings;

/* An empty document with this root element name ("preferences", "vm_description") and the comment line that files of its kind begin with (may be NULL). */
bool settings_new(struct settings **settings, const char *root, const char *comment, struct vpc_error *err);

/* Parses a document. VPC_CORRUPT, with line and reason, for anything that is not well-formed, has another root than `root`, or breaks a limit. */
bool settings_parse(struct settings **settings, const char *root, const void *bytes, size_t size, struct vpc_error *err);

/* Reads a file (the causes of file_read and settings_parse; the text names the path). */
bool settings_load(struct settings **settings, const char *root, const char *path, struct vpc_error *err);

/* Writes the document in the form described above to new memory / to a file by file_replace. */
bool settings_serialize(const struct settings *settings, char **bytes, size_t *size, struct vpc_error *err);
bool settings_save(const struct settings *settings, const char *path, struct vpc_error *err);
void settings_free(struct settings *settings);

/* Value of a key, copied into *setting (out; setting_clear it). VPC_KEY_NOT_FOUND: no such element, or one without a value (a container). VPC_INVALID_ARGUMENT:
 * the key is empty or malformed. VPC_CORRUPT: the stored text does not fit its type ("x" as integer). An unknown `type` word reads as a string. */
bool settings_get(const struct settings *settings, const char *key, struct setting *setting, struct vpc_error *err);

/* Sets a value, making the element and its containers when they are missing; an existing value changes its type. */
bool settings_set(struct settings *settings, const char *key, const struct setting *setting, struct vpc_error *err);

/* Removes an element and all below it. VPC_KEY_NOT_FOUND when there is none. Containers that become empty stay. */
bool settings_remove(struct settings *settings, const char *key, struct vpc_error *err);

/* True when the element is there, value or container. */
bool settings_has(const struct settings *settings, const char *key);

/* Ids of the children of `key` that have this element name and an id, ascending; at most `most` are stored, *count is how many there are. False when out of memory. */
bool settings_ids(const struct settings *settings, const char *key, const char *name, uint32_t *ids, size_t most, size_t *count);

/* Shorthands: the value, or the fallback when the key is absent or has another type. The text is new memory (NULL only when out of memory). */
uint32_t settings_integer(const struct settings *settings, const char *key, uint32_t fallback);
bool settings_boolean(const struct settings *settings, const char *key, bool fallback);
char *settings_text(const struct settings *settings, const char *key, const char *fallback);
/* The same for a value on which something depends: false, with VPC_OUT_OF_MEMORY, when it cannot be looked for. */
bool settings_read_integer(const struct settings *settings, const char *key, uint32_t fallback, uint32_t *value, struct vpc_error *err);
bool settings_read_boolean(const struct settings *settings, const char *key, bool fallback, bool *value, struct vpc_error *err);
bool settings_set_integer(struct settings *settings, const char *key, uint32_t value, struct vpc_error *err);
bool settings_set_boolean(struct settings *settings, const char *key, bool value, struct vpc_error *err);
bool settings_set_text(struct settings *settings, const char *key, const char *value, struct vpc_error *err);
bool settings_set_bytes(struct settings *settings, const char *key, const void *bytes, size_t size, struct vpc_error *err);

#endif
