/* Making and registering VMs. */
#include "config/catalog.h"
#include "config/catalog_private.h"

#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"

/* Where a VM is to be: what name and path of a caller come to. */
struct place {
    char *name;
    char *folder;
    char *vmc;
};

static void place_clear(struct place *place)
{
    free(place->name);
    free(place->folder);
    free(place->vmc);
    *place = (struct place){0};
}

static bool has_end(const char *path, char separator)
{
    size_t size = strlen(path);

    return size > 0 && path[size - 1] == separator;
}

/* Applies the documented rules: with a name `path` is a folder, without one the file. */
static bool place_fill(struct place *place, const char *name, const char *path, struct vpc_error *err)
{
    char *file = NULL;

    *place = (struct place){0};
    if (name && name[0] != '\0') {
        place->name = text_ends_nocase(name, ".vmc") ? path_stem(name, ".vmc") : text_copy(name);
        if (!place->name)
            return catalog_no_memory(err);
        if (text_compare_nocase(name, ".vmc") == 0)
            place->name[0] = '\0';
        if (!path_check_vm_name(place->name, err) || !path_check_host(path, err))
            return false;
        file = text_format("%s.vmc", place->name);
        place->folder = text_copy(path);
        place->vmc = file ? path_join(path, file) : NULL;
        free(file);
        if (!place->folder || !place->vmc)
            return catalog_no_memory(err);
        return path_check_host(place->vmc, err);
    }
    if (!path_check_host(path, err))
        return false;
    place->name = has_end(path, PATH_SEPARATOR) ? text_copy("") : path_stem(path, ".vmc");
    place->folder = path_folder(path);
    place->vmc = text_copy(path);
    if (!place->name || !place->folder || !place->vmc)
        return catalog_no_memory(err);
    if (text_compare_nocase(place->name, ".vmc") == 0)
        place->name[0] = '\0';
    return path_check_vm_name(place->name, err);
}

/* Takes ".", ".." and doubled separators out of an absolute path, in place. One at the beginning (of a UNC path two)
 * stays. */
static void make_plain(char *path)
{
    char *root = path + strspn(path, (char[]){PATH_SEPARATOR, '\0'}), *to = root;

    for (const char *part = root; *part;) {
        size_t length = strcspn(part, (char[]){PATH_SEPARATOR, '\0'});

        if (length == 2 && part[0] == '.' && part[1] == '.') {
            while (to > root && *--to != PATH_SEPARATOR)
                ;
        } else if (length > 1 || (length == 1 && part[0] != '.')) {
            if (to > root)
                *to++ = PATH_SEPARATOR;
            memmove(to, part, length);
            to += length;
        }
        part += length + (part[length] != '\0');
    }
    *to = '\0';
}

/* By their names: one file may have another name by a link. Without memory they count as different. */
static bool same_file(const char *a, const char *b)
{
    char *plain_a = text_copy(a), *plain_b = text_copy(b);
    bool same = false;

    if (plain_a && plain_b) {
        make_plain(plain_a);
        make_plain(plain_b);
        same = PATH_SEPARATOR == '\\' ? text_compare_nocase(plain_a, plain_b) == 0 : strcmp(plain_a, plain_b) == 0;
    }
    free(plain_a);
    free(plain_b);
    return same;
}

/* Fails with VPC_NAME_IN_USE when a VM has this name. */
static bool check_name_free(const struct catalog *catalog, const char *name, struct vpc_error *err)
{
    struct catalog_entry entry;

    if (catalog_find(catalog, name, &entry, err)) {
        vpc_fail(err, VPC_NAME_IN_USE, "a virtual machine '%s' exists", entry.name);
        catalog_entry_clear(&entry);
        return false;
    }
    return err->cause == VPC_VM_UNKNOWN;
}

/* A time later than that of all registrations, so that the order of the times is that of the registrations even within
 * one tick. */
static bool next_time(const struct catalog *catalog, int64_t *time_ms, struct vpc_error *err)
{
    struct folder_entry *files;
    size_t count;

    *time_ms = clock_utc_ms();
    if (!folder_list(catalog->machines, ".vmcx", &files, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (files[i].modified_utc_ms >= *time_ms)
            *time_ms = files[i].modified_utc_ms + 1;
    }
    folder_list_free(files, count);
    return true;
}

/* Writes the .vmcx of a .vmc with these settings. Nothing is left when it fails. */
static bool add_entry(const struct catalog *catalog, const struct place *place, const struct settings *settings,
                      struct catalog_entry *entry, struct vpc_error *err)
{
    struct vpc_error ignored;
    struct settings *vmcx = NULL;
    char *path = catalog_vmcx_path(catalog, place->name);
    char *bytes = NULL;
    size_t size;
    int64_t time_ms;
    bool made = false;
    bool ok;

    *entry = (struct catalog_entry){0};
    if (!path)
        return catalog_no_memory(err);
    ok = folder_make(catalog->machines, err) && next_time(catalog, &time_ms, err) &&
         catalog_new_vmcx(&vmcx, place->vmc, settings, err) && settings_serialize(vmcx, &bytes, &size, err);
    settings_free(vmcx);
    if (ok) {
        made = file_create(path, bytes, size, err);
        if (!made && err->cause == VPC_ALREADY_EXISTS)
            err->cause = VPC_NAME_IN_USE;
        ok = made && file_set_modified(path, time_ms, err);
    }
    if (ok) {
        char *taken = text_copy(path);

        ok = catalog_entry_fill(entry, place->name, taken, err);
    }
    if (!ok && made)
        file_remove(path, &ignored);
    free(bytes);
    free(path);
    return ok;
}

/* The topmost folder of a path that is missing: new memory, NULL when none is or when out of memory. */
static char *first_missing(const char *folder)
{
    char *missing = NULL;
    char *at = text_copy(folder);

    while (at && !folder_exists(at)) {
        char *above = path_folder(at);

        free(missing);
        missing = at;
        at = above;
        if (at && strcmp(at, missing) == 0)
            break;
    }
    free(at);
    return missing;
}

/* Removes `folder` and what is above it, down to and with `first`, as far as they are empty. */
static void remove_made(const char *folder, const char *first)
{
    char *at = text_copy(folder);

    while (at && strlen(at) >= strlen(first)) {
        char *above = path_folder(at);

        folder_remove_empty(at);
        if (above && strcmp(above, at) == 0) {
            free(above);
            above = NULL;
        }
        free(at);
        at = above;
    }
    free(at);
}

static bool create_locked(const struct catalog *catalog, const struct place *place, struct catalog_entry *entry,
                          struct vpc_error *err)
{
    struct vpc_error ignored;
    struct settings *settings = NULL;
    char *missing = first_missing(place->folder);
    char *bytes = NULL;
    size_t size;
    bool made = false;
    bool ok = check_name_free(catalog, place->name, err) && catalog_new_vmc(&settings, err) &&
              settings_serialize(settings, &bytes, &size, err) && folder_make(place->folder, err);

    if (ok) {
        made = file_create(place->vmc, bytes, size, err);
        ok = made && add_entry(catalog, place, settings, entry, err);
    }
    if (!ok && made)
        file_remove(place->vmc, &ignored);
    if (!ok && missing)
        remove_made(place->folder, missing);
    settings_free(settings);
    free(bytes);
    free(missing);
    return ok;
}

bool catalog_create(const struct catalog *catalog, const char *name, const char *path, struct catalog_entry *entry,
                    struct vpc_error *err)
{
    struct file_lock *lock;
    struct place place;
    bool ok = place_fill(&place, name, path, err);

    *entry = (struct catalog_entry){0};
    /* A full path without the extension still makes a .vmc. */
    if (ok && !text_ends_nocase(place.vmc, ".vmc")) {
        char *longer = text_format("%s.vmc", place.vmc);

        free(place.vmc);
        place.vmc = longer;
        ok = longer ? path_check_host(longer, err) : catalog_no_memory(err);
    }
    if (ok && catalog_lock(catalog, &lock, err)) {
        ok = create_locked(catalog, &place, entry, err);
        file_lock_remove(lock);
    } else {
        ok = false;
    }
    place_clear(&place);
    return ok;
}

/* The ConfigID of settings without braces; false when they have none that is a GUID. */
static bool id_of(const struct settings *settings, char plain[37])
{
    char *id = settings_text(settings, catalog_id_key, NULL);
    bool ok = id && catalog_plain_id(id, plain);

    free(id);
    return ok;
}

/* Compares a file to register with all registered ones. *id_taken (out): one of them has its ConfigID. Entries whose
 * files are missing or damaged cannot clash. */
static bool compare_with_all(const struct catalog *catalog, const char *vmc, const char *id, bool *id_taken,
                             struct vpc_error *err)
{
    struct catalog_entry *entries;
    size_t count;
    bool ok = true;

    *id_taken = false;
    if (!catalog_list(catalog, &entries, &count, err))
        return false;
    for (size_t i = 0; ok && i < count; i++) {
        struct vpc_error ignored;
        struct settings *other;
        char *path;
        char plain[37];

        if (!catalog_vmc_path(&entries[i], &path, &ignored))
            continue;
        if (same_file(path, vmc)) {
            ok = vpc_fail(err, VPC_ALREADY_EXISTS, "'%s' is registered already, as '%s'", vmc, entries[i].name);
        } else if (!*id_taken && id && settings_load(&other, catalog_vmc_root, path, &ignored)) {
            *id_taken = id_of(other, plain) && strcmp(plain, id) == 0;
            settings_free(other);
        }
        free(path);
    }
    catalog_list_free(entries, count);
    return ok;
}

/* Registers a file whose lock the caller holds. */
static bool register_locked(const struct catalog *catalog, const struct place *place, struct catalog_entry *entry,
                            struct vpc_error *err)
{
    struct settings *settings = NULL;
    struct vpc_error ignored;
    char *old = NULL;
    size_t size;
    char plain[37], fresh[39];
    bool has_id, taken;
    bool changed = false;
    bool ok = file_read(place->vmc, SETTINGS_MAX_FILE, &old, &size, err);

    if (ok && !settings_parse(&settings, catalog_vmc_root, old, size, err))
        ok = vpc_fail_in(err, "'%s'", place->vmc);
    if (ok) {
        has_id = id_of(settings, plain);
        ok = compare_with_all(catalog, place->vmc, has_id ? plain : NULL, &taken, err) &&
             check_name_free(catalog, place->name, err);
        if (ok && (!has_id || taken)) {
            changed = catalog_new_id(fresh, err) && settings_set_text(settings, catalog_id_key, fresh, err) &&
                      settings_save(settings, place->vmc, err);
            ok = changed;
        }
    }
    ok = ok && add_entry(catalog, place, settings, entry, err);
    if (!ok && changed)
        file_replace(place->vmc, old, size, &ignored);
    settings_free(settings);
    free(old);
    return ok;
}

bool catalog_register(const struct catalog *catalog, const char *name, const char *path, struct catalog_entry *entry,
                      struct vpc_error *err)
{
    struct file_lock *lock = NULL;
    struct file_lock *vmc_lock = NULL;
    struct place place;
    bool ok = place_fill(&place, name, path, err) && catalog_check_file(place.vmc, err) &&
              catalog_lock(catalog, &lock, err) && catalog_lock_vmc(&vmc_lock, place.vmc, err);

    *entry = (struct catalog_entry){0};
    ok = ok && register_locked(catalog, &place, entry, err);
    file_lock_remove(vmc_lock);
    file_lock_remove(lock);
    place_clear(&place);
    return ok;
}
