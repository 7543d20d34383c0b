#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define PATH_MAX_UNITS 1024
#define NAME_MAX_UNITS 512

struct text {
    WCHAR *units;
    size_t length;
    size_t capacity;
    BOOL failed;
};

static void add(struct text *text, const WCHAR *piece)
{
    size_t length = wcslen(piece);

    if (text->length + length + 1 > text->capacity) {
        size_t capacity = 2 * (text->length + length + 1);
        WCHAR *units = realloc(text->units, capacity * sizeof *units);
        if (!units) {
            text->failed = TRUE;
            return;
        }
        text->units = units;
        text->capacity = capacity;
    }
    wmemcpy(text->units + text->length, piece, length + 1);
    text->length += length;
}

static void add_value(struct text *text, const WCHAR *path, const WCHAR *name, DWORD type, const BYTE *data, DWORD size)
{
    WCHAR number[16];

    add(text, path);
    add(text, L" [");
    add(text, name);
    swprintf(number, ARRAYSIZE(number), L"] %lu:", type);
    add(text, number);
    if (type == REG_SZ && size >= sizeof(WCHAR) && size % sizeof(WCHAR) == 0 &&
        !((const WCHAR *)data)[size / sizeof(WCHAR) - 1]) {
        add(text, (const WCHAR *)data);
    } else {
        for (DWORD i = 0; i < size; i++) {
            swprintf(number, ARRAYSIZE(number), L" %02x", data[i]);
            add(text, number);
        }
    }
    add(text, L"\n");
}

static void add_values(struct text *text, HKEY key, const WCHAR *path)
{
    WCHAR name[NAME_MAX_UNITS];

    for (DWORD i = 0;; i++) {
        DWORD length = NAME_MAX_UNITS, type, size = 0;
        LSTATUS status = RegEnumValueW(key, i, name, &length, NULL, &type, NULL, &size);
        if (status == ERROR_NO_MORE_ITEMS)
            return;
        BYTE *data = calloc(1, size + sizeof(WCHAR));
        if (status != ERROR_SUCCESS || !data || RegQueryValueExW(key, name, NULL, &type, data, &size) != ERROR_SUCCESS)
            text->failed = TRUE;
        else
            add_value(text, path, name, type, data, size);
        free(data);
        if (text->failed)
            return;
    }
}

/* `path` has room for PATH_MAX_UNITS and is longer by the key's name during the call. */
static void add_key(struct text *text, HKEY parent, const WCHAR *name, WCHAR *path)
{
    size_t before = wcslen(path);
    WCHAR child[NAME_MAX_UNITS];
    HKEY key;

    LSTATUS status = RegOpenKeyExW(parent, name, 0, KEY_READ, &key);
    /* A user without classes of his own has no such key. */
    if (status == ERROR_FILE_NOT_FOUND)
        return;
    if (status != ERROR_SUCCESS || before + wcslen(name) + 2 > PATH_MAX_UNITS) {
        fwprintf(stderr, L"cannot read %ls\\%ls: error %ld\n", path, name, status);
        text->failed = TRUE;
        return;
    }
    wcscat(path, L"\\");
    wcscat(path, name);
    /* A user's Software\Classes comes with his first class and may stay when it is empty. */
    if (before > wcslen(L"HKCU")) {
        add(text, path);
        add(text, L"\n");
    }
    add_values(text, key, path);
    for (DWORD i = 0; !text->failed; i++) {
        DWORD length = NAME_MAX_UNITS;
        status = RegEnumKeyExW(key, i, child, &length, NULL, NULL, NULL, NULL);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        if (status != ERROR_SUCCESS)
            text->failed = TRUE;
        else
            add_key(text, key, child, path);
    }
    RegCloseKey(key);
    path[before] = 0;
}

static int compare_lines(const void *a, const void *b)
{
    return wcscmp(*(WCHAR *const *)a, *(WCHAR *const *)b);
}

/* The lines of a text, sorted; cuts the text. The array ends with NULL. */
static WCHAR **sorted_lines(WCHAR *text)
{
    size_t count = 0;

    for (const WCHAR *c = text; *c; c++)
        count += *c == L'\n';
    WCHAR **lines = calloc(count + 1, sizeof *lines);
    if (!lines)
        return NULL;
    WCHAR *line = text;
    for (size_t i = 0; i < count; i++) {
        lines[i] = line;
        line = wcschr(line, L'\n');
        *line++ = 0;
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    return lines;
}

WCHAR *picture_take(void)
{
    struct text text = {0};
    WCHAR path[PATH_MAX_UNITS] = L"HKLM";

    add_key(&text, HKEY_LOCAL_MACHINE, L"Software\\Classes", path);
    wcscpy(path, L"HKCU");
    add_key(&text, HKEY_CURRENT_USER, L"Software\\Classes", path);
    add(&text, L"");
    if (!text.failed)
        return text.units;
    free(text.units);
    return NULL;
}

BOOL picture_same(const WCHAR *before, const WCHAR *after)
{
    if (wcscmp(before, after) == 0)
        return TRUE;
    WCHAR *old_text = wcsdup(before), *new_text = wcsdup(after);
    WCHAR **old_lines = sorted_lines(old_text), **new_lines = sorted_lines(new_text);
    BOOL same = TRUE;

    for (WCHAR **o = old_lines, **n = new_lines; *o || *n;) {
        int order = !*o ? 1 : !*n ? -1 : wcscmp(*o, *n);
        if (order)
            same = FALSE;
        if (order < 0)
            fwprintf(stderr, L"- %ls\n", *o);
        else if (order > 0)
            fwprintf(stderr, L"+ %ls\n", *n);
        o += order <= 0;
        n += order >= 0;
    }
    free(old_lines);
    free(new_lines);
    free(old_text);
    free(new_text);
    return same;
}
