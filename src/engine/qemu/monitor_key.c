#include "engine/qemu/monitor_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    LINE_CHARACTERS = sizeof(MONITOR_KEY_USER ":") - 1 + 2 * MONITOR_KEY_BYTES + 1 /* and the line's end */
};

static void write_line(const struct monitor_key *key, char line[LINE_CHARACTERS + 1])
{
    char *at = line + sprintf(line, "%s:", MONITOR_KEY_USER);

    for (size_t i = 0; i < MONITOR_KEY_BYTES; i++)
        at += sprintf(at, "%02x", (unsigned)key->bytes[i]);
    sprintf(at, "\n");
}

/* The digits are read by writing what was understood once more, so that only our own spelling counts. */
static bool read_line(struct monitor_key *key, const char *line)
{
    char again[LINE_CHARACTERS + 1];

    for (size_t i = 0; i < MONITOR_KEY_BYTES; i++) {
        unsigned byte;

        if (sscanf(line + strlen(MONITOR_KEY_USER ":") + 2 * i, "%2x", &byte) != 1)
            return false;
        key->bytes[i] = (uint8_t)byte;
    }
    write_line(key, again);
    return !strcmp(line, again);
}

static char *key_path(const char *run_folder, struct vpc_error *err)
{
    char *path = path_join(run_folder, MONITOR_KEY_FILE);

    if (!path)
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the path of the monitor's key");
    return path;
}

bool monitor_key_make(struct monitor_key *key, const char *run_folder, struct vpc_error *err)
{
    char line[LINE_CHARACTERS + 1], *path;
    bool done;

    if (!text_random_bytes(key->bytes, sizeof(key->bytes), err) || !(path = key_path(run_folder, err)))
        return false;
    write_line(key, line);
    done = file_replace(path, line, LINE_CHARACTERS, err);
    free(path);
    return done;
}

bool monitor_key_read(struct monitor_key *key, const char *run_folder, struct vpc_error *err)
{
    char *path = key_path(run_folder, err), *line;
    size_t size;
    bool done = path && file_read(path, LINE_CHARACTERS, &line, &size, err);

    if (done) {
        if (size != LINE_CHARACTERS || !read_line(key, line))
            done = vpc_fail(err, VPC_CORRUPT, "'%s' is no key of a monitor", path);
        free(line);
    }
    free(path);
    return done;
}

void monitor_key_remove(const char *run_folder)
{
    struct vpc_error ignored;
    char *path = key_path(run_folder, &ignored);

    if (path)
        file_remove(path, &ignored);
    free(path);
}
