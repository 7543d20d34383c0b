/*
 * Type descriptions from the type library that this module carries as a resource. Nothing here depends on registration.
 *
 * What was read stays in memory until type_info_drop.
 */
#ifndef VPC_COM_TYPE_INFO_H
#define VPC_COM_TYPE_INFO_H

#include <windows.h>
#include <oaidl.h>

/* The description of an interface or coclass; *info (out) is a reference of the caller's, NULL on failure.
 * TYPE_E_CANTLOADLIBRARY and the like when the resource is missing, TYPE_E_ELEMENTNOTFOUND for an identifier that the
 * library does not have. Any thread. */
HRESULT type_info_get(const GUID *guid, ITypeInfo **info);

/* Releases everything that is kept. Called when the module may be unloaded, never under the loader lock; a later
 * type_info_get reads again. */
void type_info_drop(void);

/* Full path of this module in *path (out), new memory for free(). */
HRESULT type_info_module_path(WCHAR **path);

/* The type library itself; *library (out) is a reference of the caller's. */
HRESULT type_info_library(ITypeLib **library);

#endif
