#include "config/catalog_private.h"

#include <stdlib.h>

#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"

enum {
    LOCK_WAIT_MS = 1500, /* for one holder; within the two seconds of a call */
    LOCK_PAUSE_MS = 1
};

/* Each holder removes the file, so its time tells one holder from the next. 0 when there is none. */
static int64_t time_of_lock(const char *path)
{
    struct vpc_error ignored;
    int64_t time_ms;

    return catalog_file_time(path, &time_ms, &ignored) ? time_ms : 0;
}

bool catalog_lock_wait(struct file_lock **lock, const char *path, struct vpc_error *err)
{
    uint64_t end = 0;
    int64_t held_since = 0;

    for (;;) {
        if (!file_lock_try(lock, path, err))
            return false;
        if (*lock)
            return true;
        if (clock_monotonic_ms() >= end) {
            int64_t since = time_of_lock(path);

            if (end != 0 && since != 0 && since == held_since)
                return vpc_fail(err, VPC_TIMED_OUT, "another program holds the lock '%s'", path);
            held_since = since;
            end = clock_monotonic_ms() + LOCK_WAIT_MS;
        }
        clock_sleep_ms(LOCK_PAUSE_MS);
    }
}

bool catalog_lock_vmc(struct file_lock **lock, const char *vmc, struct vpc_error *err)
{
    char *path = text_format("%s.lock", vmc);
    bool ok;

    *lock = NULL;
    if (!path)
        return catalog_no_memory(err);
    ok = catalog_lock_wait(lock, path, err);
    free(path);
    return ok;
}

bool catalog_lock(const struct catalog *catalog, struct file_lock **lock, struct vpc_error *err)
{
    char *path;
    bool ok;

    *lock = NULL;
    /* What lies there is for the user alone, whatever he lets others do with his files. */
    if (!folder_make_own(catalog->home, err))
        return false;
    path = path_join(catalog->home, "catalog.lock");
    if (!path)
        return catalog_no_memory(err);
    ok = catalog_lock_wait(lock, path, err);
    free(path);
    return ok;
}

/* Reads, changes and writes one document whose lock the caller holds. */
static bool change_file(const char *root, const char *path, struct settings *settings, catalog_change change,
                        void *context, struct vpc_error *err)
{
    bool ok;

    if (!settings && !settings_load(&settings, root, path, err))
        return false;
    ok = change(settings, context, err) && settings_save(settings, path, err);
    settings_free(settings);
    return ok;
}

bool catalog_change_vmc(const char *vmc, catalog_change change, void *context, struct vpc_error *err)
{
    struct file_lock *lock;
    bool ok;

    if (!catalog_check_file(vmc, err))
        return false;
    if (!catalog_lock_vmc(&lock, vmc, err))
        return false;
    ok = change_file(catalog_vmc_root, vmc, NULL, change, context, err);
    file_lock_remove(lock);
    return ok;
}

bool catalog_options(const struct catalog *catalog, struct settings **options, struct vpc_error *err)
{
    bool there;

    /* Preferences that cannot be read are not none: a change would write them without all others. */
    if (!file_look(catalog->options, &there, err))
        return false;
    if (!there)
        return settings_new(options, catalog_vmc_root, " Preferences ", err);
    return settings_load(options, catalog_vmc_root, catalog->options, err);
}

bool catalog_change_options(const struct catalog *catalog, catalog_change change, void *context, struct vpc_error *err)
{
    struct settings *options;
    struct file_lock *lock;
    bool ok;

    if (!catalog_lock(catalog, &lock, err))
        return false;
    ok = catalog_options(catalog, &options, err) &&
         change_file(catalog_vmc_root, catalog->options, options, change, context, err);
    file_lock_remove(lock);
    return ok;
}
