#include "util/host_adapter.h"

#include <stdlib.h>
#include <string.h>

bool host_adapter_find(const char *name, struct vpc_error *err)
{
    char **names;
    size_t count;
    bool found = false;

    if (!host_adapter_list(&names, &count, err))
        return false;
    for (size_t i = 0; i < count && !found; i++)
        found = !strcmp(names[i], name);
    host_adapter_list_free(names, count);
    return found || vpc_fail(err, VPC_FILE_NOT_FOUND, "this host has no TAP device '%s'", name);
}

void host_adapter_list_free(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
}

void host_adapter_network_id(const char *name, uint8_t id[16])
{
    /* FNV-1a, twice, from two starting points. */
    uint64_t halves[2] = {UINT64_C(14695981039346656037), UINT64_C(1469598103934665603)};

    for (const char *c = name; *c; c++) {
        for (int i = 0; i < 2; i++)
            halves[i] = (halves[i] ^ (uint8_t)*c) * UINT64_C(1099511628211);
    }
    for (int i = 0; i < 16; i++)
        id[i] = (uint8_t)(halves[i / 8] >> 8 * (7 - i % 8));
    id[6] = (uint8_t)(0x80 | (id[6] & 0x0f)); /* version 8: made by a rule of our own */
    id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
}
