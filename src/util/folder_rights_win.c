/* Rights to folders on Windows: folder_make_private of util/file.h. */
#include "util/file.h"
#include "util/file_private_win.h"

#include <stdlib.h>
#include <windows.h>
#include <aclapi.h>

enum {
    USER,
    ADMINISTRATORS,
    SYSTEM,
    WHO
};

union sid {
    SID sid;
    BYTE bytes[SECURITY_MAX_SID_SIZE];
};

static bool own_sid(union sid *sid)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } buffer;
    DWORD size = sizeof buffer;
    HANDLE token;
    bool done;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    done = GetTokenInformation(token, TokenUser, &buffer, size, &size) &&
           CopySid(sizeof *sid, &sid->sid, buffer.user.User.Sid);
    CloseHandle(token);
    return done;
}

static bool known_sid(union sid *sid, WELL_KNOWN_SID_TYPE type)
{
    DWORD size = sizeof *sid;
    return CreateWellKnownSid(type, NULL, &sid->sid, &size);
}

/* Wine 8 puts what is inherited from above into the list in spite of "protected"; this call does not. */
static DWORD give_only(const wchar_t *path, PACL acl)
{
    SECURITY_DESCRIPTOR descriptor;

    if (!InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE) ||
        !SetSecurityDescriptorControl(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED) ||
        !SetFileSecurityW(path, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, &descriptor))
        return GetLastError();
    return ERROR_SUCCESS;
}

/* The code of the failure. Not inherited from above, and inherited by all that is in the folder. */
static DWORD give_rights(wchar_t *path)
{
    union sid sids[WHO];
    EXPLICIT_ACCESSW access[WHO];
    PACL acl = NULL;
    DWORD code;

    if (!own_sid(&sids[USER]) || !known_sid(&sids[ADMINISTRATORS], WinBuiltinAdministratorsSid) ||
        !known_sid(&sids[SYSTEM], WinLocalSystemSid))
        return GetLastError();
    for (int i = 0; i < WHO; i++)
        access[i] = (EXPLICIT_ACCESSW){
            .grfAccessPermissions = FILE_ALL_ACCESS,
            .grfAccessMode = SET_ACCESS,
            .grfInheritance = SUB_CONTAINERS_AND_OBJECTS_INHERIT,
            .Trustee = {.TrusteeForm = TRUSTEE_IS_SID,
                        .TrusteeType = TRUSTEE_IS_UNKNOWN,
                        .ptstrName = (LPWSTR)&sids[i].sid},
        };
    code = SetEntriesInAclW(WHO, access, NULL, &acl);
    if (code == ERROR_SUCCESS)
        code =
            SetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                  NULL, NULL, acl, NULL);
    if (code == ERROR_SUCCESS)
        code = give_only(path, acl);
    LocalFree(acl);
    return code;
}

bool folder_make_private(const char *path, struct vpc_error *err)
{
    wchar_t *wide;
    DWORD code;

    if (!file_to_wide(path, &wide, err))
        return false;
    code = give_rights(wide);
    free(wide);
    if (code == ERROR_SUCCESS)
        return true;
    SetLastError(code);
    return vpc_fail_os(err, "cannot make folder '%s' private", path);
}
