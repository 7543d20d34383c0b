#include "server/registry.h"

#include <stdlib.h>
#include <wchar.h>

#define KEY_NAME_MAX 256 /* units with the NUL, a limit of the registry */

/* One thing that was done: a key made, or a value set where `old` was. */
struct registry_change {
    struct registry_change *previous;
    WCHAR *path;
    REGSAM view;
    bool made_key;
    WCHAR *name; /* NULL: default value */
    bool had_value;
    DWORD old_type;
    DWORD old_size;
    BYTE *old;
};

static void change_free(struct registry_change *change)
{
    if (!change)
        return;
    free(change->path);
    free(change->name);
    free(change->old);
    free(change);
}

/* A change that nobody has done yet: memory is found before the registry is touched, so that each thing done can be
 * taken back. */
static struct registry_change *change_new(REGSAM view, const WCHAR *path, size_t length, const WCHAR *name)
{
    struct registry_change *change = calloc(1, sizeof *change);

    if (!change)
        return NULL;
    change->view = view;
    change->path = calloc(length + 1, sizeof *change->path);
    if (change->path)
        wmemcpy(change->path, path, length);
    change->name = name ? wcsdup(name) : NULL;
    if (!change->path || (name && !change->name)) {
        change_free(change);
        return NULL;
    }
    return change;
}

static void transaction_add(struct registry_transaction *transaction, struct registry_change *change)
{
    change->previous = transaction->last;
    transaction->last = change;
}

/* Makes the key of the first `length` units of the path, whose parent is there. */
static HRESULT make_key(struct registry_transaction *transaction, REGSAM view, const WCHAR *path, size_t length)
{
    struct registry_change *change = change_new(view, path, length, NULL);
    DWORD disposition;
    HKEY key;

    if (!change)
        return E_OUTOFMEMORY;
    LSTATUS status = RegCreateKeyExW(transaction->root, change->path, 0, NULL, REG_OPTION_NON_VOLATILE,
                                     KEY_QUERY_VALUE | view, NULL, &key, &disposition);
    if (status != ERROR_SUCCESS) {
        change_free(change);
        return HRESULT_FROM_WIN32(status);
    }
    RegCloseKey(key);
    change->made_key = true;
    if (disposition == REG_CREATED_NEW_KEY)
        transaction_add(transaction, change);
    else
        change_free(change);
    return S_OK;
}

/* Each missing part by itself: RegCreateKeyEx would make several and say so of one. */
static HRESULT make_keys(struct registry_transaction *transaction, REGSAM view, const WCHAR *path)
{
    const WCHAR *end = path;
    HRESULT hr;

    do {
        end = wcschr(end, L'\\');
        size_t length = end ? (size_t)(end - path) : wcslen(path);
        if (FAILED(hr = make_key(transaction, view, path, length)))
            return hr;
    } while (end++);
    return S_OK;
}

/* Reads what the value holds now into the change. */
static LSTATUS read_old(HKEY key, struct registry_change *change)
{
    LSTATUS status = RegQueryValueExW(key, change->name, NULL, &change->old_type, NULL, &change->old_size);

    if (status == ERROR_FILE_NOT_FOUND)
        return ERROR_SUCCESS;
    if (status != ERROR_SUCCESS)
        return status;
    change->old = calloc(1, change->old_size + sizeof(WCHAR));
    if (!change->old)
        return ERROR_OUTOFMEMORY;
    change->had_value = true;
    return RegQueryValueExW(key, change->name, NULL, &change->old_type, change->old, &change->old_size);
}

HRESULT registry_set(struct registry_transaction *transaction, REGSAM view, const WCHAR *path, const WCHAR *name,
                     const WCHAR *data)
{
    HRESULT hr;
    HKEY key;

    if (FAILED(hr = make_keys(transaction, view, path)) || !data)
        return hr;

    struct registry_change *change = change_new(view, path, wcslen(path), name);
    if (!change)
        return E_OUTOFMEMORY;
    LSTATUS status = RegOpenKeyExW(transaction->root, path, 0, KEY_QUERY_VALUE | KEY_SET_VALUE | view, &key);
    if (status != ERROR_SUCCESS) {
        change_free(change);
        return HRESULT_FROM_WIN32(status);
    }
    DWORD size = (DWORD)((wcslen(data) + 1) * sizeof *data);
    status = read_old(key, change);
    bool same = status == ERROR_SUCCESS && change->had_value && change->old_type == REG_SZ &&
                change->old_size == size && memcmp(change->old, data, size) == 0;
    if (status == ERROR_SUCCESS && !same)
        status = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)data, size);
    RegCloseKey(key);
    if (status == ERROR_SUCCESS && !same)
        transaction_add(transaction, change);
    else
        change_free(change);
    return HRESULT_FROM_WIN32(status);
}

static void take_back_value(HKEY root, const struct registry_change *change)
{
    HKEY key;

    if (RegOpenKeyExW(root, change->path, 0, KEY_SET_VALUE | change->view, &key) != ERROR_SUCCESS)
        return;
    if (change->had_value)
        RegSetValueExW(key, change->name, 0, change->old_type, change->old, change->old_size);
    else
        RegDeleteValueW(key, change->name);
    RegCloseKey(key);
}

void registry_roll_back(struct registry_transaction *transaction)
{
    while (transaction->last) {
        struct registry_change *change = transaction->last;
        /* A key that somebody else has put something into meanwhile stays. */
        if (change->made_key)
            registry_delete_if_empty(transaction->root, change->view, change->path);
        else
            take_back_value(transaction->root, change);
        transaction->last = change->previous;
        change_free(change);
    }
}

void registry_commit(struct registry_transaction *transaction)
{
    while (transaction->last) {
        struct registry_change *change = transaction->last;
        transaction->last = change->previous;
        change_free(change);
    }
}

static LSTATUS delete_tree(HKEY parent, REGSAM view, const WCHAR *name)
{
    WCHAR child[KEY_NAME_MAX];
    HKEY key;
    LSTATUS status = RegOpenKeyExW(parent, name, 0, KEY_ENUMERATE_SUB_KEYS | view, &key);

    if (status != ERROR_SUCCESS)
        return status;
    for (;;) {
        DWORD length = KEY_NAME_MAX;
        /* The first one each time: deleting moves the others up. */
        status = RegEnumKeyExW(key, 0, child, &length, NULL, NULL, NULL, NULL);
        if (status != ERROR_SUCCESS)
            break;
        if ((status = delete_tree(key, view, child)) != ERROR_SUCCESS)
            break;
    }
    RegCloseKey(key);
    return status == ERROR_NO_MORE_ITEMS ? RegDeleteKeyExW(parent, name, view, 0) : status;
}

HRESULT registry_delete_tree(HKEY root, REGSAM view, const WCHAR *path)
{
    LSTATUS status = delete_tree(root, view, path);

    return status == ERROR_FILE_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(status);
}

void registry_delete_if_empty(HKEY root, REGSAM view, const WCHAR *path)
{
    DWORD keys, values;
    HKEY key;

    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE | view, &key) != ERROR_SUCCESS)
        return;
    LSTATUS status = RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    if (status == ERROR_SUCCESS && keys == 0 && values == 0)
        RegDeleteKeyExW(root, path, view, 0);
}

HRESULT registry_look(HKEY root, REGSAM view, const WCHAR *path, bool *there)
{
    HKEY key;
    LSTATUS status = RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE | view, &key);

    *there = status == ERROR_SUCCESS;
    if (*there)
        RegCloseKey(key);
    return status == ERROR_FILE_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(status);
}
