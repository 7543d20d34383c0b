/* The values of keys. */
#include "config/settings.h"
#include "config/settings_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const type_words[] = {
    [SETTING_STRING] = "string",
    [SETTING_INTEGER] = "integer",
    [SETTING_BOOLEAN] = "boolean",
    [SETTING_BYTES] = "bytes",
};

void setting_clear(struct setting *setting)
{
    free(setting->text);
    free(setting->bytes);
    *setting = (struct setting){0};
}

/* All text of an element, in new memory. */
static char *text_of(const struct node *node)
{
    struct buffer text = {0};

    buffer_append_text(&text, "");
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->kind == NODE_TEXT)
            buffer_append_text(&text, child->text);
    }
    if (text.failed)
        buffer_free(&text);
    return text.data;
}

/* Cuts white space off both ends, in place. */
static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " \t\r\n");
    size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]))
        size--;
    text[size] = '\0';
    return text;
}

/* Negative numbers stand for the same 32 bits: some programs write what they show. */
static bool parse_integer(const char *text, uint32_t *integer)
{
    bool negative = text[0] == '-';

    if (!parse_number(text + negative, integer) || (negative && *integer > (uint32_t)INT32_MAX + 1))
        return false;
    if (negative)
        *integer = 0u - *integer;
    return true;
}

static bool parse_boolean(const char *text, bool *boolean)
{
    *boolean = text_compare_nocase(text, "true") == 0 || strcmp(text, "1") == 0;
    return *boolean || text_compare_nocase(text, "false") == 0 || strcmp(text, "0") == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Turns hexadecimal digits into bytes in place. */
static bool parse_bytes(char *text, size_t *size)
{
    size_t digits = strlen(text);

    if (digits % 2 != 0)
        return false;
    for (size_t i = 0; i < digits; i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        text[i / 2] = (char)(high << 4 | low);
    }
    *size = digits / 2;
    return true;
}

static enum setting_type type_of(const struct node *node)
{
    const char *word = node_attribute(node, "type");

    for (size_t i = 0; word && i < sizeof type_words / sizeof type_words[0]; i++) {
        if (strcmp(word, type_words[i]) == 0)
            return (enum setting_type)i;
    }
    return SETTING_STRING;
}

static bool read_value(const struct node *node, const char *key, struct setting *setting, struct vpc_error *err)
{
    char *text = text_of(node);
    char *trimmed;
    bool ok = true;

    if (!text)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the value of '%s'", key);
    setting->type = type_of(node);
    if (setting->type == SETTING_STRING) {
        setting->text = text;
        return true;
    }
    trimmed = trim(text);
    if (setting->type == SETTING_INTEGER) {
        ok = parse_integer(trimmed, &setting->integer);
    } else if (setting->type == SETTING_BOOLEAN) {
        ok = parse_boolean(trimmed, &setting->boolean);
    } else {
        setting->bytes = malloc(strlen(trimmed) / 2 + 1);
        if (!setting->bytes) {
            free(text);
            return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the value of '%s'", key);
        }
        ok = parse_bytes(trimmed, &setting->size);
        if (ok)
            memcpy(setting->bytes, trimmed, setting->size);
    }
    if (!ok) {
        vpc_fail(err, VPC_CORRUPT, "value '%s' of '%s' is no %s", trimmed, key, type_words[setting->type]);
        setting_clear(setting);
    }
    free(text);
    return ok;
}

bool settings_get(const struct settings *settings, const char *key, struct setting *setting, struct vpc_error *err)
{
    struct node *node;
    struct key parsed;

    *setting = (struct setting){0};
    if (!key_parse(&parsed, key, err))
        return false;
    node = key_find(settings, &parsed);
    key_clear(&parsed);
    if (!node || (!node_attribute(node, "type") && (node_has_elements(node) || !node_has_text(node))))
        return vpc_fail(err, VPC_KEY_NOT_FOUND, "no value '%s'", key);
    return read_value(node, key, setting, err);
}

bool settings_has(const struct settings *settings, const char *key)
{
    struct vpc_error ignored;
    struct key parsed;
    bool found;

    if (!key_parse(&parsed, key, &ignored))
        return false;
    found = key_find(settings, &parsed) != NULL;
    key_clear(&parsed);
    return found;
}

/* True for text that XML can hold and that is not too long. */
static bool check_text(const char *key, const char *text, struct vpc_error *err)
{
    size_t size = strlen(text);
    const char *at = text;
    uint32_t c;

    if (size > SETTINGS_MAX_TEXT)
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "value of '%s' is longer than %d bytes", key, SETTINGS_MAX_TEXT);
    if (!text_is_utf8(text, size))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "value of '%s' is not UTF-8", key);
    while ((c = text_next(&at)) != 0) {
        if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0xFFFE || c == 0xFFFF)
            return vpc_fail(err, VPC_INVALID_ARGUMENT, "value of '%s' has the character U+%04X", key, (unsigned)c);
    }
    return true;
}

/* The text that stands for a value in the file, in new memory. */
static bool format_value(const char *key, const struct setting *setting, char **text, struct vpc_error *err)
{
    static const char digits[] = "0123456789ABCDEF";

    *text = NULL;
    switch (setting->type) {
    case SETTING_STRING:
        if (!check_text(key, setting->text, err))
            return false;
        *text = text_copy(setting->text);
        break;
    case SETTING_INTEGER:
        *text = text_format("%lu", (unsigned long)setting->integer);
        break;
    case SETTING_BOOLEAN:
        *text = text_copy(setting->boolean ? "true" : "false");
        break;
    case SETTING_BYTES:
        if (setting->size > SETTINGS_MAX_TEXT / 2)
            return vpc_fail(err, VPC_INVALID_ARGUMENT, "value of '%s' is longer than %d bytes", key,
                            SETTINGS_MAX_TEXT / 2);
        *text = malloc(setting->size * 2 + 1);
        for (size_t i = 0; *text && i < setting->size; i++) {
            (*text)[i * 2] = digits[setting->bytes[i] >> 4];
            (*text)[i * 2 + 1] = digits[setting->bytes[i] & 15];
        }
        if (*text)
            (*text)[setting->size * 2] = '\0';
        break;
    }
    return *text ? true : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the value of '%s'", key);
}

static struct node *make_child(struct node *parent, const struct key_step *step)
{
    struct node *child = node_new(parent, NODE_ELEMENT, step->name, NULL);
    char number[16];

    if (!child || !step->has_id)
        return child;
    for (size_t at = sizeof number - 1, value = step->id;; value /= 10) {
        number[sizeof number - 1] = '\0';
        number[--at] = (char)('0' + value % 10);
        if (value < 10) {
            if (node_set_attribute(child, "id", number + at))
                return child;
            node_remove(child);
            return NULL;
        }
    }
}

/* Makes what is missing of a key. *made (out) is the topmost new element, NULL without any. */
static struct node *make_path(struct settings *settings, const struct key *key, struct node **made, const char *text,
                              struct vpc_error *err)
{
    struct node *at = settings->root;

    *made = NULL;
    for (size_t i = 0; i < key->count; i++) {
        struct node *child = key_child(at, &key->steps[i]);

        if (!child) {
            if (at->kind == NODE_ELEMENT && at != settings->root && node_attribute(at, "type")) {
                vpc_fail(err, VPC_INVALID_ARGUMENT, "'%s' would lie below a value", text);
                return NULL;
            }
            if (!settings_is_name(key->steps[i].name)) {
                vpc_fail(err, VPC_INVALID_ARGUMENT, "key '%s' is malformed", text);
                return NULL;
            }
            child = make_child(at, &key->steps[i]);
            if (!child) {
                vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for '%s'", text);
                return NULL;
            }
            if (!*made)
                *made = child;
        }
        at = child;
    }
    return at;
}

static bool put_value(struct node *node, const char *key, enum setting_type type, const char *text,
                      struct vpc_error *err)
{
    struct node *fresh = NULL;

    if (node_has_elements(node))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "'%s' holds other keys", key);
    if (text[0] != '\0' && !(fresh = node_new(node, NODE_TEXT, NULL, text)))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for '%s'", key);
    if (!node_set_attribute(node, "type", type_words[type])) {
        node_remove(fresh);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for '%s'", key);
    }
    node_drop_text(node, fresh);
    return true;
}

bool settings_set(struct settings *settings, const char *key, const struct setting *setting, struct vpc_error *err)
{
    struct node *made = NULL;
    struct node *node;
    struct key parsed;
    char *text = NULL;
    bool ok;

    if (!key_parse(&parsed, key, err))
        return false;
    ok = format_value(key, setting, &text, err);
    if (ok) {
        node = key_find(settings, &parsed);
        if (!node)
            node = make_path(settings, &parsed, &made, key, err);
        ok = node && put_value(node, key, setting->type, text, err);
        if (!ok)
            node_remove(made);
    }
    free(text);
    key_clear(&parsed);
    return ok;
}

bool settings_remove(struct settings *settings, const char *key, struct vpc_error *err)
{
    struct node *node;
    struct key parsed;
    bool found = false;

    if (!key_parse(&parsed, key, err))
        return false;
    /* Doubled elements all go: what is removed must not show again. */
    while ((node = key_find(settings, &parsed)) != NULL) {
        node_remove(node);
        found = true;
    }
    key_clear(&parsed);
    return found ? true : vpc_fail(err, VPC_KEY_NOT_FOUND, "no value '%s'", key);
}

bool settings_read_integer(const struct settings *settings, const char *key, uint32_t fallback, uint32_t *value,
                           struct vpc_error *err)
{
    struct setting setting;

    *value = fallback;
    if (!settings_get(settings, key, &setting, err))
        return err->cause != VPC_OUT_OF_MEMORY;
    if (setting.type == SETTING_INTEGER)
        *value = setting.integer;
    setting_clear(&setting);
    return true;
}

bool settings_read_boolean(const struct settings *settings, const char *key, bool fallback, bool *value,
                           struct vpc_error *err)
{
    struct setting setting;

    *value = fallback;
    if (!settings_get(settings, key, &setting, err))
        return err->cause != VPC_OUT_OF_MEMORY;
    if (setting.type == SETTING_BOOLEAN)
        *value = setting.boolean;
    setting_clear(&setting);
    return true;
}

uint32_t settings_integer(const struct settings *settings, const char *key, uint32_t fallback)
{
    struct vpc_error ignored;
    uint32_t value;

    settings_read_integer(settings, key, fallback, &value, &ignored);
    return value;
}

bool settings_boolean(const struct settings *settings, const char *key, bool fallback)
{
    struct vpc_error ignored;
    bool value;

    settings_read_boolean(settings, key, fallback, &value, &ignored);
    return value;
}

char *settings_text(const struct settings *settings, const char *key, const char *fallback)
{
    struct vpc_error err;
    struct setting setting;
    char *value = NULL;

    if (!settings_get(settings, key, &setting, &err)) {
        if (err.cause == VPC_OUT_OF_MEMORY)
            return NULL; /* and not what stands for a missing value */
    } else {
        if (setting.type == SETTING_STRING) {
            value = setting.text;
            setting.text = NULL;
        }
        setting_clear(&setting);
    }
    return value || !fallback ? value : text_copy(fallback);
}

bool settings_set_integer(struct settings *settings, const char *key, uint32_t value, struct vpc_error *err)
{
    return settings_set(settings, key, &(struct setting){.type = SETTING_INTEGER, .integer = value}, err);
}

bool settings_set_boolean(struct settings *settings, const char *key, bool value, struct vpc_error *err)
{
    return settings_set(settings, key, &(struct setting){.type = SETTING_BOOLEAN, .boolean = value}, err);
}

bool settings_set_text(struct settings *settings, const char *key, const char *value, struct vpc_error *err)
{
    /* The setting is only read. */
    return settings_set(settings, key, &(struct setting){.type = SETTING_STRING, .text = (char *)value}, err);
}

bool settings_set_bytes(struct settings *settings, const char *key, const void *bytes, size_t size,
                        struct vpc_error *err)
{
    return settings_set(settings, key,
                        &(struct setting){.type = SETTING_BYTES, .bytes = (uint8_t *)bytes, .size = size}, err);
}
