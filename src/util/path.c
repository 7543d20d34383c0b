#include "util/path.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

enum {
    MAX_PATH_UNITS = 259,
    MAX_NAME_UNITS = 80
};

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool check_length(const char *path, struct vpc_error *err)
{
    size_t units = text_utf16_length(path);

    if (units > MAX_PATH_UNITS)
        return vpc_fail(err, VPC_TOO_LONG, "path of %zu characters is longer than %d: '%s'", units, MAX_PATH_UNITS,
                        path);
    return true;
}

/* Refuses control characters and those of `forbidden`. `path` is for the text, `from` is where to look. */
static bool check_characters(const char *path, const char *from, const char *forbidden, struct vpc_error *err)
{
    for (; *from; from++) {
        if ((unsigned char)*from < ' ')
            return vpc_fail(err, VPC_INVALID_NAME, "path has the control character %d", *from);
        if (strchr(forbidden, *from))
            return vpc_fail(err, VPC_INVALID_NAME, "path '%s' has the forbidden character '%c'", path, *from);
    }
    return true;
}

bool path_check(const char *path, struct vpc_error *err)
{
    /* "C:/x" counts as absolute here, so that the answer names its slash. */
    bool drive = is_letter(path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
    bool unc = path[0] == '\\' && path[1] == '\\' && path[2] != '\0' && path[2] != '\\';

    if (path[0] == '\0')
        return vpc_fail(err, VPC_BAD_PATH, "path is empty");
    if (!drive && !unc)
        return vpc_fail(err, VPC_BAD_PATH, "path '%s' is not absolute", path);
    return check_length(path, err) && check_characters(path, drive ? path + 2 : path, "*?:<>/|\"", err);
}

bool path_check_host(const char *path, struct vpc_error *err)
{
#if defined(_WIN32)
    return path_check(path, err);
#else
    if (path[0] == '\0')
        return vpc_fail(err, VPC_BAD_PATH, "path is empty");
    if (path[0] != '/')
        return vpc_fail(err, VPC_BAD_PATH, "path '%s' is not absolute", path);
    return check_length(path, err) && check_characters(path, path, "*?:<>|\"\\", err);
#endif
}

/* True for the names of devices that hide a file of that name in every folder, whatever its extension. */
static bool is_device_name(const char *name)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    size_t length = strcspn(name, ".");
    char stem[8];

    while (length > 0 && name[length - 1] == ' ')
        length--;
    if (length < 3 || length >= sizeof stem)
        return false;
    memcpy(stem, name, length);
    stem[length] = '\0';
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        if (text_compare_nocase(stem, devices[i]) == 0)
            return true;
    }
    if (length != 4 || stem[3] < '1' || stem[3] > '9')
        return false;
    stem[3] = '\0';
    return text_compare_nocase(stem, "COM") == 0 || text_compare_nocase(stem, "LPT") == 0;
}

bool path_check_vm_name(const char *name, struct vpc_error *err)
{
    size_t units = text_utf16_length(name);
    size_t size = strlen(name);

    if (units == 0)
        return vpc_fail(err, VPC_NAME_EMPTY, "name of the virtual machine is empty");
    if (units > MAX_NAME_UNITS)
        return vpc_fail(err, VPC_NAME_TOO_LONG, "name of %zu characters is longer than %d: '%s'", units, MAX_NAME_UNITS,
                        name);
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ')
            return vpc_fail(err, VPC_NAME_INVALID, "name has the control character %d", *at);
        if (strchr("*?:<>/|\\\"", *at))
            return vpc_fail(err, VPC_NAME_INVALID, "name '%s' has the forbidden character '%c'", name, *at);
    }
    if (name[size - 1] == '.' || name[size - 1] == ' ')
        return vpc_fail(err, VPC_NAME_INVALID, "name '%s' ends with a dot or blank", name);
    if (is_device_name(name))
        return vpc_fail(err, VPC_NAME_INVALID, "name '%s' is that of a device", name);
    return true;
}

static bool is_separator(char c)
{
#if defined(_WIN32)
    return c == '\\' || c == '/';
#else
    return c == '/';
#endif
}

/* Number of bytes of the root: "C:\", "/", "\\server\share". */
static size_t root_size(const char *path)
{
#if defined(_WIN32)
    if (is_letter(path[0]) && path[1] == ':')
        return is_separator(path[2]) ? 3 : 2;
    if (is_separator(path[0]) && is_separator(path[1])) {
        size_t server = 2 + strcspn(path + 2, "\\/");
        return path[server] == '\0' ? server : server + 1 + strcspn(path + server + 1, "\\/");
    }
#endif
    return is_separator(path[0]) ? 1 : 0;
}

/* Size of a path without separators at its end; a root keeps its own. */
static size_t trimmed_size(const char *path)
{
    size_t root = root_size(path);
    size_t size = strlen(path);

    while (size > root && is_separator(path[size - 1]))
        size--;
    return size;
}

/* Where the last part of the first `size` bytes begins. */
static size_t name_start(const char *path, size_t size)
{
    size_t root = root_size(path);

    while (size > root && !is_separator(path[size - 1]))
        size--;
    return size;
}

static char *copy_part(const char *from, size_t size)
{
    char *part = malloc(size + 1);

    if (part) {
        memcpy(part, from, size);
        part[size] = '\0';
    }
    return part;
}

char *path_join(const char *folder, const char *name)
{
    size_t size = strlen(folder);

    if (size == 0 || is_separator(folder[size - 1]))
        return text_format("%s%s", folder, name);
    return text_format("%s%c%s", folder, PATH_SEPARATOR, name);
}

char *path_folder(const char *path)
{
    size_t root = root_size(path);
    size_t size = name_start(path, trimmed_size(path));

    while (size > root && is_separator(path[size - 1]))
        size--;
    return copy_part(path, size);
}

char *path_name(const char *path)
{
    size_t end = trimmed_size(path);
    size_t start = name_start(path, end);

    return copy_part(path + start, end - start);
}

char *path_stem(const char *path, const char *suffix)
{
    char *name = path_name(path);

    if (name && text_ends_nocase(name, suffix) && strlen(name) > strlen(suffix))
        name[strlen(name) - strlen(suffix)] = '\0';
    return name;
}

static bool is_absolute(const char *path)
{
#if defined(_WIN32)
    return is_separator(path[0]) ? is_separator(path[1]) : root_size(path) == 3;
#else
    return path[0] == '/';
#endif
}

static bool default_home(char **home, struct vpc_error *err)
{
#if defined(_WIN32)
    static const char *const places[][2] = {{"LOCALAPPDATA", "Microsoft\\Windows Virtual PC"}};
#else
    static const char *const places[][2] = {{"XDG_DATA_HOME", "windows-virtual-pc"},
                                            {"HOME", ".local/share/windows-virtual-pc"}};
#endif

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *base;

        if (!text_environment(places[i][0], &base, err))
            return false;
        if (!base || !is_absolute(base)) {
            free(base);
            continue;
        }
        *home = path_join(base, places[i][1]);
        free(base);
        return *home ? true : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a path");
    }
    return vpc_fail(err, VPC_PATH_NOT_FOUND, "neither VPC_HOME nor %s is set", places[0][0]);
}

bool path_home(char **home, struct vpc_error *err)
{
    *home = NULL;
    if (!text_environment("VPC_HOME", home, err))
        return false;
    if (!*home)
        return default_home(home, err);
    if (!is_absolute(*home)) {
        vpc_fail(err, VPC_BAD_PATH, "VPC_HOME '%s' is not absolute", *home);
        free(*home);
        *home = NULL;
        return false;
    }
    (*home)[trimmed_size(*home)] = '\0';
#if defined(_WIN32)
    for (char *at = *home; *at; at++) {
        if (*at == '/')
            *at = '\\';
    }
#endif
    return true;
}
