/* A client in a process of its own, whose output a test reads while it runs. */
#ifndef VPC_TESTS_OBJECTS_CLIENT_PROCESS_H
#define VPC_TESTS_OBJECTS_CLIENT_PROCESS_H

#include <stdbool.h>
#include <windows.h>

enum {
    OUTPUT_MOST = 65536
};

struct client {
    HANDLE process;
    HANDLE output; /* a file of what it prints */
    char printed[OUTPUT_MOST];
};

/* Takes `command`. The output goes to a file of that number in the working folder. Not to a pipe and not into the home:
 * what a client starts for COM (rpcss, under Wine) may inherit it and stay, so that a pipe would not end. */
void client_start(struct client *client, int number, char *command);

/* All that the client has printed up to now, without carriage returns. */
void client_read(struct client *client);

/* Waits for its first line; false when it has ended without one, or when that is not "listening". */
bool client_listens(struct client *client);

/* Waits for its end and reads the rest; its exit code. */
DWORD client_end(struct client *client);

/* Ends it without a chance to say goodbye, if it lives still, and waits for that. */
void client_kill(struct client *client);

#endif
