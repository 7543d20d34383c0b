/* Capture files as QEMU's filter-dump writes them, of frames a test makes up. */
#ifndef VPC_TESTS_ENGINE_QEMU_CAPTURE_FILE_H
#define VPC_TESTS_ENGINE_QEMU_CAPTURE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct frame {
    int64_t time_us;
    uint32_t length;
};

/* Writes the file `name` in `folder`; returns its path, new memory. */
char *capture_file_write(const char *folder, const char *name, const struct frame *frames, size_t count);

#endif
