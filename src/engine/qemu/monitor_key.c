#include "engine/qemu/monitor_key.h"

#include <stdlib.h>
#include <string.h>
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    USER_CHARACTERS = sizeof(MONITOR_KEY_USER ":") - 1,
    KEY_CHARACTERS = 2 * MONITOR_KEY_BYTES,
    LINE_CHARACTERS = USER_CHARACTERS + KEY_CHARACTERS + 1 /* the line's end */
};

static const char digits[] = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

static void write_line(const struct monitor_key *key, char line[LINE_CHARACTERS])
{
    char *at = line + USER_CHARACTERS;

    memcpy(line, MONITOR_KEY_USER ":", USER_CHARACTERS);
    for (size_t i = 0; i < MONITOR_KEY_BYTES; i++) {
        *at++ = digits[key->bytes[i] >> 4];
        *at++ = digits[key->bytes[i] & 15];
    }
    *at = '\n';
}

static bool read_line(struct monitor_key *key, const char line[LINE_CHARACTERS])
{
    const char *at = line + USER_CHARACTERS;

    for (size_t i = 0; i < MONITOR_KEY_BYTES; i++, at += 2) {
        const char *high = memchr(digits, at[0], sizeof(digits)), *low = memchr(digits, at[1], sizeof(digits));

        if (!high || !low)
            return false;
        key->bytes[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return *at == '\n' && !memcmp(line, MONITOR_KEY_USER ":", USER_CHARACTERS);
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
    char line[LINE_CHARACTERS], *path;
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
