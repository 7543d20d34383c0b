/*
 * Writing to the registry so that it can be taken back.
 *
 *     struct registry_transaction transaction = {.root = HKEY_LOCAL_MACHINE};
 *
 *     if (FAILED(hr = registry_set(&transaction, view, path, NULL, text)))
 *         registry_roll_back(&transaction);
 *     else
 *         registry_commit(&transaction);
 *
 * Paths are below `root`, parts separated by one backslash. `view` is 0 for the view of this process, or
 * KEY_WOW64_32KEY or KEY_WOW64_64KEY. A transaction belongs to one thread.
 */
#ifndef VPC_SERVER_REGISTRY_H
#define VPC_SERVER_REGISTRY_H

#include <stdbool.h>
#include <windows.h>

struct registry_change;

struct registry_transaction {
    HKEY root;
    struct registry_change *last; /* what was changed, newest first; owned */
};

/* Sets a REG_SZ value; `name` NULL is the default value, `data` NULL makes the key only. Missing keys are made. Nothing
 * is written that is there already. What was changed before a failure stays until the roll-back. */
HRESULT registry_set(struct registry_transaction *transaction, REGSAM view, const WCHAR *path, const WCHAR *name,
                     const WCHAR *data);

/* Takes all changes back, newest first, as far as the registry lets it; the transaction is empty afterwards. */
void registry_roll_back(struct registry_transaction *transaction);

/* Keeps all changes; the transaction is empty afterwards. */
void registry_commit(struct registry_transaction *transaction);

/* Deletes a key with all below it. S_OK when there is none. */
HRESULT registry_delete_tree(HKEY root, REGSAM view, const WCHAR *path);

/* Deletes a key that has neither subkeys nor values; leaves any other alone. */
void registry_delete_if_empty(HKEY root, REGSAM view, const WCHAR *path);

/* Whether there is such a key: *there (out). One that cannot be looked at is a failure, which is not the same as "no". */
HRESULT registry_look(HKEY root, REGSAM view, const WCHAR *path, bool *there);

#endif
