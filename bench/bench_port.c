/* bench_port: what differs where the monitor of QEMU is at a port and speaks TLS, as on Windows: how long a rotation
 * holds frames. Loopback only. */
#include "bench.h"
#include "rotation.h"

int main(int argc, char **argv)
{
    struct bench bench;

    bench_open(&bench, "port", argc, argv);
    if (bench_wants(&bench, "rotation"))
        bench_rotation(&bench, "a rotation holds frames, monitor at a port");
    return bench_close(&bench);
}
