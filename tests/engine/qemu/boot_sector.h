/*
 * A guest of 512 bytes. It reads 16 sectors from the second on. When the first byte of those is 0 it sets it to 1,
 * writes 8 of them back and resets the machine by the keyboard controller; else it powers the machine off.
 */
#ifndef VPC_TESTS_ENGINE_QEMU_BOOT_SECTOR_H
#define VPC_TESTS_ENGINE_QEMU_BOOT_SECTOR_H

#include <stdint.h>

enum {
    BOOT_READS = 16 * 512,
    BOOT_WRITES = 8 * 512,
    BOOT_SECTOR = 512
};

/* An instruction a line. */
/* clang-format off */
static const uint8_t boot_sector[BOOT_SECTOR] = {
    0x31, 0xc0,                   /* 00 xorw %ax,%ax */
    0x8e, 0xd8,                   /* 02 movw %ax,%ds */
    0x8e, 0xd0,                   /* 04 movw %ax,%ss */
    0xbc, 0x00, 0x7c,             /* 06 movw $0x7c00,%sp */
    0xb4, 0x42,                   /* 09 movb $0x42,%ah: extended read, drive in %dl */
    0xbe, 0x35, 0x7c,             /* 0b movw $read,%si */
    0xcd, 0x13,                   /* 0e int $0x13 */
    0x80, 0x3e, 0x00, 0x80, 0x00, /* 10 cmpb $0,0x8000 */
    0x75, 0x14,                   /* 15 jne second */
    0xc6, 0x06, 0x00, 0x80, 0x01, /* 17 movb $1,0x8000 */
    0xb8, 0x00, 0x43,             /* 1c movw $0x4300,%ax: extended write */
    0xbe, 0x45, 0x7c,             /* 1f movw $write,%si */
    0xcd, 0x13,                   /* 22 int $0x13 */
    0xb0, 0xfe,                   /* 24 movb $0xfe,%al */
    0xe6, 0x64,                   /* 26 outb %al,$0x64: reset */
    0xf4, 0xeb, 0xfd,             /* 28 hlt, jmp back */
    0xba, 0x04, 0x06,             /* 2b second: movw $0x604,%dx */
    0xb8, 0x00, 0x20,             /* 2e movw $0x2000,%ax */
    0xef,                         /* 31 outw %ax,%dx: power off */
    0xf4, 0xeb, 0xfd,             /* 32 hlt, jmp back */
    0x10, 0, 16, 0, 0x00, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, /* 35 read: 16 sectors from 1 to 0:8000 */
    0x10, 0, 8, 0, 0x00, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  /* 45 write: 8 sectors from 0:8000 to 1 */
    [510] = 0x55, 0xaa,
};
/* clang-format on */

#endif
