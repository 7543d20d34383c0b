/* A disk whose boot sector does nothing but move data: it reads (and writes) the same sectors again and again, by int
 * 13h. */
#ifndef VPC_TESTS_HOST_BOOT_DISK_H
#define VPC_TESTS_HOST_BOOT_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct boot_disk {
    uint16_t rounds;  /* then the next device is booted, or who has called the sector goes on */
    uint16_t sectors; /* of each transfer, 1 to 127 */
    bool writes;      /* and not only reads */
    uint8_t drives;   /* how many, from the first on; one that is not there is passed over */
    bool forever;     /* rounds have no end */
};

/* A raw image of so many bytes, at least 96 KiB. */
void boot_disk_write(const char *path, uint64_t size, const struct boot_disk *disk);

#endif
