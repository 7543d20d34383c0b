#include "engine/qemu/qemu_find.h"

#include <stdlib.h>
#include <string.h>
#include "engine/qemu/qemu_process.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

#if defined(_WIN32)
#define PATH_LIST_SEPARATOR ';'
static const char *const windows_names[] = {"qemu-system-x86_64.exe", NULL};
/* No folder that any user may make, as folders at the root of a drive are. */
static const char *const windows_folders[] = {"C:\\Program Files\\qemu", NULL};
#else
#define PATH_LIST_SEPARATOR ':'
#endif
static const char *const unix_names[] = {"qemu-system-x86_64", NULL};
#if defined(_WIN32)
static const char *const unix_folders[] = {"Z:\\usr\\bin", "Z:\\usr\\local\\bin", NULL};
#else
static const char *const unix_folders[] = {"/usr/bin", "/usr/local/bin", NULL};
#endif

static bool find_in(const char *folder, const char *const names[], char **program)
{
    for (size_t i = 0; names[i]; i++) {
        if (!(*program = path_join(folder, names[i])))
            return false;
        if (file_exists(*program))
            return true;
        free(*program);
        *program = NULL;
    }
    return false;
}

static bool find_in_list(const char *const folders[], const char *const names[], char **program)
{
    for (size_t i = 0; folders[i]; i++) {
        if (find_in(folders[i], names, program))
            return true;
    }
    return false;
}

/* A relative folder in PATH would be one below whatever folder the client stands in. */
static bool is_absolute(const char *folder)
{
#if defined(_WIN32)
    return (folder[0] && folder[1] == ':' && (folder[2] == '\\' || folder[2] == '/')) ||
           (folder[0] == '\\' && folder[1] == '\\');
#else
    return folder[0] == '/';
#endif
}

static bool find_in_path(const char *list, const char *const names[], char **program)
{
    while (list && *list) {
        const char *end = strchr(list, PATH_LIST_SEPARATOR);
        size_t length = end ? (size_t)(end - list) : strlen(list);
        char *folder = text_format("%.*s", (int)length, list);
        bool found = folder && is_absolute(folder) && find_in(folder, names, program);

        free(folder);
        if (found)
            return true;
        list += length + (end ? 1 : 0);
    }
    return false;
}

/* A program that somebody has named. A relative name would be one below whatever folder the supervisor stands in. */
static bool take_named(const char *name, const char *by, char **program, struct vpc_error *err)
{
    if (!(*program = qemu_process_local_path(name)))
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
    bool absolute = is_absolute(*program);
    if (absolute && file_exists(*program))
        return true;
    free(*program);
    *program = NULL;
    if (!absolute)
        return vpc_fail(err, VPC_ENGINE, "'%s', which %s names as QEMU, is not an absolute path", name, by);
    return vpc_fail(err, VPC_ENGINE, "there is no QEMU at '%s', which %s names", name, by);
}

static bool find_unnamed(const char *path, char **program, struct vpc_error *err)
{
#if defined(_WIN32)
    if (find_in_path(path, windows_names, program) || find_in_list(windows_folders, windows_names, program))
        return true;
    if (qemu_process_is_wine() && find_in_list(unix_folders, unix_names, program))
        return true;
    return vpc_fail(err, VPC_ENGINE, "QEMU is not installed: no %s in PATH or %s", windows_names[0],
                    windows_folders[0]);
#else
    if (find_in_path(path, unix_names, program) || find_in_list(unix_folders, unix_names, program))
        return true;
    return vpc_fail(err, VPC_ENGINE, "QEMU is not installed: no %s in PATH or %s", unix_names[0], unix_folders[0]);
#endif
}

bool qemu_find(const char *preference, char **program, struct vpc_error *err)
{
    char *named = NULL, *path = NULL;
    bool found;

    *program = NULL;
    if (preference && *preference)
        return take_named(preference, "the preference hypervisors/qemu/program", program, err);
    if (!text_environment("VPC_QEMU", &named, err) || !text_environment("PATH", &path, err))
        found = false;
    else if (named && *named)
        found = take_named(named, "the environment's VPC_QEMU", program, err);
    else
        found = find_unnamed(path, program, err);
    free(path);
    free(named);
    return found;
}
