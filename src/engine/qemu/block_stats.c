#include "engine/qemu/block_stats.h"

#include <string.h>
#include "engine/qemu/qemu_command.h"

/* The slot in "<anything>/drive<slot>/..." or "drive<slot>". QEMU gives the path of a device in the machine's tree. */
bool block_stats_slot(const char *device, size_t *slot)
{
    const char *name = strstr(device, QEMU_DRIVE_DEVICE);
    const char *digit = name ? name + strlen(QEMU_DRIVE_DEVICE) : NULL;

    if (!name || (name > device && name[-1] != '/') || *digit < '0' || *digit >= '0' + ACCOUNTING_MAX_DRIVES ||
        (digit[1] && digit[1] != '/'))
        return false;
    *slot = (size_t)(*digit - '0');
    return true;
}

static bool number_of(const json_t *stats, const char *key, uint64_t *number)
{
    const json_t *value = json_object_get(stats, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

bool block_stats_read(const json_t *answer, struct drive_reading drives[ACCOUNTING_MAX_DRIVES], struct vpc_error *err)
{
    const json_t *row;
    size_t i;

    memset(drives, 0, ACCOUNTING_MAX_DRIVES * sizeof(drives[0]));
    if (!json_is_array(answer))
        return vpc_fail(err, VPC_CORRUPT, "QEMU's answer to query-blockstats is no list");
    json_array_foreach(answer, i, row)
    {
        const char *device = json_string_value(json_object_get(row, "qdev"));
        const json_t *stats = json_object_get(row, "stats");
        struct drive_reading *drive;
        size_t slot;

        if (!device || !block_stats_slot(device, &slot))
            continue;
        drive = &drives[slot];
        drive->known =
            number_of(stats, "rd_bytes", &drive->bytes_read) && number_of(stats, "wr_bytes", &drive->bytes_written) &&
            number_of(stats, "rd_operations", &drive->reads) && number_of(stats, "wr_operations", &drive->writes);
        if (!drive->known)
            return vpc_fail(err, VPC_CORRUPT, "QEMU's answer to query-blockstats lacks the counters of drive %zu",
                            slot);
    }
    return true;
}
