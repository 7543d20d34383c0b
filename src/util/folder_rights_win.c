/* Rights to folders on Windows: folder_make_private of util/file.h. */
#include "util/file.h"
#include "util/file_private_win.h"

#include <stdlib.h>
#include <windows.h>
#include <aclapi.h>

#include "util/sid_win.h"

enum {
    USER,
    ADMINISTRATORS,
    SYSTEM,
    WHO
};

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

static bool file_system_has_rights(const wchar_t *path)
{
    wchar_t root[MAX_PATH + 1];
    DWORD flags;

    return !GetVolumePathNameW(path, root, MAX_PATH + 1) ||
           !GetVolumeInformationW(root, NULL, 0, NULL, NULL, &flags, NULL, 0) || flags & FILE_PERSISTENT_ACLS;
}

/* *own (out): whether it is as good as the user's own. The code of the failure. */
static DWORD look_at_owner(wchar_t *path, bool *own)
{
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner;
    DWORD code =
        GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);

    *own = false;
    if (code != ERROR_SUCCESS)
        return code;
    if (!sid_look_at_owner(owner, own))
        code = GetLastError();
    LocalFree(descriptor);
    return code;
}

/* The code of the failure. Not inherited from above, and inherited by all that is in the folder. */
static DWORD give_rights(wchar_t *path, union sid_buffer sids[WHO])
{
    EXPLICIT_ACCESSW access[WHO];
    PACL acl = NULL;
    DWORD code;

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

static bool find_sids(union sid_buffer sids[WHO])
{
    return sid_of_user(&sids[USER]) && sid_of_known(&sids[ADMINISTRATORS], WinBuiltinAdministratorsSid) &&
           sid_of_known(&sids[SYSTEM], WinLocalSystemSid);
}

bool folder_make_private(const char *path, struct vpc_error *err)
{
    union sid_buffer sids[WHO];
    wchar_t *wide;
    DWORD code;
    bool own = true, rights;

    if (!file_to_wide(path, &wide, err))
        return false;
    rights = file_system_has_rights(wide);
    code = find_sids(sids) ? ERROR_SUCCESS : GetLastError();
    if (code == ERROR_SUCCESS && rights)
        code = look_at_owner(wide, &own);
    if (code == ERROR_SUCCESS && own)
        code = give_rights(wide, sids);
    free(wide);
    if (code == ERROR_SUCCESS && !own)
        return vpc_fail(err, VPC_ACCESS_DENIED, "folder '%s' is another user's", path);
    if (code == ERROR_SUCCESS)
        return true;
    SetLastError(code);
    vpc_fail_os(err, "cannot make folder '%s' private", path);
    if (!rights)
        err->cause = VPC_NOT_SUPPORTED;
    return false;
}
