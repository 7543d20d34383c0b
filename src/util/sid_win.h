/* Who is who on Windows, for the rights to files and pipes. */
#ifndef VPC_UTIL_SID_WIN_H
#define VPC_UTIL_SID_WIN_H

#include <windows.h>
#include <stdbool.h>

union sid_buffer {
    SID sid;
    BYTE bytes[SECURITY_MAX_SID_SIZE];
};

/* False with GetLastError() set when it cannot be known. */
bool sid_of_user(union sid_buffer *sid); /* of this process */
bool sid_of_known(union sid_buffer *sid, WELL_KNOWN_SID_TYPE type);

/* *trusted (out): whether what this one owns is as good as the user's own: it is this user, or what owns all that this
 * process makes (in Wine 8 a group), or administrators or the system, whom nothing keeps out. NULL is nobody. False
 * with GetLastError() set when it cannot be known. */
bool sid_look_at_owner(PSID owner, bool *trusted);

#endif
