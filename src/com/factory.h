/*
 * Class factories, written once.
 */
#ifndef VPC_COM_FACTORY_H
#define VPC_COM_FACTORY_H

#include <windows.h>
#include <unknwn.h>

/* What DllGetClassObject of a creatable class gives: a new factory whose CreateInstance calls `create` (a new object
 * with one reference, NULL on failure). *out (out) is the interface `iid` of the factory, NULL on failure;
 * E_NOINTERFACE for anything but IUnknown and IClassFactory. Any thread. */
HRESULT com_factory_create(HRESULT (*create)(IUnknown **object), REFIID iid, void **out);

#endif
