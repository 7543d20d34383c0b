/*
 * Paths: the documented rules for the paths that clients give, and the places where things lie.
 *
 * A client's path is a Windows path on every host: absolute with a drive letter or UNC, backslashes, at most 259 UTF-16 units, none of * ? < > / " |
 * and no colon but the one after the drive letter.
 */
#ifndef VPC_UTIL_PATH_H
#define VPC_UTIL_PATH_H

#include "util/error.h"

#if defined(_WIN32)
#define PATH_SEPARATOR '\\'
#else
#define PATH_SEPARATOR '/'
#endif

/* Checks the form of a client's path, in the documented order: VPC_BAD_PATH (empty, relative), VPC_TOO_LONG, VPC_INVALID_NAME. Looks at no file. Pure text:
 * works on Windows paths on every host. */
bool path_check(const char *path, struct vpc_error *err);

/* The same for a path of this host: path_check on Windows; elsewhere an absolute path with slashes, for which backslash and colon are forbidden. */
bool path_check_host(const char *path, struct vpc_error *err);

/* Checks a VM name: VPC_NAME_EMPTY, VPC_NAME_TOO_LONG (over 80), VPC_NAME_INVALID (one of * ? : < > / | \ " or a control character, or a name that
 * Windows cannot store as a file: trailing dot or blank, reserved device name). */
bool path_check_vm_name(const char *name, struct vpc_error *err);

/* "folder" + separator + "name"; a separator that folder already ends with is not doubled. New memory. */
char *path_join(const char *folder, const char *name);

/* Folder of a path without trailing separator (a drive root keeps it), last part of a path, last part without `suffix` (compared without case; the
 * whole last part when it does not end so). New memory. */
char *path_folder(const char *path);
char *path_name(const char *path);
char *path_stem(const char *path, const char *suffix);

/* The folder that holds everything of this user: %VPC_HOME%, else %LocalAppData%\Microsoft\Windows Virtual PC (on other systems
 * $XDG_DATA_HOME or ~/.local/share, "windows-virtual-pc"). New memory in *home (out). */
bool path_home(char **home, struct vpc_error *err);

#endif
