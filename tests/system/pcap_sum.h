/*
 * The independent count: sums a capture file that the test itself asked QEMU for. Shares no code with the project.
 */
#ifndef TESTS_SYSTEM_PCAP_SUM_H
#define TESTS_SYSTEM_PCAP_SUM_H

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

struct pcap_sum {
    uint64_t frames;
    uint64_t bytes; /* lengths on the wire, not as captured */
};

/* Sums all whole records of a little-endian pcap file. False when the file is not there or is none; a record that is
 * still being written is left out. */
bool pcap_sum_file(const wchar_t *path, struct pcap_sum *sum);

#endif
