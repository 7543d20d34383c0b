#include "util/sid_win.h"

/* One of the SIDs with which a token's information begins: TokenUser, TokenOwner. */
static bool sid_of_token(union sid_buffer *sid, TOKEN_INFORMATION_CLASS what)
{
    union {
        TOKEN_USER user;
        TOKEN_OWNER owner;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } buffer;
    DWORD size = sizeof buffer;
    HANDLE token;
    bool done;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    done = GetTokenInformation(token, what, &buffer, size, &size) &&
           CopySid(sizeof *sid, &sid->sid, what == TokenUser ? buffer.user.User.Sid : buffer.owner.Owner);
    CloseHandle(token);
    return done;
}

bool sid_of_user(union sid_buffer *sid)
{
    return sid_of_token(sid, TokenUser);
}

bool sid_of_known(union sid_buffer *sid, WELL_KNOWN_SID_TYPE type)
{
    DWORD size = sizeof *sid;
    return CreateWellKnownSid(type, NULL, &sid->sid, &size);
}

bool sid_look_at_owner(PSID owner, bool *trusted)
{
    union sid_buffer user, usual;

    *trusted = false;
    if (!sid_of_user(&user) || !sid_of_token(&usual, TokenOwner))
        return false;
    *trusted =
        owner && (EqualSid(owner, &user.sid) || EqualSid(owner, &usual.sid) ||
                  IsWellKnownSid(owner, WinBuiltinAdministratorsSid) || IsWellKnownSid(owner, WinLocalSystemSid));
    return true;
}
