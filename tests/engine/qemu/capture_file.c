#include "support/check.h"

#include <stdio.h>
#include "tests/engine/qemu/capture_file.h"
#include "util/path.h"

/* Over what is there, as QEMU does: somebody may be reading it. */
char *capture_file_write(const char *folder, const char *name, const struct frame *frames, size_t count)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 1, 1};
    char *path = path_join(folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(header, sizeof(header), 1, file), 1);
    for (size_t i = 0; i < count; i++) {
        const uint32_t record[4] = {(uint32_t)(frames[i].time_us / 1000000), (uint32_t)(frames[i].time_us % 1000000), 1,
                                    frames[i].length};

        assert_int_equal(fwrite(record, sizeof(record), 1, file), 1);
        assert_int_equal(fwrite("x", 1, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
    return path;
}
