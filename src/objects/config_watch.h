/*
 * A VM's .vmc, looked at now and then for what has changed in it, whoever has changed it: other objects, other
 * processes, an editor.
 */
#ifndef VPC_OBJECTS_CONFIG_WATCH_H
#define VPC_OBJECTS_CONFIG_WATCH_H

#include "objects/machine.h"

/* All zero at first; all private. */
struct config_watch {
    char *vmc;                 /* NULL: not known (any more) */
    struct settings *settings; /* as last read; NULL: never */
    uint64_t written, size;    /* of the file that was read */
    bool is_young;             /* it was written so shortly before that its time may be that of a later writing too */
};

/* Reads the .vmc when it is another than last time (`always`: in any case) and calls `differs` for what has changed
 * since; the first reading shows nothing. What the supervisor keeps in it for itself is passed over. A file that cannot
 * be read is looked at again next time. */
void config_watch_look(struct config_watch *watch, struct machine *machine, bool always,
                       void (*differs)(void *context, const char *key, const struct setting *value), void *context);

void config_watch_clear(struct config_watch *watch);

#endif
