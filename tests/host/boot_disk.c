#include "host/boot_disk.h"

#include <stdlib.h>
#include <string.h>
#include "support/check.h"
#include "util/file.h"

enum {
    SECTOR = 512,
    /* in the sector */
    PACKET = 0x100,
    ROUNDS = 0x110,
    SECTORS = 0x112,
    WRITES = 0x114,
    DRIVES = 0x115,
    FOREVER = 0x116,
    SIGNATURE = 0x1fe
};

/* Runs at 0000:7c00. */
static const uint8_t code[] = {
    0x31, 0xc0,                   /* xor ax, ax */
    0x8e, 0xd8,                   /* mov ds, ax */
    0x8e, 0xc0,                   /* mov es, ax */
    0xfc,                         /* cld */
    0xfb,                         /* sti */
    0x8b, 0x0e, 0x10, 0x7d,       /* mov cx, [rounds] */
    0x51,                         /* round: push cx */
    0xb2, 0x80,                   /* mov dl, 80h */
    0xb4, 0x42,                   /* drive: mov ah, 42h: read */
    0xe8, 0x28, 0x00,             /* call transfer */
    0x80, 0x3e, 0x14, 0x7d, 0x00, /* cmp byte [writes], 0 */
    0x74, 0x06,                   /* je next */
    0xb8, 0x00, 0x43,             /* mov ax, 4300h: write */
    0xe8, 0x1b, 0x00,             /* call transfer */
    0xfe, 0xc2,                   /* next: inc dl */
    0x88, 0xd0,                   /* mov al, dl */
    0x2c, 0x80,                   /* sub al, 80h */
    0x3a, 0x06, 0x15, 0x7d,       /* cmp al, [drives] */
    0x72, 0xe2,                   /* jb drive */
    0x59,                         /* pop cx */
    0xe2, 0xdc,                   /* loop round */
    0x80, 0x3e, 0x16, 0x7d, 0x00, /* cmp byte [forever], 0 */
    0x75, 0xc9,                   /* jne begin */
    0xcd, 0x18,                   /* int 18h: nothing to boot here */
    0xf4,                         /* hang: hlt */
    0xeb, 0xfd,                   /* jmp hang */
    0x8b, 0x1e, 0x12, 0x7d,       /* transfer: mov bx, [sectors] */
    0x89, 0x1e, 0x02, 0x7d,       /* mov [packet + 2], bx: a failure has changed it */
    0xbe, 0x00, 0x7d,             /* mov si, packet */
    0x52,                         /* push dx */
    0xcd, 0x13,                   /* int 13h */
    0x5a,                         /* pop dx */
    0xc3,                         /* ret */
};

/* Disk address packet of int 13h: LBA 64, memory at 1000:0000. */
static const uint8_t packet[] = {16, 0, 0, 0, 0, 0, 0, 0x10, 64, 0, 0, 0, 0, 0, 0, 0};

void boot_disk_write(const char *path, uint64_t size, const struct boot_disk *disk)
{
    struct vpc_error err;
    uint8_t *image = calloc(1, size);
    assert_non_null(image);
    memcpy(image, code, sizeof code);
    memcpy(image + PACKET, packet, sizeof packet);
    memcpy(image + ROUNDS, &disk->rounds, 2);
    memcpy(image + SECTORS, &disk->sectors, 2);
    image[WRITES] = disk->writes;
    image[DRIVES] = disk->drives;
    image[FOREVER] = disk->forever;
    image[SIGNATURE] = 0x55;
    image[SIGNATURE + 1] = 0xaa;
    assert_ok(file_replace(path, image, size, &err), err);
    free(image);
}
