/* Named pipes of Windows. */
#include "session/control_server_private.h"

#include <stdlib.h>

#include <windows.h>
#include <aclapi.h>

#include "util/text.h"

bool control_server_name(const char *folder, char **name, struct vpc_error *err)
{
    char guid[37];
    (void)folder;
    *name = NULL;
    if (!text_random_guid(guid, err))
        return false;
    *name = text_format("\\\\.\\pipe\\vpc-%s", guid);
    return *name || vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the name of the control pipe");
}

/* The user this process runs as: new memory, NULL on failure with GetLastError(). */
static TOKEN_USER *own_user(void)
{
    HANDLE token;
    DWORD size = 0;
    TOKEN_USER *user = NULL;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    GetTokenInformation(token, TokenUser, NULL, 0, &size);
    if (size > 0)
        user = malloc(size);
    if (user && !GetTokenInformation(token, TokenUser, user, size, &size)) {
        free(user);
        user = NULL;
    }
    CloseHandle(token);
    return user;
}

/* A pipe made without a security descriptor lets everybody read. All instances of a pipe share one descriptor, so it is
 * enough to set it at the first. */
bool control_server_protect(uv_pipe_t *pipe, const char *name, struct vpc_error *err)
{
    uv_os_fd_t handle;
    if (uv_fileno((uv_handle_t *)pipe, &handle) != 0)
        return vpc_fail(err, VPC_UNEXPECTED, "control pipe '%s' has no handle", name);
    TOKEN_USER *user = own_user();
    if (!user)
        return vpc_fail_os(err, "cannot protect control pipe '%s'", name);
    EXPLICIT_ACCESSW access = {
        .grfAccessPermissions = FILE_ALL_ACCESS,
        .grfAccessMode = SET_ACCESS,
        .Trustee = {.TrusteeForm = TRUSTEE_IS_SID, .TrusteeType = TRUSTEE_IS_USER, .ptstrName = (LPWSTR)user->User.Sid},
    };
    PACL acl = NULL;
    DWORD code = SetEntriesInAclW(1, &access, NULL, &acl);
    if (code == ERROR_SUCCESS)
        code = SetSecurityInfo(handle, SE_KERNEL_OBJECT,
                               DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL, NULL, acl, NULL);
    LocalFree(acl);
    free(user);
    if (code == ERROR_SUCCESS)
        return true;
    SetLastError(code);
    return vpc_fail_os(err, "cannot protect control pipe '%s'", name);
}
