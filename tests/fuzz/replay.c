/*
 * Runs a fuzz target over a folder of inputs without a fuzzer, so that what was once found stays found with every
 * compiler: each input as it is, cut, with each byte changed, and followed by another. Always the same ones.
 *
 * replay <folder>
 */
#include <dirent.h>
#include <string.h>

#include "fuzz/fuzz.h"

/* In so many places each input is cut and changed; fewer where one takes milliseconds (CMakeLists.txt). */
#ifndef MOST_CUTS
#define MOST_CUTS 64
#endif

enum {
    MOST_INPUT = 1 << 20
};

static unsigned long tried;

/* Memory of exactly this size, so that the address sanitizer sees a read beyond it. */
static void try_bytes(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);

    if (!exact)
        abort();
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    tried++;
}

static void try_changed(uint8_t *data, size_t size)
{
    static const uint8_t values[] = {0x00, 0xff, 0x80, '"', '<', '\n'};
    size_t step = size / MOST_CUTS + 1;

    try_bytes(data, size);
    for (size_t cut = 0; cut < size; cut += step)
        try_bytes(data, cut);
    for (size_t i = 0; i < size; i += step) {
        uint8_t was = data[i];

        data[i] = values[(i / step) % sizeof(values)];
        try_bytes(data, size);
        data[i] = was ^ (uint8_t)(1 << i % 8);
        try_bytes(data, size);
        data[i] = was;
    }
}

static size_t load(const char *folder, const char *name, uint8_t *data)
{
    char path[4096];
    FILE *file;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!(file = fopen(path, "rb"))) {
        perror(path);
        exit(1);
    }
    size = fread(data, 1, MOST_INPUT, file);
    fclose(file);
    return size;
}

int main(int count, char **arguments)
{
    uint8_t *data = malloc(2 * MOST_INPUT), *before = malloc(MOST_INPUT);
    struct dirent **list;
    size_t before_size = 0;
    int files = count == 2 ? scandir(arguments[1], &list, NULL, alphasort) : -1, inputs = 0;

    if (files < 0 || !data || !before) {
        fprintf(stderr, "usage: replay <folder of inputs>\n");
        return 2;
    }
    for (int i = 0; i < files; i++) {
        if (list[i]->d_name[0] != '.') {
            size_t size = load(arguments[1], list[i]->d_name, data);

            try_changed(data, size);
            memmove(data + before_size, data, size);
            memcpy(data, before, before_size);
            try_bytes(data, before_size + size);
            memcpy(before, data + before_size, size);
            before_size = size;
            inputs++;
        }
        free(list[i]);
    }
    free(list);
    free(before);
    free(data);
    printf("%lu inputs from %d files\n", tried, inputs);
    return inputs ? 0 : 1; /* an empty folder proves nothing */
}
