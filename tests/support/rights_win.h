/* Whom a list of rights lets in, read back from Windows. */
#ifndef VPC_TESTS_SUPPORT_RIGHTS_WIN_H
#define VPC_TESTS_SUPPORT_RIGHTS_WIN_H

#include <windows.h>
#include <stdbool.h>

bool rights_is_own_sid(PSID sid); /* that of the user of this process */

/* True when the list gives nobody a right but this user, administrators and the system, and this user some. Prints
 * another one whom it lets in. */
bool rights_are_for_owner_only(PACL acl);

/* The rights to a file or folder: LocalFree() the result; *acl (out) lies in it. */
PSECURITY_DESCRIPTOR rights_of(const char *path, PACL *acl);

/* Fails the test unless the file or folder is for its owner only. */
void assert_rights_for_owner_only(const char *path);

#endif
