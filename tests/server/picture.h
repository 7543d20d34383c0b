/*
 * A picture of the registry: what HKLM\Software\Classes and HKCU\Software\Classes hold, as sorted text, one line a key
 * or value. Both views are in it: the other one lies below Wow6432Node.
 */
#ifndef VPC_TESTS_SERVER_PICTURE_H
#define VPC_TESTS_SERVER_PICTURE_H

#include <windows.h>

/* New memory; free() it. NULL when the registry cannot be read. */
WCHAR *picture_take(void);

/* Prints the lines that one has and the other has not; true when there are none. */
BOOL picture_same(const WCHAR *before, const WCHAR *after);

#endif
