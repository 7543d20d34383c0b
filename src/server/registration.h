/*
 * What regsvr32 makes this DLL write: its creatable classes, their names, the type library and the interfaces of the
 * automation marshaler.
 *
 * 32- and 64-bit builds live side by side: each writes its own CLSID key; what both need (names, AppID, type library,
 * interfaces) goes with the last of them.
 */
#ifndef VPC_SERVER_REGISTRATION_H
#define VPC_SERVER_REGISTRATION_H

#include <windows.h>

/* `root` is HKEY_LOCAL_MACHINE (all users) or HKEY_CURRENT_USER. Registering is all or nothing: after a failure the
 * registry is as it was before. Registering what is registered changes nothing. */
HRESULT registration_write(HKEY root);

/* Removes everything, going on after a failure; the first failure is returned. S_OK when nothing was registered. */
HRESULT registration_remove(HKEY root);

#endif
