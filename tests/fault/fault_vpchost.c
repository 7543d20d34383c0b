/*
 * What makes of vpchost, whose main.c and libraries are in this program too, one whose calls of the system fail:
 * program_fault.h. On Windows nothing can be loaded before a program as it can elsewhere (preload_fault.c).
 */
#include <uv.h>
#include "program_fault.h"

/* What libuv 1.44 answers with the end of the process, beside what import_fault.c leaves out, or takes for granted: it
 * opens a file of any name then. */
static const struct program_fault_spared spared[] = {
    {"MultiByteToWideChar", (void (*)(void))uv_pipe_bind},
    {"MultiByteToWideChar", (void (*)(void))uv_fs_open},
    {"MultiByteToWideChar", (void (*)(void))uv_fs_statfs},
    {"WaitForSingleObject", (void (*)(void))uv_sem_wait},
    {"TlsAlloc", NULL},
    {"TlsSetValue", NULL},
};

__attribute__((constructor)) static void begin(void)
{
    program_fault_begin(spared, sizeof spared / sizeof spared[0], uv_replace_allocator);
}
