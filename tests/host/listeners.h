/* Who listens for TCP connections on this host. */
#ifndef VPC_TESTS_HOST_LISTENERS_H
#define VPC_TESTS_HOST_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

/* True when somebody listens at that port, of any address of IPv4. */
bool listeners_at_port(uint16_t port);

#if !defined(_WIN32)
/* Number of sockets, of IPv4 and IPv6, at which this process listens. Fails the test when that cannot be seen. */
int listeners_of_process(int64_t pid);
#endif

#endif
