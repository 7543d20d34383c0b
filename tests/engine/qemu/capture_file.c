#include "support/check.h"

#include "tests/engine/qemu/capture_file.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

char *capture_file_write(const char *folder, const char *name, const struct frame *frames, size_t count)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 1, 1};
    char *path = path_join(folder, name);
    struct buffer file = {0};
    struct vpc_error err;

    buffer_append(&file, header, sizeof(header));
    for (size_t i = 0; i < count; i++) {
        const uint32_t record[4] = {(uint32_t)(frames[i].time_us / 1000000), (uint32_t)(frames[i].time_us % 1000000), 1,
                                    frames[i].length};

        buffer_append(&file, record, sizeof(record));
        buffer_append(&file, "x", 1);
    }
    assert_ok(file_replace(path, file.data, file.size, &err), err);
    buffer_free(&file);
    return path;
}
