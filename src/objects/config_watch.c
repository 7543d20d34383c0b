#include "objects/config_watch.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>
#include "config/settings_diff.h"
#include "util/text.h"

/* Times of files may be as coarse as two ticks of the system's clock, or two seconds on a FAT volume. */
#define YOUNG_100NS (2 * 10000000ull)

/* Where Save has put its file: no setting, and told by the state. */
#define SAVED_STATE "settings/configuration/saved_state/"

struct told {
    void (*differs)(void *context, const char *key, const struct setting *value);
    void *context;
};

static uint64_t wide(DWORD high, DWORD low)
{
    return (uint64_t)high << 32 | low;
}

/* False when there is no such file. */
static bool file_facts(const char *path, uint64_t *written, uint64_t *size)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    wchar_t *wide_path = text_to_wide(path);
    bool there = wide_path && GetFileAttributesExW(wide_path, GetFileExInfoStandard, &data);
    free(wide_path);
    if (!there)
        return false;
    *written = wide(data.ftLastWriteTime.dwHighDateTime, data.ftLastWriteTime.dwLowDateTime);
    *size = wide(data.nFileSizeHigh, data.nFileSizeLow);
    return true;
}

static uint64_t now_100ns(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return wide(now.dwHighDateTime, now.dwLowDateTime);
}

static void tell(void *context, const char *key, const struct setting *value)
{
    const struct told *told = context;
    if (strncmp(key, SAVED_STATE, strlen(SAVED_STATE)) != 0)
        told->differs(told->context, key, value);
}

void config_watch_look(struct config_watch *watch, struct machine *machine, bool always,
                       void (*differs)(void *context, const char *key, const struct setting *value), void *context)
{
    struct told told = {.differs = differs, .context = context};
    struct settings *settings;
    struct vpc_error err;
    uint64_t written, size;
    if (!watch->vmc && !machine_vmc(machine, &watch->vmc, &err))
        return;
    /* Before it is read: what is written meanwhile is seen next time. */
    uint64_t now = now_100ns();
    if (!file_facts(watch->vmc, &written, &size)) {
        /* Renamed, or for a moment not there. */
        free(watch->vmc);
        watch->vmc = NULL;
        return;
    }
    if (!always && !watch->is_young && watch->settings && written == watch->written && size == watch->size)
        return;
    if (!machine_settings(machine, &settings, &err))
        return;
    if (watch->settings)
        settings_diff(watch->settings, settings, tell, &told, &err);
    settings_free(watch->settings);
    watch->settings = settings;
    watch->written = written;
    watch->size = size;
    watch->is_young = now < written + YOUNG_100NS;
}

void config_watch_clear(struct config_watch *watch)
{
    settings_free(watch->settings);
    free(watch->vmc);
    *watch = (struct config_watch){0};
}
