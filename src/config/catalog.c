/* Reading the catalog. */
#include "config/catalog.h"
#include "config/catalog_private.h"

#include <stdlib.h>
#include <string.h>

#include "util/path.h"
#include "util/text.h"

const char catalog_id_key[] = "settings/globalconfigid";
const char catalog_vmc_root[] = "preferences";
const char catalog_vmcx_root[] = "vm_description";

bool catalog_no_memory(struct vpc_error *err)
{
    return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the catalog");
}

bool catalog_check_file(const char *path, struct vpc_error *err)
{
    char *folder;
    bool there;

    if (!file_look(path, &there, err))
        return false;
    if (there)
        return true;
    folder = path_folder(path);
    if (!folder)
        return catalog_no_memory(err);
    if (folder_exists(folder))
        vpc_fail(err, VPC_FILE_NOT_FOUND, "no file '%s'", path);
    else
        vpc_fail(err, VPC_PATH_NOT_FOUND, "no folder '%s'", folder);
    free(folder);
    return false;
}

bool catalog_file_time(const char *path, int64_t *time_ms, struct vpc_error *err)
{
    char *folder = path_folder(path);
    char *name = path_name(path);
    struct folder_entry *files = NULL;
    size_t count = 0;
    bool ok = false;

    if (!folder || !name)
        catalog_no_memory(err);
    else if (folder_list(folder, name, &files, &count, err)) {
        for (size_t i = 0; !ok && i < count; i++) {
            ok = text_compare_nocase(files[i].name, name) == 0;
            *time_ms = files[i].modified_utc_ms;
        }
        if (!ok)
            vpc_fail(err, VPC_VM_UNKNOWN, "'%s' is gone", path);
    }
    folder_list_free(files, count);
    free(folder);
    free(name);
    return ok;
}

bool catalog_open(struct catalog *catalog, struct vpc_error *err)
{
    *catalog = (struct catalog){0};
    if (!path_home(&catalog->home, err))
        return false;
    catalog->options = path_join(catalog->home, "Options.xml");
    catalog->machines = path_join(catalog->home, "Virtual Machines");
    if (catalog->options && catalog->machines)
        return true;
    catalog_close(catalog);
    return catalog_no_memory(err);
}

void catalog_close(struct catalog *catalog)
{
    free(catalog->home);
    free(catalog->options);
    free(catalog->machines);
    *catalog = (struct catalog){0};
}

void catalog_entry_clear(struct catalog_entry *entry)
{
    free(entry->name);
    free(entry->vmcx);
    *entry = (struct catalog_entry){0};
}

bool catalog_entry_fill(struct catalog_entry *entry, const char *name, char *vmcx, struct vpc_error *err)
{
    *entry = (struct catalog_entry){.name = text_copy(name), .vmcx = vmcx};
    if (entry->name && entry->vmcx)
        return true;
    catalog_entry_clear(entry);
    return catalog_no_memory(err);
}

char *catalog_vmcx_path(const struct catalog *catalog, const char *name)
{
    char *file = text_format("%s.vmcx", name);
    char *path = file ? path_join(catalog->machines, file) : NULL;

    free(file);
    return path;
}

static int compare_registration(const void *a, const void *b)
{
    const struct folder_entry *x = a;
    const struct folder_entry *y = b;
    int order;

    if (x->modified_utc_ms != y->modified_utc_ms)
        return x->modified_utc_ms < y->modified_utc_ms ? -1 : 1;
    order = text_compare_nocase(x->name, y->name);
    return order != 0 ? order : strcmp(x->name, y->name);
}

bool catalog_list(const struct catalog *catalog, struct catalog_entry **entries, size_t *count, struct vpc_error *err)
{
    struct folder_entry *files;
    size_t found;
    bool ok = true;

    *entries = NULL;
    *count = 0;
    if (!folder_list(catalog->machines, ".vmcx", &files, &found, err))
        return false;
    if (found > 0) {
        qsort(files, found, sizeof *files, compare_registration);
        *entries = calloc(found, sizeof **entries);
        ok = *entries ? true : catalog_no_memory(err);
    }
    for (size_t i = 0; ok && i < found; i++) {
        char *name = path_stem(files[i].name, ".vmcx");

        ok = name ? catalog_entry_fill(&(*entries)[i], name, path_join(catalog->machines, files[i].name), err)
                  : catalog_no_memory(err);
        if (ok)
            ++*count;
        free(name);
    }
    folder_list_free(files, found);
    if (!ok) {
        catalog_list_free(*entries, *count);
        *entries = NULL;
        *count = 0;
    }
    return ok;
}

void catalog_list_free(struct catalog_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        catalog_entry_clear(&entries[i]);
    free(entries);
}

bool catalog_find(const struct catalog *catalog, const char *name, struct catalog_entry *entry, struct vpc_error *err)
{
    struct vpc_error ignored;
    char *vmcx;
    char *spelled = NULL;
    bool ok;

    *entry = (struct catalog_entry){0};
    /* Also keeps a name like "..\x" from naming a file elsewhere. */
    if (!path_check_vm_name(name, &ignored))
        return vpc_fail(err, VPC_VM_UNKNOWN, "no virtual machine '%s'", name);
    vmcx = catalog_vmcx_path(catalog, name);
    if (!vmcx)
        return catalog_no_memory(err);
    ok = file_spelling(vmcx, &spelled, err);
    free(vmcx);
    if (!ok) {
        if (err->cause == VPC_FILE_NOT_FOUND || err->cause == VPC_PATH_NOT_FOUND)
            vpc_fail(err, VPC_VM_UNKNOWN, "no virtual machine '%s'", name);
        return false;
    }
    vmcx = path_join(catalog->machines, spelled);
    if (text_ends_nocase(spelled, ".vmcx"))
        spelled[strlen(spelled) - strlen(".vmcx")] = '\0';
    ok = catalog_entry_fill(entry, spelled, vmcx, err);
    free(spelled);
    return ok;
}

bool catalog_vmc_path(const struct catalog_entry *entry, char **vmc, struct vpc_error *err)
{
    struct settings *vmcx;

    *vmc = NULL;
    if (!settings_load(&vmcx, catalog_vmcx_root, entry->vmcx, err)) {
        if (err->cause == VPC_FILE_NOT_FOUND || err->cause == VPC_PATH_NOT_FOUND)
            vpc_fail(err, VPC_VM_UNKNOWN, "virtual machine '%s' is not registered any more", entry->name);
        return false;
    }
    *vmc = settings_text(vmcx, "vmc_path", "");
    settings_free(vmcx);
    if (!*vmc)
        return catalog_no_memory(err);
    if (**vmc != '\0')
        return true;
    free(*vmc);
    *vmc = NULL;
    return vpc_fail(err, VPC_CORRUPT, "'%s' names no configuration file (vmc_path)", entry->vmcx);
}

bool catalog_plain_id(const char *id, char plain[37])
{
    size_t size = strlen(id);
    size_t i;

    if (size == 38 && id[0] == '{' && id[37] == '}')
        id++;
    else if (size != 36)
        return false;
    for (i = 0; i < 36; i++) {
        char c = id[i];

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return false;
        } else if (c >= 'A' && c <= 'F') {
            c = (char)(c - 'A' + 'a');
        } else if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
        plain[i] = c;
    }
    plain[i] = '\0';
    return true;
}

bool catalog_run_folder(const struct catalog *catalog, const char *config_id, bool make, char **folder,
                        struct vpc_error *err)
{
    char plain[37];
    char *run;

    *folder = NULL;
    /* The id comes from a .vmc, which may come from a stranger: nothing but a GUID becomes part of a path. */
    if (!catalog_plain_id(config_id, plain))
        return vpc_fail(err, VPC_INVALID_ARGUMENT, "'%s' is no ConfigID", config_id);
    run = path_join(catalog->home, "Run");
    *folder = run ? path_join(run, plain) : NULL;
    free(run);
    if (!*folder)
        return catalog_no_memory(err);
    if (!make || folder_make(*folder, err))
        return true;
    free(*folder);
    *folder = NULL;
    return false;
}

/* Turns the separators of a stored path, which is a Windows path, into those of this host. */
static void to_host_separators(char *path)
{
    for (; *path && PATH_SEPARATOR != '\\'; path++) {
        if (*path == '\\')
            *path = PATH_SEPARATOR;
    }
}

bool catalog_stored_path(const struct settings *settings, const char *key, const char *vmc, char **path,
                         struct vpc_error *err)
{
    char *absolute_key = text_format("%s/absolute", key);
    char *relative_key = text_format("%s/relative", key);
    char *folder = path_folder(vmc);
    char *absolute = absolute_key ? settings_text(settings, absolute_key, "") : NULL;
    char *relative = relative_key ? settings_text(settings, relative_key, "") : NULL;
    bool ok = folder && absolute && relative;

    *path = NULL;
    if (!ok) {
        catalog_no_memory(err);
    } else if (relative[0] != '\0' && (absolute[0] == '\0' || !file_exists(absolute))) {
        char *seen;

        to_host_separators(relative);
        seen = path_join(folder, relative[0] == '.' && relative[1] == PATH_SEPARATOR ? relative + 2 : relative);
        ok = seen ? true : catalog_no_memory(err);
        /* With both files missing the absolute one is what the user knows. */
        if (seen && (absolute[0] == '\0' || file_exists(seen))) {
            *path = seen;
            seen = NULL;
        }
        free(seen);
    }
    if (ok && !*path && absolute[0] != '\0') {
        *path = absolute;
        absolute = NULL;
    }
    free(absolute_key);
    free(relative_key);
    free(folder);
    free(absolute);
    free(relative);
    return ok;
}
