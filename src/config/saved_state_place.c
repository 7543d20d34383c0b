#include "config/saved_state_place.h"

#include <stdlib.h>
#include "config/catalog_private.h"
#include "util/path.h"
#include "util/text.h"

#define SAVED_STATE_SUFFIX ".vsv"

static const char place_key[] = "settings/configuration/saved_state/path";
static const char absolute_key[] = "settings/configuration/saved_state/path/absolute";
static const char relative_key[] = "settings/configuration/saved_state/path/relative";

enum {
    UNDO_DISCARD = 0, /* VMUndoAction */
    UNDO_KEEP = 1     /* without the key */
};

static char *place_beside(const char *vmc, const char *more)
{
    char *folder = path_folder(vmc);
    char *stem = path_stem(vmc, ".vmc");
    char *name = stem ? text_format("%s%s" SAVED_STATE_SUFFIX, stem, more) : NULL;
    char *path = folder && name ? path_join(folder, name) : NULL;

    free(folder);
    free(stem);
    free(name);
    return path;
}

char *saved_state_place_new(const char *vmc)
{
    return place_beside(vmc, "");
}

char *saved_state_place_other(const char *vmc, const char *config_id)
{
    char *more = text_format(" %s", config_id);
    char *path = more ? place_beside(vmc, more) : NULL;
    free(more);
    return path;
}

bool saved_state_place_find(const struct settings *settings, const char *vmc, char **path, struct vpc_error *err)
{
    if (!catalog_stored_path(settings, place_key, vmc, path, err))
        return false;
    bool there = false, known = !*path || file_look(*path, &there, err);
    if (*path && (!text_ends_nocase(*path, SAVED_STATE_SUFFIX) || !there)) {
        free(*path);
        *path = NULL;
    }
    return known;
}

bool saved_state_place_remove(const char *path, const char *vmc, struct vpc_error *err)
{
    return catalog_remove_beside(path, vmc, err);
}

static bool set_place(struct settings *settings, void *context, struct vpc_error *err)
{
    const char *path = context;
    char *name = path ? path_name(path) : NULL;
    bool ok = true;

    if (path)
        ok = name ? settings_set_text(settings, absolute_key, path, err) &&
                        settings_set_text(settings, relative_key, name, err)
                  : catalog_no_memory(err);
    else
        ok = (!settings_has(settings, absolute_key) || settings_set_text(settings, absolute_key, "", err)) &&
             (!settings_has(settings, relative_key) || settings_set_text(settings, relative_key, "", err));
    free(name);
    return ok;
}

bool saved_state_place_set(const char *vmc, const char *path, struct vpc_error *err)
{
    return catalog_change_vmc(vmc, set_place, (void *)path, err);
}

bool saved_state_place_is_doomed(const struct settings *settings, bool *doomed, struct vpc_error *err)
{
    uint32_t action;
    bool undoes;
    if (!settings_read_boolean(settings, "settings/undo_drives/enabled", false, &undoes, err) ||
        !settings_read_integer(settings, "settings/undo_drives/default_action", UNDO_KEEP, &action, err))
        return false;
    *doomed = undoes && action == UNDO_DISCARD;
    return true;
}
