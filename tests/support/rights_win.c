#include "support/rights_win.h"
#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include "support/check.h"
#include "util/text.h"

bool rights_is_own_sid(PSID sid)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } own;
    HANDLE token;
    DWORD own_size = sizeof own;
    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    assert_true(GetTokenInformation(token, TokenUser, &own, own_size, &own_size));
    CloseHandle(token);
    return EqualSid(sid, own.user.User.Sid);
}

bool rights_are_for_owner_only(PACL acl)
{
    bool own = false;
    if (acl == NULL)
        return false; /* everybody has all rights */
    for (WORD i = 0; i < acl->AceCount; i++) {
        ACE_HEADER *header;
        assert_true(GetAce(acl, i, (void **)&header));
        ACCESS_ALLOWED_ACE *ace = (ACCESS_ALLOWED_ACE *)header;
        PSID who = (PSID)&ace->SidStart;
        if (header->AceType != ACCESS_ALLOWED_ACE_TYPE || ace->Mask == 0)
            continue;
        if (rights_is_own_sid(who)) {
            own = true;
        } else if (!IsWellKnownSid(who, WinBuiltinAdministratorsSid) && !IsWellKnownSid(who, WinLocalSystemSid)) {
            LPWSTR text = NULL;
            ConvertSidToStringSidW(who, &text);
            print_message("%ls has 0x%lx\n", text, ace->Mask);
            LocalFree(text);
            return false;
        }
    }
    return own;
}

PSECURITY_DESCRIPTOR rights_of(const char *path, PACL *acl)
{
    wchar_t *wide = text_to_wide(path);
    PSECURITY_DESCRIPTOR descriptor;
    DWORD code =
        GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, acl, NULL, &descriptor);
    if (code != ERROR_SUCCESS)
        fail_msg("rights to '%s': error %lu", path, code);
    free(wide);
    return descriptor;
}

void assert_rights_for_owner_only(const char *path)
{
    PACL acl;
    PSECURITY_DESCRIPTOR descriptor = rights_of(path, &acl);
    if (!rights_are_for_owner_only(acl))
        fail_msg("'%s' is open for others, or not for its owner", path);
    LocalFree(descriptor);
}
