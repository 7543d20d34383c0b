#include "engine/qemu/last_line.h"

#include <string.h>
#include "util/file.h"
#include "util/text.h"

enum {
    TAIL_BYTES = 4096
};

void last_line_read(const char *path, char *line, size_t size)
{
    char bytes[TAIL_BYTES];
    struct file_tail *tail;
    struct vpc_error ignored;
    uint64_t offset = 0;
    size_t end, begin;
    bool done;

    line[0] = 0;
    if (!file_tail_open(&tail, path, &ignored))
        return;
    /* The log may be of any length, and who asks has other work. */
    done = file_tail_size(tail, &offset, &ignored);
    offset -= offset < sizeof(bytes) ? offset : sizeof(bytes);
    done = done && file_tail_read(tail, offset, bytes, sizeof(bytes), &end, &ignored);
    file_tail_close(tail);
    if (!done)
        return;
    while (end && strchr("\r\n\t ", bytes[end - 1]))
        end--;
    for (begin = end; begin && bytes[begin - 1] != '\n' && bytes[begin - 1] != '\r';)
        begin--;
    if (end - begin >= size)
        end = begin + size - 1;
    memcpy(line, bytes + begin, end - begin);
    line[end - begin] = 0;
    if (text_is_utf8(line, end - begin))
        return;
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
}
